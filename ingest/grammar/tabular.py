"""Rows of tables in the usual order: the name first, what is said about it after.

The header of a table says which column is which, whatever their order and whatever stands between them. Tables that are set in
pairs of columns beside each other, lying down (a column for each name), or with a row broken over two pages come out as usual rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from ingest.grammar.features import feature_at
from ingest.grammar.halves import with_halves_joined
from ingest.grammar.labels import form_labels, label_hits
from ingest.grammar.layout import Row, header_of, heading_of, limits_heading
from ingest.grammar.phrases import PhraseBook
from ingest.grammar.rownames import hardware_names, key_names, limit_names, performance_names, profile_names
from ingest.page import Cell, Line, squeeze
from ingest.vocabulary import vocabulary
from registry.certificates.facts import Box

_LONGEST_HEADER = 60
_BLANK = Cell(())
_CLOSE = 0.4
"""Heights of a word that are white between lines of one value at most."""
_UNITS = frozenset({"unit", "units", "[s]"})
_ORDINARY = re.compile(r"[^\W\d_]+[.,]?|[/&]")


@dataclass(frozen=True)
class Tabled:
    """A row in the usual order. `header`: the kind of table that it is the header of. `unsure`: its columns are not known."""

    row: Row
    header: str | None = None
    unsure: bool = False


@dataclass(frozen=True)
class Columns:
    """What the header of a table says: where in a row the name and its values stand, and how often the row has them."""

    kind: str
    places: tuple[int, ...]
    period: int
    count: int
    header: Line

    def aligned(self, line: Line) -> Line | None:
        """The line's cells under the headers over them; None when one stands under no header, or under one that another has."""
        filled = [cell for cell in line.cells if cell.words]
        found: dict[int, Cell] = {}
        for cell in filled:
            box = cell.box(0, len(cell.text))
            under = [place for place, header in enumerate(self.header.cells) if box is not None and _overlap(box, header)]
            if len(under) != 1 or under[0] in found:
                return None
            found[under[0]] = cell
        if len(filled) < 2:
            return None
        return Line(tuple(found.get(place, _BLANK) for place in range(len(self.header.cells))), line.table)

    @property
    def usual(self) -> bool:
        """Whether the name and its values come first, so that more or fewer cells after them do not matter."""
        return self.places == tuple(range(len(self.places))) and self.count == 1

    def leaves_out(self, line: Line) -> bool:
        """Whether something stands in a column that has no header: it may be a piece of what stands beside it."""
        return any(cell.words and not header.words for cell, header in zip(line.cells, self.header.cells, strict=True))

    def parts(self, line: Line) -> Iterator[Line]:
        """The rows that the line holds, each with its name first; rows of features keep what else they say, before the value."""
        for start in range(0, self.count * self.period, self.period):
            cells = line.cells[start : start + self.period]
            chosen = [self._with_unit(cells, place) for place in self.places]
            if self.kind == "features":
                others = [cell for place, cell in enumerate(cells) if place not in self.places]
                chosen = [chosen[0], *others, *chosen[1:]]
            elif self.kind == "profiles":
                # An empty cell shows to be one by the cell after it.
                chosen.append(_BLANK)
            if any(cell.words for cell in chosen):
                yield Line(tuple(chosen), line.table)

    def _with_unit(self, cells: Sequence[Cell], place: int) -> Cell:
        """The cell, with what stands after it in a column of units."""
        after = place + 1
        if self.kind != "performance" or after >= len(cells) or squeeze(self.header.cells[after].text) not in _UNITS:
            return cells[place]
        return Cell((*cells[place].words, *cells[after].words), cells[place].line)


def _overlap(box: Box, header: Cell) -> bool:
    """Whether the box stands under the header, by their places from left to right."""
    other = header.box(0, len(header.text))
    return other is not None and box[0] < other[2] and other[0] < box[2]


@cache
def _roles() -> tuple[tuple[str, tuple[frozenset[str], ...]], ...]:
    tables = vocabulary("columns")["tables"]
    return tuple((table["kind"], tuple(frozenset(map(squeeze, words)) for words in table["roles"].values())) for table in tables)


