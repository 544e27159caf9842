"""The fleet as it changes: files of devices on their way in, devices on their way out, and matching."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from flask import Response, send_file, url_for

from registry import errands, wording
from registry.accounts.access import needs
from registry.accounts.roles import Role
from registry.api.answers import answer
from registry.api.problems import Refused, Wrong
from registry.api.resources.fleet import fleet, fleet_query
from registry.api.shapes.fleet import (
    ErrandShape,
    ExpectedArgument,
    ImportArguments,
    ImportedFilesShape,
    ImportShape,
    RemoveArguments,
    RemovedShape,
    TallyShape,
)
from registry.api.uploads import LONGEST_HEADING, sent_file, sent_headings
from registry.errors import CannotBegin, RegistryError
from registry.fleet import errands as work
from registry.fleet import intake, queries, removal, waiting
from registry.fleet.query import FleetQuery
from registry.fleet.renewal import is_at_work, match_in_turn
from registry.fleet.rows import ALIASES
from registry.site import site
from registry.spreadsheets.read import MOST_BYTES
from registry.spreadsheets.sheet import BadSpreadsheet

__all__ = ["fleet"]

_FILE = {"type": "string", "format": "binary", "description": "A CSV or XLSX file with a row for each device.", "required": True}
_FORM = {"file": _FILE} | {
    name: {"type": "string", "maxLength": LONGEST_HEADING, "description": f"The heading of the column for {name}."} for name in ALIASES
}
_CHANGED = {409: "It is another number of devices by now, or they are not there any more."}


@fleet.operation(
    "POST", "/fleet/imports", query=ImportArguments, upload=_FORM, gives=ImportShape, also={202: ErrandShape}, largest=MOST_BYTES
)
@needs(Role.AUDITOR)
def import_devices(query: Mapping[str, Any]) -> Any:
    """Read a file of devices, and store it where `store=yes` and nothing is wrong with it.

    Without that, nothing is stored: the answer tells of every row what is wrong with it. Columns are found by their headings; a part of the
    form that is named like a field says which heading to take for it, and `-` that there is none. A large file is left to a process of its
    own, as is what has to wait for a matching to end: the answer is 202, and its `url` tells how far that is.
    """
    name, data = sent_file("file", MOST_BYTES)
    chosen = sent_headings(ALIASES) or None
    settings, sessions, wants = site().settings, site().sessions, query["store"] == "yes"
    if len(data) > work.LARGE_BYTES or (wants and is_at_work(settings)):
        given = {"sha256": waiting.put(settings.home, data), "name": name, "chosen": chosen}
        return _begun(errands.begin(settings, work.STORE if wants else work.READ, given))
    try:
        with sessions() as session:
            draft = intake.read_file(session, data, name, chosen)
    except BadSpreadsheet as error:
        raise Refused(422, wording.sentence(error), (Wrong("form", "file", wording.sentence(error)),)) from error
    stored = wants and draft.can_be_stored
    if stored:
        work.store_draft(settings, sessions, draft)
    problems = [{"place": one.place, "sentence": one.sentence} for one in draft.problems]
    return _import_json(intake.summary(draft), stored=stored) | {"problems": problems, "more": 0}


@fleet.operation("GET", "/fleet/imports", gives=ImportedFilesShape)
@needs(Role.AUDITOR)
def list_imports() -> Any:
    """The files that were stored, each with what is left of it in the fleet."""
    with site().sessions() as session:
        found = removal.imports(session)
    return {"imports": [asdict(one) | {"imported_at": one.imported_at.isoformat()} for one in found]}


@fleet.operation("DELETE", "/fleet/imports/<int:import_id>", query=ExpectedArgument, gives=RemovedShape, fails=_CHANGED)
@needs(Role.AUDITOR)
def remove_import(import_id: int, query: Mapping[str, Any]) -> Any:
    """Take the devices out that a file brought; those that a later file changed stay."""
    if import_id >= 2**31:
        raise Refused(404, "There is no such import.")
    with site().sessions.begin() as session:
        return _removed(lambda: removal.remove_import(session, import_id, query["expected"]))


@fleet.operation("DELETE", "/fleet/devices", query=RemoveArguments, gives=RemovedShape, fails=_CHANGED)
@needs(Role.AUDITOR)
def remove_devices(query: Mapping[str, Any]) -> Any:
    """Take out what the narrowed table has, on all its pages."""
    with site().sessions.begin() as session:
        return _removed(lambda: removal.remove_chosen(session, fleet_query(), query["expected"]))


@fleet.operation("DELETE", "/fleet/devices/<path:identity>", status=204)
@needs(Role.AUDITOR)
def remove_device(identity: str) -> Any:
    """Take one device out."""
    try:
        with site().sessions.begin() as session:
            removal.remove_device(session, identity)
    except CannotBegin:
        raise
    except RegistryError as error:
        raise Refused(404, wording.sentence(error)) from error
    return Response(status=204)


@fleet.operation("POST", "/fleet/match", gives=TallyShape, also={202: ErrandShape})
@needs(Role.AUDITOR)
def match_devices() -> Any:
    """Hold the whole fleet against the certificates anew.

    A large fleet is left to a process of its own, as is one that is being matched: the answer is 202, and its `url` tells how far that is.
    """
    settings, sessions = site().settings, site().sessions
    with sessions() as session:
        size = queries.total(session, FleetQuery())
    if size > work.LARGE_FLEET or is_at_work(settings):
        return _begun(errands.begin(settings, work.MATCH, {}))
    return asdict(match_in_turn(settings, sessions))


@fleet.operation("GET", "/fleet/errands/<errand_id>", gives=ErrandShape)
@needs(Role.AUDITOR)
def get_errand(errand_id: str) -> Any:
    """How far a large file or the matching of a large fleet is, and what came of it."""
    return _errand_json(errand_id)


@fleet.operation("GET", "/fleet/errands/<errand_id>/problems", kind="text/csv")
@needs(Role.AUDITOR)
def get_errand_problems(errand_id: str) -> Any:
    """All problems of a large file."""
    _errand_json(errand_id)
    path = errands.beside(site().settings, errand_id, "problems.csv")
    if not path.exists():
        raise Refused(404, "No row of that file has a problem.")
    return send_file(path, mimetype="text/csv")


def _begun(errand_id: str) -> Response:
    told = _errand_json(errand_id)
    return answer(ErrandShape, told, 202, told["url"])


def _errand_json(errand_id: str) -> dict[str, Any]:
    found = errands.find(site().settings, errand_id)
    if found is None:
        raise Refused(404, "There is no such work: what came of one is kept for a day.")
    done = found.state is errands.State.DONE
    return {
        "id": found.id,
        "what": found.what,
        "state": str(found.state),
        "progress": asdict(found.progress) if found.progress is not None else None,
        "problem": found.problem,
        "read": _import_json(found.outcome, stored=False) if done and found.what == work.READ else None,
        "stored": found.outcome if done and found.what == work.STORE else None,
        "matched": found.outcome if done and found.what == work.MATCH else None,
        "url": url_for("api_fleet.get_errand", errand_id=found.id),
    }


def _import_json(summary: Mapping[str, Any], *, stored: bool) -> dict[str, Any]:
    names = ("name", "sha256", "rows", "headings", "notes", "problem", "problems", "more", "outcome", "changes", "more_changes", "emptied")
    return {name: summary[name] for name in names} | {"columns": summary["found"], "stored": stored}


def _removed(remove: Callable[[], int]) -> dict[str, int]:
    try:
        return {"removed": remove()}
    except CannotBegin:
        raise
    except RegistryError as error:
        raise Refused(409, wording.sentence(error)) from error
