"""The built-in CSMS over real sockets: against the bare `ocpp` library, several stations, replacements, and those who do not come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import ocpp.v16
import pytest
from ocpp.routing import on
from ocpp.v16 import call, call_result
from ocpp.v16.enums import Action, AuthorizationStatus
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from probes.csms.csms import Csms, StationLink
from probes.csms.state import IdTags
from probes.wire.records import ConnectionEvent, EventKind, Frame
from probes.wire.schemas import violations
from probes.wire.websocket import SUBPROTOCOL
from registry.errors import CannotBegin

BOUND = 60.0
TIME = "2026-01-01T00:00:00Z"


class BareStation(ocpp.v16.ChargePoint):
    """A station made of nothing but the library."""

    @on(Action.get_configuration)  # type: ignore[untyped-decorator]  # library without types
    async def on_get_configuration(self, key: list[str] | None = None) -> call_result.GetConfiguration:
        return call_result.GetConfiguration(configuration_key=[], unknown_key=key or [])


@asynccontextmanager
async def bare_station(csms: Csms, identity: str = "CP1") -> AsyncIterator[Any]:
    """The library's station, connected and reading; untyped, as the library is."""
    async with connect(f"{csms.url}/{identity}", subprotocols=[SUBPROTOCOL]) as websocket:
        station = BareStation(identity, websocket)  # type: ignore[no-untyped-call]  # library without types
        reading = asyncio.create_task(station.start())  # type: ignore[no-untyped-call]  # library without types
        try:
            yield station
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def exchange(websocket: ClientConnection, action: str, payload: Any) -> Any:
    await websocket.send(json.dumps([2, "1", action, payload]))
    return json.loads(await asyncio.wait_for(websocket.recv(), BOUND))


def frames(link: StationLink) -> list[Frame]:
    return [record for record in link.transcript.records if isinstance(record, Frame)]


async def test_the_bare_library_s_station_is_served() -> None:
    async with Csms(heartbeat_interval=77) as csms, bare_station(csms) as station:
        link = await csms.station("CP1", BOUND)
        boot = await station.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
        assert (boot.status, boot.interval) == ("Accepted", 77)
        assert datetime.fromisoformat(boot.current_time).tzinfo is not None
        assert link.boot == {"chargePointModel": "M", "chargePointVendor": "V"}
        assert (await station.call(call.Heartbeat())).current_time
        assert (await station.call(call.Authorize(id_tag="ABC"))).id_tag_info == {"status": "Accepted"}
        started = await station.call(call.StartTransaction(connector_id=1, id_tag="ABC", meter_start=5, timestamp=TIME))
        again = await station.call(call.StartTransaction(connector_id=2, id_tag="ABC", meter_start=5, timestamp=TIME))
        assert started.transaction_id != again.transaction_id
        stopped = await station.call(
            call.StopTransaction(meter_stop=9, timestamp=TIME, transaction_id=started.transaction_id, id_tag="ABC")
        )
        assert stopped.id_tag_info == {"status": "Accepted"}
        assert link.state.transactions[started.transaction_id].meter_stop == 9
        status = call.StatusNotification(connector_id=1, error_code="NoError", status="Charging")  # type: ignore[arg-type]  # strings are fine
        assert await station.call(status) is not None
        assert link.state.connectors == {1: "Charging"}
        assert (await station.call(call.DataTransfer(vendor_id="x"))).status == "UnknownVendorId"
        answer = await link.peer.request("GetConfiguration", {"key": ["Nothing"]}, BOUND)
        assert answer.payload == {"configurationKey": [], "unknownKey": ["Nothing"]}


