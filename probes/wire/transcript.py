"""The transcript of one peer: kept in memory for those who wait on it, written as a stream for those who judge it later."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from ocpp.v16.enums import Action

from probes.wire.clock import Clock, SystemClock, rfc3339
from probes.wire.envelope import Envelope, read_envelope
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record
from probes.wire.redact import Redactor, new_key

Predicate = Callable[[Record], bool]
Sink = Callable[[Record], None]

_REMEMBERED_INTRODUCTION = 16
"""How many records of a connection's beginning are kept: its opening, and some BootNotifications with their answers."""

_REMEMBERED_CALLS = 4096
"""How many calls are remembered to name the action of their answers; older ones are answered too late to matter."""


@dataclass(frozen=True)
class Moment:
    """When something was seen, on both clocks; taken before anything else is done with what was seen."""

    wall: datetime
    monotonic: float


class Transcript:
    """Everything that passed between one station and one CSMS, in order, less its secrets.

    `seq` is the number of the last record (0: none yet); the first record is 1. With `limit` only that many of the newest records
    are kept in memory, and besides them how the present connection began: its opening and its BootNotifications, for a station that
    stays connected says only once who it is. Sinks still get every record. Not thread-safe: it belongs to one event loop.
    """

    def __init__(self, *, clock: Clock | None = None, redactor: Redactor | None = None, limit: int | None = None) -> None:
        self._clock = clock or SystemClock()
        self.redactor = redactor or Redactor(new_key())
        self._records: deque[Record] = deque(maxlen=limit)
        self._introduction: deque[Record] = deque()
        self._began = self._clock.monotonic()
        self._sinks: list[Sink] = []
        self._actions: OrderedDict[tuple[Direction, str], str] = OrderedDict()
        self.seq = 0

    @property
    def records(self) -> tuple[Record, ...]:
        """The records so far that are kept, oldest first; numbers are missing where some are not."""
        return (*self._begun_earlier(), *self._records)

    def since(self, seq: int) -> list[Record]:
        """The records that came after number `seq`."""
        newest: list[Record] = []
        for record in reversed(self._records):
            if record.seq <= seq:
                break
            newest.append(record)
        return [*(record for record in self._begun_earlier() if record.seq > seq), *newest[::-1]]

    def _begun_earlier(self) -> Iterator[Record]:
        """The introduction, as far as it is older than the newest records."""
        oldest = self._records[0].seq if self._records else 0
        return (record for record in self._introduction if record.seq < oldest)

    def moment(self) -> Moment:
        """Both clocks, now."""
        return Moment(self._clock.now(), self._clock.monotonic())

    def elapsed(self) -> float:
        """Monotonic seconds since the transcript began."""
        return self._clock.monotonic() - self._began

    def add_frame(
        self,
        direction: Direction,
        raw: str | bytes,
        charge_point_id: str,
        *,
        moment: Moment | None = None,
        envelope: Envelope | None = None,
    ) -> Frame:
        """Record one frame as it went over the wire. `envelope` spares a second reading when the caller has it already."""
        moment = moment or self.moment()
        envelope = envelope or read_envelope(raw)
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "backslashreplace")
        self.seq += 1
        frame = Frame(
            seq=self.seq,
            timestamp=rfc3339(moment.wall),
            elapsed=round(moment.monotonic - self._began, 6),
            charge_point_id=charge_point_id,
            direction=direction,
            message_type=envelope.message_type,
            message_id=envelope.message_id,
            action=self._action(direction, envelope),
            raw=self.redactor.text(text),
            binary=isinstance(raw, bytes),
        )
        self._publish(frame)
        return frame

    def add_event(self, event: EventKind, charge_point_id: str, detail: dict[str, Any]) -> ConnectionEvent:
        """Record what happened to the connection; `detail` must hold no secrets any more."""
        moment = self.moment()
        self.seq += 1
        record = ConnectionEvent(
            seq=self.seq,
            timestamp=rfc3339(moment.wall),
            elapsed=round(moment.monotonic - self._began, 6),
            charge_point_id=charge_point_id,
            event=event,
            detail=detail,
        )
        self._publish(record)
        return record

    async def wait_for(self, predicate: Predicate, timeout: float, *, after: int = 0) -> Record | None:
        """The first record numbered above `after` for which `predicate` holds, waiting at most `timeout` seconds; None: it did not come."""
        for record in self.since(after):
            if predicate(record):
                return record
        found: asyncio.Future[Record | None] = asyncio.get_running_loop().create_future()

        def look(record: Record) -> None:
            if not found.done() and predicate(record):
                found.set_result(record)

        def give_up() -> None:
            if not found.done():
                found.set_result(None)

        timer = self._clock.call_later(timeout, give_up)
        with self.attached(look):
            try:
                return await found
            finally:
                timer.cancel()

    @contextmanager
    def attached(self, sink: Sink) -> Iterator[None]:
        """Hand every new record to `sink`, at once and in order, while the block runs."""
        self._sinks.append(sink)
        try:
            yield
        finally:
            self._sinks.remove(sink)

    def _publish(self, record: Record) -> None:
        self._records.append(record)
        if isinstance(record, ConnectionEvent) and record.event is EventKind.OPEN:
            self._introduction.clear()
            self._introduction.append(record)
        elif isinstance(record, Frame) and record.action == Action.boot_notification and len(self._introduction) < _REMEMBERED_INTRODUCTION:
            self._introduction.append(record)
        for sink in tuple(self._sinks):
            sink(record)

    def _action(self, direction: Direction, envelope: Envelope) -> str | None:
        if envelope.message_id is None:
            return None
        if envelope.message_type is MessageType.CALL:
            if envelope.action is not None:
                self._actions[direction, envelope.message_id] = envelope.action
                if len(self._actions) > _REMEMBERED_CALLS:
                    self._actions.popitem(last=False)
            return envelope.action
        other = Direction.FROM_CSMS if direction is Direction.FROM_STATION else Direction.FROM_STATION
        return self._actions.get((other, envelope.message_id))


class TranscriptWriter:
    """Writes records as JSON lines while they come, and names the finished file by its SHA-256.

    Until `close` the lines stand in a file ending in `.partial` in the same directory, each line flushed, so that a killed process loses no
    evidence. `write` is a sink for `Transcript.attached`.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="transcript-", suffix=".partial", dir=directory)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")
        self._partial = Path(name)
        self._hash = sha256()
        self.frames = 0

    def write(self, record: Record) -> None:
        """Append one record."""
        line = record_line(record)
        self._hash.update(line)
        self._file.write(line)
        self._file.flush()
        self.frames += isinstance(record, Frame)

    def close(self) -> tuple[Path, str]:
        """Finish the file; gives its path `<sha256>.jsonl` and the hash."""
        os.fsync(self._file.fileno())
        self._file.close()
        digest = self._hash.hexdigest()
        path = self._partial.with_name(f"{digest}.jsonl")
        self._partial.replace(path)
        return path, digest


def record_line(record: Record) -> bytes:
    """One line of the stored form, with its line end."""
    return orjson.dumps(record.to_json(), option=orjson.OPT_APPEND_NEWLINE)
