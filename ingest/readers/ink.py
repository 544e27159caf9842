"""What is printed on a sheet, before anybody knows what belongs together: words with their places, and straight strokes.

All places are PDF points from the top left of the sheet as it is shown. The PDF reader and the OCR reader both hand on this form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from math import inf

from ingest.numbers import CLOCK, NUMBER
from ingest.page import Cell, Word
from registry.certificates.facts import Box

SAME_LINE = 0.35
"""How far, in letter sizes, two baselines may differ on one printed line."""


@dataclass(frozen=True, slots=True)
class Ink:
    """One printed word. `base` is the line on which its letters stand, `size` the size of its letters."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    base: float
    size: float
    sure: bool = True
    shown: Box | None = None
    """The box on the page where that differs, because the page was scanned askew."""
    style: tuple[str, str] | None = None
    """Font and colour; None when the reader knows none."""

    @property
    def middle(self) -> tuple[float, float]:
        """The point that decides in which cell the word stands."""
        return (self.x0 + self.x1) / 2, self.base - 0.3 * self.size

    def word(self) -> Word:
        """The word in the grammar's form."""
        x0, top, x1, bottom = self.shown or (self.x0, self.top, self.x1, self.bottom)
        return Word(self.text, (round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2)), self.sure)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line: `at` is its place across its direction, `start` and `end` its extent."""

    at: float
    start: float
    end: float


@dataclass
class Sheet:
    """Everything that is printed on one page. `across` are level strokes, `down` are upright ones."""

    width: float
    height: float
    inks: list[Ink] = field(default_factory=list)
    across: list[Stroke] = field(default_factory=list)
    down: list[Stroke] = field(default_factory=list)


def printed_lines(inks: Iterable[Ink]) -> list[list[Ink]]:
    """The words by printed line, from top to bottom, each line from left to right."""
    lines: list[list[Ink]] = []
    for ink in sorted(inks, key=lambda ink: ink.base):
        if lines and ink.base - lines[-1][0].base <= SAME_LINE * min(ink.size, lines[-1][0].size):
            lines[-1].append(ink)
        else:
            lines.append([ink])
    for line in lines:
        line.sort(key=lambda ink: ink.x0)
    return lines


def cell_of(inks: Iterable[Ink], room: float = inf, reach: float | None = None) -> Cell:
    """One cell out of the words that stand in it, line by line. `room` is the width that a line of the cell may have, in points.

    `reach` is the width that a line could have had where that may be more.
    """
    words: list[Word] = []
    lines = printed_lines(inks)
    for index, line in enumerate(lines):
        following = [ink.word() for ink in line]
        if index:
            if _on_purpose(lines[index - 1], line, room if reach is None else max(reach, room)):
                following[0] = replace(following[0], breaks=True)
            _go_on(words, following, _break_between(lines[index - 1], line, room))
        words.extend(following)
    return Cell(tuple(words))


_SPARE = 1.0
"""Letter sizes, a blank's among them, that a line has left beside the next word where that was not put under it for want of room."""


def _on_purpose(above: Sequence[Ink], below: Sequence[Ink], room: float) -> bool:
    """Whether a line ends although the first word of the next one would have found room in it."""
    needed = above[-1].x1 - above[0].x0 + below[0].x1 - below[0].x0 + _SPARE * below[0].size
    return needed <= room < inf


_WIDEST_LETTER = 1.0
"""Letter sizes that a letter needs at most; a line with more room than that was not broken for want of it."""


_CODE = re.compile(r"[\d_-]")


class _Break(Enum):
    """What the end of a printed line inside a cell parted."""

    WORDS = "words"
    ONE_WORD = "one word"
    UNKNOWN_HYPHEN = "one word, perhaps without its hyphen"
    UNKNOWN = "unknown"


def _break_between(above: Sequence[Ink], below: Sequence[Ink], room: float) -> _Break:
    """A line ends between words, after a hyphen inside a word, or, where one long word fills it, anywhere in that word."""
    last, first = above[-1].text, below[0].text
    if NUMBER.fullmatch(last + first) and not NUMBER.fullmatch(last):
        return _Break.ONE_WORD
    if first in (":", ";", ",", ".", ")"):
        return _Break.ONE_WORD
    if CLOCK.fullmatch(last + first) and ":" in last:
        # No time is complete before its last figure.
        return _Break.ONE_WORD
    if len(last) > 1 and last[-1] in "-–/" and last[-2].isalnum() and first[0].isalnum():
        if _CODE.search(last[:-1]) and not (last[-2].islower() and first[0].islower()):
            # Only words of letters are hyphenated.
            return _Break.ONE_WORD
        # Between letters the hyphen may be one that is printed only where the line ends.
        return _Break.UNKNOWN_HYPHEN if last[-1] == "-" and last[-2].isalpha() and first[0].isalpha() else _Break.ONE_WORD
    if last.endswith("Test") and first.startswith("Report"):
        return _Break.WORDS
    full = room - (above[-1].x1 - above[0].x0) <= _WIDEST_LETTER * below[0].size
    if full and (last.endswith("_") or first.startswith("_")):
        # Nobody sets a blank beside this sign, which is there to have none.
        return _Break.ONE_WORD
    if full and not last.endswith(",") and above[-1].x1 - above[-1].x0 + below[0].x1 - below[0].x0 > room:
        # No line takes both as one word: some producers begin such a word where the line before has room for a piece of it.
        return _Break.ONE_WORD if len(above) == 1 and "," in last else _Break.UNKNOWN
    ordinary = (len(above) > 1 and "_" not in last and not first.startswith("_")) or last.isalpha() or last.endswith(",")
    if ordinary or not full:
        return _Break.WORDS
    # One word that is no ordinary one, as wide as the cell: it may have been broken because it did not fit.
    return _Break.ONE_WORD if "," in last else _Break.UNKNOWN


def _go_on(words: list[Word], following: list[Word], found: _Break) -> None:
    """Mends the last of the words and the first of those that follow."""
    if found in (_Break.ONE_WORD, _Break.UNKNOWN_HYPHEN):
        last, first = words.pop(), following[0]
        sure = last.sure and first.sure and found is _Break.ONE_WORD
        following[0] = Word(last.text + first.text, _around(last.box, first.box), sure)
    elif found is _Break.UNKNOWN:
        words[-1] = replace(words[-1], sure=False)
        following[0] = replace(following[0], sure=False)


def _around(one: Box | None, two: Box | None) -> Box | None:
    if one is None or two is None:
        return one or two
    return (min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3]))


_KNOWN_STROKES = re.compile(r"[|_~=\-–—.·•]+")


def is_scrap(text: str) -> bool:
    """Whether the word is made of pieces of strokes only."""
    return _KNOWN_STROKES.fullmatch(text) is not None
