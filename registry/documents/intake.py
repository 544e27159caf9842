"""What ingest remembers of documents, files and addresses, so that it never reads anything twice in vain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from registry.among import among
from registry.bulk import batches, insert_rows
from registry.db import Clock, lock_for_writing, utc_now
from registry.documents.models import Document, FetchedAddress, ReadingOutcome, SeenFile
from registry.events import EventKind, Happening, record


class ReadingStatus(StrEnum):
    """What became of a document's bytes when they were last read."""

    STORED = "stored"
    REFUSED = "refused"
    WAITING = "waiting"


@dataclass(frozen=True)
class Remembered:
    """What became of the bytes `sha256`; the fields are those of `registry.documents.models.ReadingOutcome`."""

    sha256: str
    name: str
    status: ReadingStatus
    parser_version: str
    message: str | None = None
    number: str | None = None
    revision: str | None = None
    unread: tuple[str, ...] = ()
    findings: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class FileMark:
    """How a file looked when its bytes were last read; see `registry.documents.models.SeenFile`."""

    path: str
    size: int
    modified_ns: int
    inode: str
    sha256: str = ""
    members: tuple[dict[str, Any], ...] | None = None

    def looks_like(self, other: FileMark) -> bool:
        """Whether nobody touched the file between the two looks."""
        return (self.size, self.modified_ns, self.inode) == (other.size, other.modified_ns, other.inode)


@dataclass(frozen=True)
class AddressMark:
    """What an address last gave; see `registry.documents.models.FetchedAddress`."""

    url: str
    sha256: str
    etag: str | None = None
    last_modified: str | None = None
    members: tuple[dict[str, Any], ...] | None = None


def remembered(session: Session, hashes: Collection[str]) -> dict[str, Remembered]:
    """What became of each of the documents, by hash; those never read are left out."""
    return {row.sha256: _remembered(row) for row in _by(session, ReadingOutcome, ReadingOutcome.sha256, hashes)}


def waiting(session: Session) -> tuple[Remembered, ...]:
    """The documents that are kept and wait to be read, in the order in which they came."""
    statement = select(ReadingOutcome).where(ReadingOutcome.status == str(ReadingStatus.WAITING))
    return tuple(_remembered(row) for row in session.scalars(statement.order_by(ReadingOutcome.at, ReadingOutcome.sha256)))


def stored_documents(session: Session) -> tuple[tuple[str, str], ...]:
    """Hash and name of every document that the registry has, in the order in which they came."""
    return tuple((sha256, name) for sha256, name in session.execute(select(Document.sha256, Document.name).order_by(Document.id)))


def remember(session: Session, outcome: Remembered, *, clock: Clock = utc_now) -> None:
    """Note what became of a document. A document that was read before and no longer is becomes an event; what it said stays."""
    lock_for_writing(session)
    now = clock()
    if outcome.status is not ReadingStatus.STORED and _was_read(session, outcome.sha256):
        payload = {"document": outcome.sha256, "name": outcome.name, str(outcome.status): outcome.message}
        before = remembered(session, [outcome.sha256]).get(outcome.sha256)
        number, revision = (before.number, before.revision) if before else (None, None)
        record(session, now, [Happening(EventKind.REREAD, "document", number, revision, payload)])
    session.execute(delete(ReadingOutcome).where(ReadingOutcome.sha256 == outcome.sha256))
    values = asdict(outcome) | {"status": str(outcome.status), "unread": list(outcome.unread), "findings": list(outcome.findings)}
    session.execute(insert(ReadingOutcome), [values | {"at": now}])


def remember_stored(session: Session, outcomes: Collection[Remembered], *, clock: Clock = utc_now) -> None:
    """As `remember`, for documents that were all stored."""
    lock_for_writing(session)
    _delete(session, ReadingOutcome, ReadingOutcome.sha256, [one.sha256 for one in outcomes])
    now = clock()
    columns = ("sha256", "name", "status", "message", "parser_version", "number", "revision", "unread", "findings", "at")
    rows = [
        (
            *(one.sha256, one.name, str(ReadingStatus.STORED), one.message, one.parser_version, one.number, one.revision),
            *(list(one.unread), list(one.findings), now),
        )
        for one in outcomes
    ]
    insert_rows(session, ReadingOutcome, columns, rows)


def set_page_sizes(session: Session, page_sizes: Mapping[str, list[list[float]] | None]) -> None:
    """Note the width and height of each page of stored documents, given by hash, in PDF points."""
    session.flush()
    table: Any = Document.__table__
    kind = table.c.page_sizes.type
    statement = update(table).where(table.c.sha256 == bindparam("of")).values(page_sizes=bindparam("sizes", type_=kind))
    values = [{"of": sha256, "sizes": sizes} for sha256, sizes in page_sizes.items()]
    if values:
        session.connection().execute(statement, values)


def seen_files(session: Session, paths: Collection[str]) -> dict[str, FileMark]:
    """How each of the files looked when its bytes were last read; those never read are left out."""
    return {row.path: _file_mark(row) for row in _by(session, SeenFile, SeenFile.path, paths)}


def mark_files(session: Session, marks: Sequence[FileMark]) -> None:
    """Note how the files look whose bytes are known now."""
    lock_for_writing(session)
    newest = {mark.path: mark for mark in marks}
    _delete(session, SeenFile, SeenFile.path, newest)
    rows = [_row_of(mark) for mark in newest.values()]
    if rows:
        session.execute(insert(SeenFile), rows)


def fetched_address(session: Session, url: str) -> AddressMark | None:
    """What the address last gave."""
    row = session.get(FetchedAddress, url)
    if row is None:
        return None
    return AddressMark(row.url, row.sha256, row.etag, row.last_modified, tuple(row.members) if row.members is not None else None)


def mark_addresses(session: Session, marks: Sequence[AddressMark], *, clock: Clock = utc_now) -> None:
    """Note what the addresses gave."""
    lock_for_writing(session)
    newest = {mark.url: mark for mark in marks}
    _delete(session, FetchedAddress, FetchedAddress.url, newest)
    rows = [_row_of(mark) | {"fetched_at": clock()} for mark in newest.values()]
    if rows:
        session.execute(insert(FetchedAddress), rows)


def _row_of(mark: FileMark | AddressMark) -> dict[str, Any]:
    return asdict(mark) | {"members": list(mark.members) if mark.members is not None else None}


def _remembered(row: ReadingOutcome) -> Remembered:
    return Remembered(
        row.sha256,
        row.name,
        ReadingStatus(row.status),
        row.parser_version,
        row.message,
        row.number,
        row.revision,
        tuple(row.unread),
        tuple(row.findings),
    )


def _file_mark(row: SeenFile) -> FileMark:
    members = tuple(row.members) if row.members is not None else None
    return FileMark(row.path, row.size, row.modified_ns, row.inode, row.sha256, members)


def _was_read(session: Session, sha256: str) -> bool:
    return bool(session.scalar(select(func.count()).select_from(Document).where(Document.sha256 == sha256)))


def _by(session: Session, model: Any, column: Any, values: Iterable[str]) -> Iterable[Any]:
    for batch in batches(values):
        yield from session.scalars(select(model).where(among(session, column, batch)))


def _delete(session: Session, model: Any, column: Any, values: Iterable[str]) -> None:
    for batch in batches(values):
        session.execute(delete(model).where(among(session, column, batch)))
