"""What the built-in CSMS knows of its stations and of idTags: plain values, and their form in a file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import AuthorizationStatus

from probes.wire.clock import ocpp_time


@dataclass
class Transaction:
    """One transaction as a station reported it; meter readings in Wh. `started` is the station's own time stamp, as it sent it."""

    transaction_id: int
    connector_id: int
    id_tag: str
    meter_start: int
    meter_stop: int | None = None
    started: str | None = None


@dataclass
class StationState:
    """What one station has told, and what it was told and has accepted.

    `boot` is its last BootNotification payload as received; `connectors` the last status by connector; `local_list_version` that of
    the last list that it took (0: none); `reservations` connector by reservation id; `charging_profiles` what was
    set, by profile id: the payload of SetChargingProfile. `security_profile` is the highest with which it ever connected,
    `password_hash` that of the AuthorizationKey that it was given, `certificates` those that were issued to it and that it took,
    `security_events` its last ones. `registered`: its last BootNotification was answered with Accepted.
    """

    identity: str
    boot: dict[str, Any] | None = None
    connectors: dict[int, str] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    local_list_version: int = 0
    reservations: dict[int, int] = field(default_factory=dict)
    charging_profiles: dict[int, dict[str, Any]] = field(default_factory=dict)
    security_profile: int = 0
    password_hash: str | None = field(default=None, repr=False)
    certificates: list[dict[str, str]] = field(default_factory=list)
    registered: bool = False
    security_events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def serial_number(self) -> str | None:
        """What the station calls its serial number, if it has told one that is a text."""
        told = (self.boot or {}).get("chargePointSerialNumber")
        return told if isinstance(told, str) else None

    def open_transactions(self) -> Iterable[Transaction]:
        """Those that have no end yet."""
        return (transaction for transaction in self.transactions.values() if transaction.meter_stop is None)

    def to_json(self, tag: Callable[[str], str]) -> dict[str, Any]:
        """As it stands in a file; `tag` gives what stands for an idTag there."""
        document = asdict(self)
        document["transactions"] = [asdict(transaction) | {"id_tag": tag(transaction.id_tag)} for transaction in self.transactions.values()]
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> StationState:
        """What `to_json` made, with what stands for idTags in their place. Raises `KeyError`, `TypeError`, `ValueError`."""
        transactions = [Transaction(**entry) for entry in document["transactions"]]
        return cls(
            identity=str(document["identity"]),
            boot=document["boot"],
            connectors={int(number): str(status) for number, status in document["connectors"].items()},
            transactions={transaction.transaction_id: transaction for transaction in transactions},
            local_list_version=int(document["local_list_version"]),
            reservations={int(number): int(connector) for number, connector in document["reservations"].items()},
            charging_profiles={int(number): dict(payload) for number, payload in document["charging_profiles"].items()},
            security_profile=int(document.get("security_profile", 0)),
            password_hash=document.get("password_hash"),
            certificates=[dict(entry) for entry in document.get("certificates", [])],
            registered=bool(document.get("registered", False)),
            security_events=[dict(entry) for entry in document.get("security_events", [])],
        )


@dataclass(frozen=True)
class IdTag:
    """What is known of one idTag: its status, until when it counts, the group that it belongs to (OCPP 1.6 section 7.27).

    Without `concurrent` it may be in one transaction at a time.
    """

    status: AuthorizationStatus = AuthorizationStatus.accepted
    expires: datetime | None = None
    parent: str | None = None
    concurrent: bool = True


@dataclass(frozen=True)
class IdTags:
    """Who may charge: what is known of each idTag (or just its status), compared without regard to case, and of all others."""

    known: Mapping[str, AuthorizationStatus | IdTag] = field(default_factory=dict)
    others: AuthorizationStatus | IdTag = AuthorizationStatus.accepted

    def find(self, id_tag: str) -> IdTag:
        """What is known of this idTag."""
        folded = id_tag.casefold()
        found = next((known for tag, known in self.known.items() if tag.casefold() == folded), self.others)
        return found if isinstance(found, IdTag) else IdTag(found)

    def info(self, id_tag: str, now: datetime, in_use: bool = False) -> IdTagInfo:
        """The IdTagInfo that goes out; `in_use`: the tag is in a transaction already, and this is to be another."""
        known = self.find(id_tag)
        status = known.status
        if status == AuthorizationStatus.accepted and known.expires is not None and known.expires <= now:
            status = AuthorizationStatus.expired
        if status == AuthorizationStatus.accepted and in_use and not known.concurrent:
            status = AuthorizationStatus.concurrent_tx
        return IdTagInfo(
            status=status, parent_id_tag=known.parent, expiry_date=ocpp_time(known.expires) if known.expires is not None else None
        )


class TransactionIds:
    """Transaction ids that are unique over all stations, and over restarts: they begin at the second of the start, or after those known."""

    def __init__(self, began: datetime, known: Iterable[int] = ()) -> None:
        self._numbers = itertools.count(max(int(began.timestamp()), max(known, default=0) + 1))

    def next(self) -> int:
        """An id that was not given before."""
        return next(self._numbers)
