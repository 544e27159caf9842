"""Reservations: the rules by themselves, then over real sockets (OCPP 1.6 sections 5.1 and 5.13)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ocpp.v16.enums import ChargePointStatus

from probes.csms.csms import Csms
from probes.csms.state import IdTag, IdTags
from probes.station.reservations import Reservation, Reservations
from probes.station.station import Station
from tests.probes.doubles import BEGINNING, HandClock
from tests.probes.station.test_station import BOUND, CONFIG, Pair, pair, running, sent

SOON = BEGINNING + timedelta(minutes=5)
FREE, RESERVED = ChargePointStatus.available, ChargePointStatus.reserved
CHARGING, FAULTED, UNAVAILABLE = ChargePointStatus.charging, ChargePointStatus.faulted, ChargePointStatus.unavailable


def reserved(*held: Reservation) -> Reservations:
    reservations = Reservations()
    for each in held:
        assert reservations.add(each, {1: FREE, 2: FREE}, zero_supported=True, now=BEGINNING) == "Accepted"
    return reservations


@pytest.mark.parametrize(
    ("connector", "statuses", "zero", "status"),
    [
        (1, {1: FREE, 2: CHARGING}, False, "Accepted"),
        (1, {1: CHARGING, 2: FREE}, False, "Occupied"),
        (1, {1: ChargePointStatus.preparing}, False, "Occupied"),
        (1, {1: FAULTED}, False, "Faulted"),
        (1, {1: UNAVAILABLE}, False, "Unavailable"),
        (3, {1: FREE, 2: FREE}, False, "Rejected"),
        (0, {1: FREE, 2: CHARGING}, False, "Rejected"),
        (0, {1: FREE, 2: CHARGING}, True, "Accepted"),
        (0, {1: CHARGING, 2: FAULTED}, True, "Occupied"),
        (0, {1: UNAVAILABLE, 2: FAULTED}, True, "Unavailable"),
        (0, {1: FAULTED, 2: FAULTED}, True, "Faulted"),
    ],
)
def test_answers(connector: int, statuses: dict[int, ChargePointStatus], zero: bool, status: str) -> None:
    assert Reservations().add(Reservation(1, connector, "A", SOON), statuses, zero_supported=zero, now=BEGINNING) == status


def test_a_reserved_connector_is_occupied_but_for_the_same_reservation() -> None:
    reservations = reserved(Reservation(1, 1, "A", SOON))
    statuses = {1: RESERVED, 2: FREE}
    assert reservations.add(Reservation(2, 1, "A", SOON), statuses, zero_supported=True, now=BEGINNING) == "Occupied"
    assert reservations.add(Reservation(1, 2, "B", SOON), statuses, zero_supported=True, now=BEGINNING) == "Accepted"
    assert (reservations.on(1), reservations.on(2)) == (None, Reservation(1, 2, "B", SOON))


def test_an_expiry_in_the_past_is_rejected() -> None:
    assert Reservations().add(Reservation(1, 1, "A", BEGINNING), {1: FREE}, zero_supported=True, now=BEGINNING) == "Rejected"


def test_no_more_is_promised_than_there_is() -> None:
    reservations = reserved(Reservation(1, 0, "A", SOON), Reservation(2, 1, "B", SOON))
    statuses = {1: RESERVED, 2: FREE}
    for connector in (0, 2):
        assert reservations.add(Reservation(3, connector, "C", SOON), statuses, zero_supported=True, now=BEGINNING) == "Occupied"


def test_who_may_start() -> None:
    one = reserved(Reservation(1, 1, "A", SOON, "GROUP"))
    assert one.admits(1, "a", None, [1, 2])
    assert one.admits(1, "X", "GROUP", [1, 2])
    assert not one.admits(1, "X", None, [1, 2])
    assert one.admits(2, "X", None, [1, 2])
    assert not reserved(Reservation(1, 1, "A", SOON)).admits(1, "X", None, [1, 2])
    any_one = reserved(Reservation(1, 0, "A", SOON))
    assert any_one.admits(1, "X", None, [1, 2])
    assert not any_one.admits(1, "X", None, [1])
    assert any_one.admits(1, "A", None, [1])


def test_what_is_used_ends() -> None:
    reservations = reserved(Reservation(1, 0, "A", SOON), Reservation(2, 1, "B", SOON))
    assert reservations.used(2, "B", None) is None
    assert reservations.used(2, "A", None) == Reservation(1, 0, "A", SOON)
    assert reservations.used(1, "B", None) == Reservation(2, 1, "B", SOON)
    assert reservations.all() == ()


# --- over sockets

RESERVING = replace(CONFIG, profiles=("Core", "Reservation"))


def request(reservation_id: int = 7, connector: int = 1, tag: str = "TAG1", **more: Any) -> dict[str, Any]:
    return {"connectorId": connector, "expiryDate": "2099-01-01T00:00:00Z", "idTag": tag, "reservationId": reservation_id, **more}


async def test_reserved_for_one_tag_and_used_by_it() -> None:
    async with pair(RESERVING) as both:
        assert await both.status("ReserveNow", request()) == "Accepted"
        await both.saw("StatusNotification", connectorId=1, status="Reserved")
        assert await both.status("ReserveNow", request(8)) == "Occupied"
        both.plug()
        await both.station.charging.present(both.station.connectors[1], "OTHER")
        assert both.station.connectors[1].transaction is None
        both.present("TAG1")
        assert (await both.saw("StartTransaction", connectorId=1))["reservationId"] == 7
        assert await both.status("CancelReservation", {"reservationId": 7}) == "Rejected"


async def test_cancelled() -> None:
    async with pair(RESERVING) as both:
        await both.ask("ReserveNow", request())
        await both.saw("StatusNotification", connectorId=1, status="Reserved")
        mark = both.link.transcript.seq
        assert await both.status("CancelReservation", {"reservationId": 7}) == "Accepted"
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")
        assert await both.status("CancelReservation", {"reservationId": 7}) == "Rejected"


async def test_a_fault_and_unavailability_end_it() -> None:
    async with pair(RESERVING) as both:
        await both.ask("ReserveNow", request(7, 1))
        await both.ask("ReserveNow", request(8, 2))
        await both.station.charging.fault(both.station.connectors[1])
        await both.saw("StatusNotification", connectorId=1, status="Faulted")
        assert await both.status("ReserveNow", request(9, 1)) == "Faulted"
        assert await both.status("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}) == "Accepted"
        assert await both.status("ReserveNow", request(9, 2)) == "Unavailable"
        await both.station.charging.repair(both.station.connectors[1])
        assert both.station.connectors[1].status == "Available"
        assert both.station.reservations.all() == ()


async def test_connector_nought_needs_the_key() -> None:
    async with pair(RESERVING) as both:
        assert await both.status("ReserveNow", request(connector=0)) == "Rejected"
    keys = {**CONFIG.keys, "ReserveConnectorZeroSupported": "true"}
    async with pair(replace(RESERVING, keys=keys)) as both:
        assert await both.status("ReserveNow", request(connector=0)) == "Accepted"
        both.plug()
        both.present("OTHER")
        await both.saw("StartTransaction", connectorId=1)
        await both.station.charging.plug(both.station.connectors[2])
        await both.station.charging.present(both.station.connectors[2], "THIRD")
        assert both.station.connectors[2].transaction is None
        both.present("TAG1", 2)
        assert (await both.saw("StartTransaction", connectorId=2))["reservationId"] == 7


async def test_it_expires() -> None:
    clock = HandClock()
    async with Csms(clock=clock) as csms:
        station = Station(RESERVING, csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            assert await both.status("ReserveNow", request() | {"expiryDate": "2026-01-01T00:01:00Z"}) == "Accepted"
            await both.saw("StatusNotification", connectorId=1, status="Reserved")
            while 60.0 not in clock.waiting:
                await asyncio.sleep(0.001)
            mark = both.link.transcript.seq
            await clock.advance(60)
            await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")


async def test_a_station_that_takes_none_or_is_out_of_order_says_so() -> None:
    """1.6ed2 5.13: Rejected by configuration, Faulted and Unavailable also when the station as a whole is."""
    async with pair(replace(RESERVING, takes_reservations=False)) as both:
        assert await both.status("ReserveNow", request()) == "Rejected"
    async with pair(RESERVING) as both:
        await both.station.controls.door_open()
        assert await both.status("ReserveNow", request()) == "Faulted"
        await both.station.controls.door_close()
        await both.ask("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
        await both.ask("ChangeAvailability", {"connectorId": 1, "type": "Operative"})
        assert await both.status("ReserveNow", request()) == "Unavailable"


@pytest.mark.parametrize("how", ["fault", "unavailability"])
async def test_of_a_station_out_of_order_every_reservation_ends(how: str) -> None:
    """1.6ed2 5.13: also that of connector 0."""
    async with pair(replace(RESERVING, keys={**CONFIG.keys, "ReserveConnectorZeroSupported": "true"})) as both:
        assert await both.status("ReserveNow", request(7, 0)) == "Accepted"
        assert await both.status("ReserveNow", request(8, 1)) == "Accepted"
        if how == "fault":
            await both.station.controls.door_open()
        else:
            await both.ask("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})
        assert both.station.reservations.all() == ()


@pytest.mark.parametrize("authorised_first", ["false", "true"])
async def test_whose_group_somebody_is_of_is_asked(authorised_first: str) -> None:
    """1.6ed2 5.13: neither listed nor cached, so by Authorize; then the group is let in, and nobody else."""
    tags = IdTags({"TAG2": IdTag(parent="GROUP"), "TAG3": IdTag(parent="OTHERS")})
    keys = {**CONFIG.keys, "AuthorizeRemoteTxRequests": authorised_first}
    async with pair(replace(RESERVING, keys=keys), id_tags=tags) as both:
        assert await both.status("ReserveNow", request(parentIdTag="GROUP")) == "Accepted"
        await both.station.controls.plug()
        for tag in ("TAG3", "TAG2"):
            mark = both.link.transcript.seq
            assert await both.status("RemoteStartTransaction", {"connectorId": 1, "idTag": tag}) == "Accepted"
            await both.saw("Authorize", after=mark)
        assert (await both.saw("StartTransaction", connectorId=1))["reservationId"] == 7
        starts = [record for record in both.link.transcript.records if sent("StartTransaction")(record)]
        assert len(starts) == 1


async def test_a_remote_start_without_a_connector_finds_the_one_that_is_kept() -> None:
    """1.6ed2 5.11: for its identifier the reserved one, for others the one with a cable in it."""
    async with pair(replace(RESERVING, connectors=3)) as both:
        assert await both.status("ReserveNow", request(7, 2)) == "Accepted"
        for connector in (2, 3):
            await both.station.controls.plug(connector)
        assert await both.status("RemoteStartTransaction", {"idTag": "OTHER"}) == "Accepted"
        await both.saw("StartTransaction", connectorId=3)
        assert await both.status("RemoteStartTransaction", {"idTag": "TAG1"}) == "Accepted"
        assert (await both.saw("StartTransaction", connectorId=2))["reservationId"] == 7
