"""What a search finds, in a number of statements and of rows that does not grow with what it finds.

Up to `MOST_COUNTED` entries are taken from the index with their facets and what they are sorted by, and everything is told from these:
the total, the counts, the page. Where there are more, total and counts are those of the ones that were taken, and the page is found
by going through the entries in its order, where one in few has what is asked for. Of everything, the counts are kept
(`registry.certificates.tallies`).
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Row, Select, Table, Text, and_, bindparam, select, type_coerce
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile, day_key
from registry.certificates.fulltext import INDEX, Clause, among, clauses, index_query, like, matches, unsure
from registry.certificates.tallies import everything, stored_counts
from registry.certificates.terms import FACETS, chosen_terms, facet_column, spelled

MOST_COUNTED = 10_000
"""Of more entries the total is told as "more than" so many, and the counts of facets are those of so many."""

_TABLE = cast("Table", CatalogueEntry.__table__)
_BY_NUMBER = (_TABLE.c.number_key, _TABLE.c.revision, _TABLE.c.id)
ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "newest": (_TABLE.c.newest_key, *_BY_NUMBER),
    "oldest": (_TABLE.c.oldest_key, *_BY_NUMBER),
    "number": _BY_NUMBER,
    "holder": (_TABLE.c.holder_key, *_BY_NUMBER),
}
"""The orders, each of columns that are never empty, so that both databases and Python sort alike."""

_WALKED = {name: f"ix_catalogue_entry_{columns[0].name}" for name, columns in ORDERS.items()}
"""The index that goes through all entries in an order."""


class Shown(NamedTuple):
    """What is shown of an entry; as in `CatalogueEntry`."""

    id: int
    number: str | None
    revision: str
    role: str | None
    protocol: str | None
    kind: str | None
    holder: str | None
    designation: str | None
    software_version: str | None
    laboratory: str | None
    country: str | None
    year: int | None
    date: date | None
    has_document: bool
    listed: bool
    profiles: list[str]


def _raw(name: str) -> ColumnElement[Any]:
    """The column as the database gives it: of thousands of rows, a value is only made of each that is different."""
    column = type_coerce(_TABLE.c[name], NullType())
    return as_type(column, Text) if name == "profiles" else column


_RAW = tuple(_raw(name) for name in Shown._fields)
_FACET_PLACES = {name: Shown._fields.index(facet_column(name)) for name in FACETS}
Counts = Mapping[str, int]


class Gathering:
    """What has all `words` and, of each facet in `chosen`, one of the values."""

    def __init__(self, session: Session, words: Sequence[str], chosen: Mapping[str, tuple[str, ...]], sort: str) -> None:
        self._session = session
        self._words = words
        self._chosen = chosen
        self._sort = sort
        self._shown_from = len(ORDERS[sort])

    @property
    def is_everything(self) -> bool:
        """Whether nothing is asked for."""
        return not self._words and not self._chosen

    @property
    def more(self) -> bool:
        """Whether there are more than `total`, of which the counts of facets are."""
        return not self.is_everything and len(self._taken) > MOST_COUNTED

    @cached_property
    def total(self) -> int:
        """How many there are, or `MOST_COUNTED`."""
        return everything(self._session) if self.is_everything else min(len(self._taken), MOST_COUNTED)

    def page(self, first: int, size: int) -> list[Shown]:
        """The entries from `first` on, which counts from 0, in the order."""
        if self.is_everything or self.more:
            found = self._session.connection().execute(self._walk().order_by(*ORDERS[self._sort]).limit(size).offset(first))
            return [_shown(row) for row in found]
        return [_shown(row[self._shown_from :]) for row in heapq.nsmallest(first + size, self._taken)[first:]]

    def counts(self, most: int) -> Iterator[tuple[str, Counts]]:
        """For each facet how many entries each of its values has, the facet's own choice left out; of many values, the `most` frequent."""
        kept = FACETS if self.is_everything else tuple(self._chosen) if not self._words and len(self._chosen) == 1 else ()
        stored = stored_counts(self._session, kept, self._chosen, most) if kept else {}
        for name in FACETS:
            if name in kept:
                yield name, stored[name]
            elif name in self._chosen:
                rows = self._rows((_RAW[_FACET_PLACES[name]],), MOST_COUNTED, leaving_out=name)
                yield name, _count(name, (row[0] for row in rows))
            else:
                place = self._shown_from + _FACET_PLACES[name]
                yield name, _count(name, (row[place] for row in self._taken[:MOST_COUNTED]))

    @cached_property
    def _taken(self) -> list[tuple[Any, ...]]:
        """The sorting columns, which end in the id, and what is shown, of the entries that were found first."""
        return [tuple(row) for row in self._rows((*ORDERS[self._sort], *_RAW), MOST_COUNTED + 1)]

    def _rows(self, columns: tuple[ColumnElement[Any], ...], most: int, leaving_out: str = "") -> Sequence[Row[Any]]:
        connection = self._session.connection()
        asked = sought(self._words, {name: values for name, values in self._chosen.items() if name != leaving_out})
        long = unsure(self._words)
        statement = _statement(connection.dialect.name, columns, len(long))
        values = {"sought": index_query(connection.dialect.name, asked), "most": most} | {f"long{n}": word for n, word in enumerate(long)}
        return connection.execute(statement, values).all()

    def _walk(self) -> Select[Any]:
        statement = select(*_RAW).with_hint(_TABLE, f"INDEXED BY {_WALKED[self._sort]}", "sqlite")
        return statement.where(*(like(word) for word in self._words), *(self._holds(name) for name in self._chosen))

    def _holds(self, name: str) -> ColumnElement[bool]:
        values = self._chosen[name]
        if name == "profiles":
            having = select(CatalogueProfile.entry_id).where(CatalogueProfile.profile.in_(values))
            return having.where(CatalogueProfile.entry_id == CatalogueEntry.id).exists()
        column: ColumnElement[Any] = getattr(CatalogueEntry, facet_column(name))
        if name == "documented":
            return column.is_("yes" in values)
        if name == "year":
            years = [int(value) for value in values]
            return and_(column.in_(years), *_days(self._sort, min(years), max(years)))
        return column.in_(values)


