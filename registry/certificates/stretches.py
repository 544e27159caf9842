"""Stretches of the catalogue, column by column: of what many entries have, it is told how many have it without reading one of them.

A stretch is all entries of some consecutive days, in the order of their places (`registry.certificates.places`). It holds the value that
each has of each facet, with what its number begins, and, for each word or part of one that many of them have, which of them do. Stretches
that follow each other are searched as one (`Stretches`): what has a word or a facet is marked by a bit for each entry
(`registry.certificates.marks`), so what has both is marked by both. Knows no database.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate, chain
from operator import and_
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from registry.certificates.codes import COLUMNS, NONE, Told, Values
from registry.certificates.marks import BITS, Bits, Marked, Numbered, Numbers, Some, bits_of, run, smallest
from registry.certificates.places import ID_MASK, of_years, place, years
from registry.certificates.terms import FACETS, facet_values, longer_terms, short_terms

ONE_IN = 32
"""A word is held where at least one in so many entries has it: others are found faster by the index."""

MOST_KNOWN = 96
"""Choices, and words, of which stretches know their entries, of each; each takes less than 1 kB for each stretch."""

PLACES = ""
"""Under this name stand the places of the entries."""

NUMBERS = "#"
"""Under this name stands with what the numbers of the entries begin."""

NUMBER_BYTES = 16
"""Of a number, as entries are sorted by it: as many as tell nearly all apart."""

Column = NDArray[Any]
"""Of each entry its place, the code of what it has of a facet, or, in two parts, with what its number begins."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Chosen = Mapping[str, Collection[str]]
_SMALL, _MIDDLE = 1 << 8, 1 << 16
_BYTE = 8


def column_name(facet: str) -> str:
    """Under what the values of a facet stand; no word is like it."""
    return f"={facet}"


