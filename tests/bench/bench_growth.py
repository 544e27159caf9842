"""How much longer the first page of a search takes at ten times the certificates, on SQLite and on PostgreSQL, in one run.

Run as `python -m tests.bench.bench_growth [CERTIFICATES] [FOLDER]` (100,000 and 1,000,000 unless told; with two keys each, of which a
search reads none). Making the larger takes about ten minutes on either; in a FOLDER SQLite's are kept for the next time. Every kind of
search, some hundreds in all, is the product's own, with the total and the counts of all facets. Both sizes are asked for the same values of
facets and the same names, which both have, in turns; compared is the CPU time, the least of the rounds. Exit status 1 where the larger
takes more than 4 times as long as the smaller.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import db
from registry.certificates.catalogue import CatalogueEntry, CatalogueTally
from registry.certificates.forgiving import forgiving_search
from registry.certificates.layout import lay_out
from registry.certificates.search import SORTS, SearchQuery
from registry.certificates.tallies import everything
from registry.settings import Settings
from tests.bench import catalogue
from tests.bench.bench_search import BROAD, Cost, cheapest
from tests.bench.catalogue import DAYS, FIRST_DAY
from tests.conftest import running_postgres

DEFAULT = 100_000
TIMES = 10
MOST_TIMES = 4
KEYS = 2
ROUNDS = 3
WORST = 10


def searches(few: Session, session: Session) -> Iterator[tuple[str, SearchQuery]]:
    """Every kind of search in every order, by its name; what is searched for is of the entry in the middle of few, or the most frequent.

    What one product alone has is of the entry in the middle of all.
    """
    entry, own = in_the_middle(few), in_the_middle(session)
    facets, largest = _each_facet(entry), _most_frequent(few, "country")
    asked = {
        "nothing": SearchQuery(),
        **_texts(str(entry.holder).split()[0], own),
        **_facets(facets, int(entry.year or 0)),
        **_facets_of_others(facets, entry, own, largest),
        **_of_frequent(_most_frequent(few, "holder"), largest, entry),
    }
    for sort in SORTS:
        for name, query in asked.items():
            yield f"{name}, by {sort}", replace(query, sort=sort)
        yield f"page 100, by {sort}", SearchQuery(page=100, sort=sort)
        for name, page in product(("a common word", "role", "protocol and the largest country", "a holder"), (2, 10, 100)):
            yield f"{name}, page {page}, by {sort}", replace(asked[name], page=page, sort=sort)


def in_the_middle(session: Session) -> CatalogueEntry:
    """The entry in the middle of all."""
    return session.scalars(select(CatalogueEntry).order_by(CatalogueEntry.id).offset(everything(session) // 2).limit(1)).one()


def _texts(holder: str, entry: CatalogueEntry) -> dict[str, SearchQuery]:
    designation = str(entry.designation)
    series, _, rating = designation.partition("-")
    texts = {
        "a common word": BROAD,
        "a letter": BROAD[0],
        "two common words": f"{BROAD} gmbh",
        "what all have": "gmbh",
        "a part of a name": holder[2:9],
        "a rare word": designation,
        "a phrase": f"{str(entry.holder).split()[0]} {designation}",
        "a holder": holder,
        "a number": str(entry.number),
        "the beginning of a number": str(entry.number)[:11],
        "a slot of numbers": "OCA 0016",
        "numbers of the newer protocol": "0201",
        "a version": str(entry.software_version),
        "a typo in the number of a part": f"{series[:-1]}{rating}",
        "a typo in a name": holder[:3] + "x" + holder[4:],
        "a typo and a common word": f"{holder[:3]}x{holder[4:]} {BROAD}",
    }
    return {name: SearchQuery(text=typed) for name, typed in texts.items()}


Facets = Mapping[str, Mapping[str, Any]]


def _each_facet(entry: CatalogueEntry) -> Facets:
    return {
        "role": {"role": ("CSMS",)},
        "protocol": {"protocol": ("OCPP 2.0.1",)},
        "kind": {"kinds": ("Full",)},
        "profile": {"profiles": ("Reservation",)},
        "holder": {"holder": (entry.holder,)},
        "laboratory": {"laboratory": (entry.laboratory,)},
        "country": {"country": (entry.country,)},
        "year": {"year": (entry.year,)},
        "document": {"documented": False},
    }


def _facets(facets: Facets, year: int) -> dict[str, SearchQuery]:
    """Each facet, all pairs and threes of them, some fours, and several values of one, without a text and with one."""
    asked = {" and ".join(names): SearchQuery(**_together(facets, names)) for number in (1, 2, 3) for names in combinations(facets, number)}
    for names in (
        ("role", "kind", "year", "document"),
        ("role", "protocol", "profile", "laboratory"),
        ("protocol", "kind", "country", "document"),
    ):
        asked[" and ".join(names)] = SearchQuery(**_together(facets, names))
    several: dict[str, dict[str, Any]] = {
        "two years": {"year": (year - 1, year)},
        "years apart": {"year": (year - 2, year)},
        "both protocols": {"protocol": ("OCPP 1.6", "OCPP 2.0.1")},
        "two laboratories": {"laboratory": ("Laboratory 1", "Laboratory 2")},
        "three laboratories and two countries": {
            "laboratory": tuple(f"Laboratory {n}" for n in (1, 2, 3)),
            "country": ("Country 3", "Country 7"),
        },
        "three profiles": {"profiles": ("Reservation", "Security", "Remote Trigger")},
    }
    asked |= {name: SearchQuery(**chosen) for name, chosen in several.items()}
    with_text = {name: facets[name] for name in facets} | several | {"role and year": _together(facets, ("role", "year"))}
    return asked | {f"a common word and {name}": SearchQuery(text=BROAD, **chosen) for name, chosen in with_text.items()}


def _facets_of_others(facets: Facets, entry: CatalogueEntry, own: CatalogueEntry, country: str) -> dict[str, SearchQuery]:
    """What few have the words of, with facets beside it, and the country with the most with others."""
    holder = str(entry.holder).split()[0]
    texts = {
        "a part of a name": holder[2:9],
        "a holder": holder,
        "a version": str(own.software_version),
        "the beginning of a number": str(own.number)[:11],
        "a typo in a name": holder[:3] + "x" + holder[4:],
        "numbers of the newer protocol": "0201",
    }
    beside = ("role",), ("protocol",), ("year",), ("country",), ("kind", "document"), ("laboratory", "profile")
    asked = {
        f"{text} and {' and '.join(names)}": SearchQuery(text=texts[text], **_together(facets, names))
        for text, names in product(texts, beside)
    }
    others = ("protocol",), ("laboratory",), ("year",), ("protocol", "document"), ("kind", "profile"), ("role", "year", "document")
    for names in others:
        asked[f"{' and '.join(names)} and the largest country"] = SearchQuery(country=(country,), **_together(facets, names))
    return asked


def _of_frequent(holder: str, country: str, entry: CatalogueEntry) -> dict[str, SearchQuery]:
    """What the holder with the most certificates and the country with the most have, and of the newest days."""
    last = FIRST_DAY.year + (DAYS - 1) // 366
    return {
        "the name of the largest holder": SearchQuery(text=holder),
        "the largest holder": SearchQuery(holder=(holder,)),
        "the largest holder and the last year": SearchQuery(holder=(holder,), year=(last,)),
        "the largest holder and another": SearchQuery(holder=(holder, str(entry.holder))),
        "the name of the largest holder and a protocol": SearchQuery(text=holder, protocol=("OCPP 2.0.1",)),
        "the largest country": SearchQuery(country=(country,)),
        "the largest country and the last year": SearchQuery(country=(country,), year=(last,)),
        "the newer protocol and the last year": SearchQuery(protocol=("OCPP 2.0.1",), year=(last,)),
        "the older protocol and the last year": SearchQuery(protocol=("OCPP 1.6",), year=(last,)),
        "the last year": SearchQuery(year=(last,)),
        "a common word and the last year": SearchQuery(text=BROAD, year=(last,)),
    }


def _together(facets: Mapping[str, Mapping[str, Any]], names: Iterable[str]) -> dict[str, Any]:
    return {field: value for name in names for field, value in facets[name].items()}


def _most_frequent(session: Session, facet: str) -> str:
    frequent = (
        select(CatalogueTally.value).where(CatalogueTally.facet == facet).order_by(CatalogueTally.number.desc(), CatalogueTally.value)
    )
    return session.scalars(frequent.limit(1)).one()


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


@dataclass(frozen=True)
class Grown:
    """One kind of search: what it finds of the many, and the seconds of CPU that it takes of few and of many."""

    name: str
    found: str
    few: float
    many: float

    @property
    def times(self) -> float:
        """As many times as long it takes of many."""
        return self.many / self.few


def measure(both: Sequence[Settings]) -> Iterator[Grown]:
    """Each kind of search."""
    few, many = both
    with db.opened(few) as of_few, db.opened(many) as of_many, of_few() as small, of_many() as large:
        kinds = zip(searches(small, small), searches(small, large), strict=True)
        for (name, asked), (_, asked_of_many) in kinds:
            found = forgiving_search(large, asked_of_many)
            of_one, of_ten = partial(forgiving_search, small, asked), partial(forgiving_search, large, asked_of_many)
            one, ten = cheapest((Cost(small), of_one), (Cost(large), of_ten), rounds=ROUNDS)
            yield Grown(name, f"over {found.total:,}" if found.more else f"{found.total:,}", one, ten)


def main() -> int:
    """Measure, print the worst of each database, judge."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    sizes = count, TIMES * count
    columns = ("Database", "Search", "Found", *(f"{size:,} ms" for size in sizes), "Times", "At most")
    table = Table(*columns, title="The first page of a search: those that take the most times as long")
    missed = 0
    databases = {"SQLite": on_sqlite(Path(sys.argv[2]) if len(sys.argv) > 2 else None, *sizes), "PostgreSQL": on_postgresql(*sizes)}
    for database, opened in databases.items():
        with opened as both:
            grown = sorted(measure(both), key=lambda one: one.times, reverse=True)
        missed += sum(one.times > MOST_TIMES for one in grown)
        for one in grown[:WORST]:
            times = f"{one.few * 1000:.1f}", f"{one.many * 1000:.1f}", f"{one.times:.1f}"
            table.add_row(database, one.name, one.found, *times, str(MOST_TIMES))
        table.add_section()
        kept = sum(one.times <= MOST_TIMES for one in grown)
        table.caption = f"{table.caption or ''}{database}: {kept} of {len(grown)} at most {MOST_TIMES} times as long. "
    Console(width=130).print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
