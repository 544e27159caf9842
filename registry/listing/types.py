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

    "Full" and "Security" name none: what they cover depends on protocol and edition, and stands in the document alone.
    """
    parts = [part.strip() for part in (certificate_type or "").split("+")]
    return tuple(dict.fromkeys(_vocabulary()[part] for part in parts if part in _vocabulary()))
