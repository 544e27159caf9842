"""What a central system owes transactions: an id for each, whatever its idTag is worth, and an answer to every end (1.6 4.8, 4.10)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.rules.everywhere import is_broken_on_purpose
from probes.judge.central.transactions import NO_ID, Session, id_in, is_known, session_of, sessions, sessions_with, status_in
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from probes.judge.rules.smart_charging import has_errata_4
from registry.certificates.facts import Severity


@judges_exchanges("central-start-gets-an-id")
def start_gets_an_id(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """What is missing, or has another type, the schema's obligation says; a refusal, that of refusals."""
    number = id_in(exchange)
    if exchange.from_csms or exchange.action != "StartTransaction" or number is None:
        return
    if number < 1:
        text = f"StartTransaction was given the transactionId {number}; positive ones are recommended (errata v4.0 3.54)"
        yield bench.passes(exchange, text, Severity.NOTE, "transactions/id is not positive")
    else:
        yield bench.passes(exchange, f"StartTransaction was given the transactionId {number}")


@judges_exchanges("central-transaction-has-its-own-id")
def transaction_has_its_own_id(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """Two transactions that run at one station at the same time under one id cannot be told apart: neither end nor remote stop would say
    which is meant. One after the other, or at two stations, other ids are recommended only (errata v4.0 3.54).
    """
    if exchange.from_csms or exchange.action != "StartTransaction":
        return
    session = session_of(view, exchange)
    if session is None or session.starts[0] is not exchange or session.transaction_id is None:
        return
    same = [each for each in sessions_with(view, session.transaction_id) if each.began < session.began]
    others = [each for each in same if (each.station, each.connector) != (session.station, session.connector)]
    at_once = [each for each in others if each.open_at(exchange.call.seq)]
    here = next((each for each in at_once if each.station == session.station), None)
    number = session.transaction_id
    if here is not None:
        text = f"the transactionId {number} was given to two transactions that run at one station at the same time"
        yield bench.fails(exchange, text, "transactions/id", frames=(*here.starts[0].seqs, *exchange.seqs))
    elif at_once:
        text = f"the transactionId {number} was given to transactions of two stations at the same time"
        frames = (*at_once[0].starts[0].seqs, *exchange.seqs)
        yield bench.fails(exchange, text, "transactions/id of two stations", Severity.WARNING, frames)
    elif same:
        text = f"the transactionId {number} was given before, to a transaction that is over; unique ones are recommended (errata v4.0 3.54)"
        yield bench.passes(exchange, text, Severity.WARNING, "transactions/id again")
    else:
        yield bench.passes(exchange, f"the transactionId {number} is no other transaction's")


@judges_exchanges("central-start-told-again-is-one")
def start_told_again_is_one(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A station that has lost the answer sends the same message again (1.6 3.7.1). No clause says in so many words that it must be known
    again, so that two transactions for one are a warning.
    """
    session = session_of(view, exchange) if exchange.action == "StartTransaction" and not exchange.from_csms else None
    if session is None or session.starts[0] is exchange or session.transaction_id is None or id_in(exchange) is None:
        return
    if id_in(exchange) == session.transaction_id:
        yield bench.passes(exchange, f"a StartTransaction that was sent again was given the same transactionId {session.transaction_id}")
        return
    text = f"a StartTransaction that was sent again was given the transactionId {id_in(exchange)}, not {session.transaction_id} as before"
    yield bench.fails(exchange, f"{text}: one transaction has become two", "transactions/doubled", frames=_tellings(session))


def _tellings(session: Session) -> tuple[int, ...]:
    return tuple(seq for start in session.starts for seq in start.seqs)


@judges_exchanges("central-stop-is-taken")
def stop_is_taken(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """The end of a transaction that the central system knows cannot be refused (1.6 4.10); a refusal is another obligation's to name."""
    if exchange.from_csms or exchange.action != "StopTransaction" or not is_known(view, exchange):
        return
    if exchange.result is not None:
        yield bench.passes(exchange, "StopTransaction was answered")


@judges_exchanges("central-unknown-transaction-is-answered")
def unknown_transaction_is_answered(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """-1 stands for a transaction whose start could not be told, and is to be answered as any (errata v4.0 3.18). Of another number that
    was never given out nothing is said in so many words: a refusal is a warning.
    """
    if exchange.from_csms or exchange.action not in {"StopTransaction", "MeterValues"} or is_known(view, exchange):
        return
    number = exchange.payload.get("transactionId")
    if is_broken_on_purpose(exchange) or (exchange.call.charge_point_id, number) in view.earlier["transactions"]:
        return  # What was begun before this audit a central system may have ended by itself.
    said = f"{exchange.action} of the transaction {number}, which was never given out,"
    if exchange.result is not None:
        yield bench.passes(exchange, f"{said} was answered")
    elif exchange.error_code is not None:
        binds = number == NO_ID and bool(view.certified.facts.errata) and has_errata_4(view.certified)
        text = f"{said} was refused with CALLERROR {str(exchange.error_code)[:60]}"
        yield bench.fails(exchange, text, f"transactions/unknown/{exchange.action}", None if binds else Severity.WARNING)


@judges_exchanges("central-tag-charges-once")
def tag_charges_once(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A tag of which it was said that it may charge once at a time, in a second transaction while the first runs (1.6 7.2)."""
    session = session_of(view, exchange) if exchange.action == "StartTransaction" and not exchange.from_csms else None
    if session is None or view.given.get(str(session.id_tag)) != "single" or session.starts[0] is not exchange:
        return
    running = [each for each in sessions(view) if each is not session and each.id_tag == session.id_tag and each.accepted]
    first = next((each for each in running if each.open_at(exchange.call.seq)), None)
    status = status_in(exchange)
    if first is None or status is None:
        return
    if status == "Accepted":
        text = "a tag that may charge once at a time was Accepted for a second transaction while the first runs"
        yield bench.fails(exchange, text, "start/single", frames=(*first.starts[0].seqs, *exchange.seqs))
    else:
        yield bench.passes(exchange, f"a tag that may charge once at a time was answered {status} for a second transaction")
