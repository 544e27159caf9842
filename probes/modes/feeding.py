"""The relay's end of the pipe to its auditor: tells without ever waiting, and does without when nobody listens."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from types import TracebackType
from typing import Any

import orjson

from probes.modes.auditor import MISSING, Order
from probes.wire.records import Direction
from registry.errors import CannotBegin

LOGGER = logging.getLogger("ocpp_registry.relay")

MOST_UNTOLD = 32 << 20
"""Bytes that may wait in the pipe; what comes beyond is not told, and the report says that something is missing."""

JUDGING_SECONDS = 300.0
"""How long the auditor may take to judge and write when the relay ends."""


class AuditorProcess:
    """An `Auditor` in a process of its own; `async with` starts it, and has it write its reports. `status` is its exit status."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: asyncio.StreamWriter | None = None
        self._watch: asyncio.Task[None] | None = None
        self._missing: set[int] = set()
        self._ending = False
        self.status: int | None = None

    @property
    def pid(self) -> int | None:
        """The process that audits."""
        return self._process.pid if self._process else None

    async def __aenter__(self) -> AuditorProcess:
        try:
            self._order.transcripts.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise CannotBegin(f"{self._order.transcripts}: cannot be made ({problem.strerror}); name another home") from problem
        # In a session of its own, so that Ctrl-C does not reach it: it ends when it has judged.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "probes.modes.auditor", stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        self._pipe = self._process.stdin
        self._put(self._order.to_json())
        self._watch = asyncio.create_task(self._watched())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ending = True
        if self._pipe is not None and not self._pipe.is_closing():
            self._pipe.close()
        if self._process is None or self._watch is None:
            return
        try:
            async with asyncio.timeout(JUDGING_SECONDS):
                await asyncio.shield(self._watch)
        except TimeoutError:
            LOGGER.error("the auditor did not end within %g s; its transcripts lie in %s", JUDGING_SECONDS, self._order.transcripts)
            self._process.kill()
            await self._watch

    async def _watched(self) -> None:
        if self._process is None:
            return
        status = await self._process.wait()
        self.status = status if status >= 0 else MISSING
        if not self._ending:
            LOGGER.error("the auditor ended (%s); messages are passed on without it", status)

    # --- what is told

    def opened(self, line: int, identity: str, detail: dict[str, Any]) -> None:
        """As in `Auditor`."""
        self._tell({"kind": "open", "line": line, "identity": identity, "detail": detail})

    def refused(self, identity: str, detail: dict[str, Any]) -> None:
        """As in `Auditor`."""
        self._tell({"kind": "refused", "identity": identity, "detail": detail})

    def frame(self, line: int, direction: Direction, message: str | bytes) -> None:
        """As in `Auditor`."""
        told = {"text": message} if isinstance(message, str) else {"binary": message.decode("latin-1")}
        self._tell({"kind": "frame", "line": line, "direction": str(direction)} | told)

    def closed(self, line: int, code: int, reason: str) -> None:
        """As in `Auditor`."""
        self._tell({"kind": "close", "line": line, "code": code, "reason": reason})

    def noted(self, line: int, text: str) -> None:
        """As in `Auditor`."""
        self._tell({"kind": "note", "line": line, "text": text})

    def missed(self, line: int) -> None:
        """As in `Auditor`."""
        self._tell({"kind": "missed", "line": line})

    def excused(self, line: int, message_id: str) -> None:
        """As in `Auditor`."""
        self._tell({"kind": "excused", "line": line, "id": message_id})

    def _tell(self, told: dict[str, Any]) -> None:
        if self._pipe is None or self._pipe.is_closing():
            return
        line = told.get("line")
        if self._pipe.transport.get_write_buffer_size() > MOST_UNTOLD and told["kind"] == "frame":
            self._missing.add(told["line"])
            return
        told["wall"], told["monotonic"] = time.time(), time.monotonic()
        if line in self._missing:
            self._missing.discard(line)
            self._put(told | {"kind": "missed"})
        self._put(told)

    def _put(self, told: dict[str, Any]) -> None:
        if self._pipe is not None:
            self._pipe.write(orjson.dumps(told) + b"\n")
