"""The relay on real sockets: what passes through it unchanged, and what becomes of a line when one side goes away."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from probes.modes import ends, line
from probes.modes.ends import MOST_UNSENT, Upstream
from probes.modes.relay import Relay
from probes.modes.streams import LONGEST_KEPT
from probes.wire.records import Direction
from registry.errors import CannotBegin
from tests.probes.modes.relayed import BOUND, Central, Told, between, received, station

STATION, CSMS = Direction.FROM_STATION, Direction.FROM_CSMS


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(line, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(ends, "CLOSING_SECONDS", 0.5)


@pytest.fixture
async def central() -> AsyncIterator[Central]:
    system = Central()
    await system.start()
    yield system
    await system.die()


async def closing(websocket: ClientConnection | ServerConnection) -> tuple[int | None, str | None]:
    """How a connection ended, as this end saw it."""
    async with asyncio.timeout(BOUND):
        await websocket.wait_closed()
    return websocket.close_code, websocket.close_reason


# --- unchanged


async def test_path_query_headers_and_subprotocol_are_those_of_the_station(central: Central) -> None:
    headers = {"Authorization": "Basic Q1AxOnNlY3JldA==", "X-Vendor": "a, b", "User-Agent": "firmware/1"}
    async with between(central) as (relay, told):
        path = "/ocpp/some%20where/CP%201?token=a%2Fb&c="
        async with station(relay, path, subprotocols=["ocpp2.0.1", "ocpp1.6"], additional_headers=headers) as websocket:
            request = central.requests[0]
            assert (request.path, websocket.subprotocol) == (path, "ocpp1.6")
            assert request.headers["Sec-WebSocket-Protocol"] == "ocpp2.0.1, ocpp1.6"
            assert request.headers["Host"] == f"127.0.0.1:{central.port}"
            assert {name: request.headers[name] for name in ("Authorization", "X-Vendor")} == {
                name: headers[name] for name in ("Authorization", "X-Vendor")
            }
            assert "firmware/1" in request.headers.get_all("User-Agent")
        number, identity, detail = await told.until("open")
        assert (number, identity, detail["subprotocol"], detail["path"]) == (1, "CP 1", "ocpp1.6", "/ocpp/some%20where/CP%201")


@pytest.mark.parametrize(
    ("path", "asked"),
    [("/CP1?a=b", "/base/CP1?a=b"), ("/base/CP1", "/base/CP1"), ("/base?id=CP1", "/base?id=CP1"), ("/basement/CP1", "/base/basement/CP1")],
)
async def test_a_path_of_the_central_system_stands_before_the_station_s_once(central: Central, path: str, asked: str) -> None:
    async with Relay("127.0.0.1", 0, Upstream.of(f"{central.url}/base/"), Told()) as relay, station(relay, path):
        assert central.requests[0].path == asked


async def test_messages_of_every_kind_and_size_pass_both_ways(central: Central) -> None:
    sent: list[str | bytes] = [
        '[2, "1" ,"Heartbeat",{ }]',
        '{"no": "array"}',
        "no JSON at all \u20ac \U0001f50c",
        "",
        b"\x00\xff\xfe",
        "x" * 125,
        "y" * 126,
        "z" * 65_536,
        "m" * 1_000_000,
        "b" * (LONGEST_KEPT + 5),
        secrets.token_bytes(LONGEST_KEPT + 1),
        "after",
    ]

    async def echo(connection: ServerConnection, message: str | bytes) -> None:
        await connection.send(message)

    central.on_message = echo
    async with between(central) as (relay, told), station(relay) as websocket:
        for message in sent:
            await websocket.send(message)
            async with asyncio.timeout(BOUND):
                assert await websocket.recv() == message
        assert central.messages == sent
        assert [message for _, _, message in told.of("frame")] == [
            message for message in sent if len(message) <= LONGEST_KEPT for _ in "12"
        ]
        assert told.of("missed")


async def test_fragments_pings_and_pongs_pass(central: Central) -> None:
    async with between(central) as (relay, _), station(relay) as websocket:
        await websocket.send(["[2,", '"f","Heart', 'beat",{}]'])
        assert await received(websocket) == [3, "f", {}]
        async with asyncio.timeout(BOUND):
            await (await websocket.ping(b"from the station"))
            await (await (await central.connection()).ping(b"from the central system"))


async def test_two_calls_at_once_both_arrive_and_both_are_answered(central: Central) -> None:
    async with between(central) as (relay, _), station(relay) as websocket:
        await asyncio.gather(websocket.send('[2,"1","Heartbeat",{}]'), websocket.send('[2,"2","Heartbeat",{}]'))
        assert {json.dumps(await received(websocket)) for _ in range(2)} == {'[3, "1", {}]', '[3, "2", {}]'}


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, ""), (1001, "restart"), (1008, "not you"), (1012, "service restart"), (4001, "vendor")]
)
async def test_close_codes_and_reasons_are_those_of_who_closed(central: Central, code: int, reason: str) -> None:
    async with between(central) as (relay, told):
        async with station(relay) as websocket:
            await (await central.connection()).close(code, reason)
            assert await closing(websocket) == (code, reason)
        assert await told.until("close") == (1, code, reason)
        async with station(relay) as websocket:
            await websocket.close(code, reason)
            assert await closing(await central.connection(2)) == (code, reason)
        assert await told.until("close", 2) == (2, code, reason)


async def test_a_station_that_just_breaks_breaks_for_the_central_system_too(central: Central) -> None:
    async with between(central) as (relay, told), station(relay) as websocket:
        other = await central.connection()
        websocket.transport.abort()
        assert await closing(other) == (1006, "")
        assert await told.until("close") == (1, 1006, "")


# --- refusals


async def test_a_refusal_of_the_central_system_reaches_the_station_as_it_is() -> None:
    def refuse(connection: ServerConnection, _request: Request) -> Response:
        response = connection.respond(401, "who are you?\n")
        response.headers["WWW-Authenticate"] = 'Basic realm="charging"'
        return response

    central = Central()
    await central.start(process_request=refuse)
    async with between(central) as (relay, told):
        with pytest.raises(InvalidStatus) as refused:
            async with station(relay):
                pass
        response = refused.value.response
        assert (response.status_code, response.body) == (401, b"who are you?\n")
        assert response.headers["WWW-Authenticate"] == 'Basic realm="charging"'
        assert told.of("refused") == [("CP1", {"status": 401, "reason": "the central system refused"})]
        assert told.of("open") == []
    await central.stop()


async def test_a_central_system_that_agrees_to_no_subprotocol_leaves_it_to_the_station() -> None:
    central_without = Central()
    central_without.subprotocols = None
    await central_without.start()
    async with between(central_without) as (relay, _), station(relay) as websocket:
        assert websocket.subprotocol is None
    await central_without.die()


async def test_a_central_system_that_is_not_there_is_a_bad_gateway() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with Relay("127.0.0.1", 0, Upstream.of(f"ws://127.0.0.1:{taken.getsockname()[1]}"), Told()) as relay:
            with pytest.raises(InvalidStatus) as refused:
                async with station(relay):
                    pass
    assert refused.value.response.status_code == 502


@pytest.mark.parametrize(
    "sent",
    [b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"POST /CP1 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", b"\x16\x03\x01" * 9000, b"GET " * 9000],
)
async def test_what_is_no_handshake_is_refused(central: Central, sent: bytes) -> None:
    async with between(central) as (relay, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(sent)
        async with asyncio.timeout(BOUND):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    assert central.requests == []


async def test_what_a_station_sends_with_its_handshake_is_passed_on(central: Central) -> None:
    async with between(central) as (relay, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        head = (
            "GET /CP1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        )
        text = b'[2,"1","Heartbeat",{}]'
        writer.write(head.encode() + bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)
        async with asyncio.timeout(BOUND):
            assert await central.heard() == text.decode()
            answer = await reader.readuntil(b'[3, "1", {}]')
        assert answer.startswith(b"HTTP/1.1 101 ")
        writer.close()
        await writer.wait_closed()


# --- a central system that is lost


async def test_a_lost_central_system_is_reached_anew_and_the_station_hardly_notices(central: Central) -> None:
    async with (
        between(central) as (relay, told),
        station(relay, "/CP1?x=y", additional_headers={"Authorization": "Basic abc"}) as websocket,
    ):
        first = await central.connection()
        central.answers = False
        await websocket.send('[2,"open","Heartbeat",{}]')
        await first.send('[2,"asked","GetConfiguration",{}]')
        assert await received(websocket) == [2, "asked", "GetConfiguration", {}]
        await central.heard()
        await central.die()
        lost = await received(websocket)
        assert lost[:3] == [4, "open", "InternalError"]
        assert "central system" in lost[3]
        assert lost[4] == {}
        await websocket.send('[3,"asked",{"configurationKey":[]}]')  # answers a connection that is gone
        await websocket.send('[3,"never asked",{}]')
        await websocket.send('[2,"waits","Heartbeat",{}]')
        async with asyncio.timeout(BOUND):
            await (await websocket.ping())
        central.answers = True
        await central.start()
        assert await received(websocket) == [3, "waits", {}]
        assert central.messages == ['[2,"open","Heartbeat",{}]', '[2,"waits","Heartbeat",{}]']
        again = central.requests[-1]
        assert (again.path, again.headers["Authorization"]) == ("/CP1?x=y", "Basic abc")
        assert again.headers["Sec-WebSocket-Key"] != central.requests[0].headers["Sec-WebSocket-Key"]
        assert told.of("close") == []
        assert len(told.of("note")) == 2


async def test_a_station_is_let_go_when_the_central_system_stays_away(central: Central, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "AWAY_SECONDS", 0.05)
    async with between(central) as (relay, _), station(relay) as websocket:
        await central.connection()
        await central.die()
        assert await closing(websocket) == (1001, line.GONE)


async def test_a_station_is_let_go_when_the_central_system_refuses_it_from_now_on(central: Central) -> None:
    async with between(central) as (relay, _), station(relay) as websocket:
        await central.connection()
        await central.die()
        await central.start(process_request=lambda connection, _: connection.respond(403, "no\n"))
        assert await closing(websocket) == (1001, line.GONE)


async def test_a_station_is_let_go_when_the_central_system_speaks_otherwise_from_now_on(central: Central) -> None:
    async with between(central) as (relay, _), station(relay, subprotocols=["ocpp1.6", "ocpp2.0.1"]) as websocket:
        await central.connection()
        await central.die()
        central.subprotocols = [Subprotocol("ocpp2.0.1")]
        await central.start()
        assert await closing(websocket) == (1001, line.GONE)


async def test_a_station_that_sends_without_end_while_nobody_is_there_is_let_go(central: Central, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "MOST_WAITING", 10_000)
    async with between(central) as (relay, told), station(relay) as websocket:
        await central.connection()
        await central.die()
        await told.until("note")
        with contextlib.suppress(ConnectionClosed):
            for number in itertools.count():
                await websocket.send(json.dumps([2, str(number), "DataTransfer", {"vendorId": "x" * 200}]))
        assert await closing(websocket) == (1001, line.GONE)


async def test_a_station_can_hang_up_while_the_central_system_is_away(central: Central) -> None:
    async with between(central) as (relay, told), station(relay) as websocket:
        await central.connection()
        await central.die()
        await told.until("note")
        await websocket.close(1000, "bye")
        assert await closing(websocket) == (1000, "bye")
        assert await told.until("close") == (1, 1000, "bye")


async def test_stations_are_told_when_the_relay_ends(central: Central) -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with between(central) as (relay, _):
            websocket = await stack.enter_async_context(station(relay))
            await central.connection()
        assert (await closing(websocket))[0] == 1001


# --- who does not read


async def test_who_sends_without_end_to_one_that_does_not_read_is_not_read_either(central: Central) -> None:
    """Nothing is kept without bound: what waits in the relay is some hundred kibibytes, whatever one side sends."""
    reading = asyncio.Event()

    async def wait(_connection: ServerConnection, _message: str | bytes) -> None:
        await reading.wait()

    central.on_message = wait
    lines: list[Any] = []
    async with between(central, on_line=lines.append) as (relay, told), station(relay) as websocket:
        piece = "x" * 50_000
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 2000:
                async with asyncio.timeout(1.0):
                    await websocket.send(piece)
                sent += 1
        assert sent < 2000
        (relayed,) = lines
        assert relayed.unsent <= MOST_UNSENT + LONGEST_KEPT
        reading.set()
        await central.heard(sent)
        assert told.of("close") == []


# --- TLS


async def test_a_central_system_behind_tls_is_verified(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    central = Central()
    await central.start(ssl=context)
    pem = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(pem)
    url = f"wss://localhost:{central.port}"
    async with Relay("127.0.0.1", 0, Upstream.of(url, pem), Told()) as relay, station(relay) as websocket:
        await websocket.send('[2,"1","Heartbeat",{}]')
        assert await received(websocket) == [3, "1", {}]
        await Upstream.of(url, pem).reachable()
    with pytest.raises(CannotBegin, match="signed by no authority"):
        await Upstream.of(url).reachable()
    async with Relay("127.0.0.1", 0, Upstream.of(url), Told()) as relay:
        with pytest.raises(InvalidStatus) as refused:
            async with station(relay):
                pass
    assert refused.value.response.status_code == 502
    await central.die()


@pytest.mark.parametrize("url", ["http://x", "ws://", "x", "ws://h:99999", "ws://h/?q=1", "ws://user:secret@h/", "ws://[::1"])
def test_what_is_no_address_of_a_central_system(url: str) -> None:
    with pytest.raises(CannotBegin) as problem:
        Upstream.of(url)
    assert "secret" not in str(problem.value)
