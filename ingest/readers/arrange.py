"""A sheet of words and strokes as lines of cells: drawn tables first, then everything that stands around and between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from ingest.page import Line, Page
from ingest.readers.columns import Laid, lay_out, row_cells, rows_of, widest
from ingest.readers.grids import MOST_STROKES, Grid, Space, families, grid_of, joined
from ingest.readers.ink import Ink, Sheet, Stroke, cell_of, printed_lines

_BESIDE = 20.0
"""Points that two tables share in height when they stand side by side."""
_FAR = 1.6
"""Letter sizes between lines that no cell has between its own."""
_EDGE = 3.0
"""Points by which the margins of two pages on one sheet may differ."""
_LINES_OF_A_PAGE = 8
_PADDED = 1.4
"""Letter sizes between the lines of rows that have room above and below."""
_HARDLY_APART = 12.0
"""Points between boxes of one table that stand one below the other."""
_COLUMN_GAP = 0.9
_RIVER = 0.25
_LONG_RIVER = 8
"""Printed lines from which on narrow white that runs down through all of them is no accident."""
_TALL = 4
"""Printed lines from which on a cell may hold several rows that nothing parts."""


def arrange(sheet: Sheet, number: int) -> Page:
    """The sheet as a page of the grammar's form."""
    halves = _halves(sheet)
    lines = tuple(line for half in halves for line in _arrange(half, number).lines)
    return Page(number, lines, sheet.width, sheet.height)


def _halves(sheet: Sheet) -> tuple[Sheet, ...]:
    """The two pages that were put on one sheet, the left one first; else the sheet alone.

    Two pages of one document have the same margins: what stands on the right begins as far from the middle as what stands on the
    left from the edge, and nothing crosses the middle.
    """
    middle = sheet.width / 2
    if sheet.width <= sheet.height or any(ink.x0 < middle < ink.x1 for ink in sheet.inks):
        return (sheet,)
    if any(stroke.start < middle - _EDGE and middle + _EDGE < stroke.end for stroke in sheet.across):
        return (sheet,)
    left = [ink for ink in sheet.inks if ink.x1 <= middle]
    right = [ink for ink in sheet.inks if ink.x0 >= middle]
    if min(len(printed_lines(left)), len(printed_lines(right))) < _LINES_OF_A_PAGE:
        return (sheet,)
    if abs(min(ink.x0 for ink in left) - (min(ink.x0 for ink in right) - middle)) > _EDGE:
        return (sheet,)
    return tuple(
        Sheet(
            middle,
            sheet.height,
            inks,
            [stroke for stroke in sheet.across if (stroke.start + stroke.end < 2 * middle) == first],
            [stroke for stroke in sheet.down if (stroke.at < middle) == first],
        )
        for inks, first in ((left, True), (right, False))
    )


def _arrange(sheet: Sheet, number: int) -> Page:
    if len(sheet.across) + len(sheet.down) > MOST_STROKES:
        return _page(sheet, number, lay_out(sheet.inks, (), sheet.width))
    across, down = joined(sheet.across), joined(sheet.down)
    free: list[Ink] = list(sheet.inks)
    loose: list[Stroke] = []
    tables: list[_Table] = []
    frames: list[_Table] = []
    for levels, uprights in families(across, down):
        if len(levels) + len(uprights) < 3 or not uprights or not levels:
            loose.extend(levels)
            continue
        grid = grid_of(levels, uprights, free)
        if len(grid.spaces) < 2:
            frames.append(_Table(grid, levels))
            continue
        inside = {id(ink) for space in grid.spaces for ink in space.inks}
        free = [ink for ink in free if id(ink) not in inside]
        tables.append(_Table(grid, levels))
    tables, free = _without_shaded_columns(tables, free)
    boxes = _boxes(frames, tables)
    boxed = {id(ink) for box in boxes for ink in box.grid.spaces[0].inks}
    boxes = [box for box in boxes if not _has_words_beside(box, free, boxed)]
    loose.extend(level for frame in frames if frame not in boxes for level in frame.across)
    inside = {id(ink) for box in boxes for ink in box.grid.spaces[0].inks}
    free = [ink for ink in free if id(ink) not in inside]
    stacks = [(stack, _row_borders(stack)) for stack in _stacks(boxes)]
    tables += [_Rows.of(stack, borders) for stack, borders in stacks if borders]
    tables += _rows_of_cards([box for stack, borders in stacks if not borders for box in stack])
    laid = [one for part in _parts(tables, free) for one in _arranged(part, loose, sheet.width)]
    return _page(sheet, number, laid)


