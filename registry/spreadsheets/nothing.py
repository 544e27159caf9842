"""Cells that say that nothing is known ("n/a", "TBD", "latest", "미정"): one vocabulary (`data/vocabulary/nothing_said.json`) for all who
read what people write of products. Such a word taken for a version would be held against a certificate, and accuse.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path

from registry.sentences import KeptSentence
from registry.spreadsheets.columns import Columns
from registry.spreadsheets.days import is_placeholder
from registry.spreadsheets.sheet import Row, letters

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "nothing_said.json"
_BETWEEN = re.compile(r"[()\[\]{},;:|\n–—]|\.\s|\s[-/]\s")
_AROUND = re.compile(r"^[^a-z0-9]+|[^a-z0-9]+$")
"""The signs around what letters and figures there are, where all are of ASCII."""

_MOST_NAMED = 5
_CACHED = 1 << 12


class Holds(Enum):
    """What a field holds, by the lists of words that say nothing there."""

    NAME = ("anywhere", "not_applicable", "none")
    VERSION = ("anywhere", "not_applicable", "none", "versions")
    FEATURE = ("anywhere", "not_applicable")
    """Something that a product has or not: there, "none" is an answer."""

    EVIDENCE = ("not_applicable", "none")
    """What the offer rests on: "see annex" or "to follow" may be one, and is not taken for none."""

    DAY = ("anywhere", "none", "not_applicable")
    """A day on which something was installed: a date that programs write where none is known says nothing, either."""


@lru_cache(_CACHED)
def says_nothing(cell: str, what: Holds = Holds.NAME) -> bool:
    """Whether the cell is empty, or says in words or by a sign that nothing is known."""
    words = _words(what)
    if nothing_key(cell) in words or all(nothing_key(part) in words for part in _BETWEEN.split(cell)):
        return True
    return what is Holds.DAY and is_placeholder(cell)


def nothing_key(cell: str) -> str:
    """The cell as it is compared: small, without blanks, signs that are not seen, and the signs around. Empty for signs alone."""
    if cell.isascii():
        return _AROUND.sub("", "".join(cell.lower().split()))
    plain = unicodedata.normalize("NFKC", cell).casefold()
    seen = "".join(letter for letter in plain if not letter.isspace() and unicodedata.category(letter) != "Cf")
    inner = [place for place, letter in enumerate(seen) if letter.isalnum()]
    return seen[inner[0] : inner[-1] + 1] if inner else ""


def silences(rows: Iterable[Row], columns: Columns, fields: Mapping[str, Holds]) -> tuple[str, ...]:
    """A note for each column of `fields` that has cells in words that say nothing, with the words and the rows.

    A cell of which nothing can be taken is none of them: that is told of it (`Columns.lost`).
    """
    found: dict[str, dict[str, list[int]]] = {field: {} for field in fields if field in columns.found}
    for row in rows:
        for field, cells in found.items():
            cell = columns.cell(row, field).strip()
            if cell and says_nothing(cell, fields[field]) and columns.lost(row, field) is None:
                cells.setdefault(cell, []).append(row.number)
    return tuple(_note(columns, field, cells) for field, cells in found.items() if cells)


def _note(columns: Columns, field: str, cells: Mapping[str, Sequence[int]]) -> KeptSentence:
    return KeptSentence(
        "Taken for nothing said in column %(column)s (%(heading)s): %(cells)s (row %(rows)s).",
        column=letters(columns.found[field]),
        heading=columns.headings[field],
        **first_of(cells),
    )


def first_of(cells: Mapping[str, Sequence[int]]) -> dict[str, str]:
    """The first of the cells that say nothing, and of the rows that have them, for a note."""
    rows = sorted(row for there in cells.values() for row in there)
    return {"cells": _first([f"“{cell[:40]}”" for cell in cells]), "rows": _first([str(row) for row in rows])}


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")


@cache
def _words(what: Holds) -> frozenset[str]:
    known = json.loads(_VOCABULARY.read_text(encoding="utf-8"))
    return frozenset({"", *(nothing_key(word) for name in what.value for word in known[name])})
