"""Tables as CSV that a spreadsheet program cannot take for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from registry.turning import seen

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Of full width, too: programs of East Asia take them for the same."""

_AFTER_SEPARATOR = re.compile("[;|\t\r\n][\"' ]*(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a program that splits at another sign than the comma, as most do in Europe, sees another cell that begins as a formula."""

_ROWS_AT_ONCE = 500

_SIGNS = "".join(map(re.escape, FORMULA_STARTS))
_GUARDED = re.compile(f"'+[{_SIGNS}]")
_GUARD = re.compile(f"(^'*|(?<=[;|])[\"' ]*)'(?=[{_SIGNS}])")


def harmless(cell: object) -> str:
    """A cell as text, in which signs that turn it around are seen.

    What a spreadsheet would run as a formula, also after splitting the cell, gets an apostrophe before it, as OWASP advises.
    """
    text = seen("" if cell is None else str(cell))
    kept = _AFTER_SEPARATOR.sub(r"\g<0>'", text)
    return f"'{kept}" if kept.startswith(FORMULA_STARTS) or _GUARDED.match(kept) else kept


def as_it_was(cell: str) -> str:
    """The text of a cell of which `harmless` made `cell`, without blanks beyond one; of any other cell, itself."""
    return _GUARD.sub(r"\g<1>", cell) if "'" in cell else cell


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
