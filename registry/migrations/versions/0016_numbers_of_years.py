"""The entries of a year and of a protocol in the order of their numbers, which grow with both: the others need not be gone through."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ENTRY = "catalogue_entry"
BEFORE = "ix_catalogue_entry_year"
NUMBERED = ("year", "protocol")


def upgrade() -> None:
    """Make the indexes; that of years takes the place of the one without numbers."""
    for facet in NUMBERED:
        op.create_index(f"ix_{ENTRY}_{facet}_number_key", ENTRY, [facet, "number_key"])
    op.drop_index(BEFORE, ENTRY)


def downgrade() -> None:
    """Bring the index of years alone back."""
    op.create_index(BEFORE, ENTRY, ["year"])
    for facet in NUMBERED:
        op.drop_index(f"ix_{ENTRY}_{facet}_number_key", ENTRY)
