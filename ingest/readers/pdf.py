"""Reads PDFs: words and strokes of every page from one open document; pages that only look like text go to the OCR."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO
from itertools import islice, pairwise

import pdfplumber
from pdfminer.layout import LTChar, LTComponent, LTContainer, LTCurve, LTImage, LTLine, LTRect
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.psexceptions import PSException
from pdfplumber.page import Page as PlumberPage
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from ingest.page import Page
from ingest.readers.active import active_content
from ingest.readers.arrange import arrange
from ingest.readers.bounds import MOST_PAGES, require_bounded
from ingest.readers.drawing import Drawn, Grounds, color_name, drawn, hidden_layers, lightness
from ingest.readers.furniture import overprinted, stamps, without_running_lines
from ingest.readers.ink import Ink, Sheet, Stroke
from ingest.readers.known import common_words
from ingest.readers.letters import Letter, Style, plain, words_of
from ingest.readers.ocr import read_scans
from ingest.readers.rendering import has_unseen_text
from ingest.readers.struck import Segment, without_struck
from ingest.readers.turning import turned_back, turned_box, turned_sheet
from ingest.readers.typed import struck_places, typed_words
from registry.certificates.facts import Box
from registry.errors import UnreadableDocument

_THIN = 3.2
"""Points up to which a filled rectangle is a stroke."""
_SHORT = 3.0
_CORNER = 14.0
"""Points that the corner of a box may be rounded by."""
_FEW_LETTERS = 40
_WHOLE_PAGE = 0.8
_MASSIVE = 0.4
_MUCH = 0.3
_MANY_CURVES = 300
_MOST_SLANTED = 2000
_LEAST_WORDS = 15
_BROKEN = (
    PSException,
    PdfminerException,
    MalformedPDFException,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What the PDF library raises on malformed documents: it checks little, so nearly everything."""


@dataclass
class _Seen:
    """What one page showed besides its words."""

    sheet: Sheet
    letters: list[Letter] = field(default_factory=list)
    lying: dict[int, list[Letter]] = field(default_factory=dict)
    """Letters that run up (1), upside down (2) or down (3), as they stand when the page is turned so that they are upright."""
    turn: int = 0
    """The direction of the page's text, as in `lying`; 0 when it is upright."""
    unknown: int = 0
    sideways: int = 0
    pictures: float = 0.0
    curves: int = 0
    grounds: Grounds = field(default_factory=Grounds)
    slanted: list[Segment] = field(default_factory=list)
    struck: list[Box] = field(default_factory=list)

    @cached_property
    def styles(self) -> dict[Style, list[Letter]]:
        """The letters by what they look like."""
        found: dict[Style, list[Letter]] = {}
        for letter in self.letters:
            found.setdefault(letter.style, []).append(letter)
        return found


@dataclass(frozen=True)
class PdfReading:
    """The pages, whether one of them was read by OCR, and the kinds of `ingest.readers.active` that the document holds."""

    pages: tuple[Page, ...]
    scanned: bool
    active: tuple[str, ...]


def read_pdf(data: bytes, name: str) -> PdfReading:
    """The pages of a PDF. Raises UnreadableDocument or Waiting, each with one line that says what is the matter."""
    require_bounded(data, name)
    with _reported(name), pdfplumber.open(BytesIO(data)) as pdf:
        count = len(list(islice(PDFPage.create_pages(pdf.doc), MOST_PAGES + 1)))
        if count > MOST_PAGES:
            raise UnreadableDocument(f"{name}: has more than {MOST_PAGES} pages, which no certificate has; give one certificate per file")
        if not count:
            raise UnreadableDocument(f"{name}: is a PDF without a page; fetch the file again")
        active = active_content(pdf.doc)
        layers = hidden_layers(pdf)
        seen = []
        for page in pdf.pages:
            seen.append(_look(page, layers))
            page.close()
    scans = [number for number, one in enumerate(seen, start=1) if _needs_ocr(one)]
    unseen = has_unseen_text(data, [number for number, one in enumerate(seen, start=1) if number not in scans and _is_picture(one)])
    scans = sorted({*scans, *unseen})
    printed = {number: one for number, one in enumerate(seen, start=1) if number not in scans}
    sheets = _sheets(printed)
    turns = {number: one.turn for number, one in printed.items()}
    for number, scan in (read_scans(data, scans, name) if scans else {}).items():
        sheets[number], turns[number] = scan.sheet, scan.turn
    pages = tuple(_page(sheet, number, turns[number]) for number, sheet in sorted(sheets.items()))
    return PdfReading(pages, bool(scans), active)


