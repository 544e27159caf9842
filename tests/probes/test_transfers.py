"""Files between station and CSMS over real sockets: HTTP, HTTPS, FTP and FTPS, what goes through and every way of failing."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probes.csms.ftp_files import FtpFiles
from probes.csms.grants import Grants
from probes.csms.http_files import HttpFiles
from probes.pki.certificates import to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import key_to_pem, new_key
from probes.station import bounds, transfers
from probes.station.bounds import Failure, TransferFailed
from probes.station.transfers import SCHEMES, download, safe_name, trusting, upload
from probes.wire.tls import KeyPair, server_context

NOW = datetime.now(UTC)
ROOT = Issuer.new("Root", "Operator", NOW)
LARGEST = 300_000
CONTENT = bytes(range(256)) * 1000
BOUND = 60.0


def key_pair(folder: Path, began: datetime = NOW, root: Issuer = ROOT, host: str = "127.0.0.1") -> KeyPair:
    key = new_key()
    certificate = root.issue_server(host, "Operator", key.public_key(), began, timedelta(days=1))
    pair = folder / "server.pem", folder / "server.key"
    pair[0].write_text(to_pem(certificate))
    pair[1].write_text(key_to_pem(key))
    return pair


class House:
    """A file server of one kind with its grants."""

    def __init__(self, scheme: str, folder: Path, pair: KeyPair) -> None:
        self.grants = Grants(folder / "files")
        if scheme.startswith("http"):
            context = server_context([pair], None, lambda _: None) if scheme == "https" else None
            self.server: HttpFiles | FtpFiles = HttpFiles("127.0.0.1", 0, self.grants, context=context, largest=LARGEST)
        else:
            self.server = FtpFiles("127.0.0.1", 0, self.grants, key_pair=pair if scheme == "ftps" else None, largest=LARGEST)
        self._arrived = threading.Event()
        self.grants.listen(lambda _: self._arrived.set())

    def wait(self) -> None:
        assert self._arrived.wait(BOUND)

    def offer(self, content: bytes = CONTENT) -> str:
        return self.server.location(self.grants.to_read("firmware.bin", content), "firmware.bin")

    def folder(self, identity: str = "CP1") -> str:
        return self.server.location(self.grants.to_write(identity))

    def files(self, identity: str = "CP1") -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.grants.received(identity)}


@contextmanager
def house(scheme: str, folder: Path, pair: KeyPair | None = None) -> Iterator[House]:
    made = House(scheme, folder, pair or key_pair(folder))
    made.server.start()
    try:
        yield made
    finally:
        made.server.stop()


async def failure(work: object) -> TransferFailed:
    with pytest.raises(TransferFailed) as caught:
        await work  # type: ignore[misc]  # a coroutine of either transfer
    return caught.value


TRUST = to_pem(ROOT.certificate)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_there_and_back(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        assert await download(files.offer(), context=trusting(TRUST)) == CONTENT
        await upload(files.folder(), "log.txt", CONTENT, context=trusting(TRUST))
        files.wait()
        assert files.files() == {"log.txt": CONTENT}
        assert files.files("CP2") == {}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_an_empty_file_is_a_file(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        assert await download(files.offer(b""), context=trusting(TRUST)) == b""
        await upload(files.folder(), "log.txt", b"", context=trusting(TRUST))
        files.wait()
        assert files.files() == {"log.txt": b""}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_wrong_credentials(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        for location in (files.offer(), files.folder()):
            user, rest = location.split("://")[1].split(":", 1)
            wrong = f"{scheme}://{user}:wrong@{rest.split('@')[1]}"
            for work in (download(wrong, context=trusting(TRUST)), upload(wrong, "log.txt", b"x", context=trusting(TRUST))):
                problem = await failure(work)
                assert problem.kind == Failure.DENIED
                assert "wrong" not in str(problem)
        assert files.files() == {}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_an_ended_grant_is_worth_nothing(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        location = files.offer()
        for grant in files.grants:
            files.grants.end(grant)
        assert (await failure(download(location, context=trusting(TRUST)))).kind == Failure.DENIED


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_grant_is_for_one_direction(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        assert (await failure(upload(files.offer(), "x", b"x", context=trusting(TRUST)))).kind in {Failure.NOT_SUPPORTED, Failure.DENIED}
        location = files.folder()
        await upload(location, "log.txt", b"x", context=trusting(TRUST))
        problem = await failure(download(location + "log.txt", context=trusting(TRUST)))
        assert problem.kind in {Failure.NOT_SUPPORTED, Failure.MISSING}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_what_is_missing(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        location = files.offer().replace("firmware.bin", "other.bin")
        assert (await failure(download(location, context=trusting(TRUST)))).kind == Failure.MISSING


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["../escaped.txt", "..%2Fescaped.txt", ".hidden", "a/b", "%00", "a\\b", "../../../../escaped.txt"])
async def test_names_lead_nowhere_else(scheme: str, name: str, tmp_path: Path) -> None:
    """Over FTP, where `..` of the top folder is that folder, a name that tries to climb may at best arrive where it is allowed."""
    with house(scheme, tmp_path) as files:
        location = files.folder() + name
        if scheme.startswith("ftp") and "escaped" in name:
            await upload(location, "", b"x", context=trusting(TRUST))
            files.wait()
            assert files.files() == {"escaped.txt": b"x"}
        else:
            await failure(upload(location, "", b"x", context=trusting(TRUST)))
            assert files.files() == {}
        inside = files.grants.uploads_of("CP1")
        found = [path for path in tmp_path.rglob("*") if path.is_file() and inside not in path.parents]
        assert {path.name for path in found} == {"server.pem", "server.key"}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_too_large_to_be_kept(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        await failure(upload(files.folder(), "log.txt", bytes(8 * LARGEST), context=trusting(TRUST)))
        async with asyncio.timeout(BOUND):
            # The server answers before it removes what came.
            while any(path.name == "log.txt" for path in (tmp_path / "files").rglob("*")):
                await asyncio.sleep(0)
        assert files.files() == {}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_too_large_to_be_fetched(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        problem = await failure(download(files.offer(), largest=len(CONTENT) - 1, context=trusting(TRUST)))
        assert problem.kind == Failure.TOO_LARGE


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_uploads_of_two_transfers_do_not_meet(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        for content in (b"one", b"two"):
            await upload(files.folder(), "log.txt", content, context=trusting(TRUST))
        assert sorted(path.read_bytes() for path in files.grants.received("CP1")) == [b"one", b"two"]


async def test_too_many_files_under_one_grant(tmp_path: Path) -> None:
    with house("http", tmp_path) as files:
        location = files.folder()
        for number in range(8):
            await upload(location, f"{number}", b"x")
        await failure(upload(location, "another", b"x"))
        await upload(location, "7", b"again")
        assert files.files()["7"] == b"again"


async def test_one_more_than_there_is_place_for_is_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent visitor takes a place, and nobody else's time."""
    monkeypatch.setattr("probes.csms.http_files.CONNECTIONS", 2)
    with house("http", tmp_path) as files:
        location = files.offer()
        port = int(location.rsplit(":", 1)[1].split("/")[0])
        assert isinstance(files.server, HttpFiles)
        places = files.server._server._places
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.sendall(b"GET / HTTP/1.0\r\nX-Slow: ")
            assert await download(location) == CONTENT
            # The place of a transfer is given back after its last byte was read: another visitor may come before that.
            while places._value != 1:
                await asyncio.sleep(0)
            with socket.create_connection(("127.0.0.1", port)) as another:
                another.sendall(b"GET")
                while places._value:
                    await asyncio.sleep(0)
                assert (await failure(download(location))).kind in {Failure.UNREACHABLE, Failure.MALFORMED}
        while places._value < 2:
            await asyncio.sleep(0)
        assert await download(location) == CONTENT


