"""A certificate's truth against what the parser made of it, cell by cell."""

from __future__ import annotations

import re
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


def cells(certificate: dict[str, Any]) -> dict[str, Any]:
    """Every scalar and every table cell of the printed JSON by its path; a table that is not printed counts as one cell."""
    found: dict[str, Any] = {}
    for name, value in certificate.items():
        if isinstance(value, dict):
            found |= {f"{name}.{row}": cell for row, cell in value.items()}
        elif isinstance(value, list):
            found |= {f"{name}.{row['name']}.{part}": row[part] for row in value for part in ("pics_seconds", "measured_seconds")}
        else:
            found[name] = value
    return found


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


ABOUT_THE_READING = {"row-not-understood", "rows-disagree", "layout-not-verified"}
"""Findings that accuse nobody: they say what the reader could not make out."""


def true_findings(truth: CertificateFacts, text: str) -> tuple[set[str], set[str]]:
    """The findings that must be reported when everything is read, and those that may be; every other one is a false accusation.

    `text` is the print, or at least that of the durations and of the hardware.
    """
    unpassed = any(result != "Pass" for result in (truth.profiles or {}).values())
    keys = truth.configuration_keys or {}
    must = {"full-with-unpassed-profile"} if truth.kind == "Full" and unpassed else set()
    must |= {"subset-with-all-profiles"} if truth.kind == "Subset" and not unpassed else set()
    may = {"key-of-unlisted-profile", "supported-profiles-mismatch"} if keys else set()
    may |= {"required-key-declared-empty"} if None in keys.values() else set()
    may |= {"full-with-unpassed-profile"} if "Full" in str(truth.kind) and unpassed else set()
    results = truth.profiles or {}
    may |= {"security-not-passed"} if results.get("Security", "Pass") != "Pass" else set()
    may |= {"feature-of-unlisted-profile"} if truth.features and unpassed else set()
    may |= {"errata-after-certification"} if str(truth.errata)[-10:] > str(truth.certification_date) else set()
    for row in truth.performance or ():
        must |= {"measured-above-pics"} if (row.measured_seconds or 0) > (row.pics_seconds or 0) else set()
        may |= {"pics-unit-missing"} if not re.search(rf"\b{row.pics_seconds} ?s(ec)?\b", text) else set()
    may |= {"template-residue"} if re.search(r"(<|&lt;)(Yes|No)(>|&gt;)", text) else set()
    return must, must | may
