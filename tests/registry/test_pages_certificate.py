"""The page of one certificate, with its JSON and CSV, and the page of an entry that only the list knows."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates import presentation
from registry.certificates.facts import CertificateFacts, Extraction, FieldState, Finding, PerformanceRow, Provenance, Severity
from registry.certificates.findings import record_findings
from registry.certificates.store import save_extraction
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.registry import samples
from tests.registry.making import FACTS, extraction, row

NUMBER = "OCA.0016.9001.CS"
PAGE = f"/certificates/{NUMBER}"
TEXT = """OCPP 1.6 Subset Certificate
Holder: Holder 1
Software version: V1.3.337
Core  Pass
Smart Charging  N/A
HeartbeatInterval  20
BlinkRepeat  -
[approval block withheld: personal names]
"""
FIELDS = (
    Provenance("holder", "Holder 1", FieldState.READ, 1, 2, None, "label"),
    Provenance("software_version", "V1.3.337", FieldState.READ, 1, 3, None, "label"),
    Provenance("model", None, FieldState.ABSENT, None, None, None, "none"),
    Provenance("test_report_reference", None, FieldState.UNREAD, 1, None, None, "none"),
    Provenance("profiles.Core", "Pass", FieldState.READ, 1, 4, None, "row"),
    Provenance("profiles.Smart Charging", "N/A", FieldState.NOT_APPLICABLE, 1, 5, None, "row"),
    Provenance("profiles.Reservation", None, FieldState.UNREAD, 1, None, None, "row"),
    Provenance("configuration_keys.HeartbeatInterval", "20", FieldState.READ, 1, 6, None, "row"),
    Provenance("configuration_keys.BlinkRepeat", "-", FieldState.DECLARED_EMPTY, 1, 7, None, "row"),
    Provenance("configuration_keys.LightIntensity", None, FieldState.UNREAD, 1, None, None, "row"),
    Provenance("hardware.Fixed cable", "<>", FieldState.DECLARED_EMPTY, 1, 900, None, "row"),
)


def reading(facts: CertificateFacts = FACTS) -> Extraction:
    return replace(extraction(facts=facts), fields=FIELDS, public_text=TEXT)


@pytest.fixture
def stored(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, reading(), "first.txt")


def plain(page: str) -> str:
    """What a reader reads."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<wbr>", "", page)).replace("\n", " "))


def row_of(page: str, label: str) -> str:
    """The row of a table or of a list of facts that begins with `label`, without markup."""
    found = re.search(
        rf"<(?:dt|th scope=\"row\")[^>]*>{re.escape(label)}</(?:dt|th)>(.*?)(?:<dt>|</tr>|</dl>)", page.replace("<wbr>", ""), re.S
    )
    assert found, label
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[1])).split()).replace(" ,", ",")


@pytest.mark.usefixtures("stored")
def test_every_value_says_where_it_was_read_or_why_there_is_none(client: FlaskClient) -> None:
    page = client.get(PAGE).text
    assert row_of(page, "Holder") == "Holder 1 Holder, read from line 2"
    assert row_of(page, "Software version") == "V1.3.337 Software version, read from line 3"
    assert row_of(page, "Model") == "not in the document"
    assert row_of(page, "Test report") == "not read with certainty"
    assert row_of(page, "Core") == "Pass Core, read from line 4"
    assert row_of(page, "Smart Charging") == "N/A Smart Charging, read from line 5"
    assert row_of(page, "Reservation") == "not read with certainty"
    assert row_of(page, "HeartbeatInterval") == "20 HeartbeatInterval, read from line 6"
    assert row_of(page, "BlinkRepeat") == "declared empty BlinkRepeat, read from line 7"
    assert row_of(page, "LightIntensity") == "not read with certainty"


@pytest.mark.usefixtures("stored")
def test_a_line_link_leads_to_the_line_that_prints_the_value(client: FlaskClient) -> None:
    page = client.get(PAGE).text
    assert 'href="#line-3"' in page
    line = re.search(r'<li id="line-3" class="used">(.*?)</li>', page)
    assert line
    assert "V1.3.337" in line[1]
    assert "[approval block withheld: personal names]" in page


