"""Stretches of the catalogue that tell with what numbers begin; a chore lays out anew those that do not."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget what is laid out without numbers."""
    op.execute("DELETE FROM catalogue_stretch")


def downgrade() -> None:
    """Leave the numbers, which older programs do not ask for."""
