"""The extra `fast`: picows cuts frames out of the stream, on a connection that somebody else answers for.

picows decides on a handshake in a function that cannot wait and does not see the connection. So the handshake is over when it comes in:
the transport of an open connection is given another protocol, and picows is told of a handshake that never went over any wire. What is
no whole text goes back as the frame that it was, and what picows refuses is refused by whoever answers for the connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol, cast

from picows import WSAutoPingStrategy, WSFrame, WSListener, WSMsgType, WSTransport
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # not in picows' description of itself, hence our bounds for it
from websockets.protocol import Protocol as WebSocketProtocol
from websockets.protocol import State
from websockets.utils import accept_key

from probes.wire.framing import frame

LOGGER = logging.getLogger("ocpp_registry.wire")

_TEXT = cast(WSMsgType, 1)
"""The opcode of a text (RFC 6455 section 5.2): to picows its enumeration is all numbers, and a number is quicker."""

_LEAST_ROOM = 2048
"""Bytes that picows begins with for each connection; it takes more as it needs them."""

_MUCH = 1 << 16
"""A frame of so many bytes leaves more room behind than a connection should keep."""

_NO_MASK = bytes(4)
_KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
_REQUEST = (
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {_KEY}\r\n\r\n"
)
_RESPONSE = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n"


class End(Protocol):
    """Who answers for the connection."""

    masks: bool
    protocol: WebSocketProtocol

    def heard(self, text: str) -> None:
        """A whole text came."""

    def other_frame(self, data: bytes) -> None:
        """A frame came that is no whole text, or when nothing is open any more, or in the middle of a message."""

    def rest(self, then: Callable[[], None]) -> None:
        """Read nothing more; call `then` when what is under way is done, and read on."""

    def refuse(self, code: int, reason: str) -> None:
        """What came is not to be read: end the connection with this code, and read yourself what still comes."""

    def pause_writing(self) -> None:
        """As in `asyncio.BaseProtocol`."""

    def resume_writing(self) -> None:
        """As in `asyncio.BaseProtocol`."""

    def eof_received(self) -> None:
        """As in `asyncio.Protocol`."""

    def connection_lost(self, exc: Exception | None) -> None:
        """As in `asyncio.BaseProtocol`."""


def read_fast(end: End, transport: asyncio.Transport, limit: int, stream: bytes) -> None:
    """From now on picows reads what comes, and before it the `stream` that has come already; no frames of more than `limit` bytes."""
    reader = _Reader(end, transport, limit)
    transport.set_protocol(reader)
    reader.feed(stream)


class _Reader(WSProtocol):  # type: ignore[misc]  # see the import
    """The protocol of a transport from the handshake on."""

    def __init__(self, end: End, transport: asyncio.Transport, limit: int) -> None:
        self._end = end
        self._transport = transport
        self._limit = limit
        aside = _Aside(self._refuse)
        super().__init__(
            "x",
            "/",
            end.masks,
            lambda *_: _Listener(end, self._renew),
            _Mute(),
            True,  # an exception in a handler ends the connection
            None,  # seconds for the handshake
            False,  # no pings of its own, nor
            1,
            1,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # pongs
            limit,
            None,
            _LEAST_ROOM,
        )
        self.connection_made(aside)
        self.feed((_RESPONSE.format(accept_key(aside.key())) if end.masks else _REQUEST).encode())
        aside.opened = True

    def feed(self, data: bytes) -> None:
        """Take this as if it had come."""
        rest = memoryview(data)
        while rest:
            room = self.get_buffer(-1)
            size = min(len(room), len(rest))
            room[:size] = rest[:size]
            rest = rest[size:]
            self.buffer_updated(size)

    def pause_writing(self) -> None:
        self._end.pause_writing()

    def resume_writing(self) -> None:
        self._end.resume_writing()

    def eof_received(self) -> None:
        self._end.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.connection_lost(exc)

    def _refuse(self, code: int, reason: str) -> None:
        """Not at once: picows looks one frame ahead, and the one before is still to be handed over."""
        self._end.rest(lambda: self._end.refuse(code, reason))

    def _renew(self) -> None:
        """What room a reader ever took it keeps; another one begins anew. Only between two frames."""
        self._end.rest(lambda: read_fast(self._end, self._transport, self._limit, b""))


class _Listener(WSListener):
    """What picows hands frames to."""

    def __init__(self, end: End, renew: Callable[[], None]) -> None:
        self._end = end
        self._protocol = end.protocol
        self._heard = end.heard
        self._renew = renew

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002 - as picows calls it
        """A frame came."""
        protocol = self._protocol
        whole = frame.fin and not (frame.rsv1 or frame.rsv2 or frame.rsv3) and frame.msg_type == _TEXT
        if whole and protocol.current_size is None and protocol.state is State.OPEN:
            try:
                text = frame.get_payload_as_utf8_text()
            except UnicodeDecodeError:
                self._end.other_frame(self._as_it_was(frame))
            else:
                self._heard(text)
        else:
            self._end.other_frame(self._as_it_was(frame))
        if frame.payload_size >= _MUCH and not frame.tail_size:
            self._renew()

    def _as_it_was(self, read: WSFrame) -> bytes:
        """The frame as bytes; masked, where it was, with nothing."""
        first = read.fin << 7 | read.rsv1 << 6 | read.rsv2 << 5 | read.rsv3 << 4 | int(read.msg_type.value)
        return frame(first, read.get_payload_as_bytes(), b"" if self._end.masks else _NO_MASK)


class _Aside:
    """What a reader takes for its transport: nothing that is written to it goes out.

    Before the connection is open that is picows' part in the handshake, and afterwards a close frame for what is not to be read.
    """

    def __init__(self, on_close_frame: Callable[[int, str], None]) -> None:
        self.opened = False
        self._on_close_frame = on_close_frame
        self._request = b""

    def key(self) -> str:
        """The Sec-WebSocket-Key of the request that was written."""
        _, _, rest = self._request.partition(b"Sec-WebSocket-Key: ")
        return rest.partition(b"\r\n")[0].decode()

    def write(self, data: bytes) -> None:
        if not self.opened:
            self._request += data
            return
        masked = data[1] & 0x80
        payload = bytes(byte ^ data[2 + place % 4] for place, byte in enumerate(data[6:])) if masked else data[2:]
        self._on_close_frame(int.from_bytes(payload[:2], "big"), payload[2:].decode())

    def get_extra_info(self, name: str) -> Any:
        """As the socket it takes options and has none; and it is said to be encrypted, so that picows does not write past `write`."""
        return self if name in {"socket", "ssl_object"} else None

    def fileno(self) -> int:
        return -1

    def setsockopt(self, *_: object) -> None:
        """There is no socket."""

    def getsockopt(self, *_: object) -> int:
        return 0

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        """It is for others to close the connection."""

    abort = close


class _Mute:
    """picows' logger: what it says is said elsewhere, but for a handler that failed."""

    def isEnabledFor(self, _: int) -> bool:  # noqa: N802 - the name is that of the standard library
        return False

    def debug(self, *_: object) -> None:
        """Not told."""

    log = info = warning = error = debug

    def exception(self, *_: object) -> None:
        LOGGER.exception("a message could not be handled")
