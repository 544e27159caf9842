"""The state of a search in an address: parameters in, `SearchQuery` out, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import urlencode

from registry.certificates.search import DEFAULT_SIZE, SearchQuery
from registry.errors import RegistryError
from registry.marking import N_
from registry.sentences import Sentence

FACET_PARAMETERS: dict[str, str] = {
    "documented": "document",
    "role": "role",
    "protocol": "protocol",
    "kinds": "type",
    "profiles": "profile",
    "year": "year",
    "country": "country",
    "laboratory": "laboratory",
    "holder": "holder",
}
"""The facets in the order of the page, each with the name that it has in an address."""

FACET_LABELS: dict[str, str] = {
    "documented": N_("Source"),
    "role": N_("Role"),
    "protocol": N_("Protocol"),
    "kinds": N_("Certificate type"),
    "profiles": N_("Feature profile"),
    "year": N_("Year"),
    "country": N_("Country"),
    "laboratory": N_("Laboratory"),
    "holder": N_("Holder"),
}

SORT_LABELS: dict[str, str] = {"newest": N_("Newest"), "oldest": N_("Oldest"), "number": N_("Number"), "holder": N_("Holder")}

DEFAULT_SORT = "newest"

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Chosen:
    """One choice that narrows the search, and the parameters without it."""

    facet: str
    value: str
    without: Pairs


@dataclass(frozen=True)
class Links:
    """The addresses at `path` of the searches around the one at hand, whose parameters are `present`, without its page."""

    path: str
    present: Pairs

    def toggled(self, facet: str, value: str) -> str:
        """With a facet's value chosen, or no longer chosen."""
        pair = (FACET_PARAMETERS[facet], value)
        if pair in self.present or facet == "documented":
            return address(self.path, toggled(self.present, facet, value))
        # There are a hundred of them on a page, which have all but the last parameter in common.
        return f"{self._begun}{urlencode((pair,))}"

    def to(self, parameters: Pairs) -> str:
        """With these parameters."""
        return address(self.path, parameters)

    def sorted_by(self, sort: str) -> str:
        """In another order."""
        kept = [pair for pair in self.present if pair[0] not in ("sort", "size")]
        size = [pair for pair in self.present if pair[0] == "size"]
        return address(self.path, (*kept, *((("sort", sort),) if sort != DEFAULT_SORT else ()), *size))

    def in_order(self, sort: str) -> Links:
        """Those around the same search in another order than that by default, in which it is not either."""
        return Links(self.path, tuple((name, sort if name == "sort" else value) for name, value in self.present))

    def on_page(self, number: int) -> str:
        """Another page of it."""
        return address(self.path, self.present) if number == 1 else f"{self._begun}page={number}"

    @cached_property
    def _begun(self) -> str:
        return f"{address(self.path, self.present)}{'&' if self.present else '?'}"


def parse(parameters: Mapping[str, Sequence[str]]) -> SearchQuery:
    """The search that an address asks for; parameters that are not ours are left alone.

    Raises RegistryError, in one line with the remedy, for a value that cannot be.
    """

    def last(name: str, default: str = "") -> str:
        return parameters[name][-1] if parameters.get(name) else default

    chosen = {facet: tuple(value for value in parameters.get(name, ()) if value) for facet, name in FACET_PARAMETERS.items()}
    documented = chosen.pop("documented")
    if documented and documented[-1] not in ("yes", "no"):
        raise RegistryError(
            Sentence(
                "%(name)s=%(value)s says nothing: use yes for entries read from a document, no for the others",
                name="document",
                value=documented[-1][:40],
            )
        )
    years = tuple(_whole_number("year", value) for value in chosen.pop("year"))
    return SearchQuery(
        text=last("q").strip(),
        documented=documented[-1] == "yes" if documented else None,
        year=years,
        sort=last("sort") or DEFAULT_SORT,
        page=_whole_number("page", last("page") or "1"),
        size=_whole_number("size", last("size") or str(DEFAULT_SIZE)),
        **chosen,
    )


@lru_cache(maxsize=256)
def pairs(query: SearchQuery, *, page: int | None = None, sort: str | None = None) -> Pairs:
    """The parameters of `query`, without those that say what holds anyway."""
    found = [("q", query.text)] if query.text else []
    for facet, name in FACET_PARAMETERS.items():
        found += [(name, value) for value in query.selected(facet)]
    sort = sort or query.sort
    found += [("sort", sort)] if sort != DEFAULT_SORT else []
    found += [("size", str(query.size))] if query.size != DEFAULT_SIZE else []
    number = page or 1
    return (*found, *([("page", str(number))] if number != 1 else []))


def toggled(present: Pairs, facet: str, value: str) -> Pairs:
    """The parameters with a facet's value chosen, or no longer chosen; back on the first page. A source is one or the other."""
    pair = (FACET_PARAMETERS[facet], value)
    if pair in present:
        return tuple(other for other in present if other != pair)
    kept = (other for other in present if facet != "documented" or other[0] != pair[0])
    return (*kept, pair)


def choices(query: SearchQuery) -> tuple[Chosen, ...]:
    """Everything that narrows the search, each with the way to drop it."""
    present = pairs(query)
    found = [Chosen("text", query.text, tuple(pair for pair in present if pair[0] != "q"))] if query.text else []
    for facet in FACET_PARAMETERS:
        found += [Chosen(facet, value, toggled(present, facet, value)) for value in query.selected(facet)]
    return tuple(found)


def address(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """`path` with the parameters behind it."""
    text = urlencode(tuple(parameters))
    return f"{path}?{text}" if text else path


def _whole_number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise RegistryError(
            Sentence("%(name)s=%(value)s is no whole number: leave it out, or follow the links of the page", name=name, value=value[:40])
        )
    return int(value)