def laid_out(entries: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """What a stretch of these entries, given by their columns in the order of their places, holds, by name."""
    held = {PLACES: np.array([place(entry["newest_key"], entry["id"]) for entry in entries], dtype="<i8").tobytes()}
    held[NUMBERS] = b"".join(entry["number_key"].encode()[:NUMBER_BYTES].ljust(NUMBER_BYTES, b"\0") for entry in entries)
    told: dict[str, list[Told]] = {name: [()] * len(entries) for name in FACETS}
    for at, entry in enumerate(entries):
        for name, value in facet_values(entry):
            told[name][at] += (value,)
    held |= {column_name(name): _column_laid_out(told[name]) for name in COLUMNS}
    return held | _words([entry["search_text"] for entry in entries])


class Stretch(NamedTuple):
    """The number of its entries, and columns of it by their names, each filled up to a whole byte of marks."""

    size: int
    columns: Mapping[str, Column]


def stretch(held: Mapping[str, bytes], values: Values) -> Stretch:
    """The columns that are given of a stretch as they are laid out, its places among them. Only one thread at a time may ask."""
    places = np.frombuffer(held[PLACES], dtype="<i8").astype(np.int64)
    size = len(places)
    columns: dict[str, Column] = {PLACES: places}
    for name in COLUMNS:
        if (written := held.get(column_name(name))) is not None:
            columns[column_name(name)] = _column(name, written, values)
    if NUMBERS in held:
        # Two numbers are sorted by in a fraction of the time that their letters take.
        columns[NUMBERS] = np.frombuffer(held[NUMBERS], dtype=">u8").astype(np.uint64).reshape(size, 2)
    return Stretch(size, {name: _ended(column, _BYTE) for name, column in columns.items()})


@dataclass(frozen=True)
class Order:
    """The entries in an order, and of each where in it those begin that are sorted alike."""

    entries: NDArray[np.int32]
    rank: NDArray[np.int32]


class Word(NamedTuple):
    """The entries that have a word, as far as it is laid out: not in the stretches that are `lacking` it, in which few have it."""

    bits: Bits
    lacking: tuple[int, ...]


class Stretches:
    """Stretches that follow each other, with the columns that were asked for so far: what no search changes, so that it can be kept."""

    def __init__(self, some: Sequence[Stretch], values: Values) -> None:
        self._sizes = [one.size for one in some]
        self._ends = list(accumulate(size + -size % _BYTE for size in self._sizes))
        self._values = values
        self._columns: dict[str, Column] = {}
        self._known: OrderedDict[tuple[str, frozenset[str]], Bits] = OrderedDict()
        self._words: OrderedDict[str, Word] = OrderedDict()
        self._orders: dict[str, Order] = {}
        self.take(some)
        self.places: NDArray[np.int64] = self._columns[PLACES]
        whole = (run(0, size, size + -size % _BYTE) for size in self._sizes)
        self._entries = _ended(np.concatenate([*whole]), BITS // _BYTE)
        self.size = sum(self._sizes)

    @property
    def columns(self) -> frozenset[str]:
        """The names of the columns that they hold."""
        return frozenset(self._columns)

    @property
    def choices_known(self) -> int:
        """Of how many choices they know the entries, without looking for them again."""
        return len(self._known)

    def take(self, some: Sequence[Stretch]) -> None:
        """Hold these columns of the same stretches as well."""
        for name in some[0].columns:
            self._columns[name] = _ended(np.concatenate([one.columns[name] for one in some]), BITS)

    def stretch(self, at: int) -> Stretch:
        """One of them, the first of which is at 0, with all columns that are held."""
        begin = self._ends[at - 1] if at else 0
        return Stretch(self._sizes[at], {name: held[begin : self._ends[at]] for name, held in self._columns.items()})

    def word(self, term: str) -> Word | None:
        """The entries that have a word; None where it was not learnt, or long ago."""
        return self._words.get(term)

    def learn(self, term: str, held: Sequence[bytes | None]) -> Word:
        """Keep what is laid out of a word in each stretch; None where nothing is."""
        bits = [np.frombuffer(own or bytes(-(-size // _BYTE)), dtype=np.uint8) for own, size in zip(held, self._sizes, strict=True)]
        word = Word(_ended(np.concatenate(bits), BITS // _BYTE), tuple(at for at, own in enumerate(held) if own is None))
        _keep(self._words, term, word)
        return word

    def learn_whole(self, term: str, bits: Bits) -> None:
        """Keep all entries that have a word, or several, whatever is laid out of it."""
        _keep(self._words, term, Word(bits, ()))

    def marked(self, words: Iterable[Bits], chosen: Chosen) -> Marked:
        """The entries that have all words and of each facet one of the values; there is at least one of these."""
        return Marked(reduce(and_, [*words, *self._having(chosen)]))

    def numbered(self, places: Sequence[int], chosen: Chosen) -> Numbered | None:
        """The entries at these places, given in their order, that have of each facet one of the values; None where one is not here."""
        asked = np.array(places, dtype=np.int64)
        numbers = np.searchsorted(self.places, asked).astype(np.int64)
        if len(numbers) and (numbers[-1] == len(self.places) or not np.array_equal(self.places[numbers], asked)):
            return None
        for bits in self._having(chosen):
            numbers = numbers[Marked(bits).has(numbers)]
        return Numbered(numbers)

    def first(self, some: Some, most: int) -> Numbers:
        """Of some so many, the first ones."""
        return some.between(0, len(self.places) if some.number <= most else some.nth(most))

    def first_days(self, some: Some, most: int) -> Numbers:
        """Of some so many, the first ones, and those after them of the same day."""
        if some.number <= most:
            return self.first(some, most)
        last = int(self.places[some.nth(most - 1)]) | ID_MASK
        return some.between(0, int(np.searchsorted(self.places, last, side="right")))

    def last_days(self, some: Some, most: int) -> Numbers:
        """Of some at least so many, the last ones, and all that is of their days."""
        if some.number <= most:
            return self.first(some, most)
        oldest = int(self.places[some.nth(some.number - most)]) & ~ID_MASK
        return some.between(int(np.searchsorted(self.places, oldest)), len(self.places))

    def first_in(self, order: str, some: Some, most: int) -> Numbers:
        """Of some so many that come first in an order, which is "number" or "holder", and those that are sorted like the last of them.

        Not in that order.
        """
        if some.number <= most:
            return self.first(some, most)
        known = self._orders.get(order) or self._put_in_order(order)
        if isinstance(some, Marked) and most * len(self.places) < some.number**2:
            # So many have it that going through the order meets them soon, unless they stand far off in it.
            found = self._met(known, some, most)
            if found is not None:
                return found
        numbers = self.first(some, some.number)
        return numbers[smallest([known.rank[numbers].astype(np.int64)], most)]

    def in_years(self, numbers: Numbers) -> dict[int, int]:
        """How many of the entries are of each year."""
        ends = np.searchsorted(numbers, [end for _, *both in self._years for end in both])
        counts = zip((year for year, *_ in self._years), ends[::2].tolist(), ends[1::2].tolist(), strict=True)
        return {year: last - first for year, first, last in counts if last > first}

    def codes(self, facet: str) -> Column:
        """Of each entry the code of what it has of a facet."""
        return self._columns[column_name(facet)]

    def sorted_by(self, numbers: Numbers, by_holder: NDArray[np.int64] | None) -> list[NDArray[Any]]:
        """What these entries are sorted by, the first part of which counts most: as by the whole, or alike. By their numbers; before these
        by their holders, where it is given where each code of one stands.
        """
        begun = self._columns[NUMBERS][numbers]
        parts = [begun[:, 0], begun[:, 1]]
        return parts if by_holder is None else [by_holder[self.codes("holder")[numbers]].astype(np.uint64), *parts]

    def _met(self, order: Order, some: Marked, most: int) -> Numbers | None:
        """As `first_in`, going through the order; None where it is gone through for as long as sorting all of them takes."""
        found: list[NDArray[np.int32]] = []
        begin, count, step = 0, 0, 8 * most
        while begin < min(some.number, len(order.entries)):
            these = order.entries[begin : begin + step]
            found.append(these[some.has(these)])
            count += len(found[-1])
            begin += step
            step *= 2
            if count > most:
                numbers = np.concatenate(found)
                last = order.rank[numbers[most - 1]]
                if order.rank[numbers[-1]] > last:
                    first: Numbers = numbers[order.rank[numbers] <= last].astype(np.int64)
                    return first
        return None

    def _put_in_order(self, order: str) -> Order:
        entries = Marked(self._entries).between(0, len(self.places))
        keys = self.sorted_by(entries, self._values.by_holder() if order == "holder" else None)
        sort = np.lexsort(keys[::-1])
        differs = np.zeros(len(sort), dtype=np.bool_)
        for key in keys:
            differs[1:] |= key[sort][1:] != key[sort][:-1]
        rank = np.zeros(len(self.places), dtype=np.int32)
        rank[entries[sort]] = np.cumsum(differs)
        known = self._orders[order] = Order(entries[sort].astype(np.int32), rank)
        return known

    @cached_property
    def _years(self) -> list[tuple[int, int, int]]:
        return [*years(cast("Sequence[int]", self.places))]

    def _having(self, chosen: Chosen) -> list[Bits]:
        """For each facet the entries that have one of the values; what was asked for last is not looked for again, as of most facets few
        are chosen.
        """
        found = []
        for facet, values in chosen.items():
            asked = facet, frozenset(values)
            if (bits := self._known.get(asked)) is None:
                bits = self._of_years(values) if facet == "year" else self._marked_by(facet, values)
                _keep(self._known, asked, bits)
            found.append(bits)
        return found

    def _marked_by(self, facet: str, values: Collection[str]) -> Bits:
        codes = self._columns[column_name(facet)]
        wanted = self._values.having(facet, values)
        return bits_of(np.isin(codes, np.array(wanted, dtype=np.int64)) if len(wanted) != 1 else codes == wanted[0])

    def _of_years(self, values: Collection[str]) -> Bits:
        bits: Bits = np.zeros_like(self._entries)
        for value in values:
            first, last = of_years((int(value),)) or (0, 0)
            begin, end = np.searchsorted(self.places, first), np.searchsorted(self.places, last, side="right")
            bits |= run(int(begin), int(end), len(self.places))
        bits &= self._entries
        return bits


def _keep(known: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    """Keep something, of much what came last."""
    known[key] = value
    while len(known) > MOST_KNOWN:
        known.popitem(last=False)


def _ended(column: Column, whole: int) -> Column:
    """The column with as much behind it that is no entry's as a multiple of so many takes; places stay in their order."""
    missing = -len(column) % whole
    if not missing:
        return column
    fills = column[-1:] if column.dtype == np.int64 else np.zeros_like(column[-1:])
    return np.concatenate([column, *[fills] * missing])


def _column(facet: str, laid_out: bytes, values: Values) -> Column:
    written, _, held = laid_out.partition(b"\n")
    told = list(map(tuple, orjson.loads(written)))
    codes = values.codes(facet, told)
    column: Column = np.array(codes, dtype=_width(max(codes, default=NONE) + 1))[np.frombuffer(held, dtype=_width(len(told)))]
    return column


def _column_laid_out(values: Sequence[Told]) -> bytes:
    codes = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return orjson.dumps(list(codes)) + b"\n" + np.array([codes[value] for value in values], dtype=_width(len(codes))).tobytes()


def _width(values: int) -> str:
    """How the codes of so many values are held, the smallest byte first whatever the machine's own order."""
    return "<u1" if values <= _SMALL else "<u2" if values <= _MIDDLE else "<u4"


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
    return {term: bits_of(np.frombuffer(marks, dtype=np.bool_)).tobytes() for term, marks in marked.items()}
