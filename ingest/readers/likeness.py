"""Whether the letters of a word look like the same letters elsewhere in the scanned document.

The OCR knows the letters of English, and takes others for the nearest of these: a crossed L for an L, two letters set as one for two, a
Greek name for capitals that look a little like it. All its readings agree on that. But each certificate has many words that can only
be what they were read as, and their letters are compared with those of names, which may be anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median

from PIL import Image, ImageChops, ImageFilter

from ingest.readers.known import is_common, is_small
from ingest.readers.marks import Inked
from ingest.readers.parts import Part

_HIGH, _WIDE = 20, 28
"""Pixels to which letters are brought to be compared; what is wider is made narrower."""
_EDGE = 1
_SOFT = 1.0
"""Pixels over which the ink is spread before letters are compared, so that noise makes no difference."""
_SHADES = (90, 150, 210)
_DARKER = bytes(sum((level < shade) << place for place, shade in enumerate(_SHADES)) for level in range(256))
"""For each level of grey a bit for each shade than which it is darker."""
_MOVES = [(right, down) for right in (-1, 0, 1) for down in (-1, 0, 1)]
_NEAREST = 10
"""How many of the known letters that have most in common with one are looked at closely."""
_MOST_KNOWN = 24
"""Known letters that are kept of each kind, of all pages together."""
_STRANGE = 66
"""From which shade on a spot, nine pixels in the middle, is something that the letter does not have."""
_STRANGE_OF_FEW = 80
"""The same where few are known: these may be of other words' weight."""
_CROSSED = {"l": 38, "t": 45, "L": 46, "T": 48, "D": 50, "F": 50, "d": 50, "h": 52, "A": 66, "O": 66}
"""The same of letters that a stroke may cross, or that may lack one: the narrower, the better they lie on each other."""
_ALIKE_WIDTH = 0.18
"""Share by which the width of a letter may differ from that of a known one."""
_ENOUGH = 3
"""Known letters from which on one that is like none of them is strange."""
_RISKY = frozenset("DFLl")
"""Letters that often stand for a crossed one; and among small letters, a B for a sharp s."""
_MAY_BE_ONE = re.compile(r"AE|FE|CE|ae|ee|ze|AA|[a-z]B|[lLDoO]|(?<![crt])t(?!t)")
"""What letters that touch are read as when they are one, crossed or others."""
_ROOM = 0.06
"""Letter sizes by which letters that touch may stand in each other's box."""
_BESIDE = 3
"""Pixels by which such a letter may stand elsewhere than its width and those of the letters before it tell."""
_SAME_SIZE, _LOOKED_FOR = 0.06, 6
"""Share by which its size may differ from that of a known one, and how many of these are tried."""
_TOUCHING = 90
"""From which shade on a spot is something that letters which touch do not have together."""
_MOST_TOUCHING = 6
_LOW_ENOUGH, _WIDE_ENOUGH = 0.3, 0.25
"""Letter sizes: how far above the line the upper of two pieces of a letter may end, and how wide both are at least."""
_USUAL_WIDTH = 0.5
"""Letter sizes that letters are wide where no known one tells."""


