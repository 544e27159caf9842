"""Asking over HTTP: what reaches the API, what is made of its answers, and what is never shown."""

from __future__ import annotations

import asyncio
import base64
import gzip
import html
import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from probes.adaptors.base import Asked, By, Capability, Drives, Ended
from probes.adaptors.choices import CHOICES
from probes.adaptors.documents import read
from probes.adaptors.http import BLANK, HttpAdaptor
from probes.adaptors.loading import path_of, read_file, ready_made
from probes.adaptors.operations import (
    OPERATIONS,
    ChangeConfiguration,
    ClearChargingProfile,
    DataTransfer,
    DeleteCertificate,
    GetConfiguration,
    GetLog,
    Operation,
    RemoteStartTransaction,
    ReserveNow,
    Reset,
    SendLocalList,
    SetChargingProfile,
    UpdateFirmware,
)
from probes.adaptors.templates import Unrenderable
from probes.wire.schemas import violations
from registry.errors import CannotBegin
from tests.probes.adaptors.api import Api, Got, api, says
from tests.probes.adaptors.samples import FULL, HASHES, PEM, SPARSE, WHEN, profile

SECONDS = 10.0
NOW = datetime(2029, 12, 31, 23, 59, 0, tzinfo=UTC)
SERIAL = int(NOW.timestamp())
SECRET = "s3cret-pass/word"
STEVE = {"STEVE_USER": "operator", "STEVE_API_PASSWORD": SECRET, "STEVE_CHARGING_PROFILE": "42"}
STATION = "CP 1/ä"


@pytest.fixture(name="there")
def _there() -> Iterator[Api]:
    with api() as there:
        yield there


def adaptor(name: str, there: Api, environment: dict[str, str] | None = None) -> HttpAdaptor:
    return HttpAdaptor(read_file(path_of(name)), base_url=there.url, environment=environment or {}, now=lambda: NOW)


def own(there: Api, text: str, **environment: str) -> HttpAdaptor:
    return HttpAdaptor(read(f'name = "own"\n{text}'), base_url=there.url, environment=environment, now=lambda: NOW)


RESET = 'url = "{base}/r"\n[actions.Reset]\ndrives = "yes"\nbody = "{payload}"\n'


async def asked(by: HttpAdaptor, operation: Operation, station: str = "CP1", seconds: float = SECONDS) -> Asked:
    outcome = await by.ask(station, operation, seconds)
    await by.close()
    return outcome


WHOLE = 'url = "{base}/{action}"\nbody = "{payload}"\n' + "".join(f'[actions.{action}]\ndrives = "yes"\n' for action in OPERATIONS)


WITHOUT_ID = (RemoteStartTransaction("TAG1", charging_profile=profile()), *(each for each in SPARSE if each.action in CHOICES))


@pytest.mark.parametrize("operation", WITHOUT_ID, ids=lambda each: each.action)
async def test_what_is_left_to_the_management_system_is_chosen_for_an_api_that_takes_requests_as_they_are(
    there: Api, operation: Operation
) -> None:
    """Else it would be missing on the wire, and the central system be accused of what it was asked for."""
    assert (await asked(own(there, WHOLE), operation)).ended is Ended.ASKED
    assert list(violations(operation.action, False, there.got[0].body)) == []


async def test_so_it_is_inside_a_structure_that_stands_alone_in_the_body(there: Api) -> None:
    body = 'body = { where = "{connectorId}", what = "{csChargingProfiles}" }'
    text = f'url = "{{base}}/p"\n[actions.SetChargingProfile]\ndrives = "yes"\n{body}\n'
    await asked(own(there, text), SetChargingProfile(1, profile()))
    assert there.got[0].body == {"where": 1, "what": profile(chargingProfileId=SERIAL)}


async def test_what_the_file_chooses_goes_before(there: Api) -> None:
    text = f'{RESET}[actions.ReserveNow]\ndrives = "yes"\nbody = "{{payload}}"\ndefaults = {{ reservationId = 5 }}\n'
    await asked(own(there, text), ReserveNow(1, "TAG1", WHEN))
    assert there.got[0].body["reservationId"] == 5


