"""What spreadsheets make, without being asked, of versions that they take for days or for large numbers: 1-Feb of 1.2, 44958 of 1.2.23,
2.02E+07 or 2.0230712E7 of 20230712. None of it is written as a version is. 1.1, which they make of 1.10, is: of that nothing can be said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

_CACHED = 1 << 15
_POWER = re.compile(r"\d(?:\.(\d{1,15}))?e(?:\+\d{2,3}|\d{1,3})", re.ASCII)
_COUNTED = re.compile(r"\d{1,300}(?:\.\d{1,15})?(?:e\d{1,3})?", re.ASCII)

_VERSION = re.compile(r"(\d{1,4})([./-])(\d{1,4})(?:\2(\d{1,4}))?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OTHER_MONTHS = {"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12}
_MONTH = rf"({'|'.join((*_MONTHS, *_OTHER_MONTHS))})[^\W\d_]{{0,6}}"
_TIME = r"(?:[ t]0{1,2}:00(?::00(?:\.0+)?)?z?)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})[./-](\d{{1,2}})[./-](\d{{1,2}}){_TIME}", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{2}}|\d{{4}}){_TIME}", re.ASCII)
_DAY_AND_MONTH = re.compile(rf"(\d{{1,2}})[\s./-]*{_MONTH}[\s./-]*(\d{{4}}|\d{{2}})?")
_MONTH_FIRST = re.compile(rf"{_MONTH}[\s./-]*(\d{{4}}|\d{{1,2}})")
_COUNTED_DAY = re.compile(r"[3-5]\d{4}", re.ASCII)
_BEFORE_THE_FIRST = date(1899, 12, 30)
"""What spreadsheets count days from, by those since 1 March 1900."""
_THIS_CENTURY = 30
"""A year of two figures below it is of this century, as spreadsheets have it."""

_Day = tuple[int | None, int, int]
"""Year (None: of any), month and day."""


def may_be_recalculated(one: str, other: str) -> bool:
    """Whether a spreadsheet may have made one of two versions of the other; both as `registry.matching.versions.version` gives them."""
    return _made(one, other) or _made(other, one)


def _made(written: str, shown: str) -> bool:
    """Whether `written` may have become what is `shown`: a number as a power of ten, or a day."""
    power = _POWER.fullmatch(shown)
    if power is not None:
        figures = len(power[1] or "")
        return _COUNTED.fullmatch(written) is not None and Decimal(f"{Decimal(written):.{figures}e}") == Decimal(shown)
    days = _days_shown(shown)
    return bool(days) and any(_is_one(one, other) for one in _days_written(written) for other in days)


def _is_one(one: _Day, other: _Day) -> bool:
    return one[1:] == other[1:] and (None in (one[0], other[0]) or one[0] == other[0])


@lru_cache(_CACHED)
def _days_written(plain: str) -> frozenset[_Day]:
    """The days that two or three numbers may be taken for: without a year, without a day (the first of the month), or with all."""
    found = _VERSION.fullmatch(plain)
    if found is None:
        return frozenset()
    first, second, third = found[1], found[3], found[4]
    if third is not None:
        orders = ((third, second, first), (third, first, second), (first, second, third))
        return frozenset(_valid((_year(year), int(month), int(day)) for year, month, day in orders if len(year) != 3))
    told: list[_Day] = [(None, int(second), int(first)), (None, int(first), int(second))]
    if len(second) in (2, 4):
        told.append((_year(second), int(first), 1))
    return frozenset(_valid(told))


@lru_cache(_CACHED)
def _days_shown(plain: str) -> frozenset[_Day]:
    """The days that a text is, where it is written as a day and not as a version is."""
    if _COUNTED_DAY.fullmatch(plain):
        day = _BEFORE_THE_FIRST + timedelta(days=int(plain))
        return frozenset([(day.year, day.month, day.day)])
    if found := _YEAR_FIRST.fullmatch(plain):
        return frozenset(_valid([(int(found[1]), int(found[2]), int(found[3]))]))
    if (found := _YEAR_LAST.fullmatch(plain)) and (found[2] == "/" or len(found[4]) == 4):
        first, second, year = int(found[1]), int(found[3]), _year(found[4])
        return frozenset(_valid([(year, second, first), (year, first, second)]))
    if found := _DAY_AND_MONTH.fullmatch(plain):
        year_told = _year(found[3]) if found[3] else None
        return frozenset(_valid([(year_told, _month(found[2]), int(found[1]))]))
    if found := _MONTH_FIRST.fullmatch(plain):
        month = _month(found[1])
        return frozenset(_valid([(None, month, int(found[2])), (_year(found[2]), month, 1)]))
    return frozenset()


def _valid(days: Iterable[_Day]) -> Iterator[_Day]:
    return (day for day in days if 1 <= day[1] <= 12 and 1 <= day[2] <= 31)


def _year(told: str) -> int:
    year = int(told)
    return year if len(told) == 4 else year + (2000 if year < _THIS_CENTURY else 1900)


def _month(begins: str) -> int:
    return _OTHER_MONTHS.get(begins) or _MONTHS.index(begins) + 1
