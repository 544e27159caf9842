"""Pages that are kept for visitors: never one of before a commit, of whichever process, and never one that was made for somebody."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

from registry import cache, db
from registry.cache import Page, Pages
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.registry.making import row
from tests.registry.signing_in import token_of

HOME = "/?sort=number"
COMMIT = """
import sys
from pathlib import Path
from registry import cache, db
from registry.listing.rows import ListingRow
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.registry.making import row
with db.opened(Settings(home=Path(sys.argv[1]), database=sys.argv[2])) as sessions, sessions.begin() as session:
    import_rows(session, "list.csv", "01", [row(position) for position in range(1, 6)])
"""


@pytest.fixture
def pages_made(site_app: Flask) -> Iterator[list[str]]:
    """The templates that were rendered."""
    made: list[str] = []

    def note(_sender: Flask, template: object, **_: object) -> None:
        made.append(str(template))

    with template_rendered.connected_to(note, site_app):
        yield made


@pytest.fixture
def filled(session_factory: sessionmaker[Session]) -> sessionmaker[Session]:
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "00", [row(position) for position in range(1, 4)])
    return session_factory


def found(client: FlaskClient, address: str = HOME) -> int:
    match = re.search(r'id="result-title">(\d+) certificate', client.get(address).text)
    assert match
    return int(match[1])


@pytest.mark.usefixtures("filled")
def test_a_page_is_made_once_for_all_visitors(client: FlaskClient, site_app: Flask, pages_made: list[str]) -> None:
    first = client.get(HOME)
    again = site_app.test_client().get(HOME)
    assert len(pages_made) == 1
    assert again.data == first.data
    assert {name: again.headers[name] for name, _ in first.headers} == dict(first.headers.items())
    client.get(HOME + "&q=1")
    client.get(HOME, headers={"HX-Request": "true"})
    assert len(pages_made) == 3


def test_what_is_stored_is_seen_at_once(client: FlaskClient, filled: sessionmaker[Session], pages_made: list[str]) -> None:
    assert found(client) == 3
    with filled.begin() as session:
        import_rows(session, "list.csv", "01", [row(position) for position in range(1, 5)])
    assert found(client) == 4
    assert len(pages_made) == 2


@pytest.mark.usefixtures("filled")
def test_what_another_process_stores_is_seen_at_once(client: FlaskClient, settings: Settings) -> None:
    assert found(client) == found(client) == 3
    subprocess.run([sys.executable, "-c", COMMIT, str(settings.home), settings.database], check=True)
    assert found(client) == 5


def test_a_transaction_that_is_not_done_shows_nothing(client: FlaskClient, filled: sessionmaker[Session]) -> None:
    with filled() as session:
        import_rows(session, "list.csv", "01", [row(position) for position in range(1, 5)])
        session.flush()
        assert found(client) == 3
        session.commit()
    assert found(client) == 4


@pytest.mark.usefixtures("filled")
def test_who_is_signed_in_neither_gets_nor_leaves_a_kept_page(client: FlaskClient, auditor: FlaskClient) -> None:
    assert "csrf_token" in auditor.get(HOME).text
    for _ in range(2):
        assert "csrf_token" not in client.get(HOME).text
    assert "csrf_token" in auditor.get(HOME).text


@pytest.mark.usefixtures("filled")
def test_a_page_with_the_token_of_a_form_is_not_kept(client: FlaskClient, site_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT", frozenset({"accounts.sign_in"}))
    assert token_of(client) != token_of(site_app.test_client())


@pytest.mark.usefixtures("filled")
def test_an_error_or_a_cookie_is_not_kept(client: FlaskClient, site_app: Flask, pages_made: list[str]) -> None:
    for _ in range(2):
        assert client.get("/?page=99").status_code == 404
    assert len(pages_made) == 2
    assert "Set-Cookie" in client.get(HOME + "&lang=en").headers
    assert "Set-Cookie" in site_app.test_client().get(HOME + "&lang=en").headers


def test_never_more_is_kept_than_may_be(engine: Engine) -> None:
    pages = Pages(engine, most=100)
    for name in "abcde":
        pages.keep(name, Page(1, b"x" * 30, ()))
        pages.find("a", 1)
    assert [name for name in "abcde" if pages.find(name, 1)] == ["a", "d", "e"]
    pages.keep("a", Page(2, b"x" * 101, ()))
    assert [name for name in "abcde" if pages.find(name, 1) or pages.find(name, 2)] == []


def test_a_version_stays_while_nothing_is_stored(engine: Engine, session_factory: sessionmaker[Session]) -> None:
    versions = Pages(engine).version
    before = versions.now()
    with session_factory() as session:
        db.lock_for_writing(session)
        session.rollback()
    assert versions.now() == before


def test_a_version_costs_one_statement(engine: Engine) -> None:
    versions, sent = Pages(engine).version, []
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_rest: sent.append(statement))
    versions.now()
    assert len(sent) <= 1
