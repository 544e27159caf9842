"""What people decided in review. Rows are added, never changed and never removed: the database itself refuses both (migration 0003)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class CorrectionRecord(Base):
    """One decision about a document; see `registry.review.corrections.Correction`.

    It belongs to the document and not to a certificate, because the number itself may be what was misread. `extraction_id` is the
    reading that was looked at. `who` is the name of an account, and shown to nobody but reviewers.
    """

    __tablename__ = "correction"
    __table_args__ = (Index(None, "document_id"), UniqueConstraint("undoes"))

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    extraction_id: Mapped[int] = mapped_column(ForeignKey("extraction.id"))
    action: Mapped[str]
    field: Mapped[str | None]
    read_value: Mapped[str | None]
    read_state: Mapped[str | None]
    value: Mapped[str | None]
    state: Mapped[str | None]
    reason: Mapped[str]
    who: Mapped[str]
    at: Mapped[datetime]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("correction.id"))


class DocumentStanding(Base):
    """What one document is held to say now, and how much of it is to be looked at: a projection, rebuilt whenever either changes.

    `number` and `revision` are those it is held under, the values beside them as people's decisions leave them. `product_key` is alike
    for documents that may be of one product. `findings` are the document's own disagreements by the values that hold. `state` is as in
    `registry.review.queue.QueueEntry`; `severity` the rank of the worst open point, `len(Severity)` where there is none. The counts
    are of open points, `settled` of those that were decided. `said` is what the search of the queue looks in.
    """

    __tablename__ = "document_standing"
    __table_args__ = (Index(None, "number", "revision"), Index(None, "product_key"), Index(None, "state", "severity"))

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    received_at: Mapped[datetime]
    number: Mapped[str | None]
    revision: Mapped[str]
    kind: Mapped[str | None]
    protocol: Mapped[str | None]
    role: Mapped[str | None]
    holder: Mapped[str | None]
    designation: Mapped[str | None]
    software_version: Mapped[str | None]
    product_key: Mapped[str | None]
    findings: Mapped[list[dict[str, Any]]]
    state: Mapped[str]
    severity: Mapped[int]
    unnumbered: Mapped[int]
    differing: Mapped[int]
    unread: Mapped[int]
    errors: Mapped[int]
    warnings: Mapped[int]
    notes: Mapped[int]
    open_points: Mapped[int]
    settled: Mapped[int]
    said: Mapped[str]
