"""The pages of products, holders and laboratories, and certificates or products side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlalchemy.orm import Session

from registry import wording
from registry.accounts.access import anybody
from registry.aliases.forms import LONGEST_NAME, AliasForm
from registry.certificates import parties, serial
from registry.certificates import products as store
from registry.certificates.comparing import BY_LIST, LEAST, MOST, Comparison
from registry.certificates.comparing import compare as compare_sides
from registry.certificates.entries import Entry
from registry.errors import CannotBegin, RegistryError
from registry.export import Table, json_response, links, offer
from registry.language import counted
from registry.language import gettext as _
from registry.site import site

ENTRY_COLUMNS = (
    *("number", "revision", "role", "protocol", "kind", "holder", "designation", "software_version", "laboratory", "country"),
    *("date", "has_document", "listed", "profiles", "state"),
)
"""What is told of each certificate of a list, the last of it by one of the words of `registry.certificates.state.State`."""
_KINDS = {"holders": "holder", "laboratories": "laboratory", "products": "product"}
PRODUCT_COLUMNS = ("name", "holder", "certificates", "versions", "newest")

products = Blueprint("products", __name__)


@products.get("/<any(holders, laboratories, products):kind>")
@anybody
def index(kind: str) -> str:
    """All holders, laboratories or products by name, page by page."""
    of, page = _KINDS[kind], request.args.get("page", "1")
    if not (page.isascii() and page.isdigit() and 0 < int(page[:9]) < 10**6):
        abort(400, _("Pages are counted from 1."))
    with site().sessions() as session:
        total, found = parties.index_total(session, of), parties.index_page(session, of, int(page))
    pages = max(1, -(-total // parties.PAGE_SIZE))
    if int(page) > pages:
        abort(
            404, counted("There is %(num)s page, and no page %(page)s.", "There are %(num)s pages, and no page %(page)s.", pages, page=page)
        )
    shown = {"total": total, "rows": found, "page": int(page), "pages": pages, "exports": links(".index_of", kind=kind)}
    return render_template("products/index.html", kind=kind, of=of, address=_address, **shown)


def _address(of: str, row: dict[str, Any]) -> str:
    if of == "product":
        return url_for(".product", holder=row["slug_0"], slug=row["slug_1"])
    return url_for(f".{of}", slug=row["slug_0"])


def _index(kind: str) -> Table:
    """All holders, laboratories or products by name."""
    of = _KINDS[kind]

    def rows(session: Session) -> Iterator[dict[str, Any]]:
        for row in parties.index_rows(session, of):
            yield {name: row[name] for name in parties.COLUMNS[of]} | {"url": _address(of, row)}

    return Table(kind, (*parties.COLUMNS[of], "url"), rows, kind)


@products.get("/products/<holder>/<slug>")
@anybody
def product(holder: str, slug: str) -> str:
    """A product: its versions, and what its certificates cover together at each."""
    with site().sessions() as session:
        found = store.product(session, holder, slug)
    if found is None:
        abort(
            404,
            _(
                "This registry knows no product %(slug)s of %(holder)s. Search for it by a part of its name.",
                slug=slug[:80],
                holder=holder[:80],
            ),
        )
    taken = links(".certificates", holder=holder, slug=slug)
    return render_template("products/product.html", product=found, most=store.MOST_ENTRIES, name_of=name_of, exports=taken)


@products.get("/holders/<slug>")
@anybody
def holder(slug: str) -> str:
    """A certificate holder with its products."""
    return holder_page(slug, AliasForm(formdata=None), AliasForm(formdata=None))


def holder_page(slug: str, form: AliasForm, withdrawal: AliasForm, problem: str | None = None, asked: int | None = None) -> str:
    """The page of a holder with the forms for its names as they were filled in, the withdrawal for the record `asked` about."""
    with site().sessions() as session:
        found = store.holder(session, slug)
    if found is None:
        abort(404, _("This registry knows no holder %(slug)s. Search for it by a part of its name.", slug=slug[:80]))
    names = {"form": form, "withdrawal": withdrawal, "problem": problem, "asked": asked, "longest_name": LONGEST_NAME}
    taken = links("certificates.products.of_holder", slug=slug)
    return render_template("products/party.html", party=found, of="holder", most=store.MOST_ENTRIES, exports=taken, names=names)


@products.get("/laboratories/<slug>")
@anybody
def laboratory(slug: str) -> str:
    """A test laboratory with the products that it tested."""
    with site().sessions() as session:
        found = store.laboratory(session, slug)
    if found is None:
        abort(404, _("This registry knows no laboratory %(slug)s. Search for it by a part of its name.", slug=slug[:80]))
    taken = links(".of_laboratory", slug=slug)
    return render_template("products/party.html", party=found, of="laboratory", most=store.MOST_ENTRIES, exports=taken)


@products.get("/compare")
@anybody
def compare() -> str:
    """Two to four certificates or products side by side; with fewer, a form to name them."""
    certificates, named = _chosen("certificate"), _chosen("product")
    compared = _compared(certificates, named) if len(certificates) + len(named) >= LEAST else None
    pairs = [*(("certificate", name) for name in certificates), *(("product", name) for name in named)]
    chosen = {"certificates": certificates, "products": named, "exports": links(".compare", pairs)}
    return render_template("products/compare.html", compared=compared, by_list=BY_LIST, most=MOST, **chosen)


@products.get("/compare.json")
@anybody
def compare_json() -> Response:
    """The same for programs: the sides, and every row with its values in their order."""
    return json_response(serial.comparison_json(_compared(_chosen("certificate"), _chosen("product"))))


def _sides() -> Table:
    """Certificates or products side by side, a row for each thing that is compared."""
    found = _compared(_chosen("certificate"), _chosen("product"))
    names = [" ".join(part for part in (side.number or f"{side.title}, {side.under}", side.revision) if part) for side in found.sides]
    states = [side.state for side in found.sides]
    # A product has none: each of its certificates has its own.
    head = {"part": "Certificate", "what": "State", "differs": len({state for state in states if state is not None}) > 1}
    rows = [head | dict(zip(names, states, strict=True))]
    rows += [
        {"part": row.group, "what": row.label, "differs": row.differs} | dict(zip(names, row.values, strict=True))
        for row in (*found.differing, *found.one_sided, *found.alike)
    ]
    return Table("compared", ("part", "what", "differs", *names), lambda _session: rows, widths=(22, 34, 10, *[30] * len(names)))


offer(products, "/compare", "compare", _sides, anybody, ("csv", "xlsx"))


def _certificates(holder: str, slug: str) -> Table:
    """The certificates of a product."""
    with site().sessions() as session:
        found = store.product(session, holder, slug, store.MOST_TAKEN)
    if found is None:
        abort(
            404,
            _(
                "This registry knows no product %(slug)s of %(holder)s. Search for it by a part of its name.",
                slug=slug[:80],
                holder=holder[:80],
            ),
        )
    rows = [entry.to_json() | {"state": str(found.standing(entry).state)} for entry in found.entries]
    return Table(f"{holder}-{slug}"[:80], ENTRY_COLUMNS, lambda _session: rows, "certificates")


def _party_table(party: store.Party | None, slug: str, of: str) -> Table:
    if party is None:
        if of == "holder":
            abort(404, _("This registry knows no holder %(slug)s. Search for it by a part of its name.", slug=slug[:80]))
        abort(404, _("This registry knows no laboratory %(slug)s. Search for it by a part of its name.", slug=slug[:80]))
    named = party.products
    return Table(
        slug[:80], PRODUCT_COLUMNS, lambda _session: ({name: getattr(one, name) for name in PRODUCT_COLUMNS} for one in named), "products"
    )


def _holder(slug: str) -> Table:
    """The products of a certificate holder."""
    with site().sessions() as session:
        return _party_table(store.holder(session, slug, store.MOST_TAKEN), slug, "holder")


def _laboratory(slug: str) -> Table:
    """The products that a laboratory tested."""
    with site().sessions() as session:
        return _party_table(store.laboratory(session, slug, store.MOST_TAKEN), slug, "laboratory")


offer(products, "/<any(holders, laboratories, products):kind>", "index_of", _index, anybody)
offer(products, "/products/<holder>/<slug>", "certificates", _certificates, anybody)
offer(products, "/holders/<slug>", "of_holder", _holder, anybody)
offer(products, "/laboratories/<slug>", "of_laboratory", _laboratory, anybody)


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
