"""The index of the order of holders has more facets; that of protocols, in which each has its own, is not needed beside it."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

NAME = "ix_catalogue_entry_holder_key"
BEFORE = ["holder_key", "number_key", "revision", "id", "year", "country", "role", "has_document"]
OF_PROTOCOLS = "ix_catalogue_entry_protocol_holder_key"


def upgrade() -> None:
    """Make the one anew, and drop the other."""
    op.drop_index(OF_PROTOCOLS, "catalogue_entry")
    _make_anew([*BEFORE, "protocol", "laboratory"])


def downgrade() -> None:
    """Make both as they were."""
    _make_anew(BEFORE)
    op.create_index(OF_PROTOCOLS, "catalogue_entry", ["protocol", "holder_key", "number_key"])


def _make_anew(columns: list[str]) -> None:
    op.drop_index(NAME, "catalogue_entry")
    op.create_index(NAME, "catalogue_entry", columns)
