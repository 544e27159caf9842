"""Who came to a CSMS, and the connections that it has."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from probes.csms.operations import Operations
from probes.csms.state import StationState
from probes.wire.clock import Clock
from probes.wire.peer import Peer
from probes.wire.server import Handshake
from probes.wire.transcript import Transcript


@dataclass(frozen=True)
class Arrival:
    """Somebody came to the door. `accepted` is False for a refused handshake; `reason` says why, in one sentence, empty when accepted."""

    identity: str
    accepted: bool
    offered: tuple[str, ...]
    peer: str
    reason: str = ""


@dataclass
class StationLink:
    """One connection of one station. Its transcript is the station's: a later connection continues it."""

    identity: str
    peer: Peer
    transcript: Transcript
    handshake: Handshake
    state: StationState
    operations: Operations
    replaced: bool = field(default=False)

    @property
    def closed(self) -> asyncio.Event:
        """Set when this connection is over."""
        return self.peer.closed

    @property
    def boot(self) -> dict[str, Any] | None:
        """The payload of the station's last BootNotification, as received; None: none was seen (a reconnecting station sends none)."""
        return self.state.boot


@dataclass
class OwnLine:
    """The CSMS's end of one connection, for what intercepts it."""

    clock: Clock
    tasks: set[asyncio.Task[None]]
    peer: Peer | None = None

    async def go_away(self, code: int, reason: str) -> None:
        """Close the connection."""
        if self.peer:
            await self.peer.close(code, reason)

    async def send_raw(self, text: str) -> None:
        """Send any text as a frame."""
        if self.peer:
            await self.peer.send_raw(text)

    def spawn(self, work: Coroutine[Any, Any, None]) -> object:
        """Run something beside everything else."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task
