"""What happened to a certificate, in the words that feeds use, for its page and its paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.events import Happening
from registry.watches.telling import Happened, told


@dataclass(frozen=True)
class PastEvent:
    """One thing that happened, and when."""

    at: datetime
    kind: str
    sentence: str


def past(events: Sequence[Happening]) -> tuple[PastEvent, ...]:
    """The events in words, in their order, without those that change nothing that a page shows."""
    found = []
    for event in events:
        if event.at is None:
            continue
        words = told(Happened(0, event.at, str(event.kind), event.subject, event.number, event.revision, event.payload, event.device))
        if words is not None:
            found.append(PastEvent(event.at, str(event.kind), words.sentence))
    return tuple(found)
