"""How long a search takes with the index of words, against LIKE over the same texts on the same data in the same run.

Run as `python -m tests.bench.bench_search [CERTIFICATES]` (20,000 unless told; 100,000 is what the limit speaks of), on SQLite
and on PostgreSQL. Each search is a text and two facets: the count, and the first page. Exit status 1 where the index is not at least 20
times as fast as LIKE at 100,000 certificates or more; with fewer the factor is told and nothing is judged.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import ColumnElement, and_, func, insert, select, text
from sqlalchemy.orm import Session

from registry import db
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.fulltext import holds_all, like
from registry.certificates.words import begins_a_part, company_slug, fold, query_words, search_text, slug
from registry.settings import Settings
from tests.conftest import running_postgres

DEFAULT = 20_000
JUDGED_FROM = 100_000
LEAST_TIMES = 20
ROUNDS = 5
BATCH = 5_000
SYLLABLES = ("vol", "ta", "ner", "gi", "lade", "kon", "tor", "sau", "len", "werk", "amp", "ohm", "charge", "grid", "park", "net")
TEXTS = ("one certificate", "one product", "one holder", "two words", "a part of a name")


def entries(count: int) -> Iterator[dict[str, Any]]:
    """`count` entries, always the same: a holder for every twenty, with the texts of which a certificate's entry is searched."""
    chance = random.Random(16)
    holders = ["".join(chance.choices(SYLLABLES, k=3)).title() + f" {chance.choice(SYLLABLES)} GmbH" for _ in range(max(1, count // 20))]
    for position in range(count):
        holder, role = chance.choice(holders), chance.choice(("CS", "CSMS"))
        number = f"OCA.0016.{position:04}.{role}"
        designation = f"{chance.choice(SYLLABLES).title()}{chance.randrange(1000)}-{chance.randrange(100)}K{chance.randrange(10)}"
        version = ".".join(str(chance.randrange(30)) for _ in range(3))
        day = date(2020, 1, 1) + timedelta(days=chance.randrange(2000))
        laboratory = f"Laboratory {chance.randrange(9)}"
        yield {
            "number": number,
            "revision": "",
            "role": role,
            "protocol": "OCPP 1.6",
            "kind": chance.choice(("Full", "Subset")),
            "holder": holder,
            "holder_key": fold(holder),
            "designation": designation,
            "software_version": version,
            "laboratory": laboratory,
            "date": day,
            "year": day.year,
            "has_document": False,
            "listed": True,
            "profiles": [],
            "holder_slug": company_slug(holder),
            "designation_slug": slug(designation),
            "laboratory_slug": slug(laboratory),
            "search_text": search_text([number, holder, designation, version, laboratory]),
        }


def fill(session: Session, made: list[dict[str, Any]]) -> None:
    """Store them, in the way that the registry does, and have PostgreSQL do what its autovacuum does some time later."""
    for start in range(0, len(made), BATCH):
        session.execute(insert(CatalogueEntry), made[start : start + BATCH])
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT gin_clean_pending_list('ix_catalogue_entry_trigrams')"))
        session.execute(text("ANALYZE catalogue_entry"))


def sought(made: list[dict[str, Any]]) -> dict[str, str]:
    """What is searched for, all of it taken from the entry in the middle."""
    entry = made[len(made) // 2]
    first = str(entry["holder"]).split()[0]
    found = (entry["number"], entry["designation"], first, f"{first} {entry['designation']}", first[2:9])
    return dict(zip(TEXTS, found, strict=True))


def by_like(words: tuple[str, ...]) -> ColumnElement[bool]:
    """The same words, looked up in every text."""
    return and_(*(like(f" {word}" if begins_a_part(word) else word) for word in words))


def seconds(action: Callable[[], object]) -> float:
    """How long it takes, the median of the rounds."""
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        action()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def looked_up(session: Session, condition: ColumnElement[bool], entry: dict[str, Any]) -> tuple[int, list[int]]:
    """The count and the first page, with two facets chosen."""
    conditions = (condition, CatalogueEntry.role == entry["role"], CatalogueEntry.year == entry["year"])
    total = session.scalar(select(func.count(CatalogueEntry.id)).where(*conditions)) or 0
    order = (CatalogueEntry.date.desc().nulls_last(), CatalogueEntry.number.asc().nulls_last(), CatalogueEntry.id)
    return total, list(session.scalars(select(CatalogueEntry.id).where(*conditions).order_by(*order).limit(50)))


@contextmanager
def databases() -> Iterator[dict[str, Settings]]:
    """Both kinds, fresh and migrated."""
    with tempfile.TemporaryDirectory() as home, running_postgres() as server:
        server.command("CREATE DATABASE bench")
        made = {"SQLite": Settings.from_environment({"OCPP_REGISTRY_HOME": home})}
        made["PostgreSQL"] = Settings(home=Path(home), database=server.address("bench"))
        for settings in made.values():
            db.upgrade(settings)
        yield made


def measure(settings: Settings, made: list[dict[str, Any]]) -> Iterator[tuple[str, int, float, float]]:
    """For each search: its name, what it finds, and the seconds with the index and with LIKE."""
    with db.opened(settings) as sessions, sessions() as session:
        fill(session, made)
        session.commit()
        for name, typed in sought(made).items():
            words, entry = query_words(typed), made[len(made) // 2]
            indexed, plain = holds_all(session, words), by_like(words)
            found = looked_up(session, indexed, entry)
            if found != looked_up(session, plain, entry):
                raise SystemExit(f"{name}: the index finds other entries than LIKE")
            with_index = seconds(partial(looked_up, session, indexed, entry))
            yield name, found[0], with_index, seconds(partial(looked_up, session, plain, entry))


def main() -> int:
    """Measure, print, judge."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    made = list(entries(count))
    table = Table("Database", "Search", "Found", "Index ms", "LIKE ms", "Times", title=f"{count:,} certificates, text and two facets")
    least = float("inf")
    with databases() as both:
        for database, settings in both.items():
            for name, found, indexed, plain in measure(settings, made):
                least = min(least, plain / indexed)
                table.add_row(database, name, str(found), f"{indexed * 1000:.2f}", f"{plain * 1000:.2f}", f"{plain / indexed:.0f}")
    Console(width=120).print(table)
    return 1 if count >= JUDGED_FROM and least < LEAST_TIMES else 0


if __name__ == "__main__":
    sys.exit(main())
