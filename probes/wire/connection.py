"""The transport as the stack sees it, and the tap around it.

A `Connection` is an adapter (`websockets` is one, picows another). It hands every message over where it is read, without a task in
between. The tap records every frame, both ways, with both clocks, before anything parses it: what it wrote is the evidence, whatever
handlers make of the frame afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from probes.wire.envelope import Envelope, read_envelope
from probes.wire.records import Direction, EventKind
from probes.wire.transcript import Noted, Transcript

NORMAL_CLOSURE = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
ABNORMAL_CLOSURE = 1006
MESSAGE_TOO_BIG = 1009


class ConnectionLost(Exception):
    """The connection is closed: `code` and `reason` as in RFC 6455 section 7.1.5; 1006 when it just broke."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"connection closed ({code}) {reason}".rstrip())
        self.code = code
        self.reason = reason


class FrameTooLong(ConnectionLost):
    """The other side sent a frame of more than `limit` bytes; this end closed the connection with code 1009 for it."""

    def __init__(self, limit: int, reason: str) -> None:
        super().__init__(MESSAGE_TOO_BIG, reason)
        self.limit = limit


OnMessage = Callable[[str | bytes], None]
OnLost = Callable[[ConnectionLost], None]
OnFrame = Callable[[Envelope, Noted], None]


class Connection(Protocol):
    """An open WebSocket, whoever made it.

    While the other side does not read what was sent to it, nothing is read from it either: so what waits to be sent stays bounded.
    """

    def listen(self, on_message: OnMessage, on_lost: OnLost) -> None:
        """Hand over every text (str) or binary (bytes) message, also those that came before; and once, at the end, why it ended."""

    def send(self, text: str) -> None:
        """Send one text frame, without waiting; raises `ConnectionLost`."""

    async def drained(self) -> None:
        """Wait until the other side has taken most of what was sent: for whoever sends much without being asked."""

    async def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """Close it; harmless when it is closed already. With code 1006 it just breaks, as when a cable is cut: nobody is told."""


class Tap:
    """A connection that records itself into a transcript.

    `outbound` is the direction of what this end sends. The open event is recorded at once with `detail` (sub-protocols, peer,
    headers less their secrets), the close event once, when the connection is first known to be closed.
    """

    def __init__(self, connection: Connection, transcript: Transcript, identity: str, outbound: Direction, detail: dict[str, Any]) -> None:
        self._connection = connection
        self._send = connection.send
        self.transcript = transcript
        self._now, self._monotonic = transcript.clock.now, transcript.clock.monotonic
        self.identity = identity
        self._outbound = outbound
        self._inbound = Direction.FROM_CSMS if outbound is Direction.FROM_STATION else Direction.FROM_STATION
        self._on_frame: OnFrame = _nobody
        self._on_lost: OnLost = _nobody
        self.lost: ConnectionLost | None = None
        transcript.add_event(EventKind.OPEN, identity, detail)

    def listen(self, on_frame: OnFrame, on_lost: OnLost) -> None:
        """Hand over every frame, taken apart (with its secrets, for whoever has to act on it) and as recorded (without them).

        `on_lost` is told once, as soon as nothing can be sent any more.
        """
        self._on_frame, self._on_lost = on_frame, on_lost
        self._connection.listen(self._received, self._closed)
        if self.lost:
            on_lost(self.lost)

    def record_outbound(self, text: str, envelope: Envelope | None = None) -> Noted:
        """Record a frame that is about to be sent by `send_recorded`; raises `ConnectionLost` when nothing can be sent any more."""
        if self.lost:
            raise self.lost
        wall, monotonic = self._now(), self._monotonic()
        return self.transcript.note(self._outbound, text, self.identity, envelope or read_envelope(text), wall, monotonic)

    def send_recorded(self, text: str) -> None:
        """Send a frame that is in the transcript already. Raises `ConnectionLost`."""
        try:
            self._connection.send(text)
        except ConnectionLost as lost:
            self._closed(lost)
            raise

    def send(self, text: str, envelope: Envelope | None = None) -> Noted:
        """Record and send one text frame, well-formed or not. Recorded first, so that no answer can come before its question."""
        if self.lost:
            raise self.lost
        wall, monotonic = self._now(), self._monotonic()
        noted = self.transcript.note(self._outbound, text, self.identity, envelope or read_envelope(text), wall, monotonic)
        try:
            self._send(text)
        except ConnectionLost as lost:
            self._closed(lost)
            raise
        return noted

    async def drained(self) -> None:
        """As in `Connection`."""
        await self._connection.drained()

    async def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """Close the connection and record that."""
        await self._connection.close(code, reason)
        self._closed(ConnectionLost(code, reason))

    def _received(self, raw: str | bytes) -> None:
        wall, monotonic = self._now(), self._monotonic()
        envelope = read_envelope(raw)
        self._on_frame(envelope, self.transcript.note(self._inbound, raw, self.identity, envelope, wall, monotonic))

    def _closed(self, lost: ConnectionLost) -> None:
        """Nothing can be sent any more: it has ended, or one of both ends has begun to end it."""
        if self.lost is None:
            self.lost = lost
            if isinstance(lost, FrameTooLong):
                detail = {"direction": str(self._inbound), "limitBytes": lost.limit, "reason": lost.reason}
                self.transcript.add_event(EventKind.FRAME_TOO_LONG, self.identity, detail)
            self.transcript.add_event(EventKind.CLOSE, self.identity, {"code": lost.code, "reason": lost.reason})
            self._on_lost(lost)


def _nobody(*_: object) -> None:
    """Before `listen`."""
