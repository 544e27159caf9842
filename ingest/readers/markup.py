"""Frees a text rendering of its markup (Markdown, HTML) and gives its lines of cells.

Renderings come from converters that disagree: tabs, two or more blanks, `| a | b |` or `<td>` between cells; `**bold**` or
`<b>` around words. What certificates themselves print in angle brackets ("<Yes>", "<>") is text: only tags that HTML has
are markup.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from ingest.page import Cell, Line

_BREAKING = frozenset(
    re.findall(
        r"\w+",
        "article blockquote body br caption dd div dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main ol p pre section ul",
    )
)
"""Tags that end a printed line."""
_TABLE = ("table", "thead", "tbody", "tfoot", "tr")
_CELL = ("td", "th")
_INLINE = re.findall(
    r"\w+", "a abbr b big center code col colgroup del em font head html i img title ins mark s small span strong style sub sup u"
)
_NAMES = "|".join(sorted({*_BREAKING, *_TABLE, *_CELL, *_INLINE}, key=len, reverse=True))
_TAG = re.compile(rf"<!--[^\n]{{0,2000}}?-->|<(?P<close>/?)(?P<name>{_NAMES})(?:\s[^<>\n]{{0,500}})?/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
_SIGNS = re.compile(
    r"<(?P<tag>del|s|strike|sup|sub)(?:\s[^<>\n]{0,200})?>[^\n]{0,300}?</(?P=tag)>|~~[^~\n]{1,300}~~|\[\^[^\]\s]{1,20}\]"
    r"|<a\s[^<>\n]{0,200}href=[\"']?\#[^<>\n]{0,200}>[^<>\n]{1,3}</a>",
    re.IGNORECASE,
)
"""What is struck out, stands high or low, or leads to a footnote: it is no part of the value beside it, and that may be part of it."""
_HIDDEN = re.compile(
    r"<(?P<tag>span|div|p|i|b)\s[^<>\n]{0,200}(?:display:\s*none|visibility:\s*hidden)[^<>\n]{0,200}>[^<>\n]{0,300}</(?P=tag)>|</?wbr\s*/?>",
    re.IGNORECASE,
)
UNKNOWN = "\ufffd"
"""Stands where something is printed that is not read. A text that has it from the beginning is refused."""
_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}")
_PIPE_RULE = re.compile(r"[\s|:+-]*-{2,}[\s|:+=-]*")
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_BOLD = re.compile(r"(\*{1,3})(?=\S)([^*\n]+?)(?<=\S)\1")
_UNDERSCORED = re.compile(r"(?<![\w])(_{1,3})(?=\S)([^\n]+?)(?<=\S)\1(?![\w])")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~&$])")
_LEAD = re.compile(r"^\s*(?:>\s+)*(?:#{1,6}(?:\s+|$)|[•●▪◦‣∙]\s*|[*+-]\s+(?=\S))?")
_INVISIBLE = re.compile("[\u200b-\u200f\u2028\u2029\u2060\ufeff\u00ad]")
_LEADERS = re.compile(r"(?<=\S)\s*(?:\.{4,}|(?:\. ){4,}\.?|…{2,})\s*(?=\S)")
_COLUMNS = re.compile(r"\t|(?<=\S) {2,}(?=\S)|(?<=\S) {2,}(?=\t)")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass
class _Table:
    """What is open of an HTML table while its tags go by."""

    depth: int = 0
    row: list[tuple[str, int]] | None = None
    cell: list[str] | None = None
    cell_line: int = 0
    lines: list[Line] = field(default_factory=list)

    def end_cell(self) -> None:
        if self.cell is not None and self.row is not None:
            self.row.append((clean(" ".join(self.cell)), self.cell_line))
        self.cell = None

    def end_row(self) -> None:
        self.end_cell()
        if self.row:
            self.lines.append(Line(tuple(Cell.of(text, number) for text, number in self.row), table=True))
        self.row = None


def clean(text: str) -> str:
    """One cell's text without inline markup, entities and invisible characters."""
    text = _IMAGE.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    text = _BOLD.sub(r"\2", text)
    text = _BOLD.sub(r"\2", text)
    text = _UNDERSCORED.sub(r"\2", text)
    text = _ESCAPE.sub(r"\1", text)
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return _INVISIBLE.sub("", text).replace("\u00a0", " ").strip()


