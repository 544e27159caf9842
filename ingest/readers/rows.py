"""Which printed lines are one row of a table: rows are parted by level strokes, else by white, else by what their first column holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf
from statistics import median

from ingest.readers.ink import Ink, Stroke

OVERLAPPING = 0.8
"""Letter sizes between two lines below which they stand on one level."""
TIGHT = 1.7
"""Letter sizes between the lines of one cell at most."""
_FAR = 1.6
"""Letter sizes between lines that no row has between its own."""
_ENOUGH = 6
_RULED = 0.3
"""Share of the lines with a name and a value that have a stroke above them where every row has."""


def rows_of(lines: Sequence[Sequence[Ink]], borders: Sequence[float], across: Sequence[Stroke]) -> list[list[list[Ink]]]:
    """Rows of cells out of printed lines and the places where the columns end."""
    cut = [cells_of(line, borders) for line in lines]
    breaks = _breaks(lines, cut, _ruled(lines, across))
    doubtful = _between_two(lines, cut, breaks) if _centred(cut) else set()
    rows: list[list[list[Ink]]] = []
    for index, (cells, begins) in enumerate(zip(cut, breaks, strict=True)):
        if begins:
            rows.append([[] for _ in cells])
        for cell, inks in zip(rows[-1], cells, strict=True):
            cell.extend([replace(ink, sure=False) for ink in inks] if index in doubtful else inks)
    return rows


def _centred(cut: Sequence[Sequence[Sequence[Ink]]]) -> bool:
    """Whether names stand level with the middle of their values: one stands between the lines of another column."""
    for cells in cut:
        for name, *others in [cells] if cells[0] else []:
            bases = [ink.base for cell in others for ink in cell]
            if bases and min(bases) < name[0].base - 0.2 * name[0].size and name[-1].base + 0.2 * name[0].size < max(bases):
                return True
    return False


def _between_two(lines: Sequence[Sequence[Ink]], cut: Sequence[Sequence[Sequence[Ink]]], breaks: Sequence[bool]) -> set[int]:
    """Lines of rows that may have lost a line to the row before, or taken one from the row after: which, nothing shows."""
    found: set[int] = set()
    starts = [index for index, begins in enumerate(breaks) if begins]
    for start, end in pairwise([*starts, len(cut)]):
        if (
            end - start > 1
            and end < len(cut)
            and not cut[end - 1][0]
            and cut[end][0]
            and _pitch(lines, end) <= 1.3 * _pitch(lines, end - 1)
        ):
            after = next((other for other in starts if other > end), len(cut))
            found |= set(range(start, after))
    return found


def _pitch(lines: Sequence[Sequence[Ink]], index: int) -> float:
    return min(ink.base for ink in lines[index]) - max(ink.base for ink in lines[index - 1])


def cells_of(line: Sequence[Ink], borders: Sequence[float]) -> list[list[Ink]]:
    """The words of a printed line by column."""
    cells: list[list[Ink]] = [[] for _ in range(len(borders) + 1)]
    for ink in line:
        middle = (ink.x0 + ink.x1) / 2
        cells[sum(border <= middle for border in borders)].append(ink)
    return cells


def _ruled(lines: Sequence[Sequence[Ink]], across: Sequence[Stroke]) -> list[bool]:
    """Before which lines a level stroke runs through most of the lines' width."""
    left = min(ink.x0 for line in lines for ink in line)
    right = max(ink.x1 for line in lines for ink in line)
    long = [
        stroke.at
        for stroke in across
        if stroke.start < right and left < stroke.end and min(stroke.end, right) - max(stroke.start, left) >= 0.6 * (right - left)
    ]
    found = [True]
    for above, below in pairwise(lines):
        high = max(ink.base for ink in above) - 0.1 * above[0].size
        low = min(ink.base - 0.3 * ink.size for ink in below)
        found.append(any(high < at < low for at in long))
    return found


def _breaks(lines: Sequence[Sequence[Ink]], cut: Sequence[Sequence[Sequence[Ink]]], ruled: Sequence[bool]) -> list[bool]:
    """Which lines begin a row."""
    size = median(ink.size for line in lines for ink in line)
    pitches = [0.0, *(min(ink.base for ink in below) - max(ink.base for ink in above) for above, below in pairwise(lines))]
    if _rows_are_ruled(cut, ruled):
        inside = [pitch for pitch, begins in zip(pitches, ruled, strict=True) if not begins]
        far = 1.3 * median(inside) if len(inside) >= _ENOUGH else _FAR * size
        return [begins or pitch > far for pitch, begins in zip(pitches, ruled, strict=True)]
    apart = [pitch for pitch in pitches[1:] if pitch >= OVERLAPPING * size]
    closest = min(apart, default=0.0)
    white = [index for index, pitch in enumerate(pitches) if pitch >= 1.18 * closest]
    # White over what stands alone in its line is that over a heading, and says nothing of rows.
    parting = 2 * sum(sum(map(bool, cut[index])) > 1 or _ends_below(cut, pitches, index, closest) for index in white) >= len(white) > 0
    by_white = closest <= 1.5 * size and parting and _wraps(cut, pitches, closest)
    whole = [all(cells[:2]) for cells in cut]
    rows_apart = min((pitches[index] for index in range(1, len(lines)) if whole[index - 1] and whole[index]), default=inf)
    found = [True]
    for index in range(1, len(lines)):
        pitch = pitches[index]
        if ruled[index]:
            found.append(True)
        elif pitch < OVERLAPPING * size:
            found.append(False)
        elif _labelled(cut, index, found):
            found.append(True)
        elif by_white:
            found.append(pitch >= 1.12 * closest)
        elif _nameless(cut, index, found) and _nameless_after(cut, index) and pitch <= 1.12 * min(TIGHT * size, pitches[index + 1]):
            # As many lines above a name as below it, and close to it: those of a value whose middle is level with the name.
            found.append(False)
        elif pitch <= min(TIGHT * size, 0.9 * pitches[_start(found)], 0.95 * rows_apart) and _half_row(cut, index, found):
            # Closer to the line that lacks its name or its value than that is to what stands above: cells at the foot of their row.
            found.append(False)
        else:
            found.append(not _goes_on(cut, index, _start(found), tight=pitch <= TIGHT * size and pitch <= 1.12 * closest))
    return found


