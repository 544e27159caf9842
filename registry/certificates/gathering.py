"""What a search finds, in a number of statements and of rows that does not grow with what it finds.

Up to `MOST_COUNTED` entries are taken from the index, by their places and with what of their facets is to be counted, and the total and
the counts are told from these. Only what is on the page is read whole. Where there are more, total and counts are those of the ones that
were taken, and the page is found in the index, which has the order of days, or by going through the entries in another order, where one
in few has what is asked for. Of everything, the counts are kept (`registry.certificates.tallies`).
"""

from __future__ import annotations

import heapq
import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Row, Select, Table, Text, and_, bindparam, func, select, type_coerce
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer, NullType

from registry.certificates import places
from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile, day_key
from registry.certificates.fulltext import ENTRY_ID, INDEX, POSTGRESQL, Clause, among, clauses, index_query, like, matches, unsure
from registry.certificates.tallies import everything, stored_counts
from registry.certificates.terms import FACETS, chosen_terms, facet_column, spelled

MOST_COUNTED = 10_000
"""Of more entries the total is told as "more than" so many, and the counts of facets are those of so many."""

READ_WHOLE = 500
"""Of so many the whole lines are read to sort them, of more first only what they are sorted by."""

_TABLE = cast("Table", CatalogueEntry.__table__)
_PLACE = INDEX.c.rowid
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

_DAY_AT = {"newest": places.day_at, "oldest": places.oldest_day_at}
"""The first part of the orders that an entry's place tells."""


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
_READ_FACETS = tuple(name for name in FACETS if name != "year")
"""Those that the place of an entry does not tell."""
_FACET_COLUMNS = {name: _raw(facet_column(name)) for name in _READ_FACETS}
Counts = Mapping[str, int]


