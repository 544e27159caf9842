"""What the picture shows over, under and among the letters that OCR read: accents, raised figures, capitals of other heights.

The OCR knows the letters of English. Of any other it drops the accent, it takes a raised figure for one of the value, and small
letters that are set as small capitals for capitals. None of this shows in its text or its confidence, and all of it in the ink.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median

from PIL import Image

from ingest.readers.ink import Ink
from ingest.readers.parts import Part, parts_of
from ingest.readers.spelling import is_known

_FAINT = 170
"""The shade up to which a pixel is ink here. Dots and the thin parts of letters are fainter than stems."""
_BESIDE = 0.6
"""Points beside a word's box in which pieces of its letters may lie."""
_HIGHEST, _LOWEST = 1.05, 0.3
"""Letter sizes above and below the line between which all of a word's ink lies."""
_LEAST_MARK = 0.0035
"""Share of a square of the letter's size that a dot covers at least; dirt is smaller."""
_LEAST_LETTER = 0.36
"""Letter sizes that a letter is high at least; what is lower is a sign, a dot or a piece of a letter."""
_LEAST_FIGURE = 0.3
"""Letter sizes that a raised figure is high at least."""
_RAISED = 0.16
"""Letter sizes above the line from which on a piece of ink that ends there does not stand on it."""
_RAISED_FOOT, _RAISED_TOP = 0.22, 0.58
"""Letter sizes above the line between which a raised figure stands at least, and no piece of a broken letter that has as much ink."""
_NO_LINE = 0.35
"""Letter sizes by which the reader may err on the line that a word stands on."""
_TALL, _EVEN = 0.9, 0.87
"""Share of the highest letter's height that other capitals and letters with stems have at least, as most of them and as all of them."""
_HANGS_FROM, _HANGS_TO = 0.08, 0.24
"""Letter sizes under the line between which every letter that hangs has ink, and no other."""
_HANGS_ALONE = 0.12
"""Letter sizes that a single letter may reach under the line without hanging: round letters do by a little."""
_LEAST_ROWS = 380
"""What the shades of a column of pixels under the line add up to when a letter hangs there: more than one white pixel."""
_BOWL = 0.27
"""Letter sizes that what hangs from a g is wide, and a cedilla is not."""
_WIDER, _FLAT, _LEANS = 1.35, 1.45, 0.2
"""How many times as wide as usual and as it is high a dot may be, and by how much of its width it may lean."""
_SHAPE = 0.85
"""How much less of the high letters' height the low ones may have than usual on the page, before something stands on a high one."""
_WIDEST = 1.2
"""Heights of a capital that letters are wide at most, but for the widest."""
_DOTTED = frozenset("ij")
_FLOATING = dict.fromkeys("ij'’‘`-–—~:;+*^°?!<>•·¢«»", 1) | dict.fromkeys('"“”%=', 2) | dict.fromkeys("®™", 3)
"""How many pieces of a sign stand free above the line. Of letters, only these two have one."""
_HIGH_SIGNS = frozenset("'’‘`\"“”*^°?!¢%®™")
_HANGING = dict.fromkeys("jpqyQJ,;()[]{}/\\|_$@&f§34579", 1) | {"g": 2, "Q": 2}
"""In how many places a letter may have ink under the line."""
_HOLES = dict.fromkeys("ADOPQRabdeopq", 1) | dict.fromkeys("B&g", 2) | dict.fromkeys("0123456789@#%$®™", 9)
"""How many holes a letter may have. Nothing is made of those of figures: their zeros may be crossed or dotted."""
_HIGH = re.compile(r"[A-Zbdfhkl]")
_STEMS = frozenset("bdhkl")
_LOW = re.compile(r"[acegmnopqrsuvwxyz]")
_WIDE = frozenset("MWmw")
_PLAIN = re.compile(r"[A-Za-z0-9.,:;]+")
_CAPITALS = re.compile(r"[^a-z]*[A-Z][^a-z]*[A-Z][^a-z]*")
_CAMEL = re.compile(r"[a-z][A-Z]")
_SIGN_FOR_LETTER = re.compile(r"@[^\W\d]|[^\W\d]@|§[^\W\d]|[^\W\d]§|[a-z]&|&[a-z]|[a-z]{2}8")
"""What Tesseract takes letters for that English does not have: an o with a stroke, a g with a breve, a sharp s."""
_FIGURES = re.compile(r"[vV]?[0-9.]+")


