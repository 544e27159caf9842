"""What is otherwise in a device's newer audit report than in its older one: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TABLES = (
    ("identity", "field", "observed", "Reports of itself"),
    ("profiles", "profile", "verdict", "Feature profile"),
    ("configuration", "key", "observed", "Setting"),
    ("performance", "name", "verdict", "Response time"),
    ("cases", "id", "outcome", "Test case"),
)
"""The tables of a report: its name, what names a row, what is compared, and what a row is called."""


@dataclass(frozen=True)
class Difference:
    """One thing that changed; None: the report does not have it."""

    kind: str
    name: str
    before: str | None
    now: str | None


def between(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Iterator[Difference]:
    """What changed from the older to the newer, the verdict first. A case or key that only one of them looked at says nothing of change."""
    if older.get("verdict") != newer.get("verdict"):
        yield Difference("Verdict", "", _text(older.get("verdict")), _text(newer.get("verdict")))
    for table, name, compared, kind in TABLES:
        before, now = _rows(older, table, name, compared), _rows(newer, table, name, compared)
        for row in now:
            if row in before and before[row] != now[row]:
                yield Difference(kind, row, before[row], now[row])
        if table == "configuration":
            yield from (Difference(kind, row, None, now[row]) for row in now if row not in before and now[row] is not None)
            yield from (Difference(kind, row, before[row], None) for row in before if row not in now and before[row] is not None)


def _rows(report: Mapping[str, Any], table: str, name: str, compared: str) -> dict[str, str | None]:
    rows = report.get(table)
    found = rows if isinstance(rows, list) else []
    return {str(row[name]): _text(row.get(compared)) for row in found if isinstance(row, dict) and name in row}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
