"""What the cases of reservations share: what must be given, and the steps of making and ending a reservation."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.ledger import Change, Kind
from probes.cases.prompts import Action
from probes.cases.requests import accepted, answer_text
from probes.cases.station import AuditedStation, is_in
from probes.judge.frames import Exchange
from probes.judge.rules.reserving import ZERO_KEY
from probes.judge.times import STATUS_SECONDS, is_on
from registry.sentences import KeptSentence

PROFILE = "Reservation"
HELD_SECONDS = 900.0
"""How long a reservation lasts at most that a person is to use."""

SHORT_SECONDS = 300.0
"""How long one lasts at most that is cancelled again."""

EXPIRY_SECONDS = 60.0
"""How long one lasts that is to expire, besides what statuses may be held back."""

DURATION_KEY = "MinimumStatusDuration"


@dataclass(frozen=True)
class Held:
    """A reservation of the audit."""

    connector: int
    identifier: int


# --- what is given


async def needs_reservation(station: AuditedStation, keys: Collection[str] = ()) -> None:
    """The case is about products with the profile; settings that it goes by are read by name, so that their absence is known."""
    certified = station.certified.profiles.get(PROFILE)
    if certified is None:
        raise NotExercised("the certificate does not say whether Reservation is certified")
    if not certified:
        raise NotApplicable("Reservation is not certified")
    known = (*station.shadow.configuration, *station.shadow.unknown_keys)
    unread = [key for key in (DURATION_KEY, *keys) if key.casefold() not in known]
    if unread:
        await station.get_configuration(unread)


async def needs_connector_zero(station: AuditedStation, *, supported: bool) -> None:
    """The case is about stations of which any connector can be reserved, or about those of which it cannot."""
    await needs_reservation(station, [ZERO_KEY])
    reading = station.shadow.configuration.get(ZERO_KEY.casefold())
    value = is_on(reading.value) if reading else None
    if reading is None and ZERO_KEY.casefold() not in station.shadow.unknown_keys:
        raise NotExercised(f"the station did not tell {ZERO_KEY}")
    if bool(value) is not supported:
        said = f"{ZERO_KEY} is {reading.value}" if reading else f"there is no key {ZERO_KEY}"
        raise NotApplicable(f"{said}; the case is for stations {'with' if supported else 'without'} it (1.6 9.3.1)")


def status_wait(station: AuditedStation) -> float:
    """How long a status is waited for: as long as the judge wants to have watched for it."""
    reading = station.shadow.configuration.get(DURATION_KEY.casefold())
    text = (reading.value or "").strip() if reading else ""
    return STATUS_SECONDS + 1.0 + (int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0)


async def free_connector(station: AuditedStation) -> int:
    """A connector to reserve, on a station that nobody uses."""
    await station.needs_idle()
    connector = station.shadow.idle_connector
    if connector is None:
        raise NotExercised("needs a free connector")
    return connector


def new_number() -> int:
    """A number that no other reservation of the station is likely to have."""
    return 1_000_000_000 + secrets.randbelow(1_000_000_000)


# --- steps


async def told(station: AuditedStation, connector: int, status: str) -> bool:
    """Wait for this status; that the station is there all the while makes its absence evidence."""
    told = await station.heard(is_in(connector, status), status_wait(station))
    if not told:
        await station.shows_presence()
    return told


async def reserved(station: AuditedStation, connector: int, id_tag: str, seconds: float, parent_id_tag: str | None = None) -> Held:
    """A free connector, or the station as a whole (0), reserved. Raises `NotExercised` when the station refuses; a reservation that it made
    all the same is cancelled.
    """
    held = Held(connector, new_number())
    answer = await station.reserve_now(
        id_tag, connector_id=connector, reservation_id=held.identifier, expires=station.expires(seconds), parent_id_tag=parent_id_tag
    )
    if not accepted(answer):
        await _undone_all_the_same(station, held, answer_text(answer))
        raise NotExercised(f"nothing could be reserved: ReserveNow was answered {answer_text(answer)}")
    if connector:
        await told(station, connector, "Reserved")
    return held


async def _undone_all_the_same(station: AuditedStation, held: Held, said: str) -> None:
    """Cancel what was refused, should it have been made: of a connector its status tells, of connector 0 only an attempt to cancel it."""
    if held.connector == 0 and said == "Rejected":
        if accepted(await station.cancel_reservation(held.identifier)):
            station.changed.append(f"connector 0 was reserved although the station had answered {said}; it was undone at once")
    elif held.connector and await station.heard(is_in(held.connector, "Reserved"), station.patience.status):
        what = f"connector {held.connector} became Reserved although it had answered {said}"
        await station.undo(what, station.cancel_reservation(held.identifier), f"it ends by itself within {HELD_SECONDS / 60:g} minutes")
        await told(station, held.connector, "Available")


async def cancelled(station: AuditedStation, held: Held) -> None:
    """Cancel it, and wait until the connector is told to be free."""
    answer = await station.cancel_reservation(held.identifier)
    if accepted(answer) and held.connector:
        freed = await station.heard(lambda shadow: not is_in(held.connector, "Reserved")(shadow), status_wait(station))
        if not freed:
            text = f"connector {held.connector} is still told to be Reserved after CancelReservation was Accepted"
            station.changed.append(f"{text}; its reservation ends by itself within {HELD_SECONDS / 60:g} minutes")
        await station.shows_presence()


async def plugged_in(station: AuditedStation, connector: int, since: int) -> Exchange | None:
    """A person plugs a car in; gives the transaction that begins."""
    text = KeptSentence("Plug a car into connector %(connector)s.", connector=connector)
    await station.person(Action.PLUG, text, lambda shadow: bool(shadow.busy), connector=connector)
    return await station.called("StartTransaction", station.patience.start, since=since)


def to_be_stopped(station: AuditedStation, started: Exchange | None) -> None:
    """A transaction that a person began for the audit is stopped by it as its own are."""
    if started is not None and isinstance(started.payload.get("idTag"), str):
        station.ledger.add(Change(Kind.TRANSACTION, started.payload["idTag"]))


def needs_person(station: AuditedStation) -> None:
    """Nothing is reserved that nobody could use."""
    if station.operator is None:
        raise NotExercised("needs a person who plugs a car in when the connector is reserved, and nobody is there to be asked")
