"""Stored transcripts, read back: the form that `transcript.py` writes, also without its optional keys.

So records that other programs made can be judged, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from probes.wire.envelope import read_envelope
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record
from registry.errors import RegistryError


class TranscriptError(RegistryError):
    """A line of a transcript cannot be read; the message names the file and the line."""


def read_transcript(path: Path) -> list[Record]:
    """All records of a JSON-lines transcript. Raises `TranscriptError` naming the line that cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise TranscriptError(f"{path}: cannot be read ({problem.strerror}); name a transcript file") from problem
    return records_of(content.splitlines(), str(path))


def whole_records(path: Path) -> list[Record]:
    """The records of a transcript that was broken off: a last line that was not written to its end is left out.

    Raises `TranscriptError`.
    """
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise TranscriptError(f"{path}: cannot be read ({problem.strerror}); name a transcript file") from problem
    whole, _, _ = content.rpartition(b"\n")
    return records_of(whole.splitlines(), str(path))


def records_of(lines: Iterable[bytes], name: str) -> list[Record]:
    """The records on these lines; blank lines are skipped. `name` stands in error messages."""
    records: list[Record] = []
    actions: dict[tuple[Direction, str], str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            records.append(_record(orjson.loads(line), len(records) + 1, actions))
        except (ValueError, KeyError, TypeError) as problem:
            raise TranscriptError(f"{name}, line {number}: {_reason(problem)}; a transcript has one JSON record a line") from problem
    return records


class ReadRecord(NamedTuple):
    """A record with what its line did not leave out: `timed` its `elapsed`, `numbered` its `seq` (else it has that of its line)."""

    record: Record
    timed: bool
    numbered: bool


def readable_records(lines: Iterable[str]) -> tuple[list[ReadRecord], list[int]]:
    """The records of a transcript that may be damaged, and the numbers of the lines (from 1) that cannot be read."""
    records: list[ReadRecord] = []
    broken: list[int] = []
    actions: dict[tuple[Direction, str], str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = orjson.loads(line)
            record = _record(entry, number, actions)
        except (ValueError, KeyError, TypeError):
            broken.append(number)
        else:
            records.append(ReadRecord(record, "elapsed" in entry, "seq" in entry))
    return records, broken


def _reason(problem: Exception) -> str:
    if isinstance(problem, orjson.JSONDecodeError):
        return "not JSON"
    if isinstance(problem, KeyError):
        return f"the key {problem} is missing"
    return str(problem)


def _record(entry: Any, position: int, actions: dict[tuple[Direction, str], str]) -> Record:
    if not isinstance(entry, dict):
        raise TypeError("the line is no JSON object")
    seq = _typed(entry, "seq", int, position)
    timestamp = _typed(entry, "timestamp", str, "")
    elapsed = float(_typed(entry, "elapsed", int | float, 0.0))
    station = _typed(entry, "chargePointId", str, "")
    if "event" in entry:
        return ConnectionEvent(seq, timestamp, elapsed, station, EventKind(entry["event"]), _typed(entry, "detail", dict, {}))
    raw = _typed(entry, "raw", str, None)
    direction = Direction(entry["direction"])
    envelope = read_envelope(raw.encode("utf-8", "surrogatepass") if entry.get("binary") is True else raw)
    kind = MessageType(entry["messageType"]) if "messageType" in entry else envelope.message_type
    message_id = _typed(entry, "messageId", str, envelope.message_id) if entry.get("messageId") is not None else envelope.message_id
    action = entry["action"] if isinstance(entry.get("action"), str) else _action(envelope.action, direction, message_id, actions)
    if kind is MessageType.CALL and message_id is not None and action is not None:
        actions[direction, message_id] = action
    return Frame(seq, timestamp, elapsed, station, direction, kind, message_id, action, raw, entry.get("binary") is True)


def _action(own: str | None, direction: Direction, message_id: str | None, actions: dict[tuple[Direction, str], str]) -> str | None:
    if own is not None or message_id is None:
        return own
    other = Direction.FROM_CSMS if direction is Direction.FROM_STATION else Direction.FROM_STATION
    return actions.get((other, message_id))


def _typed(entry: dict[str, Any], key: str, kind: Any, default: Any) -> Any:
    """The value of an optional key (of a needed one when there is no default), checked for its type."""
    value = entry.get(key, default)
    if value is None:
        raise KeyError(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"the value of {key!r} has the wrong type")
    return value
