"""Cases of reservations that cannot be made: the connector, or the whole station, is in use, out of order or out of service."""

from __future__ import annotations

from collections.abc import Callable, Collection

from probes.cases.catalogue import case
from probes.cases.endings import NotExercised
from probes.cases.prompts import Action
from probes.cases.requests import accepted, answer_text
from probes.cases.reserving import (
    SHORT_SECONDS,
    cancelled,
    free_connector,
    needs_connector_zero,
    needs_reservation,
    new_number,
    reserved,
    status_wait,
)
from probes.cases.station import CROSSING_SECONDS, AuditedStation, Running, is_in
from probes.cases.tags import OTHER_ID_TAG, VALID_ID_TAG
from probes.judge.frames import read
from probes.judge.shadow import BUSY_STATUSES, Shadow
from registry.sentences import KeptSentence


async def _tried(station: AuditedStation, connector: int) -> None:
    """Reserve what should be refused; what was accepted against expectation is cancelled at once."""
    # What was told of the connector must be known to both sides before it counts.
    await station.clock.sleep(CROSSING_SECONDS + 1.0)
    number = new_number()
    answer = await station.reserve_now(OTHER_ID_TAG, connector_id=connector, reservation_id=number, expires=station.expires(SHORT_SECONDS))
    # What crosses with the answer tells whether the connector was still as it had been told.
    await station.silent(CROSSING_SECONDS + 1.0)
    if accepted(answer):
        what = f"a reservation of connector {connector} was accepted that should have been refused"
        await station.undo(what, station.cancel_reservation(number), f"it ends by itself after {SHORT_SECONDS:g} s")


async def _shows_that_it_takes_some(station: AuditedStation, connector: int) -> None:
    """A station that refuses every reservation may be configured to: only of one that takes some a wrong word can be told."""
    for exchange in read(station.transcript.since(station.since)).exchanges:
        if (
            exchange.action == "ReserveNow"
            and exchange.status == "Accepted"
            and (exchange.payload.get("connectorId") == 0) == (connector == 0)
        ):
            return
    held = await reserved(station, connector, VALID_ID_TAG, SHORT_SECONDS)
    await cancelled(station, held)


@case("TC_048_1_CS")
async def reserve_faulted(station: AuditedStation) -> None:
    """Reservation of a Connector - Faulted."""
    await needs_reservation(station)
    connector = await free_connector(station)
    await _shows_that_it_takes_some(station, connector)
    await _broken(station, connector)
    try:
        await _tried(station, connector)
    finally:
        await _repaired(station, [connector])


@case("TC_048_2_CS")
async def reserve_occupied(station: AuditedStation) -> None:
    """Reservation of a Connector - Occupied."""
    await needs_reservation(station)
    running = await station.charging()
    await _goes_on(station, [running])
    await _tried(station, running.connector)


@case("TC_048_3_CS")
async def reserve_unavailable(station: AuditedStation) -> None:
    """Reservation of a Connector - Unavailable."""
    await needs_reservation(station)
    connector = await free_connector(station)
    await _shows_that_it_takes_some(station, connector)
    await _inoperative(station, connector)
    await _tried(station, connector)


async def _inoperative(station: AuditedStation, connector: int) -> None:
    answer = await station.change_availability(connector, "Inoperative")
    numbers = [connector] if connector else [number for number in station.shadow.connectors if number]

    def unavailable(shadow: Shadow) -> bool:
        return all(is_in(number, "Unavailable")(shadow) for number in numbers)

    if not accepted(answer):
        raise NotExercised(f"connector {connector} could not be made Inoperative: ChangeAvailability was answered {answer_text(answer)}")
    if not await station.heard(unavailable, status_wait(station)):
        raise NotExercised(f"connector {connector} was not reported Unavailable")


