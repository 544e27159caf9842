"""Writes Atom feeds (RFC 4287), one page of an archive at a time (RFC 5005, section 3). Pure: values in, bytes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from registry.turning import seen

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
GENERATOR = "OCPP Registry"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say (section 2.2): control characters, surrogates."""

register_namespace("", NAMESPACE)


@dataclass(frozen=True)
class Entry:
    """One entry. `id` is a URI that stays, `link` the address of the page that shows it, `category` what kind of event it is."""

    id: str
    title: str
    sentence: str
    at: datetime
    link: str
    category: str


@dataclass(frozen=True)
class Feed:
    """One page of a feed. `updated` is when the newest thing in all of it happened. `page` is the page for people; `own`, `first` and
    `following` are the addresses of this page of the feed, of the newest and of the one with older entries, if there is one.
    """

    id: str
    title: str
    subtitle: str
    updated: datetime
    page: str
    own: str
    first: str
    following: str | None
    entries: Sequence[Entry]


def written(feed: Feed) -> bytes:
    """The feed as a document in UTF-8."""
    root = Element(_name("feed"))
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _moment(feed.updated))
    _add(SubElement(root, _name("author")), "name", GENERATOR)
    _add(root, "generator", GENERATOR)
    _link(root, "self", feed.own, MEDIA_TYPE)
    _link(root, "alternate", feed.page, "text/html")
    _link(root, "first", feed.first, MEDIA_TYPE)
    if feed.following is not None:
        _link(root, "next", feed.following, MEDIA_TYPE)
    for entry in feed.entries:
        _entry(root, entry)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def plain(text: str) -> str:
    """`text` as XML can hold it: what it has no way to say, and what would turn it around, becomes U+FFFD."""
    return _NOT_XML.sub("\ufffd", seen(text))


def _entry(root: Element, entry: Entry) -> None:
    made = SubElement(root, _name("entry"))
    _add(made, "id", entry.id)
    _add(made, "title", entry.title)
    _add(made, "updated", _moment(entry.at))
    _add(made, "published", _moment(entry.at))
    _link(made, "alternate", entry.link, "text/html")
    SubElement(made, _name("category"), term=plain(entry.category))
    _add(made, "content", entry.sentence).set("type", "text")


def _add(parent: Element, name: str, text: str) -> Element:
    made = SubElement(parent, _name(name))
    made.text = plain(text)
    return made


def _link(parent: Element, relation: str, address: str, media_type: str) -> None:
    SubElement(parent, _name("link"), rel=relation, type=media_type, href=plain(address))


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
