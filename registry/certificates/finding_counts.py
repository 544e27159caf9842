"""How many findings the entries of a result page have."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from registry.certificates.models import Certificate, CertificateFinding
from registry.certificates.search import Entry
from registry.review.corrections import Action, finding_field
from registry.review.models import CorrectionRecord


def finding_counts(session: Session, entries: Sequence[Entry]) -> dict[tuple[str, str | None], int]:
    """The number of findings by certificate number and revision; entries without any are left out. One statement."""
    numbers = {entry.number for entry in entries if entry.has_document and entry.number is not None}
    if not numbers:
        return {}
    statement = (
        select(Certificate.number, Certificate.revision, func.count(CertificateFinding.id))
        .join(CertificateFinding, CertificateFinding.certificate_id == Certificate.id)
        .where(Certificate.number.in_(numbers), ~_dismissed())
        .group_by(Certificate.number, Certificate.revision)
    )
    return {(number, revision or None): found for number, revision, found in session.execute(statement)}


def _dismissed() -> ColumnElement[bool]:
    """The condition that a review found the finding to rest on a misreading, and that this was not undone."""
    dismissal, undoing = aliased(CorrectionRecord), aliased(CorrectionRecord)
    return exists().where(
        dismissal.document_id == Certificate.document_id,
        dismissal.action == str(Action.DISMISS_FINDING),
        dismissal.field == literal(finding_field("")) + CertificateFinding.rule,
        dismissal.read_value == CertificateFinding.message,
        ~exists().where(undoing.undoes == dismissal.id),
    )
