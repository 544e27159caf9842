"""Plain text set in lines, read back from the PDF."""

from __future__ import annotations

import io

import pdfplumber
import pytest
from reportlab.platypus import Paragraph

from registry.evidence.lines import Lines
from registry.evidence.setting import BODY, HEAD, SMALL, WIDTH, text, written

MARGIN = 51.03


def pages(*stories: Lines) -> list[str]:
    with pdfplumber.open(io.BytesIO(written("Title", "", list(stories)))) as document:
        return [" ".join((page.extract_text() or "").split()).removesuffix(f"page {page.page_number}").strip() for page in document.pages]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a < b & c > d", "a < b & c > d"),
        ("Süd 강남전기, 日本 and ☃ or \x01", "Süd 강남전기, 日本 and U+2603 or U+0001"),
        ("  two \n lines\tand  blanks ", "two lines and blanks"),
        ("", ""),
    ],
)
def test_no_character_is_lost(value: str, shown: str) -> None:
    assert pages(Lines([(value, BODY)])) == [shown]


@pytest.mark.parametrize("value", ["word " * 300, "x" * 700, "강남" * 200, "OCA.0016.0408.CS kind = Full; " * 40 + "y" * 200])
def test_lines_are_as_wide_as_the_page_and_no_wider(value: str) -> None:
    with pdfplumber.open(io.BytesIO(written("Title", "", [Lines([(value, SMALL)])]))) as document:
        letters = [each for each in document.pages[0].chars if each["top"] < 750]
    assert "".join(each["text"] for each in letters).replace(" ", "") == value.replace(" ", "")
    right = max(each["x1"] for each in letters if each["text"] != " ")
    assert WIDTH - 40 < right - MARGIN <= WIDTH + 0.1


def test_they_are_as_tall_as_paragraphs() -> None:
    value = "Communities in Charge, Level 2: OCA.0016.0408.CS says Full, and " * 9
    paragraph = Paragraph(text(value), BODY)
    assert Lines([("Head", HEAD), (value, BODY)]).height == pytest.approx(
        HEAD.spaceBefore + HEAD.leading + paragraph.wrap(WIDTH, 1000)[1], abs=0.01
    )


def test_what_fits_on_a_page_stays_on_one_and_what_does_not_goes_on() -> None:
    first, second = Lines([("first", BODY)] * 40), Lines([("second", BODY)] * 40)
    assert pages(first, second) == [" ".join(["first"] * 40), " ".join(["second"] * 40)]
    numbers = [str(number) for number in range(200)]
    shown = pages(Lines([("before", BODY)]), Lines([(number, BODY) for number in numbers]))
    assert " ".join(shown).split() == ["before", *numbers]
    assert len(shown) == 4
