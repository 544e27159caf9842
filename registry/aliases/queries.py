"""What is recorded of companies' names."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.aliases.models import CompanyAlias
from registry.certificates.words import company_key
from registry.events import Event
from registry.matching.aliases import Alias, Aliases

SUBJECT = "company"
"""What events are about that tell of companies' names."""


_RECORDED = (
    select(CompanyAlias.id, CompanyAlias.holder, CompanyAlias.name, CompanyAlias.reason, CompanyAlias.at)
    .where(CompanyAlias.withdrawn_at.is_(None))
    .order_by(CompanyAlias.id)
)


def recorded(session: Session) -> Aliases:
    """All records that hold. One statement: people make them one by one, so there are few."""
    return Aliases(Alias(*row) for row in session.execute(_RECORDED))


def renamed(session: Session, after: int, upto: int) -> set[str]:
    """The keys of the companies of whose names these events tell."""
    told = select(Event.payload).where(Event.id > after, Event.id <= upto, Event.subject == SUBJECT)
    return {company_key(payload[part]) for payload in session.scalars(told) for part in ("holder", "name")}


def as_alias(row: CompanyAlias) -> Alias:
    """The stored row as a plain value."""
    return Alias(row.id, row.holder, row.name, row.reason, row.at)
