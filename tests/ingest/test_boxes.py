"""Boxes as web pages print them: cards with a label over its value, rows of boxes, tables abreast, dots that lead to values."""

from __future__ import annotations

import io
from collections.abc import Iterable

from reportlab.pdfgen.canvas import Canvas

from ingest.grammar.layout import rows_of
from ingest.readers import read_document

Text = tuple[float, float, str]
Box = tuple[float, float, float, float]


def rows(data: bytes) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for page in read_document(data, "x.pdf")[1] for line in page.lines]


def page(
    texts: Iterable[Text], boxes: Iterable[tuple[float, float, float, float]] = (), bold: Iterable[str] = (), radius: float = 0
) -> bytes:
    """Texts by their left and their height from the top, and boxes by left, top, right and bottom."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(500, 500), invariant=1)
    for x, y, text in texts:
        canvas.setFont("Helvetica-Bold" if text in bold else "Helvetica", 10)
        canvas.drawString(x, 500 - y, text)
    for x0, y0, x1, y1 in boxes:
        if radius:
            canvas.roundRect(x0, 500 - y1, x1 - x0, y1 - y0, radius)
        else:
            canvas.rect(x0, 500 - y1, x1 - x0, y1 - y0)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


CARDS = (
    (46.0, 60.0, "Certificate holder:"),
    (46.0, 72.0, "Korea Land & Housing"),
    (46.0, 84.0, "Corporation"),
    (206.0, 60.0, "Vendor name:"),
    (206.0, 72.0, "Korea Land & Housing"),
    (206.0, 84.0, "(LH)"),
)
BOXES = ((40.0, 46.0, 190.0, 92.0), (200.0, 46.0, 350.0, 92.0))
LABELS = ("Certificate holder:", "Vendor name:")


def test_each_card_is_read_for_itself() -> None:
    """A value that is wrapped stays with its label, and not with the card beside it."""
    expected = [["Certificate holder:"], ["Korea Land & Housing"], ["Corporation"], ["Vendor name:"], ["Korea Land & Housing"], ["(LH)"]]
    for radius in (0.0, 6.0):
        found = rows(page(CARDS, BOXES, LABELS, radius))
        assert [text for row in found for text in row if text] == [text for row in expected for text in row] or [
            row[0] for row in found
        ] == ["Certificate holder:", "Korea Land & Housing Corporation", "Vendor name:", "Korea Land & Housing (LH)"]


def test_boxes_of_one_text_each_are_the_cells_of_a_row() -> None:
    texts = [(46.0, 60.0 + 30 * row, f"Key{row}") for row in range(3)] + [(206.0, 60.0 + 30 * row, str(row)) for row in range(3)]
    boxes = [(x, 48.0 + 30 * row, x + 150, 66.0 + 30 * row) for row in range(3) for x in (40.0, 200.0)]
    assert rows(page(texts, boxes)) == [["Key0", "0"], ["Key1", "1"], ["Key2", "2"]]


def test_a_box_around_each_row_keeps_its_columns() -> None:
    texts = [(46.0, 60.0 + 30 * row, f"Key{row}") for row in range(4)] + [(206.0, 60.0 + 30 * row, f"Value {row}") for row in range(4)]
    boxes = [(40.0, 48.0 + 30 * row, 350.0, 66.0 + 30 * row) for row in range(4)]
    assert rows(page(texts, boxes)) == [[f"Key{row}", f"Value {row}"] for row in range(4)]


def test_a_box_around_a_value_leaves_it_beside_its_label() -> None:
    texts = [(40.0, 60.0 + 30 * row, f"Label {row}:") for row in range(3)] + [(206.0, 60.0 + 30 * row, f"Value {row}") for row in range(3)]
    boxes = [(202.0, 48.0 + 30 * row, 300.0, 66.0 + 30 * row) for row in range(3)]
    assert rows(page(texts, boxes)) == [[f"Label {row}:", f"Value {row}"] for row in range(3)]


def test_tables_abreast_are_read_one_after_the_other() -> None:
    """Their lines need not be level with each other."""
    texts: list[Text] = []
    for table in range(3):
        texts += [(40.0 + 150 * table, 60.0, "Key"), (120.0 + 150 * table, 60.0, "Value")]
        texts += [(40.0 + 150 * table, 74.0 + (12 + table) * row, f"Name{table}{row}") for row in range(4)]
        texts += [(120.0 + 150 * table, 74.0 + (12 + table) * row, f"{table}{row}") for row in range(4)]
    expected = [row for table in range(3) for row in [["Key", "Value"], *([f"Name{table}{n}", f"{table}{n}"] for n in range(4))]]
    assert rows(page(texts)) == expected


def test_dots_lead_from_a_label_to_its_value() -> None:
    texts = [(40.0, 60.0 + 14 * row, f"Label {row}{'.' * 40}Value {row}") for row in range(3)]
    assert rows(page(texts)) == [[f"Label {row}", f"Value {row}"] for row in range(3)]


def test_a_value_at_the_foot_of_its_row_is_joined_with_the_lines_above() -> None:
    texts = [
        (40.0, 60.0, "ResetRetries"), (200.0, 60.0, "3"),
        (200.0, 82.0, "Current.Import,"), (40.0, 93.0, "StopTxnSampledData"), (200.0, 93.0, "Voltage"),
        (40.0, 115.0, "BlinkRepeat"), (200.0, 115.0, "1"),
    ]  # fmt: skip
    assert rows(page(texts)) == [["ResetRetries", "3"], ["StopTxnSampledData", "Current.Import, Voltage"], ["BlinkRepeat", "1"]]


def test_a_shaded_column_is_a_column_of_its_table() -> None:
    texts = [(46.0, 60.0 + 18 * row, f"Key{row}") for row in range(4)] + [(206.0, 60.0 + 18 * row, str(row)) for row in range(4)]
    boxes = [(200.0, 48.0 + 18 * row, 300.0, 66.0 + 18 * row) for row in range(4)]
    assert rows(page(texts, boxes)) == [[f"Key{row}", str(row)] for row in range(4)]


def test_rows_that_no_stroke_parts_are_rows_when_they_share_the_height_of_their_cell() -> None:
    texts = [(46.0, 60.0, "ID"), (206.0, 60.0, "Supported"), (46.0, 76.0, "C-11"), (206.0, 76.0, "Yes"), (46.0, 92.0, "C-13")]
    boxes = [(40.0, 50.0, 200.0, 66.0), (200.0, 50.0, 300.0, 66.0), (40.0, 66.0, 200.0, 98.0), (200.0, 66.0, 300.0, 98.0)]
    assert rows(page([*texts, (206.0, 92.0, "No")], boxes)) == [["ID", "Supported"], ["C-11", "Yes"], ["C-13", "No"]]


def test_lines_of_one_cell_stay_one() -> None:
    texts = [(46.0, 60.0, "Local List"), (46.0, 72.0, "Management"), (206.0, 60.0, "Not"), (206.0, 72.0, "Tested")]
    boxes = [(40.0, 48.0, 200.0, 78.0), (200.0, 48.0, 300.0, 78.0)]
    assert rows(page(texts, boxes)) == [["Local List Management", "Not Tested"]]


def test_a_heading_under_tables_abreast_comes_after_both() -> None:
    texts = [(x + 6.0, y, text) for x in (40.0, 250.0) for y, text in ((60.0, f"Key{x:.0f}"), (78.0, f"Name{x:.0f}"))]
    texts += [(x + 106.0, y, text) for x in (40.0, 250.0) for y, text in ((60.0, "Value"), (78.0, f"{x:.0f}"))]
    boxes = [(x, y, x + 100, y + 18) for x in (40.0, 140.0, 250.0, 350.0) for y in (48.0, 66.0)]
    texts += [(40.0, 120.0, "Statement of Approval"), (46.0, 150.0, "Vendor"), (306.0, 150.0, "Date")]
    boxes += [(40.0, 138.0, 300.0, 156.0), (300.0, 138.0, 450.0, 156.0)]
    found = rows(page(texts, boxes))
    assert found[-2:] == [["Statement of Approval"], ["Vendor", "Date"]]
    assert ["Name250", "250"] in found[:-2]


def test_a_hyphen_at_the_end_of_a_line_between_letters_is_in_doubt() -> None:
    """It may be one that is printed only where a word is broken."""
    texts = [(46.0, 60.0, "Name"), (206.0, 60.0, "Man-"), (206.0, 72.0, "ageOn"), (46.0, 90.0, "Version"), (206.0, 90.0, "1-2")]
    boxes = [(x, y, x + 100, end) for x in (40.0, 140.0, 200.0) for y, end in ((48.0, 78.0), (78.0, 96.0))]
    words = [
        word for one in read_document(page(texts, boxes), "x.pdf")[1] for line in one.lines for cell in line.cells for word in cell.words
    ]
    assert [word.text for word in words if not word.sure] == ["Man-ageOn"]


def test_a_line_that_stands_on_every_page_but_the_last_is_a_running_line() -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(500, 500), invariant=1)
    for number in range(4):
        canvas.drawString(40, 440, f"Page {'abcd'[number]} says this")
        if number < 3:
            canvas.drawString(40, 20, "Replaces OCA.0016.0001.CS of 2019-01-01")
        canvas.showPage()
    canvas.save()
    texts = [row.text for row in rows_of(read_document(stream.getvalue(), "x.pdf")[1])]
    assert sum("Replaces" in text for text in texts) == 1
