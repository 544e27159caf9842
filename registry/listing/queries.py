"""What the page of the OCA's list shows: the list that holds, those before it, and those that were kept aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.listing.models import ListingRowRecord, ListingSetAside, ListingSnapshot

MOST_SHOWN = 50
STREAM_ROWS = 500
ROW_COLUMNS = (
    *("row", "certificate_no", "number", "revision", "company", "country", "designation", "certificate_type", "software_version"),
    *("protocol", "date", "url", "product_type"),
)


@dataclass(frozen=True)
class ImportedList:
    """One import of the list."""

    source: str
    sha256: str
    rows: int
    imported_at: datetime


@dataclass(frozen=True)
class KeptAside:
    """A list that missed much of the one that was current, and what was decided about it; see `ListingSetAside`.

    `is_overtaken` tells that another list was imported since: to take this one would put an older list in the place of a newer one.
    """

    sha256: str
    source: str
    rows: int
    missing: int
    emptied: int
    lacking: tuple[str, ...]
    set_aside_at: datetime
    decision: str | None
    decided_at: datetime | None
    reason: str | None
    who: str | None
    is_overtaken: bool

    def to_json(self) -> dict[str, Any]:
        """The list for programs, without who decided."""
        return {
            "list": self.sha256,
            "source": self.source,
            "rows": self.rows,
            "missing": self.missing,
            "emptied": self.emptied,
            "lacking": list(self.lacking),
            "set_aside_at": self.set_aside_at.isoformat(),
            "decision": self.decision,
            "decided_at": self.decided_at.isoformat() if self.decided_at else None,
            "reason": self.reason,
            "overtaken": self.is_overtaken,
        }


@dataclass(frozen=True)
class ListView:
    """The lists: imports, the current one first, and those kept aside, those that wait first; the newest of each."""

    imported: tuple[ImportedList, ...]
    kept_aside: tuple[KeptAside, ...]

    @property
    def current(self) -> ImportedList | None:
        """The list that holds; None before the first import."""
        return self.imported[0] if self.imported else None

    @property
    def waiting(self) -> tuple[KeptAside, ...]:
        """Those that nobody has decided about."""
        return tuple(one for one in self.kept_aside if one.decision is None)


def lists(session: Session) -> ListView:
    """The newest imports and lists kept aside. Two statements."""
    snapshots = session.scalars(select(ListingSnapshot).order_by(ListingSnapshot.id.desc()).limit(MOST_SHOWN)).all()
    imported = tuple(ImportedList(one.source, one.sha256, one.row_count, one.imported_at) for one in snapshots)
    since = imported[0].imported_at if imported else None
    statement = select(ListingSetAside).order_by(
        ListingSetAside.decision.is_not(None), ListingSetAside.set_aside_at.desc(), ListingSetAside.id.desc()
    )
    kept = tuple(_kept_aside(row, since) for row in session.scalars(statement.limit(MOST_SHOWN)))
    return ListView(imported, kept)


def current_rows(session: Session, first: int = 0, length: int | None = None) -> Iterator[dict[str, Any]]:
    """The rows of the current list in its order from the `first` on (counted from 0), some hundred at a time. One statement."""
    current = select(func.max(ListingSnapshot.id)).scalar_subquery()
    columns = [getattr(ListingRowRecord, name) for name in ROW_COLUMNS]
    statement = select(*columns).where(ListingRowRecord.snapshot_id == current).order_by(ListingRowRecord.row)
    statement = statement.offset(first).limit(length)
    for row in session.execute(statement.execution_options(yield_per=STREAM_ROWS)):
        yield dict(zip(ROW_COLUMNS, row, strict=True))


def _kept_aside(row: ListingSetAside, since: datetime | None) -> KeptAside:
    return KeptAside(
        row.sha256,
        row.source,
        row.rows,
        row.missing,
        row.emptied,
        tuple(row.lacking or ()),
        row.set_aside_at,
        row.decision,
        row.decided_at,
        row.reason,
        row.who,
        is_overtaken=since is not None and since > row.set_aside_at,
    )
