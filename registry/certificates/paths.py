"""The values of a certificate by their paths (`software_version`, `profiles.Core`), taken out and put in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from registry.certificates.facts import SCALAR_FIELDS, CertificateFacts, PerformanceRow

Value = str | int | None

TABLES = ("profiles", "hardware", "limits", "configuration_keys", "features")
"""The tables of names and values."""

TIMES = ("pics_seconds", "measured_seconds")
"""The columns of the table of performance results."""


def parts(path: str) -> tuple[str, str, str] | None:
    """A path as table, row and column; the table is empty for a scalar, the column for a table of names and values.

    None for what is no path to a value of a certificate.
    """
    if path in SCALAR_FIELDS:
        return "", path, ""
    table, _, row = path.partition(".")
    if table in TABLES and row:
        return table, row, ""
    name, _, column = row.rpartition(".")
    return (table, name, column) if table == "performance" and name and column in TIMES else None


def values(facts: CertificateFacts) -> dict[str, Value]:
    """Every value under its path, None for those that are not known; in the order of the contract."""
    found: dict[str, Value] = {name: getattr(facts, name) for name in SCALAR_FIELDS}
    for table in ("profiles", "performance", *TABLES[1:]):
        if table == "performance":
            found |= {
                f"performance.{row.name}.{column}": seconds
                for row in facts.performance or ()
                for column, seconds in zip(TIMES, (row.pics_seconds, row.measured_seconds), strict=True)
            }
        else:
            found |= {f"{table}.{row}": value for row, value in (getattr(facts, table) or {}).items()}
    return found


def with_values(facts: CertificateFacts, changes: Mapping[str, Value], dropped: frozenset[str] = frozenset()) -> CertificateFacts:
    """`facts` with the values of `changes` in place; a row that a table did not have is added at its end.

    A path of `changes` that stands in `dropped`, too, loses its row; a time loses its row when neither of its columns is left.
    """
    scalars: dict[str, Any] = {path: value for path, value in changes.items() if path in SCALAR_FIELDS}
    tables: dict[str, Any] = {}
    times: dict[str, dict[str, Any]] = {}
    for path, value in changes.items():
        table, row, column = parts(path) or ("", "", "")
        if column:
            times.setdefault(row, {})[column] = value
        elif table:
            rows = tables.setdefault(table, dict(getattr(facts, table) or {}))
            rows[row] = value
            if path in dropped:
                del rows[row]
    return replace(facts, **scalars, **tables, performance=_with_times(facts.performance, times, dropped))


def _with_times(
    rows: tuple[PerformanceRow, ...] | None, times: Mapping[str, Mapping[str, Any]], dropped: frozenset[str]
) -> tuple[PerformanceRow, ...] | None:
    if not times:
        return rows
    known = {row.name for row in rows or ()}
    added = (PerformanceRow(name, None, None) for name in times if name not in known)
    gone = {name for name in times if all(f"performance.{name}.{column}" in dropped for column in TIMES)}
    return tuple(replace(row, **times.get(row.name, {})) for row in (*(rows or ()), *added) if row.name not in gone)
