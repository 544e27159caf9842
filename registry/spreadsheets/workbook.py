"""Rows of an XLSX workbook, bounded before anything is unpacked. defusedxml, which openpyxl uses where it is there, refuses entities."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from registry.sentences import KeptSentence
from registry.spreadsheets.sheet import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_LETTERS,
    MOST_ROWS,
    BadSpreadsheet,
    CellKind,
    Merged,
    Row,
    letters,
    too_long,
)

MOST_UNPACKED_BYTES = 400 * 1024 * 1024
MOST_PARTS = 2_000
MOST_SHARED_BYTES = 64 * 1024 * 1024
"""Of the texts that cells share, which are held in memory."""

MOST_ROW_BYTES = 32 * 1024 * 1024
"""Of one row as it stands in the file, which is held in memory whole."""

_FURTHEST_ROW = 1_048_576
"""The last row that a spreadsheet program has. Blank rows may stand in between, as where a sheet was formatted to its end."""

_MERGED_OR_HIDDEN = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"'
    rb'|<(?:\w+:)?row\s(?=[^<>]*?\bhidden="(?:1|true)")[^<>]*?\br="([0-9]{1,7})"'
    rb'|<(?:\w+:)?col\s(?=[^<>]*?\bhidden="(?:1|true)")(?=[^<>]*?\bmin="([0-9]{1,5})")[^<>]*?\bmax="([0-9]{1,5})"'
)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c(\s[^<>]*)?>\s*<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:(<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)\s*)?</(?:\w+:)?c>"
)
"""A cell with a formula and no result. Of a text (`t="str"`) an empty result is one."""

_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELL = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_LONGEST_FORMULA = 64 * 1024
_MOST_WITHOUT_RESULT = 50_000
_ZEROS = re.compile("0+")
"""A format that shows a number with at least so many figures."""

_NO_RESULT = ("=?", CellKind.NO_RESULT)
_CHUNK = 1 << 20
_MOST_TOLD = 5
_LONGEST_NAME = 60
_BROKEN = (
    *(AttributeError, EOFError, IndexError, KeyError, NotImplementedError, OSError, OverflowError, RuntimeError, TypeError, ValueError),
    *(InvalidFileException, ParseError, struct.error, zipfile.BadZipFile, zlib.error),
)
"""What openpyxl, which expects files as Excel writes them, raises for others."""


@dataclass(frozen=True)
class Content:
    """The first visible sheet with anything in it. `merged` are its merged cells, `others` the names of the other visible sheets."""

    rows: Sequence[Row]
    merged: Sequence[Merged]
    notes: Sequence[str]
    title: str
    others: Sequence[str]


@dataclass(frozen=True)
class Hidden:
    """What of a sheet nobody sees: the numbers of its rows and of its columns, from 1."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


Watch = Callable[[Iterator[Row]], Iterator[Row]]
"""Sees rows go by."""


def workbook_rows(data: bytes, name: str, most: int, watch: Watch = iter) -> Content:
    """What the first `most` rows with anything in them say, of the workbook's first sheet that has any. Raises BadSpreadsheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            has_macros = _admitted(archive, name)
            with warnings.catch_warnings():
                # They tell what openpyxl would lose on writing the file again, which nobody does.
                warnings.simplefilter("ignore", UserWarning)
                return _content(data, archive, name, has_macros, most, watch)
    except _BROKEN as error:
        raise BadSpreadsheet(
            KeptSentence("%(name)s cannot be read as an XLSX file: save it again in a spreadsheet program, or as CSV", name=name)
        ) from error


def _admitted(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether there are macros in it. Raises BadSpreadsheet for what is too much or no workbook."""
    parts = {part.filename: part for part in archive.infolist()}
    if "content.xml" in parts and "mimetype" in parts:
        raise BadSpreadsheet(KeptSentence("%(name)s is an OpenDocument file: save it as .xlsx or CSV", name=name))
    if "[Content_Types].xml" not in parts or not any(part.startswith("xl/") for part in parts):
        raise BadSpreadsheet(KeptSentence("%(name)s is an archive and no workbook: send the .xlsx or CSV file itself", name=name))
    if any(part.endswith(".bin") and part.startswith("xl/worksheets/sheet") for part in parts):
        raise BadSpreadsheet(KeptSentence("%(name)s is a binary workbook: save it as .xlsx or CSV", name=name))
    unpacked = sum(part.file_size for part in parts.values())
    shared = sum(part.file_size for name, part in parts.items() if name.endswith("sharedStrings.xml"))
    if unpacked > MOST_UNPACKED_BYTES or shared > MOST_SHARED_BYTES or len(archive.infolist()) > MOST_PARTS:
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s unpacks to %(size)s MB in %(parts)s parts, more than a table of %(most_rows)s rows needs: save "
                "the table alone as .xlsx or CSV",
                name=name,
                size=f"{unpacked // 2**20:,}",
                parts=f"{len(archive.infolist()):,}",
                most_rows=f"{MOST_ROWS:,}",
            )
        )
    return any(part.casefold().endswith("vbaproject.bin") for part in parts)