SAMPLE = {"timestamp": TIME, "sampledValue": [{"value": "1"}]}


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("Authorize", {"idTag": "A"}),
        ("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}),
        ("DataTransfer", {"vendorId": "V"}),
        ("DiagnosticsStatusNotification", {"status": "Uploaded"}),
        ("FirmwareStatusNotification", {"status": "Installed"}),
        ("Heartbeat", {}),
        ("LogStatusNotification", {"status": "Uploaded", "requestId": 1}),
        ("MeterValues", {"connectorId": 1, "meterValue": [SAMPLE]}),
        ("SecurityEventNotification", {"type": "TamperDetectionActivated", "timestamp": TIME}),
        ("SignCertificate", {"csr": "x"}),
        ("SignedFirmwareStatusNotification", {"status": "Installed", "requestId": 1}),
        ("StartTransaction", {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": TIME}),
        ("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"}),
        ("StopTransaction", {"transactionId": 4711, "meterStop": 1, "timestamp": TIME, "transactionData": [SAMPLE]}),
    ],
)
async def test_every_message_that_a_station_starts_is_answered_in_form(action: str, payload: dict[str, Any]) -> None:
    assert violations(action, False, payload) == []
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        number, _, answer = await exchange(websocket, action, payload)
        assert number == 3
        assert violations(action, True, answer) == []


async def test_what_only_a_station_answers_is_refused() -> None:
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        assert (await exchange(websocket, "Reset", {"type": "Hard"}))[:3] == [4, "1", "NotSupported"]
        assert (await exchange(websocket, "Explode", {}))[:3] == [4, "1", "NotImplemented"]


async def test_id_tags_are_known_without_regard_to_case() -> None:
    tags = IdTags({"GOOD": AuthorizationStatus.accepted, "bad": AuthorizationStatus.blocked}, others=AuthorizationStatus.invalid)
    async with Csms(id_tags=tags) as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        told = [(await exchange(websocket, "Authorize", {"idTag": tag}))[2]["idTagInfo"]["status"] for tag in ("good", "BAD", "x")]
        assert told == ["Accepted", "Blocked", "Invalid"]


async def test_a_boot_that_breaks_its_schema_is_remembered_and_a_lenient_csms_takes_it() -> None:
    boot = {"chargePointVendor": "V" * 21, "chargePointModel": "M"}
    for lenient, number in ((False, 4), (True, 3)):
        async with Csms(lenient=lenient) as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
            assert (await exchange(websocket, "BootNotification", boot))[0] == number
            assert (await csms.station("CP1", BOUND)).boot == boot


async def test_many_stations_at_once() -> None:
    async with Csms() as csms:

        async def one(number: int) -> Any:
            async with bare_station(csms, f"CP{number}") as station:
                link = await csms.station(f"CP{number}", BOUND)
                await station.call(call.BootNotification(charge_point_model=str(number), charge_point_vendor="V"))
                answer = await link.peer.request("GetConfiguration", {"key": [str(number)]}, BOUND)
                return link.boot, answer.payload["unknownKey"], {frame.charge_point_id for frame in frames(link)}

        seen = await asyncio.gather(*(one(number) for number in range(20)))
        assert seen == [
            ({"chargePointModel": str(number), "chargePointVendor": "V"}, [str(number)], {f"CP{number}"}) for number in range(20)
        ]


async def test_a_newer_connection_replaces_the_older() -> None:
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as first:
        older = await csms.station("CP1", BOUND)
        async with connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as second:
            newer = await csms.station("CP1", BOUND, after=older)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(first.recv(), BOUND)
            assert (first.close_code, first.close_reason) == (1001, "a newer connection of this station took over")
            await asyncio.wait_for(older.closed.wait(), BOUND)
            assert older.replaced
            assert newer.transcript is older.transcript
            assert (await exchange(second, "Heartbeat", {}))[0] == 3
            assert await csms.station("CP1", BOUND) is newer
        opened = [record for record in newer.transcript.records if isinstance(record, ConnectionEvent) and record.event is EventKind.OPEN]
        assert [("replaces" in record.detail) for record in opened] == [False, True]


