"""What the picture shows between the words that OCR read: ink that no word has, and blanks that are no blanks.

A word whose neighbourhood does not bear it out is not wrong, but not certain either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from PIL import Image

from ingest.readers.ink import Ink, printed_lines
from registry.certificates.facts import Box

_DARK = 120
_LEAST_ROW = 300
"""What the shades of a row of pixels add up to when there is the stem of a letter in it: a little more than one white pixel."""
_LEAST_INK = 0.008
"""Share of a square of the letter's size that a stray sign covers at least: less than an underscore, more than noise."""
_BESIDE = 0.6
"""Letter sizes beside a word within which a stray sign may belong to it."""
_NARROW = 0.7
"""Share of the usual blank below which a blank beside a figure may be none."""
_NARROWER = 0.55
"""Share of it below which one between letters may be none."""
_WIDE_BLANK = 0.22
"""Letter sizes of the narrowest blank between words."""
_STANDS_OUT = 1.8
"""How many times as wide as the next one a blank between words is at least, among the gaps between letters."""
_BLANK = re.compile(rb"\x00+")


def inked(picture: Image.Image) -> Image.Image:
    """The picture with ink white (255) and paper black."""
    return picture.point([255 if level < _DARK else 0 for level in range(256)])


def tightened(dark: Image.Image, box: Box, point: float) -> Box:
    """The box as high as the ink in it: the OCR gives some words the height of their line. `point` is the length of a pixel in points."""
    x0, top, x1, bottom = _pixels(box, point)
    if x1 <= x0 or bottom <= top:
        return box
    levels = dark.crop((x0, top, x1, bottom)).resize((1, bottom - top), Image.Resampling.BOX).tobytes()
    rows = [index for index, level in enumerate(levels) if level * (x1 - x0) >= _LEAST_ROW]
    return (box[0], (top + rows[0]) * point, box[2], (top + rows[-1] + 1) * point) if rows else box


def with_doubts(dark: Image.Image, inks: Sequence[Ink], point: float) -> list[Ink]:
    """The words of a page, uncertain where the picture (ink white) does not bear them out."""
    lines = printed_lines(inks)
    usual = _usual_blank(lines)
    doubtful: set[int] = set()
    for line in lines:
        for left, right in pairwise(line):
            between = right.x0 - left.x1
            if _has_ink(dark, _around(left.x1, right.x0, left), left.size, point) or _may_be_one_word(left, right, between, usual):
                doubtful.update((id(left), id(right)))
        doubtful.update(id(ink) for ink, box in _ends(line) if _has_ink(dark, box, ink.size, point))
        doubtful.update(id(ink) for ink in line if "," in ink.text[:-1] and _has_blank(dark, ink, point))
    return [replace(ink, sure=False) if id(ink) in doubtful else ink for ink in inks]


def _usual_blank(lines: Iterable[Sequence[Ink]]) -> float:
    """The usual blank between two words made of letters, in letter sizes."""
    blanks = [
        (right.x0 - left.x1) / left.size
        for line in lines
        for left, right in pairwise(line)
        if left.text.isalpha() and right.text.isalpha() and 0 < right.x0 - left.x1 < left.size
    ]
    return median(blanks) if blanks else 0.28


def _may_be_one_word(left: Ink, right: Ink, between: float, usual: float) -> bool:
    """Whether what stands between the two is too narrow for a blank."""
    plain = left.text[-1].isalpha() and right.text[0].isalpha()
    share = _NARROWER if plain else _NARROW
    return left.text[-1] not in ",;:" and between < share * usual * left.size


def _around(x0: float, x1: float, ink: Ink) -> Box:
    """The part of the line between two places; only what is near to the first where they are far apart."""
    return (x0 + 0.4, ink.base - 0.75 * ink.size, min(x1 - 0.4, x0 + _BESIDE * ink.size), ink.base + 0.25 * ink.size)


def _ends(line: Sequence[Ink]) -> Iterable[tuple[Ink, Box]]:
    """Both ends of a line, with what stands beside them; and what stands left of words that are far from the one before."""
    first, last = line[0], line[-1]
    yield first, _around(first.x0 - _BESIDE * first.size, first.x0, first)
    yield last, _around(last.x1, last.x1 + _BESIDE * last.size, last)
    for before, ink in pairwise(line):
        if ink.x0 - before.x1 > 2 * _BESIDE * ink.size:
            yield ink, _around(ink.x0 - _BESIDE * ink.size, ink.x0, ink)


def _has_ink(dark: Image.Image, box: Box, size: float, point: float) -> bool:
    """Whether there is more ink in the box than dirt."""
    if box[2] - box[0] < point:
        return False
    pixels = _pixels(box, point)
    if pixels[2] <= pixels[0] or pixels[3] <= pixels[1]:
        return False
    covered = dark.crop(pixels).histogram()[255]
    return covered > _LEAST_INK * (size / point) ** 2


def _has_blank(dark: Image.Image, ink: Ink, point: float) -> bool:
    """Whether there is a blank in the word, wider than those between its letters."""
    pixels = _pixels((ink.x0, ink.top, ink.x1, ink.bottom), point)
    if pixels[2] - pixels[0] < 2 or pixels[3] <= pixels[1]:
        return False
    columns = dark.crop(pixels).reduce((1, pixels[3] - pixels[1])).tobytes().strip(b"\x00")
    blanks = sorted((len(match[0]) for match in _BLANK.finditer(columns)), reverse=True)
    if not blanks or blanks[0] * point < _WIDE_BLANK * ink.size:
        return False
    return len(blanks) == 1 or blanks[0] > _STANDS_OUT * blanks[1]


def _pixels(box: Box, point: float) -> tuple[int, int, int, int]:
    x0, top, x1, bottom = (round(edge / point) for edge in box)
    return x0, top, x1, bottom
