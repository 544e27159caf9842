"""Feeds for everybody: what RFC 4287 asks of them, what is in them, and what is not."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from registry.certificates.store import save_extraction
from registry.events import EventKind, Happening, record
from registry.fleet.devices import NewDevice
from registry.fleet.matching import match_fleet
from registry.fleet.models import FleetDevice
from registry.fleet.store import keep
from registry.listing.store import import_rows
from registry.settings import Settings
from registry.watches import happenings, topics
from registry.watches.happenings import PAGE
from registry.watches.topics import Topic
from tests.registry import samples
from tests.registry.making import EPOCH, Ticking, extraction, row

ATOM = "{http://www.w3.org/2005/Atom}"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TAG = re.compile(r"tag:[0-9a-f-]{36}\.invalid,2026:[a-z]+:[0-9a-f]+")
NUMBER = "OCA.0016.9001.CS"


@pytest.fixture
def filled(session_factory: sessionmaker[Session], settings: Settings) -> Ticking:
    """A certificate that came, was reissued, is listed and was audited."""
    clock = Ticking()
    with session_factory.begin() as session:
        save_extraction(session, extraction(), name="one.txt", parser_version="1", clock=clock)
        again = extraction("document 2", software_version="V1.3.338", certification_date="2024-07-12")
        save_extraction(session, again, name="two.txt", parser_version="1", clock=clock)
        import_rows(session, "list.csv", "a" * 64, [row(1, number=NUMBER, certificate_no=NUMBER, company="Holder 1")], clock=clock)
    samples.audited(session_factory, settings, certificate=NUMBER, station="CP-1", at=EPOCH + timedelta(hours=1))
    return clock


def read(answer: TestResponse) -> Element:
    """The feed, after everything that RFC 4287 requires of one was found in it."""
    assert answer.status_code == 200
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    hold_to_rfc_4287(feed)
    return feed  # type: ignore[no-any-return]  # defusedxml has no types


def hold_to_rfc_4287(feed: Element) -> None:
    """Sections 4.1.1 and 4.1.2: what must be there once, what at most once, and of which form."""
    once(feed, "id", TAG)
    once(feed, "title", re.compile(r"\S.*", re.DOTALL))
    once(feed, "updated", MOMENT)
    assert len(feed.findall(f"{ATOM}author/{ATOM}name")) == 1
    relations = [(link.get("rel"), link.get("type")) for link in feed.findall(f"{ATOM}link")]
    assert relations.count(("self", "application/atom+xml")) == 1
    assert len({pair for pair in relations if pair[0] == "alternate"}) == len([pair for pair in relations if pair[0] == "alternate"]) == 1
    for link in feed.iter(f"{ATOM}link"):
        parts = urlsplit(link.get("href") or "")
        assert parts.scheme in ("http", "https")
        assert parts.netloc
    entries = feed.findall(f"{ATOM}entry")
    ids = [once(entry, "id", TAG) for entry in entries]
    assert len(ids) == len(set(ids))
    moments = [once(entry, "updated", MOMENT) for entry in entries]
    assert moments == sorted(moments, reverse=True)
    for entry in entries:
        once(entry, "title", re.compile(r"\S.*", re.DOTALL))
        assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate"]
        assert [one.get("type") for one in entry.findall(f"{ATOM}content")] == ["text"]
        assert all(len(child) == 0 for child in entry), "text only"
    allowed = {"id", "title", "subtitle", "updated", "author", "generator", "link", "entry"}
    assert {child.tag for child in feed} <= {ATOM + name for name in allowed}


def once(parent: Element, name: str, form: re.Pattern[str]) -> str:
    found = parent.findall(ATOM + name)
    assert len(found) == 1, name
    text = found[0].text or ""
    assert form.fullmatch(text), (name, text)
    return text


def sentences(feed: Element) -> list[str]:
    return [entry.findtext(f"{ATOM}content") or "" for entry in feed.findall(f"{ATOM}entry")]


def linked(feed: Element, relation: str) -> str | None:
    return next((link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == relation), None)


@pytest.mark.usefixtures("filled")
def test_a_certificate_tells_what_happened_to_it_newest_first(client: FlaskClient) -> None:
    feed = read(client.get(f"/certificates/{NUMBER}.atom"))
    name = f"{NUMBER} (Product 1, Holder 1)"
    assert sentences(feed) == [
        f"An audit of CP-1 against {name} ended with the verdict: deviates.",
        f"The OCA list has {name} for the first time.",
        (
            f"Another document of {name} came, and is shown from now on. What differs: Software version “V1.3.337”, now “V1.3.338”; "
            "Certification date “2023-07-12”, now “2024-07-12”."
        ),
        f"The document of {name} came into the registry.",
    ]
    assert feed.findtext(f"{ATOM}updated") == "2026-01-01T01:01:12Z", "of the log, and never the time of asking"
    assert [entry.find(f"{ATOM}category").get("term") for entry in feed.findall(f"{ATOM}entry")] == [  # type: ignore[union-attr]  # each has one
        "audit.audited",
        "listing.new",
        "certificate.reissued",
        "certificate.new",
    ]
    assert linked(feed, "alternate") == f"http://localhost/certificates/{NUMBER}"
    assert linked(feed, "self") == f"http://localhost/certificates/{NUMBER}.atom"


@pytest.mark.parametrize(
    "path",
    [
        "/certificates.atom",
        "/certificates.atom?q=product&role=CS&profile=Core&sort=holder&page=7&size=10",
        "/holders/holder-1.atom",
        "/products/holder-1/product-1.atom",
        f"/certificates/{NUMBER}.atom",
    ],
)
@pytest.mark.usefixtures("filled")
def test_the_same_event_has_the_same_id_in_every_feed(client: FlaskClient, path: str) -> None:
    ids = {once(entry, "id", TAG) for entry in read(client.get(path)).findall(f"{ATOM}entry")}
    of_all = {once(entry, "id", TAG) for entry in read(client.get("/certificates.atom")).findall(f"{ATOM}entry")}
    assert ids == of_all
    assert len(ids) == 4


@pytest.mark.usefixtures("filled")
def test_a_search_tells_of_what_it_finds_alone(client: FlaskClient) -> None:
    assert sentences(read(client.get("/certificates.atom?role=CSMS"))) == []
    assert len(sentences(read(client.get("/certificates.atom?q=prodct")))) == 4, "as the page understands a misspelt word"
    feed = read(client.get("/certificates.atom?profile=Core&q=product"))
    assert feed.findtext(f"{ATOM}title") == "Certificates: “product”, Core"
    other_order = read(client.get("/certificates.atom?q=product&profile=Core&sort=number"))
    assert feed.findtext(f"{ATOM}id") == other_order.findtext(f"{ATOM}id")


def test_a_feed_without_events_was_updated_when_the_installation_was_made(client: FlaskClient) -> None:
    first = read(client.get("/certificates.atom"))
    assert sentences(first) == []
    assert datetime.fromisoformat(once(first, "updated", MOMENT)) <= datetime.now(UTC)
    assert client.get("/certificates.atom").data == client.get("/certificates.atom").data


@pytest.mark.usefixtures("filled")
def test_asking_again_costs_nothing_until_something_happens(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    path = "/holders/holder-1.atom"
    first = client.get(path)
    by_tag = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    by_time = client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (by_tag.status_code, by_tag.data, by_time.status_code) == (304, b"", 304)
    assert first.headers["Last-Modified"] == "Thu, 01 Jan 2026 01:01:12 GMT"
    with session_factory.begin() as session:
        record(session, EPOCH + timedelta(days=1), [Happening(EventKind.WITHDRAWN, "listing", NUMBER, None, {})])
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 200


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("window", [happenings.WINDOW, PAGE + 7, 3])
def test_older_entries_stand_on_further_pages_each_once(
    client: FlaskClient, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(happenings, "WINDOW", window)
    with session_factory.begin() as session:
        for number in range(2 * PAGE):
            record(session, EPOCH + timedelta(days=1, minutes=number), [Happening(EventKind.REAPPEARED, "listing", NUMBER, None, {})])
    path: str | None = "/certificates.atom?q=product"
    seen: list[str] = []
    pages = 0
    while path is not None:
        feed = read(client.get(path))
        seen += [once(entry, "id", TAG) for entry in feed.findall(f"{ATOM}entry")]
        path = linked(feed, "next")
        pages += 1
        assert linked(feed, "first") == "http://localhost/certificates.atom?q=product"
        assert len(feed.findall(f"{ATOM}entry")) <= PAGE
    assert (pages, len(seen), len(set(seen))) == (3, 2 * PAGE + 4, 2 * PAGE + 4)


@pytest.mark.usefixtures("filled")
def test_a_device_tells_of_audits_and_of_drift_and_so_does_its_site(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    device = NewDevice(
        row=2,
        identity="CP-1",
        vendor="Holder 1",
        model="Product 1",
        firmware="V1.0",
        serial=None,
        site="Harbour & Co",
        endpoint="wss://user:secret@10.0.0.1/CP-1",
        latitude=None,
        longitude=None,
        installed=None,
        role="CS",
        protocol=None,
        hardware={},
    )
    with session_factory.begin() as session:
        keep(session, [device], "fleet.csv", "b" * 64, clock=lambda: EPOCH)
    for _ in range(2):
        match_fleet(session_factory, clock=lambda: EPOCH + timedelta(hours=2))
    expected = [
        "CP-1 said in an audit that it runs “V2.4.1”; the fleet's row of it has “V1.0”.",
        f"An audit of CP-1 against {NUMBER} (Product 1, Holder 1) ended with the verdict: deviates.",
    ]
    for path in ("/devices/CP-1.atom", "/fleet.atom?site=Harbour+%26+Co", "/fleet.atom"):
        answer = client.get(path)
        assert sentences(read(answer)) == expected, path
        assert b"10.0.0.1" not in answer.data
        assert b"secret" not in answer.data
    assert sentences(read(client.get("/fleet.atom?site=Elsewhere"))) == []
    for path in ("/devices/CP-1", "/fleet?site=Harbour+%26+Co", "/holders/holder-1", "/products/holder-1/product-1", "/?q=product"):
        page = client.get(path).text
        assert ">Keep watch</a>" in page, path
        assert ">Atom feed</a>" in page
        assert '<link rel="alternate" type="application/atom+xml"' in page
    with session_factory.begin() as session:
        session.get_one(FleetDevice, "CP-1").answer = "covered"
    for _ in range(2):
        match_fleet(session_factory, clock=lambda: EPOCH + timedelta(hours=3))
    feed = read(client.get("/devices/CP-1.atom"))
    assert sentences(feed)[1:] == expected
    assert sentences(feed)[0].startswith("Whether a certificate covers CP-1 was answered “covered”, and is answered “not covered” now: ")
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "Not covered now: CP-1"


@pytest.mark.parametrize(
    ("row_says", "said"),
    [
        ("V2.4.1", "CP-1 runs “V2.4.1”, as the fleet's row of it has it."),
        (None, "The fleet's row of CP-1 names no firmware any more that it could drift from."),
    ],
)
def test_the_end_of_a_drift_is_told(client: FlaskClient, session_factory: sessionmaker[Session], row_says: str | None, said: str) -> None:
    payload = {"row": row_says, "seen": "V2.4.1"}
    with session_factory.begin() as session:
        record(session, EPOCH, [Happening(EventKind.DRIFT_ENDED, "device", None, None, payload, device="CP-1")])
        page = happenings.newest(session, topics.Topic(topics.Kind.DEVICE, "CP-1"))
    [seen] = page.seen
    assert (seen.told.title, seen.told.sentence) == ("Firmware drift ended: CP-1", said)
    assert seen.told.type == "device.firmware-drift-ended"
    assert said.replace("'", "&#39;") in client.get("/history?subject=device").text


@pytest.mark.usefixtures("filled")
def test_the_address_of_a_central_system_stands_in_no_feed(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    payload = {"audit": "x", "verdict": "conformant", "mode": "charge-point"}
    hidden = Happening(EventKind.AUDITED, "audit", NUMBER, None, payload, device="wss://central.example/ocpp")
    with session_factory.begin() as session:
        record(session, EPOCH + timedelta(days=1), [hidden])
    answer = client.get(f"/certificates/{NUMBER}.atom")
    assert sentences(read(answer))[0].startswith("An audit of a central system against")
    assert b"central.example" not in answer.data
    assert client.get("/devices/wss://central.example/ocpp.atom").status_code == 404


NASTY = "<script>alert(1)</script> ]]> & \x00\x08\x1b\ufffe \ud800 é 강남"


def test_texts_of_certificates_stay_texts(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    facts: dict[str, Any] = {"holder": NASTY, "designation": NASTY, "software_version": NASTY}
    with session_factory.begin() as session:
        save_extraction(session, extraction(**facts), name="one.txt", parser_version="1", clock=Ticking())
        save_extraction(session, extraction("2", software_version="</entry>"), name="two.txt", parser_version="1", clock=Ticking())
    answer = client.get(f"/certificates/{NUMBER}.atom")
    feed = read(answer)
    assert "&lt;/entry&gt;" in answer.text
    assert "<script" not in answer.text
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", answer.text)
    assert len(feed.findall(f"{ATOM}entry")) == 2


@pytest.mark.usefixtures("filled")
def test_what_cannot_be_is_one_sentence(client: FlaskClient) -> None:
    for path, status in (
        ("/certificates/OCA.0016.9999.CS.atom", 404),
        ("/holders/nobody.atom", 404),
        ("/products/holder-1/nothing.atom", 404),
        ("/devices/CP-404.atom", 404),
        ("/certificates.atom?year=soon", 400),
        ("/certificates.atom?before=soon", 400),
        ("/certificates.atom?before=99999999999", 400),
        ("/fleet.atom?sort=wrong", 400),
        (f"/certificates.atom?q={'x' * 10_000}", 400),
    ):
        answer = client.get(path)
        assert answer.status_code == status, path
        assert "Traceback" not in answer.text


def test_paths_are_those_of_the_pages(site_app: Flask) -> None:
    adapter = site_app.url_map.bind("localhost")
    cases: tuple[tuple[str, dict[str, str], Topic | None], ...] = (
        ("certificates.certificate", {"number": "OCA.0016 é/&?.CS"}, topics.of_certificate("OCA.0016 é/&?.CS")),
        ("certificates.products.holder", {"slug": "강남-1"}, topics.of_holder("강남-1")),
        ("certificates.products.product", {"holder": "a-b", "slug": "ç-9"}, topics.of_product("a-b", "ç-9")),
        ("campaigns.device", {"station_id": "site/CP 1+ü"}, topics.of_device("site/CP 1+ü")),
        ("certificates.home", {"q": "a b"}, topics.parse("search", "q=a+b&page=3")),
        ("fleet.index", {"site": "A & B"}, topics.parse("fleet", "site=A+%26+B")),
    )
    for endpoint, values, topic in cases:
        assert topic is not None
        assert topic.page == adapter.build(endpoint, values)


@pytest.mark.usefixtures("filled")
def test_links_lead_to_the_public_address(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    public = Settings(home=settings.home, database=settings.database, public_address="https://registry.example/chargers/")
    feed = read(samples.web(public, session_factory).test_client().get("/holders/holder-1.atom"))
    assert linked(feed, "self") == "https://registry.example/chargers/holders/holder-1.atom"
    assert all((link.get("href") or "").startswith("https://registry.example/chargers/") for link in feed.iter(f"{ATOM}link"))
