"""The standard configuration keys of OCPP 1.6 (data/ocpp16/configuration_keys.json): type, access and profile of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "ocpp16" / "configuration_keys.json"


@dataclass(frozen=True)
class StandardKey:
    """One key of OCPP 1.6 chapter 9 or of the security white paper.

    `type` is `boolean`, `integer`, `CSL` (comma separated list) or `string`.
    """

    name: str
    type: str
    access: str
    profile: str
    required: bool

    @property
    def readable(self) -> bool:
        """False for a key that can only be written, as AuthorizationKey."""
        return self.access != "W"

    @property
    def writable(self) -> bool:
        """Where the specification leaves the choice (`R or RW`), our station lets the key be written."""
        return "W" in self.access


@cache
def standard_keys() -> dict[str, StandardKey]:
    """The catalogue by key name."""
    entries = json.loads(CATALOGUE.read_text(encoding="utf-8"))["keys"]
    keys = (StandardKey(e["key"], e["type"], e["access"], e["profile"], e["required"] == "required") for e in entries)
    return {key.name: key for key in keys}
