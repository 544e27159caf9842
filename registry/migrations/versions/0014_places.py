"""The index in the order of days, the newest first, and which words are made of letters alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry.certificates.places import ID_MASK, place

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WORD = "catalogue_word"
LETTERS = "ix_catalogue_word_letters_length_word"
PLACE = f"((e.newest_key + CAST({place(0, 0) >> 32} AS bigint)) * 4294967296 + e.id)"
TERMS = """CREATE VIRTUAL TABLE catalogue_text USING fts5(
    terms, detail=none, prefix='3 4 5 6 7 8', tokenize="ascii tokenchars '^='"{options})"""
BY_ID = """CREATE TRIGGER catalogue_text_removed AFTER DELETE ON catalogue_entry BEGIN
    DELETE FROM catalogue_text WHERE rowid = old.id; END"""
PLACED = (
    "ALTER TABLE catalogue_text DROP CONSTRAINT catalogue_text_rowid_fkey, ALTER rowid TYPE bigint",
    f"UPDATE catalogue_text t SET rowid = {PLACE} FROM catalogue_entry e WHERE e.id = t.rowid",  # noqa: S608 (of constants)
)
NUMBERED = (
    f"UPDATE catalogue_text SET rowid = rowid & {ID_MASK}",  # noqa: S608 (of constants)
    """ALTER TABLE catalogue_text ALTER rowid TYPE integer,
        ADD CONSTRAINT catalogue_text_rowid_fkey FOREIGN KEY (rowid) REFERENCES catalogue_entry (id) ON DELETE CASCADE""",
)


def upgrade() -> None:
    """Number what is in the index by places."""
    if _is_postgresql():
        for statement in PLACED:
            op.execute(statement)
    else:
        op.execute("DROP TRIGGER catalogue_text_removed")
        # Nobody asks how many terms an entry has.
        _make_anew(PLACE, ", columnsize=0")
    op.add_column(WORD, sa.Column("letters", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index(f"ix_{WORD}_length", WORD)
    connection = op.get_bind()
    word = sa.Table(WORD, sa.MetaData(), autoload_with=connection)
    named = [{"of": found} for found in connection.scalars(sa.select(word.c.word)) if found.isalpha()]
    if named:
        connection.execute(sa.update(word).where(word.c.word == sa.bindparam("of")).values(letters=sa.true()), named)
    op.create_index(LETTERS, WORD, ["letters", "length", "word"])


def downgrade() -> None:
    """Number it by ids."""
    op.drop_index(LETTERS, WORD)
    op.drop_column(WORD, "letters")
    op.create_index(f"ix_{WORD}_length", WORD, ["length"])
    if _is_postgresql():
        for statement in NUMBERED:
            op.execute(statement)
    else:
        _make_anew("e.id", "")
        op.execute(BY_ID)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _make_anew(number: str, options: str) -> None:
    """Make the index anew with its rows numbered so, in their order."""
    numbered = f"t.rowid & {ID_MASK}"
    op.execute(
        f"""CREATE TEMPORARY TABLE moved AS SELECT {number} AS place, t.terms
            FROM catalogue_text t JOIN catalogue_entry e ON e.id = {numbered}"""  # noqa: S608 (of constants)
    )
    op.execute("DROP TABLE catalogue_text")
    op.execute(TERMS.format(options=options))
    op.execute("INSERT INTO catalogue_text (rowid, terms) SELECT place, terms FROM moved ORDER BY place")
    op.execute("DROP TABLE moved")
