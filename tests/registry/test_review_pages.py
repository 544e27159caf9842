"""The pages of the review: the queue, a document beside its fields, and decisions by whoever may take them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from registry.accounts.roles import Role
from registry.certificates.facts import CertificateFacts, Finding, Severity
from registry.certificates.findings import record_findings
from registry.certificates.store import save_extraction
from registry.review.standing import Held
from registry.settings import Settings
from registry.web import create_web
from tests.registry import reviewing, samples
from tests.registry.making import extraction
from tests.registry.reviewing import FACTS, FINDING, NUMBER, PAGE, SHA256
from tests.registry.signing_in import sign_in, token_of

CERTIFICATE = f"/certificates/{NUMBER}"
Send = Callable[..., TestResponse]


@pytest.fixture(autouse=True)
def stored(session_factory: sessionmaker[Session], settings: Settings) -> None:
    reviewing.store(session_factory, settings)


@pytest.fixture
def client(reviewer: FlaskClient) -> FlaskClient:
    return reviewer


@pytest.fixture
def send(client: FlaskClient) -> Send:
    """Sends a decision as the form of the page as it then is would."""

    def posted(action: str, *, page: str = PAGE, **values: Any) -> TestResponse:
        shown = client.get(page).text
        sent = {name: hidden(shown, name) for name in ("csrf_token", "reading", "seen")}
        sent |= {"action": action, "reason": "The picture shows it.", "state": "read"} | values
        return client.post(page, data=sent)

    return posted


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    return found[1] if found else ""


def plain(page: str) -> str:
    """What a reader reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.replace("<wbr>", ""))).split())


def reread(sessions: sessionmaker[Session], **changes: Any) -> None:
    with sessions.begin() as session:
        save_extraction(session, reviewing.reading(replace(FACTS, **changes)), "example-9942.pdf", parser_version="2")


def names(client: FlaskClient, query: str) -> list[str]:
    return [document["name"] for document in client.get(f"/review.json{query}").get_json()["documents"]]


def test_the_queue_says_what_waits_and_why(client: FlaskClient) -> None:
    page = plain(client.get("/review").text)
    assert "1 document of 1 waits for somebody to look" in page
    assert "EX-42" in page
    assert "2 fields not read 1 error 1 note" in page
    (entry,) = client.get("/review.json").get_json()["documents"]
    assert (entry["document"], entry["number"], entry["severity"], entry["state"]) == (SHA256, NUMBER, "error", "open")
    assert (entry["not_read"], entry["errors"], entry["notes"], entry["url"]) == (2, 1, 1, PAGE)
    (row,) = csv.DictReader(io.StringIO(client.get("/review.csv").text))
    assert (row["name"], row["not_read"], row["errors"], row["days"].isdigit()) == ("example-9942.pdf", "2", "1", True)


