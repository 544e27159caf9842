"""Reads pages that are pictures: Debian's Tesseract as a process, one page each, and how sure it is of every word."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from itertools import islice
from statistics import median

import pypdfium2
from PIL import Image

from ingest.readers.gaps import inked, tightened, with_doubts
from ingest.readers.ink import Ink, Sheet, Stroke, is_scrap, printed_lines
from ingest.readers.likeness import Letters, letters_of, not_borne_out
from ingest.readers.marks import inked_words, with_marks
from ingest.readers.rendering import render
from ingest.readers.scans import DPI, Straight, flat, straighten, strokes_of, without_strokes
from ingest.readers.second_look import cuttings
from ingest.readers.turning import turned_box
from ingest.readers.votes import DASHES, SURE, Heard, Voted, voted
from registry.certificates.facts import Box
from registry.errors import UnreadableDocument, Waiting

INSTALL = "apt-get install tesseract-ocr"
_SIZES = (0.8, 0.65)
"""Sizes at which each page is read again: Tesseract's mistakes are others when its letters are."""
_SIZES_APART = (1.0, 0.75)
_UPRIGHT = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}
"""How a page on which the text runs up, upside down or down is turned upright."""
_WORD = 4
_FULL = 12
_GIBBERISH = 0.3
_AT_ONCE = 2
_LONGEST = 180.0
_POINT = 72 / DPI
_HANGING = frozenset("gjpqyQ,;()[]{}/|_$@")
_LONG_DASH = (0.38, 0.75)
_WIDE_HYPHEN, _FULL_DASH = 0.66, 0.9
"""Shares of a letter's width, where all are equally wide: what is narrower is a hyphen, what is wider an en dash, and between is either."""
_LONG_ENOUGH, _EVENLY, _MOSTLY, _FEW, _NEAR = 5, 0.06, 0.8, 3, 40.0
"""Letters of words whose letters are counted, by how much equally wide ones seem to differ, in which share and number of words they do not,
and points above and below a dash in which they are looked at."""
_DIRT = 40.0
_PER_SIZE = 0.72
"""Height of a capital, in letter sizes."""
_SMALL_PER_SIZE = 0.52
_HANGS = 0.21
"""Height of a small letter, and how far down one hangs, in letter sizes."""
_TALL = re.compile(r"[A-Z0-9bdfhklt()\[\]/|]")


@dataclass(frozen=True)
class Scan:
    """A page as it is when its text is upright; `turn` tells how that runs on the page as it is shown, as in `turning`."""

    sheet: Sheet
    turn: int


def read_scans(data: bytes, numbers: Sequence[int], name: str) -> dict[int, Scan]:
    """The pages (from 1) of the PDF. Raises Waiting when Tesseract is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        raise Waiting(f"{name}: page {numbers[0]} is a picture and waits for OCR; install it with: sudo {INSTALL}")
    found: dict[int, tuple[Scan, Letters]] = {}
    with pypdfium2.PdfDocument(data) as document, ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = iter(numbers)
        while batch := list(islice(waiting, _AT_ONCE)):
            # Rendering is not safe in threads; a few pictures at a time are enough to keep the OCR at work.
            pictures = [render(document, number, DPI) for number in batch]
            found.update(zip(batch, pool.map(lambda picture: _read(program, picture, name), pictures), strict=True))
    scans = [scan for scan, _ in found.values()]
    for page, place in not_borne_out([letters for _, letters in found.values()]):
        inks = scans[page].sheet.inks
        inks[place] = replace(inks[place], sure=False)
    return dict(zip(found, scans, strict=True))


@dataclass(frozen=True)
class _Prepared:
    """A page's picture made straight and freed of its strokes, and the first reading of it."""

    straight: Straight
    clean: Image.Image
    strokes: tuple[list[Stroke], list[Stroke]]
    words: list[Heard]


