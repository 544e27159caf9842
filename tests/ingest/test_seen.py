"""What of a page can be seen: words without colour or paint, under paint, in layers that are off, struck out; and signs beside values."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)
from reportlab.lib.colors import Color, black, white
from reportlab.pdfgen.canvas import Canvas

from ingest.parse import parse_document
from ingest.readers import read_document
from registry.errors import NotACertificate
from tests.corpus import platypus
from tests.corpus.content import Break, annex, blocks
from tests.corpus.facts import Sheet
from tests.corpus.finishes import stamped
from tests.corpus.look import Look
from tests.corpus.overlays import in_forms, layer_off
from tests.ingest.certificates import golden_certificates

STATION = next(Sheet(certificate, {}) for certificate in golden_certificates() if certificate.facts.role == "CS")
LOOK = Look("seen", size=7, padding=4)
DATA = platypus.render(blocks(STATION), LOOK)


def page_of(draw: Callable[[Canvas], None]) -> bytes:
    """A page of some lines, and what is drawn."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(400, 400), invariant=1)
    canvas.setFont("Helvetica", 10)
    for line in range(6):
        canvas.drawString(40, 360 - 20 * line, f"Line {line} of the page")
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def words(data: bytes) -> list[tuple[str, bool]]:
    """The words of the last printed line, and whether they are sure."""
    (page,) = read_document(data, "x.pdf")[1]
    return [(word.text, word.sure) for cell in page.lines[-1].cells for word in cell.words]


def value(canvas: Canvas, text: str = "Value") -> None:
    canvas.setFillColor(black)
    canvas.drawString(40, 200, text)


def white_on_white(canvas: Canvas) -> None:
    value(canvas)
    canvas.setFillColor(white)
    canvas.drawString(64.5, 200, "7")


def on_its_own_ground(canvas: Canvas) -> None:
    canvas.setFillColor(Color(0.9, 0.9, 1))
    canvas.rect(30, 190, 200, 30, stroke=0, fill=1)
    value(canvas)
    canvas.setFillColor(Color(0.9, 0.9, 1))
    canvas.drawString(64.5, 200, "7")


def clear(canvas: Canvas) -> None:
    value(canvas)
    canvas.setFillAlpha(0.02)
    canvas.drawString(64.5, 200, "7")


def not_drawn(canvas: Canvas) -> None:
    value(canvas)
    text = canvas.beginText(64.5, 200)
    text.setTextRenderMode(3)
    text.textOut("7")
    canvas.drawText(text)


def clipped_to(canvas: Canvas, left: float, low: float, width: float, height: float) -> None:
    path = canvas.beginPath()
    path.rect(left, low, width, height)
    canvas.clipPath(path, stroke=0, fill=0)


def clipped_away(canvas: Canvas) -> None:
    value(canvas)
    clipped_to(canvas, 0, 0, 60, 60)
    canvas.drawString(64.5, 200, "7")


def clipped_twice(canvas: Canvas) -> None:
    value(canvas)
    canvas.saveState()
    clipped_to(canvas, 0, 190, 64, 30)
    clipped_to(canvas, 20, 100, 300, 200)
    canvas.drawString(64.5, 200, "7")
    canvas.restoreState()


@pytest.mark.parametrize("draw", [white_on_white, on_its_own_ground, clear, not_drawn, clipped_away, clipped_twice])
def test_letters_that_nobody_sees_are_not_there(draw: Callable[[Canvas], None]) -> None:
    assert words(page_of(draw)) == [("Value", True)]


def white_on_black(canvas: Canvas) -> None:
    canvas.rect(30, 190, 200, 30, stroke=0, fill=1)
    canvas.setFillColor(white)
    canvas.drawString(40, 200, "Value")


def under_a_marker(canvas: Canvas) -> None:
    value(canvas)
    canvas.setFillColor(Color(1, 1, 0, alpha=0.4))
    canvas.rect(30, 195, 60, 15, stroke=0, fill=1)


def clipped_to_its_cell(canvas: Canvas) -> None:
    clipped_to(canvas, 40, 196, 200, 14)
    value(canvas)


def after_a_clip(canvas: Canvas) -> None:
    canvas.saveState()
    clipped_to(canvas, 0, 0, 60, 60)
    canvas.restoreState()
    value(canvas)


@pytest.mark.parametrize("draw", [white_on_black, under_a_marker, clipped_to_its_cell, after_a_clip])
def test_letters_on_a_ground_and_under_clear_paint_are_read(draw: Callable[[Canvas], None]) -> None:
    assert words(page_of(draw)) == [("Value", True)]


