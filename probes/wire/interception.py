"""Where a station or a CSMS can be made to do something else than it means to: its calls, its answers, its frames.

An honest peer has none of this. The faults of probes/faults are made of it, so that the products themselves know of no fault.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from probes.wire.clock import Clock
from probes.wire.connection import NORMAL_CLOSURE, Connection, OnLost, OnMessage, Tap
from probes.wire.peer import Answer, Instead, Peer, ReplyFilter

SendCall = Callable[[str, Mapping[str, Any]], Awaitable[Answer]]
CallFilter = Callable[[str, Mapping[str, Any], SendCall], Awaitable[Answer]]
"""Is given an outgoing call instead of its being sent, and may send it, another, several or none; what it gives is taken for the answer."""

FrameFilter = Callable[[str], Iterable[str]]
"""The texts that go out in place of this one, in order."""


class Line(Protocol):
    """The end of a connection at which an interceptor sits, as far as it may use it."""

    clock: Clock

    async def go_away(self, code: int, reason: str) -> None:
        """Close the connection, if there is one."""

    async def send_raw(self, text: str) -> None:
        """Send any text, if there is a connection."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> object:
        """Do something beside everything else."""


@dataclass(frozen=True)
class Interception:
    """What sits on one end: filters of outgoing calls, outgoing answers and outgoing frames, each in turn. `instead` answers incoming calls
    of which that end itself is to know nothing.
    """

    calls: Sequence[CallFilter] = ()
    replies: Sequence[ReplyFilter] = ()
    frames: Sequence[FrameFilter] = ()
    instead: Sequence[Instead] = ()


@dataclass
class Intercepted:
    """The pieces of one end, the filters of which are known only after it exists."""

    interception: Interception = field(default_factory=Interception)

    def connection(self, connection: Connection) -> Connection:
        """The connection with the frame filters on it, the plain one where there are none."""
        return _FilteredConnection(connection, self.interception.frames) if self.interception.frames else connection

    def peer(self, tap: Tap, **options: Any) -> Peer:
        """A peer with the other filters; those of answers come after the peer's own."""
        replies = (*options.pop("reply_filters", ()), *self.interception.replies)
        options["instead"] = self.interception.instead
        if self.interception.calls:
            return _FilteredPeer(tap, self.interception.calls, reply_filters=replies, **options)
        return Peer(tap, reply_filters=replies, **options)


class _FilteredConnection:
    """A connection whose outgoing frames are changed behind the tap: the other end's transcript has what really went."""

    def __init__(self, connection: Connection, filters: Sequence[FrameFilter]) -> None:
        self._connection = connection
        self._filters = tuple(filters)

    def listen(self, on_message: OnMessage, on_lost: OnLost) -> None:
        self._connection.listen(on_message, on_lost)

    def send(self, text: str) -> None:
        texts = [text]
        for change in self._filters:
            texts = [changed for each in texts for changed in change(each)]
        for each in texts:
            self._connection.send(each)

    async def drained(self) -> None:
        await self._connection.drained()

    async def close(self, code: int = NORMAL_CLOSURE, reason: str = "") -> None:
        await self._connection.close(code, reason)


class _FilteredPeer(Peer):
    """A peer whose outgoing calls are changed before they are sent."""

    def __init__(self, tap: Tap, calls: Sequence[CallFilter], **options: Any) -> None:
        super().__init__(tap, **options)
        self._filters = tuple(calls)

    async def request(self, action: str, payload: Mapping[str, Any], timeout: float) -> Answer:
        async def plainly(plain_action: str, plain_payload: Mapping[str, Any]) -> Answer:
            return await Peer.request(self, plain_action, plain_payload, timeout)

        send: SendCall = plainly
        for each in reversed(self._filters):
            send = _through(each, send)
        return await send(action, payload)


def _through(call_filter: CallFilter, send: SendCall) -> SendCall:
    async def filtered(action: str, payload: Mapping[str, Any]) -> Answer:
        return await call_filter(action, payload, send)

    return filtered
