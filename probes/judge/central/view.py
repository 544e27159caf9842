"""What the judge of a central system looks at: the talks of every station of the audit, and what the audit asked for beside the wire."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from probes.judge.central.fitting import distance
from probes.judge.certified import RESPONSE_TIMEOUT, Certified
from probes.judge.frames import Exchange, FrameProblem, Reader, Traffic
from probes.judge.shadow import Timeline, follow
from probes.judge.story import Story
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, Record

AUTHORIZE_RESPONSE = "Response time Authorize"

EARLIER = "earlier"
"""In the detail of an audit's event: what an earlier audit had left open there, by kind and station."""

LOAD = "load"
"""In the detail of an audit's event: the stations that are there to put the system under load."""

LEAVES = "leaves"
"""In the detail of an audit's event: our station is about to end its connection, and why."""

PASSING_ENDS = frozenset({1001, 1005, 1006, 1012, 1013})
"""Codes with which a connection ends that is broken, or that a server ends because it goes away, restarts or is overloaded."""


@dataclass(frozen=True)
class Wanted:
    """A request that the audit had the central system asked for, beside the wire, and what became of it.

    `payload` holds the fields that were wanted, idTags replaced as in frames; `passed` names those that the way of asking hands over as
    they are (none for a person, who may choose otherwise). `exchange` is the request that came of it, None when none came. `first` and
    `last` are the records of asking; `outcome` is how asking ended ("asked", "cannot do", "failed"), with `reason`.
    """

    station: str
    action: str
    payload: Mapping[str, Any]
    passed: frozenset[str]
    by: str
    first: int
    last: int
    outcome: str
    reason: str
    exchange: Exchange | None = None