def painted_over(canvas: Canvas) -> None:
    value(canvas)
    canvas.setFillColor(white)
    canvas.rect(52, 195, 60, 15, stroke=0, fill=1)


def struck_through(canvas: Canvas) -> None:
    value(canvas)
    canvas.line(38, 203, 70, 203)


def crossed_out(canvas: Canvas) -> None:
    value(canvas)
    canvas.line(38, 198, 70, 210)


def under_an_ellipse(canvas: Canvas) -> None:
    value(canvas)
    canvas.setFillColor(white)
    canvas.ellipse(45, 190, 110, 220, stroke=0, fill=1)


def under_a_blot(canvas: Canvas) -> None:
    value(canvas)
    path = canvas.beginPath()
    path.moveTo(36, 196)
    for corner in ((75, 195), (80, 204), (72, 212), (38, 211)):
        path.lineTo(*corner)
    path.close()
    canvas.drawPath(path, fill=1, stroke=0)


def cut_by_a_clip(canvas: Canvas) -> None:
    clipped_to(canvas, 0, 190, 59, 30)
    value(canvas)


def cut_between_words(canvas: Canvas) -> None:
    clipped_to(canvas, 0, 190, 67.5, 30)
    value(canvas, "Value more")


def half_as_high_as_its_letters(canvas: Canvas) -> None:
    clipped_to(canvas, 0, 180, 300, 23)
    value(canvas)


@pytest.mark.parametrize(
    "draw",
    [
        painted_over,
        struck_through,
        crossed_out,
        under_an_ellipse,
        under_a_blot,
        cut_by_a_clip,
        cut_between_words,
        half_as_high_as_its_letters,
    ],
)
def test_what_is_painted_over_or_struck_out_is_not_read(draw: Callable[[Canvas], None]) -> None:
    ((text, sure),) = words(page_of(draw))
    assert text != "Value"
    assert not sure


def with_picture_inside(place: float) -> bytes:
    """A page with a white picture inside its content, whose data end close to the operator that ends it, and a value drawn after it."""
    picture = Image.new("RGB", (10, 10), (255, 255, 255))

    def draw(canvas: Canvas) -> None:
        value(canvas, "Other")
        canvas.drawInlineImage(picture, place, 195, 60, 16)
        canvas.drawString(40, 180, "Value")

    writer = PdfWriter(clone_from=io.BytesIO(page_of(draw)))
    contents = writer.pages[0].get_contents()
    assert contents is not None
    closed = StreamObject()
    closed.set_data(re.sub(rb"~>\s*EI", b"~>EI", contents.get_data()))
    writer.pages[0][NameObject("/Contents")] = writer._add_object(closed)
    stream = io.BytesIO()
    writer.write(stream)
    assert b"~>EI" in stream.getvalue()
    return stream.getvalue()


def test_a_picture_inside_the_page_is_seen_however_its_data_end() -> None:
    (beside,) = read_document(with_picture_inside(300), "x.pdf")[1]
    (over,) = read_document(with_picture_inside(38), "x.pdf")[1]
    assert [line.text for line in beside.lines[-2:]] == ["Other", "Value"]
    assert "Other" not in [line.text for line in over.lines]
    assert over.lines[-1].text == "Value"


def test_a_label_that_touches_its_value_in_letters_of_another_look_is_apart_from_it() -> None:
    def touching(canvas: Canvas, label: str) -> None:
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(40, 200, label)
        end = 40 + canvas.stringWidth(label, "Helvetica-Bold", 10)
        canvas.setFont("Helvetica", 10)
        canvas.drawString(end, 200, "30")

    assert words(page_of(lambda canvas: touching(canvas, "number:"))) == [("number:", True), ("30", True)]
    assert words(page_of(lambda canvas: touching(canvas, "00:"))) == [("00:30", False)]


def test_an_underlined_word_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        value(canvas)
        canvas.line(40, 198.5, 66, 198.5)

    assert words(page_of(draw)) == [("Value", True)]


def after(text: str, **given: float) -> Callable[[Canvas], None]:
    """The value 15, and a figure right after it."""

    def draw(canvas: Canvas) -> None:
        value(canvas, "15")
        canvas.setFillGray(given.get("grey", 0.0))
        line = canvas.beginText(40 + canvas.stringWidth("15", "Helvetica", 10) + given.get("gap", 0.0), 200)
        line.setFont("Helvetica-Oblique" if "slanted" in given else "Helvetica", given.get("size", 10))
        line.setRise(given.get("rise", 0.0))
        line.textOut(text)
        canvas.drawText(line)

    return draw