def _without_shaded_columns(tables: Sequence[_Table], free: Sequence[Ink]) -> tuple[list[_Table], list[Ink]]:
    """The tables without those that are one column, drawn over or shaded, of a table whose other columns are not; and the free words."""
    kept: list[_Table] = []
    back: list[Ink] = []
    for table in tables:
        xs, ys = table.grid.xs, table.grid.ys
        beside = [ink for ink in free if ys[0] < ink.base < ys[-1] and not xs[0] < ink.middle[0] < xs[-1]]
        levels = {row for ink in beside for row in range(table.grid.rows) if ys[row] < ink.base <= ys[row + 1]}
        if table.grid.columns == 1 and 2 * len(levels) > table.grid.rows:
            back.extend(ink for space in table.grid.spaces for ink in space.inks)
        else:
            kept.append(table)
    return kept, [*free, *back]


def _boxes(frames: Sequence[_Table], tables: Sequence[_Table]) -> list[_Table]:
    """Closed boxes with words and no other box in them; one alone is a frame."""
    closed = [frame for frame in frames if len(frame.across) > 1 and frame.grid.spaces and frame.grid.spaces[0].inks]
    found = [one for one in closed if not any(_holds(one.grid, other.grid) for other in (*closed, *tables) if other is not one)]
    return found if len(found) > 1 else []


def _has_words_beside(box: _Table, free: Sequence[Ink], boxed: set[int]) -> bool:
    """Whether words stand level with those in the box that are in no box: it marks a value, and its label is outside."""
    grid = box.grid
    levels = [ink.base for ink in grid.spaces[0].inks]
    return any(
        id(ink) not in boxed and grid.ys[0] < ink.base < grid.ys[-1] and any(abs(ink.base - one) < 2 for one in levels) for ink in free
    )


def _stacks(boxes: Sequence[_Table]) -> list[list[_Table]]:
    """The boxes in stacks: as wide as each other and hardly apart."""
    found: list[list[_Table]] = []
    for box in sorted(boxes, key=lambda box: (box.grid.xs[0], box.grid.ys[0])):
        last = found[-1][-1].grid if found else box.grid
        level = abs(last.xs[0] - box.grid.xs[0]) < _EDGE and abs(last.xs[-1] - box.grid.xs[-1]) < _EDGE
        if found and level and 0 <= box.grid.ys[0] - last.ys[-1] < _HARDLY_APART:
            found[-1].append(box)
        else:
            found.append([box])
    return found


def _row_borders(stack: Sequence[_Table]) -> list[float]:
    """Where the columns end when each box is a row: white that runs down through all of them."""
    inks = sorted((ink for box in stack for ink in box.grid.spaces[0].inks), key=lambda ink: ink.x0)
    lines = sum(len(printed_lines(box.grid.spaces[0].inks)) for box in stack)
    least = _RIVER if lines >= _LONG_RIVER else _COLUMN_GAP
    borders, end = [], inks[0].x1
    for ink in inks:
        if ink.x0 - end > ink.size * least:
            borders.append((end + ink.x0) / 2)
        end = max(end, ink.x1)
    filled = [sum(any(ink.middle[0] > border for ink in box.grid.spaces[0].inks) for box in stack) for border in borders]
    return borders if filled and 2 * filled[0] > len(stack) else []


def _holds(outer: Grid, inner: Grid) -> bool:
    """Whether the middle of the one box is in the other, which is larger."""
    x, y = (inner.xs[0] + inner.xs[-1]) / 2, (inner.ys[0] + inner.ys[-1]) / 2
    within = outer.xs[0] <= x <= outer.xs[-1] and outer.ys[0] <= y <= outer.ys[-1]
    return within and outer.xs[-1] - outer.xs[0] > inner.xs[-1] - inner.xs[0]