class Gathering:
    """What has all `words` and, of each facet in `chosen`, one of the values. Without `counted` no counts of facets can be asked for."""

    def __init__(
        self, session: Session, words: Sequence[str], chosen: Mapping[str, tuple[str, ...]], sort: str, *, counted: bool = True
    ) -> None:
        self._session = session
        self._connection = session.connection()
        self._dialect = self._connection.dialect.name
        self._words = words
        self._chosen = chosen
        self._sort = sort
        self._counted = counted

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
        if self.is_everything:
            return self._walked(first, size)
        if self._sort not in _DAY_AT:
            return self._walked(first, size) if self.more else self._sorted(self._places, first, size)
        if not self.more or (self._is_indexed and self._sort == "newest"):
            found = places.newest_first(self._places) if self._sort == "newest" else places.oldest_first(self._places)
            if (stretch := self._whole_days(found, first, size)) is not None:
                return self._sorted(*stretch, size)
        return self._from_index(first, size) if self._is_indexed else self._walked(first, size)

    def counts(self, most: int) -> Iterator[tuple[str, Counts]]:
        """For each facet how many entries each of its values has, the facet's own choice left out; of many values, the `most` frequent."""
        kept = FACETS if self.is_everything else tuple(self._chosen) if not self._words and len(self._chosen) == 1 else ()
        stored = stored_counts(self._session, kept, self._chosen, most) if kept else {}
        for name in FACETS:
            if name in kept:
                yield name, stored[name]
            elif name in self._chosen:
                columns = () if name == "year" else (_FACET_COLUMNS[name],)
                yield name, _count(name, _values(self._rows(columns, MOST_COUNTED, leaving_out=name), name, 1))
            else:
                at = 1 + _READ_FACETS.index(name) if name in _READ_FACETS else 0
                yield name, _count(name, _values(self._taken[:MOST_COUNTED], name, at))

    @property
    def _is_indexed(self) -> bool:
        """Whether the index gives what is found in the order."""
        return self._dialect != POSTGRESQL and self._sort in _DAY_AT

    @cached_property
    def _taken(self) -> Sequence[Row[Any]]:
        """The places, and the facets where they are counted, of the entries that were found first: where the index tells, the newest."""
        return self._rows(tuple(_FACET_COLUMNS.values()) if self._counted else (), MOST_COUNTED + 1)

    @property
    def _places(self) -> list[int]:
        return [row[0] for row in self._taken]

    def _rows(self, columns: tuple[ColumnElement[Any], ...], most: int, leaving_out: str = "") -> Sequence[Row[Any]]:
        chosen = {name: values for name, values in self._chosen.items() if name != leaving_out}
        return self._asked(columns, chosen, most)

    def _asked(
        self,
        columns: tuple[ColumnElement[Any], ...],
        chosen: Mapping[str, tuple[str, ...]],
        most: int,
        between: tuple[int, int] = (places.FIRST, places.LAST),
        skipped: int = 0,
        *,
        backwards: bool = False,
    ) -> Sequence[Row[Any]]:
        """The places, and columns, of what the index has of these facets, at most so many."""
        asked = self._words, chosen
        if self._dialect != POSTGRESQL and "year" in chosen and (self._words or len(chosen) > 1):
            years = places.of_years(map(int, chosen["year"]))
            if years is not None:
                between = max(between[0], years[0]), min(between[1], years[1])
                asked = self._words, {name: values for name, values in chosen.items() if name != "year"}
        long = unsure(self._words)
        statement = _statement(self._dialect, columns, len(long), backwards)
        values = {"sought": index_query(self._dialect, sought(*asked)), "most": most, "skipped": skipped}
        ends = {"from": between[0], "to": between[1]} if self._dialect != POSTGRESQL else {}
        return self._connection.execute(statement, values | ends | {f"long{n}": word for n, word in enumerate(long)}).all()

    def _whole_days(self, found: list[int], first: int, size: int) -> tuple[list[int], int] | None:
        """Of the places in the order of days all of the days that the page is of, and how many of them come before the page.

        What is of one day is sorted by more than the place tells. None where not all of the last day is known.
        """
        day_at = _DAY_AT[self._sort]
        on_page = found[first : first + size]
        if not on_page:
            return None if self.more else ([], 0)
        begin, end = bisect_left(found, day_at(on_page[0]), key=day_at), bisect_right(found, day_at(on_page[-1]), key=day_at)
        return None if self.more and end == len(found) else (found[begin:end], first - begin)

    def _from_index(self, first: int, size: int) -> list[Shown]:
        """As `page`, of more than were taken, from an index that has the order of days."""
        is_oldest = self._sort == "oldest"
        dated = (places.FIRST, places.UNDATED - 1 if is_oldest else places.LAST)
        on_page = [row[0] for row in self._asked((), self._chosen, size, dated, first, backwards=is_oldest)]
        if not on_page or (is_oldest and len(on_page) < size):
            return self._walked(first, size)
        whole = places.whole_days(min(on_page[0], on_page[-1]), max(on_page[0], on_page[-1]))
        found = [row[0] for row in self._asked((), self._chosen, -1, whole, backwards=is_oldest)]
        return self._sorted(found, found.index(on_page[0]), size)

    def _sorted(self, found: Sequence[int], first: int, size: int) -> list[Shown]:
        """The entries at these places from `first` on, in the order."""
        ids = [places.id_at(at) for at in found]
        order = ORDERS[self._sort]
        if len(ids) > READ_WHOLE:
            keys = heapq.nsmallest(first + size, map(tuple, self._read(order, ids)))[first:]
            ids, first = [key[-1] for key in keys], 0
        rows = sorted(map(tuple, self._read((*order, *_RAW), ids)))[first : first + size] if ids else []
        return [_shown(row[len(order) :]) for row in rows]

    def _read(self, columns: tuple[ColumnElement[Any], ...], ids: list[int]) -> Sequence[Row[Any]]:
        listed: Any = ids if self._dialect == POSTGRESQL else json.dumps(ids)
        return self._connection.execute(_of_ids(self._dialect, columns), {"ids": listed}).all()

    def _walked(self, first: int, size: int) -> list[Shown]:
        """As `page`, going through the entries in the order."""
        statement = select(*_RAW).with_hint(_TABLE, f"INDEXED BY {_WALKED[self._sort]}", "sqlite")
        asked = (*(like(word) for word in self._words), *(self._holds(name) for name in self._chosen))
        found = self._connection.execute(statement.where(*asked).order_by(*ORDERS[self._sort]).limit(size).offset(first))
        return [_shown(row) for row in found]

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
def _statement(dialect: str, columns: tuple[ColumnElement[Any], ...], long: int, backwards: bool) -> Select[Any]:
    """Asks the index, made once: making it takes longer than asking."""
    asked = [matches(dialect, bindparam("sought")), *(_TABLE.c.search_text.contains(bindparam(f"long{number}")) for number in range(long))]
    statement = select(_PLACE, *columns)
    if columns or long:
        statement = statement.select_from(INDEX.join(_TABLE, _TABLE.c.id == ENTRY_ID))
    if dialect != POSTGRESQL:
        asked.append(_PLACE.between(bindparam("from"), bindparam("to")))
        statement = statement.order_by(_PLACE.desc() if backwards else _PLACE).offset(bindparam("skipped"))
    return statement.where(*asked).limit(bindparam("most"))


@cache
def _of_ids(dialect: str, columns: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    """Asks for the entries with the ids of a list."""
    if dialect == POSTGRESQL:
        return select(*columns).where(_TABLE.c.id == func.any(bindparam("ids", type_=ARRAY(Integer))))
    listed = func.json_each(bindparam("ids")).table_valued("value")
    return select(*columns).where(_TABLE.c.id.in_(select(listed.c.value)))


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


def _values(rows: Iterable[Row[Any]], name: str, at: int) -> Iterator[Any]:
    """The values of a facet, which stands in the rows at a column; the year in the place."""
    return (places.day_at(row[0]) for row in rows) if name == "year" else (row[at] for row in rows)


def _count(name: str, values: Iterator[Any]) -> Counts:
    found: Counter[str] = Counter()
    for value, number in Counter(values).items():
        if name == "profiles":
            found.update(dict.fromkeys(json.loads(value), number))
        elif (told := places.year_of(value) if name == "year" else value) is not None:
            found[spelled(name, told)] += number
    return found
