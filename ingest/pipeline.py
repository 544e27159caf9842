"""The thin shell: documents and lists from disk into the registry.

One transaction per document, its bytes written whole before its row: whatever stops the program in between, nothing is
stored half and nothing stored before is lost. A document that cannot be read is told about and stops no other.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ingest.checks import listing_findings
from ingest.listing import LARGEST as LARGEST_LISTING
from ingest.listing import read_listing
from ingest.parse import parse_document
from ingest.readers import LARGEST as LARGEST_DOCUMENT
from registry.certificates.facts import CertificateFacts, Extraction, FieldState, Finding
from registry.certificates.loading import load_facts
from registry.certificates.models import Certificate
from registry.certificates.store import record_findings, save_extraction
from registry.documents.store import keep
from registry.errors import CannotBegin, NotACertificate, UnreadableDocument
from registry.listing.rows import ListingRow
from registry.listing.store import ImportSummary, current_rows, import_rows
from registry.settings import Settings

LISTING_ORIGIN = "listing"
_FOUND_AT_ONCE = 300


class Status(StrEnum):
    """What became of one document."""

    NEW = "new"
    """A certificate that the registry did not have."""
    ANOTHER = "another document"
    """A further document, or a further reading, of a certificate that the registry has."""
    KNOWN = "known"
    """The same document, read as before: nothing changed."""
    REVIEW = "for review"
    """Stored, but its number was not read with certainty, so it is no entry of the catalogue yet."""
    REFUSED = "refused"
    """No certificate, or not readable; nothing of it was stored."""


@dataclass(frozen=True)
class Outcome:
    """One document's fate. `unread` names the fields that were printed or expected and not read with certainty."""

    path: Path
    status: Status
    sha256: str | None = None
    number: str | None = None
    revision: str | None = None
    unread: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    message: str | None = None

    @property
    def is_clean(self) -> bool:
        """Whether the document was read whole."""
        return self.status is not Status.REFUSED and not self.unread

    def to_json(self) -> dict[str, Any]:
        """The entry of `ocpp-registry ingest --json`."""
        return {
            "path": str(self.path),
            "status": str(self.status),
            "sha256": self.sha256,
            "number": self.number,
            "revision": self.revision,
            "unread": list(self.unread),
            "findings": [finding.to_json() for finding in self.findings],
            "message": self.message,
        }


@dataclass(frozen=True)
class Progress:
    """After each document: how many of how many are done, and what became of this one."""

    done: int
    total: int
    outcome: Outcome


@dataclass(frozen=True)
class ListingImport:
    """What an import of the list brought: the store's own summary, odd rows, and certificates that the list disagrees with."""

    summary: ImportSummary
    notes: tuple[Finding, ...]
    disagreements: dict[str, tuple[Finding, ...]]

    def to_json(self) -> dict[str, Any]:
        """The document of `ocpp-registry listing import --json`."""
        summary = self.summary
        return {
            "rows": summary.rows,
            "stored": summary.created,
            "new": summary.new,
            "changed": summary.changed,
            "withdrawn": summary.withdrawn,
            "reappeared": summary.reappeared,
            "notes": [note.to_json() for note in self.notes],
            "disagreements": {number: [each.to_json() for each in found] for number, found in self.disagreements.items()},
        }


def find_documents(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, and those in the folders that are named, in order and each once; hidden ones are left out.

    Raises CannotBegin when a path is not there, or when there is nothing to read at all.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file() and not _hidden(each.relative_to(path)))
            found |= dict.fromkeys(inside)
        elif path.is_file():
            found[path] = None
        else:
            raise CannotBegin(f"{path}: no such file or folder; check the path")
    if not found:
        raise CannotBegin(f"{', '.join(map(str, paths))}: holds no file; name a document or a folder with documents")
    return list(found)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def read_bytes(path: Path, largest: int) -> bytes:
    """The bytes of the file, one more than `largest` at the most. Raises UnreadableDocument with one line."""
    try:
        with path.open("rb") as file:
            return file.read(largest + 1)
    except OSError as error:
        raise UnreadableDocument(f"{path}: cannot be opened ({error.strerror}); check the path and its permissions") from error


