"""A transcript told as what happened at the station: its calls by kind, connector and idTag, its transactions from start to end. Pure."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from probes.judge.frames import Exchange, Traffic
from probes.wire.records import ConnectionEvent, Direction, EventKind

RUNNING = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})
"""Statuses of a connector with a transaction (1.6 7.7)."""


@dataclass(frozen=True)
class Session:
    """One transaction that got an id. `stops` are the StopTransactions that name it, `values` its MeterValues, in the order sent."""

    start: Exchange
    number: int
    connector: int | None
    tag: str | None
    stops: tuple[Exchange, ...]
    values: tuple[Exchange, ...]

    @property
    def stop(self) -> Exchange | None:
        """The first StopTransaction."""
        return self.stops[0] if self.stops else None

    @property
    def known(self) -> float:
        """When its id was on its way to the station, in seconds of the transcript."""
        return self.start.reply.frame.elapsed if self.start.reply is not None else self.start.call.elapsed

    @property
    def answered(self) -> int:
        """The record that brought its id."""
        return self.start.reply.frame.seq if self.start.reply is not None else self.start.call.seq


@dataclass(frozen=True)
class Deed:
    """What a person at the station was asked and did: from record `asked` to record `done`. `elapsed` is when it was done."""

    action: str
    connector: int | None
    asked: int
    done: int
    elapsed: float


class Story:
    """What can be looked up in a transcript without reading it again."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self.asked: dict[str, list[Exchange]] = defaultdict(list)
        self.told: dict[str, list[Exchange]] = defaultdict(list)
        self._statuses: dict[int, list[Exchange]] = defaultdict(list)
        self._authorizes: dict[str, list[Exchange]] = defaultdict(list)
        for exchange in traffic.exchanges:
            (self.asked if exchange.from_csms else self.told)[exchange.action].append(exchange)
        for exchange in self.told["StatusNotification"]:
            connector = exchange.payload.get("connectorId")
            if is_whole(connector) and isinstance(exchange.payload.get("status"), str):
                self._statuses[connector].append(exchange)
        for exchange in self.told["Authorize"]:
            tag = exchange.payload.get("idTag")
            if isinstance(tag, str):
                self._authorizes[tag].append(exchange)
        self.sessions = self._sessions()
        self._by_connector: dict[int, list[Session]] = defaultdict(list)
        for session in self.sessions:
            if session.connector is not None:
                self._by_connector[session.connector].append(session)
        self._ends = self._ends_of_connections()
        self._illegible = self._illegible_frames()
        self._opened = self._openings()
        self._first_calls: dict[int, Exchange] = {}
        for exchange in traffic.exchanges:
            if not exchange.from_csms:
                self._first_calls.setdefault(exchange.connection, exchange)
        self._marks = [r for r in traffic.records if isinstance(r, ConnectionEvent) and r.event is EventKind.AUDIT]

    # --- transactions

    def _sessions(self) -> tuple[Session, ...]:
        begun: dict[str, tuple[Exchange, list[int]]] = {}
        for start in self.told["StartTransaction"]:
            number = (start.result or {}).get("transactionId")
            if is_whole(number):
                # One that is told again, for want of an answer or not, is one transaction, whatever numbers it gets.
                begun.setdefault(json.dumps(start.payload, sort_keys=True), (start, []))[1].append(number)
        stops, values = self._by_transaction("StopTransaction"), self._by_transaction("MeterValues")
        after: dict[int, int] = {}
        found: list[Session] = []
        for start, numbers in reversed(begun.values()):
            # A central system may give one number twice: what comes after the next start belongs to that.
            until = next((after[number] for number in numbers if number in after), None)
            after.update(dict.fromkeys(numbers, start.call.seq))
            ended = sorted((call for number in set(numbers) for call in stops.get(number, ())), key=_seq)
            told = sorted((call for number in set(numbers) for call in values.get(number, ())), key=_seq)
            used = next((call.payload["transactionId"] for call in (*ended, *told)), numbers[-1])
            connector, tag = start.payload.get("connectorId"), start.payload.get("idTag")
            found.append(
                Session(
                    start,
                    used,
                    connector if is_whole(connector) else None,
                    tag if isinstance(tag, str) else None,
                    _between(ended, start.call.seq, until),
                    _between(told, start.call.seq, until),
                )
            )
        return tuple(reversed(found))

    def _by_transaction(self, action: str) -> Mapping[int, list[Exchange]]:
        found: dict[int, list[Exchange]] = defaultdict(list)
        for call in self.told[action]:
            number = call.payload.get("transactionId")
            if is_whole(number):
                found[number].append(call)
        return found

    def on(self, connector: int) -> Sequence[Session]:
        """The transactions on this connector, in order."""
        return self._by_connector.get(connector, ())

    def running(self, connector: int, seq: int) -> Session | None:
        """The transaction whose id was given before record `seq` and that had not ended by then, on this connector. After a restart it is
        not known to go on: its end may have been lost with it (1.6 5.14).
        """
        for session in reversed(self.on(connector)):
            if session.answered < seq:
                ended = session.stop is not None and session.stop.call.seq <= seq
                return None if ended or self.booted(session.answered, seq) else session
        return None

    def booted(self, after: int, until: int) -> bool:
        """Whether a BootNotification came between these two records."""
        return any(after < boot.call.seq < until for boot in self.told["BootNotification"])

    # --- statuses and identifications

    def statuses(self, connector: int, after: int = 0, until: int | None = None) -> Sequence[Exchange]:
        """The StatusNotifications of this connector after record `after`, before record `until`."""
        return _between(self._statuses.get(connector, ()), after, until)

    def status(self, connector: int, seq: int) -> Exchange | None:
        """The last StatusNotification of this connector before record `seq`."""
        known = self._statuses.get(connector, [])
        index = bisect_left(known, seq, key=_seq)
        return known[index - 1] if index else None

    def authorizes(self, tag: str, after: int = 0, until: int | None = None) -> Sequence[Exchange]:
        """The Authorize calls for this idTag."""
        return _between(self._authorizes.get(tag, ()), after, until)

    def connectors(self) -> Sequence[int]:
        """The connectors that reported a status."""
        return sorted(self._statuses)

    # --- connections

    def _ends_of_connections(self) -> dict[int, float]:
        ends: dict[int, float] = {}
        closed: set[int] = set()
        for record in self._traffic.records:
            connection = self._traffic.connection_of.get(record.seq)
            if connection is None or connection in closed:
                continue
            ends[connection] = record.elapsed
            if isinstance(record, ConnectionEvent) and record.event is EventKind.CLOSE:
                closed.add(connection)
        return ends

    def _illegible_frames(self) -> dict[int, list[float]]:
        found: dict[int, list[float]] = {}
        for problem in self._traffic.problems:
            connection = self._traffic.connection_of.get(problem.frame.seq)
            if problem.frame.direction is Direction.FROM_STATION and connection is not None:
                found.setdefault(connection, []).append(problem.frame.elapsed)
        return {connection: sorted(moments) for connection, moments in found.items()}

    def _openings(self) -> dict[int, float]:
        opened: dict[int, float] = {}
        for record in self._traffic.records:
            connection = self._traffic.connection_of.get(record.seq)
            if connection is not None:
                opened.setdefault(connection, record.elapsed)
        return opened

    def ended(self, connection: int) -> float:
        """When this connection was over, or was recorded for the last time."""
        return self._ends.get(connection, 0.0)

    def legible(self, connection: int, first: float, last: float) -> bool:
        """Whether every frame that the station sent between these moments could be told for what it is. Where one could not, what seems
        to be missing may be what it meant.
        """
        known = self._illegible.get(connection, ())
        return bisect_left(known, first) == bisect_right(known, last)

    def first_call(self, connection: int) -> Exchange | None:
        """The station's first call on this connection."""
        return self._first_calls.get(connection)

    def watched(self, exchange: Exchange, until: float) -> bool:
        """Whether the connection of this exchange was there, and was recorded, until this moment."""
        is_there = self._ends.get(exchange.connection, 0.0) >= until
        return is_there and self.legible(exchange.connection, exchange.call.elapsed, until)

    def opened(self, exchange: Exchange) -> float:
        """When the connection of this exchange began, as far as it was recorded."""
        return self._opened.get(exchange.connection, 0.0)

    # --- what an audit brought about

    def is_staged(self, seq: int) -> bool:
        """Whether this record lies within a case that an audit carried out: there nobody else is expected at the station."""
        before = self._marks[: bisect_right(self._marks, seq, key=lambda mark: mark.seq)]
        last = next((mark for mark in reversed(before) if "case" in mark.detail), None)
        return last is not None and last.detail.get("step") == "begin"

    def asked_for(self, action: str, connector: int, after: int, until: float) -> bool:
        """Whether a person was asked for this at a connector after record `after` and before this moment, done or not."""
        return any(
            mark.detail.get("person") == action and mark.detail.get("connector") == connector and mark.seq > after and mark.elapsed <= until
            for mark in self._marks
        )

    def deeds(self, action: str) -> Sequence[Deed]:
        """What a person at the station has done of this kind, in order; what was asked and not done is not among it."""
        found: list[Deed] = []
        asked: ConnectionEvent | None = None
        for mark in self._marks:
            if mark.detail.get("person") != action:
                continue
            if mark.detail.get("step") == "asked":
                asked = mark
            elif mark.detail.get("step") == "done" and asked is not None:
                where = mark.detail.get("connector")
                found.append(Deed(action, where if is_whole(where) else None, asked.seq, mark.seq, mark.elapsed))
                asked = None
        return found


def _seq(exchange: Exchange) -> int:
    return exchange.call.seq


def _between(calls: Sequence[Exchange], after: int, until: int | None) -> tuple[Exchange, ...]:
    """The calls after record `after` and before record `until`; they are in order."""
    first = bisect_right(calls, after, key=_seq)
    return tuple(calls[first:] if until is None else calls[first : bisect_left(calls, until, key=_seq)])


def is_whole(value: object) -> TypeGuard[int]:
    """Whether this is an integer of JSON."""
    return isinstance(value, int) and not isinstance(value, bool)


def id_tag_info(exchange: Exchange) -> Mapping[str, Any]:
    """What an answer says of an idTag; empty when nothing."""
    info = (exchange.result or {}).get("idTagInfo")
    return info if isinstance(info, dict) else {}


def was_accepted(exchange: Exchange) -> bool:
    """Whether the answer accepts the idTag."""
    return id_tag_info(exchange).get("status") == "Accepted"