def test_the_queue_is_narrowed_and_ordered_by_its_address(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        clean = replace(extraction("clean", number="OCA.0016.9001.CS"), fields=(), findings=())
        save_extraction(session, clean, "clean.txt")
        save_extraction(
            session, replace(extraction("nameless", number=None), fields=(), findings=()), "nameless.txt", clock=lambda: samples.NOW
        )
    assert names(client, "") == ["example-9942.pdf", "nameless.txt"]
    assert names(client, "?state=done") == ["clean.txt"]
    assert set(names(client, "?state=all")) == {"clean.txt", "example-9942.pdf", "nameless.txt"}
    assert names(client, "?kind=number") == ["nameless.txt"]
    assert names(client, "?kind=unread") == ["example-9942.pdf"]
    assert names(client, "?severity=note") == ["example-9942.pdf"]
    assert names(client, "?state=all&sort=newest")[0] == "clean.txt"
    assert names(client, "?state=all&sort=number") == ["clean.txt", "example-9942.pdf", "nameless.txt"]
    assert names(client, "?q=EXAMPLE+9942") == ["example-9942.pdf"]
    assert names(client, "?q=nothing") == []
    assert "number not read" in plain(client.get("/review?kind=number").text)


@pytest.mark.parametrize("query", ["state=x", "severity=x", "kind=x", "sort=x", "page=0", "page=x", "page=٣"])
@pytest.mark.parametrize("address", ["/review", "/review.json", "/review.csv"])
def test_an_address_that_says_nothing_is_refused_with_the_remedy(address: str, query: str, client: FlaskClient) -> None:
    answer = client.get(f"{address}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text


def test_each_field_has_its_box_on_the_page(client: FlaskClient) -> None:
    page = client.get(PAGE).text
    anchor = re.search(r'<tr id="field-(\d+)" data-place="box-\1"[^>]*>\s*<th scope="row"><a [^>]*>Software version<', page)
    assert anchor
    box = next(place.box for place in reviewing.reading().fields if place.field == "software_version")
    assert box
    left, top, right, bottom = box
    rect = re.search(rf'<rect id="box-{anchor[1]}"[^>]* x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', page)
    assert rect
    x, y, width, height = map(float, rect.groups())
    assert x < left < right < x + width
    assert y < top < bottom < y + height
    assert f'href="#box-{anchor[1]}"' in page
    assert 'viewBox="0 0 595.0 842.0"' in page
    assert "style=" not in page


def test_the_picture_is_served_and_nothing_else_of_the_document(client: FlaskClient) -> None:
    answer = client.get(f"{PAGE}/page-1.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data == reviewing.picture()
    for other in ("page-2.png", "page-0.png", "page-99999999999999999999.png", "page--1.png", "original"):
        assert client.get(f"{PAGE}/{other}").status_code == 404
    assert client.get("/review/..%2Fsecret/page-1.png").status_code == 404


def test_a_certificate_links_each_value_to_its_place_on_the_picture(client: FlaskClient) -> None:
    assert f'href="{PAGE}?field=software_version#decide"' in client.get(CERTIFICATE).text
    close_up = re.search(r'<svg class="close-up" viewBox="([\d. ]+)"', client.get(f"{PAGE}?field=software_version").text)
    assert close_up
    left, top, wide, high = map(float, close_up[1].split())
    box = next(place.box for place in reviewing.reading().fields if place.field == "software_version")
    assert box
    assert left < box[0] < box[2] < left + wide
    assert top < box[1] < box[3] < top + high


def test_a_text_is_shown_by_its_lines(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    text = reviewing.text_reading()
    with session_factory.begin() as session:
        save_extraction(session, text, "example-9943.txt")
    page = client.get(f"/review/{text.document.sha256}").text
    assert re.search(r'<tr id="field-\d+" data-place="line-5"[^>]*>\s*<th scope="row"><a [^>]*>Software version<', page)
    assert '<li id="line-5" class="used">' in page
    assert '<svg viewBox="0 0 595' not in page


@pytest.mark.parametrize("address", [f"/review/{'0' * 64}", "/review/x", f"/review/{'0' * 64}.json", f"/review/{SHA256.upper()}"])
def test_a_document_that_is_not_here_is_a_page_that_helps(address: str, client: FlaskClient) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "no such document" in answer.text


def test_a_value_is_corrected_and_shown_as_corrected_everywhere(client: FlaskClient, send: Send) -> None:
    answer = send("correct", field="model", value="EX-42 a")
    assert answer.status_code == 303
    assert "Model: corrected. It now says “EX-42 a”. Undo it" in plain(client.get(answer.location).text)
    assert "EX-42 a corrected" in plain(client.get(CERTIFICATE).text)
    assert "The picture shows it. Before: not read with certainty." in plain(client.get(CERTIFICATE).text)
    document = client.get(f"{CERTIFICATE}.json").get_json()
    assert document["certificate"]["model"] == "EX-42 a"
    (told,) = document["corrections"]
    assert (told["field"], told["read"], told["read_state"], told["value"], told["reason"]) == (
        "model",
        None,
        "unread",
        "EX-42 a",
        "The picture shows it.",
    )
    row = next(row for row in csv.DictReader(io.StringIO(client.get(f"{CERTIFICATE}.csv").text)) if row["field"] == "model")
    assert (row["value"], row["rule"], row["reason"]) == ("EX-42 a", "review", "The picture shows it.")
    assert "corrected Model" in plain(client.get("/?q=9942").text)
    assert client.get("/certificates.json?q=9942").get_json()["entries"][0]["corrections"][0]["value"] == "EX-42 a"


def test_who_decided_is_shown_to_reviewers_alone(
    client: FlaskClient, visitor: FlaskClient, auditor: FlaskClient, send: Send, session_factory: sessionmaker[Session]
) -> None:
    sign_in(client, session_factory, Role.REVIEWER, "xqz")
    send("correct", field="model", value="EX-42 a")
    sign_in(client, session_factory, Role.REVIEWER, "another")
    assert "xqz" in client.get(PAGE).text
    for other in (visitor, auditor):
        for address in (PAGE, CERTIFICATE, f"{CERTIFICATE}.json", f"{CERTIFICATE}.csv", f"{PAGE}.json", "/?q=9942"):
            assert "xqz" not in other.get(address).text


def test_a_decision_leads_to_the_next_point_until_nothing_is_left(client: FlaskClient, send: Send) -> None:
    first = send("finding-stands", field="finding:cover-annex-version", message=FINDING.message, reason="")
    assert "field=model" in first.location
    assert "field=profiles.Reservation" in send("correct", field="model", value="EX-42 a").location
    send("accept", field="profiles.Reservation", reason="")
    last = send("finding-dismissed", field="finding:template-residue", message=reviewing.NOTE.message)
    assert "Nothing is left to look at. 4 are decided." in plain(client.get(last.location).text)
    assert names(client, "") == []
    assert names(client, "?state=done") == ["example-9942.pdf"]
    shown = plain(client.get(CERTIFICATE).text)
    assert FINDING.message in shown
    assert reviewing.NOTE.message not in shown


def test_a_finding_of_the_list_can_be_dismissed(client: FlaskClient, send: Send, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        other = Finding("listing-version", Severity.WARNING, "The list has another.", ("software_version",))
        record_findings(session, "listing", {1: [other]})
    assert "3 findings" in plain(client.get("/?q=9942").text)
    send("finding-dismissed", field="finding:listing-version", message="The list has another.")
    assert "The list has another." not in client.get(CERTIFICATE).text
    assert "2 findings" in plain(client.get("/?q=9942").text)


def test_a_finding_about_a_corrected_value_says_when_it_was_found(client: FlaskClient, send: Send) -> None:
    send("correct", field="software_version", value="V7.0.2")
    assert "Found before a value that it speaks of was corrected." in plain(client.get(CERTIFICATE).text)


def test_a_later_reading_that_differs_is_shown_and_not_applied(
    client: FlaskClient, send: Send, session_factory: sessionmaker[Session]
) -> None:
    send("correct", field="software_version", value="V7.0.2")
    reread(session_factory, software_version="V9.9.9")
    assert client.get(f"{CERTIFICATE}.json").get_json()["certificate"]["software_version"] == "V7.0.2"
    page = plain(client.get(f"{PAGE}?field=software_version").text)
    assert "Read before V7.0.1 Read now V9.9.9 Decided V7.0.2" in page
    assert names(client, "?kind=difference") == ["example-9942.pdf"]
    send("correct", field="software_version", value="V7.0.2", reason="Still so.")
    assert names(client, "?kind=difference") == []
    assert client.get(f"{CERTIFICATE}.json").get_json()["certificate"]["software_version"] == "V7.0.2"


def test_a_row_that_was_missed_can_be_written_in(client: FlaskClient, send: Send) -> None:
    page = client.get(f"{PAGE}?table=configuration_keys&row=ConnectionTimeOut").text
    assert 'name="field" value="configuration_keys.ConnectionTimeOut"' in page
    assert 'name="field" value="performance.Reboot.pics_seconds"' in client.get(f"{PAGE}?table=pics_seconds&row=Reboot").text
    for nothing in ("?table=nonsense&row=x", "?table=hardware&row=+", "?field=nonsense"):
        assert 'id="value"' not in client.get(f"{PAGE}{nothing}").text
    assert send("correct", field="configuration_keys.ConnectionTimeOut", value="30").status_code == 303
    keys = client.get(f"{CERTIFICATE}.json").get_json()["certificate"]["configuration_keys"]
    assert keys == {"HeartbeatInterval": "20", "BlinkRepeat": None, "ConnectionTimeOut": "30"}


def test_what_is_undone_is_as_it_was_read(client: FlaskClient, send: Send) -> None:
    send("correct", field="holder", value="Another")
    decision = re.search(r'name="decision" value="(\d+)"', client.get(PAGE).text)
    assert decision
    assert send("undo", decision=decision[1]).status_code == 303
    document = client.get(f"{CERTIFICATE}.json").get_json()
    assert (document["certificate"], document["corrections"]) == (FACTS.to_json(), [])
    assert [one["action"] for one in client.get(f"{PAGE}.json").get_json()["decisions"]] == ["correct", "undo"]


def test_what_is_no_certificate_is_gone_and_comes_back(client: FlaskClient, send: Send) -> None:
    send("no-certificate", reason="An invoice.")
    assert client.get(CERTIFICATE).status_code == 404
    assert names(client, "?state=no-certificate") == ["example-9942.pdf"]
    page = client.get(PAGE).text
    assert "Mark as no certificate" not in page
    decision = re.search(r'name="decision" value="(\d+)"', page)
    assert decision
    send("undo", decision=decision[1])
    assert client.get(CERTIFICATE).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("certification_date", "2023-02-30", "is no day of the calendar"),
        ("certification_date", "2999-01-01", "is yet to come"),
        ("profiles.Core", "Maybe", "is none of what can stand here"),
        ("performance.OCPP response timeout.pics_seconds", "10s", "is no whole number of seconds"),
        ("number", "9942", "is no certificate number"),
        ("holder", "", "Write the value"),
        ("nonsense", "x", "no field of a certificate"),
    ],
)
def test_an_impossible_value_is_refused_and_stays_in_the_form(
    field: str, value: str, sentence: str, client: FlaskClient, send: Send
) -> None:
    answer = send("correct", field=field, value=value)
    assert answer.status_code in (400, 409)
    assert "Nothing was decided" in answer.text
    assert sentence in answer.text
    assert client.get(f"{CERTIFICATE}.json").get_json()["certificate"] == FACTS.to_json()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reason": "  "}, "Say in a few words why"),
        ({"reason": "x" * 501}, "At most 500"),
        ({"value": "x" * 1001}, "longer than anything"),
        ({"state": "nonsense"}, "Choose one of what"),
        ({"action": "delete"}, "Use one of the buttons"),
        ({"reading": ""}, "Load the page anew"),
        ({"reading": "999"}, "read or reviewed again"),
        ({"csrf_token": "x"}, "cookies"),
    ],
)
def test_a_form_that_is_not_whole_is_refused(values: dict[str, str], sentence: str, client: FlaskClient, send: Send) -> None:
    answer = send(**{"action": "correct", "field": "holder", "value": "Another"} | values)
    assert answer.status_code in (400, 409)
    assert sentence in unescape(answer.text)
    assert client.get(f"{PAGE}.json").get_json()["decisions"] == []


def test_a_form_that_is_too_large_is_refused(send: Send) -> None:
    assert send("correct", field="holder", value="x" * 100_000).status_code == 413


@pytest.mark.parametrize("who", ["visitor", "auditor"])
def test_reviewers_alone_decide(who: str, request: pytest.FixtureRequest, client: FlaskClient, send: Send) -> None:
    other: FlaskClient = request.getfixturevalue(who)
    page = other.get(PAGE).text
    assert "reviewers decide on it" in page
    assert 'name="action"' not in page
    sent = {"csrf_token": token_of(other), "action": "correct", "field": "holder", "value": "Another", "reason": "I say so."}
    answer = other.post(PAGE, data=sent)
    assert (answer.status_code, answer.headers.get("Location", "")[:8]) == ((303, "/sign-in") if who == "visitor" else (403, ""))
    assert client.get(f"{PAGE}.json").get_json()["decisions"] == []
    assert send("correct", field="holder", value="Another").status_code == 303


def test_hostile_texts_are_shown_and_do_nothing(client: FlaskClient, send: Send, session_factory: sessionmaker[Session]) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    facts = CertificateFacts(number="OCA.0016.9944.CS", holder=hostile, designation=hostile, hardware={hostile: hostile})
    whole = extraction(facts=facts)
    document = replace(whole, public_text=hostile, fields=(), findings=(Finding("r", Severity.NOTE, hostile),))
    with session_factory.begin() as session:
        save_extraction(session, document, hostile)
    page = f"/review/{whole.document.sha256}"
    send("correct", page=page, field="holder", value=hostile, reason=hostile)
    for address in (
        "/review",
        page,
        f"{page}?field=holder",
        f"{page}?field={hostile}",
        f"/review?q={hostile}",
        "/",
        "/certificates/OCA.0016.9944.CS",
    ):
        shown = client.get(address).text.replace("<wbr>", "")
        assert "<script>alert" not in shown, address
        assert "<img src=x" not in shown, address


def test_a_review_has_the_checks_made_anew(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    asked: list[tuple[str, Held | None]] = []
    app = create_web(settings, sessions=session_factory, recheck=lambda _session, sha256, before: asked.append((sha256, before)))
    visitor = sign_in(app.test_client(), session_factory, Role.REVIEWER)
    shown = visitor.get(PAGE).text
    sent = {name: hidden(shown, name) for name in ("csrf_token", "reading", "seen")}
    sent |= {"action": "correct", "field": "number", "value": "OCA.0016.9949.CS", "state": "read", "reason": "Misread."}
    assert visitor.post(PAGE, data=sent).status_code == 303
    assert asked == [(reviewing.SHA256, Held(NUMBER, None, "CS OCPP 1.6 ex42"))]
