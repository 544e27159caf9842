"""Logs and exports of other programs, read into frames with what their lines say of them: pure, text in, entries out.

A log is anything with a time stamp and an OCPP-J array a line (also over several lines, as some programs print it); an export is rows of
JSON or CSV with such an array in one of their values. What a line does not say with certainty is None: `directions.py` concludes from
the whole. `docs/replay.md` says which shape was learnt where.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

from probes.modes.stamps import find_stamp, stamp_of
from probes.wire.records import Direction

_FRAME = re.compile(r"\[\s*[234]\s*,\s*[\"\d]")
_BETWEEN = re.compile(r"\b(ChargePoint|CentralSystem)(?:>|&gt;)(?:ChargePoint|CentralSystem)\b")
_SPEAKER = re.compile(r"\b(ChargePoint|CentralSystem):\s*$")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_NAMED = re.compile(
    r"\b(?:charge_?box_?id|charge_?point_?id|charging_?station_?id|station_?id|ocpp_?connection_?name|cp_?id|identity)"
    r"[\"']?\s*[=:]\s*[\"']?([^\s\"',;\])}]+)",
    re.IGNORECASE,
)
_STEVE = re.compile(r"\[chargeBoxId=([^\]]+?),\s*sessionId=")
_SPOKEN_OF = (
    re.compile(r"(?:^|\s|\bocpp:)([^\s:\[\]]+): (?:receive message|send) $"),
    re.compile(r"\b(?:received|sent) JSON message (?:from|to) ([^\s:]+): $"),
    re.compile(r"\b(?:recv|send) ([^\s:]+): $"),
)
_INWARD = ("received", "receiving", "receive", "recv", "incoming", "inbound", "rx", "<-", "<<")
_OUTWARD = ("sent", "sending", "send", "outgoing", "outbound", "tx", "->", ">>")
_WORD = re.compile(r"\b(?:receiv(?:ed|ing|e)|recv|incoming|inbound|rx|sent|sending|send|outgoing|outbound|tx)\b|<-|->|<<|>>", re.IGNORECASE)

_FRAMES = ("raw", "message", "frame", "payload", "data", "msg", "content", "text", "body", "log", "line")
_STAMPS = ("timestamp", "time", "ts", "@timestamp", "createdat", "created_at", "datetime", "date")
_STATIONS = (
    "chargepointid",
    "charge_point_id",
    "chargeboxid",
    "charge_box_id",
    "ocppconnectionname",
    "stationid",
    "station_id",
    "chargingstationid",
    "cpid",
    "cp_id",
    "identity",
    "station",
)
_DIRECTIONS = ("direction", "origin", "dir", "sender", "source")
_STATION_SAYS = frozenset({"cs-to-csms", "cs", "chargingstation", "charging station", "chargepoint", "charge point", "cp"})
_CSMS_SAYS = frozenset({"csms-to-cs", "csms", "chargingstationmanagementsystem", "centralsystem", "central system"})

_DEEPEST = 8
"""How deep within an export rows are looked for, and how deep within a row its frame."""

_DECODER = json.JSONDecoder()

_LINES_LOOKED_AT = 50
"""By how many lines the shape of a file is told."""

_HEAD = 2000
"""How much before a frame is looked at, in characters."""

_TAIL = 100
"""How far behind a frame a time stamp is looked for when none stands before it, in characters."""


@dataclass(frozen=True)
class Entry:
    """One frame of a log: the number of its line (from 1), its text, and what the line says of it.

    `when` is in UTC; None: no time stamp. `inward` is whether who wrote the log received it (None: the line does not say).
    `direction` is told only where the line names who spoke.
    """

    line: int
    raw: str
    when: datetime | None = None
    station: str | None = None
    inward: bool | None = None
    direction: Direction | None = None


@dataclass
class Log:
    """What a log holds. `broken` are the numbers of lines that begin a frame, or should be a row, and cannot be read."""

    entries: list[Entry] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)


def read_log(text: str) -> Log:
    """Read a log or an export, whichever it is. Never fails: what cannot be read is in `broken`."""
    document = _document(text)
    if document is not None:
        return _export(document)
    if are_json_lines(text):
        return _json_lines(text)
    return _csv(text) if _columns(text) else _plain(text)


def are_json_lines(text: str) -> bool:
    """Whether most lines are JSON objects, by their beginning."""
    lines = [line.strip() for line in text[: 1 << 20].splitlines()[:_LINES_LOOKED_AT] if line.strip()]
    return bool(lines) and 2 * sum(line.startswith("{") for line in lines) > len(lines)


# --- plain logs


def _plain(text: str) -> Log:
    log = Log()
    position, line, counted = 0, 1, 0
    while (found := _FRAME.search(text, position)) is not None:
        start = found.start()
        line += text.count("\n", counted, start)
        counted = start
        decoded = _decoded(text, start)
        if decoded is None or not is_frame(decoded[0]):
            if decoded is None and text[found.end() - 1] == '"':
                _broken(log, line)
            position = found.end()
            continue
        ended = decoded[1]
        head = _head(text, max(position, text.rfind("\n", max(0, start - _HEAD), start) + 1, start - _HEAD), start)
        tail = text[ended : ended + _TAIL].partition("\n")[0]
        log.entries.append(_entry(line, text[start:ended], head, tail))
        position = ended
    return log


def _head(text: str, begin: int, start: int) -> str:
    """What stands before a frame: on its line, or, where that is nothing, on the line before."""
    head = text[begin:start]
    if not head.strip() and begin > 0 and text[begin - 1] == "\n":
        head = text[max(text.rfind("\n", max(0, begin - _HEAD), begin - 1) + 1, begin - _HEAD) : begin - 1]
    return _COLOUR.sub("", head)


def _entry(line: int, raw: str, head: str, tail: str) -> Entry:
    between = _BETWEEN.search(head) or _SPEAKER.search(head)
    direction = None
    if between is not None:
        direction = Direction.FROM_STATION if between[1] == "ChargePoint" else Direction.FROM_CSMS
    if "<pre" in head:
        raw = unescape(raw)
    return Entry(line, raw, find_stamp(head) or find_stamp(tail), _station_in(head), _inward(head), direction)


def _station_in(head: str) -> str | None:
    named = _STEVE.search(head) or _NAMED.search(head)
    if named is not None:
        return named[1]
    return next((spoken[1] for pattern in _SPOKEN_OF if (spoken := pattern.search(head)) is not None), None)


def _inward(head: str) -> bool | None:
    """By the last such word before the frame; what it means is learnt from the whole log."""
    words = _WORD.findall(head)
    return None if not words else words[-1].casefold() in _INWARD


def _decoded(text: str, start: int) -> tuple[Any, int] | None:
    """The JSON value that begins here, and where it ends; None: it cannot be read."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None


