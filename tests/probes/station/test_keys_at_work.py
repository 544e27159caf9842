"""Configuration keys that set how the station shines, restarts, measures, pings and sends files (OCPP 1.6 chapter 9)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.protocol import Event

from probes.station.config import StationConfig
from probes.station.configuration import Configuration
from probes.station.key_values import rotation_of
from probes.station.station import Station
from probes.wire.websocket import SUBPROTOCOL
from tests.probes.doubles import HandClock
from tests.probes.station.test_firmware import FIRM, PAST, diagnosed, file_server, updated
from tests.probes.station.test_station import BOUND, CONFIG, Pair, pair, running


def with_keys(config: StationConfig = CONFIG, **keys: str) -> StationConfig:
    return replace(config, keys={**config.keys, **keys})


async def changed(both: Pair, key: str, value: str) -> Any:
    return await both.status("ChangeConfiguration", {"key": key, "value": value})


async def test_the_lamp_shines_and_blinks_as_it_is_told() -> None:
    """1.6ed2 9.1.4, 9.1.11."""
    async with pair(with_keys(LightIntensity="40", BlinkRepeat="3")) as both:
        lamp = both.station.controls.state()["lamp"]
        assert lamp == {"intensityPercent": 40, "blinks": 0}
        assert await changed(both, "LightIntensity", "101") == "Rejected"
        assert await changed(both, "LightIntensity", "75") == "Accepted"
        await both.station.controls.tag("TAG1")
        assert await changed(both, "BlinkRepeat", "0") == "Accepted"
        await both.station.controls.tag("TAG1", 2)
        assert both.station.controls.state()["lamp"] == {"intensityPercent": 75, "blinks": 3}


@pytest.mark.parametrize(("retries", "comes_back"), [("1", False), ("2", True)])
async def test_a_reset_that_fails_is_tried_again(retries: str, comes_back: bool) -> None:
    """1.6ed2 9.1.22: two attempts fail; with two retries the third one brings the station back."""
    async with pair(with_keys(ResetRetries=retries)) as both:
        await both.station.controls.stall(2)
        mark = both.link.transcript.seq
        assert await both.status("Reset", {"type": "Hard"}) == "Accepted"
        if comes_back:
            await both.saw("BootNotification", after=mark)
        else:
            async with asyncio.timeout(BOUND):
                while both.station.power.failing_restarts:
                    await asyncio.sleep(0.001)
            assert (await both.ask("GetConfiguration", {"key": ["ResetRetries"]})).kind == "result"
            assert not both.link.closed.is_set()


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("0.RST,1.RTS,2.TSR", "Rejected"),
        ("1.RTS, 2.TSR", "Accepted"),
        ("NotApplicable", "Accepted"),
        ("1.Unknown", "Accepted"),
        ("", "Accepted"),
        ("3.RST", "Rejected"),
        ("1.RRR", "Rejected"),
        ("1.rst", "Rejected"),
        ("RST", "Accepted"),
        ("1.RST,1.RTS", "Rejected"),
        ("nonsense", "Rejected"),
    ],
)
def test_what_a_rotation_of_phases_may_be(value: str, status: str) -> None:
    """1.6ed2 9.1.7, 9.1.8: a list by connector, with at most two entries here."""
    keys = {"ConnectorPhaseRotation": "NotApplicable", "ConnectorPhaseRotationMaxLength": "2"}
    assert Configuration(StationConfig("V", "M", "1", connectors=2, keys=keys)).change("ConnectorPhaseRotation", value) == status


@pytest.mark.parametrize(
    ("value", "connector", "rotation"),
    [("1.RTS,2.TSR", 2, "TSR"), ("1.RTS", 2, "RST"), ("1.Unknown", 1, "RST"), ("STR", 1, "STR"), ("1.nonsense", 1, "RST"), ("", 1, "RST")],
)
def test_rotations_are_read(value: str, connector: int, rotation: str) -> None:
    assert rotation_of(value, connector) == rotation


async def test_readings_are_from_the_meter_s_point_of_view() -> None:
    """1.6ed2 4.7, 9.1.7; errata 4.2: a car on one phase of a connector whose phase 1 is S loads phase 2 of the meter."""
    clock = HandClock()
    keys = with_keys(MeterValuesSampledData="Current.Import,Voltage", ConnectorPhaseRotation="1.STR")
    station = Station(replace(keys, phases=3), "ws://127.0.0.1:1", "CP1", clock=clock)
    meter = station.connectors[1].meter

    def phases(measurand: str) -> list[str]:
        return [reading["phase"] for reading in meter.sample([measurand], "Trigger")]

    assert phases("Voltage") == ["L1-N", "L2-N", "L3-N"]
    meter.begin()
    assert phases("Current.Import") == ["L1", "L2", "L3"]
    meter.use_phases(1)
    assert phases("Current.Import") == ["L2"]
    station.configuration.change("ConnectorPhaseRotation", "1.TRS")
    station.configuration_changed()
    assert phases("Current.Import") == ["L3"]


async def test_the_feature_profiles_are_no_more_than_their_key_says_and_neither_is_written() -> None:
    """1.6ed2 9.1.30."""
    async with pair(with_keys(SupportedFeatureProfilesMaxLength="6")) as both:
        for key, value in (("SupportedFeatureProfilesMaxLength", "1"), ("SupportedFeatureProfiles", "Core,Reservation")):
            assert await changed(both, key, value) == "Rejected"
        told = (await both.ask("GetConfiguration", {"key": ["SupportedFeatureProfilesMaxLength", "SupportedFeatureProfiles"]})).payload
        values = {entry["key"]: (entry["value"], entry["readonly"]) for entry in told["configurationKey"]}
        assert values == {"SupportedFeatureProfilesMaxLength": ("6", True), "SupportedFeatureProfiles": ("Core", True)}
        assert len(values["SupportedFeatureProfiles"][0].split(",")) <= 6


async def test_files_go_by_the_protocols_that_the_station_has() -> None:
    """Errata 3.88."""
    with file_server(content={"/f": b"image"}) as files:
        async with pair(with_keys(FIRM, SupportedFileTransferProtocols="FTP, HTTPS")) as both:
            assert await changed(both, "SupportedFileTransferProtocols", "HTTP") == "Rejected"
            await both.ask("GetDiagnostics", {"location": f"{files.base}/d"})
            await diagnosed(both, "UploadFailed")
            await both.ask("UpdateFirmware", {"location": f"{files.base}/f", "retrieveDate": PAST})
            await updated(both, "DownloadFailed")
            assert files.requests == 0
        async with pair(with_keys(FIRM, SupportedFileTransferProtocols="HTTP")) as both:
            await both.ask("GetDiagnostics", {"location": f"{files.base}/d"})
            await diagnosed(both, "Uploaded")


class Pinged(ServerConnection):
    """The CSMS's end of a connection that counts pings."""

    pings = 0

    def process_event(self, event: Event) -> None:
        if isinstance(event, WebSocketFrame) and event.opcode is Opcode.PING:
            type(self).pings += 1
            seen.set()
        super().process_event(event)


