"""The catalogue laid out in stretches (`registry.certificates.stretches`): a copy for what many entries have, and of nothing else.

Who changes an entry takes away, in the same transaction, every stretch that its day is in. So what is laid out is never older than the
catalogue: it may be missing, and then the index is asked. A chore lays out what is missing, of a catalogue that is large enough. It takes
a stretch's worth of time without keeping anybody from writing: the stretch is begun with a sign of its own, which a writer takes away like
what is laid out, and is only put in its place where the sign still stands. There the sign stays with it: nothing else is ever laid
out under it. So a process keeps what it has read of the stretches that it searched last, and knows by their signs whether they are still
the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain, groupby, islice, takewhile
from operator import itemgetter
from secrets import token_bytes
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, delete, func, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from registry.bulk import insert_rows
from registry.certificates.catalogue import CatalogueEntry, CatalogueStretch, day_key
from registry.certificates.places import ID_MASK
from registry.certificates.stretches import PLACES, Marks, Stretch, column_name, laid_out
from registry.certificates.tallies import everything
from registry.certificates.terms import FACETS, asked_term, facet_column
from registry.db import lock_for_writing
from registry.quick import rows

FEWEST = 20_000
"""Of fewer entries nothing is laid out: the index is as fast."""

LENGTH = 6_000
"""Entries that a stretch is to have at least; one day is never parted."""

FIRST_READ, THEN_READ = 4, 20
"""Stretches that are looked through at once, then as many more, and again where it is likely that they will do."""

OLDEST_TIMES = 9
"""How often more are looked through from the oldest days on, where what is asked for may have begun late."""

FIRST, LAST = -day_key(None), day_key(None)
"""The ends of all days, as entries are sorted by them where the newest comes first."""

_BEGUN = "?"
"""Under this name stands the sign that a stretch is begun; no word and no facet is like it."""

_SIGN = "!"
"""Under this name stands the same sign when it is laid out."""

MOST_KEPT = 120
"""Stretches that a process keeps; each takes some 300 kB with all facets. No more are looked through in place of the index."""

_ENTRY = [getattr(CatalogueEntry, name) for name in ("id", "newest_key", "search_text", *map(facet_column, FACETS))]
_ROW = ("name", "first", "last", "held")
Days = tuple[int, int]
Chosen = Mapping[str, Sequence[str]]


@dataclass
class Found:
    """What has some words and facets: the marked entries of stretches, as they were looked through. `is_all`: there are no others."""

    parts: list[tuple[Stretch, Marks]] = field(default_factory=list)
    total: int = 0
    is_all: bool = False

    @cached_property
    def _numbers(self) -> list[Sequence[int]]:
        """Of each stretch which entries it is: asked once, for all that is told of them."""
        return [stretch.numbers(marks) for stretch, marks in self.parts]

    def places(self, most: int) -> list[int]:
        """The first places."""
        found = (map(stretch.places.__getitem__, numbers) for (stretch, _), numbers in zip(self.parts, self._numbers, strict=True))
        return list(islice(chain.from_iterable(found), most))

    def whole_days(self, most: int) -> list[int]:
        """The first places, and those after them of the same day."""
        found: list[int] = []
        for stretch, marks in self.parts:
            picked = stretch.pick(stretch.places, marks)
            found += islice(picked, most - len(found))
            if len(found) >= most:
                return [*found, *takewhile((found[-1] | ID_MASK).__ge__, picked)]
        return found

    def counts(self, facet: str, most: int) -> Counter[str]:
        """How many of the first have each value of a facet that was asked for."""
        told: Counter[tuple[str, ...]] = Counter()
        for (stretch, _), numbers in zip(self.parts, self._numbers, strict=True):
            told.update(stretch.values(facet, numbers[:most]))
            most -= min(most, len(numbers))
        counts: Counter[str] = Counter()
        for values, number in told.items():
            for value in values:
                counts[value] += number
        return counts


def find(
    session: Session, words: Sequence[str], chosen: Chosen, counted: Iterable[str], most: int, *, oldest: bool = False
) -> Found | None:
    """What has all words and of each facet one of the values chosen, of which there is at least one, until there are `most`.

    The stretches of the newest days are looked through first, or those of the `oldest`. None where the index is to be asked. Of what is
    found the facets in `counted` can be counted. One statement, or two where few of many have it, and some more where very few have, or
    for the oldest. Each has another one beside it where some of the stretches are not kept.
    """
    terms = [asked_term(word) for word in words]
    if None in terms:
        return None
    columns = {column_name(name) for name in (*chosen, *counted) if name != "year"}
    found = Found()
    begin, end = _days(chosen.get("year", ()))
    more_times = OLDEST_TIMES if oldest else MOST_KEPT // THEN_READ
    for times, stretches in enumerate((FIRST_READ, *(THEN_READ,) * more_times)):
        if times > 1 and not oldest and len(found.parts) * most > found.total * MOST_KEPT:
            # At this rate more would have to be looked through than are kept.
            return None
        asked = _read(session, [str(term) for term in terms], (begin, end), stretches, oldest)
        known = _known(session, asked, columns)
        for first, last, sign, held in asked:
            stretch = known.get(sign)
            if stretch is None or (last < end if oldest else first > begin) or len(held) < len(terms):
                return None
            marks = stretch.marked(held, chosen)
            found.parts.append((stretch, marks))
            found.total += marks.bit_count()
            begin, end = (begin, first - 1) if oldest else (last + 1, end)
            found.is_all = begin > end
            if found.is_all or found.total >= most:
                return found
        if not found.parts:
            return None
    return None


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


def _read(session: Session, terms: list[str], days: Days, most: int, oldest: bool) -> list[_Asked]:
    """The first stretches of these days, or the last, that have the first of these terms."""
    names = {f"name{number}": name for number, name in enumerate((_SIGN, *dict.fromkeys(terms)))}
    asked = {"word": terms[0] if terms else _SIGN, "begin": days[0], "end": days[1], "most": most}
    found = rows(session.connection(), _stretches(len(names), oldest), asked | names, binary=True)
    stretches = []
    for (first, last), some in groupby(found, key=itemgetter(0, 1)):
        held = {name: data for _, _, name, data in some}
        stretches.append(_Asked(first, last, held[_SIGN], [held[term] for term in terms if term in held]))
    return stretches


def _known(session: Session, asked: Sequence[_Asked], columns: Collection[str]) -> dict[bytes, Stretch]:
    """Stretches with these columns, by their signs: those that are kept, and the others as they are read now, if they still are there."""
    known = {one.sign: stretch for one in asked if (stretch := _kept.get(one.sign)) is not None and not stretch.lacks(columns)}
    unknown = [one.first for one in asked if one.sign not in known]
    if unknown:
        names = {f"name{number}": name for number, name in enumerate((_SIGN, PLACES, *columns))}
        firsts = {f"first{number}": first for number, first in enumerate(unknown)}
        found = rows(session.connection(), _columns(len(names), len(firsts)), names | firsts, binary=True)
        for _, some in groupby(found, key=itemgetter(0)):
            held = {name: data for _, name, data in some}
            known[held[_SIGN]] = _kept.put(held[_SIGN], held)
    return known


class _Kept:
    """The stretches that were searched last, by their signs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stretches: OrderedDict[bytes, Stretch] = OrderedDict()

    def get(self, sign: bytes) -> Stretch | None:
        """The stretch with this sign, with the columns that were read of it so far."""
        with self._lock:
            if (stretch := self._stretches.get(sign)) is not None:
                self._stretches.move_to_end(sign)
            return stretch

    def put(self, sign: bytes, held: Mapping[str, bytes]) -> Stretch:
        """Keep a stretch of which this is held, or this as well."""
        with self._lock:
            stretch = self._stretches.pop(sign, None)
            if stretch is None:
                stretch = Stretch(held)
            else:
                stretch.take(held)
            self._stretches[sign] = stretch
            if len(self._stretches) > MOST_KEPT:
                self._stretches.popitem(last=False)
            return stretch


_kept = _Kept()


@lru_cache(maxsize=64)
def _stretches(names: int, oldest: bool) -> Select[int, int, str, bytes]:
    """Asks for so many names of the stretches that have a word; made once, as making it takes longer than asking."""
    one = aliased(CatalogueStretch)
    among = select(one.first).where(one.name == bindparam("word"), one.last >= bindparam("begin"), one.first <= bindparam("end"))
    among = among.order_by(one.first.desc() if oldest else one.first).limit(bindparam("most"))
    statement = select(CatalogueStretch.first, CatalogueStretch.last, CatalogueStretch.name, CatalogueStretch.held).where(
        CatalogueStretch.first.in_(among), CatalogueStretch.name.in_(_params("name", names))
    )
    return statement.order_by(CatalogueStretch.first.desc() if oldest else CatalogueStretch.first)


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
