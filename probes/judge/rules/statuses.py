"""Statuses of connectors that no honest station can tell, or leave untold (1.6 4.9, 7.7; errata v4.0 3.19).

Which status may follow which is in a table of 1.6 4.9, but short ones may be left out (MinimumStatusDuration): no order of two statuses
accuses anybody. What a status says against what else is known of the connector does, when it lasts.
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.rules.transactions import status_patience
from probes.judge.story import RUNNING, Session, was_accepted
from registry.certificates.facts import Severity

SHOWN_SECONDS = 120.0
"""Beside what any status may take, how long a car and a station may need from the start of a transaction until energy could flow."""

WAITING_SECONDS = 30.0
"""How long a connector must have waited for a car for the status of that to have been worth telling."""

_OF_THE_STATION = frozenset({"Available", "Unavailable", "Faulted"})
_WITH_SILENT_EV = frozenset({"Preparing", "SuspendedEV", "SuspendedEVSE", "Finishing"})
_WITH_TRANSACTION = frozenset({"Reserved", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"})

CHARGING_MISSING = "StatusNotification/no status of the transaction"
ENDED_MISSING = "StatusNotification/status outlasts the transaction"
PREPARING_MISSING = "StatusNotification/Preparing missing"
START_MISSING = "StartTransaction/missing"


@judges_exchanges("station-status-is-limited")
def station_status_is_limited(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """Connector 0 is the station: it charges no car. That it is told to be Reserved the test catalogue itself wants (TC_049): a warning."""
    if exchange.from_csms or exchange.action != "StatusNotification" or exchange.payload.get("connectorId") != 0:
        return
    status = exchange.payload.get("status")
    if isinstance(status, str) and status in _WITH_TRANSACTION:
        text = f"StatusNotification tells {status} of connector 0, which can only be Available, Unavailable or Faulted"
        severity = Severity.WARNING if status == "Reserved" else None
        yield bench.fails(exchange, text, "StatusNotification/connector 0", severity)


@judges_exchanges("silent-ev-is-a-warning")
def silent_ev_is_a_warning(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """EVCommunicationError goes with four statuses only."""
    if exchange.from_csms or exchange.action != "StatusNotification" or exchange.payload.get("errorCode") != "EVCommunicationError":
        return
    status = exchange.payload.get("status")
    if isinstance(status, str) and status not in _WITH_SILENT_EV:
        yield bench.fails(exchange, f"EVCommunicationError was told with the status {status}", "StatusNotification/EVCommunicationError")


@judges_views("transaction-is-shown")
def transaction_is_shown(bench: Bench, view: View) -> Iterator[Judgement]:
    """A connector with a transaction is Charging or suspended, not Available or Preparing for ever."""
    for session in view.story.sessions:
        if session.connector is not None and session.connector > 0 and was_accepted(session.start):
            yield from _shown(bench, session, session.connector, view)


def _shown(bench: Bench, session: Session, connector: int, view: View) -> Iterator[Judgement]:
    story, patience = view.story, status_patience(view, session.start.call.seq)
    before = story.status(connector, session.start.call.seq)
    until = None if session.stop is None else session.stop.call.seq
    since = () if before is None or before.connection != session.start.connection else (before,)
    deadline = session.known + (patience or 0.0) + SHOWN_SECONDS
    told = (*since, *(s for s in story.statuses(connector, session.start.call.seq, until) if s.call.elapsed <= deadline))
    running = next((status for status in told if status.payload["status"] in RUNNING), None)
    if running is not None:
        text = f"connector {connector} is told to be {running.payload['status']} with the transaction {session.number}"
        yield bench.passes(session.start, f"{text} (frame {running.call.seq})")
        return
    if patience is None or not since or any(status.payload["status"] not in {"Available", "Preparing"} for status in told):
        return
    if story.watched(session.start, deadline) and (session.stop is None or session.stop.call.elapsed > deadline):
        text = (
            f"connector {connector} is still told to be {told[-1].payload['status']} {patience + SHOWN_SECONDS:g} s after "
            f"the transaction {session.number} began on it"
        )
        yield bench.fails(session.start, text, CHARGING_MISSING, frames=(*session.start.seqs, told[-1].call.seq))


@judges_views("end-is-shown")
def end_is_shown(bench: Bench, view: View) -> Iterator[Judgement]:
    """A connector whose transaction is over is not Charging any more: Finishing, or Available where nothing is left to be done."""
    for session in view.story.sessions:
        stop, connector = session.stop, session.connector
        if stop is None or connector is None or connector <= 0:
            continue
        story, patience = view.story, status_patience(view, stop.call.seq)
        last = story.status(connector, stop.call.seq)
        if last is None or last.connection != stop.connection or stop.connection != session.start.connection:
            continue
        after = [s for s in story.statuses(connector, stop.call.seq) if s.connection == stop.connection]
        shown = next((s for s in (last, *after) if s.payload["status"] not in RUNNING), None)
        if shown is not None and (shown is not last or shown.call.seq > session.start.call.seq):
            text = f"connector {connector} is told to be {shown.payload['status']} at the end of the transaction {session.number}"
            yield bench.passes(stop, f"{text} (frame {shown.call.seq})")
            continue
        following = next((s for s in story.on(connector) if s.start.call.seq > stop.call.seq), None)
        deadline = stop.call.elapsed + (patience or 0.0)
        if patience is None or shown is not None or not story.watched(stop, deadline):
            continue
        if following is None or following.start.call.elapsed > deadline:
            text = f"connector {connector} is still told to be {last.payload['status']} {patience:g} s after the end of its transaction"
            yield bench.fails(stop, text, ENDED_MISSING, frames=(*stop.seqs, last.call.seq))


@judges_views("waiting-is-shown")
def waiting_is_shown(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_011_1, TC_004_1: a connector that waits for a car is no longer Available for others: Preparing (1.6 7.7)."""
    for session in view.story.sessions:
        begun = identified(session, view)
        connector = session.connector
        if begun is None or begun.reply is None or connector is None or connector <= 0:
            continue
        patience = status_patience(view, begun.call.seq)
        before = view.story.status(connector, begun.call.seq)
        if before is None or before.connection != session.start.connection or before.payload["status"] != "Available":
            continue
        between = view.story.statuses(connector, begun.call.seq, session.start.call.seq)
        shown = next((status for status in between if status.payload["status"] == "Preparing"), None)
        charging = next((status for status in between if status.payload["status"] in RUNNING), session.start)
        waited = charging.call.elapsed - begun.reply.frame.elapsed
        others = [status for status in between if status.payload["status"] not in RUNNING]
        if shown is not None:
            text = f"connector {connector} is told to be Preparing while it waits for a car (frame {shown.call.seq})"
            yield bench.passes(session.start, text)
        elif patience is not None and not others and waited >= WAITING_SECONDS + patience - 60.0:
            text = f"connector {connector} waited {waited:.0f} s for a car and was told to be Available all the while"
            yield bench.fails(session.start, text, PREPARING_MISSING, frames=(*begun.seqs, *session.start.seqs))


