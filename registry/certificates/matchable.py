"""The certificates and the OCA's list as matching looks at them (`registry.matching`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from registry.aliases.queries import recorded
from registry.among import among
from registry.bulk import uncollected
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.facts import FieldState, Finding, Severity
from registry.certificates.field_words import field_word
from registry.certificates.models import Certificate, CertificateFinding, FieldProvenance, TableRow
from registry.certificates.profiles import certified
from registry.certificates.projection import ROLE_OF_PRODUCT_TYPE
from registry.certificates.words import role_of
from registry.listing.models import ListingRowRecord, ListingSnapshot
from registry.matching.aliases import NONE, Aliases
from registry.matching.disputes import Dispute, disputed
from registry.matching.index import Index
from registry.matching.model import CORE, Certified, CurrentList
from registry.review.corrections import active, is_dismissed
from registry.review.store import corrections_by_document
from registry.sentences import Joined, KeptSentence, KeptWord, Listed

SHARE_OF_THE_LIST = 0.1
"""The list counts as one of charging stations or of management systems when so many of its rows are: a few stand in the wrong list."""

_LOOKED_AT = (
    *("role", "holder", "vendor_name", "designation", "model", "software_version", "protocol", "hardware"),
    *("profiles", f"profiles.{CORE}"),
)

LISTED_OTHERWISE = ("listing-holder", "listing-designation", "listing-role")
"""Rules by which the list and a document differ in who or what it is for; by most of these in spelling alone."""

NAMED_BY_THE_LIST = (
    select(Certificate.id, ListingRowRecord.company, ListingRowRecord.designation)
    .join(CatalogueEntry, CatalogueEntry.certificate_id == Certificate.id)
    .join(ListingRowRecord, ListingRowRecord.id == CatalogueEntry.listing_row_id)
    .where(CatalogueEntry.listed.is_(True))
)
"""Whose and what the current list says that certificates are, of which the registry has the documents."""


class _Listed(NamedTuple):
    """The cells of a row of the list that are looked at beside its entry."""

    company: str | None
    designation: str | None
    software_version: str | None
    certificate_type: str | None
    product_type: str | None


_OF_A_ROW = _Listed._fields


@uncollected()
def certificate_index(session: Session) -> Index:
    """Everything that the registry knows of certificates, ready to be matched. Eight statements at most, whatever the number."""
    aliases = recorded(session)
    return Index(matchable(session, aliases), current_lists(session), aliases)


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


def matchable(session: Session, aliases: Aliases = NONE) -> list[Certified]:
    """Every certificate by what it says itself, and the rows of the list of which the registry has no document, or one that contradicts
    them. Six statements at most.
    """
    hardware, unread, doubts = _hardware(session), _unread(session), _doubts(session)
    said = contradictions(session, doubts.roles)
    statement = (
        select(CatalogueEntry, Certificate, *(getattr(ListingRowRecord, name) for name in _OF_A_ROW))
        .outerjoin(Certificate, Certificate.id == CatalogueEntry.certificate_id)
        .outerjoin(ListingRowRecord, ListingRowRecord.id == CatalogueEntry.listing_row_id)
    )
    found: list[Certified] = []
    for entry, certificate, *cells in session.execute(statement):
        listed = _Listed(*cells)
        if certificate is None:
            found.append(_of_list(entry, listed))
            continue
        document = replace(
            _of_document(certificate, entry, hardware, unread, doubts.fields), role_contradicted=said.get(certificate.id, "")
        )
        if entry.listed and certificate.id in doubts.listed:
            found += _beside_the_list(document, listed, doubts.listed[certificate.id], aliases)
        else:
            found.append(document)
    return found


def as_products(session: Session, of: Mapping[int, int]) -> dict[int, Certified]:
    """Certificates as far as they tell two products apart (`registry.matching.pairs`): by the ids that `of` gives for theirs. Three
    statements, and none for no certificates.
    """
    if not of:
        return {}
    hardware, unread = _hardware(session, of), _unread(session, of)
    columns = select(
        Certificate.id, Certificate.number, Certificate.holder, Certificate.kind, Certificate.model, Certificate.printed_tables
    )
    return {
        of[certificate_id]: Certified(
            number=number,
            holder=holder,
            designation=None,
            software_version=None,
            role=None,
            kind=kind,
            model=model,
            hardware=hardware.get(certificate_id, {}) if "hardware" in printed else None,
            unread=frozenset(path for path in unread.get(certificate_id, ()) if path.partition(".")[0] in ("hardware", "model")),
        )
        for certificate_id, number, holder, kind, model, printed in session.execute(columns.where(among(session, Certificate.id, of)))
    }


def disputes(session: Session, certificates: Sequence[Certificate], listed: Mapping[int, Set[str]], aliases: Aliases) -> dict[int, Dispute]:
    """Those of these certificates of which the current list contradicts something for certain (`registry.matching.disputes`), with their
    rows of it; `listed` are the fields in which it differs at all. One statement, and none where it differs in nothing.
    """
    if not listed:
        return {}
    rows = session.execute(NAMED_BY_THE_LIST.where(Certificate.id.in_(listed)))
    own = {
        one.id: Certified(one.number, one.holder, one.designation, None, None, vendor_name=one.vendor_name, model=one.model)
        for one in certificates
    }
    found: dict[int, Dispute] = {}
    for certificate_id, company, designation in rows:
        row = Certified(None, company, designation, None, None, document=False)
        fields = disputed(own[certificate_id], row, aliases) & listed[certificate_id]
        if fields:
            found[certificate_id] = Dispute(fields, company, designation)
    return found


def with_role(fields: Iterable[str]) -> set[str]:
    """These fields about which an error was found, and the role where it is about the product type: what kind of product it is of is its
    role.
    """
    found = set(fields)
    return found | {"role"} if "product_type" in found else found


def contradictions(session: Session, messages: Mapping[int, str]) -> dict[int, str]:
    """What documents say against their own roles, and where that stands: by the ids of their certificates, of which `messages` are those of
    the findings. One statement, and none for no certificates.
    """
    if not messages:
        return {}
    places: dict[int, list[str]] = defaultdict(list)
    statement = (
        select(
            Certificate.id, Certificate.number, Certificate.product_type, FieldProvenance.field, FieldProvenance.page, FieldProvenance.line
        )
        .join(FieldProvenance, FieldProvenance.certificate_id == Certificate.id)
        .where(among(session, Certificate.id, messages), FieldProvenance.field.in_(("number", "product_type", "device_under_test")))
        .order_by(Certificate.id, FieldProvenance.position)
    )
    for certificate_id, number, product_type, field, page, line in session.execute(statement):
        # A product type that agrees with the number is not what contradicts it: what was tested is.
        if page is not None and (field != "product_type" or ROLE_OF_PRODUCT_TYPE.get(product_type or "") != role_of(number)):
            places[certificate_id].append(_place(field, page, line))
    return {
        certificate_id: Joined(" ", (message, KeptSentence("See %(places_words)s.", places_words=Listed(places[certificate_id]))))
        if certificate_id in places
        else message
        for certificate_id, message in messages.items()
    }


def _place(field: str, page: int, line: int | None) -> KeptWord:
    """Where a field stands in a document."""
    name = field_word(field)
    if line is None:
        return KeptWord("the %(field_words)s on page %(page)s", field_words=name, page=page)
    return KeptWord("the %(field_words)s on page %(page)s in line %(line)s", field_words=name, page=page, line=line)


def _beside_the_list(document: Certified, listed: _Listed, unsettled: Set[str], aliases: Aliases) -> list[Certified]:
    """A document in doubt about what the list contradicts, and that row of the list; only the document where the row contradicts nothing.

    Of a product that the list files under the other role the document decides, whose number says the role too; but a device of that
    other role may be what the list means.
    """
    role = ROLE_OF_PRODUCT_TYPE.get(listed.product_type or "")
    row = Certified(
        number=document.number,
        revision=document.revision,
        holder=listed.company,
        designation=listed.designation,
        software_version=listed.software_version,
        role=role or document.role,
        protocol=document.protocol,
        kind=listed.certificate_type,
        document=False,
        is_disputed=True,
        day=document.day,
    )
    fields = disputed(document, row, aliases) & unsettled
    is_of_other_role = "product_type" in unsettled and document.role is not None and role not in (None, document.role)
    if not fields and not is_of_other_role:
        return [document]
    return [replace(document, doubted=document.doubted | fields), row]


def _of_document(
    certificate: Certificate,
    entry: CatalogueEntry,
    hardware: Mapping[int, dict[str, str | None]],
    unread: Mapping[int, set[str]],
    doubted: Mapping[int, set[str]],
) -> Certified:
    # Where an error was found about that, the number may be wrong as well.
    is_role_sure = "role" not in doubted.get(certificate.id, ())
    return Certified(
        number=certificate.number,
        revision=certificate.revision or None,
        holder=certificate.holder,
        vendor_name=certificate.vendor_name,
        designation=certificate.designation,
        model=certificate.model,
        software_version=certificate.software_version,
        role=(certificate.role or role_of(certificate.number)) if is_role_sure else None,
        protocol=certificate.protocol,
        kind=certificate.kind,
        profiles=certified(tuple(entry.profiles)),
        hardware=hardware.get(certificate.id, {}) if "hardware" in certificate.printed_tables else None,
        withdrawn=entry.listing_row_id is not None and not entry.listed,
        day=entry.date,
        unread=frozenset(unread.get(certificate.id, ())),
        doubted=frozenset(doubted.get(certificate.id, ())),
    )


def _of_list(entry: CatalogueEntry, listed: _Listed) -> Certified:
    other = ROLE_OF_PRODUCT_TYPE.get(listed.product_type or "")
    return Certified(
        number=entry.number,
        revision=entry.revision or None,
        holder=entry.holder,
        designation=entry.designation,
        software_version=entry.software_version,
        role=entry.role if other in (None, entry.role) else None,
        protocol=entry.protocol,
        kind=entry.kind,
        document=False,
        withdrawn=not entry.listed,
        day=entry.date,
    )


def _hardware(session: Session, of: Collection[int] | None = None) -> dict[int, dict[str, str | None]]:
    rows: dict[int, dict[str, str | None]] = defaultdict(dict)
    statement = select(TableRow.certificate_id, TableRow.name, TableRow.value).where(TableRow.table_name == "hardware")
    if of is not None:
        statement = statement.where(among(session, TableRow.certificate_id, of))
    for certificate_id, name, value in session.execute(statement):
        rows[certificate_id][name] = value
    return rows


def _unread(session: Session, of: Collection[int] | None = None) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    field = FieldProvenance.field
    statement = select(FieldProvenance.certificate_id, field).where(
        FieldProvenance.state == str(FieldState.UNREAD), or_(field.in_(_LOOKED_AT), field.startswith("hardware.", autoescape=True))
    )
    if of is not None:
        statement = statement.where(among(session, FieldProvenance.certificate_id, of))
    for certificate_id, path in session.execute(statement):
        found[certificate_id].add(path)
    return found


@dataclass(frozen=True)
class _Doubts:
    """By certificate, what nobody has said to be none: `fields` about which an error was found, whether in the document, beside the list
    or beside other documents, and those of who and what it is for in which the `listed` row differs. `roles` are the messages of those by
    which its own role is contradicted.
    """

    fields: Mapping[int, set[str]]
    listed: Mapping[int, set[str]]
    roles: Mapping[int, str]


def _doubts(session: Session) -> _Doubts:
    decisions = {document_id: active(made) for document_id, made in corrections_by_document(session).items()}
    statement = (
        select(CertificateFinding, Certificate.document_id)
        .join(Certificate, Certificate.id == CertificateFinding.certificate_id)
        .where(or_(CertificateFinding.severity == str(Severity.ERROR), CertificateFinding.rule.in_(LISTED_OTHERWISE)))
    )
    found: dict[int, set[str]] = defaultdict(set)
    listed: dict[int, set[str]] = defaultdict(set)
    roles: dict[int, str] = {}
    for row, document_id in session.execute(statement):
        finding = Finding(row.rule, Severity(row.severity), row.message, tuple(row.fields))
        if is_dismissed(finding, decisions.get(document_id, ())):
            continue
        if row.rule in LISTED_OTHERWISE:
            listed[row.certificate_id].update(row.fields)
        else:
            found[row.certificate_id].update(with_role(row.fields))
            if "role" in with_role(row.fields):
                roles[row.certificate_id] = row.message
    return _Doubts(found, listed, roles)
