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
from registry.certificates.products import of_company
from registry.certificates.search import numbers_found
from registry.db import clean_text
from registry.events import Event
from registry.fleet.models import FleetDevice
from registry.fleet.queries import identities
from registry.requirements.following import SUBJECT as MET
from registry.requirements.models import RulesEvent
from registry.watches.models import Installation
from registry.watches.telling import Happened, Told, told
from registry.watches.topics import Kind, Topic

PAGE = 50
WINDOW = 5_000
"""So many events are looked at in one go."""

TOLD_SUBJECTS = ("certificate", "listing", "document", "audit", "device", MET)
"""What is told to everybody. Whether something meets a requirement set follows from the others: it is told to who watches the set."""


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
    """A page of the topic's events: the newest, or those with an id below `before`. Nine statements at most."""
    last = head(session)
    events = _upto(session, topic, last if before is None else min(last, before - 1), PAGE + 1)
    of_all = events[:1] if before is None else _upto(session, topic, last, 1)
    installation = session.get_one(Installation, 1)
    updated = of_all[0].at if of_all else installation.made_at
    following = events[PAGE - 1].id if len(events) > PAGE else None
    return Page(in_words(session, events[:PAGE]), updated, following, installation.name)


def since(session: Session, topic: Topic, after: int, upto: int, limit: int) -> Sequence[Event]:
    """The topic's events with an id above `after` and not above `upto`, the oldest first."""
    within = and_(Event.id > after, Event.id <= upto)
    statement = select(Event).where(about(session, topic, within), within)
    return session.scalars(statement.order_by(Event.id).limit(limit)).all()


def head(session: Session) -> int:
    """The id of the newest event; 0 before the first."""
    return session.scalar(select(func.max(Event.id))) or 0


def _upto(session: Session, topic: Topic, last: int, limit: int) -> Sequence[Event]:
    """The topic's events with an id not above `last`, the newest first.

    Most topics that have many events have some among the last ones: those are looked at alone first.
    """
    within = and_(Event.id > last - WINDOW, Event.id <= last)
    statement = select(Event).where(about(session, topic, within), within)
    found = session.scalars(statement.order_by(Event.id.desc()).limit(limit)).all()
    if len(found) == limit or last <= WINDOW:
        return found
    statement = select(Event).where(about(session, topic), Event.id <= last)
    return session.scalars(statement.order_by(Event.id.desc()).limit(limit)).all()


def about(session: Session, topic: Topic, within: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """Whether an event is about the topic. Certificates go by their numbers: an audit names no revision.

    `within` tells of the only events that are asked about: what a broad search finds besides need not be gathered then.
    """
    if topic.kind is Kind.REQUIREMENTS:
        return Event.id.in_(select(RulesEvent.event_id).where(RulesEvent.identity == clean_text(topic.key)))
    return and_(Event.subject.in_(TOLD_SUBJECTS), Event.subject != MET, _about(session, topic, within))


def _about(session: Session, topic: Topic, within: ColumnElement[bool] | None) -> ColumnElement[bool]:
    key = clean_text(topic.key)
    if topic.kind is Kind.CERTIFICATE:
        return Event.number == key
    if topic.kind is Kind.DEVICE:
        return Event.device == key
    if topic.kind is Kind.FLEET:
        devices = identities(topic.fleet)
        return Event.device.in_(devices if within is None else devices.where(FleetDevice.identity.in_(select(Event.device).where(within))))
    if topic.kind is Kind.SEARCH:
        query, _ = understood(session, topic.search)
        numbers = numbers_found(session, query)
        return Event.number.in_(numbers if within is None else numbers.where(CatalogueEntry.number.in_(select(Event.number).where(within))))
    holder, _, slug = key.partition("/")
    condition = of_company(session, holder)
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
