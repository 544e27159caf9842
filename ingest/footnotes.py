"""Doubts words whose last figure may be the sign of a footnote that stands at the foot of their page. Pure.

"15" with the sign of note 1 set right after it, as large as itself, is printed as 151 is: nothing in the letters tells one from the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.grammar.layout import Row, heading_of
from ingest.numbers import find_dates
from ingest.page import Cell, Page

_NOTE = re.compile(r"[(\[]?([1-9])(?:[)\]]\s*|\s+)(?=[^\W\d_]+\s+\S)")
"""The beginning of a note. With a point after its figure it is a numbered heading rather."""
_FOOT = 6
"""Lines at the end of a page among which its notes stand."""
_AFTER_VALUE = re.compile(r"(?:[^.,:/_-]|[^\W\d_]\.)\d$")
"""A figure that may stand after a value: none ends in a sign that parts its pieces, but for the point of a shortened word."""
_WHOLE_DATE = re.compile(r"\d{4}$|[-./]\d\d[-./]\d\d$")
"""The end of a date that would be none with one figure less."""


def with_footnotes(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages, words doubtful that end in the figure of a note at the foot of their page or, as end notes, of the last page."""
    own = [frozenset(_notes(page)) for page in pages]
    at_end = own[-1] if own else frozenset()
    return tuple(_doubted(page, notes | at_end) for page, notes in zip(pages, own, strict=True))


def _notes(page: Page) -> Iterator[str]:
    said = [line for line in page.lines if any(letter.isalnum() for letter in line.text)]
    for line in said[-_FOOT:]:
        found = _NOTE.match(line.text)
        if found and sum(bool(cell.words) for cell in line.cells) == 1 and heading_of(Row(page.number, line, 0)) is None:
            yield found[1]


def _doubted(page: Page, notes: frozenset[str]) -> Page:
    if not notes:
        return page
    return replace(page, lines=tuple(replace(line, cells=tuple(_cell(cell, notes) for cell in line.cells)) for line in page.lines))


def _cell(cell: Cell, notes: frozenset[str]) -> Cell:
    dates = [(date.start, date.end) for date in find_dates(cell.text)]
    words, at = [], 0
    for word in cell.words:
        end = at + len(word.text)
        signed = word.text[-1] in notes and _AFTER_VALUE.search(word.text)
        dated = any(start < end <= stop and (end < stop or _WHOLE_DATE.search(cell.text[start:stop])) for start, stop in dates)
        words.append(replace(word, sure=False) if signed and not dated else word)
        at = end + 1
    return replace(cell, words=tuple(words))
