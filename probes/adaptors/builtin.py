"""Asks our own CSMS: in the same process, or another one over its control port."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from probes.adaptors.base import Asked, By, Capability, Drives, Ended
from probes.adaptors.fields import members
from probes.adaptors.operations import OPERATIONS, Operation
from probes.control_client import ControlRefused, ask_product
from probes.csms.controls import OPERATION
from probes.csms.csms import Csms
from probes.csms.operations import Outcome
from probes.csms.profiles import profile_of
from probes.csms.wishes import grant
from registry.errors import CannotBegin


class BuiltinAdaptor:
    """Our CSMS in this process, with the same event loop."""

    name = "builtin"
    by = By.PROGRAM

    def __init__(self, csms: Csms) -> None:
        self._csms = csms
        self._under_way: set[asyncio.Task[Outcome]] = set()

    def capability(self, action: str) -> Capability:
        """Every operation of a feature profile that it has."""
        if action not in OPERATIONS:
            return Capability(Drives.NO, f"{action} is no operation that a management system sends")
        if profile_of(action) not in self._csms.profiles:
            return Capability(Drives.NO, f"this CSMS does not have the feature profile {profile_of(action)}")
        return Capability(Drives.YES)

    def passes(self, action: str) -> frozenset[str]:
        """Everything."""
        return frozenset(members(action)) if action in OPERATIONS else frozenset()

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """Have it sent. Whoever stops waiting does not stop the CSMS from taking the answer."""
        task = asyncio.create_task(grant(self._csms, station, operation.action, operation.payload()))
        self._under_way.add(task)
        task.add_done_callback(self._settled)
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            return Asked(Ended.ASKED)
        if task.cancelled():
            return Asked(Ended.FAILED, "our CSMS ended")
        problem = task.exception()
        if isinstance(problem, CannotBegin):
            return Asked(Ended.CANNOT, str(problem))
        return Asked(Ended.ASKED, answer=_told(task.result()))

    async def close(self) -> None:
        """Wait for no answer any longer."""
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _settled(self, task: asyncio.Task[Outcome]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            with contextlib.suppress(CannotBegin):
                task.result()


class ControlAdaptor:
    """Our CSMS in another process of this machine, on whose control port `csms --control PORT` listens."""

    name = "builtin"
    by = By.PROGRAM

    def __init__(self, port: int) -> None:
        self._port = port

    def capability(self, action: str) -> Capability:
        """Every operation; whether it has the feature profile it says when it is asked."""
        if action not in OPERATIONS:
            return Capability(Drives.NO, f"{action} is no operation that a management system sends")
        return Capability(Drives.YES)

    def passes(self, action: str) -> frozenset[str]:
        """Everything."""
        return frozenset(members(action)) if action in OPERATIONS else frozenset()

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """Hand it over; the CSMS begins at once and does not wait for the station."""
        arguments: dict[str, Any] = {"identity": station, "action": operation.action, "payload": operation.payload()}
        try:
            await asyncio.to_thread(ask_product, self._port, OPERATION, arguments, "csms", seconds)
        except ControlRefused as problem:
            return Asked(Ended.CANNOT, str(problem))
        except CannotBegin as problem:
            return Asked(Ended.FAILED, str(problem))
        return Asked(Ended.ASKED)

    async def close(self) -> None:
        """Nothing is held open between two requests."""


def _told(outcome: Outcome) -> dict[str, Any]:
    """What the station answered, without its payload."""
    told = {"kind": outcome.answer.kind, "status": outcome.status, "error": outcome.answer.error_code}
    return {name: value for name, value in told.items() if value is not None}
