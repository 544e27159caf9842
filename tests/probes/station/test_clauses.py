"""Clauses of OCPP 1.6 that no other scene of the station shows."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from ocpp.v16.enums import AuthorizationStatus
from websockets.asyncio.server import ServerConnection, serve

from probes.csms.csms import Csms
from probes.csms.state import IdTag, IdTags
from probes.station.authorisation import IdTagInfo
from probes.station.config import StationConfig
from probes.station.configuration import Configuration
from probes.station.meter import CURRENT
from probes.station.registration import BOOT_RETRY_SECONDS, Registration
from probes.station.station import Station
from probes.wire.peer import Answer
from probes.wire.records import Frame
from probes.wire.websocket import SUBPROTOCOL
from tests.probes.doubles import HandClock, settle
from tests.probes.station.test_identification import FULL, listed
from tests.probes.station.test_smart_charging import SMART, in_time, request
from tests.probes.station.test_station import BOUND, CONFIG, Pair, pair, running, sent


async def test_an_identification_without_a_cable_lapses() -> None:
    """1.6ed2 9.1.6; errata 3.76: back to where it was after ConnectionTimeOut, and not before."""
    clock = HandClock()
    config = replace(CONFIG, keys={**CONFIG.keys, "ConnectionTimeOut": "40"})
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            both.present("TAG1")
            await both.saw("StatusNotification", connectorId=1, status="Preparing")
            while 40.0 not in clock.waiting:
                await asyncio.sleep(0.001)
            mark = both.link.transcript.seq
            await clock.advance(39)
            assert station.connectors[1].status == "Preparing"
            await clock.advance(1)
            await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")


async def test_who_began_a_transaction_ends_it_without_being_authorised_again() -> None:
    """1.6ed2 4.1: only another identifier is asked about; 1.6ed2 6.49: the StopTransaction has it."""
    async with pair() as both:
        await both.charge()
        mark = both.link.transcript.seq
        both.present("TAG1")
        assert "idTag" in await both.saw("StopTransaction", after=mark)
        assert "Authorize" not in [record.action for record in both.link.transcript.since(mark) if isinstance(record, Frame)]


async def test_who_is_listed_is_not_cached() -> None:
    """1.6ed2 3.5.3: without the list nothing is known of the one who was on it; of another, whom the CSMS knew, it is."""
    async with pair(listed(LocalPreAuthorize="false", AuthorizationCacheEnabled="true")) as both:
        await both.ask("SendLocalList", FULL)
        for tag in ("TAG1", "OTHER"):
            assert await both.station.identification.authorise(tag) is not None
        await both.ask("ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "false"})
        assert [both.station.identification.known(tag) is not None for tag in ("TAG1", "OTHER")] == [False, True]


async def test_the_list_goes_before_the_cache() -> None:
    """1.6ed2 3.5.3."""
    async with pair(listed(AuthorizationCacheEnabled="true")) as both:
        assert await both.station.identification.authorise("TAG1") is not None
        blocked = {
            "listVersion": 1,
            "updateType": "Full",
            "localAuthorizationList": [{"idTag": "TAG1", "idTagInfo": {"status": "Blocked"}}],
        }
        assert await both.status("SendLocalList", blocked) == "Accepted"
        known = both.station.identification.known("TAG1")
        assert known is not None
        assert known.status == "Blocked"


async def test_a_list_is_not_longer_than_the_station_can_hold() -> None:
    async with pair(listed(LocalAuthListMaxLength="1")) as both:
        assert await both.status("SendLocalList", FULL) == "Failed"


async def test_the_answer_to_a_start_is_cached() -> None:
    """1.6ed2 4.8."""
    keys = {**CONFIG.keys, "AuthorizeRemoteTxRequests": "false", "AuthorizationCacheEnabled": "true"}
    async with pair(replace(CONFIG, keys=keys)) as both:
        both.plug()
        await both.saw("StatusNotification", connectorId=1, status="Preparing")
        assert both.station.identification.known("TAG1") is None
        assert await both.status("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG1"}) == "Accepted"
        while both.station.identification.known("TAG1") is None:
            await asyncio.sleep(0.001)
        assert "Authorize" not in [record.action for record in both.link.transcript.records if isinstance(record, Frame)]


async def test_a_request_that_nobody_answers_is_over_after_message_timeout() -> None:
    """Errata 3.82."""
    clock = HandClock()

    async def silent(websocket: ServerConnection) -> None:
        await websocket.wait_closed()

    async with serve(silent, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        station = Station(replace(CONFIG, keys={**CONFIG.keys, "MessageTimeout": "7"}), url, "CP1", clock=clock)
        async with running(station):
            while 7.0 not in clock.waiting:
                await asyncio.sleep(0.001)
            await clock.advance(7)
            while 7.0 + BOOT_RETRY_SECONDS not in clock.waiting:
                await asyncio.sleep(0.001)


async def test_no_measurands_for_the_stop_give_no_transaction_data() -> None:
    """1.6ed2 3.16.5."""
    async with pair(replace(CONFIG, keys={**CONFIG.keys, "StopTxnSampledData": "", "StopTxnAlignedData": ""})) as both:
        await both.charge()
        both.present("TAG1")
        assert "transactionData" not in await both.saw("StopTransaction")


async def test_clearing_without_any_field_clears_every_profile() -> None:
    """Errata 3.25."""
    async with pair(SMART) as both:
        await both.ask("SetChargingProfile", request(0, number=1, chargingProfilePurpose="ChargePointMaxProfile"))
        await both.ask("SetChargingProfile", request(1, number=2))
        assert await both.status("ClearChargingProfile", {}) == "Accepted"
        assert both.station.smart_charging.installed.all() == ()


async def test_a_transaction_goes_on_without_the_default_profile_that_was_removed() -> None:
    """Errata 3.8."""
    clock = HandClock()
    async with in_time(clock) as both:
        await both.ask("SetChargingProfile", request(limits=((0, 10.0),)))
        await both.charge()
        await clock.advance(10)
        meter = both.station.connectors[1].meter
        assert meter.power == 230 * 10
        assert await both.status("ClearChargingProfile", {}) == "Accepted"
        await settle()
        await clock.advance(10)
        assert meter.power == 230 * CURRENT


async def test_the_limit_of_a_transaction_holds_while_offline() -> None:
    """1.6ed2 3.13.6."""
    clock = HandClock()
    async with in_time(clock) as both:
        await both.charge()
        await clock.advance(10)
        await both.ask("SetChargingProfile", request(limits=((0, 8.0), (600, 4.0)), chargingProfilePurpose="TxProfile"))
        await settle()
        await both.station.power.cut_network()
        await asyncio.wait_for(both.link.closed.wait(), BOUND)
        meter = both.station.connectors[1].meter
        assert meter.power == 230 * 8
        await clock.advance(590)
        await settle()
        assert meter.power == 230 * 4


@pytest.mark.parametrize("name", ["MeterValuesAlignedData", "MeterValuesSampledData", "StopTxnAlignedData", "StopTxnSampledData"])
def test_a_list_is_not_longer_than_its_key_says(name: str) -> None:
    keys = {name: "Energy.Active.Import.Register,Voltage", f"{name}MaxLength": "1"}
    configuration = Configuration(StationConfig("V", "M", "1", keys=keys))
    assert configuration.change(name, "Energy.Active.Import.Register,Voltage") == "Rejected"
    assert configuration.change(name, "Voltage") == "Accepted"


async def test_a_composite_schedule_in_another_unit_is_refused_by_an_error() -> None:
    """Errata 3.24."""
    async with pair(SMART) as both:
        payload = {"connectorId": 1, "duration": 60, "chargingRateUnit": "kW"}
        answer = await both.link.peer.request("GetCompositeSchedule", payload, BOUND)
        assert (answer.kind, answer.error_code) == ("error", "PropertyConstraintViolation")


async def test_every_answer_with_an_id_tag_info_updates_the_cache() -> None:
    """1.6ed2 3.5.1, 4.10: the tag that ended the transaction was valid when it began, and blocked meanwhile."""
    tags: dict[str, AuthorizationStatus | IdTag] = {"TAG1": AuthorizationStatus.accepted}
    keys = {**CONFIG.keys, "AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"}
    async with pair(replace(CONFIG, keys=keys), id_tags=IdTags(tags)) as both:
        await both.charge()
        known = both.station.identification.known
        assert known("TAG1") == IdTagInfo("Accepted")
        tags["TAG1"] = AuthorizationStatus.blocked
        both.present("TAG1")
        await both.saw("StopTransaction")
        while known("TAG1") == IdTagInfo("Accepted"):
            await asyncio.sleep(0.001)
        assert known("TAG1") == IdTagInfo("Blocked")


async def test_a_profile_that_counts_later_replaces_the_one_of_now() -> None:
    """1.6ed2 3.13.2: until its validFrom nothing limits."""
    clock = HandClock()
    async with in_time(clock) as both:
        await both.charge()
        await both.ask("SetChargingProfile", request(limits=((0, 6.0),)))
        await settle()
        await clock.advance(10)
        meter = both.station.connectors[1].meter
        assert meter.current == 6.0
        await both.ask("SetChargingProfile", request(number=2, limits=((0, 8.0),), validFrom="2026-01-01T01:00:00Z"))
        await settle()
        await clock.advance(10)
        assert [each.profile_id for each in both.station.smart_charging.installed.all()] == [2]
        assert meter.current == CURRENT
        await clock.advance(3600)
        await settle()
        assert meter.current == 8.0


async def test_the_abilities_of_smart_charging_are_told() -> None:
    """1.6ed2 3.13.5."""
    names = ["ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit", "ChargingScheduleMaxPeriods"]
    async with pair(SMART) as both:
        told = (await both.ask("GetConfiguration", {"key": [*names, "MaxChargingProfilesInstalled"]})).payload
        values = {entry["key"]: (entry["value"], entry["readonly"]) for entry in told["configurationKey"]}
        assert [values[name] for name in names] == [("2", True), ("Current", True), ("3", True)]
        assert values["MaxChargingProfilesInstalled"] == ("2", True)
        assert await both.status("SetChargingProfile", request(stackLevel=3)) == "Rejected"


@pytest.mark.parametrize("limit", [7.0, None])
async def test_who_begins_offline_has_the_limits_that_there_are(limit: float | None) -> None:
    """1.6ed2 3.13.6: the default profile that came before, and without any profile no limit at all."""
    clock = HandClock()
    config = replace(SMART, keys={**SMART.keys, "AllowOfflineTxForUnknownId": "true"})
    async with in_time(clock, config=config) as both:
        if limit is not None:
            await both.ask("SetChargingProfile", request(limits=((0, limit),)))
        await both.station.power.cut_network()
        await asyncio.wait_for(both.link.closed.wait(), BOUND)
        await both.station.controls.plug()
        await both.station.controls.tag("TAG1")
        await clock.advance(10)
        await settle()
        assert both.station.connectors[1].meter.current == (CURRENT if limit is None else limit)


async def test_while_pending_nothing_is_sent_of_its_own_accord() -> None:
    """1.6ed2 4.2: neither statuses nor heartbeats nor transaction messages, but for what the CSMS asks for."""
    told: list[str] = []

    async def csms(websocket: ServerConnection) -> None:
        async for text in websocket:
            message = json.loads(text)
            told.append(message[2])
            await websocket.send(json.dumps([3, message[1], {"status": "Pending", "currentTime": "2026-01-01T00:00:00Z", "interval": 5}]))

    clock = HandClock()
    keys = {**CONFIG.keys, "AllowOfflineTxForUnknownId": "true", "HeartbeatInterval": "1", "MeterValueSampleInterval": "1"}
    async with serve(csms, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        station = Station(replace(CONFIG, keys=keys), url, "CP1", clock=clock)
        async with running(station):
            for number in range(1, 4):
                while len(told) < number:
                    await clock.advance(1)
                    await asyncio.sleep(0.001)
                if number == 1:
                    await station.controls.plug()
                    await station.controls.tag("TAG1")
                    await station.controls.fault(2)
    assert set(told) == {"BootNotification"}


async def test_messages_of_vendors() -> None:
    """1.6ed2 4.3, 5.6: no such vendor, no such message of it, and one that is known; both ways."""
    known = {"org.example": ("ping",)}
    asked = {
        ("org.other", "ping"): "UnknownVendorId",
        ("org.example", "pong"): "UnknownMessageId",
        ("org.example", "ping"): "Accepted",
        ("org.example", None): "Accepted",
    }
    async with pair(replace(CONFIG, vendor_messages=known), vendor_messages=known) as both:
        for (vendor, message), status in asked.items():
            payload = {"vendorId": vendor} | ({"messageId": message} if message else {})
            assert (await both.ask("DataTransfer", payload)).payload == {"status": status}
            assert (await both.station.call("DataTransfer", payload)).payload == {"status": status}


async def test_a_fixed_cable_has_nothing_to_unlock_whatever_was_configured() -> None:
    """Errata 3.83: the key is told as false, and stays so."""
    config = replace(CONFIG, fixed_cable=True, keys={**CONFIG.keys, "UnlockConnectorOnEVSideDisconnect": "True"})
    async with pair(config) as both:
        told = (await both.ask("GetConfiguration", {"key": ["UnlockConnectorOnEVSideDisconnect"]})).payload
        assert told["configurationKey"] == [{"key": "UnlockConnectorOnEVSideDisconnect", "readonly": True, "value": "false"}]
        assert await both.status("ChangeConfiguration", {"key": "UnlockConnectorOnEVSideDisconnect", "value": "true"}) == "Rejected"


async def test_the_station_as_a_whole_becomes_unavailable_when_the_last_transaction_has_ended() -> None:
    """1.6ed2 5.2: until then connector 0 is scheduled to; a connector that is free changes at once."""
    async with pair() as both:
        await both.charge()
        mark = both.link.transcript.seq
        assert await both.status("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}) == "Scheduled"
        await both.saw("StatusNotification", after=mark, connectorId=2, status="Unavailable")
        both.present("TAG1")
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Unavailable")
        told = [each for each in both.link.transcript.since(mark) if sent("StatusNotification")(each)]
        assert [json.loads(each.raw)[3]["connectorId"] for each in told if isinstance(each, Frame)] == [2, 0, 1]


async def test_who_was_let_in_before_is_not_after() -> None:
    """1.6ed2 5.2: an identification does not outlast that the connector was unavailable."""
    async with pair() as both:
        await both.station.controls.tag("TAG1")
        await both.saw("StatusNotification", connectorId=1, status="Preparing")
        for kind in ("Inoperative", "Operative"):
            assert await both.status("ChangeAvailability", {"connectorId": 1, "type": kind}) == "Accepted"
        await both.station.controls.plug()
        await both.saw("StatusNotification", connectorId=1, status="Preparing")
        assert both.station.connectors[1].transaction is None
        await both.station.controls.tag("TAG1")
        await both.saw("StartTransaction", connectorId=1)


@pytest.mark.parametrize(("behind", "set_back"), [(0.9, False), (1.1, True)])
async def test_a_clock_is_not_set_back_by_what_an_answer_was_on_its_way(behind: float, set_back: bool) -> None:
    """1.6ed2 4.6: it is set by what is more than that."""
    clock = HandClock()
    registration = Registration({}, Configuration(CONFIG), clock)
    before = registration.now()

    async def answered(*_: object) -> Answer:
        return Answer("result", payload={"currentTime": (before - timedelta(seconds=behind)).isoformat()})

    await registration.beat(answered)
    assert (registration.now() < before) is set_back
