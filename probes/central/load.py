"""Many stations at once at the central system, where whoever ordered the audit allows it: how long its answers take then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from probes.central.audited import AuditedCsms
from probes.central.crowd import crowd
from probes.central.tags import TagState
from probes.judge.central.load import LEVELS, MOST
from probes.judge.central.view import LOAD
from probes.station.station import Station
from probes.wire.open_files import allow_many_files
from probes.wire.records import EventKind
from registry.errors import CannotBegin


def levels(most: int) -> tuple[int, ...]:
    """How many stations there are at once, step by step, up to `most`. Raises `CannotBegin` for more than an audit ever brings."""
    if not 0 <= most <= MOST:
        raise CannotBegin(f"load of {most} stations: an audit brings 1 to {MOST}; 0 brings none")
    return tuple(sorted({level for level in LEVELS if level <= most} | ({most} if most else set())))


def identities(prefix: str, count: int) -> tuple[str, ...]:
    """The stations that are brought, recognisable by their prefix."""
    return tuple(f"{prefix}{number:04d}" for number in range(1, count + 1))


async def put_under_load(csms: AuditedCsms, most: int, prefix: str) -> str | None:
    """Bring 10, 100, ... stations, up to `most`; each registers, tells its status, asks and, with a valid tag, begins and ends a
    transaction, all at the same time. Gives why it went no further, None when it did.
    """
    allow_many_files()
    await csms.offline()
    for count in levels(most):
        names = identities(prefix, count)
        csms.transcript.add_event(EventKind.AUDIT, csms.identity, {LOAD: list(names), "step": "begin"})
        try:
            async with crowd(csms, names) as stations:
                await asyncio.gather(*(_session(csms, station) for station in stations))
        finally:
            csms.transcript.add_event(EventKind.AUDIT, csms.identity, {LOAD: list(names), "step": "end"})
        if len(stations) < count:
            return (
                f"of {count} stations {names[0]} to {names[-1]} only {len(stations)} were registered; register them there before the audit"
            )
    return None


async def _session(csms: AuditedCsms, station: Station) -> None:
    """What one of many does."""
    await station.call("Heartbeat", {})
    tag = csms.tags.first(TagState.VALID)
    if tag is None:
        return
    await station.call("Authorize", {"idTag": tag})
    start = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": station.timestamp()}
    answer = await station.call("StartTransaction", start)
    number = answer.payload.get("transactionId") if isinstance(answer.payload, Mapping) else None
    if not isinstance(number, int):
        if answer.kind != "error":
            csms.leave(f"a transaction of {station.identity}, whose start was not answered, may be open there")
        return
    end = {"transactionId": number, "meterStop": 0, "timestamp": station.timestamp(), "reason": "Other"}
    if not await _is_taken(station, end):
        csms.leave(f"the transaction {number} of {station.identity} may still be open there")


async def _is_taken(station: Station, end: Mapping[str, object], attempts: Sequence[int] = range(3)) -> bool:
    for _ in attempts:
        if (await station.call("StopTransaction", end)).kind == "result":
            return True
    return False
