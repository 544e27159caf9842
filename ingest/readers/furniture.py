"""What belongs to the paper and not to the text: stamps across every page, running heads and feet.

They are known by coming again, at the same place, on every page. What a page says about one thing stands on it once. What stands
over other words and does not come again leaves both in doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from ingest.page import squeeze
from ingest.readers.ink import Ink, printed_lines
from ingest.readers.letters import Letter, Style
from ingest.vocabulary import vocabulary

_MOST_LETTERS = 400
_LARGEST_SHARE = 0.3
_SAME = 0.85
_NEAR = 2.0
"""Points by which lines at the same place of two pages may differ."""
_OVERLAP = 0.3
"""Letter sizes by which two words share a stretch of a line before they stand over each other."""
_RAISED = 1.05
"""Share of the size of a word that a sign of a footnote after it has at most."""
_HIGH = (0.05, 0.7)
"""How far, in letter sizes, a sign of a footnote stands above or below the line of its word."""
_LONGEST_SIGN = 3
_SMALLER = 0.85
_TIGHT = 0.95
"""Letter sizes between two lines that no line of smaller letters has to both of its neighbours."""
_LINES = 3
"""Printed lines at the top and at the foot of a page that may be its head and foot."""
_FIGURE = re.compile(r"(?<![\w.:-])\d{1,6}(?![\w:-]|\.\d)")


@cache
def _headings() -> frozenset[str]:
    """Headings and headers that tables repeat on every page on which they go on."""
    sections = vocabulary("sections")
    phrases = [phrase for group in (sections["headings"], sections["headers"]) for part in group.values() for phrase in part]
    return frozenset(squeeze(phrase) for phrase in phrases)


def stamps(pages: Sequence[Mapping[Style, Sequence[Letter]]]) -> frozenset[Style]:
    """Styles whose letters are the same on all pages that have them, and cross the other letters of the page or their lines.

    The cover may be without them. A style that says much, or much of what a page says, is none.
    """
    found = set()
    for style in {style for page in pages for style in page}:
        having = [number for number, page in enumerate(pages) if style in page]
        if len(having) < 2 or len(having) < len(pages) - 1 or (len(having) < len(pages) and having[0] != 1):
            continue
        places = [_places(pages[number][style]) for number in having]
        alike = all(len(one & two) >= _SAME * max(len(one), len(two)) for one, two in pairwise(places))
        chosen = [pages[number] for number in having]
        if alike and _is_little(style, chosen) and _crosses(style, chosen):
            found.add(style)
    return frozenset(found)


def _places(letters: Sequence[Letter]) -> set[tuple[str, int, int]]:
    return {("#" if letter.text.isdigit() else letter.text, round(letter.x0), round(letter.base)) for letter in letters}


def _is_little(style: Style, pages: Sequence[Mapping[Style, Sequence[Letter]]]) -> bool:
    counts = [len(page[style]) for page in pages]
    return max(counts) <= _MOST_LETTERS and sum(counts) <= _LARGEST_SHARE * sum(len(letters) for page in pages for letters in page.values())


def _crosses(style: Style, pages: Sequence[Mapping[Style, Sequence[Letter]]]) -> bool:
    """Whether the style's letters stand between others, and not only above or below everything."""
    for page in pages:
        bases = [letter.base for other, letters in page.items() if other != style for letter in letters]
        if bases and any(min(bases) < letter.base < max(bases) for letter in page[style]):
            return True
    return False


def overprinted(inks: Sequence[Ink]) -> list[Ink]:
    """The words, those that stand over each other not sure: which of their letters belong to what, nobody can tell.

    Nor are signs that stand high or low beside a word, since they may lead to a footnote, nor small words squeezed in between two lines.
    """
    doubtful = {id(ink) for ink in (*_raised(inks), *_squeezed_in(inks))}
    open_: list[Ink] = []
    for ink in sorted(inks, key=_top):
        open_ = [other for other in open_ if other.base > _top(ink) + 0.1 * other.size]
        for other in open_:
            shared = min(other.x1, ink.x1) - max(other.x0, ink.x0)
            if shared > _OVERLAP * min(other.size, ink.size) and min(other.base, ink.base) > max(_top(other), _top(ink)):
                doubtful |= {id(other), id(ink)}
        open_.append(ink)
    return [replace(ink, sure=False) if id(ink) in doubtful else ink for ink in inks] if doubtful else list(inks)