def is_frame(value: Any) -> bool:
    """Whether a JSON value may be an OCPP-J message. With a number for its id it has to be one in all else, as logs are full of numbers."""
    if not isinstance(value, list) or len(value) < 3 or isinstance(value[0], bool) or value[0] not in {2, 3, 4}:
        return False
    if isinstance(value[1], str):
        return value[0] != 2 or isinstance(value[2], str)
    return isinstance(value[1], int) and isinstance(value[2], dict if value[0] == 3 else str)


def _broken(log: Log, line: int) -> None:
    if not log.broken or log.broken[-1] != line:
        log.broken.append(line)


# --- exports


def _document(text: str) -> Any:
    """The whole file as one JSON value that is no frame; None: it is none."""
    if not text.lstrip()[:1] or text.lstrip()[0] not in "[{" or _FRAME.match(text.lstrip()):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    # One row alone is a line of a log as well as a document.
    return document


def _export(document: Any) -> Log:
    log = Log()
    for number, row in enumerate(_rows(document, 0), start=1):
        _add_row(log, number, row)
    return log


def _rows(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The objects with a frame in one of their values, wherever they stand."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        if _raw_of(value, 0) is not None:
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _rows(inner, depth + 1)


def _json_lines(text: str) -> Log:
    log = Log()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            _add_row(log, number, row)
        else:
            log.broken.append(number)
    return log


def _csv(text: str) -> Log:
    log = Log()
    delimiter = _delimiter(text)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    try:
        for row in reader:
            known = {name: value for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}
            _add_row(log, reader.line_num, known, told_broken=True)
    except csv.Error:
        log.broken.append(reader.line_num)
    return log


def _columns(text: str) -> bool:
    """Whether the first line names columns, among them one for the frame and one for its time."""
    first = text.lstrip("\ufeff").partition("\n")[0]
    if "[" in first or "{" in first:
        return False
    names = {name.strip().strip('"').casefold() for name in first.split(_delimiter(text))}
    return bool(names & set(_FRAMES)) and bool(names & set(_STAMPS))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _add_row(log: Log, number: int, row: Mapping[str, Any], *, told_broken: bool = False) -> None:
    raw = _raw_of(row, 0)
    if raw is None:
        if told_broken or any(str(name).casefold() in {"raw", "message", "frame"} and value for name, value in row.items()):
            log.broken.append(number)
        return
    folded = {str(name).casefold(): value for name, value in row.items()}
    when = next((moment for name in _STAMPS if (moment := stamp_of(folded.get(name))) is not None), None)
    station = next((str(folded[name]) for name in _STATIONS if folded.get(name) not in (None, "")), None)
    told = next((str(folded[name]).strip().casefold() for name in _DIRECTIONS if isinstance(folded.get(name), str)), "")
    direction = Direction.FROM_STATION if told in _STATION_SAYS else Direction.FROM_CSMS if told in _CSMS_SAYS else None
    inward = told in _INWARD if told in (*_INWARD, *_OUTWARD) else None
    spoken = next((value for value in folded.values() if isinstance(value, str) and _FRAME.search(value)), "")
    head = spoken[: found.start()] if (found := _FRAME.search(spoken)) else ""
    log.entries.append(
        Entry(
            number,
            raw,
            when or find_stamp(head),
            station or _station_in(head),
            inward if inward is not None else _inward(head),
            direction,
        )
    )


def _raw_of(value: Any, depth: int) -> str | None:
    """The frame in a row: its text where it stands as text, written anew where it stands as values."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, str):
        found = _FRAME.search(value)
        decoded = _decoded(value, found.start()) if found else None
        return value[found.start() : decoded[1]] if found and decoded and is_frame(decoded[0]) else None
    if is_frame(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, dict):
        named = sorted(value, key=lambda name: _FRAMES.index(folded) if (folded := str(name).casefold()) in _FRAMES else len(_FRAMES))
        return next((raw for name in named if (raw := _raw_of(value[name], depth + 1)) is not None), None)
    return None
