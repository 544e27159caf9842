"""Many rows of one table at once, with as little work for each as the database allows: many by one statement on SQLite, COPY on PostgreSQL.

What mapped objects would be stored as is what is stored here: each value goes through the type of its column.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import JSON, Date, Table, func, select, text
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import Session

from registry.db import Base, CleanText, UtcDateTime, clean_text, driver_errors_told, json_text

POSTGRESQL = "postgresql"

AT_ONCE = 500
"""Values that one statement is given to look for, or rows that one is to store: databases bound the number of its parameters."""

FEWEST_COPIED = 8
"""Below that, statements of their own take PostgreSQL less time than a COPY."""

TOGETHER = 80
"""Rows that one statement stores on SQLite, which takes two thirds of the time of a statement for each."""

Columns = tuple[str, ...]
_Bind = Callable[[Sequence[Any]], Sequence[Any]]
_Value = TypeVar("_Value")


@contextmanager
def uncollected() -> Iterator[None]:
    """Have no cycles of garbage looked for: what many rows are made of goes without, and looking through it takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Written(str):
    """JSON as text already: given in the place of a value, so that what it was made of need not be held until all rows are there."""

    __slots__ = ()


def written(value: Any) -> Written:
    """A value as it is stored in a column of JSON."""
    return Written(json_text(value))


def is_clean_json(text: str) -> bool:
    """Whether `clean_text` changes no text of a value that was `written` so, as is seen of it at a glance; others may be clean, too."""
    return text.isascii() and "\\u" not in text


def insert_rows(
    session: Session,
    model: type[Base],
    columns: Columns,
    rows: Sequence[Sequence[Any]],
    *,
    may_be_there: bool = False,
    are_clean: bool = False,
) -> None:
    """Add rows, given by their values in the order of `columns`; other columns get what the database gives them.

    Those that `may_be_there`, by their key, are left as they are. Rows that `are_clean` hold no text that `clean_text` would change.
    """
    if not rows:
        return
    session.flush()
    connection = session.connection()
    table: Table = model.__table__  # type: ignore[assignment]  # a mapped class has a Table
    copied = connection.dialect.name == POSTGRESQL and len(rows) >= FEWEST_COPIED and not may_be_there
    statement, binds = _prepared(connection.dialect, table, columns, copied, are_clean)
    bound = _bound(rows, binds)
    if copied:
        _copy(connection, statement, bound)
        return
    conflict = " ON CONFLICT DO NOTHING" if may_be_there else ""
    remaining = list(bound)
    if connection.dialect.name != POSTGRESQL and len(remaining) >= TOGETHER:
        several = [tuple(chain.from_iterable(some)) for some in batches(remaining, TOGETHER) if len(some) == TOGETHER]
        together, _ = _prepared(connection.dialect, table, columns, copied, are_clean, TOGETHER)
        connection.exec_driver_sql(together + conflict, several)
        remaining = remaining[len(several) * TOGETHER :]
    if remaining:
        connection.exec_driver_sql(statement + conflict, remaining)


def batches(values: Iterable[_Value], size: int = AT_ONCE) -> Iterator[list[_Value]]:
    """The values, in their order, at most so many at a time."""
    remaining = iter(values)
    while batch := list(islice(remaining, size)):
        yield batch


def next_ids(session: Session, model: type[Base], count: int) -> Sequence[int]:
    """The ids that the next `count` rows would get, to be given to them; whoever calls is the only writer (`db.lock_for_writing`)."""
    table: Table = model.__table__  # type: ignore[assignment]  # a mapped class has a Table
    if session.get_bind().dialect.name == POSTGRESQL:
        taken = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return session.scalars(taken, {"name": table.name, "count": count}).all()
    last = session.scalar(select(func.max(table.c.id))) or 0
    return range(last + 1, last + 1 + count)


def cleaned(values: Sequence[str | None]) -> Sequence[str | None]:
    """The values as they can be stored; themselves where they are that already, which is seen of all at once."""
    together = "".join(filter(None, values))
    if together.isascii() and "\0" not in together:
        return values
    return [value if value is None or (value.isascii() and "\0" not in value) else clean_text(value) for value in values]


@lru_cache(maxsize=256)
def _prepared(
    dialect: Dialect, table: Table, columns: Columns, copied: bool, are_clean: bool, together: int = 1
) -> tuple[str, tuple[tuple[int, _Bind], ...]]:
    """The statement, for so many rows `together` unless it is a COPY, and what is done with the values of those columns, by place, that are
    not stored as they are.
    """
    quote = dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    if copied:
        statement = f"COPY {quote(table.name)} ({names}) FROM STDIN"
    else:
        place = "%s" if dialect.name == POSTGRESQL else "?"
        row = f"({', '.join(place for _ in columns)})"
        statement = f"INSERT INTO {quote(table.name)} ({names}) VALUES {', '.join([row] * together)}"  # noqa: S608 (our own names)
    kinds = ((position, table.c[name].type) for position, name in enumerate(columns))
    binds = ((position, _bind(dialect, kind)) for position, kind in kinds if not (are_clean and isinstance(kind, CleanText)))
    return statement, tuple((position, bind) for position, bind in binds if bind is not None)


def _bind(dialect: Dialect, kind: Any) -> _Bind | None:
    if isinstance(kind, CleanText):
        return cleaned
    process = _processor(dialect, kind)
    if process is None:
        return None
    if isinstance(kind, JSON):
        return lambda values: [value if type(value) is Written else process(value) for value in values]
    return lambda values: list(map(process, values))


@lru_cache(maxsize=64)
def _processor(dialect: Dialect, kind: Any) -> Callable[[Any], Any] | None:
    """What is done with a value of a column of that kind. Of a moment once for all rows that have it: those that come together do."""
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(maxsize=8 * AT_ONCE)(process) if process is not None and isinstance(kind, UtcDateTime | Date) else process


def _bound(rows: Sequence[Sequence[Any]], binds: Sequence[tuple[int, _Bind]]) -> Iterable[Sequence[Any]]:
    changed: dict[int, Sequence[Any]] = {}
    for position, bind in binds:
        values = list(map(itemgetter(position), rows))
        if (made := bind(values)) is not values:
            changed[position] = made
    if not changed:
        return rows
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True))
    return zip(*(changed.get(position, column) for position, column in enumerate(columns)), strict=True)


def _copy(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver_errors_told(connection, statement), driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
