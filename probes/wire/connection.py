"""The transport as the stack sees it, and the tap around it.

A `Connection` is an adapter (`websockets` is one, others may follow). The tap records every frame, both ways, with both clocks, before
anything parses it: what it wrote is the evidence, whatever handlers make of the frame afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from probes.wire.envelope import Envelope, read_envelope
from probes.wire.records import Direction, EventKind, Frame
from probes.wire.transcript import Transcript

NORMAL_CLOSURE = 1000
GOING_AWAY = 1001
PROTOCOL_ERROR = 1002
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


class Connection(Protocol):
    """An open WebSocket, whoever made it."""

    async def send(self, text: str) -> None:
        """Send one text frame; raises `ConnectionLost`."""

    async def recv(self) -> str | bytes:
        """The next text (str) or binary (bytes) message; raises `ConnectionLost`."""

    async def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """Close it; harmless when it is closed already."""


@dataclass(frozen=True, slots=True)
class Received:
    """One inbound frame: what was recorded of it, and what it says (with its secrets, for whoever has to act on it)."""

    frame: Frame
    envelope: Envelope


class Tap:
    """A connection that records itself into a transcript.

    `outbound` is the direction of what this end sends. The open event is recorded at once with `detail` (sub-protocols, peer,
    headers less their secrets), the close event once, when the connection is first known to be closed.
    """

    def __init__(self, connection: Connection, transcript: Transcript, identity: str, outbound: Direction, detail: dict[str, Any]) -> None:
        self._connection = connection
        self.transcript = transcript
        self.identity = identity
        self._outbound = outbound
        self._inbound = Direction.FROM_CSMS if outbound is Direction.FROM_STATION else Direction.FROM_STATION
        self.lost: ConnectionLost | None = None
        transcript.add_event(EventKind.OPEN, identity, detail)

    async def recv(self) -> Received:
        """The next frame, recorded. Raises `ConnectionLost`, recorded once."""
        try:
            raw = await self._connection.recv()
        except ConnectionLost as lost:
            self._closed(lost)
            raise
        moment = self.transcript.moment()
        envelope = read_envelope(raw)
        frame = self.transcript.add_frame(self._inbound, raw, self.identity, moment=moment, envelope=envelope)
        return Received(frame, envelope)

    def record_outbound(self, text: str, envelope: Envelope | None = None) -> Frame:
        """Record a frame that is about to be sent by `send_recorded`; raises `ConnectionLost` when nothing can be sent any more."""
        if self.lost:
            raise self.lost
        return self.transcript.add_frame(self._outbound, text, self.identity, envelope=envelope)

    async def send_recorded(self, text: str) -> None:
        """Send a frame that is in the transcript already."""
        try:
            await self._connection.send(text)
        except ConnectionLost as lost:
            self._closed(lost)
            raise

    async def send(self, text: str, envelope: Envelope | None = None) -> Frame:
        """Record and send one text frame, well-formed or not. Recorded first, so that no answer can come before its question."""
        frame = self.record_outbound(text, envelope)
        await self.send_recorded(text)
        return frame

    async def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        """Close the connection and record that."""
        await self._connection.close(code, reason)
        self._closed(ConnectionLost(code, reason))

    def _closed(self, lost: ConnectionLost) -> None:
        if self.lost is None:
            self.lost = lost
            if isinstance(lost, FrameTooLong):
                detail = {"direction": str(self._inbound), "limitBytes": lost.limit, "reason": lost.reason}
                self.transcript.add_event(EventKind.FRAME_TOO_LONG, self.identity, detail)
            self.transcript.add_event(EventKind.CLOSE, self.identity, {"code": lost.code, "reason": lost.reason})