def _content(data: bytes, archive: zipfile.ZipFile, name: str, has_macros: bool, most: int, watch: Watch) -> Content:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_vba=False, keep_links=False)
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        chosen, rows = None, []
        for sheet in sheets:
            without_result = _without_result(archive, sheet._worksheet_path, name)
            rows = list(islice(watch(_rows(sheet, name, without_result)), most))
            if rows:
                chosen = sheet
                break
        others = [sheet.title for sheet in sheets if sheet is not chosen]
        merged, hidden = _merged_and_hidden(archive, chosen._worksheet_path) if chosen is not None else ([], Hidden())
        unseen = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    finally:
        book.close()
    notes = [*_of_hidden(rows, hidden)]
    if chosen is not None and others:
        notes.append(
            KeptSentence(
                "Of the workbook's %(number)s sheets only the first with anything in it was read: %(title)s.",
                number=len(sheets),
                title=chosen.title,
            )
        )
    if unseen:
        notes.append(KeptSentence("Sheets that are hidden in the workbook were not read: %(titles)s.", titles=_first(unseen)))
    if has_macros:
        notes.append(KeptSentence("The workbook has macros; they were not looked at."))
    return Content(rows, merged, notes, chosen.title if chosen is not None else "", others)


def _rows(sheet: Any, name: str, without_result: Mapping[int, Sequence[int]]) -> Iterator[Row]:
    """The rows that have any content, so that a sheet that was formatted to its end costs nothing.

    `without_result` gives the columns of formulas without a result, by row: openpyxl tells them from empty cells no more.
    """
    # What the file says of its own size is not believed: the widest row would set the width of all.
    sheet.reset_dimensions()
    blank: object = None
    together = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, max_row=_FURTHEST_ROW + 1), start=1):
        if number > _FURTHEST_ROW:
            raise BadSpreadsheet(
                KeptSentence(
                    "%(name)s: a row stands below row %(furthest_row)s, which no spreadsheet program writes: save it again",
                    name=name,
                    furthest_row=f"{_FURTHEST_ROW:,}",
                )
            )
        if cells is blank:  # one and the same for all rows of a gap, of which there may be a million
            continue
        # One text may be shared by any number of cells, and each would be given a copy.
        for index, cell in enumerate(cells):
            if isinstance(cell.value, str):
                together += len(cell.value)
                if len(cell.value) > LONGEST_CELL:
                    raise too_long(name, number, index)
        if together > MOST_LETTERS:
            raise BadSpreadsheet(
                KeptSentence(
                    "%(name)s, row %(row)s: the cells up to there have more than %(most)s million letters together: split the file",
                    name=name,
                    row=number,
                    most=MOST_LETTERS // 2**20,
                )
            )
        read = {index: _cell(cell) for index, cell in enumerate(cells) if cell.value is not None}
        read.update(dict.fromkeys(without_result.get(number, ()), _NO_RESULT))
        if not any(text for text, _ in read.values()):
            blank = cells
            continue
        texts = [""] * (max(read) + 1)
        for index, (text, _) in read.items():
            texts[index] = text
        yield Row(number, tuple(texts), {index: kind for index, (_, kind) in read.items() if kind is not CellKind.TEXT})


