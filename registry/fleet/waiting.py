"""Files that somebody sent and has not yet said what to do with: kept aside, by their hash, for a day at most."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from registry.errors import CannotBegin

KEPT_SECONDS = 24 * 3600.0
MOST_FILES = 50
DEVICES, OFFERS = "imports", "offers"
"""What the files are of, each in a folder of its own: what anybody may send keeps none from waiting that an auditor sent."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def put(home: Path, data: bytes, among: str = DEVICES) -> str:
    """Keep a file; gives its SHA-256. Those `among` it that wait too long are removed, and the oldest where there are too many."""
    folder, sha256 = home / among, hashlib.sha256(data).hexdigest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(folder / sha256)
        _sweep(folder, sha256)
    except OSError as error:
        raise CannotBegin(f"{folder} cannot be written ({error.strerror}): check its permissions, and the room on its disk") from error
    return sha256


def get(home: Path, sha256: str, among: str = DEVICES) -> bytes | None:
    """The file; None when there is none of that hash, or no more."""
    if not _SHA256.fullmatch(sha256):
        return None
    path = home / among / sha256
    try:
        return path.read_bytes() if _is_young(path) else None
    except OSError:
        return None


def drop(home: Path, sha256: str) -> None:
    """Remove a file that was stored."""
    if _SHA256.fullmatch(sha256):
        (home / DEVICES / sha256).unlink(missing_ok=True)


def sweep(home: Path) -> int:
    """Remove all that waited too long; gives how many files that were."""
    gone = 0
    for path in (path for among in (DEVICES, OFFERS) for path in (home / among).glob("*")):
        with suppress(FileNotFoundError):  # somebody stored it just now
            if not _is_young(path):
                path.unlink()
                gone += 1
    return gone


def _is_young(path: Path) -> bool:
    return time.time() - path.stat().st_mtime <= KEPT_SECONDS


def _sweep(folder: Path, newest: str) -> None:
    files = sorted(((path.stat().st_mtime, path) for path in folder.iterdir() if path.name != newest), reverse=True)
    for place, (written, path) in enumerate(files, start=1):
        if place >= MOST_FILES or time.time() - written > KEPT_SECONDS:
            with suppress(FileNotFoundError):
                path.unlink()
