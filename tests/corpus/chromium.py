"""Certificates set as web pages and printed by Chromium."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from tests.chromium import CHROMIUM
from tests.corpus.content import Block, Break, Heading, Pairs, Signature, Table, Text
from tests.corpus.look import Look, side_by_side, signature

_BORDERS = {
    "full": "td,th{border:1px solid #777}",
    "half": "td,th{border-bottom:1px solid #999}",
    "none": "",
}


def plain(text: str) -> str:
    """Text as it is."""
    return html.escape(text).replace("\n", "<br>")


def _cells(cells: tuple[str, ...], tag: str, cell: Callable[[str], str] = plain) -> str:
    return "<tr>" + "".join(f"<{tag}>{(cell if place else plain)(text)}</{tag}>" for place, text in enumerate(cells)) + "</tr>"


def table(block: Table, look: Look, cell: Callable[[str], str] = plain) -> str:
    """A table; `cell` sets what stands in it but for the names of its rows."""
    rows, header = side_by_side(block.rows, block.header, look.columns)
    lead = f'<tr><th colspan="{len(rows[0])}">{html.escape(block.title)}</th></tr>' if block.title and look.merged else ""
    above = f"<p><b>{html.escape(block.title)}</b></p>" if block.title and not look.merged else ""
    lead += _cells(header, "th") if header else ""
    head = f"<thead>{lead}</thead>" if look.repeat else lead
    widths = block.widths if len(rows[0]) == len(block.widths) else (1 / len(rows[0]),) * len(rows[0])
    columns = "".join(f'<col style="width:{share:.0%}">' for share in widths)
    return f"{above}<table><colgroup>{columns}</colgroup>{head}<tbody>{''.join(_cells(row, 'td', cell) for row in rows)}</tbody></table>"


def pairs(block: Pairs, look: Look, cell: Callable[[str], str] = plain) -> str:
    """Labels and values of the cover."""
    if look.pairs == "below":
        return "".join(f"<dt>{html.escape(label)}</dt><dd>{cell(value)}</dd>" for label, value in block.rows)
    if look.pairs == "table":
        return table(Table(block.rows, (0.32, 0.68)), look, cell)
    space = "space-between" if look.pairs == "far" else "flex-start"
    return "".join(
        f'<div style="display:flex;justify-content:{space};margin:4px 0">'
        f'<b style="width:170px">{html.escape(label)}</b><span>{cell(value)}</span></div>'
        for label, value in block.rows
    )


def page(
    blocks: list[Block],
    look: Look,
    form: Callable[[Pairs, Look], str] = pairs,
    grid: Callable[[Table, Look], str] = table,
    foot: str = "",
) -> str:
    """The web page, its forms and tables set by whoever is given."""
    body: list[str] = []
    for block in blocks:
        if isinstance(block, Heading):
            body.append(f"<h{block.level + 1}>{html.escape(block.text)}</h{block.level + 1}>")
        elif isinstance(block, Pairs):
            body.append(form(block, look))
        elif isinstance(block, Text):
            body.append(f"<p>{html.escape(block.text)}</p>")
        elif isinstance(block, Table):
            body.append(grid(block, look))
        elif isinstance(block, Break):
            body.append('</main><main class="annex">')
        elif isinstance(block, Signature):
            picture = base64.b64encode(signature()).decode()
            body.append(f'<img width="140" src="data:image/png;base64,{picture}">' if look.picture else "<br><br>")
            body.append(f"<p><b>{html.escape(block.name)}</b><br>Chairman</p>")
    stamp = '<div class="stamp">REGISTERED COPY</div>' if look.stamp else ""
    style = (
        f"body{{font:{look.size}pt {look.font};margin:0}} table{{border-collapse:collapse;width:{look.narrow:.0%}}}"
        "table{table-layout:fixed;margin:6px 0 14px} td,th{overflow-wrap:anywhere}"
        f"td,th{{text-align:left;vertical-align:top;padding:{look.padding}px}} tr{{break-inside:avoid}} .annex{{break-before:page}}"
        ".stamp{position:fixed;top:45%;left:10%;font:bold 60px sans-serif;color:#d22;opacity:.35;transform:rotate(-35deg)}"
        f"{_BORDERS[look.rules]} {look.css}"
    )
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style><body><main>{"".join(body)}{foot}</main>{stamp}</body>'


@dataclass(frozen=True)
class Press:
    """A running Chromium."""

    browser: Browser

    def render(self, blocks: list[Block], look: Look, web: Callable[[list[Block], Look], str] = page) -> bytes:
        """The PDF of the page."""
        tab = self.browser.new_page()
        try:
            tab.set_content(web(blocks, look))
            footer = look.footer.format(page='<span class="pageNumber"></span>', pages='<span class="totalPages"></span>')
            return tab.pdf(
                format="A4",
                print_background=True,
                landscape=look.landscape,
                margin={"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"},
                display_header_footer=bool(footer),
                header_template="<span></span>",
                footer_template=f'<div style="font-size:8px;margin-left:18mm">{footer}</div>',
            )
        finally:
            tab.close()


@contextmanager
def press() -> Iterator[Press]:
    """Chromium for as many documents as are wanted."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield Press(browser)
        browser.close()
