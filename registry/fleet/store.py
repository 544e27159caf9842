"""Keeps the fleet: a file's devices whole or not at all, and what people chose about columns."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from registry.bulk import cleaned, insert_rows, uncollected
from registry.db import CleanText, Clock, lock_for_writing, utc_now
from registry.events import EventKind, Happening, record
from registry.fleet.devices import NewDevice
from registry.fleet.models import FleetDevice, FleetImport, FleetMapping
from registry.fleet.rows import HARDWARE
from registry.spreadsheets.columns import heading_key

DEVICES_STORED = "devices stored"
BATCH = 500
_Any = TypeVar("_Any")
_GIVEN = tuple(name for name in NewDevice.__dataclass_fields__ if name not in ("row", "rows", "connectors", "hardware"))
_VALUES = attrgetter(*_GIVEN)
_IDENTITY = _GIVEN.index("identity")
_TEXTS = tuple(place for place, name in enumerate(_GIVEN) if isinstance(FleetDevice.__table__.c[name].type, CleanText))
_COLUMNS = ("import_id", "imported_at", "firmware_at", *_GIVEN, "hardware", "is_drifted")
EVERYTHING = frozenset((*_GIVEN, *HARDWARE))
"""All that a file can say of a device, by the names of `registry.fleet.rows.ALIASES`."""

MOST_CHANGES = 1_000
"""Of so many devices what changes is told one by one."""


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


@dataclass(frozen=True)
class Change:
    """What of a device of the fleet becomes otherwise: by field, what the fleet has and what the file says; None for nothing."""

    identity: str
    differing: Mapping[str, tuple[object, object]]


@dataclass(frozen=True)
class Preview:
    """What `keep` would do: `changes` has the first devices that are now otherwise, `emptied` by field of how many nothing is left."""

    outcome: Outcome
    changes: tuple[Change, ...]
    emptied: Mapping[str, int]


class _Stored(NamedTuple):
    """A device of the fleet: its values by `_GIVEN`, with its hardware, and when the file came that told of its firmware."""

    values: tuple[object, ...]
    firmware_at: datetime


def preview(session: Session, devices: Sequence[NewDevice], told: Set[str] = EVERYTHING) -> Preview:
    """What `keep` would do. At most one statement for some hundred devices."""
    present = _present(session, devices)
    added = same = 0
    changes: list[Change] = []
    emptied: Counter[str] = Counter()
    for one in _merged(devices, present, told):
        before = present.get(one[_IDENTITY])
        if before is None:
            added += 1
        elif before.values == one:
            same += 1
        else:
            differing = _differing(before.values, one)
            emptied.update(name for name, (_, now) in differing.items() if now is None)
            if len(changes) < MOST_CHANGES:
                changes.append(Change(str(one[_IDENTITY]), differing))
    return Preview(Outcome(added, len(devices) - added - same, same), tuple(changes), dict(emptied))


def _differing(before: tuple[object, ...], now: tuple[object, ...]) -> dict[str, tuple[object, object]]:
    """By field what was and what is now, each row of the hardware for itself."""
    old, new = (dict(zip(_GIVEN, one, strict=False)) | _hardware(one[-1]) for one in (before, now))
    return {name: (old.get(name) or None, new.get(name) or None) for name in (*_GIVEN, *HARDWARE) if old.get(name) != new.get(name)}


def _hardware(rows: object) -> dict[str, object]:
    return {name: rows.get(row) for name, row in HARDWARE.items()} if isinstance(rows, Mapping) else {}


@uncollected()
def keep(
    session: Session,
    devices: Sequence[NewDevice],
    name: str,
    sha256: str,
    *,
    says: Set[str] = EVERYTHING,
    told: Callable[[int, int], None] = lambda _done, _of: None,
    clock: Clock = utc_now,
) -> Outcome:
    """Store the devices of one file; those that the fleet has already are replaced, others stay. All of it is kept, or nothing.

    `says` are the fields that the file has columns for (`registry.fleet.rows.told_by`): what it does not speak of stays as it is.
    `told` hears from time to time how many devices of how many are stored, which counts once all are.
    """
    lock_for_writing(session)
    now, present = clock(), _present(session, devices)
    altered = [one for one in _merged(devices, present, says) if one[_IDENTITY] not in present or present[one[_IDENTITY]].values != one]
    replaced = [str(one[_IDENTITY]) for one in altered if one[_IDENTITY] in present]
    changes = _changes(session, altered, present)
    done = Outcome(len(altered) - len(replaced), len(replaced), len(devices) - len(altered))
    values = {"name": name[:200], "sha256": sha256, "rows": len(devices), "added": done.added, "changed": done.changed, "imported_at": now}
    import_id = session.scalar(insert(FleetImport).values(**values).returning(FleetImport.id))
    for batch in _batches(replaced):
        session.execute(delete(FleetDevice).where(FleetDevice.identity.in_(batch)), execution_options={"synchronize_session": False})
    for number, some in enumerate(_batches(altered)):
        since = [None if "firmware" in says or one[_IDENTITY] not in present else present[one[_IDENTITY]].firmware_at for one in some]
        insert_rows(session, FleetDevice, _COLUMNS, [(import_id, now, at, *one, False) for at, one in zip(since, some, strict=True)])
        told(number * BATCH + len(some), len(altered))
    record(session, now, [Happening(EventKind.NEW, "fleet", None, None, {"file": name[:200], "sha256": sha256, **asdict(done)}), *changes])
    return done


def _changes(session: Session, altered: Sequence[tuple[object, ...]], present: Mapping[object, _Stored]) -> list[Happening]:
    """What each row that is replaced said, what the new one says, and how the device was answered; never an address."""
    before = {one[_IDENTITY]: present[one[_IDENTITY]].values for one in altered if one[_IDENTITY] in present}
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


def _present(session: Session, devices: Sequence[NewDevice]) -> dict[object, _Stored]:
    """The devices that the fleet has, by identity: at least those of the file."""
    columns = [getattr(FleetDevice, name) for name in (*_GIVEN, "hardware")]
    columns.append(func.coalesce(FleetDevice.firmware_at, FleetDevice.imported_at))
    if (session.scalar(select(func.count()).select_from(FleetDevice)) or 0) <= len(devices):
        # Looking each of them up would take longer.
        return _by_identity(session.execute(select(*columns)))
    found: dict[object, _Stored] = {}
    for batch in _batches(devices):
        statement = select(*columns).where(FleetDevice.identity.in_([device.identity for device in batch]))
        found.update(_by_identity(session.execute(statement)))
    return found


def _by_identity(rows: Iterable[Sequence[Any]]) -> dict[object, _Stored]:
    return {row[_IDENTITY]: _Stored(tuple(row[:-1]), row[-1]) for row in rows}


def _merged(devices: Sequence[NewDevice], present: Mapping[object, _Stored], told: Set[str]) -> list[tuple[object, ...]]:
    """The devices as they are to be kept: what the file does not speak of is as the fleet has it."""
    given = _given(devices)
    if told >= EVERYTHING:
        return given
    spoken = [name in told for name in _GIVEN]
    rows = {row for name, row in HARDWARE.items() if name in told}
    return [_with_rest(one, present[one[_IDENTITY]].values, spoken, rows) if one[_IDENTITY] in present else one for one in given]


def _with_rest(one: tuple[Any, ...], before: tuple[Any, ...], spoken: Sequence[bool], rows: Set[str]) -> tuple[object, ...]:
    """One device with what the fleet has of it where the file says nothing: `rows` are those of the hardware of which it speaks."""
    values = (new if says else old for new, old, says in zip(one, before, spoken, strict=False))
    return (*values, {row: told for row, told in before[-1].items() if row not in rows} | one[-1])


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
