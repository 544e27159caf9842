"""Requirement sets that people made or copied: every version is kept, the newest holds. And what each set last said of each product."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
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


class FollowedRules(Base):
    """A set whose answers are followed: up to the event `event_id`, as it was told by `state`, since `since`."""

    __tablename__ = "requirement_followed"

    identity: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    event_id: Mapped[int]
    since: Mapped[datetime]


class RulesAnswer(Base):
    """What a set last said of the product of a certificate. `company_key` is its entry's: a company's are looked at together."""

    __tablename__ = "requirement_answer"
    __table_args__ = (Index(None, "company_key"), Index(None, "number"))

    identity: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[str] = mapped_column(primary_key=True)
    company_key: Mapped[str]
    answer: Mapped[str]


class RulesEvent(Base):
    """Which set an event is about, so that a set's feed finds its events among all."""

    __tablename__ = "requirement_event"
    __table_args__ = (Index(None, "identity", "event_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    identity: Mapped[str]
