"""How often somebody may ask: counted over all processes, in a file that does not grow, and never of the pages' own files."""

from __future__ import annotations

import io
import logging
import multiprocessing
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.roles import Role
from registry.rates import EXTENSION, FILE, Rates
from registry.settings import Settings
from tests.registry import samples
from tests.registry.signing_in import bearer, sign_in, token_of

MOST = 5
OFFERS = b"vendor,model,software version\nNobody,X,1.0\n"
CHECK = "/requirements/calevip-2-dc/check"
API_CHECK = "/api/v1/requirements/calevip-2-dc/checks"


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rates(tmp_path: Path, clock: Clock) -> Rates:
    return Rates(tmp_path / FILE, b"secret", clock)


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> str:
    """One database is enough: it counts nothing."""
    path = tmp_path / "registry.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def site_app(settings: Settings, session_factory: sessionmaker[Session], clock: Clock) -> Flask:
    """The catalogue that answers an address five times a minute, a token ten times, and judges three files."""
    limited = replace(settings, api_per_minute=MOST, api_per_minute_with_token=2 * MOST, checks_per_minute=3)
    app = samples.web(limited, session_factory, lambda _audit: None)
    app.extensions[EXTENSION].clock = clock
    return app


def test_so_many_at_once_then_evenly(rates: Rates, clock: Clock) -> None:
    assert [rates.wait("a", MOST) for _ in range(MOST)] == [None] * MOST
    assert rates.wait("a", MOST) == 12, "five a minute are one in twelve seconds"
    assert rates.wait("b", MOST) is None, "another is another"
    clock.now += 11
    assert rates.wait("a", MOST) == 1
    clock.now += 1
    assert rates.wait("a", MOST) is None
    assert rates.wait("a", MOST) == 12, "what was refused did not count"
    clock.now += 60
    assert [rates.wait("a", MOST) for _ in range(MOST + 1)] == [None] * MOST + [12]


@given(steps=st.lists(st.floats(0, 30), max_size=60), most=st.integers(1, 9))
def test_never_more_than_twice_as_many_in_a_minute(steps: list[float], most: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    clock = Clock()
    rates = Rates(tmp_path_factory.mktemp("rates") / FILE, b"", clock)
    taken: list[float] = []
    for step in steps:
        clock.now += step
        wait = rates.wait("a", most)
        if wait is None:
            taken.append(clock.now)
        else:
            assert wait >= 1
            clock.now += wait
            assert rates.wait("a", most) is None, "whoever waits as long as they were told is answered"
            taken.append(clock.now)
    assert all(sum(at <= one < at + 60 for one in taken) <= 2 * most for at in taken)


def test_a_clock_that_is_set_back_keeps_nobody_out_for_long(rates: Rates, clock: Clock) -> None:
    for _ in range(MOST):
        rates.wait("a", MOST)
    clock.now -= 86_400
    assert rates.wait("a", MOST) == 12


def test_without_a_number_there_is_no_limit(rates: Rates, tmp_path: Path) -> None:
    assert {rates.wait("a", 0) for _ in range(100)} == {None}
    assert not (tmp_path / FILE).exists()


def test_the_file_does_not_grow(rates: Rates, tmp_path: Path) -> None:
    for number in range(2_000):
        rates.wait(f"address {number}", MOST)
    assert (tmp_path / FILE).stat().st_size <= 4096 * 8 * 16


def test_many_others_let_nobody_ask_more_and_keep_nobody_out(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.rates._SETS", 1)
    rates = Rates(tmp_path / FILE, b"secret", clock)
    for _ in range(MOST):
        rates.wait("a", MOST)
    assert [rates.wait(f"other {number}", MOST) for number in range(50)] == [None] * 50
    assert rates.wait("a", MOST) == 12, "whoever has the longest to wait is forgotten last"


def ask(path: Path, times: int, all_there: Barrier, answers: multiprocessing.SimpleQueue[int]) -> None:
    rates = Rates(path, b"secret", Clock())
    read = os.pread

    def slowly(file: int, size: int, offset: int) -> bytes:
        found = read(file, size, offset)
        time.sleep(0.0005)  # so that another would get between reading and writing, if it could
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "pread", slowly)
        all_there.wait(30)
        answers.put(sum(rates.wait("a", 50) is None for _ in range(times)))


def test_all_processes_count_together(tmp_path: Path) -> None:
    answers: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    all_there = multiprocessing.Barrier(3)
    at_once = [multiprocessing.Process(target=ask, args=(tmp_path / FILE, 40, all_there, answers)) for _ in range(3)]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join(30)
    assert sum(answers.get() for _ in at_once) == 50


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).mkdir()
    with caplog.at_level(logging.WARNING):
        assert Rates(tmp_path / FILE, b"", Clock()).wait("a", 1) is None
    assert "nobody's requests are counted" in caplog.text