def _rows_are_ruled(cut: Sequence[Sequence[Sequence[Ink]]], ruled: Sequence[bool]) -> bool:
    """Whether strokes part the rows, and not only the headers from what stands under them."""
    count = sum(ruled[1:])
    if count == len(ruled) - 1:
        return count > 0
    named = sum(1 for cells in cut if cells[0] and any(cells[1:]))
    return count >= 3 and count >= _RULED * named


def _wraps(cut: Sequence[Sequence[Sequence[Ink]]], pitches: Sequence[float], closest: float) -> bool:
    """Whether lines close to each other are lines of one row: hardly any of them fills all columns."""
    close = [index for index, pitch in enumerate(pitches) if 0 < pitch < 1.12 * closest]
    if any(sum(all(cut[index - before]) or _alike(cut[index - 1], cut[index]) for index in close) <= 0.3 * len(close) for before in (0, 1)):
        # Either the lines that go on, or those that they go on from where cells stand at the foot of their row.
        return True
    # Cells of three or more columns that are wrapped, every one: they hardly ever end on the same line.
    ends = [index for index in range(1, len(cut)) if _is_close(pitches, index, closest) and not _is_close(pitches, index + 1, closest)]
    return len(cut[0]) >= 3 and not any(all(cut[index]) or _alike(cut[index - 1], cut[index]) for index in ends)


def _alike(above: Sequence[Sequence[Ink]], below: Sequence[Sequence[Ink]]) -> bool:
    """Whether two lines have a name and values in the same columns, as two rows have."""
    filled = [bool(cell) for cell in above]
    return filled == [bool(cell) for cell in below] and filled[0] and sum(filled) > 1


def _is_close(pitches: Sequence[float], index: int, closest: float) -> bool:
    return index < len(pitches) and pitches[index] < 1.12 * closest


def _ends_below(cut: Sequence[Sequence[Sequence[Ink]]], pitches: Sequence[float], index: int, closest: float) -> bool:
    """Whether the line is the first of a row whose cells stand at its foot: each goes on to the last of the close lines, which has all."""
    end = index + 1
    while _is_close(pitches, end, closest):
        end += 1
    lines = cut[index:end]
    if len(lines) < 2 or not all(lines[-1]) or any(_loses(above, below) for above, below in pairwise(lines)):
        return False
    if lines[0][0] and lines[0][0][0].style != lines[-1][0][0].style:
        # A heading stands in the first column, and looks other than a name.
        return False
    whole = sum(map(all, lines))
    # Where more lines than the last have all cells, they begin one after the other, as no rows do.
    stairs = len(lines[0]) >= 3 and any(1 < sum(map(bool, cells)) < len(cells) for cells in lines)
    return whole == 1 or (stairs and 2 * whole <= len(lines))


def _loses(above: Sequence[Sequence[Ink]], below: Sequence[Sequence[Ink]]) -> bool:
    """Whether a column that has words in the line above has none below."""
    return any(one and not two for one, two in zip(above, below, strict=True))


def _labelled(cut: Sequence[Sequence[Sequence[Ink]]], index: int, begun: Sequence[bool]) -> bool:
    """Whether the row before is one of a label with its colon, so that words in the first column are another label."""
    if not cut[index][0]:
        return False
    start = _start(begun)
    label = [ink for cells in cut[start:index] for ink in cells[0]]
    return bool(label) and label[-1].text.endswith((":", "："))


def _nameless(cut: Sequence[Sequence[Sequence[Ink]]], index: int, begun: Sequence[bool]) -> bool:
    """Whether the row before has nothing in its first column, and the line has."""
    return bool(cut[index][0]) and not any(cells[0] for cells in cut[_start(begun) : index])


def _start(begun: Sequence[bool]) -> int:
    """The line with which the row begins that is going on."""
    return max(place for place, begins in enumerate(begun) if begins)


def _half_row(cut: Sequence[Sequence[Sequence[Ink]]], index: int, begun: Sequence[bool]) -> bool:
    """Whether the row so far has only names or only values, and the line has both."""
    so_far = cut[_start(begun) : index]
    lacking = not any(cells[0] for cells in so_far) or not any(any(cells[1:]) for cells in so_far)
    return lacking and bool(cut[index][0]) and any(cut[index][1:])


def _nameless_after(cut: Sequence[Sequence[Sequence[Ink]]], index: int) -> bool:
    return index + 1 < len(cut) and not cut[index + 1][0]


def _goes_on(cut: Sequence[Sequence[Sequence[Ink]]], index: int, start: int, *, tight: bool) -> bool:
    """Whether the line goes on with the row that begins with the line `start`, by what stands in its columns."""
    cells, before = cut[index], cut[index - 1]
    if not tight:
        return False
    if not cells[0]:
        return True
    filled = [bool(cell) for cell in cells]
    if len(cells) >= 3 and any(filled[1:]) and not filled[1] and not _alike(cut[start], cells):
        return True
    # A name that goes on alone, in small letters, after a row that has a value.
    return not any(filled[1:]) and any(before[1:]) and cells[0][0].text[:1].islower()
