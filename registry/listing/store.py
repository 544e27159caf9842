"""Puts the OCA's list into the registry: each import is a snapshot, kept whole beside the earlier ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.among import among
from registry.bulk import insert_rows
from registry.certificates.facts import Finding, Severity
from registry.certificates.projection import Key, current_snapshot_id, project, project_unnumbered
from registry.change_classes import class_of_listing
from registry.db import Clock, lock_for_writing, utc_now
from registry.events import EventKind, Happening, record
from registry.listing.models import ListingRowRecord, ListingSnapshot
from registry.listing.rows import ListingRow

COMPARED = (
    *("certificate_type", "software_version", "protocol", "date", "product_type"),
    *("company", "designation", "certificate_no", "country", "url"),
)
"""The cells whose changes are told; how much each matters, `data/changes/classes.json` says."""

_CELLS = tuple(name for name in ListingRow.__dataclass_fields__ if name not in ("revision", "notes", "extra"))
_COLUMNS = ("snapshot_id", *_CELLS, "revision", "notes", "extra")


@dataclass(frozen=True)
class ImportSummary:
    """What one import brought. `created` is False when the list was the current one already; then nothing was stored.

    `new`, `changed`, `withdrawn` and `reappeared` count certificate numbers with their revisions.
    """

    snapshot_id: int
    created: bool
    rows: int
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    reappeared: int = 0


def import_rows(session: Session, source: str, sha256: str, rows: Sequence[ListingRow], *, clock: Clock = utc_now) -> ImportSummary:
    """Store `rows` as the current list. Where something is raised, whoever calls gives the transaction up, so that nothing of it is stored.

    A savepoint of its own would cost SQLite, for each row, as much as all rows before it: what it may have to undo it goes through anew.
    `source` is a file name or an address, for display; `sha256` is that of the bytes that the rows were read from. Every row that is
    new, changed, gone or back is an event.
    """
    lock_for_writing(session)
    current = current_snapshot_id(session)
    before = _records(session, current)
    if current is not None and _same(session, current, sha256, before, rows):
        return ImportSummary(current, created=False, rows=len(rows))
    now = clock()
    snapshot = ListingSnapshot(source=source, sha256=sha256, row_count=len(rows), imported_at=now)
    session.add(snapshot)
    session.flush()
    insert_rows(session, ListingRowRecord, _COLUMNS, [_record(snapshot.id, row) for row in rows])
    summary = _tell_changes(session, snapshot.id, now, _by_key(map(listing_row, before)), _by_key(rows))
    project(session, {_key(row) for row in (*map(listing_row, before), *rows) if row.number is not None})
    project_unnumbered(session)
    return summary


def current_rows(session: Session, numbers: Collection[str] | None = None) -> tuple[ListingRow, ...]:
    """The rows of the current list, in its order; none before the first import. `numbers` limits it to these certificates."""
    statement = select(ListingRowRecord).where(ListingRowRecord.snapshot_id == current_snapshot_id(session))
    if numbers is not None:
        statement = statement.where(among(session, ListingRowRecord.number, numbers))
    return tuple(listing_row(stored) for stored in session.scalars(statement.order_by(ListingRowRecord.row)))


def _records(session: Session, snapshot_id: int | None) -> Sequence[ListingRowRecord]:
    return session.scalars(select(ListingRowRecord).where(ListingRowRecord.snapshot_id == snapshot_id).order_by(ListingRowRecord.row)).all()


def _same(session: Session, snapshot_id: int, sha256: str, before: Iterable[ListingRowRecord], rows: Sequence[ListingRow]) -> bool:
    """Whether the current snapshot came of the same bytes, read in the same way."""
    snapshot = session.get_one(ListingSnapshot, snapshot_id)
    return snapshot.sha256 == sha256 and [listing_row(stored) for stored in before] == list(rows)


def _record(snapshot_id: int, row: ListingRow) -> tuple[Any, ...]:
    """The row by `_COLUMNS`."""
    cells = (getattr(row, name) for name in _CELLS)
    return (snapshot_id, *cells, row.revision or "", [note.to_json() for note in row.notes], dict(row.extra) or None)


def listing_row(record: ListingRowRecord) -> ListingRow:
    """A stored row as the plain row that it was stored from."""
    return ListingRow(
        row=record.row,
        certificate_no=record.certificate_no,
        number=record.number,
        revision=record.revision or None,
        company=record.company,
        country=record.country,
        designation=record.designation,
        certificate_type=record.certificate_type,
        software_version=record.software_version,
        protocol=record.protocol,
        date=record.date,
        url=record.url,
        product_type=record.product_type,
        notes=tuple(Finding(note["rule"], Severity(note["severity"]), note["message"], tuple(note["fields"])) for note in record.notes),
        extra=record.extra or {},
    )


def _key(row: ListingRow) -> Key:
    return str(row.number), row.revision or ""


def _by_key(rows: Iterable[ListingRow]) -> dict[Key, ListingRow]:
    """The rows that have a number; of several with the same one, the first stands for it."""
    found: dict[Key, ListingRow] = {}
    for row in rows:
        if row.number is not None:
            found.setdefault(_key(row), row)
    return found


def _tell_changes(
    session: Session, snapshot_id: int, now: datetime, before: dict[Key, ListingRow], after: dict[Key, ListingRow]
) -> ImportSummary:
    listed_once = _ever_listed(session, snapshot_id)
    happenings: list[Happening] = []
    counts = {"new": 0, "changed": 0, "withdrawn": 0, "reappeared": 0}
    for key, row in after.items():
        if key not in before:
            kind = EventKind.REAPPEARED if key in listed_once else EventKind.NEW
            counts["reappeared" if key in listed_once else "new"] += 1
            happenings.append(_happening(kind, key, {"row": row.row}))
        elif changed := _changed(before[key], row):
            counts["changed"] += 1
            happenings.append(_happening(_class_of(changed), key, {"differing": changed}))
    for key in before:
        if key not in after:
            counts["withdrawn"] += 1
            happenings.append(_happening(EventKind.WITHDRAWN, key, {}))
    record(session, now, happenings)
    return ImportSummary(snapshot_id, created=True, rows=_row_count(session, snapshot_id), **counts)


def _row_count(session: Session, snapshot_id: int) -> int:
    return session.get_one(ListingSnapshot, snapshot_id).row_count


def _ever_listed(session: Session, before_snapshot_id: int) -> set[Key]:
    statement = (
        select(ListingRowRecord.number, ListingRowRecord.revision)
        .where(ListingRowRecord.snapshot_id < before_snapshot_id, ListingRowRecord.number.is_not(None))
        .distinct()
    )
    return {(str(number), revision) for number, revision in session.execute(statement)}


def _happening(kind: EventKind, key: Key, payload: dict[str, Any]) -> Happening:
    return Happening(kind, "listing", key[0], key[1] or None, payload)


def _changed(old: ListingRow, new: ListingRow) -> dict[str, dict[str, Any]]:
    """The cells that differ; what lies beyond the known cells only between two answers of the service, since a CSV has none of it."""
    compared = (*COMPARED, "extra") if old.extra and new.extra else COMPARED
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in compared)
    return {name: {"old": before, "new": after} for name, before, after in pairs if before != after}


def _class_of(changed: dict[str, dict[str, Any]]) -> EventKind:
    """How much a change of a listed row matters."""
    return class_of_listing({name: (values["old"], values["new"]) for name, values in changed.items()})
