"""Cases of reservations that are made: who can use them, and how they end.

Only free connectors are reserved, each for a short time; what is left is cancelled by the audit, and ends by itself in any case.
"""

from __future__ import annotations

from ocpp.v16.enums import AuthorizationStatus

from probes.cases.catalogue import case
from probes.cases.people import needs_reader, persons_tag, presents_it_again
from probes.cases.prompts import Action
from probes.cases.requests import accepted
from probes.cases.reserving import (
    EXPIRY_SECONDS,
    HELD_SECONDS,
    SHORT_SECONDS,
    cancelled,
    free_connector,
    needs_connector_zero,
    needs_person,
    needs_reservation,
    new_number,
    plugged_in,
    reserved,
    status_wait,
    to_be_stopped,
)
from probes.cases.station import CROSSING_SECONDS, AuditedStation, is_in
from probes.cases.tags import OTHER_ID_TAG, PARENT_ID_TAG, SECOND_ID_TAG, VALID_ID_TAG
from probes.csms.state import IdTag, IdTags
from probes.judge.times import STATUS_SECONDS
from registry.sentences import KeptSentence


@case("TC_046_1_CS")
async def reserved_and_started_locally(station: AuditedStation) -> None:
    """Reservation of a Connector - Local start transaction."""
    await needs_reservation(station)
    needs_reader(station)
    connector = await free_connector(station)
    id_tag = await persons_tag(station, connector)
    await reserved(station, connector, id_tag, HELD_SECONDS)
    await station.clock.sleep(CROSSING_SECONDS + 1.0)
    since = station.transcript.seq
    await presents_it_again(station, connector)
    to_be_stopped(station, await plugged_in(station, connector, since))


@case("TC_046_2_CS")
async def reserved_and_started_remotely(station: AuditedStation) -> None:
    """Reservation of a Connector - Remote start transaction: not by somebody else, but by the one it is for."""
    await needs_reservation(station)
    connector = await free_connector(station)
    needs_person(station)
    await reserved(station, connector, VALID_ID_TAG, HELD_SECONDS)
    await station.clock.sleep(CROSSING_SECONDS + 1.0)
    since = station.transcript.seq
    if accepted(await station.remote_start_transaction(OTHER_ID_TAG, connector_id=connector)):
        # Accepted is no transaction yet: the station may have to ask first whose tag that is.
        await station.person(
            Action.PLUG, KeptSentence("Plug a car into connector %(connector)s.", connector=connector), connector=connector
        )
        if await station.called("StartTransaction", station.patience.start, since=since) is not None:
            return
        await station.remote_start_transaction(VALID_ID_TAG, connector_id=connector)
        await station.called("StartTransaction", station.patience.start, since=since)
    elif accepted(await station.remote_start_transaction(VALID_ID_TAG, connector_id=connector)):
        await plugged_in(station, connector, since)


@case("TC_047_CS")
async def reservation_expires(station: AuditedStation) -> None:
    """Reservation of a Connector - Expire: then it is free for others."""
    await needs_reservation(station)
    connector = await free_connector(station)
    seconds = EXPIRY_SECONDS + status_wait(station) - STATUS_SECONDS
    await reserved(station, connector, VALID_ID_TAG, seconds)
    await station.heard(is_in(connector, "Available"), seconds + status_wait(station))
    await station.shows_presence()
    if is_in(connector, "Available")(station.shadow):
        await cancelled(station, await reserved(station, connector, OTHER_ID_TAG, SHORT_SECONDS))


@case("TC_051_CS")
async def reservation_cancelled(station: AuditedStation) -> None:
    """Cancel Reservation: then it is free for others."""
    await needs_reservation(station)
    connector = await free_connector(station)
    await cancelled(station, await reserved(station, connector, VALID_ID_TAG, SHORT_SECONDS))
    if is_in(connector, "Available")(station.shadow):
        await cancelled(station, await reserved(station, connector, OTHER_ID_TAG, SHORT_SECONDS))


@case("TC_052_CS")
async def unknown_reservation_cancelled(station: AuditedStation) -> None:
    """Cancel Reservation - Rejected: the reservation that there is stays."""
    await needs_reservation(station)
    connector = await free_connector(station)
    held = await reserved(station, connector, VALID_ID_TAG, SHORT_SECONDS)
    unknown = new_number()
    if accepted(await station.cancel_reservation(unknown)):
        # Had there been one, there is none any more: a second time tells.
        await station.cancel_reservation(unknown)
    await cancelled(station, held)


@case("TC_053_1_CS")
async def reserved_for_a_group_locally(station: AuditedStation) -> None:
    """Use a reserved Connector with parentIdTag - Local: whose card it is does not matter, this CSMS says that it belongs to the group."""
    await needs_reservation(station)
    needs_reader(station)
    connector = await free_connector(station)
    needs_person(station)
    station.steering.id_tags = IdTags(others=IdTag(AuthorizationStatus.accepted, parent=PARENT_ID_TAG))
    await reserved(station, connector, VALID_ID_TAG, HELD_SECONDS, PARENT_ID_TAG)
    await station.clock.sleep(CROSSING_SECONDS + 1.0)
    since = station.transcript.seq
    await station.person(
        Action.PRESENT_TAG,
        KeptSentence("Hold your card to the reader of connector %(connector)s.", connector=connector),
        connector=connector,
    )
    to_be_stopped(station, await plugged_in(station, connector, since))


@case("TC_053_2_CS")
async def reserved_for_a_group_remotely(station: AuditedStation) -> None:
    """Use a reserved Connector with parentIdTag - Remote."""
    await needs_reservation(station)
    connector = await free_connector(station)
    needs_person(station)
    await station.configured("AuthorizeRemoteTxRequests", "true")
    await reserved(station, connector, VALID_ID_TAG, HELD_SECONDS, PARENT_ID_TAG)
    await station.clock.sleep(CROSSING_SECONDS + 1.0)
    since = station.transcript.seq
    if accepted(await station.remote_start_transaction(SECOND_ID_TAG, connector_id=connector)):
        await plugged_in(station, connector, since)


@case("TC_049_CS")
async def station_reserved(station: AuditedStation) -> None:
    """Reservation of a Charge Point - Transaction."""
    await needs_connector_zero(station, supported=True)
    connector = await free_connector(station)
    needs_person(station)
    await reserved(station, 0, VALID_ID_TAG, HELD_SECONDS)
    await station.clock.sleep(CROSSING_SECONDS + 1.0)
    since = station.transcript.seq
    if accepted(await station.remote_start_transaction(VALID_ID_TAG, connector_id=connector)):
        await plugged_in(station, connector, since)
