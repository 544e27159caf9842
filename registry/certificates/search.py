"""Search over the catalogue: text, facets with counts, sorting, pages. The state of a search is one value, `SearchQuery`.

The values of one facet are alternatives; the facets, and the words of the text, all have to hold. The counts of a facet are those of
the result without that facet's own choice, so that a person sees what another choice would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.entries import Entry, as_entry
from registry.certificates.gathering import Gathering, all_found
from registry.certificates.profiles import one_name
from registry.certificates.terms import FACETS as FACETS
from registry.certificates.walking import ORDERS
from registry.certificates.words import query_words
from registry.db import clean_text
from registry.errors import RegistryError
from registry.matching.aliases import Alias
from registry.sentences import Sentence

LONGEST_TEXT = 200
LONGEST_VALUE = 300
MOST_VALUES = 30
MOST_FACET_VALUES = 50
LARGEST_PAGE = 100_000
LARGEST_SIZE = 200
DEFAULT_SIZE = 50
YEARS = range(1900, 3000)
STREAM_ROWS = 500

SORTS = tuple(ORDERS)


@dataclass(frozen=True)
class SearchQuery:
    """What is searched for. Facet fields hold the values that are let through, none for all; `documented` is True, False or None.

    `page` counts from 1; `size` is entries a page. Raises RegistryError, with the bound, for what no page of ours asks for.
    """

    text: str = ""
    role: tuple[str, ...] = ()
    protocol: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    holder: tuple[str, ...] = ()
    laboratory: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    documented: bool | None = None
    sort: str = "newest"
    page: int = 1
    size: int = DEFAULT_SIZE

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_TEXT:
            raise RegistryError(
                Sentence(
                    "the search text has %(number)s letters: at most %(most)s can be searched for, shorten it",
                    number=len(self.text),
                    most=LONGEST_TEXT,
                )
            )
        for name in FACETS:
            self._check_facet(name)
        if self.sort not in SORTS:
            raise RegistryError(
                Sentence(
                    "results cannot be sorted by %(sort)s: choose one of %(sorts)s", sort=f"{self.sort[:40]!r}", sorts=", ".join(SORTS)
                )
            )
        if not 1 <= self.page <= LARGEST_PAGE:
            raise RegistryError(
                Sentence("there is no page %(page)s: pages count from 1 to %(most)s", page=str(self.page)[:20], most=LARGEST_PAGE)
            )
        if not 1 <= self.size <= LARGEST_SIZE:
            raise RegistryError(
                Sentence("a page of %(size)s entries cannot be given: ask for 1 to %(most)s", size=str(self.size)[:20], most=LARGEST_SIZE)
            )

    def _check_facet(self, name: str) -> None:
        chosen = self.selected(name)
        if len(chosen) > MOST_VALUES:
            raise RegistryError(
                Sentence(
                    "%(number)s values of %(name)s are asked for: choose at most %(most)s", number=len(chosen), name=name, most=MOST_VALUES
                )
            )
        if any(len(value) > LONGEST_VALUE for value in chosen):
            raise RegistryError(
                Sentence("a value of %(name)s is longer than %(most)s letters: choose one that is offered", name=name, most=LONGEST_VALUE)
            )
        if name == "year" and any(year not in YEARS for year in self.year):
            raise RegistryError(
                Sentence(
                    "the year %(year)s cannot be: choose one that is offered", year=str(next(y for y in self.year if y not in YEARS))[:20]
                )
            )

    def selected(self, name: str) -> tuple[str, ...]:
        """The chosen values of the facet `name`, as `FacetValue.value` spells them."""
        if name == "documented":
            return () if self.documented is None else ("yes" if self.documented else "no",)
        if name == "profiles":
            return tuple(dict.fromkeys(one_name(clean_text(profile)) for profile in self.profiles))
        return tuple(dict.fromkeys(clean_text(str(value)) for value in getattr(self, name)))


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet, how many entries choosing it gives, and whether it is chosen."""

    value: str
    count: int
    selected: bool


class Reading(StrEnum):
    """Why something else was searched for than was typed."""

    MISSPELT = "misspelt"
    """Nothing has the word, and what was taken differs in one letter."""
    WRITTEN = "written otherwise"
    """The same, with its words apart or together as a name in the catalogue has them."""
    NOT_TOGETHER = "not together"
    """The word is known, and nothing has it together with the others."""
    LEFT_OUT = "left out"
    """A legal form, which says nothing of the company, or a word that fits every certificate."""


@dataclass(frozen=True)
class Replaced:
    """What nothing in the catalogue has as it was typed, and what was searched for in its place; empty when it was left out."""

    typed: str
    taken: str
    reading: Reading = Reading.MISSPELT