@dataclass(frozen=True)
class Attempt:
    """One handshake of the audit and how it ended: `detail` is that of its connection event, `opened` whether there was a connection.

    `purpose` says why it was made: "work" for that of a station that simply connects.
    """

    seq: int
    station: str
    purpose: str
    opened: bool
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class CentralView:
    """All that an obligation of a central system may look at. `patience` is how many seconds a call may stay unanswered before that counts.

    `talks` are the conversations by station, `exchanges` and `problems` those of all stations in the order of the records. `given` tells
    what the audit was told of idTags: by what stands for the tag, its state ("valid", "blocked", "expired", "unknown", ...).
    """

    records: tuple[Record, ...]
    talks: Mapping[str, Traffic]
    certified: Certified
    patience: float = 30.0
    wanted: tuple[Wanted, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    load: frozenset[str] = frozenset()
    """The stations that were there to put the system under load."""

    @cached_property
    def every_exchange(self) -> tuple[Exchange, ...]:
        """The conversations of all stations, by the record of the call."""
        return tuple(sorted((e for talk in self.talks.values() for e in talk.exchanges), key=lambda exchange: exchange.call.seq))

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Those without the stations that put the system under load: what a system does then, no clause speaks of."""
        return tuple(exchange for exchange in self.every_exchange if exchange.call.charge_point_id not in self.load)

    @cached_property
    def problems(self) -> tuple[FrameProblem, ...]:
        """The frames that are not what they should be, in order, again without load."""
        talks = (talk for station, talk in self.talks.items() if station not in self.load)
        return tuple(sorted((p for talk in talks for p in talk.problems), key=lambda problem: problem.frame.seq))

    @cached_property
    def _stories(self) -> dict[str, Story]:
        return {station: Story(talk) for station, talk in self.talks.items()}

    @cached_property
    def _timelines(self) -> dict[str, Timeline]:
        return {station: follow(talk, 0) for station, talk in self.talks.items()}

    def story(self, station: str) -> Story:
        """What happened at one station, to be looked up."""
        return self._stories[station]

    def timeline(self, station: str) -> Timeline:
        """What was known of one station, by record."""
        return self._timelines[station]

    def talk(self, exchange: Exchange) -> Traffic:
        """The whole conversation that an exchange is part of."""
        return self.talks[exchange.call.charge_point_id]

    @cached_property
    def _of_action(self) -> dict[tuple[bool, str], list[Exchange]]:
        found: dict[tuple[bool, str], list[Exchange]] = defaultdict(list)
        for exchange in self.exchanges:
            found[exchange.from_csms, exchange.action].append(exchange)
        return found

    def told(self, action: str) -> Sequence[Exchange]:
        """What the stations called, of this action."""
        return self._of_action.get((False, action), ())

    def asked(self, action: str) -> Sequence[Exchange]:
        """What the central system called, of this action."""
        return self._of_action.get((True, action), ())

    def wanted_for(self, exchange: Exchange) -> Wanted | None:
        """What the audit had asked for when this request came of it; None for a request that nobody of the audit wanted."""
        return self._wanted_by_call.get(exchange.call.seq)

    @cached_property
    def _wanted_by_call(self) -> dict[int, Wanted]:
        return {each.exchange.call.seq: each for each in self.wanted if each.exchange is not None}

    def owed_within(self, action: str) -> float:
        """How many seconds an answer may take before its lack counts: never less than the certificate allows."""
        row = self.certified.performance(AUTHORIZE_RESPONSE if action == "Authorize" else RESPONSE_TIMEOUT)
        return max(self.patience, float(row.pics_seconds or 0) if row else 0.0)

    def heard_after(self, exchange: Exchange, seconds: float) -> Frame | None:
        """The first frame of the central system on the connection of this call at least `seconds` after it: it was there."""
        talk = self.talk(exchange)
        frames = [frame for frame in talk.frames if frame.direction is Direction.FROM_CSMS]
        position = bisect_left(frames, exchange.call.elapsed + seconds, key=lambda frame: frame.elapsed)
        for frame in frames[position:]:
            return frame if talk.connection_of[frame.seq] == exchange.connection else None
        return None

    def closed_after(self, frame: Frame) -> ConnectionEvent | None:
        """How the connection of this frame ended, unless our station ended it, by what the audit has noted; None: it did not, or we did.

        What the audit has noted may stand before the frame: the last ones cross with our leaving.
        """
        talk = self.talks[frame.charge_point_id]
        connection = talk.connection_of[frame.seq]
        for record in talk.records[bisect_left(talk.records, frame.seq, key=lambda record: record.seq) :]:
            if isinstance(record, ConnectionEvent) and record.event is EventKind.CLOSE and talk.connection_of[record.seq] == connection:
                left = self._left.get((frame.charge_point_id, connection))
                return None if left is not None and left < record.seq else record
        return None

    @cached_property
    def _left(self) -> Mapping[tuple[str, int], int]:
        """By station and connection, the record of our leaving it."""
        noted = ((station, talk, each) for station, talk in self.talks.items() for each in talk.records if _leaves(each))
        return {(station, talk.connection_of[each.seq]): each.seq for station, talk, each in reversed(tuple(noted))}

    def closed_by_it(self, boot: Exchange, seconds: float) -> int | None:
        """The record of the end of this call's connection where the central system ended it properly so soon after its answer."""
        closed, reply = self.closed_after(boot.call), boot.reply
        if closed is None or reply is None or closed.elapsed - reply.frame.elapsed > seconds:
            return None
        return None if closed.detail.get("code") in PASSING_ENDS else closed.seq

    @cached_property
    def leading(self) -> frozenset[str]:
        """The stations by which cases were carried out; none where the records do not say so."""
        noted = (each for each in self.records if isinstance(each, ConnectionEvent) and each.event is EventKind.AUDIT)
        return frozenset(each.charge_point_id for each in noted if "case" in each.detail)

    @cached_property
    def earlier(self) -> Mapping[str, frozenset[tuple[str, int]]]:
        """What an earlier audit, which was broken off, had left there: station and number of its transactions and its reservations."""
        noted = [each.detail for each in self.records if isinstance(each, ConnectionEvent) and each.event is EventKind.AUDIT]
        return {kind: frozenset(each for detail in noted for each in numbers_in(detail, kind)) for kind in ("transactions", "reservations")}

    @cached_property
    def worked_out(self) -> dict[str, Any]:
        """What rules have worked out of this transcript, by name, so that it is done once."""
        return {}


def _leaves(record: Record) -> bool:
    return isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT and LEAVES in record.detail


def numbers_in(detail: Mapping[str, Any], kind: str) -> Iterator[tuple[str, int]]:
    """Station and number of what an event tells of earlier transactions, or reservations."""
    told = detail.get(EARLIER)
    by_station = told.get(kind) if isinstance(told, Mapping) else None
    for station, numbers in by_station.items() if isinstance(by_station, Mapping) else ():
        yield from ((str(station), number) for number in numbers if isinstance(numbers, list) and isinstance(number, int))


def central_view(records: Iterable[Record], certified: Certified, patience: float | None = None) -> CentralView:
    """Read the transcript of an audit of a central system. Never fails: what cannot be understood is a problem in the result."""
    kept = tuple(records)
    by_station: dict[str, list[Record]] = defaultdict(list)
    for record in kept:
        by_station[record.charge_point_id].append(record)
    talks = {station: _read(own) for station, own in by_station.items()}
    given: dict[str, str] = {}
    for record in kept:
        if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT and isinstance(record.detail.get("given"), dict):
            given.update({str(tag): str(state) for tag, state in record.detail["given"].items()})
    wanted, load = tuple(_wanted(kept, talks)), _load(kept)
    attempts = tuple(each for each in _attempts(kept) if each.station not in load)
    return CentralView(kept, talks, certified, patience or patience_of(certified), wanted, attempts, given, load)


def patience_of(certified: Certified) -> float:
    """How long a call of a station may stay unanswered: well beyond the PICS values, so that a late answer is seen as late."""
    row = certified.performance(AUTHORIZE_RESPONSE)
    return min(120.0, max(certified.patience_seconds, 3.0 * (row.pics_seconds or 0) if row else 0.0))


def _read(records: Sequence[Record]) -> Traffic:
    """The talk of one station; that records of others stand in between leaves no gap in it."""
    reader = Reader(interleaved=True)
    for record in records:
        reader.add(record)
    return Traffic(tuple(records), tuple(reader.exchanges), tuple(reader.problems), frozenset(reader.whole), reader.connection_of)


def _wanted(records: Sequence[Record], talks: Mapping[str, Traffic]) -> Iterable[Wanted]:
    """Each wish with the first request of that kind that came to the station between asking and its end."""
    begun: dict[tuple[str, str], ConnectionEvent] = {}
    for record in records:
        if not isinstance(record, ConnectionEvent) or record.event is not EventKind.AUDIT or "asked" not in record.detail:
            continue
        key = (record.charge_point_id, str(record.detail["asked"]))
        if record.detail.get("step") == "begin":
            begun[key] = record
        elif (first := begun.pop(key, None)) is not None:
            yield _wish(first, record, talks[record.charge_point_id])
    for (station, _), first in begun.items():
        yield _wish(first, records[-1], talks[station])


def _wish(first: ConnectionEvent, last: Record, talk: Traffic) -> Wanted:
    action = str(first.detail["asked"])
    came = [e for e in talk.exchanges if e.from_csms and e.action == action and first.seq < e.call.seq < last.seq]
    ended = last.detail if isinstance(last, ConnectionEvent) else {}
    told = first.detail.get("payload")
    payload = told if isinstance(told, dict) else {}
    return Wanted(
        first.charge_point_id,
        action,
        payload,
        frozenset(map(str, first.detail.get("passed") or ())),
        str(first.detail.get("by") or ""),
        first.seq,
        last.seq,
        str(ended.get("outcome") or ""),
        str(ended.get("reason") or ""),
        min(came, key=lambda each: distance(payload, each.payload), default=None),
    )


def _load(records: Sequence[Record]) -> frozenset[str]:
    """The stations that an audit has noted as load."""
    noted = (each.detail for each in records if isinstance(each, ConnectionEvent) and each.event is EventKind.AUDIT)
    return frozenset(str(station) for detail in noted if isinstance(detail.get(LOAD), list) for station in detail[LOAD])


def _attempts(records: Sequence[Record]) -> Iterable[Attempt]:
    for record in records:
        if isinstance(record, ConnectionEvent) and record.event in {EventKind.OPEN, EventKind.HANDSHAKE_REFUSED}:
            purpose = str(record.detail.get("purpose") or "work")
            yield Attempt(record.seq, record.charge_point_id, purpose, record.event is EventKind.OPEN, record.detail)