@pytest.mark.parametrize("path", ["/api/v1/certificates", "/api/v1/openapi.json", "/api/v1/nothing", "/api/v1/accounts"])
def test_an_address_is_told_to_wait(client: FlaskClient, clock: Clock, path: str) -> None:
    for _ in range(MOST):
        assert client.get("/api/v1/requirements").status_code == 200
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype, answer.headers["Retry-After"]) == (429, "application/problem+json", "12")
    told = answer.get_json()
    assert told["status"] == 429
    assert told["detail"].startswith("So many requests in a minute are not taken: wait 12 seconds")
    assert client.get(path, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code != 429
    clock.now += 12
    assert client.get("/api/v1/requirements").status_code == 200


def test_answers_that_are_kept_are_counted_too(client: FlaskClient) -> None:
    answers = [client.get("/api/v1/certificates?q=x").status_code for _ in range(MOST + 1)]
    assert answers == [200] * MOST + [429]


def test_one_ipv6_network_is_one_address(client: FlaskClient) -> None:
    answers = [
        client.get("/api/v1/requirements", environ_overrides={"REMOTE_ADDR": f"2001:db8::{number}"}).status_code
        for number in range(MOST + 1)
    ]
    assert answers == [200] * MOST + [429]


def test_a_token_is_counted_by_itself(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    first, second = bearer(session_factory, Role.READER), bearer(session_factory, Role.READER)
    answers = [client.get("/api/v1/account", headers=first).status_code for _ in range(2 * MOST + 1)]
    assert answers == [200] * 2 * MOST + [429]
    assert client.get("/api/v1/account", headers=second).status_code == 200
    assert client.get("/api/v1/requirements").status_code == 200


def test_made_up_tokens_are_counted_by_the_address(client: FlaskClient) -> None:
    answers = [
        client.get("/api/v1/account", headers={"Authorization": f"Bearer made-up-{number}"}).status_code for number in range(MOST + 1)
    ]
    assert answers == [401] * MOST + [429]


def test_pages_and_their_files_are_not_counted(client: FlaskClient) -> None:
    for path in ("/static/style.css", "/api", "/requirements", CHECK):
        answers = [client.get(path) for _ in range(4 * MOST)]
        assert {answer.status_code for answer in answers} == {200}, path
        for answer in answers:
            answer.close()


def sent(client: FlaskClient) -> Iterator[int]:
    token = token_of(client)
    while True:
        yield client.post(CHECK, data={"csrf_token": token, "offers": (io.BytesIO(OFFERS), "offers.csv")}).status_code


def test_files_of_offers_are_judged_so_often(client: FlaskClient, clock: Clock) -> None:
    posting = sent(client)
    assert [next(posting) for _ in range(4)] == [200, 200, 200, 429]
    answer = client.post(CHECK, data={"csrf_token": token_of(client)})
    assert answer.headers["Retry-After"] == "20"
    assert "So many files of offers in a minute are not judged: wait 20 seconds" in answer.text
    assert answer.mimetype == "text/html"
    clock.now += 20
    assert [next(posting) for _ in range(2)] == [200, 429]


def test_the_api_and_the_page_judge_together(client: FlaskClient, site_app: Flask, session_factory: sessionmaker[Session]) -> None:
    body = {"offers": [{"model": "X"}]}
    assert [client.post(API_CHECK, json=body).status_code for _ in range(3)] == [201] * 3
    answer = client.post(API_CHECK, json=body)
    assert (answer.status_code, answer.headers["Retry-After"], answer.mimetype) == (429, "20", "application/problem+json")
    assert next(sent(client)) == 429
    somebody = sign_in(site_app.test_client(), session_factory, Role.READER)
    assert next(sent(somebody)) == 200, "an account is not its address"
