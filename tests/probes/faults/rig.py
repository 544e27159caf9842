"""A station and a CSMS of ours, joined in memory, in a time turned by hand, with faults in either; and what went between them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from ocpp.v16.enums import AuthorizationStatus

from probes.csms.csms import Csms
from probes.csms.operations import Operations
from probes.csms.state import IdTag, IdTags
from probes.faults import faulty_csms, with_faults
from probes.station.bounds import TransferFailed
from probes.station.config import KNOWN_PROFILES, PROFILES, StationConfig
from probes.station.station import Station
from probes.wire.client import Connected
from probes.wire.envelope import Envelope, read_envelope
from probes.wire.peer import Answer, Peer
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record
from probes.wire.server import Handshake
from probes.wire.websocket import SUBPROTOCOL
from tests.probes.doubles import BEGINNING, HandClock, pipe

PATIENCE = 5.0
"""Seconds, on the clock that is turned by hand, that an answer is waited for."""

CONFIG = StationConfig(
    vendor="Vendor",
    model="Model",
    software_version="V1.3.337",
    connectors=2,
    profiles=KNOWN_PROFILES,
    keys={
        "HeartbeatInterval": "300",
        "ConnectionTimeOut": "30",
        "MinimumStatusDuration": "0",
        "NumberOfConnectors": "2",
        "SupportedFeatureProfiles": ",".join(PROFILES),
        "MeterValueSampleInterval": "60",
        "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import",
        "MeterValuesSampledDataMaxLength": "5",
        "StopTxnSampledData": "Energy.Active.Import.Register",
        "StopTransactionOnEVSideDisconnect": "true",
        "StopTransactionOnInvalidId": "true",
        "UnlockConnectorOnEVSideDisconnect": "true",
        "AuthorizeRemoteTxRequests": "true",
        "AuthorizationCacheEnabled": "true",
        "LocalPreAuthorize": "true",
        "AllowOfflineTxForUnknownId": "true",
        "LocalAuthListEnabled": "true",
        "LocalAuthListMaxLength": "10",
        "SendLocalListMaxLength": "10",
        "ReserveConnectorZeroSupported": "true",
        "ChargeProfileMaxStackLevel": "5",
        "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
        "ChargingScheduleMaxPeriods": "5",
        "MaxChargingProfilesInstalled": "5",
        "TransactionMessageAttempts": "3",
        "TransactionMessageRetryInterval": "10",
        "AuthorizationKey": "0123456789abcdef0123",
        "CpoName": "Operator",
        "CertificateStoreMaxLength": "3",
    },
    response_timeout_seconds=10,
    reboot_seconds=1.0,
)
CORE_ONLY = replace(CONFIG, profiles=("Core",), keys={**CONFIG.keys, "SupportedFeatureProfiles": "Core"})
PLAIN_FIRMWARE = replace(CONFIG, profiles=PROFILES)
"""A station that takes firmware without a signature."""

TAGS = IdTags(
    {
        "GOOD": AuthorizationStatus.accepted,
        "OTHER": AuthorizationStatus.accepted,
        "BLOCKED": AuthorizationStatus.blocked,
        "EXPIRED": IdTag(expires=BEGINNING - timedelta(days=1)),
        "ONCE": IdTag(concurrent=False),
    },
    AuthorizationStatus.invalid,
)
IMAGE = b"firmware"
REGISTER = 5000.0
"""Wh that the meters have counted before."""


class Rig:
    """Both ends, and the hands that act on them."""

    def __init__(self, clock: HandClock, station: Station, csms: Csms) -> None:
        self.clock, self.station, self.csms = clock, station, csms

    async def rest(self) -> None:
        """Let everything happen that can happen without time passing."""
        seen = -1
        while seen != (now := self.station.transcript.seq + self.csms.transcript("CP1").seq):
            seen = now
            for _ in range(25):
                await asyncio.sleep(0)

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.advance(seconds)
        await self.rest()

    async def ask(self, action: str, **payload: Any) -> Answer:
        """The CSMS asks the station; an answer that does not come is waited for."""
        return await self._request(self.csms.links[0].peer if self.csms.links else None, action, payload)

    async def say(self, action: str, **payload: Any) -> Answer:
        """The station says something of its own accord."""
        return await self._request(self.station._peer, action, payload)

    async def operate(self, what: Callable[[Operations], Any]) -> None:
        """The CSMS asks, through its own operations."""
        if self.csms.links:
            await self._finished(what(self.csms.links[0].operations))

    async def raw(self, text: str, *, of_station: bool = False) -> None:
        """Any frame, from the CSMS or from the station."""
        peer = self.station._peer if of_station else self.csms.links[0].peer if self.csms.links else None
        if peer is not None:
            await peer.send_raw(text)
        await self.rest()

    async def _request(self, peer: Peer | None, action: str, payload: Mapping[str, Any]) -> Answer:
        if peer is None:
            return Answer("closed")
        answer: Answer = await self._finished(peer.request(action, payload, PATIENCE))
        return answer

    async def _finished(self, work: Any) -> Any:
        task = asyncio.ensure_future(work)
        await self.rest()
        while not task.done():
            await self.wait(PATIENCE)
        return await task

    async def do(self, name: str, **arguments: Any) -> None:
        """One of the station's controls, carried out beside everything else: it may wait for answers."""
        self.station.spawn(self.station.controls.do(name, arguments))
        await self.rest()

    async def charge(self, connector: int = 1, id_tag: str = "GOOD") -> int:
        """A transaction; its id as the station knows it, 0 when it has none."""
        await self.do("plug", connector=connector)
        await self.do("tag", connector=connector, id_tag=id_tag)
        await self.wait(PATIENCE)
        running = self.station.connectors[connector].transaction
        number = running.transaction_id if running else 0
        return number if isinstance(number, int) else 0


