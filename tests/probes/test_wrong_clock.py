"""A CSMS or a station whose clock is wrong: who talks to it goes on, and so does everybody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from probes.csms.csms import Csms
from probes.station.station import Station
from probes.wire.clock import SystemClock
from probes.wire.records import Frame
from probes.wire.transcript import Transcript
from probes.wire.websocket import SUBPROTOCOL
from tests.probes.station.test_station import CONFIG

BOUND = 60.0


@asynccontextmanager
async def csms_that_says(current_time: Any, interval: int = 1) -> AsyncIterator[tuple[str, asyncio.Queue[list[Any]]]]:
    """A CSMS that answers everything, and knows this time; the queue has the calls that it got."""
    heard: asyncio.Queue[list[Any]] = asyncio.Queue()
    answers = {
        "BootNotification": {"status": "Accepted", "currentTime": current_time, "interval": interval},
        "Heartbeat": {"currentTime": current_time},
        "Authorize": {"idTagInfo": {"status": "Accepted"}},
        "StartTransaction": {"idTagInfo": {"status": "Accepted"}, "transactionId": 1},
    }

    async def answer(websocket: Any) -> None:
        async for text in websocket:
            call = json.loads(text)
            heard.put_nowait(call)
            await websocket.send(json.dumps([3, call[1], answers.get(call[2], {})]))

    async with serve(answer, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", heard


WRONG = [
    "1970-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999Z",
    "2026-13-45T99:99:99Z",
    "yesterday",
    "",
    None,
    5,
]


@pytest.mark.parametrize("told", WRONG)
async def test_a_station_outlives_a_csms_with_a_wrong_clock(told: Any) -> None:
    async with csms_that_says(told) as (url, heard):
        station = Station(CONFIG, url, "CP1")
        running = asyncio.create_task(station.run())
        actions: list[str] = []
        async with asyncio.timeout(BOUND):
            while "Heartbeat" not in actions:
                actions.append((await heard.get())[2])
            await station.charging.plug(station.connectors[1])
            await station.charging.present(station.connectors[1], "TAG")
            while "StartTransaction" not in actions:
                actions.append((await heard.get())[2])
        assert actions.count("BootNotification") == 1
        station.stop()
        await asyncio.wait_for(running, BOUND)


class Elsewhen(SystemClock):
    """A clock that stands at a moment long gone."""

    def __init__(self, moment: datetime) -> None:
        self.now = lambda: moment


async def test_a_csms_outlives_a_station_with_a_wrong_clock() -> None:
    async with Csms() as csms, connect(f"{csms.url}/CP2", subprotocols=[SUBPROTOCOL]) as good:
        transcript = Transcript()
        station = Station(CONFIG, csms.url, "CP1", clock=Elsewhen(datetime(1970, 1, 1, tzinfo=UTC)), transcript=transcript)
        running = asyncio.create_task(station.run())
        reported = await transcript.wait_for(
            lambda record: isinstance(record, Frame) and record.action == "StatusNotification" and record.raw.startswith("[3"), BOUND
        )
        assert reported is not None
        await good.send('[2,"1","Heartbeat",{}]')
        assert json.loads(await good.recv())[0] == 3
        station.stop()
        await asyncio.wait_for(running, BOUND)
