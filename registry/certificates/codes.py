"""What entries have of each facet, each under one code in all stretches of a process: so they are counted over many at once, and none is
held twice. There are never more than the catalogue has had since the process began. Knows no database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from registry.certificates.terms import FACETS
from registry.certificates.words import fold

COLUMNS = tuple(name for name in FACETS if name != "year")
"""The facets that have codes; the year is told by the place of an entry."""

Told = tuple[str, ...]
"""What an entry has of a facet: none, one or several values."""

NONE = 0
"""The code of what has no value, and of what is no entry."""


class Values:
    """The codes, from 0 on in each facet, and the orders of what stands under them."""

    def __init__(self) -> None:
        self._told: dict[str, list[Told]] = {name: [()] for name in COLUMNS}
        self._codes: dict[str, dict[Told, int]] = {name: {(): NONE} for name in COLUMNS}
        self._ranks: dict[tuple[str, Callable[[str], str]], NDArray[np.int64]] = {}

    def codes(self, facet: str, told: Iterable[Told]) -> list[int]:
        """The code of each, a new one where it has none. Only one thread at a time may ask."""
        all_told, codes = self._told[facet], self._codes[facet]
        found = []
        for one in told:
            if (code := codes.get(one)) is None:
                code = len(all_told)
                all_told.append(one)
                codes[one] = code
            found.append(code)
        return found

    def having(self, facet: str, values: Iterable[str]) -> list[int]:
        """The codes of what has one of the values."""
        if facet == "profiles":
            asked = frozenset(values)
            return [code for code, told in enumerate(self._told[facet]) if not asked.isdisjoint(told)]
        codes = self._codes[facet]
        return [code for value in values if (code := codes.get((value,))) is not None]

    def by_holder(self) -> NDArray[np.int64]:
        """For each code of a holder where it stands in the order of holders; those that are sorted alike stand at the same place."""
        return self._ranked("holder", fold)

    def most_frequent(self, facet: str, numbers: NDArray[np.int64], most: int, always: Collection[str]) -> Counter[str]:
        """How many have each value, of codes that so many have: of many values so many at least, the most frequent, of these the first
        by their letters; and `always` these.
        """
        codes = np.flatnonzero(numbers)
        codes = codes[codes != NONE]
        # Of what may be several values each, all have to be added up.
        if facet != "profiles" and len(codes) > most:
            ranks = self._ranked(facet, str)
            order = numbers[codes] * len(ranks) - ranks[codes]
            first = codes[np.argpartition(order, len(codes) - most)[len(codes) - most :]]
            codes = np.union1d(first, codes[np.isin(codes, self.having(facet, always))])
        counts: Counter[str] = Counter()
        for code, number in zip(codes.tolist(), numbers[codes].tolist(), strict=True):
            for value in self._told[facet][code]:
                counts[value] += number
        return counts

    def _ranked(self, facet: str, key: Callable[[str], str]) -> NDArray[np.int64]:
        """For each code the place of its value among all, by a key of it. Made anew when there are more codes."""
        told = self._told[facet]
        known = self._ranks.get((facet, key))
        if known is None or len(known) < len(told):
            keys = [key("".join(one)) for one in told[:]]
            places = {one: place for place, one in enumerate(sorted(set(keys)))}
            known = self._ranks[facet, key] = np.array([places[one] for one in keys], dtype=np.int64)
        return known
