"""Keeps one row per document of what it is held to say now and how much of it is to be looked at: rebuilt whenever either changes.

The queue reads these rows alone, and so does whoever looks for the other documents of a product. Whoever calls hands in a session
inside a transaction and commits it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, exists, insert, or_, select
from sqlalchemy.orm import Session, sessionmaker

from registry.among import among, pairs_among
from registry.bulk import batches, insert_rows
from registry.certificates.facts import CertificateFacts, Extraction, Finding, Severity
from registry.certificates.loading import extraction_from_json, finding_from_json, is_newest_reading
from registry.certificates.models import DOCUMENT_ORIGIN, PRODUCT_ORIGIN, Certificate, CertificateFinding
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.words import fold, product_key
from registry.db import lock_for_writing
from registry.documents.models import Document
from registry.review import store
from registry.review.corrections import Correction, active, is_no_certificate
from registry.review.models import DocumentStanding
from registry.review.points import PointKind, points

NO_POINT = len(Severity)
"""The rank of a document without anything to look at: behind all severities."""

_COLUMNS = tuple(DocumentStanding.__table__.c.keys())
_PRODUCT_FIELDS = ("kind", "protocol", "role", "holder", "designation", "software_version")


@dataclass(frozen=True)
class Said:
    """A document, and under which number and revision it is held."""

    document_id: int
    sha256: str
    name: str
    received_at: datetime
    number: str | None
    revision: str


@dataclass(frozen=True)
class Held:
    """Under what a document is held: its number with revision, and the product that it may be of."""

    number: str | None
    revision: str | None
    product_key: str | None


def held(session: Session, sha256: str) -> Held | None:
    """Under what the document is held; None when the registry does not have it. One statement."""
    return held_by_document(session, [sha256]).get(sha256)


def held_by_document(session: Session, hashes: Collection[str]) -> dict[str, Held]:
    """Under what each of the documents is held, by hash; those that the registry does not have are left out."""
    of = DocumentStanding
    found: dict[str, Held] = {}
    for batch in batches(hashes):
        statement = select(of.sha256, of.number, of.revision, of.product_key).where(among(session, of.sha256, batch))
        found |= {row.sha256: Held(row.number, row.revision or None, row.product_key) for row in session.execute(statement)}
    return found


def attested(session: Session, numbers: Collection[str], product_keys: Collection[str]) -> tuple[tuple[CertificateFacts, str | None], ...]:
    """What the documents under these numbers, or of these products, are held to attest, each with its product's key.

    Of the facts only what tells products apart is filled in. Documents without a number are left out.
    """
    found: dict[int, Any] = {}
    of = DocumentStanding
    columns = [getattr(of, name) for name in ("document_id", "number", "revision", "product_key", *_PRODUCT_FIELDS)]
    for column, values in ((of.number, numbers), (of.product_key, product_keys)):
        for batch in batches(values):
            rows = session.execute(select(*columns).where(among(session, column, batch), of.number.is_not(None)))
            found |= {row.document_id: row for row in rows}
    return tuple(
        (
            CertificateFacts(number=row.number, revision=row.revision or None, **{name: getattr(row, name) for name in _PRODUCT_FIELDS}),
            row.product_key,
        )
        for _, row in sorted(found.items(), key=itemgetter(0))
    )


def document_findings(session: Session, document_id: int) -> tuple[Finding, ...] | None:
    """What the document itself disagrees in, by the values that hold; None when it has no standing yet."""
    found = session.scalar(select(DocumentStanding.findings).where(DocumentStanding.document_id == document_id))
    return tuple(map(finding_from_json, found)) if found is not None else None


def documents_under(session: Session, keys: Collection[tuple[str, str]]) -> set[int]:
    """The ids of the documents that are held under these numbers with their revisions."""
    return {document for documents in documents_by_key(session, keys).values() for document in documents}


def documents_by_key(session: Session, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
    """The ids of the documents that are held under each number with its revision."""
    of = DocumentStanding
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for batch in batches(keys):
        statement = select(of.number, of.revision, of.document_id).where(pairs_among(session, of.number, of.revision, batch))
        for number, revision, document in session.execute(statement):
            found[str(number), revision].append(document)
    return found


def catch_up(sessions: sessionmaker[Session]) -> int:
    """Give a standing to each document that has none, which only documents of an older program lack; gives how many those were."""
    lacking = select(Document.id).where(~exists().where(DocumentStanding.document_id == Document.id)).order_by(Document.id)
    with sessions() as session:
        found = session.scalars(lacking).all()
    for batch in batches(found):
        with sessions.begin() as session:
            lock_for_writing(session)
            project(session, batch)
    return len(found)


def project(session: Session, document_ids: Collection[int], findings: Mapping[int, Sequence[Finding]] | None = None) -> None:
    """Rebuild the standings of the documents. `findings` are their own new disagreements; without an entry the known ones stay."""
    for batch in batches(document_ids):
        known = {
            row.document_id: tuple(map(finding_from_json, row.findings))
            for row in session.execute(
                select(DocumentStanding.document_id, DocumentStanding.findings).where(among(session, DocumentStanding.document_id, batch))
            )
        }
        rows = list(_rows(session, batch, known | dict(findings or {})))
        session.execute(delete(DocumentStanding).where(among(session, DocumentStanding.document_id, batch)))
        if rows:
            session.execute(insert(DocumentStanding), rows)


def add(session: Session, read: Sequence[tuple[Said, Extraction]]) -> list[Held]:
    """Add the standings of new documents with their first readings, of which nobody else has found or decided anything yet.

    Gives under what each is held, which is what `held_by_document` says of documents of clean text.
    """
    rows = [_row(said, extraction, (), ()) for said, extraction in read]
    insert_rows(session, DocumentStanding, _COLUMNS, [tuple([row[name] for name in _COLUMNS]) for row in rows])
    return [Held(row["number"], row["revision"] or None, row["product_key"]) for row in rows]


def _rows(session: Session, document_ids: Sequence[int], findings: Mapping[int, Sequence[Finding]]) -> Iterator[dict[str, Any]]:
    decided = store.corrections_by_document(session, document_ids)
    read = session.execute(
        select(Document, StoredExtraction)
        .join(StoredExtraction, StoredExtraction.document_id == Document.id)
        .where(Document.id.in_(document_ids), is_newest_reading())
        .order_by(Document.id)
    ).all()
    others = other_findings(session, [(document.id, reading.number, reading.revision) for document, reading in read])
    for document, reading in read:
        extraction = extraction_from_json(reading.payload)
        if document.id in findings:
            extraction = replace(extraction, findings=tuple(findings[document.id]))
        said = Said(document.id, document.sha256, document.name, document.received_at, reading.number, reading.revision)
        yield _row(said, extraction, others.get(document.id, ()), active(decided.get(document.id, ())))


def _row(document: Said, extraction: Extraction, others: Sequence[Finding], holding: Sequence[Correction]) -> dict[str, Any]:
    facts = store.corrected(extraction.certificate, holding)
    said = (document.number, document.revision, document.name, facts.holder, facts.designation)
    return {
        **vars(document),
        **{name: getattr(facts, name) for name in _PRODUCT_FIELDS},
        "product_key": product_key(facts.holder, facts.designation, facts.role, facts.protocol),
        "findings": [finding.to_json() for finding in extraction.findings],
        "said": fold(" ".join(text for text in said if text)),
        **_counted(points(extraction, others, holding), is_certificate=not is_no_certificate(holding)),
    }


def _counted(found: Sequence[Any], *, is_certificate: bool) -> dict[str, Any]:
    unsettled = [point for point in found if point.decision is None]
    kinds = Counter(point.kind for point in unsettled)
    severities = Counter(point.severity for point in unsettled if point.kind is PointKind.FINDING)
    return {
        "state": "no certificate" if not is_certificate else "open" if unsettled else "done",
        "severity": min((list(Severity).index(point.severity) for point in unsettled), default=NO_POINT),
        "unnumbered": kinds[PointKind.UNNUMBERED],
        "differing": kinds[PointKind.DIFFERENCE],
        "unread": kinds[PointKind.UNREAD],
        "errors": severities[Severity.ERROR],
        "warnings": severities[Severity.WARNING],
        "notes": severities[Severity.NOTE],
        "open_points": len(unsettled),
        "settled": len(found) - len(unsettled),
    }


def other_findings(session: Session, documents: Iterable[tuple[int, str | None, str]]) -> dict[int, tuple[Finding, ...]]:
    """What others than the document itself found about each document, given by id, number and revision. One statement.

    The list is held against the document that its certificate shows; what the documents of a product and of a number disagree in is
    said of every one of them.
    """
    wanted = {document: (number, revision) for document, number, revision in documents if number is not None}
    if not wanted:
        return {}
    statement = (
        select(Certificate.number, Certificate.revision, Certificate.document_id, CertificateFinding)
        .join(CertificateFinding, CertificateFinding.certificate_id == Certificate.id)
        .where(
            pairs_among(session, Certificate.number, Certificate.revision, set(wanted.values())),
            or_(
                CertificateFinding.origin == PRODUCT_ORIGIN,
                (CertificateFinding.origin != DOCUMENT_ORIGIN) & Certificate.document_id.in_(wanted),
            ),
        )
        .order_by(Certificate.id, CertificateFinding.origin, CertificateFinding.position)
    )
    found: dict[tuple[str, str], list[tuple[int | None, Finding]]] = defaultdict(list)
    for number, revision, shown, row in session.execute(statement):
        about = None if row.origin == PRODUCT_ORIGIN else shown
        found[number, revision].append((about, Finding(row.rule, Severity(row.severity), row.message, tuple(row.fields))))
    return {
        document: tuple(finding for about, finding in found.get(key, ()) if about in (None, document)) for document, key in wanted.items()
    }
