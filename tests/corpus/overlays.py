"""What hands and programs do to values of a finished certificate: whited out, struck out, blackened, marked; and what nobody sees of it.

Where the values stand is found by searching the page for their print with another PDF library than the product reads with.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject, TextStringObject
from reportlab.lib.colors import Color, black, white
from reportlab.pdfgen.canvas import Canvas

from tests.corpus.finishes import Finish, overlaid_pages, writer_of, written

Place = tuple[float, float, float, float]
"""Left, bottom, right and top in points from the bottom left."""
_WORDS = ("TTA", "DEKRA Certification B.V.", "Korea Smart Grid Association", "Applus+ Laboratories", "OCTT 1.6 v", "OCTT 2.0.1 v", "JSON")
_MORE = ("Energy.Active.Import.Register", "NotApplicable", "Pass", "Ethernet", "Double", "Arnhem / The Netherlands", "30s")


def _places(data: bytes) -> list[list[Place]]:
    """Where some values stand, page by page."""
    found: list[list[Place]] = []
    with pypdfium2.PdfDocument(data) as document:
        for page in document:
            text = page.get_textpage()
            places: list[Place] = []
            for words in (*_WORDS, *_MORE):
                search = text.search(words, match_case=True)
                while (hit := search.get_next()) is not None:
                    text.count_rects(*hit)
                    places.append(text.get_rect(0))
            found.append(places)
    return found


def overlaid(draw: Callable[[Canvas, Place], None]) -> Finish:
    """Something drawn at each of those places."""

    def finish(data: bytes) -> bytes:
        places = _places(data)

        def page(canvas: Canvas, number: int, _width: float, _height: float) -> None:
            for place in places[number - 1]:
                draw(canvas, place)

        return overlaid_pages(data, page)

    return finish


def _words(canvas: Canvas, place: Place, text: str) -> None:
    canvas.setFillColor(black)
    canvas.setFont("Helvetica", 9)
    canvas.drawString(place[2] + 4, place[1] + 2, text)


def white_out(canvas: Canvas, place: Place) -> None:
    """Painted over in white, another value beside it."""
    x0, y0, x1, y1 = place
    canvas.setFillColor(white)
    canvas.rect(x0 - 1, y0 - 1, x1 - x0 + 2, y1 - y0 + 2, stroke=0, fill=1)
    _words(canvas, place, "Other9")


def struck_out(canvas: Canvas, place: Place) -> None:
    """A line through it, another value beside it."""
    x0, y0, x1, y1 = place
    middle = y0 + 0.45 * (y1 - y0)
    canvas.line(x0 - 1, middle, x1 + 1, middle)
    _words(canvas, place, "New77")


def crossed(canvas: Canvas, place: Place) -> None:
    """Two slanted lines through it."""
    x0, y0, x1, y1 = place
    canvas.line(x0 - 1, y0, x1 + 1, y1)
    canvas.line(x0 - 1, y1, x1 + 1, y0)


def redacted(canvas: Canvas, place: Place) -> None:
    """Its second half blackened."""
    x0, y0, x1, y1 = place
    canvas.setFillColor(black)
    canvas.rect((x0 + x1) / 2, y0 - 1, (x1 - x0) / 2 + 2, y1 - y0 + 2, stroke=0, fill=1)


def highlighted(canvas: Canvas, place: Place) -> None:
    """Marked with a pen that can be seen through."""
    x0, y0, x1, y1 = place
    canvas.saveState()
    canvas.setFillColor(Color(1, 1, 0, alpha=0.4))
    canvas.rect(x0 - 1, y0 - 1, x1 - x0 + 2, y1 - y0 + 2, stroke=0, fill=1)
    canvas.restoreState()


def unseen(canvas: Canvas, place: Place) -> None:
    """Figures after it that are not drawn."""
    text = canvas.beginText(place[2] + 1, place[1] + 2)
    text.setTextRenderMode(3)
    text.setFont("Helvetica", 9)
    text.textOut("77")
    canvas.drawText(text)


def layer_off(data: bytes) -> bytes:
    """Figures after the values, in a layer that is not shown."""
    writer = writer_of(data)
    layer = writer._add_object(DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("old")}))
    usual = DictionaryObject({NameObject("/OFF"): ArrayObject([layer]), NameObject("/Order"): ArrayObject([layer])})
    layers = DictionaryObject({NameObject("/OCGs"): ArrayObject([layer]), NameObject("/D"): usual})
    writer.root_object[NameObject("/OCProperties")] = layers
    for page, places in zip(writer.pages, _places(data), strict=True):
        shown = " ".join(f"1 0 0 1 {place[2] + 2:.1f} {place[1] + 2:.1f} Tm (99) Tj" for place in places)
        resources = page["/Resources"].get_object()
        assert isinstance(resources, DictionaryObject)
        resources[NameObject("/Properties")] = DictionaryObject({NameObject("/L0"): layer})
        stream = StreamObject()
        stream.set_data(f"/OC /L0 BDC BT /F1 9 Tf {shown} ET EMC".encode())
        before = page.raw_get("/Contents")
        pieces = list(before) if isinstance(before, ArrayObject) else [before]
        page[NameObject("/Contents")] = ArrayObject([*pieces, writer._add_object(stream)])
    return written(writer)


def in_forms(data: bytes) -> bytes:
    """Each page inside a form that the page only calls."""
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(data)).pages:
        contents = page.get_contents()
        form = StreamObject()
        form.set_data(contents.get_data() if contents is not None else b"")
        form.update(
            {
                NameObject("/Type"): NameObject("/XObject"),
                NameObject("/Subtype"): NameObject("/Form"),
                NameObject("/BBox"): page.mediabox,
                NameObject("/Resources"): page["/Resources"].clone(writer),
            }
        )
        sheet = writer.add_blank_page(page.mediabox.width, page.mediabox.height)
        sheet[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/XObject"): DictionaryObject({NameObject("/Fm0"): writer._add_object(form)})}
        )
        call = StreamObject()
        call.set_data(b"q /Fm0 Do Q")
        sheet[NameObject("/Contents")] = writer._add_object(call)
    return written(writer)
