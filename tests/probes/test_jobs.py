"""Audits as jobs, on a real gateway with a real station: asked on a page, followed, answered, cancelled, taken up again."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from probes.audit import AuditResult
from probes.cases.prompts import Action, Done, Operator, Prompt
from probes.csms.csms import Csms
from probes.gateway import Gateway
from probes.jobs import MOST_STARTS, STOPPED, AuditJob, AuditOrder, Progress, take_up_interrupted
from probes.operators import RecordedOperator
from probes.station.station import Station
from probes.twins import twin_of
from probes.wire.passwords import PasswordFile, hash_password
from probes.wire.security import ServerSecurity
from registry.aliases import store as aliases
from registry.audits import store
from registry.audits.credentials import Credentials
from registry.audits.store import AuditState
from registry.certificates.facts import CertificateFacts
from registry.certificates.store import save_extraction
from registry.db import utc_now
from registry.errors import CannotBegin
from registry.settings import Settings
from tests.central_matrix import CERTIFICATES, certificate
from tests.probes.audits.facts import full_facts
from tests.probes.audits.secured import KEY
from tests.registry.making import extraction

BOUND = 60.0
NUMBER = "OCA.0016.9001.CS"


@dataclass
class Running:
    """A station in a thread of its own, at the gateway."""

    loop: asyncio.AbstractEventLoop
    station: Station

    def do(self, name: str, **arguments: Any) -> None:
        """One of the station's controls."""
        asyncio.run_coroutine_threadsafe(self.station.controls.do(name, arguments), self.loop).result(BOUND)


@contextmanager
def station_at(gateway: Gateway, facts: CertificateFacts) -> Iterator[Running]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def make() -> tuple[Station, asyncio.Task[None]]:
        made = Station(twin_of(facts), gateway.url, "CP1")
        return made, asyncio.ensure_future(made.run())

    station, task = asyncio.run_coroutine_threadsafe(make(), loop).result(BOUND)

    async def end() -> None:
        station.stop()
        await asyncio.wait([task])

    try:
        yield Running(loop, station)
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(BOUND)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    with Gateway(settings, "127.0.0.1", 0) as running:
        yield running


@pytest.fixture
def facts(session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> CertificateFacts:
    """A certificate in the registry, for whose product there is a twin."""
    made = full_facts(1)
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "station.txt")
    monkeypatch.setattr("registry.certificates.queries.facts", lambda _session, _number: made)
    return made


def wanted(sessions: sessionmaker[Session], **options: Any) -> str:
    with sessions.begin() as session:
        return store.request(session, "CP1", NUMBER, wait_seconds=BOUND, **options)


def begun(job: AuditJob, audit_id: str) -> threading.Thread:
    thread = threading.Thread(target=job, args=(audit_id,))
    thread.start()
    return thread


def seen(sessions: sessionmaker[Session], audit_id: str, predicate: Callable[[store.AuditView], bool]) -> store.AuditView:
    """Wait until the audit's record is as wanted."""
    tick, deadline = threading.Event(), utc_now() + timedelta(seconds=BOUND)
    while utc_now() < deadline:
        with sessions() as session:
            audit = store.view(session, audit_id)
        assert audit is not None
        if predicate(audit):
            return audit
        tick.wait(0.05)
    pytest.fail(f"the audit did not come to where it should: {audit}")


def test_what_a_person_is_to_do_stands_in_the_record_until_the_wire_shows_it(
    session_factory: sessionmaker[Session], gateway: Gateway, facts: CertificateFacts
) -> None:
    audit_id = wanted(session_factory, tiers=["passive", "read-only", "in-session"], cases=["TC_019", "TC_010"])
    with station_at(gateway, facts) as station:
        thread = begun(AuditJob(session_factory, gateway), audit_id)
        audit = seen(session_factory, audit_id, lambda audit: audit.prompt is not None)
        assert audit.prompt is not None
        assert "connector 1" in audit.prompt.text
        station.do("plug", connector=1)
        thread.join(BOUND)
    audit = seen(session_factory, audit_id, lambda audit: not audit.active)
    assert audit.report is not None
    assert {case["id"]: case["outcome"] for case in audit.report["cases"]} == {"TC_019_CS": "pass", "TC_010_CS": "pass"}
    with session_factory() as session:
        assert store.answer_of(session, audit_id, 1) == store.OVER


def test_an_audit_is_given_what_is_recorded_of_the_companys_names(session_factory: sessionmaker[Session], facts: CertificateFacts) -> None:
    given: list[AuditOrder] = []

    class Taking:
        def begin(self, order: AuditOrder, _on_progress: Progress, _operator: Operator | None = None) -> Future[AuditResult]:
            given.append(order)
            raise CannotBegin("It is enough to know what was asked for.")

    with session_factory.begin() as session:
        record = aliases.record(session, str(facts.holder or facts.vendor_name), "Trading As", "It trades so.")
        aliases.record(session, "Holder of another", "Also another", "It trades so.")
    AuditJob(session_factory, Taking())(wanted(session_factory))
    assert [order.known_as for order in given] == [(record,)]


