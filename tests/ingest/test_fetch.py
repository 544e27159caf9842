"""Addresses: real servers on this machine that answer as the worst ones do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from ingest.fetch import Bounds, fetch, require_address
from registry.documents.intake import AddressMark
from registry.errors import UnreadableDocument
from registry.outgoing import is_public
from registry.settings import Settings

QUICK = Bounds(size=100_000, seconds=1.5, silence=1.0)
BODY = b"the text of a certificate\n" * 40


class Server(ThreadingHTTPServer):
    """A server whose pages are functions; it notes every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, Callable[[Handler], None]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    form: dict[str, str]

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        self.server.pages[self.path](self)

    def do_POST(self) -> None:
        self.form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the name is the base class's
        """Say nothing."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as made:
        yield made


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """Settings that allow this machine's own servers."""
    return Settings(home=tmp_path, database="", allow_private_addresses=True)


def refused(settings: Settings, url: str, bounds: Bounds = QUICK) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        fetch(settings, url, bounds=bounds)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_document_comes_with_what_its_server_says_of_it(server: Server, here: Settings) -> None:
    server.pages["/x.txt"] = lambda request: request.answer(200, BODY, ETag='"1"', Last_Modified="Mon, 05 Jan 2026 10:00:00 GMT")
    found = fetch(here, f"{server.url}/x.txt")
    assert (found.data, found.etag, found.last_modified) == (BODY, '"1"', "Mon, 05 Jan 2026 10:00:00 GMT")
    ((_, headers),) = server.requests
    assert headers["Accept-Encoding"] == "identity"
    assert "If-None-Match" not in headers


def test_an_address_seen_before_is_asked_whether_it_changed(server: Server, here: Settings) -> None:
    server.pages["/x.txt"] = lambda request: request.answer(304)
    known = AddressMark(f"{server.url}/x.txt", "00", '"1"', "Mon, 05 Jan 2026 10:00:00 GMT")
    assert fetch(here, known.url, known).data is None
    ((_, headers),) = server.requests
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"1"', "Mon, 05 Jan 2026 10:00:00 GMT")


def test_not_modified_without_being_asked_is_no_answer(server: Server, here: Settings) -> None:
    server.pages["/x.txt"] = lambda request: request.answer(304)
    assert "answered 304" in refused(here, f"{server.url}/x.txt")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: Server, here: Settings, status: int) -> None:
    server.pages["/a"] = lambda request: request.answer(status, Location="b/c")
    server.pages["/b/c"] = lambda request: request.answer(200, BODY)
    assert fetch(here, f"{server.url}/a").data == BODY


def test_redirects_in_a_circle_end(server: Server, here: Settings) -> None:
    server.pages["/a"] = lambda request: request.answer(302, Location="/b")
    server.pages["/b"] = lambda request: request.answer(302, Location="/a")
    assert "leads on more than 5 times" in refused(here, f"{server.url}/a")
    assert len(server.requests) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "http://u:p@127.0.0.1/"])
def test_redirects_elsewhere_are_not_followed(server: Server, here: Settings, target: str) -> None:
    server.pages["/a"] = lambda request: request.answer(302, Location=target)
    refused(here, f"{server.url}/a")
    assert len(server.requests) == 1


def test_a_redirect_into_a_private_network_is_not_followed(server: Server, here: Settings) -> None:
    with running() as inner:
        inner.pages["/secret"] = lambda request: request.answer(200, b"secret")
        server.pages["/a"] = lambda request: request.answer(302, Location=f"http://inner.example:{inner.server_port}/secret")
        asked: list[str] = []

        def resolver(host: str, _: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"]

        strict = replace(here, allow_private_addresses=False)
        with public_here(1), pytest.raises(UnreadableDocument, match=r"inner\.example is in a private network"):
            fetch(strict, f"http://outer.example:{server.server_port}/a", bounds=QUICK, resolver=resolver)
        assert asked == ["outer.example", "inner.example"]
        assert inner.requests == []


@contextmanager
def public_here(times: int) -> Iterator[None]:
    """Have this machine's address count as public so many times, and as what it is from then on."""
    left = [times]

    def pretended(address: str) -> bool:
        left[0] -= 1
        return left[0] >= 0 or is_public(address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("registry.outgoing.is_public", pretended)
        yield


def test_a_name_is_resolved_once_and_the_checked_address_is_used(server: Server, here: Settings) -> None:
    """A name server that gives a harmless address first and another one later gains nothing."""
    server.pages["/x"] = lambda request: request.answer(200, BODY)
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    found = fetch(here, f"http://changing.example:{server.server_port}/x", bounds=QUICK, resolver=lambda _, __: next(answers))
    assert found.data == BODY
    assert next(answers) == ["10.0.0.1"]
    assert server.requests[0][1]["Host"] == f"changing.example:{server.server_port}"


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.215.14", "10.1.2.3"], ["::1"], ["fe80::1%eth0"], []])
def test_a_name_with_any_private_address_is_not_connected_to(server: Server, here: Settings, addresses: list[str]) -> None:
    server.pages["/x"] = lambda request: request.answer(200, BODY)
    strict = replace(here, allow_private_addresses=False)
    with pytest.raises(UnreadableDocument, match="OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES=1"):
        fetch(strict, f"http://name.example:{server.server_port}/x", bounds=QUICK, resolver=lambda _, __: addresses)
    assert server.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0", "2130706433", "0x7f.1"])
def test_this_machine_is_private_however_it_is_written(server: Server, here: Settings, host: str) -> None:
    refused(replace(here, allow_private_addresses=False), f"http://{host}:{server.server_port}/x")
    assert server.requests == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3", "224.0.0.1", "255.255.255.255"),
        *("192.0.0.1", "198.18.0.1", "240.0.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"),
    ],
)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


