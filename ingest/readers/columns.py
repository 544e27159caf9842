"""Lines, rows and paragraphs where no cell is drawn: what belongs together shows in the white between the words.

A river is white that runs down through neighbouring lines; it parts columns when on some of these lines it is wider than any
blank between words. Which lines then make one row, `ingest.readers.rows` tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.page import Cell, Line
from ingest.readers.abreast import lists_abreast
from ingest.readers.ink import Ink, Stroke, cell_of, printed_lines
from ingest.readers.printed import EXACTLY, NARROWEST, PARAGRAPH, WIDE, Printed, fills_column, is_justified, seam_of
from ingest.readers.rows import OVERLAPPING, TIGHT, cells_of, rows_of

_ALIGNED = 1.6
_APART = 4.5
_LARGER = 1.08
"""How many times as large as those of a table the letters of a heading are at least."""
_SEAM = 0.36
"""Letter sizes of white between a name and its value that is more than a blank, if only a little."""
_HEADER_LINES = 3
_LEAST_NEWSPAPER = 12
_CREDIBLE = 0.6


@dataclass(frozen=True)
class Laid:
    """A line and where on the sheet it begins."""

    top: float
    line: Line


@dataclass
class _Block:
    """Neighbouring lines that share rivers."""

    lines: list[Printed]
    rivers: list[tuple[float, float]]
    seams: tuple[float, ...] = ()
    """Where words begin after a blank that is at one place in many lines."""

    def takes(self, line: Printed, after: Sequence[Printed]) -> bool:
        """Adds the line when none of the rivers ends in it, and rivers of its own go up through the lines before.

        `after` are the next lines: white that only sets a line of one column to its full width is no river.
        """
        pitch = line.base - self.lines[-1].last
        if pitch > _APART * max(line.size, self.lines[-1].size) or self._is_headed_by(line):
            return False
        kept: list[tuple[float, float]] = []
        for left, right in self.rivers:
            white = line.white_at(left, right, self._starts((left, right)))
            if white is None or white[1] - white[0] < NARROWEST or not self._fits(line, white, pitch):
                return False
            kept.append(white)
        for left, right in line.wide_gaps():
            if any(one < right and left < two for one, two in kept):
                continue
            if is_justified(line, (left, right), kept, self.lines, after):
                continue
            up = self._upwards(left, right)
            if up is not None:
                kept.append(up)
            elif not fills_column(line, (left, right), kept, after):
                return False
        self.rivers = sorted(kept)
        self.lines.append(line)
        return True

    def _is_headed_by(self, line: Printed) -> bool:
        """Whether the line is the heading of what follows: it has letters larger than all before it, and no columns."""
        return line.size >= _LARGER * max(before.size for before in self.lines) and not line.wide_gaps()

    def begins_above(self, lines: Sequence[Printed]) -> int:
        """How many of the lines just above belong to the block too, though their names end only a blank before their values begin."""
        found, below = 0, self.lines[0]
        for count, line in enumerate(reversed(lines), start=1):
            if below.base - line.last > 2.4 * line.size or abs(line.x0 - below.x0) > EXACTLY or abs(line.size - below.size) > 0.1:
                break
            whites = [line.white_at(left, right, [right]) for left, right in self.rivers]
            if any(white is None or white[1] - white[0] < _SEAM * line.size for white in whites):
                break
            begun = any(abs(ink.x0 - right) <= EXACTLY for _, right in self.rivers for ink in line.inks)
            if not begun and line.x1 > self.rivers[0][1]:
                break
            found = count if begun else found
            below = line
        return found

    def _upwards(self, left: float, right: float) -> tuple[float, float] | None:
        """The river that a new white makes with the lines before; None when one of them runs over it."""
        white: tuple[float, float] | None = (left, right)
        for line in self.lines:
            white = line.white_at(*white) if white else None
            if white is None or white[1] - white[0] < NARROWEST:
                return None
            before, after = line.sides((white[0] + white[1]) / 2)
            tight = before is not None and after is not None and after - before < WIDE * line.size
            if tight and after is not None and abs(after - right) > _ALIGNED:
                return None
        return white

    def _fits(self, line: Printed, white: tuple[float, float], pitch: float) -> bool:
        """Whether the line leaves that white as a border of columns: it is wide, or the words after it begin where the column does."""
        before, after = line.sides((white[0] + white[1]) / 2)
        if before is None or after is None or after - before >= WIDE * line.size:
            return True
        return pitch <= 2.4 * line.size and any(abs(after - start) <= _ALIGNED for start in self._starts(white))

    def _starts(self, white: tuple[float, float]) -> list[float]:
        """Where words begin after the white, on lines that show it to part columns."""
        wide = [start for earlier in self.lines for start in [self._start(earlier, white)] if start is not None]
        return [*wide, *(seam for seam in self.seams if white[0] <= seam <= white[1] + EXACTLY)]

    @staticmethod
    def _start(line: Printed, white: tuple[float, float]) -> float | None:
        before, after = line.sides((white[0] + white[1]) / 2)
        return after if after is not None and (before is None or after - before >= WIDE * line.size) else None

    def borders(self) -> list[float]:
        """Where the columns end: rivers that are wide on at least as many lines as they are narrow on."""
        found = []
        for left, right in self.rivers:
            middle = (left + right) / 2
            sides = [(line, *line.sides(middle)) for line in self.lines]
            starts = self._starts((left, right))
            gaps = [
                (after - before) >= WIDE * line.size or any(abs(after - start) <= EXACTLY for start in starts)
                for line, before, after in sides
                if before is not None and after is not None
            ]
            if gaps and 2 * sum(gaps) >= len(gaps):
                found.append(middle)
        return found


def lay_out(inks: Sequence[Ink], across: Sequence[Stroke], width: float) -> list[Laid]:
    """The lines of the words that stand in no drawn cell, from top to bottom. `width` is that of the sheet or column they stand in."""
    lines = [Printed(line) for line in _level(printed_lines(inks))]
    found: list[Laid] = []
    single: list[Printed] = []
    at = 0
    while at < len(lines):
        strips = lists_abreast(lines, at)
        if strips is not None:
            end, edges = strips
            found.extend(_paragraphs(single, width))
            single = []
            inks = [ink for line in lines[at:end] for ink in line.inks]
            parts = [[ink for ink in inks if left <= ink.x0 < right] for left, right in pairwise(edges)]
            top = lines[at].base - lines[at].size
            found.extend(Laid(top, laid.line) for part in parts for laid in lay_out(part, across, width / len(parts)))
            at = end
            continue
        gaps = _parting(lines, at)
        seam = None if gaps else seam_of(lines, at)
        if not gaps and seam is None:
            single.append(lines[at])
            at += 1
            continue
        block = _Block([lines[at]], [seam] if seam else gaps, (seam[1],) if seam else ())
        at += 1
        while at < len(lines) and block.takes(lines[at], lines[at + 1 : at + 1 + PARAGRAPH]):
            at += 1
        above = block.begins_above(single)
        if above:
            whole = _Block([single[len(single) - above]], block.rivers, tuple(right for _, right in block.rivers))
            rest = [*single[len(single) - above + 1 :], *block.lines]
            if all(whole.takes(line, rest[place + 1 : place + 1 + PARAGRAPH]) for place, line in enumerate(rest)):
                single, block = single[: len(single) - above], whole
        found.extend(_paragraphs(single, width))
        single = []
        found.extend(_block(block, across, width, max(line.x1 for line in lines)))
    found.extend(_paragraphs(single, width))
    return found


def _parting(lines: Sequence[Printed], at: int) -> list[tuple[float, float]]:
    """The wide white of the line, unless it only sets a line of running text to its full width."""
    return [
        gap
        for gap in lines[at].wide_gaps()
        if not is_justified(lines[at], gap, (), lines[max(at - PARAGRAPH, 0) : at], lines[at + 1 : at + 1 + PARAGRAPH])
    ]


def _level(lines: Sequence[list[Ink]]) -> list[list[Ink]]:
    """The printed lines with those put together that overlap in height."""
    found: list[list[Ink]] = []
    last = 0.0
    for line in lines:
        if found and line[0].base - last < OVERLAPPING * min(line[0].size, found[-1][0].size):
            found[-1] = sorted([*found[-1], *line], key=lambda ink: ink.x0)
        else:
            found.append(line)
        last = line[0].base
    return found


def _block(block: _Block, across: Sequence[Stroke], width: float, edge: float) -> list[Laid]:
    """The rows of the block. `edge` is where the longest of the lines around it ends."""
    borders = block.borders()
    middle = _newspaper(block, borders)
    if middle is not None:
        everything = [ink for line in block.lines for ink in line.inks]
        left = [ink for ink in everything if (ink.x0 + ink.x1) / 2 < middle]
        right = [ink for ink in everything if (ink.x0 + ink.x1) / 2 >= middle]
        top = block.lines[0].base - block.lines[0].size
        return [Laid(top, laid.line) for part in (left, right) for laid in lay_out(part, across, width / 2)]
    if not borders:
        return _paragraphs(block.lines, width)
    abreast = _tables_abreast(block, borders)
    if abreast is not None:
        return _one_by_one(block, borders, *abreast, across, width)
    rows = rows_of([line.inks for line in block.lines], borders, across)
    rooms = [max((widest(row[index]) for row in rows), default=0.0) for index in range(len(borders) + 1)]
    near = [stroke for stroke in across if block.lines[0].base - 40 < stroke.at < block.lines[-1].last + 40]
    if near:
        # The strokes end where the cells do; the padding on their right is that on their left.
        start, end = min(stroke.start for stroke in near), max(stroke.end for stroke in near)
        padding = max(min(line.x0 for line in block.lines) - start, 0.0)
        drawn = end - padding - min((ink.x0 for row in rows for ink in row[-1]), default=end)
        if rooms[-1] >= _CREDIBLE * drawn:
            # Lines that are broken far before the strokes end were broken for want of another room than that.
            rooms[-1] = max(rooms[-1], drawn)
    reach = edge - min((ink.x0 for row in rows for ink in row[-1]), default=edge)
    return [Laid(_top(row), Line(row_cells(row, rooms, reach))) for row in rows]


def _tables_abreast(block: _Block, borders: Sequence[float]) -> tuple[int, int] | None:
    """The line of the headers of tables beside each other, which say the same one after the other, and how many columns each has."""
    for number, line in enumerate(block.lines[:_HEADER_LINES]):
        texts = [" ".join(ink.text for ink in cell) for cell in cells_of(line.inks, borders)]
        for count in range(len(texts) // 2, 1, -1):
            period = len(texts) // count
            if period * count == len(texts) and all(texts) and texts[:period] * count == texts:
                return number, period
    return None


def _one_by_one(block: _Block, borders: Sequence[float], header: int, period: int, across: Sequence[Stroke], width: float) -> list[Laid]:
    """Tables beside each other, the left one first, after what stands over them and before what stands alone under them."""
    end = len(block.lines)
    while end > header + 1 and not any(cells_of(block.lines[end - 1].inks, borders)[1:]):
        end -= 1
    edges = [float("-inf"), *borders[period - 1 :: period], float("inf")]
    inks = [ink for line in block.lines[header:end] for ink in line.inks]
    parts = [[ink for ink in inks if left <= (ink.x0 + ink.x1) / 2 < right] for left, right in pairwise(edges)]
    top = block.lines[header].base - block.lines[header].size
    found = lay_out([ink for line in block.lines[:header] for ink in line.inks], across, width)
    found += [Laid(top, laid.line) for part in parts for laid in lay_out(part, across, width / len(parts))]
    return found + lay_out([ink for line in block.lines[end:] for ink in line.inks], across, width)


def row_cells(row: Sequence[Sequence[Ink]], rooms: Sequence[float], reach: float = 0.0) -> tuple[Cell, ...]:
    """The row in the grammar's form. `rooms`: how wide a line may be in each column; `reach`: how wide it could be in the last."""
    widest_last = [0.0] * (len(rooms) - 1) + [reach]
    return tuple(cell_of(cell, room, more) for cell, room, more in zip(row, rooms, widest_last, strict=True))


