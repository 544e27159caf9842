"""Many rows at once: what mapped objects would be stored as is what is stored, on both databases, by either of the ways."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from registry.bulk import FEWEST_COPIED, TOGETHER, insert_rows, is_clean_json, next_ids, uncollected, written
from registry.certificates.catalogue import CatalogueWord
from registry.db import clean_text
from registry.errors import CannotBegin
from registry.events import Event
from registry.fleet.models import FleetDevice, FleetImport

AT = datetime(2026, 5, 4, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
ODD = ("plain", "", "Süd 강남", "a\0b", "\ud800", "tab\tand\nline \\N \\.", 'quo"te', "😀")
COLUMNS = ("at", "kind", "subject", "number", "revision", "payload", "author", "device")
DEVICE = ("identity", "import_id", "imported_at", "site", "latitude", "longitude", "installed", "role", "hardware", "is_drifted", "model")


def rows(count: int) -> list[tuple[Any, ...]]:
    made = []
    for number in range(count):
        odd = ODD[number % len(ODD)]
        payload = {odd: [odd, number, None, 2**70, True, 1.5], "nested": {"ü": "\x00"}}
        made.append((AT + timedelta(seconds=number % 3), odd, "test", odd if number % 2 else None, odd, payload, None, str(number)))
    return made


def stored(session: Session) -> list[dict[str, Any]]:
    session.expire_all()
    events = session.scalars(select(Event).order_by(Event.id)).all()
    return [{name: getattr(one, name) for name in COLUMNS} for one in events]


@pytest.mark.parametrize("count", [1, FEWEST_COPIED - 1, FEWEST_COPIED, 40, TOGETHER - 1, TOGETHER, TOGETHER + 1, 2 * TOGETHER, 250])
def test_rows_are_stored_as_objects_would_be(session: Session, count: int) -> None:
    with session.begin_nested() as attempt:
        session.add_all([Event(**dict(zip(COLUMNS, row, strict=True))) for row in rows(count)])
        session.flush()
        objects = stored(session)
        attempt.rollback()
    insert_rows(session, Event, COLUMNS, rows(count))
    assert stored(session) == objects
    assert objects[0]["at"] == AT.astimezone(UTC)


@pytest.mark.parametrize("odd", ODD)
def test_what_cannot_be_stored_is_replaced_wherever_it_is(session: Session, odd: str) -> None:
    insert_rows(session, Event, COLUMNS, [(AT, "plain", "test", None, odd, {}, None, None)] * 10)
    assert {one["revision"] for one in stored(session)} == {clean_text(odd)}


@pytest.mark.parametrize("count", [2, 20])
def test_numbers_days_and_truths_are_what_they_were(session: Session, count: int) -> None:
    session.add(FleetImport(id=7, name="a", sha256="b", rows=1, added=1, changed=0, imported_at=AT))
    made = [
        (f"CP-{number}", 7, AT, "Site", 52.37 + number, None, date(2024, 2, 29), "CS", {"ISO 15118": "No"}, number % 2 == 0, None)
        for number in range(count)
    ]
    insert_rows(session, FleetDevice, DEVICE, made)
    found = session.scalars(select(FleetDevice).order_by(FleetDevice.latitude)).all()
    assert [tuple(getattr(one, name) for name in DEVICE) for one in found] == made


def test_json_that_was_written_already_is_the_same_json(session: Session) -> None:
    values: list[Any] = [{"a": [1, None, "ü\0"]}, None, [], "text"]
    insert_rows(session, Event, COLUMNS, [(AT, "k", "test", None, "", written(value), None, None) for value in values] * 3)
    assert [one["payload"] for one in stored(session)] == values * 3


def test_ids_that_were_asked_for_are_those_that_come_next(session: Session) -> None:
    session.add(FleetImport(name="a", sha256="b", rows=1, added=1, changed=0, imported_at=AT))
    session.flush()
    first, second = next_ids(session, FleetImport, 2)
    columns = ("id", "name", "sha256", "rows", "added", "changed", "imported_at")
    insert_rows(session, FleetImport, columns, [(one, "a", "b", 1, 1, 0, AT) for one in (first, second)])
    after = FleetImport(name="a", sha256="b", rows=1, added=1, changed=0, imported_at=AT)
    session.add(after)
    session.flush()
    assert second == first + 1
    assert after.id == second + 1


@pytest.mark.parametrize("odd", ODD)
def test_only_text_that_stays_as_it_is_counts_as_clean(odd: str) -> None:
    assert not is_clean_json(written([{"a": odd}])) or clean_text(odd) == odd
    assert is_clean_json(written([{"a": 'plain "text" \\N'}, None, 1.5]))


def test_rows_that_are_said_to_be_clean_are_not_looked_at(session: Session) -> None:
    insert_rows(session, Event, COLUMNS, [(AT, "plain", "test", None, "r", {"ü": 1}, None, None)] * TOGETHER, are_clean=True)
    assert [(one["at"], one["payload"]) for one in stored(session)] == [(AT.astimezone(UTC), {"ü": 1})] * TOGETHER


@pytest.mark.parametrize("count", [2, 20, TOGETHER + 20])
def test_what_the_database_refuses_is_told_as_ever(session: Session, count: int) -> None:
    columns = ("id", "name", "sha256", "rows", "added", "changed", "imported_at")
    with pytest.raises(IntegrityError), session.begin_nested():
        insert_rows(session, FleetImport, columns, [(1, "a", "b", 1, 1, 0, AT)] * count)
    with pytest.raises(DBAPIError), session.begin_nested():
        insert_rows(session, FleetImport, columns, [(one, None, "b", 1, 1, 0, AT) for one in range(1, count + 1)])
    assert session.scalars(select(FleetImport)).all() == []


def test_a_table_that_is_not_there_is_one_line(session: Session) -> None:
    with session.begin_nested() as attempt:
        session.execute(text("DROP TABLE fleet_device"))
        with pytest.raises(CannotBegin, match="is not set up for this program"):
            insert_rows(session, FleetDevice, DEVICE, [(f"CP-{number}",) + (None,) * 10 for number in range(20)])
        attempt.rollback()


def test_garbage_is_looked_for_again_afterwards_whatever_happened() -> None:
    seen = []

    @uncollected()
    def store() -> None:
        with uncollected():
            seen.append(gc.isenabled())
        raise CannotBegin("the disk is full")

    with pytest.raises(CannotBegin):
        store()
    assert [*seen, gc.isenabled()] == [False, True]


@pytest.mark.parametrize("count", [1, 40, TOGETHER + 40])
def test_rows_that_are_there_are_left_as_they_are(session: Session, count: int) -> None:
    columns = ("word", "length", "backwards", "letters")
    insert_rows(session, CatalogueWord, columns, [("there", 5, "as it was", True)])
    coming = [("there", 0, "", False), *((f"new{number}", 4, "", False) for number in range(count))]
    insert_rows(session, CatalogueWord, columns, coming, may_be_there=True)
    found = {row.word: row.backwards for row in session.scalars(select(CatalogueWord))}
    assert found == {"there": "as it was"} | {f"new{number}": "" for number in range(count)}
    with pytest.raises(IntegrityError), session.begin_nested():
        insert_rows(session, CatalogueWord, columns, coming)
