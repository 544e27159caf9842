"""What searches found in all, kept until anything in the registry changes: who turns a page, or sorts, does not have it counted again."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache
from threading import Lock

from sqlalchemy.orm import Session

from registry.certificates.forgiving import forgiving_search
from registry.certificates.gathering import Gathering
from registry.certificates.search import FACETS, Entry, SearchQuery, SearchResult, as_entry
from registry.certificates.words import query_words

MOST_KEPT = 300
"""Of a process; each has some hundred values of facets."""


class Answers:
    """The totals and the facets of the searches that were asked for since the last change; of many the `most` that came last."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._version: object = None
        self._kept: dict[Hashable, SearchResult] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def search(self, session: Session, query: SearchQuery, version: object) -> SearchResult:
        """As `forgiving_search`. `version` is that of the database, asked for before: it moves with everything that is stored.

        Of a search that was counted in this version only the page is asked for, with as many statements as that takes.
        """
        key = (query.text, *(query.selected(name) for name in FACETS))
        counted = self._find(key, version)
        if counted is not None:
            return replace(counted, query=query, entries=_page(session, query))
        found = forgiving_search(session, query)
        if not found.replaced and found.notice is None:
            self._keep(key, version, replace(found, entries=()))
        return found

    def _find(self, key: Hashable, version: object) -> SearchResult | None:
        with self._lock:
            if version != self._version:
                self._version = version
                self._kept.clear()
            return self._kept.get(key)

    def _keep(self, key: Hashable, version: object, found: SearchResult) -> None:
        with self._lock:
            if version != self._version:
                return
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = found


def _page(session: Session, query: SearchQuery) -> tuple[Entry, ...]:
    chosen = {name: values for name in FACETS if (values := query.selected(name))}
    found = Gathering(session, query_words(query.text), chosen, query.sort, counted=False)
    return tuple(map(_entry, found.page((query.page - 1) * query.size, query.size)))


# The same row is the same entry: what is kept of it elsewhere is found without comparing all of its fields.
_entry = lru_cache(maxsize=8_192)(as_entry)
