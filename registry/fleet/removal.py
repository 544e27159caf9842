"""Takes devices out of the fleet again: one, those that a file brought, or those that a choice of the table has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from registry.db import Clock, clean_text, lock_for_writing, utc_now
from registry.errors import RegistryError
from registry.events import EventKind, Happening, record
from registry.fleet.models import FleetDevice, FleetImport
from registry.fleet.queries import condition_of
from registry.fleet.query import FleetQuery
from registry.sentences import Sentence

MOST_NAMED = 1_000
"""So many devices an event names; of more it tells how many there were."""

MOST_SHOWN = 200


@dataclass(frozen=True)
class ImportRow:
    """One file that was stored: `left` counts the devices of the fleet whose row is still the one that it had."""

    id: int
    name: str
    sha256: str
    rows: int
    added: int
    changed: int
    imported_at: datetime
    left: int


def imports(session: Session) -> tuple[ImportRow, ...]:
    """The files that were stored, the newest first. One statement."""
    left = select(FleetDevice.import_id, func.count().label("number")).group_by(FleetDevice.import_id).subquery()
    columns = [getattr(FleetImport, name) for name in ("id", "name", "sha256", "rows", "added", "changed", "imported_at")]
    statement = select(*columns, func.coalesce(left.c.number, 0)).outerjoin(left, left.c.import_id == FleetImport.id)
    return tuple(ImportRow(*tuple(row)) for row in session.execute(statement.order_by(FleetImport.id.desc()).limit(MOST_SHOWN)))


def remove_device(session: Session, identity: str, *, clock: Clock = utc_now) -> None:
    """Take one device out. Raises RegistryError where the fleet has none of that identity."""
    wanted = FleetDevice.identity == clean_text(identity)
    if not _remove(session, wanted, 1, {}, clock):
        raise RegistryError(Sentence("The fleet has no device %(identity)s any more", identity=identity[:80]))


def remove_import(session: Session, import_id: int, expected: int, *, clock: Clock = utc_now) -> int:
    """Take the devices out whose row is the one that this file had; those that a later file changed stay. Gives how many went.

    Raises RegistryError where it is not `expected` devices: somebody changed the fleet since the page was looked at.
    """
    found = session.get(FleetImport, import_id)
    if found is None:
        raise RegistryError(Sentence("There is no such import: look at the list of imports once more"))
    told = {"import": import_id, "file": found.name, "sha256": found.sha256}
    return _remove(session, FleetDevice.import_id == import_id, expected, told, clock)


def remove_chosen(session: Session, query: FleetQuery, expected: int, *, clock: Clock = utc_now) -> int:
    """Take out what a narrowed table shows, on all its pages. Gives how many went. Raises RegistryError as `remove_import` does."""
    if not query.narrows:
        raise RegistryError(Sentence("The table shows the whole fleet: narrow it to the devices that are to go"))
    told = {"text": query.text, **{name: list(values) for name, values in query.chosen.items()}}
    return _remove(session, condition_of(query), expected, {"choice": told}, clock)


def _remove(session: Session, condition: ColumnElement[bool], expected: int, told: dict[str, Any], clock: Clock) -> int:
    lock_for_writing(session)
    names: Sequence[str] = session.scalars(select(FleetDevice.identity).where(condition).order_by(FleetDevice.identity)).all()
    if len(names) != expected:
        raise RegistryError(
            Sentence(
                "It is %(number)s devices now, and was %(expected)s when the page was loaded: look at it once more",
                number=f"{len(names):,}",
                expected=f"{expected:,}",
            )
        )
    if not names:
        return 0
    session.execute(delete(FleetDevice).where(condition), execution_options={"synchronize_session": False})
    payload = told | {"removed": len(names), "devices": list(names[:MOST_NAMED])}
    record(session, clock(), [Happening(EventKind.WITHDRAWN, "fleet", None, None, payload, device=names[0] if len(names) == 1 else None)])
    return len(names)
