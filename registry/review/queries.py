"""What the page of a document under review shows: everything that was read and decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.certificates.facts import CertificateFacts, Extraction, Finding
from registry.certificates.loading import extraction_from_json
from registry.certificates.models import Certificate
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.store import newest_reading
from registry.documents.models import Document
from registry.review import standing, store
from registry.review.corrections import Correction, active, is_no_certificate
from registry.review.points import Point, points

Sizes = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ReviewView:
    """One document under review.

    `reading` is what the parser gave, with what disagrees by the values that hold now; `facts` are those values. `made` are all
    decisions in their order, `holding` those that hold. `others` are findings that did not come from the reading. `shown` tells whether
    a certificate of the registry shows it. `sizes` are the pages' widths and heights in points, empty for what has no pictures.
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
    others = standing.other_findings(session, [(document.id, stored.number, stored.revision)]).get(document.id, ())
    own = standing.document_findings(session, document.id)
    read = extraction_from_json(stored.payload)
    reading = read if own is None else replace(read, findings=own)
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
        others=others,
        points=points(reading, others, holding),
        number=stored.number,
        revision=stored.revision or None,
        shown=certificate is not None,
    )


def _shown_certificate(stored: StoredExtraction) -> Any:
    return select(Certificate).where(
        Certificate.number == stored.number, Certificate.revision == stored.revision, Certificate.document_id == stored.document_id
    )
