"""Builds a snapshot beside its place and moves it in when it is whole: what is offered was finished, whatever stops the building.

One is built at a time, in whichever process. Each bears the next number, also where earlier ones were removed.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from registry.db import Clock, utc_now
from registry.documents.models import Document
from registry.documents.store import page_picture
from registry.errors import CannotBegin
from registry.evidence.bundle import CONTENTS, MANIFEST, SIGNATURE, manifest_text, signature_text
from registry.evidence.signing import Signer
from registry.settings import Settings
from registry.snapshots import content, shelf

KIND = "snapshot"
_MOST_PAGES = 1_000
_EPOCH = (1980, 1, 1, 0, 0, 0)
README = """This archive is the public part of an OCPP registry: everything that anybody can see there of certificates.

certificates.jsonl  what each certificate says, where it was read, what disagrees, and what people corrected; a JSON object a line
company-names.jsonl the other names of companies that people recorded, with their reasons: names that count as one company's
documents.jsonl     the documents by the SHA-256 of the original, with their text; names of people are withheld
documents/          pictures of their pages, names of people covered, as SHA-256.page-N.png
oca-list.jsonl      the rows of the Open Charge Alliance's list that held
events.jsonl        what happened to certificates, documents and the list, the oldest first
requirements/       the requirement sets that held
contents.jsonl      every picture with its SHA-256 and size
manifest.json       every other file with its SHA-256 and size; the number of the snapshot, when it was made and when the next is due
manifest.sig        the Ed25519 signature of exactly the bytes of manifest.json

The original documents are not in it, because they name and show the signatures of people. Whoever has one can tell by its SHA-256 that it
is the one that was read.

To check it, without any network:      ocpp-registry verify FILE
"""


@dataclass(frozen=True)
class Built:
    """A snapshot that was built: its number and its file."""

    serial: int
    path: Path


def build(settings: Settings, sessions: sessionmaker[Session], *, valid: timedelta | None = None, clock: Clock = utc_now) -> Built:
    """Build the next snapshot and put it on the shelf. The one after it is promised for after `valid`: unless given, as the settings say.

    Raises CannotBegin where another is being built, or the disk refuses.
    """
    with _alone(settings) as is_mine:
        if not is_mine:
            raise CannotBegin(f"a snapshot is being built in {shelf.folder(settings)}: wait until it is there")
        return _build(settings, sessions, valid or timedelta(days=settings.snapshot_days or Settings.snapshot_days), clock)


def build_due(settings: Settings, sessions: sessionmaker[Session], *, clock: Clock = utc_now) -> Built | None:
    """Build the next snapshot if it is due, and the first one at once; None where there is nothing to do, or another process does it.

    Raises CannotBegin where the disk refuses.
    """
    if not settings.snapshot_days or not _is_due(settings, clock):
        return None
    with _alone(settings) as is_mine:
        # Whoever was at it until now has built the one that was due.
        if not is_mine or not _is_due(settings, clock):
            return None
        return _build(settings, sessions, timedelta(days=settings.snapshot_days), clock)


def _is_due(settings: Settings, clock: Clock) -> bool:
    due = shelf.next_due(settings)
    return due is None or clock() >= due


def _build(settings: Settings, sessions: sessionmaker[Session], valid: timedelta, clock: Clock) -> Built:
    folder = shelf.folder(settings)
    try:
        for left in folder.glob(".building-*"):
            left.unlink()
        serial = shelf.take_serial(folder)
        handle, name = tempfile.mkstemp(prefix=".building-", dir=folder)
        path = Path(name)
        try:
            with open(handle, "w+b") as file:  # noqa: PTH123 (a descriptor, not a path)
                with sessions() as session:
                    _write(file, settings, session, serial, clock(), valid)
                file.flush()
                os.fsync(file.fileno())
            path.chmod(0o644)
            place = folder / shelf.file_name(serial)
            path.replace(place)
        except BaseException:  # an interruption too: it is raised again once nothing is left open or half
            path.unlink(missing_ok=True)
            raise
        shelf.tidy(folder, settings.snapshots_kept)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return Built(serial, place)


@contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    """Whether nobody else builds one, until the block ends."""
    folder = shelf.folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise _cannot_write(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _cannot_write(folder: Path, error: OSError) -> CannotBegin:
    return CannotBegin(f"{folder} cannot be written ({error.strerror}): make room, or check its permissions")


def _write(file: IO[bytes], settings: Settings, session: Session, serial: int, made: datetime, valid: timedelta) -> None:
    if session.get_bind().dialect.name == "postgresql":
        # One state of the registry, however long the writing takes; SQLite gives that by itself.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        members = _Members(archive)
        members.add("README.txt", [README.encode()])
        counts = {}
        for name, rows in content.TABLES.items():
            counts[name.partition(".")[0]] = members.add(name, (_line(row) for row in rows(session)))
        for identity, words in content.rule_sets(session).items():
            members.add(f"requirements/{identity}.toml", [words.encode()])
        named = dict(members.files)
        members.add(CONTENTS, _pictures(archive, settings, session))
        named[CONTENTS] = members.files[CONTENTS]
        about = {
            "serial": serial,
            "made": made.isoformat(timespec="seconds"),
            "next_update": (made + valid).isoformat(timespec="seconds"),
            "counts": counts,
        }
        signer = Signer(settings.home)
        text = manifest_text(KIND, about, named, made, version("ocpp-registry"))
        for name, told in ((MANIFEST, text), (SIGNATURE, signature_text(text, signer))):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), told, zipfile.ZIP_DEFLATED)


class _Members:
    """Files of the archive, written piece by piece, each with its hash and size."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, Mapping[str, Any]] = {}

    def add(self, name: str, pieces: Any) -> int:
        """Write a file; gives how many pieces it had."""
        digest, size, count = sha256(), 0, 0
        spool = tempfile.TemporaryFile()  # noqa: SIM115 (closed below)
        with spool:
            # The pieces may themselves put files into the archive, which takes one at a time.
            for piece in pieces:
                digest.update(piece)
                size += spool.write(piece)
                count += 1
            spool.seek(0)
            with self._archive.open(_entry(name), "w", force_zip64=size > 1 << 30) as member:
                while chunk := spool.read(1 << 20):
                    member.write(chunk)
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}
        return count


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _pictures(archive: zipfile.ZipFile, settings: Settings, session: Session) -> Iterator[bytes]:
    """Put the pictures of all pages into the archive; gives the line of each."""
    statement = select(Document.sha256, Document.pages).order_by(Document.sha256).execution_options(yield_per=500)
    for document, pages in session.execute(statement):
        for page in range(1, min(pages, _MOST_PAGES) + 1):
            picture = page_picture(settings, document, page)
            if picture is None:
                break
            name = f"documents/{document}.page-{page}.png"
            # A picture is packed already.
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), picture, zipfile.ZIP_STORED)
            yield _line({"file": name, "sha256": sha256(picture).hexdigest(), "size": len(picture)})


def _line(row: Mapping[str, Any]) -> bytes:
    return (json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8", "replace")
