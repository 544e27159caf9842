"""Where the words of a search are looked up: an index of three letters each, behind one interface for both databases.

SQLite holds it in the FTS5 table `catalogue_text`, which triggers keep in step with `catalogue_entry`; PostgreSQL in an index over the
tsvector that the function `catalogue_trigrams` makes of `search_text`. The migration that
makes them says how. An index of three letters finds words in the middle of others; a single letter, which it cannot hold, is looked up
without it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Boolean, ColumnElement, and_, cast, column, func, literal, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.words import begins_a_part

INDEXED = 3
"""How many letters, the blank before a word among them, stand together in the index."""

_FTS = table("catalogue_text", column("rowid"), column("search_text"))


def holds_all(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """All `words` (see `registry.certificates.words.query_words`) occur in the entry. The one place that knows how text is looked up."""
    sought = [f" {word}" if begins_a_part(word) else word for word in words]
    indexed = [text for text in sought if len(text) >= INDEXED]
    if session.get_bind().dialect.name == "postgresql":
        conditions = [_in_tsvector(indexed)] if indexed else []
        # Three letters each may stand apart in the text: what is longer is looked at once more.
        checked = [text for text in sought if len(text) != INDEXED]
    else:
        conditions = [_in_fts(indexed)] if indexed else []
        checked = [text for text in sought if len(text) < INDEXED]
    return and_(*conditions, *(like(text) for text in checked))


def like(text: str) -> ColumnElement[bool]:
    """`text` stands in the searched text, found without an index."""
    return CatalogueEntry.search_text.contains(text, autoescape=True)


def _in_fts(texts: Sequence[str]) -> ColumnElement[bool]:
    """A phrase of FTS5 each; words hold letters and digits alone, so that nothing of them can be taken for its syntax."""
    phrases = " AND ".join(f'"{text}"' for text in texts)
    found: ColumnElement[bool] = CatalogueEntry.id.in_(select(_FTS.c.rowid).where(_FTS.c.search_text.op("MATCH")(phrases)))
    # Otherwise SQLite would rather go through all entries in the order of the page, looking for each among those found.
    return func.unlikely(found, type_=Boolean())


def _in_tsvector(texts: Sequence[str]) -> ColumnElement[bool]:
    threes = dict.fromkeys(text[start : start + INDEXED] for text in texts for start in range(len(text) - INDEXED + 1))
    sought = " & ".join(f"'{three}'" for three in threes)
    return func.catalogue_trigrams(CatalogueEntry.search_text).bool_op("@@")(cast(literal(sought), TSQUERY))
