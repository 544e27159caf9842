"""Figures at the end of words that may be the signs of notes at the foot of the page."""

from __future__ import annotations

import pytest

from ingest.footnotes import with_footnotes
from ingest.page import Line, Page


def doubted(*pages: tuple[str, ...]) -> list[str]:
    """The words in doubt of pages whose lines have their cells parted by bars."""
    made = [Page(number, tuple(Line.of(text.split("|")) for text in lines)) for number, lines in enumerate(pages, start=1)]
    lines = (line for page in with_footnotes(made) for line in page.lines)
    return [word.text for line in lines for cell in line.cells for word in cell.words if not word.sure]


@pytest.mark.parametrize("note", ["1 Measured at 25 degrees.", "1) Measured at noon.", "(1) See the report.", "[1] As declared."])
def test_a_value_that_ends_in_the_figure_of_a_note_is_in_doubt(note: str) -> None:
    assert doubted(("HeartbeatInterval|151", "Vendor|Example Inc.1", note)) == ["151", "Inc.1"]


@pytest.mark.parametrize("value", ["1", "152", "OCTT 2.0.1", "v1-1", "March 4, 2021", "2021-03-01"])
def test_other_figures_are_in_no_doubt(value: str) -> None:
    assert doubted((f"Name|{value}", "1 Measured at 25 degrees.")) == []


def test_a_day_that_may_have_one_figure_less_is_in_doubt() -> None:
    assert doubted(("Date|2021-3-11", "1 As printed on the report.")) == ["2021-3-11"]


@pytest.mark.parametrize("line", ["1. Test configuration of it", "1|Smart Charging|Pass", "1 Test Result Summary", "1 piece"])
def test_headings_and_rows_are_no_notes(line: str) -> None:
    assert doubted(("HeartbeatInterval|151", line)) == []


def test_a_note_is_one_of_its_page_and_an_end_note_one_of_every_page() -> None:
    assert doubted(("A|11", "B|12", "1 Of this page only."), ("C|11", "D|12", "2 Of every page here.")) == ["11", "12", "12"]


def test_a_note_above_the_foot_of_the_page_is_none() -> None:
    assert doubted(("A|11", "1 Of this page only.", *(f"row {row}" for row in "abcdef"))) == []
