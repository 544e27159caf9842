"""Ways to set label-value pairs and tables as text, and the styles made of them.

Each is as some converter or clerk does it. Nothing here knows what a certificate says.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest

Pairs = list[tuple[str, str]]
Rows = list[list[str]]
Lines = list[str]


# Label-value pairs


def pairs_tabbed(pairs: Pairs) -> Lines:
    return [f"{label}:\t{value}\t" for label, value in pairs]


def pairs_same_line(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (f"{label}: {value}", "")]


def pairs_bold(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (f"**{label}:** {value}  ", "")]


def pairs_bold_values(pairs: Pairs) -> Lines:
    return [f"- <b>{label}</b>: **{value}**" for label, value in pairs]


def pairs_pipes(pairs: Pairs) -> Lines:
    return ["| | |", "|---|---|"] + [f"| {label}: | {value} |" for label, value in pairs]


def pairs_html(pairs: Pairs) -> Lines:
    return table_html([], [[f"{label}:", value] for label, value in pairs])


def pairs_columns(pairs: Pairs) -> Lines:
    return [f"{label + ':':<28}   {value}" for label, value in pairs]


def pairs_alternating(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (f"{label}:", "", value, "")]


def pairs_values_first(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (value, f"{label}:")]


def pairs_labels_then_values(pairs: Pairs) -> Lines:
    return [f"{label}:" for label, _ in pairs] + [""] + [value for _, value in pairs]


def pairs_labels_in_a_line(pairs: Pairs) -> Lines:
    values = [value for _, value in pairs]
    return [" ".join(f"{label}:" for label, _ in pairs), "", values[0], "", " ".join(values[1:])]


def pairs_no_colon(pairs: Pairs) -> Lines:
    return [f"{label} {value}" for label, value in pairs]


def pairs_leaders(pairs: Pairs) -> Lines:
    return [f"{label} {'.' * (30 - len(label))} {value}" for label, value in pairs]


def pairs_abreast(pairs: Pairs) -> Lines:
    """Two pairs a line, as a page with two columns reads."""
    set_pairs = [f"{label}: {value}" for label, value in pairs]
    return ["      ".join(set_pairs[place : place + 2]) for place in range(0, len(set_pairs), 2)]


# Tables


def table_tabs(header: list[str], rows: Rows) -> Lines:
    return ["\t".join(cells) for cells in ([header] if header else []) + rows]


def table_pipes(header: list[str], rows: Rows) -> Lines:
    width = len(header or rows[0])
    return ["| " + " | ".join(header or [""] * width) + " |", "|" + "---|" * width] + ["| " + " | ".join(cells) + " |" for cells in rows]


def table_html(header: list[str], rows: Rows) -> Lines:
    lines = ["<table>"] + (["<tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in header) + "</tr>"] if header else [])
    return lines + ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>" for cells in rows] + ["</table>"]


def table_html_tall(header: list[str], rows: Rows) -> Lines:
    lines = ["<table>", "<tbody>"]
    for cells in ([header] if header else []) + rows:
        lines += ["  <tr>"] + [f"    <td><i>{html.escape(cell)}</i></td>" for cell in cells] + ["  </tr>"]
    return [*lines, "</tbody>", "</table>"]


def table_columns(header: list[str], rows: Rows) -> Lines:
    everything = ([header] if header else []) + rows
    widths = [max(len(cells[place]) for cells in everything) for place in range(len(everything[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in everything]


def table_cell_a_line(header: list[str], rows: Rows) -> Lines:
    return [cell for cells in ([header] if header else []) + rows for cell in cells]


def table_cell_a_line_spaced(header: list[str], rows: Rows) -> Lines:
    return [line for cells in ([header] if header else []) + rows for cell in cells for line in (cell, "")]


def table_run_together(header: list[str], rows: Rows) -> Lines:
    return [" ".join(cell for cell in cells if cell) for cells in ([header] if header else []) + rows]


def table_loose_header(header: list[str], rows: Rows) -> Lines:
    return ([" ".join(header) + "\t\t"] if header else []) + ["\t".join(cells) + "\t\t" for cells in rows]


def table_duplicated(header: list[str], rows: Rows) -> Lines:
    """Every third row twice, first cut at a column boundary and then whole, as overlapping table guesses leave it."""
    lines = ["\t".join(header)] if header else []
    for place, cells in enumerate(rows):
        if place % 3 == 0 and len(cells[-1]) > 8:
            lines.append("\t".join([*cells[:-1], cells[-1][: len(cells[-1]) * 2 // 3]]))
        lines.append("\t".join(cells))
    return lines


def table_wrapped(header: list[str], rows: Rows) -> Lines:
    """Long cells go on in the next line, in their own column."""
    lines = ["\t".join(header)] if header else []
    for cells in rows:
        wrapped = [textwrap.wrap(cell, 32, break_long_words=False, break_on_hyphens=False) or [""] for cell in cells]
        lines += ["\t".join(parts) for parts in zip_longest(*wrapped, fillvalue="")]
    return lines


def table_grid(header: list[str], rows: Rows) -> Lines:
    """Columns between drawn rulings."""
    everything = ([header] if header else []) + rows
    widths = [max(len(cells[place]) for cells in everything) for place in range(len(everything[0]))]
    ruling = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    lines = [ruling]
    for cells in everything:
        lines += ["| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |", ruling]
    return lines


@dataclass(frozen=True)
class Style:
    """How the parts of a certificate are set."""

    name: str
    cover: Callable[[Pairs], Lines]
    annex: Callable[[Pairs], Lines]
    table: Callable[[list[str], Rows], Lines]
    heading: str = "{}"
    version_apart: bool = False
    """Whether the software version has its own line on the cover, rather than following the designation."""
    shuffled: bool = False
    """Whether the blocks of the annex come in another order."""
    annex_first: bool = False
    width: int = 0
    """Where running text is broken; 0 leaves a paragraph on one line."""


STYLES = (
    Style("tabs", pairs_tabbed, pairs_tabbed, table_tabs),
    Style("pipes", pairs_bold, pairs_pipes, table_pipes, heading="## {}", version_apart=True),
    Style("html", pairs_html, pairs_html, table_html, heading="<h2>{}</h2>"),
    Style("html-tall", pairs_bold_values, pairs_html, table_html_tall, heading="### **{}**", version_apart=True),
    Style("columns", pairs_columns, pairs_columns, table_columns, version_apart=True, width=80),
    Style("alternating", pairs_alternating, pairs_alternating, table_cell_a_line_spaced, heading="# {}"),
    Style("labels-then-values", pairs_labels_then_values, pairs_tabbed, table_loose_header),
    Style("labels-in-a-line", pairs_labels_in_a_line, pairs_columns, table_duplicated),
    Style("all-labels-first", pairs_labels_then_values, pairs_labels_then_values, table_cell_a_line),
    Style("values-first", pairs_values_first, pairs_values_first, table_tabs, version_apart=True),
    Style("run-together", pairs_same_line, pairs_no_colon, table_run_together),
    Style("wrapped", pairs_same_line, pairs_tabbed, table_wrapped, heading="**{}**", version_apart=True, width=60),
    Style("shuffled", pairs_tabbed, pairs_pipes, table_loose_header, shuffled=True),
    Style("annex-first", pairs_same_line, pairs_tabbed, table_columns, annex_first=True, shuffled=True, heading="## {}"),
    Style("grid", pairs_columns, pairs_leaders, table_grid, width=100),
    Style("leaders", pairs_leaders, pairs_bold_values, table_columns, heading="__{}__", version_apart=True),
    Style("abreast", pairs_abreast, pairs_abreast, table_tabs, version_apart=True),
)
