"""Pages that are kept for visitors: never one of before a commit, of whichever process, and never one that was made for somebody."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask, request, request_started
from flask.testing import FlaskClient
from sqlalchemy import Engine, Executable, delete, event, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from registry import cache, db
from registry.aliases import store as aliases
from registry.audits import store as audits
from registry.cache import Page, Pages
from registry.certificates.facts import FieldState, Finding, Severity
from registry.certificates.findings import record_findings
from registry.certificates.models import CatalogueVersion
from registry.certificates.store import save_extraction
from registry.errors import CannotBegin
from registry.held import HeldConnection, Versions
from registry.listing.store import import_rows
from registry.models import METADATA
from registry.review import decisions
from registry.review.decisions import By
from registry.settings import Settings
from registry.web import create_web
from tests.registry.making import FINDINGS, extraction, row
from tests.registry.signing_in import token_of

HOME = "/?sort=number"
FIRST = Versions(1, 1)
SHOWN = ("catalogue_entry", "certificate", "finding", "correction", "company_alias")
"""The tables that a page of a search is made of; tallies of entries change with them alone."""
COMMIT = """
import sys
from pathlib import Path
from registry import cache, db
from registry.listing.rows import ListingRow
from registry.errors import CannotBegin
from registry.listing.store import import_rows
from registry.settings import Settings
from registry.web import create_web
from tests.registry.making import row
with db.opened(Settings(home=Path(sys.argv[1]), database=sys.argv[2])) as sessions, sessions.begin() as session:
    import_rows(session, "list.csv", "01", [row(position) for position in range(1, 6)])
"""


@pytest.fixture
def pages_made(site_app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The views that were asked for a page of those that are kept."""
    made: list[str] = []

    def noted(endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def note(**given: Any) -> Any:
            made.append(endpoint)
            return view(**given)

        return note

    for endpoint in cache.KEPT:
        monkeypatch.setitem(site_app.view_functions, endpoint, noted(endpoint, site_app.view_functions[endpoint]))
    return made


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


def test_the_frame_of_a_search_is_never_older_than_its_rows(client: FlaskClient, filled: sessionmaker[Session]) -> None:
    for count in (3, 5, 6):
        with filled.begin() as session:
            import_rows(session, "list.csv", f"{count}", [row(position) for position in range(1, count + 1)])
        for page in (1, 2):
            shown = client.get(f"/?sort=number&size=2&page={page}").text
            assert f'id="result-title">{count} certificates' in shown
            assert f'<span class="count" aria-hidden="true">{count}</span>' in shown
            assert f"Page {page} of {-(-count // 2)}" in shown


@pytest.mark.usefixtures("filled")
def test_the_frame_of_a_search_holds_nothing_of_who_asked(client: FlaskClient, auditor: FlaskClient) -> None:
    def sign_in(address: str) -> str:
        match = re.search(r'href="/sign-in[?]next=([^"]*)"', client.get(address).text)
        assert match
        return match[1]

    for page in (1, 2, 3):
        assert unquote(sign_in(f"/?sort=number&size=1&page={page}")) == f"/?sort=number&size=1&page={page}"
        assert "csrf_token" in auditor.get(f"/?sort=number&size=1&page={page}").text
    assert sign_in("/?size=1&x=%3Cb%3E%22%26%25") == "/?size%3D1%26x%3D%253Cb%253E%2522%2526%2525"


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


def test_never_more_is_kept_than_may_be() -> None:
    pages = Pages(most=100)
    for name in "abcde":
        pages.keep(name, Page(FIRST.registry, b"x" * 30, ()))
        pages.find("a", FIRST)
    assert [name for name in "abcde" if pages.find(name, FIRST)] == ["a", "d", "e"]
    pages.keep("a", Page(2, b"x" * 101, ()))
    assert [name for name in "abcde" if pages.find(name, FIRST) or pages.find(name, Versions(2, 2))] == []


def test_a_version_stays_while_nothing_is_stored(engine: Engine, session_factory: sessionmaker[Session]) -> None:
    held = HeldConnection(engine)
    before = held.versions()
    with session_factory() as session:
        db.lock_for_writing(session)
        session.rollback()
    assert held.versions() == before


def test_a_version_costs_one_statement(engine: Engine) -> None:
    held, sent = HeldConnection(engine), []
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_rest: sent.append(statement))
    held.versions()
    assert len(sent) <= 1


def test_versions_of_two_connections_are_never_the_same(engine: Engine) -> None:
    held = HeldConnection(engine)
    before = held.versions()
    assert held.versions() == before
    engine.dispose()
    assert set(held.versions()).isdisjoint(before)


def test_a_version_of_the_registry_is_never_one_of_the_catalogue(engine: Engine, session_factory: sessionmaker[Session]) -> None:
    held, seen = HeldConnection(engine), list[Versions]()
    for number in range(9):
        with session_factory.begin() as session:
            import_rows(session, "list.csv", f"{number}", [row(number)])
        seen.append(held.versions())
    assert {one.registry for one in seen}.isdisjoint({one.catalogue for one in seen})


def stock(session: Session) -> None:
    """Something in every table that a page of a search is made of."""
    save_extraction(session, extraction(), "first.txt")
    decisions.correct(session, extraction().document.sha256, "holder", FieldState.READ, "Holder 2", by(session))
    aliases.record(session, "Holder 2", "Other Name", "The list calls it so.")


def by(session: Session) -> By:
    return By("RV", "The picture shows it.", *decisions.state_seen(session, extraction().document.sha256))


