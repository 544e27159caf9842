"""Reservations of a central system (OCPP 1.6 sections 5.1 and 5.13)."""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.central.bench import judges_exchanges
from probes.judge.central.rules.remote import welcomed
from probes.judge.central.view import CentralView
from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement
from probes.judge.story import is_whole
from probes.judge.times import seconds_between
from registry.certificates.facts import Severity

CLOCKS = 60.0
"""By how many seconds two clocks may differ without anybody's being wrong."""


@judges_exchanges("central-reservation-lies-ahead")
def reservation_lies_ahead(bench: Bench, exchange: Exchange, _view: CentralView) -> Iterator[Judgement]:
    """The date may be one that a person chose: one that has passed is a remark. Without a zone the moment is not known."""
    if not exchange.from_csms or exchange.action != "ReserveNow":
        return
    expiry = exchange.payload.get("expiryDate")
    ahead = seconds_between(exchange.call, expiry)
    if ahead is None:
        yield bench.open(exchange, "when the reservation ends cannot be told: its expiryDate names no zone, or is no date")
    elif ahead < -CLOCKS:
        text = f"the reservation was to end at {str(expiry)[:40]}, which has passed"
        yield bench.open(exchange, text, Severity.WARNING, "requests/ReserveNow date")
    else:
        yield bench.passes(exchange, f"the reservation ends {max(ahead, 0.0):.0f} s later")


@judges_exchanges("central-reservation-is-honoured")
def reservation_is_honoured(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """The StartTransaction that names a reservation of this central system."""
    if exchange.from_csms or exchange.action != "StartTransaction" or exchange.result is None:
        return
    if exchange.payload.get("reservationId") in _reserved(exchange, view):
        yield from welcomed(bench, exchange, view, "the tag for which a connector was kept, or of its group,")


@judges_exchanges("central-cancel-names-reservation")
def cancel_names_reservation(bench: Bench, exchange: Exchange, view: CentralView) -> Iterator[Judgement]:
    """A number that our station never had may be a person's choice, or that of an older reservation."""
    number = exchange.payload.get("reservationId")
    if not exchange.from_csms or exchange.action != "CancelReservation" or not is_whole(number):
        return
    if number in _reserved(exchange, view):
        yield bench.passes(exchange, f"the reservation {number} that is cancelled is one that our station was given")
    else:
        text = f"the reservation {number} is cancelled, and our station was given none of that number"
        yield bench.open(exchange, text, Severity.WARNING, "requests/CancelReservation")


def _reserved(exchange: Exchange, view: CentralView) -> set[int]:
    """The numbers of the reservations that our station had accepted before this, in an earlier audit or in this one."""
    asked = view.story(exchange.call.charge_point_id).asked["ReserveNow"]
    taken = (each for each in asked if each.call.seq < exchange.call.seq and each.status == "Accepted")
    before = {number for station, number in view.earlier["reservations"] if station == exchange.call.charge_point_id}
    return before | {number for each in taken if is_whole(number := each.payload.get("reservationId"))}