def _sheets(printed: Mapping[int, _Seen]) -> dict[int, Sheet]:
    """The pages with a text layer as words and strokes, without what belongs to the paper."""
    stamped = stamps([one.styles for one in printed.values()])
    words = []
    for one in printed.values():
        letters = (
            [letter for style, letters in one.styles.items() if style not in stamped for letter in letters] if stamped else one.letters
        )
        upright = [*words_of(letters), *one.sheet.inks]
        words.append(upright if one.turn else without_struck(upright, one.sheet.across, one.slanted, one.struck))
    sheets = {}
    for (number, one), left in zip(printed.items(), without_running_lines(words), strict=True):
        inks = overprinted(left)
        shown = [replace(ink, shown=turned_back(ink, one.turn, one.sheet.width, one.sheet.height)) for ink in inks] if one.turn else inks
        sheets[number] = replace(one.sheet, inks=shown)
    return sheets


def _page(sheet: Sheet, number: int, turn: int) -> Page:
    """The page, its size that of the page as it is shown."""
    page = arrange(sheet, number)
    width, height = (sheet.height, sheet.width) if turn % 2 else (sheet.width, sheet.height)
    return replace(page, width=width, height=height, turned=bool(turn))


@contextmanager
def _reported(name: str) -> Iterator[None]:
    """Every way in which the PDF library fails on a document, as one line."""
    try:
        yield
    except UnreadableDocument:
        raise
    except _BROKEN as error:
        causes = [error, *error.args, error.__cause__, error.__context__]
        if any(isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError) for cause in causes):
            raise UnreadableDocument(f"{name}: is encrypted with a password; save it without one and give it again") from error
        raise UnreadableDocument(f"{name}: is a damaged PDF ({type(error).__name__}); fetch the file again") from error


def _look(page: PlumberPage, layers: frozenset[int]) -> _Seen:
    left, top, right, bottom = map(float, page.cropbox)
    seen = _Seen(Sheet(right - left, bottom - top))
    media_left, media_top = float(page.mediabox[0]), float(page.mediabox[1])
    # The PDF library gives places from the bottom left of the media box; they are wanted from the top left of what is shown.
    view = _View(media_left - left, float(page.height) + media_top - top, seen.sheet.width, seen.sheet.height)
    found = drawn(page, layers)
    _walk(found.layout, seen, view, found)
    _leave_out_unseen(seen, shaded=found.shaded)
    seen.sheet.inks.extend(typed_words(page.page_obj, view.right, view.down))
    seen.struck.extend(struck_places(page.page_obj, view.right, view.down))
    _turn(seen)
    return seen


def _leave_out_unseen(seen: _Seen, *, shaded: bool) -> None:
    """Takes out letters in the colour of their ground. What is painted over leaves a sign that something stands there."""
    pale, covered = seen.grounds.unseen(seen.letters, shaded)
    if not pale and not covered:
        return
    kept = []
    for index, letter in enumerate(seen.letters):
        if index in covered and not letter.text.isspace():
            letter = replace(letter, text="")
        elif index - 1 in pale or index + 1 in pale:
            # Words that nobody sees may have broken the line within the word beside them.
            letter = replace(letter, doubtful={index - 1, index - 2} <= pale or {index + 1, index + 2} <= pale)
        if index not in pale:
            kept.append(letter)
    seen.letters = kept


def _turn(seen: _Seen) -> None:
    """Turns the page so that most of its letters are upright."""
    turn, lying = max(seen.lying.items(), key=lambda each: len(each[1]), default=(0, []))
    if len(lying) <= len(seen.letters):
        seen.sideways += sum(map(len, seen.lying.values()))
        return
    seen.sideways += len(seen.letters)
    seen.turn = turn
    seen.sheet = turned_sheet(seen.sheet, turn)
    seen.letters = lying


@dataclass(frozen=True)
class _View:
    """From places of the PDF library to places on the sheet."""

    right: float
    down: float
    width: float
    height: float

    def shows(self, x: float, y: float) -> bool:
        return -2 <= x <= self.width + 2 and -2 <= y <= self.height + 2


