"""What must follow a Reset: a restart, the ends of transactions, and everything that outlasts it (1.6 5.2, 5.14; errata v4.0 3.36)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges
from probes.judge.spans import LAST, Connection, boot_after, connections, went_on
from probes.judge.story import Session
from registry.certificates.facts import Severity

RESTART_SECONDS = 300.0
"""How long a station may take to begin a restart that it accepted: no clause says, so longer than any needs."""

BOOT_SECONDS = 120.0
"""How long it may take from its new connection to its BootNotification."""

REFUSED_SECONDS = 10.0
"""So soon after a refused Reset a restart is no chance."""

ENDED_SECONDS = 120.0
"""How long after its registration a station may take to tell which transactions the restart has ended."""

CORE_REFUSED = frozenset({"NotSupported", "NotImplemented"})
"""Codes that deny a message of the Core profile; field libraries take one for the other."""

REASONS = {"Soft": "SoftReset", "Hard": "HardReset"}
_OF_A_RESTART = frozenset({"SoftReset", "HardReset", "Reboot", "PowerLoss", "Other"})


@judges_exchanges("hard-reset-restarts")
def hard_reset_restarts(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_013."""
    if exchange.payload.get("type") == "Hard":
        yield from _restarts(bench, exchange, view)


@judges_exchanges("soft-reset-restarts")
def soft_reset_restarts(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_014: a soft reset restarts the software; that is a boot, too (1.6 4.2)."""
    if exchange.payload.get("type") == "Soft":
        yield from _restarts(bench, exchange, view)


def _restarts(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    if not exchange.from_csms or exchange.action != "Reset":
        return
    said, boot = f"Reset({exchange.payload.get('type')})", boot_after(view, exchange.call.seq)
    if exchange.reply is None:
        yield from _unanswered(bench, exchange, view, said, boot)
    elif exchange.error_code in CORE_REFUSED:
        yield bench.fails(
            exchange, f"{said} was answered CALLERROR {exchange.error_code}; it is a message of Core (1.6 3.3)", "answers/Reset"
        )
    elif exchange.status == "Accepted":
        yield _accepted(bench, exchange, view, said, boot)
    elif exchange.status == "Rejected":
        yield _rejected(bench, exchange, view, said, boot)


def _unanswered(bench: Bench, exchange: Exchange, view: View, said: str, boot: Exchange | None) -> Iterator[Judgement]:
    """A station that closes the connection properly after the request, and boots on the next one, has carried it out unanswered."""
    own = _connection(exchange, view)
    if boot is not None and own is not None and own.was_closed_cleanly and boot.connection == exchange.connection + 1:
        text = f"{said} was carried out (BootNotification in frame {boot.call.seq}) and not answered"
        yield bench.fails(exchange, text, "answers/Reset", frames=(*exchange.seqs, boot.call.seq))


def _accepted(bench: Bench, exchange: Exchange, view: View, said: str, boot: Exchange | None) -> Judgement:
    stayed = view.watched_for(exchange.call.seq, RESTART_SECONDS)
    if boot is not None and not (stayed and boot.call.elapsed - exchange.call.elapsed > RESTART_SECONDS):
        return bench.passes(exchange, f"{said} was followed by a BootNotification (frame {boot.call.seq})")
    if view.shadow(exchange).open_transactions:
        return bench.open(exchange, f"{said} was Accepted during a transaction, and no restart was seen")
    if stayed:
        text = f"{said} was Accepted, and the station stayed connected for {RESTART_SECONDS:g} s without a BootNotification"
        return bench.fails(exchange, text, "Reset/no effect")
    back = next((each for each in connections(view) if each.number == exchange.connection + 1), None)
    if back is not None and back.number in view.traffic.whole_connections and view.watched_for(back.first, BOOT_SECONDS):
        text = f"after {said} the station came back and sent no BootNotification in {BOOT_SECONDS:g} s"
        return bench.fails(exchange, text, "BootNotification/after reset", frames=(*exchange.seqs, back.first))
    return bench.open(exchange, f"{said} was Accepted; whether a restart followed was not watched long enough")


def _rejected(bench: Bench, exchange: Exchange, view: View, said: str, boot: Exchange | None) -> Judgement:
    own = _connection(exchange, view)
    under_way = any(
        asked.status == "Accepted" and 0 < exchange.call.elapsed - asked.call.elapsed < 2 * RESTART_SECONDS
        for asked in view.story.asked.get("Reset", ())
    )
    gone = own is not None and own.ended is not None and own.ended.elapsed - exchange.call.elapsed <= REFUSED_SECONDS
    if boot is not None and gone and not under_way and boot.connection == exchange.connection + 1:
        text = f"{said} was Rejected, and the station restarted at once (BootNotification in frame {boot.call.seq})"
        return bench.fails(exchange, text, "Reset/told Rejected", frames=(*exchange.seqs, boot.call.seq))
    return bench.open(exchange, f"{said} was Rejected, which a station may do")


def _connection(exchange: Exchange, view: View) -> Connection | None:
    return next((each for each in connections(view) if each.number == exchange.connection), None)


# --- transactions


@judges_exchanges("hard-reset-ends-transactions")
def hard_reset_ends_transactions(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_015: the StopTransaction comes before the restart or after it; that information is lost is allowed (1.6 5.14)."""
    if exchange.payload.get("type") == "Hard":
        yield from _ends(bench, exchange, view)


@judges_exchanges("soft-reset-ends-transactions")
def soft_reset_ends_transactions(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_016: every transaction is ended and told, before the restart."""
    if exchange.payload.get("type") == "Soft":
        yield from _ends(bench, exchange, view)


def _ends(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    if not exchange.from_csms or exchange.action != "Reset" or exchange.status == "Rejected" or exchange.error_code is not None:
        return
    running = view.shadow(exchange).open_transactions
    boot = boot_after(view, exchange.call.seq) if running else None
    if boot is None:
        return
    for told in view.story.sessions:
        if told.number in running:
            yield _end(bench, exchange, view, told, boot)


def _end(bench: Bench, exchange: Exchange, view: View, told: Session, boot: Exchange) -> Judgement:
    kind, stop = str(exchange.payload.get("type")), told.stop
    if stop is None:
        text = f"Reset({kind}) ended the transaction {told.number} without a StopTransaction"
        goes_on = went_on(view, told, boot)
        if goes_on or not view.watched_for(boot.call.seq, ENDED_SECONDS):
            return bench.open(exchange, f"after Reset({kind}) the transaction {told.number} went on, or was not watched long enough")
        if kind == "Hard":
            return bench.open(exchange, f"{text}, which a hard reset may do", Severity.WARNING, "StopTransaction/at reset")
        return bench.fails(exchange, text, "StopTransaction/at reset", frames=(*exchange.seqs, boot.call.seq))
    frames = (*exchange.seqs, stop.call.seq)
    reason = stop.payload.get("reason", "Local")
    said = f"Reset({kind}) ended the transaction {told.number} with the reason {reason}"
    if reason == "Local" and "idTag" not in stop.payload:
        return bench.fails(exchange, f"{said} instead of {REASONS[kind]} (1.6 7.36)", "StopTransaction/reason", frames=frames)
    if reason not in _OF_A_RESTART:
        return bench.open(exchange, f"{said}: something else has ended it")
    if kind == "Soft" and stop.call.seq > boot.call.seq:
        text = f"{said}, after the restart and not before it (1.6 5.14)"
        return bench.passes(exchange, text, Severity.WARNING, "StopTransaction/after reset")
    if reason != REASONS[kind]:
        return bench.passes(
            exchange, f"{said}; {REASONS[kind]} would say more (1.6 7.36)", Severity.WARNING, "StopTransaction/reason of reset"
        )
    return bench.passes(exchange, said)


# --- settings


@judges_exchanges("settings-survive-restart")
def settings_survive_restart(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """A setting that was changed, and read as changed, has its old value again after a restart: no clause forbids it, so it is a note."""
    if not exchange.from_csms or exchange.action != "ChangeConfiguration" or exchange.status != "Accepted":
        return
    key, wanted = str(exchange.payload.get("key")).casefold(), exchange.payload.get("value")
    before = view.shadow(exchange).configuration.get(key)
    boot = boot_after(view, exchange.call.seq)
    if boot is None or before is None or before.value is None or before.value == wanted or key == "heartbeatinterval":
        return
    changes = [
        call.call.seq
        for call in view.story.asked.get("ChangeConfiguration", ())
        if call.call.seq > exchange.call.seq and str(call.payload.get("key")).casefold() == key
    ]
    until = min(changes, default=LAST)
    then, later = view.timeline.before(boot.call.seq).configuration.get(key), view.timeline.before(until).configuration.get(key)
    if until < boot.call.seq or then is None or later is None or then.value != wanted or max(later.frames) < boot.call.seq:
        return
    if later.value == before.value:
        text = f"{later.key} was changed to {wanted}, and after a restart it is {later.value} again"
        yield bench.fails(exchange, text, "settings/after restart", frames=(*exchange.seqs, *later.frames))
    elif later.value == wanted:
        yield bench.passes(exchange, f"{later.key} has kept its new value over a restart")
