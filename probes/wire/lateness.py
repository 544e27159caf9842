"""Whether our own side is late: a machine that is too busy to take a frame in time must not accuse anybody of having sent it late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from probes.wire.records import OWN_LATENESS, EventKind
from probes.wire.transcript import Transcript

STEP_SECONDS = 1.0
TOLERATED_SECONDS = 0.25
"""How much later than asked for a loop may come back: less is in every measurement."""


@asynccontextmanager
async def lateness_noted(transcript: Transcript, identity: str) -> AsyncIterator[None]:
    """While inside, each time that the loop comes back late stands in the transcript, with the seconds since it was last in time."""
    watching = asyncio.create_task(_watch(transcript, identity))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _watch(transcript: Transcript, identity: str) -> None:
    loop = asyncio.get_running_loop()
    while True:
        in_time = loop.time()
        await asyncio.sleep(STEP_SECONDS)
        passed = loop.time() - in_time
        if passed > STEP_SECONDS + TOLERATED_SECONDS:
            transcript.add_event(EventKind.AUDIT, identity, {OWN_LATENESS: round(passed, 3)})
