"""The `websockets` library as a `Connection`, and what server and client share: limits, sub-protocol, one-line logging.

The library does the handshakes, control frames, fragments, closing and whatever breaks RFC 6455. What nearly every frame is, a whole text
frame of a connection that is open, goes past its generators and queues: it is cut out of the stream here and handed over at once. On the
event loop of the extra `fast` picows does that in our place.
"""

from __future__ import annotations

import asyncio
import importlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection as WebSocket
from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Event, State
from websockets.typing import Subprotocol

from probes.wire import envelope, loops
from probes.wire.connection import ABNORMAL_CLOSURE, MESSAGE_TOO_BIG, NORMAL_CLOSURE, ConnectionLost, FrameTooLong, OnLost, OnMessage
from probes.wire.framing import LEAST, REFUSED, WHOLE_TEXT, lone_text, measure, text_at, text_frame
from probes.wire.logs import TRANSPORT_LOGGER

SUBPROTOCOL = Subprotocol(envelope.SUBPROTOCOL)
"""That of OCPP-J 1.6, as the library wants it."""

MAX_FRAME_BYTES = 1 << 20
"""The longest message that is read. A longer one closes the connection with code 1009."""

_UNHEARD = 16
"""How many messages may come before somebody listens; then nothing more is read until somebody does."""

_ROOM = 1 << 16
"""How many bytes are read at once."""

_FRAGMENTS = 4096
"""In how many fragments a message may come."""

_TLS_HANDSHAKE = b"\x16\x03"
"""How TLS begins: a record of handshake, of some version 3 (RFC 8446 section 5.1)."""

_END_OF_HEAD = b"\r\n\r\n"
_TAKES_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


@dataclass(frozen=True)
class KeepAlive:
    """How dead connections are found and got rid of; all in seconds.

    `interval` lies between WebSocket pings (OCPP-J 1.6 section 5.3), 0: none; after `timeout` a missing pong means that nobody is
    there; `closing` is how long the other side may take to agree to an end.
    """

    interval: float = 20.0
    timeout: float = 20.0
    closing: float = 5.0


def options(keep_alive: KeepAlive) -> dict[str, Any]:
    """What server and client ask of the library. Compression is off: it costs three times the memory of an idle connection."""
    return {
        "compression": None,
        "max_size": MAX_FRAME_BYTES,
        "ping_interval": keep_alive.interval if keep_alive.interval > 0 else None,
        "ping_timeout": keep_alive.timeout,
        "close_timeout": keep_alive.closing,
        "logger": TRANSPORT_LOGGER,
    }


class _Buffer:
    """Into what the kernel writes: one for all connections of an event loop, as what came is taken out before anything else comes.

    Without it asyncio makes room for 256 KiB anew for each message, and gives it back: that costs more than the message.
    """

    def __init__(self) -> None:
        self.room = memoryview(bytearray(_ROOM))

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> _Buffer:
        """That of this event loop."""
        found = _BUFFERS.get(loop)
        if found is None:
            found = _BUFFERS[loop] = cls()
        return found


_BUFFERS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Buffer] = WeakKeyDictionary()


