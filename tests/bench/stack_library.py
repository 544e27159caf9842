"""A yardstick of `bench_stack`: the `ocpp` library's own ChargePoint on `websockets`, as it comes."""

# The library has no types, and here it must be used as it is:
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.bench.stack_child import CALLERS, SNAKE_METER_VALUES, obey, run, told_port

SUBPROTOCOLS = [Subprotocol("ocpp1.6")]


class Point(ChargePoint):
    """One end."""

    @on(Action.meter_values)
    def on_meter_values(self, **_: Any) -> call_result.MeterValues:
        """Nothing is done with them."""
        return call_result.MeterValues()


async def _serve(websocket: Any) -> None:
    try:
        await Point("x", websocket).start()
    except ConnectionClosed:
        return


async def server(ping: float) -> None:
    """Serve until told to end."""
    async with serve(_serve, "127.0.0.1", 0, subprotocols=SUBPROTOCOLS, compression=None, ping_interval=ping or None) as listening:
        await obey(next(iter(listening.sockets)).getsockname()[1])


async def stations(ping: float) -> None:
    """Call when told to."""
    port = told_port()
    points = []
    for number in range(CALLERS):
        url = f"ws://127.0.0.1:{port}/CP{number}"
        websocket = await connect(url, subprotocols=SUBPROTOCOLS, compression=None, ping_interval=ping or None)
        points.append(Point(f"CP{number}", websocket))
    reading = [asyncio.create_task(point.start()) for point in points]
    await obey(0, [partial(point.call, call.MeterValues(**SNAKE_METER_VALUES)) for point in points])
    for task in reading:
        task.cancel()


if __name__ == "__main__":
    run({"server": server, "stations": stations})
