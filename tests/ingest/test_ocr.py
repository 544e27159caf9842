"""Scans: made straight, freed of strokes, read by OCR, and what is not certain said to be so."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.certainty import doubtful_fields
from ingest.page import Cell, Line, Page, Word
from ingest.readers import read_document
from ingest.readers.scans import DPI, flat, straighten, strokes_of, without_strokes
from registry.certificates.facts import CertificateFacts, FieldState, Provenance
from registry.errors import Waiting
from tests.sampling import sampled

STRINGS = ((60, 60, "OCPP 1.6 Full Certificate"), (60, 100, "Certificate number:"), (300, 100, "OCA.0016.9999.CSMS"))
ROWS = (("Functionalities", "Result"), ("Core", "Pass"), ("Reservation", "Fail"))


def printed() -> Image.Image:
    """A page with text, and a table with all its strokes, at the dots per inch that pages are looked at."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 11)
    for x, y, text in STRINGS:
        canvas.drawString(x, A4[1] - y, text)
    for row, cells in enumerate(ROWS):
        for column, text in enumerate(cells):
            left, top = 60 + 200 * column, 150 + 24 * row
            canvas.rect(left, A4[1] - top - 24, 200, 24)
            canvas.drawString(left + 6, A4[1] - top - 16, text)
    canvas.save()
    with pypdfium2.PdfDocument(stream.getvalue()) as document:
        picture: Image.Image = document[0].render(scale=DPI / 72, grayscale=True).to_pil()
    return picture.convert("L")


