"""Names in scans are believed where their letters look like those of words that can be no others."""

from __future__ import annotations

import io
from functools import cache

import pypdfium2
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ingest.readers.ink import Ink
from ingest.readers.known import is_common, is_small
from ingest.readers.likeness import letters_of, not_borne_out
from ingest.readers.marks import inked_words
from ingest.readers.scans import DPI, flat, straighten
from tests.corpus.scans import scan

FONTS = ("Helvetica", "Times-Roman", "Helvetica-Bold")
SIZE, ROW, COLUMNS = 10.0, 17.0, 3
SENTENCE = (
    "Certificate holder number date Reference Edition Errata Charging Station Management System Product designation Software version "
    "Local Authorization List Smart Remote Trigger Firmware Reservation Core Test laboratory Location Report Vendor Device Under "
    "Communication Functionalities Optional features Performance Measured value Name Description Configuration Hardware Limit Fixed cable "
    "Yes Type Feature AllowOfflineTxForUnknownId BlinkRepeat ClockAlignedDataInterval ConnectionTimeOut GetConfigurationMaxKeys "
    "HeartbeatInterval LightIntensity LocalAuthorizeOffline MaxEnergyOnInvalidId UnlockConnectorOnEVSideDisconnect WebSocketPingInterval "
    "AuthorizeRemoteTxRequests StopTransactionOnInvalidId ReserveConnectorZeroSupported SupportedFeatureProfiles LocalAuthListMaxLength"
)
COMMON = SENTENCE.split()
NAMES = ("Fastned", "Allego", "Siemens", "Ltd", "LLC", "Lodz", "Illinois", "Delta", "Detroit", "Slupsk", "Elektro", "Caen", "Coelho", "MAE")
FOREIGN = (("Lærdal", "Leerdal"), ("NÆRING", "NAERING"), ("CŒUR", "CCEUR"), ("Cœur", "Coeur"), ("Kræft", "Kreeft"), ("Fløde", "Flode"))
CROSSED = (("LADOWARKI", 0), ("Lukasz", 0), ("Slupsk", 1), ("Wisla", 3), ("Duro", 0), ("ELL", 2), ("Malopolska", 2))
"""Words in which the letter at that place has a stroke through it, and which are read as if it had none."""


def _word(canvas: Canvas, x: float, base: float, text: str, crossed: int | None, font: str) -> None:
    canvas.setFont(font, SIZE)
    canvas.drawString(x, A4[1] - base, text)
    if crossed is not None:
        left = x + stringWidth(text[:crossed], font, SIZE) - 0.02 * SIZE
        wide = 0.3 * SIZE if text[crossed].isupper() else stringWidth(text[crossed], font, SIZE) + 0.04 * SIZE
        rise = 0.1 * SIZE if text[crossed] in "Ll" else 0.0
        middle = A4[1] - base + 0.36 * SIZE
        canvas.setLineWidth((0.11 if "Bold" in font else 0.07) * SIZE)
        canvas.line(left, middle - rise, left + wide, middle + rise)


@cache
def doubted(font: str, dpi: int) -> frozenset[str]:
    """Of the words of a page that was printed and scanned, those not borne out when each is read as it says; crossed ones with a `/`."""
    words: list[tuple[str, str, int | None]] = [(text, text, None) for text in (*COMMON, *NAMES)]
    words += [(printed, read, None) for printed, read in FOREIGN]
    words += [(text, text, place) for text, place in CROSSED]
    stream, inks = io.BytesIO(), []
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    for place, (printed, read, crossed) in enumerate(words):
        x, base = 40 + 175 * (place % COLUMNS), 60 + ROW * (place // COLUMNS)
        _word(canvas, x, base, printed, crossed, font)
        inks.append(Ink(read, x, base - 7.2, x + stringWidth(printed, font, SIZE), base + 2, base, SIZE))
    canvas.save()
    with pypdfium2.PdfDocument(scan(stream.getvalue(), dpi, f"{font}-{dpi}")) as document:
        picture = straighten(flat(document[0].render(scale=DPI / 72).to_pil().convert("L"))).picture
    letters = letters_of(picture, inked_words(picture, inks, 72 / DPI))
    return frozenset(words[place][1] + "/" * (words[place][2] is not None) for _, place in not_borne_out([letters]))


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_letters_with_a_stroke_through_them_are_in_doubt(font: str, dpi: int) -> None:
    assert {f"{text}/" for text, _ in CROSSED} <= doubted(font, dpi)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_two_letters_set_as_one_are_in_doubt(font: str, dpi: int) -> None:
    assert {read for _, read in FOREIGN} <= doubted(font, dpi)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("dpi", [200, 300])
def test_nearly_all_plain_names_are_borne_out(font: str, dpi: int) -> None:
    assert len(doubted(font, dpi).intersection(NAMES)) <= 2


def test_letters_that_no_known_word_has_are_in_doubt_where_they_may_be_others() -> None:
    """One word alone on a page: nothing says how its letters look there."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    _word(canvas, 60, 60, "Lodz", None, "Helvetica")
    _word(canvas, 60, 90, "Sius", None, "Helvetica")
    canvas.save()
    with pypdfium2.PdfDocument(stream.getvalue()) as document:
        picture = document[0].render(scale=DPI / 72).to_pil().convert("L")
    lone = (("Lodz", 60.0), ("Sius", 90.0))
    inks = [Ink(text, 60, base - 7.2, 60 + stringWidth(text, "Helvetica", SIZE), base + 2, base, SIZE) for text, base in lone]
    assert list(not_borne_out([letters_of(picture, inked_words(picture, inks, 72 / DPI))])) == [(0, 0)]


def test_words_that_are_common_teach_how_letters_look() -> None:
    assert is_common("Management")
    assert is_common("HeartbeatInterval")
    assert is_common("Ltd.")
    assert is_common("W01.OCA.0016.9003.CS")
    assert not is_common("LTTD")
    assert not is_common("Lodz")
    assert not is_common("Core"[:3])
    assert is_small("the")
    assert not is_small("AG")
