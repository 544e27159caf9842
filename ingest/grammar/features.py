"""Declarations of OCPP 2.x: features, additional questions and hardware, each with an id that the specification's Part 5 gives it.

The printed description is not relied on, since it differs among editions: the id names the row, and what stands in the value's
column, or is by its kind (Yes, No, a figure) clearly the answer, is its value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from ingest.grammar.layout import Row
from ingest.grammar.stream import Chunk, Mark, Place
from ingest.page import Line, squeeze
from ingest.vocabulary import profile_identifiers, vocabulary

_ID = re.compile(r"(?P<group>[A-Z]{1,4})\s?[-–—‐]\s?(?P<number>\d{1,3}(?:\.\d{1,2})?)(?![\w.-])")
_ANSWER_AT_END = re.compile(r"(?P<title>.{8,}[^\s/(])\s+(?P<answer>Yes|No)", re.IGNORECASE)
_FIGURE_AT_END = re.compile(r"(?P<title>.{4,}[^\W\d])[:.]?\s+(?P<answer>\d{1,4})")
_EDITION = "features_2.0.1"


@cache
def feature_kinds() -> dict[str, str]:
    """The known ids, each with the kind of its value: `yes-no`, `list`, `number` or `text`."""
    return {entry["id"]: entry["kind"] for entry in vocabulary(_EDITION)["features"]}


@cache
def _groups() -> frozenset[str]:
    return frozenset(name.split("-")[0] for name in feature_kinds())


def feature_at(text: str, start: int, section: str) -> tuple[str, int] | None:
    """The id that begins at `start`, and where it ends. An id that this edition does not have counts in a table of features only."""
    match = _ID.match(text, start)
    if match is None or (match.end() < len(text) and text[match.end()] not in " \t:"):
        return None
    name = f"{match['group']}-{match['number']}"
    known = name in feature_kinds() or (section == "features" and match["group"] in _groups())
    return (name, match.end()) if known else None


def value_column(row: Row) -> int | None:
    """Where the values stand when the row is the header of a table of features: a position among its cells."""
    headers = vocabulary("sections")["feature_headers"]
    ids, values = ({squeeze(word) for word in headers[name]} for name in ("id", "value"))
    cells = [squeeze(cell.text) for cell in row.line.cells]
    if not cells or cells[0] not in ids or len(row.filled) < 2:
        return None
    found = [index for index, text in enumerate(cells) if index and text in values]
    return found[0] if len(found) == 1 else -1


def _answers() -> set[str]:
    words = vocabulary("words")
    return {word.casefold() for word in (*words["answers"], *words["empty"], *words["not_applicable"])}


def conforms(name: str, text: str) -> bool:
    """Whether the text can by itself be told to be the value of that feature, and no description."""
    plain = " ".join(text.split()).casefold()
    bare = plain.strip("<> ") or plain
    if bare in _answers():
        return True
    kind = feature_kinds().get(name, "text")
    if kind == "number":
        return bare.isdigit()
    return kind == "list" and squeeze(re.split(r"[,;\s]", text.strip())[0]) in _list_items()


@cache
def _list_items() -> frozenset[str]:
    tables = vocabulary("tables")
    return frozenset(squeeze(item) for name in ("list_values", "cipher_suites", "feature_items") for item in tables[name])


def _fits(name: str, text: str) -> bool:
    """Whether the text may be the value when its column says so: a question that is answered by Yes or No has no other answer.

    Two answers are those of two rows that nothing parts.
    """
    words = text.split()
    if len(words) > 1 and all(word.casefold() in ("yes", "no") for word in words):
        return False
    if feature_kinds().get(name) != "yes-no":
        return True
    first = re.match(r"[^\W_]+", text.strip(" <"))
    return conforms(name, text) or (first is not None and first[0].casefold() in ("yes", "no"))


def feature_value(mark: Mark, own: Sequence[Chunk]) -> tuple[Chunk | None, str | None, bool]:
    """The chunk and text of the value of the feature's row; the last says whether the value's cell is there and blank."""
    line = mark.place.line
    inline = [chunk for chunk in own if chunk.index == mark.index]
    later = [chunk for chunk in own if chunk.index != mark.index]
    if len(line.cells) > 1:
        chunk = _of_row(mark, inline)
        if chunk is None:
            blank = not line.cells[-1].words and len(inline) <= 1 and not any(conforms(mark.name, each.text) for each in inline)
            return None, None, blank and not later
        if feature_at(chunk.text, 0, "features") is not None:
            # The next declaration's id: they stand side by side.
            return None, None, False
        text = _continued(mark, chunk, later)
        return (chunk, text, False) if text is not None and _fits(mark.name, text) else (None, None, False)
    return _of_lines(mark, inline, later)


def _of_row(mark: Mark, inline: Sequence[Chunk]) -> Chunk | None:
    """The value's cell of a table row."""
    line = mark.place.line
    titled = bool(inline) and _cell_at(line, inline[0].place.start) == _cell_at(line, mark.place.start)
    others = list(inline[1:] if titled else inline)
    if titled and feature_at(inline[0].text, 0, "features") is not None:
        # Two rows that nothing parts.
        return None
    if mark.column is not None and mark.column > 0:
        return next((chunk for chunk in others if _cell_at(line, chunk.place.start) == mark.column), None)
    answers = [chunk for chunk in others if conforms(mark.name, chunk.text)]
    if titled:
        return others[0] if len(others) == 1 else (answers[0] if len(answers) == 1 else None)
    if len(others) == 2 and answers != others[:1]:
        return others[1] if len(answers) < 2 or feature_kinds().get(mark.name) != "yes-no" else None
    return answers[0] if len(answers) == 1 else None


