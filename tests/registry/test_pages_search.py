"""The search page, and the same search as JSON and CSV."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates import gathering, search_url
from registry.certificates.facts import Finding, Severity
from registry.certificates.findings import record_findings
from registry.certificates.search import SearchQuery
from registry.certificates.store import save_extraction
from registry.errors import RegistryError
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.registry import samples
from tests.registry.making import extraction, row


@pytest.fixture
def stocked(session_factory: sessionmaker[Session]) -> None:
    """One certificate with a document and 60 rows of the list, one of them without a number."""
    rows = [row(position, date=f"2024-{position % 12 + 1:02}-03") for position in range(1, 60)]
    rows.append(row(60, number=None, certificate_no="Holder 60", company="Holder 60", designation="Nameless"))
    with session_factory.begin() as session:
        save_extraction(session, extraction(certification_date="2023-07-12"), "first.txt")
        import_rows(session, "list.csv", "0" * 64, rows)


def links(page: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


@pytest.mark.usefixtures("stocked")
def test_a_first_visit_says_what_this_is_and_shows_the_latest_audit(
    client: FlaskClient, session_factory: sessionmaker[Session], settings: Settings
) -> None:
    audit_id = samples.audited(session_factory, settings, certificate="OCA.0016.9001.CS")
    page = client.get("/").text
    assert "hold the running device against it" in page
    assert f"/audits/{audit_id}" in links(page)
    assert "deviates" in page
    assert "61 certificates" in page
    assert "hold the running device" not in client.get("/?q=holder").text


def test_an_empty_registry_says_how_to_fill_it(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "The registry is empty." in page
    assert "ocpp-registry ingest FILE" in page


@pytest.mark.usefixtures("stocked")
def test_a_result_row_names_the_certificate_and_whether_its_document_is_held(
    client: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    page = client.get("/?q=9001").text
    for expected in (
        "OCA.0016.9001.CS",
        "Holder 1",
        "Product 1",
        "V1.3.337",
        "Subset",
        "12 July 2023",
        "read from the document",
        "2 findings",
    ):
        assert expected in page
    assert "from the OCA list only" in client.get("/?q=OCA.0016.0002.CSMS").text
    with session_factory.begin() as session:
        record_findings(session, "listing", {1: [Finding("third", Severity.NOTE, "One more.", ())]})
    assert "3 findings" in client.get("/?q=9001").text


@pytest.mark.usefixtures("stocked")
def test_facets_are_links_that_keep_the_rest_of_the_search(client: FlaskClient) -> None:
    page = client.get("/?q=product&sort=oldest&page=1").text
    chosen = next(link for link in links(page) if "role=CSMS" in link)
    assert parse_qs(urlsplit(chosen).query) == {"q": ["product"], "sort": ["oldest"], "role": ["CSMS"]}
    narrowed = client.get(chosen).text
    assert 'aria-current="true"' in narrowed
    assert "/?q=product&sort=oldest" in links(narrowed)
    assert "60 certificates" not in narrowed
    assert "59 certificates" in narrowed


@pytest.mark.usefixtures("stocked")
def test_the_second_page_goes_on_where_the_first_ends(client: FlaskClient) -> None:
    first, second = client.get("/?sort=number").text, client.get("/?sort=number&page=2").text
    assert "/?sort=number&page=2" in links(first)
    assert "/?sort=number" in links(second)
    numbers = [re.findall(r"OCA\.0016\.\d{4}\.CS(?:MS)?", page) for page in (first, second)]
    assert numbers[0]
    assert max(numbers[0]) < min(numbers[1])


@pytest.mark.usefixtures("stocked")
def test_json_is_the_same_search(client: FlaskClient) -> None:
    found = client.get("/certificates.json?role=CSMS&sort=number&size=20&page=3").get_json()
    assert (found["total"], found["page"], found["pages"], found["next"]) == (60, 3, 3, None)
    assert [entry["number"] for entry in found["entries"][:2]] == ["OCA.0016.0041.CSMS", "OCA.0016.0042.CSMS"]
    assert found["entries"][0]["url"] == "/certificates/OCA.0016.0041.CSMS"
    assert {"value": "CSMS", "count": 60, "selected": True} in found["facets"]["role"]
    following = client.get("/certificates.json?role=CSMS&size=20").get_json()["next"]
    assert client.get(following).get_json()["page"] == 2


@pytest.mark.usefixtures("stocked")
def test_csv_holds_everything_that_was_found_whatever_the_page(client: FlaskClient) -> None:
    answer = client.get("/certificates.csv?page=2")
    assert answer.mimetype == "text/csv"
    assert "filename=certificates.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 61
    first = next(found for found in rows if found["number"] == "OCA.0016.9001.CS")
    assert (first["has_document"], first["profiles"], first["date"]) == ("yes", "Core", "2023-07-12")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_csv_cell_never_begins_like_a_formula(start: str, client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(holder=f"{start}HYPERLINK(1)", designation="2-1=1"), "first.txt")
    found = next(csv.DictReader(io.StringIO(client.get("/certificates.csv").text)))
    assert found["holder"] == f"'{start}HYPERLINK(1)"
    assert found["designation"] == "2-1=1"


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?page=x", "page=x is no whole number"),
        ("/?page=0", "There is no page 0"),
        ("/?page=-1", "page=-1 is no whole number"),
        ("/?page=9999999999", "is no whole number"),
        ("/?year=20x4", "year=20x4 is no whole number"),
        ("/?document=maybe", "document=maybe says nothing"),
        ("/?sort=colour", "Results cannot be sorted by"),
        ("/?role=XX", "role=XX is not known here: use one of CS, CSMS"),
        ("/?protocol=OCPP+9", "protocol=OCPP 9 is not known here: use one of OCPP 1.5, OCPP 1.6"),
        ("/?type=Complete", "type=Complete is not known here: use one of Full, Subset, Security"),
        ("/?profile=Cores", "profile=Cores is not known here: use one of Core, Security"),
        ("/?size=9000", "A page of 9000 entries"),
        ("/?q=" + "x" * 300, "The search text has 300 letters"),
    ],
)
def test_what_cannot_be_searched_for_gets_a_page_that_says_why(address: str, said: str, client: FlaskClient) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert said in unescape(answer.text)
    assert 'role="search"' in answer.text
    as_json = client.get(address.replace("/?", "/certificates.json?"))
    assert as_json.status_code == 400
    assert said in as_json.get_json()["error"]["detail"]


def test_what_the_catalogue_holds_is_known_whatever_its_words(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    rows = [row(1, number=None, certificate_no="Holder 1", protocol="OCPP 3.0", certificate_type="Platinum + X")]
    for address in ("/?protocol=OCPP+3.0", "/?type=Platinum+%2B+X"):
        assert client.get(address).status_code == 400
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "0" * 64, rows)
    for address in ("/?protocol=OCPP+3.0", "/?type=Platinum+%2B+X"):
        assert ">Holder 1<" in client.get(address).text
    assert "OCPP 3.0" in client.get("/?protocol=OCPP+9").text


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("address", ["/certificates.csv?role=XX", "/certificates.atom?role=XX", "/fleet.atom?answer=x", "/fleet?drift=x"])
def test_no_list_is_empty_for_a_value_that_cannot_be(address: str, client: FlaskClient) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "is not known here: use one of" in unescape(answer.text)


@pytest.mark.usefixtures("stocked")
def test_a_page_beyond_the_last_is_not_there(client: FlaskClient) -> None:
    answer = client.get("/?page=7")
    assert answer.status_code == 404
    assert "2 pages" in answer.text


@pytest.mark.usefixtures("stocked")
def test_finding_nothing_offers_to_drop_each_choice(client: FlaskClient) -> None:
    page = client.get("/?q=nothing+has+this&role=CS&year=2024").text
    assert "Nothing fits all of that at once." in page
    assert {"/?role=CS&year=2024", "/?q=nothing+has+this&year=2024", "/?q=nothing+has+this&role=CS"} <= set(links(page))


@pytest.mark.usefixtures("stocked")
def test_a_text_without_letters_is_explained(client: FlaskClient) -> None:
    assert "holds neither letters nor digits" in client.get("/?q=%2B%2B").text


def test_the_former_address_leads_to_the_search(client: FlaskClient) -> None:
    answer = client.get("/certificates?q=a&role=CS&role=CSMS")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "/?q=a&role=CS&role=CSMS"


def test_an_address_and_its_search_are_the_same_thing() -> None:
    query = SearchQuery("a & b", role=("CS",), kinds=("Core + S",), year=(2023, 2024), documented=False, sort="holder", page=4, size=20)
    parameters: dict[str, list[str]] = {}
    for name, value in search_url.pairs(query, page=query.page):
        parameters.setdefault(name, []).append(value)
    assert search_url.parse(parameters) == query
    assert search_url.pairs(SearchQuery()) == ()


def test_choosing_twice_is_not_choosing() -> None:
    query = SearchQuery("a", role=("CS",), page=3)
    for present, facet, value, then in (
        (query, "role", "CS", (("q", "a"),)),
        (query, "role", "CSMS", (("q", "a"), ("role", "CS"), ("role", "CSMS"))),
        (replace(query, documented=True), "documented", "no", (("q", "a"), ("role", "CS"), ("document", "no"))),
        (SearchQuery(), "holder", "A & B", (("holder", "A & B"),)),
    ):
        parameters = search_url.pairs(present)
        assert search_url.toggled(parameters, facet, value) == then
        assert search_url.Links("/here", parameters).toggled(facet, value) == search_url.address("/here", then)


@pytest.mark.parametrize("query", [SearchQuery(), SearchQuery("a & b", role=("CS",), sort="holder", size=20), SearchQuery(size=7)])
def test_the_links_around_a_search_differ_from_it_in_one_thing(query: SearchQuery) -> None:
    around = search_url.Links("/here", search_url.pairs(query))
    for sort in search_url.SORT_LABELS:
        assert around.sorted_by(sort) == search_url.address("/here", search_url.pairs(replace(query, sort=sort)))
    for page in (1, 2, 30):
        assert around.on_page(page) == search_url.address("/here", search_url.pairs(query, page=page))


def test_a_search_that_cannot_be_names_its_parameter() -> None:
    with pytest.raises(RegistryError, match="year=abc"):
        search_url.parse({"year": ["abc"]})


@pytest.mark.usefixtures("stocked")
def test_of_more_than_are_counted_the_page_says_so_and_leads_on(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_COUNTED", 5)
    page = client.get("/?q=oca&size=4").text
    assert "More than 5 certificates" in page
    assert "of the 5 that were counted" in page
    assert re.search(r'class="count" aria-hidden="true">\d+\+<', page)
    assert 'rel="next"' in page
    assert "Page 2 of" not in client.get("/?q=oca&size=4&page=2").text
    assert "More than" not in client.get("/?size=4").text
