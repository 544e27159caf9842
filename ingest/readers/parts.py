"""The connected pieces of ink on a picture: letters, their dots and accents, signs. Pure but for the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

_INK = re.compile(rb"\xff+")
_DIRT = 4
"""Pixels that a piece has at least."""


@dataclass(slots=True)
class Part:
    """One connected piece of ink: its box in pixels (right and lower edge outside), its pixels, and the holes in it."""

    x0: int
    top: int
    x1: int
    bottom: int
    area: int
    holes: int = 0

    @property
    def width(self) -> int:
        """Pixels from its left to its right edge."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Pixels from its upper to its lower edge."""
        return self.bottom - self.top


def parts_of(dark: Image.Image) -> list[Part]:
    """Every piece of ink (white) on the picture that is more than dirt. Pixels that meet at a corner are connected.

    A piece without a hole has one level run of ink more than there are touches between runs of neighbouring rows.
    """
    parts: list[Part] = []
    leaders: list[int] = []

    def leader(index: int) -> int:
        while leaders[index] != index:
            leaders[index] = index = leaders[leaders[index]]
        return index

    above: list[tuple[int, int, int]] = []
    here: list[tuple[int, int, int]] = []
    last, at = -1, 0
    for row, start, end in _runs(dark):
        if row != last:
            above, here, at = (here if last == row - 1 else []), [], 0
            last = row
        while at < len(above) and above[at][1] < start:
            at += 1
        own, touches = -1, 0
        for place in range(at, len(above)):
            if above[place][0] > end:
                break
            touches += 1
            found = leader(above[place][2])
            if own == -1:
                own = found
            elif own != found:
                own, gone = min(own, found), max(own, found)
                leaders[gone] = own
                _take(parts[own], parts[gone])
        run = Part(start, row, end, row + 1, end - start, touches - 1)
        if own == -1:
            own = len(parts)
            leaders.append(own)
            parts.append(run)
        else:
            _take(parts[own], run)
        here.append((start, end, own))
    whole = [part for index, part in enumerate(parts) if leaders[index] == index and part.area >= _DIRT]
    for part in whole:
        part.holes += 1
    return whole


def _runs(dark: Image.Image) -> Iterator[tuple[int, int, int]]:
    """Row, start and end of every level run of ink."""
    data, width = dark.tobytes(), dark.width
    for match in _INK.finditer(data):
        start, end = match.span()
        while start < end:
            row = start // width
            stop = min(end, (row + 1) * width)
            yield row, start - row * width, stop - row * width
            start = stop


def _take(part: Part, other: Part) -> None:
    """Make the other piece one with the first."""
    part.x0, part.x1 = min(part.x0, other.x0), max(part.x1, other.x1)
    part.top, part.bottom = min(part.top, other.top), max(part.bottom, other.bottom)
    part.area += other.area
    part.holes += other.holes
