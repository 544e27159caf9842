"""What a station owes from its start until it is accepted, and right after (1.6 4.2, 4.6, 4.9; errata v4.0 3.22)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.spans import LAST, between, boot_after, delay_of_statuses, triggered
from probes.wire.schemas import violations
from registry.certificates.facts import Severity

STATUS_SECONDS = 120.0
"""How long a station may take to tell all its states after it was accepted: no clause says, so longer than any needs."""

EARLY_SECONDS = 1.0
"""By how much less than the whole interval may lie between two BootNotifications, beside a tenth: clocks differ."""

SILENCE_SECONDS = 20.0
"""How much longer than two and a half intervals nothing must come before that tells of Heartbeats."""

MAY_BE_ASKED = frozenset({"GetConfiguration", "ChangeConfiguration", "GetLocalListVersion", "TriggerMessage", "ExtendedTriggerMessage"})
"""What a central system can ask of a station without bringing about any other message than the one it names."""

BEATS = 5
"""How many Heartbeats tell how often they come."""


def _is_boot(exchange: Exchange) -> bool:
    return not exchange.from_csms and exchange.action == "BootNotification" and exchange.status is not None


def _interval(exchange: Exchange) -> int:
    interval = (exchange.result or {}).get("interval")
    return interval if isinstance(interval, int) and not isinstance(interval, bool) else 0


@judges_exchanges("boot-follows-schema")
def boot_follows_schema(bench: Bench, exchange: Exchange, _view: View) -> Iterator[Judgement]:
    """TC_001: what a station says of itself when it boots."""
    if exchange.from_csms or exchange.action != "BootNotification" or not exchange.readable:
        return
    found = violations("BootNotification", False, exchange.payload)
    if found:
        told = "; ".join(f"{each.path or 'payload'}: {each.message}"[:200] for each in found[:3])
        yield bench.fails(
            exchange, f"BootNotification (frame {exchange.call.seq}) does not follow its schema: {told}", "calls/BootNotification"
        )


@judges_exchanges("boot-retry-interval")
def boot_retry_interval(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_001, TC_002: who is not accepted asks again, not before the interval is over, unless a TriggerMessage asks for it.

    On another connection the station may have started anew, and a start needs a BootNotification at once.
    """
    if not _is_boot(exchange) or exchange.reply is None or exchange.status == "Accepted" or _interval(exchange) <= 0:
        return
    again = next(iter(view.called("BootNotification", exchange.call.seq)), None)
    wanted, said = _interval(exchange), f"BootNotification was answered {exchange.status} with an interval of {_interval(exchange)} s"
    if again is None or triggered(again, view):
        yield bench.open(exchange, f"{said}; no other came of the station's own accord while it was watched")
        return
    waited = again.call.elapsed - exchange.reply.frame.elapsed
    if waited >= wanted * 0.9 - EARLY_SECONDS:
        yield bench.passes(exchange, f"{said}; the next came after {waited:.1f} s")
    elif again.connection != exchange.connection:
        yield bench.open(exchange, f"{said}; the next came after {waited:.1f} s on a new connection: it may have started anew")
    else:
        text = f"{said}; the next came after {waited:.1f} s already"
        yield bench.fails(exchange, text, "BootNotification/interval", frames=(*exchange.seqs, again.call.seq))


