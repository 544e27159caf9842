"""The transcript of one peer: kept in memory for those who wait on it, written as a stream for those who judge it later."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson
from ocpp.v16.enums import Action

from probes.wire.clock import Clock, SystemClock, rfc3339
from probes.wire.envelope import Envelope, read_envelope
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record
from probes.wire.redact import Redactor, new_key
from registry.errors import RegistryError

LOGGER = logging.getLogger("ocpp_registry.wire")

Predicate = Callable[[Record], bool]
Sink = Callable[[Record], None]

_REMEMBERED_INTRODUCTION = 16
"""How many records of a connection's beginning are kept: its opening, and some BootNotifications with their answers."""

_INTRODUCES = str(Action.boot_notification.value)

_FROM_STATION, _CALL = Direction.FROM_STATION, MessageType.CALL

_REMEMBERED_CALLS = 100
"""How many calls of each side are remembered to name the action of their answers; older ones are answered too late to matter."""


class Noted(NamedTuple):
    """A frame as it is kept in memory: what `Frame` has, but for what is only worked out for those who read it.

    `wall` and `monotonic` (seconds) are both clocks at the moment at which it was seen, `rest` what a `Frame` has after its times.
    """

    seq: int
    wall: datetime
    monotonic: float
    rest: tuple[str, Direction, MessageType, str | None, str | None, str, bool]


_made = cast("Callable[[tuple[Any, ...]], Noted]", partial(tuple.__new__, Noted))
"""One of all its values, in half the time: two are made for every call."""


class Transcript:
    """Everything that passed between one station and one CSMS, in order, less its secrets.

    `seq` is the number of the last record (0: none yet); the first record is 1. With `limit` only that many of the newest records
    are kept in memory, and besides them how the present connection began: its opening and its BootNotifications, for a station that
    stays connected says only once who it is. Sinks still get every record. Not thread-safe: it belongs to one event loop.
    """

    def __init__(self, *, clock: Clock | None = None, redactor: Redactor | None = None, limit: int | None = None) -> None:
        self.clock = clock or SystemClock()
        self._now, self._monotonic = self.clock.now, self.clock.monotonic
        self.redactor = redactor or Redactor(new_key())
        self._records: deque[Noted | ConnectionEvent] = deque(maxlen=limit)
        self._introduction: list[Noted | ConnectionEvent] = []
        self._began = self._monotonic()
        self._sinks: list[Sink] = []
        self._station_calls: dict[str, str] = {}
        self._csms_calls: dict[str, str] = {}
        self.seq = self.continued_from = 0

    def continue_after(self, seq: int, elapsed: float) -> None:
        """Take up the numbers and the time of an earlier transcript, whose last record this was. Only before anything is in this one."""
        if self.seq:
            raise RuntimeError("a transcript that has begun cannot continue another")
        self.seq = self.continued_from = seq
        self._began = self._monotonic() - elapsed

    @property
    def records(self) -> tuple[Record, ...]:
        """The records so far that are kept, oldest first; numbers are missing where some are not."""
        return tuple(self._record(kept) for kept in (*self._begun_earlier(), *self._records))

    def since(self, seq: int) -> list[Record]:
        """The records that came after number `seq`."""
        newest: list[Noted | ConnectionEvent] = []
        for kept in reversed(self._records):
            if kept.seq <= seq:
                break
            newest.append(kept)
        return [self._record(kept) for kept in (*self._begun_earlier(), *newest[::-1]) if kept.seq > seq]

    def _begun_earlier(self) -> Iterator[Noted | ConnectionEvent]:
        """The introduction, as far as it is older than the newest records."""
        oldest = self._records[0].seq if self._records else 0
        return (kept for kept in self._introduction if kept.seq < oldest)

    def _record(self, kept: Noted | ConnectionEvent) -> Record:
        return kept if isinstance(kept, ConnectionEvent) else self._frame(kept)

    def _frame(self, noted: Noted) -> Frame:
        return Frame(noted.seq, rfc3339(noted.wall), self.elapsed_at(noted.monotonic), *noted.rest)

    def elapsed(self) -> float:
        """Monotonic seconds since the transcript began."""
        return self._monotonic() - self._began

    def elapsed_at(self, monotonic: float) -> float:
        """That moment of the monotonic clock as the `elapsed` of a record: seconds since the transcript began, to the microsecond."""
        return round(monotonic - self._began, 6)

    def add_frame(self, direction: Direction, raw: str | bytes, charge_point_id: str, *, envelope: Envelope | None = None) -> Frame:
        """Record one frame as it went over the wire. `envelope` spares a second reading when the caller has it already."""
        noted = self.note(direction, raw, charge_point_id, envelope or read_envelope(raw), self._now(), self._monotonic())
        return self._frame(noted)

    def note(
        self, direction: Direction, raw: str | bytes, charge_point_id: str, envelope: Envelope, wall: datetime, monotonic: float
    ) -> Noted:
        """`add_frame` for who sees many: the clocks have been read before the frame was, and nobody asks for the record."""
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "backslashreplace")
        self.seq = seq = self.seq + 1
        message_type, message_id = envelope.message_type, envelope.message_id
        action = None if message_id is None else self._action(direction, message_type, message_id, envelope.action)
        rest = (charge_point_id, direction, message_type, message_id, action, self.redactor.text(text), text is not raw)
        noted = _made((seq, wall, monotonic, rest))
        self._records.append(noted)
        if action == _INTRODUCES and len(self._introduction) < _REMEMBERED_INTRODUCTION:
            self._introduction.append(noted)
        if self._sinks:
            self._publish(self._frame(noted))
        return noted

    def add_event(self, event: EventKind, charge_point_id: str, detail: dict[str, Any]) -> ConnectionEvent:
        """Record what happened to the connection; `detail` must hold no secrets any more."""
        self.seq += 1
        record = ConnectionEvent(
            seq=self.seq,
            timestamp=rfc3339(self._now()),
            elapsed=self.elapsed_at(self._monotonic()),
            charge_point_id=charge_point_id,
            event=event,
            detail=detail,
        )
        self._records.append(record)
        if event is EventKind.OPEN:
            self._introduction = [record]
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

        timer = self.clock.call_later(timeout, give_up)
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
        for sink in tuple(self._sinks):
            sink(record)

    def _action(self, direction: Direction, message_type: MessageType, message_id: str, action: str | None) -> str | None:
        """The action of a CALL; of an answer, that of the call that it answers."""
        from_station = direction is _FROM_STATION
        if message_type is not _CALL:
            return (self._csms_calls if from_station else self._station_calls).get(message_id)
        if action is not None:
            calls = self._station_calls if from_station else self._csms_calls
            calls[message_id] = action
            if len(calls) > _REMEMBERED_CALLS:
                del calls[next(iter(calls))]
        return action


