"""The picture of a page made straight, and the strokes that are drawn on it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps, ImageStat

from ingest.readers.ink import Stroke
from registry.certificates.facts import Box

DPI = 300
"""Dots per inch at which a page is looked at, whatever it was scanned at: what the OCR was trained for."""
_POINT = 72 / DPI
_DARK = 160
_FAINT = 212
"""Up to which shade a pixel of a thin stroke may be faded, on paper that is even white (255)."""
_LEAST_RUN = 42
"""Half-size pixels (20 points) from which on a run of dark ones may be a stroke and is no part of a letter, even of a title."""
_THICKEST = 6
_STEEPEST = 6.0
_RUN = re.compile(rb"\x00{%d,}" % _LEAST_RUN)


@dataclass(frozen=True)
class Straight:
    """A page's picture after it was turned by `angle` degrees, with what is needed to find a place on the page again."""

    picture: Image.Image
    angle: float

    def on_page(self, box: Box) -> Box:
        """The box on the page as it was scanned around a box on the straight picture; both in points."""
        width, height = self.picture.width * _POINT / 2, self.picture.height * _POINT / 2
        turn = math.radians(self.angle)
        cos, sin = math.cos(turn), math.sin(turn)
        xs, ys = [], []
        for x in (box[0], box[2]):
            for y in (box[1], box[3]):
                xs.append(cos * (x - width) - sin * (y - height) + width)
                ys.append(sin * (x - width) + cos * (y - height) + height)
        return min(xs), min(ys), max(xs), max(ys)


def flat(picture: Image.Image) -> Image.Image:
    """The picture on even white: scans are darker where the lid did not close."""
    small = picture.reduce(8).filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.GaussianBlur(6))
    paper = small.resize(picture.size, Image.Resampling.BILINEAR)
    return ImageOps.invert(ImageChops.subtract(paper, picture))


def straighten(picture: Image.Image) -> Straight:
    """The picture turned so that its lines are level. A page is hardly ever fed in more than a few degrees askew."""
    angle = _skew(picture)
    if abs(angle) < 0.03:
        return Straight(picture, 0.0)
    return Straight(picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255), angle)


def _skew(picture: Image.Image) -> float:
    """The angle at which the lines of the page stand out most: levels of dark and white then differ most from row to row."""
    small = picture.reduce(4).point([255 if level < _DARK + 40 else 0 for level in range(256)])

    def contrast(angle: float) -> float:
        turned = small.rotate(angle, Image.Resampling.NEAREST, fillcolor=0)
        profile = turned.resize((1, turned.height), Image.Resampling.BOX)
        return float(ImageStat.Stat(profile).var[0])

    steps = int(_STEEPEST * 2)
    best = max((step * 0.5 for step in range(-steps, steps + 1)), key=lambda angle: (contrast(angle), -abs(angle)))
    for step in (0.2, 0.08, 0.03):
        best = max((best + step * side for side in (-2, -1, 0, 1, 2)), key=contrast)
    return best


@dataclass(frozen=True)
class Drawn:
    """A stroke found on a picture, with the very runs of dark pixels that it is made of: row, start and end at half size."""

    stroke: Stroke
    runs: tuple[tuple[int, int, int], ...]


def strokes_of(picture: Image.Image) -> tuple[list[Drawn], list[Drawn]]:
    """Level and upright strokes of the picture, in points."""
    half = picture.reduce(2).point([0 if level < _FAINT else 255 for level in range(256)])
    return _runs(half), _runs(half.transpose(Image.Transpose.TRANSPOSE))


@dataclass
class _Open:
    """A stroke that may go on in the next row of pixels."""

    start: int
    end: int
    runs: list[tuple[int, int, int]]

    def drawn(self) -> Drawn | None:
        """The stroke; None when it is as thick as no stroke is."""
        top, bottom = self.runs[0][0], self.runs[-1][0]
        if bottom - top >= max(_THICKEST, 0.01 * (self.end - self.start)) or self.end - self.start <= 4 * (bottom - top):
            return None
        scale = 2 * _POINT
        return Drawn(Stroke((top + bottom + 1) / 2 * scale, self.start * scale, self.end * scale), tuple(self.runs))


def _runs(half: Image.Image) -> list[Drawn]:
    """Dark runs along the rows of the picture, neighbouring rows taken together."""
    data, width = half.tobytes(), half.width
    going: list[_Open] = []
    done: list[_Open] = []
    for match in _RUN.finditer(data):
        for row, start, end in _by_row(match.start(), match.end(), width):
            done.extend(one for one in going if one.runs[-1][0] < row - 2)
            going = [one for one in going if one.runs[-1][0] >= row - 2]
            same = next((one for one in going if one.start <= end and start <= one.end), None)
            if same is None:
                going.append(_Open(start, end, [(row, start, end)]))
            else:
                same.start, same.end = min(same.start, start), max(same.end, end)
                same.runs.append((row, start, end))
    return [drawn for one in (*done, *going) if (drawn := one.drawn()) is not None]


def _by_row(start: int, end: int, width: int) -> list[tuple[int, int, int]]:
    """A run over the end of a picture's row, as runs within rows."""
    found = []
    while start < end:
        row = start // width
        stop = min(end, (row + 1) * width)
        if stop - start >= _LEAST_RUN:
            found.append((row, start - row * width, stop - row * width))
        start = stop
    return found


def without_strokes(picture: Image.Image, across: Sequence[Drawn], down: Sequence[Drawn]) -> Image.Image:
    """The picture without its strokes, which the OCR would take for letters. Only the strokes' own pixels and their blurred edge go."""
    clean = picture.copy()
    brush = ImageDraw.Draw(clean)
    for drawn in across:
        for row, start, end in drawn.runs:
            brush.rectangle((2 * start - 2, 2 * row - 2, 2 * end + 1, 2 * row + 3), fill=255)
    for drawn in down:
        for column, start, end in drawn.runs:
            brush.rectangle((2 * column - 2, 2 * start - 2, 2 * column + 3, 2 * end + 1), fill=255)
    return clean
