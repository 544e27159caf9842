"""The catalogue laid out in stretches (`registry.certificates.stretches`): a copy for what many entries have, and of nothing else.

Who changes an entry takes away, in the same transaction, every stretch that its day is in. So what is laid out is never older than the
catalogue: it may be missing, and then the index is asked. A chore lays out what is missing, of a catalogue that is large enough. It takes
a stretch's worth of time without keeping anybody from writing: the stretch is begun with a sign of its own, which a writer takes away like
what is laid out, and is only put in its place where the sign still stands. There the sign stays with it: nothing else is ever laid
out under it. So a process keeps what it has read of the stretches that it searched last, and knows by their signs whether they are still
the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain, groupby, pairwise
from operator import itemgetter
from secrets import token_bytes
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, delete, func, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from registry.bulk import insert_rows
from registry.certificates.catalogue import CatalogueEntry, CatalogueStretch, day_key
from registry.certificates.places import ID_MASK, in_years, place
from registry.certificates.stretches import NUMBERS, PLACES, Marks, Stretch, Stretches, Values, column_name, laid_out, picker, stretch
from registry.certificates.tallies import everything
from registry.certificates.terms import FACETS, asked_term, facet_column
from registry.certificates.words import fold
from registry.db import lock_for_writing
from registry.quick import rows

FEWEST = 20_000
"""Of fewer entries nothing is laid out: the index is as fast."""

LENGTH = 6_000
"""Entries that a stretch is to have at least; one day is never parted."""

TOGETHER = (4, 40, 200)
"""So many stretches are looked through as one, from the newest on, then as many more; then the index is asked."""

FIRST, LAST = -day_key(None), day_key(None)
"""The ends of all days, as entries are sorted by them where the newest comes first."""

_BEGUN = "?"
"""Under this name stands the sign that a stretch is begun; no word and no facet is like it."""

_SIGN = "!"
"""Under this name stands the same sign when it is laid out."""

READ_AT_ONCE = 20
"""Stretches of which what is not kept is read by one statement."""

MOST_KEPT = 400
"""Stretches that a process keeps, more than are looked through; each takes some 220 kB with most columns and choices."""

FEW_VALUES, AS_LONG_AS_ONE = 16, 3_500
"""Of a facet with so few values it is counted how many have each: marks of so many entries are counted in the time that one entry that has
them takes to be found.
"""

FEW_CODES = 64
"""So many different bytes are counted faster one after the other than all of them as they come."""

_ENTRY = [getattr(CatalogueEntry, name) for name in ("id", "newest_key", "number_key", "search_text", *map(facet_column, FACETS))]
_ROW = ("name", "first", "last", "held")
Days = tuple[int, int]
Chosen = Mapping[str, Sequence[str]]
Picker = Callable[[Sequence[Any]], tuple[Any, ...]]


class Part(NamedTuple):
    """The marked entries of some stretches, and how many they are, as it takes long to count them."""

    stretches: Stretches
    marks: Marks
    number: int


@dataclass
class Found:
    """What has some words and facets: the marked entries of stretches, as they were looked through. `is_all`: there are no others.

    `looked_through` counts the entries of the stretches.
    """

    values: Values
    parts: list[Part] = field(default_factory=list)
    total: int = 0
    looked_through: int = 0
    is_all: bool = False

    def first(self, most: int) -> Found:
        """So many of it, the first ones."""
        if self.total <= most:
            return self
        if most not in self._cut:
            some = self._cut[most] = Found(self.values, looked_through=self.looked_through)
            for part in self.parts:
                if (missing := most - some.total) < part.number:
                    part = Part(part.stretches, part.stretches.first(part.marks, missing), missing)
                some.parts.append(part)
                some.total += part.number
                if some.total == most:
                    break
        return self._cut[most]

    @cached_property
    def _cut(self) -> dict[int, Found]:
        return {}

    @cached_property
    def _numbers(self) -> list[tuple[Stretches, list[int]]]:
        """Of stretches that have any which entries they are: asked once, for all that is told of them."""
        return [(part.stretches, part.stretches.numbers(part.marks, part.number)) for part in self.parts if part.number]

    @property
    def _are_numbers_known(self) -> bool:
        """Whether they have been asked for: then they are faster counted than marks."""
        return "_numbers" in self.__dict__

    @cached_property
    def _pickers(self) -> list[tuple[Stretches, Picker]]:
        """What picks of these entries what stretches hold of them."""
        return [(stretches, picker(numbers)) for stretches, numbers in self._numbers]

    def places(self) -> list[int]:
        """The places, the newest first, or, where the oldest were looked for, those of each part."""
        return list(chain.from_iterable(pick(stretches.places) for stretches, pick in self._pickers))

    def whole_days(self, most: int) -> list[int]:
        """The first places, and those after them of the same day."""
        found: list[int] = []
        for stretches, marks, number in self.parts:
            if (missing := most - len(found)) <= 0:
                break
            some = stretches.first_days(marks, missing) if number > missing else marks
            found += stretches.pick(stretches.places, some, some.bit_count())
        return found

    def counts(self, facet: str) -> Counter[str]:
        """How many have each value of a facet that was asked for."""
        counts: Counter[str] = Counter()
        values = () if self._are_numbers_known else self.values.of_few(facet, FEW_VALUES)
        if 0 < len(values) * self.looked_through < AS_LONG_AS_ONE * self.total:
            for value in values:
                if number := sum(stretches.number_having(facet, value, marks) for stretches, marks, _ in self.parts):
                    counts[value] = number
            return counts
        picked = [pick(stretches.codes(facet)) for stretches, pick in self._pickers]
        codes: Mapping[int, int]
        if (different := self.values.number_of_codes(facet)) <= FEW_CODES:
            written = b"".join(map(bytes, picked))
            codes = {code: number for code in range(different) if (number := written.count(code))}
        else:
            codes = Counter(chain.from_iterable(picked))
        for code, number in codes.items():
            for value in self.values.told(facet, code):
                counts[value] += number
        return counts

    def years(self) -> Counter[int]:
        """How many are of each year."""
        if self._are_numbers_known:
            return Counter(in_years(self.places()))
        counts: Counter[int] = Counter()
        for stretches, marks, _ in self.parts:
            counts.update(stretches.in_years(marks))
        return counts

    def first_by_number(self, count: int) -> list[int]:
        """Places among which are those of the first entries, so many, in the order of numbers."""
        return _among_first([(*one, one[0].number_beginnings(one[1])) for one in self._numbers], count)

    def first_by_holder(self, count: int) -> list[int]:
        """The same in the order of holders, and of each by number."""
        of_holders = [pick(stretches.codes("holder")) for stretches, pick in self._pickers]
        by_key: dict[str, dict[int, int]] = {}
        for code, number in Counter(chain.from_iterable(of_holders)).items():
            by_key.setdefault(fold("".join(self.values.told("holder", code))), {})[code] = number
        whole: set[int] = set()
        cut: Collection[int] = ()
        for _, codes in sorted(by_key.items()):
            if sum(codes.values()) > count:
                cut = codes
                break
            whole.update(codes)
            count -= sum(codes.values())
        found = []
        keyed = []
        for (stretches, numbers), codes_of_all in zip(self._numbers, of_holders, strict=True):
            found += [stretches.places[number] for number, code in zip(numbers, codes_of_all, strict=True) if code in whole]
            some = [number for number, code in zip(numbers, codes_of_all, strict=True) if code in cut]
            keyed.append((stretches, some, stretches.number_beginnings(some)))
        return found + _among_first(keyed, count)


def _among_first(keyed: Sequence[tuple[Stretches, list[int], list[bytes]]], count: int) -> list[int]:
    """The places of what is given with the smallest keys, so many, and with those that are like the last of these."""
    # What is in the order of days is nearly in that of numbers: sorting all takes less time than keeping the smallest.
    smallest = sorted(chain.from_iterable(keys for _, _, keys in keyed))[:count]
    if not smallest:
        return []
    last = smallest[-1]
    return [
        stretches.places[number] for stretches, numbers, keys in keyed for number, key in zip(numbers, keys, strict=True) if key <= last
    ]


class LaidOut:
    """What is laid out of what has all words, of which there may be none: read once for all that a search asks of it.

    Where only what has the words `alone` is asked for, no stretch is read in which few have the first of them.
    """

    def __init__(self, session: Session, words: Sequence[str], *, alone: bool = False) -> None:
        self._session = session
        self._terms = [asked_term(word) for word in words]
        self._lacks_words = None in self._terms
        self._sought = (self._terms[0] if self._terms and alone else None) or _SIGN
        self._read: list[list[_Asked]] = []

    @property
    def is_any(self) -> bool:
        """Whether anything is laid out, though it be not of these words, unless it is asked for these alone. One statement, of those that
        `find` needs.
        """
        return next(self._batches(), None) is not None

    def find(
        self, chosen: Chosen, columns: Iterable[str], most: int, *, oldest: bool = False, places: Sequence[int] | None = None
    ) -> Found | None:
        """What has all words and of each facet one of the values chosen, until there are `most`; with `places`, what is at these, given in
        their order, whatever words it has.

        The stretches of the newest days are looked through first, or those of the `oldest`. None where the index is to be asked. Of what is
        found the facets among `columns` can be counted; with `NUMBERS`, or with the holder besides, it can be put into the order. One
        statement where many of the first have it, at most three where few have; and one for each `READ_AT_ONCE` of the stretches that are
        not kept.
        """
        if places is None and self._lacks_words:
            return None
        names = {name if name == NUMBERS else column_name(name) for name in (*chosen, *columns) if name != "year"}
        found = Found(_kept.values)
        begin, end = _days(chosen.get("year", ()))
        is_cut = False
        for asked in reversed([*self._batches()]) if oldest else self._batches():
            if (within := [one for one in asked if begin <= one.last and one.first <= end]) == []:
                continue
            self._lacks_words |= places is None and any(len(one.words) < len(self._terms) for one in asked)
            if (places is None and self._lacks_words) or (oldest and within[-1].last < end):
                return None
            there = None if places is None else _within(places, asked)
            if there is None or there:
                stretches = _known(self._session, asked, names)
                among = stretches.at(there) if stretches is not None and there is not None else None
                if stretches is None or (there is not None and among is None):
                    return None
                words = [b"".join(bits) for bits in zip(*(one.words for one in asked), strict=True)] if there is None else []
                marks = stretches.marked(words, chosen, among)
                number = marks.bit_count()
                if oldest and found.total + number > most:
                    marks = stretches.last(marks, number, most - found.total)
                    is_cut = number > (number := marks.bit_count())
                found.parts.append(Part(stretches, marks, number))
                found.total += number
                found.looked_through += stretches.size
            begin, end = (begin, within[0].first - 1) if oldest else (within[-1].last + 1, end)
            found.is_all = begin > end and not is_cut
            if found.is_all or found.total >= most:
                return found
        return None

    def _batches(self) -> Iterator[list[_Asked]]:
        """The stretches, so many as are looked through as one, up to where one is missing: so the same are one for every search."""
        begin = FIRST
        for number, most in enumerate(TOGETHER):
            if number == len(self._read):
                # Where few have a word, no other days are asked for any.
                terms = [] if self._lacks_words else [term for term in self._terms if term is not None]
                read = _read(self._session, self._sought, terms, begin, most)
                is_joined = all(one.last + 1 == other.first for one, other in pairwise(read))
                self._read.append(read if is_joined and read and read[0].first == begin else [])
            if not self._read[number]:
                return
            yield self._read[number]
            begin = self._read[number][-1].last + 1
            if begin > LAST:
                return


def _within(places: Sequence[int], asked: Sequence[_Asked]) -> Sequence[int]:
    """Those of the places that are of the days of these stretches."""
    return places[bisect_left(places, place(asked[0].first, 0)) : bisect_right(places, place(asked[-1].last, ID_MASK))]


def had_by_many(session: Session, words: Iterable[str]) -> frozenset[str]:
    """The words that many entries of some days have. One statement."""
    terms = {term: word for word in words if (term := asked_term(word)) is not None}
    found = rows(session.connection(), _names(len(terms)), {f"name{number}": term for number, term in enumerate(terms)}) if terms else ()
    return frozenset(terms[name] for (name,) in found)


def forget(session: Session, days: Iterable[int]) -> None:
    """Take away what is laid out of days, given as entries are sorted by them, as something of them changes."""
    changed = sorted(set(days))
    present = session.execute(
        select(CatalogueStretch.first, CatalogueStretch.last).where(CatalogueStretch.name.in_((PLACES, _BEGUN)))
    ).all()
    wrong = {first for first, last in present if bisect_left(changed, first) < bisect_left(changed, last + 1)}
    if wrong:
        session.execute(delete(CatalogueStretch).where(CatalogueStretch.first.in_(wrong)))


def lay_out(sessions: sessionmaker[Session], fewest: int = FEWEST, length: int = LENGTH) -> int:
    """Lay out what is missing, unless there are too few entries; gives how many stretches that were."""
    with sessions() as session:
        missing = _missing(session, length) if everything(session) >= fewest else []
    return sum(_lay_out(sessions, days) for days in missing)


def _lay_out(sessions: sessionmaker[Session], days: Days) -> bool:
    """Lay out one stretch; gives whether nobody changed anything of it meanwhile."""
    sign = token_bytes(16)
    with sessions.begin() as session:
        lock_for_writing(session)
        session.execute(delete(CatalogueStretch).where(CatalogueStretch.first == days[0], CatalogueStretch.name == _BEGUN))
        insert_rows(session, CatalogueStretch, _ROW, [(_BEGUN, *days, sign)])
    with sessions() as session:
        statement = select(*_ENTRY).where(CatalogueEntry.newest_key.between(*days))
        entries = session.execute(statement.order_by(CatalogueEntry.newest_key, CatalogueEntry.id)).mappings().all()
    held = laid_out([dict(entry) for entry in entries])
    with sessions.begin() as session:
        lock_for_writing(session)
        begun = delete(CatalogueStretch).where(CatalogueStretch.name == _BEGUN, CatalogueStretch.first == days[0])
        still = session.execute(begun.where(CatalogueStretch.held == sign).returning(CatalogueStretch.first)).all()
        if not still or session.scalar(_laid_out_within(days)) is not None:
            return False
        insert_rows(session, CatalogueStretch, _ROW, [(name, *days, data) for name, data in (held | {_SIGN: sign}).items()])
    return True


def _laid_out_within(days: Days) -> Select[int]:
    overlaps = (CatalogueStretch.first <= days[1], CatalogueStretch.last >= days[0])
    return select(CatalogueStretch.first).where(CatalogueStretch.name == PLACES, *overlaps).limit(1)


def _missing(session: Session, length: int) -> list[Days]:
    """The stretches that are to be laid out."""
    present = session.execute(
        select(CatalogueStretch.first, CatalogueStretch.last).where(CatalogueStretch.name == PLACES).order_by(CatalogueStretch.first)
    )
    missing: list[Days] = []
    begin = FIRST
    for first, last in (*present, (LAST + 1, LAST + 1)):
        if begin < first:
            missing += _parted(session, (begin, first - 1), length)
        begin = last + 1
    return missing


def _parted(session: Session, days: Days, length: int) -> Iterator[Days]:
    """Days, parted into as many stretches as there are whole lengths of entries."""
    key = CatalogueEntry.newest_key
    begin, entries = days[0], 0
    counted = session.execute(select(key, func.count()).where(key.between(*days)).group_by(key).order_by(key)).all()
    remaining = sum(number for _, number in counted)
    for day, number in counted:
        entries += number
        remaining -= number
        if entries >= length and remaining >= length:
            yield begin, day
            begin, entries = day + 1, 0
    yield begin, days[1]


def _days(years: Iterable[str]) -> Days:
    """The days from the first to the last that may be of these years."""
    known = sorted(map(int, years))
    if not known:
        return FIRST, LAST
    return day_key(date(known[-1], 12, 31), newest=True), day_key(date(known[0], 1, 1), newest=True)


class _Asked(NamedTuple):
    """A stretch of which the words were asked for: its days, its sign, and what is laid out of those words that are."""

    first: int
    last: int
    sign: bytes
    words: list[bytes]


def _read(session: Session, sought: str, terms: list[str], begin: int, most: int) -> list[_Asked]:
    """The first stretches from a day on that have something under a name, with these terms."""
    names = {f"name{number}": name for number, name in enumerate((_SIGN, *dict.fromkeys(terms)))}
    asked = {"sought": sought, "begin": begin, "most": most}
    found = rows(session.connection(), _stretches(len(names)), asked | names, binary=True)
    stretches = []
    for (first, last), some in groupby(found, key=itemgetter(0, 1)):
        held = {name: data for _, _, name, data in some}
        stretches.append(_Asked(first, last, held[_SIGN], [held[term] for term in terms if term in held]))
    return stretches


def _known(session: Session, asked: Sequence[_Asked], columns: Collection[str]) -> Stretches | None:
    """Stretches with these columns as one: as they are kept, or as they are read now; None where some are not there any more."""
    signs = tuple(one.sign for one in asked)
    known = _kept.get(signs)
    if known is not None and known.columns >= set(columns):
        return known
    if known is None:
        others = _kept.parts(signs)
        wanted = set(columns).union(*(one.columns for one in others.values()))
    else:
        others, wanted = {}, set(columns) - known.columns
    unknown = [one for one in asked if one.sign not in others or not others[one.sign].columns.keys() >= wanted]
    names = {f"name{number}": name for number, name in enumerate((_SIGN, PLACES, *sorted(wanted - {PLACES})))}
    read = dict(others)
    for begin in range(0, len(unknown), READ_AT_ONCE):
        # As they are laid out they take several times the room.
        firsts = {f"first{number}": one.first for number, one in enumerate(unknown[begin : begin + READ_AT_ONCE])}
        for _, some in groupby(
            rows(session.connection(), _columns(len(names), len(firsts)), names | firsts, binary=True), key=itemgetter(0)
        ):
            held = {name: data for _, name, data in some}
            if len(held) == len(names):
                read[held[_SIGN]] = _kept.told(held)
    if not read.keys() >= set(signs):
        return None
    return _kept.put(signs, [read[sign] for sign in signs])


class _Kept:
    """The stretches that were searched last as one, by their signs."""

    def __init__(self) -> None:
        self.values = Values()
        self._lock = Lock()
        self._together: OrderedDict[tuple[bytes, ...], Stretches] = OrderedDict()

    def get(self, signs: tuple[bytes, ...]) -> Stretches | None:
        """Those with these signs, with the columns that were read of them so far."""
        with self._lock:
            if (known := self._together.get(signs)) is not None:
                self._together.move_to_end(signs)
            return known

    def parts(self, signs: Collection[bytes]) -> dict[bytes, Stretch]:
        """Single stretches with these signs, of those that are kept together with others."""
        asked = set(signs)
        with self._lock:
            kept = [(some, number, known) for some, known in self._together.items() for number, one in enumerate(some) if one in asked]
        return {some[number]: known.stretch(number) for some, number, known in kept}

    def told(self, held: Mapping[str, bytes]) -> Stretch:
        """One stretch, of which this is laid out."""
        with self._lock:
            return stretch(held, self.values)

    def put(self, signs: tuple[bytes, ...], some: Sequence[Stretch]) -> Stretches:
        """Keep stretches as one, with the columns that each has; or these as well of those that are kept so."""
        with self._lock:
            known = self._together.pop(signs, None)
            if known is None:
                of_all = frozenset.intersection(*(frozenset(one.columns) for one in some))
                known = Stretches([Stretch(one.size, {name: one.columns[name] for name in of_all}) for one in some], self.values)
                # What was kept of any of them is of a catalogue that is no more.
                for old in [old for old in self._together if not set(signs).isdisjoint(old)]:
                    del self._together[old]
            else:
                known.take(some)
            self._together[signs] = known
            while len(self._together) > 1 and sum(map(len, self._together)) > MOST_KEPT:
                self._together.popitem(last=False)
            return known


_kept = _Kept()


@lru_cache(maxsize=64)
def _stretches(names: int) -> Select[int, int, str, bytes]:
    """Asks for so many names of the first stretches; made once, as making it takes longer than asking."""
    one = aliased(CatalogueStretch)
    first_signs = (one.name == bindparam("sought"), one.first >= bindparam("begin"))
    if names == 1:
        # Of the sign alone nothing has to be looked up by what was found first.
        signs = select(one.first, one.last, one.name, one.held).where(*first_signs)
        return signs.order_by(one.first).limit(bindparam("most"))
    among = select(one.first).where(*first_signs).order_by(one.first).limit(bindparam("most"))
    statement = select(CatalogueStretch.first, CatalogueStretch.last, CatalogueStretch.name, CatalogueStretch.held).where(
        CatalogueStretch.first.in_(among), CatalogueStretch.name.in_(_params("name", names))
    )
    return statement.order_by(CatalogueStretch.first)


@lru_cache(maxsize=256)
def _columns(names: int, firsts: int) -> Select[int, str, bytes]:
    """Asks for so many names of so many stretches."""
    statement = select(CatalogueStretch.first, CatalogueStretch.name, CatalogueStretch.held).where(
        CatalogueStretch.first.in_(_params("first", firsts)), CatalogueStretch.name.in_(_params("name", names))
    )
    return statement.order_by(CatalogueStretch.first)


@lru_cache(maxsize=64)
def _names(names: int) -> Select[str]:
    """Asks which of so many names anything stands under."""
    return select(CatalogueStretch.name).where(CatalogueStretch.name.in_(_params("name", names))).distinct()


def _params(name: str, count: int) -> list[BindParameter[Any]]:
    return [bindparam(f"{name}{number}") for number in range(count)]
