"""When the file came that told of a device's firmware: a later one may have no column for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

DEVICE = "fleet_device"


def upgrade() -> None:
    """Make the column: until now every file told of it."""
    op.add_column(DEVICE, sa.Column("firmware_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Have every file tell of it again."""
    op.drop_column(DEVICE, "firmware_at")
