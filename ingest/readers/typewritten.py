"""Tables drawn with signs, as typewriters and old programs do: rows of dashes with a cross where columns part, bars between the cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.readers.ink import Ink, Sheet, Stroke, printed_lines

_RULE = re.compile(r"[+|├┌└]?(?:[-=_]{2,}|[─━═]{2,})(?:[+|┼┬┴](?:[-=_]{2,}|[─━═]{2,}))*[+|┤┐┘]?")
_CROSS = frozenset("+|┼┬┴├┌└┤┐┘")
_BARS = frozenset({"|", "│", "┃", "║"})
_SHORTEST = 6
"""Signs that a rule has at least."""
_ABOVE, _BELOW = 1.5, 0.9
"""Letter sizes that a bar reaches up and down: to those of the lines above and below."""


def drawn_by_signs(sheet: Sheet) -> Sheet:
    """The sheet with strokes for the signs. Bars are taken only where a row of dashes has a cross: others may be part of a value."""
    rules = [line for line in printed_lines(sheet.inks) if all(_RULE.fullmatch(ink.text) for ink in line) and _length(line) >= _SHORTEST]
    crosses = [at for line in rules for ink in line for at in _crosses(ink)]
    if len(rules) < 2 or not crosses:
        return sheet
    gone = {id(ink) for line in rules for ink in line}
    across = [Stroke(ink.base - 0.3 * ink.size, *_ends(ink)) for line in rules for ink in line]
    down = []
    for ink in sheet.inks:
        middle = (ink.x0 + ink.x1) / 2
        if ink.text in _BARS and any(abs(middle - at) < 0.4 * ink.size for at in crosses):
            gone.add(id(ink))
            at = min(crosses, key=lambda cross: abs(middle - cross))
            down.append(Stroke(at, ink.base - _ABOVE * ink.size, ink.base + _BELOW * ink.size))
    inks = [ink for ink in sheet.inks if id(ink) not in gone]
    return replace(sheet, inks=inks, across=[*sheet.across, *across], down=[*sheet.down, *down])


def _length(line: Sequence[Ink]) -> int:
    return sum(len(ink.text) for ink in line)


def _crosses(ink: Ink) -> Iterator[float]:
    """Where columns part. All signs are as wide as each other."""
    wide = (ink.x1 - ink.x0) / len(ink.text)
    yield from (ink.x0 + (place + 0.5) * wide for place, sign in enumerate(ink.text) if sign in _CROSS)


def _ends(ink: Ink) -> tuple[float, float]:
    """The middles of the first and last sign."""
    half = (ink.x1 - ink.x0) / len(ink.text) / 2
    return ink.x0 + half, ink.x1 - half
