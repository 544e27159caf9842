"""What stands beside the entries of a list: how many findings their certificates have, and what people corrected in them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from registry.certificates.models import Certificate, CertificateFinding
from registry.certificates.search import Entry
from registry.review import store
from registry.review.corrections import Action, Correction, active, finding_field
from registry.review.models import CorrectionRecord

Key = tuple[str, str | None]
"""A certificate's number and revision."""

Findings = dict[Key, int]
Corrections = dict[Key, tuple[Correction, ...]]


def beside(session: Session, entries: Iterable[Entry]) -> tuple[Findings, Corrections]:
    """How many findings there are of each, and the decisions that changed what is shown; entries without any are left out.

    One statement, and one more where anything was ever decided about one of them.
    """
    numbers = sorted({entry.number for entry in entries if entry.has_document and entry.number is not None})
    if not numbers:
        return {}, {}
    found = session.connection().execute(_of_numbers(), {"numbers": numbers}).all()
    decided = {row.document_id: (row.number, row.revision or None) for row in found if row.is_decided}
    made = store.corrections_by_document(session, decided) if decided else {}
    changed = {decided[document]: tuple(one for one in active(of_it) if one.changes) for document, of_it in made.items()}
    findings = {(row.number, row.revision or None): row.findings for row in found if row.findings}
    return findings, {key: ones for key, ones in changed.items() if ones}


@cache
def _of_numbers() -> Select[Any]:
    """Made once: making it takes longer than asking."""
    findings = select(func.count(CertificateFinding.id)).where(CertificateFinding.certificate_id == Certificate.id, ~_dismissed())
    return select(
        Certificate.number,
        Certificate.revision,
        Certificate.document_id,
        findings.correlate(Certificate).scalar_subquery().label("findings"),
        exists().where(CorrectionRecord.document_id == Certificate.document_id).label("is_decided"),
    ).where(Certificate.number.in_(bindparam("numbers", expanding=True)))


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
