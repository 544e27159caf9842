"""What pages hand to programs: JSON as it is, CSV that a spreadsheet cannot take for formulas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

from registry.spreadsheets.safe import csv_lines


def csv_response(header: Sequence[str], rows: Iterable[Sequence[object]], filename: str) -> Response:
    """The rows as a CSV download in UTF-8."""
    response = Response("".join(csv_lines(header, rows)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def json_response(document: dict[str, Any]) -> Response:
    """One JSON document, indented for the people who look at it in a browser."""
    return Response(json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n", mimetype="application/json")
