"""The tables of the fleet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class FleetImport(Base):
    """One file of devices that was taken. `rows` are its devices; `sha256` is the file's, which is not kept."""

    __tablename__ = "fleet_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[int]
    added: Mapped[int]
    changed: Mapped[int]
    imported_at: Mapped[datetime]


class FleetDevice(Base):
    """One deployed device, as the last file that had it says, and of what that had no column for those before. `latitude` and `longitude`
    are degrees (WGS 84); at `firmware_at` the file came that told of the firmware, None where that is the last one.

    What follows `hardware` is what matching made of it: `answer` is None until then. `seen_firmware` is what the device last said in an
    audit, at `seen_at`; `firmware_used` the one of the two that is newer, by which it was matched; `is_drifted` whether they are certainly
    two versions.
    """

    __tablename__ = "fleet_device"
    __table_args__ = (
        CheckConstraint("role IN ('CS', 'CSMS')", name="role"),
        Index(None, "site"),
        Index(None, "answer"),
        Index(None, "vendor"),
    )

    identity: Mapped[str] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("fleet_import.id"))
    imported_at: Mapped[datetime]
    vendor: Mapped[str | None]
    model: Mapped[str | None]
    firmware: Mapped[str | None]
    serial: Mapped[str | None]
    site: Mapped[str]
    endpoint: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    installed: Mapped[date | None]
    role: Mapped[str]
    protocol: Mapped[str | None]
    hardware: Mapped[dict[str, Any]]
    firmware_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    rule: Mapped[str | None]
    sentence: Mapped[str | None]
    found: Mapped[dict[str, Any] | None]
    firmware_used: Mapped[str | None]
    seen_firmware: Mapped[str | None]
    seen_at: Mapped[datetime | None]
    is_drifted: Mapped[bool]


class FleetMapping(Base):
    """Which heading holds which field, for files with these headings: what a person chose, remembered."""

    __tablename__ = "fleet_mapping"

    headings_sha256: Mapped[str] = mapped_column(primary_key=True)
    chosen: Mapped[dict[str, Any]]
    chosen_at: Mapped[datetime]


class FleetMatch(Base):
    """One matching of the whole fleet: how many devices were covered, were not, and of how many it could not be told."""

    __tablename__ = "fleet_match"
    __table_args__ = (Index(None, "matched_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    matched_at: Mapped[datetime]
    covered: Mapped[int]
    not_covered: Mapped[int]
    cannot_tell: Mapped[int]
    drifted: Mapped[int]
