"""Peers that behave badly, over real sockets: each gets a clean end or the specified error, and those beside them nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.utils import accept_key

from probes.csms.csms import Csms
from probes.wire.client import open_connection
from probes.wire.connection import ConnectionLost
from probes.wire.passwords import PasswordFile, hash_password
from probes.wire.peer import ANSWERS_UNDER_WAY, CALLS_IN_HAND
from probes.wire.reading import records_of
from probes.wire.records import ConnectionEvent, EventKind, Frame, MessageType
from probes.wire.redact import Redactor
from probes.wire.security import ServerSecurity
from probes.wire.server import Refused, Server
from probes.wire.transcript import record_line
from probes.wire.websocket import MAX_FRAME_BYTES, SUBPROTOCOL, KeepAlive

BOUND = 60.0
UPGRADE = (
    "GET /{} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)


async def heartbeat(websocket: Any) -> Any:
    await websocket.send('[2,"1","Heartbeat",{}]')
    return json.loads(await asyncio.wait_for(websocket.recv(), BOUND))


def server(**options: Any) -> tuple[Server, list[Refused]]:
    refused: list[Refused] = []

    async def stay(connection: Any, _: object) -> None:
        over: asyncio.Future[ConnectionLost] = asyncio.get_running_loop().create_future()
        connection.listen(connection.send, over.set_result)
        await over

    return Server("127.0.0.1", 0, on_connection=stay, on_refused=refused.append, redactor=Redactor(b"k"), **options), refused


@pytest.mark.parametrize("beginning", ["", "GET /CP1 HTTP/1.1\r\nHost:"])
async def test_a_handshake_that_never_ends_is_ended(beginning: str) -> None:
    slow, _ = server(handshake_seconds=0.2)
    async with slow:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", slow.port)
        writer.write(beginning.encode())
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), BOUND) == b""
        assert time.monotonic() - began >= 0.15
        await hung_up(writer)
        async with connect(f"{slow.url}/CP2", subprotocols=[SUBPROTOCOL]) as good:
            await good.send("here")
            assert await good.recv() == "here"


async def test_a_handshake_that_comes_drop_by_drop_is_ended() -> None:
    slow, _ = server(handshake_seconds=0.2)
    async with slow:
        reader, writer = await asyncio.open_connection("127.0.0.1", slow.port)

        async def drip() -> None:
            with contextlib.suppress(ConnectionError):
                for letter in UPGRADE.format("CP1") * 100:
                    writer.write(letter.encode())
                    await writer.drain()
                    await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), BOUND) == b""
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        await hung_up(writer)


async def test_a_tls_handshake_that_never_begins_is_ended(tmp_path: Path) -> None:
    signed = trustme.CA().issue_cert("127.0.0.1")
    signed.cert_chain_pems[0].write_to_path(str(tmp_path / "cert"))
    signed.private_key_pem.write_to_path(str(tmp_path / "key"))
    security = ServerSecurity(2, PasswordFile({"CP1": hash_password("x")}), ((tmp_path / "cert", tmp_path / "key"),))
    slow, refused = server(handshake_seconds=0.2, security=security)
    async with slow:
        reader, writer = await asyncio.open_connection("127.0.0.1", slow.port)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), BOUND) == b""
        await hung_up(writer)
    assert refused == []


async def test_a_full_house_says_503() -> None:
    small, refused = server(connections=1)
    async with small, connect(f"{small.url}/CP1", subprotocols=[SUBPROTOCOL]) as inside:
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"{small.url}/CP2", subprotocols=[SUBPROTOCOL])
        assert caught.value.response.status_code == 503
        assert [each.reason for each in refused] == ["the station CP2 came when 1 connections were open already"]
        await inside.send("here")
        assert await inside.recv() == "here"


async def test_a_half_open_connection_is_found_by_ping() -> None:
    """OCPP-J 1.6 section 5.3: a peer that reads and answers nothing, as behind a broken network."""
    async with (
        Csms(keep_alive=KeepAlive(0.1, 0.1, 0.1)) as csms,
        connect(f"{csms.url}/CP2", subprotocols=[SUBPROTOCOL]) as good,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", csms.port)
        writer.write(UPGRADE.format("CP1").encode())
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), BOUND)
        link = await csms.station("CP1", BOUND)
        await asyncio.wait_for(link.closed.wait(), BOUND)
        closed = link.transcript.records[-1]
        assert isinstance(closed, ConnectionEvent)
        assert closed.detail == {"code": 1011, "reason": "keepalive ping timeout"}
        await hung_up(writer)
        assert (await heartbeat(good))[0] == 3


async def test_a_station_finds_a_half_open_connection_too() -> None:
    over = asyncio.Event()
    listening = await asyncio.start_server(lambda reader, writer: answered(reader, writer, over), "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        connected = await open_connection(f"ws://127.0.0.1:{port}", "CP1", None, KeepAlive(0.1, 0.1, 0.1))
        ended: asyncio.Future[ConnectionLost] = asyncio.get_running_loop().create_future()
        connected.connection.listen(print, ended.set_result)
        assert (await asyncio.wait_for(ended, BOUND)).code == 1011
        over.set()


async def test_ten_megabytes_end_that_connection_alone_and_are_recorded() -> None:
    quick = KeepAlive(closing=0.2)
    async with Csms(keep_alive=quick) as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as good:
        _, writer = await asyncio.open_connection("127.0.0.1", csms.port)
        writer.write(UPGRADE.format("CP2").encode())
        link = await csms.station("CP2", BOUND)
        with contextlib.suppress(ConnectionError):
            writer.write(b"\x81\xff" + (10_000_000).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 10_000_000)
            await writer.drain()
        await asyncio.wait_for(link.closed.wait(), BOUND)
        await hung_up(writer)
        long, closed = link.transcript.records[-2:]
        assert isinstance(long, ConnectionEvent)
        assert (long.event, long.detail["direction"], long.detail["limitBytes"]) == (
            EventKind.FRAME_TOO_LONG,
            "cs-to-csms",
            MAX_FRAME_BYTES,
        )
        assert isinstance(closed, ConnectionEvent)
        assert (closed.event, closed.detail["code"]) == (EventKind.CLOSE, 1009)
        assert records_of([record_line(long)], "x") == [long]
        assert (await heartbeat(good))[0] == 3
        async with connect(f"{csms.url}/CP2", subprotocols=[SUBPROTOCOL]) as again:
            assert (await heartbeat(again))[0] == 3


async def test_a_peer_that_finds_our_frames_too_long_is_another_matter() -> None:
    async with Csms() as csms:
        async with connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL], max_size=10) as small:
            link = await csms.station("CP1", BOUND)
            await link.peer.send_raw('[2,"1","ClearCache",{}]')
            await asyncio.wait_for(link.closed.wait(), BOUND)
            await small.wait_closed()
        closed = link.transcript.records[-1]
        assert isinstance(closed, ConnectionEvent)
        assert closed.detail["code"] == 1009
        kinds = [record.event for record in link.transcript.records if isinstance(record, ConnectionEvent)]
        assert kinds == [EventKind.OPEN, EventKind.CLOSE]


async def test_a_binary_frame_is_recorded_as_one_and_not_acted_upon() -> None:
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        await websocket.send(b'[2,"1","Heartbeat",{}]')
        await websocket.send(b"\xff\x00")
        assert (await heartbeat(websocket))[0] == 3
        frames = [record for record in csms.transcript("CP1").records if isinstance(record, Frame)]
        assert [(frame.binary, frame.message_type, frame.raw) for frame in frames[:2]] == [
            (True, MessageType.UNPARSABLE, '[2,"1","Heartbeat",{}]'),
            (True, MessageType.UNPARSABLE, "\\xff\x00"),
        ]
        assert [frame.binary for frame in frames[2:]] == [False, False]
        assert records_of([record_line(frame) for frame in frames], "x") == frames
        without_kind = json.loads(record_line(frames[0])) | {"messageType": None}
        del without_kind["messageType"]
        (read,) = records_of([json.dumps(without_kind).encode()], "x")
        assert isinstance(read, Frame)
        assert read.message_type is MessageType.UNPARSABLE


async def test_a_flood_of_calls_without_reading_stays_bounded() -> None:
    async with Csms(history=50) as csms, connect(f"{csms.url}/CP2", subprotocols=[SUBPROTOCOL]) as good:
        async with connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL], max_queue=1) as flood:
            link = await csms.station("CP1", BOUND)
            long = "x" * 5000
            sending = asyncio.create_task(send_many(flood, [f'[2,"{number}{long}","Nothing",{{}}]' for number in range(3_000)]))
            for _ in range(20):
                assert (await asyncio.wait_for(heartbeat(good), BOUND))[0] == 3
                assert len(link.peer._late) <= ANSWERS_UNDER_WAY
                assert len(link.peer._calls) <= CALLS_IN_HAND
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            flood.transport.abort()
            await asyncio.wait_for(link.closed.wait(), BOUND)
        assert (await heartbeat(good))[0] == 3


async def hung_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def send_many(websocket: Any, texts: list[str]) -> None:
    with contextlib.suppress(ConnectionClosed):
        for text in texts:
            await websocket.send(text)


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, over: asyncio.Event) -> None:
    """Complete the opening handshake of a WebSocket by hand, then say nothing more."""
    request = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line.split(": ")[1] for line in request.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    writer.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
    )
    await over.wait()
    await hung_up(writer)
