"""Stand-ins for tests of the stack: a clock that is turned by hand, and two connected ends without a socket."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from probes.wire.clock import Timer
from probes.wire.connection import ConnectionLost, OnLost, OnMessage

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class _HandTimer:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class HandClock:
    """Time stands still until `advance` turns it; what was put off runs in order on the way."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._timers: list[tuple[float, int, _HandTimer]] = []
        self._numbers = itertools.count()

    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        timer = _HandTimer(callback)
        heapq.heappush(self._timers, (self.seconds + seconds, next(self._numbers), timer))
        return timer

    async def sleep(self, seconds: float) -> None:
        done = asyncio.Event()
        timer = self.call_later(seconds, done.set)
        try:
            await done.wait()
        finally:
            timer.cancel()

    @property
    def waiting(self) -> list[float]:
        """The seconds at which something that was put off is still to run."""
        return sorted(moment for moment, _, timer in self._timers if timer.callback)

    async def advance(self, seconds: float) -> None:
        """Turn the clock on; between two moments everything that became runnable runs."""
        end = self.seconds + seconds
        while self._timers and self._timers[0][0] <= end:
            moment, _, timer = heapq.heappop(self._timers)
            self.seconds = max(self.seconds, moment)
            if timer.callback:
                timer.callback()
            await settle()
        self.seconds = end
        await settle()


async def settle() -> None:
    """Let everything run that can run without time passing and without a socket."""
    for _ in range(50):
        await asyncio.sleep(0)


class Pipe:
    """One end of a connection in memory; `sent` is what this end has sent. What comes is kept for `recv` until somebody listens."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.other: Pipe | None = None
        self._inbox: asyncio.Queue[str | bytes | ConnectionLost] = asyncio.Queue()
        self._lost: ConnectionLost | None = None
        self._listener: tuple[OnMessage, OnLost] | None = None

    def listen(self, on_message: OnMessage, on_lost: OnLost) -> None:
        self._listener = on_message, on_lost
        while not self._inbox.empty():
            self.put(self._inbox.get_nowait())

    def send(self, text: str) -> None:
        if self._lost:
            raise self._lost
        self.sent.append(text)
        if self.other:
            self.other.put(text)

    async def drained(self) -> None:
        """Nothing waits here."""

    async def recv(self) -> str | bytes:
        if self._lost:
            raise self._lost
        message = await self._inbox.get()
        if isinstance(message, ConnectionLost):
            self._lost = message
            raise message
        return message

    async def close(self, code: int = 1000, reason: str = "") -> None:
        for end in (self, self.other):
            if end:
                end.put(ConnectionLost(code, reason))

    def put(self, message: str | bytes | ConnectionLost) -> None:
        """Let this end receive something."""
        if self._listener:
            asyncio.get_running_loop().call_soon(self._hand_over, self._listener, message)
        else:
            self._inbox.put_nowait(message)

    def _hand_over(self, listener: tuple[OnMessage, OnLost], message: str | bytes | ConnectionLost) -> None:
        on_message, on_lost = listener
        if self._lost:
            return
        if isinstance(message, ConnectionLost):
            self._lost = message
            on_lost(message)
        else:
            on_message(message)


def pipe() -> tuple[Pipe, Pipe]:
    """Two ends, each receiving what the other sends."""
    one, other = Pipe(), Pipe()
    one.other, other.other = other, one
    return one, other
