"""What every measured process has: it says its port, then obeys line by line. Imports nothing but the standard library.

What a process imports decides, among other things, how its allocator gives memory back: a bare server within a larger program is
another yardstick than a bare server. So each of `stack_echo`, `stack_library` and `stack_ours` is a program of its own.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

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

SNAKE_METER_VALUES: dict[str, Any] = {
    "connector_id": 1,
    "transaction_id": 7,
    "meter_value": [
        {
            "timestamp": "2026-01-01T00:00:00Z",
            "sampled_value": [
                {"value": "230.0", "context": "Sample.Periodic", "measurand": "Voltage", "unit": "V"},
                {"value": "20", "context": "Sample.Periodic", "measurand": "SoC", "unit": "Percent"},
                {"value": "12345", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            ],
        }
    ],
}
"""The same as arguments of the library's message."""

Caller = Callable[[], Awaitable[Any]]


async def obey(port: int, callers: list[Caller] | None = None) -> None:
    """Say the port, then obey: `cpu` gives CPU seconds so far, `memory` KiB, `call N` calls so often; anything else ends it."""
    print(port, flush=True)
    loop = asyncio.get_running_loop()
    while True:
        word, _, number = (await loop.run_in_executor(None, sys.stdin.readline)).strip().partition(" ")
        if word == "cpu":
            print(time.process_time(), flush=True)
        elif word == "memory":
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(pages * resource.getpagesize() / 1024, flush=True)
        elif word == "call" and callers:
            await asyncio.gather(*(_call(caller, int(number)) for caller in callers))
            print("done", flush=True)
        else:
            return


async def _call(caller: Caller, calls: int) -> None:
    for _ in range(calls):
        if await caller() is None:
            raise ValueError("answered by an error")


def told_port() -> int:
    """The port that a station is to call."""
    return int(sys.stdin.readline())


def allow_many_sockets() -> None:
    """As many open files as this user may have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run(
    kinds: Mapping[str, Callable[[float], Awaitable[None]]],
    runners: Mapping[str, Callable[[Coroutine[Any, Any, None]], None]] | None = None,
) -> None:
    """Be what the command line says: KIND and the seconds between pings (0: none). `runners` are for kinds that run on another loop."""

    async def be() -> None:
        await kinds[sys.argv[1]](float(sys.argv[2]))

    allow_many_sockets()
    logging.disable()  # those who load hang up without a word
    (runners or {}).get(sys.argv[1], asyncio.run)(be())
