"""What the pages, the command line and the audits ask of the registry. Plain frozen values come back, never rows of the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.audits.models import Audit
from registry.audits.store import AuditSummary
from registry.audits.store import recent as recent_audits
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.entries import Entry, as_entry
from registry.certificates.facts import CertificateFacts, Finding, Provenance
from registry.certificates.forgiving import forgiving_search, understood
from registry.certificates.loading import is_newest_reading, load_facts, load_findings, load_provenance
from registry.certificates.matchable import listed_roles
from registry.certificates.models import Certificate
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.projection import current_snapshot_id
from registry.certificates.search import (
    FACETS,
    SORTS,
    FacetValue,
    SearchQuery,
    SearchResult,
    all_entries,
    search,
)
from registry.certificates.state import HOLDING, Standing, standing
from registry.documents.models import Document
from registry.events import Happening, history
from registry.listing.models import ListingRowRecord, ListingSnapshot
from registry.listing.rows import ListingRow
from registry.listing.store import listing_row
from registry.review.corrections import Correction, is_dismissed
from registry.review.store import active_corrections

__all__ = [
    "FACETS",
    "SORTS",
    "CertificateView",
    "DocumentView",
    "Entry",
    "FacetValue",
    "ListedView",
    "RegistryCounts",
    "SearchQuery",
    "SearchResult",
    "all_entries",
    "certificate",
    "counts",
    "document",
    "facts",
    "forgiving_search",
    "listed_entry",
    "search",
    "understood",
]

MOST_AUDITS = 50
"""How many audits a certificate page lists, the newest first."""


@dataclass(frozen=True)
class DocumentView:
    """One original and what may be shown of it. `size` counts bytes; None when it is not known."""

    sha256: str
    name: str
    media_type: str
    size: int | None
    pages: int
    text_source: str
    public_text: str
    received_at: datetime


@dataclass(frozen=True)
class ListedView:
    """A row of the OCA's list, where it was seen, and whether the current list still has it."""

    row: ListingRow
    source: str
    imported_at: datetime
    current: bool