def with_marks(words: Sequence[Inked]) -> list[Ink]:
    """The words of a page, uncertain where the picture shows other ink than their letters have."""
    usual = _usual(words)
    return [replace(word.ink, sure=False) if word.ink.sure and _is_strange(word, usual) else word.ink for word in words]


@dataclass(frozen=True)
class Inked:
    """One word and the pieces of its ink, from left to right. Places and sizes are pixels; `level` is the line it stands on."""

    ink: Ink
    dark: Image.Image
    left: int
    right: int
    level: float
    size: float
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """What was read."""
        return self.ink.text

    @cached_property
    def alike(self) -> list[str]:
        """The letters and figures of the text."""
        return [letter for letter in self.text if letter.isalnum()]

    @cached_property
    def plain(self) -> bool:
        """Whether there are no signs in the text but for points."""
        return _PLAIN.fullmatch(self.text) is not None

    @cached_property
    def letters(self) -> list[Part]:
        """The pieces that are letters, or several that touch: high ones that stand on the line or hang."""
        least, standing = _LEAST_LETTER * self.size, self.level - _RAISED * self.size
        return [part for part in self.parts if part.height > least and part.bottom > standing and self.level - part.top > least]

    @cached_property
    def tops(self) -> list[float]:
        """How high each of them reaches above the line."""
        return [self.level - part.top for part in self.letters]

    @cached_property
    def high(self) -> float:
        """How high the highest letter reaches."""
        return max(self.tops, default=0.72 * self.size)

    @cached_property
    def low(self) -> float:
        """How high letters without a stem reach; how high all do when there are none."""
        if _LOW.search(self.text) and self.tops:
            return sorted(self.tops)[(len(self.tops) - 1) // 4]
        return 0.7 * self.high if _DOTTED.intersection(self.text) and _HIGH.search(self.text) else self.high

    @cached_property
    def over(self) -> list[Part]:
        """The pieces above the letters: dots and accents."""
        return [part for part in self.parts if part.bottom <= self.level - self.low + 0.05 * self.size]

    @cached_property
    def one_each(self) -> list[tuple[str, Part, float]]:
        """Each letter with its piece and how high that reaches, when none touch and none are broken; else nothing."""
        if len(self.letters) != len(self.alike):
            return []
        return list(zip(self.alike, self.letters, self.tops, strict=True))

    def heights(self, letters: re.Pattern[str] | frozenset[str]) -> list[float]:
        """How high those of these letters reach whose pieces are known."""
        chosen = letters.match if isinstance(letters, re.Pattern) else letters.__contains__
        return [top for letter, _, top in self.one_each if chosen(letter)]


@dataclass(frozen=True)
class _Usual:
    """What is usual on a page: the width of a dot in letter sizes, and the height of low letters by that of high ones."""

    dot: float
    shape: float


def inked_words(picture: Image.Image, inks: Sequence[Ink], point: float) -> list[Inked]:
    """Each word of a page with its ink. `point` is the length of a pixel."""
    dark = picture.point([255 if level < _FAINT else 0 for level in range(256)])
    parts = sorted(parts_of(dark), key=lambda part: part.x0 + part.x1)
    middles = [(part.x0 + part.x1) / 2 * point for part in parts]
    found = []
    for ink in inks:
        near = parts[bisect_left(middles, ink.x0 - _BESIDE) : bisect_right(middles, ink.x1 + _BESIDE)]
        size = ink.size / point
        own = [part for part in near if part.area >= _LEAST_MARK * size**2]
        level = _level(ink, own, point)
        own = [part for part in own if level - _HIGHEST * size <= part.top and part.bottom <= level + _LOWEST * size]
        own.sort(key=lambda part: part.x0)
        found.append(Inked(ink, dark, round(ink.x0 / point), round(ink.x1 / point), level, size, tuple(own)))
    return found


def _level(ink: Ink, parts: Sequence[Part], point: float) -> float:
    """The line that most letters of the word stand on; that of the printed line where too few do."""
    base, size = ink.base / point, ink.size / point
    feet = [part.bottom for part in parts if part.height > _LEAST_LETTER * size and abs(part.bottom - base) < _NO_LINE * size]
    hanging = sum(letter in "gjpqyQ" for letter in ink.text)
    return sorted(feet)[len(feet) // 3] if len(feet) > 2 and len(feet) > 2 * hanging else base


def _usual(words: Sequence[Inked]) -> _Usual:
    dots = [part.width / word.size for word in words if _DOTTED.intersection(word.text) for part in word.over]
    shapes = [word.low / word.high for word in words if _LOW.search(word.text) and _HIGH.search(word.text) and word.low < _TALL * word.high]
    return _Usual(median(dots or [0.1]), median(shapes or [0.7]))


def _is_strange(word: Inked, usual: _Usual) -> bool:
    """Whether the ink is not that of the letters which were read."""
    if is_known(word.text):
        return False
    if _SIGN_FOR_LETTER.search(word.text) or any(letter.isalpha() and not letter.isascii() for letter in word.text):
        return True
    return any(
        (
            _has_accents(word, usual),
            _has_raised_figures(word),
            _has_small_capitals(word),
            _has_other_letters(word),
            _hangs_strangely(word),
            _has_other_heights(word, usual),
        )
    )


def _has_accents(word: Inked, usual: _Usual) -> bool:
    """Whether there is more above the letters than the dots they have, or what is there has another form than a dot."""
    if len(word.over) > sum(_FLOATING.get(letter, 0) for letter in word.text):
        return True
    return word.plain and any(_is_no_dot(word, part, usual) for part in word.over)


def _is_no_dot(word: Inked, part: Part, usual: _Usual) -> bool:
    middle = (part.x0 + part.x1) / 2
    under = next((letter for letter in word.letters if letter.x0 <= middle < letter.x1), None)
    flat = part.width > _WIDER * usual.dot * word.size and part.width > _FLAT * part.height
    if flat or abs(_lean(word.dark, part)) > _LEANS:
        return True
    if under is None:
        return False
    others = sum(under.x0 <= (other.x0 + other.x1) / 2 < under.x1 for other in word.over)
    return part.width > _WIDER * under.width or ("ii" in word.text and others > 1)


def _lean(dark: Image.Image, part: Part) -> float:
    """By how much of its width the upper half of the piece stands right of its lower half."""
    upper, lower = (
        _middle(dark.crop((part.x0, top, part.x1, bottom)))
        for top, bottom in ((part.top, part.top + part.height // 2), (part.bottom - part.height // 2, part.bottom))
    )
    return (upper - lower) / part.width


def _middle(dark: Image.Image) -> float:
    """Where the middle of the ink is, in pixels from the left."""
    columns = dark.resize((dark.width, 1), Image.Resampling.BOX).tobytes() if dark.height else b""
    total = sum(columns)
    return sum((place + 0.5) * shade for place, shade in enumerate(columns)) / total if total else dark.width / 2


def _has_raised_figures(word: Inked) -> bool:
    """Whether something as high as a figure stands above the line, or figures have other heights."""
    if not _HIGH_SIGNS.intersection(word.text):
        foot, head = word.level - _RAISED_FOOT * word.size, word.level - _RAISED_TOP * word.size
        if any(part.bottom < foot and part.top <= head and part.height > _LEAST_FIGURE * word.size for part in word.parts):
            return True
    if not word.letters or not _FIGURES.fullmatch(word.text):
        return False
    touching = len(word.letters) < len(word.alike)
    figures = word.tops[1:] if word.text[0] == "v" else word.tops
    return min(figures, default=word.high) < _TALL * word.high or (touching and not _ends_on_line(word)) or _has_lost_points(word)


def _ends_on_line(word: Inked) -> bool:
    """Whether the last of several figures that touch reaches down to the line."""
    last = word.letters[-1]
    left = max(last.x0, last.x1 - round(0.27 * word.size))
    foot = (left, round(word.level - 0.14 * word.size), last.x1, round(word.level + 0.05 * word.size))
    return word.dark.crop(foot).getbbox() is not None


def _has_lost_points(word: Inked) -> bool:
    """Whether there are more points on the line than were read."""
    small = 0.22 * word.size
    points = [part for part in word.parts if max(part.width, part.height) < small and abs(part.bottom - word.level) < 0.7 * small]
    return len(points) > word.text.count(".")


def _has_small_capitals(word: Inked) -> bool:
    """Whether capitals have other heights."""
    return bool(word.plain and word.tops and _CAPITALS.fullmatch(word.text) and min(word.tops) < _EVEN * word.high)


def _has_other_letters(word: Inked) -> bool:
    """Whether there are more letters than were read, or one that was read with a dot has none."""
    if not word.plain:
        return False
    return _side_by_side(word.letters) > len(word.alike) or _without_dots(word) > 0


def _side_by_side(letters: Sequence[Part]) -> int:
    """How many pieces stand beside each other: two above each other are those of one letter, whose thin parts are gone."""
    return sum(before is None or letter.x0 + letter.x1 > 2 * before.x1 for before, letter in zip([None, *letters], letters, strict=False))


def _without_dots(word: Inked) -> int:
    # The dot of an i is often one with the f before it.
    return len(re.findall(r"(?<!f)[ij]", word.text)) - len(word.over)


def _hangs_strangely(word: Inked) -> bool:
    """Whether something hangs where no letter does, or nothing as wide as the bowl of a g where there is one."""
    under = list(_under_line(word))
    if len(under) > sum(_HANGING.get(letter, 0) for letter in word.text):
        return True
    if sum(width > _BOWL * word.size for width in under) < word.text.count("g"):
        return True
    lowest = word.level + _HANGS_ALONE * word.size
    return any(part.bottom > lowest and letter not in _HANGING for letter, part, _ in word.one_each)


def _under_line(word: Inked) -> Iterator[int]:
    """The widths of what hangs under the line, from left to right."""
    top, bottom = round(word.level + _HANGS_FROM * word.size), round(word.level + _HANGS_TO * word.size)
    if word.right <= word.left or bottom <= top:
        return
    part = word.dark.crop((word.left, top, word.right, bottom)).resize((word.right - word.left, 1), Image.Resampling.BOX)
    columns = bytes(255 if shade * (bottom - top) >= _LEAST_ROWS else 0 for shade in part.tobytes())
    yield from (len(match[0]) for match in re.finditer(rb"\xff{2,}", columns))


def _has_other_heights(word: Inked, usual: _Usual) -> bool:
    """Whether letters are higher or lower, wider or with more holes than those that were read."""
    if not word.plain or not word.tops:
        return False
    if _LOW.search(word.text):
        tall = sum(top > _TALL * word.high for top in word.tops) if word.low < 0.84 * word.high else 0
        high = sum(_HIGH.match(letter) is not None for letter in word.alike)
        others = sum(letter.isdigit() or letter == "t" for letter in word.alike)
        if tall > high + others + max(0, _without_dots(word)) or (tall < high and _CAMEL.search(word.text)):
            return True
        if re.search(r"[A-Z]", word.text) and word.low < _SHAPE * usual.shape * word.high:
            return True
    if any(part.holes > _HOLES.get(letter, 0) for letter, part, _ in word.one_each):
        return True
    return len(word.alike) > 2 and _has_wrong_case(word)


def _has_wrong_case(word: Inked) -> bool:
    """Whether, letter by letter, a high one is as low as the low ones or the other way round."""
    highs, lows, dotted, crossed = (word.heights(each) for each in (_HIGH, _LOW, _DOTTED, frozenset("t")))
    if highs and (min(highs) < 0.85 * max(highs) or (lows and min(highs) < 1.1 * max(lows))):
        return True
    if lows and ((dotted and max(dotted) > 1.15 * max(lows)) or (crossed and min(crossed) < 1.02 * max(lows))):
        return True
    stems = word.heights(_STEMS)
    if stems and crossed and max(crossed) > 0.97 * max(stems):
        return True
    return any(part.width > _WIDEST * word.high and letter not in _WIDE for letter, part, _ in word.one_each)
