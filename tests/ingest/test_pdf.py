"""PDFs to lines of cells: the samples' facts set in type parse as the samples do, whoever set them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PIL import Image
from pypdf.actions import JavaScript
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.page import Line, Page
from ingest.parse import parse_document
from ingest.readers import read_document
from ingest.readers.pictures import page_pictures, page_sizes
from registry.certificates.facts import Box, FieldState
from registry.errors import UnreadableDocument
from tests.corpus import chromium, drawn, fpdf, platypus
from tests.corpus.content import blocks
from tests.corpus.facts import Sheet
from tests.corpus.look import Look
from tests.ingest.certificates import golden_certificates

GOLDENS = [Sheet(certificate, {}) for certificate in golden_certificates()]
each_golden = pytest.mark.parametrize("sheet", GOLDENS, ids=lambda sheet: sheet.certificate.facts.number)


def texts(pages: tuple[Page, ...]) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for page in pages for line in page.lines]


def page_of(*strings: tuple[float, float, str], strokes: tuple[Box, ...] = (), size: float = 10, crop: Box | None = None) -> bytes:
    """One page with strings and strokes at places from the top left."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    if crop is not None:
        canvas.setCropBox(crop)
    canvas.setFont("Helvetica", size)
    for x, y, text in strings:
        canvas.drawString(x, A4[1] - y, text)
    for x0, y0, x1, y1 in strokes:
        canvas.line(x0, A4[1] - y0, x1, A4[1] - y1)
    canvas.save()
    return stream.getvalue()


def rows(data: bytes) -> list[list[str]]:
    return texts(read_document(data, "x.pdf")[1])


# Whole certificates


@each_golden
def test_the_samples_facts_set_by_reportlab_parse_as_the_samples(sheet: Sheet) -> None:
    extraction = parse_document(platypus.render(blocks(sheet), Look("golden", size=7, footer="Page {page} from {pages}")), "x.pdf")
    assert extraction.certificate == sheet.certificate.facts
    assert extraction.document.text_source == "text-layer"
    assert extraction.document.media_type == "application/pdf"


@each_golden
@pytest.mark.parametrize("rules", ["half", "none"])
def test_tables_with_few_strokes_or_none_parse_as_the_samples(sheet: Sheet, rules: Any) -> None:
    """One value may be left unread: where all cells of the only row are wrapped, nothing shows that they are one row."""
    look = Look("golden", size=7, rules=rules, footer="Page {page} from {pages}")
    read, truth = parse_document(platypus.render(blocks(sheet), look), "x.pdf").certificate, sheet.certificate.facts
    assert read.document_evidence in (None, truth.document_evidence)
    assert replace(read, document_evidence=None) == replace(truth, document_evidence=None)


@each_golden
def test_the_samples_facts_set_by_fpdf2_parse_as_the_samples(sheet: Sheet) -> None:
    assert parse_document(fpdf.render(blocks(sheet), Look("golden", size=7)), "x.pdf").certificate == sheet.certificate.facts


@each_golden
@pytest.mark.parametrize("order", ["letters", "shuffled"])
def test_letters_drawn_one_by_one_or_out_of_order_parse_as_the_samples(sheet: Sheet, order: Any) -> None:
    assert parse_document(drawn.render(blocks(sheet), Look("golden", size=7), order), "x.pdf").certificate == sheet.certificate.facts


def test_the_samples_facts_set_by_chromium_parse_as_the_samples() -> None:
    with chromium.press() as press:
        for sheet in GOLDENS:
            data = press.render(blocks(sheet), Look("golden", font="sans-serif", size=7))
            assert parse_document(data, "x.pdf").certificate == sheet.certificate.facts


def test_every_value_has_its_place_on_the_page() -> None:
    data = platypus.render(blocks(GOLDENS[2]), Look("golden"))
    sizes = page_sizes(data)
    read = [entry for entry in parse_document(data, "x.pdf").fields if entry.state is FieldState.READ]
    assert len(read) > 40
    for entry in read:
        assert entry.page is not None
        assert entry.box is not None, entry
        assert entry.line is None
        x0, top, x1, bottom = entry.box
        width, height = sizes[entry.page - 1]
        assert 0 <= x0 < x1 <= width, entry
        assert 0 <= top < bottom <= height, entry


def test_a_value_lies_in_its_box() -> None:
    """Cut out of the picture of the page, the box has ink in it, and just above and below there is none."""
    data = page_of((100, 200, "OCA.0016.9999.CSMS"))
    (line,) = read_document(data, "x.pdf")[1][0].lines
    box = line.place(0, len(line.text))[1]
    assert box is not None
    assert box == pytest.approx((100, 192, 100 + 103.4, 202.2), abs=1.5)


