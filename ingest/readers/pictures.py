"""Pictures of a PDF's pages that may be shown: the places of personal names are covered before a picture is made into bytes."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pypdfium2
from PIL import Image, ImageDraw

from ingest.readers.bounds import MOST_PAGES
from ingest.readers.rendering import render
from registry.certificates.facts import Box
from registry.errors import UnreadableDocument

_COVER = 170
"""The grey of what is covered: clearly no part of the print."""
_MARGIN = 1.5
"""Points around a withheld place that are covered, too: letters reach beyond their box."""
_LEVELS = 16
"""Shades of grey that are kept: enough to read by, a third of the bytes."""


def page_pictures(data: bytes, withheld: Sequence[tuple[int, Box]], dpi: float = 110) -> list[bytes]:
    """Every page of the PDF as PNG bytes, in order, with the withheld places (page from 1, box in points) covered in plain grey.

    Raises UnreadableDocument when the PDF cannot be rendered; then there is nothing that may be shown.
    """
    try:
        with pypdfium2.PdfDocument(data) as document:
            numbers = range(1, min(len(document), MOST_PAGES) + 1)
            return [_picture(document, number, [box for page, box in withheld if page == number], dpi) for number in numbers]
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(f"the PDF cannot be rendered ({error}); print it to a new PDF and give that") from error


def page_sizes(data: bytes) -> list[tuple[float, float]]:
    """Width and height of every page in points, as it is shown."""
    try:
        with pypdfium2.PdfDocument(data) as document:
            return [tuple(document.get_page_size(index)) for index in range(min(len(document), MOST_PAGES))]
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(f"the PDF cannot be rendered ({error}); print it to a new PDF and give that") from error


def _picture(document: pypdfium2.PdfDocument, number: int, boxes: Sequence[Box], dpi: float) -> bytes:
    picture = render(document, number, dpi)
    width, height = document.get_page_size(number - 1)
    across, down = picture.width / max(width, 1.0), picture.height / max(height, 1.0)
    brush = ImageDraw.Draw(picture)
    for x0, top, x1, bottom in boxes:
        corners = ((x0 - _MARGIN) * across, (top - _MARGIN) * down, (x1 + _MARGIN) * across, (bottom + _MARGIN) * down)
        brush.rectangle(corners, fill=_COVER)
    packed = BytesIO()
    picture.quantize(_LEVELS, method=Image.Quantize.MEDIANCUT).save(packed, "PNG", optimize=False, compress_level=6)
    return packed.getvalue()
