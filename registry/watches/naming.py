"""What a topic is called, if there is such a thing at all."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry.aliases.queries import recorded
from registry.audits.models import Audit
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.words import company_slug
from registry.db import clean_text
from registry.fleet.models import FleetDevice
from registry.requirements.store import all_sets
from registry.watches.topics import Kind, Topic, in_words, is_address

LONGEST_NAME = 120


def name(session: Session, topic: Topic) -> str | None:
    """The topic as a title; None when this registry has no such thing. One statement, two at most."""
    found = _name(session, topic)
    if found is None or len(found) <= LONGEST_NAME:
        return found
    return found[: LONGEST_NAME - 1] + "…"


def _name(session: Session, topic: Topic) -> str | None:
    key = clean_text(topic.key)
    if topic.kind is Kind.SEARCH:
        words = in_words(topic)
        return _("Certificates: %(words)s", words=", ".join(words)) if words else _("All certificates")
    if topic.kind is Kind.FLEET:
        words = in_words(topic)
        return _("Devices: %(words)s", words=", ".join(words)) if words else _("All devices")
    if topic.kind is Kind.DEVICE:
        return None if is_address(topic) or not _has_device(session, key) else key
    if topic.kind is Kind.CERTIFICATE:
        designation = session.execute(select(CatalogueEntry.designation).where(CatalogueEntry.number == key).limit(1)).one_or_none()
        if designation is None:
            return None
        return f"{key}, {designation[0]}" if designation[0] else key
    if topic.kind is Kind.REQUIREMENTS:
        rules = all_sets(session).get(key)
        return None if rules is None else _("What meets %(title)s", title=rules.title)
    holder, _slash, slug = key.partition("/")
    if topic.kind is Kind.PRODUCT:
        names = (CatalogueEntry.designation, CatalogueEntry.holder)
        condition = (CatalogueEntry.holder_slug == holder) & (CatalogueEntry.designation_slug == slug)
        product = session.execute(select(*names).where(condition).order_by(CatalogueEntry.id).limit(1)).one_or_none()
        return None if product is None else _("%(product)s of %(holder)s", product=product[0], holder=product[1])
    spelt = select(CatalogueEntry.holder).where(or_(CatalogueEntry.holder_slug == holder, CatalogueEntry.listed_slug == holder))
    found = session.scalar(spelt.order_by(CatalogueEntry.listed_slug == holder, CatalogueEntry.id).limit(1))
    return found or next((one.name for one in recorded(session).all if company_slug(one.name) == holder), None)


def _has_device(session: Session, identity: str) -> bool:
    in_fleet = select(FleetDevice.identity).where(FleetDevice.identity == identity)
    audited = select(Audit.station_id).where(Audit.station_id == identity)
    return session.scalar(in_fleet.limit(1)) is not None or session.scalar(audited.limit(1)) is not None


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))
