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


def pairs_upper_case(pairs: Pairs) -> Lines:
    return [f"{label.upper()}: {value}" for label, value in pairs]


def pairs_loose_colon(pairs: Pairs) -> Lines:
    return [f"{label} : {value}" for label, value in pairs]


def pairs_dash(pairs: Pairs) -> Lines:
    return [f"{label} – {value}" for label, value in pairs]


def pairs_two_a_row(pairs: Pairs) -> Lines:
    """A table of four columns: label, value, label, value."""
    cells = [(f"{label}:", value) for label, value in pairs]
    return ["\t".join(cell for pair in cells[place : place + 2] for cell in pair) for place in range(0, len(cells), 2)]


def pairs_value_in_next_column(pairs: Pairs) -> Lines:
    return [line for label, value in pairs for line in (f"{label}:", f"\t{value}")]


def pairs_values_then_labels(pairs: Pairs) -> Lines:
    return [value for _, value in pairs] + [""] + [f"{label}:" for label, _ in pairs]


def pairs_one_line(pairs: Pairs) -> Lines:
    return [" ".join(f"{label}: {value}" for label, value in pairs)]


def pairs_as_header_and_row(pairs: Pairs) -> Lines:
    return ["\t".join(label for label, _ in pairs), "\t".join(value for _, value in pairs)]


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


def table_column_by_column(header: list[str], rows: Rows) -> Lines:
    """All cells of the first column, then all of the second."""
    everything = ([header] if header else []) + rows
    return [cells[place] for place in range(len(everything[0])) for cells in everything]


def table_quoted(header: list[str], rows: Rows) -> Lines:
    return [",".join(f'"{cell}"' for cell in cells) for cells in ([header] if header else []) + rows]


def table_semicolons(header: list[str], rows: Rows) -> Lines:
    return [" ; ".join(cells) for cells in ([header] if header else []) + rows]


def _swapped(cells: list[str], one: int, other: int) -> list[str]:
    found = list(cells)
    found[one], found[other] = found[other], found[one]
    return found


def table_last_columns_swapped(header: list[str], rows: Rows) -> Lines:
    return table_tabs(*_each(header, rows, lambda cells: _swapped(cells, -1, -2) if len(cells) > 2 else cells))


def table_middle_columns_swapped(header: list[str], rows: Rows) -> Lines:
    return table_pipes(*_each(header, rows, lambda cells: _swapped(cells, 1, 2) if len(cells) > 3 else cells))


def _each(header: list[str], rows: Rows, change: Callable[[list[str]], list[str]]) -> tuple[list[str], Rows]:
    return change(header), [change(cells) for cells in rows]


def table_header_on_each_page(header: list[str], rows: Rows) -> Lines:
    """After ten rows a new page, whose head line and table header stand between the rows."""
    lines: Lines = []
    for place, cells in enumerate(rows):
        if header and place % 10 == 0:
            lines += (["", "OCPP 1.6 certificate - annex", "Page 2 of 4"] if place else []) + ["\t".join(header)]
        lines.append("\t".join(cells))
    return lines


def table_right_aligned(header: list[str], rows: Rows) -> Lines:
    everything = ([header] if header else []) + rows
    widths = [max(len(cells[place]) for cells in everything) for place in range(len(everything[0]))]
    adjusted = [
        [cells[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)] for cells in everything
    ]
    return ["    ".join(cells) for cells in adjusted]


def table_merged_cells(header: list[str], rows: Rows) -> Lines:
    """Merged cells leave empty columns behind."""
    return ["\t\t".join(cells) + "\t" for cells in ([header] if header else []) + rows]


def table_without_header(_header: list[str], rows: Rows) -> Lines:
    return table_tabs([], rows)


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
    hard: bool = False
    """Whether the setting loses which text belongs to which, so that leaving much unread is honest."""
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
    Style("all-labels-first", pairs_labels_then_values, pairs_labels_then_values, table_cell_a_line, hard=True),
    Style("values-first", pairs_values_first, pairs_values_first, table_tabs, version_apart=True, hard=True),
    Style("run-together", pairs_same_line, pairs_no_colon, table_run_together),
    Style("wrapped", pairs_same_line, pairs_tabbed, table_wrapped, heading="**{}**", version_apart=True, width=60),
    Style("shuffled", pairs_tabbed, pairs_pipes, table_loose_header, shuffled=True),
    Style("annex-first", pairs_same_line, pairs_tabbed, table_columns, annex_first=True, shuffled=True, heading="## {}", hard=True),
    Style("grid", pairs_columns, pairs_leaders, table_grid, width=100),
    Style("leaders", pairs_leaders, pairs_bold_values, table_columns, heading="__{}__", version_apart=True),
    Style("abreast", pairs_abreast, pairs_abreast, table_tabs, version_apart=True),
    Style("column-by-column", pairs_same_line, pairs_tabbed, table_column_by_column, version_apart=True, hard=True),
    Style("quoted", pairs_same_line, pairs_tabbed, table_quoted, hard=True),
    Style("last-swapped", pairs_tabbed, pairs_tabbed, table_last_columns_swapped, hard=True),
    Style("middle-swapped", pairs_bold, pairs_bold, table_middle_columns_swapped, version_apart=True),
    Style("header-on-each-page", pairs_same_line, pairs_columns, table_header_on_each_page),
    Style("right-aligned", pairs_columns, pairs_columns, table_right_aligned, version_apart=True),
    Style("merged-cells", pairs_tabbed, pairs_tabbed, table_merged_cells),
    Style("without-header", pairs_same_line, pairs_tabbed, table_without_header),
    Style("semicolons", pairs_loose_colon, pairs_loose_colon, table_semicolons, hard=True),
    Style("upper-case", pairs_upper_case, pairs_upper_case, table_tabs, heading="{}:", version_apart=True),
    Style("two-a-row", pairs_two_a_row, pairs_two_a_row, table_tabs, version_apart=True),
    Style("dash", pairs_dash, pairs_dash, table_columns, version_apart=True),
    Style("next-column", pairs_value_in_next_column, pairs_value_in_next_column, table_pipes),
    Style("values-then-labels", pairs_values_then_labels, pairs_values_then_labels, table_tabs, hard=True),
    Style("one-line", pairs_one_line, pairs_one_line, table_tabs),
    Style("header-and-row", pairs_as_header_and_row, pairs_as_header_and_row, table_html, hard=True),
)