# Tables


GRID = tuple((50.0, y, 350.0, y) for y in (50.0, 80.0, 110.0)) + tuple((x, 50.0, x, 110.0) for x in (50.0, 200.0, 350.0))


def test_a_drawn_cell_is_one_cell_however_many_lines_it_has() -> None:
    strings = ((55, 62, "Local Authorization"), (55, 74, "List Management"), (205, 68, "Pass"), (55, 95, "Core"), (205, 95, "Pass"))
    assert rows(page_of(*strings, strokes=GRID)) == [["Local Authorization List Management", "Pass"], ["Core", "Pass"]]


def test_a_merged_cell_is_one_cell_and_an_empty_one_is_there() -> None:
    merged = tuple(stroke for stroke in GRID if stroke[0] != 200.0 or stroke[1] == stroke[3])
    strings = ((55, 65, "Test Configuration"), (55, 95, "Vendor"))
    assert rows(page_of(*strings, strokes=(*merged, (200.0, 80.0, 200.0, 110.0)))) == [["Test Configuration"], ["Vendor", ""]]


def test_level_strokes_alone_part_rows() -> None:
    strokes = tuple((50.0, y, 350.0, y) for y in (50.0, 80.0, 110.0, 140.0))
    names = ("Fixed cable", "RFID readers", "Socket(s)")
    strings = [(55.0, 65.0 + 30 * place, name) for place, name in enumerate(names)] + [
        (205.0, 65.0 + 30 * place, "Yes") for place in range(3)
    ]
    assert rows(page_of(*strings, (205, 76, "indeed"), strokes=strokes)) == [
        ["Fixed cable", "Yes indeed"],
        ["RFID readers", "Yes"],
        ["Socket(s)", "Yes"],
    ]


def test_white_parts_rows_and_columns_where_nothing_is_drawn() -> None:
    strings = [(50.0, 50.0 + 30 * place, f"Name{place}") for place in range(3)] + [(200.0, 50.0 + 30 * place, "30s") for place in range(3)]
    strings += [(350.0, 50.0 + 30 * place, "The response time for") for place in range(3)] + [(350.0, 62.0, "that message.")]
    found = rows(page_of(*strings))
    assert found[0] == ["Name0", "30s", "The response time for that message."]
    assert [line[:2] for line in found[1:]] == [["Name1", "30s"], ["Name2", "30s"]]


def test_cells_with_their_middles_level_are_one_row() -> None:
    strings = []
    for place in range(3):
        top = 50.0 + 40 * place
        strings += [
            (50.0, top + 6, f"Name{place}"),
            (200.0, top + 6, "00:00:04"),
            (300.0, top, "The response time"),
            (300.0, top + 12, "of it."),
        ]
    assert rows(page_of(*strings)) == [[f"Name{place}", "00:00:04", "The response time of it."] for place in range(3)]


def test_a_paragraph_is_one_line_and_lines_that_are_short_stay_apart() -> None:
    long = "This certificate attests that the above mentioned product successfully completed certification testing"
    strings = (
        (50, 50, long),
        (50, 62, "in conformance with the reference specification."),
        (50, 100, "LH CSMS"),
        (50, 112, "Version: 1.6"),
    )
    assert rows(page_of(*strings)) == [[f"{long} in conformance with the reference specification."], ["LH CSMS"], ["Version: 1.6"]]


def test_a_table_folded_into_two_is_put_under_itself() -> None:
    strings = []
    for x in (50.0, 300.0):
        strings += [(x, 50.0, "Configuration key"), (x + 130, 50.0, "Value")]
    for place, (one, two) in enumerate((("HeartbeatInterval", "ResetRetries"), ("ConnectionTimeOut", "NumberOfConnectors"))):
        y = 70.0 + 20 * place
        strings += [(50.0, y, one), (180.0, y, "1"), (300.0, y, two), (430.0, y, "2")]
    names = [line[0] for line in rows(page_of(*strings))]
    assert names == [
        "Configuration key",
        "HeartbeatInterval",
        "ConnectionTimeOut",
        "Configuration key",
        "ResetRetries",
        "NumberOfConnectors",
    ]


def lone_line(data: bytes) -> Line:
    return read_document(data, "x.pdf")[1][0].lines[0]


