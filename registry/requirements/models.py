"""Requirement sets that people made or copied: every version is kept, the newest holds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class StoredRules(Base):
    """One version of a set. `identity` is the set's own, which no set that ships has; `words` its TOML. `reason` is why it was changed.

    `is_removed` marks the version by which somebody took the set away: its past stays.
    """

    __tablename__ = "requirement_set"
    __table_args__ = (UniqueConstraint("identity", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    identity: Mapped[str]
    version: Mapped[int]
    words: Mapped[str]
    reason: Mapped[str]
    is_removed: Mapped[bool]
    at: Mapped[datetime]
