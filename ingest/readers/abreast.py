"""Lists of names and values that stand beside each other, as in a newspaper, and go on each for itself.

While the value of the one goes on in the next line, the other has a new name there: read across, a value would lose its end. They are
as wide as each other; and they have no header, which would say of each column what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from ingest.readers.ink import Ink
from ingest.readers.printed import EXACTLY, NARROWEST, WIDE, Printed

_MOST = 4
_LINES = 4
"""Printed lines that such lists have at least."""
_WIDTH = 3.0
"""Points by which the widths of the lists differ at most."""
_NAMED = 0.4
"""Share of its lines that begin with a name at least."""


def lists_abreast(lines: Sequence[Printed], at: int) -> tuple[int, list[float]] | None:
    """The line after the last of lists abreast that begin with this line, and the edges between them; None when there are none."""
    starts = [lines[at].x0, *(right for _, right in lines[at].wide_gaps())]
    for count in range(min(_MOST, len(starts) // 2), 1, -1):
        for chosen in combinations(starts[1:], count - 1):
            firsts = [starts[0], *chosen]
            steps = [two - one for one, two in pairwise(firsts)]
            if max(steps) - min(steps) > _WIDTH:
                continue
            end = _end(lines, at, firsts)
            if end - at >= _LINES and _are_lists(lines[at:end], firsts):
                return end, [float("-inf"), *(first - EXACTLY for first in firsts[1:]), float("inf")]
    return None


def _end(lines: Sequence[Printed], at: int, firsts: Sequence[float]) -> int:
    """The first line that is far from the one before, or that runs over the white before a list."""
    end = at + 1
    while end < len(lines):
        line = lines[end]
        crosses = any(ink.x0 < first - EXACTLY and first - NARROWEST < ink.x1 for ink in line.inks for first in firsts[1:])
        if (
            line.base - lines[end - 1].last > 2.4 * line.size
            or line.x0 < firsts[0] - EXACTLY
            or crosses
            or line.size > 1.05 * lines[at].size
        ):
            break
        end += 1
    return end


def _are_lists(lines: Sequence[Printed], firsts: Sequence[float]) -> bool:
    """Whether each list has names and values and is as wide as the others, and one goes on with a value while another has a new name."""
    if len({ink.style for line in lines for ink in line.inks if line is lines[0]} | {ink.style for ink in lines[1].inks}) > 1:
        return False
    table = [list(_begun(line, firsts)) for line in lines]
    ends = []
    for place, first in enumerate(firsts):
        begun = [row[place] for row in table]
        if sum(one is True for one in begun) < _NAMED * sum(one is not None for one in begun):
            return False
        inside = [ink.x1 for line in lines for ink in _in_strip(line, firsts, place)]
        ends.append(max(inside) - first)
        if 2 * sum(_has_value(line, firsts, place) for line in lines) < sum(one is True for one in begun):
            return False
    return max(ends) - min(ends) <= _WIDTH and any(True in row and False in row for row in table)


def _in_strip(line: Printed, firsts: Sequence[float], place: int) -> list[Ink]:
    right = firsts[place + 1] - EXACTLY if place + 1 < len(firsts) else float("inf")
    return [ink for ink in line.inks if firsts[place] - EXACTLY <= ink.x0 < right]


def _begun(line: Printed, firsts: Sequence[float]) -> Iterator[bool | None]:
    """For each list: whether the line begins a name in it; None when it has nothing there."""
    for place, first in enumerate(firsts):
        inks = _in_strip(line, firsts, place)
        yield abs(inks[0].x0 - first) <= EXACTLY if inks else None


def _has_value(line: Printed, firsts: Sequence[float], place: int) -> bool:
    """Whether the line has a name in the list and, after white, a value."""
    return any(two.x0 - one.x1 >= WIDE * line.size for one, two in pairwise(_in_strip(line, firsts, place)))
