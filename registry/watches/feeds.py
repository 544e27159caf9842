"""The feeds: what changed about a search, a holder, a product, a certificate, a device or a part of the fleet, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from flask import Blueprint, Response, abort, request
from flask_babel import gettext as _

from registry.accounts.access import anybody
from registry.certificates import search_url
from registry.certificates.closed import refuse_unknown
from registry.errors import CannotBegin, RegistryError
from registry.fleet import query as fleet_url
from registry.site import site
from registry.watches import atom, happenings, naming, topics
from registry.watches.paths import event_id, event_page
from registry.watches.topics import Kind, Topic

CACHED_SECONDS = 60
BEFORE = "before"

feeds = Blueprint("feeds", __name__)


@feeds.get("/certificates.atom")
@anybody
def search() -> Response:
    """What changed about the certificates that a search finds."""
    return _feed(_parsed(_search))


@feeds.get("/certificates/<number>.atom")
@anybody
def certificate(number: str) -> Response:
    """What changed about a certificate, with all its revisions, and the audits against it."""
    return _feed(Topic(Kind.CERTIFICATE, number))


@feeds.get("/holders/<slug>.atom")
@anybody
def holder(slug: str) -> Response:
    """What changed about a holder's certificates."""
    return _feed(Topic(Kind.HOLDER, slug))


@feeds.get("/products/<holder>/<slug>.atom")
@anybody
def product(holder: str, slug: str) -> Response:
    """What changed about a product's certificates."""
    return _feed(topics.of_product(holder, slug))


@feeds.get("/devices/<path:station_id>.atom", merge_slashes=False)
@anybody
def device(station_id: str) -> Response:
    """A device's audits, and when its firmware was seen to drift."""
    return _feed(Topic(Kind.DEVICE, station_id))


@feeds.get("/requirements/<identity>.atom")
@anybody
def requirements(identity: str) -> Response:
    """Which certified products newly meet a requirement set, and which do so no longer."""
    return _feed(topics.of_requirements(identity))


@feeds.get("/fleet.atom")
@anybody
def fleet() -> Response:
    """The same of all devices that the fleet's table shows with these parameters: those of a site, say."""
    return _feed(_parsed(_fleet))


def base() -> str:
    """Where people find the pages, with a slash at its end."""
    return site().settings.public_address or request.url_root


def _feed(topic: Topic) -> Response:
    before = _before()
    with site().sessions() as session:
        name = naming.name(session, topic)
        page = happenings.newest(session, topic, before) if name is not None else None
    if name is None or page is None:
        abort(404, _("This registry has nothing of that name to keep watch over."))
    here = base().rstrip("/")
    body = atom.written(
        atom.Feed(
            id=f"tag:{page.name}.invalid,2026:{topic.kind}:{sha256(topic.key.encode()).hexdigest()[:32]}",
            title=name,
            subtitle=_("What changed, one entry an event, from the OCPP Registry."),
            updated=page.updated,
            page=here + topic.page,
            own=here + _at(topic, before),
            first=here + topic.feed,
            following=here + _at(topic, page.following) if page.following is not None else None,
            entries=[
                atom.Entry(
                    event_id(page.name, seen.event.id),
                    seen.told.title,
                    seen.told.sentence,
                    seen.event.at,
                    here + event_page(seen.event),
                    seen.told.type,
                )
                for seen in page.seen
            ],
        )
    )
    response = Response(body, content_type=f"{atom.MEDIA_TYPE}; charset=utf-8")
    response.set_etag(sha256(body).hexdigest()[:32])
    response.last_modified = page.updated
    response.cache_control.public = True
    response.cache_control.max_age = CACHED_SECONDS
    # Titles are in the reader's language, if the pages are there in more than one.
    response.vary.add("Accept-Language")
    response.make_conditional(request)
    return response


def _at(topic: Topic, before: int | None) -> str:
    if before is None:
        return topic.feed
    return f"{topic.feed}{'&' if '?' in topic.feed else '?'}{BEFORE}={before}"


def _before() -> int | None:
    text = request.args.get(BEFORE)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 9):
        abort(400, _("%(text)s is no event: follow the links of the feed.", text=f"{BEFORE}={text[:40]}"))
    return int(text)


def _search() -> Topic:
    query = search_url.parse(request.args.to_dict(flat=False))
    refuse_unknown(site().sessions, query)
    return topics.of_search(query)


def _fleet() -> Topic:
    query = fleet_url.parse(request.args.to_dict(flat=False))
    fleet_url.refuse_unknown(query)
    return topics.of_fleet(query)


def _parsed(parse: Callable[[], Topic]) -> Topic:
    try:
        return parse()
    except CannotBegin:
        raise
    except RegistryError as error:
        abort(400, f"{error}.")
