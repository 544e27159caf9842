"""What kind of product a row is of, by the words that people write for it (`data/vocabulary/roles.json`): pure."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "roles.json"


def role_of(cell: str) -> str | None:
    """`CS` or `CSMS`; None where the cell says neither."""
    return _roles().get(_key(cell))


def _key(cell: str) -> str:
    return " ".join(cell.casefold().replace("-", " ").replace("_", " ").split())


@cache
def _roles() -> dict[str, str]:
    known = json.loads(_VOCABULARY.read_text(encoding="utf-8"))
    return {_key(word): role for role in ("CS", "CSMS") for word in known[role]}
