"""A small central system that is nobody's product: honest, and free in everything that the specification leaves open."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from probes.wire.clock import Clock, ocpp_time

VALID, NOBODYS = "VALIDTAG", "NOBODYSTAG"


@dataclass
class Honest:
    """What it does where it may: take a tag once at a time, take its time, end connections over what is no message, send requests after
    each registration, say nothing to what it does not understand, refuse without an id, let nobody in for so many `busy` seconds after it
    has let somebody in. One that `dies` of the first call that it does not understand is not honest any more, and says so by `died`.
    """

    clock: Clock
    once: bool = False
    slow: float = 0.0
    strict: bool = False
    chatty: bool = False
    silent: bool = False
    without_id: bool = False
    busy: float = 0.0
    dies: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)
    open: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _let_in: float = -math.inf

    def admit(self, connection: ServerConnection, _: Request) -> Response | None:
        """What is said to a handshake that is not gone on with."""
        if self.clock.monotonic() < self._let_in + self.busy:
            return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "later\n")
        self._let_in = self.clock.monotonic()
        return None

    async def serve(self, websocket: ServerConnection) -> None:
        """One connection."""
        if websocket.subprotocol is None:
            return
        async for message in websocket:
            if not await self._handled(websocket, str(message)):
                return

    async def _handled(self, websocket: ServerConnection, message: str) -> bool:
        try:
            told = json.loads(message)
        except ValueError:
            told = None
        if not isinstance(told, list) or told[0] not in {2, 3, 4}:
            if self.without_id:
                await websocket.send(json.dumps([4, "", "FormationViolation", "", {}]))
            return not self.strict
        if told[0] == 2:
            await asyncio.sleep(self.slow)
            await self._answer(websocket, *told[1:4])
        return True

    async def _answer(self, websocket: ServerConnection, message_id: str, action: str, payload: Any) -> None:
        answer = getattr(self, f"_on_{action.lower()}", lambda _: None)(payload) if isinstance(payload, dict) else None
        if answer is None and self.dies:
            self.died.set()
            await websocket.close(1011)
        elif answer is not None:
            await websocket.send(json.dumps([3, message_id, answer]))
        elif not self.silent:
            code = "FormationViolation" if not isinstance(payload, dict) else "NotImplemented"
            await websocket.send(json.dumps([4, message_id, code, "", {}]))
        if action == "BootNotification" and self.chatty:
            for request, content in (
                ("GetConfiguration", {}),
                ("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "90"}),
                ("TriggerMessage", {"requestedMessage": "StatusNotification"}),
            ):
                await websocket.send(json.dumps([2, f"r{next(self._ids)}", request, content]))
                await asyncio.sleep(0.5)

    def _on_bootnotification(self, _: Any) -> dict[str, Any]:
        return {"status": "Accepted", "currentTime": ocpp_time(self.clock.now()), "interval": 30}

    def _on_heartbeat(self, _: Any) -> dict[str, Any]:
        return {"currentTime": ocpp_time(self.clock.now())}

    def _on_statusnotification(self, _: Any) -> dict[str, Any]:
        return {}

    def _on_metervalues(self, _: Any) -> dict[str, Any]:
        return {}

    def _on_securityeventnotification(self, _: Any) -> dict[str, Any]:
        return {}

    def _on_datatransfer(self, _: Any) -> dict[str, Any]:
        return {"status": "UnknownVendorId"}

    def _on_authorize(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {"idTagInfo": {"status": self._status(payload.get("idTag"))}}

    def _on_starttransaction(self, payload: dict[str, Any]) -> dict[str, Any]:
        number, status = next(self._numbers), self._status(payload.get("idTag"))
        if status == "Accepted":
            self.open[str(payload.get("idTag"))].add(number)
        return {"transactionId": number, "idTagInfo": {"status": status}}

    def _on_stoptransaction(self, payload: dict[str, Any]) -> dict[str, Any]:
        for numbers in self.open.values():
            numbers.discard(payload["transactionId"])
        return {}

    def _status(self, id_tag: Any) -> str:
        if id_tag != VALID:
            return "Invalid"
        return "ConcurrentTx" if self.once and self.open[VALID] else "Accepted"
