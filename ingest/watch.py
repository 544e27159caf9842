"""A folder that is watched: what comes into it is read as soon as it is whole.

The folder is looked at every few seconds, which works on every file system, network shares included. A file is whole when it was
moved in under its name, or when it looked the same, in size, time and inode, for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.sources import files_in, look_at
from registry.documents.intake import FileMark
from registry.errors import CannotBegin

POLL_SECONDS = 2.0
SETTLE_SECONDS = 4.0
"""How long a file must look the same; a copy over a network may pause for a second or two."""

UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".filepart")
"""How programs call what they are still writing."""

Wait = Callable[[float], object]
Monotonic = Callable[[], float]


class Watch:
    """Looks at one folder again and again. `monotonic` and `wait` are the clock, in seconds."""

    def __init__(self, folder: Path, *, monotonic: Monotonic = time.monotonic, wait: Wait = time.sleep) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._wait = wait
        self._since: dict[Path, tuple[FileMark, float]] = {}
        self._taken: dict[Path, FileMark] = {}
        self._unfinished: set[tuple[str, int]] = set()

    def run(self, take: Callable[[Sequence[Path]], object]) -> None:
        """Give whole files to `take`, each once for as long as it looks the same, until `wait` raises.

        Raises CannotBegin when the folder is not there, or goes away.
        """
        while True:
            ready = self.look()
            if ready:
                take(ready)
            self._wait(POLL_SECONDS)

    def look(self) -> list[Path]:
        """The files that are whole now and were not taken before as they are."""
        if not self._folder.is_dir():
            raise CannotBegin(f"{self._folder}: no such folder; check the path")
        now = self._monotonic()
        found = {path: mark for path in files_in(self._folder) if (mark := look_at(path)) is not None}
        unfinished = {(mark.inode, mark.size) for path, mark in found.items() if path.suffix.casefold() in UNFINISHED}
        present = {path: mark for path, mark in found.items() if path.suffix.casefold() not in UNFINISHED}
        ready = [path for path, mark in present.items() if self._is_whole(path, mark, now)]
        self._since = {path: since for path, since in self._since.items() if path in present}
        self._taken = {path: mark for path, mark in self._taken.items() if path in present} | {path: present[path] for path in ready}
        self._unfinished = unfinished
        return ready

    def _is_whole(self, path: Path, mark: FileMark, now: float) -> bool:
        taken = self._taken.get(path)
        if taken is not None and taken.looks_like(mark):
            return False
        if path not in self._since and (mark.inode, mark.size) in self._unfinished:
            # The program that wrote it has given it its name, which is how it says that it is done.
            self._since[path] = (mark, now)
            return True
        before = self._since.get(path)
        if before is None or not before[0].looks_like(mark):
            self._since[path] = (mark, now)
            return False
        return now - before[1] >= SETTLE_SECONDS
