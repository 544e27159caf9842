"""What each document says as it is held now, what checks went by, and what people decided about lists that were kept aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SET_ASIDE = ("lacking", "decision", "decided_at", "reason", "who")


def upgrade() -> None:
    """Make the table of standings, empty: the program fills it when it starts, since only it knows how."""
    op.add_column("extraction", sa.Column("evidence", sa.JSON(), nullable=True))
    op.create_table(
        "document_standing",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=name != "revision")
            for name in ("number", "revision", "kind", "protocol", "role", "holder", "designation", "software_version", "product_key")
        ),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("severity", "unnumbered", "differing", "unread", "errors", "warnings", "notes", "open_points", "settled")
        ),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_document_standing_document_id_document"),
        sa.PrimaryKeyConstraint("document_id", name="pk_document_standing"),
        sa.UniqueConstraint("sha256", name="uq_document_standing_sha256"),
    )
    op.create_index("ix_document_standing_number_revision", "document_standing", ["number", "revision"])
    op.create_index("ix_document_standing_product_key", "document_standing", ["product_key"])
    op.create_index("ix_document_standing_state_severity", "document_standing", ["state", "severity"])
    for name in SET_ASIDE:
        kind = sa.JSON() if name == "lacking" else sa.DateTime(timezone=True) if name == "decided_at" else sa.Text()
        op.add_column("listing_set_aside", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Forget it again; documents, readings and decisions about documents stay."""
    for name in reversed(SET_ASIDE):
        op.drop_column("listing_set_aside", name)
    op.drop_table("document_standing")
    op.drop_column("extraction", "evidence")
