"""A certificate's truth against what the parser made of it, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registry.certificates.facts import SCALAR_FIELDS, CertificateFacts, Extraction, FieldState
from tests.ingest.certificates import SECRET_WORDS

TABLES = ("profiles", "hardware", "limits", "configuration_keys", "features")


class Outcome(StrEnum):
    """What became of one value."""

    RIGHT = "right"
    UNREAD = "unread"
    WRONG = "wrong"


@dataclass(frozen=True)
class Result:
    """One value: what it is, what the parser says."""

    path: str
    outcome: Outcome
    expected: Any
    actual: Any


def flat(facts: CertificateFacts) -> dict[str, Any]:
    """Every scalar and every cell by its path, without those that are None."""
    values: dict[str, Any] = {name: getattr(facts, name) for name in SCALAR_FIELDS}
    for table in TABLES:
        values |= {f"{table}.{row}": value for row, value in (getattr(facts, table) or {}).items()}
    for row in facts.performance or ():
        values[f"performance.{row.name}.pics_seconds"] = row.pics_seconds
        values[f"performance.{row.name}.measured_seconds"] = row.measured_seconds
    return {path: value for path, value in values.items() if value is not None}


def compare(truth: CertificateFacts, reading: CertificateFacts) -> Iterator[Result]:
    """Every value of either side. A value that the truth does not have is as wrong as another value."""
    expected, actual = flat(truth), flat(reading)
    for path in expected | actual:
        outcome = Outcome.RIGHT if expected.get(path) == actual.get(path) else Outcome.WRONG if path in actual else Outcome.UNREAD
        yield Result(path, outcome, expected.get(path), actual.get(path))


def contradictions(extraction: Extraction) -> list[str]:
    """Where the states in `fields` do not go with the values, or a person's name is given out."""
    values = flat(extraction.certificate)
    states = {entry.field: entry.state for entry in extraction.fields}
    found = [f"{name} has no entry in fields" for name in [*SCALAR_FIELDS, *values] if name not in states]
    for path, state in states.items():
        given = state in (FieldState.READ, FieldState.NOT_APPLICABLE)
        if given != (path in values):
            found.append(f"{path} is {state} and has the value {values.get(path)!r}")
    shown = [extraction.public_text, *(entry.raw or "" for entry in extraction.fields), *(item.message for item in extraction.findings)]
    everything = " ".join([*shown, *map(str, values.values()), *values]).lower()
    return found + [f"the name {word} is given out" for word in SECRET_WORDS if word in everything]
