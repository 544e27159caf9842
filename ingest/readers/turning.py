"""Pages that are shown lying or upside down: turned upright for reading, and their places turned back.

A turn says how the text runs on the page as it is shown: 1 up, 2 upside down, 3 down. Places are points from the top left.
"""

from __future__ import annotations

from ingest.readers.ink import Ink, Sheet, Stroke
from registry.certificates.facts import Box


def turned_box(box: Box, turn: int, width: float, height: float) -> Box:
    """The box where it stands when the page of that size is turned upright."""
    x0, y0, x1, y1 = box
    if turn == 1:
        return height - y1, x0, height - y0, x1
    if turn == 2:
        return width - x1, height - y1, width - x0, height - y0
    return y0, width - x1, y1, width - x0


def turned_back(ink: Ink, turn: int, width: float, height: float) -> Box:
    """The box on the page as it is shown, of a word on the upright sheet of that size."""
    return turned_box((ink.x0, ink.top, ink.x1, ink.bottom), {1: 3, 2: 2, 3: 1}[turn], width, height)


def turned_sheet(sheet: Sheet, turn: int) -> Sheet:
    """The sheet with its strokes and words turned upright."""
    found = Sheet(*((sheet.height, sheet.width) if turn % 2 else (sheet.width, sheet.height)))
    boxes = [(stroke.start, stroke.at, stroke.end, stroke.at) for stroke in sheet.across]
    boxes += [(stroke.at, stroke.start, stroke.at, stroke.end) for stroke in sheet.down]
    for index, box in enumerate(boxes):
        x0, y0, x1, y1 = turned_box(box, turn, sheet.width, sheet.height)
        if (index < len(sheet.across)) == (turn == 2):
            found.across.append(Stroke(y0, x0, x1))
        else:
            found.down.append(Stroke(x0, y0, y1))
    return found
