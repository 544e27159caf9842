"""Further stations of an audit beside the one that carries the cases out: some that are named, or many under load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from probes.central.stations import probe_config
from probes.station.station import Station

if TYPE_CHECKING:
    from probes.central.audited import AuditedCsms

AT_ONCE = 50
"""How many stations connect at the same time."""


def _all_online(stations: Sequence[Station]) -> bool:
    return all(station.online for station in stations)


@asynccontextmanager
async def crowd(csms: AuditedCsms, identities: Sequence[str]) -> AsyncIterator[tuple[Station, ...]]:
    """Stations with these identities at the central system, as far as it has registered them in time; they leave at the end.

    They stop nothing by themselves: whoever has them begin something has it ended.
    """
    config = replace(probe_config(csms.certified, csms.patience.answer, csms.identity), connectors=1)
    stations: list[Station] = []
    running: list[asyncio.Task[None]] = []
    registered: list[Station] = []
    try:
        for first in range(0, len(identities), AT_ONCE):
            new = [
                Station(
                    replace(config, serial_number=identity[:25]),
                    csms.endpoint,
                    identity,
                    clock=csms.clock,
                    transcript=csms.transcript,
                    security=csms.shown_by(identity),
                )
                for identity in identities[first : first + AT_ONCE]
            ]
            stations += new
            running += [asyncio.create_task(station.run()) for station in new]
            await csms.until(partial(_all_online, new), csms.patience.connection)
            registered += [station for station in new if station.online]
            if not registered:
                break
        yield tuple(registered)
    finally:
        for station in stations:
            csms.leaves("offline", station.identity)
            station.stop()
        await asyncio.gather(*running, return_exceptions=True)
