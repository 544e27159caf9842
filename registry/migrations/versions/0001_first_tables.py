"""The first tables: documents, certificates, the list, the catalogue, audits, history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ACTIVE = "state IN ('queued', 'running')"

TABLES = (
    "document",
    "extraction",
    "certificate",
    "profile_result",
    "performance_result",
    "table_row",
    "configuration_key",
    "field_provenance",
    "finding",
    "listing_snapshot",
    "listing_row",
    "catalogue_entry",
    "catalogue_profile",
    "audit",
    "audit_progress",
    "event",
)
"""In the order in which they can be made: each after those that it refers to."""


def upgrade() -> None:
    """Make all tables, and the triggers that keep the history as it was written."""
    _documents()
    _certificates()
    _listing()
    _catalogue()
    _audits()
    _events()
    _keep_history()


def downgrade() -> None:
    """Remove everything."""
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION event_is_append_only()")


def _documents() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("text_source", sa.Text(), nullable=False),
        sa.Column("public_text", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("sha256", name="uq_document_sha256"),
    )


def _certificates() -> None:
    op.create_table(
        "extraction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("parser_version", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_extraction_document_id_document"),
        sa.PrimaryKeyConstraint("id", name="pk_extraction"),
    )
    op.create_index("ix_extraction_document_id", "extraction", ["document_id"])
    op.create_index("ix_extraction_number_revision", "extraction", ["number", "revision"])
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("extraction_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("protocol", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("product_type", sa.Text(), nullable=True),
        sa.Column("designation", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("software_version", sa.Text(), nullable=True),
        sa.Column("certification_date", sa.Date(), nullable=True),
        sa.Column("reference_specification", sa.Text(), nullable=True),
        sa.Column("errata", sa.Text(), nullable=True),
        sa.Column("test_laboratory", sa.Text(), nullable=True),
        sa.Column("laboratory_location", sa.Text(), nullable=True),
        sa.Column("test_report_reference", sa.Text(), nullable=True),
        sa.Column("document_evidence", sa.Text(), nullable=True),
        sa.Column("vendor_name", sa.Text(), nullable=True),
        sa.Column("communication", sa.Text(), nullable=True),
        sa.Column("octt_version", sa.Text(), nullable=True),
        sa.Column("printed_tables", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_certificate_document_id_document"),
        sa.ForeignKeyConstraint(["extraction_id"], ["extraction.id"], name="fk_certificate_extraction_id_extraction"),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("number", "revision", name="uq_certificate_number_revision"),
    )
    op.create_index("ix_certificate_document_id", "certificate", ["document_id"])
    op.create_index("ix_certificate_extraction_id", "certificate", ["extraction_id"])
    _printed_tables()
    _evidence()


def _printed_tables() -> None:
    op.create_table(
        "profile_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_profile_result_certificate_id_certificate", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_profile_result"),
        sa.UniqueConstraint("certificate_id", "position", name="uq_profile_result_certificate_id_position"),
    )
    op.create_table(
        "performance_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pics_seconds", sa.Integer(), nullable=True),
        sa.Column("measured_seconds", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_performance_result_certificate_id_certificate", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_performance_result"),
        sa.UniqueConstraint("certificate_id", "position", name="uq_performance_result_certificate_id_position"),
    )
    op.create_table(
        "table_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name="fk_table_row_certificate_id_certificate", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_table_row"),
        sa.UniqueConstraint("certificate_id", "table_name", "position", name="uq_table_row_certificate_id_table_name_position"),
    )
    op.create_table(
        "configuration_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_configuration_key_certificate_id_certificate", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_configuration_key"),
        sa.UniqueConstraint("certificate_id", "position", name="uq_configuration_key_certificate_id_position"),
    )


def _evidence() -> None:
    op.create_table(
        "field_provenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("box_left", sa.Double(), nullable=True),
        sa.Column("box_top", sa.Double(), nullable=True),
        sa.Column("box_right", sa.Double(), nullable=True),
        sa.Column("box_bottom", sa.Double(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_field_provenance_certificate_id_certificate", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_field_provenance"),
        sa.UniqueConstraint("certificate_id", "position", name="uq_field_provenance_certificate_id_position"),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name="fk_finding_certificate_id_certificate", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint("certificate_id", "origin", "position", name="uq_finding_certificate_id_origin_position"),
    )


def _listing() -> None:
    op.create_table(
        "listing_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listing_snapshot"),
    )
    op.create_table(
        "listing_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("certificate_no", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("designation", sa.Text(), nullable=True),
        sa.Column("certificate_type", sa.Text(), nullable=True),
        sa.Column("software_version", sa.Text(), nullable=True),
        sa.Column("protocol", sa.Text(), nullable=True),
        sa.Column("date", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("product_type", sa.Text(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["listing_snapshot.id"], name="fk_listing_row_snapshot_id_listing_snapshot"),
        sa.PrimaryKeyConstraint("id", name="pk_listing_row"),
        sa.UniqueConstraint("snapshot_id", "row", name="uq_listing_row_snapshot_id_row"),
    )
    op.create_index("ix_listing_row_number_revision", "listing_row", ["number", "revision"])


def _catalogue() -> None:
    op.create_table(
        "catalogue_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=True),
        sa.Column("listing_row_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("protocol", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("holder_key", sa.Text(), nullable=False),
        sa.Column("designation", sa.Text(), nullable=True),
        sa.Column("software_version", sa.Text(), nullable=True),
        sa.Column("laboratory", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("has_document", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("profiles", sa.JSON(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name="fk_catalogue_entry_certificate_id_certificate", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["listing_row_id"], ["listing_row.id"], name="fk_catalogue_entry_listing_row_id_listing_row"),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_entry"),
        sa.UniqueConstraint("number", "revision", name="uq_catalogue_entry_number_revision"),
    )
    op.create_index("ix_catalogue_entry_certificate_id", "catalogue_entry", ["certificate_id"])
    op.create_index("ix_catalogue_entry_date", "catalogue_entry", ["date"])
    op.create_index("ix_catalogue_entry_holder_key", "catalogue_entry", ["holder_key"])
    op.create_index("ix_catalogue_entry_listing_row_id", "catalogue_entry", ["listing_row_id"])
    op.create_index("ix_catalogue_entry_year", "catalogue_entry", ["year"])
    op.create_table(
        "catalogue_profile",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["catalogue_entry.id"], name="fk_catalogue_profile_entry_id_catalogue_entry", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", "profile", name="pk_catalogue_profile"),
    )
    op.create_index("ix_catalogue_profile_profile", "catalogue_profile", ["profile"])


def _audits() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("certificate_number", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("wait_seconds", sa.Double(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("transcript_sha256", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_audit_state")),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_certificate_number", "audit", ["certificate_number"])
    op.create_index("ix_audit_requested_at", "audit", ["requested_at"])
    op.create_index(
        "uq_audit_active_station", "audit", ["station_id"], unique=True, sqlite_where=sa.text(ACTIVE), postgresql_where=sa.text(ACTIVE)
    )
    op.create_table(
        "audit_progress",
        sa.Column("audit_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_audit_progress_audit_id_audit"),
        sa.PrimaryKeyConstraint("audit_id", "position", name="pk_audit_progress"),
    )


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_at", "event", ["at"])
    op.create_index("ix_event_number_revision", "event", ["number", "revision"])


def _keep_history() -> None:
    """Make the database itself refuse to change or remove an event."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'events are only ever added' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
            "FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_append_only_{change.lower()} BEFORE {change} ON event "
            "BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END"
        )
