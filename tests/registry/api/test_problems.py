"""How requests fail: always a problem as in RFC 9457, with a sentence, and nothing half done."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from registry import db
from registry.accounts.roles import Role, Scope
from registry.api.problems import PREFIX
from registry.events import SUBJECTS, Event
from registry.settings import Settings
from registry.spreadsheets.read import MOST_BYTES
from registry.web import create_web
from tests.registry.api.samples import KEPT_RULES, REVISED, Installation, rules
from tests.registry.signing_in import bearer, sign_in


@pytest.fixture
def client(installed: Installation) -> FlaskClient:
    return installed.app.test_client()


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    told: dict[str, Any] = answer.get_json()
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["title"]
    assert told["detail"].endswith(".")
    assert told["instance"] == answer.request.path
    return told


@pytest.mark.parametrize("path", ["/nothing", "/certificates/OCA.0016.7777.CS", "/audits/no-uuid", "/holders/nobody", ""])
def test_nothing_there(client: FlaskClient, path: str) -> None:
    if path == "":
        assert client.get(PREFIX).status_code in (308, 404)
    else:
        problem(client.get(f"{PREFIX}{path}"), 404)


def test_a_page_that_there_is_not(client: FlaskClient) -> None:
    assert problem(client.get(f"{PREFIX}/certificates?page=9"), 404)["detail"] == "This list has 1 page, and no page 9."


def test_another_method(client: FlaskClient) -> None:
    answer = client.delete(f"{PREFIX}/certificates")
    problem(answer, 405)
    assert {"GET", "HEAD", "OPTIONS"} == {method.strip() for method in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("query", ["colour=red", "Page=2", "page=1&colour=red"])
def test_an_argument_that_nobody_knows(client: FlaskClient, query: str) -> None:
    told = problem(client.get(f"{PREFIX}/certificates?{query}"), 422)
    assert [(one["in"], one["name"]) for one in told["errors"]] == [("query", "Page" if "Page" in query else "colour")]
    assert problem(client.get(f"{PREFIX}/?{query}"), 422)["detail"].endswith("it takes none.")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("size=201", "size"),
        ("sort=best", "sort"),
        ("document=maybe", "document"),
        ("year=12", "year"),
    ],
)
def test_an_argument_that_cannot_be(client: FlaskClient, query: str, name: str) -> None:
    told = problem(client.get(f"{PREFIX}/certificates?{query}"), 422)
    assert told["errors"][0]["name"].startswith(name)
    assert told["detail"].startswith(name)


@pytest.mark.parametrize(
    ("path", "name", "value", "known"),
    [
        ("certificates", "role", "XX", ("CS", "CSMS")),
        ("certificates", "role", "cs", ("CS", "CSMS")),
        ("certificates", "protocol", "OCPP 9.9", ("OCPP 1.6", "OCPP 2.0.1", "OCPP 2.1")),
        ("certificates", "type", "Complete", ("Full", "Subset", "Security")),
        ("certificates", "profile", "Cores", ("Core", "Smart Charging", "untold")),
        ("fleet/devices", "answer", "perhaps", ("covered", "not covered", "cannot tell", "not matched yet")),
        ("fleet/devices", "drift", "yes", ("otherwise than in its row",)),
        ("fleet/places", "answer", "perhaps", ("covered", "not covered")),
        ("events", "kind", "odd", ("substantive", "withdrawn", "coverage changed")),
        ("events", "subject", "weather", ("certificate", "listing", "audit", "device")),
        ("review", "state", "shut", ("open", "done")),
    ],
)
def test_a_value_of_a_closed_set_that_cannot_be(client: FlaskClient, path: str, name: str, value: str, known: tuple[str, ...]) -> None:
    told = problem(client.get(f"{PREFIX}/{path}", query_string={name: value}), 422)
    assert [(one["in"], one["name"]) for one in told["errors"]] == [("query", name)]
    assert name in told["detail"]
    assert all(one in told["detail"] for one in known)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("certificates", "role", "CS"),
        ("certificates", "protocol", "OCPP 1.5"),
        ("certificates", "type", "Core + S + L"),
        ("certificates", "profile", "Advanced Security"),
        ("certificates", "profile", "untold"),
        ("certificates", "holder", "Nobody"),
        ("certificates", "country", "Atlantis"),
        ("certificates", "laboratory", "Nobody's"),
        ("fleet/devices", "site", "nowhere"),
        ("fleet/devices", "answer", "not matched yet"),
        ("events", "subject", "device"),
        ("audits", "station", "nobody"),
    ],
)
def test_a_value_that_could_be(client: FlaskClient, path: str, name: str, value: str) -> None:
    assert client.get(f"{PREFIX}/{path}", query_string={name: value}).status_code == 200


def test_what_only_administrators_are_told_of(client: FlaskClient, installed: Installation) -> None:
    detail = problem(client.get(f"{PREFIX}/events?subject=account"), 422)["detail"]
    assert "only administrators" in detail
    assert "certificate" in detail
    assert client.get(f"{PREFIX}/events?subject=account", headers=installed.headers[Role.ADMIN]).status_code == 200


def test_the_subjects_of_everything_that_happens_are_known(installed: Installation) -> None:
    told = re.compile(r'(?:\btell\(\s*\w+, [\w.()]+|Happening\(\s*[\w.]+), "([a-z ]+)"')
    written = {subject for path in Path("registry").rglob("*.py") for subject in told.findall(path.read_text(encoding="utf-8"))}
    assert {"certificate", "listing", "watch", "campaign", "account"} <= written <= set(SUBJECTS)
    with installed.sessions() as session:
        assert set(session.scalars(select(Event.subject))) <= set(SUBJECTS)


@pytest.mark.parametrize("on", ["2026-02-30", "today"])
def test_a_day_that_cannot_be(client: FlaskClient, on: str) -> None:
    problem(client.get(f"{PREFIX}/certificates/{REVISED}/requirements?on={on}"), 422)


@pytest.mark.parametrize("number", [1, 5])
def test_too_few_or_too_many_to_compare(client: FlaskClient, number: int) -> None:
    query = "&".join(f"certificate=OCA.0016.000{place}.CSMS" for place in range(1, number + 1))
    problem(client.get(f"{PREFIX}/compare?{query}"), 422)


def test_a_body_that_is_no_json(client: FlaskClient) -> None:
    path = f"{PREFIX}/requirements/{KEPT_RULES}/checks"
    problem(client.post(path, data="{", content_type="application/json"), 400)
    problem(client.post(path, data="[" * 60_000, content_type="application/json"), 400)
    problem(client.post(path, data="offers=1", content_type="application/x-www-form-urlencoded"), 415)
    problem(client.post(path), 415)
    told = problem(client.post(path, json={"offers": [{"model": "X", "colour": "red"}]}), 422)
    assert [(one["in"], one["name"]) for one in told["errors"]] == [("json", "offers.0.colour")]
    told = problem(client.post(path, json={"offers": [{"model": "X", "installed": "2026-02-30"}]}), 422)
    assert told["errors"][0]["name"] == "offers.0.installed"


def test_more_than_is_taken(client: FlaskClient, installed: Installation) -> None:
    audit = {"station": "CP-1", "certificate": REVISED}
    told = audit | {"tiers": ["passive"] * 20_000}
    problem(client.post(f"{PREFIX}/audits", json=told, headers=installed.headers[Role.AUDITOR]), 413)
    sent = client.post(
        f"{PREFIX}/fleet/imports",
        data=b"x" * (MOST_BYTES + 2**20),
        content_type="multipart/form-data; boundary=x",
        headers=installed.headers[Role.AUDITOR],
    )
    problem(sent, 413)


def test_who_may_not(client: FlaskClient, installed: Installation) -> None:
    path, body = f"{PREFIX}/requirements", {"words": rules("other"), "reason": "Made for tests."}
    answer = client.post(path, json=body)
    assert "reviewer" in problem(answer, 401)["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    problem(client.post(path, json=body, headers=installed.headers[Role.AUDITOR]), 403)
    problem(client.get(f"{PREFIX}/certificates", headers={"Authorization": "Bearer of-nobody"}), 401)
    problem(client.get(f"{PREFIX}/certificates", headers={"Authorization": "Basic eDp5"}), 401)


def test_a_token_does_no_more_than_its_scopes(client: FlaskClient, installed: Installation) -> None:
    weak = bearer(installed.sessions, Role.ADMIN, Scope.READ, Scope.REVIEW)
    assert client.get(f"{PREFIX}/account", headers=weak).json["grants"] == ["reader", "reviewer"]  # type: ignore[index]  # it is an object
    problem(client.get(f"{PREFIX}/accounts", headers=weak), 403)


def test_no_token_makes_a_token(client: FlaskClient, installed: Installation) -> None:
    """One that leaked would outlive its end, and its revocation, by those that it made: neither the API nor the page's form takes it."""
    whole = bearer(installed.sessions, Role.ADMIN)
    body = {"label": "more", "scopes": ["read"], "days": 3}
    problem(client.post(f"{PREFIX}/account/tokens", json=body, headers=whole), 404)
    before = client.get(f"{PREFIX}/account", headers=whole).json["tokens"]  # type: ignore[index]  # it is an object
    assert client.post("/account/tokens", data={**body, "scopes": "read"}, headers=whole).status_code in (302, 303, 400, 401, 403)
    assert client.get(f"{PREFIX}/account", headers=whole).json["tokens"] == before  # type: ignore[index]  # it is an object


