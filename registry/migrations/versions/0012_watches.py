"""Keeping watch: which device an event is about, a name of this installation that lasts, watches and their outbox.

Events from before keep no device: they are never changed.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the column, draw the name, make the tables, empty."""
    op.add_column("event", sa.Column("device", sa.Text(), nullable=True))
    op.create_index("ix_event_device", "event", ["device"])
    _installation()
    _addresses()
    _watches()
    _deliveries()


def downgrade() -> None:
    """Forget all of it; feeds that are made later bear other ids."""
    for name in ("watch_delivery", "watch", "watch_address", "installation"):
        op.drop_table(name)
    op.drop_index("ix_event_device", "event")
    op.drop_column("event", "device")


def _installation() -> None:
    table = op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name="ck_installation_one"),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.bulk_insert(table, [{"id": 1, "name": str(uuid.uuid4()), "made_at": datetime.now(UTC)}])


def _addresses() -> None:
    op.create_table(
        "watch_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.Text(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_watch_address_account_id_account"),
        sa.UniqueConstraint("account_id", "address", name="uq_watch_address_account_id_address"),
        sa.UniqueConstraint("secret_sha256", name="uq_watch_address_secret_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_watch_address"),
    )


def _watches() -> None:
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("topic", "key", "label", "channel")),
        sa.Column("address_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("url", "secret")),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.CheckConstraint("channel IN ('mail', 'webhook')", name="ck_watch_channel"),
        sa.CheckConstraint("state IN ('active', 'paused', 'stopped')", name="ck_watch_state"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_watch_account_id_account"),
        sa.ForeignKeyConstraint(["address_id"], ["watch_address.id"], name="fk_watch_address_id_watch_address", ondelete="CASCADE"),
        sa.UniqueConstraint("token", name="uq_watch_token"),
        sa.PrimaryKeyConstraint("id", name="pk_watch"),
    )
    for columns in (["account_id"], ["address_id"], ["state", "event_id"]):
        op.create_index(f"ix_watch_{'_'.join(columns)}", "watch", columns)


def _deliveries() -> None:
    op.create_table(
        "watch_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=True),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('events', 'test', 'confirmation')", name="ck_watch_delivery_kind"),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'given up')", name="ck_watch_delivery_state"),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="fk_watch_delivery_watch_id_watch", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["address_id"], ["watch_address.id"], name="fk_watch_delivery_address_id_watch_address", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("message", name="uq_watch_delivery_message"),
        sa.PrimaryKeyConstraint("id", name="pk_watch_delivery"),
    )
    for columns in (["state", "due_at"], ["watch_id"], ["address_id"]):
        op.create_index(f"ix_watch_delivery_{'_'.join(columns)}", "watch_delivery", columns)
