"""What the paper does to the text: turned pages, stamps, running heads and feet, letters drawn twice, form fields, small capitals."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter, Transformation
from reportlab.lib.colors import Color
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ingest.parse import parse_document
from ingest.readers import read_document
from registry.certificates.facts import CertificateFacts, FieldState
from tests.corpus import drawn, platypus
from tests.corpus.content import blocks
from tests.corpus.facts import Sheet
from tests.corpus.finishes import Finish, doubled, headed, lying, stamped, turned, two_up
from tests.corpus.look import Look
from tests.ingest.certificates import SECRET_WORDS, golden_certificates

STATION = next(Sheet(certificate, {}) for certificate in golden_certificates() if certificate.facts.role == "CS")
LOOK = Look("paper", size=7, padding=4)
DATA = platypus.render(blocks(STATION), LOOK)


def facts(data: bytes) -> CertificateFacts:
    return parse_document(data, "x.pdf").certificate


def rows(data: bytes) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for page in read_document(data, "x.pdf")[1] for line in page.lines]


def canvas_of(*pages: tuple[tuple[float, float, str, float], ...]) -> bytes:
    """Pages of strings: left, height of the line from the top, text, size of the letters."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(400, 400), invariant=1)
    for page in pages:
        for x, y, text, size in page:
            canvas.setFont("Helvetica", size)
            canvas.drawString(x, 400 - y, text)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


@pytest.mark.parametrize("angle", [90, 180, 270])
@pytest.mark.parametrize("finish", [turned, lying], ids=["turned upright by the viewer", "shown lying"])
def test_pages_are_read_however_they_lie(finish: object, angle: int) -> None:
    assert callable(finish)
    assert facts(finish(angle)(DATA)) == STATION.certificate.facts


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_places_on_a_lying_page_are_those_on_the_page_as_it_is_shown(angle: int) -> None:
    data = canvas_of(tuple((40, 60 + 20 * line, "Certificate holder: Some Company", 10) for line in range(8)))
    (upright,), (page,) = read_document(data, "x.pdf")[1], read_document(lying(angle)(data), "x.pdf")[1]
    word, other = upright.lines[2].cells[0].words[0].box, page.lines[2].cells[0].words[0].box
    assert word is not None
    x0, top, x1, bottom = word
    shown = {
        90: (400 - bottom, x0, 400 - top, x1),
        180: (400 - x1, 400 - bottom, 400 - x0, 400 - top),
        270: (top, 400 - x1, bottom, 400 - x0),
    }
    assert other == pytest.approx(shown[angle], abs=0.1)


def test_a_lying_page_with_a_persons_name_is_withheld_whole() -> None:
    extraction = parse_document(lying(90)(DATA), "x.pdf")
    height, width = (float(side) for side in PdfReader(io.BytesIO(DATA)).pages[0].mediabox.upper_right)
    approval = max(page for page, _ in extraction.withheld)
    assert [box for page, box in extraction.withheld if page == approval] == [pytest.approx((0, 0, width, height), abs=1)]


STAMPS = {
    "across": stamped("COPY", 120, 40),
    "level, large, over": stamped("COPY", 110, 0),
    "level, large, under": stamped("CONFIDENTIAL", 60, 0, over=False),
    "small, many times": stamped("UNCONTROLLED COPY", 14, 0, tiled=True),
}


@pytest.mark.parametrize("finish", STAMPS.values(), ids=STAMPS)
def test_a_stamp_on_every_page_is_no_text(finish: Finish) -> None:
    assert facts(finish(DATA)) == STATION.certificate.facts


def test_words_printed_over_a_value_leave_it_unread() -> None:
    """On one page alone nobody can tell a stamp from the text."""
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(DATA)))
    for entry in parse_document(DATA, "x.pdf").fields:
        if entry.field == "number":
            place = entry.box
    assert place is not None
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(595.28, 841.89))
    canvas.setFillColor(Color(0.9, 0.9, 0.9))
    canvas.setFont("Helvetica", 24)
    canvas.drawString(place[0] + 12, 841.89 - place[3] - 2, "VOID")
    canvas.save()
    writer.pages[0].merge_page(PdfReader(io.BytesIO(stream.getvalue())).pages[0])
    stamped_once = io.BytesIO()
    writer.write(stamped_once)
    extraction = parse_document(stamped_once.getvalue(), "x.pdf")
    assert extraction.certificate.number is None
    assert next(entry.state for entry in extraction.fields if entry.field == "number") is FieldState.UNREAD


HEADS = {
    "names and page": headed("Korea Smart Grid Association|OCPP abstract", "Document no. QF-77 rev. 3|{page}", margin=44),
    "dates": headed("Test report|Date: 2019-03-04", "{page}|Seite {page} von {pages}", margin=46),
    "figures": headed("{page}|", "{page} / {pages}|30", margin=40),
}


