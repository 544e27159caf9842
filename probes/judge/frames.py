"""A transcript read as conversations: each call with its answer, and every frame that is not what it should be.

OCPP-J 1.6 section 4 says what a message looks like. Reading is lenient and complaining is strict: a frame from which a call or
an answer can still be understood takes part in its conversation, and what is wrong with it is a `FrameProblem` besides.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, NoReturn

from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record

LONGEST_MESSAGE_ID = 36
"""OCPP-J 1.6 table 3: characters in a message id."""

CALL, CALLRESULT, CALLERROR = 2, 3, 4
SECOND_SPELLINGS = {
    ("DataTransfer", "UnknownVendor"): "UnknownVendorId",
    ("TriggerMessage", "ACCEPTED"): "Accepted",
    ("TriggerMessage", "REJECTED"): "Rejected",
    ("TriggerMessage", "NOT_IMPLEMENTED"): "NotImplemented",
}
"""Statuses that the text of the specification (1.6 4.3, 5.17) spells otherwise than its own enumerations (7.23, 7.44)."""

_ELEMENTS = {CALL: 4, CALLRESULT: 3, CALLERROR: 5}


class ProblemKind(StrEnum):
    """What can be wrong with one frame, or with its place in the conversation."""

    NOT_JSON = "not JSON"
    SHAPE = "shape"
    ANSWER_WITHOUT_CALL = "answer without call"
    ANSWERED_AGAIN = "answered again"
    ANSWER_AFTER_RECONNECT = "answer after reconnect"
    MESSAGE_ID_REUSED = "message id reused"
    TOO_LONG = "too long"


@dataclass(frozen=True)
class FrameProblem:
    """One thing that is wrong with one frame of either party. `related` are further frames that prove it."""

    frame: Frame
    kind: ProblemKind
    text: str
    action: str | None = None
    related: tuple[int, ...] = ()


class ReplyKind(StrEnum):
    """How a call was answered."""

    RESULT = "CALLRESULT"
    ERROR = "CALLERROR"


@dataclass(frozen=True)
class Reply:
    """The answer to one call. `payload` is an object ({} when null was sent, OCPP-J 4.2.2); the error fields are None for a CALLRESULT.

    `readable` is False when there is no payload to judge (none at all, or no object): the frame is the defect, not what it says.
    """

    frame: Frame
    kind: ReplyKind
    payload: dict[str, Any]
    readable: bool
    error_code: str | None = None
    error_description: str | None = None


@dataclass(frozen=True)
class Exchange:
    """One call and, when it came on the same connection, its answer. `connection` counts the connections of the transcript from 0.

    `readable` is False when the call has no payload to judge.
    """

    call: Frame
    action: str
    payload: dict[str, Any]
    readable: bool
    connection: int
    reply: Reply | None = None

    @property
    def from_csms(self) -> bool:
        """Whether the central system asked."""
        return self.call.direction is Direction.FROM_CSMS

    @property
    def elapsed(self) -> float | None:
        """Seconds from the call to its answer at the tap; None while there is no answer."""
        return None if self.reply is None else self.reply.frame.elapsed - self.call.elapsed

    @property
    def seqs(self) -> tuple[int, ...]:
        """The frames of this conversation."""
        return (self.call.seq,) if self.reply is None else (self.call.seq, self.reply.frame.seq)

    @property
    def result(self) -> dict[str, Any] | None:
        """The payload of the CALLRESULT; None for a CALLERROR, for no answer and for one without a payload to read."""
        reply = self.reply
        return reply.payload if reply is not None and reply.kind is ReplyKind.RESULT and reply.readable else None

    @property
    def status(self) -> str | None:
        """The `status` of the CALLRESULT when it is text, in the spelling of its enumeration."""
        status = (self.result or {}).get("status")
        return SECOND_SPELLINGS.get((self.action, status), status) if isinstance(status, str) else None

    @property
    def error_code(self) -> str | None:
        """The code of the CALLERROR; None for anything else."""
        return self.reply.error_code if self.reply is not None and self.reply.kind is ReplyKind.ERROR else None


@dataclass(frozen=True)
class Traffic:
    """A transcript, read. `whole_connections` are those of which every record is in it: a recording may begin in the middle, and numbers
    may be missing where not everything was kept.
    """

    records: tuple[Record, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    problems: tuple[FrameProblem, ...] = ()
    whole_connections: frozenset[int] = frozenset()
    connection_of: dict[int, int] = field(default_factory=dict)

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """The frames without the connection events."""
        return tuple(record for record in self.records if isinstance(record, Frame))

    @cached_property
    def _of_station(self) -> dict[int, list[Frame]]:
        """By connection the frames of the station; no time among them goes back."""
        found: dict[int, list[Frame]] = {}
        for frame in self.frames:
            if frame.direction is Direction.FROM_STATION:
                found.setdefault(self.connection_of[frame.seq], []).append(frame)
        return found

    def station_heard_after(self, exchange: Exchange, seconds: float) -> Frame | None:
        """The first frame of the station on this connection at least `seconds` after the call: it was alive and could answer."""
        frames = self._of_station.get(exchange.connection, [])
        position = bisect_left(frames, seconds, key=lambda frame: frame.elapsed - exchange.call.elapsed)
        return frames[position] if position < len(frames) else None


@dataclass(frozen=True)
class Message:
    """What a frame says, as far as it can be understood."""

    number: int
    message_id: str
    action: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    readable: bool = True
    error_code: str | None = None
    error_description: str | None = None


def parse(raw: str) -> tuple[Message | None, ProblemKind | None, str]:
    """Read one text frame: the message (None when nothing can be made of it), what is wrong with it (None: nothing), in which words."""
    try:
        decoded = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return None, ProblemKind.NOT_JSON, f"not JSON ({str(error)[:120]})"
    if not isinstance(decoded, list) or not decoded:
        return None, ProblemKind.SHAPE, "no JSON array with a message type"
    number = decoded[0]
    if not isinstance(number, int) or isinstance(number, bool) or number not in _ELEMENTS:
        return None, ProblemKind.SHAPE, "message type number is none of 2, 3, 4"
    if len(decoded) < 2 or not isinstance(decoded[1], str | int | float) or isinstance(decoded[1], bool):
        return None, ProblemKind.SHAPE, "message id is missing or no string"
    complaints = _complaints(number, decoded)
    message = _understand(number, decoded)
    return message, ProblemKind.SHAPE if complaints else None, "; ".join(complaints)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _complaints(number: int, decoded: list[Any]) -> list[str]:
    found = []
    if not isinstance(decoded[1], str):
        found.append("message id is a number where a string belongs")
    elif len(decoded[1]) > LONGEST_MESSAGE_ID:
        found.append(f"message id has {len(decoded[1])} characters, {LONGEST_MESSAGE_ID} are allowed")
    if len(decoded) != _ELEMENTS[number]:
        found.append(f"{len(decoded)} elements where {_ELEMENTS[number]} belong")
    if number == CALL and not isinstance(decoded[2] if len(decoded) > 2 else None, str):
        found.append("action is no string")
    if number == CALLERROR:
        if not isinstance(decoded[2] if len(decoded) > 2 else None, str):
            found.append("error code is no string")
        if len(decoded) > 3 and not isinstance(decoded[3], str):
            found.append("error description is no string")
        if len(decoded) > 4 and not isinstance(decoded[4], dict):
            found.append("error details are no object")
    else:
        position = _ELEMENTS[number] - 1
        if len(decoded) > position and not isinstance(decoded[position], dict | None):
            found.append("payload is no object")
    return found


def _understand(number: int, decoded: list[Any]) -> Message | None:
    message_id = str(decoded[1])
    if number == CALL:
        if len(decoded) < 3 or not isinstance(decoded[2], str):
            return None
        return Message(number, message_id, action=decoded[2], payload=_object(decoded, 3), readable=_is_payload(decoded, 3))
    if number == CALLRESULT:
        return Message(number, message_id, payload=_object(decoded, 2), readable=_is_payload(decoded, 2))
    code = decoded[2] if len(decoded) > 2 and isinstance(decoded[2], str) else ""
    description = decoded[3] if len(decoded) > 3 and isinstance(decoded[3], str) else ""
    return Message(number, message_id, payload=_object(decoded, 4), error_code=code, error_description=description)


def _is_payload(decoded: list[Any], position: int) -> bool:
    return len(decoded) > position and isinstance(decoded[position], dict | None)


def _object(decoded: list[Any], position: int) -> dict[str, Any]:
    value = decoded[position] if len(decoded) > position else None
    return value if isinstance(value, dict) else {}


class Reader:
    """Takes records one by one, pairing answers with calls per connection and per caller.

    `interleaved`: the records of other stations were left out, so that missing numbers are no gap.
    """

    def __init__(self, *, interleaved: bool = False) -> None:
        self.interleaved = interleaved
        self.connection = 0
        self.opened = False
        self.any_frame = False
        self.last_seq: int | None = None
        self.whole: set[int] = set()
        self.connection_of: dict[int, int] = {}
        self.exchanges: list[Exchange] = []
        self.problems: list[FrameProblem] = []
        # (connection, caller, message id) -> index into exchanges of the latest call with that id
        self.calls: dict[tuple[int, Direction, str], int] = {}

    def add(self, record: Record) -> Exchange | None:
        """Read the next record; gives the exchange that it begins, or that it completes."""
        if self.last_seq is not None and record.seq != self.last_seq + 1 and not self.interleaved:
            self.whole.discard(self.connection)
        self.last_seq = record.seq
        if isinstance(record, Frame):
            return self._frame(record)
        self._event(record)
        return None

    def _event(self, event: ConnectionEvent) -> None:
        self.connection_of[event.seq] = self.connection
        if event.event is EventKind.OPEN:
            if self.opened or self.any_frame:
                self.connection += 1
            self.opened = True
            self.whole.add(self.connection)
            self.connection_of[event.seq] = self.connection
        elif event.event is EventKind.FRAME_TOO_LONG:
            self._too_long(event)

    def _too_long(self, event: ConnectionEvent) -> None:
        """A frame that was not read, as far as is known of it; a foreign transcript may not say whose it was."""
        told, limit = event.detail.get("direction"), event.detail.get("limitBytes")
        if told in set(Direction):
            kind = MessageType.UNPARSABLE
            unread = Frame(event.seq, event.timestamp, event.elapsed, event.charge_point_id, Direction(told), kind, None, None, "")
            text = f"longer than {limit} bytes" if isinstance(limit, int) else "longer than is read"
            self.problems.append(FrameProblem(unread, ProblemKind.TOO_LONG, text))

    def _frame(self, frame: Frame) -> Exchange | None:
        self.any_frame = True
        self.connection_of[frame.seq] = self.connection
        message, kind, text = parse(frame.raw)
        if frame.message_type is MessageType.UNPARSABLE and message is not None:
            # The tap saw the bytes: a binary frame, or text that only a forgiving reader takes for JSON.
            message, kind, text = None, ProblemKind.NOT_JSON, "no text frame of valid JSON"
        if kind is not None:
            self.problems.append(FrameProblem(frame, kind, text, self._action_of(frame, message)))
        if message is None:
            return None
        return self._call(frame, message) if message.number == CALL else self._answer(frame, message)

    def _action_of(self, frame: Frame, message: Message | None) -> str | None:
        if message is None or message.action is not None:
            return message.action if message else frame.action
        index = self.calls.get((self.connection, _other(frame.direction), message.message_id))
        return None if index is None else self.exchanges[index].action

    def _call(self, frame: Frame, message: Message) -> Exchange:
        key = (self.connection, frame.direction, message.message_id)
        earlier = self.calls.get(key)
        if earlier is not None:
            first = self.exchanges[earlier].call
            text = f"message id {message.message_id!r} was used before on this connection"
            self.problems.append(FrameProblem(frame, ProblemKind.MESSAGE_ID_REUSED, text, message.action, (first.seq,)))
        self.calls[key] = len(self.exchanges)
        self.exchanges.append(Exchange(frame, message.action or "", message.payload, message.readable, self.connection))
        return self.exchanges[-1]

    def _answer(self, frame: Frame, message: Message) -> Exchange | None:
        caller = _other(frame.direction)
        index = self.calls.get((self.connection, caller, message.message_id))
        if index is None:
            self.problems.append(self._stray(frame, message, caller))
            return None
        exchange = self.exchanges[index]
        if exchange.reply is not None:
            text = f"the call {message.message_id!r} ({exchange.action}) was answered before"
            related = (exchange.call.seq, exchange.reply.frame.seq)
            self.problems.append(FrameProblem(frame, ProblemKind.ANSWERED_AGAIN, text, exchange.action, related))
            return None
        kind = ReplyKind.RESULT if message.number == CALLRESULT else ReplyKind.ERROR
        reply = Reply(frame, kind, message.payload, message.readable, message.error_code, message.error_description)
        self.exchanges[index] = replace(exchange, reply=reply)
        return self.exchanges[index]

    def _stray(self, frame: Frame, message: Message, caller: Direction) -> FrameProblem:
        for connection in range(self.connection - 1, -1, -1):
            index = self.calls.get((connection, caller, message.message_id))
            if index is not None:
                call = self.exchanges[index].call
                text = f"the call {message.message_id!r} was made on an earlier connection"
                return FrameProblem(frame, ProblemKind.ANSWER_AFTER_RECONNECT, text, self.exchanges[index].action, (call.seq,))
        return FrameProblem(frame, ProblemKind.ANSWER_WITHOUT_CALL, f"no call has the message id {message.message_id!r}")


def _other(direction: Direction) -> Direction:
    return Direction.FROM_CSMS if direction is Direction.FROM_STATION else Direction.FROM_STATION


def read(records: Iterable[Record]) -> Traffic:
    """Read a transcript. Never fails: what cannot be understood is a problem in the result."""
    kept = tuple(records)
    reader = Reader()
    for record in kept:
        reader.add(record)
    return Traffic(kept, tuple(reader.exchanges), tuple(reader.problems), frozenset(reader.whole), reader.connection_of)


def within(exchanges: Sequence[Exchange], first: int, last: int) -> tuple[Exchange, ...]:
    """The conversations whose call lies between the frames `first` and `last`, both included."""
    return tuple(exchange for exchange in exchanges if first <= exchange.call.seq <= last)