def _rows_of_cards(cards: Sequence[_Table]) -> list[_Cards]:
    """The boxes in rows, each from left to right."""
    rows: list[list[_Table]] = []
    for card in sorted(cards, key=lambda card: (card.grid.ys[0], card.grid.xs[0])):
        if rows and card.grid.ys[0] - rows[-1][0].grid.ys[0] <= _EDGE:
            rows[-1].append(card)
        else:
            rows.append([card])
    found = []
    for row in rows:
        row.sort(key=lambda card: card.grid.xs[0])
        spaces = tuple(replace(card.grid.spaces[0], first_column=place, last_column=place) for place, card in enumerate(row))
        xs = (*(card.grid.xs[0] for card in row), row[-1].grid.xs[-1])
        ys = (row[0].grid.ys[0], max(card.grid.ys[-1] for card in row))
        found.append(_Cards(Grid(xs, ys, spaces), ()))
    return found


@dataclass
class _Table:
    """A drawn table and the level strokes that draw it."""

    grid: Grid
    across: Sequence[Stroke]

    def laid(self) -> list[Laid]:
        """Its rows."""
        return _drawn(self.grid, self.across)


@dataclass
class _Rows(_Table):
    """Boxes one below the other, each a row of a table; `borders` say where its columns end."""

    borders: Sequence[float]

    @classmethod
    def of(cls, stack: Sequence[_Table], borders: Sequence[float]) -> _Rows:
        """The boxes as one grid."""
        spaces = tuple(replace(box.grid.spaces[0], first_row=place, last_row=place) for place, box in enumerate(stack))
        ys = (*(box.grid.ys[0] for box in stack), stack[-1].grid.ys[-1])
        return cls(Grid((stack[0].grid.xs[0], stack[0].grid.xs[-1]), ys, spaces), (), borders)

    def laid(self) -> list[Laid]:
        """Each box as a row; a column is as wide as its widest line."""
        rows = []
        for space in self.grid.spaces:
            cells: list[list[Ink]] = [[] for _ in range(len(self.borders) + 1)]
            for ink in space.inks:
                cells[sum(border <= ink.middle[0] for border in self.borders)].append(ink)
            rows.append(cells)
        rooms = [max(widest(row[place]) for row in rows) for place in range(len(self.borders) + 1)]
        return [Laid(self.grid.ys[place], Line(row_cells(cells, rooms), table=True)) for place, cells in enumerate(rows)]


class _Cards(_Table):
    """Boxes beside each other, each for itself."""

    def laid(self) -> list[Laid]:
        """What the boxes hold, one after the other: each is a small page of its own, unless each has one thing to say as cells have."""
        top = self.grid.ys[0]
        single = [len({ink.style for ink in space.inks}) == 1 and not _labelled(space) for space in self.grid.spaces]
        if len(single) > 1 and all(single):
            cells = tuple(cell_of(_clipped(space, self.grid), _room(space, self.grid)) for space in self.grid.spaces)
            return [Laid(top, Line(cells, table=True))]
        return [
            Laid(top, one.line)
            for place, space in enumerate(self.grid.spaces)
            for one in lay_out(space.inks, (), self.grid.xs[place + 1] - self.grid.xs[place])
        ]


def _labelled(space: Space) -> bool:
    """Whether a line of the box holds a label with its colon, and something after it."""
    lines = printed_lines(space.inks)
    return any(ink.text.endswith((":", "：")) for line in lines for ink in line) and not lines[-1][-1].text.endswith((":", "："))


@dataclass
class _Part:
    """What is read from top to bottom before anything beside it is: the whole sheet, a zone of it, or a column of a zone."""

    tables: list[_Table] = field(default_factory=list)
    inks: list[Ink] = field(default_factory=list)
    share: float = 1.0


def _arranged(part: _Part, loose: Sequence[Stroke], width: float) -> list[Laid]:
    laid = [one for table in part.tables for one in table.laid()]
    laid.extend(lay_out(part.inks, loose, width * part.share))
    return sorted(laid, key=lambda one: one.top)


