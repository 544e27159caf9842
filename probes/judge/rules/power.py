"""What a station owes after it has lost its power, and while it is out of order (1.6 3.7, 4.10, 7.7, 7.36)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.shadow import BUSY_STATUSES
from probes.judge.spans import (
    LAST,
    SETTLED_SECONDS,
    Connection,
    boot_after,
    clock,
    delay_of_statuses,
    outages,
    statuses,
    statuses_of,
    went_on,
)
from probes.judge.story import Session
from probes.judge.times import moment
from registry.certificates.facts import Severity

STARTS_NOTHING_SECONDS = 30.0
"""How long a connector that is Faulted is watched."""

TOLD_SECONDS = 120.0
"""How long after its registration a station may take to tell which transactions ended with its power."""

AT_ONCE_SECONDS = 10.0
"""So close to the end of the connection the end of a transaction is that of the power, where nobody else can have ended it."""

WITH_POWER_SECONDS = 60.0
"""How long a station with back-up power may live on after it has told that its power is gone."""

ENDED_STATUSES = frozenset({"Available", "Preparing", "Finishing"})
"""Statuses that say that no transaction is going on."""


def restarts_of_its_own(view: View) -> Iterator[tuple[Connection, Exchange]]:
    """Each connection that ended in a restart that no Reset had asked for, with the BootNotification after it."""
    for outage in outages(view):
        boot = boot_after(view, outage.after.first)
        asked = any(
            exchange.connection == outage.before.number
            for action in ("Reset", "UpdateFirmware", "SignedUpdateFirmware")
            for exchange in view.story.asked.get(action, ())
        )
        if boot is not None and boot.connection == outage.after.number and not asked:
            yield outage.before, boot


@judges_views("power-loss-is-told-at-once")
def power_loss_is_told_at_once(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_032_1: with back-up power the end of a transaction is told with the reason PowerLoss before the station goes."""
    for connection, _boot in restarts_of_its_own(view):
        for told in view.story.sessions:
            stop = told.stop
            if (
                stop is not None
                and stop.connection == connection.number
                and connection.heard - stop.call.elapsed <= WITH_POWER_SECONDS
                and stop.payload.get("reason") == "PowerLoss"
            ):
                yield bench.passes(stop, f"the transaction {told.number} ended with the reason PowerLoss before the station went")


