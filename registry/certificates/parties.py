"""Every holder, laboratory and product that the catalogue has, by name: what their index pages and exports show."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from registry.bulk import POSTGRESQL
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.words import company_slug, slug

PAGE_SIZE = 100
STREAM_ROWS = 500

_SAME: dict[str, tuple[Any, ...]] = {
    "holder": (CatalogueEntry.company_key, CatalogueEntry.apart_key),
    "laboratory": (CatalogueEntry.laboratory_slug,),
    "product": (CatalogueEntry.company_key, CatalogueEntry.apart_key, CatalogueEntry.designation_slug),
}
"""What is alike for all entries of one: a company is one line, whichever of its spellings is in the address, and no other company's, as
devices and offers are held against it.
"""
_SLUGS: dict[str, tuple[Any, ...]] = {
    "holder": (CatalogueEntry.holder_slug,),
    "laboratory": (CatalogueEntry.laboratory_slug,),
    "product": (CatalogueEntry.holder_slug, CatalogueEntry.designation_slug),
}


class _Name(NamedTuple):
    """One of the names of what is listed: its column, which of the slugs is made of it, and how."""

    column: Any
    place: int
    slug_of: Callable[[str], str | None]


_HOLDER = _Name(CatalogueEntry.holder, 0, company_slug)
_NAMES: dict[str, dict[str, _Name]] = {
    "holder": {"name": _HOLDER},
    "laboratory": {"name": _Name(CatalogueEntry.laboratory, 0, slug)},
    "product": {"name": _Name(CatalogueEntry.designation, 1, slug), "holder": _HOLDER},
}
COLUMNS = {
    of: (*names, *(("products",) if of != "product" else ()), "certificates", "newest", *(("spellings",) if of != "product" else ()))
    for of, names in _NAMES.items()
}
"""What is told of each: its name, how many products and certificates there are, the date of the newest, and how else it is written."""


def index_total(session: Session, of: str) -> int:
    """How many there are of a kind (`holder`, `laboratory`, `product`). One statement."""
    named = select(*_SAME[of]).where(*(part.is_not(None) for part in _SLUGS[of])).distinct().subquery()
    return session.scalar(select(func.count()).select_from(named)) or 0


def index_page(session: Session, of: str, page: int) -> list[dict[str, Any]]:
    """One page of them, from 1, in the order of their names. One statement."""
    statement = _statement(session, of).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return [_told(dict(row), of) for row in session.execute(statement).mappings()]


def index_rows(session: Session, of: str) -> Iterator[dict[str, Any]]:
    """All of them, some hundred at a time. One statement."""
    for row in session.execute(_statement(session, of).execution_options(yield_per=STREAM_ROWS)).mappings():
        yield _told(dict(row), of)


def _statement(session: Session, of: str) -> Select[Any]:
    same, slugs = _SAME[of], _SLUGS[of]
    # Of several addresses any will do as long as it is always the same; all of them lead to the whole company.
    columns = [func.min(part).label(f"slug_{place}") for place, part in enumerate(slugs)]
    columns += [_each(session, name.column).label(label) for label, name in _NAMES[of].items()]
    columns += [func.count().label("certificates"), func.max(CatalogueEntry.date).label("newest")]
    if of != "product":
        columns.append(func.count(CatalogueEntry.designation_slug.distinct()).label("products"))
    return select(*columns).where(*(part.is_not(None) for part in slugs)).group_by(*same).order_by(*same)


def _each(session: Session, column: Any) -> Any:
    """All values of a group, each once."""
    if session.get_bind().dialect.name == POSTGRESQL:
        return func.array_agg(column.distinct())
    return func.json_group_array(column.distinct())


def _told(row: dict[str, Any], of: str) -> dict[str, Any]:
    """A row with one spelling of each name, where there are several one of the address, and how else it is written."""
    for label, name in _NAMES[of].items():
        spelt = json.loads(row[label]) if isinstance(row[label], str) else row[label]
        row[label] = max(spelt, key=lambda one: (name.slug_of(one) == row[f"slug_{name.place}"], one))
        if label == "name":
            row["spellings"] = sorted(set(spelt) - {row[label]})
    return row
