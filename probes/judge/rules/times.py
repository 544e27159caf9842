"""What holds in any transcript of a station: its clock, one call at a time, and messages that failed (1.6 3.7.1, 3.15, 4.2; J 4.1.1).

All of it is recommended only, so all of it warns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probes.judge.frames import Exchange, ReplyKind
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges, judges_views
from probes.judge.spans import STAMPED, Clock, clock, stamps, told_clock
from probes.judge.times import moment, moment_without_zone
from registry.certificates.facts import Severity

WRONG_SECONDS = 300.0
"""By how much a clock may be off before that is said."""

ENOUGH_STAMPS = 3
"""From how many stamps on a clock can be spoken of."""

OVERTAKEN_SECONDS = 5.0
"""So soon after a call nobody has given up waiting for its answer."""

SLOW_SECONDS = 1.0
"""From how long an answer is slow enough for the next call to have waited for it."""

RETRY_SECONDS = 600.0
"""How long a message that failed is waited for beyond what the station's keys say."""


def _off(call: Exchange, tap: Clock) -> Iterator[float]:
    """By how many seconds each stamp of a call is behind the moment at which it was sent."""
    for told in map(moment, stamps(call.payload)):
        if told is not None:
            yield call.call.elapsed - tap.elapsed(told)


def _stamped(view: View) -> list[Exchange]:
    """The station's calls with times, after the first answer that told it the time."""
    told = [
        exchange.reply.frame.seq
        for exchange in view.traffic.exchanges
        if not exchange.from_csms and exchange.action in {"BootNotification", "Heartbeat"} and exchange.result and exchange.reply
    ]
    return [
        exchange
        for exchange in view.traffic.exchanges
        if told and not exchange.from_csms and exchange.action in STAMPED and exchange.call.seq > max(told[0], view.since - 1)
    ]


@judges_views("clock-is-set")
def clock_is_set(bench: Bench, view: View) -> Iterator[Judgement]:
    """The station is told the time when it registers. What waited is behind as long as it waited, so only what all stamps are off by
    tells of the clock.
    """
    calls = _stamped(view)
    clocks = [each for each in (clock(view), told_clock(view)) if each is not None]
    # A log may be in local time, and a central system be wrong about the time: only who agrees with neither has no clock that was set.
    off = min(([seconds for call in calls for seconds in _off(call, tap)] for tap in clocks), key=_amiss, default=[])
    if len(off) < ENOUGH_STAMPS:
        return
    first = next(call for call in calls if any(True for _ in stamps(call.payload)))
    if _amiss(off) > WRONG_SECONDS:
        side = "behind" if min(off) > 0 else "ahead of"
        text = f"the station's time stamps are {_amiss(off) / 3600:.1f} hours {side} the central system's clock, which it was told"
        yield bench.fails(first, text, "clock")
    else:
        yield bench.passes(first, "the station's time stamps agree with the central system's clock")


def _amiss(off: Sequence[float]) -> float:
    """By how many seconds every stamp is off, on one side; 0 when one of them is not."""
    return max(min(off, default=0.0), -max(off, default=0.0), 0.0)


@judges_views("local-time-tells-its-zone")
def local_time_tells_its_zone(bench: Bench, view: View) -> Iterator[Judgement]:
    """A time without its zone is ISO 8601, and UTC is recommended only (3.14, 3.15). Where it is UTC that nobody needs to be told; where it
    is not, nobody can know which moment is meant.
    """
    tap = told_clock(view) or clock(view)
    calls = _stamped(view) if tap is not None else []
    told = [(call, when) for call in calls for when in map(moment_without_zone, stamps(call.payload)) if when is not None]
    ahead = [tap.elapsed(when) - call.call.elapsed for call, when in told if tap is not None]
    if len(ahead) < ENOUGH_STAMPS:
        return
    if min(ahead) > WRONG_SECONDS or max(ahead) < -WRONG_SECONDS:
        hours = (min(ahead) if min(ahead) > 0 else max(ahead)) / 3600
        text = f"the station's time stamps name no time zone, and are {hours:+.1f} hours from UTC: which moment they mean nobody can know"
        yield bench.fails(told[0][0], text, "clock/time zone")
    else:
        yield bench.passes(told[0][0], "the station's time stamps name no time zone, and are UTC", Severity.NOTE, "remarks/time zone")


@judges_views("one-call-at-a-time")
def one_call_at_a_time(bench: Bench, view: View) -> Iterator[Judgement]:
    """A call is sent when the one before is answered, or given up: one that was answered a moment later was not given up."""
    last: dict[int, Exchange] = {}
    waited = False
    for call in view.traffic.exchanges:
        if call.from_csms:
            continue
        before = last.get(call.connection)
        last[call.connection] = call
        if before is None or before.reply is None:
            continue
        if before.reply.frame.seq < call.call.seq:
            late = before.reply.frame.elapsed - before.call.elapsed
            if not waited and late >= SLOW_SECONDS and call.call.elapsed - before.reply.frame.elapsed <= SLOW_SECONDS:
                waited = True
                yield bench.passes(call, f"{call.action} was sent when {before.action} was answered, after {late:.1f} s")
            continue
        if call.call.elapsed - before.call.elapsed <= OVERTAKEN_SECONDS:
            text = f"{call.action} was sent before {before.action} was answered"
            yield bench.fails(call, text, "frames/two calls at once", frames=(before.call.seq, call.call.seq, before.reply.frame.seq))


@judges_exchanges("failed-message-comes-again")
def failed_message_comes_again(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """A message about a transaction that the central system failed to process is sent again, where TransactionMessageAttempts lets it."""
    if exchange.from_csms or exchange.action not in {"StartTransaction", "StopTransaction"} or exchange.reply is None:
        return
    attempts, pause = _number(exchange, view, "transactionmessageattempts"), _number(exchange, view, "transactionmessageretryinterval")
    if exchange.reply.kind is not ReplyKind.ERROR or attempts is None or attempts < 2 or pause is None:
        return
    alike = [call for call in view.called(exchange.action) if _same(call, exchange)]
    before, after = ([call for call in alike if (call.call.seq > exchange.call.seq) is later] for later in (False, True))
    if after:
        yield bench.passes(exchange, f"{exchange.action} was sent again after it had failed")
    elif len(before) < attempts and view.watched_for(exchange.call.seq, pause * attempts + RETRY_SECONDS):
        yield bench.fails(exchange, f"{exchange.action} failed, and was not sent again", f"{exchange.action}/not again")


def _same(one: Exchange, other: Exchange) -> bool:
    return all(one.payload.get(name) == other.payload.get(name) for name in ("timestamp", "connectorId", "meterStart", "meterStop"))


def _number(exchange: Exchange, view: View, key: str) -> int | None:
    reading = view.shadow(exchange).configuration.get(key)
    text = (reading.value or "").strip() if reading is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
