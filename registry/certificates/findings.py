"""Keeps what was found about certificates, by who found it: each renews only its own, and the documents' standings follow.

Whoever calls hands in a session inside a transaction and commits it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from registry.certificates.facts import Finding, Severity
from registry.certificates.models import DOCUMENT_ORIGIN, Certificate, CertificateFinding
from registry.db import lock_for_writing
from registry.documents.models import Document
from registry.review import standing
from registry.review.corrections import is_dismissed
from registry.review.store import active_corrections


def record_findings(session: Session, origin: str, found: Mapping[int, Sequence[Finding]]) -> None:
    """Replace what `origin` (see `registry.certificates.models`) had found about certificates, given by id; others' findings stay.

    Where the same was found as before, nothing is written.
    """
    lock_for_writing(session)
    changed = [one for one in found if _findings(session, one, origin) != list(found[one])]
    for certificate_id in changed:
        write_findings(session, certificate_id, origin, found[certificate_id])
    found_under = session.execute(select(Certificate.number, Certificate.revision).where(Certificate.id.in_(changed)))
    keys = [(number, revision) for number, revision in found_under]
    standing.project(session, standing.documents_under(session, keys))


def record_document_findings(session: Session, sha256: str, findings: Sequence[Finding]) -> None:
    """Replace what a stored document itself disagrees in, once its values were decided upon: shown without what was dismissed."""
    lock_for_writing(session)
    document = session.scalars(select(Document).where(Document.sha256 == sha256)).one()
    decided = active_corrections(session, document.id)
    certificate = session.scalar(select(Certificate).where(Certificate.document_id == document.id))
    if certificate is not None:
        left = [finding for finding in findings if not is_dismissed(finding, decided)]
        write_findings(session, certificate.id, DOCUMENT_ORIGIN, left)
    standing.project(session, [document.id], {document.id: findings})


def _findings(session: Session, certificate_id: int, origin: str) -> list[Finding]:
    statement = select(CertificateFinding).where(CertificateFinding.certificate_id == certificate_id, CertificateFinding.origin == origin)
    rows = session.scalars(statement.order_by(CertificateFinding.position))
    return [Finding(row.rule, Severity(row.severity), row.message, tuple(row.fields)) for row in rows]


def write_findings(session: Session, certificate_id: int, origin: str, findings: Sequence[Finding]) -> None:
    """Replace what `origin` had found about one certificate; whoever calls renews the standing of its documents."""
    session.execute(
        delete(CertificateFinding).where(CertificateFinding.certificate_id == certificate_id, CertificateFinding.origin == origin)
    )
    rows = [
        {
            "certificate_id": certificate_id,
            "origin": origin,
            "position": position,
            "rule": finding.rule,
            "severity": str(finding.severity),
            "message": finding.message,
            "fields": list(finding.fields),
        }
        for position, finding in enumerate(findings)
    ]
    if rows:
        session.execute(insert(CertificateFinding), rows)