async def test_a_transcript_goes_on_over_connections_and_may_be_listened_to_before() -> None:
    async with Csms() as csms:
        heard: list[int] = []
        with csms.transcript("CP1").attached(lambda record: heard.append(record.seq)):
            for _ in range(2):
                async with connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
                    await exchange(websocket, "Heartbeat", {})
                    link = await csms.station("CP1", BOUND)
                await asyncio.wait_for(link.closed.wait(), BOUND)
        assert heard == list(range(1, 9))


async def test_a_station_that_leaves_in_mid_call() -> None:
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        link = await csms.station("CP1", BOUND)
        asking = asyncio.create_task(link.peer.request("GetConfiguration", {}, 60))
        await asyncio.wait_for(websocket.recv(), BOUND)
        websocket.transport.abort()
        answer = await asyncio.wait_for(asking, BOUND)
        assert (answer.kind, answer.request_seq, answer.answer_seq) == ("closed", 2, None)
        await asyncio.wait_for(link.closed.wait(), BOUND)
        closed = link.transcript.records[-1]
        assert isinstance(closed, ConnectionEvent)
        assert closed.detail["code"] == 1006


async def test_who_does_not_come_is_told_in_one_line() -> None:
    async with Csms(identities={"CP1", "CP2"}) as csms:
        beginning = f"station CP1: no connection to {csms.url}/CP1 within 0.01 s; "
        with pytest.raises(CannotBegin) as nobody:
            await csms.station("CP1", 0.01)
        assert str(nobody.value) == f"{beginning}nothing connected at all; check the address that is set in the station, and the firewall"
        async with connect(f"{csms.url}/CP2", subprotocols=[SUBPROTOCOL]):
            with pytest.raises(CannotBegin) as other:
                await csms.station("CP1", 0.01)
        assert str(other.value) == f"{beginning}other stations came: CP2; check the identity that is set in the station"
        async with connect(f"{csms.url}/CP1") as websocket:
            await websocket.wait_closed()
        with pytest.raises(CannotBegin) as wrong:
            await csms.station("CP1", 0.01)
        assert str(wrong.value) == (
            f"{beginning}its handshake was refused: the station CP1 offered the sub-protocol none; needed is ocpp1.6"
        )
        refused = await csms.arrival(lambda arrival: not arrival.accepted, BOUND)
        assert refused is not None
        assert (refused.identity, refused.offered) == ("CP1", ())
        (event,) = csms.transcript("CP1").records
        assert isinstance(event, ConnectionEvent)
        assert event.event is EventKind.HANDSHAKE_REFUSED
        assert event.detail["offered"] == []


async def test_waiting_ends_when_the_station_comes() -> None:
    async with Csms() as csms:
        waiting = asyncio.create_task(csms.station("CP1", 60))
        arriving = asyncio.create_task(csms.arrival(lambda arrival: arrival.identity == "CP1", 60))
        async with connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]):
            assert (await asyncio.wait_for(waiting, BOUND)).identity == "CP1"
            arrival = await asyncio.wait_for(arriving, BOUND)
            assert arrival is not None
            assert arrival.accepted


async def test_a_port_in_use() -> None:
    async with Csms() as csms:
        with pytest.raises(CannotBegin, match="the port is in use by another program"):
            await Csms(port=csms.port).__aenter__()


async def test_the_end_closes_every_connection() -> None:
    csms = Csms()
    async with csms:
        websocket = await connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL])
        link = await csms.station("CP1", BOUND)
    assert link.closed.is_set()
    assert csms.links == ()
    await asyncio.wait_for(websocket.wait_closed(), BOUND)
    assert websocket.close_code == 1001


async def test_stations_that_are_gone_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.csms.csms.REMEMBERED_STATIONS", 3)
    async with Csms() as csms, connect(f"{csms.url}/here", subprotocols=[SUBPROTOCOL]):
        kept = (await csms.station("here", BOUND)).transcript
        early = csms.transcript("gone")
        for number in range(5):
            csms.transcript(f"later {number}")
        assert csms.transcript("here") is kept
        assert csms.transcript("gone") is not early
