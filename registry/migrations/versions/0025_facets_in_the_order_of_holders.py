"""The index of the order of holders has some facets too, so that the entries need not be read that a search goes past."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

NAME = "ix_catalogue_entry_holder_key"
ORDER = ["holder_key", "number_key", "revision", "id"]
FACETS = ["year", "country", "role", "has_document"]


def upgrade() -> None:
    """Make the index anew, with them."""
    _make_anew([*ORDER, *FACETS])


def downgrade() -> None:
    """Make it anew without."""
    _make_anew(ORDER)


def _make_anew(columns: list[str]) -> None:
    op.drop_index(NAME, "catalogue_entry")
    op.create_index(NAME, "catalogue_entry", columns)
