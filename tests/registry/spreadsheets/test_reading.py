"""Spreadsheets as people send them, and as nobody should: each is read as typed or refused in a sentence."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.spreadsheets import workbook
from registry.spreadsheets.columns import map_columns
from registry.spreadsheets.days import NoDay, read_day
from registry.spreadsheets.read import read_sheet
from registry.spreadsheets.sheet import BadSpreadsheet, CellKind, Sheet, letters

PLAIN = "vendor,model,firmware\nHolder 1,M-1,1.0\nHolder 2,M-2,1.10\n"


MIDNIGHT = datetime(2025, 4, 3)  # noqa: DTZ001 (spreadsheets know no zones)


def cells(sheet: Sheet) -> list[tuple[str, ...]]:
    return [row.cells for row in sheet.rows]


def book(*rows: tuple[object, ...], change: Callable[[openpyxl.Workbook], object] | None = None) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if change:
        change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def repacked(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_whatever_wrote_it(encoding: str, separator: str, end: str) -> None:
    text = "vendor,model,firmware\n강남 Süd,M-1,1.0\nHolder 2,M-2,1.10\n".replace(",", separator).replace("\n", end)
    sheet = read_sheet(text.encode(encoding), "offers.csv")
    assert sheet.header == ("vendor", "model", "firmware")
    assert cells(sheet) == [("강남 Süd", "M-1", "1.0"), ("Holder 2", "M-2", "1.10")]
    assert [row.number for row in sheet.rows] == [2, 3]
    assert sheet.notes == ()


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp949", "주식회사 대한전기차충전서비스"),
        ("cp1252", "Ladestationen Müller, München und Österreich"),
        ("cp932", "日本充電サービス株式会社"),
        ("cp1252", "Électricité très à côté, Borne évoluée à"),
        ("cp1252", "Compañía eléctrica de España, Nº 3ª"),
        ("cp1252", "Estação de carregamento São João"),
        ("cp1252", "Ørsted Ladeløsninger på Ærø"),
        ("cp1252", "Estações de carregamento, sem avarias ou limitações"),
        ("cp1252", "Borne rénovée en août, sûreté assurée, dû"),
        ("cp1250", "Töltőállomás, Győr és Győrújbarát"),
        ("cp1250", "Elektromos töltő, Gödöllő, Fő utca"),
        ("cp1250", "Stacja ładowania Łódź, Wrocław"),
        ("cp1250", "Nabíjecí stanice České Budějovice"),
        ("cp1250", "Polnilnica Črnomelj, Žalec"),
        ("cp1250", "Dobíjacia stanica Martin, časť Ľadoveň"),
    ],
)
def test_older_encodings_are_read_and_told(encoding: str, name: str) -> None:
    sheet = read_sheet(f"vendor;model\n{name};M-1\n".encode(encoding), "offers.csv")
    assert sheet.rows[0].cells[0] == name
    assert f"Read in the encoding {encoding};" in sheet.notes[0]


def test_what_excel_says_of_the_separator_is_believed() -> None:
    sheet = read_sheet(b"sep=;\r\nvendor;model\r\nA, B, C;M-1\r\n", "offers.csv")
    assert cells(sheet) == [("A, B, C", "M-1")]
    assert sheet.rows[0].number == 3


def test_titles_and_blank_rows_are_no_rows_and_the_numbers_are_those_of_the_file() -> None:
    sheet = read_sheet(b"Offers of spring\n\nvendor,model\n\n,,\nHolder 1,M-1\n", "offers.csv")
    assert (sheet.header_row, [(row.number, row.cells) for row in sheet.rows]) == (3, [(6, ("Holder 1", "M-1"))])


def test_of_a_block_of_titles_and_headings_the_latter_are_taken_and_that_is_told() -> None:
    block = b"Tender no.,2024-17\nVendor,Holder 1\n\nVendor,Model,Software version\nHolder 1,M-1,1.10\nHolder 1,Model,Type\n"
    sheet = read_sheet(block, "offers.csv")
    assert (sheet.header_row, [row.number for row in sheet.rows]) == (4, [5, 6])
    assert sheet.notes == (
        "Row 4 was taken for the headings, as it has more of those that are known than row 1; nothing above it was read.",
    )
    levels = (("Product", None, "Paper", None), ("Vendor", "Model", "Firmware", "Certificate"), ("Holder 1", "M-1", "1.0", "-"))
    grouped = read_sheet(book(*levels, change=lambda made: made.active.merge_cells("A1:B1")), "offers.xlsx")
    assert (grouped.header_row, len(grouped.rows)) == (2, 1)


def test_headings_that_nobody_knows_stay_the_first_row_and_it_is_named() -> None:
    sheet = read_sheet("Gerät,Stand\nEX-1,V2\nModel,V3\n".encode(), "offers.csv")
    assert (sheet.header_row, len(sheet.rows), sheet.notes) == (1, 2, ())
    with pytest.raises(BadSpreadsheet, match="without a heading in row 1, which was taken for the headings"):
        read_sheet("Gerät,Stand\nEX-1,V2,x\n".encode(), "offers.csv")


def test_rows_that_nobody_sees_and_totals_and_notes_are_read_and_told() -> None:
    def hide(made: openpyxl.Workbook) -> None:
        made.active.row_dimensions[3].hidden = True
        made.active.column_dimensions["B"].hidden = True
        made.active.column_dimensions["G"].hidden = True
        made.create_sheet("Old prices").sheet_state = "hidden"
        made.create_sheet("Secret").sheet_state = "veryHidden"

    rows = (
        ("vendor", "model"),
        ("Holder 1", "M-1"),
        ("Holder 1", "M-2"),
        ("Total", None),
        (None, "Note: no tax"),
        ("Total Energy", "Notes-1"),
    )
    sheet = read_sheet(book(*rows, change=hide), "offers.xlsx")
    assert len(sheet.rows) == 5
    assert sheet.notes == (
        "Rows that are hidden in the spreadsheet were read like the others (3).",
        "Columns that are hidden in the spreadsheet were read like the others (B).",
        "Sheets that are hidden in the workbook were not read: Old prices, Secret.",
        "Rows that look like a total or a note were read like the others: take them out if they are (4, 5).",
    )


@pytest.mark.parametrize("dimension", ['min="1" max="2" hidden="1"', 'hidden="true" width="9" max="16384" min="2"'])
def test_however_a_program_writes_that_columns_are_hidden(dimension: str) -> None:
    out, original = io.BytesIO(), io.BytesIO(book(("vendor", "model"), ("Holder 1", "M-1")))
    with zipfile.ZipFile(original) as read, zipfile.ZipFile(out, "w") as written:
        for part in read.namelist():
            words = read.read(part)
            if part.endswith("sheet1.xml"):
                assert b"<sheetData>" in words
                words = words.replace(b"<sheetData>", f"<cols><col {dimension}/></cols><sheetData>".encode())
            written.writestr(part, words)
    (note,) = read_sheet(out.getvalue(), "offers.xlsx").notes
    assert note.endswith("(A, B)." if 'min="1"' in dimension else "(B).")


def test_a_sheet_of_one_column_has_a_header_too() -> None:
    assert cells(read_sheet(b"certificate number\nOCA.0016.0408.CS\n", "x")) == [("OCA.0016.0408.CS",)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b",,\n,,\n", "no row with anything"),
        (b'vendor,model\n"Holder 1,M-1\n', "row 2: this is not CSV"),
        (b"vendor,model\nHolder 1,M-1,extra\n", "row 2, column C: there is a cell without a heading"),
        (b"vendor,model\nHolder 1," + b"x" * 10_001, "row 2, column B: the cell has more than 10,000 letters"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old Excel file or has a password"),
        (b"%PDF-1.7 whatever", "no spreadsheet"),
        (b"<html><table>", "no spreadsheet"),
        (b"a,b\0c,d", "no spreadsheet"),
        (b"PK\x03\x04 nothing", "cannot be read as an XLSX"),
        (b"a,b," + b"," * 200 + b"c\n", "row 1: something stands beyond column"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(BadSpreadsheet) as refused:
        read_sheet(data, "offers.csv")
    assert said in str(refused.value)
    assert str(refused.value).startswith("offers.csv")


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (b"<f>A1</f><v/></c>", CellKind.NO_RESULT),
        (b"<f>A1&amp;1</f><v></v></c>", CellKind.NO_RESULT),
        (b'<f t="shared" si="0"/></c>', CellKind.NO_RESULT),
        (b"<f>A1</f></c>", CellKind.NO_RESULT),
        (b"<f>A1</f><v>7</v></c>", CellKind.NUMBER),
        (b"<v></v></c>", None),
    ],
)
def test_a_formula_without_a_result_is_no_empty_cell(written: bytes, kind: CellKind | None) -> None:
    data = repacked(book(("vendor", "model"), ("A", 7)), SHEET, lambda text: text.replace(b"<v>7</v></c>", written))
    [row] = read_sheet(data, "x.xlsx").rows
    assert row.kinds.get(1) is kind
    assert row.cells[0] == "A"


def test_a_text_that_a_formula_left_empty_is_an_empty_cell() -> None:
    def empty(text: bytes) -> bytes:
        return text.replace(b'<c r="B2" t="n"><v>7</v>', b'<c r="B2" t="str"><f>IF(A1,"","")</f><v></v>')

    changed = repacked(book(("vendor", "model"), ("A", 7)), SHEET, empty)
    [row] = read_sheet(changed, "x.xlsx").rows
    assert (row.cells, row.kinds) == (("A", ""), {})


def test_a_row_of_formulas_without_results_is_a_row_and_so_is_one_far_below() -> None:
    made = book(("vendor", "model"), ("=A9", "=B9"), *[()] * 40, ("=A9", "M-1"))
    sheet = read_sheet(made, "x.xlsx")
    assert [(row.number, sorted(row.kinds)) for row in sheet.rows] == [(2, [0, 1]), (43, [0])]


def test_formulas_without_results_and_without_places_are_refused() -> None:
    data = repacked(book(("vendor", "model"), ("A", "=A1")), SHEET, lambda text: text.replace(b' r="B2"', b""))
    with pytest.raises(BadSpreadsheet, match=r"x.xlsx has formulas whose results are not in the file: open it in a spreadsheet program"):
        read_sheet(data, "x.xlsx")


def test_more_rows_than_are_taken_are_refused_soon() -> None:
    with pytest.raises(BadSpreadsheet, match=r"row 200002: 200,000 rows are taken"):
        read_sheet(b"a,b\n" + b"1,2\n" * 200_001, "offers.csv")
    assert len(read_sheet(b"a,b\n" + b"1,2\n" * 200_000, "offers.csv").rows) == 200_000


def test_a_workbook_tells_what_it_made_of_cells() -> None:
    sheet = read_sheet(
        book(("vendor", "firmware", "installed", "ok"), ("Holder 1", 1.1, MIDNIGHT, True), ("H", "1.10", date(2025, 4, 4), None)),
        "offers.xlsx",
    )
    assert cells(sheet) == [("Holder 1", "1.1", "2025-04-03", "TRUE"), ("H", "1.10", "2025-04-04", "")]
    assert [sheet.rows[0].kind(column) for column in range(4)] == [CellKind.TEXT, CellKind.NUMBER, CellKind.DAY, CellKind.TRUTH]
    assert sheet.rows[1].kind(1) is CellKind.TEXT


def test_merged_cells_among_rows_are_refused_and_above_the_header_are_not() -> None:
    rows = (("Offers",), ("vendor", "model"), ("Holder 1", "M-1"), (None, "M-2"))
    with pytest.raises(BadSpreadsheet, match=r"row 3, column A: cells are merged up to row 4, column A"):
        read_sheet(book(*rows, change=lambda made: made.active.merge_cells("A3:A4")), "offers.xlsx")
    assert len(read_sheet(book(*rows, change=lambda made: made.active.merge_cells("A1:B1")), "offers.xlsx").rows) == 2


def test_of_several_sheets_the_first_with_content_is_read_and_that_is_told() -> None:
    def more(made: openpyxl.Workbook) -> None:
        made.create_sheet("Notes", 0)
        made.create_sheet("Hidden", 0).sheet_state = "hidden"
        made.create_sheet("Last").append(("x", "y"))

    sheet = read_sheet(book(("vendor", "model"), ("Holder 1", "M-1"), change=more), "offers.xlsx")
    assert cells(sheet) == [("Holder 1", "M-1")]
    assert "3 sheets" in sheet.notes[0]


def test_macros_are_not_looked_at_and_that_is_told() -> None:
    out = io.BytesIO(book(("vendor", "model"), ("Holder 1", "M-1")))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"anything")
    sheet = read_sheet(out.getvalue(), "offers.xlsm")
    assert len(sheet.rows) == 1
    assert "macros" in sheet.notes[0]


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO(book(("vendor", "model"), ("Holder 1", "M-1")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.xml", bytes(401 * 2**20))
    began = time.monotonic()
    with pytest.raises(BadSpreadsheet, match="unpacks to 401 MB"):
        read_sheet(out.getvalue(), "offers.xlsx")
    assert time.monotonic() - began < 5


def peak(read: Callable[[], object]) -> int:
    """The bytes that `read` held at most, as far as Python knows."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def refusal(data: bytes) -> str:
    with pytest.raises(BadSpreadsheet) as refused:
        read_sheet(data, "offers.xlsx")
    return str(refused.value)


