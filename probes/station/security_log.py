"""The station's security log, and the queue of its notifications (security white paper, A04 and chapter 8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from probes.station.store import Store
from probes.station.times import moment

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "ocpp16" / "security_events.json"

ENTRIES = 500
"""How many events the log holds before the oldest makes room (A04.FR.04: a rolling log)."""

INFO_LIMIT = 255
"""Characters of techInfo (section 5.15)."""


@dataclass(frozen=True, eq=False)
class SecurityEvent:
    """Something that happened; `info` says more, without secrets."""

    type: str
    timestamp: str
    info: str = ""

    def to_wire(self) -> dict[str, Any]:
        """The payload of its SecurityEventNotification."""
        return {"type": self.type, "timestamp": self.timestamp} | ({"techInfo": self.info} if self.info else {})


@cache
def sent_events() -> frozenset[str]:
    """The events that the CSMS is told of: the critical ones, and those for which a clause says so."""
    entries = json.loads(CATALOGUE.read_text(encoding="utf-8"))["events"]
    return frozenset(entry["type"] for entry in entries if entry["sent"])


class SecurityLog:
    """Every event goes into the log; those that are to be sent wait, over the end of the process, until the CSMS has them (A04.FR.02)."""

    def __init__(self, store: Store, timestamp: Callable[[], str]) -> None:
        self._store = store
        self._timestamp = timestamp
        saved = store.get("security_log") or {}
        self._entries = [SecurityEvent(**entry) for entry in saved.get("entries", [])]
        self._waiting = [SecurityEvent(**entry) for entry in saved.get("waiting", [])]

    def record(self, kind: str, info: str = "") -> bool:
        """An event happened. Whether it is to be sent."""
        event = SecurityEvent(kind, self._timestamp(), info[:INFO_LIMIT])
        self._entries = [*self._entries[1 - ENTRIES :], event]
        if kind in sent_events():
            self._waiting.append(event)
        self._keep()
        return kind in sent_events()

    def clear(self) -> None:
        """Empty the log; that this was done is its first entry, and what waits to be sent waits on."""
        self._entries = []
        self.record("SecurityLogWasCleared")

    def first_waiting(self) -> SecurityEvent | None:
        """The event whose turn it is to be sent."""
        return self._waiting[0] if self._waiting else None

    def delivered(self, event: SecurityEvent) -> None:
        """The CSMS has it."""
        self._waiting.remove(event)
        self._keep()

    def between(self, oldest: datetime | None, latest: datetime | None) -> Iterator[SecurityEvent]:
        """The events of a time, the oldest first; without limits all."""
        for event in self._entries:
            at = moment(event.timestamp)
            if at is not None and (oldest is None or oldest <= at) and (latest is None or at <= latest):
                yield event

    def _keep(self) -> None:
        self._store.put(
            "security_log", {"entries": [asdict(each) for each in self._entries], "waiting": [asdict(each) for each in self._waiting]}
        )
