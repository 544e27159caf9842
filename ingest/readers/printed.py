"""Printed lines where no cell is drawn, and what their white means: a river between columns, a line set to its full width, a seam.

A seam is a blank at one place of neighbouring lines that begin at different places: names end there, and values begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.readers.ink import Ink
from ingest.readers.rows import TIGHT

WIDE = 0.9
"""Letter sizes: white between two words that is more than a blank."""
NARROWEST = 1.5
"""Points that a river has at least."""
EXACTLY = 0.7
"""Points by which words of one column begin, or end, at different places at most where nothing but that shows the column."""
_SEAM_LINES = 3
"""Printed lines from which on a blank at one place is no accident: before it words end at one place, and after it they begin at one."""
_ALIKE = 0.12
"""Letter sizes by which the blanks of a line differ at most that is set to its full width."""
PARAGRAPH = 6
"""Lines above and below that show how wide a column is."""
_BLANK = 0.35
"""Letter sizes that a blank between words has at most where it was not widened."""


@dataclass
class Printed:
    """One printed line, or several that stand on levels so close that cells beside each other must have their middles level."""

    inks: list[Ink]
    base: float = field(init=False)
    last: float = field(init=False)
    size: float = field(init=False)

    def __post_init__(self) -> None:
        self.base = min(ink.base for ink in self.inks)
        self.last = max(ink.base for ink in self.inks)
        self.size = max(ink.size for ink in self.inks)

    @property
    def x0(self) -> float:
        """Where the line begins."""
        return self.inks[0].x0

    @property
    def x1(self) -> float:
        """Where the line ends."""
        return max(ink.x1 for ink in self.inks)

    def wide_gaps(self) -> list[tuple[float, float]]:
        """White that is wider than a blank."""
        found = []
        end = self.inks[0].x1
        for ink in self.inks[1:]:
            if ink.x0 - end >= WIDE * self.size:
                found.append((end, ink.x0))
            end = max(end, ink.x1)
        return found

    def white_at(self, left: float, right: float, starts: Sequence[float] = ()) -> tuple[float, float] | None:
        """The white of this line between the two places: that before a word that begins where the column does, else the widest."""
        found: list[tuple[float, float]] = []
        at = left
        for ink in self.inks:
            if ink.x1 <= left or ink.x0 > right + EXACTLY:
                continue
            if ink.x0 > at:
                found.append((at, min(ink.x0, right)))
            at = max(at, ink.x1)
        aligned = [one for one in found if one[1] - one[0] >= NARROWEST and any(abs(one[1] - start) <= EXACTLY for start in starts)]
        if at < right:
            found.append((at, right))
        return max(aligned or found, key=lambda one: one[1] - one[0], default=None)

    def sides(self, at: float) -> tuple[float | None, float | None]:
        """Where the words before and after the place end and begin."""
        before = [ink.x1 for ink in self.inks if (ink.x0 + ink.x1) / 2 < at]
        after = [ink.x0 for ink in self.inks if (ink.x0 + ink.x1) / 2 >= at]
        return (max(before) if before else None), (min(after) if after else None)


def _stretched(
    line: Printed, gap: tuple[float, float], rivers: Sequence[tuple[float, float]], after: Sequence[Printed]
) -> tuple[list[Ink], list[Printed]]:
    """The words of the column around the white, if it may only set the line to its full width, and the lines in which the column goes on.

    All blanks of the words are alike then, and at least the next line goes on where they begin.
    """
    left = max((river[1] for river in rivers if river[1] <= gap[0] + EXACTLY), default=float("-inf"))
    right = min((river[0] for river in rivers if river[0] >= gap[1] - EXACTLY), default=float("inf"))
    words = [ink for ink in line.inks if left - EXACTLY <= ink.x0 and ink.x1 <= right + EXACTLY]
    blanks = [two.x0 - one.x1 for one, two in pairwise(words)]
    following: list[Printed] = []
    if not blanks or max(blanks) - min(blanks) > _ALIKE * line.size:
        return [], following
    last = line
    for other in after[:PARAGRAPH]:
        if other.base - last.last > TIGHT * line.size or not any(abs(ink.x0 - words[0].x0) <= EXACTLY for ink in other.inks):
            break
        following.append(other)
        last = other
    return (words if following else []), following


def is_justified(
    line: Printed,
    gap: tuple[float, float],
    rivers: Sequence[tuple[float, float]],
    before: Sequence[Printed],
    after: Sequence[Printed],
) -> bool:
    """Whether the white only sets the line to the full width of its column: lines beside it end where it does, and run over such white."""
    words, following = _stretched(line, gap, rivers, after)
    if len(words) < 3 and not rivers:
        # Where no column is known yet, two words are a name and its value.
        return False
    if not any(_ends(one.x1, two.x0, following) for one, two in pairwise(words)):
        return False
    return any(abs(ink.x1 - words[-1].x1) <= EXACTLY for other in (*before[-PARAGRAPH:], *following) for ink in other.inks)


def fills_column(line: Printed, gap: tuple[float, float], rivers: Sequence[tuple[float, float]], after: Sequence[Printed]) -> bool:
    """Whether the words around the white reach, but for a blank, the place where the next column begins."""
    words, _ = _stretched(line, gap, rivers, after)
    beside = min((ink.x0 for ink in line.inks if words and ink.x0 > words[-1].x1), default=None)
    return beside is not None and beside - words[-1].x1 < WIDE * line.size


def _ends(left: float, right: float, lines: Sequence[Printed]) -> bool:
    """Whether words run over the white in the lines, or what is left of it."""
    white: tuple[float, float] | None = (left, right)
    for line in lines:
        white = line.white_at(*white) if white else None
        if white is None or white[1] - white[0] < _BLANK * line.size:
            return True
    return False


def seam_of(lines: Sequence[Printed], at: int) -> tuple[float, float] | None:
    """A blank that neighbouring lines have at one place although they begin at different ones: names end there, and values begin."""
    run = [lines[at]]
    for line in lines[at + 1 : at + _SEAM_LINES]:
        if line.base - run[-1].last > 2.4 * line.size:
            return None
        run.append(line)
    if len(run) < _SEAM_LINES or max(line.x0 for line in run) - min(line.x0 for line in run) < run[0].size:
        return None
    for one, two in pairwise(run[0].inks):
        same = [
            any(abs(left.x1 - one.x1) <= EXACTLY and abs(right.x0 - two.x0) <= EXACTLY for left, right in pairwise(line.inks))
            for line in run
        ]
        if all(same) and two.x0 - one.x1 >= NARROWEST:
            return one.x1, two.x0
    return None
