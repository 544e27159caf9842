"""Certificates as older programs print them: forms of boxes with small labels, tables of signs in typewriter letters, dotted lines in three
columns, values with raised signs of footnotes, rows that run over the page as running text.

Drawn by reportlab's canvas line by line; each layout says how it sets a form and a table.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tests.corpus.content import Block, Break, Heading, Pairs, Signature, Table, Text
from tests.corpus.look import Look
from tests.corpus.webs import Rows, joined

_LEFT, _TOP, _BOTTOM = 54.0, 54.0, 56.0


@dataclass
class Pen:
    """A pen on paper of the given size: it writes from the top down and takes a new sheet where the old one is full."""

    look: Look
    width: float
    height: float
    canvas: Canvas
    y: float = _TOP
    notes: list[str] = field(default_factory=list)

    @property
    def room(self) -> float:
        """The width between the margins."""
        return self.width - 2 * _LEFT

    def font(self, bold: bool = False) -> str:
        """The name of the letters."""
        return {"Times-Roman": "Times-Bold"}.get(self.look.font, f"{self.look.font}-Bold") if bold else self.look.font

    def need(self, height: float) -> None:
        """Take a new sheet unless there is room for that much."""
        if self.y + height > self.height - _BOTTOM:
            self.sheet()

    def sheet(self) -> None:
        """A new sheet."""
        for place, note in enumerate(self.notes):
            self.write(_LEFT, self.height - _BOTTOM + 14 + 9 * place, note, size=7)
        self.canvas.showPage()
        self.y = _TOP

    def write(self, x: float, base: float, text: str, *, size: float = 0.0, bold: bool = False) -> float:
        """Letters at a place; gives where they end."""
        size = size or self.look.size
        self.canvas.setFont(self.font(bold), size)
        self.canvas.drawString(x, self.height - base, text)
        return x + float(stringWidth(text, self.font(bold), size))

    def lines(self, text: str, width: float, *, size: float = 0.0, bold: bool = False) -> list[str]:
        """The lines of the text in that width; a longer word is broken."""
        size = size or self.look.size
        found = []
        for line in simpleSplit(text, self.font(bold), size, width) or [""]:
            while stringWidth(line, self.font(bold), size) > width:
                fit = max(end for end in range(1, len(line)) if stringWidth(line[:end], self.font(bold), size) <= width)
                found.append(line[:fit])
                line = line[fit:]
            found.append(line)
        return found

    def paragraph(self, text: str, *, size: float = 0.0, bold: bool = False, gap: float = 5.0) -> None:
        """Running text over the whole width."""
        size = size or self.look.size
        for line in self.lines(text, self.room, size=size, bold=bold):
            self.need(size * 1.3)
            self.write(_LEFT, self.y + size, line, size=size, bold=bold)
            self.y += size * 1.3
        self.y += gap

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A box by its upper left corner."""
        self.canvas.setLineWidth(0.6)
        self.canvas.rect(x, self.height - y - height, width, height)


def _fields(pen: Pen, rows: Rows, across: int) -> None:
    """Boxes that touch, each with its label small in the upper left corner."""
    pairs = joined(rows)
    width = pen.room / across
    for start in range(0, len(pairs), across):
        chosen = pairs[start : start + across]
        values = [[line for value in values for line in pen.lines(value, width - 8)] for _, values in chosen]
        height = 14 + pen.look.size * 1.3 * max(map(len, values))
        pen.need(height)
        for place, ((label, _), lines) in enumerate(zip(chosen, values, strict=True)):
            x = _LEFT + place * width
            pen.box(x, pen.y, width, height)
            pen.write(x + 3, pen.y + 7, label.rstrip(":"), size=5.5)
            for number, line in enumerate(lines):
                pen.write(x + 4, pen.y + 10 + pen.look.size * (1 + 1.3 * number), line)
        pen.y += height
    pen.y += 10


def _signs(pen: Pen, rows: Sequence[tuple[str, ...]], widths: Sequence[float], header: tuple[str, ...]) -> None:
    """A table of signs in letters that are all as wide as each other."""
    letter = stringWidth("x", pen.look.font, pen.look.size)
    count = int(pen.room / letter) - len(widths) - 1
    spaces = [max(int(share * count), 6) for share in widths]
    rule = "+" + "+".join("-" * space for space in spaces) + "+"

    def put(line: str) -> None:
        pen.need(pen.look.size * 1.15)
        pen.write(_LEFT, pen.y + pen.look.size, line)
        pen.y += pen.look.size * 1.15

    put(rule)
    for cells in ([header] if header else []) + list(rows):
        columns = [pen.lines(cell, (space - 2) * letter + 0.01) for cell, space in zip(cells, spaces, strict=True)]
        for number in range(max(map(len, columns))):
            texts = (column[number] if number < len(column) else "" for column in columns)
            put("|" + "|".join(f" {text}".ljust(space) for text, space in zip(texts, spaces, strict=True)) + "|")
        put(rule)
    pen.y += 10


