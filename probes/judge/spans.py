"""A transcript seen as a whole: its connections, the outages between them, restarts, and what the station's own times say. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from probes.judge.frames import Exchange
from probes.judge.outcomes import View
from probes.judge.shadow import BUSY_STATUSES
from probes.judge.story import Session
from probes.judge.times import STATUS_SECONDS, moment
from probes.wire.records import ConnectionEvent, EventKind, Record

SETTLED_SECONDS = 4.0
"""How long something must be known to both before it counts: answers and requests cross on the way. Less than an audit waits."""

LAST = 1 << 62
"""A number above that of every record."""

BROUGHT_BY = {"SignChargePointCertificate": "SignCertificate"}
"""Messages that a TriggerMessage names otherwise than they are called."""

_CLEAN_CLOSURES = frozenset({1000, 1001})


@dataclass(frozen=True)
class Connection:
    """One connection of the station: its records' numbers and seconds. `ended` is its CLOSE, None while it lasts or was not recorded."""

    number: int
    first: int
    last: int
    opened: float
    heard: float
    ended: ConnectionEvent | None

    @property
    def was_closed_cleanly(self) -> bool:
        """Whether it ended with a closing handshake: then nothing that was sent before was lost on the way."""
        return self.ended is not None and self.ended.detail.get("code") in _CLEAN_CLOSURES


@dataclass(frozen=True)
class Outage:
    """The time between two connections, in seconds since the beginning of the transcript."""

    before: Connection
    after: Connection

    @property
    def began(self) -> float:
        """When the last of the old connection was heard."""
        return self.before.heard

    @property
    def ended(self) -> float:
        """When the new connection was there."""
        return self.after.opened

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.ended - self.began


def connections(view: View) -> tuple[Connection, ...]:
    """The connections of the transcript, in order."""
    groups: dict[int, list[Record]] = {}
    for record in view.traffic.records:
        number = view.traffic.connection_of.get(record.seq)
        if number is not None:
            groups.setdefault(number, []).append(record)
    return tuple(_connection(number, records) for number, records in sorted(groups.items()))


def _connection(number: int, records: list[Record]) -> Connection:
    ended = next((each for each in records if isinstance(each, ConnectionEvent) and each.event is EventKind.CLOSE), None)
    last = records[-1] if ended is None else ended
    return Connection(number, records[0].seq, records[-1].seq, records[0].elapsed, last.elapsed, ended)


def outages(view: View) -> tuple[Outage, ...]:
    """The times between connections of which both ends are in the transcript."""
    known = connections(view)
    return tuple(
        Outage(before, after)
        for before, after in pairwise(known)
        if before.ended is not None and after.number in view.traffic.whole_connections
    )


def boot_after(view: View, seq: int) -> Exchange | None:
    """The first BootNotification after this record that no TriggerMessage asked for."""
    return next((boot for boot in view.called("BootNotification", seq) if not triggered(boot, view)), None)


def triggered(exchange: Exchange, view: View) -> bool:
    """Whether the central system asked for this message on the same connection in the five minutes before it."""
    asked = (each for action in ("TriggerMessage", "ExtendedTriggerMessage") for each in view.story.asked.get(action, ()))
    return any(
        BROUGHT_BY.get(str(each.payload.get("requestedMessage")), each.payload.get("requestedMessage")) == exchange.action
        and each.connection == exchange.connection
        and 0 <= exchange.call.elapsed - each.call.elapsed <= 300
        for each in asked
    )


def between(view: View, after: int, until: int) -> tuple[Exchange, ...]:
    """The exchanges whose call lies between these two records, neither included."""
    first = bisect_right(view.traffic.exchanges, after, key=lambda each: each.call.seq)
    last = bisect_left(view.traffic.exchanges, until, key=lambda each: each.call.seq)
    return view.traffic.exchanges[first:last]


def statuses(view: View, connector: int | None, after: int, until: int | None = None) -> tuple[Exchange, ...]:
    """The StatusNotifications of one connector after record `after` and before record `until`; none of one that is not known."""
    return () if connector is None else tuple(view.story.statuses(connector, after, until))


