"""The annex as one stream: labels of its forms, names of its table rows, and the text between them.

A row name is recognised wherever it stands in the annex, because a heading may be lost, cut or repeated; the section in
which it stands only decides about names that are ordinary words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ingest.grammar.features import feature_at, value_column
from ingest.grammar.labels import cover_labels, form_labels, in_other_words, label_hits, labels_of
from ingest.grammar.layout import Row, header_of, header_words, heading_of, limits_heading
from ingest.grammar.parts import Part, Parts
from ingest.grammar.phrases import PhraseBook, loose
from ingest.grammar.rownames import hardware_names, key_names, limit_names, performance_names, profile_names, result_words
from ingest.grammar.stream import Border, Item, Mark, Place, chunks_of, cut_chunk
from ingest.grammar.tabular import labels_first, tabled
from ingest.numbers import CLOCK, certificate_numbers
from ingest.page import CELL_BREAK, squeeze
from ingest.vocabulary import vocabulary

FREE_SECTIONS = ("hardware", "limits", "keys", "non_ocpp")
"""Sections whose tables have rows with names that no vocabulary can hold."""
_SENTENCE = 8
"""Blanks in a line from which on it is a sentence, and no value goes on in it."""
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{2,79}")
_PICS_UNIT = re.compile(r"\bPICS\b[^\t\d]{0,30}?(?:[\[(/]|\bin\b)\s*([a-zµ]{1,12}|h+:m+:s+)\s*(?:[\])]|\t|$)", re.IGNORECASE)
_EXCHANGED = re.compile(r"\bmeasured\b.*\bPICS\b", re.IGNORECASE)
_HEADER_SECTIONS = {
    "functionalities": "profiles",
    "functionality": "profiles",
    "pics value": "performance",
    "pics": "performance",
    "limit / setting": "limits",
    "limit": "limits",
    "feature": "hardware",
}


@dataclass(frozen=True)
class Annex:
    """The stream of the annex, the sections it has in the order of the print, and the rows in its tables that could not be understood."""

    items: tuple[Item, ...]
    sections: tuple[str, ...]
    strange: tuple[Place, ...]
    other_words: bool = False
    """Whether labels are in other than the usual words."""
    pics_unit: str = ""
    """The unit of PICS values that the header of their column says, in small letters."""
    exchanged: bool = False
    """Whether a header that was not understood as a whole names the measured values before the PICS values."""


@cache
def _cut_profiles() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Long profile names whose last letters the print lost or repeated."""
    long = [entry["name"] for entry in vocabulary("tables")["profiles"] if len(entry["name"]) >= 10]
    return tuple((re.compile(rf"{loose(name[:-3])}\w{{0,6}}(?!\w)", re.IGNORECASE), name) for name in long)


def read_annex(parts: Parts, *, features: bool = False) -> Annex:
    """The stream of the annex's rows; `features` says that the protocol has declarations of features."""
    items: list[Item] = []
    sections: dict[str, None] = {}
    strange: list[Place] = []
    section = "summary"
    labels = labels_of("annex", parts.annex_rows)
    rows = tuple(tabled(labels_first(parts.annex_rows, labels), features=features))
    columns: tuple[int, int] | None = None
    for before, one, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        row, following = one.row, after.row if after is not None else None
        found = value_column(row) if features else None
        if found is not None:
            columns = (found, len(row.line.cells))
            section = "features"
            sections[section] = None
            items.append(Border(section))
            continue
        feature = _feature(row, section, columns) if features else None
        if feature is not None:
            sections["features"] = None
            items.append(feature)
            items.extend(chunks_of(row.page, row.line, row.index, feature.place.end, len(row.text), opens=False))
            continue
        named = _section_change(row, section, features=features) or _section_of(one.header, section)
        if named is not None:
            section = named
            columns = None
            sections[named] = None
            items.append(Border(section))
            continue
        limits = limits_heading(row)
        if limits is not None:
            _ordinary(row, section, items, strange, labels, end=limits)
            section = "limits"
            sections[section] = None
            items.append(Border(section))
            continue
        if (following is not None and _goes_on(row, following, section)) or (before is not None and _began_above(row, before.row, section)):
            items.append(Border(section))
            continue
        if one.unsure:
            _nameonly(row, section, items, strange, labels)
            continue
        _ordinary(row, section, items, strange, labels, end=len(row.text))
    if parts.cut is not None and parts.last is Part.ANNEX:
        cut = parts.cut
        items.append(cut_chunk(cut.page, cut.line, cut.index))
    printed = ((item.name, item.place.raw) for item in items if isinstance(item, Mark) and item.kind == "form")
    units = [found[1].casefold() for row in parts.annex_rows for found in [_PICS_UNIT.search(row.text)] if found]
    exchanged = any(one.header is None and header_of(one.row) and _EXCHANGED.search(one.row.text) for one in rows)
    return Annex(tuple(items), tuple(sections), tuple(strange), in_other_words("annex", printed), next(iter(units), ""), exchanged)


