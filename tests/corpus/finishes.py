"""What happens to a finished PDF on its way: it is turned, stamped, put on larger paper, filled in, drawn over.

A finish makes bytes of bytes; what can be read on the pages stays the same.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.generic import RectangleObject
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

Finish = Callable[[bytes], bytes]
_STAMP = Color(0.8, 0.8, 0.8)


def _pages(data: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(data)).pages)


def writer_of(data: bytes) -> PdfWriter:
    """The document, its pages to be changed."""
    writer = PdfWriter()
    writer.append(PdfReader(io.BytesIO(data)))
    return writer


def written(writer: PdfWriter) -> bytes:
    """The bytes of the document."""
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def overlaid_pages(data: bytes, draw: Callable[[Canvas, int, float, float], None], *, over: bool = True) -> bytes:
    """Every page with something drawn over or under it."""
    writer = writer_of(data)
    for number, page in enumerate(writer.pages, start=1):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        stream = io.BytesIO()
        canvas = Canvas(stream, pagesize=(width, height), invariant=1)
        draw(canvas, number, width, height)
        canvas.showPage()
        canvas.save()
        page.merge_page(_pages(stream.getvalue())[0], over=over)
    return written(writer)


def turned(angle: int) -> Finish:
    """Drawn lying on the paper, with the sign that viewers are to turn it upright by `angle`."""

    def finish(data: bytes) -> bytes:
        writer = PdfWriter()
        for page in _pages(data):
            width, height = float(page.mediabox.width), float(page.mediabox.height)
            across, up = (width, height) if angle == 180 else (height, width)
            shift = {90: (height, 0.0), 180: (width, height), 270: (0.0, width)}[angle]
            sheet = writer.add_blank_page(across, up)
            # What viewers turn clockwise has to lie turned the other way round.
            sheet.merge_transformed_page(page, Transformation().rotate(angle).translate(*shift))
            sheet.rotate(angle)
        return written(writer)

    return finish


def lying(angle: int) -> Finish:
    """Shown on its side: nobody turned it back."""

    def finish(data: bytes) -> bytes:
        writer = writer_of(data)
        for page in writer.pages:
            page.rotate(angle)
        return written(writer)

    return finish


def stamped(words: str, size: float, angle: float, *, over: bool = True, tiled: bool = False) -> Finish:
    """With words across every page."""

    def draw(canvas: Canvas, _number: int, width: float, height: float) -> None:
        canvas.setFillColor(_STAMP)
        canvas.setFont("Helvetica-Bold", size)
        for up in (0.2, 0.35, 0.5, 0.65, 0.8) if tiled else (0.55,):
            canvas.saveState()
            canvas.translate(width / 2, height * up)
            canvas.rotate(angle)
            canvas.drawCentredString(0, 0, words)
            canvas.restoreState()

    return lambda data: overlaid_pages(data, draw, over=over)


def headed(above: str, below: str, *, margin: float = 30.0) -> Finish:
    """With a running head and foot; {page} and {pages} are filled in."""

    def finish(data: bytes) -> bytes:
        pages = len(_pages(data))

        def draw(canvas: Canvas, number: int, width: float, height: float) -> None:
            canvas.setFont("Helvetica", 8)
            for text, up in ((above, height - margin), (below, margin - 6)):
                left, _, right = text.format(page=number, pages=pages).partition("|")
                canvas.drawString(54, up, left)
                canvas.drawRightString(width - 54, up, right)

        return overlaid_pages(data, draw)

    return finish


def doubled(right: float, down: float) -> Finish:
    """Everything drawn twice, a little apart: bold as old printer drivers make it, or a shadow."""

    def finish(data: bytes) -> bytes:
        writer = writer_of(data)
        for page, copy in zip(writer.pages, _pages(data), strict=True):
            page.merge_transformed_page(copy, Transformation().translate(right, -down))
        return written(writer)

    return finish


def on_paper(width: float, height: float, scale: float) -> Finish:
    """On paper of another size, in points; the scale is that of the print."""

    def finish(data: bytes) -> bytes:
        writer = PdfWriter()
        for page in _pages(data):
            sheet = writer.add_blank_page(width, height)
            left, up = (width - scale * float(page.mediabox.width)) / 2, height - scale * float(page.mediabox.height)
            sheet.merge_transformed_page(page, Transformation().scale(scale).translate(left, up))
        return written(writer)

    return finish


def two_up(data: bytes) -> bytes:
    """Two pages beside each other on one sheet of the same size."""
    writer = PdfWriter()
    pages = _pages(data)
    for one in range(0, len(pages), 2):
        width, height = float(pages[one].mediabox.height), float(pages[one].mediabox.width)
        sheet = writer.add_blank_page(width, height)
        scale = min(width / 2 / float(pages[one].mediabox.width), height / float(pages[one].mediabox.height))
        for place, page in enumerate(pages[one : one + 2]):
            sheet.merge_transformed_page(page, Transformation().scale(scale).translate(place * width / 2, 0))
    return written(writer)


def cropped(margin: float) -> Finish:
    """Shown without its margins, as for a brochure."""

    def finish(data: bytes) -> bytes:
        writer = writer_of(data)
        for page in writer.pages:
            box = page.mediabox
            page.cropbox = RectangleObject((box.left + margin, box.bottom + margin, box.right - margin, box.top - margin))
        return written(writer)

    return finish
