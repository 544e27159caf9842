"""How long it takes to bring much into the registry, against the same rows stored as mapped objects, in the same run.

Run as `python -m tests.bench.bench_bulk [CERTIFICATES]` (2,000 unless told, with 27 keys each; 12 devices and 2 rows of a list for each).
On SQLite and on PostgreSQL, and in turns: a batch as the product stores it, from what was read to all that searches and reviews need, with
its checks; then the rows that came of it, given to `session.add_all` of another database, in the same batches, with nothing left to be made
of them. In the end both databases must hold the same. What is compared is the CPU time of whoever works for it, for a row, the least of
the batches, so that it does not matter what else the machine does. Of a list, most of the time goes into the index of words in both, so
it is shown and nothing is asked of it. Exit status 1 where the product stores less than 6 times as many rows of certificates or devices
a second on SQLite, or 2.5 times on PostgreSQL, or where the databases differ.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from ingest.storing import MOST_TOGETHER, store_together
from registry import db
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
from registry.db import Base
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

DEFAULT = 2_000
DEVICES, LISTED, FILES = 12, 2, 6
ASKED = ("certificates", "devices")
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
    """Looks what a batch has brought, by the keys of what was there before."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[type[Base], set[Any]] = {model: set(self._keys(model)) for model in MODELS}

    def rows(self) -> dict[type[Base], list[dict[str, Any]]]:
        """The new rows, by their columns, in the order in which they were added; ids that the database gives are left out."""
        found: dict[type[Base], list[dict[str, Any]]] = {}
        for model in MODELS:
            table: Any = model.__table__
            columns = table.c
            names = [column.name for column in columns if not (column.name == "id" and model is not CatalogueEntry)]
            fresh = [key for key in self._keys(model) if key not in self._known[model]]
            self._known[model].update(fresh)
            found[model] = [
                dict(zip(names, row, strict=True))
                for begin in range(0, len(fresh), _READ_AT_ONCE)
                for row in self._session.execute(
                    select(*(columns[name] for name in names))
                    .where(tuple_(*table.primary_key.columns).in_(fresh[begin : begin + _READ_AT_ONCE]))
                    .order_by(*table.primary_key.columns)
                )
            ]
        self._session.rollback()
        return found

    def _keys(self, model: type[Base]) -> list[tuple[Any, ...]]:
        table: Any = model.__table__
        keys = table.primary_key.columns
        return [tuple(row) for row in self._session.execute(select(*keys).order_by(*keys))]


def add_objects(rows: Mapping[type[Base], Sequence[Mapping[str, Any]]], session: Session) -> None:
    """The yardstick: an object for each row. The index of words and the counts of facets are kept as the product keeps them."""
    for model, values in rows.items():
        session.add_all([model(**each) for each in values])
        session.flush()
    entries = rows[CatalogueEntry]
    write(session, [(entry["id"], entry) for entry in entries])
    apply(session, changed_by(entries, 1))


def batches(made: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """What was made, so many at a time."""
    remaining = iter(made)
    while batch := list(islice(remaining, size)):
        yield batch


def works(count: int) -> dict[str, Iterator[Callable[[Session], object]]]:
    """What is stored, batch by batch, as the product does."""
    devices, listed = list(bulk_data.devices(count * DEVICES)), list(bulk_data.listing(count * LISTED))
    return {
        "certificates": (partial(_documents, batch) for batch in batches(bulk_data.documents(count), MOST_TOGETHER)),
        "a list": iter([lambda session: import_rows(session, "list.csv", "0" * 64, listed)]),
        "devices": (partial(_devices, batch) for batch in batches(devices, len(devices) // FILES)),
    }


def _devices(batch: Sequence[Any], session: Session) -> object:
    return fleet.keep(session, batch, "fleet.csv", "0" * 64)


def _documents(batch: Sequence[Any], session: Session) -> object:
    return store_together(session, "1", batch)


def measure(ours: Settings, theirs: Settings, count: int) -> Iterator[tuple[str, int, float, float]]:
    """For each kind: its name, the rows that it is, and the seconds of CPU for a row as the product stores it and as an object."""
    with db.opened(ours) as one, db.opened(theirs) as other, one() as session, other() as second:
        sides = Side(session, Cost(session)), Side(second, Cost(second))
        copied = Copied(session)
        for name, steps in works(count).items():
            total, ours_took, theirs_took = 0, [], []
            for step in steps:
                took = sides[0].spend(step)
                rows = copied.rows()
                count_of_rows = sum(map(len, rows.values()))
                total += count_of_rows
                ours_took.append(took / count_of_rows)
                theirs_took.append(sides[1].spend(partial(add_objects, rows)) / count_of_rows)
            yield name, total, min(ours_took), min(theirs_took)
        require_same(session, second)


def require_same(one: Session, other: Session) -> None:
    """End the bench where any table, or the index of words, is not the same in both; moments are."""
    for table in (*METADATA.sorted_tables, INDEX):
        if table.name not in _APART and _rows(one, table) != _rows(other, table):
            raise SystemExit(f"{table.name}: the two databases do not hold the same")


def _rows(session: Session, table: Any) -> list[tuple[Any, ...]]:
    columns = [column for column in table.c if column.name != _TERMS]
    return [tuple(row) for row in session.execute(select(*columns).order_by(*(list(table.primary_key) or columns)))]


def main() -> int:
    """Measure, print, judge."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    table = Table(
        *("Database", "Stored", "Rows", "Rows/s", "As objects", "Times", "Asked"),
        title=f"{count:,} certificates with {count * bulk_data.KEYS:,} keys, a list of {count * LISTED:,}, {count * DEVICES:,} devices",
    )
    is_fast = True
    with catalogue.databases("SQLite", "PostgreSQL") as ours, catalogue.databases("SQLite", "PostgreSQL") as theirs:
        for database, least in LEAST_TIMES.items():
            for name, rows, seconds, objects in measure(ours[database], theirs[database], count):
                is_fast = is_fast and (name not in ASKED or objects / seconds >= least)
                asked = f"{least:g}" if name in ASKED else ""
                figures = (f"{rows:,}", f"{1 / seconds:,.0f}", f"{1 / objects:,.0f}", f"{objects / seconds:.1f}", asked)
                table.add_row(database, name, *figures)
    Console(width=120).print(table)
    return 0 if is_fast else 1


if __name__ == "__main__":
    sys.exit(main())
