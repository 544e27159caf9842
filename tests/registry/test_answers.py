"""What searches found in all: counted once while nothing changes, anew after every change, and the same as if it were counted anew."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates import answers as answers_module
from registry.certificates.answers import Answers
from registry.certificates.forgiving import forgiving_search
from registry.certificates.gathering import Gathering
from registry.certificates.search import SORTS, SearchQuery
from registry.certificates.store import save_extraction
from registry.held import HeldConnection
from registry.listing.store import import_rows
from registry.review.beside import lines
from tests.registry.making import extraction, row
from tests.registry.sent import sent_to


@pytest.fixture
def stocked(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory() as session:
        import_rows(session, "list.csv", "00", [row(position, company=f"Holder {position % 3}") for position in range(1, 40)])
        save_extraction(session, extraction(), "first.txt")
        session.commit()
        yield session


@pytest.fixture
def held(engine: Engine) -> HeldConnection:
    return HeldConnection(engine)


def test_turning_pages_and_sorting_gives_what_counting_anew_gives(stocked: Session, held: HeldConnection) -> None:
    answers = Answers(held)
    narrowed: tuple[dict[str, Any], ...] = (
        {},
        {"text": "holder"},
        {"role": ("CSMS",)},
        {"text": "product", "documented": False, "holder": ("Holder 1", "Holder 2")},
    )
    for asked, sort, page in product(narrowed, ("newest", "oldest", "number", "holder"), (1, 2, 9)):
        query = SearchQuery(**asked, sort=sort, page=page, size=5)
        assert answers.search(stocked, query, 1) == forgiving_search(stocked, query)
    assert len(answers) == len(narrowed)


def test_of_a_page_of_which_all_is_known_only_its_ids_are_asked_for(stocked: Session, held: HeldConnection) -> None:
    answers = Answers(held)
    whole = answers.search(stocked, SearchQuery(), 1)
    answers.lines(stocked, whole.entries, 1)
    query = SearchQuery(sort="holder", page=2, size=20)
    with sent_to(stocked.get_bind()) as sent:
        found = answers.search(stocked, query, 1)
        answers.lines(stocked, found.entries, 1)
    assert sent == [], "which they are is asked of the driver"
    assert found == forgiving_search(stocked, query)
    assert whole.total == 40


def test_which_entries_are_on_pages_beside_one_another_is_asked_once(
    stocked: Session, held: HeldConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the size of pages, and where the strides end that are asked for."""
    monkeypatch.setattr(answers_module, "STRIDE", 7)
    asked: list[Any] = []
    column = held.column

    def noted(statement: Any, values: Any) -> list[Any]:
        asked.append(values["first"])
        return column(statement, values)

    monkeypatch.setattr(held, "column", noted)
    answers = Answers(held)
    answers.search(stocked, SearchQuery(), 1)
    for sort, size in product(("newest", "number"), (1, 5, 7, 16)):
        for page in range(1, 40 // size + 3):
            query = SearchQuery(sort=sort, page=page, size=size)
            assert answers.search(stocked, query, 1).entries == forgiving_search(stocked, query).entries
    strides = [0, 7, 14, 21, 28, 35]
    assert [first for first in asked if first < 40] == [*strides, *strides]
    import_rows(stocked, "list.csv", "01", [row(position) for position in range(1, 60)])
    stocked.commit()
    answers.search(stocked, SearchQuery(), 2)
    query = SearchQuery(sort="number", page=2)
    assert answers.search(stocked, query, 2).entries == forgiving_search(stocked, query).entries


@pytest.mark.parametrize("narrowed", [{"role": ("CSMS",)}, {"text": "holder"}, {"text": "holder", "documented": False}])
def test_what_a_search_finds_beside_a_page_is_asked_for_with_it(
    narrowed: dict[str, Any], stocked: Session, held: HeldConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every order, whatever the size of pages, and until anything changes."""
    monkeypatch.setattr(answers_module, "STRIDE", 7)
    asked: list[tuple[str, int]] = []
    ids = Gathering.ids

    def noted(self: Gathering, first: int, size: int) -> list[int]:
        asked.append((self._sort, first))
        return ids(self, first, size)

    monkeypatch.setattr(Gathering, "ids", noted)
    answers = Answers(held)
    answers.search(stocked, SearchQuery(**narrowed), 1)
    for sort, size in product(SORTS, (1, 5, 7, 16)):
        for page in range(1, 40 // size + 3):
            query = SearchQuery(**narrowed, sort=sort, page=page, size=size)
            assert answers.search(stocked, query, 1) == forgiving_search(stocked, query)
    assert [one for one in asked if one[1] < 35] == [(sort, first) for sort in SORTS for first in range(0, 35, 7)]
    import_rows(stocked, "list.csv", "01", [row(position, company="Holder 1") for position in range(1, 60)])
    stocked.commit()
    answers.search(stocked, SearchQuery(**narrowed), 2)
    for sort in SORTS:
        query = SearchQuery(**narrowed, sort=sort, page=2, size=20)
        assert answers.search(stocked, query, 2) == forgiving_search(stocked, query)


def test_not_the_ids_of_more_pages_are_kept_than_may_be(stocked: Session, held: HeldConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_module, "STRIDE", 3)
    monkeypatch.setattr(answers_module, "MOST_STRIDES", 4)
    answers = Answers(held)
    for text, page in product(("", "holder"), range(1, 14)):
        for _ in range(2):
            query = SearchQuery(text, page=page, size=3)
            assert answers.search(stocked, query, 1) == forgiving_search(stocked, query)
            assert len(answers._known.ids) <= 4


def test_an_entry_is_read_once_with_what_stands_beside_it(stocked: Session, held: HeldConnection) -> None:
    answers = Answers(held)
    first = answers.search(stocked, SearchQuery(sort="number", size=40), 1).entries
    shown = answers.lines(stocked, first, 1)
    assert shown == lines(stocked, first)
    assert any(line.findings for line in shown)
    everything = answers.search(stocked, SearchQuery(sort="oldest"), 1).entries
    with sent_to(stocked.get_bind()) as sent:
        again = answers.lines(stocked, first, 1)
    assert again == shown
    assert sent == []
    assert answers.lines(stocked, everything, 1) == lines(stocked, everything)


def test_after_a_change_an_entry_is_read_anew(stocked: Session, held: HeldConnection) -> None:
    answers = Answers(held)
    for version in (1, 2):
        found = answers.search(stocked, SearchQuery(sort="number"), version).entries
        assert answers.lines(stocked, found, version) == lines(stocked, found)
        import_rows(stocked, "list.csv", "01", [row(position, company="Another Holder") for position in range(1, 40)])
        stocked.commit()
    assert answers.lines(stocked, found, 3) == lines(stocked, found)
    assert {line.entry.holder for line in answers.lines(stocked, found, 3)} == {"Another Holder", "Holder 1"}


def test_after_a_change_it_is_counted_anew(stocked: Session, held: HeldConnection) -> None:
    answers = Answers(held)
    assert answers.search(stocked, SearchQuery(), 1).total == 40
    import_rows(stocked, "list.csv", "01", [row(position) for position in range(1, 60)])
    stocked.commit()
    assert answers.search(stocked, SearchQuery(), 2).total == 60
    assert answers.search(stocked, SearchQuery(), 2).total == 60
    assert len(answers) == 1


def test_a_page_that_changes_while_it_is_read_is_read_whole(
    stocked: Session, held: HeldConnection, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, first = Answers(held), held.column
    answers.search(stocked, SearchQuery(), 1)

    def overtaken(*asked: Any) -> list[Any]:
        ids = first(*asked)
        stocked.rollback()
        with session_factory.begin() as session:
            import_rows(session, "list.csv", "01", [row(position, company="Another Holder") for position in range(1, 40)])
        return ids

    monkeypatch.setattr(held, "column", overtaken)
    found = answers.search(stocked, SearchQuery(sort="number"), 1)
    assert found.entries == forgiving_search(stocked, found.query).entries
    assert len(found.entries) == 40


def test_what_was_not_found_as_typed_is_not_kept(stocked: Session, held: HeldConnection) -> None:
    answers = Answers(held)
    for text in ("prodoct", "..."):
        query = SearchQuery(text)
        assert answers.search(stocked, query, 1) == answers.search(stocked, query, 1) == forgiving_search(stocked, query)
    assert len(answers) == 0


def test_an_answer_that_took_longer_than_the_version_lasted_is_not_kept(
    stocked: Session, held: HeldConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(held)

    def slow(session: Session, query: SearchQuery) -> Any:
        answers.lines(session, (), 2)
        return forgiving_search(session, query)

    monkeypatch.setattr("registry.certificates.answers.forgiving_search", slow)
    answers.search(stocked, SearchQuery(), 1)
    assert len(answers) == 0


def test_not_more_is_kept_than_may_be(stocked: Session, held: HeldConnection) -> None:
    answers = Answers(held, most_counted=3, most_lines=5)
    for number in range(9):
        answers.search(stocked, SearchQuery(year=(2000 + number,)), 1)
        assert len(answers) <= 3
    for page in (1, 2, 1):
        found = answers.search(stocked, SearchQuery(sort="number", size=20, page=page), 1).entries
        assert answers.lines(stocked, found, 1) == lines(stocked, found)
        assert len(answers._known.lines) <= 5
