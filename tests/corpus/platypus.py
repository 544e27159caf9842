"""Certificates set by reportlab's own page layout."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, grey
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, PageBreak, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from tests.corpus.content import Block, Break, Heading, Pairs, Signature, Table, Text
from tests.corpus.look import VERA, VERA_BOLD, Look, side_by_side, signature

_BOLD = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold", "Vera": "VeraBd"}
_MARGIN = 54.0


def _style(look: Look, *, bold: bool = False, size: float = 0.0) -> ParagraphStyle:
    points = size or look.size
    return ParagraphStyle("s", fontName=_BOLD[look.font] if bold else look.font, fontSize=points, leading=points * 1.25)


def _rulings(look: Look, titled: bool, header: int) -> list[tuple[object, ...]]:
    commands: list[tuple[object, ...]] = [("VALIGN", (0, 0), (-1, -1), "TOP")]
    commands += [(f"{side}PADDING", (0, 0), (-1, -1), look.padding) for side in ("TOP", "BOTTOM")]
    commands += [(f"{side}PADDING", (0, 0), (-1, -1), look.padding + 1) for side in ("LEFT", "RIGHT")]
    if titled:
        commands.append(("SPAN", (0, 0), (-1, 0)))
    if look.rules == "full":
        commands.append(("GRID", (0, 0), (-1, -1), 0.5, grey))
    elif look.rules == "half":
        commands += [("LINEABOVE", (0, 0), (-1, 0), 0.8, grey), ("LINEBELOW", (0, 0), (-1, -1), 0.4, grey)]
    elif header:
        commands.append(("LINEBELOW", (0, header - 1), (-1, header - 1), 0.4, Color(1, 1, 1)))
    return commands


def _markup(cell: str) -> str:
    return escape(cell).replace("\n", "<br/>")


def _table(block: Table, look: Look, width: float) -> list[Flowable]:
    rows, header = side_by_side(block.rows, block.header, look.columns)
    widths = block.widths if len(rows[0]) == len(block.widths) else (1 / len(rows[0]),) * len(rows[0])
    titled = bool(block.title) and look.merged
    lead: list[list[Paragraph | str]] = []
    bold, plain = _style(look, bold=True), _style(look)
    if titled:
        lead.append([Paragraph(escape(block.title), bold), *[""] * (len(rows[0]) - 1)])
    if header:
        lead.append([Paragraph(_markup(cell), bold) for cell in header])
    body = [[Paragraph(_markup(cell), plain) for cell in row] for row in rows]
    inner = width * look.narrow
    grid = Grid(
        [*lead, *body],
        colWidths=[share * inner for share in widths],
        repeatRows=len(lead) if look.repeat else 0,
        style=_rulings(look, titled, len(lead)),
        hAlign="LEFT",
    )
    above = [Paragraph(escape(block.title), bold), Spacer(1, 3)] if block.title and not titled else []
    return [*above, grid, Spacer(1, 8)]


def _pairs(block: Pairs, look: Look, width: float) -> list[Flowable]:
    bold, plain = _style(look, bold=True, size=look.size + 1), _style(look, size=look.size + 1)
    if look.pairs == "below":
        found: list[Flowable] = []
        for label, value in block.rows:
            found += [Paragraph(escape(label), bold)] if label else []
            found += [Paragraph(escape(value), plain), Spacer(1, 4)]
        return found
    share = 0.62 if look.pairs == "far" else 0.32
    cells = [[Paragraph(escape(label), bold), Paragraph(escape(value), plain)] for label, value in block.rows]
    style = _rulings(look, titled=False, header=0) if look.pairs == "table" else [("VALIGN", (0, 0), (-1, -1), "TOP")]
    return [Grid(cells, colWidths=[width * share, width * (1 - share)], style=style, hAlign="LEFT"), Spacer(1, 10)]


def _flowables(blocks: list[Block], look: Look, width: float) -> list[Flowable]:
    story: list[Flowable] = []
    for block in blocks:
        if isinstance(block, Heading):
            size = look.size + (10, 5, 2.5, 1)[block.level]
            story += [Paragraph(escape(block.text), _style(look, bold=True, size=size)), Spacer(1, 14 if block.level == 0 else 5)]
        elif isinstance(block, Pairs):
            story += _pairs(block, look, width)
        elif isinstance(block, Text):
            story += [Paragraph(escape(block.text), _style(look)), Spacer(1, 6)]
        elif isinstance(block, Table):
            story += _table(block, look, width)
        elif isinstance(block, Break):
            story.append(PageBreak())
        elif isinstance(block, Signature):
            story += [Image(io.BytesIO(signature()), 110, 38, hAlign="LEFT")] if look.picture else [Spacer(1, 30)]
            story += [Paragraph(escape(block.name), _style(look, bold=True)), Paragraph("Chairman", _style(look))]
    return story


def render(blocks: list[Block], look: Look) -> bytes:
    """The PDF."""
    for name, path in (("Vera", VERA), ("VeraBd", VERA_BOLD)):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, path))
    size = landscape(A4) if look.landscape else A4
    pages = 0

    def decorate(canvas: Canvas, document: SimpleDocTemplate) -> None:
        nonlocal pages
        total, pages = pages, max(pages, document.page)
        canvas.saveState()
        if look.footer:
            canvas.setFont(look.font, 8)
            canvas.drawString(_MARGIN, 26, look.footer.format(page=document.page, pages=total or document.page))
        if look.stamp:
            canvas.setFillColor(Color(0.85, 0.2, 0.2, alpha=0.35))
            canvas.setFont("Helvetica-Bold", 54)
            canvas.translate(size[0] / 2, size[1] / 2)
            canvas.rotate(37)
            canvas.drawCentredString(0, 0, "REGISTERED COPY")
        canvas.restoreState()

    # Twice, so that the footer knows how many pages there are.
    stream = io.BytesIO()
    for _ in range(2 if "{pages}" in look.footer else 1):
        stream = io.BytesIO()
        document = SimpleDocTemplate(
            stream, pagesize=size, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=48, bottomMargin=48, invariant=1, title="Certificate"
        )
        document.build(_flowables(blocks, look, size[0] - 2 * _MARGIN - 12), onFirstPage=decorate, onLaterPages=decorate)
    return stream.getvalue()
