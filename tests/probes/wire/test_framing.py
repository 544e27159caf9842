"""Bytes in, messages out: whatever pieces they come in, and whatever RFC 6455 forbids."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, cast

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from probes.csms.csms import Csms
from probes.wire.connection import ConnectionLost
from probes.wire.records import ConnectionEvent, EventKind
from probes.wire.redact import Redactor
from probes.wire.server import Refused, Server
from probes.wire.websocket import MAX_FRAME_BYTES, SUBPROTOCOL, KeepAlive, ServerSocket
from tests.probes.wire.test_hygiene import BOUND, UPGRADE, heartbeat, hung_up

REQUEST = UPGRADE.format("CP1").encode()


class Wire(asyncio.Transport):
    """A transport that keeps what is written, and hands over what arrives to whatever its protocol is by then."""

    def __init__(self, protocol: ServerSocket) -> None:
        super().__init__()
        self._protocol: Any = protocol
        self._socket = socket.socket()
        self.written = b""
        self.reading = True

    async def arrive(self, data: bytes) -> None:
        """These bytes come, as soon as somebody reads."""
        while not self.reading:
            await asyncio.sleep(0)
        if isinstance(self._protocol, ServerSocket):
            self._protocol.data_received(data)
            return
        room = self._protocol.get_buffer(-1)
        size = min(len(room), len(data))
        room[:size] = data[:size]
        self._protocol.buffer_updated(size)
        if size < len(data):
            await self.arrive(data[size:])

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket if name == "socket" else default

    def get_write_buffer_size(self) -> int:
        return 1

    def get_protocol(self) -> asyncio.BaseProtocol:
        return cast(asyncio.BaseProtocol, self._protocol)

    def hang_up(self) -> None:
        self._socket.close()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is kept back."""

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        """Nothing is open."""


@contextlib.contextmanager
def an_open_end(*, listens: bool = True) -> Iterator[tuple[ServerSocket, Wire, list[str | bytes]]]:
    """The CSMS's end of a connection that has just been opened, without another end."""
    protocol = ServerProtocol(subprotocols=[SUBPROTOCOL], max_size=MAX_FRAME_BYTES)
    heard: list[str | bytes] = []
    end = ServerSocket(protocol, cast(Any, _NoServer()))
    wire = Wire(end)
    end.transport, end._room = wire, memoryview(bytearray(1 << 16))
    end.data_received(REQUEST)
    assert end.request is not None
    protocol.send_response(protocol.accept(end.request))
    protocol.data_to_send()
    if listens:
        end.listen(heard.append, print)
    try:
        yield end, wire, heard
    finally:
        wire.hang_up()


class _NoServer:
    handler_tasks: frozenset[Any] = frozenset()


