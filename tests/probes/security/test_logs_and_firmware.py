"""Logs uploaded and signed firmware installed over real transfers (security white paper, N01 and L01; TC_079 to TC_081)."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from probes.csms.files import SCHEMES, Place
from probes.csms.operations import Outcome
from probes.pki.certificates import fingerprint, to_pem
from probes.pki.firmware import sign
from probes.pki.issuing import Issuer
from probes.station.transfers import upload
from probes.wire.clock import ocpp_time
from probes.wire.records import Frame
from tests.probes.security.setting import BOUND, MAKER, NOW, PAST, SECURE, SIGNED_BY, SIGNER, Operator, Secured, secured, until
from tests.probes.station.test_station import sent

IMAGE = b"firmware " * 1000


async def statuses(both: Secured, action: str, last: str, after: int = 0) -> list[dict[str, Any]]:
    """The notifications of this action up to the one with the last status."""
    await both.saw(action, after=after, status=last)
    records = [each for each in both.csms.transcript("CP1").records if isinstance(each, Frame) and each.seq > after]
    return [json.loads(each.raw)[3] for each in records if sent(action)(each)]


# --- logs


async def fetched(both: Secured, kind: str, scheme: str, request_id: int = 7, **log: str) -> list[dict[str, Any]]:
    """Ask for a log; gives its lines once it has come."""
    place = both.files.inbox("CP1", scheme)
    mark = both.mark
    outcome = await both.ask.get_log(kind, request_id, {"remoteLocation": place.location, **log})
    assert outcome.status == "Accepted"
    path = await both.files.arrived(place, BOUND)
    assert path is not None
    assert path.name == outcome.payload["filename"]
    told = await statuses(both, "LogStatusNotification", "Uploaded", after=mark)
    assert told == [{"status": "Uploading", "requestId": request_id}, {"status": "Uploaded", "requestId": request_id}]
    both.files.end(place)
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_security_log_is_uploaded(scheme: str, tmp_path: Path) -> None:
    """TC_079."""
    operator = Operator(tmp_path)
    async with secured(tmp_path, schemes=SCHEMES, key_pair=operator.pair) as both:
        await both.ask.install_certificate("CentralSystemRootCertificate", operator.authority.root_pem)
        lines = await fetched(both, "SecurityLog", scheme)
        assert [line["type"] for line in lines] == ["StartupOfTheDevice", "ReconfigurationOfSecurityParameters"]
        assert await fetched(both, "SecurityLog", scheme, 8, latestTimestamp=PAST) == []
        assert len(await fetched(both, "SecurityLog", scheme, 9, oldestTimestamp=PAST)) == 2


async def test_the_diagnostics_log_is_uploaded(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        lines = await fetched(both, "DiagnosticsLog", "ftp")
        assert "configuration" in lines[0]
        assert any("BootNotification" in json.dumps(line) for line in lines)
        assert len(await fetched(both, "DiagnosticsLog", "http", 8, latestTimestamp=PAST)) == 1


@pytest.mark.parametrize(
    ("location", "status"),
    [
        ("sftp://127.0.0.1/", "NotSupportedOperation"),
        ("http://127.0.0.1:1/", "UploadFailure"),
        ("wrong password", "PermissionDenied"),
        ("read only", "NotSupportedOperation"),
        ("no HTTP", "BadMessage"),
    ],
)
async def test_an_upload_that_fails_says_why(location: str, status: str, tmp_path: Path) -> None:
    """N01.FR.10."""
    async with secured(tmp_path) as both:
        if location == "wrong password":
            location = both.files.inbox("CP1").location.replace(":", ":x", 2).replace("http:x", "http:")
        elif location == "read only":
            location = both.files.offer("f", b"").location
        elif location == "no HTTP":
            location = both.files.inbox("CP1", "ftp").location.replace("ftp://", "http://")
        assert (await both.ask.get_log("SecurityLog", 5, {"remoteLocation": location})).status == "Accepted"
        told = await statuses(both, "LogStatusNotification", status)
        assert told == [{"status": "Uploading", "requestId": 5}, {"status": status, "requestId": 5}]


@contextmanager
def stubborn(failures: int, hold: threading.Event | None = None) -> Iterator[tuple[str, list[str]]]:
    """A server that refuses so many times, and then takes what it gets, or holds everybody up until it may go on."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(b"")

        def do_GET(self) -> None:
            self.answer(IMAGE)

        def answer(self, content: bytes) -> None:
            seen.append(self.path)
            if hold:
                hold.wait(BOUND)
            self.send_response(503 if len(seen) <= failures else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", seen
    finally:
        if hold:
            hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("failures", "status"), [(2, "Uploaded"), (3, "UploadFailure")])
