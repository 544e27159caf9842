"""Stretches of the catalogue, column by column: of what many entries have, it is told how many have it without reading one of them.

A stretch is all entries of some consecutive days, in the order of their places (`registry.certificates.places`). It holds the value that
each has of each facet, and, for each word or part of one that many of them have, which of them do. What has a word or a facet is marked
by a bit for each entry, all of which are one number: so what has both is marked by both, at once. Stretches that follow each other are
searched as one (`Stretches`), in which each begins with a whole byte of such marks. Knows no database.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain, compress
from operator import and_, itemgetter
from typing import Any, NamedTuple, TypeVar

import orjson

from registry.certificates.places import ID_MASK, of_years, place, years
from registry.certificates.terms import FACETS, facet_values, longer_terms, short_terms

ONE_IN = 32
"""A word is held where at least one in so many entries has it: others are found faster by the index."""

FEW_IN = 12
"""Of fewer than one in so many, the marks are looked for one by one."""

MOST_KNOWN = 96
"""Choices of which stretches know their entries; each takes less than 1 kB for each stretch."""

PLACES = ""
"""Under this name stand the places of the entries."""

NUMBERS = "#"
"""Under this name stands with what the numbers of the entries begin."""

NUMBER_BYTES = 16
"""Of a number, as entries are sorted by it: as many as tell nearly all apart."""

COLUMNS = tuple(name for name in FACETS if name != "year")
"""The facets that are held; the year is told by the place."""

Marks = int
"""Of each entry a bit, that of the first in the lowest place."""

Column = Sequence[int] | bytes
"""Of each entry its place, the code of what it has of a facet, or with what its number begins."""

Told = tuple[str, ...]
"""What an entry has of a facet: none, one or several values."""

Value = TypeVar("Value")
Chosen = Mapping[str, Collection[str]]
_DIGITS = bytes.maketrans(b"\0\1", b"01")
_TRUTH = bytes.maketrans(b"01", b"\0\1")
_NO, _YES = b"01"
_NONE = 0
"""The code of what is no entry."""
_NEXT_MARKED = re.compile(rb"\0*+[^\0]")
_IN_BYTE = [tuple(place for place in range(8) if byte >> place & 1) for byte in range(256)]
_FIRST_IN_BYTE = bytes(places[0] if places else 0 for places in _IN_BYTE)
_OTHERS_IN_BYTE = [places[1:] for places in _IN_BYTE]
_OF_ONE_BIT = bytes(1 << place for place in range(8))
_SMALL, _MIDDLE = 1 << 8, 1 << 16


def column_name(facet: str) -> str:
    """Under what the values of a facet stand; no word is like it."""
    return f"={facet}"


def laid_out(entries: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """What a stretch of these entries, given by their columns in the order of their places, holds, by name."""
    held = {PLACES: _numbers("q", (place(entry["newest_key"], entry["id"]) for entry in entries))}
    held[NUMBERS] = b"".join(map(_beginning, (entry["number_key"] for entry in entries)))
    told: dict[str, list[Told]] = {name: [()] * len(entries) for name in FACETS}
    for at, entry in enumerate(entries):
        for name, value in facet_values(entry):
            told[name][at] += (value,)
    held |= {column_name(name): _column_laid_out(told[name]) for name in COLUMNS}
    return held | _words([entry["search_text"] for entry in entries])


class Values:
    """What entries have of each facet, each under one code in all stretches of a process: so they are counted over many at once, and none
    is held twice. There are never more than the catalogue has had since the process began.
    """

    def __init__(self) -> None:
        self._told: dict[str, list[Told]] = {name: [()] for name in COLUMNS}
        self._codes: dict[str, dict[Told, int]] = {name: {} for name in COLUMNS}

    def told(self, facet: str, code: int) -> Told:
        """What stands under a code."""
        return self._told[facet][code]

    def number_of_codes(self, facet: str) -> int:
        """How many codes there are, from 0 on."""
        return len(self._told[facet])

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

    def of_few(self, facet: str, most: int) -> Collection[str]:
        """The values of a facet that has so many at most; none of others."""
        told = self._told[facet]
        values = set(chain.from_iterable(told)) if facet == "profiles" or len(told) <= 2 * most else ()
        return values if len(values) <= most else ()

    def having(self, facet: str, values: Iterable[str]) -> list[int]:
        """The codes of what has one of the values."""
        if facet == "profiles":
            asked = frozenset(values)
            return [code for code, told in enumerate(self._told[facet]) if not asked.isdisjoint(told)]
        codes = self._codes[facet]
        return [code for value in values if (code := codes.get((value,))) is not None]


class Stretch(NamedTuple):
    """The number of its entries, and columns of it by their names, each filled up to a whole byte of marks."""

    size: int
    columns: Mapping[str, Column]


def stretch(held: Mapping[str, bytes], values: Values) -> Stretch:
    """The columns that are given of a stretch as they are laid out, its places among them. Only one thread at a time may ask."""
    places = _read("q", held[PLACES])
    size = len(places)
    missing = -size % 8
    columns: dict[str, Column] = {PLACES: _filled(places, missing, places[-1] if size else 0)}
    for name in COLUMNS:
        if (written := held.get(column_name(name))) is not None:
            columns[column_name(name)] = _filled(_column(name, written, values), missing, _NONE)
    if NUMBERS in held:
        columns[NUMBERS] = bytes(held[NUMBERS]) + bytes(NUMBER_BYTES * missing)
    return Stretch(size, columns)


class Stretches:
    """Stretches that follow each other, with the columns that were asked for so far: what no search changes, so that it can be kept."""

    def __init__(self, some: Sequence[Stretch], values: Values) -> None:
        self._sizes = [one.size for one in some]
        self._values = values
        self._columns: dict[str, Column] = {}
        self._known: dict[tuple[str, frozenset[str]], Marks] = {}
        self.take(some)
        self.places = self._columns[PLACES]
        whole = (_up_to(size).to_bytes(-(-size // 8), "little") for size in self._sizes)
        self._entries: Marks = int.from_bytes(b"".join(whole), "little")

    @property
    def size(self) -> int:
        """How many entries they have together."""
        return sum(self._sizes)

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
            self._columns[name] = _together([one.columns[name] for one in some])

    def stretch(self, number: int) -> Stretch:
        """One of them, the first of which has 0, with all columns that are held."""
        begin = sum(size + -size % 8 for size in self._sizes[:number])
        end = begin + self._sizes[number] + -self._sizes[number] % 8
        width = {NUMBERS: NUMBER_BYTES}
        columns = {name: held[begin * width.get(name, 1) : end * width.get(name, 1)] for name, held in self._columns.items()}
        return Stretch(self._sizes[number], columns)

    def marked(self, words: Iterable[bytes], chosen: Chosen, among: Marks | None = None) -> Marks:
        """The entries that have all words, each given by what is laid out of it, one stretch after the other, and of each facet one of the
        values.

        Of those `among` which they are looked for, where these are told; otherwise there is at least one word or facet.
        """
        marks = [] if among is None else [among]
        marks += [int.from_bytes(bits, "little") for bits in words]
        marks += [self._having(name, frozenset(values)) for name, values in chosen.items()]
        return reduce(and_, marks)

    def at(self, places: Sequence[int]) -> Marks | None:
        """The entries at these places, given in their order; None where there is one that they do not have."""
        numbers = [bisect_left(self.places, at) for at in places]
        if numbers and (numbers[-1] == len(self.places) or picker(numbers)(self.places) != tuple(places)):
            return None
        return _marks(numbers, len(self.places))

    def pick(self, held: Sequence[Value], marks: Marks, number: int) -> Iterator[Value]:
        """Of something that is held of each entry, in their order, that of the marked, which are so many."""
        if number * FEW_IN <= len(self.places):
            return map(held.__getitem__, self.numbers(marks, number))
        return compress(held, self._truths(marks))

    def numbers(self, marks: Marks, number: int) -> list[int]:
        """Which entries are marked, of which there are so many: the first of all has 0."""
        if number * FEW_IN > len(self.places):
            return list(compress(range(len(self.places)), self._truths(marks)))
        # Byte by byte of the marks, past all that are empty: in a third of the time that it takes to look at each place.
        written = marks.to_bytes(len(self.places) // 8, "little").rstrip(b"\0")
        ends = [byte.end() for byte in _NEXT_MARKED.finditer(written)]
        bits = written.translate(None, b"\0")
        found = [8 * end - 8 + first for end, first in zip(ends, bits.translate(_FIRST_IN_BYTE), strict=True)]
        if bits.translate(None, _OF_ONE_BIT):
            found += [8 * end - 8 + place for end, byte in zip(ends, bits, strict=True) for place in _OTHERS_IN_BYTE[byte]]
            found.sort()
        return found

    def first(self, marks: Marks, most: int) -> Marks:
        """Of what is marked so many, the first ones."""
        return marks & _up_to(self._behind(marks, most))

    def first_days(self, marks: Marks, most: int) -> Marks:
        """Of what is marked so many, the first ones, and those after them of the same day."""
        last = self.first(marks, most).bit_length() - 1
        return marks & _up_to(bisect_right(self.places, self.places[last] | ID_MASK))

    def last(self, marks: Marks, number: int, most: int) -> Marks:
        """Of what is marked, so many in `number`, at least so many of the last, and all that is of their days."""
        if number <= most:
            return marks
        skipped = self._behind(marks, number - most)
        rest = marks >> skipped
        oldest = self.places[skipped + (rest & -rest).bit_length() - 1]
        begin = bisect_left(self.places, oldest & ~ID_MASK)
        return marks >> begin << begin

    def _behind(self, marks: Marks, most: int) -> int:
        """Where so many of the marked are passed."""
        begin, remaining = 0, len(self.places)
        while most > 0 and remaining > 0:
            half = (remaining + 1) // 2
            some = marks & _up_to(half)
            if (number := some.bit_count()) > most:
                marks, remaining = some, half
            else:
                begin, remaining, marks, most = begin + half, remaining - half, marks >> half, most - number
        return begin

    def in_years(self, marks: Marks) -> dict[int, int]:
        """How many of the marked are of each year."""
        counts = ((year, (marks >> begin & _up_to(end - begin)).bit_count()) for year, begin, end in years(self.places))
        return {year: number for year, number in counts if number}

    def number_having(self, facet: str, value: str, marks: Marks) -> int:
        """How many of the marked have a value of a facet."""
        return (marks & self._having(facet, frozenset((value,)))).bit_count()

    def codes(self, facet: str) -> Sequence[int]:
        """Of each entry the code of what it has of a facet."""
        return self._columns[column_name(facet)]

    def number_beginnings(self, numbers: Iterable[int]) -> list[bytes]:
        """With what the numbers of the entries at these places of it begin: sorted by these, they are sorted as by the whole, or alike."""
        written: Any = self._columns[NUMBERS]
        return [written[NUMBER_BYTES * number : NUMBER_BYTES * (number + 1)] for number in numbers]

    def _truths(self, marks: Marks) -> bytes:
        return f"{marks:0{len(self.places)}b}"[::-1].encode().translate(_TRUTH)

    def _having(self, facet: str, values: frozenset[str]) -> Marks:
        """The entries that have one of the values; what was asked for last is not looked for again, as of most facets few are chosen."""
        asked = facet, values
        if (marks := self._known.get(asked)) is None:
            marks = self._of_years(values) if facet == "year" else self._marked_by(facet, values)
            for other in list(self._known)[: max(0, len(self._known) + 1 - MOST_KNOWN)]:
                self._known.pop(other, None)
            self._known[asked] = marks
        return marks

    def _marked_by(self, facet: str, values: frozenset[str]) -> Marks:
        wanted = self._values.having(facet, values)
        codes = self._columns[column_name(facet)]
        if isinstance(codes, array):
            return _marks(_where(codes, wanted), len(codes))
        table = bytearray([_NO]) * _SMALL
        for code in wanted:
            if code < _SMALL:
                table[code] = _YES
        # All of its days may have lost their entries.
        return int(bytes(codes).translate(table)[::-1] or b"0", 2)

    def _of_years(self, values: Collection[str]) -> Marks:
        marks = 0
        for value in values:
            first, last = of_years((int(value),)) or (0, 0)
            marks |= _up_to(bisect_right(self.places, last)) & ~_up_to(bisect_left(self.places, first))
        return marks & self._entries


def _column(facet: str, laid_out: bytes, values: Values) -> Column:
    written, _, held = laid_out.partition(b"\n")
    told = list(map(tuple, orjson.loads(written)))
    codes = values.codes(facet, told)
    own = bytes(held) if len(told) <= _SMALL else _read(_width(len(told)), held)
    most = max(codes, default=0)
    if most < _SMALL and isinstance(own, bytes):
        return own.translate(bytes(codes).ljust(_SMALL))
    return array(_width(most + 1), map(codes.__getitem__, own))


def _filled(column: Column, missing: int, value: int) -> Column:
    if isinstance(column, bytes):
        return column + bytes([value]) * missing
    return array(column.typecode, (*column, *(value,) * missing)) if isinstance(column, array) and missing else column


def _together(columns: Sequence[Column]) -> Column:
    """The columns one after the other, in numbers as wide as those of the widest."""
    widest = max((one.typecode for one in columns if isinstance(one, array)), key=lambda width: array(width).itemsize, default=None)
    if widest is None:
        return b"".join(map(bytes, columns))
    whole = array(widest)
    for one in columns:
        whole.extend(one if isinstance(one, array) and one.typecode == widest else array(widest, iter(one)))
    return whole


def _column_laid_out(values: Sequence[Told]) -> bytes:
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


def picker(numbers: Sequence[int]) -> Callable[[Sequence[Value]], tuple[Value, ...]]:
    """Picks what is held of the entries with these numbers: of all at once, in a fifth of the time that it takes one by one."""
    if len(numbers) > 1:
        return itemgetter(*numbers)
    return lambda held: tuple(held[number] for number in numbers)


def _beginning(number: str) -> bytes:
    return number.encode()[:NUMBER_BYTES].ljust(NUMBER_BYTES, b"\0")


def _where(codes: array[int], wanted: Iterable[int]) -> Iterator[int]:
    """The places at which one of the wanted stands: found byte for byte, as there are few in many."""
    written, width = codes.tobytes(), codes.itemsize
    for code in wanted:
        if code >> (8 * width):
            continue
        sought = array(codes.typecode, (code,)).tobytes()
        at = written.find(sought)
        while at >= 0:
            if at % width == 0:
                yield at // width
            at = written.find(sought, at + 1)


def _marks(numbers: Iterable[int], length: int) -> Marks:
    """The marks of the entries with these numbers, of so many."""
    marks = bytearray(-(-length // 8))
    for number in numbers:
        marks[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(marks, "little")


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