@cache
def _statement(dialect: str, columns: tuple[ColumnElement[Any], ...], long: int) -> Select[Any]:
    """Asks the index, made once: making it takes longer than asking."""
    joined = INDEX.join(_TABLE, _TABLE.c.id == INDEX.c.rowid)
    checked = [_TABLE.c.search_text.contains(bindparam(f"long{number}")) for number in range(long)]
    return select(*columns).select_from(joined).where(matches(dialect, bindparam("sought")), *checked).limit(bindparam("most"))


def sought(words: Sequence[str], chosen: Mapping[str, tuple[str, ...]]) -> tuple[Clause, ...]:
    """What the index is asked for these words and facets."""
    return (*clauses(words), *(chosen_terms(name, values) for name, values in chosen.items()))


def all_found(session: Session, words: Sequence[str], chosen: Mapping[str, tuple[str, ...]]) -> tuple[ColumnElement[bool], ...]:
    """The condition that an entry has all that is asked for; none where nothing is."""
    asked = sought(words, chosen)
    return (among(session, asked, [like(word) for word in unsure(words)]),) if asked else ()


def _days(sort: str, first: int, last: int) -> tuple[ColumnElement[bool], ...]:
    """The same years as a part of the order, so that going through it begins there and not years away."""
    if sort == "newest":
        return (CatalogueEntry.newest_key.between(day_key(date(last, 12, 31), newest=True), day_key(date(first, 1, 1), newest=True)),)
    if sort == "oldest":
        return (CatalogueEntry.oldest_key.between(day_key(date(first, 1, 1)), day_key(date(last, 12, 31))),)
    return ()


def _shown(row: Sequence[Any]) -> Shown:
    day, has_document, listed, profiles = row[-4:]
    # SQLite has neither days nor truth values: it gives texts and numbers.
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return Shown._make((*row[:-4], day, bool(has_document), bool(listed), json.loads(profiles)))


def _count(name: str, values: Iterator[Any]) -> Counts:
    found: Counter[str] = Counter()
    for value, number in Counter(values).items():
        if name == "profiles":
            found.update(dict.fromkeys(json.loads(value), number))
        elif value is not None:
            found[spelled(name, value)] += number
    return found
