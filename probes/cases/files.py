"""Files that go between an audit and a station: where, by which way, and what the transcript says of what the file server saw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from probes.cases.endings import NotExercised
from probes.cases.station import AuditedStation
from probes.csms.files import FileHouse, Place
from probes.judge.rules.firmware import FILE, SAW
from probes.wire.envelope import read_envelope
from probes.wire.records import Direction, EventKind, Frame, Record

WITHOUT_KEY = ("http", "ftp")
"""The ways that are tried where a station does not say which it has (SupportedFileTransferProtocols is optional)."""

UPDATE_SECONDS = 1800.0
"""How long an update may take from the request to its last status."""

ARRIVAL_SECONDS = 5.0
"""How long a file may take to be complete here after a station has told so."""


def file_house(station: AuditedStation) -> FileHouse:
    """The file servers of this audit. Raises `NotExercised` when there are none."""
    if station.csms.files is None:
        raise NotExercised("needs a file server, and this audit has none")
    return station.csms.files


def ways(station: AuditedStation) -> tuple[str, ...]:
    """By which schemes files can go between the two, the plainest first. Raises `NotExercised` for none."""
    served = file_house(station).schemes
    reading = station.shadow.configuration.get("supportedfiletransferprotocols")
    told = (reading.value or "") if reading else ""
    named = [item.strip().casefold() for item in told.split(",") if item.strip()]
    common = tuple(scheme for scheme in served if scheme in (named or WITHOUT_KEY))
    if not common:
        raise NotExercised(f"the station transfers files by {told}, this audit by {', '.join(served)}")
    return common


def own_host(station: AuditedStation) -> str | None:
    """The name or address by which the station has reached us; None: it did not say."""
    headers = station.link.handshake.headers
    told = next((value for name, value in headers.items() if name.casefold() == "host"), "")
    try:
        return urlsplit(f"//{told}").hostname
    except ValueError:
        return None


@contextmanager
def inbox(station: AuditedStation, scheme: str) -> Iterator[Place]:
    """A place for one file of the station; what it holds may be personal, and is not kept."""
    house = file_house(station)
    place = house.inbox(station.link.identity, scheme, own_host(station))
    try:
        yield place
    finally:
        house.discard(place)


@contextmanager
def offered(station: AuditedStation, name: str, content: bytes, scheme: str) -> Iterator[Place]:
    """A file that the station may fetch for as long as the block runs."""
    house = file_house(station)
    place = house.offer(name, content, scheme, own_host(station))
    try:
        yield place
    finally:
        house.end(place)


def nowhere(station: AuditedStation, scheme: str, name: str = "") -> str:
    """An address at the file server where nothing can be fetched and nothing be put: its credentials are worth nothing any more."""
    house = file_house(station)
    place = house.inbox(station.link.identity, scheme, own_host(station))
    house.discard(place)
    return place.location + name


async def note_arrival(station: AuditedStation, asked: int, place: Place) -> Path | None:
    """Say in the transcript what came of the upload that was asked for in frame `asked`: its size, or that nothing came."""
    path = await file_house(station).arrived(place, ARRIVAL_SECONDS)
    note(station, asked, "nothing came" if path is None else f"{path.stat().st_size} bytes came", came=path is not None)
    return path


def note(station: AuditedStation, asked: int, text: str, *, came: bool) -> None:
    """What the file server saw of the transfer that was asked for in frame `asked`."""
    station.transcript.add_event(EventKind.AUDIT, station.link.identity, {FILE: asked, SAW: text, "came": came})


async def told(station: AuditedStation, action: str, last: frozenset[str], since: int, seconds: float) -> None:
    """Wait for the last notification of a transfer."""
    await station.called(action, seconds, since=since, where=lambda payload: payload.get("status") in last)


async def update_over(station: AuditedStation, action: str, last: frozenset[str], since: int) -> None:
    """Wait for the last status of an update over all its connections, or for the boot after it."""

    def over(record: Record) -> bool:
        return _status(record, action) in last or _is_boot(record)

    await station.transcript.wait_for(over, UPDATE_SECONDS, after=since)


def was_told(station: AuditedStation, since: int, action: str, last: frozenset[str]) -> bool:
    """Whether one of these statuses was told."""
    return any(_status(record, action) in last for record in station.transcript.since(since))


def _is_boot(record: Record) -> bool:
    return isinstance(record, Frame) and record.direction is Direction.FROM_STATION and record.action == "BootNotification"


def _status(record: Record, action: str) -> str | None:
    if not isinstance(record, Frame) or record.direction is not Direction.FROM_STATION or record.action != action:
        return None
    payload = read_envelope(record.raw).payload
    return payload.get("status") if isinstance(payload, dict) else None
