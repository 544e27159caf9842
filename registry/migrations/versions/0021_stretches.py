"""Where the catalogue is laid out for what many entries have; a chore fills it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STRETCH = "catalogue_stretch"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        STRETCH,
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("held", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "first", name=f"pk_{STRETCH}"),
    )
    op.create_index(f"ix_{STRETCH}_first", STRETCH, ["first"])
    if op.get_bind().dialect.name == "postgresql":
        # What is to be compressed is read many times for each time that it is written.
        op.execute(f"ALTER TABLE {STRETCH} ALTER held SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Do without."""
    op.drop_table(STRETCH)
