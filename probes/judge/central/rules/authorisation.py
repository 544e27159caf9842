"""What a central system owes an idTag: its state (OCPP 1.6 sections 4.1 and 7.2), and no more rights than it has."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.transactions import session_of, sessions, status_in
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from registry.certificates.facts import Severity

RIGHT: dict[str, frozenset[str]] = {
    "valid": frozenset({"Accepted"}),
    "member": frozenset({"Accepted"}),
    "single": frozenset({"Accepted", "ConcurrentTx"}),
    "blocked": frozenset({"Blocked"}),
    "expired": frozenset({"Expired"}),
    "unknown": frozenset({"Invalid"}),
    "made up": frozenset({"Invalid"}),
}
"""By what the audit was told of a tag, the statuses that say so (1.6 7.2)."""


@judges_exchanges("central-tag-by-its-state")
def tag_by_its_state(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A valid tag may be refused because it is charging elsewhere already (ConcurrentTx). That a made-up tag is let in may be how its owner
    wants it, free for all: only for one of which it was said that it is unknown there does that count.
    """
    if exchange.from_csms or exchange.action != "Authorize" or exchange.result is None:
        return
    state, status = view.given.get(str(exchange.payload.get("idTag"))), status_in(exchange)
    if state is None or status is None:
        return
    if status in RIGHT[state]:
        yield bench.passes(exchange, f"Authorize of a tag that is {state} was answered {status}")
    elif state == "made up":
        text = f"a tag that nobody has given out was answered {status}; with a tag that is known to be unknown there it would be a defect"
        yield bench.open(exchange, text, Severity.WARNING, "authorize/made up")
    elif state in {"valid", "member"} and status == "ConcurrentTx" and _charges_already(exchange, view):
        yield bench.passes(exchange, f"the tag was answered {status}: it charges at our station already")
    elif state in {"valid", "member"} and status == "ConcurrentTx":
        yield bench.open(exchange, f"the tag was answered {status}: it is charging elsewhere")
    else:
        yield bench.fails(exchange, f"Authorize of a tag that is {state} was answered {status}", f"authorize/{state}")


@judges_exchanges("central-start-by-tag-state")
def start_by_tag_state(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """The central system must verify the idTag of every StartTransaction (1.6 4.8): a station may have let it charge by what it knew.

    ConcurrentTx is right for a tag that charges already, here or elsewhere. That one that may not charge is refused with another word than
    the right one is told where it is asked about; here only Accepted is wrong.
    """
    if exchange.from_csms or exchange.action != "StartTransaction" or exchange.result is None:
        return
    state, status = view.given.get(str(exchange.payload.get("idTag"))), status_in(exchange)
    if state is None or status is None or state == "single":
        return
    said = f"StartTransaction with a tag that is {state} was answered {status}"
    if status in RIGHT[state] or (status != "Accepted" and "Accepted" not in RIGHT[state]):
        yield bench.passes(exchange, said)
    elif state == "made up":
        yield bench.open(
            exchange, f"{said}; with one that is known to be unknown there it would be a defect", Severity.WARNING, "start/made up"
        )
    elif status != "ConcurrentTx":
        yield bench.fails(exchange, said, f"start/{state}")
    elif _charges_already(exchange, view):
        yield bench.passes(exchange, f"{said}: it charges at our station already")
    else:
        yield bench.open(
            exchange, f"{said}: it charges elsewhere, or an older transaction was never ended there", Severity.WARNING, "start/busy"
        )


def _charges_already(exchange: Exchange, view: CentralView) -> bool:
    own = session_of(view, exchange)
    if own is not None and own.starts[0] is not exchange:
        return True  # It is told again, and what charges is this very transaction.
    same = (each for each in sessions(view) if each is not own and each.id_tag == exchange.payload.get("idTag"))
    return any(each.open_at(exchange.call.seq) for each in same)