def _raised(inks: Sequence[Ink]) -> Iterator[Ink]:
    """Up to three letters, above or below the line of a word that they touch."""
    levels = sorted(inks, key=lambda ink: ink.base)
    bases = [ink.base for ink in levels]
    for ink in inks:
        if len(ink.text) > _LONGEST_SIGN:
            continue
        reach = _HIGH[1] * max(ink.size / 0.5, ink.size)
        for other in levels[bisect_left(bases, ink.base - reach) : bisect_right(bases, ink.base + reach)]:
            off = abs(other.base - ink.base) / other.size
            if not (_HIGH[0] < off < _HIGH[1] and ink.size <= _RAISED * other.size):
                continue
            if min(abs(ink.x0 - other.x1), abs(other.x0 - ink.x1)) < 0.3 * other.size:
                yield ink
                break


def _squeezed_in(inks: Sequence[Ink]) -> Iterator[Ink]:
    """Words smaller than those of the lines above and below, which leave no room for a line between them: somebody's corrections."""
    levels = sorted(inks, key=lambda ink: ink.base)
    bases = [ink.base for ink in levels]
    largest = max((ink.size for ink in inks), default=0.0)
    for ink in inks:
        if ink.size > _SMALLER * largest:
            continue
        near = levels[bisect_left(bases, ink.base - largest) : bisect_right(bases, ink.base + largest)]
        larger = (other for other in near if ink.size <= _SMALLER * other.size)
        off = [other.base - ink.base for other in larger if abs(other.base - ink.base) < _TIGHT * other.size]
        if min(off, default=0.0) < -0.35 * ink.size and max(off, default=0.0) > 0.35 * ink.size:
            yield ink


def _top(ink: Ink) -> float:
    """Where the body of small letters begins."""
    return ink.base - 0.45 * ink.size


def without_running_lines(pages: Sequence[Sequence[Ink]]) -> list[list[Ink]]:
    """The words of each page without heads and feet that come again; where they come first they stay, since a page may begin with them."""
    seen: dict[str, list[tuple[int, Sequence[Ink]]]] = {}
    for number, page in enumerate(pages, start=1):
        for line in _edges(page):
            seen.setdefault(_FIGURE.sub("#", _text(line)), []).append((number, line))
    running: set[int] = set()
    for key, places in seen.items():
        if squeeze(key) not in _headings():
            running |= _again(places, len(pages))
    return [[ink for ink in page if id(ink) not in running] for page in pages]


def _edges(page: Sequence[Ink]) -> Iterator[Sequence[Ink]]:
    """The first and last printed lines."""
    lines = printed_lines(page)
    yield from lines if len(lines) <= 2 * _LINES else [*lines[:_LINES], *lines[-_LINES:]]


def _text(line: Iterable[Ink]) -> str:
    return " ".join(ink.text for ink in line)


def _again(places: Sequence[tuple[int, Sequence[Ink]]], pages: int) -> set[int]:
    """The words of lines that stand on every page, or on every page but the cover or the last, at one height."""
    found: set[int] = set()
    for number, line in places:
        same = {other: each for other, each in places if _at_one_place(line, each)}
        enough = len(same) >= 2 and (len(same) == pages or (len(same) == pages - 1 and (1 not in same or pages not in same)))
        if enough and number != min(same) and _counts_pages(same):
            found |= {id(ink) for ink in line}
    return found


def _at_one_place(one: Sequence[Ink], two: Sequence[Ink]) -> bool:
    return abs(one[0].base - two[0].base) <= _NEAR and abs(one[0].x0 - two[0].x0) <= _NEAR


def _counts_pages(lines: Mapping[int, Sequence[Ink]]) -> bool:
    """Whether every figure in the lines is the same on all pages, or grows as the pages do."""
    figures = [(page, [int(figure) for figure in _FIGURE.findall(_text(line))]) for page, line in lines.items()]
    slots = zip(*([(page, figure) for figure in each] for page, each in figures), strict=True)
    return all(len({figure for _, figure in slot}) == 1 or len({figure - page for page, figure in slot}) == 1 for slot in slots)