def test_a_place_that_the_shown_text_does_not_confirm_is_no_link() -> None:
    lines = presentation.lines(TEXT, {})
    place = Provenance("holder", "Holder 1", FieldState.READ, 1, 2, None, "label")
    assert presentation.where(place, lines) == 2
    assert presentation.where(replace(place, raw="**Holder 1**"), lines) == 2
    assert presentation.where(replace(place, line=3), lines) is None
    assert presentation.where(replace(place, line=8), lines) is None
    assert presentation.where(replace(place, line=900), lines) is None
    assert presentation.where(replace(place, line=None), lines) is None


@pytest.mark.usefixtures("stored")
def test_a_profile_that_was_not_read_is_never_called_uncovered(client: FlaskClient) -> None:
    said = plain(client.get(PAGE).text)
    assert "Not covered: Smart Charging." in said
    assert "Not read with certainty: Reservation." in said


@pytest.mark.usefixtures("stored")
def test_times_stand_beside_one_another_with_a_bar(client: FlaskClient) -> None:
    page = client.get(PAGE).text
    assert "4 s measured of 10 s declared" in page
    assert 'width="40.0"' in page
    assert row_of(page, "Response time Authorize") == "no value 0 s"


@pytest.mark.parametrize(
    ("pics", "measured", "expected"),
    [(10, 4, presentation.Bar(40.0, False)), (10, 12, presentation.Bar(100.0, True)), (None, 4, None), (10, None, None), (0, 1, None)],
)
def test_a_bar_is_the_share_of_the_declared_time(pics: int | None, measured: int | None, expected: presentation.Bar | None) -> None:
    assert presentation.bar(pics, measured) == expected


@pytest.mark.usefixtures("stored")
def test_keys_can_be_narrowed_without_a_script(client: FlaskClient) -> None:
    def names(query: str) -> list[str]:
        found = re.search(r'<table class="keys".*?</table>', client.get(PAGE + query).text, re.S)
        return re.findall(r'<th scope="row">(.*?)</th>', found[0].replace("<wbr>", "")) if found else []

    assert names("") == ["HeartbeatInterval", "BlinkRepeat", "LightIntensity"]
    assert names("?keys=interval") == ["HeartbeatInterval"]
    assert names("?keys=20") == ["HeartbeatInterval"]
    assert names("?show=empty") == ["BlinkRepeat"]
    assert names("?show=unread") == ["LightIntensity"]
    assert names("?show=value&keys=blink") == []
    assert client.get(PAGE + "?show=blue").status_code == 400


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("query", ["", "?show=empty", "?keys=interval", "?show=unread&keys=light", "?keys=nosuchkey"])
def test_every_link_leads_somewhere(query: str, client: FlaskClient) -> None:
    page = client.get(PAGE + query).text
    links = {unescape(link) for link in re.findall(r'<a\b[^>]*\bhref="([^"]*)"', page)}
    here = {link for link in links if link.split("#")[0].split("?")[0] in ("", PAGE)}
    assert any(link.startswith(PAGE) and link.endswith("#configuration") for link in here), "the choices of keys are among them"
    wrong = {link: code for link in links if link[:1] == "/" and (code := client.get(link.split("#")[0]).status_code) >= 400}
    assert wrong == {}
    assert {link for link in here if "#" in link and f'id="{link.partition("#")[2]}"' not in page} == set()


