"""The certificates that may cover offers, from the database: a thin list of all to find them by, and the whole of those that are found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from registry.among import among
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.facts import CertificateFacts, FieldState, Finding, PerformanceRow, Severity
from registry.certificates.matchable import LISTED_OTHERWISE, NAMED_BY_THE_LIST, contradictions, disputes, with_role
from registry.certificates.models import (
    Certificate,
    CertificateFinding,
    ConfigurationKey,
    FieldProvenance,
    PerformanceResult,
    ProfileResult,
    TableRow,
)
from registry.certificates.numbers import number_of
from registry.certificates.words import company_key
from registry.matching.aliases import NONE, Aliases
from registry.matching.disputes import Dispute
from registry.matching.names import bare, company, text
from registry.matching.revisions import held_now
from registry.matching.spelling import one_letter_apart
from registry.requirements.offers import Held, Offer
from registry.review.corrections import active, is_dismissed
from registry.review.store import corrections_by_document

_BATCH = 300
_SHORTEST_PART = 3
_MOST_RUNS = 12
_RUN = re.compile(r"[^\W_]+")
_LOOKED_AT = (
    *("number", "revision", "kind", "protocol", "role", "holder", "designation", "model", "software_version", "vendor_name"),
    "communication",
)

_LISTED_OTHERWISE = NAMED_BY_THE_LIST.where(
    Certificate.id.in_(select(CertificateFinding.certificate_id).where(CertificateFinding.rule.in_(LISTED_OTHERWISE)))
)
"""The rows of the current list for numbers whose documents name another company, product or role, in spelling alone for the most part."""

Key = TypeVar("Key", int, str)
Place = tuple[bool, int]
"""Whether the registry has the document, and the id of the certificate, or else of the catalogue's entry."""


@dataclass
class Finder:
    """Finds certificates by their numbers, and by the letters and figures of a product's name or of a part of it."""

    by_number: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    by_part: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    of_company: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    """The keys of `by_name` of each company, by their length."""
    aliases: Aliases = NONE

    def places(self, offer: Offer) -> set[Place]:
        """Where the certificates are that may be about the offer."""
        found = {place for number in map(number_of, offer.certificates) for place in self.by_number.get(number, ())}
        if offer.model:
            found.update(self.by_part.get(bare(offer.model), ()))
            for part in {bare(offer.model), *_parts(offer.model)}:
                found.update(self.by_name.get(part, ()))
            found.update(self._one_letter_apart(offer.holder, bare(offer.model)))
        return found

    def _one_letter_apart(self, holder: str | None, model: str) -> Iterator[Place]:
        """The certificates of that company whose product's name the model may be a misspelling of."""
        for name in (holder, *self.aliases.others(holder)) if holder else ():
            by_length = self.of_company.get(company(name), {})
            for size in (-1, 0, 1):
                for other in one_letter_apart(model, list(by_length.get(len(model) + size, ()))):
                    yield from self.by_name[other]

    def whole(self, named: str, role: str | None) -> tuple[str, ...]:
        """A number that was written without its role as it is known here, of that role or else of both; anything else as it is."""
        known = [whole for whole in (f"{named}.CS", f"{named}.CSMS") if whole in self.by_number]
        return tuple(whole for whole in known if whole.endswith(f".{role}")) or tuple(known) or (named,)

    def add(self, place: Place, number: str | None, names: Iterable[str | None], companies: Iterable[str | None]) -> None:
        """Make one certificate findable."""
        if number:
            self.by_number[number].append(place)
        keys = {company(each) for each in companies if each}
        for name in {name for name in names if name}:
            self.by_name[bare(name)].append(place)
            for key in keys:
                self.of_company[key][len(bare(name))].add(bare(name))
            for part in {bare(name), *_parts(name)}:
                self.by_part[part].append(place)


