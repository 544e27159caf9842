"""The `websockets` library as a `Connection`, and what server and client share: limits, sub-protocol, one-line logging."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection as WebSocket
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from probes.wire.connection import MESSAGE_TOO_BIG, NORMAL_CLOSURE, ConnectionLost, FrameTooLong

SUBPROTOCOL = Subprotocol("ocpp1.6")
"""OCPP-J 1.6 section 3.1.2."""

MAX_FRAME_BYTES = 1 << 20
"""The longest message that is read. A longer one closes the connection with code 1009."""


@dataclass(frozen=True)
class KeepAlive:
    """How dead connections are found and got rid of; all in seconds.

    `interval` lies between WebSocket pings (OCPP-J 1.6 section 5.3), 0: none; after `timeout` a missing pong means that nobody is
    there; `closing` is how long the other side may take to agree to an end.
    """

    interval: float = 20.0
    timeout: float = 20.0
    closing: float = 5.0


_ABNORMAL_CLOSURE = 1006


class _OneLine(logging.Filter):
    """The transport's log records without their tracebacks: a broken handshake is one line, not a page."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            problem = record.exc_info[1]
            record.msg = f"{record.getMessage()}: {problem}".splitlines()[0]
            record.args = ()
            record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
        return logging.getLogger(record.name).isEnabledFor(logging.INFO)


TRANSPORT_LOGGER = logging.getLogger("ocpp_registry.transport")
TRANSPORT_LOGGER.addFilter(_OneLine())


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


class _Ending(WebSocket):
    """A connection that ends when it should: the library waits for ever for a peer that was told to go and stays."""

    _timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """As in the base class; once the end is agreed or forced, it comes within `close_timeout`."""
        super().data_received(data)
        if self._timer is None and self.protocol.close_expected():
            self._timer = self.loop.call_later(self.close_timeout or 0, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """As in the base class."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)


class ServerSocket(_Ending, ServerConnection):
    """The CSMS's end."""


class ClientSocket(_Ending, ClientConnection):
    """The station's end."""


class WebSocketConnection:
    """An open connection of the `websockets` library."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def send(self, text: str) -> None:
        """Send one text frame; raises `ConnectionLost`."""
        try:
            await self._websocket.send(text)
        except ConnectionClosed as closed:
            raise _lost(closed) from closed

    async def recv(self) -> str | bytes:
        """The next text (str) or binary (bytes) message; raises `ConnectionLost`."""
        try:
            return await self._websocket.recv()
        except ConnectionClosed as closed:
            raise _lost(closed) from closed

    async def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """Close it; harmless when it is closed already."""
        await self._websocket.close(code, reason)


def _lost(closed: ConnectionClosed) -> ConnectionLost:
    """Why the connection ended: the close frame of the side that closed first, 1006 when there was none."""
    first, second = (closed.rcvd, closed.sent) if closed.rcvd_then_sent else (closed.sent, closed.rcvd)
    frame = first or second
    if closed.sent is not None and not closed.rcvd_then_sent and closed.sent.code == MESSAGE_TOO_BIG:
        return FrameTooLong(MAX_FRAME_BYTES, closed.sent.reason)
    return ConnectionLost(int(frame.code), frame.reason) if frame else ConnectionLost(_ABNORMAL_CLOSURE, "")
