"""By which companies are found however they are spelt, and the names that people record as those of one company."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from registry.certificates.words import company_key

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ENTRY = sa.table("catalogue_entry", *map(sa.column, ("number", "revision", "holder", "holder_key", "company_key")))
ANSWER = sa.table("requirement_answer", *map(sa.column, ("number", "revision", "company_key")))
BY_COMPANY = "ix_catalogue_entry_company_key_designation_slug"
RENAMED = "ALTER TABLE requirement_answer RENAME COLUMN {} TO {}"


def upgrade() -> None:
    """Make the column with its index, and the table. The answers of requirement sets are kept by company from now on."""
    op.add_column("catalogue_entry", sa.Column("company_key", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.drop_index("ix_requirement_answer_holder_key", "requirement_answer")
    op.execute(RENAMED.format("holder_key", "company_key"))
    _fill()
    op.create_index(BY_COMPANY, "catalogue_entry", ["company_key", "designation_slug"])
    op.create_index("ix_requirement_answer_company_key", "requirement_answer", ["company_key"])
    op.create_table(
        "company_alias",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("holder", "holder_key", "name", "name_key", "reason")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_company_alias"),
    )
    for column in ("holder_key", "name_key"):
        op.create_index(f"ix_company_alias_{column}", "company_alias", [column])


def downgrade() -> None:
    """Do without; which names were recorded stays in the event log."""
    op.drop_table("company_alias")
    op.drop_index(BY_COMPANY, "catalogue_entry")
    op.drop_index("ix_requirement_answer_company_key", "requirement_answer")
    _keep(ENTRY.c.holder_key)
    op.execute(RENAMED.format("company_key", "holder_key"))
    op.create_index("ix_requirement_answer_holder_key", "requirement_answer", ["holder_key"])
    op.drop_column("catalogue_entry", "company_key")


def _fill() -> None:
    """Give each entry the key of its company, and each answer that of its entry."""
    connection = op.get_bind()
    holders = connection.execute(sa.select(ENTRY.c.holder, ENTRY.c.holder_key).where(ENTRY.c.holder.is_not(None)).distinct()).all()
    keyed = [{"spelt": holder, "sorted": sorted_by, "key": company_key(holder)} for holder, sorted_by in holders]
    if keyed:
        # By what there is an index of.
        same = (ENTRY.c.holder_key == sa.bindparam("sorted"), ENTRY.c.holder == sa.bindparam("spelt"))
        connection.execute(sa.update(ENTRY).where(*same).values(company_key=sa.bindparam("key")), keyed)
    _keep(ENTRY.c.company_key)


def _keep(key: sa.ColumnClause[str]) -> None:
    """Keep the answers by that key of the entries that they are about."""
    same = (ENTRY.c.number == ANSWER.c.number, ENTRY.c.revision == ANSWER.c.revision)
    about = sa.select(key).where(*same).scalar_subquery()
    op.get_bind().execute(sa.update(ANSWER).values(company_key=sa.func.coalesce(about, ANSWER.c.company_key)))
