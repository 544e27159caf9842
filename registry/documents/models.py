"""A document: bytes that somebody received, known by their SHA-256 and never altered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Document(Base):
    """What is known of one original; its bytes lie in a file named by `sha256` (`registry.documents.store`).

    `name` is the file name under which it came, for display only. `public_text` is the only form of its text that may be shown.
    `size` counts bytes.
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
