"""How many entries of the whole catalogue have each value of each facet: kept in step by the projection, so that nobody has to count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, delete, func, or_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueTally
from registry.certificates.terms import facet_values

ALL = ""
"""Under this facet, and an empty value, stands the number of all entries."""

Change = Counter[tuple[str, str]]
_EVERYTHING = select(CatalogueTally.number).where(CatalogueTally.facet == ALL)


def changed_by(entries: Iterable[Mapping[str, Any]], step: int) -> Change:
    """What adding (`step` 1) or removing (-1) entries, given by their columns, changes."""
    change: Change = Counter()
    for entry in entries:
        change[ALL, ""] += step
        for facet in facet_values(entry):
            change[facet] += step
    return change


def apply(session: Session, change: Change) -> None:
    """Keep the change."""
    rows: list[dict[str, Any]] = [
        {"facet": facet, "value": value, "number": number} for (facet, value), number in sorted(change.items()) if number
    ]
    if not rows:
        return
    made: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = made(CatalogueTally)
    together = CatalogueTally.number + added.excluded.number
    session.execute(added.on_conflict_do_update(index_elements=["facet", "value"], set_={"number": together}), rows)
    if any(row["number"] < 0 for row in rows):
        session.execute(delete(CatalogueTally).where(CatalogueTally.number == 0))


def everything(session: Session) -> int:
    """How many entries there are."""
    return session.connection().scalar(_EVERYTHING) or 0


def had_by_many(session: Session, chosen: Mapping[str, Sequence[str]], one_in: int) -> frozenset[str]:
    """The facets of which one of the values chosen is had by at least one in so many of all entries. One statement."""
    picked = (and_(CatalogueTally.facet == name, CatalogueTally.value.in_(values)) for name, values in chosen.items())
    summed = select(CatalogueTally.facet, func.sum(CatalogueTally.number)).where(or_(CatalogueTally.facet == ALL, *picked))
    numbers: dict[str, int] = {row[0]: row[1] for row in session.connection().execute(summed.group_by(CatalogueTally.facet))}
    return frozenset(name for name in chosen if numbers.get(name, 0) * one_in >= numbers.get(ALL, 0))


def stored_counts(session: Session, names: Sequence[str], chosen: Mapping[str, tuple[str, ...]], most: int) -> dict[str, dict[str, int]]:
    """For each of the facets its `most` frequent values and the chosen ones, with how many of all entries have them. One statement."""
    statement = _frequent(tuple(names), most)
    picked = [_of_facet(name).where(CatalogueTally.value.in_(chosen[name])) for name in names if name in chosen]
    if picked:
        statement = union_all(*statement.selects, *picked)
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for facet, value, number in session.connection().execute(statement).all():
        found[facet][value] = number
    return found


@lru_cache(maxsize=16)
def _frequent(names: tuple[str, ...], most: int) -> CompoundSelect[Any]:
    """Asks for the most frequent values of each; made once, as making it takes longer than asking."""
    ordered = (_of_facet(name).order_by(CatalogueTally.number.desc(), CatalogueTally.value).limit(most) for name in names)
    return union_all(*(select(one.subquery()) for one in ordered))


def _of_facet(name: str) -> Select[str, str, int]:
    return select(CatalogueTally.facet, CatalogueTally.value, CatalogueTally.number).where(CatalogueTally.facet == name)
