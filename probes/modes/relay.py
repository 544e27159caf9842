"""The relay: in line between charging stations and their own central system, passing on every byte, with an auditor beside it.

What is passed on does not wait for what is thought of it: the auditor is a process of its own (`auditor.py`) that is told over a pipe, and
is done without when it ends. docs/decisions says what becomes of a station whose central system is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from probes.modes.ends import Upstream
from probes.modes.line import Line
from probes.modes.listening import Auditor
from registry.errors import CannotBegin


class Relay:
    """Listens on `host`:`port` (0: any free port) and connects every station through to `upstream`. `async with` starts and stops it.

    `on_line` is told of every station that is connected through.
    """

    def __init__(self, host: str, port: int, upstream: Upstream, auditor: Auditor, on_line: Callable[[Line], None] | None = None) -> None:
        self._host, self._port = host, port
        self.upstream = upstream
        self.auditor = auditor
        self._on_line = on_line
        self._server: asyncio.Server | None = None
        self._lines: dict[int, Line] = {}
        self._numbers = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else self._port

    @property
    def url(self) -> str:
        """What stands before the path in the addresses of stations."""
        return f"ws://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    @property
    def lines(self) -> tuple[Line, ...]:
        """The stations that are connected through now."""
        return tuple(line for line in self._lines.values() if line.open)

    async def __aenter__(self) -> Relay:
        try:
            self._server = await asyncio.get_running_loop().create_server(self._came, self._host, self._port)
        except OSError as problem:
            place = f"{self._host}:{self._port}"
            raise CannotBegin(f"{place}: cannot listen there ({problem.strerror or problem}); choose another port or address") from problem
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.close()
        for line in tuple(self._lines.values()):
            line.cut()
        await self._empty.wait()
        if self._server is not None:
            await self._server.wait_closed()

    def _came(self) -> asyncio.Protocol:
        self._numbers += 1
        line = self._lines[self._numbers] = Line(self, self._numbers)
        self._empty.clear()
        return line.protocol

    def joined(self, line: Line) -> None:
        """A station is connected through."""
        if self._on_line is not None:
            self._on_line(line)

    def left(self, line: Line) -> None:
        """A station is gone."""
        self._lines.pop(line.number, None)
        if not self._lines:
            self._empty.set()
