"""No cell that is written can act as a formula, whatever is in it."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.spreadsheets.read import read_sheet
from registry.spreadsheets.safe import csv_lines, harmless
from registry.spreadsheets.write import workbook

TEXTS = st.text(max_size=20)


@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(["=1+1", "@SUM(A1)", "+1", "-1", "\t=1", "\x00\x0b", "\ud800", "￿"])
def test_no_text_is_a_formula_in_a_workbook(texts: list[str]) -> None:
    data = workbook("Verdicts: [x]", ["text"] * len(texts), [texts])
    written = list(openpyxl.load_workbook(io.BytesIO(data)).active)[1]
    assert {cell.data_type for cell in written} <= {"s", "n", "inlineStr"}
    for cell, text in zip(written, texts, strict=True):
        assert cell.value is None or not isinstance(cell.value, int)
        if text.isalnum() and text.isascii():
            assert cell.value == text
        assert not text.startswith("=") or cell.quotePrefix


def test_numbers_stay_numbers_and_what_is_written_can_be_read() -> None:
    data = workbook("x" * 50, ("row", "version"), [(2, "1.10"), (3, None)], (5, 200))
    sheet = read_sheet(data, "x")
    assert [row.cells for row in sheet.rows] == [("2", "1.10"), ("3", "")]
    assert sheet.rows[0].kind(1) == "text"


def test_a_table_is_written_in_pieces() -> None:
    pieces = list(csv_lines(("a",), ((f"={number}",) for number in range(1001))))
    assert len(pieces) == 3
    assert [row[0] for row in csv.reader(io.StringIO("".join(pieces)))][:3] == ["a", "'=0", "'=1"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("x;=cmd", "x;'=cmd"),
        ('x; "=cmd"', 'x; "\'=cmd"'),
        ("a\t@b\n+c|-d", "a\t'@b\n'+c|'-d"),
        ("52.1, -4.3", "52.1, -4.3"),
        ("Core; Security", "Core; Security"),
        ("DC-50;1", "DC-50;1"),
        ("Harbour \u202e1=\u2066", "Harbour \ufffd1=\ufffd"),
        ("\u202e=1+1", "\ufffd=1+1"),
        (None, ""),
    ],
)
def test_no_cell_of_a_csv_is_a_formula_wherever_a_program_splits_it(cell: object, written: str) -> None:
    assert harmless(cell) == written
