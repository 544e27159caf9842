"""What of the fleet takes longer than a browser waits: reading a large file, storing it, matching a large fleet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy.orm import Session, sessionmaker

from registry import db, errands
from registry.acting import acting
from registry.errors import RegistryError
from registry.fleet import intake, matching, store, waiting
from registry.fleet.renewal import match_in_turn
from registry.sentences import KeptSentence
from registry.settings import Settings
from registry.spreadsheets.safe import csv_lines
from registry.spreadsheets.sheet import BadSpreadsheet

READ, STORE, MATCH = "read a file of devices", "store a file of devices", "match the fleet"
DEVICES_STORED, DEVICES_MATCHED = store.DEVICES_STORED, matching.DEVICES_MATCHED
LARGE_BYTES = 256 * 1024
"""A file above that is read by a process of its own."""

LARGE_FLEET = 5_000
"""More devices than that are matched by a process of its own."""


def read_kept(
    settings: Settings,
    sessions: sessionmaker[Session],
    sha256: str,
    name: str,
    chosen: Mapping[str, str] | None,
    tell: errands.Tell = errands.untold,
) -> intake.Draft:
    """Read a file that was sent before. Raises BadSpreadsheet."""
    data = waiting.get(settings.home, sha256)
    if data is None:
        raise BadSpreadsheet(KeptSentence("%(name)s is no longer here: send it again", name=name))
    with sessions() as session:
        return intake.read_file(session, data, name, chosen, tell=tell)


def store_draft(
    settings: Settings, sessions: sessionmaker[Session], draft: intake.Draft, tell: errands.Tell = errands.untold
) -> dict[str, Any]:
    """Store a draft whole, and match the fleet; gives what it changed."""
    with sessions.begin() as session:
        done = intake.keep(session, draft, tell=tell)
    waiting.drop(settings.home, draft.sha256)
    match_in_turn(settings, sessions, told=tell)
    return asdict(done)


def _read(settings: Settings, sessions: sessionmaker[Session], errand: errands.Errand, tell: errands.Tell) -> dict[str, Any]:
    return intake.summary(_draft(settings, sessions, errand, tell))


def _store(settings: Settings, sessions: sessionmaker[Session], errand: errands.Errand, tell: errands.Tell) -> dict[str, Any]:
    return store_draft(settings, sessions, _draft(settings, sessions, errand, tell), tell)


def _draft(settings: Settings, sessions: sessionmaker[Session], errand: errands.Errand, tell: errands.Tell) -> intake.Draft:
    """The file as it was read, with all of its problems beside the errand."""
    draft = read_kept(settings, sessions, errand.given["sha256"], errand.given["name"], errand.given["chosen"], tell)
    if draft.problems:
        lines = csv_lines(("row", "place", "problem"), ((one.row, one.place, one.sentence) for one in draft.problems))
        with errands.beside(settings, errand.id, "problems.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
            file.writelines(lines)
    return draft


def _match(settings: Settings, sessions: sessionmaker[Session], _errand: errands.Errand, tell: errands.Tell) -> dict[str, Any]:
    return asdict(match_in_turn(settings, sessions, told=tell))


_DOERS: dict[str, Callable[[Settings, sessionmaker[Session], errands.Errand, errands.Tell], dict[str, Any]]] = {
    READ: _read,
    STORE: _store,
    MATCH: _match,
}


@click.command(hidden=True)
@click.argument("errand_id")
@click.pass_context
def errand(ctx: click.Context, errand_id: str) -> None:
    """Part of `up`: what a page asked for and could not wait for."""
    settings = ctx.find_object(Settings) or Settings.from_environment()
    found = errands.find(settings, errand_id)
    if found is None:
        raise RegistryError(f"there is no errand {errand_id[:40]}: pages of the fleet make them")
    with acting(found.author), db.opened(settings) as sessions:
        try:
            outcome = _DOERS[found.what](settings, sessions, found, errands.Telling(settings, errand_id))
        except RegistryError as problem:
            errands.end(settings, errand_id, None, str(problem))
            raise
    errands.end(settings, errand_id, outcome)


commands: tuple[click.Command, ...] = (errand,)
