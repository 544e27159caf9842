"""Where an entry stands in the index: at a number made of its day and its id, so that what the index gives first is the newest.

A page of the newest or the oldest is read off the index then, and years are a stretch of it. Knows no database.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from registry.certificates.catalogue import day_key

ID_BITS = 32
ID_MASK = (1 << ID_BITS) - 1
_NO_DAY = day_key(None)
FIRST, LAST = 0, (1 << 63) - 1
"""The ends of all places."""
UNDATED = (2 * _NO_DAY) << ID_BITS
"""Where those without a day begin."""


def place(newest_key: int, entry_id: int) -> int:
    """The place of the entry that has this id and is sorted by this key where the newest comes first. Never negative."""
    return ((newest_key + _NO_DAY) << ID_BITS) + entry_id


def id_at(at: int) -> int:
    """The id of the entry at a place."""
    return at & ID_MASK


def day_at(at: int) -> int:
    """Stands for the day of the entry at a place: the smaller, the newer."""
    return at >> ID_BITS


def oldest_day_at(at: int) -> int:
    """Stands for the day of the entry at a place: the smaller, the older; the largest for none."""
    return 1 if at >= UNDATED else -(at >> ID_BITS)


def in_years(found: Iterable[int]) -> dict[int, int]:
    """How many of the places are of each year, those without a day left out."""
    return {year: end - begin for year, begin, end in years(sorted(found))}


def years(known: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """The years of places that are given in their order, each with from where to where its own are; those without a day are left out."""
    undated = bisect_left(known, UNDATED)
    begin = 0
    while begin < undated:
        year = date.fromordinal(_NO_DAY - day_at(known[begin])).year
        end = bisect_right(known, place(day_key(date(year, 1, 1), newest=True), ID_MASK))
        yield year, begin, end
        begin = end


def whole_days(first: int, last: int) -> tuple[int, int]:
    """The first place of the day of one place and the last place of the day of another."""
    return first & ~ID_MASK, last | ID_MASK


def newest_first(found: Iterable[int]) -> list[int]:
    """The places with the newest days first, and those without a day last."""
    return sorted(found)


def oldest_first(found: Iterable[int]) -> list[int]:
    """The places with the oldest days first, and those without a day last."""
    known = sorted(found)
    undated = bisect_left(known, UNDATED)
    return known[:undated][::-1] + known[undated:]


def of_years(years: Iterable[int]) -> tuple[int, int] | None:
    """The first and the last place of these years; None where another one is between them."""
    known = sorted(set(years))
    if known[-1] - known[0] >= len(known):
        return None
    first, last = day_key(date(known[-1], 12, 31), newest=True), day_key(date(known[0], 1, 1), newest=True)
    return place(first, 0), place(last, ID_MASK)
