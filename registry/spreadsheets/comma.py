"""Rows of a CSV file, in whatever encoding and with whatever separator a spreadsheet program wrote it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from charset_normalizer import from_bytes

from registry.sentences import KeptSentence
from registry.spreadsheets.safe import as_it_was
from registry.spreadsheets.sheet import MOST_COLUMNS, BadSpreadsheet, Row

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OLDER = ["cp949", "cp932", "gb18030", "big5", "cp1252", "cp1250", "cp1251"]
"""What spreadsheet programs write where UTF-8 is not chosen, by the language of the system."""

_WESTERN, _CENTRAL = "cp1252", "cp1250"
_SIGNS_OF_CENTRAL = re.compile("[ŠšŽž]|ì(?=\\w)|[£¥ª¯³¹º¼¾](?=[a-zà-ÿ])|(?<=[a-zà-ÿ])¿|õ(?!\\w)|[Gg]yõ")
"""What a text of central Europe shows that is read as a western one: "£ódŸ", "Wroc³aw", "Budìjovice", "Gyõr", "Gödöllõ". Those of the west
have no Š and Ž, and end no word in õ: in Portuguese an e follows it.
"""

_LOOKED_AT = 64 * 1024
_SEPARATORS = ",;\t|"
_TRIED_ROWS = 30


def comma_rows(data: bytes, name: str) -> tuple[Iterator[Row], tuple[str, ...]]:
    """The rows, read one by one, and what is to be told about how. Raises BadSpreadsheet, also while the rows are read."""
    text, notes = _text(data, name)
    first, _, rest = text.partition("\n")
    declared = first.strip().casefold()
    skipped = 0
    if declared.startswith("sep=") and len(declared) == len("sep=;"):
        separator, text, skipped = declared[-1], rest, 1
    else:
        separator = _separator(text)
    return _rows(text, separator, skipped, name), notes


def _text(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decoded(data, encoding, name), ()
    if b"\0" in data[:_LOOKED_AT]:
        raise BadSpreadsheet(KeptSentence("%(name)s is no spreadsheet: send a .xlsx or CSV file", name=name))
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        best = from_bytes(data[:_LOOKED_AT], cp_isolation=_OLDER).best()
    if best is None:
        raise BadSpreadsheet(KeptSentence("%(name)s is in no encoding that can be told: save it as CSV UTF-8", name=name))
    encoding = best.encoding
    if encoding in (_WESTERN, _CENTRAL):
        encoding = _WESTERN if _fits_western(data) else _CENTRAL
    return _decoded(data, encoding, name), (f"Read in the encoding {encoding}; if names look wrong, save the file as CSV UTF-8.",)


def _fits_western(data: bytes) -> bool:
    """Whether the text can be of western Europe. The two encodings differ in letters alone, so that both fit most texts of either."""
    try:
        return _SIGNS_OF_CENTRAL.search(data.decode(_WESTERN)) is None
    except UnicodeDecodeError:
        return False


def _decoded(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s, row %(row)s: a letter is broken in the encoding %(encoding)s: save the file as CSV UTF-8",
                name=name,
                row=row,
                encoding=encoding,
            )
        ) from error


def _separator(text: str) -> str:
    """The separator with which most rows have the same number of cells, more than one; a comma where none does."""

    def agreement(separator: str) -> tuple[int, int]:
        widths: Counter[int] = Counter()
        try:
            for cells in islice(csv.reader(io.StringIO(text[:_LOOKED_AT], newline=""), delimiter=separator), _TRIED_ROWS):
                widths[len(cells)] += len(cells) > 1
        except csv.Error:
            return (0, 0)
        return max(((rows, width) for width, rows in widths.items()), default=(0, 0))

    return max(_SEPARATORS, key=agreement)


def _rows(text: str, separator: str, skipped: int, name: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = skipped
    while True:
        try:
            cells: Sequence[str] | None = next(reader, None)
        except csv.Error as error:
            raise BadSpreadsheet(
                KeptSentence(
                    "%(name)s, row %(row)s: this is not CSV (%(error)s): look for a quotation mark that is not closed, or "
                    "save the file again",
                    name=name,
                    row=begins + 1,
                    error=error,
                )
            ) from error
        if cells is None:
            return
        taken = tuple(as_it_was(" ".join(cell.split())) for cell in cells[:MOST_COLUMNS])
        yield Row(begins + 1, (*taken, "…") if any(cells[MOST_COLUMNS:]) else taken)
        begins = skipped + reader.line_num