def frames_of(message: str | bytes, pieces: int) -> list[bytes]:
    """The message as masked frames, in so many fragments."""
    data = message.encode() if isinstance(message, str) else message
    size = max(1, -(-len(data) // pieces))
    parts = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    first = Opcode.TEXT if isinstance(message, str) else Opcode.BINARY
    return [
        bytes(Frame(first if number == 0 else Opcode.CONT, part, fin=number == len(parts) - 1).serialize(mask=True))
        for number, part in enumerate(parts)
    ]


messages = st.text(max_size=300) | st.binary(max_size=300) | st.integers(120, 70_000).map(lambda size: "x" * size)
PING = bytes(Frame(Opcode.PING, b"there?").serialize(mask=True))


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    sent=st.lists(st.tuples(messages, st.integers(1, 4), st.booleans()), max_size=5),
    cuts=st.lists(st.integers(1, 100_000), max_size=20),
)
def test_messages_arrive_as_they_were_sent_in_whatever_pieces(
    loop_factory: Callable[[], asyncio.AbstractEventLoop], sent: list[tuple[str | bytes, int, bool]], cuts: list[int]
) -> None:
    async def run() -> None:
        stream = b""
        for message, pieces, ping in sent:
            whole = frames_of(message, pieces)
            stream += whole[0] + (PING if ping else b"") + b"".join(whole[1:])
        with an_open_end() as (_, wire, heard):
            rest = stream
            for cut in cuts:
                if rest:
                    await wire.arrive(rest[:cut])
                    rest = rest[cut:]
            if rest:
                await wire.arrive(rest)
        assert heard == [message for message, _, _ in sent]
        assert wire.written.count(b"\x8a\x06there?") == sum(ping for *_, ping in sent)

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(run())


async def test_byte_by_byte() -> None:
    with an_open_end() as (_, wire, heard):
        for byte in frames_of("ü" * 200, 1)[0] + frames_of(b"\x00\xff", 2)[0] + frames_of(b"\x00\xff", 2)[1]:
            await wire.arrive(bytes((byte,)))
    assert heard == ["ü" * 200, b"\x00\xff"]


def on_the_fast_loop() -> bool:
    return isinstance(asyncio.get_running_loop(), uvloop.Loop)


async def test_who_reads_frames_goes_with_the_event_loop() -> None:
    with an_open_end() as (end, wire, _):
        assert (wire.get_protocol() is end) is not on_the_fast_loop()


async def test_a_long_frame_leaves_no_room_behind() -> None:
    with an_open_end() as (end, wire, heard):
        readers = [wire.get_protocol()]
        for message in ("short", "x" * 70_000, "short"):
            await wire.arrive(frames_of(message, 1)[0])
            while not wire.reading:
                await asyncio.sleep(0)
            readers.append(wire.get_protocol())
        assert heard == ["short", "x" * 70_000, "short"]
        assert [one is other for one, other in pairwise(readers)] == [True, not on_the_fast_loop(), True]
        assert end._incomplete is None
        if on_the_fast_loop():
            assert len(cast(Any, wire.get_protocol()).get_buffer(-1)) < 4096


async def test_what_comes_behind_a_long_frame_is_read_too() -> None:
    with an_open_end() as (_, wire, heard):
        stream = frames_of("x" * 70_000, 1)[0] + frames_of("behind", 1)[0]
        await wire.arrive(stream[:-3])
        await wire.arrive(stream[-3:])
        await wire.arrive(frames_of("x" * 70_000, 1)[0])
        await wire.arrive(frames_of("later", 1)[0])
    assert heard == ["x" * 70_000, "behind", "x" * 70_000, "later"]


async def test_a_handler_that_fails_ends_its_connection_alone(caplog: pytest.LogCaptureFixture) -> None:
    """None of ours does; one that did would have lost what it was told."""
    lost: asyncio.Queue[ConnectionLost] = asyncio.Queue()

    async def stay(connection: Any, _: object) -> None:
        def say(message: str) -> None:
            connection.send(str(1 // int(message)))

        over: asyncio.Future[ConnectionLost] = asyncio.get_running_loop().create_future()
        connection.listen(say, over.set_result)
        lost.put_nowait(await over)

    failing = Server("127.0.0.1", 0, on_connection=stay, on_refused=print, redactor=Redactor(b"k"), keep_alive=KeepAlive(closing=0.2))
    async with failing:
        async with connect(f"{failing.url}/CP1", subprotocols=[SUBPROTOCOL]) as good:
            async with connect(f"{failing.url}/CP2", subprotocols=[SUBPROTOCOL]) as bad:
                await bad.send("0")
                ended = await asyncio.wait_for(lost.get(), BOUND)
                await bad.wait_closed()
            await good.send("1")
            assert await good.recv() == "1"
        await asyncio.wait_for(lost.get(), BOUND)
        assert ended.code in {1006, 1011}
        assert any("ZeroDivisionError" in str(record.exc_info) for record in caplog.records)


async def test_frames_that_come_with_the_handshake_are_read() -> None:
    """A client must wait for the answer (RFC 6455 section 4.1); one that does not loses nothing."""
    async with Csms() as csms:
        for split in (len(REQUEST) - 2, len(REQUEST), len(REQUEST) + 1, len(REQUEST) + 3):
            reader, writer = await asyncio.open_connection("127.0.0.1", csms.port)
            stream = REQUEST + frames_of('[2,"1","Heartbeat",{}]', 1)[0] + frames_of('[2,"2","Heartbeat",{}]', 1)[0]
            writer.write(stream[:split])
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(stream[split:])
            answer = await asyncio.wait_for(reader.readuntil(b'[3,"2",{'), BOUND)
            assert b'[3,"1",{' in answer
            await hung_up(writer)


MASK = b"\0\0\0\0"
MOST = MAX_FRAME_BYTES
FORBIDDEN: list[tuple[str, bytes, int]] = [
    ("a frame that is not masked", b"\x81\x02[]", 1002),
    ("a reserved bit", b"\xc1\x82" + MASK + b"[]", 1002),
    ("an opcode that is none", b"\x83\x82" + MASK + b"[]", 1002),
    ("a control frame in fragments", b"\x09\x80" + MASK, 1002),
    ("a control frame that is too long", b"\x89\xfe\x00\x7e" + MASK + b"x" * 126, 1002),
    ("a continuation of nothing", b"\x80\x82" + MASK + b"[]", 1002),
    ("a message within another", b"\x01\x81" + MASK + b"[" + b"\x81\x82" + MASK + b"[]", 1002),
    ("text that is none", b"\x81\x82" + MASK + b"\xc3\x28", 1007),
    ("text in fragments that is none", b"\x01\x81" + MASK + b"\xc3" + b"\x80\x81" + MASK + b"(", 1007),
    ("a length that nobody can have", b"\x81\xff\x7f" + b"\xff" * 7 + MASK, 1009),
    (
        "a fragment beyond the limit",
        b"\x01\xff" + (MAX_FRAME_BYTES).to_bytes(8, "big") + MASK + b" " * MAX_FRAME_BYTES + b"\x80\x81" + MASK + b" ",
        1009,
    ),
    ("more fragments than anybody needs", b"\x01\x80" + MASK + (b"\x00\x80" + MASK) * 5000, 1008),
    ("a close frame of one byte", b"\x88\x81" + MASK + b"x", 1002),
]


@pytest.mark.parametrize(("broken", "code"), [(broken, code) for _, broken, code in FORBIDDEN], ids=[name for name, *_ in FORBIDDEN])
@pytest.mark.parametrize("after_a_good_one", [False, True])
async def test_what_the_protocol_forbids_ends_that_connection_alone(
    broken: bytes, code: int, after_a_good_one: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with Csms(keep_alive=KeepAlive(closing=0.2)) as csms, connect(f"{csms.url}/CP2", subprotocols=[SUBPROTOCOL]) as good:
        reader, writer = await asyncio.open_connection("127.0.0.1", csms.port)
        writer.write(REQUEST)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), BOUND)
        link = await csms.station("CP1", BOUND)
        with contextlib.suppress(ConnectionError):
            writer.write((frames_of('[2,"1","Heartbeat",{}]', 1)[0] if after_a_good_one else b"") + broken)
            await writer.drain()
        await asyncio.wait_for(link.closed.wait(), BOUND)
        closed = link.transcript.records[-1]
        assert isinstance(closed, ConnectionEvent)
        assert (closed.event, closed.detail["code"]) == (EventKind.CLOSE, code)
        assert len(link.transcript.records) == (4 if after_a_good_one else 2) + (code == 1009)
        await hung_up(writer)
        assert (await heartbeat(good))[0] == 3
    assert [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []


UNUSUAL: list[tuple[str, bytes, int | None, int]] = [
    ("a length in more bytes than it needs", b"\x81\xfe\x00\x02" + MASK + b"[]", None, 1002),
    ("a length with its first bit set", b"\x81\xff" + b"\xff" * 8 + MASK, 1009, 1002),
]


@pytest.mark.parametrize(("frame", "without", "with_picows"), [rest for _, *rest in UNUSUAL], ids=[name for name, *_ in UNUSUAL])
async def test_lengths_in_which_the_two_readers_differ(frame: bytes, without: int | None, with_picows: int) -> None:
    """RFC 6455 section 5.2. The one that is read is what a lenient receiver may read; None: it is."""
    async with Csms(keep_alive=KeepAlive(closing=0.2)) as csms:
        reader, writer = await asyncio.open_connection("127.0.0.1", csms.port)
        writer.write(REQUEST)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), BOUND)
        link = await csms.station("CP1", BOUND)
        writer.write(frame)
        expected = with_picows if on_the_fast_loop() else without
        if expected is None:
            writer.write(frames_of('[2,"1","Heartbeat",{}]', 1)[0])
            await asyncio.wait_for(reader.readuntil(b'[3,"1",{'), BOUND)
        else:
            await asyncio.wait_for(link.closed.wait(), BOUND)
            closed = link.transcript.records[-1]
            assert isinstance(closed, ConnectionEvent)
            assert closed.detail["code"] == expected
        await hung_up(writer)


async def test_nothing_more_is_read_while_nobody_listens() -> None:
    with an_open_end(listens=False) as (end, wire, heard):
        for _ in range(16):
            await wire.arrive(frames_of("x", 1)[0])
        assert wire.reading
        await wire.arrive(frames_of("x", 1)[0])
        paused = not wire.reading
        end.listen(heard.append, print)
        assert paused
        assert wire.reading
        await wire.arrive(frames_of("y", 1)[0])
        assert heard == ["x"] * 17 + ["y"]


async def test_who_does_not_read_is_not_read() -> None:
    with an_open_end() as (end, wire, _):
        end.pause_writing()
        paused = not wire.reading
        end.resume_writing()
        assert paused
        assert wire.reading


async def test_a_tls_client_on_a_plain_port_gets_a_clean_end_and_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    refused: list[Refused] = []

    async def stay(connection: Any, _: object) -> None:
        over: asyncio.Future[ConnectionLost] = asyncio.get_running_loop().create_future()
        connection.listen(connection.send, over.set_result)
        await over

    plain = Server("127.0.0.1", 0, on_connection=stay, on_refused=refused.append, redactor=Redactor(b"k"))
    async with plain, connect(f"{plain.url}/CP2", subprotocols=[SUBPROTOCOL]) as good:
        caplog.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", plain.port)
        writer.write(bytes.fromhex("1603010200010001fc0303") + b"\x00" * 506 + b"\r\n")
        await asyncio.wait_for(reader.read(), BOUND)
        await hung_up(writer)
        await good.send("here")
        assert await good.recv() == "here"
        assert [each.reason for each in refused] == ["the station spoke TLS; here is ws://"]
        assert sum("spoke TLS" in record.getMessage() for record in caplog.records) == 1
        assert all("\n" not in record.getMessage() and record.exc_info is None for record in caplog.records)
