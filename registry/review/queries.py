"""What the pages of the review show: the queue of documents, and one document with everything that was read and decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from registry.certificates.facts import CertificateFacts, Extraction, FieldState, Finding, Severity
from registry.certificates.loading import extraction_from_json, is_newest_reading
from registry.certificates.models import Certificate, CertificateFinding, FieldProvenance
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.search import Entry
from registry.certificates.store import DOCUMENT_ORIGIN, newest_reading
from registry.documents.models import Document
from registry.review import store
from registry.review.corrections import Correction, active, is_no_certificate
from registry.review.points import Point, PointKind, points

Sizes = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class QueueEntry:
    """One document and how much of it is to be looked at. `open` counts points by kind, `findings` the open findings by severity.

    `settled` counts the points that were decided. `state` is `open`, `done` (nothing to look at, or all of it decided) or
    `no certificate`. `severity` is that of the worst open point.
    """

    sha256: str
    name: str
    number: str | None
    revision: str | None
    holder: str | None
    designation: str | None
    received_at: datetime
    state: str
    severity: Severity | None
    open: dict[PointKind, int] = field(default_factory=dict)
    findings: dict[Severity, int] = field(default_factory=dict)
    settled: int = 0

    def days(self, today: date) -> int:
        """How long ago the document came, in days."""
        return max(0, (today - self.received_at.date()).days)


@dataclass(frozen=True)
class ReviewView:
    """One document under review.

    `reading` is what the parser gave, `facts` what is shown of it. `made` are all decisions in their order, `holding` those that
    hold. `others` are findings that did not come from the reading. `shown` tells whether a certificate of the registry shows it.
    `sizes` are the pages' widths and heights in points, empty for what has no pictures.
    """

    document_id: int
    sha256: str
    name: str
    media_type: str
    pages: int
    sizes: Sizes
    text_source: str
    public_text: str
    received_at: datetime
    read_at: datetime
    parser_version: str
    reading_id: int
    reading: Extraction
    facts: CertificateFacts
    made: tuple[Correction, ...]
    holding: tuple[Correction, ...]
    others: tuple[Finding, ...]
    points: tuple[Point, ...]
    number: str | None
    revision: str | None
    shown: bool

    @property
    def seen(self) -> int | None:
        """The id of the newest decision."""
        return self.made[-1].id if self.made else None

    @property
    def is_certificate(self) -> bool:
        """Whether nobody decided that it is none."""
        return not is_no_certificate(self.holding)


def review(session: Session, sha256: str) -> ReviewView | None:
    """Everything about one document; None when there is none. Six statements."""
    document = session.scalar(select(Document).where(Document.sha256 == sha256))
    stored = newest_reading(session, document.id) if document is not None else None
    if document is None or stored is None:
        return None
    certificate = session.scalar(_shown_certificate(stored))
    others = _other_findings(session, [certificate.id]).get(certificate.id, []) if certificate is not None else []
    reading = extraction_from_json(stored.payload)
    made = store.corrections(session, document.id)
    holding = active(made)
    return ReviewView(
        document_id=document.id,
        sha256=document.sha256,
        name=document.name,
        media_type=document.media_type,
        pages=document.pages,
        sizes=tuple((float(size[0]), float(size[1])) for size in document.page_sizes or ()),
        text_source=document.text_source,
        public_text=document.public_text,
        received_at=document.received_at,
        read_at=stored.created_at,
        parser_version=stored.parser_version,
        reading_id=stored.id,
        reading=reading,
        facts=store.corrected(reading.certificate, holding),
        made=made,
        holding=holding,
        others=tuple(others),
        points=points(reading, others, holding),
        number=stored.number,
        revision=stored.revision or None,
        shown=certificate is not None,
    )


def queue(session: Session) -> tuple[QueueEntry, ...]:
    """Every document of the registry. Five statements, whatever there is.

    Documents without decisions that a certificate shows are counted by the database; only the others are looked into.
    """
    rows = session.execute(
        select(Document, StoredExtraction.id, StoredExtraction.number, StoredExtraction.revision, Certificate)
        .join(StoredExtraction, StoredExtraction.document_id == Document.id)
        .join(
            Certificate,
            and_(
                Certificate.number == StoredExtraction.number,
                Certificate.revision == StoredExtraction.revision,
                Certificate.document_id == Document.id,
            ),
            isouter=True,
        )
        .where(is_newest_reading())
    ).all()
    decided = store.corrections_by_document(session)
    unread = _unread(session)
    findings = _finding_counts(session)
    looked_into = {row[1] for row in rows if row[4] is None or row[0].id in decided}
    readings = _readings(session, looked_into)
    others = _other_findings(session, [row[4].id for row in rows if row[1] in looked_into and row[4] is not None])
    entries = []
    for document, reading_id, number, revision, certificate in rows:
        reading = readings.get(reading_id)
        if reading is not None:
            holding = active(decided.get(document.id, ()))
            found = points(reading, others.get(certificate.id, []) if certificate is not None else [], holding)
            counted = _counted(found, is_certificate=not is_no_certificate(holding))
            facts = store.corrected(reading.certificate, holding)
            names = (facts.holder, facts.designation)
        else:
            counted = _of_counts(unread.get(certificate.id, 0), findings.get(certificate.id, {}))
            names = (certificate.holder, certificate.designation)
        entries.append(
            QueueEntry(document.sha256, document.name, number, revision or None, *names, received_at=document.received_at, **counted)
        )
    return tuple(entries)


def corrections_of_entries(session: Session, entries: Iterable[Entry]) -> dict[tuple[str, str | None], tuple[Correction, ...]]:
    """The decisions that changed what is shown, by number and revision, for the entries that have any. Two statements."""
    numbers = {entry.number for entry in entries if entry.has_document and entry.number is not None}
    if not numbers:
        return {}
    found = session.execute(
        select(Certificate.document_id, Certificate.number, Certificate.revision).where(Certificate.number.in_(numbers))
    ).all()
    made = store.corrections_by_document(session, [row.document_id for row in found])
    changed = {
        (row.number, row.revision or None): tuple(one for one in active(made.get(row.document_id, ())) if one.changes) for row in found
    }
    return {key: ones for key, ones in changed.items() if ones}


def _shown_certificate(stored: StoredExtraction) -> Any:
    return select(Certificate).where(
        Certificate.number == stored.number, Certificate.revision == stored.revision, Certificate.document_id == stored.document_id
    )


def _unread(session: Session) -> dict[int, int]:
    statement = (
        select(FieldProvenance.certificate_id, func.count())
        .where(FieldProvenance.state == str(FieldState.UNREAD))
        .group_by(FieldProvenance.certificate_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _finding_counts(session: Session) -> dict[int, dict[Severity, int]]:
    statement = select(CertificateFinding.certificate_id, CertificateFinding.severity, func.count()).group_by(
        CertificateFinding.certificate_id, CertificateFinding.severity
    )
    counts: dict[int, dict[Severity, int]] = defaultdict(dict)
    for certificate_id, severity, number in session.execute(statement):
        counts[certificate_id][Severity(severity)] = number
    return {certificate_id: {level: found[level] for level in Severity if level in found} for certificate_id, found in counts.items()}


def _readings(session: Session, reading_ids: Collection[int]) -> dict[int, Extraction]:
    if not reading_ids:
        return {}
    found = session.execute(select(StoredExtraction.id, StoredExtraction.payload).where(StoredExtraction.id.in_(reading_ids)))
    return {reading_id: extraction_from_json(payload) for reading_id, payload in found}


def _other_findings(session: Session, certificate_ids: Sequence[int]) -> dict[int, list[Finding]]:
    """The findings that the reading did not make itself."""
    found: dict[int, list[Finding]] = defaultdict(list)
    if certificate_ids:
        rows = session.scalars(
            select(CertificateFinding)
            .where(CertificateFinding.certificate_id.in_(certificate_ids), CertificateFinding.origin != DOCUMENT_ORIGIN)
            .order_by(CertificateFinding.certificate_id, CertificateFinding.origin, CertificateFinding.position)
        )
        for row in rows:
            found[row.certificate_id].append(Finding(row.rule, Severity(row.severity), row.message, tuple(row.fields)))
    return found


def _counted(found: Sequence[Point], *, is_certificate: bool) -> dict[str, Any]:
    unsettled = [point for point in found if point.decision is None]
    return {
        "state": "no certificate" if not is_certificate else "open" if unsettled else "done",
        "severity": unsettled[0].severity if unsettled else None,
        "open": dict(Counter(point.kind for point in unsettled)),
        # In the order of the points: the most severe first.
        "findings": dict(Counter(point.severity for point in unsettled if point.kind is PointKind.FINDING)),
        "settled": len(found) - len(unsettled),
    }


def _of_counts(unread: int, findings: dict[Severity, int]) -> dict[str, Any]:
    number = sum(findings.values())
    open_points = {kind: count for kind, count in ((PointKind.UNREAD, unread), (PointKind.FINDING, number)) if count}
    present = {*findings, *([Severity.WARNING] if unread else [])}
    return {
        "state": "open" if open_points else "done",
        "severity": next((severity for severity in Severity if severity in present), None),
        "open": open_points,
        "findings": findings,
    }
