"""Who may fetch or put which file: one grant a transfer, with credentials of its own that end with it. No sockets; the disk is a folder."""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes that one transfer may bring."""

FILES_PER_GRANT = 8
"""How many files may be put under one grant: retries may name theirs anew."""

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\Z")


def incomplete_mark(path: Path) -> Path:
    """The file that stands beside another one for as long as that is not complete."""
    return path.with_name(f".{path.name}.incomplete")


@dataclass(frozen=True)
class Grant:
    """The right to one transfer. `folder` is all that it opens: to read the one file in it, or to put files there (`writes`)."""

    user: str
    password: str = field(repr=False)
    folder: Path
    writes: bool

    def path(self, name: str) -> Path | None:
        """The file of this name; None where the name may not be: it has letters, digits, `._-`, and no leading dot."""
        return self.folder / name if _NAME.match(name) else None

    def has_room(self, path: Path) -> bool:
        """Whether another file may be put."""
        return path.exists() or sum(1 for each in self.folder.iterdir() if not each.name.startswith(".")) < FILES_PER_GRANT


class Grants:
    """The grants of one CSMS below `folder`: `firmware/` is fetched from, `uploads/STATION/TRANSFER/` is put to.

    Used from the threads of the servers, therefore locked.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._grants: dict[str, Grant] = {}
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Path], None]] = []
        for part in ("firmware", "uploads"):
            (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)

    def to_read(self, name: str, content: bytes) -> Grant:
        """Someone may fetch this content under this name. Raises `ValueError` for a name that is none."""
        if not _NAME.match(name):
            raise ValueError("a file's name has letters, digits, dots, hyphens and underscores")
        folder = self._folder / "firmware" / sha256(content).hexdigest()
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / name).write_bytes(content)
        return self._add(folder, writes=False)

    def to_write(self, identity: str) -> Grant:
        """The station `identity` may put files, into a folder of this transfer's own: nothing that came earlier can be overwritten."""
        folder = self.uploads_of(identity) / secrets.token_hex(8)
        folder.mkdir(mode=0o700, parents=True)
        return self._add(folder, writes=True)

    def uploads_of(self, identity: str) -> Path:
        """The folder of one station's uploads: its identity as far as it can be a name, and a hash that keeps two of them apart."""
        shown = re.sub(r"[^A-Za-z0-9_-]", "_", identity)[:60]
        return self._folder / "uploads" / f"{shown}-{sha256(identity.encode()).hexdigest()[:8]}"

    def received(self, identity: str) -> list[Path]:
        """The files that a station has put, complete ones only, oldest first."""
        return _complete(self.uploads_of(identity), "*/[!.]*")

    def complete(self, grant: Grant) -> list[Path]:
        """The same of one transfer."""
        return _complete(grant.folder, "[!.]*")

    def end(self, grant: Grant) -> None:
        """The transfer is over: its credentials are worth nothing any more."""
        with self._lock:
            self._grants.pop(grant.user, None)

    def find(self, user: str, password: str) -> Grant | None:
        """The grant with these credentials."""
        with self._lock:
            grant = self._grants.get(user)
        right = hmac.compare_digest((grant.password if grant else "").encode(), password.encode("utf-8", "surrogatepass"))
        return grant if grant is not None and right else None

    def listen(self, listener: Callable[[Path], None]) -> None:
        """Be told of every file that has come completely; called from a server's thread."""
        self._listeners.append(listener)

    def completed(self, path: Path) -> None:
        """A file has come completely."""
        for listener in self._listeners:
            listener(path)

    def __iter__(self) -> Iterator[Grant]:
        with self._lock:
            return iter(tuple(self._grants.values()))

    def _add(self, folder: Path, writes: bool) -> Grant:
        grant = Grant(secrets.token_hex(8), secrets.token_urlsafe(24), folder, writes)
        with self._lock:
            self._grants[grant.user] = grant
        return grant


def _complete(folder: Path, pattern: str) -> list[Path]:
    found = [path for path in folder.glob(pattern) if not incomplete_mark(path).exists()]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)
