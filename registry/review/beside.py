"""What stands beside the entries of a list: how many findings their certificates have, and what people corrected in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, bindparam, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from registry.certificates.models import Certificate, CertificateFinding
from registry.certificates.search import Entry
from registry.review import store
from registry.review.corrections import Action, Correction, active, finding_field
from registry.review.models import CorrectionRecord


class Line(NamedTuple):
    """An entry, how many findings there are of it, and the decisions that changed what is shown."""

    entry: Entry
    findings: int = 0
    corrections: tuple[Correction, ...] = ()


def lines(session: Session, entries: Sequence[Entry]) -> list[Line]:
    """The entries with what stands beside them. One statement, and one more where anything was ever decided about one of them."""
    numbers = [entry.number for entry in entries if entry.has_document and entry.number is not None]
    if not numbers:
        return [Line(entry) for entry in entries]
    connection = session.connection()
    listed = numbers if connection.dialect.name == "postgresql" else json.dumps(numbers)
    rows = connection.execute(_of_numbers(connection.dialect.name), {"numbers": listed}).all()
    found = {(row.number, row.revision or None): row for row in rows}
    if not found:
        return [Line(entry) for entry in entries]
    decided = [row.document_id for row in found.values() if row.is_decided]
    made = store.corrections_by_document(session, decided) if decided else {}

    def line(entry: Entry) -> Line:
        row = found.get((entry.number, entry.revision))
        if row is None:
            return Line(entry)
        decisions = made.get(row.document_id)
        changes = tuple(one for one in active(decisions) if one.changes) if decisions else ()
        return Line(entry, row.findings, changes)

    return list(map(line, entries))


@cache
def _of_numbers(dialect: str) -> Select[Any]:
    """What is not as of most certificates. Made once: making it takes longer than asking."""
    findings = select(func.count(CertificateFinding.id)).where(CertificateFinding.certificate_id == Certificate.id, ~_dismissed())
    found = (
        select(
            Certificate.number,
            Certificate.revision,
            Certificate.document_id,
            findings.correlate(Certificate).scalar_subquery().label("findings"),
            exists().where(CorrectionRecord.document_id == Certificate.document_id).label("is_decided"),
        )
        .where(_is_listed(dialect))
        .subquery()
    )
    return select(found).where(or_(found.c.findings > 0, found.c.is_decided))


def _is_listed(dialect: str) -> ColumnElement[bool]:
    """The condition that a certificate's number is in the list: one parameter, however many they are."""
    if dialect == "postgresql":
        return Certificate.number == func.any(bindparam("numbers", type_=ARRAY(Text)))
    return Certificate.number.in_(select(func.json_each(bindparam("numbers")).table_valued("value").c.value))


def _dismissed() -> ColumnElement[bool]:
    """The condition that a review found the finding to rest on a misreading, and that this was not undone."""
    dismissal, undoing = aliased(CorrectionRecord), aliased(CorrectionRecord)
    found = exists().where(
        dismissal.document_id == Certificate.document_id,
        dismissal.action == str(Action.DISMISS_FINDING),
        dismissal.field == literal(finding_field("")) + CertificateFinding.rule,
        dismissal.read_value == CertificateFinding.message,
        ~exists().where(undoing.undoes == dismissal.id),
    )
    return found.correlate(Certificate, CertificateFinding)