def _cell_at(line: Line, start: int) -> int:
    return max(index for index, begins in enumerate(line.starts) if begins <= start)


def _continued(mark: Mark, chunk: Chunk, later: Sequence[Chunk]) -> str | None:
    """The value with what the next lines hold in its column; None when it is not certain whether they go on with it."""
    kind = feature_kinds().get(mark.name)
    column = _cell_at(chunk.place.line, chunk.place.start)
    text = chunk.text
    loose = False
    for each in later:
        if len(each.place.line.cells) == len(chunk.place.line.cells):
            if _cell_at(each.place.line, each.place.start) == column:
                text = f"{text} {each.text}"
        elif kind == "list":
            text, loose = f"{text} {each.text}", True
        elif kind != "yes-no" or not conforms(mark.name, text):
            return None
    return text if not loose or _all_known(text) else None


def _all_known(text: str) -> bool:
    """Whether the list, once mended, is made of known items only."""
    items = re.split(r"[,;\s]+", mended_list(text) or "")
    return all(squeeze(item) in _list_items() for item in items)


def _of_lines(mark: Mark, inline: Sequence[Chunk], later: Sequence[Chunk]) -> tuple[Chunk | None, str | None, bool]:
    """The value where the row is set without columns: the last thing that by its kind can be nothing else."""
    if len(inline) == 1 and not later:
        chunk = inline[0]
        if conforms(mark.name, chunk.text) and feature_kinds().get(mark.name) in ("yes-no", "number"):
            return chunk, chunk.text, False
        kind = feature_kinds().get(mark.name)
        match = {"yes-no": _ANSWER_AT_END, "number": _FIGURE_AT_END}.get(kind or "", _ANSWER_AT_END).fullmatch(chunk.text)
        if match is not None and kind in ("yes-no", "number"):
            start = chunk.place.start + match.start("answer")
            place = Place(chunk.place.page, chunk.place.line, start, chunk.place.start + match.end("answer"))
            return Chunk(place, chunk.index, opens=False), match["answer"], False
    if len(later) + len(inline) in (1, 2) and later and conforms(mark.name, later[-1].text):
        # The description comes first; a list may be taken for one, so it needs a description before it.
        described = len(later) + len(inline) == 2
        if described or feature_kinds().get(mark.name) in ("yes-no", "number"):
            return later[-1], later[-1].text, False
    return None, None, False


@cache
def _known_items() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Names that stand in lists and that a narrow column breaks."""
    names = [*vocabulary("tables")["list_values"], *vocabulary("tables")["cipher_suites"], *profile_identifiers().values()]
    spaced = (r"\s*".join(re.escape(letter) for letter in name) for name in names)
    return tuple((re.compile(rf"(?<![\w.]){pattern}(?![\w.])"), name) for pattern, name in zip(spaced, names, strict=True))


def mended_names(text: str) -> str:
    """The text with the known names of list items made whole that a narrow column broke."""
    text = " ".join(text.split())
    for pattern, name in _known_items():
        text = pattern.sub(name, text)
    return text


def is_list_of_known(text: str) -> bool:
    """Whether the text is a list of names that the vocabulary has, and nothing besides: then no letter of it is in doubt."""
    items = [item for item in re.split(r"\s*,\s*", text) if item]
    known = {*vocabulary("tables")["list_values"], *vocabulary("tables")["cipher_suites"], *profile_identifiers().values()}
    return bool(items) and all(item in known for item in items)


def mended_list(text: str) -> str | None:
    """The list with known names that were broken over lines made whole; None when a name is left that shows to be a piece."""
    text = mended_names(text)
    text = re.sub(r"\s*,\s*", ", ", text).strip()
    pieces = [item for item in re.split(r"[,;\s]+", text) if item]
    broken = any(item.startswith("_") or item.endswith(("_", ".")) for item in pieces) or text.startswith(",")
    return None if broken or text.endswith((",", ";")) else text
