"""The form in which every reader hands a document on: pages of lines, lines of cells, cells of words.

A PDF reader and an OCR reader know where each word stands (boxes in PDF points from the top left); a reader of text
renderings knows the line of the file instead. The grammar reads this form alone, so one grammar serves every reader.
A line is one printed line or one row of a table; a cell is a run of words that belong together: a cell of a table, or
the whole of a line of running text. An empty cell of a table is a cell without words: that a cell is there and empty
is itself worth knowing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from registry.certificates.facts import Box

CELL_BREAK = "\t"
"""Stands between two cells in `Line.text`."""


@dataclass(frozen=True)
class Word:
    """Letters without a blank, and their box (None when the reader knows no boxes). `sure`: whether the letters are beyond doubt.

    `breaks`: the word begins a printed line of its cell although the line above had room for it: somebody broke that on purpose.
    """

    text: str
    box: Box | None = None
    sure: bool = True
    breaks: bool = False


@dataclass(frozen=True)
class Cell:
    """Words in reading order. `line` is the line of the file on which the cell begins, from 1; None when there is no file of lines."""

    words: tuple[Word, ...]
    line: int | None = None

    @classmethod
    def of(cls, text: str, line: int | None = None) -> Cell:
        """A cell of a text rendering: runs of blanks are layout."""
        return cls(tuple(Word(word) for word in text.split()), line)

    @cached_property
    def text(self) -> str:
        """The words with one blank between them."""
        return " ".join(word.text for word in self.words)

    def box(self, start: int, end: int) -> Box | None:
        """The box around the words that the slice `text[start:end]` touches."""
        boxes: list[Box] = []
        at = 0
        for word in self.words:
            if word.box is not None and at < end and start < at + len(word.text):
                boxes.append(word.box)
            at += len(word.text) + 1
        if not boxes:
            return None
        return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))

    def certain(self, start: int, end: int) -> bool:
        """Whether the reader is sure of the letters of every word that the slice `text[start:end]` touches."""
        at = 0
        for word in self.words:
            if not word.sure and at < end and start < at + len(word.text):
                return False
            at += len(word.text) + 1
        return True


@dataclass(frozen=True)
class Line:
    """The cells of one printed line or table row. `table` says that the reader saw cell borders and not only gaps."""

    cells: tuple[Cell, ...]
    table: bool = False

    @classmethod
    def of(cls, texts: Iterable[str], line: int | None = None, *, table: bool = False) -> Line:
        """A line of a text rendering."""
        return cls(tuple(Cell.of(text, line) for text in texts), table)

    @cached_property
    def text(self) -> str:
        """The cells with `CELL_BREAK` between them."""
        return CELL_BREAK.join(cell.text for cell in self.cells)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where in `text` each cell begins."""
        found = [0]
        for cell in self.cells[:-1]:
            found.append(found[-1] + len(cell.text) + 1)
        return tuple(found)

    @property
    def number(self) -> int | None:
        """The line of the file, from 1."""
        return self.cells[0].line if self.cells else None

    @property
    def box(self) -> Box | None:
        """The box around the whole line."""
        return self.place(0, len(self.text))[1]

    @cached_property
    def breaks(self) -> tuple[int, ...]:
        """Where in `text` the words stand before which a cell was broken on purpose."""
        found: list[int] = []
        for cell, at in zip(self.cells, self.starts, strict=True):
            for word in cell.words:
                if word.breaks:
                    found.append(at)
                at += len(word.text) + 1
        return tuple(found)

    def place(self, start: int, end: int) -> tuple[int | None, Box | None]:
        """The line of the file and the box of the slice `text[start:end]`."""
        boxes: list[Box] = []
        number: int | None = None
        for cell, at in zip(self.cells, self.starts, strict=True):
            if at <= end and start < at + max(len(cell.text), 1):
                number = cell.line if number is None else number
                box = cell.box(start - at, end - at)
                if box is not None:
                    boxes.append(box)
        if not boxes:
            return number, None
        return number, (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))

    def certain(self, start: int, end: int) -> bool:
        """Whether the reader is sure of the letters of every word that the slice `text[start:end]` touches."""
        return all(cell.certain(start - at, end - at) for cell, at in zip(self.cells, self.starts, strict=True))


@dataclass(frozen=True)
class Page:
    """One page, counted from 1. A text rendering is one page: its own page marks are not to be relied on.

    `width` and `height` are PDF points; 0 for a text rendering. `turned`: the page is shown lying, so that its lines run along its side.
    """

    number: int
    lines: tuple[Line, ...]
    width: float = 0.0
    height: float = 0.0
    turned: bool = False


def squeeze(text: str) -> str:
    """The text without any blank and without case: what is left when layout has gone."""
    return re.sub(r"\s+", "", text).casefold()
