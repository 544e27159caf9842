"""What stands beside the entries of a list: how many findings their certificates have, what people corrected, and whether they hold."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.entries import Entry
from registry.certificates.models import Certificate, CertificateFinding
from registry.certificates.state import State, standing
from registry.review import store
from registry.review.corrections import Action, Correction, active, finding_field
from registry.review.models import CorrectionRecord


class Line(NamedTuple):
    """An entry, how many findings there are of it, the decisions that changed what is shown, and how it stands."""

    entry: Entry
    findings: int = 0
    corrections: tuple[Correction, ...] = ()
    state: State = State.HOLDS


def lines(session: Session, entries: Sequence[Entry]) -> list[Line]:
    """The entries with what stands beside them. One statement, and one more where anything was ever decided about one of them."""
    numbers = [entry.number for entry in entries if entry.number is not None]
    if not numbers:
        return [Line(entry) for entry in entries]
    connection = session.connection()
    listed = numbers if connection.dialect.name == "postgresql" else json.dumps(numbers)
    rows = connection.execute(_of_numbers(connection.dialect.name), {"numbers": listed}).all()
    found = {(row.number, row.revision or None): row for row in rows}
    if not found:
        return [Line(entry) for entry in entries]
    dated: dict[str, dict[str, date | None]] = defaultdict(dict)
    for row in rows:
        dated[row.number][row.revision] = row.date
    decided = [row.document_id for row in found.values() if row.is_decided]
    made = store.corrections_by_document(session, decided) if decided else {}

    def line(entry: Entry) -> Line:
        row = found.get((entry.number, entry.revision))
        if row is None:
            return Line(entry)
        decisions = made.get(row.document_id)
        changes = tuple(one for one in active(decisions) if one.changes) if decisions else ()
        # Of a number with several revisions, all are among what was found.
        stands = standing(dated[row.number], row.revision, was_listed=row.was_listed, is_listed=row.listed)
        return Line(entry, row.findings, changes, stands.state)

    return list(map(line, entries))


@cache
def _of_numbers(dialect: str) -> Select[Any]:
    """What is not as of most certificates. Made once: making it takes longer than asking."""
    findings = select(func.count(CertificateFinding.id)).where(CertificateFinding.certificate_id == Certificate.id, ~_dismissed())
    found = (
        select(
            CatalogueEntry.number,
            CatalogueEntry.revision,
            CatalogueEntry.date,
            CatalogueEntry.listed,
            CatalogueEntry.listing_row_id.is_not(None).label("was_listed"),
            func.count().over(partition_by=CatalogueEntry.number).label("revisions"),
            Certificate.document_id,
            findings.correlate(Certificate).scalar_subquery().label("findings"),
            exists().where(CorrectionRecord.document_id == Certificate.document_id).label("is_decided"),
        )
        .outerjoin(Certificate, Certificate.id == CatalogueEntry.certificate_id)
        .where(_is_listed(dialect))
        .subquery()
    )
    is_withdrawn = and_(found.c.was_listed, ~found.c.listed)
    return select(found).where(or_(found.c.findings > 0, found.c.is_decided, found.c.revisions > 1, is_withdrawn))


def _is_listed(dialect: str) -> ColumnElement[bool]:
    """The condition that an entry's number is in the list: one parameter, however many they are."""
    if dialect == "postgresql":
        return CatalogueEntry.number == func.any(bindparam("numbers", type_=ARRAY(Text)))
    return CatalogueEntry.number.in_(select(func.json_each(bindparam("numbers")).table_valued("value").c.value))


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
