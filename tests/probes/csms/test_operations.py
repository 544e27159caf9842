"""Every operation that the CSMS starts, over a real socket: well-formed on the wire, and its outcome kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from probes.csms.csms import Csms
from probes.csms.operations import Operations, Outcome
from probes.wire.schemas import known_actions, violations
from probes.wire.websocket import SUBPROTOCOL
from registry.errors import CannotBegin

BOUND = 60.0
WHEN = datetime(2030, 1, 1, tzinfo=UTC)
PROFILE = {
    "chargingProfileId": 7,
    "stackLevel": 1,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]},
}
HASHES = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}
FIRMWARE = {"location": "https://h/f", "retrieveDateTime": "2030-01-01T00:00:00.000Z", "signingCertificate": "c", "signature": "s"}


class Obedient:
    """A station made of a bare socket: answers every call with what it is told to, and remembers what came."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.websocket: Any = None
        self.told: asyncio.Queue[Any] = asyncio.Queue()

    async def tell(self, action: str, payload: dict[str, Any]) -> Any:
        """A call of its own; gives the answer's payload."""
        await self.websocket.send(json.dumps([2, "own", action, payload]))
        return await asyncio.wait_for(self.told.get(), BOUND)

    async def serve(self, websocket: Any) -> None:
        try:
            while True:
                kind, number, *rest = json.loads(await websocket.recv())
                if kind != 2:
                    self.told.put_nowait(rest[0])
                    continue
                action, payload = rest
                self.calls.append((action, payload))
                await websocket.send(json.dumps([3, number, self.answers.get(action, {"status": "Accepted"})]))
        except ConnectionClosed:
            return


@asynccontextmanager
async def obedient(**options: Any) -> AsyncIterator[tuple[Csms, Obedient, Operations]]:
    station = Obedient()
    async with Csms(**options) as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        station.websocket = websocket
        serving = asyncio.create_task(station.serve(websocket))
        await csms.station("CP1", BOUND)
        yield csms, station, csms.operations("CP1")
        await websocket.close()
        await serving


Ask = Callable[[Operations], Awaitable[Outcome]]
ASKED: list[tuple[str, Ask, dict[str, Any]]] = [
    ("ChangeAvailability", lambda o: o.change_availability(1, "Inoperative"), {"connectorId": 1, "type": "Inoperative"}),
    ("ChangeConfiguration", lambda o: o.change_configuration("K", "V"), {"key": "K", "value": "V"}),
    ("ClearCache", lambda o: o.clear_cache(), {}),
    ("DataTransfer", lambda o: o.data_transfer("V", "m", "d"), {"vendorId": "V", "messageId": "m", "data": "d"}),
    ("GetConfiguration", lambda o: o.get_configuration(["A"]), {"key": ["A"]}),
    ("GetConfiguration", lambda o: o.get_configuration(), {}),
    (
        "RemoteStartTransaction",
        lambda o: o.remote_start("T", 1, PROFILE | {"chargingProfilePurpose": "TxProfile"}),
        {"idTag": "T", "connectorId": 1, "chargingProfile": PROFILE | {"chargingProfilePurpose": "TxProfile"}},
    ),
    ("RemoteStopTransaction", lambda o: o.remote_stop(5), {"transactionId": 5}),
    ("Reset", lambda o: o.reset("Soft"), {"type": "Soft"}),
    ("UnlockConnector", lambda o: o.unlock_connector(2), {"connectorId": 2}),
    ("GetLocalListVersion", lambda o: o.get_local_list_version(), {}),
    (
        "SendLocalList",
        lambda o: o.send_local_list([{"idTag": "T", "idTagInfo": {"status": "Accepted"}}]),
        {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [{"idTag": "T", "idTagInfo": {"status": "Accepted"}}]},
    ),
    (
        "ReserveNow",
        lambda o: o.reserve_now(0, "T", WHEN, 9, "P"),
        {"connectorId": 0, "idTag": "T", "expiryDate": "2030-01-01T00:00:00.000Z", "reservationId": 9, "parentIdTag": "P"},
    ),
    ("CancelReservation", lambda o: o.cancel_reservation(9), {"reservationId": 9}),
    ("SetChargingProfile", lambda o: o.set_charging_profile(1, PROFILE), {"connectorId": 1, "csChargingProfiles": PROFILE}),
    (
        "ClearChargingProfile",
        lambda o: o.clear_charging_profile(None, 1, "TxProfile", 2),
        {"connectorId": 1, "chargingProfilePurpose": "TxProfile", "stackLevel": 2},
    ),
    (
        "GetCompositeSchedule",
        lambda o: o.get_composite_schedule(1, 300, "W"),
        {"connectorId": 1, "duration": 300, "chargingRateUnit": "W"},
    ),
    (
        "GetDiagnostics",
        lambda o: o.get_diagnostics("ftp://h/d", 2, 30, WHEN, WHEN),
        {
            "location": "ftp://h/d",
            "retries": 2,
            "retryInterval": 30,
            "startTime": "2030-01-01T00:00:00.000Z",
            "stopTime": "2030-01-01T00:00:00.000Z",
        },
    ),
    (
        "UpdateFirmware",
        lambda o: o.update_firmware("http://h/f", WHEN, 2, 30),
        {"location": "http://h/f", "retrieveDate": "2030-01-01T00:00:00.000Z", "retries": 2, "retryInterval": 30},
    ),
    ("TriggerMessage", lambda o: o.trigger_message("MeterValues", 1), {"requestedMessage": "MeterValues", "connectorId": 1}),
    (
        "ExtendedTriggerMessage",
        lambda o: o.extended_trigger_message("SignChargePointCertificate"),
        {"requestedMessage": "SignChargePointCertificate"},
    ),
    ("CertificateSigned", lambda o: o.certificate_signed("pem"), {"certificateChain": "pem"}),
    (
        "InstallCertificate",
        lambda o: o.install_certificate("CentralSystemRootCertificate", "pem"),
        {"certificateType": "CentralSystemRootCertificate", "certificate": "pem"},
    ),
    (
        "GetInstalledCertificateIds",
        lambda o: o.get_installed_certificate_ids("ManufacturerRootCertificate"),
        {"certificateType": "ManufacturerRootCertificate"},
    ),
    ("DeleteCertificate", lambda o: o.delete_certificate(HASHES), {"certificateHashData": HASHES}),
    (
        "GetLog",
        lambda o: o.get_log("SecurityLog", 3, {"remoteLocation": "ftp://h/l"}, 1, 10),
        {"logType": "SecurityLog", "requestId": 3, "log": {"remoteLocation": "ftp://h/l"}, "retries": 1, "retryInterval": 10},
    ),
    ("SignedUpdateFirmware", lambda o: o.signed_update_firmware(4, FIRMWARE), {"requestId": 4, "firmware": FIRMWARE}),
]


