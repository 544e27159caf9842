"""Words that somebody struck out: a line through them, a cross, a scribble, or an annotation that says so.

What is struck out is no value, and what stands beside it may be the one that counts: neither is read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.readers.ink import Ink, Stroke
from registry.certificates.facts import Box

Segment = tuple[float, float, float, float]
"""A straight piece of a line: x and y of both ends."""
_BODY = (0.12, 0.5)
"""Between which heights over its line, in letter sizes, a level stroke goes through a word and not under it or over it."""
_MOST = 0.4
"""Share of a word's width from which on a stroke strikes it out."""
_BESIDE = 3.0
"""Letter sizes between a struck word and one that may take its place."""
STRUCK = "\ufffd"


def without_struck(inks: Sequence[Ink], across: Iterable[Stroke], segments: Iterable[Segment], places: Iterable[Box]) -> list[Ink]:
    """The words, those struck out as signs of unknown letters, and those right of them not sure."""
    words = sorted(inks, key=lambda ink: ink.base)
    bases = [ink.base for ink in words]
    largest = max((ink.size for ink in words), default=0.0)
    struck: set[int] = set()
    for stroke in across:
        near = words[bisect_left(bases, stroke.at) : bisect_right(bases, stroke.at + largest)]
        struck |= {id(ink) for ink in near if _goes_through(stroke, ink)}
    for segment in segments:
        low, high = sorted((segment[1], segment[3]))
        near = words[bisect_left(bases, low - largest) : bisect_right(bases, high + largest)]
        struck |= {id(ink) for ink in near if _crosses(segment, ink)}
    for box in places:
        near = words[bisect_left(bases, box[1]) : bisect_right(bases, box[3] + largest)]
        struck |= {id(ink) for ink in near if box[0] <= ink.middle[0] <= box[2] and box[1] <= ink.middle[1] <= box[3]}
    if not struck:
        return list(inks)
    gone = [ink for ink in words if id(ink) in struck]
    found = []
    for ink in inks:
        if id(ink) in struck:
            ink = replace(ink, text=STRUCK * len(ink.text), sure=False)
        elif any(abs(ink.base - other.base) < 0.5 * ink.size and 0 <= ink.x0 - other.x1 < _BESIDE * ink.size for other in gone):
            ink = replace(ink, sure=False)
        found.append(ink)
    return found


def _goes_through(stroke: Stroke, ink: Ink) -> bool:
    shared = min(stroke.end, ink.x1) - max(stroke.start, ink.x0)
    return _BODY[0] * ink.size < ink.base - stroke.at < _BODY[1] * ink.size and shared >= _MOST * (ink.x1 - ink.x0)


def _crosses(segment: Segment, ink: Ink) -> bool:
    """Whether the slanted line runs through the body of the word at its middle."""
    x0, y0, x1, y1 = segment
    middle = ink.middle[0]
    if not min(x0, x1) <= middle <= max(x0, x1) or x0 == x1:
        return False
    height = ink.base - (y0 + (y1 - y0) * (middle - x0) / (x1 - x0))
    return -0.15 * ink.size < height < 0.8 * ink.size
