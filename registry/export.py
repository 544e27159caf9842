"""What pages hand to programs: JSON as it is, CSV that a spreadsheet cannot take for formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: object) -> str:
    """A cell as text; one that a spreadsheet would run as a formula gets an apostrophe before it, as OWASP advises."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_response(header: Sequence[str], rows: Iterable[Sequence[object]], filename: str) -> Response:
    """The rows as a CSV download in UTF-8."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    response = Response(sheet.getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def json_response(document: dict[str, Any]) -> Response:
    """One JSON document, indented for the people who look at it in a browser."""
    return Response(json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n", mimetype="application/json")
