"""The OCA's list of certified products, as it was seen each time that it was imported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class ListingSnapshot(Base):
    """One import of the list. The newest is the current list; older ones are kept as evidence of what it said."""

    __tablename__ = "listing_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    sha256: Mapped[str]
    row_count: Mapped[int]
    imported_at: Mapped[datetime]


class ListingRowRecord(Base):
    """One row of a snapshot; the fields are those of `registry.listing.rows.ListingRow`."""

    __tablename__ = "listing_row"
    __table_args__ = (UniqueConstraint("snapshot_id", "row"), Index(None, "number", "revision"))

    id: Mapped[int] = mapped_column(primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("listing_snapshot.id"))
    row: Mapped[int]
    certificate_no: Mapped[str]
    number: Mapped[str | None]
    revision: Mapped[str]
    company: Mapped[str | None]
    country: Mapped[str | None]
    designation: Mapped[str | None]
    certificate_type: Mapped[str | None]
    software_version: Mapped[str | None]
    protocol: Mapped[str | None]
    date: Mapped[str | None]
    url: Mapped[str | None]
    product_type: Mapped[str | None]
    notes: Mapped[list[dict[str, Any]]]
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class ListingSetAside(Base):
    """A list that missed too much of what the current one has: its bytes are kept under `sha256`, and nothing of it is shown.

    `rows` are those that it has, `missing` the certificates that it lacks, `emptied` those whose cells it lost; `lacking` names both, None
    for a list of before that was noted. `decision` is None until somebody decides, then `accepted` or `discarded`, with the reason, and
    who that was: the name of an account, shown to nobody but reviewers.
    """

    __tablename__ = "listing_set_aside"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    rows: Mapped[int]
    missing: Mapped[int]
    emptied: Mapped[int]
    set_aside_at: Mapped[datetime]
    lacking: Mapped[list[str] | None] = mapped_column(JSON)
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    who: Mapped[str | None]
