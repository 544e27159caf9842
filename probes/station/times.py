"""Dates as they stand in messages (OCPP 1.6 section 3.15): ISO 8601, with fractions and offsets, read leniently."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from probes.wire.clock import ocpp_time


def moment(text: Any) -> datetime | None:
    """The moment that a date-time names; one without an offset is in UTC. None for what is no date."""
    if not isinstance(text, str):
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told


def text_of(told: datetime) -> str:
    """A moment as our stack writes it into messages."""
    return ocpp_time(told)
