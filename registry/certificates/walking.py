"""Going through the entries of the catalogue in an order that an index has, for what is not laid out: until a page is full."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, CompoundSelect, Select, Table, and_, bindparam, select, union_all
from sqlalchemy.orm import Session

from registry.certificates.asking import Chosen
from registry.certificates.catalogue import CatalogueEntry, CatalogueProfile, day_key
from registry.certificates.fulltext import walked_by
from registry.certificates.terms import facet_column
from registry.certificates.words import fold

Columns = tuple[ColumnElement[Any], ...]
Row = tuple[Any, ...]

MOST_WALKED, MOST_OF_EACH = 4, 500
"""Of so many values of a facet the entries of each are gone through, for a page among the first so many."""

_TABLE = cast("Table", CatalogueEntry.__table__)
_BY_NUMBER = (_TABLE.c.number_key, _TABLE.c.revision, _TABLE.c.id)
ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "newest": (_TABLE.c.newest_key, *_BY_NUMBER),
    "oldest": (_TABLE.c.oldest_key, *_BY_NUMBER),
    "number": _BY_NUMBER,
    "holder": (_TABLE.c.holder_key, *_BY_NUMBER),
}
"""The orders, each of columns that are never empty, so that both databases and Python sort alike."""

_SORTED_WITHIN = {"number": {"holder": "holder_key", "year": "year_number_key", "protocol": "protocol_number_key"}}
"""The facets of which an index has the entries of each value in an order. Numbers grow with the years, each protocol has its own, and those
of a holder may be far apart."""


class Walk:
    """Goes through what has all `words` and, of each facet in `chosen`, one of the values."""

    def __init__(self, session: Session, words: Sequence[str], chosen: Chosen, sort: str) -> None:
        self._session = session
        self._words = words
        self._chosen = chosen
        self._sort = sort
        self._order = ORDERS[sort]

    def page(self, columns: Columns, first: int, size: int) -> list[Row]:
        """These columns of the entries from `first` on, in the order."""
        sorted_within = _SORTED_WITHIN.get(self._sort, {})
        within = min((name for name in sorted_within if name in self._chosen), key=lambda name: len(self._chosen[name]), default=None)
        if within is not None and 1 < len(self._chosen[within]) <= MOST_WALKED and first + size <= MOST_OF_EACH:
            # The first of each value, among which are the first of all.
            each = ({**self._chosen, within: (value,)} for value in self._chosen[within])
            index = f"ix_catalogue_entry_{sorted_within[within]}"
            parts = [self._through(index, chosen, (*self._order, *columns)).subquery() for chosen in each]
            found = sorted(self._asked_for(union_all(*map(select, parts)), 0, first + size))
            return [row[len(self._order) :] for row in found[first : first + size]]
        one = within if within is not None and len(self._chosen[within]) == 1 else None
        index = f"ix_catalogue_entry_{sorted_within[one] if one is not None else self._order[0].name}"
        return self._asked_for(self._through(index, self._chosen, columns), first, size)

    def _through(self, index: str, chosen: Chosen, columns: Columns) -> Select[Any]:
        statement = _through_all(self._sort, index, columns)
        if self._words or chosen:
            holding = (self._holds(name, values) for name, values in chosen.items())
            dialect = self._session.get_bind().dialect.name
            statement = statement.where(*(walked_by(dialect, word) for word in self._words), *holding)
        return statement

    def _asked_for(self, statement: Select[Any] | CompoundSelect[Any], first: int, size: int) -> list[Row]:
        return [*map(tuple, self._session.connection().execute(statement, {"size": size, "first": first}))]

    def _holds(self, name: str, values: Sequence[str]) -> ColumnElement[bool]:
        if name == "profiles":
            having = select(CatalogueProfile.entry_id).where(CatalogueProfile.profile.in_(values))
            return having.where(CatalogueProfile.entry_id == CatalogueEntry.id).exists()
        column: ColumnElement[Any] = getattr(CatalogueEntry, facet_column(name))
        if name == "documented":
            return column.is_("yes" in values)
        if name == "year":
            years = [int(value) for value in values]
            return and_(column.in_(years), *_days(self._sort, min(years), max(years)))
        if name == "holder" and self._sort in ("holder", "number"):
            return and_(column.in_(values), CatalogueEntry.holder_key.in_({fold(value) for value in values}))
        return column.in_(values)


@lru_cache(maxsize=8 * len(ORDERS))
def _through_all(sort: str, index: str, columns: tuple[ColumnElement[Any], ...]) -> Select[Any]:
    """Goes through the entries in an order that an index has; made once, as making it takes longer than asking."""
    statement = select(*columns).with_hint(_TABLE, f"INDEXED BY {index}", "sqlite")
    return statement.order_by(*ORDERS[sort]).limit(bindparam("size")).offset(bindparam("first"))


def ids_in_order(sort: str) -> Select[Any]:
    """Asks for the ids of all entries in an order, from `first` on so many as `size`: they cost a fifth of what the entries do."""
    return _through_all(sort, f"ix_catalogue_entry_{ORDERS[sort][0].name}", (_TABLE.c.id,))


def _days(sort: str, first: int, last: int) -> tuple[ColumnElement[bool], ...]:
    """The same years as a part of the order, so that going through it begins there and not years away."""
    if sort == "newest":
        return (CatalogueEntry.newest_key.between(day_key(date(last, 12, 31), newest=True), day_key(date(first, 1, 1), newest=True)),)
    if sort == "oldest":
        return (CatalogueEntry.oldest_key.between(day_key(date(first, 1, 1)), day_key(date(last, 12, 31))),)
    return ()
