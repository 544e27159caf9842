"""What was found, kept until anything in the catalogue changes: who turns a page, or sorts, has nothing counted and nothing read again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeVar

from sqlalchemy.orm import Session

from registry.certificates.entries import Entry
from registry.certificates.forgiving import forgiving_search
from registry.certificates.gathering import Gathering
from registry.certificates.search import FACETS, SearchQuery, SearchResult
from registry.certificates.walking import ids_in_order
from registry.certificates.words import query_words
from registry.held import HeldConnection
from registry.review.beside import Line, lines, lines_of_ids

MOST_COUNTED = 300
"""Searches, of a process; each has some hundred values of facets."""

MOST_LINES = 8_192
"""Entries, of a process."""

STRIDE = 500
"""Entries of what a search finds of which the ids are asked for together: who turns one page turns another."""

MOST_STRIDES = 400
"""Of a process; each takes some 20 kB."""

_Asked = tuple[str, tuple[tuple[str, ...], ...]]
"""What is searched for, whatever the order and the page: the text, and of each facet the values that are let through."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass
class _Known:
    """What is known of one version of the catalogue: what searches found in all, the entries with what stands beside them, and which are
    the ids of what a search finds in an order, from every `STRIDE`th on.
    """

    version: Hashable
    counted: dict[_Asked, SearchResult] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    ids: dict[tuple[_Asked, str, int], list[int]] = field(default_factory=dict)


class Answers:
    """What was found since the last change; of many searches and entries those that came last.

    `version` is everywhere that of the catalogue, asked for before anything else: it moves with all that is shown here. What is known of
    one version is left behind as a whole with the next, so a request that takes longer than its version lasts spoils nothing.
    """

    def __init__(self, held: HeldConnection, most_counted: int = MOST_COUNTED, most_lines: int = MOST_LINES) -> None:
        self._held = held
        self._most_counted = most_counted
        self._most_lines = most_lines
        self._known = _Known(None)

    def __len__(self) -> int:
        return len(self._known.counted)

    def search(self, session: Session, query: SearchQuery, version: Hashable) -> SearchResult:
        """As `forgiving_search`.

        Of a search that was counted in this version it is only asked which entries are on the page, together with those on the pages
        beside it, and what is not known of these.
        """
        known = self._of(version)
        key = query.text, tuple(map(query.selected, FACETS))
        counted = known.counted.get(key)
        if counted is not None:
            return replace(counted, query=query, entries=tuple(self._page(session, query, key, known)))
        found = forgiving_search(session, query)
        if not found.replaced and found.notice is None:
            _keep(known.counted, [(key, replace(found, entries=()))], self._most_counted)
        return found

    def lines(self, session: Session, entries: Sequence[Entry], version: Hashable) -> list[Line]:
        """As `registry.review.beside.lines`, which is only asked about entries that are not known in this version."""
        known = self._of(version).lines
        found = {line.entry.id: line for line in lines(session, [entry for entry in entries if entry.id not in known])}
        shown = [found[entry.id] if entry.id in found else known[entry.id] for entry in entries]
        _keep(known, found.items(), self._most_lines)
        return shown

    def _page(self, session: Session, query: SearchQuery, asked: _Asked, known: _Known) -> Iterable[Entry]:
        first = (query.page - 1) * query.size
        ids = self._ids(session, asked, query.sort, first, first + query.size, known)
        found = {one: known.lines[one] for one in ids if one in known.lines}
        if unknown := [one for one in ids if one not in found]:
            read = lines_of_ids(session, self._held, unknown)
            found |= read
            _keep(known.lines, read.items(), self._most_lines)
        if len(found) == len(ids):  # otherwise some were changed in between
            return [found[one].entry for one in ids]
        return _gathered(session, asked, query.sort).page(first, query.size)

    def _ids(self, session: Session, asked: _Asked, sort: str, first: int, end: int, known: _Known) -> list[int]:
        """The ids of what is found from `first` on up to `end`, in an order."""
        begin = first - first % STRIDE
        ids = [one for at in range(begin, end, STRIDE) for one in self._stride(session, asked, sort, at, known)]
        return ids[first - begin : end - begin]

    def _stride(self, session: Session, asked: _Asked, sort: str, begin: int, known: _Known) -> list[int]:
        key = asked, sort, begin
        ids = known.ids.get(key)
        if ids is None:
            if asked == _EVERYTHING:
                ids = self._held.column(ids_in_order(sort), {"first": begin, "size": STRIDE})
            else:
                ids = _gathered(session, asked, sort).ids(begin, STRIDE)
            _keep(known.ids, [(key, ids)], MOST_STRIDES)
        return ids

    def _of(self, version: Hashable) -> _Known:
        known = self._known
        if known.version != version:
            known = self._known = _Known(version)
        return known


_EVERYTHING: _Asked = "", ((),) * len(FACETS)


def _gathered(session: Session, asked: _Asked, sort: str) -> Gathering:
    text, values = asked
    chosen = {name: some for name, some in zip(FACETS, values, strict=True) if some}
    return Gathering(session, query_words(text), chosen, sort, counted=False)


def _keep(known: dict[Key, Value], found: Iterable[tuple[Key, Value]], most: int) -> None:
    """Keep what was found in place of what was kept first, of which some more is dropped at once than has to be: finding it takes long."""
    known.update(found)
    if (over := len(known) - most) > 0:
        for key in list(islice(known, over + most // 8)):
            known.pop(key, None)
