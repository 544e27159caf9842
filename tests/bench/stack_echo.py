"""A yardstick of `bench_stack`: `websockets` alone, which says what it hears."""

from __future__ import annotations

from typing import Any

from websockets.asyncio.server import serve
from websockets.typing import Subprotocol

from tests.bench.stack_child import obey, run


async def _echo(websocket: Any) -> None:
    async for message in websocket:
        await websocket.send(message)


async def server(ping: float) -> None:
    """Serve until told to end."""
    async with serve(
        _echo, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")], compression=None, ping_interval=ping or None
    ) as listening:
        await obey(next(iter(listening.sockets)).getsockname()[1])


if __name__ == "__main__":
    run({"server": server})
