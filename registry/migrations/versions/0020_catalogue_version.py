"""What pages are turned by: a number that moves with every change of what a search shows, and indexes that an order can be read off alone.

The database itself moves the number, in the transaction of the change. The indexes have the ids too, with which each order ends.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

VERSION = "catalogue_version"
SHOWN = ("catalogue_entry", "catalogue_tally", "certificate", "finding", "correction", "company_alias")
"""What a page of a search is made of. Its index and its words are written together with the entries."""
MOVED = f"UPDATE {VERSION} SET number = number + 1"  # noqa: S608 (of constants)
FUNCTION = f"""CREATE FUNCTION {VERSION}_moves() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN {MOVED}; RETURN NULL; END $$"""

ENTRY = "catalogue_entry"
ORDERED = {
    "newest_key": ["newest_key", "number_key", "revision"],
    "oldest_key": ["oldest_key", "number_key", "revision"],
    "number_key": ["number_key", "revision"],
    "holder_key": ["holder_key", "number_key", "revision"],
}
"""The columns that each index had."""


def upgrade() -> None:
    """Let the indexes go on with the id; make the number, and have it moved."""
    for name, columns in ORDERED.items():
        _make_anew(name, [*columns, "id"])
    op.create_table(
        VERSION,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{VERSION}"),
    )
    op.execute(f"INSERT INTO {VERSION} (id, number) VALUES (1, 0)")  # noqa: S608 (of constants)
    if _is_postgresql():
        op.execute(FUNCTION)
        for table in SHOWN:
            op.execute(
                f"CREATE TRIGGER {table}_moves_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {VERSION}_moves()"
            )
        return
    for table in SHOWN:
        for change in ("INSERT", "UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_{change.lower()}_moves_version AFTER {change} ON {table} BEGIN {MOVED}; END")


def downgrade() -> None:
    """Do without."""
    for table in SHOWN:
        if _is_postgresql():
            op.execute(f"DROP TRIGGER {table}_moves_version ON {table}")
        else:
            for change in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_{change}_moves_version")
    if _is_postgresql():
        op.execute(f"DROP FUNCTION {VERSION}_moves()")
    op.drop_table(VERSION)
    for name, columns in ORDERED.items():
        _make_anew(name, columns)


def _make_anew(name: str, columns: list[str]) -> None:
    op.drop_index(f"ix_{ENTRY}_{name}", ENTRY)
    op.create_index(f"ix_{ENTRY}_{name}", ENTRY, columns)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