async def sent(by: HttpAdaptor, there: Api, operation: Operation, station: str = "CP1") -> Got:
    outcome = await asked(by, operation, station)
    assert outcome.ended is Ended.ASKED, outcome
    assert outcome.reason == ""
    return there.got[-1]


# --- The files that ship

MODULES = {
    "evdriver": {
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "UnlockConnector",
        "ClearCache",
        "GetLocalListVersion",
        "SendLocalList",
    },
    "configuration": {
        "Reset",
        "ChangeAvailability",
        "ChangeConfiguration",
        "GetConfiguration",
        "TriggerMessage",
        "DataTransfer",
        "UpdateFirmware",
        "SignedUpdateFirmware",
    },
    "smartcharging": {"SetChargingProfile", "ClearChargingProfile", "GetCompositeSchedule"},
    "reporting": {"GetDiagnostics"},
}
CITRINEOS = {action: module for module, actions in MODULES.items() for action in actions}


@pytest.mark.parametrize("operation", FULL + SPARSE, ids=lambda each: each.action)
async def test_citrineos(operation: Operation, there: Api) -> None:
    by = adaptor("citrineos", there)
    if operation.action not in CITRINEOS:
        assert by.capability(operation.action).drives is Drives.NO
        assert (await asked(by, operation)).ended is Ended.CANNOT
        assert there.got == []
        return
    there.answer = says(200, [{"success": True}])
    got = await sent(by, there, operation, STATION)
    action = operation.action[0].lower() + operation.action[1:]
    assert (got.method, got.path) == ("POST", f"/ocpp/1.6/{CITRINEOS[operation.action]}/{action}")
    assert got.query == [("identifier", STATION), ("tenantId", "1")]
    assert violations(operation.action, False, got.body) == []
    assert_has(got.body, operation.payload())


@pytest.mark.parametrize("operation", FULL + SPARSE, ids=lambda each: each.action)
async def test_octt(operation: Operation, there: Api) -> None:
    got = await sent(adaptor("octt", there), there, operation, STATION)
    kebab = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in operation.action).strip("-")
    assert (got.method, got.target) == ("POST", f"/api/octt/1.6/CP%201%2F%C3%A4/{kebab}")
    assert violations(operation.action, False, got.body) == []
    assert_has(got.body, operation.payload())


def assert_has(whole: Any, wanted: Any) -> None:
    """Everything that is wanted is there, as it was wanted."""
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            assert_has(whole[name], value)
    else:
        assert whole == wanted


PROFILE = {"stackLevel": 1, "chargingProfilePurpose": "TxProfile"}
EXPIRY = "2030-01-02T03:04:05.000Z"
BY_STEVE: dict[str, dict[str, Any]] = {
    "RemoteStartTransaction": {"idTag": "TAG1", "connectorId": 2, "chargingProfilePk": 42},
    "RemoteStopTransaction": {"transactionId": 4711},
    "Reset": {"resetType": "HARD"},
    "UnlockConnector": {"connectorId": 1},
    "ChangeAvailability": {"connectorId": 0, "availType": "INOPERATIVE"},
    "ChangeConfiguration": {"keyType": "PREDEFINED", "confKey": "MeterValueSampleInterval", "value": "60"},
    "GetConfiguration": {"confKeyList": ["HeartbeatInterval", "Own,Key"]},
    "ClearCache": {},
    "DataTransfer": {"vendorId": "vendor", "messageId": "message", "data": "data"},
    "ReserveNow": {"connectorId": 1, "idTag": "TAG1", "expiry": EXPIRY},
    "CancelReservation": {"reservationId": 12},
    "GetLocalListVersion": {},
    "SendLocalList": {
        "listVersion": 3,
        "updateType": "DIFFERENTIAL",
        "sendEmptyListWhenFull": False,
        "addUpdateList": ["TAG1"],
        "deleteList": ["TAG2"],
    },
    "SetChargingProfile": {"connectorId": 1, "chargingProfilePk": 42, "transactionId": 4711},
    "ClearChargingProfile": {
        "filterType": "ChargingProfileId",
        "chargingProfilePk": 7,
        "connectorId": 1,
        "chargingProfilePurpose": "TX_DEFAULT_PROFILE",
        "stackLevel": 0,
    },
    "GetCompositeSchedule": {"connectorId": 1, "durationInSeconds": 300, "chargingRateUnit": "W"},
    "TriggerMessage": {"triggerMessage": "MeterValues", "connectorId": 1},
    "ExtendedTriggerMessage": {"triggerMessage": "SignChargePointCertificate", "connectorId": 1},
    "UpdateFirmware": {"location": "https://files.example/f.bin", "retrieveDateTime": EXPIRY, "retries": 2, "retryInterval": 30},
    "GetDiagnostics": {"location": "ftp://files.example/in", "retries": 2, "retryInterval": 30, "start": EXPIRY, "stop": EXPIRY},
    "GetLog": {
        "logType": "SecurityLog",
        "location": "https://files.example/in",
        "retries": 2,
        "retryInterval": 30,
        "start": EXPIRY,
        "stop": EXPIRY,
    },
    "SignedUpdateFirmware": {
        "location": "https://files.example/f.bin",
        "retrieveDateTime": EXPIRY,
        "installDateTime": EXPIRY,
        "signature": "c2ln",
        "signingCertificate": PEM,
        "retries": 2,
        "retryInterval": 30,
    },
    "InstallCertificate": {"certificateType": "CentralSystemRootCertificate", "certificate": PEM},
    "GetInstalledCertificateIds": {"certificateType": "ManufacturerRootCertificate"},
}
"""Written from the parameters of SteVe's own operations and its tests of them."""


