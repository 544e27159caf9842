"""Statements that are asked for by every search: by the driver itself, as SQLAlchemy's own work for each takes longer than the database's.

Who counts or logs the statements of an engine (`before_cursor_execute`) is told of these as of others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.engine import Connection, Dialect

from registry.db import driver_errors_told

Row = tuple[Any, ...]


def rows(connection: Connection, statement: ClauseElement, values: Mapping[str, Any], *, binary: bool = False) -> Sequence[Row]:
    """What a statement finds, as the driver gives it: the types of columns do nothing to it, nor to the values.

    The statement is to be the same object each time. With `binary` PostgreSQL sends what is no text as it is, in a third of the time.
    Raises what SQLAlchemy would raise.
    """
    written, names, known = _compiled(statement, connection.dialect)
    given: dict[str, Any] = {**known, **values}
    asked: Any = given if names is None else [given[name] for name in names]
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, None, written, asked, None, False)
    driver: Any = connection.connection.driver_connection
    with driver_errors_told(connection, written):
        found: Sequence[Row] = (
            driver.execute(written, asked) if names is not None else driver.execute(written, asked, binary=binary)
        ).fetchall()
    return found


@lru_cache(maxsize=512)
def _compiled(statement: ClauseElement, dialect: Dialect) -> tuple[str, Sequence[str] | None, Mapping[str, Any]]:
    """The statement as the driver takes it, the order of its values where they have no names, and those that it says itself."""
    compiled: Any = statement.compile(dialect=dialect)
    return str(compiled), compiled.positiontup, {name: value for name, value in compiled.params.items() if value is not None}
