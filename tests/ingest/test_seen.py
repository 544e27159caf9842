"""What of a page can be seen: words without colour or paint, under paint, in layers that are off, struck out; and signs beside values."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
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


@pytest.mark.parametrize("draw", [white_on_white, on_its_own_ground, clear, not_drawn])
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


@pytest.mark.parametrize("draw", [white_on_black, under_a_marker])
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


@pytest.mark.parametrize("draw", [painted_over, struck_through, crossed_out])
def test_what_is_painted_over_or_struck_out_is_not_read(draw: Callable[[Canvas], None]) -> None:
    ((text, sure),) = words(page_of(draw))
    assert text != "Value"
    assert not sure


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
