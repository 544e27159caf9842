"""What an audit changed at a station and has not undone yet, written down before it is changed.

Each entry says enough to undo it without anything else: a new process can do so after the old one was killed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from registry.errors import RegistryError


class Kind(StrEnum):
    """What can be changed and undone."""

    CONFIGURATION = "configuration"
    RESERVATION = "reservation"
    CHARGING_PROFILE = "charging profile"
    AVAILABILITY = "availability"
    TRANSACTION = "transaction"
    LOCAL_LIST = "local list"
    CERTIFICATE = "certificate"


@dataclass(frozen=True)
class Change:
    """One change. `subject` is the key, the reservation's, profile's or connector's number, the idTag's hash of a transaction, the
    certificate's hash data as JSON; `before` what was there: the value, the availability, the list's version; None: nothing.
    """

    kind: Kind
    subject: str
    before: str | None = None


class Ledger:
    """The open changes of one audit, oldest first; with a `path` also on disk. Raises `RegistryError` when it cannot be written: then
    nothing may be changed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._open: list[Change] = list(_read(path)) if path else []

    @property
    def open(self) -> tuple[Change, ...]:
        """What is to be undone, in the order in which it was done."""
        return tuple(self._open)

    def add(self, change: Change) -> bool:
        """To be called before the change is asked for. Of one thing only the first change counts: it knows what was there at first; gives
        whether this is it.
        """
        if any((known.kind, known.subject) == (change.kind, change.subject) for known in self._open):
            return False
        self._write("change", change)
        self._open.append(change)
        return True

    def settle(self, change: Change) -> None:
        """It was undone, or never took place."""
        found = next((known for known in self._open if (known.kind, known.subject) == (change.kind, change.subject)), None)
        if found is not None:
            self._write("settled", found)
            self._open.remove(found)

    def _write(self, what: str, change: Change) -> None:
        if self._path is None:
            return
        line = json.dumps({what: asdict(change)}, ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise RegistryError(
                f"{self._path}: what the audit changes cannot be written down ({problem.strerror}); free the disk"
            ) from problem


def _read(path: Path) -> Iterator[Change]:
    """What is open in a ledger's file; a last line that was not written to its end was not acted upon."""
    changes: list[Change] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        for what, values in entry.items():
            change = Change(Kind(values["kind"]), str(values["subject"]), values["before"])
            if what == "change":
                changes.append(change)
            elif change in changes:
                changes.remove(change)
    yield from changes
