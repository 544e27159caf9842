"""Indexes that have all of an order, so that the entries before a page are passed over without being read and sorted."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ENTRY = "catalogue_entry"
ORDERED = {
    "newest_key": ["newest_key", "number_key"],
    "oldest_key": ["oldest_key", "number_key"],
    "number_key": ["number_key"],
    "holder_key": ["holder_key", "number_key"],
}
"""The columns that each index had; each order goes on with the revision."""


def upgrade() -> None:
    """Let each go on with the revision."""
    for name, columns in ORDERED.items():
        _make_anew(name, [*columns, "revision"])


def downgrade() -> None:
    """Leave the revision out."""
    for name, columns in ORDERED.items():
        _make_anew(name, columns)


def _make_anew(name: str, columns: list[str]) -> None:
    op.drop_index(f"ix_{ENTRY}_{name}", ENTRY)
    op.create_index(f"ix_{ENTRY}_{name}", ENTRY, columns)
