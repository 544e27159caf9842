"""Which events are about a topic: newest first for feeds, oldest first for those who keep watch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.forgiving import understood
from registry.certificates.search import numbers_found
from registry.db import clean_text
from registry.events import Event
from registry.fleet.queries import identities
from registry.watches.models import Installation
from registry.watches.telling import Happened, Told, told
from registry.watches.topics import Kind, Topic

PAGE = 50
TOLD_SUBJECTS = ("certificate", "listing", "document", "audit", "device")


@dataclass(frozen=True)
class Seen:
    """An event with the words for it."""

    event: Happened
    told: Told


@dataclass(frozen=True)
class Page:
    """Some events about a topic, the newest first. `updated` is when the newest of all happened, `following` where older ones begin.

    `name` is the installation's.
    """

    seen: tuple[Seen, ...]
    updated: datetime
    following: int | None
    name: str


def newest(session: Session, topic: Topic, before: int | None = None) -> Page:
    """A page of the topic's events: the newest, or those with an id below `before`. Five statements at most."""
    mine = about(session, topic)
    older = Event.id < before if before is not None else Event.id.is_not(None)
    events = session.scalars(select(Event).where(mine, older).order_by(Event.id.desc()).limit(PAGE + 1)).all()
    of_all = events[:1] if before is None else session.scalars(select(Event).where(mine).order_by(Event.id.desc()).limit(1)).all()
    installation = session.get_one(Installation, 1)
    updated = of_all[0].at if of_all else installation.made_at
    following = events[PAGE - 1].id if len(events) > PAGE else None
    return Page(in_words(session, events[:PAGE]), updated, following, installation.name)


def since(session: Session, topic: Topic, after: int, limit: int) -> Sequence[Event]:
    """The topic's events with an id above `after`, the oldest first."""
    return session.scalars(select(Event).where(about(session, topic), Event.id > after).order_by(Event.id).limit(limit)).all()


def head(session: Session) -> int:
    """The id of the newest event; 0 before the first."""
    return session.scalar(select(func.max(Event.id))) or 0


def about(session: Session, topic: Topic) -> ColumnElement[bool]:
    """Whether an event is about the topic. Certificates go by their numbers: an audit names no revision."""
    return and_(Event.subject.in_(TOLD_SUBJECTS), _about(session, topic))


def _about(session: Session, topic: Topic) -> ColumnElement[bool]:
    key = clean_text(topic.key)
    if topic.kind is Kind.CERTIFICATE:
        return Event.number == key
    if topic.kind is Kind.DEVICE:
        return Event.device == key
    if topic.kind is Kind.FLEET:
        return Event.device.in_(identities(topic.fleet))
    if topic.kind is Kind.SEARCH:
        query, _ = understood(session, topic.search)
        return Event.number.in_(numbers_found(session, query))
    holder, _, slug = key.partition("/")
    condition: ColumnElement[bool] = CatalogueEntry.holder_slug == holder
    if topic.kind is Kind.PRODUCT:
        condition = and_(condition, CatalogueEntry.designation_slug == slug)
    else:
        known = select(CatalogueEntry.holder_slug).where(CatalogueEntry.listed_slug == holder)
        condition = or_(condition, CatalogueEntry.holder_slug.in_(known))
    return Event.number.in_(select(CatalogueEntry.number).where(condition))


def in_words(session: Session, events: Iterable[Event]) -> tuple[Seen, ...]:
    """The events in words, in their order, without those that change nothing that a page shows. One statement."""
    rows = list(events)
    names = _names(session, {row.number for row in rows if row.number})
    found = []
    for row in rows:
        product, holder = names.get((row.number, row.revision)) or names.get((row.number, "")) or (None, None)
        event = Happened(row.id, row.at, row.kind, row.subject, row.number, row.revision or None, row.payload, row.device, product, holder)
        words = told(event)
        if words is not None:
            found.append(Seen(event, words))
    return tuple(found)


def _names(session: Session, numbers: set[str]) -> dict[tuple[str | None, str], tuple[str | None, str | None]]:
    """What the catalogue calls the product and the holder of each certificate; under no revision those of any."""
    if not numbers:
        return {}
    columns: tuple[Any, ...] = (CatalogueEntry.number, CatalogueEntry.revision, CatalogueEntry.designation, CatalogueEntry.holder)
    statement = select(*columns).where(CatalogueEntry.number.in_(numbers)).order_by(CatalogueEntry.revision.desc())
    found: dict[tuple[str | None, str], tuple[str | None, str | None]] = {}
    for number, revision, designation, holder in session.execute(statement):
        found[number, revision] = (designation, holder)
        found.setdefault((number, ""), (designation, holder))
    return found