def _prepared(program: str, picture: Image.Image, name: str) -> _Prepared:
    straight = straighten(flat(picture))
    across, down = strokes_of(straight.picture)
    clean = without_strokes(straight.picture, across, down)
    strokes = [drawn.stroke for drawn in across], [drawn.stroke for drawn in down]
    return _Prepared(straight, clean, strokes, _words(program, clean, name))


def _read(program: str, picture: Image.Image, name: str) -> tuple[Scan, Letters]:
    page, turn = _prepared(program, picture, name), 0
    if _is_gibberish(page.words):
        page, turn = max(
            [(page, 0), *((_prepared(program, picture.transpose(how), name), how_turned) for how_turned, how in _UPRIGHT.items())],
            key=lambda each: len(_confident(each[0].words)),
        )
    words = _voted_words(program, page, name)
    dark = inked(page.clean)
    width, height = (picture.height, picture.width) if turn % 2 else picture.size
    inks = _inks([replace(word, box=tightened(dark, word.box, _POINT)) for word in words], page.straight)
    printed = inked_words(page.clean, with_doubts(dark, inks, _POINT), _POINT)
    inks = with_marks(printed)
    letters = letters_of(page.clean, [replace(word, ink=ink) for word, ink in zip(printed, inks, strict=True)])
    sheet = Sheet(width * _POINT, height * _POINT, inks, *page.strokes)
    if turn:
        back = {1: 3, 2: 2, 3: 1}[turn]
        sheet.inks = [replace(ink, shown=turned_box(ink.word().box or (0, 0, 0, 0), back, sheet.width, sheet.height)) for ink in inks]
    return Scan(sheet, turn), letters


def _confident(words: Sequence[Heard]) -> list[Heard]:
    return [word for word in words if len(word.text) >= _WORD and word.confidence >= SURE]


def _is_gibberish(words: Sequence[Heard]) -> bool:
    """Whether a page is full of words of which hardly one is certain: it lies on its side, or is upside down."""
    return len(words) >= _FULL and len(_confident(words)) < _GIBBERISH * sum(len(word.text) >= _WORD for word in words)


def _voted_words(program: str, page: _Prepared, name: str) -> list[Voted]:
    """The words of a page after several readings, and after others of what these did not agree on."""
    clean = page.clean
    readings = [page.words, *(_words(program, _at_size(clean, size), name, size) for size in _SIZES)]
    words = voted(readings)
    apart = cuttings(clean, words, _usual_size(words), _POINT)
    if apart is None:
        return words
    alone = (apart.on_page(_words(program, _at_size(apart.picture, size), name, size), _POINT) for size in _SIZES_APART)
    return voted([*readings, *alone])


def _at_size(picture: Image.Image, size: float) -> Image.Image:
    if size == 1.0:
        return picture
    return picture.resize((round(picture.width * size), round(picture.height * size)), Image.Resampling.LANCZOS)


