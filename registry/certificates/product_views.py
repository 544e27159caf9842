"""The pages of products, holders and laboratories, and certificates or products side by side."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request

from registry import wording
from registry.accounts.access import anybody
from registry.certificates import products as store
from registry.certificates.comparing import LEAST, MOST, Comparison
from registry.certificates.comparing import compare as compare_sides
from registry.certificates.search import Entry
from registry.errors import CannotBegin, RegistryError
from registry.export import json_response
from registry.site import site

products = Blueprint("products", __name__)


@products.get("/products/<holder>/<slug>")
@anybody
def product(holder: str, slug: str) -> str:
    """A product: its versions, and what its certificates cover together at each."""
    with site().sessions() as session:
        found = store.product(session, holder, slug)
    if found is None:
        abort(404, f"This registry knows no product {slug[:80]} of {holder[:80]}. Search for it by a part of its name.")
    return render_template("products/product.html", product=found, most=store.MOST_ENTRIES, name_of=name_of)


@products.get("/holders/<slug>")
@anybody
def holder(slug: str) -> str:
    """A certificate holder with its products."""
    with site().sessions() as session:
        found = store.holder(session, slug)
    if found is None:
        abort(404, f"This registry knows no holder {slug[:80]}. Search for it by a part of its name.")
    return render_template("products/party.html", party=found, of="holder", most=store.MOST_ENTRIES)


@products.get("/laboratories/<slug>")
@anybody
def laboratory(slug: str) -> str:
    """A test laboratory with the products that it tested."""
    with site().sessions() as session:
        found = store.laboratory(session, slug)
    if found is None:
        abort(404, f"This registry knows no laboratory {slug[:80]}. Search for it by a part of its name.")
    return render_template("products/party.html", party=found, of="laboratory", most=store.MOST_ENTRIES)


@products.get("/compare")
@anybody
def compare() -> str:
    """Two to four certificates or products side by side; with fewer, a form to name them."""
    certificates, named = _chosen("certificate"), _chosen("product")
    compared = _compared(certificates, named) if len(certificates) + len(named) >= LEAST else None
    return render_template("products/compare.html", compared=compared, certificates=certificates, products=named, most=MOST)


@products.get("/compare.json")
@anybody
def compare_json() -> Response:
    """The same for programs: the sides, and every row with its values in their order."""
    found = _compared(_chosen("certificate"), _chosen("product"))
    rows = (*found.differing, *found.one_sided, *found.alike)
    return json_response(
        {
            "sides": [
                {"title": side.title, "number": side.number, "revision": side.revision, "product": side.product} for side in found.sides
            ],
            "rows": [{"group": row.group, "label": row.label, "values": list(row.values), "differs": row.differs} for row in rows],
        }
    )


def name_of(entry: Entry) -> str:
    """A certificate as the address of a comparison names it."""
    return "/".join(part for part in (entry.number, entry.revision) if part)


def _chosen(parameter: str) -> list[str]:
    """The values of the address, each once, without the blank ones that an unfilled field of the form sends."""
    return list(dict.fromkeys(value.strip() for value in request.args.getlist(parameter) if value.strip()))


def _compared(certificates: list[str], named: list[str]) -> Comparison:
    try:
        with site().sessions() as session:
            return compare_sides(session, certificates, named)
    except CannotBegin:
        raise
    except RegistryError as error:
        abort(400, wording.sentence(error))
