"""The rows of a table that is drawn, and of one whose strokes between rows are lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.page import Line
from ingest.readers.columns import Laid, lay_out, row_cells
from ingest.readers.grids import Grid, Space
from ingest.readers.ink import Ink, Stroke, cell_of, printed_lines
from ingest.readers.rows import rows_of

_FAR = 1.6
"""Letter sizes between lines that no cell has between its own."""
_PADDED = 1.4
"""Letter sizes between the lines of rows that have room above and below."""
_TALL = 4
"""Printed lines from which on a cell may hold several rows that nothing parts."""


@dataclass
class DrawnTable:
    """A drawn table and the level strokes that draw it."""

    grid: Grid
    across: Sequence[Stroke]

    def laid(self) -> list[Laid]:
        """Its rows."""
        return _drawn(self.grid, self.across)


def clipped(space: Space, grid: Grid) -> tuple[Ink, ...]:
    """The words of the cell; those that reach its border are not known to be whole, since what runs over is often not drawn."""
    right = grid.xs[space.last_column + 1]
    return tuple(replace(ink, sure=False) if ink.x1 > right - 0.1 else ink for ink in space.inks)


def _drawn(grid: Grid, across: Sequence[Stroke]) -> list[Laid]:
    """The rows of a drawn table."""
    rows: list[list[Space]] = [[] for _ in range(grid.rows)]
    for space in grid.spaces:
        rows[space.first_row].append(space)
    if all(len(row) <= 1 for row in rows):
        # Level strokes and a frame, but nothing between the columns.
        inks = [ink for space in grid.spaces for ink in space.inks]
        return lay_out(inks, across, grid.xs[-1] - grid.xs[0])
    laid: list[Laid] = []
    for group in _groups(grid):
        rows[group.first_row].remove(group)
        if group.inks:
            laid.append(Laid(grid.ys[group.first_row], Line((cell_of(clipped(group, grid), room_in(group, grid)),), table=True)))
    filled = [row for row in rows if any(space.inks for space in row)]
    # In a form all rows are boxes; a header may have words of another look in its cells, too.
    boxes = 2 * sum(map(_labelled_inside, filled)) > len(filled)
    for index, row in enumerate(rows):
        if not any(space.inks for space in row):
            continue
        if len(row) == 1 and row[0].last_row == row[0].first_row and _whole_width(row[0], grid):
            laid.extend(_spanning(row[0], grid))
        elif boxes and _labelled_inside(row):
            laid.extend(Laid(grid.ys[index], one.line) for space in row for one in lay_out(space.inks, (), room_in(space, grid)))
        elif _several_rows(row, grid):
            laid.extend(_parted(row, grid))
        else:
            laid.append(Laid(grid.ys[index], Line(tuple(cell_of(clipped(space, grid), room_in(space, grid)) for space in row), table=True)))
    return sorted(laid, key=lambda one: one.top)


def _groups(grid: Grid) -> list[Space]:
    """Cells at the left that stand over the whole height of several rows, and name these rows together and none of them."""
    found = []
    for group in grid.spaces:
        beside = [space for space in grid.spaces if group.first_row <= space.first_row <= group.last_row and space is not group]
        names = [space for space in beside if space.first_column == group.last_column + 1 and space.inks]
        values = [space for space in beside if space.first_column > group.last_column + 1 and space.inks]
        if (
            group.first_column == 0
            and group.last_row > group.first_row
            and len(names) > group.last_row - group.first_row
            and len(values) > 1
        ):
            found.append(group)
    return found


def room_in(space: Space, grid: Grid) -> float:
    """How wide a line of the cell may be: the cell without its padding, which is nowhere more than the least of its column."""
    left, right = grid.xs[space.first_column], grid.xs[space.last_column + 1]
    column = [ink.x0 - left for other in grid.spaces if other.first_column == space.first_column for ink in other.inks]
    return right - left - 2 * max(min(column, default=0.0), 0.0)


def _whole_width(space: Space, grid: Grid) -> bool:
    return space.first_column == 0 and space.last_column == grid.columns - 1


def _spanning(space: Space, grid: Grid) -> list[Laid]:
    """A cell over all columns: a heading, running text, or a row whose inner borders are lost."""
    return lay_out(space.inks, (), grid.xs[-1] - grid.xs[0])


def _labelled_inside(row: Sequence[Space]) -> bool:
    """Whether each cell of the row is a box of a form, with a label in letters of its own over its value."""
    lines = [printed_lines(space.inks) for space in row if space.inks]
    labels = {_look(one[0]) for one in lines}
    values = {_look(line) for one in lines for line in one[1:]}
    return len(labels) == 1 and None not in labels and len(values) == 1 and None not in values and not labels & values


def _look(line: Sequence[Ink]) -> tuple[tuple[str, str] | None, float] | None:
    """Font, colour and size of the letters of the line, which may be small capitals too; None when they differ."""
    styles = {ink.style for ink in line}
    return (styles.pop(), round(max(ink.size for ink in line), 1)) if len(styles) == 1 else None


def _several_rows(row: Sequence[Space], grid: Grid) -> bool:
    """Whether the cells hold several rows side by side that no stroke parts: their lines stand on the same levels."""
    filled = [space for space in row if space.inks]
    if len(filled) < 2:
        return False
    levels = [[line[0].base for line in printed_lines(space.inks)] for space in filled]
    size = median(ink.size for space in filled for ink in space.inks)
    names = levels[0]
    height = grid.ys[row[0].last_row + 1] - grid.ys[row[0].first_row]
    if _apart(names, size, height) and any(_among(names, one) for one in levels[1:]):
        # A stroke between two rows is lost: the lines are further apart than those of one cell.
        return True
    if any(_apart(one, size, height) and _among(one, names) for one in levels[1:]):
        return True
    if min(map(len, levels[:2])) < _TALL:
        return False
    same = sum(any(abs(one - two) < 1.0 for two in levels[1]) for one in names)
    return same >= 0.8 * len(names)


def _apart(levels: Sequence[float], size: float, height: float) -> bool:
    """Whether the lines are all further apart than those of one cell, or as far as if each had its share of the cell's height."""
    if len(levels) < 2:
        return False
    least = min(below - above for above, below in pairwise(levels))
    around = height - (levels[-1] - levels[0])
    return least > _FAR * size or least >= max(0.95 * around, _PADDED * size)


def _among(few: Sequence[float], many: Sequence[float]) -> bool:
    """Whether each line of the one cell has one of the other on its level."""
    return all(any(abs(one - two) < 1.0 for two in many) for one in few)


def _parted(row: Sequence[Space], grid: Grid) -> list[Laid]:
    borders = [grid.xs[space.first_column] for space in row[1:]]
    inks = [ink for space in row for ink in space.inks]
    found = rows_of(printed_lines(inks), borders, ())
    rooms = [room_in(space, grid) for space in row]
    return [Laid(min(ink.top for cell in cells for ink in cell), Line(row_cells(cells, rooms), table=True)) for cells in found]
