"""Time as something that is handed in: wall clock for what people read, monotonic seconds for what is measured.

Everything under `probes` that waits or stamps asks a `Clock`, so that a test can run an hour in no time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Protocol


class Timer(Protocol):
    """A callback that was put off and can still be called off."""

    def cancel(self) -> None:
        """Call it off; harmless when it already ran."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never jump."""

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Run `callback` in the running event loop after so many seconds."""

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""


class SystemClock:
    """The clock of this machine. (Both readings are taken for every frame, so there is no call in between.)"""

    now: Callable[[], datetime] = staticmethod(partial(datetime.now, UTC))
    monotonic: Callable[[], float] = staticmethod(time.monotonic)

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Run `callback` in the running event loop after so many seconds."""
        return asyncio.get_running_loop().call_later(seconds, callback)

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        await asyncio.sleep(seconds)


async def passed(clock: Clock, seconds: float | None, awake: asyncio.Event) -> bool:
    """Wait so many seconds (None: without end), unless `awake` is set before. Whether the time has passed undisturbed."""
    awake.clear()
    reached = False

    def reach() -> None:
        nonlocal reached
        reached = True
        awake.set()

    timer = None if seconds is None else clock.call_later(seconds, reach)
    try:
        await awake.wait()
    finally:
        if timer:
            timer.cancel()
    return reached


def rfc3339(moment: datetime) -> str:
    """`2026-01-01T00:00:00.000000Z`: UTC with microseconds, the form of time stamps in transcripts."""
    if moment.tzinfo is UTC:
        return f"{_to_the_second(moment.replace(microsecond=0))}.{moment.microsecond:06d}Z"
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(maxsize=4)
def _to_the_second(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


def ocpp_time(moment: datetime) -> str:
    """`2026-01-01T00:00:00.000Z`: UTC with milliseconds, the form in which our stack writes dates into messages."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
