"""Our CSMS against a station, and our station against a CSMS, made of nothing but the `ocpp` library on bare `websockets`.

Every action of OCPP 1.6 and of its security extension goes over the wire in its direction, and is answered.
"""

# The library has no types, and here it must be used as it is:
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import pytest
from ocpp.charge_point import camel_to_snake_case
from ocpp.v16 import ChargePoint, call
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from probes.csms.csms import Csms
from probes.station.config import KNOWN_PROFILES, PROFILES
from probes.station.station import Station
from probes.wire.records import Direction, Frame, MessageType, Record
from probes.wire.schemas import known_actions, violations
from probes.wire.transcript import Transcript
from probes.wire.websocket import SUBPROTOCOL
from tests.probes.station.test_station import CONFIG
from tests.probes.wire.corpus import valid
from tests.probes.wire.test_library_verdicts import handlers

BOUND = 60.0
BY_STATION = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
"""OCPP 1.6 chapter 4, and what a station starts in the security white paper."""

SECURITY = frozenset(
    {
        "CertificateSigned",
        "DeleteCertificate",
        "ExtendedTriggerMessage",
        "GetInstalledCertificateIds",
        "GetLog",
        "InstallCertificate",
        "SignedUpdateFirmware",
    }
)
"""What a CSMS starts in the security white paper: a station without that profile answers with an error, but answers."""


def by_csms() -> list[str]:
    """OCPP 1.6 chapter 5, and the white paper; a reset comes last, since it takes the station away."""
    return sorted((known_actions() - BY_STATION) | {"DataTransfer"}, key=lambda action: (action == "Reset", action))


def test_each_action_belongs_to_somebody() -> None:
    assert known_actions() >= BY_STATION | SECURITY
    assert (len(BY_STATION), len(by_csms())) == (14, 26)


def independent(websocket: Any) -> ChargePoint:
    """An end that answers every action as tersely as is right."""
    point: ChargePoint = type("Independent", (ChargePoint,), handlers())("CP1", websocket, BOUND)
    return point


async def read(point: ChargePoint) -> None:
    with contextlib.suppress(ConnectionClosed):
        await point.start()


def payload(action: str) -> dict[str, Any]:
    """Everything that the action can carry; files are to be found where nobody serves any."""
    made = valid(action, False, full=True)
    return made | ({"location": "http://127.0.0.1:9/file"} if "location" in made else {})


def typed(action: str) -> Any:
    return getattr(call, action)(**camel_to_snake_case(payload(action)))


def exchanged(records: tuple[Record, ...], direction: Direction, kinds: set[MessageType]) -> set[str]:
    """The actions of this side that were answered so."""
    frames = [record for record in records if isinstance(record, Frame)]
    asked = {frame.message_id: frame.action for frame in frames if frame.message_type is MessageType.CALL and frame.direction is direction}
    answers = [frame for frame in frames if frame.message_type in kinds and frame.direction is not direction]
    return {asked[frame.message_id] or "" for frame in answers if frame.message_id in asked}


RESULT = {MessageType.CALLRESULT}
ANY = {MessageType.CALLRESULT, MessageType.CALLERROR}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "ocpp")


async def test_our_csms_and_an_independent_station() -> None:
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        station = independent(websocket)
        reading = asyncio.create_task(read(station))
        for action in sorted(BY_STATION):
            assert await station.call(typed(action), suppress=False) is not None
        link = await csms.station("CP1", BOUND)
        for action in by_csms():
            answer = await link.peer.request(action, payload(action), BOUND)
            assert (answer.kind, violations(action, True, answer.payload)) == ("result", [])
        records = csms.transcript("CP1").records
        reading.cancel()
    assert exchanged(records, Direction.FROM_STATION, RESULT) == BY_STATION
    assert exchanged(records, Direction.FROM_CSMS, RESULT) == set(by_csms())


@pytest.mark.parametrize(
    ("profiles", "refused"),
    [(PROFILES, SECURITY), (KNOWN_PROFILES, {"UpdateFirmware"})],
    ids=["edition 2", "white paper: signed firmware alone"],
)
async def test_our_station_and_an_independent_csms(profiles: tuple[str, ...], refused: frozenset[str]) -> None:
    came: asyncio.Queue[ChargePoint] = asyncio.Queue()

    async def receive(websocket: Any) -> None:
        point = independent(websocket)
        came.put_nowait(point)
        await read(point)

    transcript = Transcript()
    async with serve(receive, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        station = Station(_with(profiles), url, "CP1", transcript=transcript)
        running = asyncio.create_task(station.run())
        csms = await asyncio.wait_for(came.get(), BOUND)
        await asyncio.wait_for(station.registration.accepted.wait(), BOUND)
        await _charge(station, transcript)
        for action in sorted(BY_STATION - exchanged(transcript.records, Direction.FROM_STATION, RESULT)):
            assert (await station.call(action, payload(action))).kind == "result", action
        for action in by_csms():
            await csms.call(typed(action))
        station.stop()
        await asyncio.wait_for(running, BOUND)
    assert exchanged(transcript.records, Direction.FROM_STATION, RESULT) == BY_STATION
    assert exchanged(transcript.records, Direction.FROM_CSMS, ANY) == set(by_csms())
    assert exchanged(transcript.records, Direction.FROM_CSMS, RESULT) >= set(by_csms()) - refused


def _with(profiles: tuple[str, ...]) -> Any:
    keys = {
        **CONFIG.keys,
        "SupportedFeatureProfiles": ",".join(profiles),
        "MeterValueSampleInterval": "1",
        "LocalAuthListEnabled": "true",
        "LocalAuthListMaxLength": "10",
        "SendLocalListMaxLength": "10",
        "ChargeProfileMaxStackLevel": "5",
        "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
        "ChargingScheduleMaxPeriods": "5",
        "MaxChargingProfilesInstalled": "5",
        "ReserveConnectorZeroSupported": "true",
    }
    return type(CONFIG)(**{**vars(CONFIG), "keys": keys, "profiles": profiles})


async def _charge(station: Station, transcript: Transcript) -> None:
    """A driver comes, charges for a while, and goes: what a station says of its own."""
    connector = station.connectors[1]
    await station.charging.plug(connector)
    await station.charging.present(connector, "TAG")
    sample = await transcript.wait_for(lambda record: isinstance(record, Frame) and record.action == "MeterValues", BOUND)
    assert sample is not None
    await station.charging.present(connector, "TAG")
    stopped = await transcript.wait_for(
        lambda record: isinstance(record, Frame) and record.action == "StopTransaction" and record.message_type is MessageType.CALLRESULT,
        BOUND,
    )
    assert stopped is not None
