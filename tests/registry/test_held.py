"""The connection that is held open: what it tells is what is committed, and a lost one is made anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, bindparam, select
from sqlalchemy.orm import Session, sessionmaker

from registry import db
from registry.certificates.catalogue import CatalogueEntry
from registry.errors import CannotBegin
from registry.held import HeldConnection
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.registry.making import row

IDS = select(CatalogueEntry.id).where(CatalogueEntry.id > bindparam("after")).order_by(CatalogueEntry.id).limit(bindparam("most"))


@pytest.fixture
def held(engine: Engine, session_factory: sessionmaker[Session]) -> HeldConnection:
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "00", [row(position) for position in range(1, 6)])
    return HeldConnection(engine)


def test_a_column_is_what_the_statement_gives_for_these_values(held: HeldConnection, session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        ids = list(session.scalars(IDS, {"after": 0, "most": 9}))
    assert len(ids) == 5
    assert held.column(IDS, {"after": 0, "most": 9}) == ids
    assert held.column(IDS, {"after": ids[1], "most": 2}) == ids[2:4]
    assert held.column(IDS, {"after": ids[-1], "most": 2}) == []


def test_what_is_asked_leaves_no_transaction_open(held: HeldConnection, session_factory: sessionmaker[Session]) -> None:
    def asked() -> tuple[object, int]:
        return held.versions().catalogue, len(held.column(IDS, {"after": 0, "most": 99}))

    before = asked()
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "01", [row(position) for position in range(1, 9)])
        assert asked() == before
    after = asked()
    assert after[0] != before[0]
    assert (before[1], after[1]) == (5, 8)


def test_a_connection_that_was_lost_is_made_anew_whatever_is_asked(held: HeldConnection, engine: Engine) -> None:
    before = held.column(IDS, {"after": 0, "most": 9})
    held._driver.close()
    assert held.column(IDS, {"after": 0, "most": 9}) == before
    engine.dispose()
    assert held.column(IDS, {"after": 0, "most": 9}) == before


def test_a_database_that_is_not_set_up_is_told_of(empty_database: str, tmp_path: Path) -> None:
    made = db.engine(Settings(home=tmp_path / "home", database=empty_database))
    with pytest.raises(CannotBegin, match="cannot be asked"):
        HeldConnection(made).versions()
    made.dispose()
