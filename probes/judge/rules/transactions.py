"""What holds for every transaction that a station tells of, in any transcript (1.6 3.7, 4.8, 4.10, 6.45, 6.49; errata v4.0 3.77)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.story import RUNNING, Session, Story, is_whole, was_accepted
from probes.judge.times import STATUS_SECONDS, seconds_between, setting, status_seconds

AGAIN_SECONDS = 5.0
"""A message that comes again so soon after what it tells, and after its answer, cannot have been sent again for want of an answer."""

END_SECONDS = 120.0
"""How long a station that is connected may take to tell the end of a transaction: no clause says, so longer than any needs."""

SETTLED_SECONDS = 5.0
"""How long a transaction's id must be known to both before it counts."""

NO_ID = -1
"""The transactionId of a transaction whose start could not be told (errata v4.0 3.18)."""

STOP_MISSING = "StopTransaction/missing"
UNKNOWN_STOP = "StopTransaction/unknown transaction"

_OF_A_TRANSACTION = ("StartTransaction", "MeterValues", "StopTransaction")


@judges_exchanges("start-names-connector")
def start_names_connector(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """A transaction runs on one connector, and connectors count from 1."""
    if exchange.from_csms or exchange.action != "StartTransaction":
        return
    connector = exchange.payload.get("connectorId")
    if is_whole(connector) and connector <= 0:
        text = f"StartTransaction names connector {connector}; it must be above 0"
        yield bench.fails(exchange, text, "StartTransaction/connectorId")


@judges_views("start-told-once")
def start_told_once(bench: Bench, view: View) -> Iterator[Judgement]:
    """A transaction begins once."""
    yield from _told_again(bench, view, "StartTransaction")


@judges_views("stop-told-once")
def stop_told_once(bench: Bench, view: View) -> Iterator[Judgement]:
    """And ends once."""
    yield from _told_again(bench, view, "StopTransaction")


@judges_views("notice-told-once")
def notice_told_once(bench: Bench, view: View) -> Iterator[Judgement]:
    """What else is told is of no use twice."""
    yield from _told_again(bench, view, "MeterValues")
    yield from _told_again(bench, view, "StatusNotification")


def _told_again(bench: Bench, view: View, action: str) -> Iterator[Judgement]:
    """What was answered and is told again. Only where the message's own time stamp shows that no answer can have been waited for in vain:
    what a network held back comes twice as well, and late.
    """
    for before, call in pairwise(view.story.told[action]):
        if _is_told_again(before, call, view.story):
            text = f"{action} (frame {call.call.seq}) tells again what frame {before.call.seq} told and was answered"
            yield bench.fails(call, text, f"{action}/told twice", frames=(*before.seqs, *call.seqs))


def _is_told_again(before: Exchange, call: Exchange, story: Story) -> bool:
    if before.result is None or before.reply is None or before.connection != call.connection:
        return False
    if call.call.seq < before.reply.frame.seq or call.call.elapsed - before.reply.frame.elapsed > AGAIN_SECONDS:
        return False
    if json.dumps(before.payload, sort_keys=True) != json.dumps(call.payload, sort_keys=True):
        return False
    if any(
        0 <= call.call.elapsed - asked.call.elapsed <= 60
        for name in ("TriggerMessage", "ExtendedTriggerMessage")
        for asked in story.asked[name]
    ):
        return False
    values = call.payload.get("meterValue")
    last = values[-1] if isinstance(values, list) and values and isinstance(values[-1], dict) else {}
    lag = seconds_between(call.call, call.payload.get("timestamp", last.get("timestamp")))
    return lag is not None and abs(lag) <= AGAIN_SECONDS


@judges_views("stop-names-transaction")
def stop_names_transaction(bench: Bench, view: View) -> Iterator[Judgement]:
    """A number that the central system never gave, while the one transaction that it may be is not ended by any other message."""
    given = {session.number for session in view.story.sessions}
    for stop in view.story.told["StopTransaction"]:
        number = stop.payload.get("transactionId")
        if not is_whole(number) or number == NO_ID or number in given:
            continue
        meant = meant_by(stop, view)
        if meant is not None:
            text = f"StopTransaction names the transaction {number}, which was never given; {meant.number} is the one that ended"
            yield bench.fails(stop, text, UNKNOWN_STOP, frames=(*meant.start.seqs, *stop.seqs))


def meant_by(stop: Exchange, view: View) -> Session | None:
    """The transaction that a StopTransaction with an unknown number must mean: the only one that was open, on a station of which every
    other connector is known to have had none, and that was never ended otherwise. None when it may be an older one, or one from elsewhere.
    """
    story, shadow = view.story, view.shadow(stop)
    left = [s for s in story.sessions if s.answered < stop.call.seq and s.stop is None]
    if len(left) != 1 or not shadow.all_reported or left[0].start.connection != stop.connection:
        return None
    session = left[0]
    told = seconds_between(stop.call, stop.payload.get("timestamp"))
    if session.connector is None or told is None or abs(told) > END_SECONDS or stop.call.elapsed - session.known < SETTLED_SECONDS:
        return None
    if view.timeline.transaction_seen_before(stop.payload.get("transactionId"), session.start.call.seq):
        return None
    for connector in shadow.connectors:
        states = [e.payload["status"] for e in story.statuses(connector, 0, stop.call.seq) if e.connection == stop.connection]
        if connector not in {0, session.connector} and RUNNING.intersection(states):
            return None
    return session


@judges_views("meter-stop-not-below-start")
def meter_stop_not_below_start(bench: Bench, view: View) -> Iterator[Judgement]:
    """A register does not count back."""
    for session in view.story.sessions:
        started = session.start.payload.get("meterStart")
        for stop in session.stops[:1]:
            stopped = stop.payload.get("meterStop")
            if not is_whole(started) or not is_whole(stopped):
                continue
            said = f"the transaction {session.number} began at {started} Wh and ended at {stopped} Wh"
            if stopped < started:
                yield bench.fails(stop, said, "StopTransaction/meterStop", frames=(*session.start.seqs, *stop.seqs))
            else:
                yield bench.passes(stop, said)


@judges_views("transaction-is-ended")
def transaction_is_ended(bench: Bench, view: View) -> Iterator[Judgement]:
    """A connector that is free again, or begins another transaction, has none any more, and that must have been told.

    Who was refused in the StartTransaction.conf had perhaps none at all: that its end is told only SHOULD be (1.6 3.5.4).
    """
    for session in view.story.sessions:
        if session.connector is None or session.connector <= 0 or not was_accepted(session.start):
            continue
        over = _is_over(session, view)
        if over is not None and not _is_held_up(session, over, view):
            text = f"the transaction {session.number} is over (frame {over.call.seq}), and no StopTransaction told it"
            yield bench.fails(over, text, STOP_MISSING, frames=(*session.start.seqs, over.call.seq))


def _is_over(session: Session, view: View) -> Exchange | None:
    """What shows that the transaction is over although its end was not told in time."""
    story, connector = view.story, session.connector or 0
    ended = session.stop.call.elapsed if session.stop is not None else None
    later = next((s for s in story.on(connector) if s.start.call.seq > session.answered), None)
    same = later is not None and later.start.connection == session.start.connection and later.start.payload != session.start.payload
    # Messages of transactions come in the order in which they happened (1.6 3.7).
    if later is not None and same and (session.stop is None or session.stop.call.seq > later.start.call.seq):
        return later.start
    for status in story.statuses(connector, session.answered):
        if status.connection != session.start.connection or status.payload["status"] != "Available":
            continue
        deadline = status.call.elapsed + END_SECONDS
        if status.call.elapsed - session.known < SETTLED_SECONDS or not story.watched(status, deadline):
            return None
        return status if ended is None or ended > deadline else None
    return None


def _is_held_up(session: Session, over: Exchange, view: View) -> bool:
    """Whether messages of transactions waited for others that the central system did not take, or the end was told under another number."""
    story, until = view.story, over.call.elapsed + END_SECONDS
    for action in _OF_A_TRANSACTION:
        for call in story.told[action]:
            if call.call.seq > session.start.call.seq and call.call.elapsed <= until and call.result is None:
                return True
    numbers = {known.number for known in story.sessions}
    return any(
        call.call.seq > session.answered and call.call.elapsed <= until and call.payload.get("transactionId") not in numbers
        for call in story.told["StopTransaction"]
    )


@judges_views("stop-has-transaction-data")
def stop_has_transaction_data(bench: Bench, view: View) -> Iterator[Judgement]:
    """StopTxnSampledData prescribes what a StopTransaction holds; a station may have run out of memory, so this warns only."""
    for session in view.story.sessions:
        stop = session.stop
        if stop is None or not (setting(view, "StopTxnSampledData", session.start.call.seq) or "").strip():
            continue
        interval = seconds_setting(view, "MeterValueSampleInterval", session.start.call.seq)
        long = interval is not None and interval > 0 and stop.call.elapsed - session.known > 2 * interval + AGAIN_SECONDS
        if long and not stop.payload.get("transactionData"):
            text = f"the StopTransaction of {session.number} has no transactionData, which StopTxnSampledData asks for"
            yield bench.fails(stop, text, "StopTransaction/transactionData")


def seconds_setting(view: View, key: str, seq: int) -> int | None:
    """A setting in seconds just before frame `seq`; None when it is not known or no number."""
    text = (setting(view, key, seq) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def status_patience(view: View, seq: int) -> float | None:
    """How long a status may take to be told at frame `seq`; a key that is known to be absent later was so before. None: not known."""
    if "minimumstatusduration" in view.timeline.last.unknown_keys:
        return STATUS_SECONDS
    return status_seconds(view, seq)
