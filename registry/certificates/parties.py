"""Every holder, laboratory and product that the catalogue has, by name: what their index pages and exports show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from registry.certificates.catalogue import CatalogueEntry

PAGE_SIZE = 100
STREAM_ROWS = 500

_SLUGS: dict[str, tuple[Any, ...]] = {
    "holder": (CatalogueEntry.holder_slug,),
    "laboratory": (CatalogueEntry.laboratory_slug,),
    "product": (CatalogueEntry.holder_slug, CatalogueEntry.designation_slug),
}
_NAMES: dict[str, dict[str, Any]] = {
    "holder": {"name": CatalogueEntry.holder},
    "laboratory": {"name": CatalogueEntry.laboratory},
    "product": {"name": CatalogueEntry.designation, "holder": CatalogueEntry.holder},
}
COLUMNS = {of: (*names, *(("products",) if of != "product" else ()), "certificates", "newest") for of, names in _NAMES.items()}
"""What is told of each: its name, how many products and certificates there are, and the date of the newest."""


def index_total(session: Session, of: str) -> int:
    """How many there are of a kind (`holder`, `laboratory`, `product`). One statement."""
    slugs = _SLUGS[of]
    named = select(*slugs).where(*(slug.is_not(None) for slug in slugs)).distinct().subquery()
    return session.scalar(select(func.count()).select_from(named)) or 0


def index_page(session: Session, of: str, page: int) -> list[dict[str, Any]]:
    """One page of them, from 1, in the order of their names in addresses. One statement."""
    statement = _statement(of).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return [dict(row) for row in session.execute(statement).mappings()]


def index_rows(session: Session, of: str) -> Iterator[dict[str, Any]]:
    """All of them, some hundred at a time. One statement."""
    for row in session.execute(_statement(of).execution_options(yield_per=STREAM_ROWS)).mappings():
        yield dict(row)


def _statement(of: str) -> Select[Any]:
    slugs = _SLUGS[of]
    # Of spellings that are one in an address, any will do as long as it is always the same.
    names = [func.max(column).label(name) for name, column in _NAMES[of].items()]
    counts = [func.count().label("certificates"), func.max(CatalogueEntry.date).label("newest")]
    if of != "product":
        counts.insert(0, func.count(CatalogueEntry.designation_slug.distinct()).label("products"))
    places = [slug.label(f"slug_{place}") for place, slug in enumerate(slugs)]
    return select(*places, *names, *counts).where(*(slug.is_not(None) for slug in slugs)).group_by(*slugs).order_by(*slugs)
