"""The catalogue of faults, data/ocpp16/faults.json: what each one does and which clause, test case or part of the certificate it breaks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[2] / "data" / "ocpp16" / "faults.json"


@dataclass(frozen=True)
class FaultEntry:
    """One line of the catalogue. `kind` is what sort of thing goes wrong; `breaks` names clauses, cases or parts of the certificate."""

    name: str
    role: str
    profile: str
    kind: str
    does: str
    breaks: tuple[str, ...]


@cache
def fault_catalogue() -> tuple[FaultEntry, ...]:
    """All faults, in the order of the catalogue."""
    entries = json.loads(CATALOGUE.read_text(encoding="utf-8"))["faults"]
    return tuple(FaultEntry(e["name"], e["role"], e["profile"], e["kind"], e["does"], tuple(e["breaks"])) for e in entries)
