"""One line of the catalogue, as a plain value, made of what the database gives for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, Text, type_coerce
from sqlalchemy import cast as as_type
from sqlalchemy.types import NullType

from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.profiles import certified


class Entry(NamedTuple):
    """One line of the catalogue. `number` is None for a row of the list that holds none; then `id` finds it (`listed_entry`).

    With a document the values are the document's (`country` is always the list's), without one the list's. `profiles` are those
    with the result Pass, or those that the listed type names outright.
    """

    id: int
    number: str | None
    revision: str | None
    role: str | None
    protocol: str | None
    kind: str | None
    holder: str | None
    designation: str | None
    software_version: str | None
    laboratory: str | None
    country: str | None
    date: date | None
    has_document: bool
    listed: bool
    profiles: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry as `search --json` prints it."""
        return {
            "number": self.number,
            "revision": self.revision,
            "role": self.role,
            "protocol": self.protocol,
            "kind": self.kind,
            "holder": self.holder,
            "designation": self.designation,
            "software_version": self.software_version,
            "laboratory": self.laboratory,
            "country": self.country,
            "date": self.date.isoformat() if self.date is not None else None,
            "has_document": self.has_document,
            "listed": self.listed,
            "profiles": list(self.profiles),
        }


COLUMNS = (*Entry._fields, "year")
"""The columns that `of_row` takes, and the year, which is a facet."""


def _raw(name: str) -> ColumnElement[Any]:
    column = type_coerce(cast("Table", CatalogueEntry.__table__).c[name], NullType())
    return as_type(column, Text) if name == "profiles" else column


RAW = tuple(map(_raw, COLUMNS))
"""The same as the database gives them: of thousands of rows, a value is only made of each that is different."""


def as_entry(entry: CatalogueEntry) -> Entry:
    """A mapped row as a plain value."""
    named = (entry.id, entry.number, entry.revision or None, entry.role, entry.protocol, entry.kind, entry.holder, entry.designation)
    held = (entry.software_version, entry.laboratory, entry.country, entry.date, entry.has_document, entry.listed)
    return Entry(*named, *held, certified(tuple(entry.profiles)))


def of_row(row: Sequence[Any]) -> Entry:
    """What the driver gives for `COLUMNS`, as a plain value; the profiles as the text that is stored."""
    # By names: taking them by their places takes half as long again, fifty times for each page.
    (
        entry_id,
        number,
        revision,
        role,
        protocol,
        kind,
        holder,
        designation,
        version,
        laboratory,
        country,
        day,
        document,
        listed,
        stored,
        _,
    ) = row
    # SQLite has neither days nor truth values: it gives texts and numbers.
    day = date.fromisoformat(day) if isinstance(day, str) else day
    said = (role, protocol, kind, holder, designation, version, laboratory, country)
    return Entry._make((entry_id, number, revision or None, *said, day, bool(document), bool(listed), _certified(stored)))


@lru_cache(maxsize=1000)
def stored_profiles(stored: str) -> tuple[str, ...]:
    """The profiles of an entry, of the text that is stored of them."""
    return tuple(json.loads(stored))


@lru_cache(maxsize=1000)
def _certified(stored: str) -> tuple[str, ...]:
    return certified(stored_profiles(stored))
