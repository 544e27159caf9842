"""Certificates set by fpdf2's tables."""

from __future__ import annotations

import datetime
import io

from fpdf import FPDF
from fpdf.fonts import FontFace

from tests.corpus.content import Block, Break, Heading, Pairs, Signature, Table, Text
from tests.corpus.look import VERA, VERA_BOLD, Look, side_by_side, signature

_BORDERS = {"full": "ALL", "half": "HORIZONTAL_LINES", "none": "NONE"}


class _Paper(FPDF):
    """A document with a footer."""

    def __init__(self, look: Look) -> None:
        super().__init__(orientation="landscape" if look.landscape else "portrait", unit="pt", format="A4")
        self.look = look
        self.set_creation_date(datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))
        self.set_margins(50, 48, 50)
        self.set_auto_page_break(auto=True, margin=50)
        self.add_font("Vera", "", VERA)
        self.add_font("Vera", "B", VERA_BOLD)

    def footer(self) -> None:
        """Print the footer of the look at the foot of each page."""
        if self.look.footer:
            self.set_y(-32)
            self.set_font("Vera", "", 7)
            self.cell(0, 10, self.look.footer.format(page=self.page_no(), pages="{nb}"), align="R")

    def letters(self, *, bold: bool = False, size: float = 0.0) -> None:
        """Choose the letters of what comes next."""
        self.set_font("Vera", "B" if bold else "", size or self.look.size)

    def line_of(self, text: str, *, bold: bool = False, size: float = 0.0, gap: float = 4.0) -> None:
        """A paragraph."""
        self.letters(bold=bold, size=size)
        self.multi_cell(0, (size or self.look.size) * 1.3, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(gap)


def _table(paper: _Paper, block: Table) -> None:
    look = paper.look
    rows, header = side_by_side(block.rows, block.header, look.columns)
    widths = block.widths if len(rows[0]) == len(block.widths) else (1.0,) * len(rows[0])
    if block.title and not look.merged:
        paper.line_of(block.title, bold=True)
    paper.letters()
    titled = bool(block.title) and look.merged
    with paper.table(
        borders_layout=_BORDERS[look.rules],
        col_widths=tuple(int(100 * share) for share in widths),
        width=paper.epw * look.narrow,
        align="L",
        text_align="L",
        padding=look.padding,
        line_height=look.size * 1.25,
        num_heading_rows=int(titled) + int(bool(header)),
        first_row_as_headings=titled or bool(header),
        repeat_headings=1 if look.repeat else 0,
        headings_style=FontFace(emphasis="BOLD"),
    ) as grid:
        if titled:
            grid.row().cell(block.title, colspan=len(rows[0]))
        for cells in ([header] if header else []) + list(rows):
            grid.row(cells)
    paper.ln(8)


def _pairs(paper: _Paper, block: Pairs) -> None:
    look = paper.look
    if look.pairs == "table":
        _table(paper, Table(block.rows, (0.32, 0.68)))
        return
    start = {"far": 300.0, "below": 0.0, "beside": 150.0}[look.pairs]
    for label, value in block.rows:
        paper.letters(bold=True, size=look.size + 1)
        if look.pairs == "below":
            if label:
                paper.line_of(label, bold=True, gap=0)
            paper.line_of(value)
            continue
        paper.cell(start, 16, label)
        paper.letters(size=look.size + 1)
        paper.multi_cell(0, 16, value, align="L", new_x="LMARGIN", new_y="NEXT")
    paper.ln(10)


def render(blocks: list[Block], look: Look) -> bytes:
    """The PDF."""
    paper = _Paper(look)
    paper.add_page()
    for block in blocks:
        if isinstance(block, Heading):
            paper.line_of(block.text, bold=True, size=look.size + (10, 5, 2.5, 1)[block.level], gap=12 if block.level == 0 else 3)
        elif isinstance(block, Pairs):
            _pairs(paper, block)
        elif isinstance(block, Text):
            paper.line_of(block.text)
        elif isinstance(block, Table):
            _table(paper, block)
        elif isinstance(block, Break):
            paper.add_page()
        elif isinstance(block, Signature):
            if look.picture:
                # Over the name, as pens do.
                paper.image(io.BytesIO(signature()), x=60, y=paper.get_y() + 6, w=110)
            paper.ln(24)
            paper.line_of(block.name, bold=True, gap=0)
            paper.line_of("Chairman")
    return bytes(paper.output())
