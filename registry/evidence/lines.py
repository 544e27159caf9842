"""Plain text on paper: without markup, it is set in a fraction of the time that paragraphs take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable

from registry.evidence.setting import WIDTH, named, runs

_TALLEST = A4[1] - 2 * 18 * mm - 12
"""What fits on a page."""


class Line(NamedTuple):
    """One line, and how far its foot is below that of the line before it, in points."""

    text: str
    style: ParagraphStyle
    advance: float


class Lines(Flowable):  # type: ignore[misc]  # reportlab has no types
    """Paragraphs of plain text, each in its style, that stay together on a page where one page has room for them."""

    def __init__(self, paragraphs: Iterable[tuple[str, ParagraphStyle]]) -> None:
        super().__init__()
        self._set(list(_laid(paragraphs)))

    def split(self, _width: float, height: float) -> Sequence[Flowable]:
        """What fits into the rest of the page, and the rest: only of what is taller than a page."""
        if self.height <= _TALLEST:
            return ()
        fitting, taken = 0, 0.0
        for line in self._lines:
            taken += line.advance
            if taken > height:
                break
            fitting += 1
        return [_of(self._lines[:fitting]), _of(self._lines[fitting:])] if fitting else ()

    def draw(self) -> None:
        """Write the lines, each below the one before it."""
        text, style, y = self.canv.beginText(), None, self.height
        for line in self._lines:
            y -= line.advance
            if line.style is not style:
                style = line.style
                text.setFillColor(style.textColor)
            text.setTextOrigin(0, y + style.leading - style.fontSize)
            *others, (font, last) = runs(line.text)
            for other, run in others:
                text.setFont(other or style.fontName, style.fontSize)
                text.textOut(run)
            text.setFont(font or style.fontName, style.fontSize)
            text.textLine(last)  # which, other than textOut, does not measure what nothing comes behind
        self.canv.drawText(text)

    def _set(self, lines: list[Line]) -> None:
        self._lines = lines
        self.width, self.height = WIDTH, sum(line.advance for line in lines)


def _of(lines: list[Line]) -> Lines:
    made = Lines(())
    made._set(lines)
    return made


def _laid(paragraphs: Iterable[tuple[str, ParagraphStyle]]) -> Iterator[Line]:
    for value, style in paragraphs:
        space = style.spaceBefore
        for line in _broken(named(value), style.fontName, WIDTH / style.fontSize):
            yield Line(line, style, style.leading + space)
            space = 0


def _broken(value: str, font: str, width: float) -> Iterator[str]:
    """The text in lines of at most that width, which is in sizes of the font; words that are longer are cut."""
    line: list[str] = []
    room, blank = width, _width(" ", font)
    for word in (part for whole in value.split() for part in _cut(whole, font, width)):
        needed = _width(word, font)
        if line and needed > room:
            yield " ".join(line)
            line, room = [], width
        line.append(word)
        room -= needed + blank
    if line:
        yield " ".join(line)


def _cut(word: str, font: str, width: float) -> Iterator[str]:
    while _width(word, font) > width:
        most = next(end for end in range(len(word), 0, -1) if end == 1 or _width(word[:end], font) <= width)
        yield word[:most]
        word = word[most:]
    if word:
        yield word


@lru_cache(maxsize=10_000)
def _width(word: str, font: str) -> float:
    return float(sum(pdfmetrics.stringWidth(run, own or font, 1) for own, run in runs(word)))
