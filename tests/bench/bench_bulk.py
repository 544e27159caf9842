"""How long it takes to bring much into the registry, against the same rows stored as mapped objects, in the same run.

Run as `python -m tests.bench.bench_bulk [CERTIFICATES [DATABASE]]` (100,000 unless told, with 27 keys each; 12 devices and 2 rows of a list
for each). Measured are the last 2,000 alone: the product stores those before in both databases, as mapped objects of 100,000 would take
most of an hour, and how fast it does is told as well.
On SQLite and on PostgreSQL, and in turns: a batch as the product stores it, from what was read to all that searches and reviews need, with
its checks; then the rows that came of it, given to `session.add_all` of another database, in the same batches, with nothing left to be made
of them. In the end both databases must hold the same, but for moments. What is compared is the CPU time of whoever works for it, for a
row, the least of the batches, so that it does not matter what else the machine does. Of a list, most of the time goes into the index of
words in both, so it is shown and nothing is asked of it. Exit status 1 where the product stores less than 6 times as many rows of
certificates or devices a second on SQLite, or 2.5 times on PostgreSQL, or where the databases differ.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingest.storing import MOST_TOGETHER, store_together
from registry import db
from registry.bulk import batches
from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile, CatalogueWord
from registry.certificates.fulltext import INDEX, write
from registry.certificates.models import (
    Certificate,
    CertificateFinding,
    ConfigurationKey,
    FieldProvenance,
    PerformanceResult,
    ProfileResult,
    TableRow,
)
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.tallies import apply, changed_by
from registry.db import Base, UtcDateTime
from registry.documents.models import Document, ReadingOutcome
from registry.events import Event
from registry.fleet import store as fleet
from registry.fleet.models import FleetDevice, FleetImport
from registry.listing.models import ListingRowRecord, ListingSnapshot
from registry.listing.store import import_rows
from registry.models import METADATA
from registry.review.models import DocumentStanding
from registry.settings import Settings
from registry.watches.models import Installation
from tests.bench import bulk_data, catalogue
from tests.bench.bench_search import Cost

DEFAULT = 100_000
MEASURED = 2_000
"""Certificates that are stored as objects, too; those before are there when it begins."""

DEVICES, LISTED, FILES = 12, 2, 6
CERTIFICATES, BEFORE = "certificates", "those before, in both"
ASKED = (CERTIFICATES, "devices")
LEAST_TIMES = {"SQLite": 6.0, "PostgreSQL": 2.5}
_READ_AT_ONCE = 500
_TERMS = "terms"
"""What an index of words does not give back."""

_APART = {Installation.__tablename__, "catalogue_version"}
"""Tables of which each database has its own: when it was made, and how often it was changed."""

MODELS: tuple[type[Base], ...] = (
    *(Document, StoredExtraction, Certificate, ProfileResult, PerformanceResult, TableRow, ConfigurationKey, FieldProvenance),
    *(CertificateFinding, ListingSnapshot, ListingRowRecord, CatalogueEntry, CatalogueProfile, CatalogueWord, Event, DocumentStanding),
    *(ReadingOutcome, FleetImport, FleetDevice),
)
"""What a batch may bring, those first that others point to."""

_NUMBERED: dict[type[Base], str] = {CatalogueProfile: "entry_id", DocumentStanding: "document_id", FleetDevice: "import_id"}
"""What grows from batch to batch where rows have no id of their own."""

_KEYED: dict[type[Base], str] = {CatalogueWord: "word", ReadingOutcome: "sha256"}
"""Where nothing grows."""


@dataclass
class Side:
    """One of the two databases."""

    session: Session
    cost: Cost

    def spend(self, work: Callable[[Session], object]) -> float:
        """Do it in a transaction of its own; gives the seconds of CPU that it took."""
        self.session.rollback()
        begun = self.cost.seconds()
        with self.session.begin():
            work(self.session)
        took = self.cost.seconds() - begun
        self.session.expunge_all()
        return took


class Copied:
    """Looks what a batch has brought: what has a greater number than anything had before, or, without a number, another key."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last = {model: session.scalar(select(func.max(_number(model)))) or 0 for model in MODELS if model not in _KEYED}
        self._known = {model: set(session.scalars(select(model.__table__.c[key]))) for model, key in _KEYED.items()}
        session.rollback()

    def rows(self) -> dict[type[Base], list[dict[str, Any]]]:
        """The new rows, by their columns, in the order in which they were added; ids that the database gives are left out."""
        found = {model: self._by_key(model) if model in _KEYED else self._by_number(model) for model in MODELS}
        self._session.rollback()
        return found

    def _by_number(self, model: type[Base]) -> list[dict[str, Any]]:
        table: Any = model.__table__
        number = _number(model)
        rows = self._session.execute(select(table).where(number > self._last[model]).order_by(*table.primary_key.columns)).mappings().all()
        self._last[model] = max((row[number] for row in rows), default=self._last[model])
        return [{name: value for name, value in row.items() if name != "id" or model is CatalogueEntry} for row in rows]

    def _by_key(self, model: type[Base]) -> list[dict[str, Any]]:
        table: Any = model.__table__
        key = table.c[_KEYED[model]]
        fresh = [value for value in self._session.scalars(select(key).order_by(key)) if value not in self._known[model]]
        self._known[model].update(fresh)
        batches_of_keys = (fresh[begin : begin + _READ_AT_ONCE] for begin in range(0, len(fresh), _READ_AT_ONCE))
        return [
            dict(row)
            for some in batches_of_keys
            for row in self._session.execute(select(table).where(key.in_(some)).order_by(key)).mappings()
        ]


