"""Rows of the annex's tables: profiles, performance, hardware, limits, configuration keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from ingest.grammar.annex import Annex, is_name
from ingest.grammar.features import conforms, feature_kinds, feature_value, mended_list, mended_names
from ingest.grammar.rownames import key_names, result_words
from ingest.grammar.stream import CUT, Chunk, Group, Mark, Place, groups, settle
from ingest.numbers import CLOCK, read_clock, read_pics
from ingest.page import squeeze
from ingest.vocabulary import configuration_key_types, configuration_keys, vocabulary
from registry.certificates.facts import FieldState

_PICS = r"(?P<pics>\d{1,6}\s*(?:s|sec|secs|seconds?|min|minutes?)?\.?|\d\d:\d\d:\d\d|-|–|N/A|<>)"
_MEASURED = r"(?P<measured>\d\d:\d\d:\d\d|-|–|N/A|<>)"
_ENDS = r"(?=\s*$|\s+[^\W\d_])"
"""After a time stand words or nothing: of two times with a sign between them, neither is the one."""
_TIMES = re.compile(rf"{_PICS}\s+{_MEASURED}{_ENDS}", re.IGNORECASE)
_ONE_TIME = re.compile(rf"{_PICS}|{_MEASURED}", re.IGNORECASE)
_TIMES_EXCHANGED = re.compile(r"(?P<measured>\d\d:\d\d:\d\d)\s+(?P<pics>\d{1,6}\s*(?:s|sec|secs|seconds?))\.?(?=\s|$)", re.IGNORECASE)
"""Columns in the other order: certain only where the PICS value has a unit, and so cannot be taken for anything else."""
_NOTE = re.compile(r"[*†‡§¶¹²³⁰⁴-⁹]\s*$|^<\s*>\s*\S")
_SUFFIXED = re.compile(r"(?:true|false)\S|-?\d+[^\w\s.,%]|-?\d+\s+\d", re.IGNORECASE)
"""A switch or a number with a sign at its end that is no part of it."""
_CHOICE = re.compile(r"[<(]?(?:yes\s*[/|]\s*no|no\s*[/|]\s*yes|true\s*[/|]\s*false|false\s*[/|]\s*true)(?![^\W_])", re.IGNORECASE)
"""What a form offers: which of the two was meant shows in the type or the colour, if at all."""
_SHORT_VALUE = 600
_LEAST_NAME = 6
_SECONDS = frozenset({"", "s", "sec", "secs", "second", "seconds", "hh:mm:ss", "value"})
"""Units in the header of a column whose values are seconds where they have no unit of their own."""


@dataclass(frozen=True)
class Read:
    """One reading of one table cell. `value` is None for an empty or unread cell; the state says which."""

    value: str | int | None
    state: FieldState
    place: Place | None
    raw: str | None
    rule: str


@dataclass
class Tables:
    """Every reading of every cell by its path, in the order of the print, and what the cells gave away about themselves."""

    cells: dict[str, list[Read]] = field(default_factory=dict)
    without_unit: list[str] = field(default_factory=list)
    residue: list[str] = field(default_factory=list)
    non_ocpp_empty: Place | None = None
    pics_unit: str = ""
    """The unit of PICS values that the header of their column says."""
    exchanged: bool = False
    """Whether the measured values may stand before the PICS values."""

    def add(self, path: str, read: Read) -> None:
        """Keep one more reading of a cell."""
        self.cells.setdefault(path, []).append(read)


def read_tables(annex: Annex) -> Tables:
    """Every row of every table of the annex."""
    tables = Tables(pics_unit=annex.pics_unit, exchanged=annex.exchanged)
    found = list(groups(annex.items))
    shifted = _shifted(found)
    for group in found:
        if not group.marks:
            continue
        if len(group.marks) > 1 and not group.bound and group.chunks and len({mark.kind for mark in group.marks}) == 1:
            _run(tables, group)
            continue
        for mark, own in settle(group):
            away = bool(own) and own[0].index != mark.index
            _row(tables, mark, [] if away and mark.kind in shifted else own)
    return tables


def _shifted(found: Sequence[Group]) -> set[str]:
    """Kinds of rows whose values seem to stand over their names: a value comes before the first name of a block."""
    kinds: set[str] = set()
    for one, two in pairwise(found):
        if not one.marks and one.chunks and two.marks and _is_value(two.marks[0], one.chunks[-1].text):
            kinds.add(two.marks[0].kind)
    return kinds


def _is_value(mark: Mark, text: str) -> bool:
    kind = mark.kind
    if kind == "feature":
        return conforms(mark.name, text)
    if kind == "profile":
        return result_words().whole(text) is not None
    if kind == "performance":
        return read_clock(text) is not None or read_pics(text) is not None
    return kind in ("key", "hardware", "limit") and len(text) < 80


def _row(tables: Tables, mark: Mark, own: list[Chunk]) -> None:
    if mark.kind == "profile":
        _profile(tables, mark, own)
    elif mark.kind == "performance":
        _performance(tables, mark, own)
    elif mark.kind == "key":
        _key(tables, mark, own)
    elif mark.kind == "feature":
        _feature(tables, mark, own)
    elif mark.kind in ("hardware", "limit"):
        _free(tables, mark, own)
    elif mark.kind == "non_ocpp" and own and _empty(own[0].text) and _empty(mark.name or mark.place.raw):
        tables.non_ocpp_empty = mark.place


def _empty(text: str) -> bool:
    return squeeze(text) in {squeeze(word) for word in vocabulary("words")["empty"]}


def _not_applicable(text: str) -> bool:
    # With its blank: "NotApplicable" is a value that a configuration key can have.
    return " ".join(text.split()).casefold() in {word.casefold() for word in vocabulary("words")["not_applicable"]}


def _unread(mark: Mark, rule: str) -> Read:
    return Read(None, FieldState.UNREAD, mark.place, None, rule)


def _profile(tables: Tables, mark: Mark, own: list[Chunk]) -> None:
    path = f"profiles.{mark.name}"
    whole = [chunk for chunk in own if result_words().whole(chunk.text)]
    if own and len({result_words().whole(chunk.text) for chunk in whole}) <= 1:
        first = own[0]
        hit = result_words().at(first.text)
        if hit is not None and _describes(first.text[hit.end :]):
            state = FieldState.NOT_APPLICABLE if hit.name == "N/A" else FieldState.READ
            place = Place(first.place.page, first.place.line, first.place.start, first.place.start + hit.end)
            tables.add(path, Read(hit.name, state, place, first.text[: hit.end], "profile.result"))
            return
        if _blank_cell(mark) and first.index == mark.index:
            tables.add(path, Read(None, FieldState.ABSENT, mark.place, "", "profile.blank"))
            return
    tables.add(path, _unread(mark, "profile.result"))


def _describes(rest: str) -> bool:
    """Whether what follows a result in the same cell is nothing, or the profile's description: "Pass with remarks" is another result."""
    starts: list[str] = vocabulary("tables")["profile_descriptions"]
    return not rest.strip() or any(rest.lstrip().startswith(start) for start in starts)


