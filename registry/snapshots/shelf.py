"""The snapshots that are there to be taken: whole files, each under its number, the newest kept."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from registry.evidence.bundle import LARGEST_MANIFEST, MANIFEST
from registry.settings import Settings

_NAME = re.compile(r"snapshot-(\d{6})\.zip")
_SERIAL = "serial"


@dataclass(frozen=True)
class Snapshot:
    """One snapshot as its manifest tells of it. `size` counts bytes, `counts` the rows of each table."""

    serial: int
    path: Path
    size: int
    made: datetime
    next_update: datetime
    counts: dict[str, int]

    def is_stale(self, now: datetime) -> bool:
        """Whether the next one was due."""
        return now > self.next_update


def folder(settings: Settings) -> Path:
    """Where the snapshots of this installation lie."""
    return settings.home / "snapshots"


def file_name(serial: int) -> str:
    """The name of the snapshot with that number."""
    return f"snapshot-{serial:06}.zip"


def next_due(settings: Settings) -> datetime | None:
    """When the next one was promised; None where there is none yet."""
    newest = snapshots(settings)[:1]
    return newest[0].next_update if newest else None


def snapshots(settings: Settings) -> tuple[Snapshot, ...]:
    """Those that are there, the newest first."""
    found = []
    for path in _files(folder(settings)):
        state = path.stat()
        found.append(_read(path, state.st_mtime_ns, state.st_size))
    return tuple(found)


def snapshot(settings: Settings, serial: int) -> Snapshot | None:
    """The one with that number; None when it is not there, or no more."""
    return next((one for one in snapshots(settings) if one.serial == serial), None)


def take_serial(place: Path) -> int:
    """The next number, which is never given again. The caller sees to it that nobody else takes one meanwhile."""
    noted = place / _SERIAL
    last = int(noted.read_text()) if noted.exists() else 0
    serial = max([last, *(_serial(path) for path in _files(place))]) + 1
    made = noted.with_suffix(".part")
    made.write_text(f"{serial}\n")
    made.replace(noted)
    return serial


def tidy(place: Path, kept: int) -> None:
    """Remove the oldest beyond those that are kept."""
    for path in _files(place)[kept:]:
        path.unlink(missing_ok=True)


def _files(place: Path) -> list[Path]:
    found = [path for path in place.glob("snapshot-*.zip") if _NAME.fullmatch(path.name)] if place.is_dir() else []
    return sorted(found, key=_serial, reverse=True)


def _serial(path: Path) -> int:
    found = _NAME.fullmatch(path.name)
    return int(found[1]) if found else 0


@lru_cache(maxsize=16)
def _read(path: Path, _modified: int, size: int) -> Snapshot:
    with zipfile.ZipFile(path) as archive, archive.open(MANIFEST) as file:
        about: dict[str, Any] = json.loads(file.read(LARGEST_MANIFEST))["about"]
    made, due = (datetime.fromisoformat(about[name]) for name in ("made", "next_update"))
    return Snapshot(int(about["serial"]), path, size, made, due, dict(about["counts"]))
