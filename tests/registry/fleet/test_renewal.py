"""The fleet is matched anew by itself where anything changed that its answers depend on, and by one process at a time."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry import errands
from registry.aliases import store as aliases
from registry.audits import store as audits
from registry.certificates.store import save_extraction
from registry.fleet import intake, queries
from registry.fleet.matching import match_fleet
from registry.fleet.renewal import RESTS, is_at_work, match_in_turn, renew
from registry.keeping import Keeper
from registry.settings import Settings
from tests.registry.fleet.samples import GOOD, comma
from tests.registry.making import extraction
from tests.registry.watches.watching import Hands

OTHER = "LWE"
DEVICE = ("CP-1", OTHER, *GOOD[2:])


@pytest.fixture(autouse=True)
def stocked(session_factory: sessionmaker[Session]) -> None:
    """A device whose vendor is not what its certificate says, matched."""
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "station.txt")
        intake.keep(session, intake.read_file(session, comma(DEVICE), "fleet.csv"))
    match_fleet(session_factory)


def answer(sessions: sessionmaker[Session]) -> tuple[str | None, bool]:
    """What is said of the device, and whether that is of before something changed."""
    with sessions() as session:
        device = queries.device(session, "CP-1")
        assert device is not None
        return device.answer, queries.standing(session).stale


def recorded(sessions: sessionmaker[Session]) -> int:
    with sessions.begin() as session:
        return aliases.record(session, "Holder 1", OTHER, "Its certificate of incorporation says so.").id


@contextmanager
def matching(settings: Settings) -> Iterator[None]:
    """Another process is at it."""
    with (settings.home / ".matching.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_name_that_is_recorded_or_withdrawn_reaches_the_fleet(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    clock = Hands()
    match_fleet(session_factory, clock=clock)
    before, _ = answer(session_factory)
    assert before != "covered"
    made = recorded(session_factory)
    assert answer(session_factory) == (before, True)
    clock.now += RESTS
    assert renew(settings, session_factory, clock=clock) == 1
    assert answer(session_factory) == ("covered", False)
    with session_factory.begin() as session:
        aliases.withdraw(session, made, "It is a sister company.")
    assert answer(session_factory) == ("covered", True)
    clock.now += RESTS
    assert renew(settings, session_factory, clock=clock) == 1
    assert answer(session_factory) == (before, False)
    clock.now += RESTS
    assert renew(settings, session_factory, clock=clock) == 0, "nothing has changed since"


def test_what_goes_on_changing_is_not_matched_all_the_time(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    clock = Hands()
    match_fleet(session_factory, clock=clock)
    recorded(session_factory)
    clock.now += RESTS - timedelta(seconds=1)
    assert renew(settings, session_factory, clock=clock) == 0
    clock.on(seconds=1)
    assert renew(settings, session_factory, clock=clock) == 1


def test_what_comes_while_the_fleet_is_matched_is_told_as_come_after(session_factory: sessionmaker[Session]) -> None:
    def record(_step: str, _done: int, _of: int | None) -> None:
        recorded(session_factory)

    match_fleet(session_factory, told=record)
    assert answer(session_factory)[1]
    match_fleet(session_factory)
    assert answer(session_factory) == ("covered", False)


def test_an_audit_that_was_only_asked_for_changes_no_answer(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        audit_id = audits.request(session, "CP-1", "OCA.0016.9001.CS")
        audits.start(session, audit_id)
    assert not answer(session_factory)[1]
    with session_factory.begin() as session:
        audits.finish(session, audit_id, {"verdict": "conformant", "device": {"id": "CP-1", "reported": {"firmware": "2.0"}}}, None)
    assert answer(session_factory)[1]


def test_two_do_not_match_at_a_time(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    clock = Hands()
    match_fleet(session_factory, clock=clock)
    recorded(session_factory)
    clock.now += RESTS
    assert not is_at_work(settings)
    with matching(settings):
        assert is_at_work(settings)
        assert renew(settings, session_factory, clock=clock) == 0
    assert match_in_turn(settings, session_factory, told=lambda *_: _is_locked(settings)).covered == 1
    assert not is_at_work(settings)


def _is_locked(settings: Settings) -> None:
    assert is_at_work(settings)


def test_nobody_who_waits_for_a_page_waits_for_another_matching(
    auditor: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def begin(_settings: Settings, what: str, _given: object) -> str:
        begun.append(what)
        return "0" * 32

    monkeypatch.setattr(errands, "begin", begin)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', auditor.get("/fleet/import").text)
    assert token
    with matching(settings):
        moved = auditor.post("/fleet/match", data={"csrf_token": token[1]})
    assert (moved.status_code, moved.location, begun) == (303, f"/fleet/import/{'0' * 32}", ["match the fleet"])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_registry_does_it_by_itself(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    clock = Hands()
    match_fleet(session_factory, clock=clock)
    recorded(session_factory)
    clock.now += RESTS
    Keeper.of(settings, session_factory, clock).step()
    assert answer(session_factory) == ("covered", False)


def test_a_device_says_when_its_answer_was_made_and_that_it_is_of_before(
    client: FlaskClient, auditor: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    words = "came after the fleet was matched, so these answers are of before. It is matched anew by itself within minutes"

    def told(reader: FlaskClient) -> tuple[bool, bool, bool | None, str | None]:
        page, found = reader.get("/devices/CP-1").text, reader.get("/api/v1/fleet/devices/CP-1").get_json()
        made = f'matched <time datetime="{found["matched_at"]}">' in page
        assert (words in page) is (words in reader.get("/fleet").text)
        return words in page, made, found["stale"], found["matched_at"]

    clock = Hands()
    match_fleet(session_factory, clock=clock)
    then = clock.now.isoformat()
    assert told(client) == told(auditor) == (False, True, False, then)
    made = recorded(session_factory)
    assert told(client) == told(auditor) == (True, True, True, then)
    assert 'action="/fleet/match"' in auditor.get("/devices/CP-1").text
    assert 'action="/fleet/match"' not in client.get("/devices/CP-1").text
    clock.now += RESTS
    match_fleet(session_factory, clock=clock)
    assert told(client) == told(auditor) == (False, True, False, clock.now.isoformat())
    with session_factory.begin() as session:
        aliases.withdraw(session, made, "It is a sister company.")
    assert told(client)[0]


def test_a_device_without_an_answer_does_not_say_when_it_was_made(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        intake.keep(session, intake.read_file(session, comma(("CP-9", *DEVICE[1:])), "more.csv"))
    found = client.get("/api/v1/fleet/devices/CP-9").get_json()
    assert (found["answer"], found["matched_at"], found["stale"]) == (None, None, None)
    assert "matched <time" not in client.get("/devices/CP-9").text
    assert "these answers are of before" not in client.get("/devices/CP-9").text