def widest(inks: Sequence[Ink]) -> float:
    """How wide the widest of the printed lines is."""
    return max((line[-1].x1 - line[0].x0 for line in printed_lines(inks)), default=0.0)


def _top(row: Sequence[Sequence[Ink]]) -> float:
    return min(ink.top for cell in row for ink in cell)


def _newspaper(block: _Block, borders: Sequence[float]) -> float | None:
    """The river between two columns of a page whose lines have nothing to do with each other."""
    if len(block.lines) < _LEAST_NEWSPAPER:
        return None
    left, right = min(line.x0 for line in block.lines), max(line.x1 for line in block.lines)
    central = [border for border in borders if 0.35 <= (border - left) / max(right - left, 1.0) <= 0.65]
    for border in central:
        sides = [(line, *line.sides(border)) for line in block.lines]
        lone_left = sum(1 for _, before, after in sides if after is None)
        lone_right = sum(1 for _, before, after in sides if before is None)
        if min(lone_left, lone_right) >= 0.3 * len(sides):
            return border
        both = len(sides) - lone_left - lone_right
        full = [1 for line, before, after in sides if before is not None and after is not None and before - line.x0 > 0.8 * (border - left)]
        if len(borders) == 1 and both >= 0.8 * len(sides) and len(full) >= 0.7 * both:
            return border
    return None


