"""Rows by many of their keys: the same as by one after the other, and looked up, not searched for, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from registry.among import among, pairs_among
from registry.bulk import insert_rows
from registry.certificates.models import Certificate
from registry.db import clean_text
from registry.events import Event
from tests.registry.test_bulk import AT, COLUMNS, ODD

SEARCHED_THROUGH = ("SCAN", "Seq Scan")


@pytest.fixture
def told(session: Session) -> Session:
    """A registry with an event of every odd number and revision."""
    pairs = [(number, revision) for number in ODD for revision in ODD]
    insert_rows(session, Event, COLUMNS, [(AT, "plain", "test", number, revision, {}, None, None) for number, revision in pairs])
    return session


def found(session: Session, condition: Any) -> list[tuple[str, str]]:
    return sorted((str(number), revision) for number, revision in session.execute(select(Event.number, Event.revision).where(condition)))


NAMES = st.sampled_from((*ODD, "nowhere", "OCA.0016.0408.CS"))


def test_by_one_column(told: Session) -> None:
    @given(st.lists(NAMES))
    def as_one_after_the_other(numbers: list[str]) -> None:
        wanted = {clean_text(number) for number in numbers}
        one_by_one = [pair for number in wanted for pair in found(told, Event.number == number)]
        assert found(told, among(told, Event.number, numbers)) == sorted(one_by_one)

    as_one_after_the_other()


def test_by_two_columns(told: Session) -> None:
    @given(st.lists(st.tuples(NAMES, st.one_of(NAMES, st.none()))))
    def as_one_after_the_other(pairs: list[tuple[str, str | None]]) -> None:
        wanted = {(clean_text(number), clean_text(revision)) for number, revision in pairs if revision is not None}
        one_by_one = [pair for one, other in wanted for pair in found(told, (Event.number == one) & (Event.revision == other))]
        assert found(told, pairs_among(told, Event.number, Event.revision, pairs)) == sorted(one_by_one)

    as_one_after_the_other()


def test_by_numbers_of_rows(told: Session) -> None:
    ids = told.scalars(select(Event.id).order_by(Event.id)).all()
    assert told.scalars(select(Event.id).where(among(told, Event.id, ids[3:7])).order_by(Event.id)).all() == ids[3:7]
    assert told.scalars(select(Event.id).where(among(told, Event.id, []))).all() == []


@pytest.mark.parametrize("count", [1, 2, 500])
def test_each_key_is_looked_up(session: Session, count: int) -> None:
    pairs = [(f"OCA.0016.{number:04}.CS", "") for number in range(count)]
    for condition in (
        among(session, Certificate.number, [number for number, _ in pairs]),
        pairs_among(session, Certificate.number, Certificate.revision, pairs),
    ):
        assert not [line for line in plan(session, select(Certificate.id).where(condition)) if reads_all(line)]


def reads_all(line: str) -> bool:
    """Whether a line of a plan says that all of the table is read."""
    return "certificate" in line and any(word in line for word in SEARCHED_THROUGH)


def plan(session: Session, statement: Any) -> list[str]:
    """How the database does it, line by line."""
    asked: list[tuple[str, Any]] = []
    engine = session.get_bind()

    def noted(_connection: Any, _cursor: Any, text_of_it: str, parameters: Any, *_more: Any) -> None:
        asked.append((text_of_it, parameters))

    event.listen(engine, "before_cursor_execute", noted)
    try:
        session.execute(statement)
    finally:
        event.remove(engine, "before_cursor_execute", noted)
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1][0]}", asked[-1][1])]
    # All of an empty table is read, as that costs nothing.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {asked[-1][0]}", asked[-1][1])]
