"""Firmware Management with real HTTP transfers (OCPP 1.6 sections 4.4, 4.5, 5.9, 5.19; errata v4.0 sections 3.31, 3.47, 3.50)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from probes.station.bounds import TransferFailed
from probes.station.transfers import download, upload
from tests.probes.station.test_station import CONFIG, Pair, pair

FIRM = replace(CONFIG, profiles=("Core", "FirmwareManagement", "RemoteTrigger"))
PAST = "2020-01-01T00:00:00Z"


@dataclass
class Files:
    """What an HTTP server has and was given; the first `failures` requests get 503."""

    base: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    authorizations: list[str | None] = field(default_factory=list)
    failures: int = 0
    requests: int = 0
    cut: int = 0


@contextmanager
def file_server(**options: Any) -> Iterator[Files]:
    files = Files(**options)

    class Handler(BaseHTTPRequestHandler):
        def _fails(self) -> bool:
            files.requests += 1
            files.authorizations.append(self.headers.get("Authorization"))
            return files.requests <= files.failures

        def _answer(self, status: int, body: bytes = b"", length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            body = files.content.get(self.path)
            if self._fails() or body is None:
                self._answer(503)
            else:
                self._answer(200, body[: len(body) - files.cut], len(body))

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self._fails():
                self._answer(503)
            else:
                files.content[self.path] = body
                self._answer(201)

        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    files.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield files
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- transfers


async def test_there_and_back_with_credentials() -> None:
    with file_server() as files:
        with_user = files.base.replace("http://", "http://me:p%40ss@")
        await upload(f"{with_user}/in/", "a b.txt", b"content")
        await upload(f"{files.base}/named", "ignored", b"other")
        assert files.content == {"/in/a%20b.txt": b"content", "/named": b"other"}
        assert files.authorizations == ["Basic bWU6cEBzcw==", None]
        assert await download(f"{files.base}/named") == b"other"


@pytest.mark.parametrize("location", ["sftp://h/f", "nonsense", "http://", "http://h:99999/", "file:///etc/hosts"])
async def test_addresses_that_are_none(location: str) -> None:
    with pytest.raises(TransferFailed, match="no address of HTTP, HTTPS, FTP or FTPS"):
        await download(location)


async def test_what_fails() -> None:
    with file_server(content={"/f": b"0123456789"}) as files:
        with pytest.raises(TransferFailed, match="503"):
            await download(f"{files.base}/missing")
        with pytest.raises(TransferFailed, match="longer than 9 bytes"):
            await download(f"{files.base}/f", largest=9)
        files.cut = 3
        with pytest.raises(TransferFailed):
            await download(f"{files.base}/f")
    with pytest.raises(TransferFailed, match=r"127\.0\.0\.1"):
        await download(f"{files.base}/f")


# --- the station


async def diagnosed(both: Pair, status: str, after: int = 0) -> None:
    await both.saw("DiagnosticsStatusNotification", after=after, status=status)


async def updated(both: Pair, *statuses: str) -> None:
    for status in statuses:
        await both.saw("FirmwareStatusNotification", status=status)


async def test_diagnostics_are_uploaded() -> None:
    keys = {**CONFIG.keys, "AuthorizationKey": "00112233445566778899aabbccddeeff"}
    with file_server() as files:
        async with pair(replace(FIRM, keys=keys)) as both:
            answer = await both.ask("GetDiagnostics", {"location": f"{files.base}/logs/"})
            await diagnosed(both, "Uploading")
            await diagnosed(both, "Uploaded")
            content = files.content[f"/logs/{answer.payload['fileName']}"].decode()
            assert '"NumberOfConnectors": "2"' in content
            assert "BootNotification" in content
            assert "00112233" not in content
            mark = both.link.transcript.seq
            await both.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
            await diagnosed(both, "Idle", mark)


async def test_of_a_time_of_which_nothing_is_known_there_is_no_file() -> None:
    """1.6ed2 5.9: the answer names none, and none is uploaded."""
    with file_server() as files:
        async with pair(FIRM) as both:
            request = {"location": f"{files.base}/d", "startTime": "2019-01-01T00:00:00Z", "stopTime": PAST}
            assert (await both.ask("GetDiagnostics", request)).payload == {}
            mark = both.link.transcript.seq
            await both.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
            await diagnosed(both, "Idle", mark)
            assert files.content == {}


@pytest.mark.parametrize(("failures", "status"), [(2, "Uploaded"), (3, "UploadFailed")])
async def test_retries_are_retries(failures: int, status: str) -> None:
    """Errata v4.0 section 3.50: two retries are three attempts."""
    with file_server(failures=failures) as files:
        async with pair(FIRM) as both:
            await both.ask("GetDiagnostics", {"location": f"{files.base}/d", "retries": 2, "retryInterval": 0})
            await diagnosed(both, status)
            assert files.requests == 3


async def test_an_update_with_its_reboot() -> None:
    with file_server(content={"/f": b"image"}, failures=1) as files:
        async with pair(FIRM) as both:
            mark = both.link.transcript.seq
            request = {"location": f"{files.base}/f", "retrieveDate": PAST, "retries": 1, "retryInterval": 0}
            assert (await both.ask("UpdateFirmware", request)).payload == {}
            await updated(both, "Downloading", "Downloaded", "Installing")
            await both.saw("BootNotification", after=mark)
            await updated(both, "Installed")
            mark = both.link.transcript.seq
            again = await both.csms.station("CP1", 5.0, after=both.link)
            await again.peer.request("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}, 5.0)
            await both.saw("FirmwareStatusNotification", after=mark, status="Idle")


@pytest.mark.parametrize(("path", "status"), [("missing", "DownloadFailed"), ("empty", "InstallationFailed")])
async def test_an_update_that_fails(path: str, status: str) -> None:
    with file_server(content={"/empty": b""}) as files:
        async with pair(FIRM) as both:
            await both.ask("UpdateFirmware", {"location": f"{files.base}/{path}", "retrieveDate": PAST})
            await updated(both, "Downloading", status)


async def test_where_nobody_is_the_upload_fails() -> None:
    async with pair(FIRM) as both:
        await both.ask("GetDiagnostics", {"location": "ftp://127.0.0.1:1/d"})
        await diagnosed(both, "UploadFailed")


async def test_nobody_who_charges_is_interrupted() -> None:
    with file_server(content={"/f": b"image"}) as files:
        async with pair(FIRM) as both:
            await both.charge()
            await both.ask("UpdateFirmware", {"location": f"{files.base}/f", "retrieveDate": PAST})
            await updated(both, "Downloaded")
            await both.ask("GetConfiguration", {})
            assert both.station.connectors[1].transaction is not None
            both.present("TAG1")
            await updated(both, "Installing", "Installed")
