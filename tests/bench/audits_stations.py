"""Many built-in stations in a process of their own: `python -m tests.bench.audits_stations URL COUNT`, until its input ends."""

from __future__ import annotations

import asyncio
import sys

from probes.station.station import Station
from tests.bench.stack_child import allow_many_sockets
from tests.probes.audits.facts import facts_with, twin_with


async def run(url: str, count: int) -> None:
    """Run `count` stations, S0 and so on, until a line is read."""
    config = twin_with(facts_with())
    stations = [Station(config, url, f"S{number}") for number in range(count)]
    running = [asyncio.create_task(station.run()) for station in stations]
    await asyncio.to_thread(sys.stdin.readline)
    for station in stations:
        station.stop()
    await asyncio.gather(*running, return_exceptions=True)


if __name__ == "__main__":
    allow_many_sockets()
    asyncio.run(run(sys.argv[1], int(sys.argv[2])))
