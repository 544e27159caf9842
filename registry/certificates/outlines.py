"""A row of results taken apart into the texts that it shows as they are, and what stands around these (`registry.fragments`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, cast

from registry.fragments import Outline, Shown
from registry.review.beside import Line

_IS_PLAIN = re.compile(r"[A-Za-z0-9._-]+").fullmatch
"""What stands in an address as it is."""


class RowOutlining:
    """Of a row that `result` (`templates/certificates/_found.html`) shows of a `Line`; `said` is how the page says days.

    Rows without a number, with one that an address has to quote, or with corrections are left to be made for themselves.
    """

    def __init__(self, said: Callable[[date], str]) -> None:
        self._said = said

    def outline(self, shown: Shown) -> Outline | None:
        """The texts: number, profiles, and those of revision, kind, holder, designation, version and date that there are."""
        entry, findings, corrections, state = cast("Line", shown)
        _, number, revision, role, _, kind, holder, designation, version, *_, day, has_document, _, profiles = entry
        if corrections or number is None or not _IS_PLAIN(number) or (revision and not _IS_PLAIN(revision)):
            return None
        texts = [text for text in (number, revision, kind, holder, designation, version) if text]
        if day is not None:
            texts += day.isoformat(), self._said(day)
        if has_document:
            texts += profiles
        there = not revision, not kind, not holder, not designation, not version, day is None, has_document and len(profiles)
        return Outline((there, role, has_document, findings, state), texts)

    def standing_in(self, shown: Shown, texts: Sequence[str]) -> Shown:
        """The row with these texts."""
        line, left = Line(*cast("Any", shown)), iter(texts)
        there = ("number", "revision", "kind", "holder", "designation", "software_version")
        put: dict[str, Any] = {name: next(left) for name in there if getattr(line.entry, name)}
        if line.entry.date is not None:
            put["date"] = _Day(next(left), next(left))
        if line.entry.has_document:
            put["profiles"] = tuple(left)
        return line._replace(entry=line.entry._replace(**put))


class _Day(str):
    """Two texts in the places of those that are made of a date: how it is written, and how it is said."""

    _written: str

    def __new__(cls, written: str, said: str) -> _Day:
        made = super().__new__(cls, said)
        made._written = written
        return made

    def isoformat(self) -> str:
        """How it is written."""
        return self._written
