"""Where entries are looked up by words and facets: an index of terms (`registry.certificates.terms`), behind one interface.

SQLite holds it in the FTS5 table `catalogue_text`, with an index of the beginnings of terms; PostgreSQL in a table of the same name with
a tsvector and an inverted index over it. Both number their rows by places (`registry.certificates.places`). The projection writes it with
the entry, and removes it with the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    TableClause,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.layout import had_by_many
from registry.certificates.places import ID_MASK, place
from registry.certificates.terms import Term, facet_values, index_terms, is_exact, word_terms
from registry.certificates.words import begins_a_part

POSTGRESQL = "postgresql"
INDEX: TableClause = table("catalogue_text", column("rowid", BigInteger), column("terms"))
ENTRY_ID: ColumnElement[int] = INDEX.c.rowid.op("&", return_type=BigInteger())(literal_column(str(ID_MASK)))
"""The id of the entry that a row of the index is of."""

LOOKED_THROUGH = 500
"""Rows of PostgreSQL's index that are looked through for any that has some words, before the index is asked."""

Clause = tuple[Term, ...]
"""Terms of which an entry has to have one."""


def clauses(words: Iterable[str]) -> tuple[Clause, ...]:
    """What all `words` of a query (see `registry.certificates.words.query_words`) ask of the index, together with `unsure`."""
    return tuple((term,) for word in words for term in word_terms(word))


def unsure(words: Iterable[str]) -> list[str]:
    """The words that have to be looked at once more in an entry's text: long ones, whose pieces may stand apart."""
    return [word for word in words if not is_exact(word)]


def index_query(dialect: str, sought: Sequence[Clause]) -> str:
    """How the index is asked for entries that have a term of each of the clauses, of which there are some."""
    spell, between = (_lexeme, " & ") if dialect == POSTGRESQL else (_phrase, " AND ")
    return between.join(_either(clause, spell, " | " if dialect == POSTGRESQL else " OR ") for clause in sought)


def matches(dialect: str, query: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a row of `INDEX` is one that a query (see `index_query`) asks for."""
    if dialect == POSTGRESQL:
        return INDEX.c.terms.bool_op("@@")(cast(query, TSQUERY))
    # FTS5's operator takes the name of the table for its whole text.
    return literal_column("catalogue_text").op("MATCH", return_type=Boolean())(query)


def holds_all(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """All `words` (see `registry.certificates.words.query_words`) occur in the entry."""
    return among(session, clauses(words), [like(word) for word in unsure(words)])


def among(session: Session, sought: Sequence[Clause], checked: Iterable[ColumnElement[bool]] = ()) -> ColumnElement[bool]:
    """Whether an entry is among those that the index gives for the clauses, and all that is `checked` holds of it."""
    dialect = session.get_bind().dialect.name
    asked = matches(dialect, literal(index_query(dialect, sought)))
    found: ColumnElement[bool] = CatalogueEntry.id.in_(select(ENTRY_ID).where(asked))
    # Otherwise SQLite would rather go through all entries in the order of the page, looking for each among those found.
    return and_(func.unlikely(found, type_=Boolean()) if dialect != POSTGRESQL else found, *checked)


def finds_any(session: Session, words: Sequence[str]) -> bool:
    """Whether any entry has all `words`, which are at least one."""
    dialect = session.get_bind().dialect.name
    rare = list(words)
    if dialect == POSTGRESQL and len(words) > 1:
        common = had_by_many(session, words)
        rare = [word for word in words if word not in common] or rare
    query = literal(index_query(dialect, clauses(rare)))
    found = select(INDEX.c.rowid).where(matches(dialect, query))
    if checked := [like(word) for word in (*unsure(rare), *(word for word in words if word not in rare))]:
        found = found.join(CatalogueEntry.__table__, CatalogueEntry.id == ENTRY_ID).where(*checked)
    if dialect != POSTGRESQL:
        return session.scalar(found.limit(1)) is not None
    # Asked for one, PostgreSQL would read all rows in turn, expecting to meet soon what it takes every beginning of a term to be in.
    # What many have is among the first rows; of the rest all are asked for, of which there are few.
    some = select(INDEX.c.terms).limit(LOOKED_THROUGH).subquery()
    among_first = select(some).where(some.c.terms.bool_op("@@")(cast(query, TSQUERY))).exists()
    among_all = select(func.count() > 0).select_from(found.subquery()).scalar_subquery()
    return bool(session.scalar(select(among_all if checked else or_(among_first, among_all))))


def as_it_stands(word: str) -> str:
    """`word` of a query as it stands in the searched text of an entry that has it."""
    return f" {word}" if begins_a_part(word) else word


def like(word: str) -> ColumnElement[bool]:
    """`word` of a query stands in the searched text, found without an index."""
    return CatalogueEntry.search_text.contains(as_it_stands(word), autoescape=True)


def walked_by(dialect: str, word: str) -> ColumnElement[bool]:
    """As `like`, for entries that are gone through in an order because many have the word.

    PostgreSQL takes what has a word for so few that it would rather find and sort all of them; of a position it expects more.
    """
    return func.strpos(CatalogueEntry.search_text, as_it_stands(word)) > 0 if dialect == POSTGRESQL else like(word)


def stands_in(word: str, searched: str) -> bool:
    """Whether `word` of a query stands in a searched text."""
    return as_it_stands(word) in searched


def write(session: Session, entries: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Add entries, by their ids and columns, to the index."""
    if not entries:
        return
    terms: ColumnElement[Any] = bindparam("terms_of_entry")
    if session.get_bind().dialect.name == POSTGRESQL:
        # Terms hold nothing that the notation of a tsvector would take for a sign of its own.
        terms = cast(terms, TSVECTOR)
    rows: list[dict[str, Any]] = [
        {"place_of_entry": place(entry["newest_key"], number), "terms_of_entry": index_terms(entry["search_text"], facet_values(entry))}
        for number, entry in entries
    ]
    # FTS5 begins a new piece of its index whenever a row does not come after the one before.
    rows.sort(key=lambda row: row["place_of_entry"])
    session.execute(insert(INDEX).values(rowid=bindparam("place_of_entry"), terms=terms), rows)


def remove(session: Session, places: Iterable[int]) -> None:
    """Take the entries at these places out of the index."""
    if rows := [{"place_of_entry": at} for at in sorted(places)]:
        session.execute(delete(INDEX).where(INDEX.c.rowid == bindparam("place_of_entry")), rows)


def _either(clause: Clause, spell: Any, between: str) -> str:
    return f"({between.join(spell(term) for term in clause)})"


def _phrase(term: Term) -> str:
    return f'"{term.text}"*' if term.begins else f'"{term.text}"'


def _lexeme(term: Term) -> str:
    return f"'{term.text}':*" if term.begins else f"'{term.text}'"