def finder(session: Session, of: Collection[str] | None = None, aliases: Aliases = NONE) -> Finder:
    """All certificates and rows of the current list, or those `of` some companies, by their keys, to be found; a certificate that the list
    has otherwise is also one of what and whose the list calls it. Three statements.
    """
    made = Finder(aliases=aliases)
    listed_as = {certificate_id: (holder, designation) for certificate_id, holder, designation in session.execute(_LISTED_OTHERWISE)}
    of_holder: list[ColumnElement[bool]] = []
    of_either = of_holder
    if of is not None:
        otherwise = [certificate_id for certificate_id, (holder, _) in listed_as.items() if holder and company_key(holder) in of]
        of_holder = [CatalogueEntry.company_key.in_(of)]
        of_either = [or_(*of_holder, among(session, CatalogueEntry.certificate_id, otherwise))] if otherwise else of_holder
    named = (Certificate.model, Certificate.designation, Certificate.holder, Certificate.vendor_name)
    for certificate_id, number, model, designation, holder, vendor_name in session.execute(
        select(Certificate.id, Certificate.number, *named)
        .join(CatalogueEntry, CatalogueEntry.certificate_id == Certificate.id)
        .where(*of_either)
    ):
        listed_holder, listed_designation = listed_as.get(certificate_id, (None, None))
        made.add((True, certificate_id), number, (model, designation, listed_designation), (holder, vendor_name, listed_holder))
    listed = select(CatalogueEntry.id, CatalogueEntry.number, CatalogueEntry.designation, CatalogueEntry.holder)
    for entry_id, listed_number, designation, holder in session.execute(listed.where(CatalogueEntry.has_document.is_(False), *of_holder)):
        made.add((False, entry_id), listed_number, (designation,), (holder,))
    return made


def holding(session: Session, places: Iterable[Place], aliases: Aliases) -> dict[Place, Held]:
    """The certificates at those places, with what is recorded of their companies' names. At most twelve statements for every 300."""
    wanted = sorted(set(places))
    found: dict[Place, Held] = {}
    for batch in _batches([ids for has_document, ids in wanted if has_document]):
        found.update({(True, certificate_id): held for certificate_id, held in _documents(session, batch, aliases)})
    for batch in _batches([ids for has_document, ids in wanted if not has_document]):
        for entry in session.scalars(select(CatalogueEntry).where(CatalogueEntry.id.in_(batch))):
            found[False, entry.id] = Held(_listed(entry), has_document=False, is_withdrawn=not entry.listed)
    known = {at: replace(held, known_as=aliases.of(held.facts.holder, held.facts.vendor_name)) for at, held in found.items()}
    return _overtaken(session, known)


def _overtaken(session: Session, found: Mapping[Place, Held]) -> dict[Place, Held]:
    """The same, each with the revision of its number that holds in its place."""
    dated: dict[str, dict[str, date | None]] = defaultdict(dict)
    for batch in _batches(sorted({held.facts.number for held in found.values() if held.facts.number})):
        entries = select(CatalogueEntry.number, CatalogueEntry.revision, CatalogueEntry.date).where(CatalogueEntry.number.in_(batch))
        for number, revision, day in session.execute(entries):
            dated[str(number)][revision] = day
    return {
        place: replace(held, held_now=held_now(dated[held.facts.number or ""], held.facts.revision or "")) for place, held in found.items()
    }


