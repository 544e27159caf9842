"""The OCA's list: 293 real rows, its known oddities, and lists that are refused whole."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from ingest.listing import COLUMNS, read_listing
from registry.errors import BrokenListing

(LIST,) = (Path(__file__).parents[2] / "data/listing").glob("*.csv")
GOOD = [
    "OCA.0016.0023.CSMS",
    "LH",
    "Republic of Korea",
    "LH CSMS",
    "Full",
    "v1.6",
    "OCPP 1.6",
    "2021-09-14",
    "https://x",
    "Charging Station Management System",
]


def made(*rows: list[str], header: tuple[str, ...] | list[str] = COLUMNS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([list(header), *rows])
    return text.getvalue().encode()


def changed(column: str, value: str) -> list[str]:
    return [value if name == column else cell for name, cell in zip(COLUMNS, GOOD, strict=True)]


def test_all_rows_of_the_real_list_are_read() -> None:
    rows = {row.row: row for row in read_listing(LIST.read_bytes(), LIST.name)}
    assert len(rows) == 293
    assert (rows[5].number, rows[5].revision, rows[5].software_version) == ("OCA.0016.1137.CSMS", "update-2025-12-12", None)
    assert (rows[55].number, rows[55].certificate_no) == (None, "E&H energy Co. Ltd")
    assert rows[188].number == "W01.OCA.0016.1071.CSMS"
    assert (rows[31].number, [note.rule for note in rows[31].notes]) == ("OCA.0016.0039.CS", ["listing-number-role"])
    assert rows[121].url is None
    odd = sorted(note.rule for row in rows.values() for note in row.notes)
    assert odd == sorted(
        ["listing-number-missing"] + 2 * ["listing-number-role"] + 2 * ["listing-version-missing"] + 2 * ["listing-address-missing"]
    )


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(column: str) -> None:
    header = [name for name in COLUMNS if name != column]
    with pytest.raises(BrokenListing, match=f"lacks the column {column};"):
        read_listing(made(GOOD[:-1], header=header), "list.csv")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (GOOD[:-1], "row 3 has 9 cells"),
        ([*GOOD, "more"], "row 3 has 11 cells"),
        (changed("date_of_registration", "soon"), "row 3, date_of_registration 'soon'"),
        (changed("date_of_registration", "04/05/2022"), "row 3, date_of_registration"),
        (changed("certificate_no", " "), "row 3, certificate_no is empty"),
    ],
)
def test_a_broken_row_is_named_with_its_cell(row: list[str], words: str) -> None:
    with pytest.raises(BrokenListing, match=words):
        read_listing(made(GOOD, row), "list.csv")


@pytest.mark.parametrize("data", [b"", b"\n", b"certificate_no\n", ",".join(COLUMNS).encode() + b"\n", b"\xff\xfe\xfa", b'a,"b\nc'])
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenListing) as caught:
        read_listing(data, "list.csv")
    assert "\n" not in str(caught.value)


def test_a_number_listed_twice_is_told() -> None:
    rows = read_listing(made(GOOD, changed("company", "LH Corp")), "list.csv")
    assert [[note.rule for note in row.notes] for row in rows] == [[], ["listing-number-twice"]]


def test_columns_may_stand_in_another_order_and_more_may_be_there() -> None:
    header = ["extra", *reversed(COLUMNS)]
    (row,) = read_listing(made(["?", *reversed(GOOD)], header=header), "list.csv")
    assert (row.number, row.company, row.date) == ("OCA.0016.0023.CSMS", "LH", "2021-09-14")
