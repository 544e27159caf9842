"""Badges and QR codes: what they say, to whom they can be shown, and that nothing in them can act."""

from __future__ import annotations

from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.roles import Role
from registry.badges.drawing import COLOURS, Badge, badge_svg, qr_svg
from registry.badges.standing import certificate_badge
from registry.certificates.store import save_extraction
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.registry import samples
from tests.registry.making import extraction, row
from tests.registry.signing_in import bearer

NUMBER = "OCA.0016.9001.CS"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(client: FlaskClient, address: str) -> Element:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml"), answer.text
    found: Element = fromstring(answer.text)
    return found


def said(picture: Element) -> list[str | None]:
    return [text.text for text in picture.iter(f"{SVG}text")]


@pytest.fixture
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "first.txt")
        import_rows(session, "list.csv", "0" * 64, [row(1), row(2)])


@pytest.mark.usefixtures("stocked")
def test_a_certificate_is_told_by_number_protocol_and_state(client: FlaskClient) -> None:
    picture = drawn(client, f"/certificates/{NUMBER}/badge.svg")
    assert said(picture) == [NUMBER, "OCPP 1.6", "certified"]
    assert picture.attrib["role"] == "img"
    assert picture.findtext(f"{SVG}title") == NUMBER
    assert "the registry has read its document" in str(picture.findtext(f"{SVG}desc"))
    assert said(drawn(client, "/certificates/OCA.0016.0001.CSMS/badge.svg"))[2] == "not read"


@pytest.mark.usefixtures("stocked")
def test_what_the_list_has_no_more_is_withdrawn_and_comes_back(session_factory: sessionmaker[Session]) -> None:
    def state() -> str | None:
        with session_factory() as session:
            found = certificate_badge(session, "OCA.0016.0001.CSMS")
            return found.state if found else None

    with session_factory.begin() as session:
        import_rows(session, "list.csv", "1" * 64, [row(2)])
    assert state() == "withdrawn"
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "2" * 64, [row(1), row(2)])
    assert state() == "not read"