def _documents(session: Session, ids: Sequence[int], aliases: Aliases) -> Iterator[tuple[int, Held]]:
    certificates = session.scalars(select(Certificate).where(Certificate.id.in_(ids))).all()
    profiles: dict[int, dict[str, str | None]] = defaultdict(dict)
    for row in session.scalars(select(ProfileResult).where(ProfileResult.certificate_id.in_(ids))):
        profiles[row.certificate_id][row.profile] = row.result
    keys: dict[int, dict[str, str | None]] = defaultdict(dict)
    for key in session.scalars(select(ConfigurationKey).where(ConfigurationKey.certificate_id.in_(ids))):
        keys[key.certificate_id][key.key] = key.value
    times: dict[int, list[PerformanceRow]] = defaultdict(list)
    for time in session.scalars(select(PerformanceResult).where(PerformanceResult.certificate_id.in_(ids))):
        times[time.certificate_id].append(PerformanceRow(time.name, time.pics_seconds, time.measured_seconds))
    hardware: dict[int, dict[str, str | None]] = defaultdict(dict)
    for piece in session.scalars(select(TableRow).where(TableRow.certificate_id.in_(ids), TableRow.table_name == "hardware")):
        hardware[piece.certificate_id][piece.name] = piece.value
    unread: dict[int, set[str]] = defaultdict(set)
    is_unread = FieldProvenance.state == str(FieldState.UNREAD)
    for certificate_id, path in session.execute(
        select(FieldProvenance.certificate_id, FieldProvenance.field).where(FieldProvenance.certificate_id.in_(ids), is_unread)
    ):
        unread[certificate_id].add(path)
    withdrawn = set(
        session.scalars(
            select(CatalogueEntry.certificate_id).where(
                CatalogueEntry.certificate_id.in_(ids), CatalogueEntry.listed.is_(False), CatalogueEntry.listing_row_id.is_not(None)
            )
        )
    )
    doubts = _doubted(session, certificates, aliases)
    for one in certificates:
        printed = set(one.printed_tables)
        facts = CertificateFacts(
            **{name: getattr(one, name) or None for name in _LOOKED_AT},
            certification_date=one.certification_date.isoformat() if one.certification_date else None,
            profiles=profiles[one.id] if "profiles" in printed else None,
            configuration_keys=keys[one.id] if "configuration_keys" in printed else None,
            performance=tuple(times[one.id]) if "performance" in printed else None,
            hardware=hardware[one.id] if "hardware" in printed else None,
        )
        yield (
            one.id,
            Held(
                facts,
                frozenset(unread[one.id] | doubts.fields.get(one.id, set())),
                is_withdrawn=one.id in withdrawn,
                dispute=doubts.disputed.get(one.id),
                role_contradicted=doubts.roles.get(one.id, ""),
            ),
        )


class _Doubts(NamedTuple):
    """By certificate, the `fields` about which an error was found that nobody has settled, or which the list contradicts; what is in
    dispute with the list; and what a document says against its own role.
    """

    fields: Mapping[int, set[str]]
    disputed: Mapping[int, Dispute]
    roles: Mapping[int, str]


def _doubted(session: Session, certificates: Sequence[Certificate], aliases: Aliases) -> _Doubts:
    documents = {one.id: one.document_id for one in certificates}
    errors = session.scalars(
        select(CertificateFinding).where(
            CertificateFinding.certificate_id.in_(documents),
            or_(CertificateFinding.severity == str(Severity.ERROR), CertificateFinding.rule.in_(LISTED_OTHERWISE)),
        )
    ).all()
    decided = corrections_by_document(session, sorted({documents[row.certificate_id] for row in errors})) if errors else {}
    found: dict[int, set[str]] = defaultdict(set)
    listed: dict[int, set[str]] = defaultdict(set)
    roles: dict[int, str] = {}
    for row in errors:
        finding = Finding(row.rule, Severity(row.severity), row.message, tuple(row.fields))
        if not is_dismissed(finding, active(decided.get(documents[row.certificate_id], ()))):
            if row.rule in LISTED_OTHERWISE:
                listed[row.certificate_id].update(finding.fields)
            else:
                found[row.certificate_id].update(with_role(finding.fields))
                if "role" in with_role(finding.fields):
                    roles[row.certificate_id] = row.message
    disputed = disputes(session, certificates, listed, aliases)
    for certificate_id, dispute in disputed.items():
        found[certificate_id].update(dispute.fields)
    return _Doubts(found, disputed, contradictions(session, roles))


def _listed(entry: CatalogueEntry) -> CertificateFacts:
    facts = CertificateFacts(number=entry.number, revision=entry.revision or None, kind=entry.kind, protocol=entry.protocol)
    return replace(facts, role=entry.role, holder=entry.holder, designation=entry.designation, software_version=entry.software_version)


def _parts(name: str) -> Iterator[str]:
    """The runs of whole parts of a name, each as letters and figures: "lecs007" and "1ch02cw" of "LECS007-1CH02CW"."""
    runs = _RUN.findall(text(name))[:_MOST_RUNS]
    for begin in range(len(runs)):
        for end in range(begin + 1, len(runs) + 1):
            part = "".join(runs[begin:end])
            if len(part) >= _SHORTEST_PART:
                yield part


def _batches(ids: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for begin in range(0, len(ids), _BATCH):
        yield ids[begin : begin + _BATCH]
