"""The catalogue laid out in stretches (`registry.certificates.stretches`): a copy for what many entries have, and of nothing else.

Who changes an entry takes away, in the same transaction, every stretch that its day is in. So what is laid out is never older than the
catalogue: it may be missing, and then the index is asked. A chore lays out what is missing, of a catalogue that is large enough. It takes
a stretch's worth of time without keeping anybody from writing: the stretch is begun with a sign of its own, which a writer takes away like
what is laid out, and is only put in its place where the sign still stands. There the sign stays with it: nothing else is ever laid
out under it. When none is missing, all of them get a sign as well, which a writer takes away with any of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from secrets import token_bytes

from sqlalchemy import BindParameter, Select, bindparam, delete, func, or_, select
from sqlalchemy.orm import Session, sessionmaker

from registry.bulk import insert_rows
from registry.certificates.catalogue import CatalogueEntry, CatalogueStretch, day_key
from registry.certificates.stretches import PLACES, laid_out
from registry.certificates.tallies import everything
from registry.certificates.terms import FACETS, asked_term, facet_column
from registry.db import lock_for_writing
from registry.quick import rows

FEWEST = 1_000
"""Of fewer entries nothing is laid out: the index is fast enough."""

LENGTH = 6_000
"""Entries that a stretch is to have at least; one day is never parted."""

FIRST, LAST = -day_key(None), day_key(None)
"""The ends of all days, as entries are sorted by them where the newest comes first."""

BEGUN = "?"
"""Under this name stands the sign that a stretch is begun; no word and no facet is like it."""

SIGN = "!"
"""Under this name stands the same sign when it is laid out."""

SIGN_OF_ALL = "*"
"""Under this name stands the sign of all stretches together, as long as none is missing."""

_ENTRY = [getattr(CatalogueEntry, name) for name in ("id", "newest_key", "number_key", "search_text", *map(facet_column, FACETS))]
_ROW = ("name", "first", "last", "held")
Days = tuple[int, int]


def had_by_many(session: Session, words: Iterable[str]) -> frozenset[str]:
    """The words that many entries of some days have. One statement."""
    terms = {term: word for word in words if (term := asked_term(word)) is not None}
    found = rows(session.connection(), _names(len(terms)), {f"name{number}": term for number, term in enumerate(terms)}) if terms else ()
    return frozenset(terms[name] for (name,) in found)


def forget(session: Session, days: Iterable[int]) -> None:
    """Take away what is laid out of days, given as entries are sorted by them, as something of them changes."""
    changed = sorted(set(days))
    present = session.execute(select(CatalogueStretch.first, CatalogueStretch.last).where(CatalogueStretch.name.in_((PLACES, BEGUN)))).all()
    wrong = {first for first, last in present if bisect_left(changed, first) < bisect_left(changed, last + 1)}
    if wrong:
        session.execute(delete(CatalogueStretch).where(or_(CatalogueStretch.first.in_(wrong), CatalogueStretch.name == SIGN_OF_ALL)))


def lay_out(sessions: sessionmaker[Session], fewest: int = FEWEST, length: int = LENGTH) -> int:
    """Lay out what is missing, unless there are too few entries; gives how many stretches that were."""
    with sessions() as session:
        missing = _missing(session, length) if everything(session) >= fewest else []
    number = sum(_lay_out(sessions, days) for days in missing)
    _sign_all(sessions)
    return number


def _lay_out(sessions: sessionmaker[Session], days: Days) -> bool:
    """Lay out one stretch; gives whether nobody changed anything of it meanwhile."""
    sign = token_bytes(16)
    with sessions.begin() as session:
        lock_for_writing(session)
        session.execute(delete(CatalogueStretch).where(CatalogueStretch.first == days[0], CatalogueStretch.name == BEGUN))
        insert_rows(session, CatalogueStretch, _ROW, [(BEGUN, *days, sign)])
    with sessions() as session:
        statement = select(*_ENTRY).where(CatalogueEntry.newest_key.between(*days))
        entries = session.execute(statement.order_by(CatalogueEntry.newest_key, CatalogueEntry.id)).mappings().all()
    held = laid_out([dict(entry) for entry in entries])
    with sessions.begin() as session:
        lock_for_writing(session)
        begun = delete(CatalogueStretch).where(CatalogueStretch.name == BEGUN, CatalogueStretch.first == days[0])
        still = session.execute(begun.where(CatalogueStretch.held == sign).returning(CatalogueStretch.first)).all()
        if not still or session.scalar(_laid_out_within(days)) is not None:
            return False
        insert_rows(session, CatalogueStretch, _ROW, [(name, *days, data) for name, data in (held | {SIGN: sign}).items()])
    return True


def _sign_all(sessions: sessionmaker[Session]) -> None:
    """Give all stretches a sign together, where none is missing and they have none."""
    with sessions() as session:
        if not _is_whole(session):
            return
    with sessions.begin() as session:
        lock_for_writing(session)
        if _is_whole(session):
            insert_rows(session, CatalogueStretch, _ROW, [(SIGN_OF_ALL, FIRST, LAST, token_bytes(16))])


def _is_whole(session: Session) -> bool:
    """Whether no stretch is missing, and all together have no sign yet."""
    of_stretches = CatalogueStretch.name.in_((SIGN, SIGN_OF_ALL))
    known = session.execute(select(CatalogueStretch.first, CatalogueStretch.last, CatalogueStretch.name).where(of_stretches)).all()
    days = sorted((first, last) for first, last, name in known if name == SIGN)
    if len(days) < len(known) or not days:
        return False
    return (days[0][0], days[-1][1]) == (FIRST, LAST) and all(one[1] + 1 == other[0] for one, other in pairwise(days))


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


@lru_cache(maxsize=64)
def _names(names: int) -> Select[str]:
    """Asks which of so many names anything stands under; made once, as making it takes longer than asking."""
    asked: list[BindParameter[str]] = [bindparam(f"name{number}") for number in range(names)]
    return select(CatalogueStretch.name).where(CatalogueStretch.name.in_(asked)).distinct()