def _walk(container: LTContainer[LTComponent], seen: _Seen, view: _View, page: Drawn) -> None:
    for item in container:
        hides = id(item) not in page.veils
        if isinstance(item, LTChar):
            _letter(item, seen, view, whole=id(item) not in page.cut)
        elif isinstance(item, LTCurve):
            _strokes(item, seen, view)
            if item.fill and _is_surface(item):
                seen.grounds.paint(_box(item, view), lightness(item.non_stroking_color, "") if hides else None, hides=hides)
            elif item.fill and hides and _is_massive(item):
                seen.grounds.paint(_box(item, view), None, hides=True)
        elif isinstance(item, LTImage):
            seen.pictures += item.width * item.height / max(seen.sheet.width * seen.sheet.height, 1.0)
            seen.grounds.paint(_box(item, view), None, hides=hides)
        elif isinstance(item, LTContainer):
            _walk(item, seen, view, page)


def _is_surface(item: LTCurve) -> bool:
    """Whether a fill is a box that letters can stand on or lie under."""
    return min(item.width, item.height) > _THIN and (isinstance(item, LTRect) or _is_box(item))


def _is_massive(item: LTCurve) -> bool:
    """Whether a filled shape that is no box fills much of its box: an ellipse, a blot. A letter or an ornament does not."""
    if min(item.width, item.height) <= _THIN:
        return False
    doubled = abs(sum(one[0] * two[1] - two[0] * one[1] for one, two in pairwise([*item.pts, item.pts[0]])))
    return doubled / 2 >= _MASSIVE * item.width * item.height


def _box(item: LTComponent, view: _View) -> Box:
    return item.x0 + view.right, view.down - item.y1, item.x1 + view.right, view.down - item.y0


def _letter(item: LTChar, seen: _Seen, view: _View, *, whole: bool) -> None:
    text = plain(item.get_text())
    if not text:
        return
    across, askew = item.matrix[0], item.matrix[1]
    if not item.upright or across < 0 or abs(askew) > 0.04 * abs(across):
        _lying_letter(item, text, seen, view)
        return
    x0, base = item.x0 + view.right, view.down - item.matrix[5]
    if item.size <= 1.0 or not view.shows(0, base):
        return
    if not whole or not view.shows(x0, base) or not view.shows(x0, base - 0.62 * item.size):
        # Nobody can see it, so the word that it belongs to is not known whole.
        text = "" if not text.isspace() else text
    elif _UNKNOWN.fullmatch(text):
        seen.unknown += 1
        text = ""
    seen.letters.append(Letter(text, x0, item.x1 + view.right, base, item.size, _style(item, item.size)))
    state = item.graphicstate
    seen.grounds.lights.append(lightness(state.ncolor, state.ncs.name))


def _style(item: LTChar, size: float) -> Style:
    state = item.graphicstate
    color = color_name(state.ncolor, state.ncs.name)
    opacity = getattr(state, "opacity", 1.0)
    return item.fontname, round(size, 1), color if opacity == 1.0 else f"{color} {opacity}"


def _lying_letter(item: LTChar, text: str, seen: _Seen, view: _View) -> None:
    """A letter that is not upright: kept for the case that the whole page lies, when it runs along an edge of the page."""
    across, askew = item.matrix[0], item.matrix[1]
    least, most = sorted((abs(across), abs(askew)))
    mirrored = across * item.matrix[3] - askew * item.matrix[2] <= 0
    if least > 0.04 * most or mirrored or _UNKNOWN.fullmatch(text) or not view.shows(item.x0 + view.right, view.down - item.y0):
        seen.sideways += 1
        return
    turn = (1 if askew > 0 else 3) if abs(askew) > abs(across) else 2
    box = (item.x0 + view.right, view.down - item.y1, item.x1 + view.right, view.down - item.y0)
    x0, top, x1, bottom = turned_box(box, turn, view.width, view.height)
    origin = (item.matrix[4] + view.right, view.down - item.matrix[5])
    base = turned_box((*origin, *origin), turn, view.width, view.height)[1]
    seen.lying.setdefault(turn, []).append(Letter(text, x0, x1, base, bottom - top, _style(item, bottom - top)))


_UNKNOWN = re.compile("\\(cid:\\d+\\)|[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f\x7f-\x9f]+")