def _blank_cell(mark: Mark) -> bool:
    """Whether the cell after the name is there and empty, with another cell after it."""
    line = mark.place.line
    at = [index for index, start in enumerate(line.starts) if start <= mark.place.start]
    following = at[-1] + 1 if at else 0
    return following + 1 < len(line.cells) and not line.cells[following].words


def _performance(tables: Tables, mark: Mark, own: list[Chunk]) -> None:
    path = f"performance.{mark.name}"
    text = " ".join(chunk.text for chunk in own)
    text = text.lstrip(" :")
    match = _TIMES.match(text) or _TIMES_EXCHANGED.match(text) or _TIMES.fullmatch(_times_in_cells(mark, own))
    if tables.exchanged:
        match = _TIMES_EXCHANGED.match(text)
    if match is None:
        for part in ("pics_seconds", "measured_seconds"):
            tables.add(f"{path}.{part}", _unread(mark, "performance.times"))
        return
    pics = read_pics(match["pics"])
    if pics is not None and not pics.has_unit and tables.pics_unit not in _SECONDS:
        pics = None
    _time(tables, f"{path}.pics_seconds", match["pics"], pics.seconds if pics else None, _home(own, match["pics"], mark))
    _time(tables, f"{path}.measured_seconds", match["measured"], read_clock(match["measured"]), _home(own, match["measured"], mark))
    if pics is not None and not pics.has_unit and not tables.pics_unit:
        tables.without_unit.append(f"{path}.pics_seconds")


