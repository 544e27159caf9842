"""What can be known of a charging station from the frames alone: a pure fold over the transcript.

`follow(traffic)` gives the `Timeline`; `timeline.before(seq)` is what was known just before that frame. Nothing is assumed: a connector
whose status was not reported is unknown, a configuration that was not read is not there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeGuard

from probes.judge.frames import Exchange, Reader, ReplyKind, Traffic
from probes.wire.records import ConnectionEvent, EventKind, Record

BUSY_STATUSES = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})
"""Connector statuses that stand for a transaction (OCPP 1.6 ed. 2, 7.7)."""

_WITHOUT_TRANSACTION = frozenset({"Available", "Preparing", "Finishing"})

MOST_KEPT = 200
"""The highest connector number and the most open transactions and calls in flight that are kept: only a flood has more."""


@dataclass(frozen=True)
class Boot:
    """The last BootNotification: what the station said of itself and how it was answered (`interval` in seconds)."""

    payload: Mapping[str, Any]
    frames: tuple[int, ...]
    status: str | None = None
    interval: int | None = None


@dataclass(frozen=True)
class ConnectorState:
    """The last StatusNotification of one connector."""

    status: str
    error_code: str | None
    frame: int


@dataclass(frozen=True)
class KeyReading:
    """One configuration key as last read; `value` is None when the station gave none."""

    key: str
    value: str | None
    readonly: bool | None
    frames: tuple[int, ...]


@dataclass(frozen=True)
class LocalList:
    """What is known of the local authorization list: its version, or that asking for it was refused."""

    version: int | None
    refused: bool
    frames: tuple[int, ...]


_EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Shadow:
    """The station as known at one moment. Keys of `configuration` and `unknown_keys` are casefolded: key names have no case (7.29).

    `open_transactions` are ids with the frames that tell of them, `charging_on` the connectors of those that were seen to start.
    """

    connected: bool = False
    boot: Boot | None = None
    connectors: Mapping[int, ConnectorState] = field(default_factory=lambda: _EMPTY)
    open_transactions: Mapping[int, int] = field(default_factory=lambda: _EMPTY)
    charging_on: Mapping[int, int] = field(default_factory=lambda: _EMPTY)
    starting: frozenset[int] = frozenset()
    configuration: Mapping[str, KeyReading] = field(default_factory=lambda: _EMPTY)
    unknown_keys: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _EMPTY)
    full_read: tuple[int, ...] | None = None
    local_list: LocalList | None = None
    in_flight: frozenset[int] = frozenset()

    @property
    def declared_connectors(self) -> int | None:
        """NumberOfConnectors as the station reports it."""
        reading = self.configuration.get("numberofconnectors")
        text = (reading.value or "").strip() if reading else ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None

    @property
    def highest_connector(self) -> int | None:
        """The highest connector number that the station declares or has reported; None when it has declared no number."""
        declared = self.declared_connectors
        return None if declared is None else max(declared, *self.connectors, 0)

    @property
    def all_reported(self) -> bool:
        """Whether every connector that the station declares has reported its status."""
        declared = self.declared_connectors
        return bool(declared) and all(number in self.connectors for number in range(1, (declared or 0) + 1))

    @property
    def busy(self) -> tuple[int, ...]:
        """Frames that tell of a transaction going on; empty when none is known of."""
        told = [state.frame for state in self.connectors.values() if state.status in BUSY_STATUSES]
        return tuple(sorted({*told, *self.open_transactions.values(), *self.starting}))

    @property
    def all_idle(self) -> bool:
        """Whether every connector is known to be Available and no transaction is known of."""
        return self.all_reported and not self.busy and all(state.status == "Available" for state in self.connectors.values())

    @property
    def idle_connector(self) -> int | None:
        """The lowest connector known to be Available while no transaction is known of."""
        if self.busy:
            return None
        main = self.connectors.get(0)
        if main is not None and main.status != "Available":
            return None
        numbers = [number for number, state in self.connectors.items() if number > 0 and state.status == "Available"]
        return min(numbers, default=None)


@dataclass(frozen=True)
class Timeline:
    """The shadows of one transcript in order. `transactions` holds each transaction id with the first frame that names it."""

    seqs: tuple[int, ...]
    shadows: tuple[Shadow, ...]
    transactions: Mapping[int, int]

    def before(self, seq: int) -> Shadow:
        """What was known just before frame `seq`."""
        index = bisect_left(self.seqs, seq)
        return self.shadows[index - 1] if index else Shadow()

    @property
    def last(self) -> Shadow:
        """What is known at the end."""
        return self.shadows[-1] if self.shadows else Shadow()

    def transaction_seen_before(self, transaction_id: object, seq: int) -> bool:
        """Whether a frame before `seq` names this transaction."""
        first = self.transactions.get(transaction_id) if isinstance(transaction_id, int) else None
        return first is not None and first < seq


class Follower:
    """Folds records as they come: what is known of the station at any moment, without reading the whole transcript again."""

    def __init__(self) -> None:
        self.shadow = Shadow()
        self.transactions: dict[int, int] = {}
        self._reader = Reader()

    def exchanges(self, since: int = 0) -> Sequence[Exchange]:
        """The conversations so far whose call came after record `since`, in order."""
        known = self._reader.exchanges
        return known[bisect_right(known, since, key=lambda exchange: exchange.call.seq) :]

    def forget_readings(self) -> None:
        """From here on only what is read anew counts: an earlier audit's readings may no longer hold."""
        self.shadow = _without_readings(self.shadow)

    def add(self, record: Record) -> None:
        """The next record."""
        self.shadow = _step(self.shadow, record, self._reader.add(record), self.transactions)


