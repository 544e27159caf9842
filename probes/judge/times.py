"""Dates of messages as moments, and what a setting was at a moment: both only as far as the frames tell."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime

from probes.judge.frames import Exchange
from probes.judge.outcomes import View
from probes.wire.records import Record

STATUS_SECONDS = 60.0
"""How long a station may take to report a status that follows from something else: no clause says, so longer than any needs."""

LONGEST_STATUS_DURATION = 600
"""A MinimumStatusDuration above this is not waited for."""


def _date(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def moment(value: object) -> datetime | None:
    """A date of a message; None for what is none, or has no time zone, so that the moment is not known."""
    told = _date(value)
    return told if told is not None and told.tzinfo is not None else None


def moment_without_zone(value: object) -> datetime | None:
    """A date of a message that names no time zone, as if it were UTC; None for any other value."""
    told = _date(value)
    return told.replace(tzinfo=UTC) if told is not None and told.tzinfo is None else None


def seconds_between(record: Record, value: object) -> float | None:
    """By how many seconds a date of a message lies after the moment at which this record was made; None when it tells no moment."""
    told, made = moment(value), moment(record.timestamp)
    return None if told is None or made is None else (told - made).total_seconds()


def setting(view: View, key: str, seq: int) -> str | None:
    """A key's value just before frame `seq`: as read last, or as a change that was Accepted after that left it. None: not known."""
    folded = key.casefold()
    reading = view.timeline.before(seq).configuration.get(folded)
    value, known = (reading.value, max(reading.frames)) if reading is not None else (None, 0)
    for exchange in reversed(between(view.story.asked.get("ChangeConfiguration", ()), known, seq)):
        if str(exchange.payload.get("key")).casefold() == folded and exchange.status == "Accepted":
            given = exchange.payload.get("value")
            return given if isinstance(given, str) else None
    return value


def between(exchanges: Sequence[Exchange], after: int, until: int | None) -> Sequence[Exchange]:
    """Those of these exchanges, which are in order, whose call came after record `after` and before record `until` (None: ever since)."""
    first = bisect_right(exchanges, after, key=_seq)
    return exchanges[first:] if until is None else exchanges[first : bisect_left(exchanges, until, key=_seq)]


def _seq(exchange: Exchange) -> int:
    return exchange.call.seq


def is_on(value: str | None) -> bool | None:
    """A boolean setting, in any spelling of true and false; None for neither."""
    return {"true": True, "false": False}.get((value or "").strip().casefold())


def status_seconds(view: View, seq: int) -> float | None:
    """How long a status may take to be reported at frame `seq`: MinimumStatusDuration (1.6 9.1.20) may hold it back. None: not known."""
    text = (setting(view, "MinimumStatusDuration", seq) or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 6:
        return STATUS_SECONDS + int(text) if int(text) <= LONGEST_STATUS_DURATION else None
    # Only asked for by name it is known to be absent: the list of all keys may be cut short.
    return STATUS_SECONDS if "minimumstatusduration" in view.timeline.before(seq).unknown_keys else None