Scenario = Callable[[Rig], Any]


@asynccontextmanager
async def rig(config: StationConfig = CONFIG, station_faults: Sequence[str] = (), csms_faults: Sequence[str] = ()) -> AsyncIterator[Rig]:
    """Both, connected and registered as far as the faults let them; files come and go without a network: those called `missing` do not."""
    clock = HandClock()
    faulty = with_faults(config, station_faults)
    csms = Csms(clock=clock, id_tags=TAGS, misbehave=faulty_csms(csms_faults).misbehave)
    serving: list[asyncio.Task[None]] = []

    async def connect(*_: Any) -> Connected:
        near, far = pipe()
        handshake = Handshake("CP1", "/CP1", (SUBPROTOCOL,), "memory")
        serving.append(asyncio.create_task(csms._serve(far, handshake)))
        return Connected(near, "ws://memory/CP1", SUBPROTOCOL)

    async def fetched(location: str, *_: Any, **__: Any) -> bytes:
        if "missing" in location:
            raise TransferFailed("there is no such file")
        return IMAGE

    async def put(location: str, *_: Any, **__: Any) -> None:
        if "missing" in location:
            raise TransferFailed("there is no such folder")

    with (
        patch("probes.station.station.open_connection", connect),
        patch("probes.station.firmware.download", fetched),
        patch("probes.station.firmware.upload", put),
        patch("probes.station.signed_firmware.download", fetched),
        patch("probes.station.logs.upload", put),
    ):
        station = Station(faulty.config, "ws://memory", "CP1", clock=clock, misbehave=faulty.misbehave)
        for connector in station.connectors.values():
            connector.meter._register = REGISTER
        running = asyncio.create_task(station.run())
        both = Rig(clock, station, csms)
        try:
            await both.rest()
            yield both
        finally:
            station.stop()
            await running
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)
            for task in tuple(csms._mischief):
                task.cancel()


class Talk:
    """What one end heard and said. `problems` are the defects of the frames of the other end, as OCPP-J sees them."""

    def __init__(self, records: Sequence[Record], faulty: Direction) -> None:
        self.frames = [record for record in records if isinstance(record, Frame)]
        self.closes = sum(isinstance(record, ConnectionEvent) and record.event is EventKind.CLOSE for record in records)
        self._faulty = faulty
        self.envelopes: list[Envelope] = [read_envelope(frame.raw) for frame in self.frames if frame.direction is faulty]

    def said(self, action: str, **fields: Any) -> list[dict[str, Any]]:
        """The payloads of the faulty end's calls of this action, those with these fields."""
        return [payload for payload in self._calls(self._faulty, action) if fields.items() <= payload.items()]

    def heard(self, action: str) -> list[dict[str, Any]]:
        """The payloads of the calls that it was sent."""
        other = Direction.FROM_CSMS if self._faulty is Direction.FROM_STATION else Direction.FROM_STATION
        return self._calls(other, action)

    def _calls(self, direction: Direction, action: str) -> list[dict[str, Any]]:
        calls = [each for each in self.frames if each.message_type is MessageType.CALL and each.direction is direction]
        return [payload for call in calls if call.action == action and isinstance(payload := json.loads(call.raw)[3], dict)]

    def answers(self, action: str | None = None) -> list[Any]:
        """What the faulty end answered, in order: payloads, and the codes of errors."""
        ends = {MessageType.CALLRESULT, MessageType.CALLERROR}
        own = [each for each in self.frames if each.direction is self._faulty and each.message_type in ends]
        return [json.loads(frame.raw)[2] for frame in own if frame.action == action and len(json.loads(frame.raw)) > 2]

    def statuses(self, action: str) -> list[Any]:
        """The statuses of its answers."""
        return [answer.get("status") for answer in self.answers(action) if isinstance(answer, dict)]

    @property
    def order(self) -> list[str]:
        """The actions of the faulty end's calls, in order."""
        return [each.action or "" for each in self.frames if each.direction is self._faulty and each.message_type is MessageType.CALL]

    @property
    def problems(self) -> list[str]:
        """What is wrong with its frames."""
        return [envelope.problem for envelope in self.envelopes if envelope.problem]

    def connector(self, number: int) -> list[str]:
        """The statuses that a connector was told to have."""
        return [str(told.get("status")) for told in self.said("StatusNotification", connectorId=number)]

    def delays(self, action: str) -> list[float]:
        """Seconds from each call to its answer by the faulty end."""
        asked = {
            frame.message_id: frame.elapsed
            for frame in self.frames
            if frame.action == action and frame.message_type is MessageType.CALL and frame.direction is not self._faulty
        }
        own = [frame for frame in self.frames if frame.direction is self._faulty and frame.message_type is MessageType.CALLRESULT]
        return [frame.elapsed - asked[frame.message_id] for frame in own if frame.message_id in asked]
