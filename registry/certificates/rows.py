"""A reading taken apart into what the tables of certificates hold, by the values of their columns: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.certificates.facts import SCALAR_FIELDS, CertificateFacts, Extraction, FieldState
from registry.certificates.loading import NAMED_TABLES
from registry.certificates.models import ConfigurationKey, FieldProvenance, PerformanceResult, ProfileResult, TableRow
from registry.db import Base

LARGEST_SECONDS = 2**31 - 1
TABLES_OF_ROWS = ("hardware", "limits", "features")
VALUES = tuple(name for name in SCALAR_FIELDS if name not in ("number", "revision", "certification_date"))
"""The fields that are columns of a certificate under the same name, as they were read."""

_NO_BOX = (None, None, None, None)

_Rows = Iterator[tuple[Any, ...]]


@dataclass(frozen=True)
class Part:
    """One table of rows of a certificate: what each row holds besides the certificate's id and its place."""

    model: type[Base]
    columns: tuple[str, ...]
    rows: Callable[[Extraction], _Rows]

    def numbered(self, extractions: Sequence[tuple[int, Extraction]]) -> list[tuple[Any, ...]]:
        """The rows of certificates, each given by its id and its reading."""
        return [
            (certificate_id, position) + row  # noqa: RUF005 (half the time of unpacking, for hundreds of rows of each certificate)
            for certificate_id, extraction in extractions
            for position, row in enumerate(self.rows(extraction))
        ]


def day_of(facts: CertificateFacts) -> date | None:
    """The day of certification."""
    return date.fromisoformat(facts.certification_date) if facts.certification_date else None


def printed_tables(facts: CertificateFacts) -> list[str]:
    """The names of the tables that the document has."""
    return [name for name in (*NAMED_TABLES, "performance") if getattr(facts, name) is not None]


def _profiles(extraction: Extraction) -> _Rows:
    yield from (extraction.certificate.profiles or {}).items()


def _performance(extraction: Extraction) -> _Rows:
    for row in extraction.certificate.performance or ():
        yield row.name, _seconds(row.pics_seconds), _seconds(row.measured_seconds)


def _seconds(value: int | None) -> int | None:
    """A number of seconds that a database can hold; longer ones than 60 years were misread, and count as not read."""
    return value if value is not None and value <= LARGEST_SECONDS else None


def _table_rows(extraction: Extraction) -> _Rows:
    for table in TABLES_OF_ROWS:
        for name, value in (getattr(extraction.certificate, table) or {}).items():
            yield table, name, value


def _keys(extraction: Extraction) -> _Rows:
    keys = extraction.certificate.configuration_keys
    if not keys:
        return
    states = {entry.field: entry.state for entry in extraction.fields}
    for key, value in keys.items():
        state = states.get(f"configuration_keys.{key}", FieldState.UNREAD if value is None else FieldState.READ)
        yield key, value, str(state)


def _provenance(extraction: Extraction) -> _Rows:
    for entry in extraction.fields:
        yield entry.field, entry.raw, str(entry.state), entry.page, entry.line, *(entry.box or _NO_BOX), entry.rule


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
