"""Boxes that are drawn one by one: cards of a web page, or rows of a table each in a frame of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.page import Line
from ingest.readers.columns import Laid, lay_out, row_cells, widest
from ingest.readers.drawn_tables import DrawnTable, clipped, room_in
from ingest.readers.grids import Grid, Space
from ingest.readers.ink import Ink, cell_of, printed_lines

_EDGE = 3.0
"""Points by which the edges of boxes that belong together may differ."""
_HARDLY_APART = 12.0
"""Points between boxes of one table that stand one below the other."""
_COLUMN_GAP = 0.9
_RIVER = 0.25
_LONG_RIVER = 8
"""Printed lines from which on narrow white that runs down through all of them is no accident."""


def in_tables(boxes: Sequence[DrawnTable]) -> list[DrawnTable]:
    """The boxes as tables: those in a stack that has columns as its rows, the others beside each other."""
    stacks = [(stack, _row_borders(stack)) for stack in _stacks(boxes)]
    tables: list[DrawnTable] = [_Rows.of(stack, borders) for stack, borders in stacks if borders]
    return tables + list(_rows_of_cards([box for stack, borders in stacks if not borders for box in stack]))


def closed_boxes(frames: Sequence[DrawnTable], tables: Sequence[DrawnTable]) -> list[DrawnTable]:
    """Closed boxes with words and no other box in them; one alone is a frame."""
    closed = [frame for frame in frames if len(frame.across) > 1 and frame.grid.spaces and frame.grid.spaces[0].inks]
    found = [one for one in closed if not any(_holds(one.grid, other.grid) for other in (*closed, *tables) if other is not one)]
    return found if len(found) > 1 else []


def has_words_beside(box: DrawnTable, free: Sequence[Ink], boxed: set[int]) -> bool:
    """Whether words stand level with those in the box that are in no box: it marks a value, and its label is outside."""
    grid = box.grid
    levels = [ink.base for ink in grid.spaces[0].inks]
    return any(
        id(ink) not in boxed and grid.ys[0] < ink.base < grid.ys[-1] and any(abs(ink.base - one) < 2 for one in levels) for ink in free
    )


def _stacks(boxes: Sequence[DrawnTable]) -> list[list[DrawnTable]]:
    """The boxes in stacks: as wide as each other and hardly apart."""
    found: list[list[DrawnTable]] = []
    for box in sorted(boxes, key=lambda box: (box.grid.xs[0], box.grid.ys[0])):
        last = found[-1][-1].grid if found else box.grid
        level = abs(last.xs[0] - box.grid.xs[0]) < _EDGE and abs(last.xs[-1] - box.grid.xs[-1]) < _EDGE
        if found and level and 0 <= box.grid.ys[0] - last.ys[-1] < _HARDLY_APART:
            found[-1].append(box)
        else:
            found.append([box])
    return found


def _row_borders(stack: Sequence[DrawnTable]) -> list[float]:
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


def _rows_of_cards(cards: Sequence[DrawnTable]) -> list[_Cards]:
    """The boxes in rows, each from left to right."""
    rows: list[list[DrawnTable]] = []
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
class _Rows(DrawnTable):
    """Boxes one below the other, each a row of a table; `borders` say where its columns end."""

    borders: Sequence[float]

    @classmethod
    def of(cls, stack: Sequence[DrawnTable], borders: Sequence[float]) -> _Rows:
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


class _Cards(DrawnTable):
    """Boxes beside each other, each for itself."""

    def laid(self) -> list[Laid]:
        """What the boxes hold, one after the other: each is a small page of its own, unless each has one thing to say as cells have."""
        top = self.grid.ys[0]
        single = [len({ink.style for ink in space.inks}) == 1 and not _labelled(space) for space in self.grid.spaces]
        if len(single) > 1 and all(single):
            cells = tuple(cell_of(clipped(space, self.grid), room_in(space, self.grid)) for space in self.grid.spaces)
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
