"""Certificates as web designers set them: cards, labels under or over values, dots that lead to values, notes, tables in three columns.

Printed by Chromium, like `tests.corpus.chromium`; what differs is how labels and values are put together.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.corpus import chromium
from tests.corpus.chromium import page, plain
from tests.corpus.content import Block, Pairs, Table
from tests.corpus.look import Look

Cell = Callable[[str], str]
Rows = Sequence[tuple[str, ...]]


def joined(rows: Rows) -> list[tuple[str, list[str]]]:
    """Labels with their values; what has no label goes on with the value before it."""
    found: list[tuple[str, list[str]]] = []
    for label, value in ((row[0], row[1]) for row in rows):
        if label or not found:
            found.append((label, [value]))
        else:
            found[-1][1].append(value)
    return found


def cards(across: int, style: str = "border:1px solid #999") -> Callable[[Rows, Cell], str]:
    """A box for each label and its value, some beside each other."""

    def form(rows: Rows, cell: Cell) -> str:
        boxes = "".join(
            f'<div style="padding:5px;{style}"><div style="font-weight:bold;font-size:90%">{plain(label)}</div>'
            + "".join(f"<div>{cell(value)}</div>" for value in values)
            + "</div>"
            for label, values in joined(rows)
        )
        return f'<div style="display:grid;grid-template-columns:repeat({across},1fr);gap:8px;overflow-wrap:anywhere">{boxes}</div>'

    return form


def pills(rows: Rows, cell: Cell) -> str:
    """Round boxes, the value right after its label."""
    style = "border:1px solid #aaa;border-radius:6px;margin:4px 0;padding:4px;width:46%;display:inline-block;vertical-align:top"
    return "".join(
        f'<div style="{style}"><b>{plain(label)}</b> <span>{"<br>".join(map(cell, values))}</span></div>' for label, values in joined(rows)
    )


def leaders(rows: Rows, cell: Cell) -> str:
    """Dots from the label to the value."""
    return "".join(
        f'<div style="display:flex;width:450px;margin:3px 0"><span>{plain(label.rstrip(":"))}</span>'
        f'<span style="flex:1;overflow:hidden;white-space:nowrap">{"." * 200}</span><span>{cell(" ".join(values))}</span></div>'
        for label, values in joined(rows)
    )


def right_labels(rows: Rows, cell: Cell) -> str:
    """Labels that end where their values begin."""
    return "".join(
        '<div style="display:flex;margin:3px 0">'
        f'<div style="width:200px;text-align:right;padding-right:12px;font-weight:bold">{plain(label)}</div>'
        f'<div style="width:190px;overflow-wrap:anywhere">{"<br>".join(map(cell, values))}</div></div>'
        for label, values in joined(rows)
    )


def in_columns(count: int) -> Callable[[Table, Look], str]:
    """A long table of two columns as several tables side by side, each with its header."""

    def table(block: Table, look: Look) -> str:
        if len(block.header) != 2 or len(block.rows) < 3 * count:
            return chromium.table(block, look)
        length = -(-len(block.rows) // count)
        parts = [block.rows[start : start + length] for start in range(0, len(block.rows), length)]
        tables = (chromium.table(Table(part, (0.68, 0.32), block.header), look) for part in parts)
        inner = "".join(f'<div style="flex:1">{one}</div>' for one in tables)
        return f'<p><b>{plain(block.title)}</b></p><div style="display:flex;gap:14px;font-size:85%">{inner}</div>'

    return table


def row_cards(across: int) -> Callable[[Table, Look], str]:
    """A box for each row: its name, and each value after the header of its column."""

    def table(block: Table, look: Look) -> str:
        if not block.header:
            return chromium.table(block, look)
        boxes = []
        for row in block.rows:
            lines = [f"<div><span>{plain(head)}:</span> {plain(cell)}</div>" for head, cell in zip(block.header[1:], row[1:], strict=True)]
            boxes.append(f'<div style="border:1px solid #999;padding:5px"><b>{plain(row[0])}</b>{"".join(lines)}</div>')
        grid = f"display:grid;grid-template-columns:repeat({across},1fr);gap:8px;overflow-wrap:anywhere;margin:6px 0"
        return f'<p><b>{plain(block.title)}</b></p><div style="{grid}">{"".join(boxes)}</div>'

    return table


def noted(open_tag: str, sign: str = "1", every: int = 4) -> Cell:
    """Every few values with the sign of a footnote right after it, in the given manner."""
    count = 0

    def cell(text: str) -> str:
        nonlocal count
        count += 1
        return f"{plain(text)}<{open_tag}>{sign}</{open_tag.split()[0]}>" if text.strip() and count % every == 0 else plain(text)

    return cell


def _other(text: str) -> str:
    return re.sub(r"\d", lambda figure: str((int(figure[0]) + 3) % 10), text)


def hidden_after(style: str) -> Cell:
    """A figure after every value that nobody can see."""
    return lambda text: f'{plain(text)}<span style="{style}">7</span>' if text.strip() else ""


def struck(text: str) -> str:
    """Values with figures after others that are struck out."""
    return f"<del>{plain(_other(text))}</del> {plain(text)}" if re.search(r"\d", text) and not text.startswith("OCA.") else plain(text)


def breakable(text: str) -> str:
    """Words with places where they might be broken."""
    parts = (
        "&shy;".join(html.escape(word[at : at + 3]) for at in range(0, len(word), 3)) if word.isalpha() else html.escape(word)
        for word in text.split(" ")
    )
    return " ".join(parts)


@dataclass(frozen=True)
class Web:
    """How a web designer sets a certificate: its forms, its tables, and each value. `foot` stands at its end."""

    form: Callable[[Rows, Cell], str] | None = None
    table: Callable[[Table, Look], str] | None = None
    cell: Callable[[], Cell] = lambda: plain
    foot: str = ""

    def page(self, blocks: list[Block], look: Look) -> str:
        """The web page."""
        cell = self.cell()

        def pairs(block: Pairs, of: Look) -> str:
            return self.form(block.rows, cell) if self.form else chromium.pairs(block, of, cell)

        def table(block: Table, of: Look) -> str:
            if len(block.widths) == 3 and not block.header:
                return chromium.table(block, of)
            if not block.header and len(block.widths) == 2 and self.form:
                return f"<p><b>{plain(block.title)}</b></p>{self.form(block.rows, cell)}"
            return self.table(block, of) if self.table and block.header else chromium.table(block, of, cell)

        return page(blocks, look, pairs, table, self.foot)