def _number(model: type[Base]) -> Any:
    return model.__table__.c[_NUMBERED.get(model, "id")]


def add_objects(rows: Mapping[type[Base], Sequence[Mapping[str, Any]]], session: Session) -> None:
    """The yardstick: an object for each row, by the same writer. The index of words and the counts of facets are the product's own work."""
    db.lock_for_writing(session)
    for model, values in rows.items():
        session.add_all([model(**each) for each in values])
        session.flush()
    entries = rows[CatalogueEntry]
    write(session, [(entry["id"], entry) for entry in entries])
    apply(session, changed_by(entries, 1))


def works(before: int) -> dict[str, Iterator[Callable[[Session], object]]]:
    """What is stored, batch by batch, as the product does, when so many certificates are there."""
    devices, listed = list(bulk_data.devices(MEASURED * DEVICES)), list(bulk_data.listing(MEASURED * LISTED))
    return {
        CERTIFICATES: (partial(_documents, batch) for batch in batches(bulk_data.documents(before + MEASURED, before), MOST_TOGETHER)),
        "a list": iter([lambda session: import_rows(session, "list.csv", "0" * 64, listed)]),
        "devices": (partial(_devices, batch) for batch in batches(devices, len(devices) // FILES)),
    }


def _devices(batch: Sequence[Any], session: Session) -> object:
    return fleet.keep(session, batch, "fleet.csv", "0" * 64)


def _documents(batch: Sequence[Any], session: Session) -> object:
    return store_together(session, "1", batch)


@dataclass(frozen=True)
class Measured:
    """What storing one kind of things took: seconds of CPU for a row as the product stores it, by batch, and as an object."""

    name: str
    rows: int
    ours: tuple[float, ...]
    objects: tuple[float, ...]

    @property
    def times(self) -> float:
        """How many times as long an object takes, by the least of each."""
        return min(self.objects) / min(self.ours)


def measure(ours: Settings, theirs: Settings, before: int) -> Iterator[Measured]:
    """What each kind took, when so many certificates are there."""
    with db.opened(ours) as one, db.opened(theirs) as other, one() as session, other() as second:
        sides = Side(session, Cost(session)), Side(second, Cost(second))
        if before:
            yield _fill(sides, before)
        copied = Copied(session)
        for name, steps in works(before).items():
            total, ours_took, theirs_took = 0, [], []
            for step in steps:
                took = sides[0].spend(step)
                rows = copied.rows()
                count_of_rows = sum(map(len, rows.values()))
                total += count_of_rows
                ours_took.append(took / count_of_rows)
                theirs_took.append(sides[1].spend(partial(add_objects, rows)) / count_of_rows)
            yield Measured(name, total, tuple(ours_took), tuple(theirs_took))
        require_same(session, second)


def _fill(sides: Sequence[Side], count: int) -> Measured:
    """Store the first certificates on both sides, as the product does."""
    took = [0.0 for _ in sides]
    for batch in batches(bulk_data.documents(count), MOST_TOGETHER):
        took = [before + side.spend(partial(_documents, batch)) for before, side in zip(took, sides, strict=True)]
    rows = sum(sides[0].session.scalar(select(func.count()).select_from(model)) or 0 for model in MODELS)
    sides[0].session.rollback()
    return Measured(BEFORE, rows, (took[0] / rows,), (took[1] / rows,))


def require_same(one: Session, other: Session) -> None:
    """End the bench where any table, or the index of words, is not the same in both but for its moments."""
    for table in (*METADATA.sorted_tables, INDEX):
        if table.name not in _APART and any(mine != others for mine, others in zip_longest(_rows(one, table), _rows(other, table))):
            raise SystemExit(f"{table.name}: the two databases do not hold the same")


def _rows(session: Session, table: Any) -> Iterator[tuple[Any, ...]]:
    columns = [column for column in table.c if column.name != _TERMS and not isinstance(column.type, UtcDateTime)]
    ordered = select(*columns).order_by(*(list(table.primary_key) or columns))
    return map(tuple, session.execute(ordered, execution_options={"yield_per": _READ_AT_ONCE}))


def main() -> int:
    """Measure, print, judge."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    chosen = sys.argv[2:] or list(LEAST_TIMES)
    table = Table(
        *("Database", "Stored", "Rows", "Rows/s", "As objects", "Times", "Asked"),
        title=f"{count:,} certificates with {count * bulk_data.KEYS:,} keys",
    )
    is_fast = True
    with catalogue.databases(*chosen) as ours, catalogue.databases(*chosen) as theirs:
        for database in chosen:
            least = LEAST_TIMES[database]
            for one in measure(ours[database], theirs[database], count - MEASURED):
                is_fast = is_fast and (one.name not in ASKED or one.times >= least)
                asked = f"{least:g}" if one.name in ASKED else ""
                compared = (f"{1 / min(one.objects):,.0f}", f"{one.times:.1f}") if one.name != BEFORE else ("", "")
                table.add_row(database, one.name, f"{one.rows:,}", f"{1 / min(one.ours):,.0f}", *compared, asked)
    Console(width=120).print(table)
    return 0 if is_fast else 1


if __name__ == "__main__":
    sys.exit(main())
