"""Certificates as laboratories set them: letterheads, boxed forms, tables beside each other, headers over headers, values before labels.

Printed by Chromium, like `tests.corpus.webs`; each function sets a form or a table of its own kind.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.corpus import chromium
from tests.corpus.chromium import page, plain
from tests.corpus.content import Block, Pairs, Table
from tests.corpus.look import Look
from tests.corpus.webs import Cell, Rows, joined

Form = Callable[[Rows, Cell], str]
Grid = Callable[[Table, Look], str]

LETTERHEAD = (
    '<div style="display:grid;grid-template-columns:1fr 1fr 1fr;font-size:70%;border-bottom:2px solid #333;margin-bottom:14px">'
    "<div><b>Springfield Proving Grounds</b><br>Conformance department<br>Hall 7, Dock Road 12</div>"
    "<div>Telephone: +00 555 0100<br>Telefax: +00 555 0101<br>Office hours: 9 to 5</div>"
    '<div style="text-align:right">Accreditation: SP-0815<br>Form: QF 7-2, issue 4<br>Printed on: 2031-01-02</div></div>'
)
"""Three columns of what is about the laboratory and nothing about the product."""


def _named(block: Table) -> str:
    return f"<p><b>{plain(block.title)}</b></p>" if block.title else ""


def _row(cells: tuple[str, ...], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{plain(cell)}</{tag}>" for cell in cells) + "</tr>"


def boxed_form(across: int) -> Form:
    """Boxes that touch, as on forms of authorities: a small label at the top of each, its value under it."""

    def form(rows: Rows, cell: Cell) -> str:
        boxes = "".join(
            '<div style="border:1px solid #222;margin:0 -1px -1px 0;padding:2px 4px 6px">'
            f'<div style="font-size:65%;font-variant:small-caps">{plain(label.rstrip(":"))}</div>{"<br>".join(map(cell, values))}</div>'
            for label, values in joined(rows)
        )
        return f'<div style="display:grid;grid-template-columns:repeat({across},1fr);overflow-wrap:anywhere">{boxes}</div>'

    return form


def values_first(rows: Rows, cell: Cell) -> str:
    """The value at the left, what it is at the right of it in small italics."""
    return "".join(
        '<div style="display:flex;margin:3px 0">'
        f'<div style="width:330px">{"<br>".join(map(cell, values))}</div><i style="font-size:85%">{plain(label.rstrip(":"))}</i></div>'
        for label, values in joined(rows)
    )


def narrow_labels(rows: Rows, cell: Cell) -> str:
    """Labels in so narrow a column that most have several lines."""
    return (
        "<table>"
        + "".join(
            f'<tr><td style="width:62px"><b>{plain(label)}</b></td><td>{"<br>".join(map(cell, values))}</td></tr>'
            for label, values in joined(rows)
        )
        + "</table>"
    )


def forms_abreast(rows: Rows, cell: Cell) -> str:
    """Two pairs of label and value on each line."""
    pairs = joined(rows)
    half = -(-len(pairs) // 2)
    lines = [(pairs[place], pairs[place + half] if place + half < len(pairs) else ("", [""])) for place in range(half)]
    return (
        "<table>"
        + "".join(
            "<tr>" + "".join(f"<td><b>{plain(label)}</b></td><td>{'<br>'.join(map(cell, values))}</td>" for label, values in line) + "</tr>"
            for line in lines
        )
        + "</table>"
    )


def turned_profiles(block: Table, look: Look) -> str:
    """The profiles in columns with their results under them; what was declared and what was measured in two tables beside each other."""
    if block.header[0] == "Functionalities":
        rows = [row for row in block.rows if row[1]]
        head = "".join(f"<th>{plain(row[0])}</th>" for row in rows)
        results = "".join(f"<td>{plain(row[1])}</td>" for row in rows)
        return f"<table><tr><th>Functionalities</th>{head}</tr><tr><th>{plain(block.header[1])}</th>{results}</tr></table>"
    if block.header[0] == "Name":
        sides = (
            "<table>"
            + _row((block.header[0], block.header[place]), "th")
            + "".join(_row((row[0], row[place])) for row in block.rows)
            + "</table>"
            for place in (1, 2)
        )
        return f'<div style="display:flex;gap:24px">{"".join(f"<div style=flex:1>{side}</div>" for side in sides)}</div>'
    return chromium.table(block, look)


def units_apart(block: Table, _: Look) -> str:
    """Numbers at the right of their columns and units in one of their own, a rule above and below the header and at the end."""
    style = '<table style="border-top:1.5px solid #000;border-bottom:1.5px solid #000">'
    if block.header[0] == "Name":
        head = "".join(
            f'<th style="border-bottom:1px solid #000">{plain(text)}</th>' for text in ("Name", "PICS value", "Unit", "Measured value")
        )
        rows = ""
        for name, pics, measured in (row[:3] for row in block.rows):
            figures = "".join(letter for letter in pics if letter.isdigit())
            unit = pics[len(figures) :].strip() or "s" if figures else ""
            number = f'<td style="text-align:right">{plain(figures or pics)}</td>'
            rows += f"<tr><td>{plain(name)}</td>{number}<td>{unit}</td><td>{measured}</td></tr>"
        return f"{style}<tr>{head}</tr>{rows}</table>"
    head = "".join(f'<th style="border-bottom:1px solid #000">{plain(text)}</th>' for text in block.header)
    return f"{_named(block)}{style}<tr>{head}</tr>{''.join(map(_row, block.rows))}</table>"


def grouped_headers(block: Table, look: Look) -> str:
    """A header over two headers, and the rows of each table in a group whose name stands once at their left, over all their height."""
    if block.header[0] == "Name":
        head = "<tr><th rowspan=2>Group</th><th rowspan=2>Name</th><th colspan=2>Response time</th><th rowspan=2>Description</th></tr>"
        head += "<tr><th>PICS value</th><th>Measured value</th></tr>"
        first, *others = block.rows
        rows = _row(first).replace("<tr>", f"<tr><td rowspan={len(block.rows)}>Times</td>")
        return f"<table border=1>{head}{rows}{''.join(map(_row, others))}</table>"
    return f"{_named(block)}{chromium.table(Table(block.rows, block.widths, block.header), look)}"


def leaders_in_columns(count: int) -> Grid:
    """Rows of two cells as lines with dots from the name to the value, set in columns as in a newspaper."""

    def grid(block: Table, look: Look) -> str:
        if len(block.header) != 2 or len(block.rows) < 4:
            return chromium.table(block, look)
        lines = "".join(
            '<div style="display:flex;break-inside:avoid"><span>'
            + plain(name)
            + '</span><span style="flex:1;min-width:12px;overflow:hidden;height:1.2em">'
            + "." * 160
            + f'</span><span style="max-width:60%;overflow-wrap:anywhere">{plain(value)}</span></div>'
            for name, value in block.rows
        )
        return f'{_named(block)}<div style="columns:{count};column-gap:26px;font-size:80%">{lines}</div>'

    return grid


class Laboratory:
    """How a laboratory sets a certificate: a letterhead, its forms and its tables; what is None is set as usual."""

    def __init__(self, form: Form | None = None, grid: Grid | None = None, head: str = "", foot: str = "") -> None:
        self.form, self.grid, self.head, self.foot = form, grid, head, foot

    def page(self, blocks: list[Block], look: Look) -> str:
        """The web page."""

        def pairs(block: Pairs, of: Look) -> str:
            return self.form(block.rows, plain) if self.form else chromium.pairs(block, of)

        def table(block: Table, of: Look) -> str:
            if len(block.widths) == 3 and not block.header:
                return chromium.table(block, of)
            if not block.header and len(block.widths) == 2 and self.form:
                return f"{_named(block)}{self.form(block.rows, plain)}"
            return self.grid(block, of) if self.grid and block.header else chromium.table(block, of)

        return page(blocks, look, pairs, table, self.foot).replace("<body>", f"<body>{self.head}", 1)
