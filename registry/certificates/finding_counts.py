"""How many findings the entries of a result page have."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.certificates.models import Certificate, CertificateFinding
from registry.certificates.search import Entry


def finding_counts(session: Session, entries: Sequence[Entry]) -> dict[tuple[str, str | None], int]:
    """The number of findings by certificate number and revision; entries without any are left out. One statement."""
    numbers = {entry.number for entry in entries if entry.has_document and entry.number is not None}
    if not numbers:
        return {}
    statement = (
        select(Certificate.number, Certificate.revision, func.count(CertificateFinding.id))
        .join(CertificateFinding, CertificateFinding.certificate_id == Certificate.id)
        .where(Certificate.number.in_(numbers))
        .group_by(Certificate.number, Certificate.revision)
    )
    return {(number, revision or None): found for number, revision, found in session.execute(statement)}
