"""Parts of a certificate: which rows are its cover, its annex and its statement of approval, in whatever order they come.

The approval names persons. It ends at the next heading only when both its parties have signed before; in doubt a row belongs
to it, since what is taken for the approval is neither read nor shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import pairwise

from ingest.grammar.labels import all_cover_labels, label_hits
from ingest.grammar.layout import DATE_LABEL, Row, heading_of, is_approval_line
from ingest.grammar.titles import is_title
from ingest.page import squeeze

PERSON_HINT = re.compile(r"\bchair(?:man|woman|person|ma)?\b|\bsignature\b|\bsigned by\b|\bsignator|\bon behalf of\b", re.IGNORECASE)
_APPROVAL_WORDS = ("name", "company", "department", "position", "location", "signature")
_PARTY_LINES = {"vendor", "testlaboratory", "name", "signature"}
_NEAR = 12
"""Rows within which a title is followed by the cover's labels."""
_LONG = 40
"""Rows that an approval may have whose cells are broken into many lines."""
_LEAD = 8
"""Rows that an approval without a heading may have before its first certain line."""


class Part(Enum):
    """What a row belongs to."""

    COVER = "cover"
    ANNEX = "annex"
    APPROVAL = "approval"


@dataclass(frozen=True)
class Parts:
    """The rows, each with its part.

    `cut` is the last row of a text that does not end with a statement of approval: it may end anywhere, so nothing is read from
    it, and what stands before it may go on in it. It is none of `rows`. `complete` says that there is a whole approval.
    """

    rows: tuple[Row, ...]
    kinds: tuple[Part, ...]
    cut: Row | None
    complete: bool

    @cached_property
    def cover_rows(self) -> tuple[Row, ...]:
        """The cover."""
        return self._of(Part.COVER)

    @cached_property
    def annex_rows(self) -> tuple[Row, ...]:
        """The annex without single lines of an approval that stand in it."""
        return tuple(row for row in self._of(Part.ANNEX) if not is_approval_line(row))

    @cached_property
    def approval_rows(self) -> tuple[Row, ...]:
        """The statement of approval."""
        return self._of(Part.APPROVAL)

    @property
    def last(self) -> Part:
        """The part of the last row."""
        return self.kinds[-1] if self.kinds else Part.COVER

    @property
    def whole(self) -> bool:
        """Whether the document shows that it was not cut: it ends with its approval."""
        return self.complete and self.last is Part.APPROVAL

    def _of(self, part: Part) -> tuple[Row, ...]:
        return tuple(row for row, kind in zip(self.rows, self.kinds, strict=True) if kind is part)


def parts_of(rows: tuple[Row, ...]) -> Parts:
    """Every row's part."""
    parts = _divided(rows)
    printed = bool(rows) and any(word.box is not None for cell in rows[-1].line.cells for word in cell.words)
    if parts.last is Part.APPROVAL or not rows or printed:
        return parts
    return replace(_divided(rows[:-1]), cut=rows[-1])


def _divided(rows: tuple[Row, ...]) -> Parts:
    marks = _Marks.of(rows)
    kinds: list[Part] = []
    state = Part.COVER
    begun = 0
    for index in range(len(rows)):
        before = state
        state = _next(marks, state, index, begun)
        if state is Part.APPROVAL and before is not Part.APPROVAL:
            begun = _lead(marks, index, kinds)
            kinds[begun:] = [Part.APPROVAL] * (index - begun)
        kinds.append(state)
    approval = [row for row, kind in zip(rows, kinds, strict=True) if kind is Part.APPROVAL]
    return Parts(rows, tuple(kinds), cut=None, complete=_signed_twice(approval))


@dataclass(frozen=True)
class _Marks:
    """What the rows show about the parts' beginnings."""

    rows: tuple[Row, ...]
    named: tuple[str | None, ...]
    annex: int
    """The row with which the annex first begins; the number of rows when there is none."""
    lone: frozenset[int]
    clusters: frozenset[int]
    covers: frozenset[int]

    @classmethod
    def of(cls, rows: tuple[Row, ...]) -> _Marks:
        named = tuple(heading_of(row) for row in rows)
        abstract = next((index for index, name in enumerate(named) if name == "abstract"), None)
        first = next((index for index, name in enumerate(named) if name not in (None, "approval")), len(rows))
        annex = first if abstract is None else abstract
        lone = [index for index, row in enumerate(rows) if is_approval_line(row)]
        clusters = {one for one, two in pairwise(lone) if two - one <= 3}
        covers = {index for index, row in enumerate(rows) if is_title(row.plain) and _labelled(rows[index + 1 : index + 1 + _NEAR])}
        return cls(rows, named, annex, frozenset(lone), frozenset(clusters), frozenset(covers))


def _labelled(rows: Sequence[Row]) -> bool:
    names = {hit.name for row in rows for hit in label_hits(all_cover_labels(), row) if hit.start in row.line.starts}
    return len(names) >= 2


def _next(marks: _Marks, state: Part, index: int, begun: int) -> Part:
    """The part of the row, given the part before it; `begun` is where the approval began, if it is going on."""
    name = marks.named[index]
    if state is Part.APPROVAL:
        signed = _signed_twice(marks.rows[begun:index])
        if signed and index in marks.covers:
            return Part.COVER
        return Part.ANNEX if signed and name not in (None, "approval") else Part.APPROVAL
    if name == "approval" and _approval_follows(marks, index):
        return Part.APPROVAL
    after_annex = index > marks.annex or marks.annex == len(marks.rows)
    if after_annex and index in marks.clusters:
        return Part.APPROVAL
    if index in marks.covers and index > marks.annex and not any(cover < marks.annex for cover in marks.covers):
        return Part.COVER
    if name not in (None, "approval") and index >= marks.annex:
        return Part.ANNEX
    return state


def _approval_follows(marks: _Marks, index: int) -> bool:
    """Whether the heading is that of the approval, and not a line that strayed there while the approval stands elsewhere."""
    following = next((at for at in range(index + 1, len(marks.rows)) if marks.named[at] is not None), len(marks.rows))
    near = range(index + 1, min(following, index + 1 + _LONG))
    return not marks.lone or any(at in marks.lone for at in near)


def _lead(marks: _Marks, index: int, kinds: Sequence[Part]) -> int:
    """Where an approval really begins whose heading is lost: lines with names may stand before its first certain line."""
    if marks.named[index] == "approval":
        return index
    start = index
    for at in range(index - 1, max(index - _LEAD, -1), -1):
        if marks.named[at] is not None or kinds[at] is not Part.ANNEX:
            break
        plain = marks.rows[at].plain
        if squeeze(plain).rstrip(":") in _PARTY_LINES or PERSON_HINT.search(plain) or DATE_LABEL.match(plain):
            start = at
    return start


def _signed_twice(approval: Sequence[Row]) -> bool:
    """Whether both the vendor's and the laboratory's part of the approval are there; one line of them may be lost."""
    text = "\n".join(row.plain for row in approval).casefold()
    counts = [len(re.findall(rf"(?<!\w){word}(?!\w)", text)) for word in _APPROVAL_WORDS]
    return sum(count >= 2 for count in counts) >= 2
