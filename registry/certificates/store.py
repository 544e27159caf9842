"""Puts readings of documents into the registry: idempotent, whole or not at all, nothing overwritten.

Whoever calls hands in a session inside a transaction and commits it. A storing function that raises has stored nothing, even
when the caller goes on with the same transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from registry.bulk import Written, insert_rows, written
from registry.certificates.changes import Standing, compare, standing_of_other_document
from registry.certificates.facts import CertificateFacts, Extraction
from registry.certificates.findings import write_findings
from registry.certificates.loading import extraction_from_json, is_newest_reading, load_facts
from registry.certificates.models import DOCUMENT_ORIGIN, NO_REVISION, Certificate
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.projection import project
from registry.certificates.rows import OF_CERTIFICATE, PARTS, VALUES, Taken, day_of, printed_tables
from registry.change_classes import class_of_other_document
from registry.db import Clock, clean_text, json_text, lock_for_writing, utc_now
from registry.documents.models import Document
from registry.errors import RegistryError
from registry.events import EventKind, Happening, last_of, record
from registry.review import standing
from registry.review.corrections import Correction, differences, is_no_certificate
from registry.review.standing import Held
from registry.review.store import active_corrections, corrected_extraction

LONGEST_NUMBER = 100
"""No certificate number or revision is longer (the longest known has 38 letters); what is longer was misread."""


@dataclass(frozen=True)
class StoredCertificate:
    """What became of one reading.

    `id`, `number` and `revision` name the certificate; all are None for a document that holds no number that could be read with
    certainty and waits for review. `created` tells whether the certificate is new to the registry; `document_created` and
    `extraction_created` whether the document and this reading of it are. Under what the document is `held` now is told where nobody has to
    be asked.
    """

    id: int | None
    number: str | None
    revision: str | None
    created: bool
    document_created: bool = False
    extraction_created: bool = False
    held: Held | None = None


def save_extraction(
    session: Session,
    extraction: Extraction,
    name: str,
    *,
    size: int | None = None,
    parser_version: str = "",
    clock: Clock = utc_now,
) -> StoredCertificate:
    """Store one reading of one document; the same reading again changes nothing.

    `name` is the document's file name, for display; `size` counts its bytes. A new reading of a known document is added to the
    earlier ones and shown from now on, with what people decided in review laid over it: no reading is applied over a correction.
    Another document with a known number and revision is kept beside the first one; which of them is shown,
    `changes.standing_of_other_document` decides. Events tell of each change.

    Raises CannotBegin when the database cannot be written.
    """
    lock_for_writing(session)
    with session.begin_nested():
        return _Saving(session, extraction, clock()).save(name, size, parser_version)


def refresh(session: Session, sha256: str, *, clock: Clock = utc_now) -> StoredCertificate:
    """Show a stored document as the decisions of its review leave it. Tells nothing: whoever decided records the event.

    Raises RegistryError when there is no such document.
    """
    lock_for_writing(session)
    document = session.scalar(select(Document).where(Document.sha256 == sha256))
    reading = newest_reading(session, document.id) if document is not None else None
    if document is None or reading is None:
        raise RegistryError(f"there is no document {sha256} in the registry: ingest it first")
    with session.begin_nested():
        return _Saving(session, extraction_from_json(reading.payload), clock()).refresh(document, reading)


def newest_reading(session: Session, document_id: int) -> StoredExtraction | None:
    """The newest reading of a document; None when it was never read."""
    return session.scalar(
        select(StoredExtraction).where(StoredExtraction.document_id == document_id).order_by(StoredExtraction.id.desc()).limit(1)
    )


class _Saving:
    """One call of `save_extraction` or `refresh`, so that its steps share what they know.

    `reading` is what the parser gave, and what is stored; `extraction` is what people's decisions leave of it, and what is shown.
    """

    def __init__(self, session: Session, extraction: Extraction, now: datetime) -> None:
        self.session = session
        self.reading = extraction
        self.now = now
        self._concerned: set[int] = set()
        self._decide(())

    def _decide(self, corrections: Sequence[Correction]) -> None:
        """Lay the decisions that hold over the reading: they outlive every reading."""
        self.corrections = corrections
        self.extraction = corrected_extraction(self.reading, corrections)
        self.facts = self.extraction.certificate
        self.is_certificate = not is_no_certificate(corrections)
        self.number, self.revision = identity(self.facts) if self.is_certificate else (None, NO_REVISION)

    def save(self, name: str, size: int | None, parser_version: str) -> StoredCertificate:
        document = self.session.scalar(select(Document).where(Document.sha256 == self.extraction.document.sha256))
        document_created = document is None
        if document is None:
            document = self._add_document(name, size)
        else:
            self._decide(active_corrections(self.session, document.id))
        document.public_text = clean_text(self.reading.public_text)
        latest = newest_reading(self.session, document.id)
        payload = self.reading.to_json()
        content = content_sha256(payload)
        if latest is not None and latest.content_sha256 == content:
            if self.reading.evidence is not None:
                latest.evidence = dict(self.reading.evidence)
            return self._as_stored(latest)
        before = (latest.number, latest.revision) if latest is not None else (None, NO_REVISION)
        reading = self._add_reading(document, payload, content, parser_version)
        if before[0] is not None and before != (self.number, self.revision):
            self._release(before[0], before[1], document)
        if self.number is None:
            if self.is_certificate:
                self._tell(EventKind.REVIEW, {"document": document.sha256, "name": name}, subject="document")
            self._stand(document)
            return StoredCertificate(None, None, None, created=False, document_created=document_created, extraction_created=True)
        certificate = self._certificate(self.number, self.revision)
        if certificate is None:
            certificate = self._add_certificate(document, reading)
            gone = last_of(self.session, "certificate", self.number, self.revision) is EventKind.WITHDRAWN
            self._tell(EventKind.REAPPEARED if gone else EventKind.NEW, {"document": document.sha256})
            created = True
        else:
            self._update(certificate, document, reading)
            created = False
        project(self.session, [(self.number, self.revision)])
        self._stand(document)
        return StoredCertificate(certificate.id, self.number, self.revision or None, created, document_created, extraction_created=True)

    def refresh(self, document: Document, reading: StoredExtraction) -> StoredCertificate:
        self._decide(active_corrections(self.session, document.id))
        number, revision = reading.number, reading.revision
        reading.number, reading.revision = self.number, self.revision
        self.session.flush()
        if number is not None and (number, revision) != (self.number, self.revision):
            self._release(number, revision, document)
        if self.number is None:
            self._stand(document)
            return StoredCertificate(None, None, None, created=False)
        certificate = self._certificate(self.number, self.revision)
        created = certificate is None
        if certificate is None:
            certificate = self._add_certificate(document, reading)
            gone = last_of(self.session, "certificate", self.number, self.revision) is EventKind.WITHDRAWN
            self._tell(EventKind.REAPPEARED if gone else EventKind.NEW, {"document": document.sha256})
        elif certificate.document_id == document.id or self._replaces(load_facts(self.session, certificate)):
            self._show(certificate, document, reading)
        project(self.session, [(self.number, self.revision)])
        self._stand(document)
        return StoredCertificate(certificate.id, self.number, self.revision or None, created)

    def _stand(self, document: Document) -> None:
        """Renew the standing of the document, and of those that are shown in its place or were shown before it."""
        standing.project(self.session, {document.id, *self._concerned}, {document.id: self.reading.findings})

    def _replaces(self, shown: CertificateFacts) -> bool:
        return standing_of_other_document(shown, self.facts, compare(shown, self.facts)) is Standing.REPLACE

    def _add_document(self, name: str, size: int | None) -> Document:
        facts = self.extraction.document
        document = Document(
            sha256=facts.sha256,
            name=name,
            media_type=facts.media_type,
            size=size,
            pages=facts.pages,
            text_source=facts.text_source,
            public_text="",
            received_at=self.now,
        )
        self.session.add(document)
        self.session.flush()
        return document

    def _add_reading(self, document: Document, payload: dict[str, Any], content: str, parser_version: str) -> StoredExtraction:
        reading = StoredExtraction(
            document_id=document.id,
            number=self.number,
            revision=self.revision,
            parser_version=parser_version,
            payload=payload,
            evidence=dict(self.reading.evidence) if self.reading.evidence is not None else None,
            content_sha256=content,
            created_at=self.now,
        )
        self.session.add(reading)
        self.session.flush()
        return reading

    def _as_stored(self, reading: StoredExtraction) -> StoredCertificate:
        certificate = self._certificate(reading.number, reading.revision) if reading.number is not None else None
        if certificate is None:
            return StoredCertificate(None, None, None, created=False)
        return StoredCertificate(certificate.id, certificate.number, certificate.revision or None, created=False)

    def _certificate(self, number: str, revision: str) -> Certificate | None:
        return self.session.scalar(select(Certificate).where(Certificate.number == number, Certificate.revision == revision))

    def _add_certificate(self, document: Document, reading: StoredExtraction) -> Certificate:
        certificate = Certificate(
            number=self.number, revision=self.revision, document_id=document.id, printed_tables=[], created_at=self.now, updated_at=self.now
        )
        certificate.extraction_id = reading.id
        self.session.add(certificate)
        self._show(certificate, document, reading)
        return certificate

    def _update(self, certificate: Certificate, document: Document, reading: StoredExtraction) -> None:
        """Decide what a further reading of a known certificate means for it, and tell."""
        shown = load_facts(self.session, certificate)
        change = compare(shown, self.facts)
        payload = change.to_json() | {"document": document.sha256}
        if certificate.document_id == document.id:
            self._show(certificate, document, reading)
            kept = self._kept_over_the_reading()
            if kept or not change.is_none:
                self._tell(EventKind.REREAD, payload | kept)
            return
        standing = standing_of_other_document(shown, self.facts, change)
        self._tell(class_of_other_document(change.differing), payload | {"shown": standing is Standing.REPLACE})
        if standing is Standing.REPLACE:
            self._show(certificate, document, reading)

    def _kept_over_the_reading(self) -> dict[str, Any]:
        """What the reading says otherwise than people decided, for the event: it is told, and not applied."""
        found = differences(self.reading, self.corrections)
        kept = {one.field: {"old": one.old_value, "new": one.new_value, "corrected": one.correction.value} for one in found}
        return {"kept": kept} if kept else {}

    def _show(self, certificate: Certificate, document: Document, reading: StoredExtraction) -> None:
        """Make `reading` the one that the certificate and its rows show."""
        if certificate.document_id != document.id:
            self._concerned.add(certificate.document_id)
        certificate.document_id = document.id
        certificate.extraction_id = reading.id
        certificate.updated_at = self.now
        _fill(self.session, certificate, self.extraction)

    def _release(self, number: str, revision: str, document: Document) -> None:
        """The document turned out to bear another number: the certificate it stood for must not go on showing it."""
        certificate = self._certificate(number, revision)
        if certificate is None or certificate.document_id != document.id:
            return
        payload = {"document": document.sha256, "number": self.number, "revision": self.revision or None}
        record(self.session, self.now, [Happening(EventKind.WITHDRAWN, "certificate", number, revision, payload)])
        other = self._newest_other_reading(number, revision, document)
        if other is None:
            self.session.delete(certificate)
        else:
            self._concerned.add(other.document_id)
            certificate.document_id = other.document_id
            certificate.extraction_id = other.id
            certificate.updated_at = self.now
            decided = active_corrections(self.session, other.document_id)
            shown = extraction_from_json(other.payload)
            held = standing.document_findings(self.session, other.document_id)
            shown = shown if held is None else replace(shown, findings=held)
            _fill(self.session, certificate, corrected_extraction(shown, decided))
        self.session.flush()
        project(self.session, [(number, revision)])

    def _newest_other_reading(self, number: str, revision: str, document: Document) -> StoredExtraction | None:
        """The newest reading of another document that bears the number, by the newest reading of that document."""
        return self.session.scalar(
            select(StoredExtraction)
            .where(
                StoredExtraction.document_id != document.id,
                StoredExtraction.number == number,
                StoredExtraction.revision == revision,
                is_newest_reading(),
            )
            .order_by(StoredExtraction.id.desc())
            .limit(1)
        )

    def _tell(self, kind: EventKind, payload: dict[str, Any], subject: str = "certificate") -> None:
        record(self.session, self.now, [Happening(kind, subject, self.number, self.revision, payload)])


def identity(facts: CertificateFacts) -> tuple[str | None, str]:
    """Number and revision as they identify a certificate; no number for what cannot be one."""
    number, revision = facts.number, facts.revision or NO_REVISION
    if not number or max(len(number), len(revision)) > LONGEST_NUMBER:
        return None, NO_REVISION
    return clean_text(number), clean_text(revision)


def content_sha256(payload: Mapping[str, Any]) -> str:
    """Tells readings, given by their JSON, apart by what they say. The document is identified by its own hash."""
    return hashlib.sha256(json_text(payload, is_sorted=True).encode()).hexdigest()


def as_stored(extraction: Extraction) -> tuple[Written, str]:
    """The JSON of a reading as it is stored, and its `content_sha256`.

    Where its values stand is most of it: it is written once for both, from what the entries hold, which `Provenance.to_json` repeats.
    """
    try:
        fields = orjson.Fragment(orjson.dumps([vars(entry) for entry in extraction.fields], option=orjson.OPT_SORT_KEYS))
        whole = extraction.to_json_with(fields)
        text, content = orjson.dumps(whole), orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # There is something in it that only the other writer can write (`json_text`).
        payload = extraction.to_json()
        return written(payload), content_sha256(payload)
    return Written(text.decode()), hashlib.sha256(content).hexdigest()


def _fill(session: Session, certificate: Certificate, extraction: Extraction) -> None:
    """Take the reading apart into the certificate's columns and rows, in place of what was there."""
    facts = extraction.certificate
    for name in VALUES:
        setattr(certificate, name, getattr(facts, name))
    certificate.certification_date = day_of(facts)
    certificate.printed_tables = printed_tables(facts)
    session.flush()
    for part in PARTS:
        session.execute(delete(part.model).where(part.model.certificate_id == certificate.id))  # type: ignore[attr-defined]  # each has one
        insert_rows(
            session, part.model, (*OF_CERTIFICATE, *part.columns), part.numbered([Taken(certificate.id, extraction)]), are_clean=True
        )
    write_findings(session, certificate.id, DOCUMENT_ORIGIN, extraction.findings)
