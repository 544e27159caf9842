"""The pages on which the fleet changes: a file of devices on its way in, and devices on their way out."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage, MultiDict

from registry import errands, wording
from registry.accounts.access import needs
from registry.accounts.roles import Role
from registry.errors import CannotBegin, RegistryError
from registry.export import csv_response, links
from registry.fleet import errands as work
from registry.fleet import intake, queries, removal, waiting
from registry.fleet.query import FleetQuery
from registry.fleet.renewal import is_at_work, match_in_turn
from registry.fleet.rows import ALIASES, NEEDED
from registry.fleet.views import asked, fleet
from registry.forms import Form
from registry.language import gettext as _
from registry.marking import N_
from registry.matching.hardware import ROWS
from registry.sentences import KeptSentence
from registry.site import site
from registry.spreadsheets.read import MOST_BYTES
from registry.spreadsheets.sheet import BadSpreadsheet
from registry.uploads import takes_upload

FIELD_LABELS = {
    "identity": N_("Identity"),
    "vendor": N_("Vendor"),
    "model": N_("Model"),
    "firmware": N_("Firmware version"),
    "serial": N_("Serial number"),
    "site": N_("Site"),
    "endpoint": N_("Address"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "coordinates": N_("Coordinates, in one cell"),
    "installed": N_("Installed on"),
    "role": N_("Role"),
    "protocol": N_("OCPP version"),
    "connectors": N_("Connectors"),
    "cable": N_("Fixed cable or socket"),
    "rfid": N_("RFID readers"),
    "communication": N_("Communication"),
    "iso15118": N_("ISO 15118"),
}
REFRESH_SECONDS = 2


@fleet.get("/fleet/import")
@needs(Role.AUDITOR)
def import_form() -> str:
    """The form that takes a file."""
    return _form_page(None)


@fleet.post("/fleet/import")
@needs(Role.AUDITOR)
@takes_upload(MOST_BYTES)
def import_file() -> ResponseReturnValue:
    """A file, or what was decided about one that was sent before: which column holds what, and whether to store it.

    A large one is left to a process of its own, and its page says how far it is; so is one that has to wait for its turn to be matched.
    """
    form = Form(request.form)
    form.validate_on_submit()
    upload, action = request.files.get("file"), request.form.get("action", "")
    chosen = _chosen(request.form) if upload is None else None
    settings, sessions = site().settings, site().sessions
    try:
        name, sha256, size = _sent(upload) if upload is not None else _waiting(request.form.get("sha256", ""))
        stores = action == "store"
        if size > work.LARGE_BYTES or (stores and is_at_work(settings)):
            what = work.STORE if stores else work.READ
            errand = errands.begin(settings, what, {"sha256": sha256, "name": name, "chosen": chosen})
            return redirect(url_for(".errand", errand_id=errand), 303)
        draft = work.read_kept(settings, sessions, sha256, name, chosen)
    except CannotBegin:
        raise
    except BadSpreadsheet as error:
        return _form_page(wording.sentence(error)), 400
    if action == "problems":
        return csv_response(("row", "place", "problem"), [(one.row, one.place, one.sentence) for one in draft.problems], "problems.csv")
    if stores and draft.can_be_stored:
        done = work.store_draft(settings, sessions, draft)
        return redirect(url_for(".index", added=done["added"], changed=done["changed"], _anchor="content"), 303)
    return _draft_page(intake.summary(draft), None)


@fleet.get("/fleet/import/<errand_id>")
@needs(Role.AUDITOR)
def errand(errand_id: str) -> ResponseReturnValue:
    """How far a large file is, then what was read of it; once it is stored, on to the fleet."""
    found = _errand(errand_id)
    if found.state is errands.State.RUNNING:
        page = render_template("fleet/waiting.html", errand=found, words=work)
        return page, {"Refresh": str(REFRESH_SECONDS), "Cache-Control": "no-store"}
    if found.state is errands.State.FAILED:
        return _form_page(wording.kept(found.problem)), 400
    if found.state is errands.State.INTERRUPTED:
        return _form_page(_interrupted(found)), 400
    if found.what == work.READ:
        return _draft_page(found.outcome, errand_id)
    told = {"added": found.outcome["added"], "changed": found.outcome["changed"]} if found.what == work.STORE else {}
    return redirect(url_for(".index", **told, _anchor="content"), 303)


@fleet.get("/fleet/import/<errand_id>/problems.csv")
@needs(Role.AUDITOR)
def errand_problems(errand_id: str) -> Response:
    """All problems of a large file."""
    _errand(errand_id)
    path = errands.beside(site().settings, errand_id, "problems.csv")
    if not path.exists():
        abort(404, _("No row of that file has a problem."))
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name="problems.csv")


@fleet.post("/fleet/match")
@needs(Role.AUDITOR)
def match_now() -> ResponseReturnValue:
    """Match the whole fleet anew; a large one is matched by a process of its own, as is one that is being matched."""
    settings, sessions = site().settings, site().sessions
    with sessions() as session:
        size = queries.total(session, FleetQuery())
    if size > work.LARGE_FLEET or is_at_work(settings):
        return redirect(url_for(".errand", errand_id=errands.begin(settings, work.MATCH, {})), 303)
    match_in_turn(settings, sessions)
    return redirect(url_for(".index"), 303)


@fleet.get("/fleet/imports")
@needs(Role.AUDITOR)
def import_list() -> str:
    """The files that were stored, each with what is left of it in the fleet."""
    with site().sessions() as session:
        found = removal.imports(session)
    return render_template("fleet/imports.html", imports=found, most=removal.MOST_SHOWN, take_along=links(".import_list"))


@fleet.post("/fleet/imports/<int:import_id>/remove")
@needs(Role.AUDITOR)
def remove_import(import_id: int) -> ResponseReturnValue:
    """Take the devices out that a file brought."""
    with site().sessions.begin() as session:
        gone = _removed(lambda: removal.remove_import(session, import_id, _expected()))
    return redirect(url_for(".index", removed=gone, _anchor="content"), 303)


@fleet.post("/fleet/remove")
@needs(Role.AUDITOR)
def remove_chosen() -> ResponseReturnValue:
    """Take out what the narrowed table shows; its address names the choice."""
    with site().sessions.begin() as session:
        gone = _removed(lambda: removal.remove_chosen(session, asked(), _expected()))
    return redirect(url_for(".index", removed=gone, _anchor="content"), 303)


@fleet.post("/fleet/remove-device")
@needs(Role.AUDITOR)
def remove_device() -> ResponseReturnValue:
    """Take one device out."""
    identity = request.form.get("identity", "")
    with site().sessions.begin() as session:
        _removed(lambda: removal.remove_device(session, identity))
    return redirect(url_for(".index", removed=1, _anchor="content"), 303)


def _errand(errand_id: str) -> errands.Errand:
    found = errands.find(site().settings, errand_id)
    if found is None:
        abort(404, _("There is no such import: what came of one is kept for a day. Send the file again."))
    return found


def _interrupted(found: errands.Errand) -> str:
    """What is known of work whose process was stopped: a file is stored whole or not at all, and the fleet says which."""
    if found.what == work.STORE:
        with site().sessions() as session:
            if queries.was_imported(session, found.given["sha256"], found.began):
                return _("The devices were stored, but then matching was interrupted: match the fleet again")
        return _("Storing was interrupted, and nothing was stored: send the file again")
    return _("It was interrupted, and nothing was changed: do it again")


def _removed(remove: Any) -> int:
    try:
        return int(remove() or 0)
    except CannotBegin:
        raise
    except RegistryError as problem:
        abort(409, wording.sentence(problem))


def _expected() -> int:
    sent = request.form.get("expected", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1


def _form_page(problem: str | None) -> str:
    return render_template("fleet/import.html", form=Form(None), problem=problem)


def _draft_page(draft: Any, errand_id: str | None) -> ResponseReturnValue:
    page = render_template(
        "fleet/draft.html",
        form=Form(None),
        draft=draft,
        errand_id=errand_id,
        fields=FIELD_LABELS,
        needed=NEEDED,
        hardware=ROWS,
        nothing=intake.ANYTHING_BUT,
    )
    return page, 200 if draft["can_be_stored"] else 400


def _sent(upload: FileStorage) -> tuple[str, str, int]:
    """Keep what was sent: its name, its hash, its size in bytes."""
    name = " ".join((upload.filename or "").replace("\\", "/").rpartition("/")[2].split())[:120]
    if not name:
        raise BadSpreadsheet(KeptSentence("No file was chosen: choose the spreadsheet with the devices"))
    data = upload.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s has more than %(most)s MB, which is what is taken: split it, or save it as CSV",
                name=name,
                most=MOST_BYTES // 2**20,
            )
        )
    return name, waiting.put(site().settings.home, data), len(data)


def _waiting(sha256: str) -> tuple[str, str, int]:
    name = " ".join(request.form.get("name", "").split())[:120] or _("The file")
    data = waiting.get(site().settings.home, sha256)
    if data is None:
        raise BadSpreadsheet(KeptSentence("%(name)s is no longer here: send it again", name=name))
    return name, sha256, len(data)


def _chosen(sent: MultiDict[str, str]) -> dict[str, str]:
    return {field: sent[f"column-{field}"][:1000] for field in ALIASES if sent.get(f"column-{field}")}
