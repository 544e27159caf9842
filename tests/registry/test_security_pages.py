"""What a page may do to whoever opens it, and a foreign page to whoever is signed in: forms, policies, cookies, texts of others."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.cookies import HOST_NAME, PLAIN_NAME
from registry.accounts.roles import Role
from registry.accounts.store import invite
from registry.certificates.facts import CertificateFacts, Finding, Severity
from registry.certificates.store import save_extraction
from registry.fleet import intake
from registry.fleet.matching import match_fleet
from registry.listing.store import import_rows
from registry.settings import Settings
from registry.web import SECURITY_HEADERS, TEMPLATES
from tests.registry import samples
from tests.registry.api.samples import Installation
from tests.registry.making import extraction, row
from tests.registry.signing_in import sign_in, token_of
from tests.registry.walking import Route, routes

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">x</a>\'`{{7*7}}'


class Looking(HTMLParser):
    """Notes what a policy without inline scripts and styles would not let a page do, and the forms of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.forms: list[tuple[str, bool]] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_script = tag == "script"
        self.wrong += [f"<{tag} {name}>" for name in given if name.startswith("on") or name == "style"]
        self.wrong += [f"<{tag} {name}={value}>" for name, value in attrs if value and value.strip().casefold().startswith("javascript:")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.wrong.append(f"<{tag}>")
        for name in ("src", "href") if tag in ("script", "link", "img", "image", "iframe") else ():
            if (given.get(name) or "/").startswith(("http:", "https:", "//")) and given.get("rel") not in ("canonical", "alternate"):
                self.wrong.append(f"<{tag} {name}={given[name]}>")
        if tag == "form":
            self.forms.append((given.get("method", "get") or "get", False))
        if tag == "input" and given.get("name") == "csrf_token" and self.forms:
            self.forms[-1] = (self.forms[-1][0], bool(given.get("value")))

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.wrong.append(f"script: {data[:40]}")


def look(page: str) -> Looking:
    looking = Looking()
    looking.feed(page)
    return looking


def is_page(route: Route) -> bool:
    return route.method == "GET" and not route.path.startswith("/api/v1")


def is_form(route: Route) -> bool:
    """Whether pages send it. Mail programs end a watch with one click (RFC 8058): they have no cookie, the address is its own secret."""
    return route.changes and not route.path.startswith("/api/v1/") and route.rule != "/watches/end/<token>"


def test_every_page_does_nothing_that_the_policy_forbids_and_every_form_has_its_token(house: Installation) -> None:
    administrator = sign_in(house.app.test_client(), house.sessions, Role.ADMIN)
    seen = 0
    for client in (administrator, house.app.test_client()):
        for route in filter(is_page, routes(house.app, house.known)):
            answer = client.get(route.path, buffered=True)
            if answer.mimetype != "text/html":
                continue
            seen += answer.status_code == 200
            found = look(answer.text)
            assert found.wrong == [], str(route)
            assert [form for form in found.forms if form[0].casefold() == "post" and not form[1]] == [], str(route)
            for name, value in SECURITY_HEADERS.items():
                assert answer.headers[name] in (value, "no-referrer"), str(route)
    assert seen > 50


def test_the_policy_lets_nothing_in_from_elsewhere_and_no_frame_around() -> None:
    policy = dict(part.strip().partition(" ")[::2] for part in SECURITY_HEADERS["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in SECURITY_HEADERS["Content-Security-Policy"]
    assert SECURITY_HEADERS["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("sent", [{}, {"csrf_token": "x"}, {"csrf_token": "another"}])
def test_every_form_is_refused_without_its_token(sent: dict[str, str], house: Installation) -> None:
    client = sign_in(house.app.test_client(), house.sessions, Role.ADMIN, "forms")
    if sent.get("csrf_token") == "another":
        sent = {"csrf_token": token_of(house.app.test_client())}
    posts = [route for route in routes(house.app, house.known) if is_form(route)]
    assert len(posts) > 25
    for route in posts:
        answer = client.open(route.path, method=route.method, data=sent)
        assert answer.status_code == 400, str(route)
        assert "keeps no cookies" in answer.text, str(route)
    assert client.get("/account").status_code == 200, "nobody was signed out"


def test_templates_turn_escaping_off_nowhere() -> None:
    for path in sorted(TEMPLATES.rglob("*.html")):
        words = path.read_text()
        assert "|safe" not in words.replace(" ", ""), path.name
        assert "autoescapefalse" not in words.replace(" ", ""), path.name


@pytest.mark.parametrize(("scheme", "name", "is_secure"), [("http", PLAIN_NAME, False), ("https", HOST_NAME, True)])
def test_the_cookie_is_out_of_reach(scheme: str, name: str, is_secure: bool, house: Installation) -> None:
    answer = house.app.test_client().get("/sign-in", base_url=f"{scheme}://registry.example")
    cookie = SimpleCookie(answer.headers["Set-Cookie"])[name]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["domain"], bool(cookie["secure"])) == ("Lax", "/", "", is_secure)


def test_a_form_on_a_page_that_tells_no_referrer_can_be_sent_over_tls(house: Installation) -> None:
    with house.sessions.begin() as session:
        secret = invite(session, "over-tls", Role.READER)
    client, base = house.app.test_client(), "https://registry.example"
    page = client.get(f"/welcome/{secret}", base_url=base)
    assert page.headers["Referrer-Policy"] == "no-referrer", "the address lets in whoever reads it"
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    assert token is not None
    answer = client.post(f"/welcome/{secret}", data={"csrf_token": token[1], "password": "x", "again": "x"}, base_url=base)
    assert "at least 12 letters" in answer.text


def test_visitors_who_only_read_get_no_cookie(house: Installation) -> None:
    for path in ("/", "/about", "/fleet", "/audits", f"/certificates/{house.known['number']}", "/review"):
        assert "Set-Cookie" not in house.app.test_client().get(path).headers, path


def test_what_somebody_signed_in_sees_is_kept_by_nobody(house: Installation) -> None:
    client = sign_in(house.app.test_client(), house.sessions, Role.AUDITOR)
    for path in ("/", "/account", f"/audits/{house.known['audit_id']}/frames", "/fleet.csv"):
        assert client.get(path, buffered=True).headers["Cache-Control"] == "private, no-store", path
        assert "Cookie" in client.get(path, buffered=True).headers["Vary"]


@pytest.mark.parametrize("proxies", [0, 1])
def test_only_our_own_proxies_say_how_a_page_is_served(proxies: int, settings: Settings, session_factory: sessionmaker[Session]) -> None:
    app = samples.web(replace(settings, proxies=proxies), session_factory)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    cookie = app.test_client().get("/sign-in", headers=forwarded).headers["Set-Cookie"]
    assert cookie.startswith(HOST_NAME) == bool(proxies)


@pytest.fixture
def poisoned(session_factory: sessionmaker[Session], settings: Settings) -> str:
    """An installation in which everything that others write is hostile; gives the hash of the document."""
    number = "OCA.0016.9966.CS"
    facts = CertificateFacts(
        number=number,
        role="CS",
        protocol=HOSTILE,
        holder=HOSTILE,
        designation=HOSTILE,
        model=HOSTILE,
        software_version=HOSTILE,
        test_laboratory=HOSTILE,
        reference_specification=HOSTILE,
        hardware={HOSTILE: HOSTILE},
        limits={HOSTILE: HOSTILE},
        configuration_keys={HOSTILE: HOSTILE},
        features={HOSTILE: HOSTILE},
        profiles={"Core": HOSTILE},
    )
    whole = extraction(facts=facts)
    document = replace(whole, public_text=HOSTILE, fields=(), findings=(Finding("r", Severity.ERROR, HOSTILE, (HOSTILE,)),))
    header = "identity,vendor,model,firmware,site\n"
    cell = '"' + HOSTILE.replace('"', '""') + '"'
    with session_factory.begin() as session:
        save_extraction(session, document, HOSTILE, parser_version="1")
        import_rows(session, HOSTILE, "b" * 64, [row(1, company=HOSTILE, designation=HOSTILE, country=HOSTILE, url="javascript:alert(4)")])
        intake.keep(session, intake.read_file(session, f"{header}CP-1,{cell},{cell},{cell},{cell}\n".encode(), "fleet.csv"))
    match_fleet(session_factory)
    samples.audited(session_factory, settings)
    return whole.document.sha256


def test_texts_of_others_are_shown_as_texts(poisoned: str, visitor: FlaskClient, admin: FlaskClient) -> None:
    known = {"number": "OCA.0016.9966.CS", "sha256": poisoned, "station_id": "CP-1", "slug": "nothing", "identity": "nothing"}
    asked = f"?q={HOSTILE}&next={HOSTILE}&field={HOSTILE}&lang={HOSTILE}&before={HOSTILE}"
    shown = 0
    for client in (visitor, admin):
        for route in filter(is_page, routes(client.application, known)):
            for path in (route.path, route.path + asked):
                answer = client.get(path, buffered=True)
                if answer.mimetype == "text/html":
                    shown += "alert(1)" in answer.text.replace("<wbr>", "")
                    assert look(answer.text.replace("<wbr>", "")).wrong == [], f"{route}: {path}"
                    assert "49" not in answer.text.split("{{")[0][-3:], "nothing in a text is a template"
    assert shown > 10


def test_originals_are_never_sent_as_pages(house: Installation) -> None:
    for route in filter(is_page, routes(house.app, house.known)):
        answer = house.app.test_client().get(route.path, buffered=True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", str(route)


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\secret.txt", "/etc/passwd", "a/../../b.pdf", "x\0.pdf", "." * 300, "con.pdf", "\n.pdf"]
)
def test_names_of_documents_lead_nowhere(
    name: str, session_factory: sessionmaker[Session], settings: Settings, client: FlaskClient, tmp_path: Path
) -> None:
    before = sorted(path for path in tmp_path.rglob("*") if "registry.sqlite3" not in path.name)
    whole = extraction()
    with session_factory.begin() as session:
        save_extraction(session, whole, name)
    page = client.get(f"/review/{whole.document.sha256}")
    assert page.status_code == 200
    for path in ("/review/..%2F..%2Fsession.key.json", "/review/../session.key", "/static/..%2f..%2fweb.py", "/static/../web.py"):
        assert client.get(path).status_code in (301, 308, 404), path
    after = sorted(path for path in tmp_path.rglob("*") if "registry.sqlite3" not in path.name)
    assert [path for path in after if path not in before] == []
    assert settings.home.exists()