def _words(program: str, picture: Image.Image, name: str, scale: float = 1.0) -> list[Heard]:
    """Every word on the picture, which is `scale` times as large as a page at full size."""
    packed = BytesIO()
    picture.save(packed, "PPM")
    command = [program, "stdin", "stdout", "--psm", "6", "--dpi", str(round(DPI * scale)), "-l", "eng", "tsv"]
    try:
        done = subprocess.run(
            command,
            input=packed.getvalue(),
            capture_output=True,
            timeout=_LONGEST,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableDocument(f"{name}: the OCR of a page took more than {_LONGEST:.0f} s; scan it again with less noise") from error
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason given"]
        raise UnreadableDocument(f"{name}: the OCR failed ({last[0][:120]}); check the installation of Tesseract ({INSTALL})")
    return list(_table(done.stdout.decode("utf-8", "replace"), _POINT / scale))


def _table(text: str, point: float) -> Iterable[Heard]:
    for row in csv.DictReader(StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == "5" and row["text"] and row["text"].strip():
            left, top, width, height = (float(row[name]) * point for name in ("left", "top", "width", "height"))
            yield Heard(row["text"].strip(), float(row["conf"]), (left, top, left + width, top + height))


def _inks(words: Sequence[Voted], straight: Straight) -> list[Ink]:
    """The words with the line they stand on. Ink shows no letter size: it is estimated from the heights of the words."""
    usual = _usual_size(words)
    found: list[Ink] = []
    for word in words:
        text, box, sure = word.text, word.box, word.sure
        if _is_speck(text, word.confidence, box, usual):
            continue
        hangs = _HANGS * usual if _HANGING & set(text) else 0.0
        size = max(usual, 0.9 * _size_of(word))
        base = box[3] - hangs
        if text in DASHES:
            text, certain = _dash((box[2] - box[0]) / usual, usual * _pitch(words, box))
            sure, base = sure and certain, box[3] + 0.22 * usual
        found.append(Ink(text, *box, base, size, sure, straight.on_page(box)))
    return _level(found)


def _level(inks: Sequence[Ink]) -> list[Ink]:
    """The words of each line on one level: that of the words in which no letter hangs down, since where these end is no estimate."""
    levels: dict[int, float] = {}
    for line in printed_lines(inks):
        standing = [ink.bottom for ink in line if ink.text not in DASHES and not _HANGING & set(ink.text)]
        level = median(standing or [ink.base for ink in line])
        levels.update((id(ink), level) for ink in line)
    return [replace(ink, base=levels[id(ink)]) for ink in inks]


def _usual_size(words: Sequence[Voted]) -> float:
    """The size of most letters, in points."""
    sizes = [_size_of(word) for word in words if len(word.text) > 2 and not is_scrap(word.text)]
    return median(sizes) if sizes else 10.0


def _size_of(word: Voted) -> float:
    """The size of the letters of a word, by how high it is from its tallest to its lowest part."""
    tall = _PER_SIZE if _TALL.search(word.text) else _SMALL_PER_SIZE
    hangs = _HANGS if _HANGING & set(word.text) else 0.0
    return (word.box[3] - word.box[1]) / (tall + hangs)


def _is_speck(text: str, confidence: float, box: Box, size: float) -> bool:
    """Whether the "word" is dirt or what is left of a stroke."""
    width, height = box[2] - box[0], box[3] - box[1]
    if text in DASHES:
        return width < 0.15 * size or width > 1.5 * size or height > 0.35 * size
    tiny = max(width, height) < 0.25 * size
    wordless = not any(letter.isalnum() for letter in text)
    return tiny or (is_scrap(text) and text[0] in "|_~") or (wordless and confidence < _DIRT and text not in ("<>", "<", ">"))


def _pitch(words: Sequence[Voted], box: Box) -> float:
    """Letters to a point around a place, where all letters are equally wide; else 0."""
    near = [word for word in words if abs(word.box[1] - box[1]) < _NEAR and len(word.text) >= _LONG_ENOUGH and word.sure]
    widths = [(word.box[2] - word.box[0]) / len(word.text) for word in near]
    usual = median(widths or [0.0])
    even = sum(abs(width - usual) < _EVENLY * usual for width in widths)
    return 1 / usual if even > max(_FEW, _MOSTLY * len(widths)) else 0.0


def _dash(width: float, pitch: float) -> tuple[str, bool]:
    """Which dash it is, by its width in letter sizes (OCR tells them apart badly), and whether that is certain.

    `pitch` is how many letters of one width are a letter size; 0 when they have several widths. In such type a hyphen may be as
    wide as an en dash of another.
    """
    if pitch:
        share = width * pitch
        return ("-", share < _WIDE_HYPHEN) if share < _FULL_DASH else ("–", share > _FULL_DASH + 0.05)
    if width < _LONG_DASH[0]:
        return "-", width < _LONG_DASH[0] - 0.05
    return "–", _LONG_DASH[0] + 0.03 <= width <= _LONG_DASH[1]
