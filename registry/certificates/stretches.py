"""Stretches of the catalogue, column by column: of what many entries have, it is told how many have it without reading one of them.

A stretch is all entries of some consecutive days, in the order of their places (`registry.certificates.places`). It holds the value that
each has of each facet, and, for each word or part of one that many of them have, which of them do. What has a word or a facet is marked
by a bit for each entry, all of which are one number: so what has both is marked by both, at once. Knows no database.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain, compress
from operator import and_
from typing import Any, TypeVar

import orjson

from registry.certificates.places import of_years, place
from registry.certificates.terms import FACETS, facet_values, longer_terms, short_terms

ONE_IN = 32
"""A word is held where at least one in so many entries has it: others are found faster by the index."""

FEW_IN = 12
"""Of fewer than one in so many, the marks are looked for one by one."""

MOST_KNOWN = 64
"""Choices of which a stretch knows its entries; each takes less than 1 kB."""

PLACES = ""
"""Under this name stand the places of the entries."""

COLUMNS = tuple(name for name in FACETS if name != "year")
"""The facets that are held; the year is told by the place."""

Marks = int
"""Of each entry of a stretch a bit, that of the first in the lowest place."""

_Column = tuple[Sequence[tuple[str, ...]], Sequence[int]]
"""The different values of a facet, of which an entry may have none or several, and for each entry the number of its own."""

Value = TypeVar("Value")
Chosen = Mapping[str, Collection[str]]
_DIGITS = bytes.maketrans(b"\0\1", b"01")
_TRUTH = bytes.maketrans(b"01", b"\0\1")
_SMALL, _MIDDLE = 1 << 8, 1 << 16


def column_name(facet: str) -> str:
    """Under what the values of a facet stand; no word is like it."""
    return f"={facet}"


_COLUMN_NAMES = frozenset(map(column_name, COLUMNS))


def laid_out(entries: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """What a stretch of these entries, given by their columns in the order of their places, holds, by name."""
    held = {PLACES: _numbers("q", (place(entry["newest_key"], entry["id"]) for entry in entries))}
    told: dict[str, list[tuple[str, ...]]] = {name: [()] * len(entries) for name in FACETS}
    for at, entry in enumerate(entries):
        for name, value in facet_values(entry):
            told[name][at] += (value,)
    held |= {column_name(name): _column_laid_out(told[name]) for name in COLUMNS}
    return held | _words([entry["search_text"] for entry in entries])


class Stretch:
    """The places of its entries, and the columns of facets that were asked for so far: what no search changes, so that it can be kept."""

    def __init__(self, held: Mapping[str, bytes]) -> None:
        self.places = _read("q", held[PLACES])
        self._columns: dict[str, _Column] = {}
        self._known: dict[tuple[str, frozenset[str]], Marks] = {}
        self.take(held)

    def __len__(self) -> int:
        return len(self.places)

    @property
    def choices_known(self) -> int:
        """Of how many choices it knows the entries, without looking for them again."""
        return len(self._known)

    def take(self, held: Mapping[str, bytes]) -> None:
        """Hold these columns of it as well, given as they are laid out."""
        self._columns |= {name: _column(held[name]) for name in held.keys() & _COLUMN_NAMES}

    def lacks(self, columns: Collection[str]) -> bool:
        """Whether it does not hold all of these columns."""
        return not self._columns.keys() >= set(columns)

    def marked(self, words: Iterable[bytes], chosen: Chosen) -> Marks:
        """The entries that have all words, each given by what is laid out of it, and of each facet one of the values."""
        marks = [int.from_bytes(bits, "little") for bits in words]
        marks += [self._having(name, frozenset(values)) for name, values in chosen.items()]
        return reduce(and_, marks)

    def pick(self, held: Iterable[Value], marks: Marks) -> Iterator[Value]:
        """Of something that is held of each entry, in their order, that of the marked."""
        return compress(held, f"{marks:0{len(self)}b}"[::-1].encode().translate(_TRUTH))

    def numbers(self, marks: Marks) -> list[int]:
        """Which entries are marked: the first of all has 0."""
        if marks.bit_count() * FEW_IN > len(self):
            return list(self.pick(range(len(self)), marks))
        digits = f"{marks:b}"[::-1]
        found, at = [], digits.find("1")
        while at >= 0:
            found.append(at)
            at = digits.find("1", at + 1)
        return found

    def values(self, facet: str, numbers: Iterable[int]) -> Iterator[tuple[str, ...]]:
        """The values of a facet that each of the entries with these numbers has."""
        told, codes = self._columns[column_name(facet)]
        return map(told.__getitem__, map(codes.__getitem__, numbers))

    def _having(self, facet: str, values: frozenset[str]) -> Marks:
        """The entries that have one of the values; what was asked for last is not looked for again, as of most facets few are chosen."""
        asked = facet, values
        if (marks := self._known.get(asked)) is None:
            marks = self._of_years(values) if facet == "year" else self._marked_by(facet, values)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[asked] = marks
        return marks

    def _marked_by(self, facet: str, values: frozenset[str]) -> Marks:
        told, codes = self._columns[column_name(facet)]
        wanted = b"".join(b"0" if values.isdisjoint(one) else b"1" for one in told)
        digits = codes.translate(wanted.ljust(_SMALL)) if isinstance(codes, bytes) else bytes(map(wanted.__getitem__, codes))
        # All of its days may have lost their entries.
        return int(digits[::-1] or b"0", 2)

    def _of_years(self, values: Collection[str]) -> Marks:
        marks = 0
        for value in values:
            first, last = of_years((int(value),)) or (0, 0)
            marks |= _up_to(bisect_right(self.places, last)) & ~_up_to(bisect_left(self.places, first))
        return marks


def _column(laid_out: bytes) -> _Column:
    written, _, codes = laid_out.partition(b"\n")
    told: list[tuple[str, ...]] = list(map(tuple, orjson.loads(written)))
    return told, codes if len(told) <= _SMALL else _read(_width(len(told)), codes)


def _column_laid_out(values: Sequence[tuple[str, ...]]) -> bytes:
    codes = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return orjson.dumps(list(codes)) + b"\n" + _numbers(_width(len(codes)), map(codes.__getitem__, values))


def _words(texts: Sequence[str]) -> dict[str, bytes]:
    """Which of the texts have each of what many of them have and a word of a query may be."""
    short = _held_by_many([short_terms(text) for text in texts])
    return short | _held_by_many([longer_terms(text, short) for text in texts])


def _held_by_many(terms: Sequence[Iterable[str]]) -> dict[str, bytes]:
    numbers = Counter(chain.from_iterable(terms))
    marked = {term: bytearray(len(terms)) for term, number in numbers.items() if number * ONE_IN >= len(terms)}
    for at, some in enumerate(terms):
        for term in some:
            if term in marked:
                marked[term][at] = 1
    return {term: _bits(marks) for term, marks in marked.items()}


def _bits(marks: bytearray) -> bytes:
    """A bit for each byte, as it is kept."""
    return int(marks[::-1].translate(_DIGITS), 2).to_bytes(-(-len(marks) // 8), "little")


def _up_to(number: int) -> Marks:
    """The marks of so many entries, the first ones."""
    return (1 << number) - 1


def _width(values: int) -> str:
    return "B" if values <= _SMALL else "H" if values <= _MIDDLE else "I"


def _numbers(width: str, values: Iterable[int]) -> bytes:
    return _turned(array(width, values)).tobytes()


def _read(width: str, held: bytes) -> Sequence[int]:
    numbers = array(width)
    numbers.frombytes(held)
    return _turned(numbers)


def _turned(numbers: array[int]) -> array[int]:
    """As they are held, the smallest byte first, whatever the machine's own order."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