@pytest.mark.parametrize("operation", FULL, ids=lambda each: each.action)
async def test_steve(operation: Operation, there: Api) -> None:
    by = adaptor("steve", there, STEVE)
    if operation.action == "DeleteCertificate":
        assert (await asked(by, operation)) == Asked(
            Ended.CANNOT, "SteVe names a certificate by its number in its own database, which its API does not tell"
        )
        return
    got = await sent(by, there, operation, STATION)
    assert (got.method, got.target) == ("POST", f"/api/v1/operations/{operation.action}")
    assert got.headers["authorization"] == "Basic " + base64.b64encode(f"operator:{SECRET}".encode()).decode()
    assert got.headers["content-type"] == "application/json"
    assert got.body == {"chargeBoxIdList": [STATION], **BY_STEVE[operation.action]}


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        (RemoteStartTransaction("TAG1"), {"idTag": "TAG1"}),
        (GetConfiguration(), {}),
        (
            SendLocalList("Full", ()),
            {"listVersion": SERIAL, "updateType": "FULL", "sendEmptyListWhenFull": True, "addUpdateList": [], "deleteList": []},
        ),
        (SendLocalList("Full"), {"listVersion": SERIAL, "updateType": "FULL", "sendEmptyListWhenFull": False}),
        (ClearChargingProfile(), {"filterType": "OtherParameters"}),
        (UpdateFirmware("https://f"), {"location": "https://f", "retrieveDateTime": "2030-01-01T00:00:00.000Z"}),
    ],
)
async def test_steve_is_told_no_more_than_is_wanted(operation: Operation, body: dict[str, Any], there: Api) -> None:
    got = await sent(adaptor("steve", there, STEVE), there, operation)
    assert got.body == {"chargeBoxIdList": ["CP1"], **body}


async def test_what_is_chosen_for_the_central_system_is_never_the_same_twice(there: Api) -> None:
    by = adaptor("octt", there)
    numbers = [(await sent(by, there, ReserveNow(1, "T", WHEN))).body["reservationId"] for _ in range(3)]
    assert numbers == [SERIAL, SERIAL + 1, SERIAL + 2]
    assert (await sent(by, there, ReserveNow(1, "T", WHEN, 5))).body["reservationId"] == 5


async def test_without_what_an_operation_needs_of_the_environment(there: Api) -> None:
    by = adaptor("steve", there, {"STEVE_USER": "u", "STEVE_API_PASSWORD": "p"})
    told = by.capability("SetChargingProfile")
    assert told.drives is Drives.NO
    assert told.reason.startswith(
        "the environment variable STEVE_CHARGING_PROFILE is not set; SteVe sends charging profiles that are stored"
    )
    assert (await asked(by, SetChargingProfile(1, profile()))).ended is Ended.CANNOT
    assert (await asked(by, RemoteStartTransaction("T"))).ended is Ended.ASKED
    refused = await asked(by, RemoteStartTransaction("T", charging_profile=profile()))
    assert refused == Asked(Ended.CANNOT, "RemoteStartTransaction: the environment variable STEVE_CHARGING_PROFILE is not set")
    assert len(there.got) == 1
    with pytest.raises(CannotBegin, match="STEVE_API_PASSWORD is not set; export STEVE_API_PASSWORD, STEVE_USER"):
        adaptor("steve", there)


