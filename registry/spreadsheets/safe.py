"""Tables as CSV that a spreadsheet program cannot take for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_ROWS_AT_ONCE = 500


def harmless(cell: object) -> str:
    """A cell as text; one that a spreadsheet would run as a formula gets an apostrophe before it, as OWASP advises."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The table as CSV, some hundred rows at a time, so that no table has to be held whole."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([harmless(cell) for cell in row])
        if number % _ROWS_AT_ONCE == 0:
            yield sheet.getvalue()
            sheet.seek(0)
            sheet.truncate()
    yield sheet.getvalue()