def test_a_long_word_that_fills_its_cell_may_have_been_broken_anywhere() -> None:
    """Whether a blank stands between the two lines cannot be seen, so neither half is certain."""
    strokes: tuple[Box, ...] = ((50.0, 50.0, 50.0, 90.0), (160.0, 50.0, 160.0, 90.0), (50.0, 50.0, 400.0, 50.0), (50.0, 90.0, 400.0, 90.0))
    strokes += ((400.0, 50.0, 400.0, 90.0), (50.0, 70.5, 50.0, 70.6))
    full = lone_line(page_of((55, 62, "9502-TR-OCPP_9900_v"), (55, 74, "1.1"), (170, 62, "x"), strokes=strokes))
    assert not full.cells[0].certain(0, 30)
    room = lone_line(page_of((55, 62, "9502-TR-OCPP"), (55, 74, "v1.1"), (170, 62, "x"), strokes=strokes))
    assert room.cells[0].text == "9502-TR-OCPP v1.1"
    assert room.cells[0].certain(0, 30)


def test_a_line_that_ends_in_a_hyphen_goes_on_without_a_blank() -> None:
    strokes = ((50.0, 50.0, 400.0, 50.0), (50.0, 90.0, 400.0, 90.0), *((x, 50.0, x, 90.0) for x in (50.0, 200.0, 400.0)))
    assert lone_line(page_of((55, 62, "LECS007-"), (55, 74, "1CH02CW"), (210, 62, "x"), strokes=strokes)).cells[0].text == "LECS007-1CH02CW"


# Letters


def test_bold_by_drawing_twice_and_spaced_letters_are_read_once_and_whole() -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1)
    canvas.drawString(100, 700, "Certificate holder:")
    canvas.drawString(100.3, 700, "Certificate holder:")
    spaced = canvas.beginText(100, 600)
    spaced.setCharSpace(4)
    spaced.textLine("ABSTRACT")
    canvas.drawText(spaced)
    canvas.save()
    assert rows(stream.getvalue()) == [["Certificate holder:"], ["ABSTRACT"]]


def test_a_stamp_across_the_page_is_no_text() -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1)
    canvas.drawString(100, 700, "HeartbeatInterval")
    canvas.drawString(100, 680, "Product designation")
    canvas.drawString(100, 660, "Certification date of this product")
    canvas.translate(100, 600)
    canvas.rotate(35)
    canvas.setFont("Helvetica", 30)
    canvas.drawString(0, 0, "REGISTERED COPY")
    canvas.save()
    assert not [line for line in rows(stream.getvalue()) if "R" in line[0] or "COPY" in line[0]]


def test_a_word_that_runs_off_the_sheet_is_not_certain() -> None:
    line = lone_line(page_of((500, 100, "Energy.Active.Import.Register")))
    assert not line.certain(0, len(line.text))


# What a PDF holds besides pages


def test_what_could_act_is_named_and_left_alone() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(page_of((100, 100, "x"))))
    writer.add_open_action(JavaScript("app.alert('x');"))
    writer.add_attachment("note.txt", b"note")
    stream = io.BytesIO()
    writer.write(stream)
    assert read_document(stream.getvalue(), "x.pdf")[0].active == ("javascript", "attachment")
    assert read_document(page_of((100, 100, "x")), "x.pdf")[0].active == ()


def test_a_pdf_without_its_end_is_refused() -> None:
    data = page_of((100, 100, "x"))
    with pytest.raises(UnreadableDocument, match=r"x\.pdf: ends in the middle"):
        read_document(data[: len(data) // 2], "x.pdf")


# Pictures


def test_withheld_places_are_covered_before_a_picture_is_made() -> None:
    data = page_of((100, 100, "SIGNATORY-ONE"), (100, 300, "Certificate"))
    (line, other) = read_document(data, "x.pdf")[1][0].lines
    box, shown = (found.place(0, len(found.text))[1] for found in (line, other))
    assert box is not None
    assert shown is not None
    (packed,) = page_pictures(data, [(1, box)], dpi=72)
    picture = Image.open(io.BytesIO(packed)).convert("L")
    assert picture.size == pytest.approx(page_sizes(data)[0], abs=1)
    assert len(set(picture.crop(box).tobytes())) == 1
    assert len(set(picture.crop(shown).tobytes())) > 3


def test_boxes_are_on_the_sheet_as_it_is_shown() -> None:
    """A crop box moves the corner that everything is measured from; picture and boxes move together."""
    data = page_of((150, 300, "Certificate"), crop=(100, 200, 500, 700))
    line = lone_line(data)
    box = line.place(0, 5)[1]
    assert page_sizes(data) == [(400, 500)]
    assert box is not None
    assert box[0] == pytest.approx(50, abs=1)
    assert box[3] == pytest.approx(300 - (A4[1] - 700) + 2, abs=2)


def test_no_reader_trusts_the_name(tmp_path: Path) -> None:
    assert tmp_path.exists()
    assert read_document(page_of((100, 100, "Certificate")), "x.txt")[0].media_type == "application/pdf"