def _dotted(pen: Pen, rows: Sequence[tuple[str, ...]], columns: int) -> None:
    """Lines with dots from the name to the value, which ends at the right edge of its column; a long value goes on below."""
    width = (pen.room - 18 * (columns - 1)) / columns
    size = pen.look.size if columns == 1 else 6.5
    length = -(-len(rows) // columns)
    pen.need(40)
    top, lowest = pen.y, pen.y
    for start in range(0, len(rows), length):
        x, pen.y = _LEFT + (start // length) * (width + 18), top
        for name, value in rows[start : start + length]:
            end = pen.write(x, pen.y + size, f"{name} ", size=size)
            parts = pen.lines(value, width - (end - x) - 12, size=size) if width - (end - x) > 60 else [value]
            first = x + width - stringWidth(parts[0], pen.font(), size)
            dots = int((first - end - 3) / stringWidth(".", pen.font(), size))
            pen.write(end, pen.y + size, "." * max(dots, 0), size=size)
            for part in parts:
                pen.write(x + width - stringWidth(part, pen.font(), size), pen.y + size, part, size=size)
                pen.y += size * 1.35
        lowest = max(lowest, pen.y)
    pen.y = lowest + 10


def _level(pen: Pen, rows: Sequence[tuple[str, ...]], widths: Sequence[float], header: tuple[str, ...], sign: str = "") -> None:
    """Rows between level lines; every fourth value with the sign of a footnote, small and raised, where one is given."""
    spaces = [share * pen.room for share in widths]
    for number, cells in enumerate(([header] if header else []) + list(rows)):
        bold = bool(header) and number == 0
        columns = [pen.lines(cell, space - 12, bold=bold) for cell, space in zip(cells, spaces, strict=True)]
        height = 5 + pen.look.size * 1.25 * max(map(len, columns))
        pen.need(height)
        x = _LEFT
        for place, (column, space) in enumerate(zip(columns, spaces, strict=True)):
            end = x
            for line, text in enumerate(column):
                end = pen.write(x, pen.y + pen.look.size * (1 + 1.25 * line), text, bold=bold)
            if sign and place == 1 and number % 4 == 3 and column[-1]:
                raised = pen.y + pen.look.size * (0.62 + 1.25 * (len(column) - 1))
                pen.write(end + 0.4, raised, sign, size=0.58 * pen.look.size)
            x += space
        pen.y += height
        pen.canvas.setLineWidth(0.4)
        pen.canvas.line(_LEFT, pen.height - pen.y + 2, _LEFT + sum(spaces), pen.height - pen.y + 2)
    pen.y += 10


def _plain_form(pen: Pen, rows: Rows) -> None:
    for label, values in joined(rows):
        pen.need(24)
        pen.write(_LEFT, pen.y + pen.look.size, label, bold=True)
        for value in values:
            for line in pen.lines(value, pen.room - 160):
                pen.write(_LEFT + 160, pen.y + pen.look.size, line)
                pen.y += pen.look.size * 1.3
        pen.y += 4
    pen.y += 8


@dataclass(frozen=True)
class Paper:
    """How a program prints a certificate: its forms, its tables, and what stands at the foot of each page."""

    form: Callable[[Pen, Rows], None] = _plain_form
    table: Callable[[Pen, Table], None] = lambda pen, block: _level(pen, block.rows, block.widths, block.header)
    notes: tuple[str, ...] = ()

    def render(self, blocks: list[Block], look: Look) -> bytes:
        """The PDF."""
        stream = io.BytesIO()
        width, height = (A4[1], A4[0]) if look.landscape else A4
        pen = Pen(look, width, height, Canvas(stream, pagesize=(width, height), invariant=1), notes=list(self.notes))
        for block in blocks:
            self._put(pen, block)
        pen.sheet()
        pen.canvas.save()
        return stream.getvalue()

    def _put(self, pen: Pen, block: Block) -> None:
        if isinstance(block, Heading):
            pen.need(60)
            pen.paragraph(block.text, size=pen.look.size + (9, 5, 2.5, 1)[block.level], bold=True)
        elif isinstance(block, Pairs):
            self.form(pen, block.rows)
        elif isinstance(block, Text):
            pen.paragraph(block.text)
        elif isinstance(block, Table):
            self._table(pen, block)
        elif isinstance(block, Break):
            pen.sheet()
        elif isinstance(block, Signature):
            pen.need(70)
            pen.y += 30
            pen.paragraph(block.name, bold=True, gap=0)
            pen.paragraph("Chairman")

    def _table(self, pen: Pen, block: Table) -> None:
        if block.title:
            pen.need(50)
            pen.paragraph(block.title, bold=True)
        if not block.header and len(block.widths) == 3:
            _level(pen, block.rows, block.widths, ())
        elif not block.header:
            self.form(pen, block.rows)
        else:
            self.table(pen, block)


def _dots(columns: int) -> Callable[[Pen, Table], None]:
    def table(pen: Pen, block: Table) -> None:
        if len(block.widths) == 2:
            _dotted(pen, block.rows, columns if len(block.rows) >= 4 * columns else 1)
        else:
            _level(pen, block.rows, block.widths, block.header)

    return table


def _typed_form(pen: Pen, rows: Rows) -> None:
    """Labels with blanks up to a colon that stands in one column."""
    letter = stringWidth("x", pen.look.font, pen.look.size)
    for label, values in joined(rows):
        pen.need(pen.look.size * 1.2)
        for place, value in enumerate(values):
            lead = f"{label.rstrip(':'):<26}: " if not place else " " * 28
            for number, line in enumerate(pen.lines(value, pen.room - 28 * letter)):
                pen.write(_LEFT, pen.y + pen.look.size, (lead if not number else " " * 28) + line)
                pen.y += pen.look.size * 1.2
    pen.y += 10


FIELDS = Paper(form=lambda pen, rows: _fields(pen, rows, 3))
"""Boxes with small labels."""
TYPED = Paper(form=_typed_form, table=lambda pen, block: _signs(pen, block.rows, block.widths, block.header))
"""Typewriter letters, tables of signs."""
DOTTED = Paper(table=_dots(3))
"""Dots from names to values, in three columns."""
NOTED = Paper(
    table=lambda pen, block: _level(pen, block.rows, block.widths, block.header, sign="1"),
    notes=("1) Measured at 25 degrees Celsius and 230 V.", "2) Values without a note were declared by the vendor."),
)
"""Signs of footnotes, small and raised, and what they say at the foot of each page."""
