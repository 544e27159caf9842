"""A reading taken apart into what the tables of certificates hold, by the values of their columns: pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.certificates.facts import SCALAR_FIELDS, CertificateFacts, Extraction, FieldState
from registry.certificates.loading import NAMED_TABLES
from registry.certificates.models import ConfigurationKey, FieldProvenance, PerformanceResult, ProfileResult, TableRow
from registry.db import Base, clean_text

LARGEST_SECONDS = 2**31 - 1
TABLES_OF_ROWS = ("hardware", "limits", "features")
VALUES = tuple(name for name in SCALAR_FIELDS if name not in ("number", "revision", "certification_date"))
"""The fields that are columns of a certificate under the same name, as they were read."""

_NO_BOX = (None, None, None, None)

_Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Taken:
    """A reading that is taken apart, for a certificate. In one that `is_clean` no text is changed by `registry.db.clean_text`."""

    certificate_id: int
    extraction: Extraction
    is_clean: bool = False


@dataclass(frozen=True)
class Part:
    """One table of rows of a certificate: what each row holds besides the certificate's id and its place, which come first."""

    model: type[Base]
    columns: tuple[str, ...]
    rows: Callable[[int, Extraction], _Rows]

    def numbered(self, extractions: Sequence[Taken]) -> list[tuple[Any, ...]]:
        """The rows of certificates, of clean text alone."""
        found: list[tuple[Any, ...]] = []
        for taken in extractions:
            rows = self.rows(taken.certificate_id, taken.extraction)
            found += rows if taken.is_clean else map(_cleaned, rows)
        return found


def _cleaned(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([clean_text(value) if isinstance(value, str) else value for value in row])


def day_of(facts: CertificateFacts) -> date | None:
    """The day of certification."""
    return date.fromisoformat(facts.certification_date) if facts.certification_date else None


def printed_tables(facts: CertificateFacts) -> list[str]:
    """The names of the tables that the document has."""
    return [name for name in (*NAMED_TABLES, "performance") if getattr(facts, name) is not None]


def _profiles(of: int, extraction: Extraction) -> _Rows:
    return [(of, place, profile, result) for place, (profile, result) in enumerate((extraction.certificate.profiles or {}).items())]


def _performance(of: int, extraction: Extraction) -> _Rows:
    rows = enumerate(extraction.certificate.performance or ())
    return [(of, place, row.name, _seconds(row.pics_seconds), _seconds(row.measured_seconds)) for place, row in rows]


def _seconds(value: int | None) -> int | None:
    """A number of seconds that a database can hold; longer ones than 60 years were misread, and count as not read."""
    return value if value is not None and value <= LARGEST_SECONDS else None


def _table_rows(of: int, extraction: Extraction) -> _Rows:
    tables = ((table, getattr(extraction.certificate, table) or {}) for table in TABLES_OF_ROWS)
    rows = ((table, name, value) for table, values in tables for name, value in values.items())
    return [(of, place, *row) for place, row in enumerate(rows)]


def _keys(of: int, extraction: Extraction) -> _Rows:
    keys = extraction.certificate.configuration_keys
    if not keys:
        return []
    states = {entry.field: entry.state for entry in extraction.fields}
    return [
        (of, place, key, value, str(states.get(f"configuration_keys.{key}", FieldState.UNREAD if value is None else FieldState.READ)))
        for place, (key, value) in enumerate(keys.items())
    ]


def _provenance(of: int, extraction: Extraction) -> _Rows:
    return [
        (of, place, entry.field, entry.raw, str(entry.state), entry.page, entry.line, *(entry.box or _NO_BOX), entry.rule)
        for place, entry in enumerate(extraction.fields)
    ]


PARTS = (
    Part(ProfileResult, ("profile", "result"), _profiles),
    Part(PerformanceResult, ("name", "pics_seconds", "measured_seconds"), _performance),
    Part(TableRow, ("table_name", "name", "value"), _table_rows),
    Part(ConfigurationKey, ("key", "value", "state"), _keys),
    Part(
        FieldProvenance,
        ("field", "raw", "state", "page", "line", "box_left", "box_top", "box_right", "box_bottom", "rule"),
        _provenance,
    ),
)
OF_CERTIFICATE = ("certificate_id", "position")