@pytest.mark.parametrize("table", SHOWN)
def test_the_version_of_the_catalogue_moves_with_whatever_a_search_shows(
    engine: Engine, session_factory: sessionmaker[Session], table: str
) -> None:
    with session_factory.begin() as session:
        stock(session)
    shown, still = METADATA.tables[table], []
    name = shown.columns.keys()[-1]
    with engine.connect() as connection:
        held = [dict(row) for row in connection.execute(select(shown)).mappings()]
        changes: list[Executable] = [update(shown).values({name: shown.c[name]}), delete(shown)]
        if table == "correction":  # to which can only be added
            changes, held = [], [row | {"id": row["id"] + 1000} for row in held]
        for change in (*changes, insert(shown).values(held)):
            before = connection.scalar(select(CatalogueVersion.number))
            connection.execute(change)
            if connection.scalar(select(CatalogueVersion.number)) == before:
                still.append(str(change))
    assert still == []


def test_an_audit_leaves_the_pages_of_searches_what_they_are(
    client: FlaskClient, filled: sessionmaker[Session], pages_made: list[str]
) -> None:
    for number in range(3):
        client.get(HOME)
        assert (f"CP-{number - 1}" in client.get("/").text) == (number > 0), "the first page shows the latest audit"
        with filled.begin() as session:
            audits.request(session, f"CP-{number}", "OCA.0016.0001.CS")
    assert len(pages_made) == 1 + 3


def test_a_decision_is_seen_at_once_beside_its_entry(client: FlaskClient, filled: sessionmaker[Session]) -> None:
    with filled.begin() as session:
        save_extraction(session, extraction(), "first.txt")
    assert f"{len(FINDINGS)} findings" in client.get(HOME).text
    with filled.begin() as session:
        decisions.decide_finding(session, extraction().document.sha256, FINDINGS[0].rule, FINDINGS[0].message, by(session), stands=False)
    assert f"{len(FINDINGS) - 1} finding<" in client.get(HOME).text
    with filled.begin() as session:
        decisions.correct(session, extraction().document.sha256, "holder", FieldState.READ, "Holder 2", by(session))
    assert "Read as “Holder 1”" in client.get(HOME).text
    with filled.begin() as session:
        record_findings(session, "listing", {1: [Finding("third", Severity.NOTE, "One more.", ())]})
    assert f"{len(FINDINGS)} findings" in client.get(HOME).text


def test_a_connection_that_was_lost_is_made_anew(engine: Engine) -> None:
    held = HeldConnection(engine)
    before = held.versions()
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
            connection.exec_driver_sql(others)
    else:
        engine.dispose()
    assert held.versions() != before


@pytest.fixture
def requests_seen(site_app: Flask) -> Iterator[list[str]]:
    """The addresses of the requests of which more was made than a look at what is kept."""
    seen: list[str] = []

    def note(_sender: Flask) -> None:
        seen.append(request.full_path)

    with request_started.connected_to(note, site_app):
        yield seen


@pytest.mark.usefixtures("filled")
def test_nothing_is_made_of_a_request_for_a_kept_page(client: FlaskClient, requests_seen: list[str], pages_made: list[str]) -> None:
    made = client.get(HOME)
    for _ in range(3):
        given = client.get(HOME)
        assert (given.status, given.data, given.headers.to_wsgi_list()) == (made.status, made.data, made.headers.to_wsgi_list())
    assert len(requests_seen) == len(pages_made) == 1


@pytest.mark.usefixtures("filled")
def test_who_brings_a_cookie_or_a_token_is_looked_at(client: FlaskClient, site_app: Flask, requests_seen: list[str]) -> None:
    client.get(HOME)
    with_cookie = site_app.test_client()
    with_cookie.set_cookie("language", "en")
    assert with_cookie.get(HOME).data == client.get(HOME).data
    client.get(HOME, headers={"Authorization": "Bearer nobody"})
    client.head(HOME)
    assert len(requests_seen) == 4


@pytest.mark.usefixtures("filled")
def test_another_host_or_place_or_fragment_is_another_page(client: FlaskClient, pages_made: list[str]) -> None:
    asked: list[dict[str, Any]] = [
        {},
        {"headers": {"HX-Request": "true"}},
        {"base_url": "https://elsewhere.test/"},
        {"headers": {"Host": "another.test"}},
        {"base_url": "http://localhost/mounted/"},
        {"headers": {"Accept-Language": "eo"}},
    ]
    pages = [client.get(HOME, **one).data for one in asked]
    assert 'href="/mounted/certificates/' in pages[4].decode()
    assert [client.get(HOME, **one).data for one in asked] == pages
    assert len(pages_made) == len(asked) - 1, "there is no language but one"


@pytest.mark.usefixtures("filled")
def test_behind_a_proxy_a_kept_page_goes_by_what_the_proxy_says(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    behind = create_web(replace(settings, proxies=1), sessions=session_factory)
    pages = [behind.test_client().get(HOME, headers={"X-Forwarded-Host": host}) for host in ("a.test", "b.test", "a.test", "b.test")]
    assert len(behind.extensions["ocpp-registry-pages"]) == 2
    assert {page.status_code for page in pages} == {200}


@pytest.mark.usefixtures("filled")
def test_a_request_of_the_api_is_counted_whatever_is_kept(client: FlaskClient, requests_seen: list[str]) -> None:
    for _ in range(2):
        assert client.get("/api/v1/certificates").status_code == 200
    assert len(requests_seen) == 2


@pytest.mark.usefixtures("filled")
def test_a_database_that_does_not_answer_is_told_of_and_no_kept_page_given(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get(HOME)

    def gone(_self: HeldConnection) -> object:
        raise CannotBegin("the database cannot be reached")

    monkeypatch.setattr(HeldConnection, "versions", gone)
    assert client.get(HOME).status_code == 503