seen = asyncio.Event()


async def test_pings_as_far_apart_as_their_key_says() -> None:
    """1.6ed2 9.1.34: 0 is none and a negative number is refused; what is set counts from the next connection on."""
    seen.clear()
    asked: list[list[Any]] = [
        [2, "1", "ChangeConfiguration", {"key": "WebSocketPingInterval", "value": "-1"}],
        [2, "2", "ChangeConfiguration", {"key": "WebSocketPingInterval", "value": "1"}],
    ]
    answers: list[Any] = []

    async def csms(websocket: ServerConnection) -> None:
        async for text in websocket:
            message = json.loads(text)
            if message[0] == 2 and message[2] == "BootNotification":
                told = {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300}
                await websocket.send(json.dumps([3, message[1], told]))
            elif message[0] == 2:
                await websocket.send(json.dumps([3, message[1], {}]))
                if message[3].get("connectorId") == 2 and asked:
                    await websocket.send(json.dumps(asked.pop(0)))
            else:
                answers.append(message[2]["status"])
                await (websocket.send(json.dumps(asked.pop(0))) if asked else websocket.close())

    async with serve(csms, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL], create_connection=Pinged) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with running(Station(with_keys(WebSocketPingInterval="0"), url, "CP1")):
            await asyncio.wait_for(seen.wait(), BOUND)
    assert answers == ["Rejected", "Accepted"]