def test_a_body_that_drips_is_given_up(server: Server, here: Settings) -> None:
    def drip(request: Handler) -> None:
        request.send_response(200)
        request.end_headers()
        while not server.ended.wait(0.05):
            request.wfile.write(b"x")

    server.pages["/x"] = drip
    assert "took longer than 1.5 s" in refused(here, f"{server.url}/x")


def test_headers_that_drip_are_given_up(server: Server, here: Settings) -> None:
    def drip(request: Handler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not server.ended.wait(0.05):
            request.wfile.write(b"x")
            request.wfile.flush()

    server.pages["/x"] = drip
    assert "took longer than 1.5 s" in refused(here, f"{server.url}/x")


def test_a_server_that_says_nothing_is_given_up(server: Server, here: Settings) -> None:
    def silent(_: Handler) -> None:
        server.ended.wait(30)

    server.pages["/x"] = silent
    assert "said nothing for 0.3 s" in refused(here, f"{server.url}/x", replace(QUICK, silence=0.3))


@pytest.mark.parametrize("announced", [{}, {"Content_Length": str(10**12)}])
def test_an_endless_body_is_given_up(server: Server, here: Settings, announced: dict[str, str]) -> None:
    sent = [0]

    def endless(request: Handler) -> None:
        request.send_response(200)
        for name, value in announced.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        while not server.ended.is_set():
            sent[0] += request.wfile.write(bytes(10_000))

    server.pages["/x"] = endless
    assert "is larger than 100000 bytes" in refused(here, f"{server.url}/x")
    assert sent[0] < 50_000_000


@pytest.mark.parametrize(("length", "words"), [(len(BODY) + 10, "could not be fetched"), (10, None)])
def test_a_wrong_length(server: Server, here: Settings, length: int, words: str | None) -> None:
    """What is longer than announced ends where it was announced to end, as HTTP says; what is shorter is not whole."""
    server.pages["/x"] = lambda request: request.answer(200, BODY, Content_Length=str(length))
    if words is None:
        assert fetch(here, f"{server.url}/x", bounds=QUICK).data == BODY[:length]
    else:
        assert words in refused(here, f"{server.url}/x")


def test_a_packed_answer_is_refused(server: Server, here: Settings) -> None:
    server.pages["/x"] = lambda request: request.answer(200, BODY, Content_Encoding="gzip")
    assert "comes packed" in refused(here, f"{server.url}/x")


@pytest.mark.parametrize("status", [204, 400, 401, 404, 500, 503])
def test_other_answers_are_told(server: Server, here: Settings, status: int) -> None:
    server.pages["/x"] = lambda request: request.answer(status, Content_Length="0")
    assert f"answered {status}" in refused(here, f"{server.url}/x")


def test_nonsense_instead_of_http_is_told(server: Server, here: Settings) -> None:
    def other(request: Handler) -> None:
        request.wfile.write(b"SSH-2.0-OpenSSH\r\n")

    server.pages["/x"] = other
    assert "could not be fetched" in refused(here, f"{server.url}/x")


def test_a_port_where_nobody_listens_is_told(here: Settings) -> None:
    with running() as server:
        url = server.url
    assert "could not be fetched" in refused(here, f"{url}/x")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/x", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("http://user:hidden@example.org/", "with a user's name or password"),
        ("http:///x", "names no server"),
        ("http://example.org:99999/", "is no address"),
        ("http://example.org/a b", "is no address"),
        ("http://example.org/\r\nX: y", "is no address"),
        ("http://[::1", "is no address"),
        ("http://example.org/" + "x" * 5000, "is no address"),
    ],
)
def test_what_is_no_address_that_may_be_asked(url: str, words: str) -> None:
    with pytest.raises(UnreadableDocument, match=words) as caught:
        require_address(url)
    assert "hidden" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_proxies_and_passwords_of_the_environment_are_not_used(server: Server, here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    server.pages["/x"] = lambda request: request.answer(200, BODY)
    with running() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert fetch(here, f"{server.url}/x", bounds=QUICK).data == BODY
        assert proxy.requests == []


def test_plain_http_where_tls_should_be_spoken_is_told(server: Server, here: Settings) -> None:
    assert "could not be fetched" in refused(here, server.url.replace("http:", "https:") + "/x")