def _strokes(item: LTCurve, seen: _Seen, view: _View) -> None:
    x0, x1 = item.x0 + view.right, item.x1 + view.right
    top, bottom = view.down - item.y1, view.down - item.y0
    width, height = x1 - x0, bottom - top
    if not isinstance(item, LTRect | LTLine) and not _is_box(item) and not _is_rounded(item):
        seen.curves += 1
        if item.stroke and not item.fill and len(seen.slanted) < _MOST_SLANTED:
            points = [(x + view.right, view.down - y) for x, y in item.pts]
            seen.slanted.extend((*one, *two) for one, two in pairwise(points))
        return
    if isinstance(item, LTLine) and min(width, height) > _THIN and len(seen.slanted) < _MOST_SLANTED:
        (one_x, one_y), (two_x, two_y) = item.pts[0], item.pts[-1]
        seen.slanted.append((one_x + view.right, view.down - one_y, two_x + view.right, view.down - two_y))
    if not item.stroke and not item.fill:
        return
    sheet = seen.sheet
    if height <= _THIN and width >= _SHORT and width > height:
        sheet.across.append(Stroke((top + bottom) / 2, x0, x1))
    elif width <= _THIN and height >= _SHORT:
        sheet.down.append(Stroke((x0 + x1) / 2, top, bottom))
    elif not isinstance(item, LTLine) and (item.stroke or not _is_ground(item, width, height, view)):
        sheet.across.extend((Stroke(top, x0, x1), Stroke(bottom, x0, x1)))
        sheet.down.extend((Stroke(x0, top, bottom), Stroke(x1, top, bottom)))


def _is_box(item: LTCurve) -> bool:
    """Whether a path of several points runs along the edges of its own box only."""
    return len(item.pts) <= 6 and all(
        min(abs(x - item.x0), abs(x - item.x1)) < 0.6 and min(abs(y - item.y0), abs(y - item.y1)) < 0.6 for x, y in item.pts
    )


def _is_rounded(item: LTCurve) -> bool:
    """Whether a path runs along the edges of its own box but for its corners."""
    corner = min(_CORNER, item.width / 3, item.height / 3)
    if len(item.pts) < 8 or corner < 2.0:
        return False
    for x, y in item.pts:
        across, up = min(abs(x - item.x0), abs(x - item.x1)), min(abs(y - item.y0), abs(y - item.y1))
        if min(across, up) > 0.6 and max(across, up) > corner:
            return False
    return all(_along(item, one, two) for one, two in pairwise(item.pts))


def _along(item: LTCurve, one: tuple[float, float], two: tuple[float, float]) -> bool:
    """Whether the piece of a path is level or upright, or only a corner: it does not lead from one edge to the other."""
    across, up = abs(one[0] - two[0]), abs(one[1] - two[1])
    return min(across, up) < 0.6 or (across < 0.7 * item.width and up < 0.7 * item.height)


def _is_ground(item: LTCurve, width: float, height: float, view: _View) -> bool:
    """Whether a filled box is paper: white, or as large as the page, or no larger than a sign."""
    color = item.non_stroking_color
    parts = color if isinstance(color, tuple | list) else (color,)
    numbers = [part for part in parts if isinstance(part, int | float)]
    white = len(numbers) in (1, 3) and all(number >= 0.99 for number in numbers)
    return white or width * height > 0.6 * view.width * view.height or min(width, height) < 8


def _needs_ocr(seen: _Seen) -> bool:
    """Whether the page shows something that its text layer does not say, or says in signs that nobody knows."""
    known = sum(1 for letter in seen.letters if letter.text and not letter.text.isspace())
    drawn = seen.pictures >= _MUCH or seen.curves >= _MANY_CURVES
    if known + seen.unknown < _FEW_LETTERS:
        return drawn or seen.sideways > known
    if seen.sideways > known or seen.unknown > max(3.0, 0.01 * known):
        return True
    fonts: dict[str, list[Letter]] = {}
    for style, letters in seen.styles.items():
        fonts.setdefault(style[0], []).extend(letters)
    return any(_is_gibberish(letters) for letters in fonts.values())


def _is_picture(seen: _Seen) -> bool:
    return seen.pictures >= _WHOLE_PAGE


def _is_gibberish(letters: Sequence[Letter]) -> bool:
    """Whether the words of one font are none that anybody knows: its character map is wrong."""
    words = [word for ink in words_of(letters) for word in _alphabetic(ink)]
    if len(words) < _LEAST_WORDS:
        return False
    return sum(word in common_words() for word in words) < 0.06 * len(words)


def _alphabetic(ink: Ink) -> list[str]:
    found = re.findall(r"[^\W_]+", ink.text.casefold())
    return [word for word in found if not word.isdigit()]
