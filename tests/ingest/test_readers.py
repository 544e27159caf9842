"""Bytes to lines of cells: what is read as what, and what is refused in one clear line."""

from __future__ import annotations

import codecs
import io
import zipfile

import pytest

from ingest.page import Cell, Line, Word
from ingest.readers import LARGEST, read_document
from ingest.readers.markup import read_lines
from registry.errors import UnreadableDocument
from tests.corpus import platypus
from tests.corpus.content import Heading
from tests.corpus.look import Look


def cells(text: str) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in read_lines(text)]


@pytest.mark.parametrize(
    "text", ["Core\tPass", "Core   Pass", "| Core | Pass |", "<table><tr><td>Core</td><td>Pass</td></tr></table>", '"Core","Pass"']
)
def test_every_way_to_part_cells_gives_the_same_cells(text: str) -> None:
    assert cells(text) == [["Core", "Pass"]]


def test_markup_goes_and_what_the_certificate_prints_stays() -> None:
    assert cells("# **Test** Configuration") == [["Test Configuration"]]
    assert cells("<b>Fixed cable</b>\t<Yes>") == [["Fixed cable", "<Yes>"]]
    assert cells("<>\t&lt;&gt;") == [["<>", "<>"]]
    assert cells("KSGA_20210914_Test Report_LH\\_V104") == [["KSGA_20210914_Test Report_LH_V104"]]
    assert cells("BlinkRepeat\t-") == [["BlinkRepeat", "-"]]
    assert cells("![a signature](x.png)") == []
    assert cells("|---|---|") == []


def test_lines_are_those_of_the_file() -> None:
    lines = read_lines("\n\na\n\n<table>\n<tr>\n<td>b</td>\n<td>c</td></tr></table>")
    assert [[cell.line for cell in line.cells] for line in lines] == [[3], [7, 8]]


def test_an_empty_cell_is_a_cell() -> None:
    assert cells("\tTest Results\t") == [["", "Test Results", ""]]


@pytest.mark.parametrize("encode", [lambda text: codecs.BOM_UTF8 + text.encode(), lambda text: text.encode("utf-16"), str.encode])
def test_the_encodings(encode: object) -> None:
    assert callable(encode)
    facts, pages = read_document(encode("Réservation – x"), "a.txt")
    assert pages[0].lines[0].text == "Réservation – x"
    assert (facts.media_type, facts.text_source, facts.pages) == ("text/plain", "text", 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t \n", "blanks"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04...", "archive"),
        (b"\x89PNG\r\n", "picture"),
        (b"abc\x00def", "control characters"),
        ("Größe".encode("latin-1"), "UTF-8"),
        ("lost \ufffd letters".encode(), "replacement"),
        (b"a" * (LARGEST + 1), "larger"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableDocument, match=words) as caught:
        read_document(data, "thing.pdf")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("thing.pdf: ")


def test_the_box_of_a_slice_is_that_of_its_words() -> None:
    """A reader that knows boxes gets them through to the fields."""
    first = Cell((Word("OCPP", (10, 20, 40, 30)), Word("1.6", (45, 20, 60, 31))))
    second = Cell((Word("Pass", (100, 19, 120, 30)),))
    line = Line((first, second))
    assert line.text == "OCPP 1.6\tPass"
    assert line.place(5, 8) == (None, (45, 20, 60, 31))
    assert line.place(0, len(line.text)) == (None, (10, 19, 120, 31))


def test_an_archive_is_no_pdf_though_one_lies_at_its_beginning() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("certificate.pdf", platypus.render([Heading("OCPP 1.6 Full Certificate", 0)], Look("packed")))
    assert b"%PDF-" in stream.getvalue()[:100]
    with pytest.raises(UnreadableDocument, match=r"^x\.zip: is an archive or office file, which is not read; "):
        read_document(stream.getvalue(), "x.zip")
