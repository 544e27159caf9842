"""How our papers are set: fonts, styles, tables, and text in which no character is lost."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table, TableStyle

from registry import wording

TEXT, BOLD = "Vera", "VeraBd"
WIDTH = A4[0] - 36 * mm
_ASIAN = {"HANGUL": "HYSMyeongJo-Medium", "HIRAGANA": "HeiseiMin-W3", "KATAKANA": "HeiseiMin-W3", "CJK": "STSong-Light"}
_NONE = ""
TONES = {
    "good": colors.HexColor("#1b6e3c"),
    "bad": colors.HexColor("#a4161a"),
    "warn": colors.HexColor("#8a5a00"),
}
LINE, SHADE = colors.HexColor("#c9ccd1"), colors.HexColor("#f2f3f5")


def written(title: str, foot: str, story: Iterable[Flowable]) -> bytes:
    """The story as a PDF; `foot` stands at the bottom of each page."""
    fonts()
    out = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 18 * mm)
    document = BaseDocTemplate(out, pagesize=A4, title=title, author="OCPP Registry", **margins)
    frame = Frame(document.leftMargin, document.bottomMargin, document.width, document.height, id="body", leftPadding=0, rightPadding=0)
    document.addPageTemplates(PageTemplate(id="page", frames=[frame], onPage=lambda canvas, doc: _foot(canvas, doc, foot)))
    document.build(list(story))
    return out.getvalue()


@cache
def fonts() -> None:
    """Make the fonts known in which `text` sets; once in a process."""
    for name in (TEXT, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)
    for name in set(_ASIAN.values()):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def style(name: str, size: float = 8.5, **values: Any) -> ParagraphStyle:
    """A style of the body's font; `size` in points."""
    fonts()  # whatever is set in a style is measured at once
    return ParagraphStyle(name, fontName=values.pop("fontName", TEXT), fontSize=size, leading=size * 1.35, **values)


BODY = style("body")
SMALL = style("small", 7, textColor=colors.HexColor("#555a61"))
NUMBER = style("number", alignment=TA_RIGHT)
TITLE = style("title", 17, fontName=BOLD, spaceAfter=2)
HEAD = style("head", 11, fontName=BOLD, spaceBefore=10, spaceAfter=3)
CELL_HEAD = style("cellhead", 7.5, fontName=BOLD)
MONO = ParagraphStyle("mono", fontName="Courier", fontSize=6.6, leading=8)


def text(value: object) -> str:
    """Any text as markup that can be set: characters that no font here has are named by their code, never dropped or replaced."""
    return "".join(f'<font name="{font}">{escape(run)}</font>' if font else escape(run) for font, run in runs(named(str(value))))


def named(value: str) -> str:
    """The text with the characters that no font here has named by their code."""
    if _is_plain(value):
        return value
    return "".join(character if _font_of(character) is not _NONE else f"U+{ord(character):04X}" for character in value)


def runs(value: str) -> Iterable[tuple[str | None, str]]:
    """A `named` text cut where its font changes; None is the body's own font."""
    if _is_plain(value):
        return ((None, value),)
    return ((font, "".join(run)) for font, run in groupby(value, _font_of))


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable()


@lru_cache(maxsize=4_096)
def _font_of(character: str) -> str | None:
    """None for a character of the body's own font, `_NONE` for one that no font has."""
    fonts()
    if character.isspace() or ord(character) in pdfmetrics.getFont(TEXT).face.charToGlyph:
        return None
    return _ASIAN.get(unicodedata.name(character, "").partition(" ")[0], _NONE)


def _foot(canvas: Any, document: Any, line: str) -> None:
    canvas.saveState()
    canvas.setFont(TEXT, 6.5)
    canvas.setFillColor(colors.HexColor("#555a61"))
    canvas.drawString(
        document.leftMargin, 10 * mm, "".join(c if ord(c) in pdfmetrics.getFont(TEXT).face.charToGlyph else "?" for c in line)[:130]
    )
    canvas.drawRightString(A4[0] - document.rightMargin, 10 * mm, f"page {document.page}")
    canvas.restoreState()


def section(name: str, head: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> Iterable[Flowable]:
    """A heading and its table; `widths` in points. Without rows, it says that there are none."""
    yield Paragraph(text(name), HEAD)
    if rows:
        yield grid(head, rows, widths)
    else:
        yield Paragraph("None.", SMALL)


def grid(head: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> Table:
    """A table with lines between its rows; its head comes again on every page."""
    body = [*([[Paragraph(text(cell), CELL_HEAD) for cell in head]] if head else []), *map(list, rows)]
    table = Table(body, colWidths=list(widths), repeatRows=1 if head else 0)
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    table.setStyle(TableStyle([*style, *([("BACKGROUND", (0, 0), (-1, 0), SHADE)] if head else [])]))
    return table


def boxed(content: list[Flowable]) -> Table:
    """What is to be seen first, on a shade."""
    table = Table([[content]], colWidths=[WIDTH])
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), SHADE),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
            ]
        )
    )
    return table


def cell(value: object) -> Paragraph:
    """A value as a report shows it."""
    return Paragraph(text(wording.shown(value)), BODY)


def said(sentence: str, clause: str | None) -> Paragraph:
    """A sentence, and small behind it the clause that it goes by."""
    return Paragraph(text(sentence) + (f' <font size="7" color="#555a61">{text(clause)}</font>' if clause else ""), BODY)


def tag(word: object) -> Paragraph:
    """A verdict in its colour."""
    return _coloured(word, wording.tone(word))


def severity_tag(word: object) -> Paragraph:
    """How much a finding matters, in its colour."""
    return _coloured(word, wording.tone_of_severity(word))


def _coloured(word: object, tone: str) -> Paragraph:
    return Paragraph(text(word), style("tag", 8, fontName=BOLD, textColor=TONES.get(tone, colors.black)))
