"""Accounts: invited, changed, disabled, by pages and by commands; tokens; and who did it in the history."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app import main
from registry.accounts import store, tokens
from registry.accounts.cli import remember_pages
from registry.accounts.doors import by_token
from registry.accounts.models import StoredAccount
from registry.accounts.passwords import Passwords
from registry.accounts.roles import Role, Scope
from registry.errors import CannotBegin
from registry.events import Event, EventKind, Happening, acting, record
from registry.settings import Settings
from registry.web import create_web
from tests.registry.making import EPOCH
from tests.registry.signing_in import account, sign_in, token_of

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "three quiet words"


@pytest.fixture
def site_app(settings: Settings, session_factory: sessionmaker[Session]) -> Flask:
    return create_web(settings, sessions=session_factory, passwords=PASSWORDS)


def told(sessions: sessionmaker[Session]) -> list[tuple[str | None, str]]:
    """Who did what, the oldest first."""
    with sessions() as session:
        return [(one.author, f"{one.subject}: {one.payload['what']}") for one in session.scalars(select(Event).order_by(Event.id))]


def has_password(sessions: sessionmaker[Session], account_id: int) -> None:
    with sessions.begin() as session:
        session.get_one(StoredAccount, account_id).password_hash = PASSWORDS.hashed(PASSWORD)


def test_somebody_is_invited_and_sets_a_password_once(admin: FlaskClient, site_app: Flask, session_factory: sessionmaker[Session]) -> None:
    page = admin.post("/admin/accounts", data={"csrf_token": token_of(admin), "name": "b.b", "role": "auditor"})
    link = re.search(r'value="http://localhost(/welcome/[^"]+)"', page.text)
    assert link is not None
    assert link[1] not in admin.get("/admin/accounts").text, "shown this once"
    person = site_app.test_client()
    assert "<strong>b.b</strong>" in person.get(link[1]).text
    form = {"csrf_token": token_of(person), "password": PASSWORD, "again": PASSWORD}
    assert person.post(link[1], data=form | {"password": "short", "again": "short"}).status_code == 400
    assert person.post(link[1], data=form).headers["Location"] == "/account"
    assert "auditor" in person.get("/account").text
    for again in (person.get(link[1]), site_app.test_client().get(link[1])):
        assert again.status_code == 404
        assert "used, or has ended" in again.text
    assert told(session_factory) == [("admin", "account: invited"), ("b.b", "account: password set by link")]


def test_a_link_ends_and_a_new_one_ends_the_earlier(session: Session) -> None:
    first = store.invite(session, "b.b", Role.READER, clock=lambda: NOW)
    late = NOW + store.LINK_LASTS
    assert store.link_owner(session, first, clock=lambda: late - timedelta(seconds=1)) == "b.b"
    assert store.link_owner(session, first, clock=lambda: late) is None
    assert store.use_link(session, first, "hash", clock=lambda: late) is None
    found = store.find_by_name(session, "B.B")
    assert found is not None
    second = store.new_link(session, found.id, clock=lambda: NOW)
    assert store.link_owner(session, first, clock=lambda: NOW) is None
    store.disable(session, found.id, clock=lambda: NOW)
    assert store.link_owner(session, second, clock=lambda: NOW) is None
    with pytest.raises(CannotBegin, match="enable the account first"):
        store.new_link(session, found.id)


@pytest.mark.parametrize("name", ["", "a", "a" * 65, "a b", "the registry itself", "<b>", "a\nb", ".a", "a\u202eb", "a/b"])
def test_names_that_cannot_be(name: str, session: Session) -> None:
    with pytest.raises(CannotBegin, match="2 to 64 letters"):
        store.invite(session, name, Role.READER)


@pytest.mark.parametrize("name", ["Anna", "anna", "ＡＮＮＡ", " anna "])
def test_a_name_is_given_once_however_it_is_written(name: str, session: Session) -> None:
    store.invite(session, "Anna", Role.READER)
    with pytest.raises(CannotBegin, match="there is an account called"):
        store.invite(session, name, Role.READER)


def test_the_last_who_can_administer_stays(session_factory: sessionmaker[Session]) -> None:
    first, second = account(session_factory, Role.ADMIN), account(session_factory, Role.ADMIN, "second")
    has_password(session_factory, first)
    with session_factory.begin() as session:
        with pytest.raises(CannotBegin, match="the only account that can administer"):
            store.disable(session, first)
        with pytest.raises(CannotBegin, match="the only account that can administer"):
            store.change_role(session, first, Role.AUDITOR)
    has_password(session_factory, second)
    with session_factory.begin() as session:
        store.disable(session, first)
        with pytest.raises(CannotBegin, match="the only account"):
            store.disable(session, second)


def test_the_first_administrator_is_invited_until_the_link_is_used(session_factory: sessionmaker[Session]) -> None:
    def invited() -> str | None:
        with session_factory.begin() as session:
            return store.first_admin_link(session)

    first, second = invited(), invited()
    assert first is not None
    assert second is not None
    with session_factory.begin() as session:
        assert store.link_owner(session, first) is None, "each start makes a new one"
        assert store.use_link(session, second, PASSWORDS.hashed(PASSWORD)) is not None
    assert invited() is None
    with session_factory() as session:
        (line,) = store.listing(session, NOW)
    assert (line.name, line.role, line.state) == ("admin", Role.ADMIN, "active")


def test_a_role_holds_from_the_next_request_on(admin: FlaskClient, site_app: Flask, session_factory: sessionmaker[Session]) -> None:
    person = sign_in(site_app.test_client(), session_factory, Role.READER, "b.b")
    number = account(session_factory, Role.READER, "b.b")
    assert person.get("/fleet/import").status_code == 403
    admin.post(f"/admin/accounts/{number}/role", data={"csrf_token": token_of(admin), "role": "auditor"})
    assert person.get("/fleet/import").status_code == 200
    admin.post(f"/admin/accounts/{number}/disable", data={"csrf_token": token_of(admin)})
    assert person.get("/fleet/import").status_code == 303
    assert told(session_factory) == [("admin", "account: role changed"), ("admin", "account: disabled")]
    log = admin.get("/admin/log").text
    assert "account: role changed" in log
    assert "b.b" in log
    with session_factory.begin() as session:
        record(session, EPOCH, [Happening(EventKind.AUDITED, "audit", "OCA.0016.9001.CS", None, {"audit": "d52044ff"})])
    assert "OCA.0016.9001.CS audit d52044ff" in " ".join(re.sub(r"<[^>]+>", "", admin.get("/admin/log").text).split())
    page = admin.post(f"/admin/accounts/{number}/role", data={"csrf_token": token_of(admin), "role": "king"})
    assert page.status_code == 400


def test_a_token_is_shown_once_and_opens_until_it_is_revoked(
    admin: FlaskClient, site_app: Flask, session_factory: sessionmaker[Session]
) -> None:
    person = sign_in(site_app.test_client(), session_factory, Role.AUDITOR, "b.b")
    form = {"csrf_token": token_of(person), "label": "nightly export", "scopes": ["read", "audit"], "days": "7"}
    page = person.post("/account/tokens", data=form).text
    secret = re.search(r'value="(ocppreg_[^"]+)"', page)
    assert secret is not None
    assert secret[1] not in person.get("/account").text
    assert "never" in person.get("/account").text
    headers = {"Authorization": f"Bearer {secret[1]}"}
    program = site_app.test_client()
    assert program.get("/api/v1/account", headers=headers).get_json()["grants"] == ["auditor", "reader"]
    assert "UTC" in person.get("/account").text.partition("nightly export")[2][:900]
    changes: list[dict[str, str | list[str]]] = [{"scopes": ["admin"]}, {"scopes": []}, {"days": "0"}, {"days": "400"}, {"label": " "}]
    assert [person.post("/account/tokens", data={**form, **change}).status_code for change in changes] == [400] * 5
    with session_factory() as session:
        (line,) = tokens.listing(session, NOW)
    other = sign_in(site_app.test_client(), session_factory, Role.AUDITOR, "c.c")
    assert other.post(f"/account/tokens/{line.id}/revoke", data={"csrf_token": token_of(other)}).status_code == 404
    assert program.get("/api/v1/account", headers=headers).status_code == 200
    admin.post(f"/admin/tokens/{line.id}/revoke", data={"csrf_token": token_of(admin)})
    assert program.get("/api/v1/account", headers=headers).status_code == 401
    assert told(session_factory) == [("b.b", "account: token made"), ("admin", "account: token revoked")]


def test_a_token_never_has_more_than_its_account_has_now(session_factory: sessionmaker[Session]) -> None:
    number = account(session_factory, Role.ADMIN, "b.b")
    account_2 = account(session_factory, Role.ADMIN)
    has_password(session_factory, account_2)
    with session_factory.begin() as session:
        secret = tokens.create(session, number, "x", list(Scope), 7, clock=lambda: NOW)
    found = by_token(session_factory, secret, NOW)
    assert found is not None
    assert found.grants == set(Role)
    with session_factory.begin() as session:
        store.change_role(session, number, Role.REVIEWER)
    found = by_token(session_factory, secret, NOW)
    assert found is not None
    assert found.grants == {Role.READER, Role.REVIEWER}
    assert by_token(session_factory, secret, NOW + timedelta(days=7)) is None, "it ended"
    with session_factory.begin() as session:
        store.disable(session, number)
    assert by_token(session_factory, secret, NOW) is None


def test_when_a_token_was_used_is_kept_to_some_minutes(session_factory: sessionmaker[Session]) -> None:
    number = account(session_factory, Role.READER)
    with session_factory.begin() as session:
        secret = tokens.create(session, number, "x", [Scope.READ], 7, clock=lambda: NOW)
    used = []
    for minutes in (1, 2, 7):
        by_token(session_factory, secret, NOW + timedelta(minutes=minutes))
        with session_factory() as session:
            used.append(tokens.listing(session, NOW)[0].used_at)
    assert used == [NOW + timedelta(minutes=1), NOW + timedelta(minutes=1), NOW + timedelta(minutes=7)]


def test_an_account_has_so_many_tokens_and_no_more(session_factory: sessionmaker[Session]) -> None:
    number = account(session_factory, Role.READER)
    with session_factory.begin() as session:
        for position in range(tokens.MOST_TOKENS):
            tokens.create(session, number, str(position), [Scope.READ], 7)
        with pytest.raises(CannotBegin, match="revoke one"):
            tokens.create(session, number, "one more", [Scope.READ], 7)


def test_the_command_line_helps_whom_nobody_lets_in(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    environment = {"OCPP_REGISTRY_HOME": str(settings.home), "OCPP_REGISTRY_DATABASE": settings.database}

    def run(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(main, ["account", *arguments], env=environment)
        return done.exit_code, done.stdout.strip(), done.stderr.strip()

    status, link, _ = run("add", "admin", "--role", "admin")
    assert (status, link.rpartition("/")[0]) == (0, "http://127.0.0.1:8000/welcome")
    with session_factory.begin() as session:
        number = store.use_link(session, link.rpartition("/")[2], PASSWORDS.hashed(PASSWORD))
    assert number is not None
    assert run("add", "b.b")[0] == 0
    assert run("role", "b.b", "reviewer")[0] == 0
    assert run("list")[1].splitlines() == ["admin  admin  active", "b.b  reviewer  invited"]
    remember_pages(settings, "http://127.0.0.1:8123/")
    assert run("link", "b.b")[1].startswith("http://127.0.0.1:8123/welcome/")
    status, link, _ = run("link", "ADMIN")
    with session_factory.begin() as session:
        assert store.link_owner(session, link.rpartition("/")[2]) == "admin"
    assert run("link", "nobody") == (2, "", "ocpp-registry: there is no account called nobody: `ocpp-registry account list` has them all")
    assert run("role", "admin", "reader")[0] == 2
    authors = {author for author, _ in told(session_factory)}
    assert authors - {"admin"} == {author for author in authors if author and author.endswith("at the command line")}


def test_an_event_bears_whoever_acts_and_the_registry_itself_otherwise(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        store.tell(session, NOW, "x", "one")
        with acting("Anna"):
            store.tell(session, NOW, "x", "two")
        store.tell(session, NOW, "x", "three", author="Ben")
    assert [author for author, _ in told(session_factory)] == ["the registry itself", "Anna", "Ben"]
