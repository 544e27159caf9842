"""A network that can be cut: bytes pass between stations and a CSMS until somebody cuts a connection."""

from __future__ import annotations

import asyncio
import random
from types import TracebackType


class Network:
    """Listens on `url` and passes everything on to the port `upstream`, both ways."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.url = ""
        self.cuts = 0

    async def __aenter__(self) -> Network:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()

    def cut(self, randomness: random.Random) -> None:
        """Break some connection in the middle of whatever it does: what is under way is gone."""
        if self._open:
            randomness.choice(sorted(self._open, key=id)).transport.abort()
            self.cuts += 1

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._upstream)
            one_way = asyncio.create_task(_pump(reader, back))
            other_way = asyncio.create_task(_pump(there, writer))
            await asyncio.wait({one_way, other_way}, return_when=asyncio.FIRST_COMPLETED)
            for pump in (one_way, other_way):
                pump.cancel()
            await asyncio.gather(one_way, other_way, return_exceptions=True)
            back.transport.abort()
        except OSError:
            pass  # the CSMS is down
        finally:
            self._open.discard(writer)
            writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        return
