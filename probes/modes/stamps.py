"""Time stamps as logs write them: pure, text in, moments out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

_DATE_AND_TIME = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})[-/.](?P<m>\d\d)[-/.](?P<d>\d\d)|(?P<d2>\d\d)[./](?P<m2>\d\d)[./](?P<y2>\d{4}))[T\s_]\s*"
    r"(?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)(?:[.,](?P<f>\d{1,9}))?\s?(?P<z>Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d(?!\d))?"
)
_EPOCH = re.compile(r"(?<![\d.])(1\d{9})(?:\.(\d{1,9})|(\d{3})(?!\d)|(?!\d))")

_MILLISECONDS_FROM = 10**11
"""A number of seconds is below this for three thousand years; a number of milliseconds was above it from 1973 on."""


def find_stamp(text: str) -> datetime | None:
    """The first time stamp in a piece of a line, in UTC (a stamp without a zone is taken for UTC); None: there is none."""
    found = _DATE_AND_TIME.search(text)
    if found is not None:
        return _dated(found)
    epoch = _EPOCH.search(text)
    if epoch is None:
        return None
    whole, fraction, milliseconds = epoch.groups()
    return _at(int(whole), float(f"0.{fraction or milliseconds or 0}"))


def stamp_of(value: Any) -> datetime | None:
    """The moment that a value of a row stands for: text as in `find_stamp`, or seconds or milliseconds since 1970."""
    if isinstance(value, str):
        return find_stamp(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else float(value)
    return _at(int(seconds), seconds - int(seconds)) if 0 < seconds < _MILLISECONDS_FROM else None


def _at(seconds: int, fraction: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=round(fraction * 1e6))
    except (OverflowError, ValueError):
        return None


def _dated(found: re.Match[str]) -> datetime | None:
    part = found.groupdict()
    year, month, day = (part["y"], part["m"], part["d"]) if part["y"] else (part["y2"], part["m2"], part["d2"])
    microseconds = int((part["f"] or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(int(year), int(month), int(day), int(part["H"]), int(part["M"]), int(part["S"]), microseconds, _zone(part["z"]))
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _zone(text: str | None) -> timezone:
    if text is None or text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
