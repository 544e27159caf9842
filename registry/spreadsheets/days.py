"""Dates as people write them into cells: taken where there is one way to read them."""

from __future__ import annotations

import re
from datetime import date

from registry.sentences import KeptSentence

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[일.]?(?:[ T]\d{1,2}:\d{2}.*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*([-./])\s*(\d{1,2})\s*[-./]\s*(\d{4})")
_DAY_THEN_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ .-]+([A-Za-z]{3,9})\.?[ ,-]+(\d{4})")
_MONTH_THEN_DAY = re.compile(r"([A-Za-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")

_MONTHS = (*("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"),)


class NoDay(ValueError):
    """The text is no date, or can be two; its message says which, and what to do."""


def read_day(text: str) -> date:
    """The date that `text` says. Raises NoDay, with the reason and the remedy but without the place."""
    words = text.strip()
    if found := _YEAR_FIRST.fullmatch(words):
        return _day(text, int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_THEN_MONTH.fullmatch(words):
        return _day(text, int(found[3]), _month(text, found[2]), int(found[1]))
    if found := _MONTH_THEN_DAY.fullmatch(words):
        return _day(text, int(found[3]), _month(text, found[1]), int(found[2]))
    if found := _YEAR_LAST.fullmatch(words):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == "." or first > 12 or first == second:
            return _day(text, year, second, first)
        if second > 12:
            return _day(text, year, first, second)
        raise NoDay(
            KeptSentence(
                "%(given)s can be two dates, by which of day and month comes first: write it as 2025-04-03, the year first", given=text
            )
        )
    raise NoDay(KeptSentence("%(given)s is no date: write it as 2025-04-03, the year first", given=_short(text)))


def _month(text: str, name: str) -> int:
    found = [number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name.casefold())]
    if len(found) != 1:
        raise NoDay(KeptSentence("%(given)s is no date: write it as 2025-04-03, the year first", given=_short(text)))
    return found[0]


def _day(text: str, year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError as error:
        raise NoDay(
            KeptSentence("%(given)s is a date that cannot be: write it as 2025-04-03, the year first", given=_short(text))
        ) from error


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
