"""What is laid out is never older than the catalogue, whoever writes meanwhile."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates import asking, fulltext, gathering, laid_out, layout
from registry.certificates import stretches as stretching
from registry.certificates.catalogue import CatalogueEntry, CatalogueStretch, day_key
from registry.certificates.found import Found
from registry.certificates.fulltext import index_query
from registry.certificates.laid_out import LaidOut
from registry.certificates.layout import SIGN, SIGN_OF_ALL, lay_out
from registry.certificates.places import ID_MASK, place
from registry.certificates.queries import SearchQuery, search
from registry.certificates.stretches import PLACES
from registry.certificates.tallies import had_by_many
from registry.certificates.words import query_words
from registry.db import lock_for_writing
from registry.listing.rows import ListingRow
from registry.listing.store import import_rows
from tests.registry.making import row

Sessions = sessionmaker[Session]
PATIENCE = 60
CHANGES = 24
COMMON = SearchQuery(text="holder", role=("CSMS",))


def take_list(sessions: Sessions, version: int, *rows: ListingRow) -> None:
    with sessions.begin() as session:
        import_rows(session, "list.csv", f"{version:02}", rows)


def listed(*numbers: int, day: str = "") -> list[ListingRow]:
    return [row(number, date=day or f"2021-01-{number:02}") for number in numbers]


def stretches(sessions: Sessions) -> list[tuple[int, int]]:
    statement = select(CatalogueStretch.first, CatalogueStretch.last).where(CatalogueStretch.name == PLACES)
    with sessions() as session:
        return [(first, last) for first, last in session.execute(statement.order_by(CatalogueStretch.first))]


def reading(session: Session, *words: str) -> LaidOut:
    """Where the index is not to be asked for a part of what has the words."""
    return LaidOut(session, words, lambda _first, _last: None)


def found(sessions: Sessions) -> tuple[int, bool]:
    """How many are found, and whether what is laid out told it."""
    with sessions() as session:
        return search(session, COMMON).total, reading(session, "holder").find({}, (), 1000) is not None


def looked_through(whole: Found) -> int:
    return sum(part.stretches.size for part in whole.parts)


def counts(whole: Found, facet: str) -> dict[str, int]:
    return dict(whole.first(1000).counts(facet, 1000))


@pytest.fixture(autouse=True)
def _of_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "FEW", -1)


def during(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen once while a stretch is laid out."""
    waiting = [happens]

    def interrupted(entries: list[dict[str, object]]) -> dict[str, bytes]:
        while waiting:
            waiting.pop()()
        return stretching.laid_out(entries)

    monkeypatch.setattr(layout, "laid_out", interrupted)


def test_all_days_are_laid_out_of_a_catalogue_that_is_large_enough(session_factory: Sessions) -> None:
    take_list(session_factory, 1, *listed(*range(1, 8)))
    assert lay_out(session_factory, fewest=8, length=2) == 0
    assert found(session_factory) == (7, False)
    assert lay_out(session_factory, fewest=7, length=2) == 3
    parts = stretches(session_factory)
    assert (parts[0][0], parts[-1][1]) == (layout.FIRST, layout.LAST)
    assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(parts))
    assert found(session_factory) == (7, True)
    assert lay_out(session_factory, fewest=7, length=2) == 0


def test_one_day_is_never_parted(session_factory: Sessions) -> None:
    take_list(session_factory, 1, *listed(*range(1, 6), day="2021-01-01"))
    assert lay_out(session_factory, fewest=0, length=2) == 1


def test_the_first_places_are_those_of_whole_days(session_factory: Sessions) -> None:
    days = ["2021-01-03"] * 4 + ["2021-01-02"] * 3 + ["2021-01-01"] * 4
    take_list(session_factory, 1, *(row(number, date=day) for number, day in enumerate(days, 1)))
    assert lay_out(session_factory, fewest=0, length=2) == 3
    with session_factory() as session:
        known = reading(session, "holder").find({}, (), 1000)
        of_days = select(CatalogueEntry.newest_key, CatalogueEntry.id).order_by(CatalogueEntry.newest_key, CatalogueEntry.id)
        newest = [place(*entry) for entry in session.execute(of_days)]
    assert known is not None
    for most, whole in ((1, 4), (3, 4), (4, 4), (5, 7), (7, 7), (8, 11), (11, 11), (50, 11)):
        assert known.whole_days(most) == newest[:whole]


