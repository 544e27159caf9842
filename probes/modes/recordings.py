"""Recordings of any origin as transcripts of the judge, one for each station: pure, text in, records out.

Everything is redacted here, before it can reach a disk or a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from probes.modes.directions import directions, other
from probes.modes.logs import Entry, Log, are_json_lines, read_log
from probes.modes.stamps import find_stamp
from probes.wire.clock import rfc3339
from probes.wire.envelope import read_envelope
from probes.wire.reading import ReadRecord, readable_records
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record
from probes.wire.redact import TAG_LIMIT, TAG_PREFIX, Redactor

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""The time stamp of records of a recording without time; nothing that rests on time is judged there."""

_MOST_SHOWN = 12
"""How many numbers of lines are told."""


@dataclass(frozen=True)
class Recording:
    """What was recorded of one station (empty identity: the recording names none).

    `exact`: made by a tap, as this product makes them, from the opening of a connection on, and undamaged: what is not in it did not
    happen. Of others lines may be missing. `timed`: its records have times. `undirected` are the numbers of lines whose sender nothing
    tells; they are left out.
    """

    station: str
    records: tuple[Record, ...]
    exact: bool
    timed: bool
    undirected: tuple[int, ...] = ()


@dataclass(frozen=True)
class Recordings:
    """What a file holds. `broken` are the numbers of its lines that cannot be read."""

    stations: tuple[Recording, ...]
    broken: tuple[int, ...]


class SparingRedactor(Redactor):
    """Leaves alone what stands for an idTag already, so that a transcript stays as it is."""

    def tag(self, id_tag: str) -> str:
        """As in the base class."""
        digits = id_tag[len(TAG_PREFIX) : TAG_LIMIT]
        if id_tag.startswith(TAG_PREFIX) and len(id_tag) >= TAG_LIMIT and all(digit in "0123456789abcdef" for digit in digits):
            return id_tag
        return super().tag(id_tag)


def read_recordings(text: str, redactor: Redactor) -> Recordings:
    """The recordings in the text of a file: a transcript, a log or an export."""
    text = text.removeprefix("\ufeff")
    if are_json_lines(text):
        records, broken = readable_records(text.split("\n"))
        if len(records) > len(broken):
            return _transcript(records, broken, redactor)
    return of_log(read_log(text), redactor)


def lines_text(numbers: Sequence[int]) -> str:
    """Numbers of lines as a person is told them."""
    shown = ", ".join(str(number) for number in numbers[:_MOST_SHOWN])
    return f"{shown} and {len(numbers) - _MOST_SHOWN} more" if len(numbers) > _MOST_SHOWN else shown


# --- transcripts


def _transcript(read: Sequence[ReadRecord], broken: Sequence[int], redactor: Redactor) -> Recordings:
    stations: dict[str, list[ReadRecord]] = {}
    for each in read:
        stations.setdefault(each.record.charge_point_id, []).append(each)
    found = tuple(_one(station, records, bool(broken), redactor) for station, records in stations.items())
    return Recordings(found, tuple(broken))


def _one(station: str, read: Sequence[ReadRecord], damaged: bool, redactor: Redactor) -> Recording:
    rising = all(earlier.record.seq < later.record.seq for earlier, later in pairwise(read))
    forward = all(earlier.record.elapsed <= later.record.elapsed for earlier, later in pairwise(read))
    timed = forward and all(each.timed for each in read)
    exact = _opens(read[0].record) and not damaged and rising and timed and all(each.numbered for each in read)
    records = [_redacted(each.record, redactor) for each in read]
    if not rising:
        records = [replace_seq(record, number) for number, record in enumerate(records, start=1)]
    if not timed:
        moments = [find_stamp(record.timestamp) for record in records]
        timed = all(moment is not None for moment in moments)
        records = _timed(records, moments)
    return Recording(station, tuple(records), exact, timed)


def _opens(record: Record) -> bool:
    """A transcript that tells of no connection may have left out that there was another one."""
    return isinstance(record, ConnectionEvent) and record.event is EventKind.OPEN


def _redacted(record: Record, redactor: Redactor) -> Record:
    return record._replace(raw=redactor.text(record.raw)) if isinstance(record, Frame) else record


def replace_seq(record: Record, seq: int) -> Record:
    """The record with another number."""
    return record._replace(seq=seq) if isinstance(record, Frame) else replace(record, seq=seq)


def _timed(records: Sequence[Record], moments: Sequence[datetime | None]) -> list[Record]:
    """Seconds since the first record by the time stamps; a stamp before the one of an earlier record counts as that one's."""
    whole = [moment for moment in moments if moment is not None]
    known = len(whole) == len(moments)
    began = whole[0] if known and whole else NO_TIME
    elapsed = 0.0
    timed: list[Record] = []
    for record, moment in zip(records, moments, strict=True):
        at = moment if known and moment is not None else NO_TIME
        elapsed = max(elapsed, (at - began).total_seconds()) if known else 0.0
        stamp: dict[str, Any] = {"timestamp": rfc3339(at), "elapsed": round(elapsed, 6)}
        timed.append(record._replace(**stamp) if isinstance(record, Frame) else replace(record, **stamp))
    return timed


# --- logs


def of_log(log: Log, redactor: Redactor) -> Recordings:
    """The recordings in a log: one for each station that its lines name."""
    told = directions(log.entries)
    names = {entry.station for entry in log.entries if entry.station}
    stations: dict[str, list[tuple[Entry, Direction | None]]] = {}
    for entry, direction in zip(log.entries, told, strict=True):
        # Where only one station is named, the lines that name none are about it as well.
        station = entry.station or (next(iter(names)) if len(names) == 1 else "")
        stations.setdefault(station, []).append((entry, direction))
    found = tuple(_of_entries(station, entries, redactor) for station, entries in stations.items())
    return Recordings(found, tuple(log.broken))


def _of_entries(station: str, entries: Iterable[tuple[Entry, Direction | None]], redactor: Redactor) -> Recording:
    records: list[Record] = []
    moments: list[datetime | None] = []
    undirected: list[int] = []
    calls: dict[tuple[Direction, str], str] = {}
    seq = 0
    for entry, direction in entries:
        # A number of a record is that of its line where that can be, so that a finding leads to the line.
        seq = max(seq + 1, entry.line)
        if direction is None:
            undirected.append(entry.line)
            continue
        records.append(_frame(seq, station, entry, direction, calls, redactor))
        moments.append(entry.when)
    timed = bool(moments) and all(moment is not None for moment in moments)
    return Recording(station, tuple(_timed(records, moments)), False, timed, tuple(undirected))


def _frame(
    seq: int, station: str, entry: Entry, direction: Direction, calls: dict[tuple[Direction, str], str], redactor: Redactor
) -> Frame:
    envelope = read_envelope(entry.raw)
    action = envelope.action
    if envelope.message_type is MessageType.CALL and envelope.message_id is not None and action is not None:
        calls[direction, envelope.message_id] = action
    elif envelope.message_id is not None:
        action = calls.get((other(direction), envelope.message_id))
    raw = redactor.text(entry.raw)
    return Frame(seq, "", 0.0, station, direction, envelope.message_type, envelope.message_id, action, raw)


def frames_of(recording: Recording) -> int:
    """How many frames a recording has."""
    return sum(not isinstance(record, ConnectionEvent) for record in recording.records)
