"""Where documents come from: files, what folders hold, and addresses; how a file looks, and its bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from registry.documents.intake import FileMark
from registry.errors import CannotBegin, UnreadableDocument

UNSETTLED_NS = 50_000_000
"""A file changed this shortly before it was read may change again and look the same: file systems count time in steps."""


def is_address(text: str) -> bool:
    """Whether a source is an address rather than a path."""
    return "://" in text and bool(urlsplit(text).scheme)


def find_documents(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, and those in the folders that are named, in order and each once; hidden ones are left out.

    Raises CannotBegin when a path is not there, or when there is nothing to read at all.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(files_in(path))
        elif path.is_file():
            found[path] = None
        else:
            raise CannotBegin(f"{path}: no such file or folder; check the path")
    if paths and not found:
        raise CannotBegin(f"{', '.join(map(str, paths))}: holds no file; name a document or a folder with documents")
    return list(found)


def files_in(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, in order; hidden ones are left out."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [path for name in names if not name.startswith(".") and (path := Path(place, name)).is_file()]
    return sorted(found)


def look_at(path: Path) -> FileMark | None:
    """How the file looks; None when it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _mark(path, found)


def read_bytes(path: Path, largest: int) -> bytes:
    """The bytes of the file, one more than `largest` at the most. Raises UnreadableDocument with one line."""
    try:
        # Without waiting: opening a pipe that nobody writes to would never end.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123 (a descriptor, not a path)
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableDocument(f"{path}: is no plain file; save the document and name that")
            return file.read(largest + 1)
    except OSError as error:
        raise UnreadableDocument(f"{path}: cannot be opened ({error.strerror}); check the path and its permissions") from error


def settled(path: Path, before: FileMark | None, now_ns: int) -> FileMark | None:
    """How the file looked while it was read, if nobody touched it meanwhile or just before; else None."""
    after = look_at(path)
    if before is None or after is None or not before.looks_like(after) or now_ns - before.modified_ns < UNSETTLED_NS:
        return None
    return before


def _mark(path: Path, found: os.stat_result) -> FileMark:
    return FileMark(str(path.absolute()), found.st_size, found.st_mtime_ns, str(found.st_ino))
