"""What stands beside the entries of a list: how many findings their certificates have, what people corrected, and whether they hold."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from registry.bulk import POSTGRESQL
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.entries import RAW, Entry, of_row
from registry.certificates.models import NO_REVISION, Certificate, CertificateFinding
from registry.certificates.state import State, standing
from registry.held import HeldConnection
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
    listed = numbers if connection.dialect.name == POSTGRESQL else json.dumps(numbers)
    rows = connection.execute(_of_numbers(connection.dialect.name), {"listed": listed}).all()
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


def lines_of_ids(session: Session, held: HeldConnection, ids: list[int]) -> dict[int, Line]:
    """As `lines`, of the entries with these ids, by id; those that are gone are left out.

    One statement for all of it, over the connection that is held open. Of entries that people decided upon, or of whose number there are
    other revisions, more has to be known: they are asked about as `lines` does.
    """
    listed = ids if held.dialect == POSTGRESQL else json.dumps(ids)
    rows = held.rows(_of_ids(held.dialect), {"listed": listed})
    found, asked_about = dict[int, Line](), list[Entry]()
    for row in rows:
        entry, (findings, is_decided, is_revised, was_listed) = of_row(row[: len(RAW)]), row[len(RAW) :]
        if is_decided or is_revised:
            asked_about.append(entry)
        elif entry.number is None:
            found[entry.id] = Line(entry)
        else:
            # Alone under its number, it can only have gone from the list.
            gone = was_listed and not entry.listed
            stands = standing({NO_REVISION: entry.date}, NO_REVISION, was_listed=True, is_listed=False).state if gone else State.HOLDS
            found[entry.id] = Line(entry, findings, (), stands)
    return found | {line.entry.id: line for line in lines(session, asked_about)}


def _beside_entry() -> tuple[ColumnElement[Any], ...]:
    """How many findings there are, none of them dismissed, whether anything was decided, and what tells how the certificate stands."""
    other = aliased(CatalogueEntry)
    findings = select(func.count()).where(CertificateFinding.certificate_id == CatalogueEntry.certificate_id)
    decided = exists(CorrectionRecord.id).where(
        Certificate.id == CatalogueEntry.certificate_id, CorrectionRecord.document_id == Certificate.document_id
    )
    revised = exists(other.id).where(other.number == CatalogueEntry.number, other.revision != CatalogueEntry.revision)
    alone = (findings.scalar_subquery(), decided, revised)
    return (*(one.correlate(CatalogueEntry) for one in alone), CatalogueEntry.listing_row_id.is_not(None))


@cache
def _of_ids(dialect: str) -> Select[Any]:
    """Entries with what is beside them. Made once, as the other."""
    return select(*RAW, *_beside_entry()).where(_is_listed(dialect, CatalogueEntry.id))


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
        .where(_is_listed(dialect, CatalogueEntry.number))
        .subquery()
    )
    is_withdrawn = and_(found.c.was_listed, ~found.c.listed)
    return select(found).where(or_(found.c.findings > 0, found.c.is_decided, found.c.revisions > 1, is_withdrawn))


def _is_listed(dialect: str, key: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """The condition that an entry's key is in the list: one parameter, however many they are."""
    if dialect == POSTGRESQL:
        return key == func.any(bindparam("listed", type_=ARRAY(key.type)))
    return key.in_(select(func.json_each(bindparam("listed")).table_valued("value").c.value))


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
