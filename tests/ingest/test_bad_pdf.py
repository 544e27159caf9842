"""PDFs that are no certificate, not whole, not one, or not well meant: one clear line each, within bounds, and never a wrong value."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.parse import parse_document
from registry.certificates.facts import Extraction
from registry.errors import NotACertificate, UnreadableDocument
from tests.corpus import fpdf, hostile, platypus
from tests.corpus.content import blocks
from tests.corpus.facts import Sheet, sheets
from tests.corpus.look import Look
from tests.ingest.bounded import Fate, parse_bounded
from tests.ingest.certificates import ROOT
from tests.ingest.comparing import Outcome, compare, contradictions
from tests.sampling import sampled

SHEETS = {str(sheet.certificate.facts.number): sheet for sheet in sheets()}
FIRST, SECOND = (next(sheet for number, sheet in SHEETS.items() if number.endswith(role)) for role in (".CSMS", ".CS"))
WHOLE = hostile.certificate(FIRST)

REFUSED: dict[str, Callable[[], bytes]] = {
    "invoice": hostile.invoice,
    "datasheet": hostile.datasheet,
    "encrypted": lambda: hostile.encrypted(WHOLE, "secret"),
    "300 pages": lambda: hostile.long(300),
    "decompression bomb": lambda: hostile.bomb(1 << 28),
    "nested decompression bomb": lambda: hostile.nested_bomb(1 << 28),
    "page tree without an end": hostile.endless_pages,
    "form that draws itself": hostile.endless_form,
    "head of a PDF alone": lambda: b"%PDF-1.7\n",
    "end of a PDF alone": lambda: b"%PDF-1.7\n" + WHOLE[-600:],
    "zeros": lambda: b"%PDF-1.4\n" + bytes(100_000) + b"\n%%EOF\n",
}


@pytest.fixture(scope="module")
def fates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fate]:
    """What becomes of each in a process with bounds."""
    folder = tmp_path_factory.mktemp("refused")
    for name, make in REFUSED.items():
        (folder / f"{name}.pdf").write_bytes(make())
    found = parse_bounded([folder / f"{name}.pdf" for name in REFUSED])
    return {Path(fate.name).stem: fate for fate in found}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_one_line_that_names_it(fates: dict[str, Fate], name: str) -> None:
    fate = fates[name]
    assert fate.outcome == "refused", fate
    assert f"{name}.pdf" in fate.message
    assert "\n" not in fate.message
    assert 20 < len(fate.message) < 300
    assert fate.seconds < 20, fate


def test_what_is_refused_takes_little_memory(fates: dict[str, Fate]) -> None:
    assert max(fate.mebibytes for fate in fates.values()) < 700


def wrong_values(data: bytes, name: str, sheet: Sheet) -> list[str]:
    """Whatever is read and not true; nothing when the document is refused in one line."""
    try:
        extraction = parse_document(data, name)
    except (NotACertificate, UnreadableDocument) as error:
        return [f"{name}: refused in several lines"] if "\n" in str(error) else []
    return wrong_in(extraction, name, sheet)


def wrong_in(extraction: Extraction, name: str, sheet: Sheet) -> list[str]:
    """Whatever was read and is not true."""
    compared = compare(sheet.certificate.facts, extraction.certificate)
    wrong = [f"{name}: {one.path} is {one.expected!r}, read as {one.actual!r}" for one in compared if one.outcome == Outcome.WRONG]
    return wrong + [f"{name}: {line}" for line in contradictions(extraction)]


def _is_read_as_it_looks(data: bytes, name: str) -> None:
    """By OCR, and right: what the text layer says is taken for nothing."""
    extraction = parse_document(data, name)
    assert extraction.document.text_source == "ocr"
    assert extraction.certificate.number == FIRST.certificate.facts.number
    assert not wrong_in(extraction, name, FIRST)


def test_two_certificates_in_one_file_are_refused_and_both_named() -> None:
    """Even when each is a certificate of its own, one file must not become one entry."""
    both = hostile.joined(WHOLE, hostile.certificate(SECOND))
    with pytest.raises(NotACertificate) as caught:
        parse_document(both, "both.pdf")
    for sheet in (FIRST, SECOND):
        assert str(sheet.certificate.facts.number) in str(caught.value)


def test_the_same_certificate_twice_in_one_file_is_not_read_wrong() -> None:
    assert not wrong_values(hostile.joined(WHOLE, WHOLE), "twice.pdf", FIRST)


def test_a_certificate_after_a_letter_is_not_read_wrong() -> None:
    assert not wrong_values(hostile.joined(hostile.invoice(), WHOLE), "with invoice.pdf", FIRST)


def test_pages_in_reverse_are_not_read_wrong() -> None:
    assert not wrong_values(hostile.reversed_pages(WHOLE), "reversed.pdf", FIRST)


def test_the_cover_without_its_annex_is_not_read_wrong() -> None:
    assert not wrong_values(hostile.first_pages(WHOLE), "cover.pdf", FIRST)


def test_a_document_that_only_the_owner_has_locked_is_read() -> None:
    extraction = parse_document(hostile.encrypted(WHOLE, ""), "locked.pdf")
    assert extraction.certificate.number == FIRST.certificate.facts.number


def test_truncated_documents_are_refused_or_not_read_wrong() -> None:
    wrong: list[str] = []
    for part in range(1, 20):
        wrong += wrong_values(WHOLE[: len(WHOLE) * part // 20], f"cut at {part * 5} %.pdf", FIRST)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["certificate.txt", "certificate", "certificate.md", "certificate.docx"])
def test_a_wrong_extension_does_not_matter(name: str) -> None:
    extraction = parse_document(WHOLE, name)
    assert extraction.certificate.number == FIRST.certificate.facts.number
    assert extraction.document.media_type == "application/pdf"


def test_a_text_named_like_a_pdf_is_read_as_text() -> None:
    text = next((Path(__file__).parents[2] / "data/certificates").glob("*.txt")).read_bytes()
    assert parse_document(text, "certificate.pdf").document.media_type == "text/plain"


def test_scripts_and_attachments_are_not_run_and_change_nothing() -> None:
    """The page is read as it is; what stands in the attachment does not count as printed."""
    assert not wrong_values(hostile.active(WHOLE), "active.pdf", FIRST)
    assert parse_document(hostile.active(WHOLE), "active.pdf").certificate == parse_document(WHOLE, "whole.pdf").certificate


@pytest.mark.parametrize("pages", sampled([1, 2], 2))
def test_fonts_without_character_map_are_not_read_as_letters(pages: int) -> None:
    embedded = hostile.first_pages(fpdf.render(blocks(FIRST), Look("no map", size=10, merged=True)), pages)
    _is_read_as_it_looks(hostile.without_character_map(embedded), "no map.pdf")


@pytest.mark.parametrize("pages", sampled([1, 2], 2))
def test_a_character_map_that_lies_is_not_believed(pages: int) -> None:
    """Each letter says that it is its neighbour in the alphabet."""
    _is_read_as_it_looks(hostile.with_lying_map(FIRST, pages), "lying map.pdf")


def test_a_page_of_kilometres_is_read_or_refused_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    path.write_bytes(hostile.huge_page(WHOLE))
    (fate,) = parse_bounded([path])
    assert fate.outcome in ("read", "refused"), fate
    assert fate.mebibytes < 700


def test_unseen_text_behind_a_picture_does_not_count() -> None:
    """A white sheet with another number over the certificate's own: neither is certain."""
    data = hostile.with_unseen_number(FIRST, "OCA.0016.9999.CSMS")
    assert not [line for line in wrong_values(data, "unseen.pdf", FIRST) if "9999" in line]


def test_what_the_library_says_of_a_document_is_not_printed() -> None:
    script = "import sys; from ingest.readers.pdf import read_pdf; read_pdf(sys.stdin.buffer.read(), 'x.pdf')"
    done = subprocess.run([sys.executable, "-c", script], input=hostile.endless_form(), capture_output=True, check=True, cwd=ROOT)
    assert done.stderr == b""


def test_a_page_without_a_size_is_refused_in_one_line() -> None:
    data = platypus.render(blocks(next(iter(SHEETS.values()))), Look("bad"))
    assert b"841.8898 ]" in data
    with pytest.raises(UnreadableDocument, match=r"x\.pdf: is a damaged PDF"):
        parse_document(data.replace(b"841.8898 ]", b"841 /A 898]"), "x.pdf")