def ingest_paths(
    sessions: sessionmaker[Session],
    settings: Settings,
    paths: Sequence[Path],
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> list[Outcome]:
    """Read every document of the files and folders into the registry; the same bytes again change nothing.

    Raises CannotBegin when a path is not there or the database cannot be written; what was stored before stays.
    """
    documents = find_documents(paths)
    outcomes: list[Outcome] = []
    for path in documents:
        outcomes.append(_ingest(sessions, settings, path))
        on_progress(Progress(len(outcomes), len(documents), outcomes[-1]))
    return outcomes


def _ingest(sessions: sessionmaker[Session], settings: Settings, path: Path) -> Outcome:
    try:
        data = read_bytes(path, LARGEST_DOCUMENT)
        extraction = parse_document(data, str(path))
    except (UnreadableDocument, NotACertificate) as error:
        return Outcome(path, Status.REFUSED, message=str(error))
    keep(settings, data)
    with sessions.begin() as session:
        stored = save_extraction(session, extraction, path.name, size=len(data))
        disagreements = join_listing(session, [stored.number]) if stored.number is not None else {}
    if not stored.extraction_created:
        status = Status.KNOWN
    elif stored.number is None:
        status = Status.REVIEW
    else:
        status = Status.NEW if stored.created else Status.ANOTHER
    listed = disagreements.get(_name(stored.number, stored.revision), ())
    return Outcome(
        path,
        status,
        sha256=extraction.document.sha256,
        number=stored.number,
        revision=stored.revision,
        unread=unread_fields(extraction),
        findings=(*extraction.findings, *listed),
    )


def unread_fields(extraction: Extraction) -> tuple[str, ...]:
    """The fields that were printed, or expected, and not read with certainty."""
    return tuple(entry.field for entry in extraction.fields if entry.state is FieldState.UNREAD)


def import_listing(sessions: sessionmaker[Session], settings: Settings, path: Path) -> ListingImport:
    """Store the OCA's list as the current one, and hold every certificate against its row.

    Raises BrokenListing when a column is missing or a row is broken, UnreadableDocument when the file cannot be opened; then
    nothing was stored.
    """
    data = read_bytes(path, LARGEST_LISTING)
    rows = read_listing(data, str(path))
    keep(settings, data)
    with sessions.begin() as session:
        summary = import_rows(session, path.name, hashlib.sha256(data).hexdigest(), rows)
        disagreements = join_listing(session)
    return ListingImport(summary, tuple(note for row in rows for note in row.notes), disagreements)


def join_listing(session: Session, numbers: Collection[str] | None = None) -> dict[str, tuple[Finding, ...]]:
    """Hold certificates against the current list, by number and revision, and record where they disagree.

    `numbers` limits it to these; None means every certificate. A certificate that the list does not have is no disagreement: a
    list may be of one product type only. Gives what was found, by number and revision.
    """
    listed: defaultdict[str, list[ListingRow]] = defaultdict(list)
    for row in current_rows(session):
        if row.number is not None:
            listed[row.number].append(row)
    found: dict[str, tuple[Finding, ...]] = {}
    for certificate in _certificates(session, numbers):
        rows = listed.get(certificate.number, [])
        findings = _against(load_facts(session, certificate), rows) if rows else ()
        record_findings(session, certificate.id, LISTING_ORIGIN, findings)
        if findings:
            found[_name(certificate.number, certificate.revision)] = findings
    return found


def _name(number: str | None, revision: str | None) -> str:
    return f"{number} {revision}" if revision else str(number)


def _certificates(session: Session, numbers: Collection[str] | None) -> Iterator[Certificate]:
    statement = select(Certificate).order_by(Certificate.id)
    if numbers is not None:
        statement = statement.where(Certificate.number.in_(numbers))
    yield from session.scalars(statement.execution_options(yield_per=_FOUND_AT_ONCE)).all()


def _against(facts: CertificateFacts, rows: Sequence[ListingRow]) -> tuple[Finding, ...]:
    """Findings against the row of the same revision; of another revision only that there is one, since a revision may change anything."""
    same = [row for row in rows if row.revision == facts.revision]
    if same:
        return tuple(dict.fromkeys(finding for row in same for finding in listing_findings(facts, row)))
    return tuple(finding for finding in listing_findings(facts, rows[0]) if finding.rule == "listing-revision")
