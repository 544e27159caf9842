"""The headings by which columns go, of devices and of offers alike: one vocabulary (`data/vocabulary/headings.json`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from registry.spreadsheets.columns import heading_key

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "headings.json"

Headings = Mapping[str, Sequence[str]]


def headings(fields: Mapping[str, str]) -> tuple[Headings, Headings]:
    """The headings of some fields, those that say it and those that can mean it: `fields` names each as the vocabulary does."""
    known = _known()
    strong, weak = ({field: tuple(known[name][kind]) for field, name in fields.items()} for kind in ("strong", "weak"))
    return strong, {field: names for field, names in weak.items() if names}


@cache
def known_headings() -> frozenset[str]:
    """All headings of all fields, as they are compared (`columns.heading_key`)."""
    names = (name for field, kinds in _known().items() for name in (field, *kinds["strong"], *kinds["weak"]))
    return frozenset(map(heading_key, names))


def asides() -> Sequence[str]:
    """The words with which rows begin that are none of the table's: sums and remarks."""
    found: list[str] = json.loads(_VOCABULARY.read_text(encoding="utf-8"))["asides"]
    return found


@cache
def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_VOCABULARY.read_text(encoding="utf-8"))["fields"]
    return found