def _goes_on(row: Row, following: Row, section: str) -> bool:
    """Whether the name of this free row goes on in the next, so that neither row by itself has a name."""
    if section not in ("hardware", "limits", "keys") or len(row.filled) != 2 or not row.line.cells[0].words:
        return False
    if _both_go_on(row, following, section):
        return True
    cells = following.line.cells
    wrapped = len(cells) > 1 and bool(cells[0].words) and not any(cell.words for cell in cells[1:])
    if not wrapped or heading_of(following) or header_of(following) or limits_heading(following) is not None or header_of(row):
        return False
    name = row.line.cells[0].text
    if section == "keys":
        return key_names().whole(name) is None and _IDENTIFIER.fullmatch(cells[0].text) is not None
    return not (hardware_names().whole(name) or limit_names().whole(name.rstrip(" .:")))


def _both_go_on(row: Row, following: Row, section: str) -> bool:
    """Whether name and value of the row may both go on in the next, which begins with a small letter as no name of these tables does."""
    if section == "keys" or following.line.table or row.page != following.page:
        return False
    names = [one.line.cells[0].text for one in (row, following) if len(one.filled) == 2 and one.line.cells[0].words]
    return len(names) == 2 and names[1][:1].islower() and not any(hardware_names().whole(name) for name in names)


def _began_above(row: Row, above: Row, section: str) -> bool:
    """Whether the free name of this row is the end of a name that stands alone in the row above, level with the end of its value."""
    if section not in ("hardware", "limits", "keys") or row.line.table or len(row.filled) != 2 or not row.line.cells[0].words:
        return False
    if _both_go_on(above, row, section):
        return True
    cells = above.line.cells
    alone = len(cells) in (1, len(row.line.cells)) and bool(cells[0].words) and not any(cell.words for cell in cells[1:])
    name = row.line.cells[0].text
    known = hardware_names().whole(name) or limit_names().whole(name.rstrip(" .:")) or key_names().whole(name)
    heads = heading_of(above) or header_of(above) or limits_heading(above) is not None
    return alone and not known and not heads


def _feature(row: Row, section: str, columns: tuple[int, int] | None) -> Mark | None:
    """The mark of a row of features, with the column of its value where the table's header told it."""
    text = row.text
    start = len(text) - len(text.lstrip())
    hit = feature_at(text, start, section)
    if hit is None:
        return None
    name, end = hit
    column = columns[0] if columns is not None and columns[1] == len(row.line.cells) else None
    return Mark("feature", name, Place(row.page, row.line, start, end), row.index, opens=True, column=column)


def _section_change(row: Row, section: str, *, features: bool) -> str | None:
    """The section that the row opens or goes on with, when it is a heading or a table header."""
    named = heading_of(row)
    if named == "optional":
        return "features" if features else "profiles"
    if named is not None:
        return named
    if features and section == "features" and profile_names().whole(row.plain):
        return section
    words = header_of(row)
    if words is None:
        return None
    folded = {word.casefold() for word in words}
    if folded & {"configuration key", "configuration keys"}:
        return section if section in ("non_ocpp", "keys") else "keys"
    return next((_HEADER_SECTIONS[word] for word in _HEADER_SECTIONS if word in folded), section)


