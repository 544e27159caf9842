"""The names that people recorded as another company name's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class CompanyAlias(Base):
    """`name` is recorded as another name of `holder` (see `registry.matching.aliases`); by whom, is in the event log.

    The keys are those by which the catalogue finds companies (`registry.certificates.words.company_key`). What was withdrawn stays here,
    with the time and the reason, and counts for nothing.
    """

    __tablename__ = "company_alias"
    __table_args__ = (Index(None, "holder_key"), Index(None, "name_key"))

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str]
    holder_key: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawal: Mapped[str | None]
