"""Audits of central systems: what they are given, and the idTags that are kept for as long as they run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty: the audits that there are were all of stations."""
    op.add_column("audit", sa.Column("given", sa.JSON(), nullable=True))
    op.add_column("audit", sa.Column("id_tags", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("audit", "id_tags")
    op.drop_column("audit", "given")
