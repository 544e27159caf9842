"""Tables as XLSX, written piece by piece, in which no cell can act as a formula.

The parts are those of ECMA-376 (SpreadsheetML). They are written here rather than by a library because libraries keep the sheet, on disk or
in memory, until its last row is known: a large table is to be on its way at once, and to need no more room than a small one.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from registry.spreadsheets.safe import FORMULA_STARTS
from registry.spreadsheets.sheet import letters
from registry.turning import seen

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LAST_ROW = 1_048_576
"""Where a sheet ends; what is longer goes on in a second one."""

_ROWS_AT_ONCE = 500
_LARGEST_SHEET = 1 << 30
_LONGEST_CELL = 32_767
_LARGEST_WHOLE = 10**15
"""Beyond that, spreadsheet programs round."""

_WIDEST = 60
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CONTENT_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    # Every part is a sheet but for the two that are named: how many sheets there will be is not known yet.
    f'<Default Extension="xml" ContentType="{_KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
)
_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_BOLD, _TEXT, _QUOTED = 1, 2, 3
_TOP = '<alignment vertical="top" wrapText="1"/>'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyNumberFormat="1"/>'
    f'<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">{_TOP}</xf>'
    f'<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1" quotePrefix="1">{_TOP}</xf>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def workbook_pieces(title: str, header: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[int] = ()) -> Iterator[bytes]:
    """The table as the bytes of an XLSX file. Numbers stay numbers; everything else is text, and text is never a formula.

    `widths` are the widths of the columns in letters. Without its last piece the file cannot be opened: a table that breaks off does not
    look like a whole one.
    """
    sink = _Sink()
    remaining, sheets = iter(rows), 0
    name = re.sub(r"[\[\]:*?/\\]", " ", _NOT_IN_XML.sub("\ufffd", seen(title))).strip("' ")[:26] or "Sheet"
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        _put(archive, "[Content_Types].xml", _CONTENT_TYPES)
        _put(archive, "_rels/.rels", _RELATIONS)
        _put(archive, "xl/styles.xml", _STYLES)
        row = next(remaining, None)
        while row is not None or not sheets:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as part:
                part.write(_sheet_head(header, widths).encode())
                number, size, lines = 1, 0, []
                while row is not None and number < LAST_ROW and size < _LARGEST_SHEET:
                    number += 1
                    lines.append(_row(number, row))
                    row = next(remaining, None)
                    if len(lines) == _ROWS_AT_ONCE:
                        size += part.write("".join(lines).encode())
                        lines.clear()
                        yield sink.take()
                part.write("".join((*lines, "</sheetData></worksheet>")).encode())
        _put(archive, "xl/workbook.xml", _workbook(name, sheets))
        _put(archive, "xl/_rels/workbook.xml.rels", _workbook_relations(sheets))
    yield sink.take()


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[int] = ()) -> bytes:
    """As `workbook_pieces`, for a table of few rows."""
    return b"".join(workbook_pieces(title, header, rows, widths))


class _Sink:
    """Takes what the archive writes until somebody fetches it; it cannot go back, so that nothing of it is kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        """As of a file."""
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """As of a file."""

    def close(self) -> None:
        """As of a file."""

    def take(self) -> bytes:
        """What came since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def _put(archive: zipfile.ZipFile, name: str, content: str) -> None:
    with archive.open(name, "w") as part:
        part.write(content.encode())


def _sheet_head(header: Sequence[str], widths: Sequence[int]) -> str:
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{min(width, _WIDEST)}" customWidth="1"/>' for place, width in enumerate(widths, start=1)
    )
    cells = "".join(_text(f"{letters(place)}1", text, _BOLD) for place, text in enumerate(header))
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"{f'<cols>{columns}</cols>' if columns else ''}"
        f'<sheetData><row r="1">{cells}</row>'
    )


def _row(number: int, row: Sequence[object]) -> str:
    cells = "".join(_cell(f"{letters(place)}{number}", value) for place, value in enumerate(row) if value is not None)
    # A row of blanks keeps its place: the rows below it are to have the numbers that the table gives them.
    return f'<row r="{number}">{cells}</row>' if cells else f'<row r="{number}"><c r="A{number}"/></row>'


def _cell(place: str, value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < _LARGEST_WHOLE:
        return f'<c r="{place}"><v>{value!r}</v></c>'
    text = str(value)
    return _text(place, text, _QUOTED if text.startswith(FORMULA_STARTS) else _TEXT) if text else ""


def _text(place: str, text: str, style: int) -> str:
    plain = _LOOKS_ESCAPED.sub("_x005F_", _NOT_IN_XML.sub("\ufffd", seen(text))[:_LONGEST_CELL])
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(plain, {chr(13): "&#13;"})}</t></is></c>'


def _workbook(name: str, sheets: int) -> str:
    told = "".join(
        f'<sheet name={quoteattr(name if number == 1 else f"{name} {number}")} sheetId="{number}" r:id="rId{number}"/>'
        for number in range(1, sheets + 1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews><sheets>{told}</sheets></workbook>'


def _workbook_relations(sheets: int) -> str:
    told = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, sheets + 1)
    )
    styles = f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{told}{styles}</Relationships>'
