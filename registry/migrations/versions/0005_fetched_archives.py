"""What the archives held that were fetched from addresses, so that an unchanged one is not fetched whole again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was fetched before is asked for once more."""
    op.add_column("fetched_address", sa.Column("members", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Remove it again."""
    op.drop_column("fetched_address", "members")
