"""What the index of the catalogue holds for one entry, and what of it a search looks up. Knows no database.

A term is one of three things: up to `WINDOW` letters of a searched word, from each of its letters on, so that a part in the middle of a
word is the beginning of a term; the one or two letters with which a part of a word begins; a value of a facet. Words are made of letters
and figures alone, so that the marks of the others cannot stand in them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import Any

from registry.certificates.words import SHORTEST_INSIDE, begins_a_part
from registry.db import clean_text

WINDOW = 12
"""Letters of the longest term of a word; what is longer is looked up in pieces, which may stand apart in the text."""

FACETS = ("role", "protocol", "kinds", "profiles", "holder", "laboratory", "country", "year", "documented")
"""The facets, by the names that they have in a search."""

_COLUMNS = {"kinds": "kind", "documented": "has_document"}
_BEGINNING, _FACET = "^", "="
_DIGEST_BYTES = 8
_FREQUENT = 10_000


@dataclass(frozen=True)
class Term:
    """One term that is looked up; with `begins` every term that begins so will do."""

    text: str
    begins: bool = False


def facet_column(name: str) -> str:
    """The column of an entry that holds the facet."""
    return _COLUMNS.get(name, name)


def facet_values(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each facet of an entry, given by its columns, with its value as a search spells it; several for its profiles."""
    for name in FACETS:
        value = entry[facet_column(name)]
        for one in value if name == "profiles" else (value,):
            if one is not None:
                yield name, spelled(name, one)


def spelled(name: str, value: Any) -> str:
    """A stored value of the facet `name` as a search spells it."""
    if name == "documented":
        return "yes" if value else "no"
    return clean_text(str(value))


def index_terms(searched: str, facets: Iterable[tuple[str, str]]) -> str:
    """The terms of an entry with that `search_text`, with blanks between."""
    terms = dict.fromkeys(chain.from_iterable(map(_terms_of_word, searched.split())))
    terms.update(dict.fromkeys(facet_term(name, value) for name, value in facets))
    return " ".join(terms)


@lru_cache(maxsize=_FREQUENT)
def _terms_of_word(word: str) -> tuple[str, ...]:
    """Kept, as entries have most words in common with others."""
    beginnings = (_BEGINNING + word[:length] for length in range(1, SHORTEST_INSIDE))
    return (*beginnings, *(word[place : place + WINDOW] for place in range(len(word) - SHORTEST_INSIDE + 1)))


@lru_cache(maxsize=_FREQUENT)
def facet_term(name: str, value: str) -> str:
    """The term of one value of a facet. Of its hash alone: a value may be long, and hold what an index takes for a syntax."""
    return _FACET + blake2b(f"{name}\0{value}".encode(), digest_size=_DIGEST_BYTES).hexdigest()


def word_terms(word: str) -> tuple[Term, ...]:
    """The terms that an entry has which has `word` of a query (see `registry.certificates.words.query_words`)."""
    if begins_a_part(word):
        return (Term(_BEGINNING + word),)
    if len(word) < WINDOW:
        return (Term(word, begins=True),)
    places = dict.fromkeys((*range(0, len(word) - WINDOW, WINDOW), len(word) - WINDOW))
    return tuple(Term(word[place : place + WINDOW]) for place in places)


def asked_term(word: str) -> str | None:
    """The one text that stands for `word` of a query among the terms of an entry that has it, whole; None for one that is too long."""
    if begins_a_part(word):
        return _BEGINNING + word
    return word if is_exact(word) else None


def short_terms(searched: str) -> set[str]:
    """The `asked_term` of every word of a query, of at most three letters, that an entry with that `search_text` has."""
    words = searched.split()
    terms = {_BEGINNING + word[:length] for word in words for length in range(1, SHORTEST_INSIDE)}
    terms.update([word[place : place + SHORTEST_INSIDE] for word in words for place in range(len(word) - SHORTEST_INSIDE + 1)])
    return terms


def longer_terms(searched: str, common: Container[str]) -> set[str]:
    """The `asked_term` of every longer word of a query that such an entry has, of those alone all whose three letters are `common`."""
    terms = []
    before = ""
    for word in searched.split():
        # What begins at a later part of the word before is a part of it.
        if not before.endswith(word):
            before = word
            for place in range(len(word) - SHORTEST_INSIDE):
                end = place + SHORTEST_INSIDE
                while end <= min(len(word), place + WINDOW) and word[end - SHORTEST_INSIDE : end] in common:
                    terms.append(word[place:end])
                    end += 1
    return {term for term in terms if len(term) > SHORTEST_INSIDE}


def is_exact(word: str) -> bool:
    """Whether only entries that have `word` have its terms."""
    return len(word) <= WINDOW


def chosen_terms(name: str, values: Sequence[str]) -> tuple[Term, ...]:
    """The terms of which an entry has at least one that has one of these values of the facet."""
    return tuple(Term(facet_term(name, value)) for value in values)
