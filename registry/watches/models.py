"""The tables of keeping watch."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Installation(Base):
    """One row: `name` is a random UUID, from which the lasting ids of this installation's feeds and of their entries are made.

    It is no host name, so that the ids stay what they are when the catalogue moves.
    """

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    made_at: Mapped[datetime]


class WatchAddress(Base):
    """An e-mail address of an account. Nothing but a link is sent there until `confirmed_at`; `secret_sha256` is of what the link holds."""

    __tablename__ = "watch_address"
    __table_args__ = (UniqueConstraint("account_id", "address"), UniqueConstraint("secret_sha256"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    address: Mapped[str]
    secret_sha256: Mapped[str | None]
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class Watch(Base):
    """What an account keeps watch over, and where word of it goes.

    `topic` and `key` are those of `registry.watches.topics`, `label` names it for people. `event_id` is the last event that was looked
    at. `every_minutes` bounds how often word goes out (0: at once). `secret` is the webhook's, sealed. `token` is what the link to end it
    holds, which stands in every mail. `why` says for people why it was stopped.
    """

    __tablename__ = "watch"
    __table_args__ = (
        CheckConstraint("channel IN ('mail', 'webhook')", name="channel"),
        CheckConstraint("state IN ('active', 'paused', 'stopped')", name="state"),
        UniqueConstraint("token"),
        Index(None, "account_id"),
        Index(None, "address_id"),
        Index(None, "state", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    topic: Mapped[str]
    key: Mapped[str]
    label: Mapped[str]
    channel: Mapped[str]
    address_id: Mapped[int | None] = mapped_column(ForeignKey("watch_address.id", ondelete="CASCADE"))
    url: Mapped[str | None]
    secret: Mapped[str | None]
    every_minutes: Mapped[int]
    state: Mapped[str]
    why: Mapped[str | None]
    token: Mapped[str]
    event_id: Mapped[int]
    made_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class WatchDelivery(Base):
    """One message on its way, or that has arrived: the outbox.

    `message` is its id for the receiver, the same at every attempt. `body` is what is said, as it was when the events were seen. Who
    sends it holds it until `held_until`, so that another takes over from one that was killed. `answer` is what the other side last
    said. The message that confirms an address has no watch.
    """

    __tablename__ = "watch_delivery"
    __table_args__ = (
        CheckConstraint("kind IN ('events', 'test', 'confirmation')", name="kind"),
        CheckConstraint("state IN ('waiting', 'delivered', 'given up')", name="state"),
        UniqueConstraint("message"),
        Index(None, "state", "due_at"),
        Index(None, "watch_id"),
        Index(None, "address_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]
    watch_id: Mapped[int | None] = mapped_column(ForeignKey("watch.id", ondelete="CASCADE"))
    address_id: Mapped[int | None] = mapped_column(ForeignKey("watch_address.id", ondelete="CASCADE"))
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    state: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    answer: Mapped[str | None]
    ended_at: Mapped[datetime | None]
