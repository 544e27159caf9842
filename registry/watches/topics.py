"""What can be kept watch over, each named by two texts that a database and an address can hold. Pure.

`key` is written in one way only for the same thing: a search without its page, size and order, its parameters in their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, quote, urlencode

from registry import wording
from registry.certificates import search_url
from registry.certificates.search import SearchQuery
from registry.errors import RegistryError
from registry.fleet import query as fleet_url
from registry.fleet.query import FleetQuery
from registry.marking import N_
from registry.sentences import Sentence

LONGEST_KEY = 4_000
_IN_PATH = "!$&'()*+,;=:@/"
_SEARCH_ONLY = ("sort", "size", "page")


class Kind(StrEnum):
    """The kinds of things that are watched."""

    SEARCH = "search"
    """Every certificate that a search finds; `key` holds its parameters."""
    HOLDER = "holder"
    """A holder, by its slug."""
    PRODUCT = "product"
    """A product, by the slugs of its holder and its designation with a slash between."""
    CERTIFICATE = "certificate"
    """A certificate number with all its revisions, and the audits against it."""
    DEVICE = "device"
    """A charging station by its identity."""
    FLEET = "fleet"
    """The devices that the fleet's table shows: those of a site, say; `key` holds its parameters."""
    REQUIREMENTS = "requirements"
    """A requirement set by its identity: what newly meets it, and what does so no longer."""


@dataclass(frozen=True)
class Topic:
    """One thing that is watched."""

    kind: Kind
    key: str

    @property
    def page(self) -> str:
        """The path of the page that shows it, with its parameters."""
        return self._path("")

    @property
    def feed(self) -> str:
        """The path of its feed."""
        return self._path(".atom")

    @property
    def search(self) -> SearchQuery:
        """The search, of a topic that is one."""
        return search_url.parse(parse_qs(self.key))

    @property
    def fleet(self) -> FleetQuery:
        """What of the fleet is shown, of a topic that is that."""
        return fleet_url.parse(parse_qs(self.key))

    def _path(self, ending: str) -> str:
        if self.kind is Kind.SEARCH:
            return _with("/certificates.atom" if ending else "/", self.key)
        if self.kind is Kind.FLEET:
            return _with(f"/fleet{ending}", self.key)
        if self.kind is Kind.PRODUCT:
            holder, _, slug = self.key.partition("/")
            return f"/products/{quote(holder, safe=_IN_PATH)}/{quote(slug, safe=_IN_PATH)}{ending}"
        if self.kind is Kind.DEVICE:
            return f"/devices/{quote(self.key, safe=_IN_PATH)}{ending}"
        many = self.kind if self.kind is Kind.REQUIREMENTS else f"{self.kind}s"
        return f"/{many}/{quote(self.key, safe=_IN_PATH)}{ending}"


def of_search(query: SearchQuery) -> Topic:
    """The topic of a search."""
    return Topic(Kind.SEARCH, urlencode([pair for pair in search_url.pairs(query) if pair[0] not in _SEARCH_ONLY]))


def of_fleet(query: FleetQuery) -> Topic:
    """The topic of the fleet's table."""
    return Topic(Kind.FLEET, urlencode([pair for pair in fleet_url.pairs(query) if pair[0] not in _SEARCH_ONLY]))


def of_certificate(number: str) -> Topic:
    """The topic of a certificate."""
    return Topic(Kind.CERTIFICATE, number)


def of_holder(slug: str) -> Topic:
    """The topic of a holder."""
    return Topic(Kind.HOLDER, slug)


def of_device(identity: str) -> Topic | None:
    """The topic of a device; None for a central system, which goes by its address."""
    topic = Topic(Kind.DEVICE, identity)
    return None if is_address(topic) else topic


def of_requirements(identity: str) -> Topic:
    """The topic of a requirement set."""
    return Topic(Kind.REQUIREMENTS, identity)


def of_product(holder: str, slug: str) -> Topic:
    """The topic of a product."""
    return Topic(Kind.PRODUCT, f"{holder}/{slug}")


def parse(kind: str, key: str) -> Topic:
    """The topic that a form names, in its one spelling. Raises RegistryError, with the remedy, for what is none."""
    if kind not in set(Kind) or len(key) > LONGEST_KEY:
        raise RegistryError(Sentence("There is nothing of that kind to keep watch over: use the link on the page of what you mean"))
    topic = Topic(Kind(kind), key)
    if topic.kind is Kind.SEARCH:
        return of_search(topic.search)
    if topic.kind is Kind.FLEET:
        return of_fleet(topic.fleet)
    if not key.strip() or (topic.kind is Kind.PRODUCT and key.count("/") != 1) or is_address(topic):
        raise RegistryError(
            Sentence(
                "“%(key)s” cannot be kept watch over as a %(kind)s: use the link on the page of what you mean", key=key[:60], kind=kind
            )
        )
    return topic


def is_address(topic: Topic) -> bool:
    """Whether it is a central system, which goes by its address: that is not for everybody, and nor is a feed that bears it."""
    return topic.kind is Kind.DEVICE and "://" in topic.key


def in_words(topic: Topic) -> tuple[str, ...]:
    """What narrows a search or the fleet's table, as its reader chose it; else the key alone."""
    if topic.kind is Kind.SEARCH:
        return tuple(f"“{one.value}”" if one.facet == "text" else _facet(one.facet, one.value) for one in search_url.choices(topic.search))
    if topic.kind is Kind.FLEET:
        return tuple(chip.text for chip in fleet_url.chips(topic.fleet))
    return (topic.key,)


def parameters(key: str) -> Mapping[str, Sequence[str]]:
    """The parameters that a key holds."""
    return parse_qs(key)


def _facet(facet: str, value: str) -> str:
    if facet == "documented":
        return wording.say(N_("read from the document") if value == "yes" else N_("from the OCA list only"))
    return value


def _with(path: str, key: str) -> str:
    return f"{path}?{key}" if key else path
