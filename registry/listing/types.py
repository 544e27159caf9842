"""What a listed certificate type ("Core + S + C") says about feature profiles."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parents[2] / "data" / "listing" / "certificate_types.json"


@cache
def _vocabulary() -> dict[str, str]:
    data = json.loads(_DATA.read_text(encoding="utf-8"))
    return {**data["words"], **data["letters"]}


def listed_profiles(certificate_type: str | None) -> tuple[str, ...]:
    """The profiles that `certificate_type` names outright, in its order.

    "Full" and "Subset" name none: which profiles they cover stands in the document alone.
    """
    return tuple(dict.fromkeys(_vocabulary()[part] for part in _parts(certificate_type) if part in _vocabulary()))


def names_all(certificate_type: str | None) -> bool:
    """Whether every word of `certificate_type` names a profile, so that it covers those and no others."""
    return all(part in _vocabulary() for part in _parts(certificate_type))


def _parts(certificate_type: str | None) -> list[str]:
    return [part.strip() for part in (certificate_type or "").split("+")]
