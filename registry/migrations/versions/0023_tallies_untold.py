"""Tallies move the number of the catalogue no more: they only ever change together with its entries, which do.

On SQLite a trigger of a row costs more than the row.
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TALLY = "catalogue_tally"
MOVED = "UPDATE catalogue_version SET number = number + 1"


def upgrade() -> None:
    """Drop the triggers of tallies."""
    if _is_postgresql():
        op.execute(f"DROP TRIGGER {TALLY}_moves_version ON {TALLY}")
        return
    for change in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER {TALLY}_{change}_moves_version")


def downgrade() -> None:
    """Have them again."""
    if _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {TALLY}_moves_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {TALLY} "
            "FOR EACH STATEMENT EXECUTE FUNCTION catalogue_version_moves()"
        )
        return
    for change in ("INSERT", "UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {TALLY}_{change.lower()}_moves_version AFTER {change} ON {TALLY} BEGIN {MOVED}; END")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
