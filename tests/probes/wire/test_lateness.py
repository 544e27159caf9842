"""Whether our own side was late stands in the transcript: seen with a loop that is really held up, and never in one that is not."""

from __future__ import annotations

import asyncio
import time

from probes.wire.clock import SystemClock
from probes.wire.lateness import STEP_SECONDS, TOLERATED_SECONDS, lateness_noted
from probes.wire.records import OWN_LATENESS, ConnectionEvent
from probes.wire.redact import Redactor
from probes.wire.transcript import Transcript
from tests import virtual


def transcript() -> Transcript:
    return Transcript(clock=SystemClock(), redactor=Redactor(b"k" * 32))


def told(written: Transcript) -> list[float]:
    return [record.detail[OWN_LATENESS] for record in written.since(0) if isinstance(record, ConnectionEvent)]


async def test_a_loop_that_is_held_up_is_told_with_all_the_time_in_which_it_may_have_been() -> None:
    written = transcript()
    async with lateness_noted(written, "CP1"):
        await asyncio.sleep(0)
        begun = time.monotonic()
        time.sleep(STEP_SECONDS + 4 * TOLERATED_SECONDS)
        async with asyncio.timeout(10):
            while not told(written):
                await asyncio.sleep(0)
    assert told(written)[0] >= STEP_SECONDS + 4 * TOLERATED_SECONDS
    assert told(written)[0] <= time.monotonic() - begun + STEP_SECONDS


def test_a_loop_that_is_in_time_tells_nothing() -> None:
    async def an_hour() -> list[float]:
        written = transcript()
        async with lateness_noted(written, "CP1"):
            await asyncio.sleep(3600)
        return told(written)

    assert virtual.run(an_hour) == []
