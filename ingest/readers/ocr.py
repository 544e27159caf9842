"""Reads pages that are pictures: Debian's Tesseract as a process, one page each, and how sure it is of every word."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, StringIO
from itertools import islice
from statistics import median

import pypdfium2
from PIL import Image

from ingest.readers.ink import Ink, Sheet, is_scrap
from ingest.readers.rendering import render
from ingest.readers.scans import DPI, Straight, flat, straighten, strokes_of, without_strokes
from registry.certificates.facts import Box
from registry.errors import UnreadableDocument, Waiting

INSTALL = "apt-get install tesseract-ocr"
SURE = 60.0
"""Percent of confidence that Tesseract gives a word, below which its letters are doubtful."""
SURE_LONG = 20.0
"""The same for long words, of which Tesseract is never sure."""
_LONG = 14
_BESIDE = 1.5
_AGAIN = 0.8
"""Size of the second reading: Tesseract's mistakes are others when its letters are."""
_Word = tuple[str, float, Box]
"""Text, percent of confidence and box (points) of one word."""
_AT_ONCE = 2
_LONGEST = 180.0
_POINT = 72 / DPI
_HANGING = frozenset("gjpqyQ,;()[]{}/|_$@")
_DASHES = frozenset("-–—_")
_LONG_DASH = (0.38, 0.75)
_DIRT = 40.0
_PER_SIZE = 0.72
"""Height of a capital, in letter sizes."""


def read_scans(data: bytes, numbers: Sequence[int], name: str) -> dict[int, Sheet]:
    """The pages (from 1) of the PDF as sheets. Raises Waiting when Tesseract is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        raise Waiting(f"{name}: page {numbers[0]} is a picture and waits for OCR; install it with: sudo {INSTALL}")
    found: dict[int, Sheet] = {}
    with pypdfium2.PdfDocument(data) as document, ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = iter(numbers)
        while batch := list(islice(waiting, _AT_ONCE)):
            # Rendering is not safe in threads; a few pictures at a time are enough to keep the OCR at work.
            pictures = [render(document, number, DPI) for number in batch]
            found.update(zip(batch, pool.map(lambda picture: _read(program, picture, name), pictures), strict=True))
    return found


def _read(program: str, picture: Image.Image, name: str) -> Sheet:
    straight = straighten(flat(picture))
    across, down = strokes_of(straight.picture)
    clean = without_strokes(straight.picture, across, down)
    again = clean.resize((round(clean.width * _AGAIN), round(clean.height * _AGAIN)), Image.Resampling.LANCZOS)
    inks = _inks(_words(program, clean, name), _words(program, again, name, _AGAIN), straight)
    strokes = [[drawn.stroke for drawn in found] for found in (across, down)]
    return Sheet(picture.width * _POINT, picture.height * _POINT, inks, *strokes)


def _words(program: str, picture: Image.Image, name: str, scale: float = 1.0) -> list[_Word]:
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


def _table(text: str, point: float) -> Iterable[_Word]:
    for row in csv.DictReader(StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["level"] == "5" and row["text"] and row["text"].strip():
            left, top, width, height = (float(row[name]) * point for name in ("left", "top", "width", "height"))
            yield row["text"].strip(), float(row["conf"]), (left, top, left + width, top + height)


def _inks(words: Sequence[_Word], again: Sequence[_Word], straight: Straight) -> list[Ink]:
    """The words with the line they stand on. Ink shows no letter size: it is estimated from the heights of the words.

    A word is certain when both readings of the page, at unlike sizes, have it at its place.
    """
    heights = [box[3] - box[1] for text, _, box in words if len(text) > 2 and not is_scrap(text)]
    usual = median(heights) / _PER_SIZE if heights else 10.0
    found: list[Ink] = []
    for text, confidence, box in words:
        if _is_speck(text, confidence, box, usual):
            continue
        hangs = 0.2 * usual if _HANGING & set(text) else 0.0
        size = max(usual, (box[3] - box[1] - hangs) / _PER_SIZE * 0.9)
        sure = _agrees(text, confidence, box, again)
        base = box[3] - hangs
        if text in _DASHES:
            text, certain = _dash((box[2] - box[0]) / usual)
            sure, base = sure and certain, box[3] + 0.22 * usual
        found.append(Ink(text, *box, base, size, sure, straight.on_page(box)))
    return _once(found)


def _agrees(text: str, confidence: float, box: Box, again: Sequence[_Word]) -> bool:
    """Whether both readings are sure of the same letters there. That they agree on many letters is more than what they say of each."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    least = SURE_LONG if len(text) >= _LONG else SURE
    return confidence >= least and any(
        (other == text or (other in _DASHES and text in _DASHES)) and second >= least
        for other, second, (x0, top, x1, bottom) in again
        if x0 - _BESIDE <= x <= x1 + _BESIDE and top - _BESIDE <= y <= bottom + _BESIDE
    )


def _is_speck(text: str, confidence: float, box: Box, size: float) -> bool:
    """Whether the "word" is dirt or what is left of a stroke."""
    width, height = box[2] - box[0], box[3] - box[1]
    if text in _DASHES:
        return width < 0.15 * size or width > 1.5 * size or height > 0.35 * size
    tiny = max(width, height) < 0.25 * size
    wordless = not any(letter.isalnum() for letter in text)
    return tiny or (is_scrap(text) and text[0] in "|_~") or (wordless and confidence < _DIRT and text not in ("<>", "<", ">"))


def _dash(width: float) -> tuple[str, bool]:
    """Which dash it is, by its width in letter sizes (OCR tells them apart badly), and whether that is certain."""
    if width < _LONG_DASH[0]:
        return "-", width < _LONG_DASH[0] - 0.05
    return "–", _LONG_DASH[0] + 0.03 <= width <= _LONG_DASH[1]


def _once(inks: Sequence[Ink]) -> list[Ink]:
    """The words without those that were read twice at one place."""
    kept: list[Ink] = []
    for ink in inks:
        if not any(_covers(other, ink) for other in kept[-40:]):
            kept.append(ink)
    return kept


def _covers(one: Ink, two: Ink) -> bool:
    across = min(one.x1, two.x1) - max(one.x0, two.x0)
    down = min(one.bottom, two.bottom) - max(one.top, two.top)
    return across > 0.6 * (two.x1 - two.x0) and down > 0.6 * (two.bottom - two.top)