def identified(session: Session, view: View) -> Exchange | None:
    """What let this transaction begin on its connector, on the same connection: a remote start that was accepted for it, or the Authorize
    of its idTag, which is about a certain connector only where there is but one. The later of the two counts.
    """
    story, seq = view.story, session.start.call.seq
    remote = [
        asked
        for asked in story.asked["RemoteStartTransaction"]
        if asked.call.seq < seq
        and asked.status == "Accepted"
        and asked.payload.get("idTag") == session.tag
        and asked.payload.get("connectorId") == session.connector
        and asked.connection == session.start.connection
    ]
    single = view.shadow(session.start).declared_connectors == 1
    asked_for = [
        call
        for call in (story.authorizes(session.tag, 0, seq) if session.tag is not None else ())
        if was_accepted(call) and call.connection == session.start.connection
    ]
    if remote:
        after = [call for call in asked_for if call.call.seq > remote[-1].call.seq]
        return after[-1] if after else remote[-1]
    return asked_for[-1] if asked_for and single else None


@judges_views("charging-has-transaction")
def charging_has_transaction(bench: Bench, view: View) -> Iterator[Judgement]:
    """A connector that was free and now charges has a transaction, and that must have been told (1.6 4.8)."""
    story = view.story
    for connector in story.connectors():
        free: Exchange | None = None
        for status in story.statuses(connector) if connector > 0 else ():
            told = status.payload["status"]
            if (
                free is not None
                and told in RUNNING
                and free.connection == status.connection
                and not _has_start(free, status, connector, view)
            ):
                text = f"connector {connector} went from Available to {told} (frame {status.call.seq}), and no StartTransaction came"
                yield bench.fails(status, text, START_MISSING, frames=(*free.seqs, *status.seqs))
            free = status if told == "Available" else free if told == "Preparing" else None


def _has_start(free: Exchange, status: Exchange, connector: int, view: View) -> bool:
    """Whether there is a transaction behind this status, or there may be: one with a wrong connector, one of before that goes on
    after a restart, or one that waits for other messages that the central system did not take.
    """
    story, until = view.story, status.call.elapsed + (status_patience(view, status.call.seq) or SHOWN_SECONDS)
    begun_here = any(s.payload["status"] == "Preparing" for s in story.statuses(connector, free.call.seq, status.call.seq))
    fresh = status.call.elapsed - story.opened(status) < SHOWN_SECONDS and not begun_here
    if fresh or view.shadow(status).open_transactions or not story.watched(status, until):
        return True
    near = [start for start in story.told["StartTransaction"] if free.call.elapsed - 60 <= start.call.elapsed <= until]
    if any(start.payload.get("connectorId") in {connector, 0} for start in near):
        return True
    return any(
        call.result is None and call.connection == status.connection and call.call.elapsed <= until
        for action in ("StartTransaction", "MeterValues", "StopTransaction")
        for call in story.told[action]
    )