async def test_each_operation_says_exactly_this() -> None:
    async with obedient() as (_, station, operations):
        for action, ask, payload in ASKED:
            outcome = await ask(operations)
            assert station.calls[-1] == (action, payload)
            assert violations(action, False, payload) == []
            assert (outcome.action, outcome.status, outcome.accepted) == (action, "Accepted", True)


def test_no_operation_of_a_csms_is_missing() -> None:
    from_station = {
        *("Authorize", "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues"),
        *("StartTransaction", "StatusNotification", "StopTransaction", "LogStatusNotification", "SecurityEventNotification"),
        *("SignCertificate", "SignedFirmwareStatusNotification"),
    }
    assert {action for action, _, _ in ASKED} == known_actions() - from_station


async def test_what_was_accepted_is_known_and_what_was_not_is_not() -> None:
    async with obedient() as (csms, station, operations):
        state = (await csms.station("CP1", BOUND)).state
        await operations.send_local_list()
        await operations.send_local_list(update_type="Differential")
        assert (state.local_list_version, station.calls[-1][1]["listVersion"]) == (2, 2)
        station.answers["SendLocalList"] = {"status": "VersionMismatch"}
        refused = await operations.send_local_list(version=9)
        assert (refused.status, refused.accepted, state.local_list_version) == ("VersionMismatch", False, 2)
        await operations.reserve_now(1, "T", WHEN, 9)
        assert state.reservations == {9: 1}
        await operations.cancel_reservation(9)
        assert state.reservations == {}
        for number, connector in ((7, 1), (8, 2), (9, 2)):
            await operations.set_charging_profile(connector, PROFILE | {"chargingProfileId": number, "stackLevel": number})
        await operations.clear_charging_profile(connector_id=2, stack_level=9)
        assert set(state.charging_profiles) == {7, 8}
        await operations.clear_charging_profile(profile_id=7, connector_id=2)
        assert set(state.charging_profiles) == {8}
        station.answers["ClearChargingProfile"] = {"status": "Unknown"}
        await operations.clear_charging_profile()
        assert set(state.charging_profiles) == {8}


async def test_answers_that_are_none_have_no_status() -> None:
    async with obedient() as (_, station, operations):
        station.answers["Reset"] = ["no object"]
        assert (await operations.reset("Hard")).status is None
        station.answers["Reset"] = {"status": 5}
        assert (await operations.reset("Hard")).status is None


async def test_a_station_that_is_not_there() -> None:
    async with Csms() as csms:
        with pytest.raises(CannotBegin) as caught:
            csms.operations("CP1")
        assert str(caught.value) == f"station CP1: not connected to {csms.url}/CP1; wait for it first"
