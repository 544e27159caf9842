"""A spreadsheet file as a `Sheet`: the kind is found by looking at the bytes, never by the name.

Everything is bounded before it is unpacked. Macros, formulas and links to elsewhere are never followed:
of a formula its last result is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice

from registry.sentences import KeptSentence
from registry.spreadsheets.columns import heading_key
from registry.spreadsheets.comma import comma_rows
from registry.spreadsheets.headings import asides, known_headings
from registry.spreadsheets.sheet import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    BadSpreadsheet,
    Merged,
    Row,
    Sheet,
    TooManyRows,
    letters,
    too_long,
)
from registry.spreadsheets.workbook import workbook_rows

MOST_BYTES = 32 * 1024 * 1024
_HEADER_AMONG = 50
"""The header is looked for in so many rows: titles and blank rows may stand above it."""

_KNOWN_HEADINGS = 2
"""In a block of titles ("Vendor: ...") there is one in a row."""

_ASIDE = re.compile(rf"\s*(?:{'|'.join(map(re.escape, asides()))})(?:\s*[:：].*|\s*)", re.IGNORECASE | re.DOTALL)
_MOST_TOLD = 5
_TOLD_ROWS = 1_000
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


def read_sheet(data: bytes, name: str, most_rows: int = MOST_ROWS, told: Callable[[int], None] = lambda _: None) -> Sheet:
    """The sheet that the file holds. `name` is what to call the file in messages; of more than `most_rows` nothing is taken. `told` hears
    from time to time how many rows were read.

    The header is the first row with two cells or more that are not empty, else the first that is not empty; but where one of the first
    rows has more headings that are known, it is that one, and a note says so. Rows without any content are left out.

    Raises BadSpreadsheet, in one sentence that says what to do, for what is no spreadsheet, too much of one, or has merged cells among its
    rows.
    """
    if not data.strip():
        raise BadSpreadsheet(KeptSentence("%(name)s is empty: save the sheet again, and send that", name=name))
    if len(data) > MOST_BYTES:
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s has %(size)s MB, and %(most)s MB are taken: split it, or save it as CSV",
                name=name,
                size=len(data) // 2**20,
                most=MOST_BYTES // 2**20,
            )
        )
    if data.startswith(_OLD_EXCEL):
        raise BadSpreadsheet(
            KeptSentence("%(name)s is an old Excel file or has a password: save it without one as .xlsx or CSV", name=name)
        )
    if data.startswith(_ZIP):
        content = workbook_rows(data, name, most_rows + _HEADER_AMONG + 2, partial(_counted, told))
        sheet = _sheet(content.rows, content.merged, content.notes, name, most_rows)
        return replace(sheet, title=content.title, others=tuple(content.others))
    if data.startswith(b"%PDF") or data.lstrip()[:1] in (b"<", b"{"):
        raise BadSpreadsheet(KeptSentence("%(name)s is no spreadsheet: send a .xlsx or CSV file", name=name))
    rows, notes = comma_rows(data, name)
    return _sheet(_counted(told, rows), (), notes, name, most_rows)


def _counted(told: Callable[[int], None], rows: Iterable[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number % _TOLD_ROWS == 0:
            told(number)
        yield row


def _sheet(rows: Iterable[Row], merged: Sequence[Merged], notes: Sequence[str], name: str, most_rows: int) -> Sheet:
    filled = _filled(rows, name)
    first = list(islice(filled, _HEADER_AMONG))
    if not first:
        raise BadSpreadsheet(KeptSentence("%(name)s has no row with anything in it: save the sheet again, and send that", name=name))
    place, remarks = _header(first)
    header = first[place]
    below: list[Row] = []
    for row in chain(first[place + 1 :], filled):
        below.append(row)
        if len(below) > most_rows:
            raise TooManyRows(
                KeptSentence(
                    "%(name)s, row %(row)s: %(most_rows)s rows are taken, and there are more: split the file",
                    name=name,
                    row=row.number,
                    most_rows=f"{most_rows:,}",
                )
            )
    width = max(index + 1 for index, cell in enumerate(header.cells) if cell)
    _refuse_merged(merged, header, width, name)
    fitted = tuple(_fitted(row, width, header.number, name) for row in below)
    return Sheet(header.cells[:width], header.number, fitted, (*notes, *remarks, *_of_asides(fitted)))


def _of_asides(rows: Sequence[Row]) -> Iterator[str]:
    """A note where rows begin like a sum or a remark: nobody can tell that they are none of the table's, so they stay."""
    found = [row.number for row in rows if _ASIDE.fullmatch(next(cell for cell in row.cells if cell))]
    if found:
        told = ", ".join(map(str, found[:_MOST_TOLD])) + (", …" if len(found) > _MOST_TOLD else "")
        yield KeptSentence(
            "Rows that look like a total or a note were read like the others: take them out if they are (%(rows)s).", rows=told
        )


def _filled(rows: Iterable[Row], name: str) -> Iterator[Row]:
    """The rows with anything in them. Raises BadSpreadsheet for one that is too wide."""
    for row in rows:
        if any(row.cells):
            _refuse_too_wide(row, name)
            yield row


def _header(rows: Sequence[Row]) -> tuple[int, Sequence[str]]:
    """Which of the rows has the headings, and what is to be told of that."""
    usual = next((place for place, row in enumerate(rows) if sum(map(bool, row.cells)) > 1), 0)
    known = [len({key for cell in row.cells if (key := heading_key(cell)) in known_headings()}) for row in rows]
    best = known.index(max(known))
    if known[best] < _KNOWN_HEADINGS or known[best] <= known[usual]:
        return usual, ()
    return best, (
        KeptSentence(
            "Row %(row)s was taken for the headings, as it has more of those that are known than row "
            "%(other_row)s; nothing above it was read.",
            row=rows[best].number,
            other_row=rows[usual].number,
        ),
    )


def _refuse_too_wide(row: Row, name: str) -> None:
    if len(row.cells) > MOST_COLUMNS and any(row.cells[MOST_COLUMNS:]):
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s, row %(row)s: something stands beyond column %(column)s, and %(most)s columns are taken: "
                "remove what does not belong to the table",
                name=name,
                row=row.number,
                column=letters(MOST_COLUMNS - 1),
                most=MOST_COLUMNS,
            )
        )
    long = next((index for index, cell in enumerate(row.cells) if len(cell) > LONGEST_CELL), None)
    if long is not None:
        raise too_long(name, row.number, long)


def _refuse_merged(merged: Sequence[Merged], header: Row, width: int, name: str) -> None:
    for cells in merged:
        if cells.last_row < header.number or cells.first_column > width:
            continue
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s, row %(row)s, column %(column)s: cells are merged up to row %(last_row)s, column "
                "%(last_column)s, so that only the first has a value: unmerge them, and fill each",
                name=name,
                row=cells.first_row,
                column=letters(cells.first_column - 1),
                last_row=cells.last_row,
                last_column=letters(cells.last_column - 1),
            )
        )


def _fitted(row: Row, width: int, header_row: int, name: str) -> Row:
    """The row as wide as the header."""
    if any(row.cells[width:]):
        column = next(index for index, cell in enumerate(row.cells) if index >= width and cell)
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s, row %(row)s, column %(column)s: there is a cell without a heading in row %(header_row)s, which was taken for "
                "the headings: give it one, or put a text that holds the separator between quotation marks",
                name=name,
                row=row.number,
                column=letters(column),
                header_row=header_row,
            )
        )
    cells = row.cells[:width] + ("",) * (width - len(row.cells))
    return Row(row.number, cells, row.kinds)
