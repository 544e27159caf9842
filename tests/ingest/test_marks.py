"""What the picture shows that letters read by OCR do not have: accents, raised figures, small capitals, other letters."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pypdfium2
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ingest.readers import read_document
from ingest.readers.ink import Ink
from ingest.readers.marks import inked_words, with_marks
from ingest.readers.parts import parts_of
from ingest.readers.scans import DPI, flat, straighten
from tests.corpus.scans import scan

POINT = 72 / DPI
FONTS = ("Helvetica", "Times-Roman", "Helvetica-Bold", "Courier")
SIZE = 10.0
ROW = 16.0


@dataclass(frozen=True)
class Set:
    """A word as it is set, in strings of one size and height each, and as OCR reads it."""

    read: str
    strings: tuple[tuple[str, float, float], ...]


def plain(text: str, read: str = "") -> Set:
    return Set(read or text, ((text, 1.0, 0.0),))


def small_capitals(text: str, share: float = 0.75) -> Set:
    return Set(text.upper(), ((text[0], 1.0, 0.0), (text[1:].upper(), share, 0.0)))


def noted(text: str, note: str) -> Set:
    return Set(text + note, ((text, 1.0, 0.0), (note, 0.7, 0.35)))


TRUE = tuple(
    map(plain, ("Energia", "Siemens", "Illinois", "Hubject", "Jupiter", "Quick", "charging", "CHAEVI", "TTA", "B.V.", "Co.,Ltd", "EV-SEP"))
)
TRUE += tuple(
    map(plain, ("2464", "1.10.0", "v1.5.1", "2023-11-08", "30", "(v4.0", "Fastned", "Ubitricity", "Seongnam", "Yes", "No", "Pass"))
)
ACCENTS = (
    plain("Energía", "Energia"),
    plain("Tecnológico", "Tecnologico"),
    plain("Müller", "Muller"),
    plain("Zürich", "Ziirich"),
    plain("España", "Espana"),
    plain("Citroën", "Citroen"),
    plain("Noël", "Noel"),
    plain("São", "Sao"),
    plain("Île", "Ile"),
    plain("Évry", "Evry"),
    plain("Español", "Espanol"),
    plain("ELÉCTRICA", "ELECTRICA"),
    plain("MÜNCHEN", "MUNCHEN"),
    plain("Malmå", "Malma"),
)
UNDER = (plain("França", "Franca"), plain("Français", "Frangais"), plain("Açores", "Acores"), plain("FRANÇA", "FRANCA"))
STRUCK = (plain("Køge", "Kage"), plain("Sørby", "Sorby"))
SMALL = tuple(map(small_capitals, ("Wevo", "Energy", "Siemens", "Gridwiz")))
RAISED = (noted("15", "1"), noted("1.6", "2"), noted("300", "3"), noted("2.4.5", "4"), plain("15¹", "151"), plain("60²", "602"))
OTHER = (plain("ooss", "OOss"), Set("WeEvo", small_capitals("Wevo").strings), plain("2.4.5", "24.5"))


GROUPS = {"true": TRUE, "over": ACCENTS, "under": UNDER, "struck": STRUCK, "small": SMALL, "raised": RAISED, "other": OTHER}
COLUMNS = (50.0, 150.0, 270.0, 400.0)


def placed(words: Sequence[Set]) -> list[tuple[float, float, Set]]:
    """Each word with its place, in columns from top to bottom."""
    rows = -(-len(words) // len(COLUMNS))
    return [(COLUMNS[place // rows], 60 + ROW * (place % rows), word) for place, word in enumerate(words)]


@cache
def printed(words: tuple[Set, ...], font: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    for left, base, word in placed(words):
        x = left
        for text, share, up in word.strings:
            canvas.setFont(font, SIZE * share)
            canvas.drawString(x, A4[1] - base + up * SIZE, text)
            x += stringWidth(text, font, SIZE * share)
    canvas.save()
    return stream.getvalue()


@cache
def doubted(words: tuple[Set, ...], font: str, dpi: int) -> frozenset[Set]:
    """The words that are in doubt after the page was printed and scanned, when each is read as it says."""
    with pypdfium2.PdfDocument(scan(printed(words, font), dpi, f"{font}-{dpi}")) as document:
        picture = document[0].render(scale=DPI / 72).to_pil().convert("L")
    inks = []
    for left, base, word in placed(words):
        width = sum(stringWidth(text, font, SIZE * share) for text, share, _ in word.strings)
        inks.append(Ink(word.read, left, base - 7.2, left + width, base + 2, base, SIZE))
    found = with_marks(inked_words(straighten(flat(picture)).picture, inks, POINT))
    return frozenset(word for ink, word in zip(found, words, strict=True) if not ink.sure)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("dpi", [200, 300])
@pytest.mark.parametrize("group", GROUPS)
def test_words_are_in_doubt_where_more_is_printed_than_was_read(group: str, font: str, dpi: int) -> None:
    # A page has mostly words that are read right: what is usual on it is taken from those.
    page = (*TRUE, *TRUE, *(word for words in GROUPS.values() for word in words))
    found = doubted(page, font, dpi)
    assert [word.read for word in GROUPS[group] if (word in found) != (group != "true")] == []


def test_letters_that_no_english_word_has_are_in_doubt() -> None:
    assert len(doubted((plain("Générale"),), "Helvetica", 300)) == 1


def test_signs_that_are_read_for_letters_are_in_doubt() -> None:
    strange = (plain("Tromso", "Troms@"), plain("Orsted", "@rsted"), plain("Flos", "Flo&"), plain("Igdir", "I§dir"), plain("Gaus", "Gau8"))
    assert doubted((*strange, plain("E&H"), plain("R&D"), plain("2464")), "Helvetica", 300) == frozenset(strange)


def test_pieces_of_ink_have_their_boxes_and_their_holes() -> None:
    picture = Image.new("L", (120, 60), 0)
    brush = ImageDraw.Draw(picture)
    brush.ellipse((5, 5, 40, 50), outline=255, width=4)
    brush.ellipse((55, 5, 90, 50), outline=255, width=4)
    brush.line((55, 50, 90, 5), fill=255, width=3)
    brush.line((100, 10, 100, 20), fill=255)
    brush.line((101, 21, 110, 30), fill=255)
    brush.point((3, 3), fill=255)
    found = sorted(parts_of(picture), key=lambda part: part.x0)
    assert [part.holes for part in found] == [1, 2, 0]
    assert (found[2].x0, found[2].top, found[2].x1, found[2].bottom, found[2].area) == (100, 10, 111, 31, 21)
    assert (found[2].width, found[2].height) == (11, 21)


def test_ink_that_ends_a_row_of_pixels_does_not_go_on_in_the_next() -> None:
    picture = Image.new("L", (20, 20), 0)
    brush = ImageDraw.Draw(picture)
    brush.rectangle((12, 4, 19, 5), fill=255)
    brush.rectangle((0, 5, 6, 6), fill=255)
    assert sorted((part.x0, part.x1) for part in parts_of(picture)) == [(0, 7), (12, 20)]


def test_what_the_ocr_made_of_a_scan_with_accents_and_notes_is_in_doubt() -> None:
    words = (plain("Energía"), plain("Siemens"), small_capitals("Wevo"), noted("30", "4"), plain("2464"), *TRUE[:5] * 4)
    words += tuple(map(plain, ("Certificate", "Management", "System")))
    _, (page,) = read_document(scan(printed(words, "Helvetica"), 300, "whole"), "scan.pdf")
    found = [(word.text, word.sure) for word in (line.cells[0].words[0] for line in page.lines)]
    assert found[:2] == [("Energia", False), ("Siemens", True)]
    assert not found[2][1]
    assert found[3][0] != "30"
    assert found[4] == ("2464", True)
