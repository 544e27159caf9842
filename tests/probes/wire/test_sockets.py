"""The transport over real sockets: who is let in, what is refused, and how it is told."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from probes.wire.client import NotConnected, connection_url, open_connection
from probes.wire.connection import ABNORMAL_CLOSURE, Connection, ConnectionLost
from probes.wire.redact import Redactor
from probes.wire.server import Handshake, Refused, Server, identity_of
from probes.wire.websocket import MAX_FRAME_BYTES, SUBPROTOCOL, ClientSocket
from registry.errors import CannotBegin


class House:
    """A server that echoes, and remembers who came."""

    def __init__(self) -> None:
        self.came: list[Handshake] = []
        self.connections: list[Connection] = []
        self.refused: list[Refused] = []
        self.lost: asyncio.Queue[ConnectionLost] = asyncio.Queue()

    async def receive(self, connection: Connection, handshake: Handshake) -> None:
        self.came.append(handshake)
        self.connections.append(connection)
        over = asyncio.Event()

        def ended(lost: ConnectionLost) -> None:
            self.lost.put_nowait(lost)
            over.set()

        connection.listen(lambda message: connection.send(message if isinstance(message, str) else message.hex()), ended)
        await over.wait()


@asynccontextmanager
async def house(base_path: str = "", identities: set[str] | None = None) -> AsyncIterator[tuple[House, Server]]:
    inside = House()
    server = Server(
        "127.0.0.1",
        0,
        on_connection=inside.receive,
        on_refused=inside.refused.append,
        redactor=Redactor(b"k"),
        base_path=base_path,
        identities=identities,
    )
    async with server:
        yield inside, server


async def test_text_and_binary_both_ways() -> None:
    async with house() as (inside, server):
        async with connect(f"{server.url}/any/where/CP%2F%201", subprotocols=[SUBPROTOCOL, Subprotocol("ocpp1.5")]) as socket_:
            assert socket_.subprotocol == "ocpp1.6"
            assert "Sec-WebSocket-Extensions" not in (socket_.response.headers if socket_.response else {})
            await socket_.send("ü")
            assert await socket_.recv() == "ü"
            await socket_.send(b"\x01\x02")
            assert await socket_.recv() == "0102"
        lost = await asyncio.wait_for(inside.lost.get(), 5)
        assert (lost.code, lost.reason) == (1000, "")
        (handshake,) = inside.came
        assert (handshake.identity, handshake.path, handshake.offered) == ("CP/ 1", "/any/where/CP%2F%201", ("ocpp1.6", "ocpp1.5"))


async def test_credentials_do_not_get_into_the_handshake() -> None:
    async with (
        house() as (inside, server),
        connect(
            f"{server.url}/CP1?token=secret",
            subprotocols=[SUBPROTOCOL],
            additional_headers={"Authorization": "Basic c2VjcmV0"},
        ),
    ):
        pass
    told = str(inside.came[0].detail())
    assert "c2VjcmV0" not in told
    assert "secret" not in told
    assert "Basic ***" in told


@pytest.mark.parametrize("offered", [None, ["ocpp2.0.1"], ["ocpp1.5", "OCPP1.6"]])
async def test_another_subprotocol_is_refused_as_ocpp_j_says(offered: list[str] | None) -> None:
    """Section 3.2: the handshake is completed without a sub-protocol, then the connection is closed."""
    async with house() as (inside, server):
        async with connect(f"{server.url}/CP1", subprotocols=offered) as socket_:  # type: ignore[arg-type]  # plain strings
            assert socket_.subprotocol is None
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket_.recv(), 5)
            assert (socket_.close_code, socket_.close_reason) == (1002, "sub-protocol ocpp1.6 required")
        (refused,) = inside.refused
        assert refused.reason == f"the station CP1 offered the sub-protocol {', '.join(offered or ['none'])}; needed is ocpp1.6"
        assert inside.came == []


@pytest.mark.parametrize("path", ["", "/", "/ocpp/", "/%FF", "/%0A", "/" + "x" * 256, "/elsewhere/CP1", "/CP1", "/ocpp/deeper/CP1"])
async def test_a_path_that_names_no_station_gets_404(path: str) -> None:
    async with house(base_path="/ocpp/") as (inside, server):
        with pytest.raises(InvalidStatus) as caught:
            await connect(server.url.removesuffix("/ocpp") + path, subprotocols=[SUBPROTOCOL])
        assert caught.value.response.status_code == 404
        (refused,) = inside.refused
        assert refused.reason.endswith("names no station; a station connects to /ocpp/IDENTITY")


async def test_a_station_that_is_not_expected_gets_404() -> None:
    async with house(identities={"CP1"}) as (inside, server):
        with pytest.raises(InvalidStatus):
            await connect(f"{server.url}/CP2", subprotocols=[SUBPROTOCOL])
        assert [(refused.handshake.identity, refused.reason) for refused in inside.refused] == [
            ("CP2", "the station CP2 is not one of those expected here")
        ]


@pytest.mark.parametrize(
    ("path", "base", "identity"),
    [
        ("/a/b", "", "b"),
        ("/b?x=/c", "", "b"),
        ("/RDAM%20123", "", "RDAM 123"),
        ("/ocpp/b", "/ocpp", "b"),
        ("/b", "/ocpp", None),
        ("/" + "x" * 255, "", "x" * 255),
        ("/" + "x" * 256, "", None),
        ("/a/", "", None),
    ],
)
def test_identities(path: str, base: str, identity: str | None) -> None:
    assert identity_of(path, base) == identity


async def test_a_frame_that_is_too_long_closes_with_1009_and_nothing_else_suffers() -> None:
    async with house() as (inside, server):
        address = f"{server.url}/CP"
        async with connect(f"{address}1", subprotocols=[SUBPROTOCOL]) as good, connect(f"{address}2", subprotocols=[SUBPROTOCOL]) as bad:
            await good.send("x" * MAX_FRAME_BYTES)
            with contextlib.suppress(ConnectionClosed):
                await bad.send("x" * (MAX_FRAME_BYTES + 1))
            lost = await asyncio.wait_for(inside.lost.get(), 5)
            assert lost.code == 1009
            assert len(await asyncio.wait_for(good.recv(), 5)) == MAX_FRAME_BYTES


async def test_many_answers_at_once_arrive_whole_and_in_order() -> None:
    """Together they are more than a socket takes, and nobody reads until all are sent."""
    sent = [chr(97 + number % 26) * size for number, size in enumerate([1, 125, 126, 8191, 8192, 8193, 20_000, 65_535, 65_536, 3] * 12)]
    async with house() as (inside, server), connect(f"{server.url}/CP1", subprotocols=[SUBPROTOCOL], max_queue=None) as socket_:
        await socket_.send("first")
        assert await socket_.recv() == "first"
        burst = sent * 8
        for message in burst:
            inside.connections[0].send(message)
        assert [await asyncio.wait_for(socket_.recv(), 10) for _ in burst] == burst
        asking = asyncio.gather(*(socket_.send(message) for message in sent))
        assert [await asyncio.wait_for(socket_.recv(), 10) for _ in sent] == sent
        await asking


async def test_text_that_utf_8_has_not_goes_out_as_it_is() -> None:
    """A surrogate alone: for those who send broken frames on purpose. Whoever gets it says that it is no text."""
    async with house() as (inside, server), connect(f"{server.url}/CP1", subprotocols=[SUBPROTOCOL]) as socket_:
        await socket_.send(b"\x01")
        assert await socket_.recv() == "01"
        inside.connections[0].send("\ud800")
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket_.recv(), 5)
        lost = await asyncio.wait_for(inside.lost.get(), 5)
        assert lost.code == 1007


async def test_nothing_goes_out_after_the_cable_is_cut() -> None:
    async with house() as (inside, server), connect(f"{server.url}/CP1", subprotocols=[SUBPROTOCOL]) as socket_:
        await socket_.send("here")
        await socket_.recv()
        cutting = asyncio.create_task(inside.connections[0].close(ABNORMAL_CLOSURE))
        await asyncio.sleep(0)
        with contextlib.suppress(ConnectionLost):
            inside.connections[0].send("too late")
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket_.recv(), 5)
        assert socket_.close_code == ABNORMAL_CLOSURE
        await cutting


async def test_noise_at_the_door_is_outlived(capfd: pytest.CaptureFixture[str]) -> None:
    async with house() as (_, server):
        for noise in (b"", b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.0\r\n\r\n", b"POST /CP1 HTTP/1.1\r\nHost: x\r\n\r\n", b"x" * 70_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(noise)
            with contextlib.suppress(OSError):
                await writer.drain()
                writer.write_eof()
                await asyncio.wait_for(reader.read(), 5)
            writer.close()
        async with connect(f"{server.url}/CP1", subprotocols=[SUBPROTOCOL]) as socket_:
            await socket_.send("still there")
            assert await socket_.recv() == "still there"
    assert "Traceback" not in "".join(capfd.readouterr())


async def test_a_port_in_use_is_one_line() -> None:
    async with house() as (inside, server):
        other = Server("127.0.0.1", server.port, on_connection=inside.receive, on_refused=inside.refused.append, redactor=Redactor(b"k"))
        with pytest.raises(CannotBegin) as caught:
            await other.__aenter__()
        assert (
            str(caught.value) == f"127.0.0.1:{server.port}: the port is in use by another program; end that program or choose another port"
        )


async def test_an_address_of_another_machine_is_one_line() -> None:
    other = Server("203.0.113.1", 0, on_connection=House().receive, on_refused=print, redactor=Redactor(b"k"))
    with pytest.raises(CannotBegin, match=r"^203\.0\.113\.1:0: cannot listen there \(.+\); name an address of this machine$"):
        await other.__aenter__()


# --- the client


def test_connection_urls() -> None:
    """OCPP-J 1.6 section 3.1.1, example 2."""
    assert connection_url("wss://centralsystem.example.com/ocppj", "RDAM 123") == "wss://centralsystem.example.com/ocppj/RDAM%20123"
    assert connection_url("ws://h:1/", "a/b") == "ws://h:1/a%2Fb"
    assert connection_url("ws://h:1/ocpp/?tenant=7/8", "a") == "ws://h:1/ocpp/a?tenant=7/8"
    with pytest.raises(CannotBegin, match=r"^http://h: no WebSocket address; write ws://HOST"):
        connection_url("http://h", "a")


async def test_client_and_server_meet() -> None:
    async with house() as (inside, server):
        connected = await open_connection(server.url, "CP 1")
        heard: asyncio.Queue[str | bytes | ConnectionLost] = asyncio.Queue()
        connected.connection.listen(heard.put_nowait, heard.put_nowait)
        connected.connection.send("hello")
        assert await heard.get() == "hello"
        await connected.connection.close()
        assert inside.came[0].identity == "CP 1"
        with pytest.raises(ConnectionLost):
            connected.connection.send("too late")
        lost = await heard.get()
        assert isinstance(lost, ConnectionLost)
        assert lost.code == 1000


async def test_the_client_tells_why_there_is_no_connection() -> None:
    async with house(identities=set()) as (_, server):
        with pytest.raises(NotConnected, match="the CSMS refused with HTTP status 404"):
            await open_connection(server.url, "CP1")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NotConnected, match="no connection"):
            await open_connection(f"ws://someone:secret@127.0.0.1:{unused.getsockname()[1]}", "CP1")


async def test_the_client_outlives_a_csms_that_is_gone_before_it_was_greeted(monkeypatch: pytest.MonkeyPatch) -> None:
    greets = ClientSocket.handshake

    async def late(self: ClientSocket, *arguments: Any, **options: Any) -> None:
        self.transport.abort()
        await self.wait_closed()
        await greets(self, *arguments, **options)

    monkeypatch.setattr(ClientSocket, "handshake", late)
    async with house() as (_, server):
        with pytest.raises(NotConnected, match="no connection"):
            await open_connection(server.url, "CP1")


async def test_the_client_leaves_a_csms_of_another_protocol() -> None:
    async with serve(lambda socket_: socket_.wait_closed(), "127.0.0.1", 0) as other:
        port = next(iter(other.sockets)).getsockname()[1]
        with pytest.raises(NotConnected, match=r"does not agree to the sub-protocol ocpp1\.6"):
            await open_connection(f"ws://127.0.0.1:{port}", "CP1")


async def test_credentials_are_not_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NotConnected) as caught:
            await open_connection(f"ws://me:secret@127.0.0.1:{unused.getsockname()[1]}", "CP1")
        assert "secret" not in str(caught.value)
