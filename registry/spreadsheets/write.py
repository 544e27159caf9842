"""Tables as XLSX, in which no cell can act as a formula."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from registry.spreadsheets.safe import FORMULA_STARTS

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿]")
_LONGEST_CELL = 32_767
_WIDEST = 60


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[int] = ()) -> bytes:
    """The table as an XLSX file with one sheet. Whole numbers stay numbers; everything else is text, and text is never a formula.

    `widths` are the widths of the columns in letters. The rows are written as they come; the file, packed, is held in memory.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Sheet")
    sheet.freeze_panes = "A2"
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = min(width, _WIDEST)
    sheet.append([_cell(sheet, text, bold=True) for text in header])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_BOLD, _WRAPPED = Font(bold=True), Alignment(wrap_text=True, vertical="top")


def _cell(sheet: object, value: object, *, bold: bool = False) -> object:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    cell = WriteOnlyCell(sheet, value=None)
    text = _NOT_IN_XML.sub("\ufffd", str(value))[:_LONGEST_CELL]
    cell.value = text
    # openpyxl takes what begins with "=" for a formula unless the type is said after the value.
    cell.data_type = "s"
    cell.alignment = _WRAPPED
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    if bold:
        cell.font = _BOLD
    return cell
