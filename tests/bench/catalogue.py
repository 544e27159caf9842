"""Catalogues of any size for the benches, always the same: made mechanically, stored as the registry stores its own.

What goes together in the field goes together here: numbers grow with time within each protocol, the newer protocol came later, few holders
have many certificates and many have few, and each holder is in one country.
"""

from __future__ import annotations

import bisect
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from registry import db
from registry.bulk import batches
from registry.certificates.catalogue import day_key, number_key
from registry.certificates.layout import lay_out
from registry.certificates.projection import add
from registry.certificates.settling import settle
from registry.certificates.tallies import apply, changed_by
from registry.certificates.words import company_key, company_slug, fold, search_text, slug
from registry.settings import Settings
from tests.conftest import running_postgres

BATCH = 2_000
FIRST_DAY, DAYS = date(2018, 1, 1), 2_900
SYLLABLES = ("vol", "ta", "ner", "gi", "lade", "kon", "tor", "sau", "len", "werk", "amp", "ohm", "charge", "grid", "park", "net")
PROFILES = ("Core", "Firmware Management", "Local Auth List Management", "Smart Charging", "Reservation", "Remote Trigger", "Security")
COUNTRIES = [f"Country {number}" for number in range(40)]
KEYS = 27
WHILE_FILLING = 262_144
"""KiB that SQLite may hold of the file meanwhile."""
CACHED = "256MB"
"""What PostgreSQL may hold of these tables, as whoever runs it for so many would let it."""


CERTIFICATES = (
    """INSERT INTO document (id, sha256, name, media_type, pages, text_source, public_text, received_at)
        SELECT id, 'document ' || id, 'a.pdf', 'application/pdf', 3, 'text', '', '2026-01-01' FROM catalogue_entry""",
    """INSERT INTO extraction (id, document_id, number, revision, parser_version, payload, content_sha256, created_at)
        SELECT id, id, number, '', '1', '{}', '', '2026-01-01' FROM catalogue_entry""",
    """INSERT INTO certificate (id, number, revision, document_id, extraction_id, printed_tables, created_at, updated_at)
        SELECT id, number, '', id, id, '[]', '2026-01-01', '2026-01-01' FROM catalogue_entry""",
)
CONFIGURATION_KEYS = """INSERT INTO configuration_key (certificate_id, position, key, value, state)
    WITH RECURSIVE place (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n + 1 < :keys)
    SELECT id, n, 'ConfigurationKey' || n, CAST(id % 900 AS text), 'read' FROM catalogue_entry, place"""
"""Documents, readings and certificates for all entries, with their keys, are made by the database itself."""


def entries(count: int) -> Iterator[dict[str, Any]]:
    """`count` entries of the catalogue, by their columns, in the order of their days."""
    chance = random.Random(16)
    holders = [
        f"{''.join(chance.choices(SYLLABLES, k=3)).title()}{position if position % 3 == 0 else ''} {chance.choice(SYLLABLES)} GmbH"
        for position in range(max(1, count // 20))
    ]
    # Of the holder on place n every certificate is 1/n times as likely as of the first.
    weights = list(accumulate(1 / place for place in range(1, len(holders) + 1)))
    serials: Counter[str] = Counter()
    for position in range(count):
        day = FIRST_DAY + timedelta(days=position * DAYS // count)
        slot, protocol = ("0201", "OCPP 2.0.1") if position > count // 2 and chance.random() < 0.3 else ("0016", "OCPP 1.6")
        serials[slot] += 1
        place = bisect.bisect(weights, chance.random() * weights[-1])
        role = "CSMS" if chance.random() < 0.3 else "CS"
        designation = f"{chance.choice(SYLLABLES).title()}{chance.randrange(1000)}-{chance.randrange(100)}K{chance.randrange(10)}"
        version = ".".join(str(chance.randrange(30)) for _ in range(3))
        said = (f"OCA.{slot}.{serials[slot]:04}.{role}", holders[place], designation, version, f"Laboratory {chance.randrange(12)}")
        yield _entry(said, role, protocol, day, COUNTRIES[place % len(COUNTRIES)], chance)


def _entry(said: tuple[str, ...], role: str, protocol: str, day: date, country: str, chance: random.Random) -> dict[str, Any]:
    number, holder, designation, version, laboratory = said
    return {
        "number": number,
        "revision": "",
        "role": role,
        "protocol": protocol,
        "kind": chance.choice(("Full", "Subset", "Security")),
        "holder": holder,
        "holder_key": fold(holder),
        "designation": designation,
        "software_version": version,
        "laboratory": laboratory,
        "country": country,
        "date": day,
        "year": day.year,
        "has_document": chance.random() < 0.8,
        "listed": True,
        "profiles": ["Core", *sorted(chance.sample(PROFILES[1:], chance.randrange(6)), key=PROFILES.index)],
        "newest_key": day_key(day, newest=True),
        "oldest_key": day_key(day),
        "number_key": number_key(number),
        "holder_slug": _slug_of_company(holder),
        "listed_slug": None,
        "designation_slug": slug(designation),
        "laboratory_slug": slug(laboratory),
        "company_key": company_key(holder),
        "certificate_id": None,
        "listing_row_id": None,
        "search_text": search_text(said),
    }


_slug_of_company = cache(company_slug)


def fill(session: Session, made: Iterator[dict[str, Any]], keys: int = KEYS) -> int:
    """Store entries as the projection does, each with a certificate that has `keys` configuration keys; gives how many they are.

    Both are told to do what they do by themselves some time later: PostgreSQL's autovacuum, and the chore that settles SQLite's index.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        # All in one transaction: without it, pages of indexes would be written again and again.
        session.execute(text(f"PRAGMA cache_size = -{WHILE_FILLING}"))
    count = 0
    tallies: Counter[tuple[str, str]] = Counter()
    for batch in batches(made, BATCH):
        count += len(batch)
        tallies.update(changed_by(batch, 1))
        add(session, batch)
    apply(session, tallies)
    for statement in CERTIFICATES:
        session.execute(text(statement))
    session.execute(text(CONFIGURATION_KEYS), {"keys": keys})
    session.commit()
    if is_sqlite:
        session.execute(text(f"PRAGMA cache_size = -{db.SQLITE_CACHE_KIB}"))
        session.commit()
    sessions = sessionmaker(session.get_bind())
    settle(sessions)
    lay_out(sessions)
    if session.get_bind().dialect.name == "postgresql":
        with session.get_bind().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in (
                "catalogue_entry",
                "catalogue_text",
                "catalogue_profile",
                "catalogue_tally",
                "catalogue_word",
                "catalogue_stretch",
            ):
                connection.execute(text(f"VACUUM ANALYZE {table}"))
    return count


@contextmanager
def databases(*kinds: str) -> Iterator[dict[str, Settings]]:
    """Fresh and migrated ones of the kinds, "SQLite" and "PostgreSQL"."""
    with tempfile.TemporaryDirectory() as home, running_postgres(shared_buffers=CACHED) as server:
        server.command("CREATE DATABASE bench")
        known = {
            "SQLite": Settings.from_environment({"OCPP_REGISTRY_HOME": home}),
            "PostgreSQL": Settings(home=Path(home), database=server.address("bench")),
        }
        made = {kind: known[kind] for kind in kinds}
        for settings in made.values():
            db.upgrade(settings)
        yield made