@pytest.mark.parametrize(
    ("name", "operation", "reason"),
    [
        ("steve", UpdateFirmware(), "UpdateFirmware: location is left to the management system, and its API wants to be told"),
        ("steve", ChangeConfiguration("AuthorizationKey"), "ChangeConfiguration: value is left to the management system"),
        ("steve", GetLog("SecurityLog"), "GetLog: log.remoteLocation is left to the management system"),
        ("octt", GetLog("SecurityLog"), 'GetLog: the API wants a complete OCPP request, and this one: "log" is a required property'),
        ("octt", ChangeConfiguration("k"), 'ChangeConfiguration: the API wants a complete OCPP request, and this one: "value"'),
        ("citrineos", DeleteCertificate(HASHES), "CitrineOS has no route for it in OCPP 1.6, only in 2.0.1"),
    ],
)
async def test_what_an_api_cannot_leave_open(name: str, operation: Operation, reason: str, there: Api) -> None:
    outcome = await asked(adaptor(name, there, STEVE), operation)
    assert outcome.ended is Ended.CANNOT
    assert outcome.reason.startswith(reason)
    assert there.got == []


async def test_values_that_try_to_leave_their_place(there: Api) -> None:
    by = adaptor("octt", there)
    nasty = '{station}"},"x":"${env:HOME}'
    got = await sent(by, there, ChangeConfiguration(nasty[:50], nasty), "../../admin?x=1#y")
    assert got.target == "/api/octt/1.6/..%2F..%2Fadmin%3Fx%3D1%23y/change-configuration"
    assert got.body == {"key": nasty[:50], "value": nasty}
    for station in ("", ".", ".."):
        outcome = await asked(by, Reset("Hard"), station)
        assert outcome == Asked(Ended.CANNOT, f"Reset: {station!r} cannot stand in a URL")


def _strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {each for below in value.values() for each in _strings(below)}
    if isinstance(value, list):
        return {each for below in value for each in _strings(below)}
    return {value} if isinstance(value, str) else set()


ANYTHING = st.one_of(st.text(max_size=30), st.sampled_from(["{station}", "${env:STEVE_API_PASSWORD}", "{{", '"}', "\\", "{idTag|upper}"]))


READY = {
    name: HttpAdaptor(read_file(path_of(name)), base_url="http://api.example", environment=STEVE, now=lambda: NOW) for name in ready_made()
}


@given(station=ANYTHING, one=ANYTHING, other=ANYTHING, name=st.sampled_from(("steve", "citrineos", "octt")))
def test_any_values_arrive_as_they_are(station: str, one: str, other: str, name: str) -> None:
    by = READY[name]
    for operation in (
        DataTransfer(one, other, station),
        ChangeConfiguration(one, other),
        GetConfiguration((one, other)),
        SendLocalList("Full", ({"idTag": one, "idTagInfo": {"status": "Accepted", "parentIdTag": other}},)),
        ReserveNow(1, one, WHEN, 3, other),
    ):
        if by.capability(operation.action).drives is Drives.NO:
            continue
        if name == "octt" and station in {"", ".", ".."}:
            with pytest.raises(Unrenderable, match="cannot stand in a URL"):
                by._prepared(by._file.requests[operation.action], station, operation)
            continue
        prepared = by._prepared(by._file.requests[operation.action], station, operation)
        parts = urlsplit(prepared.url)
        assert parts.netloc == "api.example"
        assert parts.query == parts.fragment == ""
        assert prepared.body is not None
        given_strings = _strings(operation.payload()) | {station}
        of_the_api = {"PREDEFINED", "FULL"} if name == "steve" else set()
        assert _strings(json.loads(prepared.body)) <= given_strings | of_the_api
        told = dict(prepared.query)
        assert told.get("identifier", station) == station
        if name == "steve":
            assert json.loads(prepared.body)["chargeBoxIdList"] == [station]
            assert prepared.headers["Authorization"].startswith("Basic ")
        else:
            assert_has(json.loads(prepared.body), operation.payload())


