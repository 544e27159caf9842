"""What it means that a certificate is read again, or that another document comes with its number: pure comparison."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registry.certificates.facts import CertificateFacts


class Standing(StrEnum):
    """Which of two readings of one certificate the registry shows."""

    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True)
class Change:
    """What differs between two readings. `differing` are fields that both know and tell differently: old value, new value."""

    differing: dict[str, tuple[Any, Any]]
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Both say the same."""
        return not (self.differing or self.gained or self.lost)

    def to_json(self) -> dict[str, Any]:
        """The payload of the event."""
        return {
            "differing": {name: {"old": old, "new": new} for name, (old, new) in self.differing.items()},
            "gained": list(self.gained),
            "lost": list(self.lost),
        }


def compare(old: CertificateFacts, new: CertificateFacts) -> Change:
    """The change from `old` to `new`, field by field; rows of tables count as fields of their own (`profiles.Core`)."""
    before, after = _flat(old), _flat(new)
    return Change(
        differing={name: (before[name], after[name]) for name in before if name in after and before[name] != after[name]},
        gained=tuple(name for name in after if name not in before),
        lost=tuple(name for name in before if name not in after),
    )


def standing_of_other_document(old: CertificateFacts, new: CertificateFacts, change: Change) -> Standing:
    """Whether another document under the same number and revision takes the place of the present one.

    One that attests something else does, unless it bears an earlier date. One that attests the same does only if more of it
    could be read: a bad scan must not hide what a good copy says.
    """
    if change.differing:
        dated = old.certification_date is not None and new.certification_date is not None
        earlier = dated and str(new.certification_date) < str(old.certification_date)
        return Standing.KEEP if earlier else Standing.REPLACE
    return Standing.REPLACE if len(change.gained) > len(change.lost) else Standing.KEEP


def _flat(facts: CertificateFacts) -> dict[str, Any]:
    """Every known value under its path; what is None is not known and does not stand here."""
    flat: dict[str, Any] = {}
    for name, value in facts.to_json().items():
        if isinstance(value, dict):
            flat |= {f"{name}.{row}": cell for row, cell in value.items()}
        elif isinstance(value, list):
            for row in value:
                flat[f"{name}.{row['name']}.pics_seconds"] = row["pics_seconds"]
                flat[f"{name}.{row['name']}.measured_seconds"] = row["measured_seconds"]
        else:
            flat[name] = value
    return {path: value for path, value in flat.items() if value is not None}
