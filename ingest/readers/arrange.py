"""A sheet of words and strokes as lines of cells: drawn tables first, then everything that stands around and between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.page import Line, Page
from ingest.readers.boxes import closed_boxes, has_words_beside, in_tables
from ingest.readers.columns import Laid, lay_out
from ingest.readers.drawn_tables import DrawnTable
from ingest.readers.grids import MOST_STROKES, families, grid_of, joined
from ingest.readers.ink import Ink, Sheet, Stroke, printed_lines
from ingest.readers.typewritten import drawn_by_signs

_BESIDE = 20.0
"""Points that two tables share in height when they stand side by side."""
_EDGE = 3.0
"""Points by which the margins of two pages on one sheet may differ."""
_LINES_OF_A_PAGE = 8


def arrange(sheet: Sheet, number: int) -> Page:
    """The sheet as a page of the grammar's form."""
    halves = _halves(drawn_by_signs(sheet))
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
    tables: list[DrawnTable] = []
    frames: list[DrawnTable] = []
    for levels, uprights in families(across, down):
        if len(levels) + len(uprights) < 3 or not uprights or not levels:
            loose.extend(levels)
            continue
        grid = grid_of(levels, uprights, free)
        if len(grid.spaces) < 2:
            frames.append(DrawnTable(grid, levels))
            continue
        inside = {id(ink) for space in grid.spaces for ink in space.inks}
        free = [ink for ink in free if id(ink) not in inside]
        tables.append(DrawnTable(grid, levels))
    tables, free = _without_shaded_columns(tables, free)
    boxes = closed_boxes(frames, tables)
    boxed = {id(ink) for box in boxes for ink in box.grid.spaces[0].inks}
    boxes = [box for box in boxes if not has_words_beside(box, free, boxed)]
    loose.extend(level for frame in frames if frame not in boxes for level in frame.across)
    inside = {id(ink) for box in boxes for ink in box.grid.spaces[0].inks}
    free = [ink for ink in free if id(ink) not in inside]
    tables += in_tables(boxes)
    laid = [one for part in _parts(tables, free) for one in _arranged(part, loose, sheet.width)]
    return _page(sheet, number, laid)


def _without_shaded_columns(tables: Sequence[DrawnTable], free: Sequence[Ink]) -> tuple[list[DrawnTable], list[Ink]]:
    """The tables without those that are one column, drawn over or shaded, of a table whose other columns are not; and the free words."""
    kept: list[DrawnTable] = []
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


@dataclass
class _Part:
    """What is read from top to bottom before anything beside it is: the whole sheet, a zone of it, or a column of a zone."""

    tables: list[DrawnTable] = field(default_factory=list)
    inks: list[Ink] = field(default_factory=list)
    share: float = 1.0


def _arranged(part: _Part, loose: Sequence[Stroke], width: float) -> list[Laid]:
    laid = [one for table in part.tables for one in table.laid()]
    laid.extend(lay_out(part.inks, loose, width * part.share))
    return sorted(laid, key=lambda one: one.top)


def _parts(tables: Sequence[DrawnTable], free: Sequence[Ink], share: float = 1.0) -> list[_Part]:
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


def _closing(tables: Sequence[DrawnTable], lines: Sequence[list[Ink]], border: float, tops: Sequence[float]) -> list[list[Ink]]:
    """Lines under both columns that belong to what crosses them next, as its heading does: nothing stands right of them."""
    found: list[list[Ink]] = []
    for begin, end in pairwise([0.0, *tops]):
        bottom = max((table.grid.ys[-1] for table in tables if begin <= table.grid.ys[0] < end), default=end)
        under = [line for line in lines if bottom < line[0].base < end]
        if all(ink.x1 <= border for line in under for ink in line):
            found += under
    return found


def _border(tables: Sequence[DrawnTable]) -> float | None:
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
