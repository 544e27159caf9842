"""How many calls a second our CSMS handles, against the `ocpp` library's own ChargePoint and a bare `websockets` echo.

`python -m tests.bench.bench_stack`: each server runs in a process of its own, with the same load from the same client: 100 stations,
each with one call in flight, MeterValues as a charging station sends them. Rounds are interleaved; printed are medians, as calls
a second of the server's own CPU time, which other work on the machine does not change. Tap, redaction and validation of
both payloads are on in ours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from typing import Any

import ocpp.v16
import orjson
from ocpp.routing import on
from ocpp.v16 import call_result
from ocpp.v16.enums import Action
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from probes.csms.csms import Csms
from probes.wire.websocket import SUBPROTOCOL

KINDS = ("ours", "library", "echo")
STATIONS = 100
PAYLOAD = {
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


async def _serve(kind: str) -> None:
    """Serve until standard input says `end`; any other line is answered with the CPU seconds so far."""
    if kind == "ours":
        async with Csms(history=1000) as csms:
            await _answer_parent(csms.url)
        return
    handler = _library if kind == "library" else _echo
    async with serve(handler, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL], compression=None) as server:
        await _answer_parent(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}")


async def _answer_parent(url: str) -> None:
    print(url, flush=True)
    loop = asyncio.get_running_loop()
    while (await loop.run_in_executor(None, sys.stdin.readline)).strip() == "cpu":
        print(time.process_time(), flush=True)


class Load:
    """Stations that stay connected over all rounds, so that what is measured are calls alone."""

    def __init__(self, sockets: list[Any]) -> None:
        self._sockets = sockets
        self._numbers = 0

    async def round(self, calls: int) -> float:
        """So many calls from each station; gives the seconds that it took."""
        began = time.perf_counter()
        await asyncio.gather(*(self._one(socket, calls) for socket in self._sockets))
        return time.perf_counter() - began

    async def _one(self, socket: Any, calls: int) -> None:
        for _ in range(calls):
            self._numbers += 1
            await socket.send(orjson.dumps([2, str(self._numbers), "MeterValues", PAYLOAD]).decode())
            answer = orjson.loads(await socket.recv())
            if answer[0] == 4:
                raise AssertionError(f"refused: {answer}")


class Server:
    """A server in a process of its own."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    @classmethod
    async def started(cls, kind: str) -> tuple[Server, str]:
        """The server and its URL."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.bench_stack", "--serve", kind, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        server = cls(child)
        return server, await server._line()

    async def cpu(self) -> float:
        """CPU seconds of the process so far."""
        self._say("cpu\n")
        return float(await self._line())

    async def end(self) -> None:
        """Let it go."""
        self._say("end\n")
        await self._child.wait()

    def _say(self, text: str) -> None:
        if self._child.stdin is None:
            raise AssertionError("started without a pipe")
        self._child.stdin.write(text.encode())

    async def _line(self) -> str:
        if self._child.stdout is None:
            raise AssertionError("started without a pipe")
        return (await self._child.stdout.readline()).decode().strip()


async def measure(rounds: int, calls: int, stations: int = STATIONS) -> dict[str, dict[str, float]]:
    """Medians by server: `calls_per_second`, `cpu_microseconds` a call, `calls_per_cpu_second`."""
    servers: dict[str, tuple[Server, Load]] = {}
    open_sockets: list[Any] = []
    for kind in KINDS:
        server, url = await Server.started(kind)
        sockets = [await connect(f"{url}/CP{number}", subprotocols=[SUBPROTOCOL], compression=None) for number in range(stations)]
        open_sockets += sockets
        servers[kind] = server, Load(sockets)
    walls: dict[str, list[float]] = {kind: [] for kind in KINDS}
    cpus: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(rounds + 1):
        for kind, (server, load) in servers.items():
            before = await server.cpu()
            wall = await load.round(calls)
            cpu = await server.cpu() - before
            if number:  # the first round warms up
                walls[kind].append(stations * calls / wall)
                cpus[kind].append(cpu / (stations * calls))
    await asyncio.gather(*(socket.close() for socket in open_sockets))
    for server, _ in servers.values():
        await server.end()
    return {
        kind: {
            "calls_per_second": round(statistics.median(walls[kind])),
            "cpu_microseconds": round(statistics.median(cpus[kind]) * 1e6, 1),
            "calls_per_cpu_second": round(1 / statistics.median(cpus[kind])),
        }
        for kind in KINDS
    }


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=30, help="calls of each station in a round")
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(_serve(arguments.serve))
        return
    found: dict[str, Any] = asyncio.run(measure(arguments.rounds, arguments.calls))
    for other in ("library", "echo"):
        found[f"ours_against_{other}"] = round(found[other]["cpu_microseconds"] / found["ours"]["cpu_microseconds"], 2)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
