"""A sheet of words and strokes as lines of cells: drawn tables first, then everything that stands around and between them."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.page import Line, Page
from ingest.readers.columns import Laid, lay_out, row_cells, rows_of
from ingest.readers.grids import MOST_STROKES, Grid, Space, families, grid_of, joined
from ingest.readers.ink import Ink, Sheet, Stroke, cell_of, printed_lines

_TALL = 4
"""Printed lines from which on a cell may hold several rows that nothing parts."""


def arrange(sheet: Sheet, number: int) -> Page:
    """The sheet as a page of the grammar's form."""
    if len(sheet.across) + len(sheet.down) > MOST_STROKES:
        return _page(sheet, number, lay_out(sheet.inks, (), sheet.width))
    across, down = joined(sheet.across), joined(sheet.down)
    laid: list[Laid] = []
    free: list[Ink] = list(sheet.inks)
    loose: list[Stroke] = []
    for levels, uprights in families(across, down):
        if len(levels) + len(uprights) < 3 or not uprights or not levels:
            loose.extend(levels)
            continue
        grid = grid_of(levels, uprights, free)
        if len(grid.spaces) < 2:
            loose.extend(levels)
            continue
        inside = {id(ink) for space in grid.spaces for ink in space.inks}
        free = [ink for ink in free if id(ink) not in inside]
        laid.extend(_drawn(grid, levels))
    laid.extend(lay_out(free, loose, sheet.width))
    laid.sort(key=lambda one: one.top)
    return _page(sheet, number, laid)


def _page(sheet: Sheet, number: int, laid: Sequence[Laid]) -> Page:
    return Page(number, tuple(one.line for one in laid), sheet.width, sheet.height)


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
    for index, row in enumerate(rows):
        if not any(space.inks for space in row):
            continue
        if len(row) == 1 and row[0].last_row == row[0].first_row and _whole_width(row[0], grid):
            laid.extend(_spanning(row[0], grid))
        elif _several_rows(row):
            laid.extend(_parted(row, grid))
        else:
            laid.append(Laid(grid.ys[index], Line(tuple(cell_of(space.inks, _room(space, grid)) for space in row), table=True)))
    return laid


def _room(space: Space, grid: Grid) -> float:
    """How wide a line of the cell may be: the cell without its padding, which is nowhere more than the least of its column."""
    left, right = grid.xs[space.first_column], grid.xs[space.last_column + 1]
    column = [ink.x0 - left for other in grid.spaces if other.first_column == space.first_column for ink in other.inks]
    return right - left - 2 * max(min(column, default=0.0), 0.0)


def _whole_width(space: Space, grid: Grid) -> bool:
    return space.first_column == 0 and space.last_column == grid.columns - 1


def _spanning(space: Space, grid: Grid) -> list[Laid]:
    """A cell over all columns: a heading, running text, or a row whose inner borders are lost."""
    return lay_out(space.inks, (), grid.xs[-1] - grid.xs[0])


def _several_rows(row: Sequence[Space]) -> bool:
    """Whether the cells hold several rows side by side that no stroke parts: their lines stand on the same levels."""
    filled = [space for space in row if space.inks]
    if len(filled) < 2:
        return False
    levels = [[line[0].base for line in printed_lines(space.inks)] for space in filled[:2]]
    if min(map(len, levels)) < _TALL:
        return False
    same = sum(any(abs(one - two) < 1.0 for two in levels[1]) for one in levels[0])
    return same >= 0.8 * len(levels[0])


def _parted(row: Sequence[Space], grid: Grid) -> list[Laid]:
    borders = [grid.xs[space.first_column] for space in row[1:]]
    inks = [ink for space in row for ink in space.inks]
    found = rows_of(printed_lines(inks), borders, ())
    rooms = [_room(space, grid) for space in row]
    return [Laid(min(ink.top for cell in cells for ink in cell), Line(row_cells(cells, rooms), table=True)) for cells in found]