def sharing(letters: int, rows: int) -> bytes:
    """A workbook of few bytes whose cells all have one text."""
    made = book(("vendor", "model"), *[("A " * (letters // 2), "M-1")] * rows)
    assert len(made) < 100_000
    return made


def test_one_long_text_that_many_cells_share_is_refused_before_they_are_read() -> None:
    began = time.process_time()
    data = sharing(500_000, 300)
    made = time.process_time() - began
    said: list[str] = []
    most = peak(lambda: said.append(refusal(data)))
    assert said[0].startswith("offers.xlsx, row 2, column A: the cell has more than 10,000 letters: ")
    assert most < 12 * 2**20
    began = time.process_time()
    refusal(data)
    assert time.process_time() - began < made + 1


def test_the_letters_of_all_cells_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_LETTERS", 2**20)
    assert (
        refusal(sharing(10_000, 105))
        == "offers.xlsx, row 106: the cells up to there have more than 1 million letters together: split the file"
    )
    assert len(read_sheet(sharing(10_000, 104), "offers.xlsx").rows) == 104


@pytest.mark.parametrize("text", [b"x" * 2**20, b"x<![CDATA[<row>" + b"x" * 2**20 + b"]]>"])
def test_a_row_without_end_is_refused_before_it_is_held(text: bytes) -> None:
    cell = b'<c t="inlineStr"><is><t>' + text + b"</t></is></c>"
    endless = repacked(
        book(("vendor", "model"), ("Holder 1", "M-1")),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</row></sheetData>", cell * 40 + b"</row></sheetData>"),
    )
    said: list[str] = []
    assert peak(lambda: said.append(refusal(endless))) < 16 * 2**20
    assert "cannot be read as an XLSX file" in said[0]


def test_entities_are_refused() -> None:
    sheet = book(("vendor", "model"), ("Holder 1", "M-1"))
    bad = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    for part in ("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"):
        with pytest.raises(BadSpreadsheet, match="cannot be read as an XLSX"):
            read_sheet(repacked(sheet, part, lambda xml: bad + xml.split(b"?>", 1)[-1].replace(b"Holder 1", b"&b;")), "offers.xlsx")


def test_a_row_at_the_end_of_the_world_is_refused() -> None:
    far = repacked(
        book(("vendor", "model"), ("Holder 1", "M-1")),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<row r="2"', b'<row r="999999999"'),
    )
    with pytest.raises(BadSpreadsheet, match="below row 1,048,576"):
        read_sheet(far, "offers.xlsx")


@given(st.binary(max_size=300))
def test_no_bytes_bring_anything_but_a_sheet_or_a_sentence(data: bytes) -> None:
    for sent in (data, b"PK\x03\x04" + data):
        with suppress(BadSpreadsheet):
            read_sheet(sent, "x")


BOOK = book(("vendor", "model"), ("Holder 1", "M-1"))


@given(st.integers(0, len(BOOK) - 1), st.binary(min_size=1, max_size=8))
def test_no_damage_to_a_workbook_brings_anything_but_a_sheet_or_a_sentence(at: int, other: bytes) -> None:
    with suppress(BadSpreadsheet):
        read_sheet(BOOK[:at] + other + BOOK[at + len(other) :], "x")


@given(st.integers(0, 20_000))
def test_columns_have_the_letters_of_spreadsheets(column: int) -> None:
    assert letters(column) == openpyxl.utils.get_column_letter(column + 1) if column < 18_278 else letters(column)


ALIASES = {"holder": ("vendor", "manufacturer"), "software_version": ("firmware", "firmware version")}


def test_headings_are_found_however_they_are_written() -> None:
    sheet = read_sheet(b"Site,VENDOR ,Firmware-Version\nHarbour,Holder 1,1.0\n", "x")
    columns = map_columns(sheet, ALIASES, "x")
    assert (dict(columns.found), columns.unused) == ({"holder": 1, "software_version": 2}, ("Site",))
    assert columns.place(sheet.rows[0], "holder") == "row 2, column B (VENDOR)"
    assert columns.cell(sheet.rows[0], "model") == ""


def test_a_person_can_choose_another_heading() -> None:
    sheet = read_sheet(b"Site,vendor,made by\nHarbour,Holder 1,Holder 2\n", "x")
    columns = map_columns(sheet, ALIASES, "x", {"holder": "Made by"})
    assert columns.cell(sheet.rows[0], "holder") == "Holder 2"
    assert columns.unused == ("Site", "vendor")
    with pytest.raises(BadSpreadsheet, match="no column Maker"):
        map_columns(sheet, ALIASES, "x", {"holder": "Maker"})


def test_two_columns_for_one_thing_are_refused() -> None:
    with pytest.raises(BadSpreadsheet, match=r"row 1: columns A \(vendor\) and B \(Manufacturer\) both hold the holder"):
        map_columns(read_sheet(b"vendor,Manufacturer\nA,B\n", "x"), ALIASES, "x")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-04-03", date(2025, 4, 3)),
        ("2025/4/3", date(2025, 4, 3)),
        ("2025. 4. 3.", date(2025, 4, 3)),
        ("2025년 4월 3일", date(2025, 4, 3)),
        ("2025-04-03 00:00:00", date(2025, 4, 3)),
        ("03.04.2025", date(2025, 4, 3)),
        ("13/04/2025", date(2025, 4, 13)),
        ("04/13/2025", date(2025, 4, 13)),
        ("4/4/2025", date(2025, 4, 4)),
        ("3 April 2025", date(2025, 4, 3)),
        ("3-Apr-2025", date(2025, 4, 3)),
        ("April 3, 2025", date(2025, 4, 3)),
        ("3rd Sept. 2025", date(2025, 9, 3)),
    ],
)
def test_days_that_can_be_read_in_one_way(text: str, day: date) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("03/04/2025", "can be two dates"),
        ("3-4-2025", "can be two dates"),
        ("30.02.2025", "cannot be"),
        ("2025-13-01", "cannot be"),
        ("0000-01-01", "cannot be"),
        ("45000", "is no date"),
        ("spring", "is no date"),
        ("Ju 3, 2025", "is no date"),
        ("Jun 03 25", "is no date"),
        ("03/04/25", "is no date"),
    ],
)
def test_days_that_cannot_be_told_are_said_with_a_remedy(text: str, said: str) -> None:
    with pytest.raises(NoDay, match=said) as refused:
        read_day(text)
    assert "the year first" in str(refused.value)