@dataclass(frozen=True)
class Glyph:
    """One letter cut out of the page: its picture, its box in pixels from the line on which it stands, and the size of its letters."""

    picture: Image.Image
    above: int
    size: float

    @cached_property
    def even(self) -> Image.Image:
        """The picture as high as all others."""
        share = _HIGH / self.picture.height
        width = max(1, min(_WIDE, round(self.picture.width * share)))
        small = self.picture.resize((width, _HIGH), Image.Resampling.BOX if share < 1 else Image.Resampling.BICUBIC)
        paper = Image.new("L", (_WIDE + 2 * _EDGE, _HIGH + 2 * _EDGE), 255)
        paper.paste(small, (_EDGE + (_WIDE - width) // 2, _EDGE))
        return paper

    @cached_property
    def shades(self) -> int:
        """What of the picture is dark, as `_shades` tells."""
        return _shades(self.even)

    @property
    def shape(self) -> float:
        """The width by the height."""
        return self.picture.width / self.picture.height


@dataclass(frozen=True)
class Piece:
    """A connected piece of a word's ink, with the letters that it is."""

    glyph: Glyph
    letters: str
    risky: bool = False
    """Whether it often stands for another letter: believed only if it looks like a known one, though there are few of these."""


@dataclass(frozen=True)
class Spelled:
    """A word's pieces, cut out of the page."""

    place: int
    """Its place among the words of the page."""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class _Found:
    """A known letter found in a piece: where its picture lies on that of the piece."""

    left: int
    top: int
    picture: Image.Image


@dataclass
class Alphabet:
    """The letters of known words of a document, by what they are."""

    known: defaultdict[str, list[Glyph]] = field(default_factory=lambda: defaultdict(list))

    def learn(self, letter: str, glyph: Glyph) -> None:
        """One more known letter, as long as there are few of it."""
        if len(self.known[letter]) < _MOST_KNOWN:
            self.known[letter].append(glyph)

    def width(self, letter: str) -> float:
        """How wide the letter is, in letter sizes."""
        return median([glyph.picture.width / glyph.size for glyph in self.known[letter]] or [_USUAL_WIDTH])

    def bears_out(self, word: Spelled) -> bool:
        """Whether every letter of the word that may be another one looks like known ones."""
        return all(map(self._bears_out, word.pieces))

    def _bears_out(self, piece: Piece) -> bool:
        if len(piece.letters) == 1:
            return self._is(piece.letters, piece.glyph, piece.risky)
        return _MAY_BE_ONE.search(piece.letters) is None or self._are(piece)

    def _is(self, letter: str, glyph: Glyph, risky: bool) -> bool:
        known = self.known[letter]
        alike = [other for other in known if abs(other.shape - glyph.shape) <= _ALIKE_WIDTH * other.shape + 0.05]
        if not alike:
            return len(known) < _ENOUGH and not risky
        moved = [_shades(ImageChops.offset(glyph.even, *move)) for move in _MOVES]
        alike.sort(key=lambda other: min((shades ^ other.shades).bit_count() for shades in moved))
        strange = _CROSSED.get(letter, _STRANGE if len(alike) >= _ENOUGH else _STRANGE_OF_FEW)
        return any(_differs(glyph.even, other.even) < strange for other in alike[:_NEAREST])

    def _are(self, piece: Piece) -> bool:
        """Whether a piece is several letters that touch: each is looked for about where it should be, and together they are all of it."""
        whole, end = piece.glyph, 0.0
        widths = [self.width(letter) * whole.size for letter in piece.letters]
        share, at = whole.picture.width / sum(widths), 0.0
        together = Image.new("L", whole.picture.size, 255)
        for letter, width in zip(piece.letters, widths, strict=True):
            found = self._found(letter, whole, round(at))
            if found is None or found.left < end - _ROOM * whole.size:
                return False
            at, end = at + width * share, found.left + found.picture.width
            part = Image.new("L", whole.picture.size, 255)
            part.paste(found.picture, (found.left, found.top))
            together = ImageChops.darker(together, part)
        return _spot(together, whole.picture) < _TOUCHING

    def _found(self, letter: str, whole: Glyph, at: int) -> _Found | None:
        """Where the letter stands in the piece, when it stands near that place."""
        best, found = _CROSSED.get(letter, _STRANGE), None
        known = [other for other in self.known[letter] if abs(other.size - whole.size) <= _SAME_SIZE * whole.size]
        for other in known[:_LOOKED_FOR]:
            width, height = other.picture.size
            inside = other.picture.crop((1, 0, width - 1, height))
            for left in range(at - _BESIDE, at + _BESIDE + 1):
                for down in (-1, 0, 1):
                    top = whole.above - other.above + down
                    part = whole.picture.crop((left + 1, top, left + width - 1, top + height))
                    differs = _spot(part, inside)
                    if differs < best:
                        best, found = differs, _Found(left, top, other.picture)
        return found


@dataclass(frozen=True)
class Letters:
    """The letters of a page as its picture shows them: those of known words, and those of other words, which are to be borne out."""

    known: tuple[tuple[str, Glyph], ...]
    words: tuple[Spelled, ...]


def letters_of(picture: Image.Image, words: Sequence[Inked]) -> Letters:
    """The letters of the certain words of a page."""
    picture = picture.filter(ImageFilter.GaussianBlur(_SOFT))
    known: list[tuple[str, Glyph]] = []
    unknown: list[tuple[int, Inked]] = []
    for place, word in enumerate(words):
        if not word.ink.sure or is_small(word.text) or not any(letter.isalpha() for letter in word.text):
            continue
        if is_common(word.text):
            pieces = _whole(word)
            if len(pieces) == len(word.alike):
                each = zip(word.alike, pieces, strict=True)
                known.extend((letter, _glyph(picture, word, part)) for letter, part in each if letter.isalpha())
        else:
            unknown.append((place, word))
    widths = Alphabet()
    for letter, glyph in known:
        widths.learn(letter, glyph)
    return Letters(tuple(known), tuple(Spelled(place, tuple(_pieces(picture, word, widths))) for place, word in unknown))


def _pieces(picture: Image.Image, word: Inked, widths: Alphabet) -> Iterator[Piece]:
    """The pieces of the word with the letters that each of them is; figures are left out."""
    pieces, before = _whole(word), ""
    for part, letters in zip(pieces, _shared_out(word, pieces, widths), strict=False):
        if any(letter.isalpha() for letter in letters):
            yield Piece(_glyph(picture, word, part), letters, letters in _RISKY or (letters == "B" and before.islower()))
        before = letters


def _whole(word: Inked) -> list[Part]:
    """The word's letters, those whole that came to pieces: of a g the thin part between the bowls may be gone."""
    found: list[Part] = []
    for part in word.parts:
        before = found[-1] if found else None
        if before is not None and _are_one(before, part, word):
            found[-1] = _one(before, part)
        else:
            found.append(part)
    return replace(word, parts=tuple(found)).letters


def _are_one(one: Part, other: Part, word: Inked) -> bool:
    """Whether two pieces stand above each other, the upper one no dot and the lower one no point."""
    over = one.x0 + one.x1 > 2 * other.x0 and one.x0 + one.x1 < 2 * other.x1
    low = min(one.bottom, other.bottom) > word.level - _LOW_ENOUGH * word.size
    return over and low and min(one.width, other.width) > _WIDE_ENOUGH * word.size


def _one(one: Part, other: Part) -> Part:
    """Both as one piece."""
    edges = min(one.x0, other.x0), min(one.top, other.top), max(one.x1, other.x1), max(one.bottom, other.bottom)
    return Part(*edges, one.area + other.area)


def _shared_out(word: Inked, pieces: Sequence[Part], widths: Alphabet) -> list[str]:
    """The word's letters shared out to its pieces, from left to right, as their widths fit best."""
    letters = "".join(word.alike)
    if len(pieces) == len(letters):
        return list(letters)
    wide = [widths.width(letter) * word.size for letter in letters]
    best: dict[tuple[int, int], tuple[float, int]] = {(0, 0): (0.0, 0)}
    for done, piece in enumerate(pieces, start=1):
        for end in range(done, len(letters) + 1):
            for start in range(max(done - 1, end - _MOST_TOUCHING), end):
                before = best.get((done - 1, start))
                if before is not None:
                    cost = before[0] + abs(piece.width - sum(wide[start:end])) / word.size
                    if (done, end) not in best or cost < best[done, end][0]:
                        best[done, end] = cost, start
    end, found = len(letters), []
    for done in range(len(pieces), 0, -1):
        if (done, end) not in best:
            return []
        start = best[done, end][1]
        found.append(letters[start:end])
        end = start
    return found[::-1]


def _glyph(picture: Image.Image, word: Inked, part: Part) -> Glyph:
    return Glyph(picture.crop((part.x0, part.top, part.x1, part.bottom)), round(word.level) - part.top, word.size)


def _shades(picture: Image.Image) -> int:
    """The picture as a number that has a bit for each pixel and each shade than which it is darker."""
    return int.from_bytes(picture.tobytes().translate(_DARKER))


def _differs(one: Image.Image, other: Image.Image) -> int:
    """The darkest spot in which two pictures differ, when one lies on the other as well as it can."""
    return min(_spot(ImageChops.offset(one, *move), other) for move in _MOVES)


def _spot(one: Image.Image, other: Image.Image) -> int:
    """The shade of the darkest spot in which two pictures of one size differ."""
    shades = ImageChops.difference(one, other).filter(ImageFilter.BoxBlur(1)).histogram()
    return max(shade for shade, count in enumerate(shades) if count)


def not_borne_out(pages: Sequence[Letters]) -> Iterator[tuple[int, int]]:
    """The words that have a letter unlike those of the known words of the document: page and word by their places."""
    alphabet = Alphabet()
    for page in pages:
        for letter, glyph in page.known:
            alphabet.learn(letter, glyph)
    for number, page in enumerate(pages):
        yield from ((number, word.place) for word in page.words if not alphabet.bears_out(word))
