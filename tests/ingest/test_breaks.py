"""Lines of a cell that somebody broke on purpose: what follows is read as part of a value only where another place says so too."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest.grammar import read_certificate
from ingest.page import Cell, Line, Page, Word
from ingest.readers import read_document
from ingest.readers.markup import read_lines
from tests.ingest.certificates import ROOT

SYSTEM = (ROOT / "data/certificates/000_21014d1feb13357c.txt").read_text(encoding="utf-8")
HOLDER = "Korea Land & Housing Corporation"


def broken_before(texts: list[str], rule: bool) -> list[str]:
    """The words before which the last cell is found to be broken on purpose; beside it stands a name, and under it running text."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(500, 500), invariant=1)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(46, 430, "Certificate holder:")
    for place, text in enumerate(texts):
        canvas.drawString(206, 430 - 12 * place, text)
    canvas.drawString(46, 300, "This certificate is only applicable to the product described above: to no other.")
    if rule:
        bottom = 425 - 12 * len(texts)
        canvas.rect(40, bottom, 160, 445 - bottom)
        canvas.rect(200, bottom, 250, 445 - bottom)
    canvas.showPage()
    canvas.save()
    (page,) = read_document(stream.getvalue(), "x.pdf")[1]
    return [word.text for line in page.lines for cell in line.cells for word in cell.words if word.breaks]


@pytest.mark.parametrize("rule", [True, False], ids=["in a drawn cell", "without strokes"])
def test_a_line_that_ends_where_the_next_word_had_room_was_broken_on_purpose(rule: bool) -> None:
    assert broken_before(["Maker of Chargers Ltd.", "123 Long Road", "Seoul 06000"], rule) == ["123", "Seoul"]
    assert broken_before(["A maker of many charging stations in the land", "Incorporated"], rule) == []


def pages(**lines: list[str]) -> list[Page]:
    """The sample with the cells of the holder and of the cover's version broken on purpose into those lines."""
    olds = {"holder": HOLDER, "vendor": f"{HOLDER} (LH)", "version": "LH CSMS 1.6 OCPP Software version: 1.6"}
    found = []
    for line in read_lines(SYSTEM):
        cells = []
        for cell in line.cells:
            new = next((lines[name] for name, old in olds.items() if cell.text == old and name in lines), None)
            words = cell.words if new is None else tuple(word for text in new for word in line_of(text, first=text is new[0]))
            cells.append(Cell(words, cell.line))
        found.append(Line(tuple(cells), line.table))
    return [Page(1, tuple(found))]


def line_of(text: str, *, first: bool) -> list[Word]:
    words = [Word(word) for word in text.split()]
    return words if first else [replace(words[0], breaks=True), *words[1:]]


@pytest.mark.parametrize("more", [["123 Gangnam-daero", "Seoul 06000"], ["c/o Agent B.V."]])
def test_an_address_under_a_name_is_no_part_of_it(more: list[str]) -> None:
    assert read_certificate(pages(holder=[HOLDER, *more], vendor=[HOLDER]), "x").certificate.holder == HOLDER
    assert read_certificate(pages(holder=[HOLDER, *more], vendor=["Other Ltd."]), "x").certificate.holder is None


def test_an_address_under_the_vendors_name_is_no_part_of_it() -> None:
    certificate = read_certificate(pages(vendor=["LH Vendors", "123 Gangnam-daero"]), "x").certificate
    assert certificate.vendor_name is None or "Gangnam" not in certificate.vendor_name


def test_a_name_over_two_lines_is_whole_where_another_place_prints_it_so() -> None:
    assert read_certificate(pages(holder=["Korea Land &", "Housing Corporation"], vendor=[HOLDER]), "x").certificate.holder == HOLDER


def test_a_version_over_two_lines_gets_no_blank_that_nobody_printed() -> None:
    lines = ["LH CSMS 1.6", "OCPP Software version: 1.6-rc1+build.", "20220426"]
    certificate = read_certificate(pages(version=lines), "x").certificate
    assert certificate.software_version is None
    assert certificate.designation == "LH CSMS 1.6"
