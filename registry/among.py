"""Rows by many of their keys at once: the keys go to the database as one parameter, so that it looks each of them up.

A list of pairs, as `(number, revision) IN ((?, ?), (?, ?))`, SQLite does not look up: it reads all rows for it. And a statement that grows
with its keys is written, and planned, anew for each number of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from registry.bulk import POSTGRESQL, cleaned
from registry.db import json_text


def among(session: Session, column: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether the column has one of the values, which are texts, or are whole numbers."""
    wanted = list(values)
    if session.get_bind().dialect.name == POSTGRESQL:
        return column == any_(_array(column, wanted))
    return column.in_(select(_given(_texts(wanted)).c.value))


def pairs_among(
    session: Session, first: InstrumentedAttribute[Any], second: InstrumentedAttribute[Any], pairs: Iterable[tuple[str | None, str | None]]
) -> ColumnElement[bool]:
    """Whether two columns together have one of the pairs of texts; a pair with None is nowhere."""
    wanted = [pair for pair in pairs if None not in pair]
    firsts, seconds = _texts([one for one, _ in wanted]), _texts([other for _, other in wanted])
    if session.get_bind().dialect.name == POSTGRESQL:
        return tuple_(first, second).in_(select(func.unnest(_array(first, firsts)), func.unnest(_array(second, seconds))))
    value = _given(list(zip(firsts, seconds, strict=True))).c.value
    return tuple_(first, second).in_(select(func.json_extract(value, "$[0]"), func.json_extract(value, "$[1]")))


def _texts(values: Sequence[Any]) -> Sequence[Any]:
    """Texts as they are stored."""
    return cleaned(values) if all(value is None or isinstance(value, str) for value in values) else values


def _array(column: InstrumentedAttribute[Any], values: Sequence[Any]) -> Any:
    return bindparam(None, values, type_=ARRAY(column.type))


def _given(values: Sequence[Any]) -> Any:
    return func.json_each(bindparam(None, json_text(values))).table_valued("value")