def _times_in_cells(mark: Mark, own: Sequence[Chunk]) -> str:
    """The two cells of the row that hold nothing but a time, where its name's cell says more than the name."""
    inline = [chunk.text for chunk in own if chunk.index == mark.index]
    times = [text for text in inline[1:] if _ONE_TIME.fullmatch(text)]
    return " ".join(times) if times == inline[1:3] else ""


def _time(tables: Tables, path: str, raw: str, value: int | None, place: Place) -> None:
    if value is not None:
        tables.add(path, Read(value, FieldState.READ, place, raw, "performance.times"))
    elif _empty(raw) or _not_applicable(raw):
        tables.add(path, Read(None, FieldState.DECLARED_EMPTY, place, raw, "performance.times"))
    else:
        tables.add(path, Read(None, FieldState.UNREAD, place, raw, "performance.times"))


def _home(own: Sequence[Chunk], raw: str, mark: Mark) -> Place:
    for chunk in own:
        at = chunk.text.find(raw)
        if at >= 0:
            return Place(chunk.place.page, chunk.place.line, chunk.place.start + at, chunk.place.start + at + len(raw))
    return mark.place


def _free(tables: Tables, mark: Mark, own: list[Chunk]) -> None:
    """A row with a free value: hardware or a limit."""
    path = f"{'hardware' if mark.kind == 'hardware' else 'limits'}.{mark.name}"
    same_line = [chunk for chunk in own if chunk.index == mark.index]
    if (own and is_name(own[0].text)) or _is_cut(mark):
        tables.add(path, _unread(mark, "row.name"))
        return
    if not own or len(same_line) > 1 or (not same_line and len(own) > 1) or len(own[0].text) > _SHORT_VALUE:
        tables.add(path, _unread(mark, "row.value"))
        return
    listed = _listed(own[0].text) if mark.kind == "limit" else own[0].text
    tables.add(path, _unread(mark, "row.value") if listed is None else _printed(tables, path, own[0], listed))


def _is_cut(mark: Mark) -> bool:
    """Whether the row's name is only the beginning of a known one: its cell was too narrow for it."""
    if mark.name.endswith(("…", "...")):
        return True
    tables = vocabulary("tables")
    known = {"key": configuration_key_types(), "hardware": tables["hardware"], "limit": tables["limits"]}[mark.kind]
    return len(mark.name) >= _LEAST_NAME and mark.name not in known and any(name.startswith(mark.name) for name in known)


def _listed(text: str) -> str | None:
    """A limit's value with one blank after each comma; None for a list of cipher suites in which a name is broken."""
    text = re.sub(r"\s*,\s+|\s+,\s*|(?<=\w),(?=[A-Za-z])", ", ", mended_names(text))
    return None if "TLS_" in text and re.search(r"(?<!,)\s", text) else text


def _noted(text: str) -> bool:
    """Whether a sign at the end leads to a footnote, or a bracket is left over: what of it is the value, is not certain."""
    return _NOTE.search(text) is not None or text.count("(") != text.count(")")


def _printed(tables: Tables, path: str, chunk: Chunk, value: str | None = None) -> Read:
    """A printed value, with the template's angle brackets taken off."""
    text = chunk.text if value is None else value
    if _noted(text):
        return Read(None, FieldState.UNREAD, chunk.place, chunk.text, "row.footnote")
    if _CHOICE.match(text):
        return Read(None, FieldState.UNREAD, chunk.place, chunk.text, "row.choice")
    if _empty(text):
        return Read(None, FieldState.DECLARED_EMPTY, chunk.place, chunk.text, "row.value")
    bracketed = re.fullmatch(r"<\s*([^<>]+?)\s*>", text)
    if bracketed:
        tables.residue.append(path)
        text = bracketed[1]
    state = FieldState.NOT_APPLICABLE if _not_applicable(text) else FieldState.READ
    return Read(text, state, chunk.place, chunk.text, "row.value")


def _feature(tables: Tables, mark: Mark, own: list[Chunk]) -> None:
    """A declaration of OCPP 2.x."""
    path = f"features.{mark.name}"
    chunk, text, blank = feature_value(mark, own)
    if text is not None and feature_kinds().get(mark.name) == "list":
        text = mended_list(text)
    if chunk is None or text is None:
        tables.add(path, Read(None, FieldState.ABSENT, mark.place, "", "feature.blank") if blank else _unread(mark, "feature.value"))
        return
    tables.add(path, _printed(tables, path, chunk, text))


