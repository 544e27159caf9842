"""What was typed into the fields of a form: it stands beside the page's text, in annotations, and is shown like it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import decode_text

from ingest.readers.ink import Ink
from registry.certificates.facts import Box

_UNSEEN = 0x02 | 0x20
"""Flags of an annotation that is not shown: hidden, no view."""
_STRIKING = frozenset({"StrikeOut", "Redact", "Ink", "Stamp", "Line", "PolyLine"})
_COVERING = frozenset({"Square", "Circle", "Polygon"})
"""Annotations that hide what is under them where they are filled."""
_PASSWORD = 1 << 13
_STRING = re.compile(rb"\(((?:[^\\()]|\\.)*)\)")
"""A string of letters in a content stream, where each byte is one."""
_USUAL_SIZE = 10.0
_SIZE = re.compile(r"(?P<size>\d+(?:\.\d+)?)\s+Tf")
_LEADING = 1.15


def typed_words(page: Any, right: float, down: float) -> Iterator[Ink]:
    """The words in the page's text fields and free notes. `right` and `down` lead from PDF places to places on the sheet.

    What somebody wrote over the page in a note is no part of the certificate, and hides what it stands on: its letters are not sure.
    """
    for reference in resolve1(page.annots) or ():
        annotation = resolve1(reference)
        if not isinstance(annotation, Mapping) or int(resolve1(annotation.get("F")) or 0) & _UNSEEN or page.rotate:
            continue
        kind = _name(annotation.get("Subtype"))
        if kind == "FreeText":
            yield from _words(annotation, _text(annotation.get("Contents")), right, down, sure=False)
        elif kind == "Widget" and _name(_inherited(annotation, "FT")) in ("Tx", "Ch") and not _is_password(annotation):
            text = _text(_inherited(annotation, "V"))
            yield from _words(annotation, text, right, down, sure=not _looks_otherwise(annotation, text))


def struck_places(page: Any, right: float, down: float) -> Iterator[Box]:
    """Where an annotation strikes text out or covers it."""
    for reference in resolve1(page.annots) or ():
        annotation = resolve1(reference)
        if not isinstance(annotation, Mapping) or int(resolve1(annotation.get("F")) or 0) & _UNSEEN or page.rotate:
            continue
        kind = _name(annotation.get("Subtype"))
        place = resolve1(annotation.get("Rect"))
        if (kind in _STRIKING or (kind in _COVERING and resolve1(annotation.get("IC")))) and isinstance(place, list) and len(place) == 4:
            one, two, three, four = (float(resolve1(number)) for number in place)
            yield min(one, three) + right, down - max(two, four), max(one, three) + right, down - min(two, four)


def _name(value: object) -> str:
    value = resolve1(value)
    return str(value.name) if isinstance(value, PSLiteral) else ""


def _text(value: object) -> str:
    value = resolve1(value)
    return decode_text(value) if isinstance(value, bytes) else value if isinstance(value, str) else ""


def _inherited(annotation: Mapping[str, object], key: str) -> object:
    """An entry of the field, or of one of the fields that it is a part of."""
    holder: object = annotation
    for _ in range(8):
        if not isinstance(holder, Mapping):
            return None
        if key in holder:
            return resolve1(holder[key])
        holder = resolve1(holder.get("Parent"))
    return None


def _is_password(annotation: Mapping[str, object]) -> bool:
    flags = _inherited(annotation, "Ff")
    return isinstance(flags, int) and bool(flags & _PASSWORD)


def _looks_otherwise(annotation: Mapping[str, object], text: str) -> bool:
    """Whether the field's picture, which is what a reader sees, has another text than its value."""
    pictures = resolve1(annotation.get("AP"))
    picture = resolve1(pictures.get("N")) if isinstance(pictures, Mapping) else None
    if not isinstance(picture, PDFStream):
        return False
    shown = b"".join(_STRING.findall(picture.get_data())).decode("latin-1")
    return bool(shown.strip()) and _letters(shown) != _letters(text)


def _letters(text: str) -> str:
    """The letters and figures alone: how a picture writes its signs is its own affair."""
    return "".join(letter for letter in text if letter.isascii() and letter.isalnum())


def _words(annotation: Mapping[str, object], text: str, right: float, down: float, *, sure: bool) -> Iterator[Ink]:
    place = resolve1(annotation.get("Rect"))
    lines = [line.split() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    if not lines or not isinstance(place, list) or len(place) != 4:
        return
    one, two, three, four = (float(resolve1(number)) for number in place)
    x0, x1, top, bottom = min(one, three) + right, max(one, three) + right, down - max(two, four), down - min(two, four)
    size = _letter_size(annotation, bottom - top, len(lines))
    first = top + size if len(lines) > 1 else (top + bottom) / 2 + 0.3 * size
    for number, words in enumerate(lines):
        # Only the field knows its font: the words share its width as their letters do, none wider than usual letters are.
        length = sum(map(len, words)) + len(words) - 1
        step = min(0.5 * size, (x1 - x0 - 4) / length)
        base, at = first + number * _LEADING * size, x0 + 2
        for word in words:
            end = at + step * len(word)
            yield Ink(word, at, base - 0.8 * size, end, base + 0.22 * size, base, size, sure)
            at = end + step


def _letter_size(annotation: Mapping[str, object], height: float, lines: int) -> float:
    given = _SIZE.search(_text(_inherited(annotation, "DA")))
    size = float(given["size"]) if given else 0.0
    return min(size or _USUAL_SIZE, height / lines)