@dataclass(frozen=True)
class Filtered:
    """Words of the text that are values of facets, as what these let through, and the text that is left.

    `count` tells how many there are, or, with `more`, those that were counted of more.
    """

    typed: str
    chosen: tuple[tuple[str, tuple[str, ...]], ...]
    text: str
    count: int
    more: bool = False

    def of(self, query: SearchQuery) -> SearchQuery:
        """The search in the place of `query`, from its first page on; what it chose of these facets no longer counts."""
        values: dict[str, Any] = {name: tuple(map(int, chosen)) if name == "year" else chosen for name, chosen in self.chosen}
        return replace(query, text=self.text, page=1, **values)


@dataclass(frozen=True)
class SearchResult:
    """One page of what was found. `total` counts all of it, or, with `more`, the `MOST_COUNTED` that were counted of more.

    The counts of facets are of as many. `facets` holds, for each name in `FACETS`, its values, the chosen ones first, then by count.
    `cut` names the facets of which only the most frequent values are given. `notice` is a sentence for the person where the text holds
    nothing to search for; `replaced` are the words that were not searched for as typed; `offered` are other texts, which were not
    searched for and find something, and `filters` what the text is as filters. `known_as` are the records of other names of holders that
    what is searched for is a part of.
    """

    query: SearchQuery
    entries: tuple[Entry, ...]
    total: int
    facets: dict[str, tuple[FacetValue, ...]]
    cut: frozenset[str] = field(default_factory=frozenset)
    notice: str | None = None
    replaced: tuple[Replaced, ...] = ()
    more: bool = False
    offered: tuple[str, ...] = ()
    known_as: tuple[Alias, ...] = ()
    filters: tuple[Filtered, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages there are, at least one; with `more`, how many are known to be, and one beyond a page that is full."""
        counted = max(1, -(-self.total // self.query.size))
        following = self.query.page + (len(self.entries) == self.query.size)
        return max(counted, following) if self.more and self.entries else counted


def search(session: Session, query: SearchQuery) -> SearchResult:
    """What `query` finds: one page, the total and the facets.

    Three statements where few entries have the words, or where nothing is asked for, and, where something is laid out, two that read what
    is on the page and tell whether what is kept is what is laid out now; of what is not, at most ten, one or two for each facet of which
    something is chosen. On PostgreSQL one more for several words. Besides, those that read what the process has not kept
    (`registry.certificates.laid_out`).
    """
    gathering = Gathering(session, query_words(query.text), _chosen(query), query.sort)
    facets, cut = {}, set()
    for name, counts in gathering.counts(MOST_FACET_VALUES + 1):
        facets[name] = _facet(query, name, counts)
        if len(counts) > MOST_FACET_VALUES:
            cut.add(name)
    return SearchResult(
        query=query,
        entries=tuple(gathering.page((query.page - 1) * query.size, query.size)),
        total=gathering.total,
        facets=facets,
        cut=frozenset(cut),
        notice=_notice(query),
        more=gathering.more,
    )


def first_page(session: Session, query: SearchQuery) -> SearchResult:
    """As `search`, without the facets and what counting them costs."""
    gathering = Gathering(session, query_words(query.text), _chosen(query), query.sort, counted=False)
    entries = tuple(gathering.page((query.page - 1) * query.size, query.size))
    return SearchResult(query, entries, gathering.total, {}, notice=_notice(query), more=gathering.more)


def all_entries(session: Session, query: SearchQuery) -> Iterator[Entry]:
    """Everything that `query` finds, in its order, whatever its page: read as a stream, for exports."""
    found = all_found(session, query_words(query.text), _chosen(query))
    statement = select(CatalogueEntry).where(*found).order_by(*ORDERS[query.sort])
    stream = session.execute(statement, execution_options={"yield_per": STREAM_ROWS}).scalars()
    for batch in stream.partitions():
        for entry in batch:
            yield as_entry(entry)
            session.expunge(entry)


def numbers_found(session: Session, query: SearchQuery) -> Select[str | None]:
    """Asks for the certificate numbers of everything that `query` finds, whatever its page: for other statements to go by."""
    return select(CatalogueEntry.number).where(*all_found(session, query_words(query.text), _chosen(query)))


def _chosen(query: SearchQuery) -> dict[str, tuple[str, ...]]:
    return {name: values for name in FACETS if (values := query.selected(name))}


def _facet(query: SearchQuery, name: str, counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    """The values of one facet, of many the most frequent; the chosen ones always."""
    selected = query.selected(name)
    ranked = sorted(counts.items(), key=lambda one: (one[0] not in selected, -one[1], one[0]))
    values = [FacetValue(value, count, value in selected) for value, count in ranked[:MOST_FACET_VALUES]]
    return (*(FacetValue(value, 0, selected=True) for value in selected if value not in counts), *values)


def _notice(query: SearchQuery) -> str | None:
    if query.text.strip() and not query_words(query.text):
        return "The search text holds neither letters nor digits, so everything is shown: write a number, a holder or a product."
    return None
