"""A central system on bare WebSockets, and an auditor that keeps what it is told: what a relay stands between and talks to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from probes.modes.ends import Upstream
from probes.modes.line import Line
from probes.modes.relay import Relay
from probes.wire.records import Direction

BOUND = 60.0
"""Seconds that no test may need; none waits that long when all is well."""

OCPP = Subprotocol("ocpp1.6")


class Told:
    """An auditor that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []
        self._changed = asyncio.Event()

    def opened(self, line: int, identity: str, detail: dict[str, Any]) -> None:
        self._add("open", line, identity, detail)

    def refused(self, identity: str, detail: dict[str, Any]) -> None:
        self._add("refused", identity, detail)

    def frame(self, line: int, direction: Direction, message: str | bytes) -> None:
        self._add("frame", line, direction, message)

    def closed(self, line: int, code: int, reason: str) -> None:
        self._add("close", line, code, reason)

    def noted(self, line: int, text: str) -> None:
        self._add("note", line, text)

    def missed(self, line: int) -> None:
        self._add("missed", line)

    def excused(self, line: int, message_id: str) -> None:
        self._add("excused", line, message_id)

    def _add(self, *event: Any) -> None:
        self.events.append(event)
        self._changed.set()

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [event[1:] for event in self.events if event[0] == kind]

    async def until(self, kind: str, count: int = 1) -> tuple[Any, ...]:
        """The last of so many events of this kind, waiting for it."""
        async with asyncio.timeout(BOUND):
            while len(self.of(kind)) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.of(kind)[count - 1]


class Central:
    """A central system that answers every call with {}, unless told otherwise. It can die and come back on its port."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[Any] = []
        self.messages: list[str | bytes] = []
        self.answers = True
        self.on_message: Callable[[ServerConnection, str | bytes], Any] | None = None
        self.connections: list[ServerConnection] = []
        self.subprotocols: list[Subprotocol] | None = [OCPP]
        self._server: Server | None = None
        self._came = asyncio.Event()
        self._heard = asyncio.Event()

    async def start(self, **more: Any) -> None:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            subprotocols=self.subprotocols,
            compression=None,
            max_size=1 << 24,
            ping_interval=None,
            **more,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def die(self) -> None:
        """Without a word: every connection just breaks."""
        for connection in self.connections:
            connection.transport.abort()
        self.connections.clear()
        await self.stop()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def connection(self, count: int = 1) -> ServerConnection:
        """The last of so many connections that are open, waiting for it."""
        async with asyncio.timeout(BOUND):
            while len(self.connections) < count:
                self._came.clear()
                await self._came.wait()
        return self.connections[count - 1]

    async def heard(self, count: int = 1) -> str | bytes:
        """The last of so many messages, waiting for it."""
        async with asyncio.timeout(BOUND):
            while len(self.messages) < count:
                self._heard.clear()
                await self._heard.wait()
        return self.messages[count - 1]

    async def _serve(self, connection: ServerConnection) -> None:
        self.requests.append(connection.request)
        self.connections.append(connection)
        self._came.set()
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                self.messages.append(message)
                self._heard.set()
                if self.on_message is not None:
                    await self.on_message(connection, message)
                elif self.answers and isinstance(message, str) and message.startswith("[2"):
                    await connection.send(json.dumps([3, json.loads(message)[1], {}]))


@asynccontextmanager
async def between(
    central: Central, auditor: Told | None = None, on_line: Callable[[Line], None] | None = None
) -> AsyncIterator[tuple[Relay, Told]]:
    """A relay before a central system."""
    told = auditor or Told()
    async with Relay("127.0.0.1", 0, Upstream.of(central.url), told, on_line) as relay:
        yield relay, told


@asynccontextmanager
async def station(relay: Relay, path: str = "/CP1", **more: Any) -> AsyncIterator[ClientConnection]:
    """A station on a bare WebSocket, connected through the relay."""
    settings: dict[str, Any] = {"subprotocols": [OCPP], "compression": None, "max_size": 1 << 24, "ping_interval": None} | more
    async with connect(relay.url + path, **settings) as websocket:
        yield websocket


async def received(websocket: ClientConnection | ServerConnection) -> Any:
    """The next message, decoded."""
    async with asyncio.timeout(BOUND):
        return json.loads(await websocket.recv())
