"""What must follow an UnlockConnector, by whether there is a lock at all (1.6 5.18, 7.46), and locks that fail (7.6)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.rules.remote import EFFECT_SECONDS
from probes.judge.rules.resets import CORE_REFUSED
from probes.judge.spans import SETTLED_SECONDS, done_by_person
from probes.judge.story import Session
from registry.certificates.facts import Severity

AGAIN_SECONDS = 120.0
"""So soon after each other two attempts to unlock are about the same state of the connector."""

LEFT_ALONE_SECONDS = 20.0
"""How long a transaction is watched that an UnlockConnector without a lock must not end."""


def _answered(exchange: Exchange, view: View) -> int | None:
    """The connector of an answered UnlockConnector, when the station has told its status."""
    connector = exchange.payload.get("connectorId")
    if not exchange.from_csms or exchange.action != "UnlockConnector" or exchange.reply is None or not isinstance(connector, int):
        return None
    return connector if connector > 0 and connector in view.shadow(exchange).connectors else None


def _idle(exchange: Exchange, connector: int, view: View) -> bool:
    return view.shadow(exchange).connectors[connector].status == "Available"


def _running(exchange: Exchange, connector: int, view: View) -> Session | None:
    """The transaction on this connector that both have known for a while."""
    for told in view.story.sessions:
        if (
            told.number in view.shadow(exchange).open_transactions
            and told.connector == connector
            and exchange.call.elapsed - told.known >= SETTLED_SECONDS
        ):
            return told
    return None


@judges_exchanges("unlock-opens-lock")
def unlock_opens_lock(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_017_1: with a detachable cable, an idle connector is Unlocked.

    UnlockFailed is what a station has to say whose lock does not move (5.18, 7.46): however often, that is a warning, for a frame does not
    show the lock. Two in a row say that somebody should look at it.
    """
    connector = _answered(exchange, view)
    if connector is None or view.certified.fixed_cable is not False or not _idle(exchange, connector, view):
        return
    if done_by_person(view, "jam", "repair", connector, exchange.call.seq):
        return
    said = f"UnlockConnector({connector}) of an idle connector was answered"
    if exchange.status == "Unlocked":
        yield bench.passes(exchange, f"{said} Unlocked")
    elif exchange.error_code in CORE_REFUSED:
        text = f"{said} CALLERROR {exchange.error_code}; it is a message of Core (1.6 3.3)"
        yield bench.fails(exchange, text, "answers/UnlockConnector")
    elif exchange.status == "UnlockFailed":
        earlier = _failed_before(exchange, connector, view)
        if earlier is None:
            yield bench.open(exchange, f"{said} UnlockFailed", Severity.WARNING, "UnlockConnector/failed once")
        else:
            text = f"{said} UnlockFailed, twice in a row: the lock is broken, or the answer wrong"
            yield bench.open(exchange, text, Severity.WARNING, "UnlockConnector/failed")
    elif exchange.status == "NotSupported":
        text = f"{said} NotSupported; by its certificate the cable is not fixed, but it may have no lock"
        yield bench.open(exchange, text, Severity.WARNING, "UnlockConnector/no lock")


def _failed_before(exchange: Exchange, connector: int, view: View) -> Exchange | None:
    """The attempt right before this one on the same idle connector, when that failed too."""
    earlier = [
        other
        for other in view.story.asked.get("UnlockConnector", ())
        if other.payload.get("connectorId") == connector and 0 < exchange.call.elapsed - other.call.elapsed <= AGAIN_SECONDS
    ]
    last = earlier[-1] if earlier else None
    return last if last is not None and last.status == "UnlockFailed" and _idle_then(last, connector, view) else None


def _idle_then(exchange: Exchange, connector: int, view: View) -> bool:
    return connector in view.shadow(exchange).connectors and _idle(exchange, connector, view)


