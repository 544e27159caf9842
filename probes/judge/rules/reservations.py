"""What must follow when a station accepts a reservation, or the end of one (1.6 5.1, 5.13).

What a reservation is for is judged: that it is told, keeps others out, is named by the transaction that uses it, and ends. The statuses
of ReserveNow are judged in `reserving`.
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.judge.frames import Exchange
from probes.judge.outcomes import Bench, Judgement, View, judges_views
from probes.judge.reservations import AWAY, CLOCK_MARGIN, CROSSING_SECONDS, Reservation, ToldParent, reservations, told_parent
from probes.judge.shadow import BUSY_STATUSES
from probes.judge.times import between, seconds_between, status_seconds
from registry.certificates.facts import Severity

PROFILE = "Reservation"


def _concerns(view: View) -> bool:
    """Products that are not certified for reservations owe nothing by them."""
    return view.certified.profiles.get(PROFILE) is not False


@judges_views("reservation-is-reported")
def reservation_is_reported(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_046, TC_047: the status Reserved (1.6 4.9, 7.7). A reservation that ends before the status can have been told accuses nobody."""
    for held in reservations(view) if _concerns(view) else ():
        before = view.shadow(held.made).connectors.get(held.connector)
        if held.connector == 0 or before is None or before.status != "Available":
            continue
        seconds = status_seconds(view, held.began)
        if held.reported is not None:
            yield bench.passes(held.made, f"connector {held.connector} was reported Reserved (frame {held.reported.call.seq})")
        elif seconds is None or not _undisturbed(held, view, seconds) or not view.watched_for(held.began, seconds):
            yield bench.open(held.made, f"whether connector {held.connector} is reported Reserved was not watched long enough")
        else:
            text = f"ReserveNow for connector {held.connector} was Accepted, and its status Reserved was not told in {seconds:g} s"
            yield bench.fails(held.made, text, "StatusNotification/Reserved")


def _undisturbed(held: Reservation, view: View, seconds: float) -> bool:
    """Whether the reservation holds on for so long, and nothing else is told of its connector meanwhile."""
    until = held.made.call.elapsed + (held.made.elapsed or 0.0) + seconds
    if held.expires is None or held.expires - CLOCK_MARGIN < until:
        return False
    told = view.story.statuses(held.connector, held.made.call.seq)
    return (held.ended is None or held.ended >= until) and not (told and told[0].call.elapsed < until)


