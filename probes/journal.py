"""How far an audit has come, on disk: so that another process can undo what it changed and go on where it was.

One file a station, JSON lines, locked for as long as somebody audits it. It lies in a folder that only this user reads, beside the key of
the hashes that stand for idTags: with another key, nobody would recognise the audit's own transactions.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any

from probes.cases.ledger import Change, Ledger
from probes.judge.verdicts import CaseRun
from probes.wire.redact import new_key
from registry.errors import CannotBegin, RegistryError

FOLDER = "unfinished"
"""Where journals lie, beside the transcripts."""

KEY_FILE = "redaction.key"


@dataclass(frozen=True)
class Begun:
    """What an audit is: who, against what, with which grant; where its transcript is being written and which record it begins with."""

    audit_id: str
    identity: str
    certificate: str
    tiers: tuple[str, ...]
    cases: tuple[str, ...]
    started: str
    transcript: str
    since: int

    def is_the_same_as(self, other: Begun) -> bool:
        """Whether both are about the same: then the one goes on where the other was."""
        return (self.identity, self.certificate, self.tiers, self.cases) == (other.identity, other.certificate, other.tiers, other.cases)


class Journal:
    """The journal of one station, from opening it to `finish`. Raises `CannotBegin` when the station is under audit already.

    `begun` and `runs` are what an audit left that did not come to its end (None and empty: there is none); `ledger` holds what it
    changed and did not undo, and takes what this one changes.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._identity = identity
        self._path = journal_path(folder, identity)
        _private(folder)
        self._file = self._locked()
        self.begun, self.runs, changes = _read(self._path)
        self.ledger = Ledger(self._write, changes)

    def begin(self, begun: Begun, *, continues: bool) -> None:
        """An audit begins, or goes on where another process left it. What is to be undone stays written, whoever changed it."""
        self._write({"begun": asdict(begun), "continues": continues})
        self.begun = begun

    def add(self, run: CaseRun) -> None:
        """A case is over."""
        self._write({"run": asdict(run)})

    def finish(self) -> None:
        """The audit has its report: only what could not be undone is kept, for the next one."""
        self.begun, self.runs = None, []
        if self.ledger.open:
            self._write({"finished": True})

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self.begun is None and not self.ledger.open:
            self._path.unlink(missing_ok=True)
        self._file.close()

    def _locked(self) -> TextIOWrapper:
        """The file, locked; opened again when another process has removed it in between."""
        while True:
            file = self._path.open("a+", encoding="utf-8")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                file.close()
                raise CannotBegin(f"station {self._identity}: it is under audit already; wait for its end or cancel it") from problem
            if self._path.exists() and self._path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
            file.close()

    def _write(self, entry: Mapping[str, Any]) -> None:
        try:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as problem:
            raise RegistryError(f"{self._path}: how far the audit is cannot be written ({problem.strerror}); free the disk") from problem


def journal_path(folder: Path, identity: str) -> Path:
    """The station's journal; an identity may hold characters that no file name can."""
    return folder / f"{sha256(identity.encode()).hexdigest()[:24]}.jsonl"


def unfinished(folder: Path) -> tuple[Begun, ...]:
    """The audits that did not come to their end, or are still going on."""
    found = (_read(path)[0] for path in sorted(folder.glob("*.jsonl")))
    return tuple(begun for begun in found if begun is not None)


def redaction_key(folder: Path) -> bytes:
    """The key of the hashes that stand for idTags, the same for every process of this installation; made when it is first needed."""
    _private(folder)
    path = folder / KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        key = new_key()
        file.write(key)
    return key


def _private(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as problem:
        raise CannotBegin(f"{folder}: cannot be made ({problem.strerror}); name a folder that can be written to") from problem


def _read(path: Path) -> tuple[Begun | None, list[CaseRun], list[Change]]:
    """What a journal holds; a last line that was not written to its end was not acted upon."""
    begun: Begun | None = None
    runs: list[CaseRun] = []
    changes: list[Change] = []
    for entry in _entries(path.read_text(encoding="utf-8").splitlines() if path.exists() else ()):
        if "begun" in entry:
            begun = _made(Begun, entry["begun"])
            runs = runs if entry.get("continues") else []
        elif "finished" in entry:
            begun, runs = None, []
        elif "run" in entry:
            runs.append(_made(CaseRun, entry["run"]))
        elif "change" in entry:
            changes.append(Change.from_json(entry["change"]))
        elif "settled" in entry and (settled := Change.from_json(entry["settled"])) in changes:
            changes.remove(settled)
    return begun, runs, changes


def _entries(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _made(kind: type[Any], values: Mapping[str, Any]) -> Any:
    known = {field.name for field in fields(kind)}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if name in known})
