"""A walk over all pages in a language in which every text is between marks: what is not was forgotten."""

from __future__ import annotations

import io
import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from babel import Locale
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from sqlalchemy import MetaData, select
from werkzeug.exceptions import HTTPException

from registry import db, wording
from registry.accounts.roles import Role
from registry.audits.report import case_titles
from registry.review.decisions import state_seen
from registry.review.models import DocumentStanding
from registry.web import create_web
from tests import pseudo
from tests.browser import wrong_forms
from tests.browser.conftest import ROOT
from tests.browser.serving import Served
from tests.registry.signing_in import sign_in

RULES = ROOT / "data" / "requirements" / "calevip-2-dc.toml"
MOST_OF_THEM = 90
A_KIND = 2
"""So many pages of each kind are looked at: of one route, with the same parameter or with several."""
_FILE = re.compile(r"\.(csv|json|xlsx|pdf|zip|jsonl|atom|svg|png|toml|tar|gz)$")
_LINK = re.compile(r'(?:href|hx-get)="([^"#]*)')


class _Wording:
    """The words of pages, with marks around names that may be broken: they are markup, which Jinja's `finalize` lets be."""

    def __getattr__(self, name: str) -> object:
        return getattr(wording, name)

    @staticmethod
    def breakable(text: object) -> Markup:
        return Markup("{}{}{}").format(pseudo.VALUE, wording.breakable(text), pseudo.END_VALUE)


@pytest.fixture(scope="module")
def marked(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, set[str]]]:
    """The pages in that language, on a copy of the installation, with everything that the registry holds."""
    place = tmp_path_factory.mktemp("marked")
    shutil.copytree(served.settings.home, place / "home")
    settings = replace(
        served.settings, home=place / "home", database=served.settings.database.replace(str(served.settings.home), str(place / "home"))
    )
    pseudo.write(place / "translations")
    engine = db.engine(settings)
    sessions = db.session_factory_on(engine)
    app = create_web(settings, sessions=sessions, start_audit=lambda _audit_id: None, translations=place / "translations")
    app.testing = True
    app.jinja_env.finalize = pseudo.marked
    app.jinja_env.globals["wording"] = _Wording()
    sign_in(app.test_client(), sessions, Role.ADMIN)
    known = {"n/a", "pass", "fail", "offers.csv", "ours.csv", "ours", "cp-1", BY_WTFORMS, *map(str.casefold, case_titles().values())}
    known |= {
        "software version",
        "installation date",
        "soon",
        "latitude",
        "installed",
        "colour",
        "size",
        "annex",
    }  # headings and cells of the files that are sent
    known |= {name.casefold() for width in ("wide", "abbreviated") for name in Locale(pseudo.LANGUAGE).months["format"][width].values()}
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(select(table)):
                known.update(pseudo.strings(list(row)))
    for path in (ROOT / "data" / "requirements").glob("*.toml"):
        known.update(pseudo.strings(tomllib.loads(path.read_text(encoding="utf-8"))))
    yield app, known
    engine.dispose()


BEHIND_A_SECRET = {"accounts.welcome", "watches.ask_confirmation", "watches.ask_end"}
"""Pages that a link in a message leads to."""

NO_PAGE = {"certificates.index", "audits.progress"}
"""What leads elsewhere, and what is a part of another page."""

BY_WTFORMS = "not a valid integer value"
"""WTForms translates its own, into the languages that it knows."""

MADE_BY_HAND = {"watches.show", "fleet.errand"}
WRONG = {
    "station": "no identity",
    "certificate": "x" * 80,
    "wait_seconds": "soon",
    "address": "ftp://",
    "zone": "Nowhere",
    "window_start": "late",
}


def test_no_text_of_a_page_was_forgotten(marked: tuple[Flask, set[str]]) -> None:
    app, known = marked
    forgotten: dict[str, str] = {}
    seen: Counter[str] = Counter()
    signed_in = sign_in(app.test_client(), app.extensions["ocpp-registry"].sessions, Role.ADMIN)
    made = list(_made(signed_in))
    for client in (app.test_client(), signed_in):
        for path, page in (*_walk(client, app, seen, made), *_refused(client)):
            looked = pseudo.Untranslated(known)
            looked.feed(page)
            for one in looked.found:
                forgotten.setdefault(one, path)
    routes = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not _FILE.search(rule.rule)]
    pages = {rule.endpoint for rule in routes if not rule.rule.startswith(("/static", "/api/"))}
    assert pages - set(seen) == BEHIND_A_SECRET | NO_PAGE | MADE_BY_HAND
    assert [f"{path}: {one}" for one, path in forgotten.items()] == []


def _made(client: FlaskClient) -> Iterator[str]:
    """The addresses of what somebody has to make before there is a page of it: a result, and a set of rules of one's own."""
    offers = io.BytesIO(b"vendor,model,software version,installation date\nExample,EX-1,V2.4.0,2024-05-05\n,,,\nA,B,,soon\n")
    sent = client.post("/requirements/calevip-2-dc/check", data={"offers": (offers, "offers.csv"), "csrf_token": _token(client)})
    kept = re.search(r'name="sha256" value="([^"]+)"', sent.text)
    assert kept
    chosen = {"sha256": pseudo.unmarked(kept[1]), "name": "offers.csv", "action": "judge", "csrf_token": _token(client)}
    answer = client.post("/requirements/calevip-2-dc/check", data=chosen)
    yield answer.location
    words = (
        (ROOT / "data" / "requirements" / "calevip-2-dc.toml").read_text(encoding="utf-8").replace('id = "calevip-2-dc"', 'id = "ours"', 1)
    )
    answer = client.post("/requirements/calevip-2-dc/copy", data={"words": words, "reason": "Ours.", "csrf_token": _token(client)})
    yield answer.location
    yield from ("/products", "/holders", "/laboratories")