def test_what_cannot_be_done_is_left_out_and_the_audit_goes_on(
    session_factory: sessionmaker[Session], gateway: Gateway, facts: CertificateFacts
) -> None:
    audit_id = wanted(session_factory, tiers=["passive", "read-only", "in-session"], cases=["TC_010"])
    with station_at(gateway, facts):
        thread = begun(AuditJob(session_factory, gateway), audit_id)
        audit = seen(session_factory, audit_id, lambda audit: audit.prompt is not None)
        assert audit.prompt is not None
        with session_factory.begin() as session:
            assert store.answer(session, audit_id, audit.prompt.position, "cannot do")
        thread.join(BOUND)
    audit = seen(session_factory, audit_id, lambda audit: not audit.active)
    assert audit.report is not None
    assert any("could not be done" in row["reason"] for row in (*audit.report["cases"], *audit.report["not_exercised"]))


def test_a_cancelled_audit_ends_and_the_station_can_be_audited_again(
    session_factory: sessionmaker[Session], gateway: Gateway, facts: CertificateFacts
) -> None:
    audit_id = wanted(session_factory, tiers=["passive", "read-only", "in-session"], cases=["TC_010"])
    with station_at(gateway, facts):
        job = AuditJob(session_factory, gateway)
        thread = begun(job, audit_id)
        seen(session_factory, audit_id, lambda audit: audit.prompt is not None)
        with session_factory.begin() as session:
            assert store.cancel(session, audit_id)
        thread.join(BOUND)
        assert not thread.is_alive()
        again = wanted(session_factory, cases=["TC_019"])
        begun(job, again).join(BOUND)
    assert seen(session_factory, again, lambda audit: not audit.active).verdict == "conformant"
    assert seen(session_factory, audit_id, lambda audit: not audit.active).state is AuditState.CANCELLED


def test_audits_of_a_worker_that_was_stopped_wait_again_but_not_for_ever(session_factory: sessionmaker[Session]) -> None:
    asked: list[str] = []
    audit_id = wanted(session_factory)
    for _ in range(MOST_STARTS):
        with session_factory.begin() as session:
            assert store.start(session, audit_id)
        take_up_interrupted(session_factory, asked.append)
        assert seen(session_factory, audit_id, lambda _: True).state is AuditState.QUEUED
    with session_factory.begin() as session:
        assert store.start(session, audit_id)
    take_up_interrupted(session_factory, asked.append)
    audit = seen(session_factory, audit_id, lambda _: True)
    assert (audit.state, asked) == (AuditState.FAILED, [audit_id] * MOST_STARTS)
    assert [line.text for line in audit.progress] == [STOPPED] * MOST_STARTS


async def test_a_question_that_is_taken_back_is_over_on_the_page(session_factory: sessionmaker[Session]) -> None:
    audit_id = wanted(session_factory)
    with session_factory.begin() as session:
        store.start(session, audit_id)
    asking = asyncio.create_task(RecordedOperator(session_factory, audit_id).ask(Prompt(Action.PLUG, "Plug in.", 60.0)))
    await asyncio.to_thread(seen, session_factory, audit_id, lambda audit: audit.prompt is not None)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.to_thread(seen, session_factory, audit_id, lambda audit: audit.prompt is None)
    with session_factory.begin() as session:
        assert not store.answer(session, audit_id, 1, str(Done.DONE))
        assert store.answer_of(session, audit_id, 1) == store.OVER


@pytest.mark.parametrize(("password", "verdict"), [(KEY, "conformant"), ("", "inconclusive")], ids=["with", "without"])
def test_our_station_shows_a_central_system_what_the_form_was_given(
    password: str, verdict: str, session_factory: sessionmaker[Session], gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.certificates.queries.facts", lambda _session, _number: certificate(CERTIFICATES[2]))
    with running_csms(Csms(security=ServerSecurity(1, passwords=PasswordFile({"PROBE-1": hash_password(KEY)})))) as csms:
        with session_factory.begin() as session:
            audit_id = store.request(
                session,
                csms.url,
                NUMBER,
                store.CENTRAL_MODE,
                cases=["TC_001_CSMS"],
                given={"identity": "PROBE-1", "person": False, "load": 0},
                credentials=Credentials(password=password),
            )
        begun(AuditJob(session_factory, gateway), audit_id).join(BOUND)
    audit = seen(session_factory, audit_id, lambda audit: not audit.active)
    assert audit.report is not None, audit.error
    assert audit.report["verdict"] == verdict
    assert audit.credentials == Credentials()
    assert audit.given == {"identity": "PROBE-1", "person": False, "load": 0}
    assert KEY not in json.dumps(audit.report)


@contextmanager
def running_csms(csms: Csms) -> Iterator[Csms]:
    """A central system in a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(csms.__aenter__(), loop).result(BOUND)
    try:
        yield csms
    finally:
        asyncio.run_coroutine_threadsafe(csms.__aexit__(None, None, None), loop).result(BOUND)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