def _paragraphs(lines: Sequence[Printed], width: float) -> list[Laid]:
    """Lines without columns; lines that were only broken at the margin are one again."""
    found: list[list[Printed]] = []
    for line in lines:
        if found and _same_paragraph(found[-1], line):
            found[-1].append(line)
        else:
            found.append([line])
    laid: list[Laid] = []
    for run in found:
        edge = max(line.x1 for line in run)
        wide = edge - run[0].x0 >= 0.55 * width
        current = [run[0]]
        for line in run[1:]:
            first = line.inks[0]
            if wide and current[-1].x1 + 0.3 * line.size + (first.x1 - first.x0) > edge:
                current.append(line)
            else:
                laid.append(_whole(current))
                current = [line]
        laid.append(_whole(current))
    return laid


def _same_paragraph(run: Sequence[Printed], line: Printed) -> bool:
    last = run[-1]
    size = min(last.size, line.size)
    alike = max(last.size, line.size) <= 1.15 * size and last.inks[-1].style == line.inks[0].style
    return line.base - last.last <= TIGHT * size and abs(line.x0 - run[0].x0) <= 2.0 and alike


def _whole(lines: Sequence[Printed]) -> Laid:
    return Laid(min(ink.top for ink in lines[0].inks), Line((cell_of(ink for line in lines for ink in line.inks),)))
