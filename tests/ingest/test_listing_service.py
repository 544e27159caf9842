"""The list as its service may answer: every field optional, unknown ones kept, and never less taken for all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.listing import read_listing
from registry.errors import BrokenListing
from registry.listing.rows import ListingRow

(LIST,) = (Path(__file__).parents[2] / "data/listing").glob("*.csv")
ITEM: dict[str, Any] = {
    "certificate": {"text": "OCA.0016.9901.CSMS", "url": "https://example.org/9901.pdf"},
    "company": {"text": "Made &amp; Up Ltd.", "link": "https://example.org"},
    "country": "Nowhere",
    "product_designation": "Made-up CSMS",
    "certificate_type": "Core + S",
    "version": "1.10",
    "protocol_version": "OCPP 1.6",
    "date_of_registration": "July 18th, 2023",
    "product_type": "Charging Station Management System",
}
ROW = ListingRow(
    row=1,
    certificate_no="OCA.0016.9901.CSMS",
    number="OCA.0016.9901.CSMS",
    revision=None,
    company="Made & Up Ltd.",
    country="Nowhere",
    designation="Made-up CSMS",
    certificate_type="Core + S",
    software_version="1.10",
    protocol="OCPP 1.6",
    date="2023-07-18",
    url="https://example.org/9901.pdf",
    product_type="Charging Station Management System",
    extra={"company.link": "https://example.org"},
)


def rows(answer: Any) -> tuple[ListingRow, ...]:
    return read_listing(json.dumps(answer).encode(), "list.json")


@pytest.mark.parametrize(
    "answer",
    [
        [ITEM],
        {"items": [ITEM]},
        {"success": True, "data": {"posts": [ITEM], "total": 1, "max_num_pages": 1}},
        {"0": ITEM},
        {"results": {"17": ITEM}, "found_posts": "1"},
        [{"page": 1, "items": [ITEM]}],
        ITEM,
    ],
)
def test_rows_are_found_wherever_the_answer_has_them(answer: Any) -> None:
    assert rows(answer) == (ROW,)


def test_a_byte_order_mark_and_blanks_may_stand_before_it() -> None:
    assert read_listing(b"\xef\xbb\xbf\n " + json.dumps([ITEM]).encode(), "list.json") == (ROW,)


def test_fields_may_be_flat_terms_numbers_or_markup() -> None:
    item = ITEM | {
        "certificate": "OCA.0016.9901.CSMS",
        "certificate_file": "https://example.org/9901.pdf",
        "country": [{"term_id": 4, "name": "Nowhere"}],
        "version": 1.5,
        "product_designation": {"rendered": "<b>Made&#8211;up</b>\n CSMS"},
    }
    (row,) = rows([item])
    assert (row.url, row.country) == ("https://example.org/9901.pdf", "Nowhere")
    assert (row.software_version, row.designation) == ("1.5", "Made–up CSMS")


@pytest.mark.parametrize("field", sorted(ITEM))
def test_every_field_is_optional(field: str) -> None:
    (row,) = rows([{name: value for name, value in ITEM.items() if name != field}])
    everything: dict[str, dict[str, Any]] = {
        "certificate": {"certificate_no": "", "number": None, "url": None},
        "company": {"company": None, "extra": {}},
        "product_designation": {"designation": None},
        "version": {"software_version": None},
        "protocol_version": {"protocol": None},
        "date_of_registration": {"date": None},
    }
    assert replace(row, notes=()) == replace(ROW, **everything.get(field, {field: None}))


@pytest.mark.parametrize("nothing", [None, "", " ", {}, [], {"text": ""}, False])
def test_a_field_without_content_is_none(nothing: Any) -> None:
    (row,) = rows([ITEM | {"version": nothing}])
    assert row.software_version is None
    assert [note.rule for note in row.notes] == ["listing-version-missing"]


def test_unknown_fields_are_kept() -> None:
    (row,) = rows([ITEM | {"edition": 2, "test-lab": {"a": [1]}, "certificate": ITEM["certificate"] | {"id": 7}}])
    assert row.extra == {"company.link": "https://example.org", "edition": 2, "test-lab": {"a": [1]}, "certificate.id": 7}


def test_what_stands_among_rows_is_a_row_however_little_it_says() -> None:
    first, second = rows([ITEM, {"country": "Somewhere"}])
    assert (first, second.country, second.number) == (ROW, "Somewhere", None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("July 1st, 2023", "2023-07-01"),
        ("March 22nd, 2024", "2024-03-22"),
        ("May 3rd, 2025", "2025-05-03"),
        ("August 11th, 2021", "2021-08-11"),
    ],
)
def test_english_dates_with_ordinals(text: str, day: str) -> None:
    assert rows([ITEM | {"date_of_registration": text}])[0].date == day


def test_a_date_that_is_not_certain_is_kept_and_told() -> None:
    (row,) = rows([ITEM | {"date_of_registration": "04/05/2022"}])
    assert (row.date, row.extra["date_of_registration"]) == (None, "04/05/2022")
    assert [note.rule for note in row.notes] == ["listing-date-unread"]


def test_the_known_faults_of_the_list_are_rows_with_notes() -> None:
    faults = rows(
        [
            ITEM | {"certificate": {"text": "Some Company Ltd"}},
            ITEM | {"certificate": {"text": "OCA.0016.9902.CSMS - update-2025-12-12"}},
            ITEM | {"certificate": {"text": "OCA.0016.9903.CS"}},
        ]
    )
    assert [(row.number, row.revision) for row in faults] == [
        (None, None),
        ("OCA.0016.9902.CSMS", "update-2025-12-12"),
        ("OCA.0016.9903.CS", None),
    ]
    assert [[note.rule for note in row.notes if note.rule != "listing-address-missing"] for row in faults] == [
        ["listing-number-missing"],
        [],
        ["listing-number-role"],
    ]


@pytest.mark.parametrize("total", ["total", "found_posts", "total_items"])
def test_one_page_of_several_is_not_taken_for_all(total: str) -> None:
    with pytest.raises(BrokenListing, match=r"holds 1 of 293 rows; fetch all pages"):
        rows({"items": [ITEM], total: 293})


@pytest.mark.parametrize(
    "data",
    [b"[]", b"{}", b"[1, 2]", b'{"error": "nothing"}', b'[{"certificate"', b"[" * 100_000, b'{"items": null}', b'[{"country": "x"}]'],
)
def test_what_holds_no_rows_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(BrokenListing) as caught:
        read_listing(data, "list.json")
    assert "\n" not in str(caught.value)


def test_the_shipped_list_says_the_same_in_either_form() -> None:
    shipped = read_listing(LIST.read_bytes(), LIST.name)
    items = [
        {
            "certificate": {"text": row.certificate_no, "url": row.url},
            "company": {"text": row.company},
            "country": row.country,
            "product_designation": row.designation,
            "certificate_type": row.certificate_type,
            "version": row.software_version,
            "protocol_version": row.protocol,
            "date_of_registration": row.date,
            "product_type": row.product_type,
        }
        for row in shipped
    ]
    found = rows({"items": items})
    assert [replace(row, row=0, notes=()) for row in found] == [replace(row, row=0, notes=()) for row in shipped]


_KNOWN = st.sampled_from(["OCA.0016.9901.CSMS", "July 1st, 2023"])
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), _KNOWN)
_NAMES = st.sampled_from(
    ["certificate", "company", "country", "version", "items", "total", "text", "url", "0", "date_of_registration", "x"]
)
_ANSWERS = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=5), max_leaves=30)


@settings(max_examples=300, deadline=None)
@given(_ANSWERS)
def test_any_json_at_all_gives_rows_or_one_line(answer: Any) -> None:
    line = ""
    try:
        assert all(isinstance(row, ListingRow) for row in rows(answer))
    except BrokenListing as error:
        line = str(error)
    assert "\n" not in line
