"""The originals: bytes in files that are named by their SHA-256, written once and checked whenever they are read."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from registry.errors import RegistryError
from registry.sentences import Sentence
from registry.settings import Settings

_SHA256 = re.compile(r"[0-9a-f]{64}")


def keep(settings: Settings, data: bytes) -> str:
    """Keep `data` and return its SHA-256. What is kept already stays as it is; a crash leaves the whole file or none.

    Raises RegistryError when the folder cannot be written.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    path = _path(settings, sha256)
    try:
        if not _holds(path, data):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
    except OSError as error:
        raise RegistryError(
            Sentence(
                "the document cannot be kept in %(folder)s (%(reason)s): make room, or check permissions",
                folder=path.parent,
                reason=error.strerror,
            )
        ) from error
    return sha256


def has_original(settings: Settings, sha256: str) -> bool:
    """Whether a plain file lies where the bytes with this hash are kept. Its content is checked when it is read."""
    path = _path(settings, sha256)
    return path.is_file() and not path.is_symlink()


def open_original(settings: Settings, sha256: str) -> bytes:
    """The bytes that were kept under `sha256`.

    Raises RegistryError when there are none, when a link lies in their place, or when they are no longer what was kept.
    """
    if not _SHA256.fullmatch(sha256):
        raise RegistryError(Sentence("a document is asked for by its SHA-256: 64 hexadecimal digits, in lower case"))
    path = _path(settings, sha256)
    try:
        data = _read(path)
    except FileNotFoundError as error:
        raise RegistryError(
            Sentence("there is no document %(sha256)s in %(folder)s: ingest it again", sha256=sha256, folder=path.parent)
        ) from error
    except OSError as error:
        raise RegistryError(
            Sentence("the document %(path)s cannot be read (%(reason)s): check that it is a plain file", path=path, reason=error.strerror)
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise RegistryError(
            Sentence("the document %(path)s was altered since it was kept: restore it from a backup, or ingest it again", path=path)
        )
    return data


def keep_page_pictures(settings: Settings, sha256: str, pictures: Sequence[bytes]) -> None:
    """Keep the pictures of a document's pages, names already covered; those of an earlier reading are replaced one by one.

    Raises RegistryError when the folder cannot be written.
    """
    try:
        for number, picture in enumerate(pictures, start=1):
            path = _picture_path(settings, sha256, number)
            if not _holds(path, picture):
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, picture)
    except OSError as error:
        folder = settings.documents
        raise RegistryError(
            Sentence(
                "the page pictures cannot be kept in %(folder)s (%(reason)s): make room, or check permissions",
                folder=folder,
                reason=error.strerror,
            )
        ) from error


def page_picture(settings: Settings, sha256: str, page: int) -> bytes | None:
    """The picture (PNG) of one page, counted from 1, personal names covered; None when there is none."""
    if not _SHA256.fullmatch(sha256) or page < 1:
        return None
    try:
        return _read(_picture_path(settings, sha256, page))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RegistryError(
            Sentence(
                "page %(page)s of the document %(sha256)s cannot be shown (%(reason)s): ingest the document again",
                page=page,
                sha256=sha256,
                reason=error.strerror,
            )
        ) from error


def _picture_path(settings: Settings, sha256: str, page: int) -> Path:
    return settings.documents / f"{sha256}.page-{page}.png"


def _path(settings: Settings, sha256: str) -> Path:
    return settings.documents / sha256


def _holds(path: Path, data: bytes) -> bool:
    """Whether exactly `data` lies at `path`, in a plain file; a link or a damaged file is replaced."""
    try:
        return not path.is_symlink() and _read(path) == data
    except FileNotFoundError:
        return False


def _read(path: Path) -> bytes:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123 (a descriptor, not a path)
        return file.read()


def _write(path: Path, data: bytes) -> None:
    """Write beside the place and move in: neither a reader nor a power cut ever sees a part. A link at `path` is replaced, not followed."""
    descriptor, name = tempfile.mkstemp(prefix=".incoming-", dir=path.parent)
    incoming = Path(name)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 (a descriptor, not a path)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        incoming.replace(path)
    except BaseException:  # an interruption too: it is raised again once nothing is left open or half
        incoming.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
