"""A charging station on a bare WebSocket, written apart from the product's own, with every habit of the field that a test may want.

`answers` maps an action to what is answered: an object (CALLRESULT), a text (CALLERROR with that code), `SILENCE`, or a function of
the payload that gives one of these or does something else first. What is not in it is refused with NotSupported.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.probes.judge.talk import CORE_KEYS

SILENCE = object()

Answer = Any
Handler = Callable[["RawStation", dict[str, Any]], Awaitable[Answer]]


class RawStation:
    """One connection of one station."""

    def __init__(self, websocket: ClientConnection, answers: dict[str, Answer | Handler]) -> None:
        self.websocket = websocket
        self.answers = answers
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    async def call(self, action: str, payload: dict[str, Any]) -> Any:
        """Send a call and give the payload of its answer."""
        message_id = f"station-{next(self._ids)}"
        self._waiting[message_id] = asyncio.get_running_loop().create_future()
        await self.send([2, message_id, action, payload])
        return await self._waiting[message_id]

    async def send(self, frame: Any) -> None:
        await self.websocket.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def serve(self) -> None:
        """Answer what comes until the connection ends."""
        with contextlib.suppress(ConnectionClosed):
            async for text in self.websocket:
                message = json.loads(text)
                if message[0] == 2:
                    await self._answer(message[1], message[2], message[3])
                elif message[1] in self._waiting:
                    self._waiting.pop(message[1]).set_result(message[2])

    async def _answer(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        self.seen.append((action, payload))
        answer = self.answers.get(action, "NotSupported")
        if callable(answer):
            answer = await answer(self, payload)
        if answer is SILENCE:
            return
        frame = [4, message_id, answer, "", {}] if isinstance(answer, str) else [3, message_id, answer]
        await self.send(frame)


def configured(keys: dict[str, tuple[str, bool]]) -> Handler:
    """GetConfiguration over these keys, as the specification says."""

    async def answer(_station: RawStation, payload: dict[str, Any]) -> Answer:
        asked = payload.get("key") or list(keys)
        known = [key for key in asked if key in keys]
        result: dict[str, Any] = {"configurationKey": [{"key": key, "value": keys[key][0], "readonly": keys[key][1]} for key in known]}
        if len(known) < len(asked):
            result["unknownKey"] = [key for key in asked if key not in keys]
        return result

    return answer


def compliant(keys: dict[str, tuple[str, bool]] | None = None) -> dict[str, Answer | Handler]:
    """The answers of a Core station that does nothing wrong."""
    return {
        "GetConfiguration": configured(CORE_KEYS if keys is None else keys),
        "ChangeConfiguration": {"status": "NotSupported"},
        "DataTransfer": {"status": "UnknownVendorId"},
        "UnlockConnector": {"status": "NotSupported"},
        "RemoteStartTransaction": {"status": "Rejected"},
        "RemoteStopTransaction": {"status": "Rejected"},
    }


BOOT = {"chargePointVendor": "Example Chargers", "chargePointModel": "EX-1", "firmwareVersion": "V1.2.3"}


async def introduce(station: RawStation, connectors: int = 1, status: str = "Available", boot: dict[str, Any] | None = None) -> None:
    """Boot, and report every connector."""
    await station.call("BootNotification", BOOT if boot is None else boot)
    for connector in range(connectors + 1):
        shown = status if connector else "Available"
        await station.call("StatusNotification", {"connectorId": connector, "status": shown, "errorCode": "NoError"})


@asynccontextmanager
async def connected(
    url: str,
    answers: dict[str, Answer | Handler] | None = None,
    *,
    identity: str = "CP1",
    subprotocols: list[str] | None = None,
    introduction: Callable[[RawStation], Awaitable[None]] | None = introduce,
) -> AsyncIterator[RawStation]:
    """A station at `url`/`identity` that introduces itself and answers until the block ends."""
    offered: Any = ["ocpp1.6"] if subprotocols is None else subprotocols or None
    async with connect(f"{url}/{identity}", subprotocols=offered, compression=None) as websocket:
        station = RawStation(websocket, compliant() if answers is None else answers)
        serving = asyncio.create_task(station.serve())
        try:
            if introduction is not None:
                await introduction(station)
            yield station
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
