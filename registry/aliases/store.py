"""Records that two names are one company's, and withdraws it. Whoever calls hands in a session inside a transaction and commits it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.aliases.models import CompanyAlias
from registry.aliases.queries import SUBJECT, as_alias, recorded
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.projection import project, project_unnumbered
from registry.certificates.words import company_key
from registry.db import Clock, clean_text, lock_for_writing, utc_now
from registry.errors import RegistryError
from registry.events import tell
from registry.matching.aliases import Alias, identity
from registry.matching.names import forms_contradict
from registry.sentences import Sentence

LONGEST_NAME = 200
LARGEST_ID = 2**31 - 1
"""What a database can be asked for."""


class NoSuchAlias(RegistryError):
    """There is no such record, or it was withdrawn."""


def record(session: Session, holder: str, name: str, reason: str, *, clock: Clock = utc_now) -> Alias:
    """Record that `name` is another name of `holder`, both as they are to be shown.

    Raises RegistryError with the sentence for a person where that says nothing, or speaks against what is recorded.
    """
    lock_for_writing(session)
    holder, name, reason = (clean_text(" ".join(text.split())) for text in (holder, name, reason))
    _check(session, holder, name)
    now = clock()
    row = CompanyAlias(holder=holder, holder_key=company_key(holder), name=name, name_key=company_key(name), reason=reason, at=now)
    session.add(row)
    session.flush()
    tell(session, now, SUBJECT, "other name recorded", alias=row.id, holder=holder, name=name, reason=reason)
    alias = as_alias(row)
    _project(session, recorded(session).keys([alias.name_key]))
    return alias


def withdraw(session: Session, alias_id: int, reason: str, *, clock: Clock = utc_now) -> Alias:
    """Let a record count for nothing from now on. Raises NoSuchAlias."""
    lock_for_writing(session)
    row = session.get(CompanyAlias, alias_id) if alias_id <= LARGEST_ID else None
    if row is None or row.withdrawn_at is not None:
        raise NoSuchAlias(Sentence("there is no such record of a name, or it was withdrawn: load the page of the holder anew"))
    now = clock()
    # Before it is withdrawn: the other names of the company are other names of it no longer, either.
    keys = recorded(session).keys([row.name_key])
    row.withdrawn_at, row.withdrawal = now, clean_text(" ".join(reason.split()))
    session.flush()
    tell(session, now, SUBJECT, "other name withdrawn", alias=row.id, holder=row.holder, name=row.name, reason=row.withdrawal)
    _project(session, keys)
    return as_alias(row)


def _check(session: Session, holder: str, name: str) -> None:
    if not company_key(name):
        raise RegistryError(Sentence("the other name has neither letters nor digits: write the name"))
    if len(name) > LONGEST_NAME:
        raise RegistryError(Sentence("the other name has %(number)s letters: write at most %(most)s", number=len(name), most=LONGEST_NAME))
    is_of_forms = identity(name) == identity(holder)
    if is_of_forms and not forms_contradict(name, holder):
        raise RegistryError(
            Sentence("“%(name)s” and “%(holder)s” are taken for one company already: nothing has to be recorded", name=name, holder=holder)
        )
    known = recorded(session).of(holder, name)
    for alias in known:
        if alias.is_of_forms is not is_of_forms:
            continue  # those tell of each two legal forms by themselves
        if alias.joins_forms(holder, name) if is_of_forms else alias.name_identity == identity(name):
            raise RegistryError(
                Sentence(
                    "“%(name)s” is recorded as another name of “%(holder)s”: withdraw that first, should it be wrong",
                    name=alias.name,
                    holder=alias.holder,
                )
            )
        if not is_of_forms and alias.name_identity == identity(holder):
            raise RegistryError(
                Sentence(
                    "“%(name)s” is itself recorded as another name of “%(holder)s”: record this one there",
                    name=alias.name,
                    holder=alias.holder,
                )
            )
        if not is_of_forms and alias.holder_identity == identity(name):
            raise RegistryError(
                Sentence(
                    "“%(holder)s” has other names of its own (“%(name)s”): record on its page that this is one more",
                    holder=alias.holder,
                    name=alias.name,
                )
            )


def _project(session: Session, companies: frozenset[str]) -> None:
    """Make the entries of these companies anew: they are found by all of their names."""
    held = select(CatalogueEntry.number, CatalogueEntry.revision).where(CatalogueEntry.company_key.in_(companies))
    keys = {(number, revision) for number, revision in session.execute(held)}
    project(session, {(number, revision) for number, revision in keys if number is not None})
    if any(number is None for number, _ in keys):
        project_unnumbered(session)
