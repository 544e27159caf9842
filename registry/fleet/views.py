"""The pages of the fleet: its table, map and trend, and the import of a file of devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict

from registry.accounts.access import anybody, may, needs
from registry.accounts.roles import Role
from registry.certificates.search_url import address
from registry.db import utc_now
from registry.errors import RegistryError
from registry.export import Table, links, offer
from registry.fleet import intake, plot, queries, waiting
from registry.fleet.matching import match_fleet
from registry.fleet.query import FACETS, SORTS, FleetQuery, chips, pairs, parse, toggled
from registry.fleet.rows import ALIASES, NEEDED
from registry.language import counted
from registry.language import gettext as _
from registry.matching.hardware import ROWS
from registry.site import site
from registry.spreadsheets.read import MOST_BYTES
from registry.spreadsheets.safe import csv_lines
from registry.spreadsheets.sheet import BadSpreadsheet
from registry.uploads import takes_upload

PROBLEMS_SHOWN = 200
ROWS_SHOWN = 5
COLUMNS = (
    *("identity", "vendor", "model", "firmware", "serial", "site", "latitude", "longitude", "installed", "role", "protocol"),
    *("answer", "rule", "certificates", "sentence", "firmware_used", "seen_firmware", "seen_at", "is_drifted"),
)
FIELD_LABELS = {
    **{name: name.capitalize() for name in ALIASES},
    "identity": "Identity",
    "firmware": "Firmware version",
    "serial": "Serial number",
    "endpoint": "Address",
    "coordinates": "Coordinates, in one cell",
    "installed": "Installed on",
    "protocol": "OCPP version",
    "connectors": "Connectors",
    "cable": "Fixed cable or socket",
    "rfid": "RFID readers",
    "iso15118": "ISO 15118",
}
_WIDTHS = (24, 20, 24, 16, 16, 20, 10, 10, 12, 8, 10, 14, 18, 24, 60, 16, 16, 20, 10)

fleet = Blueprint("fleet", __name__)


@fleet.get("/fleet")
@anybody
def index() -> str:
    """The fleet: how it stands, where, over time, and each device."""
    query = _query()
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
        chips=[(chip.text, address(here, chip.without)) for chip in chips(query)],
        toggle=lambda facet, value: address(here, toggled(query, facet, value)),
        sorts=[(label, address(here, pairs(query, sort=name)), name == query.sort) for name, label in SORTS.items()],
        previous=address(here, pairs(query, page=query.page - 1)) if query.page > 1 else None,
        following=address(here, pairs(query, page=query.page + 1)) if query.page < pages else None,
        exports=links(".export", pairs(query)),
        at_site=lambda name: address(here, (("site", name or "not given"),)),
        may_change=may(Role.AUDITOR),
    )


def _table() -> Table:
    """The devices of the table; JSON has each with its whole match."""
    query, shown = _query(), may(Role.AUDITOR)
    with site().sessions() as session:
        head = {"total": queries.total(session, query)}

    def rows(session: Session) -> Iterator[dict[str, Any]]:
        return (one.to_json(with_endpoint=shown) for one in queries.everything(session, query))

    return Table("fleet", COLUMNS, rows, "devices", head, _WIDTHS)


offer(fleet, "/fleet", "export", _table, anybody)


@fleet.get("/fleet/import")
@needs(Role.AUDITOR)
def import_form() -> str:
    """The form that takes a file."""
    return render_template("fleet/import.html", form=_Form(None), problem=None)


@fleet.post("/fleet/import")
@needs(Role.AUDITOR)
@takes_upload(MOST_BYTES)
def import_file() -> ResponseReturnValue:
    """A file, or what was decided about one that was sent before: which column holds what, and whether to store it."""
    form = _Form(request.form)
    form.validate_on_submit()
    upload, sha256 = request.files.get("file"), request.form.get("sha256", "")
    try:
        name, data = _sent(upload) if upload is not None else _waiting(sha256)
        with site().sessions() as session:
            draft = intake.read_file(session, data, name, _chosen(request.form) if upload is None else None)
    except BadSpreadsheet as error:
        return render_template("fleet/import.html", form=form, problem=str(error)), 400
    if request.form.get("action") == "problems":
        return _problems(draft)
    if request.form.get("action") == "store" and draft.can_be_stored:
        with site().sessions.begin() as session:
            done = intake.keep(session, draft)
        waiting.drop(site().settings.home, draft.sha256)
        match_fleet(site().sessions)
        return redirect(url_for(".index", added=done.added, changed=done.changed, _anchor="content"), 303)
    return _draft_page(form, draft), 200 if draft.can_be_stored else 400


@fleet.post("/fleet/match")
@needs(Role.AUDITOR)
def match_now() -> ResponseReturnValue:
    """Match the whole fleet anew."""
    match_fleet(site().sessions)
    return redirect(url_for(".index"), 303)


class _Form(FlaskForm):
    """The token of the form; everything else is looked at by hand."""

    def __init__(self, formdata: MultiDict[str, str] | None) -> None:
        super().__init__(formdata=formdata)  # type: ignore[no-untyped-call]  # Flask-WTF has no types

    def validate_on_submit(self, extra_validators: object = None) -> bool:
        """Whether the form was sent with a valid token."""
        return bool(super().validate_on_submit(extra_validators))  # type: ignore[no-untyped-call]  # Flask-WTF has no types


def _query() -> FleetQuery:
    try:
        return parse(request.args.to_dict(flat=False))
    except RegistryError as error:
        abort(400, str(error))


def _counts(day: Any) -> dict[str, int]:
    return {"covered": day.covered, "not covered": day.not_covered, "cannot tell": day.cannot_tell}


def _sent(upload: FileStorage) -> tuple[str, bytes]:
    name = " ".join((upload.filename or "").replace("\\", "/").rpartition("/")[2].split())[:120]
    if not name:
        raise BadSpreadsheet(_("No file was chosen: choose the spreadsheet with the devices"))
    data = upload.stream.read(MOST_BYTES + 1)
    if len(data) <= MOST_BYTES:
        waiting.put(site().settings.home, data)
    return name, data


def _waiting(sha256: str) -> tuple[str, bytes]:
    name = " ".join(request.form.get("name", "").split())[:120] or "The file"
    data = waiting.get(site().settings.home, sha256)
    if data is None:
        raise BadSpreadsheet(f"{name} is no longer here: send it again")
    return name, data


def _chosen(sent: MultiDict[str, str]) -> dict[str, str]:
    return {field: sent[f"column-{field}"][:1000] for field in ALIASES if sent.get(f"column-{field}")}


def _problems(draft: intake.Draft) -> Response:
    lines = csv_lines(("row", "place", "problem"), [(one.row, one.place, one.sentence) for one in draft.problems])
    response = Response("".join(lines), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="problems.csv")
    return response


def _draft_page(form: FlaskForm, draft: intake.Draft) -> str:
    return render_template(
        "fleet/draft.html",
        form=form,
        draft=draft,
        found=draft.headings,
        fields=FIELD_LABELS,
        needed=NEEDED,
        headings=[heading for heading in dict.fromkeys(draft.sheet.header) if heading],
        problems=draft.problems[:PROBLEMS_SHOWN],
        more=max(0, len(draft.problems) - PROBLEMS_SHOWN),
        bad_rows=len({one.row for one in draft.problems}),
        first=draft.devices[:ROWS_SHOWN],
        hardware=ROWS,
        nothing=intake.ANYTHING_BUT,
    )