def _cell(cell: Any) -> tuple[str, CellKind]:
    """A cell's text as a person would have typed it, a number with the zeros that are shown, and what the program took it for."""
    value, data_type = cell.value, cell.data_type
    if isinstance(value, bool):
        return str(value).upper(), CellKind.TRUTH
    if isinstance(value, int | float):
        shown = f"{value:.15g}"
        zeros = len(cell.number_format) if _ZEROS.fullmatch(cell.number_format) else 0
        return shown.zfill(zeros) if shown.isdigit() else shown, CellKind.NUMBER
    if isinstance(value, datetime):
        return (value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")), CellKind.DAY
    if isinstance(value, date | time | timedelta):
        return str(value), CellKind.DAY
    return " ".join(str(value).split()), CellKind.ERROR if data_type == "e" else CellKind.TEXT


def _merged_and_hidden(archive: zipfile.ZipFile, path: str) -> tuple[list[Merged], Hidden]:
    """The merged cells, and what nobody sees: openpyxl does not tell them of a workbook that it reads row by row."""
    merged, hidden = [], Hidden()
    for found in _found(archive, path, _MERGED_OR_HIDDEN, 300):
        if found[5]:
            hidden.rows.add(int(found[5]))
        elif found[6]:
            hidden.columns.update(range(int(found[6]), min(int(found[7]), MOST_COLUMNS) + 1))
        else:
            merged.append(Merged(int(found[2]), int(found[4]), _position(found[1]), _position(found[3])))
    return merged, hidden


def _of_hidden(rows: Sequence[Row], hidden: Hidden) -> Iterator[str]:
    """What is told of rows and columns that hold anything and that nobody sees."""
    if unseen := [str(row.number) for row in rows if row.number in hidden.rows]:
        yield KeptSentence("Rows that are hidden in the spreadsheet were read like the others (%(rows)s).", rows=_first(unseen))
    filled = (column for column in sorted(hidden.columns) if any(column <= len(row.cells) and row.cells[column - 1] for row in rows))
    if columns := [letters(column - 1) for column in filled]:
        yield KeptSentence("Columns that are hidden in the spreadsheet were read like the others (%(columns)s).", columns=_first(columns))


def _first(names: Sequence[str]) -> str:
    """The names; of many the first."""
    return ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_TOLD]) + (", …" if len(names) > _MOST_TOLD else "")


def _without_result(archive: zipfile.ZipFile, path: str, name: str) -> Mapping[int, Sequence[int]]:
    """The columns, from 0, of the formulas without a result, by row. Raises BadSpreadsheet for very many, or where one has no place."""
    columns: dict[int, list[int]] = defaultdict(list)
    for number, found in enumerate(_found(archive, path, _FORMULA, _LONGEST_FORMULA)):
        attributes = found[1] or b""
        if found[2] and b't="str"' in attributes:
            continue
        place = _CELL.search(attributes)
        if place is None or number >= _MOST_WITHOUT_RESULT:
            raise BadSpreadsheet(
                KeptSentence(
                    "%(name)s has formulas whose results are not in the file: open it in a spreadsheet program, save it again, "
                    "and send that",
                    name=name,
                )
            )
        columns[int(place[2])].append(_position(place[1]) - 1)
    return columns


def _found(archive: zipfile.ZipFile, path: str, pattern: re.Pattern[bytes], longest: int) -> Iterator[re.Match[bytes]]:
    """Where the pattern, of at most `longest` bytes, occurs in a part of the archive, piece by piece. Raises BadZipFile for a row without
    end.
    """
    kept, since_row = b"", 0
    with archive.open(path) as part:
        while chunk := part.read(_CHUNK):
            # In a comment, or in text that is marked as such, a row can stand that is none.
            since_row = 0 if _ROW.search(chunk) and b"<!" not in chunk else since_row + len(chunk)
            if since_row > MOST_ROW_BYTES:
                raise zipfile.BadZipFile(path)
            text = kept + chunk
            end = 0
            for found in pattern.finditer(text):
                end = found.end()
                yield found
            kept = text[max(end, len(text) - longest) :]


def _position(letters: bytes) -> int:
    """The position of a column, from 1, by its letters."""
    position = 0
    for letter in letters:
        position = position * 26 + letter - ord("A") + 1
    return position
