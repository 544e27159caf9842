"""What tells companies apart whose names are looked up by the same, so that lists and pages hold them for two as the matching does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry.certificates.words import apart_key

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ENTRY = sa.table("catalogue_entry", *map(sa.column, ("holder", "holder_key", "apart_key")))
BEFORE = "ix_catalogue_entry_company_key_designation_slug"
BY_COMPANY = "ix_catalogue_entry_company_key_apart_key_designation_slug"


def upgrade() -> None:
    """Make the column, and the index by it in the place of the one without."""
    op.add_column("catalogue_entry", sa.Column("apart_key", sa.Text(), nullable=False, server_default=sa.text("''")))
    _fill()
    op.drop_index(BEFORE, "catalogue_entry")
    op.create_index(BY_COMPANY, "catalogue_entry", ["company_key", "apart_key", "designation_slug"])


def downgrade() -> None:
    """Do without."""
    op.drop_index(BY_COMPANY, "catalogue_entry")
    op.create_index(BEFORE, "catalogue_entry", ["company_key", "designation_slug"])
    op.drop_column("catalogue_entry", "apart_key")


def _fill() -> None:
    """Give each entry what its holder's name has of that: few have any."""
    connection = op.get_bind()
    holders = connection.execute(sa.select(ENTRY.c.holder, ENTRY.c.holder_key).where(ENTRY.c.holder.is_not(None)).distinct()).all()
    told = [{"spelt": holder, "sorted": sorted_by, "apart": apart_key(holder)} for holder, sorted_by in holders if apart_key(holder)]
    if told:
        # By what there is an index of.
        same = (ENTRY.c.holder_key == sa.bindparam("sorted"), ENTRY.c.holder == sa.bindparam("spelt"))
        connection.execute(sa.update(ENTRY).where(*same).values(apart_key=sa.bindparam("apart")), told)
