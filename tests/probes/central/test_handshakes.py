"""What can be wrong with an address, each told apart in one line by an audit that begins at it; with real servers, in virtual time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from probes.audit_csms import CentralOptions, audit_csms
from probes.central.tags import Tags
from probes.csms.csms import Csms
from probes.wire.interception import Interception, Line
from probes.wire.peer import Call, Reply
from probes.wire.security import ClientSecurity
from tests.central_matrix import CERTIFICATES, certificate
from tests.probes.central.rig import TAGS
from tests.virtual import VirtualClock, run

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PASSWORD = "correct horse battery"


async def report_of(endpoint: str, folder: Path, *cases: str, security: ClientSecurity | None = None) -> dict[str, Any]:
    """An audit at this endpoint."""
    options = CentralOptions(cases=cases, tags=Tags.of(TAGS), security=security)
    result = await audit_csms(
        facts=certificate(CERTIFICATES[2]),
        endpoint=endpoint,
        identity="CP1",
        transcript_dir=folder,
        options=options,
        clock=VirtualClock(),
        audit_id="audit",
    )
    return result.report


async def told_of(handler: Handler, folder: Path, *cases: str) -> dict[str, Any]:
    """An audit at a server that deals with its connections like this."""

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handled, "127.0.0.1", 0)
    async with server:
        return await report_of(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp", folder, *cases)


def saying(answer: Callable[[str], str] | str) -> Handler:
    """Reads the request and answers it with this, or with what this makes of its key."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("Sec-WebSocket-Key"))
        writer.write((answer if isinstance(answer, str) else answer(key)).encode())
        await writer.drain()

    return handler


def http(status: str, *headers: str) -> str:
    """The head of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "", ""])


def switching(*headers: str, right: bool = True) -> Callable[[str], str]:
    """An upgrade with these headers."""

    def answer(key: str) -> str:
        accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()  # noqa: S324 - RFC 6455
        told = accept if right else "bm9uc2Vuc2U="
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {told}", *headers]
        return "\r\n".join([*lines, "", ""])

    return answer


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Reads and never says anything."""
    await reader.read(-1)