@pytest.mark.parametrize("scheme", ["https", "ftps"])
async def test_whom_a_station_does_not_trust(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        problem = await failure(download(files.offer()))
        assert problem.kind == Failure.UNTRUSTED
        assert "signed by no authority that is trusted" in str(problem)
    other = tmp_path / "expired"
    other.mkdir()
    with house(scheme, other, key_pair(other, NOW - timedelta(days=3))) as files:
        problem = await failure(download(files.offer(), context=trusting(TRUST)))
        assert (problem.kind, "has expired" in str(problem)) == (Failure.UNTRUSTED, True)
    other = tmp_path / "misnamed"
    other.mkdir()
    with house(scheme, other, key_pair(other, host="127.0.0.2")) as files:
        problem = await failure(download(files.offer(), context=trusting(TRUST)))
        assert (problem.kind, "another name" in str(problem)) == (Failure.UNTRUSTED, True)


@pytest.mark.parametrize(("plain", "secure"), [("http", "https"), ("ftp", "ftps")])
async def test_tls_on_a_plain_port_and_the_other_way(plain: str, secure: str, tmp_path: Path) -> None:
    with house(plain, tmp_path) as files:
        await failure(download(files.offer().replace(f"{plain}://", f"{secure}://"), context=trusting(TRUST)))
    with house(secure, tmp_path) as files:
        await failure(download(files.offer().replace(f"{secure}://", f"{plain}://"), context=trusting(TRUST)))


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_nobody_there(scheme: str, tmp_path: Path) -> None:
    with house(scheme, tmp_path) as files:
        location = files.offer()
    assert (await failure(download(location))).kind == Failure.UNREACHABLE


@contextmanager
def talker(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server made of nothing but what it says to its one visitor."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            visitor, _ = listening.accept()
            with visitor:
                talk(visitor)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join(BOUND)


def said(text: bytes, hold: float = 0) -> Callable[[socket.socket], None]:
    def talk(visitor: socket.socket) -> None:
        visitor.settimeout(BOUND)
        if text.startswith(b"HTTP"):
            visitor.recv(1000)
        visitor.sendall(text)
        time.sleep(hold)

    return talk


@pytest.mark.parametrize(
    ("scheme", "text", "kind"),
    [
        ("http", b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n12345", Failure.INCOMPLETE),
        ("http", b"no HTTP at all\r\n\r\n", Failure.MALFORMED),
        ("http", b"", Failure.UNREACHABLE),
        ("http", b"HTTP/1.0 400 Bad\r\n\r\n", Failure.MALFORMED),
        ("http", b"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", Failure.REFUSED),
        ("http", b"HTTP/1.0 500 Broken\r\n\r\n", Failure.REFUSED),
        ("ftp", b"no FTP at all\r\n", Failure.MALFORMED),
        ("ftp", b"", Failure.INCOMPLETE),
        ("ftp", b"421 Too many\r\n", Failure.REFUSED),
        ("ftps", b"220 Hello\r\n502 No TLS\r\n", Failure.NOT_SUPPORTED),
    ],
)
async def test_servers_that_are_broken(scheme: str, text: bytes, kind: Failure) -> None:
    with talker(said(text)) as port:
        problem = await failure(download(f"{scheme}://me:secret@127.0.0.1:{port}/f", context=trusting(TRUST)))
        assert problem.kind == kind
        assert "secret" not in str(problem)


@pytest.mark.parametrize("scheme", ["http", "ftp"])
async def test_servers_that_are_silent(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("transfers", "ftp"):
        monkeypatch.setattr(f"probes.station.{module}.SOCKET_SECONDS", 0.1)
    with talker(said(b"", hold=0.5)) as port:
        assert (await failure(download(f"{scheme}://127.0.0.1:{port}/f"))).kind == Failure.TOO_SLOW


async def test_a_server_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "TRANSFER_SECONDS", -1.0)
    with talker(said(b"HTTP/1.0 200 OK\r\n\r\n12345")) as port:
        assert (await failure(download(f"http://127.0.0.1:{port}/f"))).kind == Failure.TOO_SLOW


@pytest.mark.parametrize("scheme", ["http", "ftp"])
async def test_a_cancelled_upload_stops(scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is taken for a whole file (N01.FR.11)."""
    held, begun, over = threading.Event(), threading.Event(), threading.Event()
    checked, done = bounds.Reins.check, transfers._upload

    def slow(reins: bounds.Reins) -> None:
        begun.set()
        held.wait(BOUND)
        checked(reins)

    def told(*given: Any) -> None:
        try:
            done(*given)
        finally:
            over.set()

    monkeypatch.setattr(bounds.Reins, "check", slow)
    monkeypatch.setattr(transfers, "_upload", told)
    with house(scheme, tmp_path) as files:
        task = asyncio.create_task(upload(files.folder(), "log.txt", CONTENT))
        await asyncio.to_thread(begun.wait, BOUND)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        held.set()
        await asyncio.to_thread(over.wait, BOUND)
        assert files.files().get("log.txt") != CONTENT


async def test_an_upload_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    """N01, error handling: FTP can resume."""
    with house("ftp", tmp_path) as files:
        location = files.folder()
        await upload(location, "log.txt", CONTENT[:1000])
        files.wait()
        received: list[int] = []
        original = files.grants.received("CP1")[0]
        original.write_bytes(b"X" * 1000)
        await upload(location, "log.txt", CONTENT, resume=True)
        received.append(original.stat().st_size)
        assert received == [len(CONTENT)]
        assert original.read_bytes() == b"X" * 1000 + CONTENT[1000:]


@pytest.mark.parametrize("location", ["sftp://h/f", "nonsense", "http://", "http://h:99999/", "file:///etc/hosts", "ftp:///f"])
async def test_addresses_that_are_none(location: str) -> None:
    assert (await failure(download(location))).kind == Failure.NOT_SUPPORTED


def test_names_that_are_safe_everywhere() -> None:
    assert safe_name("log-CP/1\u00e4 x.txt") == "log-CP_1__x.txt"
    assert safe_name("...") == "_"
    assert safe_name("../../etc/passwd") == "_.._etc_passwd"