# --- Who is asked, and what passes as it is


def test_what_is_passed_on_as_it_is(there: Api) -> None:
    steve, octt = adaptor("steve", there, STEVE), adaptor("octt", there)
    assert steve.by is By.PROGRAM
    assert steve.name == "SteVe"
    assert steve.passes("RemoteStartTransaction") == {"idTag", "connectorId"}
    assert steve.passes("ChangeConfiguration") == {"key"}
    assert steve.passes("DeleteCertificate") == frozenset()
    assert octt.passes("GetLog") == {"log", "logType", "requestId", "retries", "retryInterval"}
    assert adaptor("citrineos", there).passes("GetConfiguration") == frozenset()
    assert octt.capability("Authorize") == Capability(Drives.NO, "the adaptor file does not name it")
    assert octt.passes("Authorize") == frozenset()


async def test_the_rest_of_a_request(there: Api) -> None:
    by = own(
        there,
        """
headers = { Authorization = "Bearer ${env:TOKEN}", X-Station = "{station}" }
[spellings.kinds]
Hard = "power cycle"
Soft = "restart"
[actions.Reset]
drives = "yes"
method = "PUT"
url = "{base}/stations/{station}/reset?how={type|kinds}"
headers = { X-Station = "overridden" }
body = { why = "{action} of {station}" }
[actions.RemoteStartTransaction]
drives = "yes"
method = "GET"
query = { key = "{connectorId}", tag = "{idTag}", profile = "{chargingProfile.stackLevel}" }
url = "{base}/start"
""",
        TOKEN=SECRET,
    )
    got = await sent(by, there, Reset("Hard"))
    assert (got.method, got.target) == ("PUT", "/stations/CP1/reset?how=power%20cycle")
    assert (got.headers["authorization"], got.headers["x-station"]) == (f"Bearer {SECRET}", "overridden")
    assert got.body == {"why": "Reset of CP1"}
    got = await sent(by, there, RemoteStartTransaction("a&b=c", 0))
    assert (got.method, got.path, got.query) == ("GET", "/start", [("key", "0"), ("tag", "a&b=c")])
    assert got.raw == b""
    assert got.headers["x-station"] == "CP1"
    outcome = await asked(by, Reset("Hard"), "CP1\r\nX-Injected: 1")
    assert outcome.ended is Ended.ASKED
    assert "x-injected" not in there.got[-1].headers
    outcome = await asked(by, RemoteStartTransaction("T"), "CP1\r\nX-Injected: 1")
    assert outcome == Asked(Ended.CANNOT, "RemoteStartTransaction: the header X-Station cannot carry this value")


# --- Answers, friendly and hostile


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, "", "HTTP 401 Unauthorized"),
        (400, {"error": "Requested tag\nis not eligible"}, 'HTTP 400 Bad Request: {"error": "Requested tag\\nis not eligible"}'),
        (500, "<html>\n<b>oops</b>", "HTTP 500 Internal Server Error: <html> <b>oops</b>"),
        (404, "x" * 500, "HTTP 404 Not Found: " + "x" * 200),
        (503, b"\xff\xfe\x00\x1b[31m", "HTTP 503 Service Unavailable: ???"),
    ],
)
async def test_refusals_are_no_fault_of_the_wish(status: int, body: Any, reason: str, there: Api) -> None:
    there.answer = says(status, body)
    outcome = await asked(own(there, RESET), Reset("Soft"))
    assert outcome.ended is Ended.FAILED
    assert outcome.reason.startswith(f"adaptor own at {there.url}: {reason}".rstrip("?"))
    assert outcome.answer["status"] == status
    assert outcome.reason.isprintable()
    assert len(outcome.answer["text"]) <= 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int, there: Api) -> None:
    with api() as elsewhere:
        there.answer = says(status, "", Location=f"{elsewhere.url}/r?token=abc")
        outcome = await asked(own(there, RESET), Reset("Soft"))
        assert outcome.ended is Ended.FAILED
        assert f"redirects to {elsewhere.url.removeprefix('http://')}, which is not followed" in outcome.reason
        assert "abc" not in outcome.reason
        assert elsewhere.got == []
        assert len(there.got) == 1


