"""What `bench_stack` measures: our CSMS and our stations; tap and redaction are on, and every payload is validated both ways."""

from __future__ import annotations

import asyncio
from functools import partial

from ocpp.v16 import call

from probes.csms.csms import Csms
from probes.wire import loops
from probes.wire.client import open_connection
from probes.wire.connection import Tap
from probes.wire.peer import Peer
from probes.wire.records import Direction
from probes.wire.transcript import Transcript
from probes.wire.websocket import KeepAlive
from tests.bench.stack_child import CALLERS, SNAKE_METER_VALUES, obey, run, told_port

HISTORY = 1000
"""How many records of each station are kept, as `ocpp-registry csms` does."""


async def server(ping: float) -> None:
    """Serve until told to end."""
    async with Csms(history=HISTORY, keep_alive=KeepAlive(ping)) as csms:
        await obey(csms.port)


async def stations(ping: float) -> None:
    """Call when told to."""
    port = told_port()
    peers = []
    for number in range(CALLERS):
        connected = await open_connection(f"ws://127.0.0.1:{port}", f"CP{number}", None, KeepAlive(ping))
        tap = Tap(connected.connection, Transcript(limit=HISTORY), f"CP{number}", Direction.FROM_STATION, connected.detail())
        peers.append(Peer(tap))
    reading = [asyncio.create_task(peer.start()) for peer in peers]
    await obey(0, [partial(peer.call, call.MeterValues(**SNAKE_METER_VALUES)) for peer in peers])
    for task in reading:
        task.cancel()


if __name__ == "__main__":
    run({"server": server, "fast": server, "stations": stations}, {"fast": loops.run})