def statuses_of(view: View, told: Session, after: int) -> tuple[Exchange, ...]:
    """The statuses after record `after` that are about this transaction: the next one on its connector, and the next restart, end that."""
    starts = [call.call.seq for call in view.called("StartTransaction", after) if call.payload.get("connectorId") == told.connector]
    boots = [call.call.seq for call in view.called("BootNotification", after)]
    return statuses(view, told.connector, after, min((*starts, *boots), default=None))


def went_on(view: View, told: Session, boot: Exchange) -> bool:
    """Whether a transaction is seen to go on after a restart; what begins with a StartTransaction at about that time is another one."""
    starts = [call for call in view.called("StartTransaction", boot.call.seq) if call.payload.get("connectorId") == told.connector]
    busy = [
        call
        for call in statuses_of(view, told, boot.call.seq)
        if call.payload.get("status") in BUSY_STATUSES
        and not any(abs(start.call.elapsed - call.call.elapsed) <= STATUS_SECONDS for start in starts)
    ]
    return bool(busy) or any(call.payload.get("transactionId") == told.number for call in view.called("MeterValues", boot.call.seq))


def delay_of_statuses(view: View, exchange: Exchange) -> float | None:
    """By how many seconds a status may be held back (MinimumStatusDuration, 1.6 4.9), as read before this call or else later; None when
    that is not known.
    """
    last, key = view.timeline.last, "minimumstatusduration"
    reading = view.shadow(exchange).configuration.get(key) or last.configuration.get(key)
    if reading is None:
        return 0.0 if last.full_read is not None or key in last.unknown_keys else None
    text = (reading.value or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def done_by_person(view: View, action: str, undone: str, connector: int, seq: int) -> bool:
    """Whether a person at this connector was asked for `action` before record `seq`, and not yet to undo it."""
    state = False
    for record in view.traffic.records:
        if record.seq >= seq:
            break
        if isinstance(record, ConnectionEvent) and record.event is EventKind.AUDIT and record.detail.get("connector") == connector:
            what = record.detail.get("person")
            state = what == action if what in {action, undone} else state
    return state


# --- what the station's own time stamps say


@dataclass(frozen=True)
class Clock:
    """The wall clock of the tap over the transcript's seconds: `at(0)` is when it began."""

    began: datetime

    def at(self, elapsed: float) -> datetime:
        """The wall clock so many seconds after the beginning."""
        return self.began + timedelta(seconds=elapsed)

    def elapsed(self, told: datetime) -> float:
        """A moment in seconds since the beginning."""
        return (told - self.began).total_seconds()


def clock(view: View) -> Clock | None:
    """The tap's clock; None when the transcript has no times."""
    for record in view.traffic.records:
        told = moment(record.timestamp)
        if told is not None:
            return Clock(told - timedelta(seconds=record.elapsed))
    return None


def told_clock(view: View) -> Clock | None:
    """The clock that the central system told the station when it registered; None when it told none that can be read."""
    for exchange in view.called("BootNotification"):
        told = moment((exchange.result or {}).get("currentTime"))
        if told is not None and exchange.reply is not None:
            return Clock(told - timedelta(seconds=exchange.reply.frame.elapsed))
    return None


def stamps(payload: Mapping[str, Any]) -> Iterator[object]:
    """Every time stamp of a call: its own, and those of its meter values."""
    if "timestamp" in payload:
        yield payload["timestamp"]
    for name in ("meterValue", "transactionData"):
        values = payload.get(name)
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict) and "timestamp" in value:
                yield value["timestamp"]


STAMPED = frozenset({"StatusNotification", "StartTransaction", "StopTransaction", "MeterValues"})
"""The station's calls that say when something was."""


def lag(view: View, tap: Clock) -> float | None:
    """By how many seconds the station's clock is behind the tap's at least: the least of what any stamp is; None without stamps.

    What was queued lags as long as it waited, so only the least of all tells of the clock.
    """
    behind = [
        call.call.elapsed - tap.elapsed(told)
        for call in view.traffic.exchanges
        if not call.from_csms and call.action in STAMPED
        for told in map(moment, stamps(call.payload))
        if told is not None
    ]
    return min(behind, default=None)