def follow(traffic: Traffic, since: int = 0) -> Timeline:
    """Fold the transcript: one shadow after each record. What was read from the station before record `since` is forgotten there."""
    exchanges = {seq: exchange for exchange in traffic.exchanges for seq in exchange.seqs}
    shadow = Shadow()
    transactions: dict[int, int] = {}
    shadows: list[Shadow] = []
    before = True
    for record in traffic.records:
        if before and record.seq >= since:
            before, shadow = False, _without_readings(shadow)
        shadow = _step(shadow, record, exchanges.get(record.seq), transactions)
        shadows.append(shadow)
    return Timeline(tuple(record.seq for record in traffic.records), tuple(shadows), MappingProxyType(transactions))


def _without_readings(shadow: Shadow) -> Shadow:
    return replace(shadow, configuration=_EMPTY, unknown_keys=_EMPTY, full_read=None, local_list=None)


def _step(shadow: Shadow, record: Record, exchange: Exchange | None, transactions: dict[int, int]) -> Shadow:
    if isinstance(record, ConnectionEvent):
        return _event(shadow, record)
    if exchange is None:
        return shadow
    return _call(shadow, exchange, transactions) if record.seq == exchange.call.seq else _reply(shadow, exchange, transactions)


def _event(shadow: Shadow, event: ConnectionEvent) -> Shadow:
    if event.event is EventKind.OPEN:
        # While it was away anybody may have come: what a connector was then says nothing of it now.
        return replace(shadow, connected=True, connectors=_EMPTY, in_flight=frozenset(), starting=frozenset())
    if event.event is EventKind.CLOSE:
        return replace(shadow, connected=False, in_flight=frozenset(), starting=frozenset())
    return shadow


def _call(shadow: Shadow, exchange: Exchange, transactions: dict[int, int]) -> Shadow:
    if len(shadow.in_flight) < MOST_KEPT:
        shadow = replace(shadow, in_flight=shadow.in_flight | {exchange.call.seq})
    if exchange.from_csms:
        return shadow
    payload, seq = exchange.payload, exchange.call.seq
    if exchange.action == "BootNotification":
        # A boot ends what was: the station reports every connector again (errata v4.0 3.22).
        return replace(shadow, boot=Boot(payload, (seq,)), connectors=_EMPTY)
    if exchange.action == "StatusNotification":
        return _status(shadow, payload, seq)
    if exchange.action == "StartTransaction" and len(shadow.starting) < MOST_KEPT:
        return replace(shadow, starting=shadow.starting | {seq})
    if exchange.action == "MeterValues":
        return _transaction_named(shadow, payload.get("transactionId"), seq, transactions)
    if exchange.action == "StopTransaction":
        identifier = payload.get("transactionId")
        if _whole(identifier):
            transactions.setdefault(identifier, seq)
            left = {known: frame for known, frame in shadow.open_transactions.items() if known != identifier}
            return replace(shadow, open_transactions=MappingProxyType(left))
    return shadow


