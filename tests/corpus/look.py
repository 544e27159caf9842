"""How a certificate looks on paper, for every producer alike."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import reportlab
from PIL import Image, ImageDraw

VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
"""A TrueType font that comes with reportlab, so that every machine sets the same letters."""
VERA_BOLD = VERA.with_name("VeraBd.ttf")

Rules = Literal["full", "half", "none"]


@dataclass(frozen=True)
class Look:
    """One layout. `rules`: all rulings, only horizontal ones, none. `pairs`: where the cover's values stand."""

    family: str
    font: str = "Helvetica"
    size: float = 9.5
    rules: Rules = "full"
    pairs: Literal["beside", "below", "far", "table"] = "beside"
    landscape: bool = False
    merged: bool = False
    """Whether a table's title is a merged cell of the table, and no paragraph above it."""
    narrow: float = 1.0
    """Share of the page's width that tables take: narrow ones wrap their cells."""
    padding: float = 3.0
    footer: str = ""
    """With {page} and {pages}."""
    stamp: bool = False
    picture: bool = False
    repeat: bool = True
    """Whether a table broken over a page repeats its header."""
    columns: int = 1
    """Tables of two columns are set as this many side by side."""
    css: str = ""
    """Only for Chromium."""


def signature() -> bytes:
    """A picture as of a signature, PNG."""
    picture = Image.new("RGBA", (320, 110), (255, 255, 255, 0))
    draw = ImageDraw.Draw(picture)
    strokes = [(10, 80), (40, 20), (60, 90), (95, 30), (110, 85), (150, 55), (170, 88), (230, 40), (310, 60)]
    draw.line(strokes, fill=(20, 30, 120, 255), width=4, joint="curve")
    draw.arc((90, 10, 250, 105), 20, 290, fill=(20, 30, 120, 255), width=3)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def side_by_side(
    rows: tuple[tuple[str, ...], ...], header: tuple[str, ...], columns: int
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """A long table of two columns as several of half the length beside each other."""
    if columns == 1 or len(rows) < 12 or len(rows[0]) != 2:
        return rows, header
    length = -(-len(rows) // columns)
    parts = [rows[start : start + length] for start in range(0, len(rows), length)]
    blank = ("",) * 2
    together = tuple(sum((part[place] if place < len(part) else blank for part in parts), ()) for place in range(length))
    return together, header * len(parts)
