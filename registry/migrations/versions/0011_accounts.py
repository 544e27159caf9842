"""Accounts with their sessions, links and tokens, and who did what the history tells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, empty. Of what happened before, nobody wrote down who did it: there the author stays unknown."""
    op.add_column("event", sa.Column("author", sa.Text(), nullable=True))
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "name_key", "role")),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.CheckConstraint("role IN ('reader', 'auditor', 'reviewer', 'admin')", name="ck_account_role"),
        sa.UniqueConstraint("name_key", name="uq_account_name_key"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
    )
    for table in ("account_session", "account_link"):
        op.create_table(
            table,
            sa.Column("secret_sha256", sa.Text(), nullable=False),
            sa.Column("account_id", sa.Integer(), nullable=False),
            sa.Column("created_at", MOMENT, nullable=False),
            sa.Column("ends_at", MOMENT, nullable=False),
            sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=f"fk_{table}_account_id_account"),
            sa.PrimaryKeyConstraint("secret_sha256", name=f"pk_{table}"),
        )
        op.create_index(f"ix_{table}_account_id", table, ["account_id"])
    op.create_table(
        "account_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        *(sa.Column(name, MOMENT, nullable=True) for name in ("ends_at", "revoked_at", "used_at")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_token_account_id_account"),
        sa.UniqueConstraint("secret_sha256", name="uq_account_token_secret_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_account_token"),
    )
    op.create_index("ix_account_token_account_id", "account_token", ["account_id"])
    op.create_table(
        "account_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("name_sha256", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_attempt"),
    )
    for columns in (["name_sha256", "at"], ["address", "at"], ["at"]):
        op.create_index(f"ix_account_attempt_{'_'.join(columns)}", "account_attempt", columns)


def downgrade() -> None:
    """Forget the accounts, and who did what."""
    for name in ("account_attempt", "account_token", "account_link", "account_session", "account"):
        op.drop_table(name)
    op.drop_column("event", "author")
