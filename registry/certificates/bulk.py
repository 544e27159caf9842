"""Puts readings of many documents into the registry at once: what is stored is what `save_extraction` of each in turn would store.

Documents and certificates that are new to the registry, which is what a folder of thousands brings, are added together, in a few
statements for all of them. Whatever else comes between them goes its ordinary way, in its turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.among import among
from registry.bulk import batches, insert_rows, is_clean_json, next_ids
from registry.certificates.facts import Extraction
from registry.certificates.findings import add_findings
from registry.certificates.models import DOCUMENT_ORIGIN, Certificate
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.projection import Key, OfCertificate, project
from registry.certificates.rows import OF_CERTIFICATE, PARTS, VALUES, Taken, day_of, printed_tables
from registry.certificates.store import StoredCertificate, as_stored, identity, save_extraction
from registry.db import Clock, lock_for_writing, utc_now
from registry.documents.intake import set_page_sizes
from registry.documents.models import Document
from registry.events import Event, EventKind, Happening, record
from registry.review import standing
from registry.review.standing import Said

_DOCUMENT = ("id", "sha256", "name", "media_type", "size", "pages", "page_sizes", "text_source", "public_text", "received_at")
_READING = ("id", "document_id", "number", "revision", "parser_version", "payload", "evidence", "content_sha256", "created_at")
_PAYLOAD = _READING.index("payload")
_CERTIFICATE = (
    *("id", "number", "revision", "document_id", "extraction_id"),
    *(*VALUES, "certification_date", "printed_tables", "created_at", "updated_at"),
)


@dataclass(frozen=True)
class Reading:
    """One reading of one document. `name` is its file name, for display; `size` counts its bytes.

    `page_sizes` are the width and height of each page in PDF points; None for what has no pages to picture.
    """

    extraction: Extraction
    name: str
    size: int | None = None
    page_sizes: list[list[float]] | None = None


def save_extractions(
    session: Session, readings: Sequence[Reading], *, parser_version: str = "", clock: Clock = utc_now
) -> list[StoredCertificate]:
    """Store readings of documents, in their order; see `save_extraction`. Gives what became of each.

    Raises what `save_extraction` raises. Some may be stored then: whoever calls gives the transaction up, so that all of them are or none.
    A savepoint of their own would cost SQLite a tenth of the whole.
    """
    lock_for_writing(session)
    return [one for batch in batches(readings) for one in _save(session, batch, parser_version, clock)]


def _save(session: Session, readings: Sequence[Reading], parser_version: str, clock: Clock) -> Iterator[StoredCertificate]:
    """Store a few: as many new ones together as stand beside one another."""
    hashes, keys = _known(session, readings)
    fresh: list[_Fresh] = []
    for reading in readings:
        number, revision = identity(reading.extraction.certificate)
        sha256 = reading.extraction.document.sha256
        if number is not None and sha256 not in hashes and (number, revision) not in keys:
            fresh.append(_Fresh(reading, number, revision, clock()))
        else:
            yield from _add(session, fresh, parser_version)
            fresh = []
            yield save_extraction(session, reading.extraction, reading.name, size=reading.size, parser_version=parser_version, clock=clock)
            set_page_sizes(session, {sha256: reading.page_sizes})
        hashes.add(sha256)
        if number is not None:
            keys.add((number, revision))
    yield from _add(session, fresh, parser_version)


def _known(session: Session, readings: Collection[Reading]) -> tuple[set[str], set[Key]]:
    """The documents of these that the registry has, by hash, and the numbers with revisions that ever meant a certificate to it."""
    hashes = {reading.extraction.document.sha256 for reading in readings}
    numbers = {number for reading in readings if (number := identity(reading.extraction.certificate)[0]) is not None}
    had = set(session.scalars(select(Document.sha256).where(among(session, Document.sha256, hashes))))
    certificates = select(Certificate.number, Certificate.revision).where(among(session, Certificate.number, numbers))
    told = select(Event.number, Event.revision).where(among(session, Event.number, numbers), Event.subject == "certificate").distinct()
    return had, {(str(number), revision) for statement in (certificates, told) for number, revision in session.execute(statement)}


@dataclass(frozen=True)
class _Fresh:
    """A reading of a document that is new, and of a certificate that is: nothing was decided about it, and nothing has to be replaced."""

    reading: Reading
    number: str
    revision: str
    at: datetime

    @property
    def key(self) -> Key:
        return self.number, self.revision


def _add(session: Session, fresh: Sequence[_Fresh], parser_version: str) -> Iterator[StoredCertificate]:
    if not fresh:
        return
    documents, readings, certificates = (next_ids(session, model, len(fresh)) for model in (Document, StoredExtraction, Certificate))
    insert_rows(session, Document, _DOCUMENT, [_document(each, of) for each, of in zip(fresh, documents, strict=True)])
    placed = list(zip(fresh, documents, readings, certificates, strict=True))
    read = [_reading(each, of, one, parser_version) for each, of, one, _ in placed]
    insert_rows(session, StoredExtraction, _READING, read)
    insert_rows(session, Certificate, _CERTIFICATE, [_certificate(*place) for place in placed])
    taken = [
        Taken(certificate, each.reading.extraction, is_clean_json(row[_PAYLOAD]))
        for (each, _, _, certificate), row in zip(placed, read, strict=True)
    ]
    for part in PARTS:
        insert_rows(session, part.model, (*OF_CERTIFICATE, *part.columns), part.numbered(taken), are_clean=True)
    add_findings(session, DOCUMENT_ORIGIN, {one.certificate_id: one.extraction.findings for one in taken})
    record(session, fresh[0].at, [_happening(each) for each in fresh])
    known = {each.key: _shown(each, one.certificate_id) for each, one in zip(fresh, taken, strict=True) if one.is_clean}
    project(session, [each.key for each in fresh], known)
    held = standing.add(session, [(_said(each, document), each.reading.extraction) for each, document, _, _ in placed])
    for each, one, state in zip(fresh, taken, held, strict=True):
        yield StoredCertificate(
            *(one.certificate_id, each.number, each.revision or None),
            created=True,
            document_created=True,
            extraction_created=True,
            held=state if one.is_clean else None,
        )


def _document(each: _Fresh, document_id: int) -> tuple[Any, ...]:
    facts, reading = each.reading.extraction.document, each.reading
    kind = (facts.media_type, reading.size, facts.pages, reading.page_sizes, facts.text_source)
    return (document_id, facts.sha256, reading.name, *kind, reading.extraction.public_text, each.at)


def _reading(each: _Fresh, document_id: int, reading_id: int, parser_version: str) -> tuple[Any, ...]:
    extraction = each.reading.extraction
    payload, content = as_stored(extraction)
    evidence = dict(extraction.evidence) if extraction.evidence is not None else None
    return (reading_id, document_id, each.number, each.revision, parser_version, payload, evidence, content, each.at)


def _certificate(each: _Fresh, document_id: int, reading_id: int, certificate_id: int) -> tuple[Any, ...]:
    facts = each.reading.extraction.certificate
    values = (getattr(facts, name) for name in VALUES)
    made = (day_of(facts), printed_tables(facts), each.at, each.at)
    return (certificate_id, each.number, each.revision, document_id, reading_id, *values, *made)


def _shown(each: _Fresh, certificate_id: int) -> OfCertificate:
    facts = each.reading.extraction.certificate
    values = {name: getattr(facts, name) for name in OfCertificate._fields if name in VALUES}
    profiles = tuple((facts.profiles or {}).items())
    return OfCertificate(
        id=certificate_id, number=each.number, revision=each.revision, certification_date=day_of(facts), profiles=profiles, **values
    )


def _happening(each: _Fresh) -> Happening:
    payload = {"document": each.reading.extraction.document.sha256}
    return Happening(EventKind.NEW, "certificate", each.number, each.revision, payload, at=each.at)


def _said(each: _Fresh, document_id: int) -> Said:
    sha256 = each.reading.extraction.document.sha256
    return Said(document_id, sha256, each.reading.name, each.at, each.number, each.revision)