class _Socket(WebSocket, asyncio.BufferedProtocol):
    """A connection that ends when it should, and that hands its messages over as they come.

    The library waits for ever for a peer that was told to go and stays. `_direct`: the library stands between two frames and has
    seen nothing of the next, so that frames may go past it.
    """

    masks: bool
    """Whether this end masks what it sends, which is what a client does, and what a server must not do (RFC 6455 section 5.1)."""

    _room: memoryview
    _timer: asyncio.TimerHandle | None = None
    _on_message: OnMessage | None = None
    _on_lost: OnLost | None = None
    _direct = False
    _held = False
    _incomplete: bytearray | None = None
    _fragments: list[Frame] | None = None
    _unheard: deque[str | bytes] | None = None
    _resting = False

    def listen(self, on_message: OnMessage, on_lost: OnLost) -> None:
        """As in `Connection`."""
        unheard, self._unheard = self._unheard or deque(), None
        self._on_message, self._on_lost = on_message, on_lost
        for message in unheard:
            on_message(message)
        if self._direct and self.protocol.state is State.OPEN and loops.is_fast(self.loop):
            self._be_fast()
        self._flow()
        if self.protocol.state is State.CLOSED:
            on_lost(self.ended())

    def ended(self) -> ConnectionLost:
        """Why the connection ends or ended: the close frame of the side that closed first, 1006 when there was none."""
        protocol = self.protocol
        theirs_first = protocol.close_rcvd_then_sent
        first, second = (protocol.close_rcvd, protocol.close_sent) if theirs_first else (protocol.close_sent, protocol.close_rcvd)
        close = first or second
        if close is None:
            return ConnectionLost(ABNORMAL_CLOSURE, "")
        if not theirs_first and close is protocol.close_sent and close.code == MESSAGE_TOO_BIG:
            return FrameTooLong(MAX_FRAME_BYTES, close.reason)
        return ConnectionLost(int(close.code), close.reason)

    def send_text(self, text: str) -> None:
        """Send one text frame; raises `ConnectionLost`."""
        if self.protocol.state is not State.OPEN:
            raise self.ended()
        self.transport.write(text_frame(text, self.masks))

    def _be_fast(self) -> None:
        """Leave what comes to picows."""
        fast = importlib.import_module("probes.wire.fast")
        stream, self._incomplete, self._direct = self._incomplete or b"", None, False
        fast.read_fast(self, self.transport, MAX_FRAME_BYTES, bytes(stream))

    def heard(self, text: str) -> None:
        """A whole text came to picows."""
        if self._on_message is not None:
            self._on_message(text)

    def other_frame(self, data: bytes) -> None:
        """Another frame came to picows."""
        self._library(data)

    def rest(self, then: Callable[[], None]) -> None:
        """Read nothing more, until what is under way is done and then this."""
        self._resting = True
        self._flow()
        self.loop.call_soon(self._rested, then)

    def _rested(self, then: Callable[[], None]) -> None:
        self._resting = False
        if self.protocol.state is not State.CLOSED:
            then()
            self._flow()

    def refuse(self, code: int, reason: str) -> None:
        """What came to picows is not to be read, and it reads no more of it."""
        self.transport.set_protocol(self)
        self._refuse(code, reason)
        self._end_in_time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As in the base class."""
        self._room = _Buffer.of(self.loop).room
        super().connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - what comes is taken out at once, so there is room for any
        """Where the kernel is to write."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes came."""
        self.data_received(bytes(self._room[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """As in the base class; once the end is agreed or forced, it comes within `close_timeout`."""
        if self._direct and self.protocol.state is State.OPEN:
            if self._incomplete is None and self._whole(data):
                return
            self._frames(data)
        elif self.protocol.state is State.CONNECTING:
            self._head(data)
        else:
            super().data_received(data)
        self._end_in_time()

    def _library(self, data: bytes) -> None:
        super().data_received(data)
        self._end_in_time()

    def _end_in_time(self) -> None:
        if self._timer is None and self.protocol.close_expected():
            self._timer = self.loop.call_later(self.close_timeout or 0, self.transport.abort)

    def _head(self, data: bytes) -> None:
        """A piece of the opening handshake. What comes with its end is the library's if it has not opened the connection by then."""
        head, end, rest = data.partition(_END_OF_HEAD)
        super().data_received(head + end)
        self._direct = bool(end) and (not rest or self.protocol.state is State.OPEN)
        if rest and self._direct:
            self._frames(rest)
        elif rest:
            super().data_received(rest)

    def _whole(self, data: bytes) -> bool:
        """Hand over the one text that came, if that is what came: of `_frames` what nearly always is enough."""
        if len(data) < LEAST or data[0] != WHOLE_TEXT or self.protocol.current_size is not None:
            return False
        text = lone_text(data, self.masks)
        if text is None:
            return False
        (self._on_message or self._hand_over)(text)
        return True

    def _frames(self, data: bytes) -> None:
        """Cut the stream into frames: whole texts are handed over, all else goes to the library, one complete frame at a time."""
        stream: bytes | bytearray = data
        if self._incomplete is not None:
            self._incomplete += data
            stream = self._incomplete
        position, end = 0, len(stream)
        while position < end and (measured := measure(stream, position, self.masks, MAX_FRAME_BYTES)):
            start, after = measured
            if after > end:
                break
            if start == REFUSED or stream[position] != WHOLE_TEXT or not self._text(stream, start, after):
                super().data_received(bytes(stream[position:after]))
            position = after
            if start == REFUSED or self.protocol.state is not State.OPEN:
                self._direct = False
                if position < end:
                    super().data_received(bytes(stream[position:]))
                position = end
        if position == end:
            self._incomplete = None
        elif position or self._incomplete is None:
            self._incomplete = bytearray(stream[position:])

    def _text(self, stream: bytes | bytearray, start: int, after: int) -> bool:
        """Hand over a whole text; False when the library has to see to it: it stands among fragments, or it is no text."""
        text = text_at(stream, start, after, self.masks) if self.protocol.current_size is None else None
        if text is not None:
            self._hand_over(text)
        return text is not None

    def process_event(self, event: Event) -> None:
        """As in the base class, but for messages: they are put together and handed over here."""
        if not isinstance(event, Frame) or event.opcode not in _TAKES_DATA:
            super().process_event(event)
            return
        if self._fragments is None:
            self._fragments = []
        fragments = self._fragments
        fragments.append(event)
        if len(fragments) > _FRAGMENTS:
            self._refuse(CloseCode.POLICY_VIOLATION, f"a message in more than {_FRAGMENTS} fragments")
            return
        if not event.fin:
            return
        self._fragments = None
        data = b"".join(bytes(fragment.data) for fragment in fragments)
        if fragments[0].opcode is Opcode.BINARY:
            self._hand_over(data)
            return
        try:
            text = data.decode()
        except UnicodeDecodeError as problem:
            self._refuse(CloseCode.INVALID_DATA, f"{problem.reason} at position {problem.start}")
            return
        self._hand_over(text)

    def _refuse(self, code: int, reason: str) -> None:
        self.protocol.fail(code, reason)
        self.send_data()

    def _hand_over(self, message: str | bytes) -> None:
        if self._on_message is not None:
            self._on_message(message)
            return
        if self._unheard is None:
            self._unheard = deque()
        self._unheard.append(message)
        self._flow()

    def pause_writing(self) -> None:
        """As in the base class; who does not read is not read either."""
        super().pause_writing()
        self._flow()

    def resume_writing(self) -> None:
        """As in the base class."""
        super().resume_writing()
        self._flow()

    def _flow(self) -> None:
        hold = self.paused or self._resting or (self._unheard is not None and len(self._unheard) > _UNHEARD)
        if hold is not self._held:
            self._held = hold
            (self.transport.pause_reading if hold else self.transport.resume_reading)()

    def connection_lost(self, exc: Exception | None) -> None:
        """As in the base class, and told to who listens."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)
        if self._on_lost is not None:
            self._on_lost(self.ended())


class ServerSocket(_Socket, ServerConnection):
    """The CSMS's end."""

    masks = False
    on_tls: Callable[[], None] | None = None
    """Told when the other side begins with TLS where there is none."""

    def _head(self, data: bytes) -> None:
        if self.on_tls and self.request is None and data.startswith(_TLS_HANDSHAKE):
            self.on_tls()
            self.on_tls = None
            self.transport.close()
        else:
            super()._head(data)


def server_socket(told_of_tls: Callable[[], None]) -> type[ServerSocket]:
    """The kind of a CSMS's ends that tell of stations that begin with TLS where there is none."""

    class Telling(ServerSocket):
        """An end of this CSMS."""

        on_tls = staticmethod(told_of_tls)

    return Telling


class ClientSocket(_Socket, ClientConnection):
    """The station's end."""

    masks = True


class WebSocketConnection:
    """An open connection of the `websockets` library."""

    def __init__(self, websocket: _Socket) -> None:
        self._websocket = websocket
        self.listen = websocket.listen
        self.send = websocket.send_text

    async def drained(self) -> None:
        """As in `Connection`."""
        try:
            await self._websocket.drain()
        except OSError as problem:
            raise self._websocket.ended() from problem

    async def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """As in `Connection`."""
        if code == ABNORMAL_CLOSURE:
            self._websocket.transport.abort()
            await self._websocket.wait_closed()
        else:
            await self._websocket.close(code, reason)
