"""A document: bytes that somebody received, known by their SHA-256 and never altered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Document(Base):
    """What is known of one original; its bytes lie in a file named by `sha256` (`registry.documents.store`).

    `name` is the file name under which it came, for display only. `public_text` is the only form of its text that may be shown.
    `size` counts bytes. `page_sizes` are the width and height of each page in PDF points; None for what has no pages to picture.
    """

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int | None]
    pages: Mapped[int]
    text_source: Mapped[str]
    public_text: Mapped[str]
    received_at: Mapped[datetime]
    page_sizes: Mapped[list[list[float]] | None] = mapped_column(JSON(none_as_null=True))


class ReadingOutcome(Base):
    """What became of the bytes `sha256` when they were last read: one row, renewed, so that nothing is read twice in vain.

    `status` is `stored`, `refused` (nothing was kept unless an earlier reading succeeded) or `waiting` (kept, to be read when what it
    waits for is there). `message` says why in one line. `unread` are field paths, `findings` what the document itself disagrees in.
    """

    __tablename__ = "reading_outcome"
    __table_args__ = (Index(None, "status"),)

    sha256: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    status: Mapped[str]
    message: Mapped[str | None]
    parser_version: Mapped[str]
    number: Mapped[str | None]
    revision: Mapped[str | None]
    unread: Mapped[list[str]]
    findings: Mapped[list[dict[str, Any]]]
    at: Mapped[datetime]


class SeenFile(Base):
    """A file as it was when its bytes were last read: while it is the same in size, time and inode, it is not opened again.

    `inode` is text because file systems have numbers beyond what a database's integers hold. `members` is None but for an archive:
    what it held, each with its name and either its hash or the line that says why it was refused.
    """

    __tablename__ = "seen_file"

    path: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    inode: Mapped[str]
    sha256: Mapped[str]
    members: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)


class FetchedAddress(Base):
    """What an address last gave, with what its server needs to say "not modified". `members` are as in `SeenFile`."""

    __tablename__ = "fetched_address"

    url: Mapped[str] = mapped_column(primary_key=True)
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    sha256: Mapped[str]
    members: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    fetched_at: Mapped[datetime]
