"""A document as a stream of marks (labels, row names), chunks of text between them, and borders that no value crosses.

Labels and values come in every order: a label and its value on one line, on lines that alternate, all labels first and all
values after, values before their labels. On the stream these differ only in how marks and chunks follow each other, so one
reading of groups (a run of marks and the chunks that follow it) covers all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.page import CELL_BREAK, Cell, Line, Word
from registry.certificates.facts import Box


@dataclass(frozen=True)
class Place:
    """A printed slice of a line."""

    page: int
    line: Line
    start: int
    end: int

    @property
    def raw(self) -> str:
        """The slice as printed, cell borders shown as a blank."""
        return self.line.text[self.start : self.end].replace(CELL_BREAK, " ").strip()

    @property
    def certain(self) -> bool:
        """Whether the reader is sure of the letters."""
        return self.line.certain(self.start, self.end)

    @property
    def number(self) -> int | None:
        """The line of the file."""
        return self.line.place(self.start, self.end)[0]

    @property
    def box(self) -> Box | None:
        """The box on the page."""
        return self.line.place(self.start, self.end)[1]


@dataclass(frozen=True)
class Mark:
    """A label or a row name. `index` is the line's place in the document; `opens` says that its line begins with it."""

    kind: str
    name: str
    place: Place
    index: int
    opens: bool
    column: int | None = None
    """In a table whose header was understood: which cell of the row holds the value."""


@dataclass(frozen=True)
class Chunk:
    """Text of one cell that is no mark. `opens` says that its line begins with it."""

    place: Place
    index: int
    opens: bool

    @property
    def text(self) -> str:
        """The text as printed."""
        return self.place.raw


def by_lines(chunks: Iterable[Chunk]) -> list[Chunk]:
    """The chunks, each parted where its cell was broken on purpose."""
    found: list[Chunk] = []
    for chunk in chunks:
        place = chunk.place
        edges = [place.start, *(at for at in place.line.breaks if place.start < at < place.end), place.end]
        for start, end in pairwise(edges):
            length = len(place.line.text[start:end].rstrip())
            found.append(Chunk(replace(place, start=start, end=start + length), chunk.index, chunk.opens and start == place.start))
    return found


CUT = "…"


def cut_chunk(page: int, line: Line, index: int) -> Chunk:
    """Stands for the row at which a document was cut: text that may belong to anything and is never a value."""
    sign = Line((Cell((Word(CUT),), line.number),))
    return Chunk(Place(page, sign, 0, len(CUT)), index, opens=True)


@dataclass(frozen=True)
class Border:
    """A heading, a table header or running text: what stands before it is not continued after it."""

    section: str


Item = Mark | Chunk | Border


@dataclass
class Group:
    """A run of marks and the chunks that follow it up to the next mark or border. Without marks: chunks that no mark precedes."""

    marks: list[Mark] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    section: str = ""

    @property
    def inline(self) -> list[Chunk]:
        """The chunks on the line of the last mark."""
        return [chunk for chunk in self.chunks if self.marks and chunk.index == self.marks[-1].index]

    @property
    def bound(self) -> bool:
        """Whether the first chunk certainly belongs to the last mark: it stands on a line that this mark opens."""
        return bool(self.inline) and self.marks[-1].opens


def groups(items: Sequence[Item]) -> Iterator[Group]:
    """The stream as groups, in order."""
    group = Group()
    for item in items:
        if isinstance(item, Border):
            if group.marks or group.chunks:
                yield group
            group = Group(section=item.section)
        elif isinstance(item, Mark):
            if group.chunks:
                yield group
                group = Group(section=group.section)
            group.marks.append(item)
        else:
            group.chunks.append(item)
    if group.marks or group.chunks:
        yield group


def settle(group: Group) -> list[tuple[Mark, list[Chunk]]]:
    """The marks of the group, each with the chunks that can only be its own.

    One mark owns all chunks. In a run of marks the last owns the chunks when it opens their line; otherwise nobody owns
    anything, and types have to decide.
    """
    if not group.marks:
        return []
    if group.chunks and group.chunks[0].text == CUT:
        return [(mark, []) for mark in group.marks]
    if len(group.marks) == 1 or group.bound:
        return [*((mark, []) for mark in group.marks[:-1]), (group.marks[-1], group.chunks)]
    return [(mark, []) for mark in group.marks]


def chunks_of(page: int, line: Line, index: int, start: int, end: int, *, opens: bool) -> Iterator[Chunk]:
    """The slice of the line, as one chunk per cell that holds anything."""
    at = start
    first = opens
    for piece in line.text[start:end].split(CELL_BREAK):
        # A colon or semicolon before a value is what is left of the border to its label.
        value = piece.lstrip(" ;:：|").rstrip()
        if value:
            left = at + len(piece.rstrip()) - len(value)
            yield Chunk(Place(page, line, left, left + len(value)), index, first)
            first = False
        at += len(piece) + 1