@pytest.mark.usefixtures("stored")
def test_findings_stand_with_their_severity_and_their_lines(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        record_findings(session, "listing", {1: [Finding("x", Severity.WARNING, "The list has another version.", ("software_version",))]})
    page = plain(re.sub(r"<[^>]+>", " ", client.get(PAGE).text)).replace(" ,", ",")
    assert "error Something wrong." in page
    assert "warning The list has another version. Software version, read from line 3" in page


def test_document_and_list_stand_side_by_side_and_a_difference_is_marked(
    client: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    with session_factory.begin() as session:
        save_extraction(session, reading(), "first.txt")
        listed = row(1, certificate_no=NUMBER, number=NUMBER, software_version="V1.3.340", url="https://example.org/a.pdf")
        import_rows(session, "list.csv", "0" * 64, [listed])
        record_findings(session, "listing", {1: [Finding("x", Severity.WARNING, "Another version.", ("software_version",))]})
    page = client.get(PAGE).text
    listing = page[page.index('id="listing"') :]
    assert row_of(listing, "Software version") == "V1.3.337 V1.3.340 differs"
    assert row_of(listing, "Holder") == "Holder 1 Holder 1"
    assert 'href="https://example.org/a.pdf"' in page


def test_an_entry_of_the_list_says_that_no_document_is_held(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "0" * 64, [row(7, url="javascript:alert(1)")])
    page = client.get("/certificates/OCA.0016.0007.CSMS").text
    assert "This registry holds no document of it" in page
    assert row_of(page, "Software version") == "1.0.0"
    assert "names Core, Security and Smart Charging" in page
    assert "javascript:" not in page
    document = client.get("/certificates/OCA.0016.0007.CSMS.json").get_json()
    assert (document["certificate"], document["document"], document["listing"][0]["row"]) == (None, None, 8)
    rows = list(csv.reader(io.StringIO(client.get("/certificates/OCA.0016.0007.CSMS.csv").text)))
    assert ["Software version", "1.0.0"] in rows


def test_a_row_without_a_number_has_a_page(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "0" * 64, [row(7, number=None, certificate_no="Holder 7")])
    address = re.search(r'href="(/listing/\d+)"', client.get("/").text)
    assert address
    assert "no certificate number" in client.get(address[1]).text
    assert client.get("/listing/999").status_code == 404
    assert client.get(f"/listing/{2**70}").status_code == 404


@pytest.mark.usefixtures("stored")
def test_what_the_list_lacks_is_said_by_what_it_lists(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    def said() -> tuple[str, bool]:
        page, document = unescape(client.get(PAGE).text), client.get(f"{PAGE}.json").get_json()
        return plain(page[page.index('id="listing"') :]).partition("list of certified products that ")[2][:120], document["unlisted"]

    station = {"product_type": "Charging Station"}
    stations = [row(place, certificate_no=f"OCA.0016.800{place}.CS", number=f"OCA.0016.800{place}.CS", **station) for place in range(3)]
    assert said()[0].startswith("could have a row for it.")
    for number, rows, words, is_unlisted in (
        (1, [row(1), row(2)], "has no row for it: it is a list of management systems.", False),
        (2, stations, "has no row for it, although it lists such products.", True),
    ):
        with session_factory.begin() as session:
            import_rows(session, "list.csv", str(number) * 64, rows)
        told = said()
        assert (words in told[0], told[1]) == (True, is_unlisted)


@pytest.mark.usefixtures("stored")
def test_json_is_the_contract_s_document_and_more(client: FlaskClient) -> None:
    document = client.get(f"{PAGE}.json").get_json()
    assert document["certificate"] == reading().certificate.to_json()
    assert document["fields"] == [place.to_json() for place in FIELDS]
    assert {finding["message"] for finding in document["findings"]} == {"Something to know.", "Something wrong."}
    assert document["document"]["sha256"] == reading().document.sha256


@pytest.mark.usefixtures("stored")
def test_csv_has_a_row_for_each_value_with_its_state_and_place(client: FlaskClient) -> None:
    rows = {found["field"]: found for found in csv.DictReader(io.StringIO(client.get(f"{PAGE}.csv").text))}
    version = rows["software_version"]
    assert (version["value"], version["state"], version["printed"], version["line"]) == ("V1.3.337", "read", "V1.3.337", "3")
    assert (rows["configuration_keys.BlinkRepeat"]["value"], rows["configuration_keys.BlinkRepeat"]["state"]) == ("", "declared-empty")
    assert rows["configuration_keys.BlinkRepeat"]["printed"] == "'-"
    assert rows["performance.OCPP response timeout.pics_seconds"]["value"] == "10"
    assert rows["profiles.Core"]["value"] == "Pass"


def test_a_revision_has_its_own_address(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, reading(), "first.txt")
        save_extraction(session, extraction("document 2", revision="update-2025-12-12", designation="Renamed"), "second.txt")
    assert "Product 1" in client.get(PAGE).text
    assert "/certificates/OCA.0016.9001.CS?revision=update-2025-12-12" in client.get(PAGE).text
    assert "Renamed" in client.get(f"{PAGE}?revision=update-2025-12-12").text
    assert client.get(f"{PAGE}.json?revision=update-2025-12-12").get_json()["certificate"]["designation"] == "Renamed"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("suffix", ["", ".json", ".csv"])
def test_a_number_in_small_letters_leads_to_the_page(suffix: str, client: FlaskClient) -> None:
    path, _slash, number = PAGE.rpartition("/")
    answer = client.get(f"{path}/%20{number.lower()}{suffix}?keys=a&keys=b")
    assert (answer.status_code, answer.location) == (302, f"{PAGE}{suffix}?keys=a&keys=b")
    assert client.get(f"{path}/{number.lower()}{suffix}?revision=none-such").status_code == 404
    assert client.get(f"{path}/oca.0016.1111.cs{suffix}").status_code == 404


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("suffix", ["", ".json", ".csv"])
def test_an_unknown_certificate_is_a_page_that_helps(suffix: str, client: FlaskClient) -> None:
    answer = client.get(f"/certificates/OCA.0016.1111.CS{suffix}")
    assert answer.status_code == 404
    assert "knows no certificate OCA.0016.1111.CS" in answer.text
    assert client.get(f"{PAGE}{suffix}?revision=none-such").status_code == 404


@pytest.mark.usefixtures("stored")
def test_another_document_with_the_same_number_is_named(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    assert "Other documents" not in client.get(PAGE).text
    with session_factory.begin() as session:
        save_extraction(session, replace(extraction("document 2"), fields=FIELDS, public_text=TEXT), "second.txt")
    said = plain(client.get(PAGE).text)
    assert "Other documents that were received under this number: second.txt" in said or "number: first.txt" in said


@pytest.mark.usefixtures("stored")
def test_audits_of_it_are_listed(client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings) -> None:
    assert "No device has been audited" in client.get(PAGE).text
    audit_id = samples.audited(session_factory, settings, certificate=NUMBER)
    page = client.get(PAGE).text
    assert f'href="/audits/{audit_id}"' in page
    assert client.get(f"{PAGE}.json").get_json()["audits"][0]["verdict"] == "deviates"


def test_hostile_texts_are_shown_and_do_nothing(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    facts = replace(
        FACTS,
        holder=hostile,
        designation=hostile,
        software_version=hostile,
        profiles={hostile: hostile},
        performance=(PerformanceRow(hostile, 1, 2),),
        hardware={hostile: hostile},
        configuration_keys={hostile: hostile},
    )
    document = replace(extraction(facts=facts), public_text=hostile, fields=(), findings=(Finding(hostile, Severity.NOTE, hostile),))
    with session_factory.begin() as session:
        save_extraction(session, document, hostile)
        import_rows(session, hostile, "0" * 64, [row(1, company=hostile, designation=hostile, country=hostile, url=hostile)])
    for address in ("/", PAGE, "/certificates/OCA.0016.0001.CSMS", f"{PAGE}?keys={hostile}", f"/?q={hostile[:50]}", "/audits/new"):
        page = client.get(address).text.replace("<wbr>", "")
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address
        assert 'onerror=alert(2)>"' not in page, address
    assert "&lt;script&gt;alert(1)" in client.get(PAGE).text
