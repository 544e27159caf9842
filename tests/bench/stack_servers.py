"""What is measured by `bench_stack`, each in a process of its own: servers, and stations that call.

`python -m tests.bench.stack_servers KIND [PING_SECONDS]`: prints the port (a station: takes it), then answers each line of standard
input with one line.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import ocpp.v16
from ocpp.routing import on
from ocpp.v16 import call, call_result
from ocpp.v16.enums import Action
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from probes.csms.csms import Csms
from probes.wire.client import open_connection
from probes.wire.connection import Tap
from probes.wire.peer import Peer
from probes.wire.records import Direction
from probes.wire.transcript import Transcript
from probes.wire.websocket import SUBPROTOCOL, KeepAlive

HISTORY = 1000
"""How many records of each station are kept, as `ocpp-registry csms` does."""

CALLERS = 20
"""How many stations call at once."""

METER_VALUES: dict[str, Any] = {
    "connectorId": 1,
    "transactionId": 7,
    "meterValue": [
        {
            "timestamp": "2026-01-01T00:00:00Z",
            "sampledValue": [
                {"value": "230.0", "context": "Sample.Periodic", "measurand": "Voltage", "unit": "V"},
                {"value": "20", "context": "Sample.Periodic", "measurand": "SoC", "unit": "Percent"},
                {"value": "12345", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            ],
        }
    ],
}
TYPED = call.MeterValues(
    connector_id=1,
    transaction_id=7,
    meter_value=[
        {
            "timestamp": "2026-01-01T00:00:00Z",
            "sampled_value": [
                {"value": "230.0", "context": "Sample.Periodic", "measurand": "Voltage", "unit": "V"},
                {"value": "20", "context": "Sample.Periodic", "measurand": "SoC", "unit": "Percent"},
                {"value": "12345", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            ],
        }
    ],
)


class LibraryPoint(ocpp.v16.ChargePoint):
    """The library as it comes."""

    @on(Action.meter_values)  # type: ignore[untyped-decorator]  # library without types
    def on_meter_values(self, **_: Any) -> call_result.MeterValues:
        """Nothing is done with them."""
        return call_result.MeterValues()


async def _library(websocket: Any) -> None:
    try:
        await LibraryPoint("x", websocket).start()  # type: ignore[no-untyped-call]  # library without types
    except ConnectionClosed:
        return


async def _echo(websocket: Any) -> None:
    async for message in websocket:
        await websocket.send(message)


async def serve_library(ping: float) -> None:
    """The `ocpp` library's ChargePoint on `websockets`."""
    async with serve(_library, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL], compression=None, ping_interval=ping or None) as server:
        await obey(next(iter(server.sockets)).getsockname()[1])


async def serve_echo(ping: float) -> None:
    """`websockets` alone, which says what it hears."""
    async with serve(_echo, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL], compression=None, ping_interval=ping or None) as server:
        await obey(next(iter(server.sockets)).getsockname()[1])


async def serve_ours(ping: float) -> None:
    """Our CSMS: tap, redaction, and every payload validated both ways."""
    async with Csms(history=HISTORY, keep_alive=KeepAlive(ping)) as csms:
        await obey(csms.port)


async def call_with_ours(ping: float) -> None:
    """Stations of ours: typed calls, validated both ways, tapped and redacted."""
    port = _told_port()
    peers = []
    for number in range(CALLERS):
        connected = await open_connection(f"ws://127.0.0.1:{port}", f"CP{number}", None, KeepAlive(ping))
        tap = Tap(connected.connection, Transcript(limit=HISTORY), f"CP{number}", Direction.FROM_STATION, connected.detail())
        peers.append(Peer(tap))
    reading = [asyncio.create_task(peer.start()) for peer in peers]
    await obey(0, lambda calls: _call_all([peer.call for peer in peers], calls))
    for task in reading:
        task.cancel()


async def call_with_library(ping: float) -> None:
    """Stations of the library."""
    port = _told_port()
    points = []
    for number in range(CALLERS):
        url = f"ws://127.0.0.1:{port}/CP{number}"
        websocket = await connect(url, subprotocols=[SUBPROTOCOL], compression=None, ping_interval=ping or None)
        points.append(LibraryPoint(f"CP{number}", websocket))  # type: ignore[no-untyped-call]  # library without types
    reading = [asyncio.create_task(point.start()) for point in points]  # type: ignore[no-untyped-call]  # library without types
    await obey(0, lambda calls: _call_all([point.call for point in points], calls))
    for task in reading:
        task.cancel()


async def _call_all(callers: list[Callable[[Any], Awaitable[Any]]], calls: int) -> None:
    async def one(caller: Callable[[Any], Awaitable[Any]]) -> None:
        for _ in range(calls):
            answer = await caller(TYPED)
            if not isinstance(answer, call_result.MeterValues):
                raise TypeError(f"answered {answer}")

    await asyncio.gather(*map(one, callers))


def _told_port() -> int:
    return int(sys.stdin.readline())


async def obey(port: int, work: Callable[[int], Awaitable[None]] | None = None) -> None:
    """Say the port, then obey: `cpu` gives CPU seconds so far, `memory` KiB, `call N` works; anything else ends it."""
    print(port, flush=True)
    loop = asyncio.get_running_loop()
    while True:
        word, _, number = (await loop.run_in_executor(None, sys.stdin.readline)).strip().partition(" ")
        if word == "cpu":
            print(time.process_time(), flush=True)
        elif word == "memory":
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(pages * resource.getpagesize() / 1024, flush=True)
        elif word == "call" and work is not None:
            await work(int(number))
            print("done", flush=True)
        else:
            return


KINDS: dict[str, Callable[[float], Awaitable[None]]] = {
    "ours": serve_ours,
    "library": serve_library,
    "echo": serve_echo,
    "calls-ours": call_with_ours,
    "calls-library": call_with_library,
}


def allow_many_sockets() -> None:
    """As many open files as this user may have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _run(kind: str, ping: float) -> None:
    await KINDS[kind](ping)


if __name__ == "__main__":
    allow_many_sockets()
    logging.disable()  # those who load hang up without a word
    asyncio.run(_run(sys.argv[1], float(sys.argv[2])))
