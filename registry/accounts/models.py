"""Accounts, and what lets somebody in as one: sessions, one-time links, tokens. Of every secret only its SHA-256 is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class StoredAccount(Base):
    """One account. `name_key` is its name for comparing. Without `password_hash` nobody has used the link that sets the password yet."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("name_key"),
        CheckConstraint("role IN ('reader', 'auditor', 'reviewer', 'admin')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StoredSession(Base):
    """Somebody signed in: `secret_sha256` is of what their browser holds. Ends at `ends_at`, or when the row goes."""

    __tablename__ = "account_session"
    __table_args__ = (Index(None, "account_id"),)

    secret_sha256: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class StoredLink(Base):
    """A link by which a password is set once, for an invitation or for one that was lost; the row goes when the link was used."""

    __tablename__ = "account_link"
    __table_args__ = (Index(None, "account_id"),)

    secret_sha256: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class StoredToken(Base):
    """What a program shows in place of a password. `scopes` bound what it may do, `label` is its owner's name for it."""

    __tablename__ = "account_token"
    __table_args__ = (UniqueConstraint("secret_sha256"), Index(None, "account_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    label: Mapped[str]
    secret_sha256: Mapped[str]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class StoredAttempt(Base):
    """A sign-in that failed, to count them: in the database, because several processes answer one address."""

    __tablename__ = "account_attempt"
    __table_args__ = (Index(None, "name_sha256", "at"), Index(None, "address", "at"), Index(None, "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    name_sha256: Mapped[str]
    address: Mapped[str]