def test_a_change_takes_away_what_is_laid_out_of_its_day_and_nothing_else(session_factory: Sessions) -> None:
    take_list(session_factory, 1, *listed(*range(1, 8)))
    lay_out(session_factory, fewest=0, length=2)
    before = stretches(session_factory)
    # The one of the seventh goes from the newest day to a day of the oldest.
    take_list(session_factory, 2, *listed(*range(1, 7)), *listed(7, day="2021-01-01"))
    assert set(stretches(session_factory)) < set(before)
    assert found(session_factory) == (7, False)
    assert lay_out(session_factory, fewest=0, length=2) > 0
    assert found(session_factory) == (7, True)


def test_what_changes_while_it_is_laid_out_is_not_put_in_its_place(session_factory: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    take_list(session_factory, 1, *listed(1, 2))
    during(monkeypatch, lambda: take_list(session_factory, 2, *listed(1, 2, 3)))
    assert lay_out(session_factory, fewest=0) == 0
    assert stretches(session_factory) == []
    assert found(session_factory) == (3, False)
    assert lay_out(session_factory, fewest=0) == 1
    assert found(session_factory) == (3, True)


def test_of_two_who_lay_out_the_same_one_does(session_factory: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second began anew what the first had begun, and a writer came between them."""
    take_list(session_factory, 1, *listed(1, 2))

    def others() -> None:
        take_list(session_factory, 2, *listed(1, 2, 3))
        assert lay_out(session_factory, fewest=0, length=1) == 3

    during(monkeypatch, others)
    assert lay_out(session_factory, fewest=0) == 0
    assert len(stretches(session_factory)) == 3
    assert found(session_factory) == (3, True)


def test_the_oldest_are_found_from_the_oldest_days_on_and_those_without_a_day_come_last(
    session_factory: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_COUNTED", 1)
    monkeypatch.setattr(laid_out, "TOGETHER", (1, 2, 100))
    take_list(session_factory, 1, *listed(*range(1, 8)), row(8, date=None), row(9, date=None))
    lay_out(session_factory, fewest=0, length=2)
    with session_factory() as session:
        for most, total in ((1, 2), (3, 3), (4, 4), (6, 6), (8, 8)):
            oldest = reading(session).find({"role": ("CSMS",)}, (), most, oldest=True)
            assert oldest is not None
            assert (oldest.total, oldest.is_all) == (total, False), most
        for page, numbers in enumerate(([1, 2], [3, 4], [5, 6], [7, 8], [9]), 1):
            asked = SearchQuery(role=("CSMS",), sort="oldest", size=2, page=page)
            assert [entry.number for entry in search(session, asked).entries] == [f"OCA.0016.{number:04}.CSMS" for number in numbers]


def test_so_many_are_looked_through_and_no_more(session_factory: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid_out, "TOGETHER", (1, 2, 5))
    take_list(session_factory, 1, *listed(*range(1, 21)))
    assert lay_out(session_factory, fewest=0, length=1) == 20
    some = {"holder": tuple(f"Holder {number}" for number in range(1, 21, 2))}
    with session_factory() as session:
        laid_out_of = reading(session, "holder")
        for most, number in ((1, 1), (2, 3), (3, 3), (4, 8), (8, 8)):
            known = laid_out_of.find({}, (), most)
            assert known is not None
            assert (known.total, looked_through(known), known.is_all) == (number, number, False)
        assert laid_out_of.find({}, (), 9) is None
        assert laid_out_of.find({}, (), 9, oldest=True) is None
        assert laid_out_of.find(some, (), 4) is not None
        assert laid_out_of.find(some, (), 5) is None


def test_what_few_have_is_left_to_the_index(session_factory: Sessions) -> None:
    take_list(session_factory, 1, *listed(*range(1, 8)))
    with session_factory() as session:
        assert had_by_many(session, {"role": ("CSMS",), "holder": ("Holder 1",)}, 7) == {"role", "holder"}
        assert had_by_many(session, {"role": ("CSMS",), "holder": ("Holder 1",)}, 6) == {"role"}
        assert had_by_many(session, {"holder": ("Holder 1", "Holder 2")}, 4) == {"holder"}
        assert had_by_many(session, {"holder": ("No holder",)}, 7) == set()


def test_postgresql_is_not_asked_for_what_many_have_beside_what_few_have(
    session_factory: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretching, "ONE_IN", 2)
    monkeypatch.setattr(gathering, "ONE_IN", 2)
    take_list(session_factory, 1, *listed(1, 2, 4, 5, 6, 7), row(3, designation="Thing"))
    lay_out(session_factory, fewest=0)
    rare = SearchQuery(text="holder 0003")
    asked = {
        rare: ["OCA.0016.0003.CSMS"],
        replace(rare, text="product 0003"): [],
        replace(rare, text="product 0004"): ["OCA.0016.0004.CSMS"],
        SearchQuery(text="product", holder=("Holder 3",)): [],
        replace(rare, text="0003 absent"): [],
        replace(rare, text="holder absent"): [],
        replace(rare, text="0003 0004"): [],
        SearchQuery(text="holder", holder=("Holder 5",)): ["OCA.0016.0005.CSMS"],
        SearchQuery(text="holder", holder=("Holder 5",), year=(2020,)): [],
        SearchQuery(text="holder product", holder=("Holder 5", "Holder 2"), sort="number"): ["OCA.0016.0002.CSMS", "OCA.0016.0005.CSMS"],
    }
    sent: list[str] = []

    def noted(*of_query: Any) -> str:
        sent.append(index_query(*of_query))
        return sent[-1]

    for module in (asking, fulltext):
        monkeypatch.setattr(module, "index_query", noted)
    with session_factory() as session:
        assert layout.had_by_many(session, ("holder", "product", "0003", "abc", "x" * 20)) == {"holder", "product"}
        for query, numbers in asked.items():
            assert [entry.number for entry in search(session, query).entries] == numbers
            assert fulltext.finds_any(session, query_words(query.text)) == (numbers != [] or query.holder != ())
        is_postgresql = session.get_bind().dialect.name == "postgresql"
    assert sent
    common = {"('holder':*)", "('product':*)", "('holder':*) & ('product':*)"}
    assert not is_postgresql or {one for one in sent if "holder" in one or "product" in one} <= common


def test_a_transaction_that_is_undone_leaves_what_is_laid_out(session_factory: Sessions) -> None:
    take_list(session_factory, 1, *listed(1, 2))
    lay_out(session_factory, fewest=0)
    with session_factory() as session:
        import_rows(session, "list.csv", "02", listed(1, 2, 3))
        assert session.scalar(select(func.count()).select_from(CatalogueStretch)) == 0
        assert search(session, COMMON).total == 3
        session.rollback()
    assert found(session_factory) == (2, True)


def test_what_a_process_keeps_of_a_stretch_is_of_that_stretch_alone(session_factory: Sessions) -> None:
    """Days that are laid out anew are looked up anew, and what was kept of them before is of no use to anybody."""
    take_list(session_factory, 1, *listed(1, 2))
    lay_out(session_factory, fewest=0)
    assert found(session_factory) == (2, True)
    take_list(session_factory, 2, *listed(1, 2, 3))
    lay_out(session_factory, fewest=0)
    assert found(session_factory) == (3, True)


def signs_of(session: Session) -> list[bytes]:
    signed = select(CatalogueStretch.held).where(CatalogueStretch.name == SIGN).order_by(CatalogueStretch.first)
    return [bytes(sign) for sign in session.scalars(signed)]


def test_what_is_kept_is_bounded_and_those_searched_last_stay(session_factory: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid_out, "MOST_KEPT", 2)
    monkeypatch.setattr(laid_out, "TOGETHER", (1, 1, 5))
    kept = laid_out._Kept()
    monkeypatch.setattr(laid_out, "_kept", kept)
    take_list(session_factory, 1, *listed(*range(1, 8)))
    lay_out(session_factory, fewest=0, length=2)
    with session_factory() as session:
        first, second, third = ((sign,) for sign in signs_of(session))
        whole = reading(session, "holder").find({"role": ("CSMS",)}, ("holder",), 1000)
        assert whole is not None
        assert whole.total == 7, "more stretches than are kept are looked through all the same"
        assert [kept.get(signs) is not None for signs in (first, second, third)] == [False, True, True]
        kept.get(second)
        assert reading(session, "holder").find({}, (), 1) is not None
        assert [kept.get(signs) is not None for signs in (first, second, third)] == [True, True, False]


def test_of_what_is_laid_out_anew_nothing_else_is_read_again_and_nothing_old_is_kept(
    session_factory: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = laid_out._Kept()
    monkeypatch.setattr(laid_out, "_kept", kept)
    take_list(session_factory, 1, *listed(*range(1, 8)))
    lay_out(session_factory, fewest=0, length=2)
    asked = ({"role": ("CSMS",)}, ("holder", "profiles", stretching.NUMBERS))
    with session_factory() as session:
        before = signs_of(session)
        assert reading(session).find(*asked, 1000) is not None
        newest = min(first for first, _ in stretches(session_factory))
    with session_factory.begin() as session:
        layout.forget(session, [newest])
        of_seven = CatalogueEntry.number == "OCA.0016.0007.CSMS"
        session.execute(update(CatalogueEntry).where(of_seven).values(holder="Another", holder_key="another"))
    assert lay_out(session_factory, fewest=0, length=2) == 1
    with session_factory() as session:
        after = signs_of(session)
        assert after[1:] == before[1:]
        sent: list[Any] = []
        listener = (session.get_bind(), "before_cursor_execute", lambda _one, _cursor, _said, values, *_rest: sent.append(values))
        event.listen(*listener)
        # Less is asked for than is kept of the others: what is put together holds as much of all.
        whole = reading(session).find(asked[0], (), 1000)
        event.remove(*listener)
        assert whole is not None
        days = {first for first, _ in stretches(session_factory)}
        read = [*sent[-1].values()] if isinstance(sent[-1], dict) else sent[-1]
        assert days & {one for one in read if isinstance(one, int)} == {min(days)}
        assert (whole.total, counts(whole, "holder").get("Another"), counts(whole, "holder").get("Holder 7")) == (7, 1, None)
        assert [entry.holder for entry in search(session, SearchQuery(role=("CSMS",), sort="holder", size=2)).entries] == [
            "Another",
            "Holder 1",
        ]
        assert kept.get(tuple(before)) is None
        assert kept.get(tuple(after)) is not None


def test_of_kept_stretches_only_the_sign_is_read(session_factory: Sessions) -> None:
    take_list(session_factory, 1, *listed(*range(1, 8)))
    lay_out(session_factory, fewest=0, length=2)
    with session_factory() as session:
        sent: list[str] = []
        listener = (session.get_bind(), "before_cursor_execute", lambda _connection, _cursor, statement, *_rest: sent.append(statement))
        event.listen(*listener)
        try:
            for counted, number in (((), 4), ((), 1), (("country",), 2), (("country",), 1)):
                sent.clear()
                assert reading(session, "holder").find({"role": ("CSMS",)}, counted, 1000) is not None
                assert len([one for one in sent if "catalogue_stretch" in one]) == number, counted
        finally:
            event.remove(*listener)


def signs_of_all(sessions: Sessions) -> list[bytes]:
    with sessions() as session:
        return list(session.scalars(select(CatalogueStretch.held).where(CatalogueStretch.name == SIGN_OF_ALL)))


@pytest.mark.parametrize("changed", [0, 1, 2])
def test_all_stretches_have_a_sign_together_as_long_as_none_is_missing(
    session_factory: Sessions, monkeypatch: pytest.MonkeyPatch, changed: int
) -> None:
    """The first, one in the middle and the last, each while it is laid out, and after it was."""
    take_list(session_factory, 1, *listed(*range(1, 8)))
    laid: list[int] = []

    def forget(first: int) -> None:
        with session_factory.begin() as session:
            layout.forget(session, [first])

    def interrupted(entries: list[dict[str, int]]) -> dict[str, bytes]:
        laid.append(entries[0]["newest_key"])
        if len(laid) == changed + 1:
            forget(laid[-1])
        return stretching.laid_out(entries)

    monkeypatch.setattr(layout, "laid_out", interrupted)
    assert lay_out(session_factory, fewest=0, length=2) == 2
    assert signs_of_all(session_factory) == []
    assert lay_out(session_factory, fewest=0, length=2) == 1
    (before,) = signs_of_all(session_factory)
    assert lay_out(session_factory, fewest=0, length=2) == 0
    assert signs_of_all(session_factory) == [before]
    assert found(session_factory) == (7, True)
    forget(laid[changed])
    assert signs_of_all(session_factory) == []
    assert found(session_factory) == (7, False)
    assert lay_out(session_factory, fewest=0, length=2) == 1
    (after,) = signs_of_all(session_factory)
    assert after != before
    assert found(session_factory) == (7, True)


def older(holders: Iterable[str], stored: dict[int, int]) -> list[str]:
    """Of holders, named by month and change, those that were changed again before."""
    told = {holder: [int(word) for word in holder.split() if word.isdigit()] for holder in holders}
    return [holder for holder, (which, number) in told.items() if number < stored[which]]


def test_no_search_is_older_than_what_was_stored_before_it_began(session_factory: Sessions) -> None:
    """One writes, one lays out, and two search, each as fast as it can; every other change waits until all is laid out."""
    month = "Month {} of {}".format
    stored = dict.fromkeys(range(12), 0)
    take_list(session_factory, 1, *(row(at, date=f"2021-{1 + at % 12:02}-01", company=month(at % 12, 0)) for at in range(1, 61)))
    laid, ended = threading.Event(), threading.Event()
    wrong: list[str] = []

    def write() -> None:
        for number in range(1, CHANGES + 1):
            which = number * 5 % 12
            if number % 2:
                laid.clear()
                laid.wait(PATIENCE)
            with session_factory.begin() as session:
                lock_for_writing(session)
                of_month = CatalogueEntry.newest_key == day_key(date(2021, which + 1, 1), newest=True)
                layout.forget(session, session.scalars(select(CatalogueEntry.newest_key).where(of_month)))
                session.execute(update(CatalogueEntry).where(of_month).values(holder=month(which, number), holder_key=str(number)))
            stored[which] = number
        ended.set()

    def keep_laid_out() -> None:
        while not ended.is_set():
            lay_out(session_factory, fewest=0, length=10)
            if signs_of_all(session_factory):
                laid.set()

    def read() -> None:
        while not ended.is_set():
            before = dict(stored)
            for sort in ("newest", "number", "holder"):
                with session_factory() as session:
                    found = search(session, SearchQuery(role=("CSMS",), sort=sort, size=100))
                    holders = {str(entry.holder) for entry in found.entries} | {value.value for value in found.facets["holder"]}
                wrong.extend(older(holders, before))

    threads = [threading.Thread(target=work) for work in (write, keep_laid_out, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored == {which: max(number for number in range(CHANGES + 1) if number * 5 % 12 == which) for which in range(12)}
    assert wrong == []


def test_what_few_have_of_some_days_and_many_of_others_is_asked_of_the_index_for_those_days(
    session_factory: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretching, "ONE_IN", 2)
    monkeypatch.setattr(gathering, "MOST_COUNTED", 2)
    things = {1, 4, 5, 6, 7, 8, 11, 12}
    rows = [row(at, date=f"2021-01-{at:02}", designation="Thing" if at in things else "Other") for at in range(1, 13)]
    take_list(session_factory, 1, *rows)
    assert lay_out(session_factory, fewest=0, length=3) == 4
    asked: list[tuple[int, int]] = []
    real = asking.Asking.places

    def places(one: Any, *args: Any, **between: Any) -> list[int]:
        asked.append(between.get("between", ()))
        return real(one, *args, **between)

    monkeypatch.setattr(asking.Asking, "places", places)
    with session_factory() as session:
        parts = stretches(session_factory)
        expected = [f"OCA.0016.{at:04}.CSMS" for at in sorted(things)]
        for _ in range(2):
            for sort, first in (("number", expected), ("newest", expected[::-1]), ("oldest", expected)):
                result = search(session, SearchQuery(text="thing", role=("CSMS",), sort=sort, size=20))
                assert [entry.number for entry in result.entries] == first
            # Those of which one entry in three has it: asked for once.
            assert asked == [(place(parts[-1][0], 0), place(parts[-1][1], ID_MASK))]


def test_days_that_lost_all_their_entries_are_looked_through_like_others(session_factory: Sessions) -> None:
    take_list(session_factory, 1, *listed(*range(1, 8)))
    lay_out(session_factory, fewest=0, length=2)
    _, (first, last), _ = stretches(session_factory)
    with session_factory.begin() as session:
        layout.forget(session, [first])
        session.execute(delete(CatalogueEntry).where(CatalogueEntry.newest_key.between(first, last)))
    assert lay_out(session_factory, fewest=0, length=2) == 1
    with session_factory() as session:
        whole = reading(session).find({"role": ("CSMS",)}, ("country",), 1000)
        assert whole is not None
        assert (whole.total, looked_through(whole), whole.is_all) == (5, 5, True)
        assert reading(session).find({"role": ("CSMS",)}, (), 1000, oldest=True) is not None
