"""The entries of a protocol in the order of their holders: of a large one, those of the older protocol come before all others."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ENTRY = "catalogue_entry"
INDEX = "ix_catalogue_entry_protocol_holder_key"


def upgrade() -> None:
    """Make the index."""
    op.create_index(INDEX, ENTRY, ["protocol", "holder_key", "number_key"])


def downgrade() -> None:
    """Do without."""
    op.drop_index(INDEX, ENTRY)
