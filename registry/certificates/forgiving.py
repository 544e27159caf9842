"""Searches that find nothing as they are typed: words that nothing has, replaced by what the catalogue does have, and said so.

Words of figures alone are never replaced: another number is another certificate, another version another product.
"""

from __future__ import annotations

from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, and_, func, select, union
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueWord
from registry.certificates.fulltext import finds_any
from registry.certificates.search import Replaced, SearchQuery, SearchResult, search
from registry.certificates.words import LONGEST_SPELT, is_spelt, legal_forms, query_words

MOST_WORDS = 8
"""Of more words none is replaced: each costs statements, and a search of so many is a pasted text."""

MOST_LIKELY = 5
_SHORT = 5
_AFTER_ALL = "\U0010ffff"


def forgiving_search(session: Session, query: SearchQuery) -> SearchResult:
    """As `search`; where nothing has the words as typed, of the words that come nearest, named in `replaced`."""
    found = search(session, query)
    if found.total:
        return found
    taken, replaced = understood(session, query)
    return replace(search(session, taken), query=query, replaced=replaced) if replaced else found


def understood(session: Session, query: SearchQuery) -> tuple[SearchQuery, tuple[Replaced, ...]]:
    """The query to carry out, and the words that were replaced in it; `query` itself wherever its words find anything at all.

    One statement where they do, none without words.
    """
    words = query_words(query.text)
    if not words or len(words) > MOST_WORDS or finds_any(session, words):
        return query, ()
    replaced = []
    for word in words:
        if not finds_any(session, (word,)):
            near = _nearest(session, word)
            if near is None:
                return query, ()
            replaced.append(Replaced(word, near))
    instead = {one.typed: one.taken for one in replaced}
    taken = tuple(text for word in words if (text := instead.get(word, word)))
    if not replaced or not taken or not finds_any(session, taken):
        return query, ()
    return replace(query, text=" ".join(taken)), tuple(replaced)


def _nearest(session: Session, word: str) -> str | None:
    """The word of the catalogue that is most like `word`; empty for a legal form, which need not be there; None where none is like it."""
    if word in legal_forms():
        return ""
    if not is_spelt(word):
        return None
    far = 1 if len(word) <= _SHORT or not word.isalpha() else 2
    # Of numbers of parts there are as many as of products, of names not.
    names = (and_(CatalogueWord.letters.is_(True), _as_long(word, far)),) if far > 1 else ()
    parts = [select(CatalogueWord.word).where(condition) for condition in (*_at_distance_one(word), *names)]
    known = session.scalars(union(*parts)).all()
    likely = process.extract(word, known, scorer=OSA.distance, score_cutoff=far, limit=None)
    nearest = sorted(likely, key=lambda found: (found[1], found[0][0] != word[0], found[0]))[:MOST_LIKELY]
    return next((found for found, _, _ in nearest if finds_any(session, (found,))), None)


def _as_long(word: str, far: int) -> ColumnElement[bool]:
    return CatalogueWord.length.between(len(word) - far, min(len(word) + far, LONGEST_SPELT))


def _at_distance_one(word: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions of which one holds of every word that one letter, or two that changed places, make another of.

    Where these are in the last third, the word begins as `word` does; in the first, it ends so; elsewhere, both thirds are right.
    """
    third, long = len(word) // 3, _as_long(word, 1)
    both = and_(_ends(word[-third:]), func.substr(CatalogueWord.word, 1, third) == word[:third])
    return tuple(and_(condition, long) for condition in (_begins(word[: -third - 1]), _ends(word[third + 1 :]), both))


def _begins(beginning: str) -> ColumnElement[bool]:
    return and_(CatalogueWord.word >= beginning, CatalogueWord.word < beginning + _AFTER_ALL)


def _ends(end: str) -> ColumnElement[bool]:
    backwards = end[::-1]
    return and_(CatalogueWord.backwards >= backwards, CatalogueWord.backwards < backwards + _AFTER_ALL)
