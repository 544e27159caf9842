"""What a spreadsheet says, as plain values, whatever kind of file it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from registry.errors import RegistryError
from registry.sentences import KeptSentence

MOST_ROWS = 200_000
"""Rows below the header that are taken; a larger file is refused whole, in a sentence."""

MOST_COLUMNS = 128
LONGEST_CELL = 10_000
"""Letters of one cell."""

MOST_LETTERS = 32 * 1024 * 1024
"""Of all cells together: cells that share one text each count it."""


class BadSpreadsheet(RegistryError):
    """The file cannot be taken as a spreadsheet of rows under a header; nothing of it was used."""


class TooManyRows(BadSpreadsheet):
    """The file has more rows than are taken here."""


class CellKind(StrEnum):
    """What a program made of a cell that a person typed. What is not text may have lost something: 1.10 became the number 1.1."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "date"
    TRUTH = "truth"
    ERROR = "error"
    NO_RESULT = "formula without a result"


@dataclass(frozen=True)
class Row:
    """One row. `number` is its row in the file, from 1. `cells` has a text for each column of the header, empty for an empty cell.

    `kinds` tells, by the position of the cell, what is not text; a CSV has text alone.
    """

    number: int
    cells: tuple[str, ...]
    kinds: Mapping[int, CellKind] = field(default_factory=dict)

    def kind(self, column: int) -> CellKind:
        """What the cell was in the file."""
        return self.kinds.get(column, CellKind.TEXT)


@dataclass(frozen=True)
class Sheet:
    """The rows under the header. `header_row` is the header's row in the file; `notes` are sentences about how the file was read.

    Of a workbook, `title` is the name of the sheet that was read, and `others` are those of the sheets that were not.
    """

    header: tuple[str, ...]
    header_row: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    title: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Merged:
    """Cells that were merged into one, by rows and columns from 1, both ends included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


def too_long(name: str, row: int, column: int) -> BadSpreadsheet:
    """The refusal of a cell with more than `LONGEST_CELL` letters; `column` is its position from 0."""
    return BadSpreadsheet(
        KeptSentence(
            "%(name)s, row %(row)s, column %(column)s: the cell has more than %(longest_cell)s letters: shorten it, "
            "or look for a quotation mark that is not closed",
            name=name,
            row=row,
            column=letters(column),
            longest_cell=f"{LONGEST_CELL:,}",
        )
    )


def letters(column: int) -> str:
    """The letters that spreadsheets give a column, by its position from 0: A, B, ... Z, AA."""
    name, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
