"""Which feature profile a message belongs to: a CSMS that is not certified for a profile neither sends nor takes its messages."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from registry.errors import CannotBegin

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "ocpp16" / "feature_profiles.json"

SECURITY = "Security"
"""What certificates call the messages of the security white paper."""


@dataclass(frozen=True)
class CsmsConfig:
    """One central system. `profiles` are those that work; the seconds are the PICS values of its certificate, None when it has none."""

    name: str
    vendor: str
    software_version: str
    profiles: tuple[str, ...]
    response_timeout_seconds: int | None = None
    authorize_timeout_seconds: int | None = None


@cache
def _profiles() -> dict[str, str]:
    entries: list[dict[str, Any]] = json.loads(CATALOGUE.read_text(encoding="utf-8"))["profiles"]
    return {action: entry["identifier"] for entry in entries for action in entry["actions"]}


@cache
def all_profiles() -> frozenset[str]:
    """All feature profiles, and Security."""
    return frozenset({*_profiles().values(), SECURITY})


def profile_of(action: str) -> str:
    """The profile of a message, as SupportedFeatureProfiles spells it; what is in none of OCPP 1.6 itself is of the white paper."""
    return _profiles().get(action, SECURITY)


def must_be_certified(action: str, profiles: Collection[str]) -> None:
    """Raises `CannotBegin` for a message of a profile that is not among these."""
    if profile_of(action) not in profiles:
        raise CannotBegin(f"{action}: this CSMS does not have the feature profile {profile_of(action)}; ask one that has it")
