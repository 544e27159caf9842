"""Products, holders and laboratories: the catalogue's entries put together, as documents and list spell them.

A product is what its holder names alike. What its certificates cover together is told for one software version and one protocol at a
time: a certificate speaks of no other version.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from registry.aliases.queries import recorded
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.entries import Entry, as_entry
from registry.certificates.matchable import as_products, listed_roles
from registry.certificates.models import ProfileResult
from registry.certificates.state import Standing, State
from registry.certificates.words import company_slug
from registry.matching.aliases import Alias, Identity, identity, linking
from registry.matching.model import Certified
from registry.matching.names import bare, forms_contradict, forms_that_differ
from registry.matching.names import company as company_of
from registry.matching.pairs import told_apart
from registry.matching.revisions import held_now
from registry.matching.versions import version as version_key

MOST_ENTRIES = 500
"""More entries of one name are not put on one page; the page says so and leads to the search."""

MOST_TAKEN = 100_000
"""More entries of one name are not taken along at once: its products are put together in memory."""


@dataclass(frozen=True)
class AtVersion:
    """What the certificates of one product cover together at one software version, for one protocol and role.

    `covered` names for each profile the certificates that passed it. `undocumented` are those whose document the registry has not: what
    they cover besides is not known. `version` is None for certificates of which none was read; these are not of one version.

    `is_apart` where certificates at this version are for other hardware, or other types were tested: by `told` these say so; none are told
    of those that may be for either.
    """

    version: str | None
    protocol: str | None
    role: str | None
    entries: tuple[Entry, ...]
    is_apart: bool = False
    told: tuple[str, ...] = ()

    @property
    def covered(self) -> dict[str, tuple[Entry, ...]]:
        """The profiles, by the first certificate that has them, each with all that do."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for profile in entry.profiles:
                found.setdefault(profile, []).append(entry)
        return {profile: tuple(having) for profile, having in found.items()}

    @property
    def undocumented(self) -> tuple[Entry, ...]:
        """The certificates that the list alone tells of."""
        return tuple(entry for entry in self.entries if not entry.has_document)


@dataclass(frozen=True)
class Product:
    """A product with all that was certified of it, the newest version first."""

    holder_slug: str
    slug: str
    name: str
    holder: str
    spellings: tuple[str, ...]
    versions: tuple[AtVersion, ...]
    cut: bool
    unlisted: frozenset[int] = frozenset()
    """The entries, by their ids, that the OCA's current list should have and has not: it had them, or it is a list of their role."""
    overtaken: Mapping[int, str] = field(default_factory=dict)
    """The revisions that hold in the place of entries, by their ids (see `registry.matching.revisions`)."""
    withdrawn: frozenset[int] = frozenset()
    """The entries, by their ids, that the OCA's list had, and that the current one has no more."""
    failed: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The profiles that the documents of entries print as failed, by the entries' ids."""
    aliases: tuple[Alias, ...] = ()
    """The other names of the holder, as they are recorded: what is certified under any of them stands here."""
    other_forms: tuple[str, ...] = ()
    """The spellings of the holder that may be another company's by their legal forms."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All certificates, in the order of the versions."""
        return tuple(entry for version in self.versions for entry in version.entries)

    def standing(self, entry: Entry) -> Standing:
        """How one of its certificates stands."""
        return Standing(self.overtaken.get(entry.id), is_withdrawn=entry.id in self.withdrawn)

    def state(self, entries: Iterable[Entry]) -> State:
        """Of some of its certificates, the state of which a reader has to beware the least."""
        return min((self.standing(entry).state for entry in entries), key=list(State).index, default=State.HOLDS)


@dataclass(frozen=True)
class NamedProduct:
    """A product as a holder's or a laboratory's page names it."""

    holder_slug: str | None
    slug: str | None
    name: str
    holder: str
    certificates: int
    versions: int
    newest: date | None


