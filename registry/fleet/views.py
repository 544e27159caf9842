"""The pages of the fleet: its table, map and trend, and the import of a file of devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy.orm import Session

from registry import wording
from registry.accounts.access import anybody, may, needs
from registry.accounts.roles import Role
from registry.certificates.search_url import address
from registry.db import utc_now
from registry.errors import RegistryError
from registry.export import Table, links, offer
from registry.fleet import plot, queries, removal
from registry.fleet.query import FACETS, SORTS, FleetQuery, chips, pairs, parse, refuse_unknown, toggled
from registry.fleet.rows import HARDWARE
from registry.language import counted
from registry.site import site

COLUMNS = (
    *("identity", "vendor", "model", "firmware", "serial", "site", "latitude", "longitude", "installed", "role", "protocol"),
    *("answer", "rule", "certificates", "sentence", "firmware_used", "seen_firmware", "seen_at", "is_drifted"),
    *HARDWARE,
)
"""All that an import takes is among them, by names that it takes, so that a table that was taken along can be sent back; but for the
address, which only who may see it gets.
"""

_WIDTHS = (24, 20, 24, 16, 16, 20, 10, 10, 12, 8, 10, 14, 18, 24, 60, 16, 16, 20, 10, 12, 12, 12, 16, 10, 40)
IMPORT_COLUMNS = ("name", "imported_at", "rows", "added", "changed", "left", "sha256")
_IMPORT_WIDTHS = (40, 24, 10, 10, 10, 10, 66)

fleet = Blueprint("fleet", __name__)


@fleet.get("/fleet")
@anybody
def index() -> str:
    """The fleet: how it stands, where, over time, and each device."""
    query = asked()
    now = utc_now()
    with site().sessions() as session:
        standing = queries.standing(session)
        listing = queries.listing(session, query)
        places = queries.places(session, query)
        days = queries.trend(session, queries.trend_begin(now))
    pages = listing.pages(query)
    if query.page > pages:
        abort(404, counted("There is %(num)s page of these devices.", "There are %(num)s pages of these devices.", pages))
    here = url_for(".index")
    return render_template(
        "fleet/index.html",
        query=query,
        standing=standing,
        listing=listing,
        map=plot.site_map(places),
        plot=plot,
        trend=plot.trend([(day.matched_at, _counts(day)) for day in days]),
        facets=FACETS,
        chips=[(wording.word(chip.text) if chip.is_word else chip.text, address(here, chip.without)) for chip in chips(query)],
        toggle=lambda facet, value: address(here, toggled(query, facet, value)),
        sorts=[(label, address(here, pairs(query, sort=name)), name == query.sort) for name, label in SORTS.items()],
        on_page=lambda number: address(here, pairs(query, page=number)),
        exports=links(".export", pairs(query)),
        remove_address=address(url_for(".remove_chosen"), pairs(query)),
        at_site=lambda name: address(here, (("site", name or "not given"),)),
        may_change=may(Role.AUDITOR),
    )


def _table() -> Table:
    """The devices of the table; JSON has each with its whole match."""
    query = asked()
    with site().sessions() as session:
        head = {"total": queries.total(session, query)}

    def rows(session: Session) -> Iterator[dict[str, Any]]:
        return (one.to_json(with_endpoint=query.sees_addresses) for one in queries.everything(session, query))

    return table(rows, head, with_endpoint=query.sees_addresses)


def table(
    rows: Callable[[Session], Iterable[Mapping[str, Any]]], head: Mapping[str, Any] = MappingProxyType({}), *, with_endpoint: bool
) -> Table:
    """The list of devices to take along, whose rows are as `DeviceView.to_json` gives them."""
    columns = (*COLUMNS, "endpoint") if with_endpoint else COLUMNS
    return Table("fleet", columns, rows, "devices", head, _WIDTHS[: len(columns)], _with_hardware)


def _with_hardware(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, **{column: row["hardware"].get(name) for column, name in HARDWARE.items()}}


offer(fleet, "/fleet", "export", _table, anybody)


def _imports() -> Table:
    """The files that were stored, each with what is left of it in the fleet."""
    return Table(
        "fleet-imports",
        IMPORT_COLUMNS,
        lambda session: (dict(asdict(one)) for one in removal.imports(session)),
        "imports",
        widths=_IMPORT_WIDTHS,
    )


offer(fleet, "/fleet/imports", "import_list", _imports, needs(Role.AUDITOR))


def asked() -> FleetQuery:
    """What of the fleet the address asks for, as far as whoever asks may see it."""
    try:
        query = parse(request.args.to_dict(flat=False))
        refuse_unknown(query)
        return replace(query, sees_addresses=may(Role.AUDITOR))
    except RegistryError as error:
        abort(400, wording.sentence(error))


def _counts(day: Any) -> dict[str, int]:
    return {"covered": day.covered, "not covered": day.not_covered, "cannot tell": day.cannot_tell}


from registry.fleet import import_views  # noqa: E402, F401 (its pages belong to this blueprint, which has to be there first)