def _section_of(header: str | None, section: str) -> str | None:
    """The section that a table with this kind of header opens or goes on with."""
    if header is None or header == "free":
        return None if header is None else section
    return section if header == "keys" and section in ("non_ocpp", "keys") else header


def _nameonly(row: Row, section: str, items: list[Item], strange: list[Place], labels: PhraseBook) -> None:
    """A row of which nobody knows what stands in which column: its name is there, its value is not read."""
    found: list[Item] = []
    _ordinary(row, section, found, strange, labels, end=len(row.text))
    items.extend(item for item in found if isinstance(item, Mark))
    items.append(Border(section))


def _ordinary(row: Row, section: str, items: list[Item], strange: list[Place], labels: PhraseBook, end: int) -> None:
    """A row that is no heading: its name or labels, and its chunks."""
    text = row.text[:end]
    if not text.strip():
        return
    captioned = _captioned(row, text)
    if captioned:
        items.extend(chunks_of(row.page, row.line, row.index, captioned, end, opens=True))
        return
    start = len(text) - len(text.lstrip())
    found = _row_name(row, text, start, section)
    if found is not None:
        kind, name, stop = found
        items.append(Mark(kind, name, Place(row.page, row.line, start, stop), row.index, opens=True))
        items.extend(chunks_of(row.page, row.line, row.index, stop, end, opens=False))
        return
    marks = [] if section in FREE_SECTIONS else _form_marks(row, text, labels)
    if marks:
        at = 0
        for mark in marks:
            items.extend(chunks_of(row.page, row.line, row.index, at, mark.place.start, opens=at == 0))
            items.append(mark)
            at = mark.place.end
        items.extend(chunks_of(row.page, row.line, row.index, at, end, opens=False))
        return
    if len(row.filled) >= 2 and any(letter.isalnum() for letter in row.line.cells[0].text):
        # A table row that nobody knows: what it says is its own, and continues nothing.
        if section in ("profiles", "performance", *FREE_SECTIONS):
            strange.append(Place(row.page, row.line, 0, end))
        items.append(Border(section))
        return
    if len(row.line.cells) > 1 and row.line.cells[0].words and section in ("profiles", "performance", *FREE_SECTIONS):
        # The name of a group of rows, alone in the column of names: it goes on with no value.
        items.append(Border(section))
        return
    if section in FREE_SECTIONS and len(row.filled) == 1 and text.count(" ") >= _SENTENCE:
        # A remark under the table.
        items.append(Border(section))
        return
    items.extend(chunks_of(row.page, row.line, row.index, 0, end, opens=True))


@cache
def _captions() -> PhraseBook:
    """Headers of the columns that hold values."""
    tables = vocabulary("columns")["tables"]
    return PhraseBook({word: word for table in tables for role, words in table["roles"].items() if role != "name" for word in words})


def _captioned(row: Row, text: str) -> int:
    """Where the value begins in a line that says what it is, as cards do: the header of its column, a colon, the value; else 0."""
    hit = _captions().at(text) if len(row.filled) == 1 else None
    return hit.end if hit is not None and hit.colon and text[hit.end :].strip(" :") else 0


def _row_name(row: Row, text: str, start: int, section: str) -> tuple[str, str, int] | None:
    """Kind, name and end of the table-row name that the row begins with."""
    profile = _profile(text, start, section)
    for kind, book in (("performance", performance_names()), ("limit", limit_names()), ("key", key_names())):
        if kind == "key" and profile is not None:
            # "Security profile 2" begins like the key SecurityProfile.
            return profile
        hit = book.at(text, start)
        if hit is not None and (kind != "key" or _value_may_follow(text, hit.end)):
            end = hit.end + 1 if kind == "limit" and text[hit.end : hit.end + 1] == "." else hit.end
            return kind, hit.name, end
    hit = hardware_names().at(text, start)
    if hit is not None and section != "profiles":
        return "hardware", hit.name, hit.end
    return _cut_name(row, section) or _free_row(row, section)


def _value_may_follow(text: str, end: int) -> bool:
    return end == len(text) or text[end] in " \t=:"