@dataclass(frozen=True)
class CertificateView:
    """Everything that a certificate's page shows.

    `facts`, `document` and `provenance` are None and empty when the registry knows the certificate from the list alone.
    `provenance` holds an entry for each path (`software_version`, `configuration_keys.HeartbeatInterval`). `findings` are given by who
    found them (`document`, `listing`). `documents` are all documents that were received under this number and revision, the shown
    one included. `other_revisions` are the other revisions of the same number that the registry knows, None for the one without;
    `standing` tells whether one of them holds in its place, and whether the list withdrew it.
    `checked_as_decided` tells whether findings go by the values as people corrected them. `lists` are the roles of which the current list
    is one, where it does not have the certificate.
    """

    entry: Entry
    facts: CertificateFacts | None
    provenance: dict[str, Provenance]
    findings: dict[str, tuple[Finding, ...]]
    document: DocumentView | None
    documents: tuple[DocumentView, ...]
    parser_version: str | None
    read_at: datetime | None
    checked_as_decided: bool
    listed: tuple[ListedView, ...]
    audits: tuple[AuditSummary, ...]
    events: tuple[Happening, ...]
    other_revisions: tuple[str | None, ...]
    corrections: tuple[Correction, ...] = ()
    standing: Standing = HOLDING
    lists: frozenset[str] = frozenset()

    @property
    def is_unlisted(self) -> bool:
        """Whether the current list should have it and has not: an older one had it, or it is a list of such products."""
        return not self.entry.listed and (bool(self.listed) or self.entry.role in self.lists)

    @property
    def corrected(self) -> dict[str, Correction]:
        """The corrections of values by their paths: what is shown there was decided by a person, and something else was read."""
        return {one.field: one for one in self.corrections if one.changes and one.field is not None}

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The findings of everybody, in one sequence."""
        return tuple(finding for origin in sorted(self.findings) for finding in self.findings[origin])


@dataclass(frozen=True)
class RegistryCounts:
    """How much there is: for the front page. `listed_at` is when the current list was imported."""

    certificates: int
    listed_rows: int
    audits: int
    listed_at: datetime | None


def certificate(session: Session, number: str, revision: str | None = None) -> CertificateView | None:
    """The certificate with this number and revision, or None.

    Without `revision`: the one that has none, or, where all of them have one, the newest. At most 17 statements.
    """
    entries = session.scalars(select(CatalogueEntry).where(CatalogueEntry.number == number)).all()
    chosen = chosen_entry(entries, revision)
    if chosen is None:
        return None
    stored = session.get(Certificate, chosen.certificate_id) if chosen.certificate_id is not None else None
    documents = _documents(session, stored)
    corrections = active_corrections(session, stored.document_id) if stored is not None else ()
    findings = load_findings(session, stored) if stored is not None else {}
    return CertificateView(
        entry=as_entry(chosen),
        facts=load_facts(session, stored) if stored is not None else None,
        provenance={entry.field: entry for entry in load_provenance(session, stored)} if stored is not None else {},
        findings={
            origin: tuple(finding for finding in found if not is_dismissed(finding, corrections)) for origin, found in findings.items()
        },
        corrections=corrections,
        listed=_listed(session, number, chosen.revision),
        audits=recent_audits(session, limit=MOST_AUDITS, certificate=number),
        events=history(session, number, chosen.revision),
        other_revisions=tuple(sorted((e.revision or None for e in entries if e is not chosen), key=lambda text: text or "")),
        standing=standing_among(entries, chosen),
        lists=frozenset() if chosen.listed else listed_roles(session),
        document=documents.shown,
        documents=documents.all,
        parser_version=documents.parser_version,
        read_at=documents.read_at,
        checked_as_decided=documents.checked_as_decided,
    )


def facts(session: Session, number: str, revision: str | None = None) -> CertificateFacts | None:
    """What the certificate says: what an audit compares a device with. None when the registry has no document of it.

    Without `revision`, the certificate is chosen as in `certificate`.
    """
    entries = session.scalars(
        select(CatalogueEntry).where(CatalogueEntry.number == number, CatalogueEntry.certificate_id.is_not(None))
    ).all()
    chosen = chosen_entry(entries, revision)
    return load_facts(session, session.get_one(Certificate, chosen.certificate_id)) if chosen is not None else None


def listed_entry(session: Session, entry_id: int) -> tuple[Entry, ListedView] | None:
    """A row of the current list that holds no certificate number, by the id of its catalogue entry; None when there is none."""
    found = session.execute(
        select(CatalogueEntry, ListingRowRecord, ListingSnapshot)
        .join(ListingRowRecord, ListingRowRecord.id == CatalogueEntry.listing_row_id)
        .join(ListingSnapshot, ListingSnapshot.id == ListingRowRecord.snapshot_id)
        .where(CatalogueEntry.id == entry_id, CatalogueEntry.number.is_(None))
    ).one_or_none()
    if found is None:
        return None
    entry, row, snapshot = found
    return as_entry(entry), ListedView(listing_row(row), snapshot.source, snapshot.imported_at, current=True)


def document(session: Session, sha256: str) -> DocumentView | None:
    """What is known of the original with this SHA-256; None when the registry has none."""
    found = session.scalar(select(Document).where(Document.sha256 == sha256))
    return _document_view(found) if found is not None else None


def counts(session: Session) -> RegistryCounts:
    """How much the registry holds. Three statements."""
    snapshot = session.scalar(select(ListingSnapshot).order_by(ListingSnapshot.id.desc()).limit(1))
    return RegistryCounts(
        certificates=session.scalar(select(func.count(Certificate.id))) or 0,
        listed_rows=snapshot.row_count if snapshot is not None else 0,
        audits=session.scalar(select(func.count(Audit.id))) or 0,
        listed_at=snapshot.imported_at if snapshot is not None else None,
    )


def standing_among(entries: Iterable[CatalogueEntry], entry: CatalogueEntry) -> Standing:
    """How one of all entries of a number stands."""
    dated = {one.revision: one.date for one in entries}
    return standing(dated, entry.revision, was_listed=entry.listing_row_id is not None, is_listed=entry.listed)


def chosen_entry(entries: Sequence[CatalogueEntry], revision: str | None) -> CatalogueEntry | None:
    """The entry of the wanted revision; without one, that of no revision, else the newest by date."""
    wanted = [entry for entry in entries if entry.revision == (revision or "")]
    if wanted or revision is not None:
        return wanted[0] if wanted else None
    return max(entries, key=lambda entry: (entry.date or date.min, entry.revision), default=None)


def _listed(session: Session, number: str, revision: str) -> tuple[ListedView, ...]:
    """The rows of the newest snapshot that has the certificate."""
    statement = (
        select(ListingRowRecord, ListingSnapshot)
        .join(ListingSnapshot, ListingSnapshot.id == ListingRowRecord.snapshot_id)
        .where(ListingRowRecord.number == number, ListingRowRecord.revision == revision)
        .order_by(ListingRowRecord.snapshot_id.desc(), ListingRowRecord.row)
    )
    found = session.execute(statement).all()
    current = current_snapshot_id(session)
    return tuple(
        ListedView(listing_row(row), snapshot.source, snapshot.imported_at, current=snapshot.id == current)
        for row, snapshot in found
        if snapshot.id == found[0][1].id
    )


def _documents(session: Session, stored: Certificate | None) -> _Documents:
    """The documents of a certificate: the shown one, and all that bear its number by their newest reading."""
    if stored is None:
        return _Documents(None, (), None, None, checked_as_decided=False)
    statement = (
        select(Document)
        .join(StoredExtraction, StoredExtraction.document_id == Document.id)
        .where(is_newest_reading(), StoredExtraction.number == stored.number, StoredExtraction.revision == stored.revision)
        .order_by(Document.received_at, Document.id)
    )
    documents = {found.id: _document_view(found) for found in session.scalars(statement)}
    reading = session.get_one(StoredExtraction, stored.extraction_id)
    shown = documents[stored.document_id]
    again = reading.evidence is not None
    return _Documents(shown, tuple(documents.values()), reading.parser_version, reading.created_at, again)


def _document_view(found: Document) -> DocumentView:
    return DocumentView(
        found.sha256, found.name, found.media_type, found.size, found.pages, found.text_source, found.public_text, found.received_at
    )


@dataclass(frozen=True)
class _Documents:
    shown: DocumentView | None
    all: tuple[DocumentView, ...]
    parser_version: str | None
    read_at: datetime | None
    checked_as_decided: bool
