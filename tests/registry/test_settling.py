"""The index is put together by and by, and finds the same."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.queries import SearchQuery, all_entries, search
from registry.certificates.settling import pieces, settle
from registry.listing.store import import_rows
from tests.registry.making import row


def test_the_pieces_of_the_index_are_put_together_and_find_the_same(session_factory: sessionmaker[Session]) -> None:
    for position in range(1, 6):
        with session_factory.begin() as session:
            import_rows(session, "list.csv", f"{position:02}", [row(each) for each in range(1, position + 1)])
    with session_factory() as session:
        before, was = list(all_entries(session, SearchQuery(text="holder"))), pieces(session)
        assert len(before) == 5
    is_sqlite = session_factory.kw["bind"].dialect.name == "sqlite"
    assert (was > 1) == is_sqlite
    assert settle(session_factory, most=was) == 0
    assert settle(session_factory, most=1) == (was if is_sqlite else 0)
    assert settle(session_factory, most=1) == 0
    with session_factory() as session:
        assert pieces(session) == 1
        assert list(all_entries(session, SearchQuery(text="holder"))) == before
        assert search(session, SearchQuery(text="holder 3")).total == 1
        if is_sqlite:
            session.execute(text("INSERT INTO catalogue_text (catalogue_text, rank) VALUES ('integrity-check', 1)"))
