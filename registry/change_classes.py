"""How much a change matters: the rules are in `data/changes/classes.json`, by field, for another value and for another spelling.

Two values are spellings of one another when they have the same words, whatever their case, blanks, points and accents.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from registry.certificates.words import query_words
from registry.events import EventKind

_DATA = Path(__file__).parents[1] / "data" / "changes" / "classes.json"


def class_of_listing(changed: Mapping[str, tuple[Any, Any]]) -> EventKind:
    """The class of a change of a row of the list. `changed` gives the old and the new value of each cell that differs."""
    return _class("listing", changed)


def class_of_other_document(changed: Mapping[str, tuple[Any, Any]]) -> EventKind:
    """The class of another document under the same number and revision. `changed` gives the values, old and new, where they differ."""
    return _class("document", changed)


def _class(subject: str, changed: Mapping[str, tuple[Any, Any]]) -> EventKind:
    """The gravest class that any of the changed fields has; nothing but metadata when none has changed."""
    rules = _rules()
    found = {_class_of_field(rules[subject], field, *values) for field, values in changed.items()}
    return EventKind(next((each for each in rules["order"] if each in found), EventKind.METADATA_ONLY))


def _class_of_field(rules: dict[str, Any], field: str, old: Any, new: Any) -> str:
    classes: dict[str, str] = rules["fields"].get(field, rules["otherwise"])
    return classes["spelling" if query_words(str(old or "")) == query_words(str(new or "")) else "value"]


@cache
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return rules
