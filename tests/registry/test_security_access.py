"""Who may use which route: the map of addresses is walked, and each route asked as everybody, by a table that is written here.

What needs a role stands in `NEEDS`; whatever else changes something, or whose address speaks of what is not for everybody, has to stand in
`OPEN`. So a route that somebody adds is either harmless by its look, or has to be thought of here.
"""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry.accounts.access import anybody, may, needs, rule_of
from registry.accounts.roles import Role, Scope, granted, grants, scopes_within
from tests.registry.api.samples import Installation
from tests.registry.signing_in import bearer, sign_in
from tests.registry.walking import Route, routes

NEEDS: dict[Role, str] = {
    Role.READER: """
        GET /account
        POST /account/password
        POST /account/tokens
        POST /account/tokens/<int:token_id>/revoke
        GET /api/v1/account
        DELETE /api/v1/account/tokens/<int:token_id>
        GET /api/v1/watches
        POST /api/v1/watches
        GET /api/v1/watches/<int:watch_id>
        PATCH /api/v1/watches/<int:watch_id>
        DELETE /api/v1/watches/<int:watch_id>
        POST /api/v1/watches/<int:watch_id>/secret
        POST /api/v1/watches/<int:watch_id>/test
        POST /api/v1/watches/addresses
        DELETE /api/v1/watches/addresses/<int:address_id>
        GET /watches
        POST /watches/new/mail
        POST /watches/new/webhook
        GET /watches/<int:watch_id>
        POST /watches/<int:watch_id>/<any(pause, resume, remove, test, secret):what>
        GET /watches.csv
        GET /watches.json
        GET /watches.xlsx
        POST /watches/addresses
        POST /watches/addresses/<int:address_id>/remove
    """,
    Role.AUDITOR: """
        GET /audits/new
        POST /audits/new
        GET /audits/new-csms
        POST /audits/new-csms
        POST /audits/<audit_id>/cancel
        POST /audits/<audit_id>/prompts/<int:position>
        GET /audits/<audit_id>/bundle.zip
        GET /audits/<audit_id>/frames
        GET /audits/<audit_id>/transcript.jsonl
        GET /campaigns/new
        POST /campaigns/new
        POST /campaigns/<campaign_id>/<any(pause, resume, end):what>
        GET /fleet/import
        POST /fleet/import
        POST /fleet/match
        GET /fleet/import/<errand_id>
        GET /fleet/import/<errand_id>/problems.csv
        GET /fleet/imports
        GET /fleet/imports.csv
        GET /fleet/imports.json
        GET /fleet/imports.xlsx
        POST /fleet/imports/<int:import_id>/remove
        POST /fleet/remove
        POST /fleet/remove-device
        POST /api/v1/audits
        POST /api/v1/audits/central
        POST /api/v1/audits/<uuid:audit_id>/cancel
        POST /api/v1/audits/<uuid:audit_id>/prompts/<int:position>
        GET /api/v1/audits/<uuid:audit_id>/bundle
        GET /api/v1/audits/<uuid:audit_id>/frames
        GET /api/v1/audits/<uuid:audit_id>/transcript
        POST /api/v1/campaigns
        POST /api/v1/campaigns/<uuid:campaign_id>/state
        POST /api/v1/fleet/imports
        POST /api/v1/fleet/match
        GET /api/v1/fleet/errands/<errand_id>
        GET /api/v1/fleet/errands/<errand_id>/problems
        GET /api/v1/fleet/imports
        DELETE /api/v1/fleet/imports/<int:import_id>
        DELETE /api/v1/fleet/devices
        DELETE /api/v1/fleet/devices/<path:identity>
    """,
    Role.REVIEWER: """
        POST /holders/<slug>/names
        POST /holders/<slug>/names/<int:alias_id>/withdraw
        POST /listing
        POST /review/<sha256>
        GET /requirements/<identity>/copy
        POST /requirements/<identity>/copy
        GET /requirements/<identity>/edit
        POST /requirements/<identity>/edit
        POST /requirements/<identity>/remove
        POST /api/v1/aliases
        POST /api/v1/aliases/<int:alias_id>/withdraw
        POST /api/v1/listing/<sha256>/decision
        POST /api/v1/review/<sha256>/decisions
        POST /api/v1/requirements
        PUT /api/v1/requirements/<identity>
        DELETE /api/v1/requirements/<identity>
    """,
    Role.ADMIN: """
        GET /admin/accounts
        POST /admin/accounts
        POST /admin/accounts/<int:account_id>/disable
        POST /admin/accounts/<int:account_id>/enable
        POST /admin/accounts/<int:account_id>/link
        POST /admin/accounts/<int:account_id>/role
        POST /admin/tokens/<int:token_id>/revoke
        GET /admin/log
        GET /api/v1/accounts
        GET /api/v1/accounts/<int:account_id>
        PATCH /api/v1/accounts/<int:account_id>
        DELETE /api/v1/tokens/<int:token_id>
    """,
}
OPEN = """
    POST /sign-in
    POST /sign-out
    GET /welcome/<secret>
    POST /welcome/<secret>
    POST /requirements/<identity>/check
    POST /api/v1/requirements/<identity>/checks
    POST /api/v1/requirements/<identity>/checks/file
    GET /certificates/<number>/bundle.zip
    GET /api/v1/certificates/<number>/bundle
    GET /listing/imports.csv
    GET /listing/imports.json
    GET /listing/imports.xlsx
    GET /watches/new
    GET /watches/confirm/<secret>
    POST /watches/confirm/<secret>
    GET /watches/end/<token>
    POST /watches/end/<token>
"""
TELLING = re.compile(r"account|admin|token(?!>)|frames|transcript|bundle|/new|/edit|/copy|import|watches|address|log\b|secret")
ROLE_OF = {line: role for role, lines in NEEDS.items() for line in map(str.strip, lines.strip().splitlines())}
IS_OPEN = frozenset(map(str.strip, OPEN.strip().splitlines()))
GRANTED = {
    Role.READER: {Role.READER},
    Role.AUDITOR: {Role.READER, Role.AUDITOR},
    Role.REVIEWER: {Role.READER, Role.REVIEWER},
    Role.ADMIN: {Role.READER, Role.AUDITOR, Role.REVIEWER, Role.ADMIN},
}


