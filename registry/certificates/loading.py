"""Certificates back from the database, or a reading back from its JSON, as the plain facts that they were stored from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from registry.certificates.facts import (
    SCALAR_FIELDS,
    CertificateFacts,
    DocumentFacts,
    Extraction,
    FieldState,
    Finding,
    PerformanceRow,
    Provenance,
    Severity,
)
from registry.certificates.models import (
    Certificate,
    CertificateFinding,
    ConfigurationKey,
    FieldProvenance,
    PerformanceResult,
    ProfileResult,
    TableRow,
)
from registry.certificates.models import Extraction as StoredExtraction


def load_facts(session: Session, certificate: Certificate) -> CertificateFacts:
    """What the certificate says, by its current reading. Four statements."""
    printed = set(certificate.printed_tables)
    tables: dict[str, dict[str, str | None]] = defaultdict(dict)
    for profile in _rows(session, ProfileResult, certificate):
        tables["profiles"][profile.profile] = profile.result
    for row in _rows(session, TableRow, certificate):
        tables[row.table_name][row.name] = row.value
    for key in _rows(session, ConfigurationKey, certificate):
        tables["configuration_keys"][key.key] = key.value
    performance = tuple(
        PerformanceRow(row.name, row.pics_seconds, row.measured_seconds) for row in _rows(session, PerformanceResult, certificate)
    )
    values: dict[str, Any] = {name: tables[name] if name in printed else None for name in NAMED_TABLES}
    return replace(scalar_facts(certificate), **values, performance=performance if "performance" in printed else None)


def scalar_facts(certificate: Certificate) -> CertificateFacts:
    """What the certificate says besides its tables, by its current reading. No statement."""
    day = certificate.certification_date
    values: dict[str, Any] = {name: getattr(certificate, name) for name in SCALAR_FIELDS} | {
        "revision": certificate.revision or None,
        "certification_date": day.isoformat() if day is not None else None,
    }
    return CertificateFacts(**values)


NAMED_TABLES = ("profiles", "hardware", "limits", "configuration_keys", "features")


def load_provenance(session: Session, certificate: Certificate) -> tuple[Provenance, ...]:
    """Where each value of the current reading stands in the document."""
    return tuple(
        Provenance(row.field, row.raw, FieldState(row.state), row.page, row.line, _box(row), row.rule)
        for row in _rows(session, FieldProvenance, certificate)
    )


def load_findings(session: Session, certificate: Certificate) -> dict[str, tuple[Finding, ...]]:
    """What was found about the certificate, by who found it, the most severe first."""
    statement = (
        select(CertificateFinding)
        .where(CertificateFinding.certificate_id == certificate.id)
        .order_by(CertificateFinding.origin, CertificateFinding.position)
    )
    found: dict[str, list[Finding]] = defaultdict(list)
    for row in session.scalars(statement):
        found[row.origin].append(Finding(row.rule, Severity(row.severity), row.message, tuple(row.fields)))
    rank = list(Severity)
    return {origin: tuple(sorted(findings, key=lambda finding: rank.index(finding.severity))) for origin, findings in found.items()}


def extraction_from_json(payload: Mapping[str, Any], public_text: str = "", evidence: Mapping[str, Any] | None = None) -> Extraction:
    """The reading of which `payload` is the JSON (`Extraction.to_json`)."""
    certificate = dict(payload["certificate"])
    if certificate["performance"] is not None:
        certificate["performance"] = tuple(PerformanceRow(**row) for row in certificate["performance"])
    return Extraction(
        document=DocumentFacts(**payload["document"]),
        certificate=CertificateFacts(**certificate),
        fields=tuple(
            Provenance(**{**entry, "state": FieldState(entry["state"]), "box": tuple(entry["box"]) if entry["box"] else None})
            for entry in payload["fields"]
        ),
        findings=tuple(map(finding_from_json, payload["findings"])),
        public_text=public_text,
        evidence=evidence,
    )


def finding_from_json(entry: Mapping[str, Any]) -> Finding:
    """The finding of which `entry` is the JSON (`Finding.to_json`)."""
    return Finding(entry["rule"], Severity(entry["severity"]), entry["message"], tuple(entry["fields"]))


def is_newest_reading() -> ColumnElement[bool]:
    """The condition that a stored extraction is the newest one of its document: what the document is taken to say."""
    newer = aliased(StoredExtraction)
    return ~exists().where(newer.document_id == StoredExtraction.document_id, newer.id > StoredExtraction.id)


def _rows(session: Session, model: Any, certificate: Certificate) -> Any:
    return session.scalars(select(model).where(model.certificate_id == certificate.id).order_by(model.position))


def _box(row: FieldProvenance) -> tuple[float, float, float, float] | None:
    if row.box_left is None or row.box_top is None or row.box_right is None or row.box_bottom is None:
        return None
    return row.box_left, row.box_top, row.box_right, row.box_bottom