async def test_uploads_are_retried(failures: int, status: str, tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        with stubborn(failures) as (location, seen):
            await both.ask.get_log("SecurityLog", 5, {"remoteLocation": location}, retries=2, retry_interval=0)
            await statuses(both, "LogStatusNotification", status)
            assert len(seen) == 3


async def test_a_new_request_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """N01.FR.11; N01.FR.12: asked in between, the station says what goes on."""
    hold = threading.Event()
    async with secured(tmp_path) as both:
        with stubborn(0, hold) as (location, seen):
            assert (await both.ask.get_log("SecurityLog", 1, {"remoteLocation": location})).status == "Accepted"
            await until(lambda: seen)
            mark = both.mark
            await both.ask.extended_trigger_message("LogStatusNotification")
            assert await both.saw("LogStatusNotification", after=mark) == {"status": "Uploading", "requestId": 1}
            place = both.files.inbox("CP1")
            outcome = await both.ask.get_log("SecurityLog", 2, {"remoteLocation": place.location})
            assert outcome.status == "AcceptedCanceled"
            assert await both.files.arrived(place, BOUND)
        told = await statuses(both, "LogStatusNotification", "Uploaded")
        assert [entry["requestId"] for entry in told if entry["status"] == "Uploaded"] == [2]
        mark = both.mark
        await both.ask.extended_trigger_message("LogStatusNotification")
        assert await both.saw("LogStatusNotification", after=mark) == {"status": "Idle"}


# --- signed firmware


def offered(both: Secured, image: bytes = IMAGE, scheme: str = "http") -> Place:
    return both.files.offer("firmware.bin", image, scheme)


async def update(both: Secured, location: str, image: bytes = IMAGE, request_id: int = 3, **changed: Any) -> Outcome:
    retries = {name: changed.pop(name) for name in ("retries", "retry_interval") if name in changed}
    firmware = {
        "location": location,
        "retrieveDateTime": PAST,
        "signingCertificate": to_pem(SIGNED_BY),
        "signature": sign(image, SIGNER),
        **changed,
    }
    return await both.ask.signed_update_firmware(request_id, firmware, **retries)


async def trust_maker(both: Secured) -> None:
    outcome = await both.ask.install_certificate("ManufacturerRootCertificate", to_pem(MAKER.certificate))
    assert outcome.status == "Accepted"


async def progress(both: Secured, last: str, after: int = 0) -> list[str]:
    told = await statuses(both, "SignedFirmwareStatusNotification", last, after)
    assert {entry["requestId"] for entry in told} == {3}
    return [entry["status"] for entry in told]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_signed_firmware_is_installed(scheme: str, tmp_path: Path) -> None:
    """TC_080."""
    operator = Operator(tmp_path)
    async with secured(tmp_path, schemes=SCHEMES, key_pair=operator.pair) as both:
        await trust_maker(both)
        await both.ask.install_certificate("CentralSystemRootCertificate", operator.authority.root_pem)
        mark = both.mark
        assert (await update(both, offered(both, scheme=scheme).location)).status == "Accepted"
        told = await progress(both, "Installed")
        assert told == ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
        await both.saw("BootNotification", after=mark)
        await both.event("FirmwareUpdated", after=mark)
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Unavailable")
        await both.link()
        mark = both.mark
        await both.ask.extended_trigger_message("FirmwareStatusNotification")
        assert await both.saw("SignedFirmwareStatusNotification", after=mark) == {"status": "Idle"}


async def test_a_signature_that_does_not_fit(tmp_path: Path) -> None:
    """TC_081."""
    async with secured(tmp_path) as both:
        await trust_maker(both)
        assert (await update(both, offered(both).location, b"another image")).status == "Accepted"
        assert await progress(both, "InvalidSignature") == ["Downloading", "Downloaded", "InvalidSignature"]
        await both.event("InvalidFirmwareSignature")
        mark = both.mark
        await both.ask.extended_trigger_message("FirmwareStatusNotification")
        assert await both.saw("SignedFirmwareStatusNotification", after=mark) == {"status": "InvalidSignature", "requestId": 3}


def foreign() -> str:
    issuer = Issuer.new("Nobody", "Nobody", NOW, "RSA")
    return to_pem(issuer.issue("Firmware", "Nobody", SIGNER.public_key(), NOW, timedelta(days=3)))


def issued(began: datetime = NOW, key: rsa.RSAPrivateKey = SIGNER) -> str:
    return to_pem(MAKER.issue("Firmware", "Maker", key.public_key(), began, timedelta(days=3)))


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (foreign, "signed by no authority"),
        (lambda: issued(NOW - timedelta(days=9)), "has expired"),
        (lambda: issued(NOW + timedelta(days=9)), "not valid yet"),
        (lambda: issued(key=rsa.generate_private_key(65537, 1024)), "1024 bits"),  # noqa: S505 - weak on purpose
        (lambda: to_pem(MAKER.certificate), "may not sign firmware"),
        (lambda: "nonsense", "cannot be read"),
    ],
)
async def test_a_signing_certificate_that_is_wrong(certificate: Any, why: str, tmp_path: Path) -> None:
    """L01.FR.02, FR.23, FR.24: nothing is fetched."""
    async with secured(tmp_path) as both:
        await trust_maker(both)
        assert (await update(both, "http://127.0.0.1:1/", signingCertificate=certificate())).status == "InvalidCertificate"
        event = await both.event("InvalidFirmwareSigningCertificate")
        assert why in event["techInfo"]


