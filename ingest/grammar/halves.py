"""What was declared and what was measured in two tables beside each other, or one after the other: put together again, name by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from ingest.grammar.layout import Row, header_of, heading_of
from ingest.page import Cell, Line, squeeze
from ingest.vocabulary import vocabulary


@cache
def _words() -> dict[str, frozenset[str]]:
    tables = vocabulary("columns")["tables"]
    roles = next(table["roles"] for table in tables if table["kind"] == "performance")
    return {role: frozenset(map(squeeze, words)) for role, words in roles.items()}


def with_halves_joined(rows: Sequence[Row]) -> list[Row]:
    """The rows, two tables of the same names made one: by its header the one has the PICS values, and the other the measured ones."""
    halves = list(_halves(rows))
    found = list(rows)
    for (role, start, end), (other_role, other_start, other_end) in pairwise(halves):
        pair = {role: rows[start:end], other_role: rows[other_start:other_end]}
        joined = _joined(pair["pics"], pair["measured"]) if len(pair) == 2 and found[start] is rows[start] else None
        if joined is not None:
            found[start:end] = joined
            found[other_start:other_end] = [replace(row, line=Line(())) for row in rows[other_start:other_end]]
    return [row for row in found if row.line.cells]


def _halves(rows: Sequence[Row]) -> Iterator[tuple[str, int, int]]:
    """The tables that have but one of the two values: which, and the places of their header and of the first row after them."""
    for start, row in enumerate(rows):
        texts = [squeeze(text).rstrip(":") for text in row.filled]
        if len(texts) != 2 or texts[0] not in _words()["name"]:
            continue
        role = next((role for role in ("pics", "measured") if texts[1] in _words()[role]), None)
        end = start + 1
        while (
            end < len(rows)
            and rows[end].page == row.page
            and len(rows[end].filled) == 2
            and not (header_of(rows[end]) or heading_of(rows[end]))
        ):
            end += 1
        if role is not None and end > start + 1:
            yield role, start, end


def _joined(pics: Sequence[Row], measured: Sequence[Row]) -> list[Row] | None:
    """The rows with both values; None unless both tables have the same names, each once, on the same page."""
    values = {squeeze(row.filled[0]): row for row in measured[1:]}
    names = [squeeze(row.filled[0]) for row in pics[1:]]
    if sorted(names) != sorted(values) or len(values) != len(measured) - 1 or pics[0].page != measured[0].page:
        return None
    others = [measured[0], *(values[name] for name in names)]
    return [replace(one, line=Line((*_cells(one), _cells(other)[1]), one.line.table)) for one, other in zip(pics, others, strict=True)]


def _cells(row: Row) -> tuple[Cell, ...]:
    return tuple(cell for cell in row.line.cells if cell.words)