@pytest.mark.usefixtures("stocked")
def test_an_older_revision_is_superseded_and_the_newer_is_not(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        newer = extraction("newer", revision="update-2025-12-12", certification_date="2025-12-12")
        save_extraction(session, newer, "newer.txt")
    assert said(drawn(client, f"/certificates/{NUMBER}/badge.svg"))[2] == "superseded"
    assert said(drawn(client, f"/certificates/{NUMBER}/badge.svg?revision=update-2025-12-12"))[0::2] == [
        f"{NUMBER} update-2025-12-12",
        "certified",
    ]
    assert client.get(f"/certificates/{NUMBER}/badge.svg?revision=none").status_code == 404


def test_a_device_is_told_by_the_verdict_of_its_last_audit_and_its_day(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings
) -> None:
    with session_factory.begin() as session:
        save_extraction(session, samples.example_certificate(), "example.txt")
    assert client.get("/devices/CP-4711/badge.svg").status_code == 404
    samples.audited(session_factory, settings, samples.conformant_report(), at=samples.NOW - timedelta(days=1))
    assert said(drawn(client, "/devices/CP-4711/badge.svg"))[2] == "conformant, 2026-05-03"
    samples.audited(session_factory, settings)
    picture = drawn(client, "/devices/CP-4711/badge.svg")
    assert said(picture) == ["CP-4711", "OCPP audit", "deviates, 2026-05-04"]
    assert COLOURS["bad"] in [box.get("fill") for box in picture.iter(f"{SVG}rect")]
    assert fromstring(client.get("/devices/CP-4711/qr.svg").text) is not None
    assert client.get("/devices/wss://elsewhere.example/x/badge.svg").status_code in (303, 401, 403, 404)


@pytest.mark.usefixtures("stocked")
def test_other_pages_may_show_it_and_need_not_fetch_it_again(client: FlaskClient) -> None:
    answer = client.get(f"/certificates/{NUMBER}/badge.svg")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "max-age=300" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    again = client.get(f"/certificates/{NUMBER}/badge.svg", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.usefixtures("stocked")
def test_the_page_says_how_to_show_it_elsewhere(client: FlaskClient) -> None:
    page = client.get(f"/certificates/{NUMBER}").text
    assert f'src="/certificates/{NUMBER}/badge.svg"' in page
    assert f"&lt;img src=&#34;http://localhost/certificates/{NUMBER}/badge.svg&#34;" in page or (
        f'&lt;img src="http://localhost/certificates/{NUMBER}/badge.svg"' in page
    )


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.sampled_from(sorted(COLOURS)))
@example("<script>alert(1)</script>", '"><image href="http://x"/>', "&amp;\x00\ud800\u202e", "good")
def test_no_text_can_be_more_than_text(name: str, about: str, state: str, tone: str) -> None:
    picture = fromstring(badge_svg(Badge(name, about, state, tone, f"{name} {state}")).encode("utf-8", "strict"))
    kinds = {element.tag.removeprefix(SVG) for element in picture.iter()}
    assert kinds <= {"svg", "title", "desc", "clipPath", "g", "rect", "text"}
    assert not {name for element in picture.iter() for name in element.attrib if name.startswith("on") or "href" in name}


@given(st.text(max_size=60))
def test_a_qr_code_is_always_a_picture(title: str) -> None:
    picture = fromstring(qr_svg("https://registry.example/certificates/OCA.0016.0408.CS", title).encode("utf-8", "strict"))
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= {"svg", "g", "title", "desc", "path"}


@pytest.mark.parametrize(
    ("program", "page"),
    [
        (f"certificates/{NUMBER}/badge", f"certificates/{NUMBER}/badge.svg"),
        (f"certificates/{NUMBER}/qr", f"certificates/{NUMBER}/qr.svg"),
        ("fleet/badges/CP-1", "devices/CP-1/badge.svg"),
        ("fleet/codes/CP-1", "devices/CP-1/qr.svg"),
    ],
)
@pytest.mark.usefixtures("stocked")
def test_programs_get_the_same_pictures(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings, program: str, page: str
) -> None:
    samples.audited(session_factory, settings, station="CP-1")
    answer, shown = client.get(f"/api/v1/{program}"), client.get(f"/{page}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/svg+xml", shown.data)
    for header in ("Content-Security-Policy", "Cross-Origin-Resource-Policy"):
        assert answer.headers[header] == shown.headers[header]
    assert client.get(f"/api/v1/{program}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_programs_get_no_picture_of_what_is_not_for_them(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings
) -> None:
    central = "wss://csms.example/ocpp"
    samples.audited(session_factory, settings, station=central)
    auditor = bearer(session_factory, Role.AUDITOR)
    for kind in ("badges", "codes"):
        assert client.get(f"/api/v1/fleet/{kind}/nobody").status_code == 404
        hidden = client.get(f"/api/v1/fleet/{kind}/{central}")
        assert (hidden.status_code, hidden.mimetype) == (404, "application/problem+json")
        assert client.get(f"/api/v1/fleet/{kind}/{central}", headers=bearer(session_factory, Role.READER)).status_code == 404
        assert client.get(f"/api/v1/fleet/{kind}/{central}", headers=auditor).status_code == 200
    for kind in ("badge", "qr"):
        assert client.get(f"/api/v1/certificates/OCA.0016.7777.CS/{kind}").status_code == 404


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("day", [None, extraction().certificate.certification_date])
def test_where_it_cannot_be_told_which_revision_holds_the_badge_says_so(
    client: FlaskClient, session_factory: sessionmaker[Session], day: str | None
) -> None:
    """Another revision of the same day, or of none."""
    with session_factory.begin() as session:
        save_extraction(session, extraction("another", revision="B", certification_date=day), "another.txt")
    for revision in ("", "B"):
        picture = drawn(client, f"/certificates/{NUMBER}/badge.svg?revision={revision}")
        assert said(picture)[2] == "several revisions"
        assert "cannot be told from their dates" in str(picture.findtext(f"{SVG}desc"))
