"""Time that passes only while nothing else can happen: an hour of waiting takes as long as its messages.

Sockets, TLS and threads are real; only waiting is not. When nothing comes for `GRACE_SECONDS` and no thread is at work, the loop's time
jumps to its next timer. Everything that waits must ask the loop, or a `VirtualClock`.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple, Unpack

from probes.wire.clock import Timer

GRACE_SECONDS = 0.001
"""What a socket of this machine may take to hand over what was sent to it."""

BEGINNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class _Selector(selectors.DefaultSelector):
    """Waits for events, and turns the time when there are none."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        while True:
            events = super().select(None if timeout is None and not self.loop.threads else GRACE_SECONDS)
            if events or (timeout is None and not self.loop.threads):
                return events
            if timeout is not None and not self.loop.threads:
                self.loop.turned += timeout
                return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is turned on; `turned` is by how many seconds, `threads` how many of its threads are at work."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.turned = 0.0
        self.threads = 0
        self._began = time.monotonic()
        super().__init__(selector)

    def time(self) -> float:
        """Seconds since the beginning; work takes none."""
        return self._began + self.turned

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Arguments]], Result], *args: *Arguments
    ) -> asyncio.Future[Result]:
        """As any loop; the time stands still until the thread is done."""
        self.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: object) -> None:
        self.threads -= 1


class VirtualClock:
    """The time of the running `VirtualLoop`, with a wall clock that began at `BEGINNING`."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._began = self._loop.time()

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return BEGINNING + timedelta(seconds=self._loop.time() - self._began)

    def monotonic(self) -> float:
        """Seconds that never jump back."""
        return self._loop.time()

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Run `callback` after so many seconds."""
        return self._loop.call_later(seconds, callback)

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        await asyncio.sleep(seconds)


def run(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work()` in a loop of its own whose time is virtual."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work())
