"""The page of the snapshots, and the files. They are built by the keeper or a command, never by a visitor's request."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, send_file, url_for
from flask_babel import gettext as _

from registry.accounts.access import anybody
from registry.db import utc_now
from registry.evidence.signing import Signer
from registry.export import Table, json_response, links, offer
from registry.site import site
from registry.snapshots import shelf

snapshots = Blueprint("snapshots", __name__, url_prefix="/snapshots")


@snapshots.get("")
@anybody
def index() -> str:
    """The snapshots that can be taken, and how to check them."""
    settings = site().settings
    found = shelf.snapshots(settings)
    return render_template(
        "snapshots/index.html",
        snapshots=found,
        now=utc_now(),
        signer=Signer(settings.home).fingerprint if found else None,
        days=settings.snapshot_days,
        most=settings.snapshots_kept,
        exports=links(".all"),
    )


def _all() -> Table:
    """The snapshots that can be taken, the newest first."""
    found = [
        {"serial": one.serial, "made": one.made, "next_update": one.next_update, "size": one.size}
        | one.counts
        | {"url": url_for(".download", serial=one.serial)}
        for one in shelf.snapshots(site().settings)
    ]
    columns = tuple(found[0]) if found else ("serial", "made", "next_update", "size", "url")
    return Table("snapshots", columns, lambda _session: found, "snapshots")


offer(snapshots, "/all", "all", _all, anybody)


@snapshots.get("/latest.json")
@anybody
def latest_json() -> Response:
    """The newest one for programs: they need not fetch what they have."""
    found = shelf.snapshots(site().settings)
    if not found:
        abort(404, _("No snapshot was built here yet."))
    newest = found[0]
    document: dict[str, Any] = {
        "serial": newest.serial,
        "made": newest.made.isoformat(),
        "next_update": newest.next_update.isoformat(),
        "size": newest.size,
        "counts": newest.counts,
        "signer": Signer(site().settings.home).fingerprint,
        "url": url_for(".download", serial=newest.serial),
    }
    return json_response(document)


@snapshots.get("/<int:serial>.zip")
@anybody
def download(serial: int) -> Response:
    """One of them, whole."""
    found = shelf.snapshot(site().settings, serial)
    if found is None:
        abort(404, _("That snapshot is not here any more. The page of the snapshots has the newest."))
    response = send_file(found.path, mimetype="application/zip", as_attachment=True, download_name=found.path.name, conditional=True)
    response.headers["Cache-Control"] = "public, max-age=86400, immutable"
    return response
