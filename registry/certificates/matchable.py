"""The certificates and the OCA's list as matching looks at them (`registry.matching`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from registry.aliases.queries import recorded
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.facts import FieldState, Finding, Severity
from registry.certificates.models import Certificate, CertificateFinding, FieldProvenance, TableRow
from registry.certificates.profiles import certified
from registry.certificates.words import role_of
from registry.listing.models import ListingRowRecord, ListingSnapshot
from registry.matching.index import Index
from registry.matching.model import CORE, Certified, CurrentList
from registry.review.corrections import active, is_dismissed
from registry.review.store import corrections_by_document

SHARE_OF_THE_LIST = 0.1
"""The list counts as one of charging stations or of management systems when so many of its rows are: a few stand in the wrong list."""

_LOOKED_AT = (
    *("role", "holder", "vendor_name", "designation", "model", "software_version", "protocol", "hardware"),
    *("profiles", f"profiles.{CORE}"),
)


def certificate_index(session: Session) -> Index:
    """Everything that the registry knows of certificates, ready to be matched. Seven statements, whatever the number."""
    return Index(matchable(session), current_lists(session), recorded(session))


def listed_roles(session: Session) -> frozenset[str]:
    """The roles of which the current list is a list. One statement."""
    return frozenset(current_lists(session))


def current_lists(session: Session) -> dict[str, CurrentList]:
    """The current list by the roles of which it is one. One statement."""
    current = select(func.max(ListingSnapshot.id)).scalar_subquery()
    # By the list's own rows: they are a small part of a large registry's entries.
    statement = (
        select(CatalogueEntry.role, ListingSnapshot.imported_at, func.count())
        .join(ListingRowRecord, ListingRowRecord.id == CatalogueEntry.listing_row_id)
        .join(ListingSnapshot, ListingSnapshot.id == ListingRowRecord.snapshot_id)
        .where(ListingSnapshot.id == current, CatalogueEntry.role.is_not(None))
        .group_by(CatalogueEntry.role, ListingSnapshot.imported_at)
    )
    found = {str(role): CurrentList(rows, imported.date()) for role, imported, rows in session.execute(statement)}
    together = sum(one.rows for one in found.values())
    return {role: one for role, one in found.items() if one.rows >= SHARE_OF_THE_LIST * together}


def matchable(session: Session) -> list[Certified]:
    """Every certificate by what it says itself, and the rows of the list of which the registry has no document. Five statements."""
    hardware, unread, doubted = _hardware(session), _unread(session), _doubted(session)
    statement = select(CatalogueEntry, Certificate).outerjoin(Certificate, Certificate.id == CatalogueEntry.certificate_id)
    return [
        _of_document(certificate, entry, hardware, unread, doubted) if certificate is not None else _of_list(entry)
        for entry, certificate in session.execute(statement)
    ]


def _of_document(
    certificate: Certificate,
    entry: CatalogueEntry,
    hardware: Mapping[int, dict[str, str | None]],
    unread: Mapping[int, set[str]],
    doubted: Mapping[int, set[str]],
) -> Certified:
    return Certified(
        number=certificate.number,
        revision=certificate.revision or None,
        holder=certificate.holder,
        vendor_name=certificate.vendor_name,
        designation=certificate.designation,
        model=certificate.model,
        software_version=certificate.software_version,
        role=certificate.role or role_of(certificate.number),
        protocol=certificate.protocol,
        kind=certificate.kind,
        profiles=certified(tuple(entry.profiles)),
        hardware=hardware.get(certificate.id, {}) if "hardware" in certificate.printed_tables else None,
        withdrawn=entry.listing_row_id is not None and not entry.listed,
        day=entry.date,
        unread=frozenset(unread.get(certificate.id, ())),
        doubted=frozenset(doubted.get(certificate.id, ())),
    )


def _of_list(entry: CatalogueEntry) -> Certified:
    return Certified(
        number=entry.number,
        revision=entry.revision or None,
        holder=entry.holder,
        designation=entry.designation,
        software_version=entry.software_version,
        role=entry.role,
        protocol=entry.protocol,
        kind=entry.kind,
        document=False,
        withdrawn=not entry.listed,
        day=entry.date,
    )


def _hardware(session: Session) -> dict[int, dict[str, str | None]]:
    rows: dict[int, dict[str, str | None]] = defaultdict(dict)
    statement = select(TableRow.certificate_id, TableRow.name, TableRow.value).where(TableRow.table_name == "hardware")
    for certificate_id, name, value in session.execute(statement):
        rows[certificate_id][name] = value
    return rows


def _unread(session: Session) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    field = FieldProvenance.field
    statement = select(FieldProvenance.certificate_id, field).where(
        FieldProvenance.state == str(FieldState.UNREAD), or_(field.in_(_LOOKED_AT), field.startswith("hardware.", autoescape=True))
    )
    for certificate_id, path in session.execute(statement):
        found[certificate_id].add(path)
    return found


def _doubted(session: Session) -> dict[int, set[str]]:
    """The fields about which an error was found, whether in the document, beside the list or beside other documents, unless a person
    said that it is none.
    """
    decisions = {document_id: active(made) for document_id, made in corrections_by_document(session).items()}
    statement = (
        select(CertificateFinding, Certificate.document_id)
        .join(Certificate, Certificate.id == CertificateFinding.certificate_id)
        .where(CertificateFinding.severity == str(Severity.ERROR))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for row, document_id in session.execute(statement):
        finding = Finding(row.rule, Severity(row.severity), row.message, tuple(row.fields))
        if not is_dismissed(finding, decisions.get(document_id, ())):
            found[row.certificate_id].update(row.fields)
    return found
