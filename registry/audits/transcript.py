"""Reads stored transcripts for the pages: line by line, so that neither a long one nor a broken one can hurt.

The form of a line is the contract's (JSON lines; frames, and connection events between them).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_LINE = 256 * 1024
"""Characters of one line that are looked at; what is longer is shown cut, and the download has it whole."""

LINE_WIDTH = 88
MOST_LINES = 500_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """One line of a transcript, ready to be shown. `event` is None for a frame; `payload` is the frame's content, indented."""

    seq: int
    timestamp: str
    elapsed: float | None
    event: str | None
    from_station: bool
    message_type: str
    message_id: str | None
    action: str | None
    payload: str
    detail: tuple[tuple[str, str], ...]
    cut: bool

    @property
    def title(self) -> str:
        """What the frame is, in the words of OCPP: "BootNotification.req", or the kind of a frame that has no action."""
        suffix = {"CALL": ".req", "CALLRESULT": ".conf", "CALLERROR": ": error"}.get(self.message_type)
        if suffix is None:
            return "Not an OCPP message"
        return (
            f"{self.action}{suffix}" if self.action else {"CALL": "Call", "CALLRESULT": "Answer", "CALLERROR": "Error"}[self.message_type]
        )

    @property
    def lines(self) -> int:
        """How many lines the content takes."""
        return self.payload.count("\n") + 1


def path_of(transcripts: Path, sha256: str | None) -> Path | None:
    """The file of a transcript, or None when there is none by that hash."""
    if sha256 is None or not _SHA256.fullmatch(sha256):
        return None
    path = transcripts / f"{sha256}.jsonl"
    return path if path.is_file() else None


def entries(path: Path) -> Iterator[Entry]:
    """The transcript's lines in their order. A line that cannot be read is an entry that says so."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number in range(1, MOST_LINES + 1):
            line = file.readline(LONGEST_LINE)
            if not line:
                return
            cut = not line.endswith("\n") and len(line) == LONGEST_LINE
            while cut and (rest := file.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            if line.strip():
                yield _entry(line, number, cut)


def page(path: Path, first: int, length: int) -> tuple[list[Entry], int]:
    """`length` entries from the `first` on (counted from 0), and how many there are."""
    found: list[Entry] = []
    total = 0
    for entry in entries(path):
        if first <= total < first + length:
            found.append(entry)
        total += 1
    return found, total


def wanted(path: Path, seqs: frozenset[int]) -> list[tuple[Entry, bool, int]]:
    """The entries with those numbers, each with the other half of its exchange, in order.

    Each comes with whether it was asked for itself and how many entries were left out before it.
    """
    everything = list(entries(path))
    exchanges = {entry.message_id for entry in everything if entry.seq in seqs and entry.message_id}
    found: list[tuple[Entry, bool, int]] = []
    skipped = 0
    for entry in everything:
        if entry.seq in seqs or (entry.message_id is not None and entry.message_id in exchanges):
            found.append((entry, entry.seq in seqs, skipped))
            skipped = 0
        else:
            skipped += 1
    return found


def _entry(line: str, number: int, cut: bool) -> Entry:
    record = _object(line)
    if record is None:
        return Entry(number, "", None, None, False, "UNPARSABLE", None, None, line.strip(), (), cut)
    elapsed = record.get("elapsed")
    raw = record.get("raw")
    event = record.get("event")
    detail = record.get("detail")
    return Entry(
        seq=record["seq"] if type(record.get("seq")) is int else number,
        timestamp=str(record.get("timestamp") or ""),
        elapsed=float(elapsed) if isinstance(elapsed, int | float) and not isinstance(elapsed, bool) else None,
        event=str(event) if event else None,
        from_station=record.get("direction") == "cs-to-csms",
        message_type=str(record.get("messageType") or "UNPARSABLE"),
        message_id=_text(record.get("messageId")),
        action=_text(record.get("action")),
        payload=_content(raw) if isinstance(raw, str) else "",
        detail=tuple((str(name), _plain(value)) for name, value in detail.items() if value not in (None, ""))
        if isinstance(detail, dict)
        else (),
        cut=cut,
    )


def _object(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _content(raw: str) -> str:
    """What a frame carries, indented: the payload of a call or an answer, code and description of an error, else the frame as it was."""
    try:
        frame = json.loads(raw)
        if not isinstance(frame, list):
            return raw
        return _laid_out(_carried(frame))
    except (ValueError, RecursionError):
        return raw


def _carried(frame: list[Any]) -> object:
    """The payload of a well-formed frame (OCPP-J 1.6, section 4.2); a frame of any other form as it is."""
    match frame:
        case [2, str(), str(), dict() as payload] | [3, str(), dict() as payload]:
            return payload
        case [4, str(), code, description, details]:
            return {"errorCode": code, "errorDescription": description, "errorDetails": details}
    return frame


def _laid_out(value: object, indent: int = 0) -> str:
    """JSON for reading: what fits on a line stays on it, so that a list of a hundred keys is a hundred lines and not five hundred."""
    line = json.dumps(value, ensure_ascii=False)
    if not value or indent + len(line) <= LINE_WIDTH or not isinstance(value, dict | list):
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(str(name), ensure_ascii=False)}: {_laid_out(part, indent + 2)}" for name, part in value.items()]
    else:
        parts = [_laid_out(part, indent + 2) for part in value]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{' ' * indent}{closing}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