@pytest.mark.parametrize("finish", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("rules", ["full", "none"])
def test_running_heads_and_feet_are_no_rows(finish: Finish, rules: str) -> None:
    data = drawn.render(blocks(STATION), Look("paper", size=10.5, padding=6, rules=rules), "lines")  # type: ignore[arg-type]  # both are rules
    extraction = parse_document(finish(data), "x.pdf")
    assert extraction.certificate == parse_document(data, "x.pdf").certificate
    assert {finding.rule for finding in extraction.findings} == {finding.rule for finding in parse_document(data, "x.pdf").findings}


def test_a_table_header_that_comes_again_stays() -> None:
    page = ((40, 30, "Configuration key", 10), (200, 30, "Value", 10), (40, 60, "ResetRetries", 10), (200, 60, "3", 10))
    other = (*page[:2], (40, 60, "HeartbeatInterval", 10), (200, 60, "30", 10))
    assert rows(canvas_of(((40, 100, "Cover", 10),), page, other)).count(["ResetRetries", "3"]) == 1
    assert ["HeartbeatInterval", "30"] in rows(canvas_of(((40, 100, "Cover", 10),), page, other))


@pytest.mark.parametrize("shift", [(0.3, 0.0), (0.8, 0.8), (1.4, 1.4)])
def test_letters_drawn_twice_are_read_once(shift: tuple[float, float]) -> None:
    assert facts(doubled(*shift)(DATA)) == STATION.certificate.facts


def test_double_letters_stay_double() -> None:
    assert rows(canvas_of(((40, 60, "Illinois Allegro Millivolt 1111 iill", 10),))) == [["Illinois Allegro Millivolt 1111 iill"]]
    twice = PdfWriter()
    twice.append(PdfReader(io.BytesIO(canvas_of(((40, 60, "Illinois Allegro Millivolt 1111 iill", 10),)))))
    copy = PdfReader(io.BytesIO(canvas_of(((40, 60, "Illinois Allegro Millivolt 1111 iill", 10),)))).pages[0]
    twice.pages[0].merge_transformed_page(copy, Transformation().translate(1.4, 0))
    stream = io.BytesIO()
    twice.write(stream)
    assert rows(stream.getvalue()) == [["Illinois Allegro Millivolt 1111 iill"]]


def test_small_capitals_are_small_letters() -> None:
    strings: list[tuple[float, float, str, float]] = []
    for line, name in enumerate(("Communication", "Technology", "Ethernet", "Charging", "Station", "Allow")):
        strings += [(40, 60 + 20 * line, name[0], 10), (40 + 7.3, 60 + 20 * line, name[1:].upper(), 7)]
    strings += [(200, 60, "true".upper(), 7), (200, 80, "TRUE", 10)]
    found = rows(canvas_of(tuple(strings)))
    assert [row[0] for row in found] == ["Communication", "Technology", "Ethernet", "Charging", "Station", "Allow"]
    assert [row[1] for row in found[:2]] == ["true", "TRUE"]


def form(values: dict[str, str], *, hidden: bool = False) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(400, 400), invariant=1)
    for line, (label, value) in enumerate(values.items()):
        canvas.drawString(40, 340 - 30 * line, label)
        flags = "hidden" if hidden else "print"
        canvas.acroForm.textfield(
            name=f"f{line}", value=value, x=180, y=335 - 30 * line, width=200, height=18, fontSize=10, annotationFlags=flags
        )
    canvas.save()
    return stream.getvalue()


def test_what_was_typed_into_a_form_is_read_where_it_stands() -> None:
    values = {"Certificate holder:": "Some Company Ltd.", "Certificate number:": "OCA.0016.9999.CSMS"}
    assert rows(form(values)) == [list(pair) for pair in values.items()]
    assert rows(form(values, hidden=True)) == [[label] for label in values]


def test_no_name_is_given_out_whatever_the_paper_does() -> None:
    for finish in (lying(90), doubled(1.4, 1.4), STAMPS["level, large, over"], HEADS["dates"]):
        shown = parse_document(finish(DATA), "x.pdf").public_text.lower()
        assert not [word for word in SECRET_WORDS if word in shown]


# How rows and columns are told apart where little is drawn


@pytest.mark.parametrize("rules", ["full", "half", "none"])
def test_two_pages_on_one_sheet_are_read_one_after_the_other(rules: str) -> None:
    data = platypus.render(blocks(STATION), Look("paper", size=7, rules=rules))  # type: ignore[arg-type]  # all of them are rules
    assert facts(two_up(data)) == facts(data)
    extraction = parse_document(two_up(data), "x.pdf")
    assert "document-truncated" not in {finding.rule for finding in extraction.findings}
    assert not [word for word in SECRET_WORDS if word in extraction.public_text.lower()]


