"""What ingest remembers: how documents were read, which files and addresses were seen, lists set aside, and pages to picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("reading_outcome", "seen_file", "fetched_address", "listing_set_aside")


def upgrade() -> None:
    """Add the tables and two columns; what is there stays as it is."""
    op.add_column("document", sa.Column("page_sizes", sa.JSON(), nullable=True))
    op.add_column("listing_row", sa.Column("extra", sa.JSON(), nullable=True))
    op.create_table(
        "reading_outcome",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("parser_version", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=True),
        sa.Column("unread", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_reading_outcome"),
    )
    op.create_index("ix_reading_outcome_status", "reading_outcome", ["status"])
    op.create_table(
        "seen_file",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("path", name="pk_seen_file"),
    )
    op.create_table(
        "fetched_address",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_fetched_address"),
    )
    op.create_table(
        "listing_set_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("emptied", sa.Integer(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listing_set_aside"),
        sa.UniqueConstraint("sha256", name="uq_listing_set_aside_sha256"),
    )


def downgrade() -> None:
    """Forget it all again; documents, certificates and lists stay."""
    for table in reversed(TABLES):
        op.drop_table(table)
    for table, column in (("listing_row", "extra"), ("document", "page_sizes")):
        op.drop_column(table, column)
