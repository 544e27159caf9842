"""The words of the catalogue that somebody may have meant who typed others."""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, and_, func, select, union
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueEntry, CatalogueWord
from registry.certificates.fulltext import holds_all
from registry.certificates.spelling import apart, stands_in, within
from registry.certificates.words import LONGEST_SPELT, SHORTEST_SPELT, company_key, company_runs, is_spelt, runs

MOST_LIKELY = 5
MOST_LOOKED_AT = 50
"""Entries whose names are looked at to see whether pieces of a word stand beside each other in one."""

_SHORT = 5
_AFTER_ALL = "\U0010ffff"


def near(session: Session, word: str) -> list[tuple[str, int]]:
    """Words that the catalogue has, or had, and how many letters of `word` are wrong if one is meant: the likeliest first.

    One letter of a short word or of the number of a part may be wrong, two of another; of what `is_spelt` says cannot be misspelt, none.
    """
    if not is_spelt(word):
        return []
    far = 1 if len(word) <= _SHORT or not word.isalpha() else 2
    # Of numbers of parts there are as many as of products, of names not.
    names = (and_(CatalogueWord.letters.is_(True), _as_long(word, far)),) if far > 1 else ()
    parts = [select(CatalogueWord.word).where(condition) for condition in (*_at_distance_one(word), *names)]
    known = session.scalars(union(*parts)).all()
    likely = process.extract(word, known, scorer=OSA.distance, score_cutoff=far, limit=None)
    ordered = sorted(likely, key=lambda found: (found[1], found[0][0] != word[0], found[0]))
    return [(found, int(distance)) for found, distance, _ in ordered if found != word][:MOST_LIKELY]


def taken_apart(session: Session, word: str) -> tuple[str, ...]:
    """The words that stand beside each other in a name and give `word` when they are written as one; empty where none do."""
    parts = within(word)
    if not parts:
        return ()
    known = set(session.scalars(select(CatalogueWord.word).where(CatalogueWord.word.in_(sorted(parts)))))
    for pieces in apart(word, known)[:MOST_LIKELY] if known else ():
        names = select(CatalogueEntry.holder, CatalogueEntry.designation, CatalogueEntry.laboratory).where(holds_all(session, pieces))
        for row in session.execute(names.limit(MOST_LOOKED_AT)):
            if any(stands_in(word, runs(name)) for name in row if name):
                return pieces
    return ()


def holders_beginning(session: Session, typed: str) -> list[tuple[str, ...]]:
    """The words of the names of the holders that begin with what was typed, however it is written; those of exactly that name first.

    Of a few letters alone, which begin many names by chance, only the whole name.
    """
    key = company_key(typed)
    if not key:
        return []
    begins = [CatalogueEntry.company_key >= key, CatalogueEntry.company_key < key + _AFTER_ALL]
    if len(key) < SHORTEST_SPELT:
        begins = [CatalogueEntry.company_key == key]
    columns = (CatalogueEntry.company_key, func.min(CatalogueEntry.holder))
    found = session.execute(select(*columns).where(*begins).group_by(columns[0]).order_by(columns[0]).limit(MOST_LIKELY))
    return [_as_printed(holder) for _, holder in found if holder]


def _as_printed(holder: str) -> tuple[str, ...]:
    """The words of a holder's name as they are printed and searched, without the legal form behind it: "N. A." has two."""
    printed, key = runs(holder), company_key(holder)
    whole = (printed[:end] for end in range(1, len(printed) + 1) if "".join(printed[:end]) == key)
    return next(whole, company_runs(holder))


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