def test_letters_apart_are_words_also_beside_others() -> None:
    places = [40 + stringWidth("HOLDER"[:place], "Helvetica", 10) + 4 * place for place in range(6)]
    spaced = tuple((x, 60.0, letter, 10.0) for x, letter in zip(places, "HOLDER", strict=True))
    assert rows(canvas_of((*spaced, (200, 60, "Some Company", 10)))) == [["HOLDER", "Some Company"]]
    assert rows(canvas_of(((40, 60, "S L C D R U I", 10),))) == [["S L C D R U I"]]


def table_of(*lines: tuple[float, str, str]) -> bytes:
    """A page of two columns without strokes: height of the line from the top, what stands left and right on it."""
    return canvas_of(tuple((x, y, text, 10) for y, left, right in lines for x, text in ((40, left), (200, right)) if text))


def test_a_value_whose_middle_is_level_with_its_name_is_its_own() -> None:
    lines = (
        (60, "ResetRetries", "3"),
        (85, "", "Voltage,"),
        (97, "StopTxnSampledData", "SoC,"),
        (109, "", "RPM"),
        (134, "BlinkRepeat", "1"),
    )
    assert rows(table_of(*lines)) == [["ResetRetries", "3"], ["StopTxnSampledData", "Voltage, SoC, RPM"], ["BlinkRepeat", "1"]]


def test_a_line_that_goes_on_farther_apart_than_rows_are_does_not_go_to_the_next_name() -> None:
    lines = [(60.0 + 10.2 * place, f"Key{place}", str(place)) for place in range(6)]
    lines += [(123, "", "RPM"), (133.2, "ResetRetries", "3"), (143.4, "BlinkRepeat", "1")]
    assert ["ResetRetries", "3"] in rows(table_of(*lines))


def test_strokes_under_headers_alone_do_not_part_rows() -> None:
    """Three tables, each with a stroke under its header only: their rows are single lines all the same."""
    strings: list[tuple[float, float, str, float]] = []
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(400, 700), invariant=1)
    for table in range(4):
        for row in range(5):
            y = 40.0 + table * 100 + row * 15
            strings += [(40, y, "Configuration key" if not row else f"Key{table}{row}", 10), (200, y, "Value" if not row else str(row), 10)]
        canvas.line(38, 700 - (43 + table * 100), 300, 700 - (43 + table * 100))
    for x, y, text, size in strings:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, 700 - y, text)
    canvas.save()
    assert ["Key23", "3"] in rows(stream.getvalue())
    assert len(rows(stream.getvalue())) == 20


def test_rows_of_even_leading_under_a_heading_are_rows() -> None:
    lines = [(60.0, "Core", "Pass"), (72.0, "Reservation", "N/A"), (84.0, "Smart Charging", "Pass"), (110.0, "Performance", "")]
    assert rows(table_of(*lines))[:3] == [["Core", "Pass"], ["Reservation", "N/A"], ["Smart Charging", "Pass"]]


def test_a_word_that_a_narrow_column_broke_is_in_doubt() -> None:
    """Beside strokes that run on far beyond the column, as those around a card do."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(400, 400), invariant=1)
    for row, (label, *lines) in enumerate((("Vendor name", "Seoul", "Cooperatio", "n"), ("Location", "Springfield"), ("Type", "AC 7"))):
        top = 60 + 60 * row
        for place, text in enumerate((label, *lines)):
            canvas.drawString(40 if not place else 140, 400 - (top + 14 * max(place - 1, 0)), text)
        canvas.line(36, 400 - (top - 14), 380, 400 - (top - 14))
        canvas.line(36, 400 - (top + 44), 380, 400 - (top + 44))
    canvas.save()
    (value,) = [
        line.cells[1] for page in read_document(stream.getvalue(), "x.pdf")[1] for line in page.lines if line.text.startswith("Vendor")
    ]
    assert [word.text for word in value.words if not word.sure] == ["Cooperatio", "n"]


def test_what_stands_under_a_folded_table_comes_after_both_its_halves() -> None:
    header = [(x, 40.0, text, 8.0) for x, text in ((40, "Key"), (120, "Value"), (200, "Key"), (280, "Value"))]
    keys = [(x, 54.0 + 14 * row, text, 8.0) for row in range(4) for x, text in ((40, f"A{row}"), (120, "1"), (200, f"B{row}"), (280, "2"))]
    found = rows(canvas_of((*header, *keys, (40, 112, "Statement of Approval", 8))))
    assert [row[0] for row in found if row[0] != "Key"] == ["A0", "A1", "A2", "A3", "B0", "B1", "B2", "B3", "Statement of Approval"]


def test_a_small_sign_high_after_a_value_is_in_doubt() -> None:
    for sign_at in ((212.0, 56.0), (195.0, 56.5)):
        data = canvas_of(((40, 60, "HeartbeatInterval", 10), (200, 60, "30", 10), (*sign_at, "1", 6)))
        cells = [cell for page in read_document(data, "x.pdf")[1] for line in page.lines for cell in line.cells]
        assert "1" in [word.text for cell in cells for word in cell.words if not word.sure]