async def dropping(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Ends the connection when the request has come."""
    await reader.readuntil(b"\r\n\r\n")


ADDRESSES: dict[str, tuple[Handler, str]] = {
    "a web page": (saying(http("200 OK")), "it answers as a web page does (HTTP 200): there is no WebSocket at this address"),
    "not known": (saying(http("404 Not Found")), "it does not know this station, or this path (HTTP 404)"),
    "credentials": (saying(http("401 Unauthorized")), "it refuses the station's credentials, or wants some (HTTP 401)"),
    "forbidden": (saying(http("403 Forbidden")), "it does not let this station in (HTTP 403)"),
    "overloaded": (saying(http("503 Service Unavailable")), "it refuses the handshake with HTTP status 503"),
    "a redirect": (
        saying(http("302 Found", "Location: http://user:secret@example.invalid/login")),
        "it redirects (HTTP 302) to http://***@example.invalid/login, which is not followed; give the address that it leads to",
    ),
    "no HTTP": (saying("SSH-2.0-OpenSSH_9.6\r\n"), "it answers with something that is no HTTP: 'SSH-2.0-OpenSSH_9.6"),
    "another sub-protocol": (saying(switching("Sec-WebSocket-Protocol: ocpp2.0.1")), "it speaks another sub-protocol: 'ocpp2.0.1'"),
    "no sub-protocol": (saying(switching()), "it agrees to none of the sub-protocols ocpp1.6"),
    "a wrong key": (
        saying(switching(right=False)),
        "it says that it switches protocols and is no WebSocket: its answer to the key is wrong",
    ),
    "drops us": (dropping, "the connection is dropped in the middle of the handshake; if TLS is spoken there, write wss://"),
    "an alert of TLS": (saying("\x15\x03\x01\x00\x02"), "it speaks TLS, and the address is without: write wss:// in place of ws://"),
    "never answers": (silent, "the connection is taken and the handshake never answered (10 s)"),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_that_is_none_is_told_apart(name: str, tmp_path: Path) -> None:
    handler, told = ADDRESSES[name]
    report = run(lambda: told_of(handler, tmp_path))
    assert report["verdict"] == "inconclusive"
    assert told in report["reason"]
    assert "\n" not in report["reason"]
    assert [case["outcome"] for case in report["cases"]] == ["error"]
    assert [finding for finding in report["findings"] if finding["severity"] == "error"] == []


def test_no_two_addresses_are_told_alike() -> None:
    assert len({told for _, told in ADDRESSES.values()}) == len(ADDRESSES)


def test_a_port_at_which_nothing_listens(tmp_path: Path) -> None:
    async def audit() -> dict[str, Any]:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await report_of(f"ws://127.0.0.1:{port}", tmp_path)

    report = run(audit)
    assert report["verdict"] == "inconclusive"
    assert "the connection is refused: nothing listens at this host and port" in report["reason"]


def test_a_place_without_tls_that_is_asked_for_it(tmp_path: Path) -> None:
    async def audit() -> dict[str, Any]:
        async with serve(_never, "127.0.0.1", 0) as server:
            return await report_of(f"wss://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", tmp_path)

    report = run(audit)
    assert report["verdict"] == "inconclusive"
    assert "write ws:// in place of wss://" in report["reason"]


def test_a_host_that_there_is_not(tmp_path: Path) -> None:
    report = run(lambda: report_of("ws://central.invalid/ocpp", tmp_path))
    assert "there is no host of the name central.invalid" in report["reason"]


def test_a_redirect_gets_no_credentials_and_no_visit(tmp_path: Path) -> None:
    visits: list[bytes] = []

    async def audit() -> dict[str, Any]:
        async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            visits.append(await reader.readuntil(b"\r\n\r\n"))
            writer.close()

        other = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
        place = f"ws://127.0.0.1:{other.sockets[0].getsockname()[1]}/CP1"

        async def redirecting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await saying(http("307 Temporary Redirect", f"Location: {place}"))(reader, writer)
            writer.close()

        first = await asyncio.start_server(redirecting, "127.0.0.1", 0)
        async with other, first:
            endpoint = f"ws://127.0.0.1:{first.sockets[0].getsockname()[1]}"
            return await report_of(endpoint, tmp_path, security=ClientSecurity(1, PASSWORD))

    report = run(audit)
    assert "it redirects (HTTP 307) to ws://127.0.0.1:" in report["reason"]
    assert visits == []
    assert PASSWORD not in json.dumps(report)
    assert PASSWORD not in Path(report["transcript"]["path"]).read_text(encoding="utf-8")


async def at_websocket(handler: Callable[[ServerConnection], Awaitable[None]], folder: Path) -> dict[str, Any]:
    """An audit at a WebSocket server that agrees to OCPP 1.6 and then does this."""
    async with serve(handler, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:  # type: ignore[list-item]  # a text is one
        port = next(iter(server.sockets)).getsockname()[1]
        return await report_of(f"ws://127.0.0.1:{port}", folder)


async def _never(websocket: ServerConnection) -> None:
    async for _ in websocket:
        continue


async def _hangs_up(websocket: ServerConnection) -> None:
    await websocket.recv()


async def _other_ids(websocket: ServerConnection) -> None:
    async for message in websocket:
        answer = {"status": "Accepted", "currentTime": "2026-03-02T08:00:00Z", "interval": 300}
        await websocket.send(json.dumps([3, f"not-{json.loads(message)[1][:20]}", answer]))


async def _pending(websocket: ServerConnection) -> None:
    async for message in websocket:
        answer = {"status": "Pending", "currentTime": "2026-03-02T08:00:00Z", "interval": 300}
        await websocket.send(json.dumps([3, json.loads(message)[1], answer]))


async def _refuses(websocket: ServerConnection) -> None:
    async for message in websocket:
        await websocket.send(json.dumps([4, json.loads(message)[1], "InternalError", "", {}]))


async def _misspells(websocket: ServerConnection) -> None:
    async for message in websocket:
        answer = {"status": "accepted", "currentTime": "2026-03-02T08:00:00Z", "interval": 300}
        await websocket.send(json.dumps([3, json.loads(message)[1], answer]))


async def _babbles(websocket: ServerConnection) -> None:
    async for _ in websocket:
        await websocket.send("<html>")


@pytest.mark.parametrize(
    ("handler", "told", "verdict"),
    [
        (_babbles, "our station's registration was answered with not JSON", "inconclusive"),
        (_never, "our station's registration was not answered within 30 s", "inconclusive"),
        (_hangs_up, "the connection was ended before our station's registration was answered", "inconclusive"),
        (_other_ids, "our station's registration was answered with the id of another message", "inconclusive"),
        (_pending, "our station's registration was answered Pending", "inconclusive"),
        (_refuses, "our station's registration was answered with CALLERROR InternalError", "inconclusive"),
        (_misspells, "", "deviates"),
    ],
)
def test_a_central_system_that_does_not_register_our_station(
    handler: Callable[[ServerConnection], Awaitable[None]], told: str, verdict: str, tmp_path: Path
) -> None:
    report = run(lambda: at_websocket(handler, tmp_path))
    assert report["verdict"] == verdict
    assert any(told in text for text in (report["reason"], *(case["reason"] for case in report["cases"])))


def test_one_that_drops_us_in_the_middle_is_audited_further(tmp_path: Path) -> None:
    dropped: list[str] = []

    def drops_once(_: Csms, line: Line) -> Interception:
        def drop(call: Call, reply: Reply) -> Reply | None:
            if call.action != "StartTransaction" or dropped:
                return reply
            dropped.append(call.action)
            line.spawn(line.go_away(1006, ""))
            return None

        return Interception(replies=(drop,))

    async def audit() -> dict[str, Any]:
        async with Csms(clock=VirtualClock(), misbehave=drops_once) as csms:
            return await report_of(csms.url, tmp_path, "TC_001", "TC_003", "TC_004_1", "TC_064")

    report = run(audit)
    assert dropped
    outcomes = {case["id"]: case["outcome"] for case in report["cases"]}
    assert (outcomes["TC_001_CSMS"], outcomes["TC_004_1_CSMS"], outcomes["TC_064_CSMS"]) == ("pass", "pass", "pass")
    assert outcomes["TC_003_CSMS"] in {"pass", "error"}
