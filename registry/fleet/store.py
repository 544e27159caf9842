"""Keeps the fleet: a file's devices whole or not at all, and what people chose about columns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from registry.bulk import cleaned, insert_rows, uncollected
from registry.db import CleanText, Clock, lock_for_writing, utc_now
from registry.events import EventKind, Happening, record
from registry.fleet.models import FleetDevice, FleetImport, FleetMapping
from registry.fleet.rows import NewDevice
from registry.spreadsheets.columns import heading_key

DEVICES_STORED = "devices stored"
BATCH = 500
_Any = TypeVar("_Any")
_GIVEN = tuple(name for name in NewDevice.__dataclass_fields__ if name not in ("row", "hardware"))
_VALUES = attrgetter(*_GIVEN)
_IDENTITY = _GIVEN.index("identity")
_TEXTS = tuple(place for place, name in enumerate(_GIVEN) if isinstance(FleetDevice.__table__.c[name].type, CleanText))
_COLUMNS = ("import_id", "imported_at", *_GIVEN, "hardware", "is_drifted")


@dataclass(frozen=True)
class Outcome:
    """What a file changes: devices that are new, that are now otherwise, and that are as they were."""

    added: int
    changed: int
    same: int

    @property
    def total(self) -> int:
        """The devices of the file."""
        return self.added + self.changed + self.same


def outcome(session: Session, devices: Sequence[NewDevice]) -> Outcome:
    """What `keep` would do. At most one statement for some hundred devices."""
    present = _present(session, devices)
    given = _given(devices)
    added = sum(one[_IDENTITY] not in present for one in given)
    same = sum(present.get(one[_IDENTITY]) == one for one in given)
    return Outcome(added, len(devices) - added - same, same)


@uncollected()
def keep(
    session: Session,
    devices: Sequence[NewDevice],
    name: str,
    sha256: str,
    *,
    told: Callable[[int, int], None] = lambda _done, _of: None,
    clock: Clock = utc_now,
) -> Outcome:
    """Store the devices of one file; those that the fleet has already are replaced, others stay. All of it is kept, or nothing.

    `told` hears from time to time how many devices of how many are stored, which counts once all are.
    """
    lock_for_writing(session)
    now, present = clock(), _present(session, devices)
    altered = [one for one in _given(devices) if present.get(one[_IDENTITY]) != one]
    replaced = [str(one[_IDENTITY]) for one in altered if one[_IDENTITY] in present]
    changes = _changes(session, altered, present)
    done = Outcome(len(altered) - len(replaced), len(replaced), len(devices) - len(altered))
    values = {"name": name[:200], "sha256": sha256, "rows": len(devices), "added": done.added, "changed": done.changed, "imported_at": now}
    import_id = session.scalar(insert(FleetImport).values(**values).returning(FleetImport.id))
    for batch in _batches(replaced):
        session.execute(delete(FleetDevice).where(FleetDevice.identity.in_(batch)), execution_options={"synchronize_session": False})
    for number, some in enumerate(_batches(altered)):
        insert_rows(session, FleetDevice, _COLUMNS, [(import_id, now, *one, False) for one in some])
        told(number * BATCH + len(some), len(altered))
    record(session, now, [Happening(EventKind.NEW, "fleet", None, None, {"file": name[:200], "sha256": sha256, **asdict(done)}), *changes])
    return done


def _changes(session: Session, altered: Sequence[tuple[object, ...]], present: Mapping[object, tuple[object, ...]]) -> list[Happening]:
    """What each row that is replaced said, what the new one says, and how the device was answered; never an address."""
    before = {one[_IDENTITY]: present[one[_IDENTITY]] for one in altered if one[_IDENTITY] in present}
    answers = _answers(session, [str(identity) for identity in before])
    changes = []
    for one in altered:
        if one[_IDENTITY] not in before:
            continue
        pairs = zip((*_GIVEN, "hardware"), before[one[_IDENTITY]], one, strict=True)
        differing = {name: {"old": _plain(old), "new": _plain(new)} for name, old, new in pairs if old != new and name != "endpoint"}
        told = {"differing": differing, "answer": answers.get(str(one[_IDENTITY]))}
        changes.append(Happening(EventKind.CHANGED, "device", None, None, told, device=str(one[_IDENTITY])))
    return changes


def _answers(session: Session, names: Sequence[str]) -> dict[str, str]:
    """How devices are answered, of those that are."""
    found: dict[str, str] = {}
    columns = select(FleetDevice.identity, FleetDevice.answer).where(FleetDevice.answer.is_not(None))
    for batch in _batches(names):
        found.update({identity: str(answer) for identity, answer in session.execute(columns.where(FleetDevice.identity.in_(batch)))})
    return found


def _plain(value: object) -> object:
    """A value of a row as JSON holds it; the rows of the hardware as one text."""
    if isinstance(value, Mapping):
        return "; ".join(f"{row}: {told}" for row, told in value.items()) or None
    return value.isoformat() if isinstance(value, date) else value


def remembered(session: Session, header: Sequence[str]) -> dict[str, str]:
    """Which heading a person chose for a field, the last time that a file had these headings."""
    found = session.get(FleetMapping, _key(header))
    return {str(field): str(heading) for field, heading in found.chosen.items()} if found is not None else {}


def remember(session: Session, header: Sequence[str], chosen: Mapping[str, str], *, clock: Clock = utc_now) -> None:
    """Remember what was chosen for files with these headings."""
    lock_for_writing(session)
    session.merge(FleetMapping(headings_sha256=_key(header), chosen=dict(chosen), chosen_at=clock()))


def _key(header: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(map(heading_key, header)).encode()).hexdigest()


def _present(session: Session, devices: Sequence[NewDevice]) -> dict[object, tuple[object, ...]]:
    """The devices that the fleet has, by identity: at least those of the file."""
    columns = [getattr(FleetDevice, name) for name in (*_GIVEN, "hardware")]
    if (session.scalar(select(func.count()).select_from(FleetDevice)) or 0) <= len(devices):
        # Looking each of them up would take longer.
        return {row[_IDENTITY]: tuple(row) for row in session.execute(select(*columns))}
    found: dict[object, tuple[object, ...]] = {}
    for batch in _batches(devices):
        statement = select(*columns).where(FleetDevice.identity.in_([device.identity for device in batch]))
        found.update({row[_IDENTITY]: tuple(row) for row in session.execute(statement)})
    return found


def _given(devices: Sequence[NewDevice]) -> list[tuple[object, ...]]:
    """The devices by `_GIVEN` and their hardware, as the database gives them back."""
    columns: list[Sequence[Any]] = list(zip(*map(_VALUES, devices), strict=True))
    for place in _TEXTS if devices else ():
        columns[place] = cleaned(columns[place])
    return list(zip(*columns, (dict(device.hardware) for device in devices), strict=True))


def _batches(values: Iterable[_Any]) -> Iterator[list[_Any]]:
    remaining = iter(values)
    while batch := list(islice(remaining, BATCH)):
        yield batch
