"""Files of devices for tests, and the one station's certificate that they are held against."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook

HEADER = ("Charge Point ID", "Manufacturer", "Type", "FW version", "Location", "Lat", "Lon", "Installed on", "OCPP", "RFID readers")
"""Fits the certificate of `tests.registry.making.FACTS`: Holder 1, Product 1, V1.3.337, a single RFID reader."""

GOOD = ("CP-1", "Holder 1", "Product 1", "1.3.337", "Harbour", "52.37", "4.89", "2024-03-04", "1.6J", "Single")
OLD = ("CP-2", "Holder 1", "Product 1", "1.3.336", "Harbour", "52.37", "4.90", "2024-03-04", "1.6", "")
OTHER = ("CP-3", "Holder 1", "Product 1-X", "1.3.337", "Hill", "52.09", "5.12", "", "", "2")
UNKNOWN = ("CP-4", "Holder 1", "Product 1", "", "", "", "", "", "", "")
ALL = (GOOD, OLD, OTHER, UNKNOWN)


def comma(*rows: Sequence[str], header: Sequence[str] = HEADER) -> bytes:
    """The rows as CSV with semicolons."""
    return "\n".join(";".join(row) for row in (header, *rows)).encode()


def book(*rows: Sequence[object], header: Sequence[str] = HEADER, merged: str | None = None) -> bytes:
    """The rows as XLSX."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (header, *rows):
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
