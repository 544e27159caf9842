"""Certificates drawn piece by piece, in the orders in which office programs and converters leave them.

The page looks like any other; what differs is what a PDF reader finds: letters one by one, pieces out of order, the whole column
of labels before the column of values.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from typing import Literal

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tests.corpus.content import Block, Break, Heading, Pairs, Signature, Table, Text
from tests.corpus.look import Look, side_by_side, signature

Order = Literal["lines", "letters", "shuffled", "columns", "words"]
_LEFT, _TOP, _BOTTOM = 52.0, 52.0, 60.0
_WIDTH = A4[0] - 2 * _LEFT


@dataclass(frozen=True)
class _Piece:
    """One line of one cell."""

    x: float
    y: float
    text: str
    bold: bool
    size: float


class _Sheet:
    """Pages of pieces and rulings, from the top down."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.pages: list[list[_Piece]] = [[]]
        self.rulings: list[list[tuple[float, float, float, float]]] = [[]]
        self.pictures: dict[int, float] = {}
        self.y = _TOP

    def new_page(self) -> None:
        self.pages.append([])
        self.rulings.append([])
        self.y = _TOP

    def room(self, height: float) -> bool:
        """Whether the height was left on the page; else a new one begins."""
        if self.y + height <= A4[1] - _BOTTOM:
            return True
        self.new_page()
        return False

    def font(self, bold: bool) -> str:
        base = self.look.font
        return {"Times-Roman": "Times-Bold"}.get(base, f"{base}-Bold") if bold else base

    def split(self, text: str, width: float, size: float, bold: bool) -> list[str]:
        """The lines of the text in the width; a word that is wider than the width is broken."""
        font = self.font(bold)
        lines = []
        for line in simpleSplit(text, font, size, width):
            while stringWidth(line, font, size) > width:
                fit = max((end for end in range(1, len(line)) if stringWidth(line[:end], font, size) <= width), default=1)
                lines.append(line[:fit])
                line = line[fit:]
            lines.append(line)
        return lines or [""]

    def paragraph(self, text: str, size: float, gap: float, *, bold: bool = False) -> None:
        lines = self.split(text, _WIDTH, size, bold)
        for line in lines:
            self.room(size * 1.3)
            self.pages[-1].append(_Piece(_LEFT, self.y + size, line, bold, size))
            self.y += size * 1.3
        self.y += gap

    def row(self, cells: tuple[str, ...], widths: list[float], *, bold: bool, rules: str, first_bold: bool = False) -> None:
        """One row; the caller has made room."""
        size, pad = self.look.size, self.look.padding
        x = _LEFT
        height = self.height(cells, widths)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            heavy = bold or (first_bold and place == 0)
            for number, line in enumerate(self.split(cell, width - 2 * pad, size, heavy)):
                if line:
                    self.pages[-1].append(_Piece(x + pad, self.y + pad + size + number * size * 1.25, line, heavy, size))
            if rules == "full":
                self.rulings[-1].append((x, self.y, x, self.y + height))
            x += width
        if rules != "none":
            self.rulings[-1] += [(_LEFT, self.y, x, self.y), (_LEFT, self.y + height, x, self.y + height)]
        if rules == "full":
            self.rulings[-1].append((x, self.y, x, self.y + height))
        self.y += height

    def height(self, cells: tuple[str, ...], widths: list[float]) -> float:
        size, pad = self.look.size, self.look.padding
        lines = max(len(self.split(cell, width - 2 * pad, size, True)) for cell, width in zip(cells, widths, strict=True))
        return lines * size * 1.25 + 2 * pad

    def table(self, block: Table) -> None:
        rows, header = side_by_side(block.rows, block.header, self.look.columns)
        total = _WIDTH * self.look.narrow
        shares = block.widths if len(rows[0]) == len(block.widths) else (1 / len(rows[0]),) * len(rows[0])
        widths = [share * total for share in shares]
        if block.title and not self.look.merged:
            self.paragraph(block.title, self.look.size, 2, bold=True)
        lead: list[tuple[tuple[str, ...], list[float]]] = [((block.title,), [total])] if block.title and self.look.merged else []
        lead += [(header, widths)] if header else []
        self.room(sum(self.height(*one) for one in lead) + self.height(rows[0], widths))
        for cells, shares_of in lead:
            self.row(cells, shares_of, bold=True, rules=self.look.rules)
        for cells in rows:
            if not self.room(self.height(cells, widths)) and self.look.repeat:
                for lead_cells, shares_of in lead:
                    self.row(lead_cells, shares_of, bold=True, rules=self.look.rules)
            self.row(cells, widths, bold=False, rules=self.look.rules)
        self.y += 10

    def pairs(self, block: Pairs) -> None:
        start = {"far": 320.0, "below": 0.0}.get(self.look.pairs, 150.0)
        size = self.look.size + 1
        for label, value in block.rows:
            if label:
                self.pages[-1].append(_Piece(_LEFT, self.y + size, label, True, size))
                self.y += size * 1.3 if self.look.pairs == "below" else 0.0
            for line in self.split(value, _WIDTH - start, size, False):
                self.pages[-1].append(_Piece(_LEFT + start, self.y + size, line, False, size))
                self.y += size * 1.3
            self.y += 5
        self.y += 8


