"""What audits ask of people, and campaigns: many devices audited as they are present."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, empty; audits that there are belong to no campaign."""
    op.create_table(
        "audit_prompt",
        sa.Column("audit_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_prompt_audit_id_audit"),
        sa.PrimaryKeyConstraint("audit_id", "position", name="pk_audit_prompt"),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("per_site", sa.Integer(), nullable=False),
        sa.Column("window_start", sa.Text(), nullable=True),
        sa.Column("window_end", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("round_began_at", MOMENT, nullable=False),
        sa.Column("next_round_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('active', 'paused', 'ended')", name="ck_campaign_state"),
        sa.CheckConstraint("every IN ('once', 'month')", name="ck_campaign_every"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
    )
    op.create_table(
        "campaign_device",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("certificate_number", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_campaign_device_campaign_id_campaign"),
        sa.PrimaryKeyConstraint("campaign_id", "station_id", name="pk_campaign_device"),
    )
    op.add_column("audit", sa.Column("campaign_id", sa.Text(), nullable=True))
    op.create_index("ix_audit_campaign_id_requested_at", "audit", ["campaign_id", "requested_at"])
    op.create_index("ix_audit_station_id_requested_at", "audit", ["station_id", "requested_at"])


def downgrade() -> None:
    """Forget the campaigns and what was asked; the audits stay."""
    op.drop_index("ix_audit_station_id_requested_at", "audit")
    op.drop_index("ix_audit_campaign_id_requested_at", "audit")
    op.drop_column("audit", "campaign_id")
    for name in ("campaign_device", "campaign", "audit_prompt"):
        op.drop_table(name)
