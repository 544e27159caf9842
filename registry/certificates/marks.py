"""Some of the entries that are held one after the other: as a bit for each, or, where they are few, as their numbers in order.

Both are told how many they are, which is the so-manieth, and which are between two numbers. Knows no entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BITS = 64
"""Marks come in so many at a time: as many as can be counted at once."""

Bits = NDArray[np.uint8]
"""A bit for each entry, that of the first in the lowest place of the first byte; in whole words of `BITS`."""

Numbers = NDArray[np.int32] | NDArray[np.int64]
"""Which entries, in their order; the first of all has 0."""

_ONE = np.uint8(1)


class Some(Protocol):
    """Some entries."""

    @property
    def number(self) -> int:
        """How many they are."""

    def nth(self, at: int) -> int:
        """The number of one of them, the first of which is at 0."""

    def between(self, begin: int, end: int) -> Numbers:
        """Those of them from one number to before another."""


class Marked:
    """Those that have a bit."""

    def __init__(self, bits: Bits) -> None:
        self.bits = bits

    @property
    def number(self) -> int:
        """How many they are."""
        return int(self._passed[-1]) if len(self._passed) else 0

    def nth(self, at: int) -> int:
        """The number of one of them, the first of which is at 0."""
        word = int(np.searchsorted(self._passed, at, side="right"))
        before = int(self._passed[word - 1]) if word else 0
        bits = np.unpackbits(self._words[word : word + 1].view(np.uint8), bitorder="little")
        return word * BITS + int(np.flatnonzero(bits)[at - before])

    def between(self, begin: int, end: int) -> Numbers:
        """Those of them from one number to before another."""
        first, last = begin // BITS, -(-end // BITS)
        words = self._words[first:last]
        # Past the empty words: what few have is found in a tenth of the time.
        at = np.flatnonzero(words)
        bits = np.unpackbits(words[at].view(np.uint8), bitorder="little").view(np.bool_)
        places = np.flatnonzero(bits)
        numbers = (at[places // BITS] + first) * BITS + places % BITS
        if begin % BITS or end % BITS:
            numbers = numbers[np.searchsorted(numbers, begin) : np.searchsorted(numbers, end)]
        return numbers

    def has(self, numbers: Numbers) -> NDArray[np.bool_]:
        """Which of these entries are among them."""
        found: NDArray[np.bool_] = (self.bits[numbers >> 3] >> (numbers & 7).astype(np.uint8) & _ONE).view(np.bool_)
        return found

    @cached_property
    def _words(self) -> NDArray[np.uint64]:
        return self.bits.view(np.uint64)

    @cached_property
    def _passed(self) -> NDArray[np.int64]:
        """How many are in the words up to each."""
        return np.cumsum(np.bitwise_count(self._words), dtype=np.int64)


class Numbered:
    """Those with these numbers."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    @property
    def number(self) -> int:
        """How many they are."""
        return len(self.numbers)

    def nth(self, at: int) -> int:
        """The number of one of them, the first of which is at 0."""
        return int(self.numbers[at])

    def between(self, begin: int, end: int) -> Numbers:
        """Those of them from one number to before another."""
        return self.numbers[np.searchsorted(self.numbers, begin) : np.searchsorted(self.numbers, end)]


def bits_of(truths: NDArray[np.bool_]) -> Bits:
    """A bit for each."""
    return np.packbits(truths, bitorder="little")


def run(begin: int, end: int, length: int) -> Bits:
    """The bits of entries from one number to before another, of so many."""
    truths = np.zeros(length, dtype=np.bool_)
    truths[begin:end] = True
    return bits_of(truths)


def with_these(bits: Bits, numbers: Numbers) -> Bits:
    """The bits with those of these entries."""
    some = bits.copy()
    np.bitwise_or.at(some, numbers >> 3, _ONE << (numbers & 7).astype(np.uint8))
    return some


def smallest(keys: Sequence[NDArray[np.int64]] | Sequence[NDArray[np.uint64]], count: int) -> NDArray[np.bool_]:
    """Which of what is sorted by these keys, the first of which counts most, are the first, so many, with those like the last of them."""
    first = np.zeros(len(keys[0]), dtype=np.bool_)
    alike: NDArray[np.int64] = np.arange(len(keys[0]))
    for key in keys:
        if len(alike) <= count:
            break
        own = key[alike]
        last = np.partition(own, count - 1)[count - 1]
        before = own < last
        first[alike[before]] = True
        count -= int(np.count_nonzero(before))
        alike = alike[own == last]
    first[alike] = True
    return first