def _lay_out(blocks: list[Block], look: Look) -> _Sheet:
    sheet = _Sheet(look)
    for block in blocks:
        if isinstance(block, Heading):
            sheet.paragraph(block.text, look.size + (10, 5, 2.5, 1)[block.level], 12 if block.level == 0 else 4, bold=True)
        elif isinstance(block, Pairs):
            sheet.pairs(block)
        elif isinstance(block, Text):
            sheet.paragraph(block.text, look.size, 5)
        elif isinstance(block, Table):
            sheet.table(block)
        elif isinstance(block, Break):
            sheet.new_page()
        elif isinstance(block, Signature):
            sheet.room(80)
            sheet.pictures[len(sheet.pages) - 1] = sheet.y
            sheet.y += 36
            sheet.paragraph(block.name, look.size, 0, bold=True)
            sheet.paragraph("Chairman", look.size, 0)
    return sheet


def _ordered(pieces: list[_Piece], order: Order, dice: random.Random) -> list[_Piece]:
    if order == "shuffled":
        return dice.sample(pieces, len(pieces))
    if order == "columns":
        return sorted(pieces, key=lambda piece: (round(piece.x / 40), piece.y))
    return pieces


def _draw(canvas: Canvas, sheet: _Sheet, piece: _Piece, order: Order) -> None:
    font, x, y = sheet.font(piece.bold), piece.x, A4[1] - piece.y
    canvas.setFont(font, piece.size)
    if order not in ("letters", "words"):
        canvas.drawString(x, y, piece.text)
        return
    units = list(piece.text) if order == "letters" else piece.text.split(" ")
    blank = 0.0 if order == "letters" else stringWidth(" ", font, piece.size)
    for unit in units:
        # A blank drawn by itself would tell where words end; placed letters have no such help.
        if unit != " ":
            canvas.drawString(x, y, unit)
        x += stringWidth(unit, font, piece.size) + blank


def render(blocks: list[Block], look: Look, order: Order) -> bytes:
    """The PDF, its pieces drawn in the order."""
    sheet = _lay_out(blocks, look)
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    dice = random.Random(look.family)
    for number, (pieces, rulings) in enumerate(zip(sheet.pages, sheet.rulings, strict=True)):
        canvas.setLineWidth(0.5)
        for x0, y0, x1, y1 in rulings:
            canvas.line(x0, A4[1] - y0, x1, A4[1] - y1)
        for piece in _ordered(pieces, order, dice):
            _draw(canvas, sheet, piece, order)
        if look.picture and number in sheet.pictures:
            place = A4[1] - sheet.pictures[number] - 44
            canvas.drawImage(ImageReader(io.BytesIO(signature())), _LEFT, place, 120, 42, mask="auto")
        if look.footer:
            canvas.setFont(look.font, 8)
            canvas.drawCentredString(A4[0] / 2, 30, look.footer.format(page=number + 1, pages=len(sheet.pages)))
        canvas.showPage()
    canvas.save()
    return stream.getvalue()