def scanned(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PDF", resolution=DPI)
    return stream.getvalue()


@pytest.mark.parametrize("angle", [-2.0, -0.7, 0.0, 1.3])
def test_a_page_fed_in_askew_is_made_straight(angle: float) -> None:
    askew = printed().rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    assert straighten(flat(askew)).angle == pytest.approx(-angle, abs=0.15)


def test_a_place_on_the_straight_picture_is_found_again_on_the_page() -> None:
    """A dark spot far from the middle of the page, which the turn moves by some 15 points."""
    picture = printed()
    ImageDraw.Draw(picture).rectangle((2000, 3000, 2030, 3030), fill=0)
    askew = picture.rotate(2.0, Image.Resampling.BICUBIC, fillcolor=255)
    straight = straighten(flat(askew))
    x0, top, x1, bottom = straight.on_page((2000 * 72 / DPI, 3000 * 72 / DPI, 2030 * 72 / DPI, 3030 * 72 / DPI))
    middle = ((x0 + x1) / 2 * DPI / 72, (top + bottom) / 2 * DPI / 72)
    assert askew.getpixel((round(middle[0]), round(middle[1]))) == 0


def test_strokes_are_found_and_taken_away_and_letters_stay() -> None:
    picture = printed()
    across, down = strokes_of(picture)
    assert len({round(drawn.stroke.at) for drawn in across}) == 4
    assert len({round(drawn.stroke.at) for drawn in down}) == 3
    clean = without_strokes(picture, across, down)
    again = strokes_of(clean)
    assert not again[0]
    assert not again[1]
    title = (50 * DPI // 72, 40 * DPI // 72, 400 * DPI // 72, 70 * DPI // 72)
    assert clean.crop(title).tobytes() == picture.crop(title).tobytes()


def test_uneven_light_goes_and_ink_stays() -> None:
    shade = Image.linear_gradient("L").resize((800, 800)).point(lambda level: 190 + level // 4)
    ImageDraw.Draw(shade).rectangle((100, 100, 120, 120), fill=30)
    even = flat(shade)
    assert even.getpixel((400, 10)) == pytest.approx(255, abs=8)
    assert even.getpixel((400, 790)) == pytest.approx(255, abs=8)
    assert max(even.crop((105, 105, 115, 115)).tobytes()) < 100


def test_a_scan_is_read_with_its_table_and_its_places() -> None:
    facts, (page,) = read_document(scanned(printed().rotate(0.8, Image.Resampling.BICUBIC, fillcolor=255)), "scan.pdf")
    assert facts.text_source == "ocr"
    found = [[cell.text for cell in line.cells] for line in page.lines]
    assert ["Certificate number:", "OCA.0016.9999.CSMS"] in found
    assert [list(row) for row in ROWS] == found[-3:]
    line = next(line for line in page.lines if "9999" in line.text)
    box = line.place(len("Certificate number:") + 1, len(line.text))[1]
    assert box is not None
    assert box[0] == pytest.approx(300, abs=8)
    assert box[3] == pytest.approx(100, abs=8)


@pytest.mark.parametrize(
    "how", [Image.Transpose.ROTATE_90, *sampled([Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270], 2)], ids=["up", "over", "down"]
)
def test_a_page_scanned_lying_or_upside_down_is_read(how: Image.Transpose) -> None:
    picture = printed()
    ImageDraw.Draw(picture).text((250, 1300), "\n".join(["This certificate attests that the product conforms"] * 6), fill=0, font_size=46)
    turned = picture.transpose(how)
    _, (page,) = read_document(scanned(turned), "scan.pdf")
    assert page.turned
    assert [page.width, page.height] == pytest.approx([turned.width * 72 / DPI, turned.height * 72 / DPI], abs=1)
    line = next(line for line in page.lines if "9999" in line.text)
    assert [cell.text for cell in line.cells] == ["Certificate number:", "OCA.0016.9999.CSMS"]
    box = line.place(len("Certificate number:") + 1, len(line.text))[1]
    assert box is not None
    middle = 360.0, 97.0
    wanted = {
        Image.Transpose.ROTATE_90: (middle[1], A4[0] - middle[0]),
        Image.Transpose.ROTATE_180: (A4[0] - middle[0], A4[1] - middle[1]),
        Image.Transpose.ROTATE_270: (A4[1] - middle[1], middle[0]),
    }[how]
    assert [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] == pytest.approx(wanted, abs=9)


@pytest.mark.parametrize("font", ["Helvetica", "Times-Roman", "Courier"])
def test_a_hyphen_and_a_dash_are_told_apart_or_in_doubt(font: str) -> None:
    """A typewriter's hyphen is as wide as the dash of other type, and hardly narrower than its own."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    canvas.setFont(font, 10)
    for line, dash in enumerate("-–-–-"):
        canvas.drawString(60, A4[1] - 60 - 18 * line, f"conforming to the reference specification 1.6 {dash} Edition")
    canvas.save()
    with pypdfium2.PdfDocument(stream.getvalue()) as document:
        picture = document[0].render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
    _, (page,) = read_document(scanned(picture), "scan.pdf")
    dashes = [word for line in page.lines for cell in line.cells for word in cell.words if word.text in ("-", "–")]
    assert len(dashes) == 5
    assert all(word.text == dash or not word.sure for word, dash in zip(dashes, "-–-–-", strict=True))
    assert font == "Courier" or all(word.sure for word in dashes)


def test_a_smeared_word_is_not_certain() -> None:
    picture = printed()
    smeared = (300 * DPI // 72, 88 * DPI // 72, 420 * DPI // 72, 104 * DPI // 72)
    part = picture.crop(smeared)
    picture.paste(part.resize((part.width // 9, part.height // 9)).resize(part.size, Image.Resampling.BILINEAR), smeared)
    _, (page,) = read_document(scanned(picture), "scan.pdf")
    words = [
        word for line in page.lines for cell in line.cells for word in cell.words if word.box and word.box[0] > 290 and word.box[3] < 120
    ]
    assert all(not word.sure or word.text == "OCA.0016.9999.CSMS" for word in words)


def test_without_tesseract_the_document_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        Waiting, match=r"^scan\.pdf: page 1 is a picture and waits for OCR; install it with: sudo apt-get install tesseract-ocr$"
    ):
        read_document(scanned(printed().resize((600, 800))), "scan.pdf")


def test_what_was_read_from_doubtful_letters_is_named() -> None:
    words = (Word("LG", (10, 10, 20, 20)), Word("Uplus", (25, 10, 50, 20), sure=False))
    page = Page(1, (Line((Cell(words),)),))
    entry = Provenance("holder", "LG Uplus", FieldState.READ, 1, None, (10, 10, 50, 20), "cover.label")
    elsewhere = Provenance("designation", "Volt Up", FieldState.READ, 1, None, (10, 40, 50, 50), "cover.label")
    assert page.lines[0].certain(0, 2)
    assert not page.lines[0].certain(0, 8)
    facts = CertificateFacts(holder="LG Uplus", designation="Volt Up")
    assert doubtful_fields(facts, [entry, elsewhere], [page]) == {"holder"}
