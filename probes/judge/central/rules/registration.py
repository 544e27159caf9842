"""What a central system owes a station that registers: a status and an interval (OCPP 1.6 section 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from registry.certificates.facts import Severity


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