@judges_views("power-loss-ends-transaction")
def power_loss_ends_transaction(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_032_2: what was charging when the power went is told to have ended, or goes on."""
    for connection, boot in restarts_of_its_own(view):
        for told in view.story.sessions:
            if told.known > connection.heard - SETTLED_SECONDS or view.story.booted(told.start.call.seq, connection.last):
                # Not known to both, or not known to go on since an earlier restart.
                continue
            if told.stop is None:
                yield _without_end(bench, view, told, boot)
            elif told.stop.call.seq > boot.call.seq:
                yield _with_end(bench, view, told, told.stop, boot, connection)


def _without_end(bench: Bench, view: View, told: Session, boot: Exchange) -> Judgement:
    later = statuses_of(view, told, boot.call.seq)
    said = f"the transaction {told.number} was going on before the restart"
    if went_on(view, told, boot):
        return bench.open(boot, f"{said} and goes on after it")
    ended = next((call for call in later if call.payload.get("status") in ENDED_STATUSES), None)
    if ended is None or boot.status != "Accepted" or not view.watched_for(boot.call.seq, TOLD_SECONDS):
        return bench.open(boot, f"{said}; what became of it was not watched long enough")
    text = (
        f"{said}, connector {told.connector} is {ended.payload.get('status')} after it, and no StopTransaction came in {TOLD_SECONDS:g} s"
    )
    return bench.fails(boot, text, "StopTransaction/after power loss", frames=(*told.start.seqs, *boot.seqs, ended.call.seq))


def _with_end(bench: Bench, view: View, told: Session, stop: Exchange, boot: Exchange, connection: Connection) -> Judgement:
    """A reason is only wrong where nobody but the power can have ended it: at the very moment it went, and without anybody's idTag."""
    reason = stop.payload.get("reason", "Local")
    said = f"after the restart the transaction {told.number} was told to have ended with the reason {reason}"
    resumed = any(call.payload.get("status") in BUSY_STATUSES for call in statuses(view, told.connector, boot.call.seq, stop.call.seq))
    tap, when = clock(view), moment(stop.payload.get("timestamp"))
    at_once = tap is not None and when is not None and abs(tap.elapsed(when) - connection.heard) <= AT_ONCE_SECONDS
    if reason == "Local" and "idTag" not in stop.payload and not resumed and at_once:
        text = f"{said}, at the moment at which the connection was lost; PowerLoss would be true (1.6 7.36)"
        return bench.fails(boot, text, "StopTransaction/reason", frames=(*boot.seqs, stop.call.seq))
    if reason in {"Local", "Remote", "EVDisconnected", "EmergencyStop"}:
        return bench.open(boot, f"{said}: the power may not have ended it")
    remark = None if reason == "PowerLoss" else Severity.NOTE
    return bench.passes(boot, said, remark, None if remark is None else "remarks/reason after power loss")


# --- out of order


@judges_exchanges("fault-has-code")
def fault_has_code(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_041: Faulted stands for an error that was reported (1.6 7.7); NoError, with no error before it and no vendor's code, is none."""
    if exchange.from_csms or exchange.action != "StatusNotification" or exchange.payload.get("status") != "Faulted":
        return
    connector, code = exchange.payload.get("connectorId"), exchange.payload.get("errorCode")
    said = f"connector {connector} was told to be Faulted with the errorCode {code}"
    reported = any(
        call.payload.get("errorCode") not in {None, "NoError"}
        for call in view.called("StatusNotification")
        if call.call.seq < exchange.call.seq and call.payload.get("connectorId") in {connector, 0}
    )
    if code != "NoError":
        yield bench.passes(exchange, said)
    elif reported or exchange.payload.get("vendorErrorCode") or exchange.payload.get("info"):
        yield bench.passes(exchange, f"{said}; the error is told otherwise", Severity.NOTE, "remarks/Faulted")
    else:
        yield bench.fails(exchange, f"{said}, and no error was reported", "StatusNotification/Faulted without error")


@judges_exchanges("faulted-starts-nothing")
def faulted_starts_nothing(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_041, TC_024: while a connector is told to be Faulted no transaction begins on it."""
    connector = exchange.payload.get("connectorId")
    if exchange.from_csms or exchange.action != "StatusNotification" or exchange.payload.get("status") != "Faulted":
        return
    if not isinstance(connector, int) or connector <= 0:
        return
    others = [call for call in statuses(view, connector, exchange.call.seq) if call.payload.get("status") != "Faulted"]
    until = others[0].call.seq if others else LAST
    started = [
        call
        for call in view.called("StartTransaction", exchange.call.seq)
        if call.payload.get("connectorId") == connector
        and call.call.seq < until
        and call.connection == exchange.connection
        and _began_after(exchange, call)
    ]
    if started and delay_of_statuses(view, exchange) == 0.0:
        text = f"a transaction began on connector {connector}, which is Faulted (frame {started[0].call.seq})"
        yield bench.fails(exchange, text, "StartTransaction/Faulted", frames=(*exchange.seqs, *started[0].seqs))
    elif started:
        yield bench.open(exchange, f"a transaction began on connector {connector}; that it works again may not have been told yet")
    elif view.watched_for(exchange.call.seq, STARTS_NOTHING_SECONDS):
        yield bench.passes(exchange, f"connector {connector} is Faulted, and no transaction began on it")
    else:
        yield bench.open(exchange, f"connector {connector} is Faulted; it was not watched long enough")


def _began_after(fault: Exchange, start: Exchange) -> bool:
    """Whether the station itself says that the transaction began after the fault, by more than what may have crossed."""
    began, broke = moment(start.payload.get("timestamp")), moment(fault.payload.get("timestamp"))
    if began is not None and broke is not None:
        return (began - broke).total_seconds() > SETTLED_SECONDS
    return start.call.elapsed - fault.call.elapsed > 6 * SETTLED_SECONDS
