"""A spreadsheet file as a `Sheet`: the kind is found by looking at the bytes, never by the name.

Everything is bounded before it is unpacked. Macros, formulas and links to elsewhere are never followed:
of a formula its last result is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from registry.spreadsheets.comma import comma_rows
from registry.spreadsheets.sheet import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, BadSpreadsheet, Merged, Row, Sheet, letters
from registry.spreadsheets.workbook import workbook_rows

MOST_BYTES = 32 * 1024 * 1024
_HEADER_AMONG = 50
"""The header is looked for in so many rows: titles and blank rows may stand above it."""

_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


def read_sheet(data: bytes, name: str, most_rows: int = MOST_ROWS) -> Sheet:
    """The sheet that the file holds. `name` is what to call the file in messages; of more than `most_rows` nothing is taken.

    The header is the first row with two cells or more that are not empty, else the first that is not empty. Rows without any content are
    left out. Raises BadSpreadsheet, in one sentence that says what to do, for what is no spreadsheet, too much of one, or has merged cells
    among its rows.
    """
    if not data.strip():
        raise BadSpreadsheet(f"{name} is empty: save the sheet again, and send that")
    if len(data) > MOST_BYTES:
        raise BadSpreadsheet(f"{name} has {len(data) // 2**20} MB, and {MOST_BYTES // 2**20} MB are taken: split it, or save it as CSV")
    if data.startswith(_OLD_EXCEL):
        raise BadSpreadsheet(f"{name} is an old Excel file or has a password: save it without one as .xlsx or CSV")
    if data.startswith(_ZIP):
        content = workbook_rows(data, name, most_rows + _HEADER_AMONG + 2)
        return _sheet(content.rows, content.merged, content.notes, name, most_rows)
    if data.startswith(b"%PDF") or data.lstrip()[:1] in (b"<", b"{"):
        raise BadSpreadsheet(f"{name} is no spreadsheet: send a .xlsx or CSV file")
    rows, notes = comma_rows(data, name)
    return _sheet(rows, (), notes, name, most_rows)


def _sheet(rows: Iterable[Row], merged: Sequence[Merged], notes: Sequence[str], name: str, most_rows: int) -> Sheet:
    above: list[Row] = []
    header: Row | None = None
    below: list[Row] = []
    for row in rows:
        if not any(row.cells):
            continue
        _refuse_too_wide(row, name)
        if header is None:
            above.append(row)
            if sum(map(bool, row.cells)) > 1:
                header = row
            elif len(above) > _HEADER_AMONG:
                header, below = above[0], above[1:]
            continue
        below.append(row)
        if len(below) > most_rows:
            raise BadSpreadsheet(f"{name}, row {row.number}: {most_rows:,} rows are taken, and there are more: split the file")
    if header is None:
        if not above:
            raise BadSpreadsheet(f"{name} has no row with anything in it: save the sheet again, and send that")
        header, below = above[0], above[1:]
    width = max((index + 1 for index, cell in enumerate(header.cells) if cell), default=0)
    _refuse_merged(merged, header, width, name)
    return Sheet(header.cells[:width], header.number, tuple(_fitted(row, width, name) for row in below), tuple(notes))


def _refuse_too_wide(row: Row, name: str) -> None:
    if len(row.cells) > MOST_COLUMNS and any(row.cells[MOST_COLUMNS:]):
        raise BadSpreadsheet(
            f"{name}, row {row.number}: something stands beyond column {letters(MOST_COLUMNS - 1)}, and {MOST_COLUMNS} columns are taken: "
            "remove what does not belong to the table"
        )
    long = next((index for index, cell in enumerate(row.cells) if len(cell) > LONGEST_CELL), None)
    if long is not None:
        raise BadSpreadsheet(
            f"{name}, row {row.number}, column {letters(long)}: the cell has more than {LONGEST_CELL:,} letters: "
            "shorten it, or look for a quotation mark that is not closed"
        )


def _refuse_merged(merged: Sequence[Merged], header: Row, width: int, name: str) -> None:
    for cells in merged:
        if cells.last_row < header.number or cells.first_column > width:
            continue
        raise BadSpreadsheet(
            f"{name}, row {cells.first_row}, column {letters(cells.first_column - 1)}: cells are merged up to row {cells.last_row}, column "
            f"{letters(cells.last_column - 1)}, so that only the first has a value: unmerge them, and fill each"
        )


def _fitted(row: Row, width: int, name: str) -> Row:
    """The row as wide as the header."""
    if any(row.cells[width:]):
        column = next(index for index, cell in enumerate(row.cells) if index >= width and cell)
        raise BadSpreadsheet(
            f"{name}, row {row.number}, column {letters(column)}: there is a cell without a heading: give it one, or put a text that "
            "holds the separator between quotation marks"
        )
    cells = row.cells[:width] + ("",) * (width - len(row.cells))
    return Row(row.number, cells, row.kinds)
