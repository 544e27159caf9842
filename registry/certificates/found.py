"""What a search found of what is laid out: how many, the first of them in each order, and how many have each value of each facet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from registry.certificates.codes import Values
from registry.certificates.marks import Numbers, Some, smallest
from registry.certificates.stretches import Stretches


class Part(NamedTuple):
    """Some entries of stretches."""

    stretches: Stretches
    some: Some


class Page(NamedTuple):
    """The places of the entries of a page, and of those that are sorted like its first and its last; `skipped` stand before these."""

    places: list[int]
    skipped: int


@dataclass
class Found:
    """What has some words and facets, as stretches were looked through. `is_all`: there are no others."""

    values: Values
    parts: list[Part] = field(default_factory=list)
    is_all: bool = False

    @property
    def total(self) -> int:
        """How many were found."""
        return sum(some.number for _, some in self.parts)

    def first(self, most: int) -> First:
        """So many of it, the first ones."""
        if most not in self._cut:
            taken, missing = [], most
            for stretches, some in self.parts:
                if missing > 0 and some.number:
                    taken.append((stretches, stretches.first(some, missing)))
                    missing -= some.number
            self._cut[most] = First(self.values, taken)
        return self._cut[most]

    @cached_property
    def _cut(self) -> dict[int, First]:
        return {}

    def whole_days(self, most: int) -> list[int]:
        """The first places, and those after them of the same day."""
        found: list[int] = []
        for stretches, some in self.parts:
            if len(found) < most:
                found += stretches.places[stretches.first_days(some, most - len(found))].tolist()
        return found

    def page(self, order: str, first: int, size: int) -> Page:
        """A page in an order, which is "number" or "holder", of all that was found."""
        some = [(stretches, stretches.first_in(order, some, first + size)) for stretches, some in self.parts if some.number]
        if not some:
            return Page([], 0)
        # Asked for once: another thread may add holders, and each has another place then.
        by_holder = self.values.by_holder() if order == "holder" else None
        each = [(stretches.places[numbers], *stretches.sorted_by(numbers, by_holder)) for stretches, numbers in some]
        places, *keys = [np.concatenate(column) for column in zip(*each, strict=True)]
        # What is of no use to the page is left out before anything is sorted.
        chosen = smallest(keys, first + size)
        places, *keys = [column[chosen] for column in (places, *keys)]
        sort = np.lexsort(keys[::-1])
        if first >= len(sort):
            return Page([], 0)
        like_first = np.logical_and.reduce([key[sort] == key[sort[first]] for key in keys])
        begin = int(np.argmax(like_first))
        return Page(places[sort[begin:]].tolist(), begin)


class First:
    """Entries of stretches, of which everything is told that is shown of what was found."""

    def __init__(self, values: Values, parts: Sequence[tuple[Stretches, Numbers]]) -> None:
        self._values = values
        self._parts = parts

    def places(self) -> list[int]:
        """Their places, the newest first, or, where the oldest were looked for, those of each part."""
        return [at for stretches, numbers in self._parts for at in stretches.places[numbers].tolist()]

    def counts(self, facet: str, most: int, always: Collection[str] = ()) -> Mapping[str, int]:
        """How many have each value of a facet that was asked for; of many values, the frequent ones, `most` or more, and `always` these."""
        codes = [stretches.codes(facet)[numbers] for stretches, numbers in self._parts]
        if not codes:
            return Counter()
        numbers: NDArray[Any] = np.bincount(np.concatenate(codes))
        return self._values.most_frequent(facet, numbers, most, always)

    def years(self) -> Mapping[int, int]:
        """How many are of each year."""
        counts: Counter[int] = Counter()
        for stretches, numbers in self._parts:
            counts.update(stretches.in_years(numbers))
        return counts
