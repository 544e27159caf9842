"""What must follow when a station accepts to start or stop a transaction from afar (1.6 5.11, 5.12)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_exchanges

EFFECT_SECONDS = 60.0
"""How long a station may take to begin or end a transaction that it accepted to: no clause says, so longer than any needs."""


SETTLED_SECONDS = 5.0
"""How long a transaction must be known to both before a station must know it: answers and requests cross on the way."""


@judges_exchanges("remote-start-has-effect")
def remote_start_has_effect(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_010: with a car on the connector, Accepted means a StartTransaction with that idTag on that connector, or one that is refused."""
    connector = exchange.payload.get("connectorId")
    state = view.shadow(exchange).connectors.get(connector) if isinstance(connector, int) else None
    if not exchange.from_csms or exchange.action != "RemoteStartTransaction" or state is None or state.status != "Preparing":
        return
    if exchange.status == "Rejected":
        yield bench.open(exchange, f"RemoteStartTransaction for connector {connector} was Rejected, which a station may do")
        return
    if exchange.status != "Accepted":
        return
    tag, subject = exchange.payload.get("idTag"), "RemoteStartTransaction/no effect"
    started = [call for call in view.called("StartTransaction", exchange.call.seq) if call.payload.get("connectorId") == connector]
    own = [call for call in started if call.payload.get("idTag") == tag]
    if own:
        yield bench.passes(
            exchange, f"the remote start was followed by StartTransaction on connector {connector} (frame {own[0].call.seq})"
        )
    elif started:
        text = f"the remote start was followed by a StartTransaction with another idTag (frame {started[0].call.seq})"
        yield bench.fails(exchange, text, "StartTransaction/another idTag", frames=(*exchange.seqs, started[0].call.seq))
    elif view.watched_for(exchange.call.seq, EFFECT_SECONDS):
        text = (
            f"RemoteStartTransaction was Accepted with a car on connector {connector}, and no StartTransaction came in {EFFECT_SECONDS:g} s"
        )
        yield bench.fails(exchange, text, subject)
    else:
        yield bench.open(exchange, "RemoteStartTransaction was Accepted; whether a transaction came of it was not watched long enough")


@judges_exchanges("remote-stop-has-effect")
def remote_stop_has_effect(bench: Bench, exchange: Exchange, view: View) -> Iterator[Judgement]:
    """TC_012: Accepted for a transaction that is known to run means a StopTransaction for it."""
    identifier = exchange.payload.get("transactionId")
    if not exchange.from_csms or exchange.action != "RemoteStopTransaction" or identifier not in view.shadow(exchange).open_transactions:
        return
    if exchange.status == "Rejected" and not _settled(exchange, view):
        yield bench.open(
            exchange, f"RemoteStopTransaction({identifier}) was Rejected so soon after its start that the two may have crossed"
        )
        return
    if exchange.status == "Rejected":
        text = f"RemoteStopTransaction for the running transaction {identifier} was Rejected"
        yield bench.fails(exchange, text, "RemoteStopTransaction/running transaction")
        return
    if exchange.status != "Accepted":
        return
    stopped = [call for call in view.called("StopTransaction", exchange.call.seq) if call.payload.get("transactionId") == identifier]
    if stopped:
        yield bench.passes(exchange, f"the remote stop was followed by StopTransaction (frame {stopped[0].call.seq})")
    elif view.watched_for(exchange.call.seq, EFFECT_SECONDS):
        text = f"RemoteStopTransaction({identifier}) was Accepted, and no StopTransaction came in {EFFECT_SECONDS:g} s"
        yield bench.fails(exchange, text, "RemoteStopTransaction/no effect")
    else:
        yield bench.open(exchange, "RemoteStopTransaction was Accepted; whether the transaction ended was not watched long enough")


def _settled(exchange: Exchange, view: View) -> bool:
    """Whether the transaction's id was given to the station long enough before this call."""
    identifier = exchange.payload.get("transactionId")
    for start in view.called("StartTransaction"):
        if start.reply is not None and (start.result or {}).get("transactionId") == identifier:
            return exchange.call.elapsed - start.reply.frame.elapsed >= SETTLED_SECONDS
    return True