@judges_exchanges("unlock-without-lock")
def unlock_without_lock(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_017_2: with a fixed cable the answer is NotSupported; another one is doubtful, for a station may lock a plug into its holder."""
    connector = _answered(exchange, view)
    if connector is None or view.certified.fixed_cable is not True or not _idle(exchange, connector, view):
        return
    said = f"UnlockConnector({connector}) of a fixed cable was answered"
    if exchange.status == "NotSupported":
        yield bench.passes(exchange, f"{said} NotSupported")
    elif exchange.error_code in CORE_REFUSED:
        text = f"{said} CALLERROR {exchange.error_code} where the status NotSupported belongs (1.6 5.18)"
        yield bench.passes(exchange, text, Severity.WARNING, "remarks/UnlockConnector")
    else:
        answer = exchange.status or f"CALLERROR {exchange.error_code}"
        yield bench.open(exchange, f"{said} {answer}", Severity.WARNING, "UnlockConnector/fixed cable")


@judges_exchanges("unlock-ends-transaction")
def unlock_ends_transaction(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_018_1: who unlocks a connector during a transaction has ended that first, and says so as the reason."""
    connector = _answered(exchange, view)
    told = _running(exchange, connector, view) if connector is not None else None
    if connector is None or told is None or view.certified.fixed_cable is True:
        return
    said = f"UnlockConnector({connector}) during the transaction {told.number} was answered {exchange.status or exchange.error_code}"
    if exchange.status != "Unlocked":
        yield bench.open(exchange, said)
        return
    stop = told.stop
    if stop is None or stop.call.elapsed - exchange.call.elapsed > EFFECT_SECONDS:
        if view.watched_for(exchange.call.seq, EFFECT_SECONDS):
            text = f"{said}, and no StopTransaction came in {EFFECT_SECONDS:g} s"
            yield bench.fails(exchange, text, "UnlockConnector/transaction goes on")
        else:
            yield bench.open(exchange, f"{said}; whether it ended was not watched long enough")
        return
    reason, frames = stop.payload.get("reason", "Local"), (*exchange.seqs, stop.call.seq)
    if reason == "UnlockCommand":
        yield bench.passes(exchange, f"{said} and ended it with the reason UnlockCommand")
    elif reason == "Local" and "idTag" not in stop.payload:
        text = f"{said} and ended it with the reason Local instead of UnlockCommand (1.6 7.36)"
        yield bench.fails(exchange, text, "StopTransaction/reason", frames=frames)
    else:
        yield bench.open(exchange, f"{said}; it ended with the reason {reason}", Severity.WARNING, "StopTransaction/reason of unlocking")


@judges_exchanges("unlock-leaves-transaction")
def unlock_leaves_transaction(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_018_2: where there is no lock nothing is unlocked, and nothing need end. The clause can be read to end it first: it warns."""
    connector = _answered(exchange, view)
    told = _running(exchange, connector, view) if connector is not None else None
    if told is None or view.certified.fixed_cable is not True:
        return
    said = f"UnlockConnector({connector}) of a fixed cable during a transaction was answered {exchange.status or exchange.error_code}"
    ended = told.stop is not None and told.stop.call.elapsed - exchange.call.elapsed <= LEFT_ALONE_SECONDS
    if exchange.status != "NotSupported" or ended:
        ending = ", and the transaction ended" if ended else ""
        yield bench.open(exchange, f"{said}{ending}", Severity.WARNING, "UnlockConnector/fixed cable")
    elif view.watched_for(exchange.call.seq, LEFT_ALONE_SECONDS):
        yield bench.passes(exchange, f"{said}, and the transaction went on")


@judges_exchanges("unlock-failure-is-told")
def unlock_failure_is_told(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_030: a lock that a person holds shut is told as UnlockFailed. How well, no frame shows: another answer only warns."""
    connector = _answered(exchange, view)
    if connector is None or not done_by_person(view, "jam", "repair", connector, exchange.call.seq):
        return
    if exchange.status == "UnlockFailed":
        yield bench.passes(exchange, "a lock that did not open was told as UnlockFailed")
    else:
        text = f"a lock that a person held shut was told as {exchange.status or exchange.error_code}"
        yield bench.open(exchange, text, Severity.WARNING, "UnlockConnector/held shut")


@judges_exchanges("lock-failure-is-told")
def lock_failure_is_told(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """TC_024: a lock that does not close makes its connector Faulted; with another status it is a warning only (1.6 4.9)."""
    if exchange.from_csms or exchange.action != "StatusNotification" or exchange.payload.get("errorCode") != "ConnectorLockFailure":
        return
    connector, status = exchange.payload.get("connectorId"), exchange.payload.get("status")
    said = f"the failure of its lock was told of connector {connector} with the status {status}"
    if status == "Faulted":
        yield bench.passes(exchange, said)
    else:
        yield bench.open(exchange, f"{said}, as a warning")