def columns_of(line: Line, *, features: bool) -> Columns | None:
    """What the line says about its columns when it is the header of a table."""
    texts = [squeeze(cell.text).rstrip(":") for cell in line.cells]
    if sum(map(bool, texts)) < 2 or any(len(text) > _LONGEST_HEADER for text in texts):
        return None
    for count in range(len(texts) // 2, 0, -1):
        period = len(texts) // count
        if period * count != len(texts) or texts[:period] * count != texts:
            continue
        for kind, roles in _roles():
            if kind == "features" and not features:
                continue
            places = [[place for place, text in enumerate(texts[:period]) if text in role] for role in roles]
            if all(len(found) == 1 for found in places) and len({found[0] for found in places}) == len(places):
                return Columns(kind, tuple(found[0] for found in places), period, count, line)
    return None


def tabled(rows: Sequence[Row], *, features: bool) -> Iterator[Tabled]:
    """Every row of the annex in the usual order."""
    columns: Columns | None = None
    for row in _upright(_whole(with_halves_joined(rows))):
        found = columns_of(row.line, features=features)
        if found is not None:
            columns = found
            lines = [Line(row.line.cells[: found.period], row.line.table)] if found.kind != "features" else list(found.parts(row.line))[:1]
            yield Tabled(replace(row, line=lines[0]), header=found.kind)
            continue
        fits = columns is not None and len(row.line.cells) == columns.period * columns.count
        heading = heading_of(row)
        form = columns is not None and not columns.usual and any(form_labels().whole(text) for text in row.filled[:1])
        if heading not in (None, "optional") or (heading and not fits) or limits_heading(row) is not None or form:
            columns = None
        if columns is not None and not header_of(row):
            line = row.line if fits else columns.aligned(row.line)
            if line is not None and columns.leaves_out(line):
                yield Tabled(row, unsure=True)
                continue
            if line is not None:
                yield from (Tabled(replace(row, line=part)) for part in columns.parts(line))
                continue
        lost = columns is not None and not columns.usual and len(row.filled) > 1
        yield from (Tabled(part, unsure=lost) for part in _abreast(row, features=features))


def _abreast(row: Row, *, features: bool) -> tuple[Row, ...]:
    """The row as several, where a table of keys or features is set in two or more pairs of columns."""
    cells = row.line.cells
    begins = [
        index
        for index, cell in enumerate(cells)
        if cell.words and (key_names().whole(cell.text) or (features and feature_at(cell.text, 0, "features") is not None))
    ]
    if len(begins) < 2 or begins[0] != 0 or any(two - one < 2 for one, two in pairwise(begins)):
        return (row,)
    return tuple(replace(row, line=Line(cells[start:end], row.line.table)) for start, end in pairwise([*begins, len(cells)]))


def _books() -> tuple[PhraseBook, ...]:
    return profile_names(), performance_names(), key_names(), hardware_names(), limit_names()


def _known(name: str) -> bool:
    return any(book.whole(name.rstrip(" .:")) is not None for book in _books())


def _whole(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows with those that a page's end or a line's broke in two made one: only both pieces together are a name that is known."""
    waiting: Row | None = None
    between: list[Row] = []
    for row in rows:
        if waiting is not None:
            repeated = header_of(row) is not None or heading_of(row) is not None
            if repeated and row.page > waiting.page and len(between) < 3:
                between.append(row)
                continue
            joined = _joined(waiting, row) if row.page - waiting.page in (0, 1) else None
            yield joined or waiting
            yield from between
            waiting, between = None, []
            if joined is not None:
                continue
        if len(row.line.cells) > 1 and row.line.cells[0].words and not _known(row.line.cells[0].text):
            waiting = row
        else:
            yield row
    if waiting is not None:
        yield waiting
        yield from between


def _joined(one: Row, two: Row) -> Row | None:
    """Both rows as one, when the pieces of their names are together the name of one row."""
    first, second = one.line.cells, two.line.cells
    if len(first) != len(second) or not second[0].words or not _known(first[0].text + second[0].text):
        return None
    if one.page == two.page and (one.line.table or len(one.filled) < 2 or len(two.filled) < 2):
        return None
    join = _run_on if one.page == two.page else _both
    cells = tuple(join(above, below) for above, below in zip(first, second, strict=True))
    return replace(one, line=Line(cells, one.line.table))


def _both(one: Cell, two: Cell) -> Cell:
    return Cell((*one.words, *two.words), one.line)


def _upright(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows with tables that lie (a column for each name, a row for each kind of value) set upright."""
    lying: list[Row] = []
    for row in rows:
        if lying and len(row.line.cells) == len(lying[0].line.cells) and not _is_lying_header(row) and heading_of(row) is None:
            lying.append(row)
            continue
        yield from _set_upright(lying)
        lying = []
        if _is_lying_header(row):
            lying.append(row)
        else:
            yield row
    yield from _set_upright(lying)


def _is_lying_header(row: Row) -> bool:
    """Whether all cells of the row but the first are names of profiles, or of measurements, and the first says so or nothing."""
    names = [cell.text.rstrip(" :") for cell in row.line.cells[1:]]
    if not names or not all(names):
        return False
    first = squeeze(row.line.cells[0].text).rstrip(":")
    roles = dict(_roles())
    for kind, book in (("profiles", profile_names()), ("performance", performance_names())):
        if all(book.whole(name) for name in names):
            return first in roles[kind][0] or (len(names) > 1 and not first)
    return False


def _set_upright(lying: Sequence[Row]) -> Iterator[Row]:
    """The table upright when the words before its rows say what they are, else as it is."""
    if not lying:
        return
    head, *body = lying
    kind = "profiles" if profile_names().whole(head.line.cells[1].text) else "performance"
    roles = dict(_roles())[kind][1:]
    found = [[row for row in body if squeeze(row.line.cells[0].text).rstrip(":") in role] for role in roles]
    if any(len(rows) != 1 for rows in found) or len(body) > len(roles) + 2:
        yield from lying
        return
    chosen = [rows[0] for rows in found]
    for place, name in enumerate(head.line.cells[1:], start=1):
        cells = (name, *(row.line.cells[place] for row in chosen), _BLANK)
        yield replace(head, line=Line(cells, table=True))


def labels_first(rows: Sequence[Row], labels: PhraseBook) -> list[Row]:
    """The rows of a form with each label before its value, where labels stand after their values or in a row over them."""
    rows = list(_under_labels(rows, labels))
    sides = [_sides(row, labels) for row in rows]
    if sides.count("after") < 2 or sides.count("after") <= sides.count("before"):
        return list(rows)
    return [_exchanged(row) if side == "after" else row for row, side in zip(rows, sides, strict=True)]


def _under_labels(rows: Sequence[Row], labels: PhraseBook) -> Iterator[Row]:
    """The rows with those made pairs that hold nothing but labels, each with its value in the same place of the next rows."""
    at = 0
    while at < len(rows):
        above = rows[at]
        at += 1
        labelled = len(above.filled) > 1 and _all_labels(above, labels)
        if not labelled or at == len(rows) or not _fits_under(above, rows[at], labels):
            yield above
            continue
        first = values = rows[at]
        at += 1
        while at < len(rows) and _goes_on_under(values, rows[at], labels):
            cells = (_run_on(one, two) for one, two in zip(values.line.cells, rows[at].line.cells, strict=True))
            values = replace(rows[at], line=Line(tuple(cells), first.line.table))
            at += 1
        for label, value in zip(above.line.cells, values.line.cells, strict=True):
            if label.words:
                yield replace(first, line=Line((label, value), first.line.table))


def _goes_on_under(values: Row, row: Row, labels: PhraseBook) -> bool:
    """Whether the row is one more line of the values: under some of them, close to them, no label and no heading."""
    if values.page != row.page or len(values.line.cells) != len(row.line.cells) or heading_of(row) is not None:
        return False
    if any(hit.start in row.line.starts for hit in label_hits(labels, row)):
        return False
    box = row.line.box
    below = max((word.box[3] for cell in values.line.cells for word in cell.words if word.box is not None), default=None)
    if below is None or box is None:
        return False
    near = box[1] - below < _CLOSE * min(word.box[3] - word.box[1] for cell in row.line.cells for word in cell.words if word.box)
    return near and all(value.words or not cell.words for value, cell in zip(values.line.cells, row.line.cells, strict=True))


def _run_on(one: Cell, two: Cell) -> Cell:
    """The value with its next line; in doubt where a long word may have been broken between them."""
    if not two.words:
        return one
    if _ORDINARY.fullmatch(one.words[-1].text) and _ORDINARY.fullmatch(two.words[0].text):
        return Cell((*one.words, *two.words), one.line)
    last, first = (replace(word, sure=False) for word in (one.words[-1], two.words[0]))
    return Cell((*one.words[:-1], last, first, *two.words[1:]), one.line)


def _all_labels(row: Row, labels: PhraseBook) -> bool:
    whole = {hit.start for hit in label_hits(labels, row) if hit.end in _ends(row.line)}
    return all(start in whole for start, cell in zip(row.line.starts, row.line.cells, strict=True) if cell.words)


def _fits_under(above: Row, row: Row, labels: PhraseBook) -> bool:
    """Whether the row has something under each label, nothing beside, and no label itself."""
    if len(above.line.cells) != len(row.line.cells) or any(hit.start in row.line.starts for hit in label_hits(labels, row)):
        return False
    return all(bool(label.words) == bool(value.words) for label, value in zip(above.line.cells, row.line.cells, strict=True))


def _sides(row: Row, labels: PhraseBook) -> str | None:
    """On which side of its value the label of a row of two cells stands."""
    if len(row.filled) != 2:
        return None
    whole = {hit.start for hit in label_hits(labels, row) if hit.end in _ends(row.line)}
    one, two = (start in whole for start, cell in zip(row.line.starts, row.line.cells, strict=True) if cell.words)
    return None if one == two else "before" if one else "after"


def _ends(line: Line) -> set[int]:
    return {start + len(cell.text) for start, cell in zip(line.starts, line.cells, strict=True)}


def _exchanged(row: Row) -> Row:
    value, label = (cell for cell in row.line.cells if cell.words)
    return replace(row, line=Line((label, value), row.line.table))