def is_refused(route: Route, client: FlaskClient, headers: dict[str, str] | None = None) -> bool:
    answer = client.open(route.path, method=route.method, headers=headers)
    assert answer.status_code < 500 or answer.status_code == 503, str(route)
    to_sign_in = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?")
    says_role = answer.status_code in (401, 403) and "role" in answer.text
    return to_sign_in or says_role


def test_every_route_is_thought_of(house: Installation) -> None:
    found = {str(route): route for route in routes(house.app)}
    unknown = [line for line, route in found.items() if line not in ROLE_OF.keys() | IS_OPEN and (route.changes or TELLING.search(line))]
    assert unknown == []
    assert (ROLE_OF.keys() | IS_OPEN) - found.keys() == set(), "routes that there are no longer"


def test_every_route_declares_what_the_table_says(house: Installation) -> None:
    for route in routes(house.app):
        rule = rule_of(house.app.view_functions[route.endpoint], route.method)
        assert rule is not None, str(route)
        assert rule.role == ROLE_OF.get(str(route)), str(route)


@pytest.mark.parametrize("role", [None, *Role])
def test_every_page_answers_each_role_as_the_table_says(role: Role | None, house: Installation) -> None:
    client = house.app.test_client()
    if role is not None:
        sign_in(client, house.sessions, role, f"walks-{role}")
    allowed = GRANTED[role] if role else set()
    for route in routes(house.app):
        if route.path.startswith("/api") or route.endpoint in ("accounts.sign_out", "accounts.sign_in"):
            continue
        needed = ROLE_OF.get(str(route))
        assert is_refused(route, client) == (needed is not None and needed not in allowed), f"{route} as {role}"


