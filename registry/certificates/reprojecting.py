"""Projects anew what an older program projected by other rules: how profiles are kept, and by what companies are looked up."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from registry.aliases.models import CompanyAlias
from registry.bulk import batches
from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile
from registry.certificates.models import ProfileResult
from registry.certificates.profiles import UNTOLD, catalogued, one_name
from registry.certificates.projection import project, project_unnumbered
from registry.certificates.words import apart_key, company_key, company_slug
from registry.db import lock_for_writing
from registry.listing.models import ListingRowRecord
from registry.listing.types import listed_profiles, names_all

_Found = set[tuple[str | None, str]]


def catch_up(sessions: sessionmaker[Session]) -> int:
    """Project anew the entries that are kept otherwise than this program keeps them; gives how many there were."""
    with sessions() as session:
        keys = _profiled_otherwise(session) | _named_otherwise(session)
        aliases = _aliases_named_otherwise(session)
    if keys or aliases:
        with sessions.begin() as session:
            lock_for_writing(session)
            for alias in _aliases_named_otherwise(session):
                alias.holder_key, alias.name_key = company_key(alias.holder), company_key(alias.name)
            project(session, {(number, revision) for number, revision in keys if number is not None})
            if any(number is None for number, _ in keys):
                project_unnumbered(session)
    return len(keys)


def _profiled_otherwise(session: Session) -> _Found:
    """The entries that are of a program that kept profiles by their printed names, and not of which entries they cannot be told."""
    if session.scalar(select(CatalogueProfile.entry_id).where(CatalogueProfile.profile == UNTOLD).limit(1)) is not None:
        return set()
    return _listed_otherwise(session) | _read_otherwise(session)


def _named_otherwise(session: Session) -> _Found:
    """The entries whose holder is looked up by other words than this program has: another vocabulary knows other legal forms.

    Three statements, or more where a rule has changed. The first reads each name once, however many entries bear it.
    """
    entry, row = CatalogueEntry, ListingRowRecord
    named = session.execute(select(entry.holder, entry.company_key, entry.apart_key, entry.holder_slug).distinct())
    holders = {holder for holder, *kept in named if kept != [company_key(holder), apart_key(holder), company_slug(holder)]}
    found: _Found = set()
    for some in batches(sorted(name for name in holders if name is not None)):
        found |= {
            (number, revision) for number, revision in session.execute(select(entry.number, entry.revision).where(entry.holder.in_(some)))
        }
    listed = select(entry.number, entry.revision, entry.holder, entry.listed_slug, row.company).join(row, row.id == entry.listing_row_id)
    for number, revision, holder, slug, company in session.execute(listed):
        if slug != (company_slug(company) if company_slug(company) != company_slug(holder) else None):
            found.add((number, revision))
    return found


def _aliases_named_otherwise(session: Session) -> list[CompanyAlias]:
    rows = session.scalars(select(CompanyAlias))
    return [row for row in rows if (row.holder_key, row.name_key) != (company_key(row.holder), company_key(row.name))]


def _listed_otherwise(session: Session) -> _Found:
    entry = CatalogueEntry
    found = session.execute(select(entry.number, entry.revision, entry.kind, entry.profiles).where(~entry.has_document))
    return {
        (number, revision)
        for number, revision, kind, profiles in found
        if list(profiles) != catalogued(listed_profiles(kind), is_all=names_all(kind))
    }


def _read_otherwise(session: Session) -> _Found:
    names = session.scalars(select(CatalogueProfile.profile).distinct())
    renamed = [name for name in names if one_name(name) != name]
    of = CatalogueEntry.certificate_id
    unread = select(ProfileResult.certificate_id).where(ProfileResult.result.is_(None))
    otherwise = or_(
        CatalogueEntry.id.in_(select(CatalogueProfile.entry_id).where(CatalogueProfile.profile.in_(renamed))),
        of.in_(unread),
        of.not_in(select(ProfileResult.certificate_id)),
    )
    found = select(CatalogueEntry.number, CatalogueEntry.revision).where(CatalogueEntry.has_document, otherwise)
    return {(number, revision) for number, revision in session.execute(found)}
