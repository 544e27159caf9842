"""The list into the registry, and certificates held against their rows of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ingest.checks import listing_findings
from ingest.fetch import fetch
from ingest.listing import LARGEST, read_listing
from ingest.listing_fetch import fetch_list, is_service
from ingest.sources import is_address, read_bytes
from registry.among import among
from registry.bulk import batches
from registry.certificates.facts import CertificateFacts, Finding, Severity
from registry.certificates.findings import record_findings
from registry.certificates.loading import scalar_facts
from registry.certificates.models import LISTING_ORIGIN, PRODUCT_ORIGIN, Certificate, CertificateFinding
from registry.documents.store import keep, open_original
from registry.listing.rows import ListingRow
from registry.listing.shrinking import ACCEPTED, Shrinkage, decide, set_aside, shrinkage, waits
from registry.listing.store import ImportSummary, current_rows, import_rows
from registry.settings import Settings


@dataclass(frozen=True)
class ListingImport:
    """What an import of the list brought: the store's own summary, odd rows, and certificates that the list disagrees with.

    `shrunk` is set when the list misses too much of the current one: then it was kept aside, and nothing was imported.
    """

    summary: ImportSummary
    notes: tuple[Finding, ...]
    disagreements: dict[str, tuple[Finding, ...]]
    shrunk: Shrinkage | None = None

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
            "set_aside": self.shrunk.to_json() if self.shrunk else None,
            "notes": [note.to_json() for note in self.notes],
            "disagreements": {number: [each.to_json() for each in found] for number, found in self.disagreements.items()},
        }


def import_listing(
    sessions: sessionmaker[Session], settings: Settings, source: Path | str, *, accept_shrunk: bool = False
) -> ListingImport:
    """Store the OCA's list as the current one, and hold every certificate against its row.

    `source` is a file or an address. A list that misses much of the current one is kept aside and changes nothing, unless
    `accept_shrunk`. Raises BrokenListing when it is no list or a row is broken, UnreadableDocument when it cannot be had; then
    nothing was stored.
    """
    name, data = _bytes(settings, source)
    rows = read_listing(data, str(source))
    sha256 = keep(settings, data)
    with sessions.begin() as session:
        shrunk = None if accept_shrunk else shrinkage(current_rows(session), rows, settings)
        if shrunk is not None:
            snapshot_id = set_aside(session, name, sha256, len(rows), shrunk)
            return ListingImport(ImportSummary(snapshot_id, created=False, rows=len(rows)), _notes(rows), {}, shrunk)
        if waits(session, sha256):
            decide(session, sha256, ACCEPTED, "It was imported with --accept-shrunk.", "")
        summary = import_rows(session, name, sha256, rows)
        disagreements = join_listing(session)
    return ListingImport(summary, _notes(rows), disagreements)


def take_set_aside(session: Session, settings: Settings, sha256: str, source: str) -> None:
    """Make the current list of one that was kept aside, from the bytes that were kept, and hold every certificate against it.

    Raises RegistryError when the bytes are gone or can no longer be read as a list.
    """
    import_rows(session, source, sha256, read_listing(open_original(settings, sha256), source))
    join_listing(session)


def _bytes(settings: Settings, source: Path | str) -> tuple[str, bytes]:
    """The list's bytes, and the name under which its origin is shown."""
    text = str(source)
    if isinstance(source, str) and is_address(text):
        return text, fetch_list(settings, text) if is_service(text) else fetch(settings, text).data or b""
    return Path(source).name, read_bytes(Path(source), LARGEST)


def _notes(rows: Sequence[ListingRow]) -> tuple[Finding, ...]:
    return tuple(note for row in rows for note in row.notes)


def join_listing(session: Session, numbers: Collection[str] | None = None) -> dict[str, tuple[Finding, ...]]:
    """Hold certificates against the current list, by number and revision, and record where they disagree.

    `numbers` limits it to these; None means every certificate. A certificate that the list does not have is no disagreement: a
    list may be of one product type only. Gives what was found, by number and revision.
    """
    listed: defaultdict[str, list[ListingRow]] = defaultdict(list)
    for row in current_rows(session, numbers):
        if row.number is not None:
            listed[row.number].append(row)
    found: dict[int, tuple[Finding, ...]] = {}
    names: dict[int, str] = {}
    for certificate_id, number, revision in _known(session, numbers):
        found[certificate_id] = ()
        names[certificate_id] = certificate_name(number, revision)
    for certificate in _certificates(session, listed.keys()):
        found[certificate.id] = _against(scalar_facts(certificate), listed[certificate.number])
    record_findings(session, LISTING_ORIGIN, found)
    return {names[one]: findings for one, findings in found.items() if findings}


def outside_findings(session: Session) -> dict[str, tuple[Finding, ...]]:
    """What the list and the other documents of a product are known to find about certificates, by number and revision. One statement."""
    statement = (
        select(Certificate.number, Certificate.revision, CertificateFinding)
        .join(CertificateFinding, CertificateFinding.certificate_id == Certificate.id)
        .where(CertificateFinding.origin.in_((LISTING_ORIGIN, PRODUCT_ORIGIN)))
        .order_by(Certificate.id, CertificateFinding.origin, CertificateFinding.position)
    )
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for number, revision, row in session.execute(statement):
        finding = Finding(row.rule, Severity(row.severity), row.message, tuple(row.fields))
        found[certificate_name(number, revision)].append(finding)
    return {name: tuple(findings) for name, findings in found.items()}


def certificate_name(number: str | None, revision: str | None) -> str:
    """Number and revision in one."""
    return f"{number} {revision}" if revision else str(number)


def _known(session: Session, numbers: Collection[str] | None) -> Iterator[tuple[int, str, str]]:
    statement = select(Certificate.id, Certificate.number, Certificate.revision).order_by(Certificate.id)
    known = session.execute(statement if numbers is None else statement.where(among(session, Certificate.number, numbers)))
    yield from ((one, number, revision) for one, number, revision in known)


def _certificates(session: Session, numbers: Iterable[str]) -> Iterator[Certificate]:
    for batch in batches(numbers):
        yield from session.scalars(select(Certificate).where(among(session, Certificate.number, batch)).order_by(Certificate.id)).all()


def _against(facts: CertificateFacts, rows: Sequence[ListingRow]) -> tuple[Finding, ...]:
    """Findings against the row of the same revision; of another revision only that there is one, since a revision may change anything."""
    same = [row for row in rows if row.revision == facts.revision]
    if same:
        return tuple(dict.fromkeys(finding for row in same for finding in listing_findings(facts, row)))
    return tuple(finding for finding in listing_findings(facts, rows[0]) if finding.rule == "listing-revision")