def read_lines(text: str) -> list[Line]:
    """Every line of the rendering that holds anything, as cells; the line numbers are those of the file."""
    table = _Table()
    printed = _SIGNS.sub(UNKNOWN, _HIDDEN.sub("", text)).split("\n")
    if _parted_by_semicolons(printed):
        printed = [line.replace(";", "\t") for line in printed]
    for number, raw in enumerate(printed, start=1):
        plain: list[str] = []
        at = 0
        for tag in _TAG.finditer(raw):
            _text(table, plain, raw[at : tag.start()])
            at = tag.end()
            if tag["name"] is not None:
                if tag["name"].casefold() in (*_TABLE, *_CELL) and table.cell is None:
                    # What stands before the row in the file stands over it.
                    _flush(table, plain, number)
                _tag(table, plain, tag["name"].casefold(), closing=bool(tag["close"]), number=number)
        _text(table, plain, raw[at:])
        _flush(table, plain, number)
    table.end_row()
    return table.lines


def _flush(table: _Table, plain: list[str], number: int) -> None:
    """The text outside tables so far, as lines."""
    for piece in "".join(plain).split("\n"):
        line = _line(piece, number)
        if line is not None:
            table.lines.append(line)
    plain.clear()


def _parted_by_semicolons(lines: list[str]) -> bool:
    """Whether the rendering puts semicolons between cells: then most of its short lines have one, and values hardly ever do."""
    short = [line for line in lines if line.strip() and len(line) < 160]
    parted = sum(1 for line in short if re.match(r"[^;\t|]{2,100};", line))
    return parted >= 10 and parted * 2 > len(short)


def _text(table: _Table, plain: list[str], text: str) -> None:
    if table.cell is not None:
        table.cell.append(text)
    else:
        plain.append(text)


def _tag(table: _Table, plain: list[str], name: str, *, closing: bool, number: int) -> None:
    if name in _CELL:
        table.end_cell()
        if not closing:
            table.row = [] if table.row is None else table.row
            table.cell, table.cell_line = [], number
    elif name in _TABLE:
        table.end_row()
        if table.cell is None:
            plain.append("\n")
    elif name in _BREAKING:
        _text(table, plain, " " if table.cell is not None else "\n")


def _line(raw: str, number: int) -> Line | None:
    """One line outside an HTML table; None when nothing is printed on it."""
    if not raw.strip() or _RULE.fullmatch(raw) or raw.strip().startswith("```"):
        return None
    stripped = raw.strip()
    if len(_PIPE.findall(stripped)) >= 2 or (stripped.startswith("|") and "|" in stripped[1:]):
        if _PIPE_RULE.fullmatch(stripped):
            return None
        texts = _PIPE.split(stripped.removeprefix("|"))
        if stripped.endswith("|") and not stripped.endswith("\\|"):
            texts.pop()
        cells = tuple(Cell.of(clean(text), number) for text in texts)
        return Line(cells, table=True) if any(cell.words for cell in cells) else None
    if stripped.startswith('"') and stripped.endswith('"') and '","' in stripped:
        cells = tuple(Cell.of(clean(text), number) for text in stripped[1:-1].split('","'))
        return Line(cells, table=True) if any(cell.words for cell in cells) else None
    body = raw.rstrip(" ")
    lead = _LEAD.match(body)
    if lead is not None and lead.end() and body[lead.end() :].strip():
        body = ("\t" if body.startswith("\t") else "") + body[lead.end() :]
    cells = tuple(Cell.of(clean(text), number) for text in _COLUMNS.split(_LEADERS.sub("\t", body)))
    return Line(cells, table="\t" in body) if any(cell.words for cell in cells) else None
