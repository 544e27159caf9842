"""Stretches of the catalogue that carry their signs; a chore lays out anew those that do not."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget what is laid out without signs."""
    op.execute("DELETE FROM catalogue_stretch")


def downgrade() -> None:
    """Forget what is laid out with signs, of which older programs know nothing."""
    op.execute("DELETE FROM catalogue_stretch")
