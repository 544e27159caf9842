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
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, and_, cast, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile, day_key
from registry.certificates.fulltext import INDEX, Clause, among, clauses, like, matches, unsure
from registry.certificates.tallies import everything, stored_counts
from registry.certificates.terms import FACETS, chosen_terms, facet_column, spelled

MOST_COUNTED = 10_000
"""Of more entries the total is told as "more than" so many, and the counts of facets are those of so many."""

_BY_NUMBER: tuple[Any, ...] = (CatalogueEntry.number_key, CatalogueEntry.revision, CatalogueEntry.id)
ORDERS: dict[str, tuple[Any, ...]] = {
    "newest": (CatalogueEntry.newest_key, *_BY_NUMBER),
    "oldest": (CatalogueEntry.oldest_key, *_BY_NUMBER),
    "number": _BY_NUMBER,
    "holder": (CatalogueEntry.holder_key, *_BY_NUMBER),
}
"""The orders, each of columns that are never empty, so that both databases and Python sort alike."""

_WALKED = {name: f"ix_catalogue_entry_{columns[0].key}" for name, columns in ORDERS.items()}
"""The index that goes through all entries in an order."""

_SHOWN = tuple(
    getattr(CatalogueEntry, name)
    for name in (
        *("id", "number", "revision", "role", "protocol", "kind", "holder", "designation", "software_version", "laboratory", "country"),
        *("date", "has_document", "listed", "profiles"),
    )
)
Counts = Mapping[str, int]


class Gathering:
    """What has all `words` and, of each facet in `chosen`, one of the values; without facets' counts unless `counting`."""

    def __init__(
        self, session: Session, words: Sequence[str], chosen: Mapping[str, tuple[str, ...]], sort: str, *, counting: bool = True
    ) -> None:
        self._session = session
        self._words = words
        self._chosen = chosen
        self._sort = sort
        self._counted = tuple(name for name in FACETS if name not in chosen) if counting else ()

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

    def page(self, first: int, size: int) -> Sequence[Row[Any]]:
        """The entries from `first` on, which counts from 0, in the order."""
        if self.is_everything or self.more:
            return self._session.execute(self._walk().order_by(*ORDERS[self._sort]).limit(size).offset(first)).all()
        ids = [row[len(ORDERS[self._sort]) - 1] for row in heapq.nsmallest(first + size, self._taken)[first:]]
        if not ids:
            return ()
        found = {row.id: row for row in self._session.execute(select(*_SHOWN).where(CatalogueEntry.id.in_(ids)))}
        return [found[number] for number in ids]

    def counts(self, most: int) -> Iterator[tuple[str, Counts]]:
        """For each facet how many entries each of its values has, the facet's own choice left out; of many values, the `most` frequent."""
        kept = FACETS if self.is_everything else tuple(self._chosen) if not self._words and len(self._chosen) == 1 else ()
        stored = stored_counts(self._session, kept, self._chosen, most) if kept else {}
        first = len(ORDERS[self._sort])
        for name in FACETS:
            if name in kept:
                yield name, stored[name]
            elif name in self._counted:
                place = first + self._counted.index(name)
                yield name, _count(name, (row[place] for row in self._taken[:MOST_COUNTED]))
            else:
                yield name, _count(name, (row[0] for row in self._rows(self._sought(leaving_out=name), (_raw(name),), MOST_COUNTED)))

    @cached_property
    def _taken(self) -> list[tuple[Any, ...]]:
        """The sorting columns, which end in the id, and the facets, of the entries that were found first."""
        columns = (*ORDERS[self._sort], *(_raw(name) for name in self._counted))
        return [tuple(row) for row in self._rows(self._sought(), columns, MOST_COUNTED + 1)]

    def _rows(self, sought: Sequence[Clause], columns: Sequence[Any], most: int) -> Sequence[Row[Any]]:
        joined = INDEX.join(CatalogueEntry.__table__, CatalogueEntry.id == INDEX.c.rowid)
        statement = select(*columns).select_from(joined).where(matches(self._session, sought), *unsure(self._words)).limit(most)
        return self._session.execute(statement).all()

    def _sought(self, leaving_out: str = "") -> tuple[Clause, ...]:
        return sought(self._words, {name: values for name, values in self._chosen.items() if name != leaving_out})

    def _walk(self) -> Select[Any]:
        statement = select(*_SHOWN).with_hint(CatalogueEntry, f"INDEXED BY {_WALKED[self._sort]}", "sqlite")
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


def sought(words: Sequence[str], chosen: Mapping[str, tuple[str, ...]]) -> tuple[Clause, ...]:
    """What the index is asked for these words and facets."""
    return (*clauses(words), *(chosen_terms(name, values) for name, values in chosen.items()))


def all_found(session: Session, words: Sequence[str], chosen: Mapping[str, tuple[str, ...]]) -> tuple[ColumnElement[bool], ...]:
    """The condition that an entry has all that is asked for; none where nothing is."""
    asked = sought(words, chosen)
    return (among(session, asked, unsure(words)),) if asked else ()


def _days(sort: str, first: int, last: int) -> tuple[ColumnElement[bool], ...]:
    """The same years as a part of the order, so that going through it begins there and not years away."""
    if sort == "newest":
        return (CatalogueEntry.newest_key.between(day_key(date(last, 12, 31), newest=True), day_key(date(first, 1, 1), newest=True)),)
    if sort == "oldest":
        return (CatalogueEntry.oldest_key.between(day_key(date(first, 1, 1)), day_key(date(last, 12, 31))),)
    return ()


def _raw(name: str) -> ColumnElement[Any]:
    """The facet as the database gives it: of thousands of rows, a value is only made of each that is different."""
    column = getattr(CatalogueEntry, facet_column(name))
    return cast(type_coerce(column, NullType()), Text) if name == "profiles" else type_coerce(column, NullType())


def _count(name: str, values: Iterator[Any]) -> Counts:
    found: Counter[str] = Counter()
    for value, number in Counter(values).items():
        if name == "profiles":
            found.update(dict.fromkeys(json.loads(value), number))
        elif value is not None:
            found[spelled(name, value)] += number
    return found
