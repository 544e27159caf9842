"""The index of terms in the place of that of three letters each, what entries are sorted by, and how many have each value of a facet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic import op

from registry.certificates.catalogue import day_key, number_key
from registry.certificates.terms import facet_values, index_terms

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BATCH = 1000
ENTRY = "catalogue_entry"
SORTED_BEFORE = ("date", "holder_key")
SORTED = {
    "newest_key": ["newest_key", "number_key"],
    "oldest_key": ["oldest_key", "number_key"],
    "number_key": ["number_key"],
    "holder_key": ["holder_key", "number_key"],
}
READ = ("role", "protocol", "kind", "profiles", "holder", "laboratory", "country", "year", "has_document")

FTS = (
    # Where a term stands does not matter; every letter beyond ASCII is one of a word, as terms hold no other signs.
    """CREATE VIRTUAL TABLE catalogue_text USING fts5(
        terms, detail=none, prefix='3 4 5 6 7 8', tokenize="ascii tokenchars '^='")""",
    """CREATE TRIGGER catalogue_text_removed AFTER DELETE ON catalogue_entry BEGIN
        DELETE FROM catalogue_text WHERE rowid = old.id; END""",
)
TSVECTOR = (
    """CREATE TABLE catalogue_text (
        rowid integer PRIMARY KEY REFERENCES catalogue_entry (id) ON DELETE CASCADE, terms tsvector NOT NULL)""",
    # A search must not have to read what was written last besides the index.
    "CREATE INDEX catalogue_text_terms ON catalogue_text USING gin (terms) WITH (fastupdate = off)",
)
BY_CODE_POINT = (
    'ALTER TABLE catalogue_entry ALTER number_key TYPE text COLLATE "C", ALTER holder_key TYPE text COLLATE "C"',
    'ALTER TABLE catalogue_entry ALTER revision TYPE text COLLATE "C"',
    'ALTER TABLE catalogue_tally ALTER value TYPE text COLLATE "C"',
    'ALTER TABLE catalogue_word ALTER word TYPE text COLLATE "C", ALTER backwards TYPE text COLLATE "C"',
)
"""As SQLite and Python sort, whatever language the server speaks."""
AS_THE_SERVER = (
    'ALTER TABLE catalogue_entry ALTER holder_key TYPE text COLLATE "default", ALTER revision TYPE text COLLATE "default"',
    'ALTER TABLE catalogue_word ALTER word TYPE text COLLATE "default"',
)


def upgrade() -> None:
    """Make the index over what there is."""
    _drop_threes()
    for name in SORTED_BEFORE:
        op.drop_index(f"ix_{ENTRY}_{name}", ENTRY)
    op.add_column(ENTRY, sa.Column("newest_key", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(ENTRY, sa.Column("oldest_key", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(ENTRY, sa.Column("number_key", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("catalogue_word", sa.Column("backwards", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "catalogue_tally",
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facet", "value", name="pk_catalogue_tally"),
    )
    for statement in TSVECTOR if _is_postgresql() else FTS:
        op.execute(statement)
    _fill(op.get_bind())
    if _is_postgresql():
        for statement in BY_CODE_POINT:
            op.execute(statement)
    for name, columns in SORTED.items():
        op.create_index(f"ix_{ENTRY}_{name}", ENTRY, columns)
    op.create_index("ix_catalogue_tally_facet_number", "catalogue_tally", ["facet", "number"])
    op.create_index("ix_catalogue_word_backwards", "catalogue_word", ["backwards"])


def downgrade() -> None:
    """Bring the index of three letters back."""
    if not _is_postgresql():
        op.execute("DROP TRIGGER catalogue_text_removed")
    op.execute("DROP TABLE catalogue_text")
    op.drop_table("catalogue_tally")
    op.drop_index("ix_catalogue_word_backwards", "catalogue_word")
    op.drop_column("catalogue_word", "backwards")
    for name in SORTED:
        op.drop_index(f"ix_{ENTRY}_{name}", ENTRY)
    for name in ("newest_key", "oldest_key", "number_key"):
        op.drop_column(ENTRY, name)
    if _is_postgresql():
        for statement in AS_THE_SERVER:
            op.execute(statement)
    for name in SORTED_BEFORE:
        op.create_index(f"ix_{ENTRY}_{name}", ENTRY, [name])
    before = _before()
    for statement in before.TSVECTOR if _is_postgresql() else before.FTS:
        op.execute(statement)


def _before() -> Any:
    return import_module("registry.migrations.versions.0008_search_index")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _drop_threes() -> None:
    if _is_postgresql():
        op.drop_index("ix_catalogue_entry_trigrams", ENTRY)
        op.execute("DROP FUNCTION catalogue_trigrams(text)")
        return
    for trigger in ("added", "removed", "changed"):
        op.execute(f"DROP TRIGGER catalogue_text_{trigger}")
    op.execute("DROP TABLE catalogue_text")


def _fill(connection: sa.Connection) -> None:
    metadata = sa.MetaData()
    entry = sa.Table(ENTRY, metadata, autoload_with=connection, resolve_fks=False)
    word = sa.Table("catalogue_word", metadata, autoload_with=connection)
    tally = sa.Table("catalogue_tally", metadata, autoload_with=connection)
    tallies: Counter[tuple[str, str]] = Counter()
    columns = [entry.c[name] for name in ("id", "number", "date", "search_text", *READ)]
    entries = connection.execute(sa.select(*columns)).mappings().all()
    for start in range(0, len(entries), BATCH):
        _fill_entries(connection, entry, entries[start : start + BATCH], tallies)
    tallies["", ""] = len(entries)
    if entries:
        rows = [{"facet": facet, "value": value, "number": number} for (facet, value), number in tallies.items()]
        connection.execute(sa.insert(tally), rows)
    words = [{"of": found, "new": found[::-1]} for found in connection.scalars(sa.select(word.c.word))]
    if words:
        connection.execute(sa.update(word).where(word.c.word == sa.bindparam("of")).values(backwards=sa.bindparam("new")), words)


def _fill_entries(connection: sa.Connection, entry: sa.Table, rows: Sequence[Any], tallies: Counter[tuple[str, str]]) -> None:
    facets = [list(facet_values(row)) for row in rows]
    tallies.update(facet for found in facets for facet in found)
    keys = [
        {
            "of": row["id"],
            "newest": day_key(row["date"], newest=True),
            "oldest": day_key(row["date"]),
            "numbered": number_key(row["number"]),
        }
        for row in rows
    ]
    values: dict[str, sa.BindParameter[Any]] = {
        "newest_key": sa.bindparam("newest"),
        "oldest_key": sa.bindparam("oldest"),
        "number_key": sa.bindparam("numbered"),
    }
    connection.execute(sa.update(entry).where(entry.c.id == sa.bindparam("of")).values(values), keys)
    terms = [{"of": row["id"], "terms": index_terms(row["search_text"], found)} for row, found in zip(rows, facets, strict=True)]
    made = "CAST(:terms AS tsvector)" if _is_postgresql() else ":terms"
    connection.execute(sa.text(f"INSERT INTO catalogue_text (rowid, terms) VALUES (:of, {made})"), terms)  # noqa: S608 (of constants)
