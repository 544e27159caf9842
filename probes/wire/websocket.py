"""The `websockets` library as a `Connection`, and what server and client share: limits, sub-protocol, one-line logging."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.connection import Connection as WebSocket
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from probes.wire.connection import NORMAL_CLOSURE, ConnectionLost

SUBPROTOCOL = Subprotocol("ocpp1.6")
"""OCPP-J 1.6 section 3.1.2."""

MAX_FRAME_BYTES = 1 << 20
"""The longest message that is read. A longer one closes the connection with code 1009."""


@dataclass(frozen=True)
class KeepAlive:
    """WebSocket pings (OCPP-J 1.6 section 5.3): seconds between them, 0 for none, and until a missing pong means a dead connection."""

    interval: float = 20.0
    timeout: float = 20.0


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
        "logger": TRANSPORT_LOGGER,
    }


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
    return ConnectionLost(int(frame.code), frame.reason) if frame else ConnectionLost(_ABNORMAL_CLOSURE, "")