def _parts(tables: Sequence[_Table], free: Sequence[Ink], share: float = 1.0) -> list[_Part]:
    """The sheet in the order of reading. Where tables stand side by side, the sheet has two columns between what crosses both.

    So has each of the columns where there are more than two; `share` is that of the sheet's width.
    """
    border = _border(tables)
    if border is None:
        return [_Part(list(tables), list(free), share)]
    lines = printed_lines(free)
    crossing_tables = [table for table in tables if table.grid.xs[0] < border < table.grid.xs[-1]]
    crossing_lines = [line for line in lines if _crosses(line, border)]
    tops = sorted([*(table.grid.ys[0] for table in crossing_tables), *(line[0].base for line in crossing_lines)])
    crossing_lines += _closing([table for table in tables if table not in crossing_tables], lines, border, tops)
    tops = sorted({*tops, *(line[0].base for line in crossing_lines)})
    zones: dict[tuple[int, int], _Part] = {}

    def part(top: float, column: int) -> _Part:
        # What crosses begins a zone; columns follow it.
        return zones.setdefault((sum(edge <= top for edge in tops), column), _Part(share=share / 2 if column else share))

    for table in tables:
        column = 0 if table in crossing_tables else 1 if table.grid.xs[-1] <= border else 2
        part(table.grid.ys[0], column).tables.append(table)
    for line in lines:
        crosses = line in crossing_lines
        for ink in line:
            part(ink.base, 0 if crosses else 1 if ink.middle[0] < border else 2).inks.append(ink)
    found: list[_Part] = []
    for (_, column), zone in sorted(zones.items(), key=lambda each: each[0]):
        found.extend(_parts(zone.tables, zone.inks, zone.share) if column else [zone])
    return found


def _closing(tables: Sequence[_Table], lines: Sequence[list[Ink]], border: float, tops: Sequence[float]) -> list[list[Ink]]:
    """Lines under both columns that belong to what crosses them next, as its heading does: nothing stands right of them."""
    found: list[list[Ink]] = []
    for begin, end in pairwise([0.0, *tops]):
        bottom = max((table.grid.ys[-1] for table in tables if begin <= table.grid.ys[0] < end), default=end)
        under = [line for line in lines if bottom < line[0].base < end]
        if all(ink.x1 <= border for line in under for ink in line):
            found += under
    return found


def _border(tables: Sequence[_Table]) -> float | None:
    """Where the white runs between tables that stand side by side."""
    for one in tables:
        for two in tables:
            beside = one.grid.xs[-1] <= two.grid.xs[0]
            if beside and min(one.grid.ys[-1], two.grid.ys[-1]) - max(one.grid.ys[0], two.grid.ys[0]) > _BESIDE:
                return (one.grid.xs[-1] + two.grid.xs[0]) / 2
    return None


def _crosses(line: Sequence[Ink], border: float) -> bool:
    """Whether the printed line runs over the border with no more than a blank there."""
    before = [ink.x1 for ink in line if ink.x0 < border]
    after = [ink.x0 for ink in line if ink.x0 >= border]
    if before and max(before) > border:
        return True
    return bool(before and after) and min(after) - max(before) < line[0].size


def _page(sheet: Sheet, number: int, laid: Sequence[Laid]) -> Page:
    return Page(number, tuple(_unfolded([one.line for one in laid])), sheet.width, sheet.height)


def _unfolded(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines with a table that was folded to save height put under itself: its header row says the same words twice."""
    at = 0
    while at < len(lines):
        half = _fold(lines[at])
        if not half:
            yield lines[at]
            at += 1
            continue
        end = at + 1
        while end < len(lines) and len(lines[end].cells) == 2 * half:
            end += 1
        while end > at + 1 and not any(cell.words for cell in lines[end - 1].cells[1:]):
            # What stands alone under the table, in its first column, is no row of it.
            end -= 1
        for part in (slice(0, half), slice(half, 2 * half)):
            for line in lines[at:end]:
                if any(cell.words for cell in line.cells[part]):
                    yield Line(line.cells[part], line.table)
        at = end


def _fold(line: Line) -> int:
    """Half the number of cells of a header that says everything twice, else 0."""
    texts = [cell.text for cell in line.cells]
    half = len(texts) // 2
    return half if half >= 2 and len(texts) == 2 * half and all(texts) and texts[:half] == texts[half:] else 0


def _clipped(space: Space, grid: Grid) -> tuple[Ink, ...]:
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
    for index, row in enumerate(rows):
        if not any(space.inks for space in row):
            continue
        if len(row) == 1 and row[0].last_row == row[0].first_row and _whole_width(row[0], grid):
            laid.extend(_spanning(row[0], grid))
        elif _several_rows(row, grid):
            laid.extend(_parted(row, grid))
        else:
            laid.append(Laid(grid.ys[index], Line(tuple(cell_of(_clipped(space, grid), _room(space, grid)) for space in row), table=True)))
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
    rooms = [_room(space, grid) for space in row]
    return [Laid(min(ink.top for cell in cells for ink in cell), Line(row_cells(cells, rooms), table=True)) for cells in found]
