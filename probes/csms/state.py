"""What the built-in CSMS knows of its stations."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ocpp.v16.enums import AuthorizationStatus


@dataclass
class Transaction:
    """One transaction as a station reported it; meter readings in Wh."""

    transaction_id: int
    connector_id: int
    id_tag: str
    meter_start: int
    meter_stop: int | None = None


@dataclass
class StationState:
    """What one station has told. `boot` is its last BootNotification payload as received; `connectors` the last status by connector."""

    identity: str
    boot: dict[str, Any] | None = None
    connectors: dict[int, str] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)


@dataclass(frozen=True)
class IdTags:
    """Who may charge: the status of each known idTag, compared without regard to case, and that of all others."""

    known: Mapping[str, AuthorizationStatus] = field(default_factory=dict)
    others: AuthorizationStatus = AuthorizationStatus.accepted

    def status(self, id_tag: str) -> AuthorizationStatus:
        """The AuthorizationStatus of this idTag."""
        folded = id_tag.casefold()
        return next((status for tag, status in self.known.items() if tag.casefold() == folded), self.others)


class TransactionIds:
    """Transaction ids that are unique over all stations, and over restarts: they begin at the second of the start."""

    def __init__(self, began: datetime) -> None:
        self._numbers = itertools.count(int(began.timestamp()))

    def next(self) -> int:
        """An id that was not given before."""
        return next(self._numbers)