def _status(shadow: Shadow, payload: Mapping[str, Any], seq: int) -> Shadow:
    connector, status, code = payload.get("connectorId"), payload.get("status"), payload.get("errorCode")
    if not _whole(connector) or not 0 <= connector <= MOST_KEPT or not isinstance(status, str):
        return shadow
    state = ConnectorState(status, code if isinstance(code, str) else None, seq)
    shadow = replace(shadow, connectors=MappingProxyType({**shadow.connectors, connector: state}))
    return _ended_at_restart(shadow, connector) if status in _WITHOUT_TRANSACTION and shadow.boot is not None else shadow


def _ended_at_restart(shadow: Shadow, connector: int) -> Shadow:
    """A transaction from before the last boot is over, told or not, when its connector is said to have none now."""
    booted = shadow.boot.frames[0] if shadow.boot is not None else 0
    over = {known for known, frame in shadow.open_transactions.items() if frame < booted and shadow.charging_on.get(known) == connector}
    if not over:
        return shadow
    left = {known: frame for known, frame in shadow.open_transactions.items() if known not in over}
    return replace(shadow, open_transactions=MappingProxyType(left))


def _transaction_named(shadow: Shadow, identifier: object, seq: int, transactions: dict[int, int]) -> Shadow:
    if not isinstance(identifier, int) or isinstance(identifier, bool):
        return shadow
    known = identifier in transactions
    transactions.setdefault(identifier, seq)
    # Meter values may come after StopTransaction: only an id that was never seen before tells of a transaction that goes on.
    if known or len(shadow.open_transactions) > MOST_KEPT:
        return shadow
    return replace(shadow, open_transactions=MappingProxyType({**shadow.open_transactions, identifier: seq}))


def _reply(shadow: Shadow, exchange: Exchange, transactions: dict[int, int]) -> Shadow:
    shadow = replace(shadow, in_flight=shadow.in_flight - {exchange.call.seq})
    if not exchange.from_csms:
        return _answered_to_station(shadow, exchange, transactions)
    if exchange.action == "GetConfiguration":
        return _configuration(shadow, exchange)
    if exchange.action == "GetLocalListVersion" and exchange.reply is not None:
        version = (exchange.result or {}).get("listVersion")
        refused = exchange.reply.kind is ReplyKind.ERROR
        return replace(shadow, local_list=LocalList(version if _whole(version) else None, refused, exchange.seqs))
    return shadow


def _answered_to_station(shadow: Shadow, exchange: Exchange, transactions: dict[int, int]) -> Shadow:
    result = exchange.result or {}
    if exchange.action == "BootNotification" and shadow.boot is not None:
        interval = result.get("interval")
        answered = replace(shadow.boot, frames=exchange.seqs, status=exchange.status, interval=interval if _whole(interval) else None)
        return replace(shadow, boot=answered)
    if exchange.action == "StartTransaction":
        shadow = replace(shadow, starting=shadow.starting - {exchange.call.seq})
        identifier = result.get("transactionId")
        if _whole(identifier):
            transactions.setdefault(identifier, exchange.call.seq)
            connector = exchange.payload.get("connectorId")
            if _whole(connector):
                shadow = replace(shadow, charging_on=MappingProxyType({**shadow.charging_on, identifier: connector}))
            return replace(shadow, open_transactions=MappingProxyType({**shadow.open_transactions, identifier: exchange.call.seq}))
    return shadow


def _configuration(shadow: Shadow, exchange: Exchange) -> Shadow:
    result = exchange.result
    if result is None:
        return shadow
    readings = dict(shadow.configuration)
    unknown = dict(shadow.unknown_keys)
    entries = [_reading(entry, exchange) for entry in _list(result.get("configurationKey"))]
    listed = {reading.key.casefold(): reading for reading in entries if reading is not None}
    readings.update(listed)
    for folded in listed:
        unknown.pop(folded, None)
    for key in _list(result.get("unknownKey")):
        if isinstance(key, str):
            unknown[key.strip().casefold()] = exchange.seqs
    shadow = replace(shadow, configuration=MappingProxyType(readings), unknown_keys=MappingProxyType(unknown))
    if _list(exchange.payload.get("key")) or not entries or None in entries:
        # No list of all settings, or one with entries that cannot be understood: nothing is known to be absent.
        return shadow
    return replace(shadow, full_read=exchange.seqs)


def _reading(entry: object, exchange: Exchange) -> KeyReading | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
        return None
    value, readonly = entry.get("value"), entry.get("readonly")
    return KeyReading(
        entry["key"].strip(),
        value if isinstance(value, str) else None,
        readonly if isinstance(readonly, bool) else None,
        exchange.seqs,
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
