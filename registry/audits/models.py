"""Audits: what was asked for, how far it is, and the report that came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class AuditState(StrEnum):
    """Where an audit is. This is about the run alone; what was found stands in `verdict`."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It could not be carried out: `error` says why in one line."""
    CANCELLED = "cancelled"


ACTIVE = (AuditState.QUEUED, AuditState.RUNNING)
_ACTIVE_SQL = "state IN ('queued', 'running')"


class Audit(Base):
    """One audit of one device against one certificate. The index lets a device have one audit at a time, whoever asks.

    `tiers` are those that the audit may use; `cases` those that it is limited to, empty for all; `wait_seconds` how long it waits
    for the device to connect, `campaign_id` the campaign that asked for it, if one did.

    The device of an audit of a central system is its address. `given` is then what the audit was given (the identity of our station,
    whether somebody there can be asked, what our station shows), `id_tags` the state there of each idTag: these, and what our station
    shows, are kept only until the audit has ended. Both are sealed (`registry.vault`): what lets somebody charge, or in, stands in no
    copy of the database.
    """

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        Index(
            "uq_audit_active_station",
            "station_id",
            unique=True,
            sqlite_where=text(_ACTIVE_SQL),
            postgresql_where=text(_ACTIVE_SQL),
        ),
        Index(None, "certificate_number"),
        Index(None, "requested_at"),
        Index(None, "campaign_id", "requested_at"),
        Index(None, "station_id", "requested_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    station_id: Mapped[str]
    certificate_number: Mapped[str]
    mode: Mapped[str]
    tiers: Mapped[list[str]]
    cases: Mapped[list[str]]
    wait_seconds: Mapped[float]
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    verdict: Mapped[str | None]
    report: Mapped[dict[str, Any] | None]
    transcript_sha256: Mapped[str | None]
    error: Mapped[str | None]
    campaign_id: Mapped[str | None]
    given: Mapped[dict[str, Any] | None]
    id_tags: Mapped[dict[str, Any] | None]


class AuditProgress(Base):
    """One line of an audit's progress: `done` of `total` cases, and what is being done."""

    __tablename__ = "audit_progress"

    audit_id: Mapped[str] = mapped_column(ForeignKey("audit.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    done: Mapped[int]
    total: Mapped[int]
    text: Mapped[str]


class AuditPrompt(Base):
    """Something that an audit asked of a person at the device. `answer` is `done`, `cannot do` or `over` (seen on the wire, or too late);
    None while it waits.
    """

    __tablename__ = "audit_prompt"

    audit_id: Mapped[str] = mapped_column(ForeignKey("audit.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    text: Mapped[str]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
