"""Certificates as the registry holds them: every reading of a document, and the current one taken apart into rows.

An `Extraction` is never changed or removed. A `Certificate` and its rows show the reading that is current; they are rebuilt
when another one becomes so.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base

DOCUMENT_ORIGIN, LISTING_ORIGIN, PRODUCT_ORIGIN = "document", "listing", "product"
"""Who finds something about a certificate: its document alone, the OCA's list, or the other documents of its product and number."""

NO_REVISION = ""
"""How a certificate without a revision is stored: a NULL would not take part in the uniqueness of number and revision."""


class Extraction(Base):
    """One reading of one document by one version of the parser.

    `payload` is the reading as the command line prints it. `number` and `revision` are what the document is held as, with people's
    corrections; `number` is None when it was kept for review because no certificate number was read with certainty. `evidence` is what the
    checks went by besides the values, by the newest parser that read the same; None for a reading of before it was kept.
    `content_sha256` tells two readings of the same document apart.
    """

    __tablename__ = "extraction"
    __table_args__ = (Index(None, "document_id"), Index(None, "number", "revision"))

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[str | None]
    revision: Mapped[str]
    parser_version: Mapped[str]
    payload: Mapped[dict[str, Any]]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    content_sha256: Mapped[str]
    created_at: Mapped[datetime]


class Certificate(Base):
    """One certificate, by number and revision, as its current extraction reads it. The scalar fields are those of `CertificateFacts`.

    `printed_tables` names the tables that the document has, because one without rows is not the same as none.
    """

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("number", "revision"), Index(None, "extraction_id"), Index(None, "document_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    revision: Mapped[str]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    extraction_id: Mapped[int] = mapped_column(ForeignKey("extraction.id"))
    kind: Mapped[str | None]
    protocol: Mapped[str | None]
    role: Mapped[str | None]
    holder: Mapped[str | None]
    product_type: Mapped[str | None]
    designation: Mapped[str | None]
    model: Mapped[str | None]
    software_version: Mapped[str | None]
    certification_date: Mapped[date | None]
    reference_specification: Mapped[str | None]
    errata: Mapped[str | None]
    test_laboratory: Mapped[str | None]
    laboratory_location: Mapped[str | None]
    test_report_reference: Mapped[str | None]
    document_evidence: Mapped[str | None]
    vendor_name: Mapped[str | None]
    communication: Mapped[str | None]
    octt_version: Mapped[str | None]
    printed_tables: Mapped[list[str]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ProfileResult(Base):
    """One row of the table of certified functionalities: a feature profile and its result as printed."""

    __tablename__ = "profile_result"
    __table_args__ = (UniqueConstraint("certificate_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"))
    position: Mapped[int]
    profile: Mapped[str]
    result: Mapped[str | None]


class PerformanceResult(Base):
    """One row of "Performance Measurement Results": the PICS value and the laboratory's measurement, in seconds."""

    __tablename__ = "performance_result"
    __table_args__ = (UniqueConstraint("certificate_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    pics_seconds: Mapped[int | None]
    measured_seconds: Mapped[int | None]


class TableRow(Base):
    """One row of a table of names and values; `table_name` is `hardware`, `limits` or `features`."""

    __tablename__ = "table_row"
    __table_args__ = (UniqueConstraint("certificate_id", "table_name", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"))
    table_name: Mapped[str]
    position: Mapped[int]
    name: Mapped[str]
    value: Mapped[str | None]


class ConfigurationKey(Base):
    """One configuration key that the certificate declares; `state` tells a key without a value from one that was not read."""

    __tablename__ = "configuration_key"
    __table_args__ = (UniqueConstraint("certificate_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"))
    position: Mapped[int]
    key: Mapped[str]
    value: Mapped[str | None]
    state: Mapped[str]


class FieldProvenance(Base):
    """Where one value of the current extraction stands in the document; see `registry.certificates.facts.Provenance`."""

    __tablename__ = "field_provenance"
    __table_args__ = (UniqueConstraint("certificate_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"))
    position: Mapped[int]
    field: Mapped[str]
    raw: Mapped[str | None]
    state: Mapped[str]
    page: Mapped[int | None]
    line: Mapped[int | None]
    box_left: Mapped[float | None]
    box_top: Mapped[float | None]
    box_right: Mapped[float | None]
    box_bottom: Mapped[float | None]
    rule: Mapped[str]


class CertificateFinding(Base):
    """One disagreement about a certificate. `origin` says who found it (see `DOCUMENT_ORIGIN`), so that each renews only its own."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("certificate_id", "origin", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"))
    origin: Mapped[str]
    position: Mapped[int]
    rule: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str]
    fields: Mapped[list[str]]


class CatalogueVersion(Base):
    """One row, whose number moves with whatever a page of a search shows: in each transaction that changes any of it, by triggers."""

    __tablename__ = "catalogue_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
