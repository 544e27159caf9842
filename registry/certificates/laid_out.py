"""What is laid out of the catalogue (`registry.certificates.layout`), as searches read it: once, for a process keeps what it has read.

Each stretch has a sign, under which nothing else is ever laid out, and all stretches together have one as long as none is missing. So one
statement tells a process whether what it keeps is what is laid out now.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache, reduce
from itertools import accumulate, pairwise
from operator import and_
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueStretch, day_key
from registry.certificates.codes import Values
from registry.certificates.found import Found, Part
from registry.certificates.layout import FIRST, LAST, SIGN, SIGN_OF_ALL, Days
from registry.certificates.marks import Bits, Numbered, Some, with_these
from registry.certificates.places import ID_MASK, place
from registry.certificates.stretches import NUMBERS, PLACES, Stretch, Stretches, Word, column_name, stretch
from registry.certificates.terms import asked_term
from registry.quick import Row, rows

TOGETHER = (4, 40, 400)
"""So many stretches are looked through as one, from the newest on, then as many more; then the index is asked."""

READ_AT_ONCE = 20
"""Stretches of which the columns that are not kept are read by one statement: as they are laid out they take several times the room."""

MOST_KEPT = 600
"""Stretches that a process keeps, more than are looked through; each takes some 300 kB with most columns, choices and words."""

MOST_LAYOUTS = 4
"""Of so many states of catalogues it is kept which stretches there are."""

Chosen = Mapping[str, Sequence[str]]


class Group(NamedTuple):
    """Stretches that are looked through as one: the days of each, and their signs."""

    days: tuple[Days, ...]
    signs: tuple[bytes, ...]

    @property
    def first(self) -> int:
        """The first day of all."""
        return self.days[0][0]

    @property
    def last(self) -> int:
        """The last day of all."""
        return self.days[-1][1]


class LaidOut:
    """What is laid out of what has all words, of which there may be none: asked for once for all that a search wants of it.

    `between` asks the index for what has all words from one place to another; it gives None where there is more than it is to be asked for.
    It is asked for the stretches in which few have a word that many have in others.
    """

    def __init__(self, session: Session, words: Sequence[str], between: Callable[[int, int], Sequence[int] | None]) -> None:
        self._session = session
        self._terms = [asked_term(word) for word in words]
        self._between = between

    @property
    def is_any(self) -> bool:
        """Whether anything is laid out, though it be not of these words. One statement, of those that `find` needs."""
        return bool(self._groups)

    def find(
        self, chosen: Chosen, columns: Iterable[str], most: int, *, oldest: bool = False, places: Sequence[int] | None = None
    ) -> Found | None:
        """What has all words and of each facet one of the values chosen, until there are `most`; with `places`, what is at these, given in
        their order, whatever words it has.

        The stretches of the newest days are looked through first, or those of the `oldest`. None where the index is to be asked. Of what is
        found the facets among `columns` can be counted; with `NUMBERS`, or with the holder besides, it can be put into the order. One
        statement where all is kept, and one more for each catalogue that it was not asked for since the last change; one for the words that
        were not asked for before, of each group of stretches, and one for each `READ_AT_ONCE` of these that are not kept.
        """
        names = {name if name == NUMBERS else column_name(name) for name in (*chosen, *columns) if name != "year"}
        found = Found(_kept.values)
        begin, end = _days(chosen.get("year", ()))
        is_cut = False
        if oldest and (not self._groups or self._groups[-1].last < end):
            return None
        for group in reversed(self._groups) if oldest else self._groups:
            if group.last < begin or end < group.first:
                continue
            there = None if places is None else _of_days(places, group.first, group.last)
            if there is None or there:
                stretches = _stretches(self._session, group, names)
                some = self._some(group, stretches, chosen, there) if stretches is not None else None
                if stretches is None or some is None:
                    return None
                if oldest and found.total + some.number > most:
                    of_days = stretches.last_days(some, most - found.total)
                    is_cut = len(of_days) < some.number
                    some = Numbered(of_days)
                found.parts.append(Part(stretches, some))
            begin, end = (begin, group.first - 1) if oldest else (group.last + 1, end)
            found.is_all = begin > end and not is_cut
            if found.is_all or found.total >= most:
                return found
        return None

    def _some(self, group: Group, stretches: Stretches, chosen: Chosen, places: Sequence[int] | None) -> Some | None:
        if places is not None:
            return stretches.numbered(places, chosen)
        words = self._words(group, stretches)
        return stretches.marked(words, chosen) if words is not None else None

    def _words(self, group: Group, stretches: Stretches) -> list[Bits] | None:
        """What has all words; None where few have one of them everywhere, or more than can be asked of the index."""
        terms = [term for term in self._terms if term is not None]
        if not terms or len(terms) < len(self._terms):
            return None if self._terms else []
        together = " ".join(terms)
        if (known := stretches.word(together)) is not None and not known.lacking:
            return [known.bits]
        words = _of_terms(self._session, group, stretches, terms)
        if words is None or not self._are_common:
            return None
        bits = reduce(and_, (word.bits for word in words))
        if lacking := sorted({at for word in words for at in word.lacking}):
            days = [group.days[at] for at in lacking]
            if (rest := self._between(place(days[0][0], 0), place(days[-1][1], ID_MASK))) is None:
                return None
            numbered = stretches.numbered([at for first, last in days for at in _of_days(rest, first, last)], {})
            if numbered is None:
                return None
            bits = with_these(bits, numbered.numbers)
        if lacking or len(terms) > 1:
            stretches.learn_whole(together, bits)
        return [bits]

    @cached_property
    def _are_common(self) -> bool:
        """Whether each word is had by many in some stretch."""
        missing = {term for term in self._terms if term is not None}
        for group in self._groups:
            stretches = _stretches(self._session, group, ())
            words = _of_terms(self._session, group, stretches, sorted(missing)) if stretches is not None else None
            if words is None:
                return False
            missing -= {term for term, word in zip(sorted(missing), words, strict=True) if len(word.lacking) < len(group.days)}
            if not missing:
                return True
        return False

    @cached_property
    def _groups(self) -> Sequence[Group]:
        """The stretches from the first day on, up to where one is missing: so the same are one for every search."""
        found = rows(self._session.connection(), _SIGN_OF_ALL_OR_SIGNS, {}, binary=True)
        sign_of_all = _sign_of_all(found)
        if sign_of_all is not None and (known := _kept.groups(sign_of_all)) is not None:
            return known
        if sign_of_all is not None:
            found = rows(self._session.connection(), _SIGNS, {}, binary=True)
            sign_of_all = _sign_of_all(found)
        signs = {(first, last): bytes(held) for first, last, name, held in found if name == SIGN}
        known = _grouped(sorted(signs), signs)
        if sign_of_all is not None:
            _kept.keep_groups(sign_of_all, known)
        return known


def _sign_of_all(found: Sequence[Row]) -> bytes | None:
    return next((bytes(held) for _, _, name, held in found if name == SIGN_OF_ALL), None)


def _grouped(days: Sequence[Days], signs: Mapping[Days, bytes]) -> tuple[Group, ...]:
    if not days or days[0][0] != FIRST:
        return ()
    gap = next((at for at, (one, other) in enumerate(pairwise(days), 1) if one[1] + 1 != other[0]), len(days))
    ends = [0, *accumulate(TOGETHER)]
    parts = [tuple(days[begin : min(end, gap)]) for begin, end in pairwise(ends) if begin < gap]
    return tuple(Group(part, tuple(signs[one] for one in part)) for part in parts)


def _of_days(places: Sequence[int], first: int, last: int) -> Sequence[int]:
    """Those of the places, given in their order, that are of these days."""
    return places[bisect_left(places, place(first, 0)) : bisect_right(places, place(last, ID_MASK))]


def _of_terms(session: Session, group: Group, stretches: Stretches, terms: Sequence[str]) -> list[Word] | None:
    """What has each of the terms; None where some of the stretches are not there any more."""
    known = {term: stretches.word(term) for term in terms}
    unknown = [term for term, word in known.items() if word is None]
    if unknown:
        held = _read(session, group.days, unknown)
        if [held.get(first, {}).get(SIGN) for first, _ in group.days] != [*group.signs]:
            return None
        for term in unknown:
            known[term] = stretches.learn(term, [held[first].get(term) for first, _ in group.days])
    return [word for word in known.values() if word is not None]


def _days(years: Iterable[str]) -> Days:
    """The days from the first to the last that may be of these years."""
    known = sorted(map(int, years))
    if not known:
        return FIRST, LAST
    return day_key(date(known[-1], 12, 31), newest=True), day_key(date(known[0], 1, 1), newest=True)


def _stretches(session: Session, group: Group, columns: Collection[str]) -> Stretches | None:
    """Stretches with these columns as one: as they are kept, or as they are read now; None where some are not there any more."""
    known = _kept.get(group.signs)
    if known is not None and known.columns >= set(columns):
        return known
    if known is None:
        read = _kept.parts(group.signs)
        wanted = set(columns).union(*(one.columns for one in read.values()), (PLACES,))
    else:
        read, wanted = {}, set(columns) - known.columns | {PLACES}
    enough = {sign for sign, one in read.items() if one.columns.keys() >= wanted}
    unknown = [days for days, sign in zip(group.days, group.signs, strict=True) if sign not in enough]
    for begin in range(0, len(unknown), READ_AT_ONCE):
        some = unknown[begin : begin + READ_AT_ONCE]
        for held in _read(session, some, sorted(wanted)).values():
            if len(held) == len(wanted) + 1:
                read[held[SIGN]] = _kept.told(held)
    if not read.keys() >= set(group.signs):
        return None
    return _kept.put(group.signs, [read[sign] for sign in group.signs])


def _read(session: Session, days: Sequence[Days], names: Sequence[str]) -> dict[int, dict[str, bytes]]:
    """What stands under these names, and the sign, of the stretches of these days and of any between them, by the first day of each."""
    asked = {f"name{number}": name for number, name in enumerate((SIGN, *names))} | {"begin": days[0][0], "end": days[-1][0]}
    found: dict[int, dict[str, bytes]] = {}
    for first, name, held in rows(session.connection(), _held(1 + len(names)), asked, binary=True):
        found.setdefault(first, {})[name] = bytes(held)
    return found


class _Kept:
    """The stretches that were searched last as one, by their signs; and which there are, by the sign of all."""

    def __init__(self) -> None:
        self.values = Values()
        self._lock = Lock()
        self._together: OrderedDict[tuple[bytes, ...], Stretches] = OrderedDict()
        self._groups: OrderedDict[bytes, tuple[Group, ...]] = OrderedDict()

    def groups(self, sign_of_all: bytes) -> tuple[Group, ...] | None:
        """The stretches that there are under this sign."""
        return self._groups.get(sign_of_all)

    def keep_groups(self, sign_of_all: bytes, groups: tuple[Group, ...]) -> None:
        """Keep which there are."""
        with self._lock:
            self._groups[sign_of_all] = groups
            while len(self._groups) > MOST_LAYOUTS:
                self._groups.popitem(last=False)

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

_SIGNED = select(CatalogueStretch.first, CatalogueStretch.last, CatalogueStretch.name, CatalogueStretch.held)
_HAVE_SIGN_OF_ALL = CatalogueStretch.name == literal_column(f"'{SIGN_OF_ALL}'")
_HAVE_SIGN = CatalogueStretch.name == literal_column(f"'{SIGN}'")
_SIGNS = _SIGNED.where(or_(_HAVE_SIGN_OF_ALL, _HAVE_SIGN))
_SIGN_OF_ALL_OR_SIGNS = union_all(
    _SIGNED.where(_HAVE_SIGN_OF_ALL),
    _SIGNED.where(_HAVE_SIGN, ~select(CatalogueStretch.name).where(_HAVE_SIGN_OF_ALL).correlate(None).exists()),
)


@lru_cache(maxsize=64)
def _held(names: int) -> Select[int, str, bytes]:
    """Asks for so many names of some stretches; made once, as making it takes longer than asking."""
    asked: list[BindParameter[Any]] = [bindparam(f"name{number}") for number in range(names)]
    return select(CatalogueStretch.first, CatalogueStretch.name, CatalogueStretch.held).where(
        CatalogueStretch.name.in_(asked), CatalogueStretch.first.between(bindparam("begin"), bindparam("end"))
    )