@dataclass(frozen=True)
class Party:
    """A holder or a laboratory: how it is spelt, and the products. `other_names` are what the list calls a holder of this name, `aliases`
    the other names that are recorded of it: what is certified under any of them stands here. `other_forms` are the spellings that may be
    another company's by their legal forms.
    """

    slug: str
    name: str
    spellings: tuple[str, ...]
    other_names: tuple[str, ...]
    certificates: int
    products: tuple[NamedProduct, ...]
    cut: bool
    aliases: tuple[Alias, ...] = ()
    other_forms: tuple[str, ...] = ()

    @property
    def first_name(self) -> str:
        """The name of which others are recorded: its own, or the one of which its own is recorded as another."""
        known = [one for one in self.aliases if not one.is_of_forms]
        return known[0].holder if known else self.name

    def spelt_for(self, name: str) -> str:
        """The spelling of it of which `name` is to be recorded as another: its own name, or the one whose legal form `name` contradicts."""
        if identity(name) != identity(self.first_name):
            return self.first_name
        spelt = (self.first_name, self.name, *self.spellings)
        return next((one for one in spelt if identity(one) == identity(name) and forms_contradict(one, name)), self.first_name)


@dataclass(frozen=True)
class _Company:
    """A company, by its name and the other names that are recorded of it; `own` is the name alone."""

    own: frozenset[Identity]
    names: frozenset[Identity]
    aliases: tuple[Alias, ...]

    @property
    def condition(self) -> ColumnElement[bool]:
        """Whether an entry is held under any of its names."""
        named = [and_(CatalogueEntry.company_key == key, CatalogueEntry.apart_key == apart) for key, apart in sorted(self.names)]
        return or_(false(), *named)


def of_company(session: Session, slug: str) -> ColumnElement[bool]:
    """Whether an entry is held by the company whose name stands so in an address, however it is spelt and under whichever of its names.

    Two statements.
    """
    return _company(session, slug).condition


def _company(session: Session, slug: str) -> _Company:
    recorded_names = recorded(session)
    spelt = select(CatalogueEntry.company_key, CatalogueEntry.apart_key).where(CatalogueEntry.holder_slug == slug).distinct()
    own = frozenset((key, apart) for key, apart in session.execute(spelt))
    own = own or frozenset(one.name_identity for one in recorded_names.all if company_slug(one.name) == slug)
    known = recorded_names.of_companies(own)
    return _Company(own, own.union(*((one.holder_identity, one.name_identity) for one in known)), known)


def product(session: Session, holder_slug: str, slug: str, most: int = MOST_ENTRIES) -> Product | None:
    """The product of that name, by its `most` newest entries; None where the registry has none. At most nine statements."""
    company = _company(session, holder_slug)
    conditions = (company.condition, CatalogueEntry.designation_slug == slug)
    rows = _rows(session, most, *conditions)
    if not rows:
        return None
    entries = [as_entry(row) for row in rows[:most]]
    names, holders = _spelt(entry.designation for entry in entries), _spelt(entry.holder for entry in entries)
    spellings = (*names[1:], *holders[1:])
    marks = (_unlisted(session, rows), _overtaken(session, conditions, rows))
    withdrawn = frozenset(row.id for row in rows if row.listing_row_id is not None and not row.listed)
    marked = (*marks, withdrawn, _failed(session, rows))
    # A name that is only recorded holds nothing itself: what is made of the address has to be there.
    at = holder_slug if any(row.holder_slug == holder_slug for row in rows) else str(rows[0].holder_slug)
    versions = _versions(entries)
    beside = {entry.id for version in versions if len(version.entries) > 1 for entry in version.entries if entry.has_document}
    certified = as_products(session, {row.certificate_id: row.id for row in rows if row.certificate_id is not None and row.id in beside})
    versions = tuple(part for version in versions for part in _products_of(version, certified, company.aliases))
    found = Product(at, slug, names[0], holders[0], spellings, versions, len(rows) > most, *marked)
    return replace(found, aliases=company.aliases, other_forms=_other_forms(holders, company.aliases))


