"""Waiting for something to become so, looked at after whatever may have changed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from probes.wire.clock import Clock

Found = TypeVar("Found")


class Watch:
    """Those who wait. Not thread-safe: it belongs to one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: set[Callable[[], None]] = set()

    def changed(self) -> None:
        """Something may be as somebody wants it."""
        for check in tuple(self._waiting):
            check()

    async def until(self, look: Callable[[], Found | None], timeout: float) -> Found | None:
        """What `look` gives as soon as it gives something; None after `timeout` seconds."""
        found = look()
        if found is not None:
            return found
        outcome: asyncio.Future[Found | None] = asyncio.get_running_loop().create_future()

        def settle(seen: Found | None) -> None:
            if not outcome.done():
                outcome.set_result(seen)

        def check() -> None:
            seen = look()
            if seen is not None:
                settle(seen)

        timer = self._clock.call_later(timeout, lambda: settle(None))
        self._waiting.add(check)
        try:
            return await outcome
        finally:
            timer.cancel()
            self._waiting.discard(check)
