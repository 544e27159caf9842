"""The fleet: deployed devices, the files that they came in, and what matching made of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "fleet_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fleet_import"),
    )
    op.create_table(
        "fleet_device",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("imported_at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("vendor", "model", "firmware", "serial")),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("installed", sa.Date(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=True),
        sa.Column("hardware", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("answer", "rule", "sentence")),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.Column("firmware_used", sa.Text(), nullable=True),
        sa.Column("seen_firmware", sa.Text(), nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("is_drifted", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('CS', 'CSMS')", name="ck_fleet_device_role"),
        sa.ForeignKeyConstraint(["import_id"], ["fleet_import.id"], name="fk_fleet_device_import_id_fleet_import"),
        sa.PrimaryKeyConstraint("identity", name="pk_fleet_device"),
    )
    for column in ("site", "answer", "vendor"):
        op.create_index(f"ix_fleet_device_{column}", "fleet_device", [column])
    op.create_table(
        "fleet_mapping",
        sa.Column("headings_sha256", sa.Text(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("headings_sha256", name="pk_fleet_mapping"),
    )
    op.create_table(
        "fleet_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matched_at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("covered", "not_covered", "cannot_tell", "drifted")),
        sa.PrimaryKeyConstraint("id", name="pk_fleet_match"),
    )
    op.create_index("ix_fleet_match_matched_at", "fleet_match", ["matched_at"])


def downgrade() -> None:
    """Forget the fleet."""
    for name in ("fleet_match", "fleet_mapping", "fleet_device", "fleet_import"):
        op.drop_table(name)
