"""What people decided in review. Rows are added, never changed and never removed: the database itself refuses both (migration 0003)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class CorrectionRecord(Base):
    """One decision about a document; see `registry.review.corrections.Correction`.

    It belongs to the document and not to a certificate, because the number itself may be what was misread. `extraction_id` is the
    reading that was looked at. `who` are initials or a role, and shown to nobody but reviewers.
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