async def test_a_signing_certificate_that_was_revoked(tmp_path: Path) -> None:
    """L01.FR.25."""
    async with secured(tmp_path, replace(SECURE, revoked_certificates=(fingerprint(SIGNED_BY),))) as both:
        await trust_maker(both)
        assert (await update(both, "http://127.0.0.1:1/")).status == "RevokedCertificate"
        await both.event("InvalidFirmwareSigningCertificate")


async def test_without_a_manufacturers_root_no_firmware_is_taken(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        assert (await update(both, "http://127.0.0.1:1/")).status == "InvalidCertificate"


async def test_unsigned_firmware_is_not_taken_any_more(tmp_path: Path) -> None:
    """L01.FR.20."""
    async with secured(tmp_path) as both:
        outcome = await both.ask.update_firmware(offered(both).location, NOW)
        assert outcome.answer.error_code == "NotSupported"


@pytest.mark.parametrize(
    ("image", "last"),
    [
        (b"", "InstallationFailed"),
        (b"sha256:" + b"0" * 64 + b"\nrest", "InstallVerificationFailed"),
        (b"sha256:" + sha256(b"rest").hexdigest().encode() + b"\nrest", "Installed"),
    ],
)
async def test_what_is_installed_is_verified(image: bytes, last: str, tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        await trust_maker(both)
        await update(both, offered(both, image).location, image)
        assert (await progress(both, last))[2] == "SignatureVerified"
        await both.link()
        await until(lambda: not any(connector.held for connector in both.station.connectors.values()))


@pytest.mark.parametrize(("failures", "last"), [(2, "Installed"), (3, "DownloadFailed")])
async def test_downloads_are_retried(failures: int, last: str, tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        await trust_maker(both)
        with stubborn(failures) as (location, seen):
            await update(both, location, retries=2, retry_interval=0)
            await progress(both, last)
            assert len(seen) == 3


async def test_everything_at_its_time(tmp_path: Path) -> None:
    """L01.FR.13, FR.16, FR.17."""
    async with secured(tmp_path) as both:
        await trust_maker(both)
        soon = [ocpp_time(datetime.now(UTC) + timedelta(seconds=seconds)) for seconds in (0.3, 3.0)]
        await update(both, offered(both).location, retrieveDateTime=soon[0], installDateTime=soon[1])
        told = await progress(both, "Installed")
        assert told[:5] == ["DownloadScheduled", "Downloading", "Downloaded", "SignatureVerified", "InstallScheduled"]
        assert datetime.now(UTC) > datetime.fromisoformat(soon[1])


async def test_a_download_may_be_paused(tmp_path: Path) -> None:
    """L01.FR.14."""
    hold = threading.Event()
    async with secured(tmp_path) as both:
        await trust_maker(both)
        with stubborn(0, hold) as (location, seen):
            assert not await both.station.signed_firmware.pause()
            await update(both, location)
            await until(lambda: seen)
            assert await both.station.signed_firmware.pause()
            hold.set()
            mark = both.mark
            await both.ask.extended_trigger_message("FirmwareStatusNotification")
            assert await both.saw("SignedFirmwareStatusNotification", after=mark) == {"status": "DownloadPaused", "requestId": 3}
            await both.station.signed_firmware.resume()
            told = await progress(both, "Installed")
        assert told[:2] == ["Downloading", "DownloadPaused"]
        assert told[3:5] == ["Downloading", "Downloaded"]


async def test_a_scheduled_update_is_cancelled_by_the_next(tmp_path: Path) -> None:
    """L01.FR.26."""
    async with secured(tmp_path) as both:
        await trust_maker(both)
        tomorrow = ocpp_time(NOW + timedelta(days=1))
        assert (await update(both, offered(both).location, retrieveDateTime=tomorrow, request_id=2)).status == "Accepted"
        await both.saw("SignedFirmwareStatusNotification", status="DownloadScheduled")
        mark = both.mark
        assert (await update(both, offered(both).location)).status == "AcceptedCanceled"
        assert (await progress(both, "Installed", mark))[0] == "Downloading"


async def test_who_charges_is_not_interrupted_and_nobody_else_may_begin(tmp_path: Path) -> None:
    """L01.FR.06, FR.07."""
    async with secured(tmp_path) as both:
        await trust_maker(both)
        station = both.station
        station.spawn(station.charging.plug(station.connectors[1]))
        station.spawn(station.charging.present(station.connectors[1], "TAG1"))
        await both.saw("StatusNotification", connectorId=1, status="Charging")
        await update(both, offered(both).location)
        await both.saw("StatusNotification", connectorId=2, status="Unavailable")
        assert await progress(both, "SignatureVerified") == ["Downloading", "Downloaded", "SignatureVerified"]
        assert (await both.ask.remote_start("TAG2", 2)).status == "Rejected"
        assert station.connectors[1].transaction is not None
        station.spawn(station.charging.present(station.connectors[1], "TAG1"))
        await progress(both, "Installed")
        await both.saw("StatusNotification", connectorId=2, status="Available", after=0)


async def test_connectors_are_free_again_when_a_waiting_installation_is_cancelled(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        await trust_maker(both)
        station = both.station
        station.spawn(station.charging.plug(station.connectors[1]))
        station.spawn(station.charging.present(station.connectors[1], "TAG1"))
        await both.saw("StatusNotification", connectorId=1, status="Charging")
        await update(both, offered(both).location)
        await both.saw("StatusNotification", connectorId=2, status="Unavailable")
        mark = both.mark
        tomorrow = ocpp_time(NOW + timedelta(days=1))
        assert (await update(both, offered(both).location, retrieveDateTime=tomorrow)).status == "AcceptedCanceled"
        await both.saw("StatusNotification", after=mark, connectorId=2, status="Available")


# --- triggers


@pytest.mark.parametrize(
    ("requested", "action"),
    [("BootNotification", None), ("Heartbeat", "Heartbeat"), ("StatusNotification", "StatusNotification"), ("MeterValues", "MeterValues")],
)
async def test_triggers_of_core(requested: str, action: str | None, tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        mark = both.mark
        concerned = {"connectorId": 1} if requested in {"StatusNotification", "MeterValues"} else {}
        answer = await (await both.link()).peer.request("ExtendedTriggerMessage", {"requestedMessage": requested, **concerned}, BOUND)
        assert answer.payload == {"status": "Accepted" if action else "Rejected"}
        if action:
            await both.saw(action, after=mark)


async def test_what_cannot_be_triggered(tmp_path: Path) -> None:
    async with secured(tmp_path) as both:
        for unknown in ("DiagnosticsStatusNotification", "Nonsense"):
            assert (await both.ask.extended_trigger_message(unknown)).status == "NotImplemented"
        assert (await both.ask.extended_trigger_message("StatusNotification", 9)).status == "Rejected"
        assert (await both.ask.trigger_message("LogStatusNotification")).status == "NotImplemented"


async def test_cancelled_uploads_leave_the_others_alone(tmp_path: Path) -> None:
    """Two stations' folders are apart, and so are two transfers of one."""
    async with secured(tmp_path) as both:
        one, other = both.files.inbox("CP1"), both.files.inbox("CP/2")
        await upload(one.location, "f", b"one")
        await upload(other.location, "f", b"two")
        assert list(await asyncio.gather(both.files.arrived(one, BOUND), both.files.arrived(other, BOUND))) == [
            one.grant.folder / "f",
            other.grant.folder / "f",
        ]
        assert one.grant.password not in repr(one) + repr(one.grant)
