"""What is asked of the driver itself is found, told and refused like what SQLAlchemy asks."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, event, literal, select, table
from sqlalchemy.orm import Session

from registry.errors import CannotBegin
from registry.quick import rows

ASKED = select(bindparam("one", type_=Integer), literal(7), bindparam("other", type_=Integer))


def test_rows_are_found_and_the_statement_is_told(session: Session) -> None:
    told: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    assert list(rows(connection, ASKED, {"other": 2, "one": 1})) == [(1, 7, 2)]
    assert list(rows(connection, ASKED, {"other": 4, "one": 3}, binary=True)) == [(3, 7, 4)]
    assert [statement.split()[0] for statement in told] == ["SELECT", "SELECT"]


def test_a_table_that_is_missing_is_one_line(session: Session) -> None:
    statement = select(literal(1)).select_from(table("no_such_table"))
    with pytest.raises(CannotBegin, match="is not set up for this program: run `ocpp-registry up`"):
        rows(session.connection(), statement, {})
