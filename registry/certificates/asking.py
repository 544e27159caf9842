"""The statements of a search: what of the index has some words and facets, and what is read of the entries with some ids.

Each statement is made once: making it takes longer than asking it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, literal_column, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer, NullType

from registry.certificates import places
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.fulltext import ENTRY_ID, INDEX, POSTGRESQL, Clause, as_it_stands, clauses, index_query, matches, unsure
from registry.certificates.terms import chosen_terms
from registry.quick import rows

Chosen = Mapping[str, tuple[str, ...]]
"""For each facet of which something is chosen the values that are let through."""

Columns = tuple[ColumnElement[Any], ...]
ALL_PLACES = (places.FIRST, places.LAST)
_TABLE = cast("Table", CatalogueEntry.__table__)
_PLACE = INDEX.c.rowid


def sought(words: Sequence[str], chosen: Chosen) -> tuple[Clause, ...]:
    """What the index is asked for these words and facets."""
    return (*clauses(words), *(chosen_terms(name, values) for name, values in chosen.items()))


class Asking:
    """Asks for what has all of these words, or for any where there are none.

    The words that are `checked` besides are not asked of the index, but looked for in the entries that it gives for all else: PostgreSQL's
    takes long to gather what many have.
    """

    def __init__(self, session: Session, words: Sequence[str], checked: Sequence[str] = ()) -> None:
        self._connection = session.connection()
        self._dialect = self._connection.dialect.name
        self._words = words
        self._long = [as_it_stands(word) for word in (*unsure(words), *checked)]

    @property
    def is_ordered(self) -> bool:
        """Whether the index gives its places in their order."""
        return self._dialect != POSTGRESQL

    def places(
        self,
        chosen: Chosen,
        most: int,
        *,
        between: tuple[int, int] = ALL_PLACES,
        skipped: int = 0,
        backwards: bool = False,
    ) -> list[int]:
        """At most so many places that have these facets; of an ordered index in their order, or `backwards`.

        Only of an ordered index some may be skipped; one that is not gathers all, though only those `between` two places are asked for.
        """
        asked = self._asked(chosen, most, between)
        if not self.is_ordered:
            # A row each would take longer than finding them.
            statement = _together(self._dialect, len(self._long), is_between=between != ALL_PLACES)
            ((found,),) = rows(self._connection, statement, asked | {"from": between[0], "to": between[1]})
            return found or []
        statement = _rows(self._dialect, (), len(self._long), backwards)
        return [at for (at,) in rows(self._connection, statement, asked | {"skipped": skipped})]

    def rows(self, columns: Columns, chosen: Chosen, most: int) -> Sequence[Sequence[Any]]:
        """The places, and columns, of at most so many that have these facets; of an ordered index in their order."""
        statement = _rows(self._dialect, columns, len(self._long), backwards=False)
        return rows(self._connection, statement, self._asked(chosen, most, ALL_PLACES) | {"skipped": 0})

    def count(self, chosen: Chosen, most: int) -> int:
        """How many have these facets, or `most` of more."""
        ((number,),) = rows(self._connection, _count(self._dialect, len(self._long)), self._asked(chosen, most, ALL_PLACES))
        return int(number)

    def read(self, columns: Columns, ids: list[int]) -> Sequence[tuple[Any, ...]]:
        """These columns of the entries with these ids."""
        if not ids:
            return []
        listed: Any = ids if self._dialect == POSTGRESQL else json.dumps(ids)
        return rows(self._connection, _of_ids(self._dialect, columns), {"ids": listed})

    def _asked(self, chosen: Chosen, most: int, between: tuple[int, int]) -> dict[str, Any]:
        asked: dict[str, Any] = {f"long{number}": word for number, word in enumerate(self._long)} | {"most": most}
        if self.is_ordered:
            if "year" in chosen and (self._words or len(chosen) > 1) and (years := places.of_years(map(int, chosen["year"]))) is not None:
                # A stretch of the index needs not be looked up in it.
                chosen = {name: values for name, values in chosen.items() if name != "year"}
                between = max(between[0], years[0]), min(between[1], years[1])
            asked |= {"from": between[0], "to": between[1]}
        return asked | {"sought": index_query(self._dialect, sought(self._words, chosen))}


@cache
def _rows(dialect: str, columns: Columns, long: int, backwards: bool) -> Select[Any]:
    statement = _having(dialect, (_PLACE, *columns), long, is_joined=bool(columns)).limit(bindparam("most"))
    if dialect == POSTGRESQL:
        return statement
    return statement.order_by(_PLACE.desc() if backwards else _PLACE).offset(bindparam("skipped"))


@cache
def _together(dialect: str, long: int, *, is_between: bool) -> Select[Any]:
    found = _having(dialect, (_PLACE,), long, is_joined=False)
    if is_between:
        # Otherwise PostgreSQL would read all rows between them, expecting to meet as many as are asked for soon.
        every = found.cte("every").prefix_with("MATERIALIZED")
        found = select(every.c.rowid).where(every.c.rowid.between(bindparam("from"), bindparam("to")))
    few = found.limit(bindparam("most")).subquery()
    return select(type_coerce(func.array_agg(few.c.rowid), NullType()))


@cache
def _count(dialect: str, long: int) -> Select[Any]:
    some = _having(dialect, (literal_column("1"),), long, is_joined=False).limit(bindparam("most"))
    return select(func.count()).select_from(some.subquery())


def _having(dialect: str, columns: Columns, long: int, *, is_joined: bool) -> Select[Any]:
    statement = select(*columns).where(matches(dialect, bindparam("sought")))
    if is_joined or long:
        statement = statement.select_from(INDEX.join(_TABLE, _TABLE.c.id == ENTRY_ID))
        statement = statement.where(*(_TABLE.c.search_text.contains(bindparam(f"long{number}")) for number in range(long)))
    else:
        statement = statement.select_from(INDEX)
    return statement if dialect == POSTGRESQL else statement.where(_PLACE.between(bindparam("from"), bindparam("to")))


@cache
def _of_ids(dialect: str, columns: Columns) -> Select[Any]:
    if dialect == POSTGRESQL:
        return select(*columns).where(_TABLE.c.id == func.any(bindparam("ids", type_=ARRAY(Integer))))
    listed = func.json_each(bindparam("ids")).table_valued("value")
    return select(*columns).where(_TABLE.c.id.in_(select(listed.c.value)))