def holder(session: Session, slug: str, most: int = MOST_ENTRIES) -> Party | None:
    """The holder, however it is spelt, also by another name that is recorded of it or that only the list has for it, by its `most` newest
    entries. Four statements.
    """
    company = _company(session, slug)
    known = select(CatalogueEntry.holder_slug).where(CatalogueEntry.listed_slug == slug)
    rows = _rows(session, most, or_(company.condition, CatalogueEntry.holder_slug.in_(known)))
    if not rows:
        return None
    held = [row for row in rows if _identity(row) in company.names]
    named = [row for row in held if _identity(row) in company.own] or held
    # As it stands in the address before others that are the same without signs and accents.
    spellings = _spelt(row.holder for row in sorted(named, key=lambda row: row.holder_slug != slug))
    others = _spelt(row.holder for row in rows if _identity(row) not in company.names)
    slugs = {str(row.holder_slug) for row in rows}
    listed = session.scalars(
        select(CatalogueEntry.listed_slug).where(CatalogueEntry.holder_slug.in_(slugs), CatalogueEntry.listed_slug.is_not(None)).distinct()
    )
    names = sorted({*others, *(other.replace("-", " ") for other in listed if other and other not in slugs)})
    found = _party(slug, (*spellings, *others), spellings[1:], tuple(names), rows, most, company.names)
    return replace(found, aliases=company.aliases, other_forms=_other_forms(spellings, company.aliases))


def laboratory(session: Session, slug: str, most: int = MOST_ENTRIES) -> Party | None:
    """The laboratory, with what it tested, by its `most` newest entries. One statement."""
    rows = _rows(session, most, CatalogueEntry.laboratory_slug == slug)
    spellings = _spelt(row.laboratory for row in rows)
    return _party(slug, spellings, spellings[1:], (), rows, most) if rows else None


def _unlisted(session: Session, rows: Iterable[CatalogueEntry]) -> frozenset[int]:
    """Those that the list lacks although it is a list of such products, and those that it had. A list of another role lacks nothing."""
    lacking = [row for row in rows if not row.listed]
    never = any(row.listing_row_id is None for row in lacking)
    roles = listed_roles(session) if never else frozenset()
    return frozenset(row.id for row in lacking if row.listing_row_id is not None or row.role in roles)


def _overtaken(session: Session, conditions: Iterable[ColumnElement[bool]], rows: Iterable[CatalogueEntry]) -> dict[int, str]:
    """The revision that holds now for those that are older ones of their numbers, also where the newer is of another product's name."""
    dated: dict[str | None, dict[str, date | None]] = defaultdict(dict)
    numbers = select(CatalogueEntry.number).where(*conditions)
    columns = select(CatalogueEntry.number, CatalogueEntry.revision, CatalogueEntry.date)
    for number, revision, day in session.execute(columns.where(CatalogueEntry.number.in_(numbers))):
        dated[number][revision] = day
    found = ((row.id, held_now(dated[row.number], row.revision)) for row in rows if row.number)
    return {entry_id: revision for entry_id, revision in found if revision is not None}


def _failed(session: Session, rows: Iterable[CatalogueEntry]) -> dict[int, tuple[str, ...]]:
    of = {row.certificate_id: row.id for row in rows if row.certificate_id is not None}
    statement = select(ProfileResult.certificate_id, ProfileResult.profile).where(ProfileResult.result == "Fail")
    found: dict[int, list[str]] = defaultdict(list)
    for certificate_id, profile in session.execute(statement.where(ProfileResult.certificate_id.in_(of)).order_by(ProfileResult.position)):
        found[of[certificate_id]].append(profile)
    return {entry_id: tuple(profiles) for entry_id, profiles in found.items()}


def _rows(session: Session, most: int, *conditions: ColumnElement[bool]) -> Sequence[CatalogueEntry]:
    order = (CatalogueEntry.date.desc().nulls_last(), CatalogueEntry.number, CatalogueEntry.revision)
    statement = select(CatalogueEntry).where(*conditions).order_by(*order).limit(most + 1)
    return session.scalars(statement).all()