def _key(tables: Tables, mark: Mark, own: list[Chunk]) -> None:
    path = f"configuration_keys.{mark.name}"
    value = None if _is_cut(mark) else _key_value(mark, own)
    if value is None:
        blank = not own and mark.place.line.text[mark.place.end :].startswith("\t")
        tables.add(path, Read(None, FieldState.ABSENT, mark.place, "", "key.blank") if blank else _unread(mark, "key.value"))
        return
    tables.add(path, _printed(tables, path, own[0], value))


def _key_value(mark: Mark, own: list[Chunk]) -> str | None:
    """The value of a configuration key, or None when it is not certain where it ends."""
    if not own:
        return None
    kind = configuration_key_types().get(mark.name)
    first, rest = own[0], own[1:]
    text = first.text.lstrip("=: ")
    whole_cell = first.index != mark.index or _cell_of_its_own(first)
    if _empty(text):
        return text
    if any(hit.start == 0 or text[hit.start - 1] == " " for hit in key_names().all_in(text)) or _begins_a_key(text):
        return None
    if kind in ("boolean", "integer") and _SUFFIXED.match(text):
        return None
    if kind == "CSL":
        return _list_value([text, *(chunk.text for chunk in rest)])
    if any(chunk.index == first.index for chunk in rest):
        return None
    conforms = (kind == "boolean" and text.casefold() in ("true", "false")) or (
        kind == "integer" and re.fullmatch(r"-?\d+", text) is not None
    )
    if conforms:
        return text
    amount = _amount().fullmatch(text) if kind == "integer" else None
    if amount is not None:
        # In the key's own unit it is what a station reports; in another it is not.
        own_unit = vocabulary("tables")["units"].get(configuration_keys()[mark.name]["unit"], ())
        return amount["number"] if amount["unit"].casefold() in own_unit and not rest else None
    return text if whole_cell and not rest and (kind is None or kind == "string" or len(text) <= 40) else None


@cache
def _amount() -> re.Pattern[str]:
    """A whole number with a unit."""
    units = "|".join(re.escape(word) for words in vocabulary("tables")["units"].values() for word in words)
    return re.compile(rf"(?P<number>-?\d+)\s*(?P<unit>{units})\.?", re.IGNORECASE)


def _begins_a_key(text: str) -> bool:
    """Whether the text is the beginning of a key's name, which goes on in the next line."""
    return len(text) >= _LEAST_NAME and any(name.startswith(text) for name in configuration_key_types())


def _cell_of_its_own(chunk: Chunk) -> bool:
    return chunk.place.start in chunk.place.line.starts


def _list_value(parts: list[str]) -> str | None:
    """A list, its items parted by commas; over several lines only where each joint is certain."""
    known = {squeeze(item) for item in vocabulary("tables")["list_values"]}
    joined = parts[0].strip()
    for part in parts[1:]:
        whole = squeeze(joined.split(",")[-1] + part.split(",")[0]) in known
        if not (joined.endswith(",") or part.startswith(",") or whole):
            return None
        joined += part
    value = re.sub(r"\s*,\s*", ",", mended_names(joined))
    return None if " " in value or value.startswith(",") or value.endswith(",") else value


def _run(tables: Tables, group: Group) -> None:
    """All names first and all values after: taken only when there are exactly as many values as names."""
    kind = group.marks[0].kind
    names = [mark.name for mark in group.marks]
    values = group.chunks
    if kind == "profile":
        values = [chunk for chunk in group.chunks if result_words().whole(chunk.text)]
    if kind == "performance":
        pics = [chunk for chunk in group.chunks if read_pics(chunk.text) and not CLOCK.fullmatch(chunk.text)]
        clocks = [chunk for chunk in group.chunks if CLOCK.fullmatch(chunk.text)]
        if len(pics) == len(clocks) == len(names) == len(set(names)):
            for mark, one, two in zip(group.marks, pics, clocks, strict=True):
                _performance(tables, mark, [one, two])
            return
    elif len(values) == len(names) == len(set(names)) and values[-1].text != CUT:
        for mark, chunk in zip(group.marks, values, strict=True):
            _row(tables, mark, [chunk])
        return
    for mark in group.marks:
        _row(tables, mark, [])
