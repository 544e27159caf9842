"""Keeps what was found about certificates, by who found it: each renews only its own, and the documents' standings follow.

Whoever calls hands in a session inside a transaction and commits it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from registry.among import among
from registry.bulk import batches, insert_rows
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
    known = _findings(session, found, origin)
    changed = {one: findings for one, findings in found.items() if known.get(one, []) != list(findings)}
    keys: list[tuple[str, str]] = []
    for batch in batches(changed):
        session.execute(
            delete(CertificateFinding).where(among(session, CertificateFinding.certificate_id, batch), CertificateFinding.origin == origin)
        )
        under = session.execute(select(Certificate.number, Certificate.revision).where(among(session, Certificate.id, batch)))
        keys += [(number, revision) for number, revision in under]
    add_findings(session, origin, changed)
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


def write_findings(session: Session, certificate_id: int, origin: str, findings: Sequence[Finding]) -> None:
    """Replace what `origin` had found about one certificate; whoever calls renews the standing of its documents."""
    session.execute(
        delete(CertificateFinding).where(CertificateFinding.certificate_id == certificate_id, CertificateFinding.origin == origin)
    )
    add_findings(session, origin, {certificate_id: findings})


def add_findings(session: Session, origin: str, found: Mapping[int, Sequence[Finding]]) -> None:
    """Add what `origin` found about certificates, given by id, of which it had found nothing."""
    rows = [
        (certificate_id, origin, position, one.rule, str(one.severity), one.message, list(one.fields))
        for certificate_id, findings in found.items()
        for position, one in enumerate(findings)
    ]
    insert_rows(session, CertificateFinding, ("certificate_id", "origin", "position", "rule", "severity", "message", "fields"), rows)


def _findings(session: Session, certificate_ids: Collection[int], origin: str) -> dict[int, list[Finding]]:
    """What `origin` is known to have found about the certificates, by id; those of which it found nothing are left out."""
    found: defaultdict[int, list[Finding]] = defaultdict(list)
    of = CertificateFinding
    for batch in batches(certificate_ids):
        statement = select(of.certificate_id, of.rule, of.severity, of.message, of.fields).where(
            among(session, of.certificate_id, batch), of.origin == origin
        )
        for certificate_id, rule, severity, message, fields in session.execute(statement.order_by(of.certificate_id, of.position)):
            found[certificate_id].append(Finding(rule, Severity(severity), message, tuple(fields)))
    return found