def _refused(client: FlaskClient) -> Iterator[tuple[str, str]]:
    """The answers to forms that were filled in wrongly."""
    for path in ("/audits/new", "/audits/new-csms", "/campaigns/new", "/sign-in", "/requirements/calevip-2-dc/check", "/nowhere"):
        answer = client.post(path, data=WRONG | {"csrf_token": _token(client)}, headers={"Accept-Language": pseudo.LANGUAGE})
        if answer.mimetype == "text/html" and answer.status_code >= 400:
            yield f"POST {path}", answer.text
    devices = io.BytesIO(b"Identity,Vendor,Model,Firmware,Site,Latitude\nCP-1,A,EX-1,V2.4.0,Ours,95\n,,,,,\n")
    sent = {"file": (devices, "ours.csv"), "csrf_token": _token(client)}
    answer = client.post("/fleet/import", data=sent, headers={"Accept-Language": pseudo.LANGUAGE})
    if answer.status_code == 400:
        yield "POST /fleet/import", answer.text
    for rows in (b"colour,size\n1,2\n", b"vendor,model,certificate,installed\nA,B,annex,soon\n"):
        offers = {"offers": (io.BytesIO(rows), "ours.csv"), "csrf_token": _token(client)}
        answer = client.post("/requirements/calevip-2-dc/check", data=offers, headers={"Accept-Language": pseudo.LANGUAGE})
        yield "POST /requirements/calevip-2-dc/check", answer.text


def test_no_sentence_of_an_error_was_forgotten(marked: tuple[Flask, set[str]]) -> None:
    app, known = marked
    sessions = app.extensions["ocpp-registry"].sessions
    client = sign_in(app.test_client(), sessions, Role.ADMIN)
    with sessions() as session:
        number = session.scalars(select(DocumentStanding.sha256).order_by(DocumentStanding.document_id)).first()
        reading = state_seen(session, str(number))[0]
    forgotten, answers = [], 0
    for path, page in _wrong(client, RULES.read_text(encoding="utf-8"), str(number), reading):
        looked = pseudo.Untranslated(known | wrong_forms.SENT)
        looked.feed(page)
        # A single word is what was sent, or the name of a parameter: a sentence has several.
        forgotten += [f"{path}: {one}" for one in looked.found if not one.startswith("value") or " " in one.partition(": ")[2]]
        answers += 1
    assert answers > MOST_OF_THEM
    assert forgotten == []


def _wrong(client: FlaskClient, rules: str, document: str, reading: int) -> Iterator[tuple[str, str]]:
    """The answers to everything wrong that can be asked, but for those in other languages than the pages'."""
    headers = {"Accept-Language": pseudo.LANGUAGE}
    for path in wrong_forms.ADDRESSES:
        answer = client.get(path, headers=headers)
        assert answer.status_code >= 400, path
        yield path, answer.text
    token = _token(client)
    for path, sent in wrong_forms.forms(rules, document, reading):
        answer = client.post(path, data=sent | {"csrf_token": token}, headers=headers)
        assert answer.status_code >= 400 or "/results/" in (answer.location or ""), (path, sent)
        if answer.location:
            answer = client.get(answer.location, headers=headers)
        yield f"POST {path} {str(sent)[:200]}", answer.text


def _token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/requirements/calevip-2-dc/check").text)
    assert found
    return pseudo.unmarked(found[1])


def _walk(client: FlaskClient, app: Flask, seen: Counter[str], made: Iterable[str]) -> Iterator[tuple[str, str]]:
    kinds: Counter[tuple[str, str]] = Counter()
    waiting, known = (
        ["/", *made, *(rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ()))],
        set(),
    )
    while waiting:
        path = waiting.pop(0)
        parts = urlsplit(path)
        if path in known or parts.netloc or parts.path.startswith("/static") or _FILE.search(parts.path):
            continue
        known.add(path)
        names = {name for name, _ in parse_qsl(parts.query)}
        kind = (_route(app, parts.path), "".join(names) if len(names) < 2 else "several")
        kinds[kind] += 1
        if kinds[kind] > A_KIND:
            continue
        answer = client.get(path, headers={"Accept-Language": pseudo.LANGUAGE})
        if answer.mimetype != "text/html" or answer.status_code in (301, 302, 303, 308):
            answer.close()
            continue
        seen[kind[0]] += 1
        yield path, answer.text
        waiting += [urljoin(path, pseudo.unmarked(unescape(link))) for link in _LINK.findall(answer.text)]


def _route(app: Flask, path: str) -> str:
    try:
        return str(app.url_map.bind("localhost").match(path, method="GET")[0])
    except HTTPException as error:
        return type(error).__name__
