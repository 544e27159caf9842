"""A sign of all stretches of the catalogue together, by which a process knows whether it has read them; a chore gives it to them."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_FORGET = "DELETE FROM catalogue_stretch WHERE name = '*'"


def upgrade() -> None:
    """Leave what is laid out as it is."""
    op.execute(_FORGET)


def downgrade() -> None:
    """Take the sign away: older programs change stretches and leave it."""
    op.execute(_FORGET)
