"""The index of the catalogue's words, the words themselves for what is typed otherwise, and what pages of products are found by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry.certificates.words import company_slug, slug, spelt_words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SLUGS = ("holder_slug", "listed_slug", "designation_slug", "laboratory_slug")
INDEXES = {
    "ix_catalogue_entry_holder_slug_designation_slug": ["holder_slug", "designation_slug"],
    "ix_catalogue_entry_listed_slug": ["listed_slug"],
    "ix_catalogue_entry_laboratory_slug": ["laboratory_slug"],
}

FTS = (
    """CREATE VIRTUAL TABLE catalogue_text USING fts5(
        search_text, content='catalogue_entry', content_rowid='id', tokenize='trigram case_sensitive 1')""",
    """CREATE TRIGGER catalogue_text_added AFTER INSERT ON catalogue_entry BEGIN
        INSERT INTO catalogue_text (rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER catalogue_text_removed AFTER DELETE ON catalogue_entry BEGIN
        INSERT INTO catalogue_text (catalogue_text, rowid, search_text) VALUES ('delete', old.id, old.search_text); END""",
    """CREATE TRIGGER catalogue_text_changed AFTER UPDATE OF search_text ON catalogue_entry BEGIN
        INSERT INTO catalogue_text (catalogue_text, rowid, search_text) VALUES ('delete', old.id, old.search_text);
        INSERT INTO catalogue_text (rowid, search_text) VALUES (new.id, new.search_text); END""",
    "INSERT INTO catalogue_text (catalogue_text) VALUES ('rebuild')",
)
TSVECTOR = (
    # A blank behind the last word, as before every one: so a word of one letter has three letters there too.
    """CREATE FUNCTION catalogue_trigrams(searched text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5000 AS $$
        SELECT array_to_tsvector(coalesce(array_agg(DISTINCT three), '{}')) FROM (
            SELECT letter || lead(letter) OVER following || lead(letter, 2) OVER following AS three
            FROM unnest(string_to_array(searched || ' ', NULL)) WITH ORDINALITY AS split (letter, place)
            WINDOW following AS (ORDER BY place)) AS threes
        WHERE three IS NOT NULL $$""",
    "CREATE INDEX ix_catalogue_entry_trigrams ON catalogue_entry USING gin (catalogue_trigrams(search_text))",
)


def upgrade() -> None:
    """Make the index over what there is, and fill the words and the slugs."""
    for name in SLUGS:
        op.add_column("catalogue_entry", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "catalogue_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_catalogue_word"),
    )
    op.create_index("ix_catalogue_word_length", "catalogue_word", ["length"])
    for name, columns in INDEXES.items():
        op.create_index(name, "catalogue_entry", columns)
    _fill(op.get_bind())
    for statement in TSVECTOR if _is_postgresql() else FTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop the index; the catalogue's entries stay, and are searched without it."""
    if _is_postgresql():
        op.drop_index("ix_catalogue_entry_trigrams", "catalogue_entry")
        op.execute("DROP FUNCTION catalogue_trigrams(text)")
    else:
        for trigger in ("added", "removed", "changed"):
            op.execute(f"DROP TRIGGER catalogue_text_{trigger}")
        op.execute("DROP TABLE catalogue_text")
    for name in INDEXES:
        op.drop_index(name, "catalogue_entry")
    op.drop_table("catalogue_word")
    for name in reversed(SLUGS):
        op.drop_column("catalogue_entry", name)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _fill(connection: sa.Connection) -> None:
    metadata = sa.MetaData()
    entry = sa.Table("catalogue_entry", metadata, autoload_with=connection, resolve_fks=False)
    row = sa.Table("listing_row", metadata, autoload_with=connection, resolve_fks=False)
    listed = sa.select(row.c.company).where(row.c.id == entry.c.listing_row_id).scalar_subquery().label("company")
    columns = (entry.c.id, entry.c.holder, entry.c.designation, entry.c.laboratory, entry.c.search_text)
    words: set[str] = set()
    changes = []
    for found in connection.execute(sa.select(*columns, listed)):
        words |= spelt_words(found.search_text)
        holder, other = company_slug(found.holder), company_slug(found.company)
        made = (holder, other if other != holder else None, slug(found.designation), slug(found.laboratory))
        changes.append({"entry": found.id, **{f"new_{name}": value for name, value in zip(SLUGS, made, strict=True)}})
    if changes:
        values: dict[str, sa.BindParameter[str]] = {name: sa.bindparam(f"new_{name}") for name in SLUGS}
        connection.execute(sa.update(entry).where(entry.c.id == sa.bindparam("entry")).values(values), changes)
    if words:
        table = sa.Table("catalogue_word", metadata, autoload_with=connection)
        connection.execute(sa.insert(table), [{"word": word, "length": len(word)} for word in sorted(words)])
