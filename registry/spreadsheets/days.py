"""Dates as people write them into cells: taken where there is one way to read them."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta

from registry.sentences import KeptSentence

_YEAR_FIRST = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[일.]?(?:[ T](\d{1,2}:\d{2}.*))?")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:[.,]\d+)?)?\s*(?:([ap])\.?m\.?|uhr|h)?\s*(.*)", re.IGNORECASE)
_OFFSET = re.compile(r"(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?|utc|gmt|z", re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2})\s*([-./])\s*(\d{1,2})\s*[-./]\s*(\d{4})")
_DAY_THEN_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ .-]+([A-Za-z]{3,9})\.?[ ,-]+(\d{4})")
_MONTH_THEN_DAY = re.compile(r"([A-Za-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")

_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
"""The zones of the earth, from the one in which it is earliest to the one in which it is latest."""

_MONTHS = (*("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"),)


_FIRST_INSTALLED, _LAST_INSTALLED = date(2001, 1, 1), date(2098, 12, 31)
"""What lies outside is what programs write where nobody entered a date: 1900-01-01, 1970-01-01, 2000-01-01, 9999-12-31. OCPP is of 2009."""


class NoDay(ValueError):
    """The text is no date, or can be two; its message says which, and what to do."""


def read_days(text: str) -> tuple[date, ...]:
    """The dates that `text` can mean at the place that it is about: that which is written, and then the others, in order.

    A time that is told with its zone was another day somewhere on earth: 2025-01-01T02:00:00Z was in December in California. A program
    writes so of whatever place. Raises NoDay as `read_day`.
    """
    day = read_day(text)
    found = _YEAR_FIRST.fullmatch(text.strip())
    time = _TIME.fullmatch(found[4].strip()) if found and found[4] else None
    if time is None or not time[4] or day.year in (MINYEAR, MAXYEAR):
        return (day,)
    return (day, *(each for each in _days_around(day, time) if each != day))


def read_installed(text: str) -> tuple[date, ...]:
    """As `read_days`, of an installation: raises NoDay also for a day on which none can have been (`is_placeholder`)."""
    days = read_days(text)
    if not _FIRST_INSTALLED <= days[0] <= _LAST_INSTALLED:
        raise NoDay(
            KeptSentence(
                "%(given)s is what programs write where no date is known: write the day of the installation, as 2025-04-03, or leave the "
                "cell empty",
                given=_short(text),
            )
        )
    return days


def is_placeholder(text: str) -> bool:
    """Whether it is a date on which nothing that speaks OCPP can have been installed, as programs write it where none is known."""
    try:
        return not _FIRST_INSTALLED <= read_day(text) <= _LAST_INSTALLED
    except NoDay:
        return False


def read_one_day(text: str) -> date:
    """The one date that `text` says. Raises NoDay as `read_day`, and for a time that is another day at another place."""
    day, *others = read_days(text)
    if others:
        raise NoDay(
            KeptSentence(
                "%(given)s is a time with a zone, which is another day at another place: write the day alone, as 2025-04-03",
                given=_short(text),
            )
        )
    return day


def _days_around(day: date, time: re.Match[str]) -> list[date]:
    """The days that it may have been on earth at that time of that day, in the zone that stands with it."""
    hour = int(time[1]) % 12 + 12 * (time[3].casefold() == "p") if time[3] else int(time[1])
    written = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour, minutes=int(time[2]))
    zone = _OFFSET.fullmatch(time[4].strip())
    if zone is None:
        # By a name alone, or a place, it may be any.
        first, last = written - _EAST + _WEST, written - _WEST + _EAST
    else:
        offset = timedelta(hours=int(zone[2] or 0), minutes=int(zone[3] or 0)) * (-1 if zone[1] == "-" else 1)
        first, last = written - offset + _WEST, written - offset + _EAST
    return [first.date() + timedelta(days=by) for by in range((last.date() - first.date()).days + 1)]


def read_day(text: str) -> date:
    """The date that `text` says, as it is written. Raises NoDay, with the reason and the remedy but without the place."""
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
