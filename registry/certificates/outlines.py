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
        """The texts that there are: number, revision, kind, holder, designation, version, date as written and as said, and profiles."""
        entry, findings, corrections, state = cast("Line", shown)
        _, number, revision, role, _, kind, holder, designation, version, _, _, day, has_document, _, profiles = entry
        if corrections or number is None or not _IS_PLAIN(number) or (revision and not _IS_PLAIN(revision)):
            return None
        named = (number, revision or "", kind or "", holder or "", designation or "", version or "")
        dated = ("", "") if day is None else (day.isoformat(), self._said(day))
        shape = not revision, not kind, not holder, not designation, not version, day is None, has_document, role, findings, state
        return Outline((shape, len(profiles)), (*named, *dated, *profiles)) if has_document else Outline(shape, named + dated)

    def standing_in(self, shown: Shown, texts: Sequence[str]) -> Shown:
        """The row with these texts in the places of those that there are."""
        line = Line(*cast("Any", shown))
        there = ("number", "revision", "kind", "holder", "designation", "software_version")
        put: dict[str, Any] = {name: text for name, text in zip(there, texts, strict=False) if getattr(line.entry, name)}
        if line.entry.date is not None:
            put["date"] = _Day(*texts[6:8])
        if line.entry.has_document:
            put["profiles"] = tuple(texts[8:])
        return line._replace(entry=line.entry._replace(**put))


class PagesOutlining:
    """Of the way to other pages that `turning` (`templates/macros.html`) shows of a page, how many there are, whether there are more than
    were counted, and the addresses of the page before and of the one after, where there are any.
    """

    def outline(self, shown: Shown) -> Outline:
        """The texts: the page, the number of pages where all were counted, and the addresses that there are."""
        page, pages, cut, previous, following = cast("tuple[str, str, bool, str | None, str | None]", shown)
        return Outline((cut, not previous, not following), (page, "" if cut else pages, previous or "", following or ""))

    def standing_in(self, shown: Shown, texts: Sequence[str]) -> Shown:
        """The same with these texts."""
        _, _, cut, previous, following = shown
        return texts[0], texts[1], cut, previous and texts[2], following and texts[3]


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