@pytest.mark.parametrize(
    "given",
    [{"rise": 4}, {"rise": 0.8}, {"rise": -2}, {"size": 7}, {"grey": 0.5}, {"slanted": 1}, {"gap": 0.8}, {"size": 6, "rise": 4}],
    ids=str,
)
def test_a_figure_of_another_kind_after_a_value_leaves_it_in_doubt(given: dict[str, float]) -> None:
    """It may lead to a footnote: 15 and 1 are not 151."""
    assert all(not sure or text == "15" for text, sure in words(page_of(after("1", **given))))


def test_a_figure_of_the_same_kind_belongs_to_its_number() -> None:
    assert words(page_of(after("1"))) == [("151", True)]


def test_a_layer_that_is_off_says_nothing() -> None:
    assert parse_document(layer_off(DATA), "x.pdf").certificate == STATION.certificate.facts


def test_a_page_inside_a_form_is_read() -> None:
    assert parse_document(in_forms(DATA), "x.pdf").certificate == STATION.certificate.facts


def test_pale_words_across_the_pages_are_no_text() -> None:
    assert parse_document(stamped("VOID", 60, 30)(DATA), "x.pdf").certificate == STATION.certificate.facts


def test_the_annex_of_another_certificate_is_not_read_as_this_one_s() -> None:
    other = next(Sheet(certificate, {}) for certificate in golden_certificates() if certificate.facts.role == "CSMS")
    data = platypus.render([*blocks(STATION), Break(), *annex(other)], LOOK)
    with pytest.raises(NotACertificate, match="annexes of two certificates"):
        parse_document(data, "x.pdf")


def annotated(data: bytes, **entries: PdfObject) -> bytes:
    """The page with one annotation. `AP` is the content of its picture."""
    writer = PdfWriter(clone_from=io.BytesIO(data))
    annotation = DictionaryObject({NameObject(f"/{key}"): entry for key, entry in entries.items() if key != "AP"})
    annotation.update({NameObject("/Type"): NameObject("/Annot"), NameObject("/F"): NumberObject(4)})
    if "AP" in entries:
        picture = StreamObject()
        picture.set_data(str(entries["AP"]).encode())
        picture.update({NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form")})
        picture[NameObject("/BBox")] = ArrayObject(map(FloatObject, (0, 0, 100, 20)))
        annotation[NameObject("/AP")] = DictionaryObject({NameObject("/N"): writer._add_object(picture)})
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def rect(*edges: float) -> ArrayObject:
    return ArrayObject(map(FloatObject, edges))


def field(shown: str, held: str, flags: int = 0) -> bytes:
    """A text field on an otherwise empty line: what it shows, and the value that it holds."""
    picture = TextStringObject(f"/Tx BMC BT /Helv 10 Tf 2 5 Td ({shown}) Tj ET EMC")
    given: dict[str, PdfObject] = {
        "FT": NameObject("/Tx"),
        "V": TextStringObject(held),
        "Ff": NumberObject(flags),
        "DA": TextStringObject("/Helv 10 Tf"),
    }
    return annotated(page_of(lambda _: None), Subtype=NameObject("/Widget"), Rect=rect(40, 195, 140, 215), AP=picture, **given)


def test_a_field_is_read_where_it_shows_its_value() -> None:
    assert words(field("1.0.3", "1.0.3")) == [("1.0.3", True)]
    assert words(field("1.0.3", "1.0.4")) == [("1.0.4", False)]


def test_a_password_is_never_read() -> None:
    assert "1.0.3" not in str(words(field("*****", "1.0.3", flags=1 << 13)))


def test_a_line_that_somebody_drew_through_a_value_strikes_it_out() -> None:
    through = annotated(page_of(value), Subtype=NameObject("/Line"), Rect=rect(36, 199, 72, 207), L=rect(38, 203, 70, 203))
    under = annotated(page_of(value), Subtype=NameObject("/Line"), Rect=rect(36, 194, 72, 199), L=rect(38, 197, 70, 197))
    assert [sure for _, sure in words(through)] == [False]
    assert words(under) == [("Value", True)]


def test_a_line_of_which_the_page_shows_only_a_part_is_in_doubt() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(page_of(value)))
    writer.pages[0].cropbox = RectangleObject((0, 0, 400, 203.5))
    stream = io.BytesIO()
    writer.write(stream)
    assert [sure for _, sure in words(stream.getvalue())] == [False]
