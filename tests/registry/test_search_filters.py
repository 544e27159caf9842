"""Words of a search that are values of its filters are offered as these, beside what has the words, with as many as they let through."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.filter_words import may_be_filter, readings
from registry.certificates.queries import SearchQuery, forgiving_search, search
from registry.listing.store import import_rows
from tests.registry.making import row

HELD = {
    "role": ("CS", "CSMS"),
    "protocol": ("OCPP 1.6", "OCPP 2.0.1"),
    "kinds": ("Full", "Full + Security", "Subset", "Security", "Core + S"),
    "profiles": ("Core", "Security", "Smart Charging", "Remote Trigger", "Local Authorization List Management", "ISO 15118 Support"),
    "country": ("Republic of Korea", "Netherlands", "The Netherlands", "USA", "China", "Hong Kong"),
    "year": ("2023", "2024"),
}
ROWS: tuple[dict[str, Any], ...] = (
    {"company": "Security Werk", "certificate_type": "Full", "country": "USA"},
    {"company": "Voltwerk", "certificate_type": "Full + Security", "country": "Republic of Korea"},
    {"company": "Voltwerk", "certificate_type": "Core + S + C", "number": "OCA.0201.0003.CSMS", "date": "2023-05-06"},
    {"company": "Netzbau", "certificate_type": "Core + C", "number": "OCA.0201.0004.CSMS", "software_version": "2.0.1"},
    {"company": "Netzbau", "certificate_type": "Subset", "country": "The Netherlands"},
)


def said(text: str) -> list[tuple[dict[str, tuple[str, ...]], str]]:
    return [(dict(one.chosen), one.text) for one in readings(text, HELD)]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        *((text, {"profiles": ("Security",)}) for text in ("security", "SECURITY", "Advanced Security", "Sécurity")),
        *((text, {"profiles": ("Smart Charging",)}) for text in ("smart charging", "Smart-Charging", "smartcharging", "SMART  CHARGING")),
        *((text, {"profiles": ("ISO 15118 Support",)}) for text in ("iso 15118", "ISO15118", "plug & charge")),
        ("local authorization list management", {"profiles": ("Local Authorization List Management",)}),
        ("core", {"profiles": ("Core",)}),
        ("full", {"kinds": ("Full", "Full + Security")}),
        ("subset certificates", {"kinds": ("Subset",)}),
        ("full + security", {"kinds": ("Full", "Full + Security"), "profiles": ("Security",)}),
        *((text, {"protocol": ("OCPP 2.0.1",)}) for text in ("ocpp 2.0.1", "ocpp-2.0.1", "OCPP2.0.1", "ocpp201", "2.0.1")),
        *((text, {"protocol": ("OCPP 1.6",)}) for text in ("1.6", "1.6J", "ocpp1.6j", "OCPP_16", "v1.6")),
        *((text, {"year": ("2023",)}) for text in ("2023", "2023-07-12", "12.07.2023", "2023/07", "2023.")),
        *((text, {"country": ("Republic of Korea",)}) for text in ("Republic of Korea", "korea", "South Korea")),
        *((text, {"country": ("Netherlands", "The Netherlands")}) for text in ("netherlands", "The Netherlands", "holland")),
        *((text, {"country": ("USA",)}) for text in ("usa", "United States", "US")),
        *((text, {"role": ("CS",)}) for text in ("charging station", "charging stations", "CS")),
        ("smart charging csms korea", {"profiles": ("Smart Charging",), "role": ("CSMS",), "country": ("Republic of Korea",)}),
    ],
)
def test_words_are_read_as_the_filters_that_they_are(text: str, chosen: dict[str, tuple[str, ...]]) -> None:
    assert said(text)[0] == (chosen, "")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ls electric security", [({"profiles": ("Security",)}, "ls electric")]),
        (
            "smart charging 2.0.1",
            [({"profiles": ("Smart Charging",), "protocol": ("OCPP 2.0.1",)}, ""), ({"profiles": ("Smart Charging",)}, "2.0.1")],
        ),
        ("smart charging ocpp 2.0.1", [({"profiles": ("Smart Charging",), "protocol": ("OCPP 2.0.1",)}, "")]),
        ("core security", [({"profiles": ("Core",)}, ""), ({"profiles": ("Security",)}, "")]),
        ("core + core ocpp 1.6", [({"profiles": ("Core",), "protocol": ("OCPP 1.6",)}, "")]),
        ("1.6 and 2.0.1", [({"protocol": ("OCPP 1.6", "OCPP 2.0.1")}, "")]),
        ("voltwerk 2023", [({"year": ("2023",)}, "voltwerk")]),
    ],
)
def test_what_is_no_filter_stays_text_and_a_bare_version_may_be(text: str, read: list[tuple[dict[str, tuple[str, ...]], str]]) -> None:
    assert said(text) == read


@pytest.mark.parametrize(
    "text",
    [
        *("", "?!", "charging", "smart", "secure", "securities", "voltwerk", "OCA.0016.0408.CS", "0408", "1.3.337", "V2.0.1.7", "2.0.1.3"),
        *("s", "c", "of the", "certificate", "20230712", "2022", "reservation", "ocpp", "ocpp 2.1", "fullcharge", "1.6.2", "kingdom"),
    ],
)
def test_what_only_looks_like_a_filter_is_none(text: str) -> None:
    assert said(text) == []


def test_a_text_without_a_filters_word_asks_for_nothing() -> None:
    assert [text for text in ("voltwerk", "ls electric", "1.3.337", "0408", "netherlands") if may_be_filter(text)] == []
    assert may_be_filter("netherlands", ["The Netherlands"])
    assert all(map(may_be_filter, ("security", "smart charging 2.0.1", "voltwerk 2023", "csms")))


@pytest.fixture
def stocked(session_factory: sessionmaker[Session]) -> sessionmaker[Session]:
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "00", [row(position, **changes) for position, changes in enumerate(ROWS, start=1)])
    return session_factory


@pytest.mark.parametrize(
    ("text", "found", "offered"),
    [
        ("security", 1, [2]),
        ("smart charging", 0, [2]),
        ("security smart charging", 0, [2, 2]),
        ("smart charging 2.0.1", 0, [2, 2]),
        ("voltwerk security", 0, [2]),
        ("full", 0, [2]),
        ("2023-05-06", 0, [1]),
        ("korea", 0, [1]),
        ("ocpp-2.0.1", 0, [2]),
        ("netzbau", 2, []),
        ("reservation", 0, []),
    ],
)
def test_filters_are_offered_with_what_they_find(stocked: sessionmaker[Session], text: str, found: int, offered: list[int]) -> None:
    query = SearchQuery(text=text)
    with stocked() as session:
        result = forgiving_search(session, query)
        assert (result.total, [one.count for one in result.filters]) == (found, offered)
        for one in result.filters:
            assert search(session, one.of(query)).total == one.count


def test_what_is_chosen_besides_stays_chosen(stocked: sessionmaker[Session]) -> None:
    query = SearchQuery(text="smart charging", year=(2023,), holder=("Voltwerk",), page=1)
    with stocked() as session:
        [one] = forgiving_search(session, query).filters
    assert (one.count, one.of(query).year, one.of(query).holder) == (1, (2023,), ("Voltwerk",))


def test_a_word_that_fits_every_certificate_is_left_out_where_nothing_has_it(stocked: sessionmaker[Session]) -> None:
    with stocked() as session:
        found = forgiving_search(session, SearchQuery(text="certificate 0002"))
    assert ([entry.number for entry in found.entries], [one.typed for one in found.replaced]) == (["OCA.0016.0002.CSMS"], ["certificate"])


def test_pages_and_programs_are_told_alike(stocked: sessionmaker[Session], client: FlaskClient) -> None:
    assert stocked
    told = client.get("/api/v1/certificates?q=smart+charging+ocpp+2.0.1").get_json()
    expected = {"profile": ["Smart Charging"], "protocol": ["OCPP 2.0.1"]}
    assert told["filters"] == [{"typed": "smart charging ocpp 2.0.1", "chosen": expected, "q": "", "total": 2, "more": False}]
    assert client.get("/certificates.json?q=smart+charging+ocpp+2.0.1").get_json()["filters"] == told["filters"]
    page = client.get("/?q=smart+charging+ocpp+2.0.1").text
    assert "“smart charging ocpp 2.0.1” is also a filter:" in page
    assert 'href="/?protocol=OCPP+2.0.1&amp;profile=Smart+Charging"' in page
    assert "Protocol: OCPP 2.0.1" in page
    beside = client.get("/?q=security").text
    assert "Security Werk" in beside
    assert 'href="/?profile=Security"' in beside
    assert "also a filter" not in client.get("/?q=netzbau").text
    with_rest = client.get("/?q=voltwerk+security&sort=number").text
    assert 'href="/?q=voltwerk&amp;profile=Security&amp;sort=number"' in with_rest
    assert "with “voltwerk”" in with_rest
    assert "&lt;b&gt;" in (strange := client.get("/?q=security+%3Cb%3Evoltwerk%3C/b%3E").text)
    assert "<b>voltwerk" not in strange
