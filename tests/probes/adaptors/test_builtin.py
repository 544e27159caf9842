"""Our own CSMS, asked in this process and over its control port: what is wanted is what its station gets."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from probes.adaptors.base import Adaptor, Asked, By, Drives, Ended
from probes.adaptors.builtin import BuiltinAdaptor, ControlAdaptor
from probes.adaptors.fields import members
from probes.adaptors.operations import (
    OPERATIONS,
    ChangeConfiguration,
    ClearCache,
    GetConfiguration,
    GetDiagnostics,
    GetLog,
    InstallCertificate,
    Operation,
    RemoteStartTransaction,
    ReserveNow,
    Reset,
    SendLocalList,
    SetChargingProfile,
    SignedUpdateFirmware,
    TriggerMessage,
    UpdateFirmware,
)
from probes.cli_control import operate
from probes.control_port import ControlPort
from probes.csms.controls import CsmsControls
from probes.csms.csms import Csms
from probes.csms.files import FileHouse
from probes.csms.wishes import complete
from probes.wire.schemas import violations
from registry.errors import CannotBegin
from tests.probes.adaptors.samples import FULL, SPARSE, WHEN, profile
from tests.probes.csms.test_operations import Obedient, obedient

SECONDS = 10.0


@asynccontextmanager
async def in_process(**options: Any) -> AsyncIterator[tuple[Csms, Obedient, Adaptor]]:
    async with obedient(**options) as (csms, station, _):
        adaptor = BuiltinAdaptor(csms)
        yield csms, station, adaptor
        await adaptor.close()


@asynccontextmanager
async def over_the_port(**options: Any) -> AsyncIterator[tuple[Csms, Obedient, Adaptor]]:
    async with obedient(**options) as (csms, station, _):
        controls = CsmsControls(csms)
        async with ControlPort(controls) as port:
            adaptor = ControlAdaptor(int(port.url.rsplit(":", 1)[1]))
            yield csms, station, adaptor
            await adaptor.close()
        await controls.end()


async def got(station: Obedient) -> tuple[str, Any]:
    async with asyncio.timeout(SECONDS):
        while not station.calls:
            await asyncio.sleep(0.005)
    return station.calls[-1]


def assert_has(whole: Any, wanted: Any) -> None:
    """Everything that is wanted is there; a list without entries may be left out."""
    for name, value in wanted.items():
        if isinstance(value, dict):
            assert_has(whole[name], value)
        else:
            assert whole.get(name, []) == value


@pytest.mark.parametrize("way", [in_process, over_the_port])
@pytest.mark.parametrize("operation", FULL + SPARSE, ids=lambda each: each.action)
async def test_every_operation_reaches_the_station(operation: Operation, way: Any, tmp_path: Path) -> None:
    async with way(files=FileHouse(tmp_path)) as (_, station, adaptor):
        outcome = await adaptor.ask("CP1", operation, SECONDS)
        assert outcome.ended is Ended.ASKED, outcome
        action, payload = await got(station)
        assert action == operation.action
        assert violations(action, False, payload) == []
        assert_has(payload, operation.payload())


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        (ReserveNow(1, "T", WHEN), ("reservationId",)),
        (SendLocalList("Full"), ("listVersion",)),
        (SetChargingProfile(1, profile()), ("csChargingProfiles", "chargingProfileId")),
        (RemoteStartTransaction("T", 1, profile()), ("chargingProfile", "chargingProfileId")),
        (GetLog("SecurityLog"), ("requestId",)),
        (GetLog("SecurityLog"), ("log", "remoteLocation")),
        (GetDiagnostics(), ("location",)),
        (UpdateFirmware("http://f"), ("retrieveDate",)),
        (SignedUpdateFirmware("http://f", signing_certificate="c", signature="s"), ("requestId",)),
        (SignedUpdateFirmware("http://f", signing_certificate="c", signature="s"), ("firmware", "retrieveDateTime")),
        (ChangeConfiguration("AuthorizationKey"), ("value",)),
    ],
    ids=lambda each: getattr(each, "action", None),
)
async def test_what_is_left_open_is_chosen(operation: Operation, path: tuple[str, ...], tmp_path: Path) -> None:
    async with in_process(files=FileHouse(tmp_path)) as (csms, _, _adaptor):
        wanted = operation.payload()
        before = json.dumps(wanted)
        request = complete(csms, "CP1", operation.action, wanted)
        for step in path:
            request = request[step]
        assert request
        assert json.dumps(wanted) == before


async def test_what_it_chooses_is_not_in_use() -> None:
    async with in_process() as (csms, _, adaptor):
        for _ in range(3):
            await adaptor.ask("CP1", ReserveNow(1, "T", WHEN), SECONDS)
            await adaptor.ask("CP1", SetChargingProfile(1, profile(chargingProfilePurpose="TxDefaultProfile")), SECONDS)
            await adaptor.ask("CP1", SendLocalList("Full"), SECONDS)
        state = csms.states[0]
        assert sorted(state.reservations) == [1, 2, 3]
        assert sorted(state.charging_profiles) == [1, 2, 3]
        assert state.local_list_version == 3


@pytest.mark.parametrize("way", [in_process, over_the_port])
@pytest.mark.parametrize(
    ("identity", "operation", "reason"),
    [
        ("CP2", Reset("Soft"), "station CP2: not connected"),
        ("CP1", Reset("Gently"), "Reset: /type: "),
        ("CP1", ChangeConfiguration("AuthorizationKey", "s" * 501), "ChangeConfiguration: /value: the value is not allowed; this is no"),
        ("CP1", ChangeConfiguration("K"), 'ChangeConfiguration: the request: "value" is a required property'),
        ("CP1", UpdateFirmware(), 'UpdateFirmware: the request: "location" is a required property'),
        ("CP1", InstallCertificate("CentralSystemRootCertificate"), 'InstallCertificate: the request: "certificate" is a required'),
        ("CP1", GetDiagnostics(), "this CSMS has no place for files; start it with --files FOLDER"),
        ("CP1", GetLog("SecurityLog"), "this CSMS has no place for files"),
    ],
)
async def test_what_it_cannot_do(identity: str, operation: Operation, reason: str, way: Any) -> None:
    async with way() as (_, station, adaptor):
        outcome = await adaptor.ask(identity, operation, SECONDS)
        assert outcome.ended is Ended.CANNOT
        assert outcome.reason.startswith(reason)
        assert station.calls == []


async def test_a_csms_without_a_feature_profile() -> None:
    async with in_process(profiles=("Core",)) as (_, station, adaptor):
        assert adaptor.capability("Reset").drives is Drives.YES
        told = adaptor.capability("ReserveNow")
        assert (told.drives, told.reason) == (Drives.NO, "this CSMS does not have the feature profile Reservation")
        assert (await adaptor.ask("CP1", ReserveNow(1, "T", WHEN), SECONDS)).ended is Ended.CANNOT
        assert station.calls == []


@pytest.mark.parametrize("way", [in_process, over_the_port])
async def test_who_it_is_and_what_it_passes(way: Any) -> None:
    async with way() as (_, _station, adaptor):
        assert (adaptor.name, adaptor.by) == ("builtin", By.PROGRAM)
        assert all(adaptor.passes(action) == frozenset(members(action)) for action in OPERATIONS)
        assert adaptor.passes("Authorize") == frozenset()
        assert adaptor.capability("Authorize").drives is Drives.NO
        assert all(adaptor.capability(action).drives is Drives.YES for action in OPERATIONS)


async def test_the_answer_is_for_the_notes() -> None:
    async with in_process() as (_, station, adaptor):
        station.answers["Reset"] = {"status": "Rejected"}
        station.answers["GetConfiguration"] = {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "hidden"}]}
        assert await adaptor.ask("CP1", Reset("Soft"), SECONDS) == Asked(Ended.ASKED, answer={"kind": "result", "status": "Rejected"})
        assert await adaptor.ask("CP1", GetConfiguration(), SECONDS) == Asked(Ended.ASKED, answer={"kind": "result"})


async def test_a_station_that_does_not_answer_is_not_waited_for() -> None:
    async with obedient() as (csms, station, _):
        silent = asyncio.Event()

        async def swallow(_text: str) -> None:
            silent.set()

        station.websocket.send = swallow
        adaptor = BuiltinAdaptor(csms)
        assert await adaptor.ask("CP1", ClearCache(), 0.05) == Asked(Ended.ASKED)
        asking = asyncio.create_task(adaptor.ask("CP1", TriggerMessage("Heartbeat"), SECONDS))
        await asyncio.wait_for(silent.wait(), SECONDS)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await adaptor.close()


async def test_an_asking_that_is_called_off_leaves_the_answer_to_the_csms() -> None:
    async with in_process() as (csms, station, adaptor):
        asking = asyncio.create_task(adaptor.ask("CP1", ReserveNow(1, "T", WHEN, 5), SECONDS))
        await got(station)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        async with asyncio.timeout(SECONDS):
            while not csms.states[0].reservations:
                await asyncio.sleep(0.005)
        assert csms.states[0].reservations == {5: 1}


async def test_nobody_at_the_port() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        outcome = await ControlAdaptor(port).ask("CP1", Reset("Soft"), SECONDS)
    assert outcome == Asked(
        Ended.FAILED, f"127.0.0.1:{port}: no controls of a csms there; start it with `ocpp-registry csms --control {port}`"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "operation: 'identity' is missing, or is none; it takes identity and action, texts, and payload, an object"),
        ({"identity": "CP1", "action": "Reset", "payload": "x"}, "operation: 'payload' is missing, or is none"),
        ({"identity": "CP1", "action": 3, "payload": {}}, "operation: 'action' is missing, or is none"),
        ({"identity": "CP1", "action": "Reset", "payload": {}, "more": 1}, "operation: 'more' does not fit"),
        ({"identity": "CP1", "action": "CertificateSigned", "payload": {}}, "'CertificateSigned': no operation that a CSMS can be asked"),
        ({"identity": "CP1", "action": "Reset", "payload": {"type": "Soft", "x": 1}}, "Reset: the request: Additional properties"),
        (
            {"identity": "CP1", "action": "ReserveNow", "payload": {"connectorId": 1, "idTag": "T", "expiryDate": "2030-06-30T23:59:60Z"}},
            None,
        ),
    ],
)
async def test_wishes_that_are_none(arguments: dict[str, Any], problem: str | None) -> None:
    async with obedient() as (csms, station, _):
        controls = CsmsControls(csms)
        if problem is None:
            await controls.do("operation", arguments)
            async with asyncio.timeout(SECONDS):
                while controls.state()["errands"][-1]["outcome"] is None:
                    await asyncio.sleep(0.005)
            assert "no date and time that this CSMS can send" in controls.state()["errands"][-1]["outcome"]
        else:
            with pytest.raises(CannotBegin) as caught:
                await controls.do("operation", arguments)
            assert problem in str(caught.value)
            assert controls.state()["errands"] == []
        assert station.calls == []
        await controls.end()


async def test_the_command_line_asks_too_and_keeps_no_payload() -> None:
    async with obedient() as (csms, station, _):
        controls = CsmsControls(csms)
        async with ControlPort(controls) as port:
            number = port.url.rsplit(":", 1)[1]

            async def said(*arguments: str) -> Any:
                return await asyncio.to_thread(CliRunner().invoke, operate, [number, *arguments])

            payload = json.dumps({"key": "AuthorizationKey", "value": "00112233445566778899aabbccddeeff"})
            ran = await said("operation", "--station", "CP1", "--action", "ChangeConfiguration", "--payload", payload)
            assert json.loads(ran.output)["errands"][-1]["action"] == "ChangeConfiguration"
            assert await got(station) == ("ChangeConfiguration", json.loads(payload))
            async with asyncio.timeout(SECONDS):
                while controls.state()["errands"][-1]["outcome"] is None:
                    await asyncio.sleep(0.005)
            assert controls.state()["errands"] == [
                {"errand": "operation", "identity": "CP1", "action": "ChangeConfiguration", "outcome": "Accepted"}
            ]
            assert (await said("operation", "--station", "CP1", "--action", "ClearCache")).exit_code == 0
            for broken in ("{", "[]"):
                ran = await said("operation", "--station", "CP1", "--action", "Reset", "--payload", broken)
                assert "--payload" in str(ran.exception)
        await controls.end()
