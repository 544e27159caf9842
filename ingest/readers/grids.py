"""Tables that are drawn: cells between level and upright strokes, merged cells and missing outer borders included."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.readers.ink import Ink, Stroke

NEAR = 2.5
"""Points that strokes may miss each other by and still meet."""
MOST_STROKES = 3000
_SHORTEST = 4.0


@dataclass(frozen=True)
class Space:
    """One cell of a grid: elementary rows and columns it covers (inclusive), and its words."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int
    inks: tuple[Ink, ...]


@dataclass(frozen=True)
class Grid:
    """A drawn table: its level and upright lines, and its cells row by row."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    spaces: tuple[Space, ...]

    @property
    def columns(self) -> int:
        """Elementary columns."""
        return len(self.xs) - 1

    @property
    def rows(self) -> int:
        """Elementary rows."""
        return len(self.ys) - 1


def joined(strokes: Sequence[Stroke]) -> list[Stroke]:
    """The strokes with those that lie on one line and touch made one."""
    levels: list[list[Stroke]] = []
    for stroke in sorted(strokes, key=lambda stroke: stroke.at):
        if levels and stroke.at - levels[-1][-1].at <= NEAR * 0.6 and stroke.at - levels[-1][0].at <= NEAR:
            levels[-1].append(stroke)
        else:
            levels.append([stroke])
    found: list[Stroke] = []
    for level in levels:
        at = sum(stroke.at for stroke in level) / len(level)
        level.sort(key=lambda stroke: stroke.start)
        start, end = level[0].start, level[0].end
        for stroke in level[1:]:
            if stroke.start <= end + NEAR:
                end = max(end, stroke.end)
            else:
                found.append(Stroke(at, start, end))
                start, end = stroke.start, stroke.end
        found.append(Stroke(at, start, end))
    return [stroke for stroke in found if stroke.end - stroke.start >= _SHORTEST]


def families(across: Sequence[Stroke], down: Sequence[Stroke]) -> list[tuple[list[Stroke], list[Stroke]]]:
    """Strokes that meet each other, directly or through others."""
    parent = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for one, level in enumerate(across):
        for two, upright in enumerate(down, start=len(across)):
            meets = level.start - NEAR <= upright.at <= level.end + NEAR and upright.start - NEAR <= level.at <= upright.end + NEAR
            if meets:
                parent[root(one)] = root(two)
    found: dict[int, tuple[list[Stroke], list[Stroke]]] = {}
    for index in range(len(parent)):
        levels, uprights = found.setdefault(root(index), ([], []))
        if index < len(across):
            levels.append(across[index])
        else:
            uprights.append(down[index - len(across)])
    return list(found.values())


def _edges(strokes: Sequence[Stroke], others: Sequence[Stroke]) -> tuple[float, ...]:
    """Where the lines lie, with the ends of the lines that cross them where those reach beyond (a table without outer borders)."""
    places = sorted({stroke.at for stroke in strokes})
    low, high = min(stroke.start for stroke in others), max(stroke.end for stroke in others)
    if not places or low < places[0] - 2 * NEAR:
        places.insert(0, low)
    if high > places[-1] + 2 * NEAR:
        places.append(high)
    merged = places[:1]
    for place in places[1:]:
        if place - merged[-1] > NEAR:
            merged.append(place)
    return tuple(merged)


def grid_of(across: Sequence[Stroke], down: Sequence[Stroke], inks: Sequence[Ink]) -> Grid:
    """The grid that the strokes draw, with the words that stand in it."""
    xs, ys = _edges(down, across), _edges(across, down)
    rows, columns = len(ys) - 1, len(xs) - 1
    parent = list(range(rows * columns))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def drawn(strokes: Sequence[Stroke], at: float, start: float, end: float) -> bool:
        shown = sum(max(0.0, min(stroke.end, end) - max(stroke.start, start)) for stroke in strokes if abs(stroke.at - at) <= NEAR)
        return shown >= 0.5 * (end - start)

    for row in range(rows):
        for column in range(columns):
            here = row * columns + column
            if column + 1 < columns and not drawn(down, xs[column + 1], ys[row], ys[row + 1]):
                parent[root(here + 1)] = root(here)
            if row + 1 < rows and not drawn(across, ys[row + 1], xs[column], xs[column + 1]):
                parent[root(here + columns)] = root(here)
    words: dict[int, list[Ink]] = {}
    for ink in inks:
        x, y = ink.middle
        column, row = bisect_right(xs, x) - 1, bisect_right(ys, y) - 1
        if 0 <= column < columns and 0 <= row < rows:
            words.setdefault(root(row * columns + column), []).append(ink)
    members: dict[int, list[int]] = {}
    for index in range(rows * columns):
        members.setdefault(root(index), []).append(index)
    spaces = []
    for key, indices in members.items():
        in_rows = [index // columns for index in indices]
        in_columns = [index % columns for index in indices]
        spaces.append(Space(min(in_rows), max(in_rows), min(in_columns), max(in_columns), tuple(words.get(key, ()))))
    spaces.sort(key=lambda space: (space.first_row, space.first_column))
    return Grid(xs, ys, tuple(spaces))
