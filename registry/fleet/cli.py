"""The fleet on the command line: `ocpp-registry fleet import` and `fleet match`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from registry import db
from registry.errors import CannotBegin
from registry.fleet import intake
from registry.fleet.matching import Tally
from registry.fleet.queries import everything
from registry.fleet.query import FleetQuery
from registry.fleet.renewal import match_in_turn
from registry.fleet.rows import ALIASES
from registry.settings import Settings
from registry.spreadsheets.options import mapping_option
from registry.spreadsheets.read import MOST_BYTES
from registry.spreadsheets.sheet import BadSpreadsheet

EXIT_FOUND_WRONG = 1
MOST_BELOW = 20
"""How many devices that are not covered, or are changed, are named on a terminal."""


@click.group()
def fleet() -> None:
    """Deployed devices, and which certificate covers each."""


@fleet.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show every row's problem and what would change; store nothing.")
@mapping_option(ALIASES, "remembered for files with the same headings.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def import_file(ctx: click.Context, file: Path, dry_run: bool, chosen: dict[str, str], as_json: bool) -> None:
    """Take the devices of FILE (CSV or XLSX) into the fleet, all of them or none, and match the fleet.

    Exit status: 0 taken (or, with --dry-run, nothing is in the way), 1 rows have problems and nothing was stored, 2 no such spreadsheet.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    data = _bytes(file)
    db.upgrade(settings)
    with db.opened(settings) as sessions:
        with sessions() as session:
            draft = intake.read_file(session, data, file.name, chosen)
        if draft.problem is not None:
            raise BadSpreadsheet(draft.problem)
        tally = None
        if draft.can_be_stored and not dry_run:
            with sessions.begin() as session:
                intake.keep(session, draft)
            tally = match_in_turn(settings, sessions)
    if as_json:
        click.echo(json.dumps(_as_json(draft, tally, stored=tally is not None), ensure_ascii=False, indent=1))
    else:
        _tell(draft, tally)
    ctx.exit(0 if draft.can_be_stored else EXIT_FOUND_WRONG)


@fleet.command("match")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def match_command(ctx: click.Context, as_json: bool) -> None:
    """Hold every device of the fleet against the certificates, and keep the answers.

    Exit status: 0 every device is covered, 1 one is not or cannot be told, 2 there is no fleet.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    db.require_current(settings)
    with db.opened(settings) as sessions:
        tally = match_in_turn(settings, sessions)
        if not tally.total:
            raise CannotBegin("there are no devices to match: import them first, with `ocpp-registry fleet import FILE`")
        with sessions() as session:
            devices = list(everything(session, FleetQuery(sort="answer", sees_addresses=True)))
    if as_json:
        told = [one.to_json(with_endpoint=False) for one in sorted(devices, key=lambda one: one.identity)]
        click.echo(json.dumps({"counts": _counts(tally), "devices": told}, ensure_ascii=False, indent=1))
    else:
        _tell_tally(tally)
        for one in [one for one in devices if one.answer != "covered"][:MOST_BELOW]:
            click.echo(f"{one.identity}: {one.answer}. {one.sentence}")
        more = tally.total - tally.covered - MOST_BELOW
        if more > 0:
            click.echo(f"and {more} more: see the page of the fleet, or --json")
    ctx.exit(0 if tally.covered == tally.total else EXIT_FOUND_WRONG)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise CannotBegin(f"{file} cannot be read ({error.strerror}): check the name") from error


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "devices": tally.total,
        "covered": tally.covered,
        "not covered": tally.not_covered,
        "cannot tell": tally.cannot_tell,
        "drifted": tally.drifted,
    }


def _as_json(draft: intake.Draft, tally: Tally | None, *, stored: bool) -> dict[str, Any]:
    columns = draft.columns.headings if draft.columns is not None else {}
    return {
        "file": draft.name,
        "sha256": draft.sha256,
        "stored": stored,
        "columns": dict(columns),
        "unused": list(draft.columns.unused) if draft.columns is not None else [],
        "notes": list(draft.notes),
        "problems": [{"row": one.row, "place": one.place, "problem": one.sentence} for one in draft.problems],
        "outcome": asdict(draft.outcome) if draft.outcome is not None else None,
        "changes": intake.changes(draft),
        "emptied": dict(draft.preview.emptied) if draft.preview is not None else {},
        "counts": _counts(tally) if tally is not None else None,
    }


def _tell(draft: intake.Draft, tally: Tally | None) -> None:
    for note in draft.notes:
        click.echo(note, err=True)
    if draft.columns is not None:
        click.echo("columns: " + ", ".join(f"{field} from “{heading}”" for field, heading in draft.columns.headings.items()))
    for problem in draft.problems:
        click.echo(f"{draft.name}, {problem}")
    if draft.outcome is None:
        click.echo(f"{len({one.row for one in draft.problems})} of {len(draft.devices)} rows have a problem; nothing was stored")
        return
    verb = "were" if tally is not None else "would be"
    click.echo(f"{draft.outcome.added} devices {verb} added, {draft.outcome.changed} {verb} changed, {draft.outcome.same} are as they were")
    changes = intake.changes(draft)
    for change in changes[:MOST_BELOW]:
        differing = "; ".join(f"{one['field']} {one['old'] or 'nothing'} -> {one['new'] or 'nothing'}" for one in change["differing"])
        click.echo(f"{change['identity']}: {differing}")
    if len(changes) > MOST_BELOW:
        click.echo(f"and {draft.outcome.changed - MOST_BELOW} more: see --json")
    if tally is not None:
        _tell_tally(tally)


def _tell_tally(tally: Tally) -> None:
    click.echo(f"{tally.total} devices: {tally.covered} covered, {tally.not_covered} not covered, of {tally.cannot_tell} it cannot be told")
    if tally.drifted:
        click.echo(f"{tally.drifted} told another firmware in an audit than their row has")


commands: tuple[click.Command, ...] = (fleet,)
