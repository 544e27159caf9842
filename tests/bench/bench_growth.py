"""How much longer the first page of a search takes at ten times the certificates, on SQLite and on PostgreSQL, in one run.

Run as `python -m tests.bench.bench_growth [CERTIFICATES] [FOLDER]` (100,000 and 1,000,000 unless told; with two keys each, of which a
search reads none). Making the larger takes about ten minutes on either; in a FOLDER SQLite's are kept for the next time. Every kind of
search is the product's own, with the total and the counts of all facets. Both sizes are asked in turns; compared is the CPU time, the
least of the rounds. Exit status 1 where the larger takes more than 4 times as long as the smaller.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import db
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.forgiving import forgiving_search
from registry.certificates.layout import lay_out
from registry.certificates.search import SORTS, SearchQuery
from registry.certificates.tallies import everything
from registry.settings import Settings
from tests.bench import catalogue
from tests.bench.bench_search import BROAD, Cost, cheapest
from tests.conftest import running_postgres

DEFAULT = 100_000
TIMES = 10
MOST_TIMES = 4
KEYS = 2
ROUNDS = 7


def searches(session: Session, count: int) -> Iterator[tuple[str, SearchQuery]]:
    """Every kind of search, by its name; what is searched for is taken from the entry in the middle."""
    entry = session.scalars(select(CatalogueEntry).order_by(CatalogueEntry.id).offset(count // 2).limit(1)).one()
    holder, designation = str(entry.holder).split()[0], str(entry.designation)
    series, _, rating = designation.partition("-")
    texts = {
        "a common word": BROAD,
        "a rare word": designation,
        "a phrase": f"{holder} {designation}",
        "a holder": holder,
        "a number": str(entry.number),
        "a slot of numbers": "OCA 0016",
        "a typo in the number of a part": f"{series[:-1]}{rating}",
        "a typo in a name": holder[:3] + "x" + holder[4:],
    }
    facets: dict[str, Any] = {
        "role": ("CSMS",),
        "protocol": ("OCPP 2.0.1",),
        "kinds": ("Full",),
        "profiles": ("Reservation",),
        "holder": (entry.holder,),
        "laboratory": (entry.laboratory,),
        "country": (entry.country,),
        "year": (entry.year,),
        "documented": False,
    }
    yield "nothing", SearchQuery()
    for name, typed in texts.items():
        yield name, SearchQuery(text=typed)
    for name, value in facets.items():
        yield name, SearchQuery(**{name: value})
    for sort in SORTS:
        yield f"nothing, by {sort}", SearchQuery(sort=sort)
        yield f"a common word, by {sort}", SearchQuery(text=BROAD, sort=sort)
        yield f"a protocol, by {sort}", SearchQuery(protocol=facets["protocol"], sort=sort)
        yield f"a year, by {sort}", SearchQuery(year=facets["year"], sort=sort)
    yield "numbers of the newer protocol, by number", SearchQuery(text="0201", sort="number")
    yield "a holder, by holder", SearchQuery(holder=facets["holder"], sort="holder")
    yield "two facets", SearchQuery(role=facets["role"], kinds=facets["kinds"])
    yield "two facets, a common word", SearchQuery(text=BROAD, role=facets["role"], year=facets["year"])
    yield "page 100", SearchQuery(page=100)
    yield "a common word, page 100", SearchQuery(text=BROAD, page=100)


@contextmanager
def on_sqlite(place: Path | None, *counts: int) -> Iterator[list[Settings]]:
    """Registries of so many, made in that place where they are not there yet."""
    with tempfile.TemporaryDirectory() as made:
        homes = [(place or Path(made)) / str(count) for count in counts]
        yield [
            _filled(Settings.from_environment({"OCPP_REGISTRY_HOME": str(home)}), count) for home, count in zip(homes, counts, strict=True)
        ]


@contextmanager
def on_postgresql(*counts: int) -> Iterator[list[Settings]]:
    """Registries of so many."""
    with tempfile.TemporaryDirectory() as home, running_postgres(shared_buffers=catalogue.CACHED) as server:
        for count in counts:
            server.command(f"CREATE DATABASE of{count}")
        yield [_filled(Settings(home=Path(home), database=server.address(f"of{count}")), count) for count in counts]


def _filled(settings: Settings, count: int) -> Settings:
    db.upgrade(settings)
    with db.opened(settings) as sessions, sessions() as session:
        if everything(session) != count:
            catalogue.fill(session, catalogue.entries(count), keys=KEYS)
        session.rollback()
        lay_out(sessions)
    return settings


def measure(table: Table, database: str, both: Sequence[Settings], count: int) -> int:
    """Add each kind of search to the table; gives how many took too much longer."""
    missed = 0
    few, many = both
    with db.opened(few) as of_few, db.opened(many) as of_many, of_few() as small, of_many() as large:
        kinds = zip(searches(small, count), searches(large, TIMES * count), strict=True)
        for (name, asked), (_, asked_of_many) in kinds:
            found = forgiving_search(large, asked_of_many)
            of_one, of_ten = partial(forgiving_search, small, asked), partial(forgiving_search, large, asked_of_many)
            one, ten = cheapest((Cost(small), of_one), (Cost(large), of_ten), rounds=ROUNDS)
            missed += ten > one * MOST_TIMES
            total = f"over {found.total:,}" if found.more else f"{found.total:,}"
            table.add_row(database, name, total, f"{one * 1000:.1f}", f"{ten * 1000:.1f}", f"{ten / one:.1f}", str(MOST_TIMES))
    return missed


def main() -> int:
    """Measure, print, judge."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    sizes = count, TIMES * count
    columns = ("Database", "Search", "Found", *(f"{size:,} ms" for size in sizes), "Times", "At most")
    table = Table(*columns, title="The first page of a search")
    with on_sqlite(Path(sys.argv[2]) if len(sys.argv) > 2 else None, *sizes) as both:
        missed = measure(table, "SQLite", both, count)
    with on_postgresql(*sizes) as both:
        missed += measure(table, "PostgreSQL", both, count)
    Console(width=120).print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
