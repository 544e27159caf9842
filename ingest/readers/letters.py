"""Words out of single letters, in whatever order and however apart they were drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.readers.ink import Ink

_BLANK_GAP = 0.17
"""Letter sizes between two letters from which on they are two words, where no blank is printed."""
_SPACED_RUN = 5
_SAME_PLACE = 0.35
_HYPHENS = dict.fromkeys(map(ord, "\u00ad\u2010\u2011"), "-")
# A drawn soft hyphen is a hyphen: producers map the glyph of "-" to either.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"), None)
_PLAIN = {**_HYPHENS, **_UNSEEN, ord("\u00a0"): " ", ord("\u202f"): " ", ord("\u2007"): " "}


@dataclass(frozen=True, slots=True)
class Letter:
    """One drawn glyph and the text it stands for; an empty text when nobody knows."""

    text: str
    x0: float
    x1: float
    base: float
    size: float


def plain(text: str) -> str:
    """The text of a glyph with ligatures taken apart and with hyphens and blanks of one kind."""
    if text.isascii():
        return text
    text = text.translate(_PLAIN)
    if any("\ufb00" <= letter <= "\ufb06" for letter in text):
        text = unicodedata.normalize("NFKC", text)
    return text


def words_of(letters: Iterable[Letter]) -> list[Ink]:
    """The words of the letters."""
    found: list[Ink] = []
    for line in _by_baseline(letters):
        found.extend(_words_of_line(line))
    return found


def _by_baseline(letters: Iterable[Letter]) -> list[list[Letter]]:
    lines: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda letter: letter.base):
        if lines and letter.base - lines[-1][-1].base <= 0.12 * letter.size and letter.base - lines[-1][0].base <= 0.3 * letter.size:
            lines[-1].append(letter)
        else:
            lines.append([letter])
    return lines


def _words_of_line(line: list[Letter]) -> list[Ink]:
    line.sort(key=lambda letter: (letter.x0, letter.x1))
    line = _without_copies(line)
    widest = _spacing(line)
    found: list[Ink] = []
    current: list[Letter] = []
    for letter in line:
        if letter.text.isspace():
            # Some producers draw one wide blank and the next word over it: where the word begins decides, not the blank's end.
            if current:
                found.append(_ink(current))
                current = []
            continue
        if current and letter.x0 - current[-1].x1 > max(_BLANK_GAP * letter.size, widest):
            found.append(_ink(current))
            current = []
        current.append(letter)
    if current:
        found.append(_ink(current))
    return found


def _without_copies(line: Sequence[Letter]) -> list[Letter]:
    """The letters without those that were drawn twice to look bold, and without blanks under other letters."""
    kept: list[Letter] = []
    for letter in line:
        near = kept[-3:]
        if any(one.text == letter.text and abs(one.x0 - letter.x0) < _SAME_PLACE * (letter.x1 - letter.x0) for one in near):
            continue
        if letter.text.isspace() and kept and kept[-1].x1 > letter.x1 - 0.1 * letter.size:
            continue
        kept.append(letter)
    return kept


def _spacing(line: Sequence[Letter]) -> float:
    """The widest gap inside a word when the line is letter-spaced, else 0: then nearly all gaps are wide, and alike."""
    gaps = [two.x0 - one.x1 for one, two in pairwise(line) if not one.text.isspace() and not two.text.isspace()]
    wide = [gap for gap, letter in zip(gaps, line, strict=False) if gap > _BLANK_GAP * letter.size]
    if len(gaps) < _SPACED_RUN or len(wide) < 0.7 * len(gaps):
        return 0.0
    usual = median(wide)
    return 1.6 * usual if usual < 1.2 * line[0].size else 0.0


def _ink(letters: Sequence[Letter]) -> Ink:
    size = max(letter.size for letter in letters)
    base = letters[0].base
    return Ink(
        text="".join(letter.text or "\ufffd" for letter in letters),
        x0=letters[0].x0,
        top=base - 0.8 * size,
        x1=max(letter.x1 for letter in letters),
        bottom=base + 0.22 * size,
        base=base,
        size=size,
        sure=all(letter.text and "\ufffd" not in letter.text for letter in letters),
    )