class EvidenceLost(RegistryError):
    """A transcript could not be written to its end: what would be judged is not what would be stored."""


class TranscriptWriter:
    """Writes records as JSON lines while they come, and names the finished file by its SHA-256.

    Until `close` the lines stand in the file `partial`, so ending, in the same directory, each handed to the operating system at once: a
    killed process loses no evidence, a machine without power at most what its disk had not taken yet. `write` is a sink for
    `Transcript.attached`; it never raises, as the talk must go on. What a full disk does not take is missed by `close`.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="transcript-", suffix=".partial", dir=directory)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self.partial = Path(name)
        self._hash = sha256()
        self._size = 0
        self._problem: OSError | None = None
        self.frames = 0

    def write(self, record: Record) -> None:
        """Append one record, whole or not at all. After a failure nothing more is written, so that no record is missing in between."""
        if self._problem is not None:
            return
        line = record_line(record)
        try:
            self._append(line)
        except OSError as problem:
            self._problem = problem
            LOGGER.error("%s: record %s cannot be written (%s); free the disk", self.partial, record.seq, problem.strerror)
            self._file.truncate(self._size)
            return
        self._hash.update(line)
        self._size += len(line)
        self.frames += isinstance(record, Frame)

    def _append(self, line: bytes) -> None:
        rest = memoryview(line)
        while rest:
            rest = rest[self._file.write(rest) :]

    def leave(self) -> None:
        """Close the file unfinished: it keeps its name ending in `.partial`, and another transcript may continue it."""
        self._file.close()

    def close(self) -> tuple[Path, str]:
        """Finish the file; gives its path `<sha256>.jsonl` and the hash. Raises `EvidenceLost` when not everything could be written;
        what could be stays in the `.partial` file.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as problem:
            self._problem = self._problem or problem
        self._file.close()
        if self._problem is not None:
            why = self._problem.strerror
            raise EvidenceLost(
                f"{self.partial}: the transcript could not be written ({why}); free the disk and audit again"
            ) from self._problem
        digest = self._hash.hexdigest()
        path = self.partial.with_name(f"{digest}.jsonl")
        self.partial.replace(path)
        return path, digest


def record_line(record: Record) -> bytes:
    """One line of the stored form, with its line end."""
    return orjson.dumps(record.to_json(), option=orjson.OPT_APPEND_NEWLINE)


def seal(partial: Path) -> Path:
    """Finish a transcript that was broken off, as `TranscriptWriter.close` would: its whole lines under the name of their hash."""
    content = partial.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    os.truncate(partial, len(whole))
    path = partial.with_name(f"{sha256(whole).hexdigest()}.jsonl")
    partial.replace(path)
    return path