def _profile(text: str, start: int, section: str) -> tuple[str, str, int] | None:
    hit = profile_names().at(text, start)
    name, end = (hit.name, hit.end) if hit else ("", start)
    if hit is None:
        for pattern, known in _cut_profiles():
            match = pattern.match(text, start)
            if match:
                name, end = known, match.end()
    if not name:
        return None
    rest = text[end:].lstrip(" :")
    result = result_words().at(rest.strip())
    if result is not None:
        return "profile", name, end
    whole_cell = not rest or rest.startswith(CELL_BREAK)
    return ("profile", name, end) if whole_cell and section == "profiles" else None


def _cut_name(row: Row, section: str) -> tuple[str, str, int] | None:
    """A name misread within its cell: it is taken when it clearly resembles one known name and the row is of that kind."""
    filled = row.filled
    if len(filled) < 2 or not row.line.cells[0].words:
        return None
    first, second = row.line.cells[0].text, filled[1]
    end = len(first)
    if result_words().whole(second):
        name = profile_names().nearest(first) or profile_names().beginning_with(first)
        return ("profile", name, end) if name else None
    if any(CLOCK.fullmatch(text) for text in filled[1:3]):
        name = performance_names().nearest(first, 0.9) or performance_names().beginning_with(first)
        return ("performance", name, end) if name else None
    if section == "keys" and " " not in first:
        name = key_names().nearest(first, 0.93)
        return ("key", name, end) if name and squeeze(name).startswith(squeeze(first)[:8]) else None
    return None


def _free_row(row: Row, section: str) -> tuple[str, str, int] | None:
    """A row of two cells in a table whose names are free."""
    cells = row.line.cells
    if section not in FREE_SECTIONS or len(row.filled) != 2 or not cells[0].words:
        return None
    name, value = row.filled
    known = form_labels().whole(name) or cover_labels().whole(name) or profile_names().whole(name) or header_of(row)
    if known or len(name) > 100 or len(value) > 300 or any(True for _ in certificate_numbers(value)) or CLOCK.search(value):
        return None
    if is_name(value) or (header_words().at(name) is not None and header_words().at(value) is not None):
        # Two names, or two headers in two languages, beside each other.
        return None
    lead = header_words().at(name)
    if (lead is not None and lead.colon) or (":" in name[:-1] and name.split(":")[0] == value.split(":")[0]):
        # A card: the header's words stand before each value.
        return None
    if header_words().whole(name) is not None or (section == "keys" and not _IDENTIFIER.fullmatch(name)):
        # A header with what stands under it is no row, and a key has no blanks.
        return None
    if header_words().whole(value) is not None and any(name.endswith(hit.name) for hit in header_words().all_in(name)):
        # The caption of the next table with its header.
        return None
    if result_words().whole(value) in ("Pass", "Fail", "Not Tested"):
        return None
    kind = {"limits": "limit", "keys": "key"}.get(section, section)
    return kind, name.rstrip(" :.") if kind == "limit" else name.rstrip(" :"), len(name)


def is_name(text: str) -> bool:
    """Whether what stands in the place of a value is the name of another row."""
    books = (limit_names(), hardware_names(), key_names(), performance_names())
    return text.endswith((":", "：")) or any(book.whole(text.rstrip(" .:")) is not None for book in books)


def _form_marks(row: Row, text: str, labels: PhraseBook) -> list[Mark]:
    """Labels of the annex's forms: at the beginning of a cell, or touching another label, or before a colon."""
    starts = set(row.line.starts)
    found: list[Mark] = []
    for hit in label_hits(labels, row):
        if hit.end > len(text):
            continue
        begins = hit.start in starts
        touches = bool(found) and not text[found[-1].place.end : hit.start].strip()
        inner = hit.colon and hit.name not in ("model", "laboratory_location", "communication")
        if begins or touches or inner:
            opens = not text[: hit.start].strip()
            found.append(Mark("form", hit.name, Place(row.page, row.line, hit.start, hit.end), row.index, opens))
    if not found and ":" in text[:40]:
        name = form_labels().nearest(text.split(":")[0])
        if name is not None:
            found.append(Mark("form", name, Place(row.page, row.line, 0, text.index(":") + 1), row.index, opens=True))
    if found and not found[0].opens and len(text) > 120:
        return []
    return found
