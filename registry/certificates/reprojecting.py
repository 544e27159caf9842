"""Projects anew what a program projected that kept profiles by their printed names, and not of which entries they cannot be told."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile
from registry.certificates.models import ProfileResult
from registry.certificates.profiles import UNTOLD, catalogued, one_name
from registry.certificates.projection import project, project_unnumbered
from registry.db import lock_for_writing
from registry.listing.types import listed_profiles, names_all


def catch_up(sessions: sessionmaker[Session]) -> int:
    """Project anew the entries whose profiles are kept otherwise than this program keeps them; gives how many there were."""
    with sessions() as session:
        if session.scalar(select(CatalogueProfile.entry_id).where(CatalogueProfile.profile == UNTOLD).limit(1)) is not None:
            return 0
        keys = _listed_otherwise(session) | _read_otherwise(session)
    if keys:
        with sessions.begin() as session:
            lock_for_writing(session)
            project(session, {(number, revision) for number, revision in keys if number is not None})
            project_unnumbered(session)
    return len(keys)


def _listed_otherwise(session: Session) -> set[tuple[str | None, str]]:
    entry = CatalogueEntry
    found = session.execute(select(entry.number, entry.revision, entry.kind, entry.profiles).where(~entry.has_document))
    return {
        (number, revision)
        for number, revision, kind, profiles in found
        if list(profiles) != catalogued(listed_profiles(kind), is_all=names_all(kind))
    }


def _read_otherwise(session: Session) -> set[tuple[str | None, str]]:
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
