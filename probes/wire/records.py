"""The transcript: one record a frame, connection events between them; the only evidence that the judge knows.

The JSON-lines form is a contract for outside programs (keys may only be added). Records are plain values: no clock, no socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

SCHEMA_VERSION = 1

OWN_LATENESS = "ownLateness"
"""In the detail of an audit's event: for how many seconds before it the audit's own side may have been too busy to take frames in time."""


class Direction(StrEnum):
    """Who sent the frame."""

    FROM_STATION = "cs-to-csms"
    FROM_CSMS = "csms-to-cs"


class MessageType(StrEnum):
    """OCPP-J 1.6 section 4.1.3: what kind of message a frame is; UNPARSABLE when it is none."""

    CALL = "CALL"
    CALLRESULT = "CALLRESULT"
    CALLERROR = "CALLERROR"
    UNPARSABLE = "UNPARSABLE"


class EventKind(StrEnum):
    """What happened to the connection itself, or beside it: what an audit did and what a person at the station says to have done."""

    OPEN = "open"
    CLOSE = "close"
    HANDSHAKE_REFUSED = "handshake-refused"
    FRAME_TOO_LONG = "frame-too-long"
    AUDIT = "audit"


class Frame(NamedTuple):
    """One WebSocket frame as it went over the wire, less its secrets. (A named tuple: two are made for every call.)

    `timestamp` is RFC 3339 UTC with microseconds; `elapsed` is monotonic seconds since the transcript began. `action` is that of the
    CALL, also on the answer to it when the call is known.

    `raw` is the text with credentials and idTags replaced. `binary`: it was no text frame, as OCPP-J wants it, and `raw` shows its bytes
    as far as they are UTF-8, others escaped.
    """

    seq: int
    timestamp: str
    elapsed: float
    charge_point_id: str
    direction: Direction
    message_type: MessageType
    message_id: str | None
    action: str | None
    raw: str
    binary: bool = False

    def to_json(self) -> dict[str, Any]:
        """One line of the transcript; the key `binary` stands only in those of binary frames."""
        line = {
            "schemaVersion": SCHEMA_VERSION,
            "seq": self.seq,
            "timestamp": self.timestamp,
            "elapsed": self.elapsed,
            "ocppVersion": "1.6",
            "chargePointId": self.charge_point_id,
            "direction": str(self.direction),
            "messageType": str(self.message_type),
            "messageId": self.message_id,
            "action": self.action,
            "raw": self.raw,
        }
        return line | {"binary": True} if self.binary else line


@dataclass(frozen=True)
class ConnectionEvent:
    """The connection opened, closed or was refused, or a frame was longer than is read.

    `detail` holds what is known (sub-protocols, close code, reason), less secrets. Of an audit it holds `case` and `step` (begin, end), or
    what a person was asked: `person` (the action), `step` (asked, or how it was answered), `connector`, `idTag` (what stands for it).
    """

    seq: int
    timestamp: str
    elapsed: float
    charge_point_id: str
    event: EventKind
    detail: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """One line of the transcript."""
        return {
            "schemaVersion": SCHEMA_VERSION,
            "seq": self.seq,
            "timestamp": self.timestamp,
            "elapsed": self.elapsed,
            "chargePointId": self.charge_point_id,
            "event": str(self.event),
            "detail": self.detail,
        }


Record = Frame | ConnectionEvent
