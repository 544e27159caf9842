"""Several writers at once: they wait for one another, and no update of any is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from registry.audits import store as audits
from registry.certificates import queries, store
from registry.certificates.models import Extraction as StoredExtraction
from registry.db import lock_for_writing
from registry.errors import CannotBegin
from registry.events import EventKind, history
from registry.listing.store import import_rows
from tests.registry.making import FACTS, extraction, row

NUMBER = str(FACTS.number)
LONGEST_WAIT_SECONDS = 30.0
T = TypeVar("T")


def at_once(*tasks: Callable[[], T]) -> list[T]:
    """Run `tasks` in threads that begin together."""
    together = threading.Barrier(len(tasks), timeout=LONGEST_WAIT_SECONDS)

    def run(task: Callable[[], T]) -> T:
        together.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result(timeout=LONGEST_WAIT_SECONDS) for future in [pool.submit(run, task) for task in tasks]]


def test_the_same_document_from_many_is_stored_once(session_factory: sessionmaker[Session]) -> None:
    def save() -> store.StoredCertificate:
        with session_factory.begin() as session:
            return store.save_extraction(session, extraction(), "first.txt")

    stored = at_once(*[save] * 6)
    assert sorted(each.created for each in stored) == [False] * 5 + [True]
    with session_factory() as session:
        assert session.scalar(select(func.count(StoredExtraction.id))) == 1


def test_many_documents_of_one_certificate_and_the_list_are_all_kept(session_factory: sessionmaker[Session]) -> None:
    def save(version: int) -> None:
        with session_factory.begin() as session:
            store.save_extraction(session, extraction(f"document {version}", software_version=f"V{version}"), "any.txt")

    def take_list() -> None:
        with session_factory.begin() as session:
            import_rows(session, "list.csv", "00", [row(1, number=NUMBER)])

    at_once(take_list, *[lambda version=version: save(version) for version in range(5)])
    with session_factory() as session:
        view = queries.certificate(session, NUMBER)
        assert view is not None
        assert len(view.documents) == 5
        assert len(view.listed) == 1
        assert view.facts is not None
        assert view.entry.software_version == view.facts.software_version
        assert view.entry.listed
        kinds = [happening.kind for happening in history(session, NUMBER, None)]
        assert sorted(kinds) == sorted([EventKind.NEW, EventKind.NEW] + [EventKind.REISSUED] * 4)


def test_one_of_many_requests_gets_the_station_and_one_worker_the_audit(session_factory: sessionmaker[Session]) -> None:
    def ask() -> str | None:
        try:
            with session_factory.begin() as session:
                return audits.request(session, "CP1", NUMBER)
        except CannotBegin:
            return None

    (audit,) = (audit for audit in at_once(*[ask] * 5) if audit is not None)

    def begin() -> bool:
        with session_factory.begin() as session:
            return audits.start(session, audit)

    assert sorted(at_once(*[begin] * 5)) == [False] * 4 + [True]

    def tell(done: int) -> bool:
        with session_factory.begin() as session:
            return audits.record_progress(session, audit, done, 8, f"step {done}")

    at_once(*[lambda done=done: tell(done) for done in range(8)])
    with session_factory() as session:
        view = audits.view(session, audit)
    assert view is not None
    assert [line.position for line in view.progress] == list(range(1, 9))
    assert sorted(line.done for line in view.progress) == list(range(8))


def test_who_has_read_before_can_still_write_after_another_has(session_factory: sessionmaker[Session]) -> None:
    """On SQLite a transaction that has read cannot become a writing one once somebody else has written; ours is begun anew."""
    with session_factory.begin() as reader:
        assert queries.certificate(reader, NUMBER) is None
        with session_factory.begin() as other:
            store.save_extraction(other, extraction(), "first.txt")
        stored = store.save_extraction(reader, extraction("document 2", software_version="V2"), "second.txt")
        assert stored.created is False
    with session_factory() as session:
        view = queries.certificate(session, NUMBER)
    assert view is not None
    assert len(view.documents) == 2


def test_readers_go_on_while_a_writer_writes(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as writer:
        store.save_extraction(writer, extraction(), "first.txt")
        with session_factory() as reader:
            assert queries.certificate(reader, NUMBER) is None
    with session_factory() as reader:
        assert queries.certificate(reader, NUMBER) is not None


def test_locking_again_in_the_same_transaction_keeps_what_was_written(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        store.save_extraction(session, extraction(), "first.txt")
        lock_for_writing(session)
        audits.request(session, "CP1", NUMBER)
    with session_factory() as session:
        assert queries.certificate(session, NUMBER) is not None
        assert audits.active_for(session, "CP1") is not None
