"""A file of devices on its way into the fleet: read, its columns told apart, every problem named, and only then stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from registry import errands
from registry.fleet import connectors, store
from registry.fleet.devices import NewDevice
from registry.fleet.rows import ALIASES, CAN_SAY_NOTHING, WEAK, Problem, read_devices, told_by
from registry.matching.hardware import names_connector
from registry.spreadsheets.columns import Columns, first_claims, map_columns
from registry.spreadsheets.nothing import silences
from registry.spreadsheets.read import read_sheet
from registry.spreadsheets.sheet import BadSpreadsheet, Sheet

ROWS_READ = "rows read"
PROBLEMS_SHOWN = 200
ROWS_SHOWN = 5
CHANGES_SHOWN = 100
SHOWN = ("identity", "vendor", "model", "firmware", "site", "installed")
ANYTHING_BUT = "-"
"""Chosen for a field, in place of a heading: no column of the file holds it."""


@dataclass(frozen=True)
class Draft:
    """A file that was read. `problem` is the one sentence why its rows could not be looked at; None when they were.

    `preview` is what storing it would change; None where there is any problem.
    """

    name: str
    sha256: str
    sheet: Sheet
    chosen: Mapping[str, str]
    columns: Columns | None
    devices: tuple[NewDevice, ...]
    problems: tuple[Problem, ...]
    problem: str | None
    preview: store.Preview | None

    @property
    def outcome(self) -> store.Outcome | None:
        """How many devices storing it would change."""
        return self.preview.outcome if self.preview is not None else None

    @property
    def headings(self) -> Mapping[str, str]:
        """The heading of each field; where two columns claim one, the first of them."""
        if self.columns is not None:
            return self.columns.headings
        return first_claims(self.sheet, ALIASES) | dict(self.chosen)

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file was read, which columns were not looked at, and which cells were taken for nothing said."""
        if self.columns is None:
            return self.sheet.notes
        told = silences(self.sheet.rows, self.columns, CAN_SAY_NOTHING)
        counted = filter(names_connector, self.columns.unused) if any(one.connectors for one in self.devices) else ()
        return (*self.sheet.notes, *connectors.notes(self.devices), *self.columns.not_looked_at(tuple(counted)), *told)

    @property
    def can_be_stored(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.problem is None and not self.problems


def read_file(
    session: Session, data: bytes, name: str, chosen: Mapping[str, str] | None = None, *, tell: errands.Tell = errands.untold
) -> Draft:
    """Read a file and store nothing. Without `chosen`, what was chosen before for files with these headings holds.

    Raises BadSpreadsheet for what is no spreadsheet.
    """
    sheet = read_sheet(data, name, told=lambda rows: tell(ROWS_READ, rows, None))
    choice = dict(chosen) if chosen else store.remembered(session, sheet.header)
    sha256 = hashlib.sha256(data).hexdigest()
    columns = None
    try:
        columns = _columns(sheet, choice, name)
        devices, problems = read_devices(sheet, columns, name)
    except BadSpreadsheet as error:
        return Draft(name, sha256, sheet, choice, columns, (), (), error.args[0], None)
    preview = None if problems else store.preview(session, devices, told_by(columns))
    return Draft(name, sha256, sheet, choice, columns, tuple(devices), tuple(problems), None, preview)


def summary(draft: Draft) -> dict[str, Any]:
    """What a page shows of a draft, as JSON: the first problems, rows and changes, and how many there are."""
    outcome, changed = draft.outcome, changes(draft)
    return {
        "name": draft.name,
        "sha256": draft.sha256,
        "rows": len(draft.sheet.rows),
        "header_row": draft.sheet.header_row,
        "headings": [heading for heading in dict.fromkeys(draft.sheet.header) if heading],
        "found": dict(draft.headings),
        "notes": list(draft.notes),
        "problem": draft.problem,
        "problems": [{"place": one.place, "sentence": one.sentence} for one in draft.problems[:PROBLEMS_SHOWN]],
        "more": max(0, len(draft.problems) - PROBLEMS_SHOWN),
        "bad_rows": len({one.row for one in draft.problems}),
        "first": [{name: str(getattr(one, name) or "") for name in SHOWN} for one in draft.devices[:ROWS_SHOWN]],
        "can_be_stored": draft.can_be_stored,
        "outcome": asdict(outcome) if outcome is not None else None,
        "changes": changed[:CHANGES_SHOWN],
        "more_changes": max(0, (outcome.changed if outcome is not None else 0) - CHANGES_SHOWN),
        "emptied": dict(draft.preview.emptied) if draft.preview is not None else {},
    }


def changes(draft: Draft) -> list[dict[str, Any]]:
    """What storing the draft changes about devices that the fleet has, as JSON: of each, field by field, the old value and the new."""
    found = draft.preview.changes if draft.preview is not None else ()
    return [
        {
            "identity": one.identity,
            "differing": [{"field": name, "old": _cell(old), "new": _cell(new)} for name, (old, new) in one.differing.items()],
        }
        for one in found
    ]


def _cell(value: object) -> str | None:
    return None if value is None else str(value)


def keep(session: Session, draft: Draft, *, tell: errands.Tell = errands.untold) -> store.Outcome:
    """Store a draft that can be stored, and remember what was chosen for its columns."""
    if draft.columns is None or not draft.can_be_stored:
        raise BadSpreadsheet(draft.problem or f"{draft.name}: {draft.problems[0]}")
    if draft.chosen:
        store.remember(session, draft.sheet.header, draft.chosen)
    told = partial(tell, store.DEVICES_STORED)
    return store.keep(session, draft.devices, draft.name, draft.sha256, says=told_by(draft.columns), told=told)


def _columns(sheet: Sheet, chosen: Mapping[str, str], name: str) -> Columns:
    """The columns; a field for which nothing was to be taken has none, whatever its headings."""
    left_out = {field for field, heading in chosen.items() if heading == ANYTHING_BUT}
    strong, weak = ({field: names for field, names in table.items() if field not in left_out} for table in (ALIASES, WEAK))
    return map_columns(sheet, strong, name, {field: heading for field, heading in chosen.items() if field not in left_out}, weak)
