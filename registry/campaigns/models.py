"""The tables of campaigns."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Campaign(Base):
    """Many audits with one grant. `window_start` and `window_end` ("22:00") are times of day in `zone`, None for any time; `every` is
    `once` or `month`; a round is one pass over all devices.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'paused', 'ended')", name="state"),
        CheckConstraint("every IN ('once', 'month')", name="every"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str]
    tiers: Mapped[list[str]]
    at_once: Mapped[int]
    per_site: Mapped[int]
    window_start: Mapped[str | None]
    window_end: Mapped[str | None]
    zone: Mapped[str]
    every: Mapped[str]
    created_at: Mapped[datetime]
    round_began_at: Mapped[datetime]
    next_round_at: Mapped[datetime | None]


class CampaignDevice(Base):
    """One device of a campaign: its identity at the gateway, the certificate that it is held against, and where it stands."""

    __tablename__ = "campaign_device"

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    station_id: Mapped[str] = mapped_column(primary_key=True)
    certificate_number: Mapped[str]
    site: Mapped[str]
