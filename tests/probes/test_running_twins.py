"""The twins of the five sample certificates, running: what is certified works, what is not is refused, and answers come in time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probes.csms.csms import Csms, StationLink
from probes.csms.operations import Operations, Outcome
from probes.facts_file import read_facts
from probes.station.config import PROFILES, StationConfig
from probes.station.station import Station
from probes.twins import csms_twin_of, twin_of
from probes.wire.records import Direction, Frame, MessageType
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from tests.probes.station.test_station import BOUND, running

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
STATION = "OCA.0016.0408.CS"

PRINTED = {
    "OCA.0016.0023.CSMS": ("LH CSMS 1.6", "Korea Land & Housing Corporation (LH)", "1.6", 5, 5),
    "OCA.0016.0118.CSMS": ("KEVS CSMS", "Korea Electric Vehicle Solutions.Co.,Ltd.", "1.0.0", 30, 30),
    "OCA.0016.0411.CSMS": ("Volt Up", "LG Uplus", "1.0", 10, 10),
    "OCA.0016.0608.CSMS": ("CSMS", "Hanmaum", "1.6", 300, 300),
}
"""Of each CSMS as its certificate prints it: product, vendor, software version, and the PICS values for any answer and for Authorize."""

STAMP = "2026-01-01T00:00:00Z"
SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": SCHEDULE,
}
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "00", "issuerKeyHash": "00", "serialNumber": "1"}

UNCERTIFIED: dict[str, dict[str, Any]] = {
    "GetDiagnostics": {"location": "http://h/d"},
    "UpdateFirmware": {"location": "http://h/f", "retrieveDate": STAMP},
    "SetChargingProfile": {"connectorId": 1, "csChargingProfiles": PROFILE},
    "ClearChargingProfile": {},
    "GetCompositeSchedule": {"connectorId": 1, "duration": 60},
    "ReserveNow": {"connectorId": 1, "idTag": "A", "reservationId": 1, "expiryDate": "2099-01-01T00:00:00Z"},
    "CancelReservation": {"reservationId": 1},
    "GetLocalListVersion": {},
    "SendLocalList": {"listVersion": 1, "updateType": "Full"},
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "ExtendedTriggerMessage": {"requestedMessage": "Heartbeat"},
    "GetLog": {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": "http://h/l"}},
    "CertificateSigned": {"certificateChain": "none"},
    "InstallCertificate": {"certificateType": "CentralSystemRootCertificate", "certificate": "none"},
    "GetInstalledCertificateIds": {"certificateType": "CentralSystemRootCertificate"},
    "DeleteCertificate": {"certificateHashData": HASH},
    "SignedUpdateFirmware": {
        "requestId": 1,
        "firmware": {"location": "http://h/f", "retrieveDateTime": STAMP, "signingCertificate": "none", "signature": "none"},
    },
}
"""A call of every profile that OCA.0016.0408.CS is not certified for, each of which would be carried out by a station that is."""


@dataclass
class Pair:
    """A station and a CSMS, one of them a twin."""

    station: Station
    csms: Csms
    link: StationLink

    def slowest(self, answering: Direction) -> dict[str, float]:
        """By action, seconds to the slowest answer of this side."""
        asked: dict[str | None, Frame] = {}
        times: dict[str, float] = {}
        for record in self.link.transcript.records:
            if isinstance(record, Frame) and record.message_type is MessageType.CALL and record.direction is not answering:
                asked[record.message_id] = record
            elif isinstance(record, Frame) and record.direction is answering and record.message_id in asked:
                call = asked[record.message_id]
                times[str(call.action)] = max(times.get(str(call.action), 0.0), record.elapsed - call.elapsed)
        return times


@asynccontextmanager
async def joined(config: StationConfig, csms: Csms) -> AsyncIterator[Pair]:
    async with csms:
        station = Station(config, csms.url, "CP1")
        async with running(station):
            link = await csms.station("CP1", BOUND)
            record = await link.transcript.wait_for(
                lambda record: isinstance(record, Frame) and record.action == "StatusNotification" and '"connectorId":1' in record.raw,
                BOUND,
            )
            assert record is not None
            yield Pair(station, csms, link)


def facts(number: str) -> CertificateFacts:
    return read_facts(GOLDEN / f"{number}.json")


async def test_the_station_is_as_its_certificate_says() -> None:
    certified = facts(STATION)
    declared = certified.configuration_keys or {}
    async with joined(twin_of(certified), Csms(heartbeat_interval=20)) as pair:
        assert pair.link.boot == {
            "chargePointVendor": "LS ELECTRIC CO., LTD",
            "chargePointModel": "LECS007-1CH02CW",
            "firmwareVersion": "V1.3.337",
        }
        names = list(declared)
        told: dict[str, str] = {}
        unknown: set[str] = set()
        for start in range(0, len(names), 20):
            answer = await pair.link.peer.request("GetConfiguration", {"key": names[start : start + 20]}, BOUND)
            told |= {entry["key"]: entry["value"] for entry in answer.payload["configurationKey"]}
            unknown |= set(answer.payload["unknownKey"])
        assert told == {name: value for name, value in declared.items() if value is not None}
        assert unknown == {name for name, value in declared.items() if value is None}
        everything = await pair.link.peer.request("GetConfiguration", {}, BOUND)
        assert {entry["key"]: entry["value"] for entry in everything.payload["configurationKey"]} == told
        too_many = await pair.link.peer.request("GetConfiguration", {"key": names[:21]}, BOUND)
        assert (too_many.kind, too_many.error_code) == ("error", "OccurenceConstraintViolation")
        assert set(pair.link.state.connectors) == {0, 1}
        lock = await pair.link.peer.request("UnlockConnector", {"connectorId": 1}, BOUND)
        assert lock.payload == {"status": "NotSupported"}


async def test_the_station_refuses_what_it_is_not_certified_for_and_answers_in_time() -> None:
    certified = facts(STATION)
    async with joined(twin_of(certified), Csms(heartbeat_interval=20)) as pair:
        for action, payload in UNCERTIFIED.items():
            answer = await pair.link.peer.request(action, payload, BOUND)
            assert (action, answer.kind, answer.error_code) == (action, "error", "NotSupported")
        mark = pair.link.transcript.seq
        await pair.station.controls.plug()
        start = await pair.link.peer.request("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG1"}, BOUND)
        assert start.payload == {"status": "Accepted"}
        begun = await pair.link.transcript.wait_for(
            lambda record: isinstance(record, Frame) and record.action == "StartTransaction", BOUND, after=mark
        )
        assert isinstance(begun, Frame)
        limits = {row.name: row.pics_seconds for row in certified.performance or ()}
        assert limits == {
            "OCPP triggered function timeout": 60,
            "OCPP response timeout": 10,
            "Response time RemoteStartTransaction": 10,
        }
        slowest = pair.slowest(Direction.FROM_STATION)
        assert set(UNCERTIFIED) | {"RemoteStartTransaction"} <= set(slowest)
        assert max(slowest.values()) < 10


OPERATIONS: tuple[Any, ...] = (
    lambda ask: ask.get_configuration(["NumberOfConnectors"]),
    lambda ask: ask.get_diagnostics("http://127.0.0.1:9/"),
    lambda ask: ask.send_local_list([]),
    lambda ask: ask.reserve_now(1, "TAG1", datetime.now(UTC) + timedelta(hours=1), 5),
    lambda ask: ask.cancel_reservation(5),
    lambda ask: ask.set_charging_profile(1, PROFILE),
    lambda ask: ask.clear_charging_profile(1),
    lambda ask: ask.trigger_message("Heartbeat"),
)
"""At least one operation of each of the six profiles."""


@pytest.mark.parametrize("number", PRINTED)
async def test_a_csms_is_as_its_certificate_says(number: str) -> None:
    config = csms_twin_of(facts(number))
    told = (config.name, config.vendor, config.software_version, config.response_timeout_seconds, config.authorize_timeout_seconds)
    assert told == PRINTED[number]
    assert config.profiles == PROFILES
    other = StationConfig("V", "M", "1", profiles=PROFILES, keys={"NumberOfConnectors": "1", "LocalAuthListEnabled": "true"})
    async with joined(other, Csms(profiles=config.profiles)) as pair:
        for ask in OPERATIONS:
            outcome: Outcome = await ask(pair.link.operations)
            assert outcome.answer.kind == "result", outcome.action
        await pair.station.controls.plug()
        await pair.station.controls.tag("TAG1")
        for action in ("Authorize", "StartTransaction", "Heartbeat"):
            assert await pair.link.transcript.wait_for(_answered(action), BOUND) is not None
        for action in ("FirmwareStatusNotification", "DiagnosticsStatusNotification"):
            assert (await pair.station.call(action, {"status": "Idle"})).kind == "result"
        event = {"type": "SettingSystemTime", "timestamp": STAMP}
        for action, payload in (("SecurityEventNotification", event), ("SignCertificate", {"csr": "none"})):
            refused = await pair.station.call(action, payload)
            assert (refused.kind, refused.error_code) == ("error", "NotSupported")
        slowest = pair.slowest(Direction.FROM_CSMS)
        assert slowest["Authorize"] < (config.authorize_timeout_seconds or 0)
        assert max(slowest.values()) < (config.response_timeout_seconds or 0)


def _answered(action: str) -> Any:
    """Whether a record is the CSMS's answer to this call."""
    return lambda record: isinstance(record, Frame) and record.action == action and record.message_type is MessageType.CALLRESULT


async def test_a_csms_does_not_ask_for_what_it_is_not_certified_for() -> None:
    async with joined(StationConfig("V", "M", "1", profiles=PROFILES), Csms(profiles=("Core",))) as pair:

        async def refused(operation: Any) -> str:
            ask: Operations = pair.link.operations
            with pytest.raises(CannotBegin) as caught:
                await operation(ask)
            return str(caught.value)

        said = "SendLocalList: this CSMS does not have the feature profile LocalAuthListManagement; ask one that has it"
        assert await refused(lambda ask: ask.send_local_list([])) == said
        assert "the feature profile Security" in await refused(
            lambda ask: ask.get_installed_certificate_ids("CentralSystemRootCertificate")
        )
        for action in ("FirmwareStatusNotification", "DiagnosticsStatusNotification"):
            assert (await pair.station.call(action, {"status": "Idle"})).error_code == "NotSupported"
        frames = [json.loads(record.raw) for record in pair.link.transcript.records if isinstance(record, Frame)]
        assert "SendLocalList" not in {frame[2] for frame in frames if frame[0] == 2}
