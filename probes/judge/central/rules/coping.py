"""What a central system does when a station refuses what it was asked (OCPP 1.6 chapter 5)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from registry.certificates.facts import Severity

REFUSALS = frozenset({"Rejected", "NotSupported", "NotImplemented", "UnlockFailed", "Failed", "Faulted", "Occupied", "Unavailable"})
NO_LIST = -1

AFTERWARDS = 1.0
"""Seconds after a refusal in which a central system that does not cope with it would be gone."""


@judges_exchanges("central-copes-with-refusal")
def copes_with_refusal(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """The connection goes on. One that the central system ends right then may have ended by chance: that is said and accuses nobody."""
    if not exchange.from_csms or exchange.reply is None or not _is_refused(exchange):
        return
    answered, closed = exchange.reply.frame.elapsed, view.closed_after(exchange.call)
    if closed is not None and closed.elapsed - answered <= AFTERWARDS:
        text = f"the connection ended right after our station had refused {exchange.action}"
        yield bench.open(exchange, text, Severity.WARNING, f"coping/{exchange.action}")
    elif view.talk(exchange).records[-1].elapsed - answered >= AFTERWARDS:
        yield bench.passes(exchange, f"the connection went on after our station had refused {exchange.action}")


def _is_refused(exchange: Exchange) -> bool:
    return exchange.status in REFUSALS or (exchange.result or {}).get("listVersion") == NO_LIST