async def _broken(station: AuditedStation, connector: int) -> None:
    text = KeptSentence(
        "Bring connector %(connector)s into a fault, as its maker describes it, or by pressing the emergency stop.", connector=connector
    )
    await station.person(Action.FAULT, text, is_in(connector, "Faulted"), connector=connector)


async def _repaired(station: AuditedStation, connectors: Collection[int]) -> None:
    for connector in connectors:
        faulted = is_in(connector, "Faulted")
        if faulted(station.shadow):
            await station.person(
                Action.REPAIR,
                KeptSentence("Clear the fault of connector %(connector)s.", connector=connector),
                _isnt(faulted),
                connector=connector,
            )


def _isnt(holds: Callable[[Shadow], bool]) -> Callable[[Shadow], bool]:
    return lambda shadow: not holds(shadow)


async def _goes_on(station: AuditedStation, all_running: Collection[Running]) -> None:
    """Wait until every transaction is told as such: the status comes when it pleases, before or after StartTransaction."""

    def busy(shadow: Shadow) -> bool:
        states = [shadow.connectors.get(running.connector) for running in all_running]
        return all(state is not None and state.status in BUSY_STATUSES for state in states)

    await station.heard(busy, status_wait(station))


@case("TC_050_1_CS")
async def reserve_faulted_station(station: AuditedStation) -> None:
    """Reservation of a Charge Point - Faulted."""
    await needs_connector_zero(station, supported=True)
    await free_connector(station)
    await _shows_that_it_takes_some(station, 0)
    connectors = [number for number in station.shadow.connectors if number]
    try:
        for connector in connectors:
            if not is_in(0, "Faulted")(station.shadow):
                await _broken(station, connector)
        await _tried(station, 0)
    finally:
        await _repaired(station, [*connectors, 0])


@case("TC_050_2_CS")
async def reserve_occupied_station(station: AuditedStation) -> None:
    """Reservation of a Charge Point - Occupied: a transaction on every connector."""
    await needs_connector_zero(station, supported=True)
    first = await station.charging()
    others = sorted(number for number in station.shadow.connectors if number and number != first.connector)
    await _goes_on(station, [first, *[await _charging_too(station, connector) for connector in others]])
    await _tried(station, 0)


async def _charging_too(station: AuditedStation, connector: int) -> Running:
    """A transaction on one more connector."""
    if not is_in(connector, "Preparing")(station.shadow):
        await station.person(
            Action.PLUG,
            KeptSentence("Plug a car into connector %(connector)s, too.", connector=connector),
            is_in(connector, "Preparing"),
            connector=connector,
        )
    since = station.transcript.seq
    answer = await station.remote_start_transaction(OTHER_ID_TAG, connector_id=connector)
    started = await station.called("StartTransaction", station.patience.start, since=since) if accepted(answer) else None
    number = (started.result or {}).get("transactionId") if started else None
    if not isinstance(number, int):
        raise NotExercised(f"a transaction could not be started on connector {connector}")
    return Running(connector, number, since)


@case("TC_050_3_CS")
async def reserve_unavailable_station(station: AuditedStation) -> None:
    """Reservation of a Charge Point - Unavailable."""
    await needs_connector_zero(station, supported=True)
    await free_connector(station)
    await _shows_that_it_takes_some(station, 0)
    await _inoperative(station, 0)
    await _tried(station, 0)


@case("TC_050_4_CS")
async def reserve_station_unsupported(station: AuditedStation) -> None:
    """Reservation of a Charge Point - Rejected, where it is not supported."""
    await needs_connector_zero(station, supported=False)
    await station.needs_idle()
    number = new_number()
    answer = await station.reserve_now(OTHER_ID_TAG, connector_id=0, reservation_id=number, expires=station.expires(SHORT_SECONDS))
    if accepted(answer):
        what = "the station accepted a reservation of connector 0, which it says not to support"
        await station.undo(what, station.cancel_reservation(number), f"it ends by itself after {SHORT_SECONDS:g} s")
