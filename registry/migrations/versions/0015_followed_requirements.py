"""What each requirement set last said of each product, and which events tell that it says otherwise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty: the first answers are no news."""
    op.create_table(
        "requirement_followed",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_requirement_followed"),
    )
    op.create_table(
        "requirement_answer",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("identity", "number", "revision", "holder_key", "answer")),
        sa.PrimaryKeyConstraint("identity", "number", "revision", name="pk_requirement_answer"),
    )
    for column in ("holder_key", "number"):
        op.create_index(f"ix_requirement_answer_{column}", "requirement_answer", [column])
    op.create_table(
        "requirement_event",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_requirement_event_event_id_event"),
        sa.PrimaryKeyConstraint("event_id", name="pk_requirement_event"),
    )
    op.create_index("ix_requirement_event_identity_event_id", "requirement_event", ["identity", "event_id"])


def downgrade() -> None:
    """Forget the answers; what they told stays in the history."""
    for name in ("requirement_event", "requirement_answer", "requirement_followed"):
        op.drop_table(name)