def _versions(entries: Iterable[Entry]) -> tuple[AtVersion, ...]:
    """The entries by version, protocol and role, in their order; one whose version was not read stands by itself."""
    groups: dict[tuple[str, str | None, str | None], list[Entry]] = {}
    for entry in entries:
        version = version_key(entry.software_version) if entry.software_version else f"\0{entry.id}"
        groups.setdefault((version, entry.protocol, entry.role), []).append(entry)
    return tuple(AtVersion(together[0].software_version, key[1], key[2], tuple(together)) for key, together in groups.items())


def _products_of(version: AtVersion, certified: Mapping[int, Certified], known_as: Collection[Alias]) -> Iterator[AtVersion]:
    """The certificates of one version, those of other hardware, of other types and of other companies by their legal forms apart: what is
    not for one product is not added up.

    Together are those that contradict the same others. So what contradicts none, where others do, is added to nothing: for which of the two
    products it is, is not known.
    """
    alike: dict[object, Certified] = {}
    kinds: dict[int, object] = {}
    for entry in version.entries:
        one = certified.get(entry.id, Certified(entry.number, entry.holder, None, None, None))
        holder = (company_of(one.holder or ""), forms_that_differ(one.holder or ""))
        kinds[entry.id] = (one.step, bare(one.model or ""), tuple(sorted((one.hardware or {}).items(), key=str)), one.unsure, holder)
        alike.setdefault(kinds[entry.id], one)
    told = dict(zip(alike, told_apart(list(alike.values()), known_as), strict=True))
    parts: dict[frozenset[int], list[Entry]] = {}
    said: dict[frozenset[int], dict[str, None]] = {}
    for entry in version.entries:
        others, own = told.get(kinds.get(entry.id), (frozenset(), ()))
        parts.setdefault(others, []).append(entry)
        said.setdefault(others, {}).update(dict.fromkeys(own))
    if not any(parts):
        yield version
        return
    for others, together in parts.items():
        read = [entry for entry in together if entry.has_document or others]
        rest = [entry for entry in together if entry not in read]
        for some in [read] if others else [*([entry] for entry in read), *([rest] if rest else [])]:
            yield replace(version, entries=tuple(some), is_apart=True, told=tuple(said[others]))


def _party(
    slug: str,
    names: Sequence[str],
    spellings: Sequence[str],
    others: tuple[str, ...],
    rows: Sequence[CatalogueEntry],
    most: int,
    company: Collection[Identity] = (),
) -> Party:
    """The products are each company's own; those of the one with all the names of `company` are one company's."""
    products: dict[tuple[Identity | None, str | None], list[CatalogueEntry]] = defaultdict(list)
    for row in rows[:most]:
        products[None if _identity(row) in company else _identity(row), row.designation_slug].append(row)
    named = tuple(_named(of_one) for of_one in products.values())
    return Party(slug, names[0], tuple(spellings), others, min(len(rows), most), named, len(rows) > most)


def _other_forms(spelt: Sequence[str], known_as: Collection[Alias]) -> tuple[str, ...]:
    """Those but the first that contradict another in their legal form, where no record joins the two."""
    return tuple(
        one
        for one in spelt[1:]
        if any(identity(one) == identity(other) and forms_contradict(one, other) and not linking(known_as, one, other) for other in spelt)
    )


def _identity(row: CatalogueEntry) -> Identity:
    """Which company holds the entry."""
    return row.company_key, row.apart_key


def _named(rows: Sequence[CatalogueEntry]) -> NamedProduct:
    versions = {version_key(row.software_version) for row in rows if row.software_version}
    name, holder_name = _spelt(row.designation for row in rows), _spelt(row.holder for row in rows)
    newest = max((row.date for row in rows if row.date), default=None)
    in_address = (rows[0].holder_slug, rows[0].designation_slug)
    return NamedProduct(*in_address, name[0] if name else "", holder_name[0] if holder_name else "", len(rows), len(versions), newest)


def _spelt(names: Iterable[str | None]) -> tuple[str, ...]:
    """The spellings, the most frequent first."""
    return tuple(name for name, _ in Counter(name for name in names if name).most_common())
