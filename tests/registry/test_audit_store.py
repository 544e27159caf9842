"""Audit records: one audit a station at a time, each step taken once, no report lost or overwritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.audits import store
from registry.audits.models import Audit
from registry.audits.store import AuditState, ProgressLine
from registry.certificates import queries
from registry.certificates.store import save_extraction
from registry.errors import CannotBegin, RegistryError
from registry.events import EventKind, history
from tests.registry.making import EPOCH, Ticking, extraction

NUMBER = "OCA.0016.9001.CS"
REPORT = {"verdict": "deviates", "cases": [{"id": "TC_019_CS", "outcome": "fail", "reason": "NUL \u0000 and \ud800"}]}


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def queued(session: Session, clock: Ticking) -> str:
    return store.request(session, "CP1", NUMBER, clock=clock)


@pytest.fixture
def started(session: Session, clock: Ticking, queued: str) -> str:
    assert store.start(session, queued, clock=clock)
    return queued


def seen(session: Session, audit_id: str) -> store.AuditView:
    view = store.view(session, audit_id)
    assert view is not None
    return view


def test_an_audit_from_its_request_to_its_report(session: Session, clock: Ticking) -> None:
    audit = store.request(session, "CP1", NUMBER, "takeover", tiers=("passive",), cases=("TC_019_CS",), wait_seconds=2.5, clock=clock)
    view = seen(session, audit)
    assert (view.state, view.active, view.tiers, view.cases, view.wait_seconds) == (
        AuditState.QUEUED,
        True,
        ("passive",),
        ("TC_019_CS",),
        2.5,
    )
    assert (view.report, view.verdict, view.error, view.progress) == (None, None, None, ())
    assert store.start(session, audit, clock=clock)
    assert store.record_progress(session, audit, 0, 2, "waiting", clock=clock)
    assert store.record_progress(session, audit, 1, 2, "TC_019_CS", clock=clock)
    assert store.finish(session, audit, REPORT, "ab" * 32, clock=clock)
    view = seen(session, audit)
    assert (view.state, view.verdict, view.report, view.transcript_sha256) == (AuditState.DONE, "deviates", REPORT, "ab" * 32)
    times = [view.requested_at, view.started_at, *(line.at for line in view.progress), view.ended_at]
    assert [(time - EPOCH).seconds for time in times if time] == [1, 2, 3, 4, 5]
    assert all(time is not None and time.tzinfo is UTC for time in times)
    assert view.progress[1] == ProgressLine(2, view.progress[1].at, 1, 2, "TC_019_CS")


def test_an_audit_stands_in_the_history_and_on_the_page_of_its_certificate(session: Session, started: str) -> None:
    queries_before = history(session, NUMBER, None)
    store.finish(session, started, REPORT, None)
    assert queries_before == ()
    (told,) = history(session, NUMBER, None)
    assert (told.kind, told.payload["audit"], told.payload["verdict"]) == (EventKind.AUDITED, started, "deviates")


def test_the_page_of_a_certificate_lists_its_audits(session: Session, queued: str) -> None:
    save_extraction(session, extraction(), "first.txt")
    view = queries.certificate(session, NUMBER)
    assert view is not None
    assert [audit.id for audit in view.audits] == [queued]


def test_a_station_has_one_audit_at_a_time(session: Session, queued: str) -> None:
    for _ in ("queued", "running"):
        with pytest.raises(CannotBegin, match=f"CP1 is already under audit .{queued}"):
            store.request(session, "CP1", NUMBER)
        store.start(session, queued)
    other = store.request(session, "CP2", NUMBER)
    active = store.active_for(session, "CP1")
    assert active is not None
    assert active.id == queued
    store.fail(session, queued, "The station went away.")
    assert store.active_for(session, "CP1") is None
    assert store.request(session, "CP1", NUMBER) not in (queued, other)


def test_the_database_itself_refuses_a_second_active_audit(session: Session, queued: str) -> None:
    values = {
        "id": "another", "state": "running", "station_id": "CP1", "certificate_number": NUMBER, "mode": "takeover",
        "tiers": [], "cases": [], "wait_seconds": 1.0, "requested_at": EPOCH,
    }  # fmt: skip
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Audit).values(values))
    assert [audit.id for audit in store.recent(session, 10)] == [queued]


def test_only_one_caller_may_carry_an_audit_out(session: Session, queued: str) -> None:
    assert [store.start(session, queued) for _ in range(3)] == [True, False, False]


STEPS: dict[str, Callable[[Session, str], bool]] = {
    "start": store.start,
    "record_progress": lambda session, audit: store.record_progress(session, audit, 1, 2, "text"),
    "fail": lambda session, audit: store.fail(session, audit, "line"),
    "cancel": store.cancel,
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_an_audit_that_is_done_stays_as_it_is(session: Session, started: str, step: Callable[[Session, str], bool]) -> None:
    store.finish(session, started, REPORT, "00")
    before = seen(session, started)
    assert step(session, started) is False
    assert seen(session, started) == before


def test_a_report_is_never_overwritten(session: Session, started: str) -> None:
    store.finish(session, started, REPORT, "00")
    with pytest.raises(RegistryError, match="is done: its report cannot be stored"):
        store.finish(session, started, {"verdict": "conformant"}, "11")
    assert seen(session, started).verdict == "deviates"


def test_the_report_of_a_cancelled_audit_is_kept_once(session: Session, started: str) -> None:
    assert store.cancel(session, started)
    assert store.record_progress(session, started, 1, 2, "on and on") is False
    assert store.finish(session, started, REPORT, "00") is False
    view = seen(session, started)
    assert (view.state, view.report, view.transcript_sha256) == (AuditState.CANCELLED, REPORT, "00")
    with pytest.raises(RegistryError, match="is cancelled"):
        store.finish(session, started, {"verdict": "conformant"}, "11")


def test_an_audit_that_never_ran_has_no_report(session: Session, queued: str) -> None:
    with pytest.raises(RegistryError, match="is queued"):
        store.finish(session, queued, REPORT, "00")


def test_a_failed_audit_says_why(session: Session, queued: str) -> None:
    assert store.fail(session, queued, "The station never connected: check its address.")
    view = seen(session, queued)
    assert (view.state, view.error, view.active) == (AuditState.FAILED, "The station never connected: check its address.", False)
    assert view.ended_at is not None


@pytest.mark.parametrize("step", [*STEPS.values(), lambda session, audit: store.finish(session, audit, {}, None)], ids=[*STEPS, "finish"])
def test_an_audit_that_is_not_there_is_one_line(session: Session, step: Callable[[Session, str], Any]) -> None:
    with pytest.raises(RegistryError, match="there is no audit nowhere"):
        step(session, "nowhere")
    assert store.view(session, "nowhere") is None


def test_recent_audits_newest_first_by_station_and_certificate(session: Session, clock: Ticking) -> None:
    ids = [store.request(session, f"CP{n}", f"OCA.0016.000{n % 2}.CS", clock=clock) for n in range(4)]
    assert [audit.id for audit in store.recent(session, 3)] == ids[:0:-1]
    assert [audit.id for audit in store.recent(session, 10, station_id="CP2")] == [ids[2]]
    assert [audit.id for audit in store.recent(session, 10, certificate="OCA.0016.0001.CS")] == [ids[3], ids[1]]
    assert store.recent(session, 0) == store.recent(session, -1) == ()
    store.start(session, ids[1], clock=clock)
    assert [audit.id for audit in store.running(session)] == [ids[1]]