@judges_views("reservation-keeps-others-out")
def reservation_keeps_others_out(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_046: on a reserved connector nobody starts whose idTag and parent are not those of the reservation.

    A station may accept a remote start and refuse it afterwards, when it has asked who that is: only a transaction accuses. It may have
    learnt the parent of an idTag at another time: while that is possible, nothing is said.
    """
    if not _concerns(view):
        return
    for reservation in reservations(view):
        last = None if reservation.over is None else reservation.over + 1
        for start in between(view.story.told.get("StartTransaction", ()), reservation.began, last):
            if reservation.held_at(start) and _is_kept_from(reservation, start, view):
                text = f"a transaction began on connector {start.payload.get('connectorId')} with an idTag for which it was not reserved"
                yield bench.fails(start, text, "StartTransaction/reserved connector", frames=(*reservation.made.seqs, *start.seqs))
        for remote in between(view.story.asked.get("RemoteStartTransaction", ()), reservation.began, last):
            answered = remote.reply is not None and remote.payload.get("connectorId") == reservation.connector
            if answered and reservation.held_at(remote):
                yield from _remote(bench, reservation, remote, view)


def _remote(bench: Bench, reservation: Reservation, remote: Exchange, view: View) -> Iterator[Judgement]:
    """A remote start by somebody else while the reservation holds; that it leads to a transaction is accused above."""
    tag = remote.payload.get("idTag")
    if not isinstance(tag, str) or reservation.admits(tag, told_parent(view, tag, remote.call.seq).parent):
        return
    later = between(
        view.story.told.get("StartTransaction", ()), remote.call.seq, None if reservation.over is None else reservation.over + 1
    )
    started = [call for call in later if call.payload.get("idTag") == tag and reservation.held_at(call)]
    nothing = not started and remote.status == "Accepted" and view.watched_for(remote.call.seq, 2 * CROSSING_SECONDS)
    if remote.status == "Rejected" or nothing:
        yield bench.passes(remote, f"a remote start by another idTag was {remote.status} and led to no transaction")


def _is_kept_from(reservation: Reservation, start: Exchange, view: View) -> bool:
    """Whether it is certain that this start should not have been."""
    tag = start.payload.get("idTag")
    if not isinstance(tag, str) or _began_before(start, reservation):
        return False
    told = told_parent(view, tag, start.call.seq)
    if reservation.admits(tag, told.parent) or not _is_stranger(reservation, told, told_parent(view, reservation.id_tag, start.call.seq)):
        return False
    return start.payload.get("connectorId") == reservation.connector if reservation.connector else _was_last_free(start, view)


def _is_stranger(reservation: Reservation, told: ToldParent, own: ToldParent) -> bool:
    """With a group reserved the station must have been told that this idTag is of no such group; without, it must not share the parent of
    the reserved idTag, which the station may know.
    """
    if reservation.parent is not None:
        return told.told
    return told.parent is None or told.parent != own.parent


def _began_before(start: Exchange, reservation: Reservation) -> bool:
    """Whether the transaction says of itself that it began before the reservation: it waited to be told."""
    ago = seconds_between(reservation.made.call, start.payload.get("timestamp"))
    return ago is None or ago <= CROSSING_SECONDS


def _was_last_free(start: Exchange, view: View) -> bool:
    """Whether no other connector was free, so that a reservation of any connector could not be kept."""
    shadow = view.shadow(start)
    if shadow.declared_connectors is None:
        return False
    others = [number for number in range(1, shadow.declared_connectors + 1) if number != start.payload.get("connectorId")]
    states = [shadow.connectors.get(number) for number in others]
    return all(state is not None and state.status in BUSY_STATUSES | {"Faulted", "Unavailable", "Reserved"} for state in states)


@judges_views("reservation-is-named")
def reservation_is_named(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_046, TC_049, TC_053: the StartTransaction that ends a reservation carries its reservationId (1.6 4.8)."""
    used: dict[int, list[Reservation]] = {}
    starts = view.story.told.get("StartTransaction", ()) if _concerns(view) else ()
    for reservation in reservations(view):
        for start in between(starts, reservation.began, None if reservation.over is None else reservation.over + 1):
            if _is_used_by(reservation, start, view):
                used.setdefault(start.call.seq, []).append(reservation)
    for start in starts:
        if start.call.seq in used:
            yield _named(bench, start, used[start.call.seq], view)


def _is_used_by(reservation: Reservation, start: Exchange, view: View) -> bool:
    tag = start.payload.get("idTag")
    if not isinstance(tag, str) or reservation.connector not in (0, start.payload.get("connectorId")):
        return False
    admitted = reservation.admits(tag, told_parent(view, tag, start.call.seq).parent)
    return admitted and reservation.held_at(start) and not _began_before(start, reservation)


def _named(bench: Bench, start: Exchange, used: list[Reservation], view: View) -> Judgement:
    told, numbers = start.payload.get("reservationId"), [reservation.identifier for reservation in used]
    if told in numbers:
        return bench.passes(start, f"StartTransaction names the reservation {told} that it uses")
    made = [exchange.payload.get("reservationId") for exchange in view.story.asked.get("ReserveNow", ())]
    wanted = " or ".join(str(number) for number in sorted(numbers))
    if told is not None and told not in made:
        return bench.open(start, f"StartTransaction names the reservation {told}, of which nothing is known; {wanted} was to be expected")
    said = "no reservationId" if told is None else f"the reservationId {told}"
    frames = (*used[0].made.seqs, *start.seqs)
    return bench.fails(
        start, f"StartTransaction uses the reservation {wanted} and carries {said}", "StartTransaction/reservationId", frames=frames
    )


@judges_views("reservation-expires")
def reservation_expires(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_047: at its expiryDate the connector is Available again, and that is told. Only where the station's own clock could be seen, and
    only for a connector that was reported Reserved, is its silence accused.
    """
    for held in reservations(view) if _concerns(view) else ():
        if held.reported is None or held.expires is None:
            continue
        seconds = status_seconds(view, held.began)
        deadline = None if seconds is None else held.expires + seconds
        later = view.story.statuses(held.connector, held.reported.call.seq)
        told = next((call for call in later if call.payload["status"] != "Reserved"), None)
        if told is not None and deadline is not None and told.call.elapsed > deadline:
            told = None
        if told is not None and told.payload.get("status") == "Available" and held.over == told.call.seq:
            yield _available(bench, held, told)
        elif told is not None or (held.ended is not None and held.ended < held.expires + CROSSING_SECONDS):
            continue
        elif deadline is not None and held.own_clock and _cannot_be_held_back(held, view, deadline - held.reported.call.elapsed):
            text = f"the reservation {held.identifier} of connector {held.connector} ended, and the connector was not told to be Available"
            frames = (*held.made.seqs, *held.reported.seqs)
            yield bench.fails(held.made, f"{text} in {seconds:g} s", "StatusNotification/reservation expired", frames=frames)
        else:
            yield bench.open(held.made, f"the end of the reservation {held.identifier} was not watched")


def _available(bench: Bench, held: Reservation, told: Exchange) -> Judgement:
    early = (held.expires or 0.0) - told.call.elapsed
    if early > CLOCK_MARGIN:
        text = f"connector {held.connector} was reported Available {early:.0f} s before its reservation {held.identifier} ends"
        return bench.open(held.made, text, Severity.WARNING, "StatusNotification/reservation ended early")
    return bench.passes(held.made, f"connector {held.connector} was Available again when its reservation ended (frame {told.call.seq})")


def _cannot_be_held_back(held: Reservation, view: View, wait: float) -> bool:
    """Whether the connector was watched all the time, and no other reservation can keep it Reserved."""
    if held.reported is None:
        return False
    if not view.watched_for(held.reported.call.seq, wait):
        return False
    until = held.reported.call.elapsed + wait
    others = (other for other in reservations(view) if other.connector == held.connector and other is not held)
    return all(other.made.call.elapsed > until or (other.over is not None and other.over < held.made.call.seq) for other in others)


@judges_views("cancel-is-accepted")
def cancel_is_accepted(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_051: a reservation that holds can be cancelled. Of a product without the profile it says that it accepted what it does not do."""
    for cancel in _cancellations(view):
        for reservation in _held_for(cancel, view):
            said = cancel.status or f"CALLERROR {cancel.error_code}"
            refused = cancel.status == "Rejected" or cancel.error_code in {"NotImplemented", "NotSupported"}
            if cancel.status == "Accepted":
                yield bench.passes(cancel, f"CancelReservation of the reservation {reservation.identifier} was Accepted")
            elif refused and _calm(reservation, cancel, view):
                text = f"ReserveNow was Accepted, and CancelReservation of the reservation {reservation.identifier} was answered {said}"
                severity = None if _concerns(view) else Severity.WARNING
                frames = (*reservation.made.seqs, *cancel.seqs)
                yield bench.fails(cancel, text, "CancelReservation/known reservation", severity, frames)
            else:
                yield bench.open(cancel, f"CancelReservation of the reservation {reservation.identifier} was answered {said}")


def _held_for(cancel: Exchange, view: View) -> list[Reservation]:
    """The reservations that this cancelling is for, while they hold."""
    if "numbered" not in view.worked_out:
        numbered: dict[int, list[Reservation]] = {}
        for reservation in reservations(view):
            numbered.setdefault(reservation.identifier, []).append(reservation)
        view.worked_out["numbered"] = numbered
    number = cancel.payload.get("reservationId")
    named = view.worked_out["numbered"].get(number, ()) if isinstance(number, int) else ()
    return [reservation for reservation in named if _holds_for(reservation, cancel)]


def _holds_for(reservation: Reservation, cancel: Exchange) -> bool:
    """Whether the reservation holds when its cancelling is asked for: answer and request were one after the other, nothing crosses."""
    if cancel.call.seq <= reservation.began or reservation.expires is None:
        return False
    over = reservation.over is not None and reservation.over < cancel.call.seq
    return not over and cancel.call.elapsed < reservation.expires - CLOCK_MARGIN


def _calm(reservation: Reservation, cancel: Exchange, view: View) -> bool:
    """Whether nobody came to the connector about then: its reservation may have been used, or have ended, before that was told."""
    state, seconds = view.shadow(cancel).connectors.get(reservation.connector), status_seconds(view, cancel.call.seq)
    if seconds is None or (reservation.connector and (state is None or state.status not in {"Reserved", "Available"})):
        return False
    told = (*view.called("StatusNotification", reservation.began), *view.called("StartTransaction", reservation.began))
    concerned = [call for call in told if reservation.connector in (0, call.payload.get("connectorId")) and call.payload.get("connectorId")]
    soon = [call for call in concerned if call.call.elapsed - cancel.call.elapsed < seconds]
    return all(call.payload.get("status") in ("Reserved", "Available") for call in soon)


def _cancellations(view: View) -> Iterator[Exchange]:
    yield from (exchange for exchange in view.story.asked.get("CancelReservation", ()) if exchange.reply is not None)


@judges_views("cancel-ends-reservation")
def cancel_ends_reservation(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_051: a connector whose reservation was cancelled is told to be no longer Reserved (1.6 4.9, G1)."""
    for cancel in _cancellations(view) if _concerns(view) else ():
        for reservation in _held_for(cancel, view) if cancel.status == "Accepted" else ():
            if reservation.reported is not None:
                yield from _freed(bench, reservation, cancel, view)


def _freed(bench: Bench, reservation: Reservation, cancel: Exchange, view: View) -> Iterator[Judgement]:
    connector, seconds = reservation.connector, status_seconds(view, cancel.call.seq)
    state = view.shadow(cancel).connectors.get(connector)
    if state is None or state.status != "Reserved":
        return
    told = next(iter(view.story.statuses(connector, cancel.call.seq)), None)
    if told is not None and seconds is not None and told.call.elapsed - cancel.call.elapsed > seconds:
        told = None
    again = next(iter(between(view.story.asked.get("ReserveNow", ()), cancel.call.seq, None)), None)
    alone = seconds is not None and (again is None or again.call.elapsed - cancel.call.elapsed >= seconds)
    if told is not None and told.payload.get("status") != "Reserved":
        yield bench.passes(cancel, f"connector {connector} was {told.payload.get('status')} after its reservation was cancelled")
    elif told is None and seconds is not None and alone and view.watched_for(cancel.call.seq, seconds):
        text = f"CancelReservation was Accepted, and connector {connector} stayed Reserved for {seconds:g} s"
        frames = (*reservation.made.seqs, *cancel.seqs)
        yield bench.fails(cancel, text, "CancelReservation/no effect", frames=frames)
    else:
        yield bench.open(cancel, f"whether connector {connector} is freed by CancelReservation was not watched long enough")


@judges_views("cancel-unknown-is-rejected")
def cancel_unknown_is_rejected(bench: Bench, view: View) -> Iterator[Judgement]:
    """TC_052: a reservation that does not exist cannot be cancelled. That it does not is certain only when it was cancelled just before:
    one that nobody knows of may have been made before the recording began.
    """
    if not _concerns(view):
        return
    known = {reservation.identifier for reservation in reservations(view)}
    gone: dict[int, Exchange] = {}
    for exchange in view.traffic.exchanges:
        number = exchange.payload.get("reservationId")
        if not isinstance(number, int):
            continue
        if exchange.from_csms and exchange.action == "ReserveNow":
            gone.pop(number, None)
        if not exchange.from_csms or exchange.action != "CancelReservation" or exchange.reply is None:
            continue
        first = gone.get(number)
        if exchange.status == "Rejected" and (first is not None or number not in known):
            yield bench.passes(exchange, f"CancelReservation of the unknown reservation {number} was Rejected")
        elif exchange.status == "Accepted" and first is not None:
            text = f"CancelReservation of {number} was Accepted although that reservation had been cancelled before"
            yield bench.fails(exchange, text, "CancelReservation/unknown reservation", frames=(*first.seqs, *exchange.seqs))
        elif number not in known:
            said = exchange.status or f"CALLERROR {exchange.error_code}"
            yield bench.open(
                exchange, f"CancelReservation of {number} was answered {said}; whether there is such a reservation is not known"
            )
        if exchange.status == "Accepted":
            gone[number] = exchange


@judges_views("reservation-outlasts-restart")
def reservation_outlasts_restart(bench: Bench, view: View) -> Iterator[Judgement]:
    """5.13 lists what terminates a reservation, and a restart is not in it; that it must last no clause says, so it is a note."""
    for held in reservations(view) if _concerns(view) else ():
        boot = next(
            (call for call in between(view.story.told.get("BootNotification", ()), held.began, None) if call.status == "Accepted"), None
        )
        if boot is None or held.reported is None or held.over is None or not _only_restarted(held, boot):
            continue
        seen = next((call for call in view.story.statuses(held.connector, boot.call.seq) if call.connection == boot.connection), None)
        if seen is None or held.expires is None or seen.call.elapsed > held.expires - CLOCK_MARGIN:
            continue
        if seen.payload.get("status") == "Available":
            text = f"connector {held.connector} was Available after a restart, though its reservation {held.identifier} was to hold on"
            yield bench.fails(seen, text, "ReserveNow/after a restart", frames=(*held.made.seqs, *boot.seqs, *seen.seqs))
        elif seen.payload.get("status") == "Reserved":
            yield bench.passes(seen, f"connector {held.connector} was Reserved after the restart as before")


def _only_restarted(held: Reservation, boot: Exchange) -> bool:
    """Whether nothing but the connection's end and the restart came between: whatever ends a reservation would have come before."""
    return held.over == boot.call.seq or held.why == AWAY