async def test_an_api_that_says_that_it_did_nothing(there: Api) -> None:
    by = adaptor("citrineos", there)
    for answer, ended, why in (
        ([{"success": True}], Ended.ASKED, ""),
        ([{"success": False, "payload": "Station CP1 is not connected"}], Ended.FAILED, "it did not: Station CP1 is not connected"),
        ([{"success": False, "payload": {"a": 1}}], Ended.FAILED, 'it did not: {"a": 1}'),
        ([{"success": False}], Ended.FAILED, "it says that it did not"),
        ([{"success": 0}], Ended.ASKED, ""),
        ([], Ended.ASKED, ""),
        ("no JSON", Ended.ASKED, ""),
        ("[" * 60000, Ended.ASKED, ""),
    ):
        there.answer = says(200, answer)
        outcome = await asked(by, Reset("Soft"))
        assert outcome.ended is ended
        assert outcome.reason.endswith(why)


async def test_an_answer_without_end(there: Api) -> None:
    def forever(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not there.ended.is_set():
            handler.wfile.write(b"x" * 4096)

    there.answer = forever
    outcome = await asked(own(there, RESET), Reset("Soft"))
    assert outcome.ended is Ended.ASKED
    assert outcome.answer == {"status": 200, "text": "x" * 200}


async def test_an_answer_that_unpacks_to_something_huge_is_not_unpacked(there: Api) -> None:
    there.answer = says(200, gzip.compress(b"0" * 50_000_000), **{"Content-Encoding": "gzip"})
    outcome = await asked(own(there, RESET), Reset("Soft"))
    assert outcome.ended is Ended.ASKED
    assert there.got[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("drip", [False, True])
async def test_an_answer_that_does_not_come(drip: bool, there: Api) -> None:
    def never(handler: BaseHTTPRequestHandler) -> None:
        if drip:
            handler.send_response(200)
            handler.end_headers()
        while not there.ended.wait(0.05):
            if drip:
                handler.wfile.write(b"x")

    there.answer = never
    began = time.monotonic()
    outcome = await asked(own(there, RESET), Reset("Soft"), seconds=0.4)
    assert time.monotonic() - began < SECONDS / 2
    assert outcome.ended is (Ended.ASKED if drip and outcome.answer else Ended.FAILED)
    if outcome.ended is Ended.FAILED:
        assert outcome.reason.startswith(f"adaptor own at {there.url}: the API did not answer")


async def test_a_minute_is_the_most(there: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: BaseHTTPRequestHandler) -> None:
        there.ended.wait(SECONDS)

    there.answer = never
    monkeypatch.setattr("probes.adaptors.http.ANSWER_SECONDS", 0.2)
    outcome = await asked(own(there, RESET), Reset("Soft"), seconds=300.0)
    assert outcome == Asked(Ended.FAILED, f"adaptor own at {there.url}: the API did not answer within 0.2 s")


async def test_whoever_stops_waiting_waits_no_longer(there: Api) -> None:
    def never(_: BaseHTTPRequestHandler) -> None:
        there.ended.wait(SECONDS)

    there.answer = never
    asking = asyncio.create_task(own(there, RESET).ask("CP1", Reset("Soft"), SECONDS))
    async with asyncio.timeout(SECONDS):
        while not there.got:
            await asyncio.sleep(0.005)
    asking.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert time.monotonic() - began < SECONDS / 2


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (b"220 ftp ready\r\n", "it cannot be reached"),
        (b"", "it cannot be reached"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "it cannot be reached"),
    ],
)
async def test_what_is_no_api_of_http(first: bytes, reason: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        outcome = await asked(own(Api(url), RESET), Reset("Soft"))
    assert outcome.ended is Ended.FAILED
    assert outcome.reason.startswith(f"adaptor own at {url}: {reason}")


async def test_nobody_listens() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        outcome = await asked(own(Api(url), RESET), Reset("Soft"))
    assert outcome == Asked(
        Ended.FAILED,
        f"adaptor own at {url}: it cannot be reached (Connection refused); check the address, and that the management system runs",
    )


async def test_certificates_are_verified(tmp_path: Path) -> None:
    authority = trustme.CA()
    with api(authority.issue_cert("127.0.0.1").configure_cert) as there:
        outcome = await asked(own(there, RESET), Reset("Soft"))
        assert outcome.ended is Ended.FAILED
        assert "its certificate is not trusted (unable to get local issuer certificate); give ca_file" in outcome.reason
        assert there.got == []
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        assert (await asked(own(there, RESET, SSL_CERT_FILE=str(tmp_path / "ca.pem")), Reset("Soft"))).ended is Ended.ASKED
        named = own(there, f'ca_file = "{tmp_path}/ca.pem"\n{RESET}')
        assert (await asked(named, Reset("Soft"))).ended is Ended.ASKED
        plain = own(Api(there.url.replace("https", "http")), RESET)
        assert (await asked(plain, Reset("Soft"))).ended is Ended.FAILED
    with api() as there:
        outcome = await asked(own(Api(there.url.replace("http", "https")), RESET), Reset("Soft"))
        assert "TLS could not be agreed upon" in outcome.reason


async def test_the_environment_s_proxies_and_netrc_are_left_alone(there: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login l password p\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    got = await sent(own(there, RESET), there, Reset("Soft"))
    assert "authorization" not in got.headers


# --- Secrets


SECRETS = (SECRET, 'töken "q" <&>', "0123456789abcdef0123")


@pytest.mark.parametrize("status", [200, 302, 400])
@pytest.mark.parametrize("piece", ["target", "authorization", "body", "page", "prose", "tag"])
async def test_secrets_are_never_told(piece: str, status: int, there: Api) -> None:
    password, token, key = SECRETS

    def echo(handler: BaseHTTPRequestHandler) -> None:
        got = there.got[-1]
        told: dict[str, Any] = {
            "target": got.target,
            "authorization": got.headers["authorization"],
            "body": got.body,
            "page": f"<p>{html.escape(token)}</p> {quote(token).lower()}",
            "prose": f"the new value {key} is set",
            "tag": {"idTag": "TAG-12345"},
        }
        says(status, told[piece], Location=f"http://{quote(password, safe='')}/{token!a}")(handler)

    there.answer = echo
    by = own(
        there,
        """
[basic]
user = "operator"
password = "${env:PASSWORD}"
[query]
token = "${env:TOKEN}"
[actions.ChangeConfiguration]
drives = "yes"
url = "{base}/c/${env:TOKEN}"
body = { token = "${env:TOKEN:-none}", payload = "{payload}" }
""",
        PASSWORD=password,
        TOKEN=token,
    )
    outcome = await asked(by, ChangeConfiguration("AuthorizationKey", key))
    got = there.got[-1]
    assert got.body == {"token": token, "payload": {"key": "AuthorizationKey", "value": key}}
    assert got.query == [("token", token)]
    told = f"{outcome.reason} {outcome.answer['text']} {by!r}"
    assert BLANK in told or piece == "tag"
    hidden = [*SECRETS, "ken", "6ken", "u00f6ken", "TAG-12345", base64.b64encode(f"operator:{password}".encode()).decode()]
    for secret in hidden:
        without = told.replace('"token"', "").replace("?token=", "")
        assert secret not in without, f"{secret} in {told}"


async def test_a_prepared_request_does_not_show_what_it_carries(there: Api) -> None:
    by = own(there, RESET + 'headers = { Authorization = "Bearer ${env:T}" }\n', T=SECRET)
    prepared = by._prepared(by._file.requests["Reset"], "CP1", Reset("Soft"))
    assert SECRET not in repr(prepared)
    assert prepared.headers["Authorization"] == f"Bearer {SECRET}"


# --- Addresses


def test_where_there_is_no_address() -> None:
    with pytest.raises(CannotBegin, match="adaptor own: where is its API\\? name it with its address, as NAME=http://HOST:PORT/PATH"):
        HttpAdaptor(read(f'name = "own"\n{RESET}'), environment={})


def test_every_ready_made_file_names_every_operation() -> None:
    for name in ("steve", "citrineos", "octt"):
        assert set(read_file(path_of(name)).capabilities) == set(OPERATIONS)
