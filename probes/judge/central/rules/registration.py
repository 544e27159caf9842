"""What a central system owes a station that registers: a status, an interval, the time (OCPP 1.6 sections 4.2 and 4.6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from registry.certificates.facts import Severity

NEAR_SECONDS = 1.0
"""How far apart two clocks that are set may be; the answer's way comes on top."""

WRONG_SECONDS = 300.0
"""So far off is no drift of either clock, and no slow network: the time is a wrong one."""


@judges_exchanges("central-boot-is-accepted")
def boot_is_accepted(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """Whether our station is known there is for those who ordered the audit to see to: not to take it is no defect, only no audit.

    Pending is for a while (1.6 4.2): one Pending may be followed by Accepted, and that is judged where it comes.
    """
    if exchange.from_csms or exchange.action != "BootNotification" or exchange.result is None:
        return
    status, interval = exchange.result.get("status"), exchange.result.get("interval")
    if status == "Accepted":
        yield from _interval(bench, exchange, interval)
    elif status in {"Pending", "Rejected"}:
        yield bench.open(
            exchange, f"our station was answered {status}; it must be registered there before the audit", Severity.WARNING, "boot"
        )


def _interval(bench: Bench, exchange: Exchange, interval: Any) -> Iterator[Judgement]:
    if isinstance(interval, int) and not isinstance(interval, bool) and interval < 0:
        yield bench.fails(exchange, f"BootNotification.conf has the interval {interval}: no seconds at all", "boot/interval")
    else:
        yield bench.passes(exchange, "our station was accepted")


@judges_exchanges("central-tells-the-time")
def tells_the_time(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """`currentTime` of BootNotification.conf and Heartbeat.conf against the clock of the audit, at the moment in which the answer came."""
    if exchange.from_csms or exchange.action not in {"BootNotification", "Heartbeat"} or exchange.result is None or exchange.reply is None:
        return
    text = exchange.result.get("currentTime")
    told = _moment(text)
    if told is None:
        return  # No date at all is what the schema's obligation says.
    subject = f"time/{exchange.action}"
    if told.tzinfo is None:
        yield bench.fails(
            exchange, f"currentTime {text!r} does not say its zone: a station cannot know which time it is", subject, Severity.WARNING
        )
        told = told.replace(tzinfo=UTC)
    off = abs((told - datetime.fromisoformat(exchange.reply.frame.timestamp)).total_seconds())
    allowed = NEAR_SECONDS + (exchange.elapsed or 0.0)
    if off > WRONG_SECONDS + (exchange.elapsed or 0.0):
        text = f"currentTime in {exchange.action}.conf is {off:.0f} s away from the time at which it came"
        yield bench.fails(exchange, text, subject, frames=(exchange.reply.frame.seq,))
    elif off > allowed:
        text = f"currentTime in {exchange.action}.conf differs by {off:.1f} s from the clock of the audit; one of both is not set well"
        yield bench.passes(exchange, text, Severity.WARNING, subject)
    else:
        yield bench.passes(exchange, f"currentTime in {exchange.action}.conf is right to the second")


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
