"""What is typed read as filters, each with how many entries it lets through: offered beside what has the words, and not searched for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.certificates.asking import Asking, Chosen
from registry.certificates.catalogue import CatalogueTally
from registry.certificates.filter_words import Read, may_be_filter, readings
from registry.certificates.gathering import MOST_COUNTED
from registry.certificates.search import Filtered, SearchQuery, SearchResult
from registry.certificates.terms import FACETS
from registry.certificates.words import query_words

_READ_FACETS = ("role", "protocol", "kinds", "profiles", "country", "year")
"""The facets whose values are few, and are words of the field."""

_HELD = select(CatalogueTally.facet, CatalogueTally.value, CatalogueTally.number).where(CatalogueTally.facet.in_(_READ_FACETS))

Tallies = Mapping[str, Mapping[str, int]]


def as_filters(session: Session, query: SearchQuery, found: SearchResult) -> tuple[Filtered, ...]:
    """The filters that the text of `query` may mean, with what else it chooses, beside what its words `found`; of these only such as find
    something.

    Where the words find something themselves, no statement for a text that has no word of any filter; otherwise one, and one more for each
    reading of which more is asked than one filter.
    """
    if found.total and not may_be_filter(query.text, [country.value for country in found.facets["country"]]):
        return ()
    tallies = _tallies(session)
    meant = (_filtered(session, query, read, tallies) for read in readings(query.text, tallies))
    return tuple(one for one in meant if one.count)


def _tallies(session: Session) -> Tallies:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for facet, value, number in session.connection().execute(_HELD):
        found[facet][value] = number
    return found


def _filtered(session: Session, query: SearchQuery, read: Read, tallies: Tallies) -> Filtered:
    chosen = {name: values for name in FACETS if (values := query.selected(name))} | dict(read.chosen)
    number = _count(session, query_words(read.text), chosen, tallies)
    return Filtered(read.typed, read.chosen, read.text, min(number, MOST_COUNTED), more=number > MOST_COUNTED)


def _count(session: Session, words: tuple[str, ...], chosen: Chosen, tallies: Tallies) -> int:
    """How many have the words and what is chosen; of many, more than are counted."""
    ((facet, values), *others) = chosen.items()
    if not words and not others:  # of profiles, of which an entry has several, no reading has two
        return sum(tallies[facet][value] for value in values)
    return Asking(session, words).count(chosen, MOST_COUNTED + 1)