def test_a_cookie_opens_nothing(client: FlaskClient, installed: Installation) -> None:
    sign_in(client, installed.sessions, Role.ADMIN)
    assert client.get("/admin/accounts").status_code == 200
    problem(client.get(f"{PREFIX}/accounts"), 401)
    problem(client.post(f"{PREFIX}/fleet/match"), 401)


def test_what_replaces_needs_the_tag_of_what_it_replaces(client: FlaskClient, installed: Installation) -> None:
    path, headers = f"{PREFIX}/requirements/{KEPT_RULES}", installed.headers[Role.REVIEWER]
    body = {"words": rules(KEPT_RULES), "reason": "Made for tests."}
    problem(client.put(path, json=body, headers=headers), 428)
    problem(client.put(path, json=body, headers=headers | {"If-Match": '"of-before"'}), 412)
    problem(client.delete(path, headers=headers), 428)
    problem(client.delete(path, headers=headers | {"If-Match": '"of-before"'}), 412)


def test_a_failure_of_ours_tells_nothing_of_itself(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.app.testing, installed.app.config["PROPAGATE_EXCEPTIONS"] = False, False
    monkeypatch.setattr("registry.api.resources.about.counts", lambda _session: 1 // 0)
    try:
        told = problem(installed.app.test_client().get(f"{PREFIX}/"), 500)
    finally:
        installed.app.testing, installed.app.config["PROPAGATE_EXCEPTIONS"] = True, None
    assert "ZeroDivision" not in str(told)


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    made = db.engine(settings)
    client = create_web(settings, sessions=db.session_factory_on(made)).test_client()
    assert "empty.sqlite3" not in problem(client.get(f"{PREFIX}/certificates"), 503)["detail"]
    made.dispose()


def test_no_worker(installed: Installation) -> None:
    settings = installed.settings
    client = create_web(settings, sessions=installed.sessions).test_client()
    body = {"station": "CP-1", "certificate": REVISED}
    assert "worker" in problem(client.post(f"{PREFIX}/audits", json=body, headers=installed.headers[Role.AUDITOR]), 503)["detail"]
