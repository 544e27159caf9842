"""The words of certificates, as `data/vocabulary` gives them: labels, headings, row names, closed word lists."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parents[1] / "data"


@cache
def vocabulary(name: str) -> dict[str, Any]:
    """One file of `data/vocabulary`, by its name without ending. Shared: not to be altered."""
    loaded: dict[str, Any] = json.loads((_DATA / "vocabulary" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@cache
def configuration_key_types() -> dict[str, str]:
    """The standard configuration keys of OCPP 1.6 and their types: `boolean`, `integer`, `CSL` or `string`."""
    loaded = json.loads((_DATA / "ocpp16" / "configuration_keys.json").read_text(encoding="utf-8"))
    return {entry["key"]: entry["type"] for entry in loaded["keys"]}


@cache
def configuration_keys() -> dict[str, dict[str, Any]]:
    """The standard configuration keys of OCPP 1.6 with their profile and whether they are required."""
    loaded = json.loads((_DATA / "ocpp16" / "configuration_keys.json").read_text(encoding="utf-8"))
    return {entry["key"]: entry for entry in loaded["keys"]}


@cache
def profile_identifiers() -> dict[str, str]:
    """What `SupportedFeatureProfiles` calls each feature profile of OCPP 1.6, by the certificate's name of it."""
    loaded = json.loads((_DATA / "ocpp16" / "feature_profiles.json").read_text(encoding="utf-8"))
    return {entry["certificate_name"]: entry["identifier"] for entry in loaded["profiles"]}
