"""Requirement sets that people keep, with every version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty: the sets that ship are not in it."""
    op.create_table(
        "requirement_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requirement_set"),
        sa.UniqueConstraint("identity", "version", name="uq_requirement_set_identity_version"),
    )


def downgrade() -> None:
    """Forget the sets that people kept."""
    op.drop_table("requirement_set")
