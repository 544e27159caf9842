"""Signing in and out: by a password, with sessions that end when they should, and bounds to guessing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts import limits, store
from registry.accounts.access import SESSION_KEY
from registry.accounts.doors import SESSION_LASTS, begin_session, by_session
from registry.accounts.models import StoredAccount, StoredAttempt, StoredSession
from registry.accounts.own_paths import own_path
from registry.accounts.passwords import Passwords, problem_with
from registry.accounts.roles import Role
from registry.accounts.signing import Refused, SignedIn, sign_in
from registry.settings import Settings
from registry.web import create_web
from tests.registry.signing_in import token_of

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
PASSWORD = "three quiet words"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORDS = Passwords(CHEAP)


class Counting(Passwords):
    """Counts how often a password is really looked at."""

    looked = 0

    def is_right(self, kept: str | None, password: str) -> bool:
        self.looked += 1
        return super().is_right(kept, password)


@pytest.fixture(autouse=True)
def person(session_factory: sessionmaker[Session]) -> int:
    """Somebody who has a password; the number of the account."""
    with session_factory.begin() as session:
        secret = store.invite(session, "Anna.K", Role.AUDITOR, clock=lambda: NOW)
        found = store.use_link(session, secret, PASSWORDS.hashed(PASSWORD), clock=lambda: NOW)
    assert found is not None
    return found


@pytest.fixture
def site_app(settings: Settings, session_factory: sessionmaker[Session]) -> Flask:
    return create_web(settings, sessions=session_factory, passwords=PASSWORDS)


def post_sign_in(client: FlaskClient, name: str = "anna.k", password: str = PASSWORD, **more: str) -> tuple[int, str, str]:
    address = more.pop("address", "198.51.100.7")
    form = {"csrf_token": token_of(client), "name": name, "password": password, **more}
    answer = client.post("/sign-in", data=form, environ_overrides={"REMOTE_ADDR": address})
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_somebody_signs_in_and_out(client: FlaskClient) -> None:
    assert "Sign in" in client.get("/about").text
    assert post_sign_in(client, name="ANNA.K ")[:2] == (303, "/")
    page = client.get("/about").text
    assert "Anna.K" in page
    assert "auditor" in page
    kept = client.get_cookie("ocpp_registry")
    assert client.post("/sign-out", data={"csrf_token": token_of(client)}).status_code == 303
    assert not is_signed_in(client)
    assert kept is not None
    client.set_cookie("ocpp_registry", kept.value)
    assert not is_signed_in(client), "a copy of the cookie ended, too"


def test_the_answer_is_the_same_whatever_was_wrong(client: FlaskClient, session_factory: sessionmaker[Session], person: int) -> None:
    with session_factory.begin() as session:
        store.invite(session, "invited", Role.READER)
        store.invite(session, "other.admin", Role.ADMIN)
    tried = [("anna.k", "wrong password"), ("nobody", PASSWORD), ("invited", PASSWORD), ("anna.k' --", PASSWORD)]
    pages = {post_sign_in(client, name, password)[2].replace(f'value="{name}"', "") for name, password in tried[:3]}
    with session_factory.begin() as session:
        store.disable(session, person)
    pages.add(post_sign_in(client)[2].replace('value="anna.k"', ""))
    assert {"do not belong together" in page for page in pages} == {True}
    without_tokens = {page.partition('name="csrf_token"')[0] for page in pages}
    assert len(without_tokens) == 1
    assert not is_signed_in(client)


def test_as_much_work_is_done_for_a_name_that_there_is_not(session_factory: sessionmaker[Session]) -> None:
    looked: list[str] = []

    class Hashing(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 # the name is the base class's
            looked.append(str(hash)[:20])
            return super().verify(hash, password)

    for name in ("anna.k", "nobody"):
        assert sign_in(session_factory, Passwords(Hashing(1, 8, 1)), name, "wrong password", None, NOW) == Refused()
    assert looked == ["$argon2id$v=19$m=8,t"] * 2


def test_the_parameters_of_hashes_are_those_of_the_library_unless_handed_in() -> None:
    kept = Passwords().hashed(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert not Passwords().is_outdated(kept)
    assert Passwords().is_outdated(PASSWORDS.hashed(PASSWORD))


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_sign_in(session_factory: sessionmaker[Session], person: int) -> None:
    newer = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert isinstance(sign_in(session_factory, newer, "anna.k", PASSWORD, None, NOW), SignedIn)
    with session_factory() as session:
        kept = session.get_one(StoredAccount, person).password_hash
    assert kept is not None
    assert not newer.is_outdated(kept)
    assert newer.is_right(kept, PASSWORD)


def test_a_session_is_new_at_every_sign_in(client: FlaskClient, site_app: Flask) -> None:
    token = token_of(client)
    before = client.get_cookie("ocpp_registry")
    assert before is not None
    attacker = site_app.test_client()
    attacker.set_cookie("ocpp_registry", before.value)
    post_sign_in(client)
    assert not is_signed_in(attacker), "a cookie that was planted before is of nobody"
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 400, "the token of before is worth nothing"
    with client.session_transaction() as kept:
        first = kept[SESSION_KEY]
    post_sign_in(client)
    with client.session_transaction() as kept:
        assert kept[SESSION_KEY] != first
    for ended in (first, "made up"):
        with client.session_transaction() as kept:
            kept[SESSION_KEY] = ended
        assert not is_signed_in(client)


def test_of_sessions_links_and_passwords_only_hashes_are_kept(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    post_sign_in(client)
    with client.session_transaction() as kept:
        secret = kept[SESSION_KEY]
    with session_factory.begin() as session:
        link = store.invite(session, "b.b", Role.READER)
    with session_factory() as session:
        tables = [table for table in StoredAccount.metadata.sorted_tables if table.name.startswith("account")]
        stored = " ".join(str(row) for table in tables for row in session.execute(select(table)))
    assert len(tables) == 5
    for hidden in (secret, link, PASSWORD):
        assert hidden not in stored


def test_a_session_ends_by_itself(session_factory: sessionmaker[Session], person: int) -> None:
    with session_factory.begin() as session:
        secret = begin_session(session, person, NOW)
    assert by_session(session_factory, secret, NOW + SESSION_LASTS - timedelta(seconds=1)) is not None
    assert by_session(session_factory, secret, NOW + SESSION_LASTS) is None
    with session_factory.begin() as session:
        begin_session(session, person, NOW + SESSION_LASTS)
        assert session.scalar(select(func.count()).select_from(StoredSession)) == 1, "ended sessions are forgotten"


def test_changing_the_password_signs_all_other_browsers_out(client: FlaskClient, site_app: Flask) -> None:
    other = site_app.test_client()
    post_sign_in(client)
    post_sign_in(other)
    new = "four other quiet words"
    form = {"csrf_token": token_of(client), "old": PASSWORD, "password": new, "again": new}
    assert client.post("/account/password", data=form | {"old": "wrong password"}).status_code == 400
    assert client.post("/account/password", data=form | {"again": "something else"}).status_code == 400
    assert is_signed_in(other)
    assert client.post("/account/password", data=form).status_code == 303
    assert (is_signed_in(client), is_signed_in(other)) == (True, False)
    assert post_sign_in(other)[0] == 400
    assert post_sign_in(other, password=new)[0] == 303


def test_disabling_an_account_ends_what_it_was_doing(client: FlaskClient, session_factory: sessionmaker[Session], person: int) -> None:
    post_sign_in(client)
    with session_factory.begin() as session:
        store.disable(session, person)
    assert not is_signed_in(client)
    with session_factory.begin() as session:
        store.enable(session, person)
    assert not is_signed_in(client), "sessions do not come back"
    assert post_sign_in(client)[0] == 303


def test_a_name_is_guessed_at_ten_times_in_a_quarter_of_an_hour(session_factory: sessionmaker[Session]) -> None:
    counting = Counting(CHEAP)
    for number in range(limits.MOST_OF_A_NAME):
        assert sign_in(session_factory, counting, "anna.k", "wrong password", f"198.51.100.{number}", NOW) == Refused()
    last = sign_in(session_factory, counting, "ANNA.K", PASSWORD, "203.0.113.1", NOW + timedelta(minutes=5))
    assert last == Refused(wait_seconds=600)
    assert counting.looked == limits.MOST_OF_A_NAME, "nor is the password looked at"
    assert isinstance(sign_in(session_factory, counting, "anna.k", PASSWORD, "203.0.113.1", NOW + limits.WINDOW), SignedIn)


@pytest.mark.parametrize(
    ("addresses", "other"),
    [(["198.51.100.7"] * 30, "198.51.100.8"), ([f"2001:db8::{number:x}" for number in range(30)], "2001:db8:0:1::1"), ([None] * 30, "::1")],
)
def test_an_address_guesses_at_thirty_names(addresses: list[str | None], other: str, session_factory: sessionmaker[Session]) -> None:
    for number, address in enumerate(addresses):
        assert sign_in(session_factory, PASSWORDS, f"name{number}", PASSWORD, address, NOW) == Refused()
    assert sign_in(session_factory, PASSWORDS, "anna.k", PASSWORD, addresses[0], NOW) == Refused(wait_seconds=900)
    assert isinstance(sign_in(session_factory, PASSWORDS, "anna.k", PASSWORD, other, NOW), SignedIn)


def test_whoever_gets_in_is_forgiven_the_slips_before(session_factory: sessionmaker[Session]) -> None:
    for _ in range(3):
        for _ in range(limits.MOST_OF_A_NAME - 1):
            sign_in(session_factory, PASSWORDS, "anna.k", "wrong password", "198.51.100.7", NOW)
        assert isinstance(sign_in(session_factory, PASSWORDS, "anna.k", PASSWORD, "198.51.100.7", NOW), SignedIn)


def test_the_page_says_how_long_to_wait(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    for _ in range(limits.MOST_OF_A_NAME):
        assert post_sign_in(client, password="wrong password")[0] == 400
    status, _, page = post_sign_in(client)
    assert status == 429
    assert "Wait 15 minutes" in page
    with session_factory() as session:
        kept = session.scalars(select(StoredAttempt)).all()
    assert len(kept) == limits.MOST_OF_A_NAME
    assert not any("anna" in one.name_sha256 for one in kept), "people type passwords into the field for the name"


def test_guessing_at_the_old_password_is_bound_too(client: FlaskClient) -> None:
    post_sign_in(client)
    form = {"csrf_token": token_of(client), "old": "wrong password", "password": "four other words", "again": "four other words"}
    answers = [client.post("/account/password", data=form).status_code for _ in range(limits.MOST_OF_A_NAME + 1)]
    assert answers == [400] * limits.MOST_OF_A_NAME + [429]


def hostile_addresses() -> Iterator[str]:
    yield from ("//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "http:evil.example")
    yield from ("javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "evil.example", "")
    yield from ("/\x00/evil", "/a b", "//[::1", "https:///evil.example", "/x" * 2000, "data:text/html,x", "/\x7f/", "?next=/", "#x")


@pytest.mark.parametrize("address", [*hostile_addresses()])
def test_nobody_is_led_elsewhere(address: str) -> None:
    assert own_path(address) == "/"


@pytest.mark.parametrize("address", ["/", "/fleet", "/fleet?q=a%20b&page=2", "/audits/x/frames?seq=1-3", "/devices/wss://a/b", "/%2F/x"])
def test_own_pages_are_led_back_to(address: str) -> None:
    assert own_path(address) == address


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "https://evil.example/", "/\t/evil.example"])
def test_signing_in_leads_to_own_pages_alone(address: str, client: FlaskClient) -> None:
    assert post_sign_in(client, next=address)[:2] == (303, "/")
    assert client.get("/sign-in", query_string={"next": address}).headers["Location"] == "/"


def test_signing_in_leads_back_to_where_it_was_needed(client: FlaskClient) -> None:
    answer = client.get("/fleet/import?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/fleet/import?x%3D1")
    assert "role auditor" in client.get(answer.headers["Location"]).text
    assert post_sign_in(client, next="/fleet/import?x=1")[:2] == (303, "/fleet/import?x=1")


def test_programs_are_told_and_not_led(client: FlaskClient) -> None:
    answer = client.get("/account", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "Sign in" in answer.text


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        *(("elevenlette", False), ("aaaaaaaaaaaaaa", False), ("Anna.KAnna.KAnna.K", False), ("x" * 513, False)),
        *((PASSWORD, True), ("日本語 quatre mots été", True)),
    ],
)
def test_passwords_that_may_be(password: str, is_taken: bool) -> None:
    assert (problem_with(password, "anna.k") is None) == is_taken
