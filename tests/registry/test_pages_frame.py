"""What all pages have in common: headers, errors, the key that signs cookies, the about page, the words."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry import db, wording
from registry.accounts.access import anybody
from registry.errors import CannotBegin
from registry.settings import Settings
from registry.web import SECRET_FILE, create_web, secret_key
from tests.registry import samples

ADDRESSES = (
    "/",
    "/about",
    "/api",
    "/api/v1/certificates",
    "/api/v1/nothing",
    "/audits",
    "/audits/new",
    "/certificates.json",
    "/certificates.csv",
    "/nothing",
    "/static/style.css",
    "/?page=x",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_security_headers(address: str, client: FlaskClient) -> None:
    answer = client.get(address)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    answer.close()


@pytest.mark.parametrize("address", ["/", "/about", "/audits", "/audits/new", "/nothing"])
def test_no_page_needs_what_the_policy_forbids(address: str, client: FlaskClient) -> None:
    page = client.get(address).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_the_cookie_of_the_form_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(("address", "status"), [("/nothing", 404), ("/?page=x", 400)])
def test_an_error_page_helps(address: str, status: int, client: FlaskClient) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert 'role="search"' in answer.text
    assert f"Error {status}" in answer.text


def test_a_method_that_a_page_does_not_take(client: FlaskClient) -> None:
    answer = client.delete("/")
    assert answer.status_code == 405
    assert "That is not how this page is used" in answer.text


def test_a_form_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"name": "x" * 200_000})
    assert answer.status_code == 413
    assert "That is too much at once" in answer.text


def test_a_defect_never_shows_its_traceback(site_app: Flask) -> None:
    @anybody
    def broken() -> str:
        raise ZeroDivisionError("a secret of ours")

    site_app.testing = False
    site_app.add_url_rule("/broken", view_func=broken)
    site_app.add_url_rule("/broken.json", endpoint="broken_json", view_func=broken)
    client = site_app.test_client()
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert client.get("/broken.json").get_json()["error"]["status"] == 500


def test_a_database_that_is_not_set_up_is_one_page_without_its_address(empty_database: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", database=empty_database)
    engine = db.engine(settings)
    try:
        answer = create_web(settings, sessions=db.session_factory_on(engine)).test_client().get("/")
    finally:
        engine.dispose()
    assert answer.status_code == 503
    assert "The registry cannot be read just now" in answer.text
    assert str(tmp_path) not in answer.text


def test_the_key_is_made_once_and_is_nobody_else_s(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as many:
        keys = set(many.map(lambda _number: secret_key(home), range(8)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    assert stat.S_IMODE((home / SECRET_FILE).stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == [SECRET_FILE]


def test_a_broken_key_is_named(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_bytes(b"short")
    with pytest.raises(CannotBegin, match=r"session\.key is too short"):
        secret_key(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotBegin, match="cannot be used"):
        secret_key(tmp_path / "file")


def test_a_second_process_accepts_the_first_one_s_cookies(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    first, second = (samples.web(settings, session_factory) for _ in range(2))
    assert first.secret_key == second.secret_key


def test_the_about_page_explains_every_word_that_pages_use(client: FlaskClient) -> None:
    page = client.get("/about").text
    for word in (*wording.STATE_WORDS.values(), "works but not certified", "inconclusive", "undeclared", "not readable", "CC0"):
        assert word in page


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0213, "21 ms"),
        (0.0001, "under 1 ms"),
        (0, "0 s"),
        (4, "4 s"),
        (0.113, "0.11 s"),
        (61.2, "61.2 s"),
        (None, ""),
        ("x", "x"),
        (True, "True"),
    ],
)
def test_seconds_have_as_many_digits_as_say_something(value: object, expected: str) -> None:
    assert wording.seconds(value) == expected


def test_dates_and_moments() -> None:
    assert wording.day("2023-07-12") == "12 July 2023"
    assert wording.day("soon") == "soon"
    assert wording.day(None) == ""
    assert wording.moment(datetime(2026, 5, 4, 9, 5, tzinfo=UTC)) == "4 May 2026, 09:05 UTC"
    assert wording.moment("2026-05-04T11:05:00+02:00") == "4 May 2026, 09:05 UTC"
    assert wording.moment("soon") == "soon"


def test_long_names_break_between_their_words_and_stay_escaped() -> None:
    assert wording.breakable("HeartbeatInterval") == "Heartbeat<wbr>Interval"
    assert wording.breakable("<b>A</b>") == "&lt;b&gt;A&lt;/<wbr>b&gt;"
    assert wording.listed(["A", "B", "C"]) == "A, B and C"
    assert wording.listed([]) == ""
