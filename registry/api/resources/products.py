"""Products, those who hold and test them, and several of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from registry import wording
from registry.accounts.access import anybody
from registry.api.answers import page_of
from registry.api.part import Part
from registry.api.problems import Refused
from registry.api.shapes.products import CompareArguments, ComparisonShape, PageArgument, PartiesPage, PartyShape, ProductShape
from registry.certificates import parties, serial
from registry.certificates import products as store
from registry.certificates.comparing import compare
from registry.errors import CannotBegin, RegistryError
from registry.site import site

products = Part("products", "Products, their holders and laboratories, and comparisons.")


@products.operation("GET", "/products", query=PageArgument, gives=PartiesPage, is_paged=True)
@anybody
def list_products(query: Mapping[str, Any]) -> Any:
    """All products by name, a hundred a page."""
    return _index("product", query["page"])


@products.operation("GET", "/holders", query=PageArgument, gives=PartiesPage, is_paged=True)
@anybody
def list_holders(query: Mapping[str, Any]) -> Any:
    """All certificate holders by name, a hundred a page."""
    return _index("holder", query["page"])


@products.operation("GET", "/laboratories", query=PageArgument, gives=PartiesPage, is_paged=True)
@anybody
def list_laboratories(query: Mapping[str, Any]) -> Any:
    """All test laboratories by name, a hundred a page."""
    return _index("laboratory", query["page"])


@products.operation("GET", "/products/<holder>/<slug>", gives=ProductShape)
@anybody
def get_product(holder: str, slug: str) -> Any:
    """A product: its versions, and what its certificates cover together at each."""
    with site().sessions() as session:
        found = store.product(session, holder, slug)
    if found is None:
        raise Refused(404, f"This registry knows no product {slug[:80]} of {holder[:80]}: search for it by a part of its name.")
    return serial.product_json(found)


@products.operation("GET", "/holders/<slug>", gives=PartyShape)
@anybody
def get_holder(slug: str) -> Any:
    """A certificate holder with its products."""
    with site().sessions() as session:
        found = store.holder(session, slug)
    if found is None:
        raise Refused(404, f"This registry knows no holder {slug[:80]}: search for it by a part of its name.")
    return serial.party_json(found)


@products.operation("GET", "/laboratories/<slug>", gives=PartyShape)
@anybody
def get_laboratory(slug: str) -> Any:
    """A test laboratory with the products that it tested."""
    with site().sessions() as session:
        found = store.laboratory(session, slug)
    if found is None:
        raise Refused(404, f"This registry knows no laboratory {slug[:80]}: search for it by a part of its name.")
    return serial.party_json(found)


@products.operation("GET", "/compare", query=CompareArguments, gives=ComparisonShape, fails={404: "One of them is not in this registry."})
@anybody
def compare_sides(query: Mapping[str, Any]) -> Any:
    """Two to four certificates or products side by side, differences first."""
    try:
        with site().sessions() as session:
            found = compare(session, query.get("certificate", ()), query.get("product", ()))
    except CannotBegin:
        raise
    except RegistryError as error:
        status = 404 if "knows no" in str(error) else 422
        raise Refused(status, wording.sentence(error)) from error
    return serial.comparison_json(found)


def _index(of: str, page: int) -> Any:
    with site().sessions() as session:
        total = parties.index_total(session, of)
        rows = parties.index_page(session, of, page)
    pages = max(1, -(-total // parties.PAGE_SIZE))
    links, following = page_of(page, pages)
    told = [_row_json(of, row) for row in rows]
    return {"total": total, "page": page, "pages": pages, "next": following, "members": told}, 200, links


def _row_json(of: str, row: Mapping[str, Any]) -> dict[str, Any]:
    if of == "product":
        url = url_for("api_products.get_product", holder=row["slug_0"], slug=row["slug_1"])
    else:
        url = url_for(f"api_products.get_{of}", slug=row["slug_0"])
    newest = row["newest"].isoformat() if row["newest"] else None
    return {name: row[name] for name in parties.COLUMNS[of]} | {"newest": newest, "url": url}
