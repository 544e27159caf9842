"""Holds the fleet against the certificates, and keeps what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session, sessionmaker

from registry import errands
from registry.aliases.queries import SUBJECT as COMPANY
from registry.audits.models import Audit
from registry.certificates.matchable import certificate_index
from registry.db import Clock, lock_for_writing, utc_now
from registry.events import Event, EventKind, Happening, record, tell
from registry.fleet.models import FleetDevice, FleetMatch
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Device, Match
from registry.matching.names import Same
from registry.matching.versions import names_a_version, same_version
from registry.requirements.checking import program_version

DEVICES_MATCHED = "devices matched"
BATCH = 2_000
DEVICES_AT_ONCE = 500
"""Devices asked for by one statement: databases bound the number of its parameters."""

_READ = (
    *(FleetDevice.identity, FleetDevice.vendor, FleetDevice.model, FleetDevice.firmware, FleetDevice.role, FleetDevice.protocol),
    *(FleetDevice.hardware, FleetDevice.installed, FleetDevice.imported_at, FleetDevice.answer, FleetDevice.firmware_at),
)
_DECIDES = or_(Event.subject.in_(("certificate", "listing", COMPANY, "fleet")), Event.kind == str(EventKind.AUDITED))
"""The events of what answers depend on, besides the program: not of what is made of it."""

_WRITTEN = ("answer", "rule", "sentence", "found", "firmware_used", "seen_firmware", "seen_at", "is_drifted")


@dataclass(frozen=True)
class Tally:
    """How many devices came to which answer; `drifted` are those that an audit saw with another firmware than their row has."""

    covered: int
    not_covered: int
    cannot_tell: int
    drifted: int

    @property
    def total(self) -> int:
        """All devices."""
        return self.covered + self.not_covered + self.cannot_tell


@dataclass(frozen=True)
class Seen:
    """The firmware that a device told of itself in its last audit that saw any."""

    firmware: str
    at: datetime


def match_fleet(sessions: sessionmaker[Session], *, told: errands.Tell = errands.untold, clock: Clock = utc_now) -> Tally:
    """Match every device anew. Writers wait only while some thousand answers are stored; a device that is imported meanwhile gets none."""
    with sessions() as reading:
        # Before anything is read: what is stored while the fleet is matched is told as come after.
        newest = reading.scalar(select(func.max(Event.id))) or 0
        index = certificate_index(reading)
        seen = seen_firmware(reading)
        rows = reading.execute(select(*_READ).order_by(FleetDevice.identity)).all()
    answers: Counter[str] = Counter()
    known: dict[tuple[object, ...], Match] = {}
    for begin in range(0, len(rows), BATCH):
        values = [_values(row, seen.get(row.identity), index, known) for row in rows[begin : begin + BATCH]]
        answers.update(str(one["answer"]) for one in values)
        answers["drifted"] += sum(bool(one["is_drifted"]) for one in values)
        with sessions.begin() as writing:
            lock_for_writing(writing)
            _store(writing, values)
            now = clock()
            _tell_coverage(writing, now, rows[begin : begin + BATCH], values)
            _tell_drift(writing, now, rows[begin : begin + BATCH], values)
        told(DEVICES_MATCHED, begin + len(values), len(rows))
    tally = Tally(answers[Answer.COVERED], answers[Answer.NOT_COVERED], answers[Answer.CANNOT_TELL], answers["drifted"])
    with sessions.begin() as writing:
        lock_for_writing(writing)
        now = clock()
        writing.execute(insert(FleetMatch).values(matched_at=now, **asdict(tally)))
        overtaken = has_changed(writing, newest)
        tell(writing, now, "fleet", "matched", program=program_version(), overtaken=overtaken, **asdict(tally))
    return tally


def has_changed(session: Session, after: int) -> bool:
    """Whether anything that answers depend on has changed since the event with that id. One statement."""
    return session.scalar(select(Event.id).where(Event.id > after, _DECIDES).limit(1)) is not None


def seen_firmware(session: Session) -> dict[str, Seen]:
    """What each device last said of its firmware in an audit (BootNotification.req, 1.6 6.3). One statement."""
    firmware = Audit.report["device"]["reported"]["firmware"].as_string()
    ended = func.coalesce(Audit.ended_at, Audit.requested_at)
    ranked = (
        select(
            Audit.station_id,
            firmware.label("firmware"),
            ended.label("at"),
            func.row_number().over(partition_by=Audit.station_id, order_by=(ended.desc(), Audit.id)).label("rank"),
        )
        .where(Audit.report.is_not(None), firmware.is_not(None), firmware != "")
        .subquery()
    )
    statement = select(ranked.c.station_id, ranked.c.firmware, ranked.c.at).where(ranked.c.rank == 1)
    return {station: Seen(told, at) for station, told, at in session.execute(statement) if isinstance(told, str)}


def _values(row: Row[Any], seen: Seen | None, index: Index, known: dict[tuple[object, ...], Match]) -> dict[str, Any]:
    """What is stored about one device. What it runs is what its row or its last audit says, the newer of them that names a version."""
    firmware = _runs(row.firmware, row.firmware_at or row.imported_at, seen)
    device = Device(row.vendor, row.model, firmware, row.role, row.protocol, row.hardware, row.installed)
    named = (getattr(device, name) for name in ("vendor", "model", "firmware", "role", "protocol", "installed"))
    key = (*named, *sorted(row.hardware.items()))
    found = known.get(key)
    if found is None:
        found = known[key] = match(device, index)
    return {
        "of": row.identity,
        "as_of": row.imported_at,
        "answer": str(found.answer),
        "rule": found.rule,
        "sentence": found.sentence,
        "found": found.to_json(),
        "firmware_used": firmware,
        "seen_firmware": seen.firmware if seen is not None else None,
        "seen_at": seen.at if seen is not None else None,
        "is_drifted": seen is not None and same_version(row.firmware or "", seen.firmware) is Same.NO,
    }


def _runs(firmware: str | None, told: datetime, seen: Seen | None) -> str | None:
    """The firmware that a device runs, of which its row `told` at that time: a row that has "unknown" says nothing beside an audit, nor
    does a station that tells "0".
    """
    if seen is None or not firmware:
        return seen.firmware if seen is not None else firmware
    if names_a_version(firmware) != names_a_version(seen.firmware):
        return firmware if names_a_version(firmware) else seen.firmware
    return seen.firmware if seen.at > told else firmware


def _store(session: Session, values: list[dict[str, Any]]) -> None:
    """Write answers to the devices that are still as they were when they were read."""
    statement = (
        update(FleetDevice.__table__)  # type: ignore[arg-type]  # a mapped class has a Table
        .where(FleetDevice.identity == bindparam("of"), FleetDevice.imported_at == bindparam("as_of"))
        .values({name: bindparam(name) for name in _WRITTEN})
    )
    session.connection().execute(statement, values)


def _tell_coverage(session: Session, now: datetime, rows: Sequence[Row[Any]], values: Sequence[dict[str, Any]]) -> None:
    """Make an event of each device that is answered otherwise than before; the first answer about a device changes nothing.

    A row that was replaced has no answer yet: then what was kept of the one before it decides.
    """
    earlier = _last_answers(session, [row.identity for row in rows if row.answer is None])
    changed = []
    for row, one in zip(rows, values, strict=True):
        old = row.answer or earlier.get(row.identity)
        if old not in (None, one["answer"]):
            told = {"old": old, "new": one["answer"], "sentence": one["sentence"]}
            changed.append(Happening(EventKind.COVERAGE, "device", None, None, told, device=row.identity))
    record(session, now, changed)


def _tell_drift(session: Session, now: datetime, rows: Sequence[Row[Any]], values: Sequence[dict[str, Any]]) -> None:
    """Make an event of each device that is found to drift, and of each that does so no longer.

    Once for the same two versions however often the fleet is matched, and again when the drift had ended in between. What was told last
    says so, and not the device's row, which is a new one after each import.
    """
    last = _last_told(session, [row.identity for row in rows])
    fresh = []
    for row, one in zip(rows, values, strict=True):
        told, versions = last.get(row.identity), {"row": row.firmware, "seen": one["seen_firmware"]}
        if one["is_drifted"] and told != (EventKind.DRIFTED, versions):
            fresh.append(Happening(EventKind.DRIFTED, "device", None, None, versions, device=row.identity))
        elif told is not None and told[0] == EventKind.DRIFTED and _has_ended(row.firmware, one["seen_firmware"]):
            fresh.append(Happening(EventKind.DRIFT_ENDED, "device", None, None, versions, device=row.identity))
    record(session, now, fresh)


def _has_ended(firmware: str | None, seen: str | None) -> bool:
    """Whether a drift is certainly over: where it cannot be told, nothing is said."""
    return not names_a_version(firmware or "") or (seen is not None and same_version(str(firmware), seen) is Same.YES)


def _last_answers(session: Session, names: Sequence[str]) -> dict[str, str]:
    """How devices were last answered, as it was told, or as it was kept when their rows were replaced."""
    last: dict[str, str] = {}
    for device, kind, payload in _happened(session, names, EventKind.COVERAGE, EventKind.CHANGED):
        answer = payload.get("new" if kind == EventKind.COVERAGE else "answer")
        if answer:
            last[device] = str(answer)
    return last


def _last_told(session: Session, names: Sequence[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    """What was last told of each device's drift: that it drifts, or that it does so no longer, with the versions."""
    found = _happened(session, names, EventKind.DRIFTED, EventKind.DRIFT_ENDED)
    return {device: (kind, payload) for device, kind, payload in found}


def _happened(session: Session, names: Sequence[str], *kinds: EventKind) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What of these kinds happened to devices, the oldest first."""
    statement = select(Event.device, Event.kind, Event.payload).where(Event.subject == "device", Event.kind.in_(kinds)).order_by(Event.id)
    for begin in range(0, len(names), DEVICES_AT_ONCE):
        for device, kind, payload in session.execute(statement.where(Event.device.in_(names[begin : begin + DEVICES_AT_ONCE]))):
            yield str(device), kind, payload