@judges_exchanges("silent-before-acceptance")
def silent_before_acceptance(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_001, TC_002: between a BootNotification that is not accepted and the next one, nothing but what a TriggerMessage asks for.

    Judged only of a BootNotification that opened its connection: then nothing else was on its way when the answer came.
    """
    if not _is_boot(exchange) or exchange.status not in {"Rejected", "Pending"} or not _opened(exchange, view):
        return
    again = next(iter(view.called("BootNotification", exchange.call.seq)), None)
    meanwhile = between(view, exchange.call.seq, again.call.seq if again is not None else LAST)
    own = [call for call in meanwhile if call.connection == exchange.connection]
    sent = [call for call in own if not call.from_csms and not triggered(call, view)]
    asked = [call for call in own if call.from_csms and call.action not in MAY_BE_ASKED and sent and call.call.seq < sent[0].call.seq]
    if sent and asked:
        text = f"{sent[0].action} was sent while the registration was {exchange.status}, perhaps because of {asked[0].action}"
        yield bench.open(exchange, text)
    elif sent:
        names = ", ".join(dict.fromkeys(call.action for call in sent))
        text = f"{names} was sent while the registration of the station was {exchange.status}"
        yield bench.fails(exchange, text, "BootNotification/silence", frames=(*exchange.seqs, *(call.call.seq for call in sent[:5])))
    elif again is not None or view.watched_for(exchange.call.seq, float(_interval(exchange) or STATUS_SECONDS)):
        yield bench.passes(exchange, f"nothing was sent while the registration was {exchange.status}")


def _opened(exchange: Exchange, view: View) -> bool:
    """Whether this is the station's first call of its own on a connection that was recorded from its beginning."""
    return exchange.connection in view.traffic.whole_connections and view.story.first_call(exchange.connection) is exchange


@judges_exchanges("boot-comes-first")
def boot_comes_first(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_001: after a restart nothing is sent before the BootNotification.

    Accuses only where the restart is known, from a Reset that was accepted on an earlier connection; else the station may have come back
    without a restart and have something to tell, and have registered anew afterwards.
    """
    if exchange.from_csms or exchange.action != "BootNotification" or triggered(exchange, view):
        return
    if exchange.connection not in view.traffic.whole_connections:
        return
    first, boots = view.story.first_call(exchange.connection), view.called("BootNotification")
    if first is None or any(boot.connection == exchange.connection and boot.call.seq < exchange.call.seq for boot in boots):
        return
    last = max((boot.call.seq for boot in boots if boot.call.seq < exchange.call.seq), default=0)
    reset = any(
        asked.status == "Accepted" and last < asked.call.seq and asked.connection < exchange.connection
        for asked in view.story.asked.get("Reset", ())
    )
    if first is not exchange:
        text = f"{first.action} was sent before the BootNotification"
        severity = None if reset else Severity.WARNING
        yield bench.fails(exchange, text, "BootNotification/not first", severity, (first.call.seq, exchange.call.seq))
    elif reset:
        yield bench.passes(exchange, "after the restart the BootNotification came first")


@judges_exchanges("status-after-boot")
def status_after_boot(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_001: once accepted, the station tells the status of connector 0 and of every connector."""
    if not _is_boot(exchange) or exchange.status != "Accepted" or triggered(exchange, view):
        return
    following = boot_after(view, exchange.call.seq)
    until = following.call.seq if following is not None else None
    # A list: what stands for a connector in a message may be anything.
    told = [
        call.payload.get("connectorId")
        for call in view.called("StatusNotification", exchange.call.seq)
        if until is None or call.call.seq < until
    ]
    declared = view.shadow(exchange).declared_connectors or view.timeline.last.declared_connectors
    missing = [number for number in range((declared or 0) + 1) if number not in told]
    delay = delay_of_statuses(view, exchange)
    cut_short = following is not None and following.call.elapsed - exchange.call.elapsed < STATUS_SECONDS + (delay or 0.0)
    if missing and (delay is None or cut_short or not view.watched_for(exchange.call.seq, STATUS_SECONDS + delay)):
        names = ", ".join(map(str, missing))
        yield bench.open(exchange, f"the status of connector {names} was not told; the station was not watched long enough after its boot")
    elif missing:
        names = ", ".join(map(str, missing))
        text = f"the status of connector {names} was not told in {STATUS_SECONDS + (delay or 0):g} s after the registration was accepted"
        yield bench.fails(exchange, text, "StatusNotification/after boot")
    elif declared is None:
        yield bench.open(exchange, "the station did not tell how many connectors it has, so not all are known to have been told")
    else:
        yield bench.passes(exchange, f"after the registration the status of connector 0 to {declared} was told")


@judges_exchanges("configurable-while-pending")
def configurable_while_pending(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_002: while Pending the central system may read and change settings. That the station answers is recommended, not required."""
    boot = view.shadow(exchange).boot
    if not exchange.from_csms or exchange.action not in {"GetConfiguration", "ChangeConfiguration"}:
        return
    if boot is None or boot.status != "Pending" or exchange.reply is None:
        return
    said = f"{exchange.action} was answered while the registration was Pending"
    if exchange.result is not None and (exchange.action == "GetConfiguration" or exchange.status in {"Accepted", "RebootRequired"}):
        yield bench.passes(exchange, said)
    else:
        answer = exchange.error_code or exchange.status
        yield bench.open(exchange, f"{said}: {answer}", Severity.WARNING, "BootNotification/Pending")


@judges_views("heartbeat-interval")
def heartbeat_interval(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_001: Heartbeats come as the interval of the accepted BootNotification says.

    Over WebSocket a station may do without them (1.6 4.6, note), and other messages stand for them: that none come is a warning. That
    they come much more often from a station that has nothing else to say is not what the interval says.
    """
    for boot in view.called("BootNotification"):
        interval = _interval(boot)
        if boot.reply is None or boot.status != "Accepted" or interval <= 0:
            continue
        own = [call for call in between(view, boot.reply.frame.seq, _changed(boot, view)) if call.connection == boot.connection]
        yield from _judge_beats(bench, boot, interval, own, view)


def _changed(boot: Exchange, view: View) -> int:
    """The first record after this boot by which the interval may be another."""
    boots = [call.call.seq for call in view.called("BootNotification", boot.call.seq)]
    written = [
        call.call.seq
        for call in view.story.asked.get("ChangeConfiguration", ())
        if call.call.seq > boot.call.seq and str(call.payload.get("key")).strip().casefold() == "heartbeatinterval"
    ]
    return min((*boots, *written), default=LAST)


def _judge_beats(bench: Bench, boot: Exchange, interval: int, own: Sequence[Exchange], view: View) -> Iterator[Judgement]:
    """Only Heartbeats with nothing else between them tell of the interval: a station may have other reasons for one, when it has work."""
    alone = max((run for run in _runs(own, view)), key=len, default=[])
    if len(alone) >= BEATS:
        span = alone[-1].call.elapsed - alone[0].call.elapsed
        mean = span / (len(alone) - 1)
        text = f"{len(alone)} Heartbeats with nothing between them came {mean:.1f} s apart on average; the interval is {interval} s"
        if span >= interval and mean < 0.6 * interval:
            yield bench.fails(boot, text, "Heartbeat/interval", frames=(*boot.seqs, *(beat.call.seq for beat in alone[:BEATS])))
        else:
            yield bench.passes(boot, text)
        return
    times = [boot.reply.frame.elapsed if boot.reply else 0.0, *(call.call.elapsed for call in own)]
    silence = [later - earlier for earlier, later in pairwise(times) if later - earlier > 2.5 * interval + SILENCE_SECONDS]
    if silence and not any(call.action == "Heartbeat" for call in own):
        text = f"no Heartbeat came in {silence[0]:.0f} s of silence, with an interval of {interval} s; over WebSocket that is allowed"
        yield bench.passes(boot, text, Severity.WARNING, "Heartbeat/none")


def _runs(own: Sequence[Exchange], view: View) -> Iterator[list[Exchange]]:
    """The Heartbeats that follow on each other with no other message between."""
    run: list[Exchange] = []
    for call in own:
        if not call.from_csms and call.action == "Heartbeat" and not triggered(call, view):
            run.append(call)
        else:
            yield run
            run = []
    yield run