@pytest.mark.parametrize("role", [None, *Role])
def test_the_api_answers_each_role_as_the_table_says(role: Role | None, house: Installation) -> None:
    client = house.app.test_client()
    headers = house.headers[role] if role else {}
    allowed = GRANTED[role] if role else set()
    for route in routes(house.app):
        if route.path.startswith("/api/v1/"):
            needed = ROLE_OF.get(str(route))
            assert is_refused(route, client, headers) == (needed is not None and needed not in allowed), f"{route} as {role}"


def test_the_api_takes_no_cookie_and_pages_take_no_token(house: Installation) -> None:
    client = sign_in(house.app.test_client(), house.sessions, Role.ADMIN)
    assert client.get("/admin/accounts").status_code == 200
    assert client.get("/api/v1/accounts").status_code == 401
    other = house.app.test_client()
    assert other.get("/admin/accounts", headers=house.headers[Role.ADMIN]).status_code == 303
    assert other.get("/api/v1/accounts", headers=house.headers[Role.ADMIN]).status_code == 200


@pytest.mark.parametrize(
    ("role", "scopes", "path", "status"),
    [
        (Role.ADMIN, (Scope.READ,), "/api/v1/accounts", 403),
        (Role.ADMIN, (Scope.AUDIT, Scope.REVIEW), "/api/v1/accounts", 403),
        (Role.ADMIN, (Scope.ADMIN,), "/api/v1/accounts", 200),
        (Role.REVIEWER, (Scope.ADMIN,), "/api/v1/accounts", 403),
        (Role.READER, (Scope.READ,), "/api/v1/account", 200),
    ],
)
def test_a_token_does_no_more_than_its_scopes_and_its_account(
    role: Role, scopes: tuple[Scope, ...], path: str, status: int, house: Installation
) -> None:
    assert house.app.test_client().get(path, headers=bearer(house.sessions, role, *scopes)).status_code == status


def test_a_token_for_reading_changes_nothing(house: Installation) -> None:
    client, headers = house.app.test_client(), bearer(house.sessions, Role.ADMIN, Scope.READ)
    for route in routes(house.app):
        if route.changes and route.path.startswith("/api/v1/") and str(route) not in IS_OPEN:
            assert client.open(route.path, method=route.method, headers=headers).status_code == 403, str(route)


def test_a_route_that_declares_nothing_is_closed_to_everybody() -> None:
    def forgotten() -> str:
        return "open"

    @anybody
    @needs(Role.REVIEWER, "POST")
    def mixed() -> str:
        return "mixed"

    assert rule_of(forgotten, "GET") is None
    read, write = rule_of(mixed, "GET"), rule_of(mixed, "POST")
    assert read is not None
    assert write is not None
    assert (read.role, write.role) == (None, Role.REVIEWER)
    assert rule_of(mixed, "HEAD") == read


def test_a_forgotten_page_is_closed_to_an_administrator_too(client: FlaskClient, site_app: Flask, admin: FlaskClient) -> None:
    site_app.add_url_rule("/forgotten", view_func=lambda: "open")
    for one in (client, admin):
        assert one.get("/forgotten").status_code == 403
        assert "Nobody has said yet" in one.get("/forgotten").text


@pytest.mark.parametrize("role", Role)
def test_what_roles_grant(role: Role) -> None:
    assert grants(role) == GRANTED[role]
    assert granted(role, Scope) == GRANTED[role], "a token never has more"
    assert granted(role, ()) == frozenset()
    assert granted(role, [Scope.READ]) == {Role.READER}
    assert len(scopes_within(role)) == len(GRANTED[role])


def test_nobody_is_somebody_outside_of_a_sign_in(site_app: Flask) -> None:
    with site_app.test_request_context("/"):
        assert not any(map(may, Role))
