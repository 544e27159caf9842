"""The built-in station over real sockets, against the built-in CSMS and against a CSMS made of nothing but the library."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import ocpp.v16
import pytest
from ocpp.routing import on
from ocpp.v16 import call, call_result
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve

from probes.csms.csms import Csms, StationLink
from probes.csms.state import IdTags
from probes.station.config import StationConfig
from probes.station.station import Station
from probes.wire.peer import Answer
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record
from probes.wire.schemas import violations
from probes.wire.websocket import SUBPROTOCOL
from registry.errors import CannotBegin
from tests.probes.doubles import HandClock, settle

BOUND = 60.0
CONFIG = StationConfig(
    vendor="Vendor",
    model="Model",
    software_version="1.0",
    connectors=2,
    keys={
        "HeartbeatInterval": "300",
        "ConnectionTimeOut": "30",
        "GetConfigurationMaxKeys": "5",
        "NumberOfConnectors": "2",
        "SupportedFeatureProfiles": "Core",
        "MeterValueSampleInterval": "0",
        "MeterValuesSampledData": "Energy.Active.Import.Register,Voltage",
        "StopTxnSampledData": "Energy.Active.Import.Register",
        "StopTransactionOnEVSideDisconnect": "true",
        "StopTransactionOnInvalidId": "true",
        "AuthorizeRemoteTxRequests": "true",
        "TransactionMessageAttempts": "2",
        "TransactionMessageRetryInterval": "0",
    },
    reboot_seconds=0.01,
)


def sent(action: str, **fields: Any) -> Any:
    """Whether a record is this call of the station, with these fields."""

    def look(record: Record) -> bool:
        if not isinstance(record, Frame) or record.message_type is not MessageType.CALL or record.direction is not Direction.FROM_STATION:
            return False
        return record.action == action and fields.items() <= json.loads(record.raw)[3].items()

    return look


class Pair:
    """A station and a CSMS that are connected; the station has reported all its connectors."""

    def __init__(self, csms: Csms, station: Station, link: StationLink) -> None:
        self.csms, self.station, self.link = csms, station, link

    async def ask(self, action: str, payload: dict[str, Any]) -> Answer:
        assert violations(action, False, payload) == []
        answer = await self.link.peer.request(action, payload, BOUND)
        if answer.kind == "result":
            assert violations(action, True, answer.payload) == []
        return answer

    async def status(self, action: str, payload: dict[str, Any]) -> Any:
        return (await self.ask(action, payload)).payload["status"]

    async def saw(self, action: str, *, after: int = 0, **fields: Any) -> dict[str, Any]:
        record = await self.link.transcript.wait_for(sent(action, **fields), BOUND, after=after)
        assert isinstance(record, Frame), f"no {action} with {fields}"
        payload: dict[str, Any] = json.loads(record.raw)[3]
        return payload

    def plug(self, connector: int = 1) -> None:
        self.station.spawn(self.station.charging.plug(self.station.connectors[connector]))

    def unplug(self, connector: int = 1) -> None:
        self.station.spawn(self.station.charging.unplug(self.station.connectors[connector]))

    def present(self, id_tag: str, connector: int = 1) -> None:
        self.station.spawn(self.station.charging.present(self.station.connectors[connector], id_tag))

    async def charge(self) -> int:
        """A transaction on connector 1; gives its id."""
        mark = self.link.transcript.seq
        self.plug()
        self.present("TAG1")
        await self.saw("StartTransaction", after=mark, connectorId=1)
        await self.saw("StatusNotification", after=mark, connectorId=1, status="Charging")
        transaction = self.station.connectors[1].transaction
        assert transaction is not None
        while transaction.transaction_id is None:
            await asyncio.sleep(0)
        return transaction.transaction_id


@asynccontextmanager
async def running(station: Station) -> AsyncIterator[None]:
    task = asyncio.create_task(station.run())
    try:
        async with asyncio.timeout(4 * BOUND):
            yield
    finally:
        station.stop()
        await asyncio.wait_for(task, BOUND)


@asynccontextmanager
async def pair(config: StationConfig = CONFIG, **csms_options: Any) -> AsyncIterator[Pair]:
    async with Csms(**csms_options) as csms:
        station = Station(config, csms.url, "CP1", randomness=random.Random(1))
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=config.connectors)
            yield both


# --- coming up


async def test_boot_then_states_of_all_connectors() -> None:
    async with pair() as both:
        calls = [record for record in both.link.transcript.records if isinstance(record, Frame) and record.message_type is MessageType.CALL]
        told = [(record.action, json.loads(record.raw)[3].get("connectorId")) for record in calls]
        assert told == [("BootNotification", None), ("StatusNotification", 0), ("StatusNotification", 1), ("StatusNotification", 2)]
        assert both.link.boot == {"chargePointVendor": "Vendor", "chargePointModel": "Model", "firmwareVersion": "1.0"}
        for record in calls:
            assert violations(str(record.action), False, json.loads(record.raw)[3]) == []


async def test_the_interval_of_the_csms_becomes_the_heartbeat_interval() -> None:
    async with pair(heartbeat_interval=123) as both:
        answer = await both.ask("GetConfiguration", {"key": ["HeartbeatInterval"]})
        assert answer.payload["configurationKey"] == [{"key": "HeartbeatInterval", "readonly": False, "value": "123"}]


async def test_heartbeats_follow_the_key() -> None:
    async with pair() as both:
        assert await both.status("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "1"}) == "Accepted"
        await both.saw("Heartbeat")


# --- the Core operations


async def test_get_configuration() -> None:
    async with pair() as both:
        everything = await both.ask("GetConfiguration", {})
        assert {entry["key"]: entry["value"] for entry in everything.payload["configurationKey"]} == CONFIG.keys
        some = await both.ask("GetConfiguration", {"key": ["numberofconnectors", "Nonsense"]})
        assert some.payload == {
            "configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "2"}],
            "unknownKey": ["Nonsense"],
        }
        too_many = await both.ask("GetConfiguration", {"key": list("abcdef")})
        assert (too_many.kind, too_many.error_code) == ("error", "OccurenceConstraintViolation")


@pytest.mark.parametrize(
    ("action", "payload", "status"),
    [
        ("ChangeConfiguration", {"key": "Nonsense", "value": "1"}, "NotSupported"),
        ("ChangeConfiguration", {"key": "NumberOfConnectors", "value": "1"}, "Rejected"),
        ("ChangeAvailability", {"connectorId": 3, "type": "Inoperative"}, "Rejected"),
        ("ChangeAvailability", {"connectorId": 1, "type": "Operative"}, "Accepted"),
        ("ClearCache", {}, "Rejected"),
        ("DataTransfer", {"vendorId": "anybody"}, "UnknownVendorId"),
        ("RemoteStartTransaction", {"connectorId": 0, "idTag": "A"}, "Rejected"),
        ("RemoteStartTransaction", {"connectorId": 3, "idTag": "A"}, "Rejected"),
        ("RemoteStopTransaction", {"transactionId": 1}, "Rejected"),
        ("UnlockConnector", {"connectorId": 0}, "NotSupported"),
        ("UnlockConnector", {"connectorId": 3}, "NotSupported"),
        ("UnlockConnector", {"connectorId": 1}, "Unlocked"),
    ],
)
async def test_plain_answers(action: str, payload: dict[str, Any], status: str) -> None:
    async with pair() as both:
        assert await both.status(action, payload) == status


async def test_a_fixed_cable_has_no_lock() -> None:
    async with pair(replace(CONFIG, fixed_cable=True)) as both:
        assert await both.status("UnlockConnector", {"connectorId": 1}) == "NotSupported"


async def test_a_cache_can_be_cleared_where_there_is_one() -> None:
    async with pair(replace(CONFIG, keys={**CONFIG.keys, "AuthorizationCacheEnabled": "true"})) as both:
        assert await both.status("ClearCache", {}) == "Accepted"


OTHER_PROFILES: dict[str, dict[str, Any]] = {
    "GetDiagnostics": {"location": "ftp://h/d"},
    "UpdateFirmware": {"location": "ftp://h/f", "retrieveDate": "2026-01-01T00:00:00Z"},
    "GetLocalListVersion": {},
    "SendLocalList": {"listVersion": 1, "updateType": "Full"},
    "ReserveNow": {"connectorId": 1, "idTag": "A", "reservationId": 1, "expiryDate": "2026-01-01T00:00:00Z"},
    "CancelReservation": {"reservationId": 1},
    "SetChargingProfile": {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]},
        },
    },
    "ClearChargingProfile": {},
    "GetCompositeSchedule": {"connectorId": 1, "duration": 60},
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "ExtendedTriggerMessage": {"requestedMessage": "Heartbeat"},
    "GetLog": {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": "ftp://h/l"}},
}


async def test_what_is_not_certified_is_refused() -> None:
    async with pair() as both:
        for action, payload in OTHER_PROFILES.items():
            answer = await both.ask(action, payload)
            assert (action, answer.kind, answer.error_code) == (action, "error", "NotSupported")
        unknown = await both.link.peer.request("Explode", {}, BOUND)
        assert (unknown.kind, unknown.error_code) == ("error", "NotImplemented")
        assert both.station.connectors[1].status == "Available"


async def test_availability_of_one_and_of_all() -> None:
    async with pair() as both:
        assert await both.status("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}) == "Accepted"
        await both.saw("StatusNotification", connectorId=1, status="Unavailable")
        assert await both.status("RemoteStartTransaction", {"connectorId": 1, "idTag": "A"}) == "Rejected"
        mark = both.link.transcript.seq
        assert await both.status("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}) == "Accepted"
        await both.saw("StatusNotification", after=mark, connectorId=0, status="Unavailable")
        await both.saw("StatusNotification", after=mark, connectorId=2, status="Unavailable")
        mark = both.link.transcript.seq
        assert await both.status("ChangeAvailability", {"connectorId": 0, "type": "Operative"}) == "Accepted"
        for connector in (0, 1, 2):
            await both.saw("StatusNotification", after=mark, connectorId=connector, status="Available")


# --- transactions


async def test_plug_tag_tag_unplug() -> None:
    async with pair() as both:
        transaction_id = await both.charge()
        await both.saw("StatusNotification", connectorId=1, status="Preparing")
        both.present("tag1")
        stop = await both.saw("StopTransaction", transactionId=transaction_id, reason="Local")
        assert violations("StopTransaction", False, stop) == []
        contexts = [value["sampledValue"][0]["context"] for value in stop["transactionData"]]
        assert contexts == ["Transaction.Begin", "Transaction.End"]
        await both.saw("StatusNotification", connectorId=1, status="Finishing")
        mark = both.link.transcript.seq
        both.unplug()
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")
        assert both.link.state.transactions[transaction_id].meter_stop is not None


async def test_another_tag_stops_nothing() -> None:
    async with pair() as both:
        await both.charge()
        await both.station.charging.present(both.station.connectors[1], "OTHER")
        assert both.station.connectors[1].transaction is not None


async def test_remote_start_and_stop() -> None:
    async with pair() as both:
        assert await both.status("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG1"}) == "Accepted"
        await both.saw("Authorize")
        await both.saw("StatusNotification", connectorId=1, status="Preparing")
        assert await both.status("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG2"}) == "Rejected"
        both.plug()
        await both.saw("StartTransaction", connectorId=1)
        assert await both.status("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}) == "Scheduled"
        transaction_id = next(iter(both.link.state.transactions))
        assert await both.status("RemoteStopTransaction", {"transactionId": transaction_id}) == "Accepted"
        await both.saw("StopTransaction", transactionId=transaction_id, reason="Remote")
        await both.saw("StatusNotification", connectorId=1, status="Unavailable")


async def test_remote_start_of_any_connector() -> None:
    async with pair() as both:
        assert await both.status("RemoteStartTransaction", {"idTag": "TAG1"}) == "Accepted"
        await both.saw("StatusNotification", connectorId=1, status="Preparing")
        assert await both.status("RemoteStartTransaction", {"idTag": "TAG1"}) == "Accepted"
        await both.saw("StatusNotification", connectorId=2, status="Preparing")
        assert await both.status("RemoteStartTransaction", {"idTag": "TAG1"}) == "Rejected"


async def test_a_tag_that_may_not_charge() -> None:
    async with pair(id_tags=IdTags(others=AuthorizationStatus.blocked)) as both:
        assert await both.status("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG1"}) == "Accepted"
        await both.saw("Authorize")
        await both.ask("GetConfiguration", {})
        assert both.station.connectors[1].status == "Available"


async def test_unplugging_and_unlocking_end_a_transaction_with_their_reason() -> None:
    async with pair() as both:
        await both.charge()
        both.unplug()
        await both.saw("StopTransaction", reason="EVDisconnected")
        await both.charge()
        assert await both.status("UnlockConnector", {"connectorId": 1}) == "Unlocked"
        await both.saw("StopTransaction", reason="UnlockCommand")


@pytest.mark.parametrize(("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")])
async def test_reset(kind: str, reason: str) -> None:
    async with pair() as both:
        await both.charge()
        assert await both.status("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}) == "Accepted"
        mark = both.link.transcript.seq
        assert await both.status("Reset", {"type": kind}) == "Accepted"
        await both.saw("StopTransaction", after=mark, reason=reason)
        await both.csms.station("CP1", BOUND, after=both.link)
        await both.saw("BootNotification", after=mark)
        await both.saw("StatusNotification", after=mark, connectorId=0, status="Available")
        await both.saw("StatusNotification", after=mark, connectorId=2, status="Unavailable")


async def test_plug_and_tag_at_the_same_moment_are_one_transaction() -> None:
    async with pair() as both:
        connector = both.station.connectors[1]
        await asyncio.gather(*(both.station.charging.present(connector, "TAG1"), both.station.charging.plug(connector)))
        await both.saw("StartTransaction")
        await both.saw("StatusNotification", connectorId=1, status="Charging")
        await both.ask("GetConfiguration", {})
        assert len(both.link.state.transactions) == 1


async def test_a_status_that_two_want_to_tell_is_told_once() -> None:
    async with pair() as both:
        connector, mark = both.station.connectors[1], both.link.transcript.seq
        connector.plugged = True
        await asyncio.gather(*(both.station.refresh(connector) for _ in range(3)))
        assert sum(sent("StatusNotification", connectorId=1)(record) for record in both.link.transcript.since(mark)) == 1


# --- connections


async def test_a_reconnection_is_no_reboot() -> None:
    """OCPP-J 1.6 section 5.4; what happened in the meantime is told, transaction messages in their order."""
    async with pair() as both:
        mark = both.link.transcript.seq
        await both.link.peer.close(1001, "maintenance")
        both.plug()
        both.present("TAG1")
        later = await both.csms.station("CP1", BOUND, after=both.link)
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Preparing")
        frames = [record for record in later.transcript.since(mark) if isinstance(record, Frame)]
        assert "BootNotification" not in {frame.action for frame in frames}


async def test_a_transaction_that_ended_offline_is_reported() -> None:
    async with pair() as both:
        transaction_id = await both.charge()
        mark = both.link.transcript.seq
        await both.link.peer.close(1001, "maintenance")
        await asyncio.wait_for(both.link.closed.wait(), BOUND)
        both.present("TAG1")
        await both.csms.station("CP1", BOUND, after=both.link)
        await both.saw("StopTransaction", after=mark, transactionId=transaction_id)


async def test_the_station_keeps_trying_with_growing_waits(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    async with Csms() as csms:
        nowhere = csms.url
    station = Station(CONFIG, f"ws://me:secret@{nowhere.removeprefix('ws://')}", "CP1", clock=clock, randomness=random.Random(3))
    async with running(station):
        waits = []
        for _ in range(9):
            while not clock.waiting:
                await asyncio.sleep(0.001)
            waits.append(clock.waiting[0] - clock.seconds)
            await clock.advance(waits[-1])
        bases = [1, 2, 4, 8, 16, 32, 64, 120, 120]
        assert all(0.5 * base <= wait <= 1.5 * base for base, wait in zip(bases, waits, strict=True)), waits
    assert "secret" not in caplog.text
    assert all("Traceback" not in line for line in caplog.messages)


async def test_stopping_closes_the_connection() -> None:
    async with Csms() as csms:
        station = Station(CONFIG, csms.url, "CP1")
        async with running(station):
            link = await csms.station("CP1", BOUND)
        await asyncio.wait_for(link.closed.wait(), BOUND)
        closed = link.transcript.records[-1]
        assert isinstance(closed, ConnectionEvent)
        assert (closed.event, closed.detail["code"]) == (EventKind.CLOSE, 1000)


def test_an_address_that_is_none() -> None:
    with pytest.raises(CannotBegin, match="no WebSocket address"):
        Station(CONFIG, "localhost:9000", "CP1")


# --- against the bare library


class BareCsms(ocpp.v16.ChargePoint):
    """A CSMS made of nothing but the library; `answers` are its next registration answers."""

    answers: list[tuple[RegistrationStatus, int]]

    @on(Action.boot_notification)  # type: ignore[untyped-decorator]  # library without types
    async def on_boot(self, **_: Any) -> call_result.BootNotification:
        status, interval = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return call_result.BootNotification(current_time="2030-05-05T00:00:00Z", interval=interval, status=status)

    @on(Action.status_notification)  # type: ignore[untyped-decorator]  # library without types
    async def on_status(self, **_: Any) -> call_result.StatusNotification:
        return call_result.StatusNotification()

    @on(Action.heartbeat)  # type: ignore[untyped-decorator]  # library without types
    async def on_heartbeat(self, **_: Any) -> call_result.Heartbeat:
        return call_result.Heartbeat(current_time="2030-05-05T00:05:00Z")


@asynccontextmanager
async def bare_csms(answers: list[tuple[RegistrationStatus, int]]) -> AsyncIterator[tuple[str, asyncio.Queue[Any]]]:
    """Its address, and a queue of the library's charge points, one for each connection."""
    arrived: asyncio.Queue[Any] = asyncio.Queue()

    async def receive(websocket: ServerConnection) -> None:
        point = BareCsms("CP1", websocket)  # type: ignore[no-untyped-call]  # library without types
        point.answers = answers
        arrived.put_nowait(point)
        reading = asyncio.create_task(point.start())  # type: ignore[no-untyped-call]  # library without types
        await websocket.wait_closed()
        await asyncio.gather(reading, return_exceptions=True)

    async with serve(receive, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", arrived


async def test_the_bare_library_s_csms_gets_its_answers() -> None:
    async with bare_csms([(RegistrationStatus.accepted, 300)]) as (url, arrived):
        station = Station(CONFIG, url, "CP1")
        async with running(station):
            point = await asyncio.wait_for(arrived.get(), BOUND)
            await asyncio.wait_for(station.registration.accepted.wait(), BOUND)
            got = await point.call(call.GetConfiguration(key=["NumberOfConnectors", "x"]))
            assert (got.configuration_key, got.unknown_key) == ([{"key": "NumberOfConnectors", "readonly": True, "value": "2"}], ["x"])
            assert (await point.call(call.DataTransfer(vendor_id="x"))).status == "UnknownVendorId"
            assert (await point.call(call.UnlockConnector(connector_id=9))).status == "NotSupported"
            assert (await point.call(call.ClearCache())).status == "Rejected"
            assert station.timestamp().startswith("2030-05-05T00:00:0")


@pytest.mark.parametrize("status", [RegistrationStatus.pending, RegistrationStatus.rejected])
async def test_a_station_that_is_not_accepted_waits_as_told(status: RegistrationStatus) -> None:
    clock = HandClock()
    async with bare_csms([(status, 25), (RegistrationStatus.accepted, 300)]) as (url, arrived):
        station = Station(CONFIG, url, "CP1", clock=clock)
        async with running(station):
            point = await asyncio.wait_for(arrived.get(), BOUND)
            point._response_timeout = 0.2
            while station.registration.status != status or not clock.waiting:
                await asyncio.sleep(0.001)
            if status == RegistrationStatus.rejected:
                with pytest.raises(asyncio.TimeoutError):
                    await point.call(call.ClearCache())
            else:
                assert (await point.call(call.ClearCache())).status == "Rejected"
            await clock.advance(24.9)
            assert [frame.action for frame in station.transcript.records if isinstance(frame, Frame)].count("BootNotification") == 2
            await clock.advance(0.1)
            await asyncio.wait_for(station.registration.accepted.wait(), BOUND)
            await settle()


async def test_an_interval_of_nought_does_not_flood_the_csms() -> None:
    clock = HandClock()
    async with bare_csms([(RegistrationStatus.pending, 0)]) as (url, arrived):
        station = Station(CONFIG, url, "CP1", clock=clock)
        async with running(station):
            await asyncio.wait_for(arrived.get(), BOUND)
            while station.registration.status is None or not clock.waiting:
                await asyncio.sleep(0.001)
            assert clock.waiting[0] - clock.seconds >= 30
