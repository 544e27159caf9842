"""Pages of a PDF as pictures."""

from __future__ import annotations

from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

_UNSEEN = 3
"""PDF's text rendering mode for letters that are not drawn: what scanners lay over their pictures."""
LARGEST_SIDE = 6000
"""Pixels that a rendered page may have along a side."""


def render(document: pypdfium2.PdfDocument, number: int, dpi: float) -> Image.Image:
    """The page (from 1) in shades of grey, on white."""
    page = document[number - 1]
    try:
        scale = min(dpi / 72, LARGEST_SIDE / max(*page.get_size(), 1.0))
        picture: Image.Image = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
        return picture.convert("L")
    finally:
        page.close()


def has_unseen_text(data: bytes, numbers: Sequence[int]) -> list[int]:
    """Those of the pages (from 1) whose letters are mostly not drawn: a scanner's own guess, laid over the picture of the page."""
    if not numbers:
        return []
    found = []
    with pypdfium2.PdfDocument(data) as document:
        for number in numbers:
            page = document[number - 1]
            modes = [pdfium.FPDFTextObj_GetTextRenderMode(item.raw) for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])]
            if modes and sum(mode == _UNSEEN for mode in modes) * 2 > len(modes):
                found.append(number)
            page.close()
    return found
