"""One relayed line: a station's connection, and the one to its central system that belongs to it."""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from probes.modes.dialling import NotReached, Reached, dial
from probes.modes.ends import HANDSHAKE_SECONDS, End, Upstream
from probes.modes.listening import Auditor
from probes.modes.routing import Route, Router, is_read_only
from probes.modes.streams import Cutter, Kind, Piece, close_frame, close_of, control_frame
from probes.modes.upgrade import BadHandshake, Head, accepts, read_request, refusal
from probes.wire.envelope import Envelope, call_text, error_text, read_envelope
from probes.wire.framing import text_frame
from probes.wire.records import Direction, MessageType
from probes.wire.server import identity_of

LOGGER = logging.getLogger("ocpp_registry.relay")

AWAY_SECONDS = 60.0
"""How long a station is kept whose central system is lost; then it is told to go, as it would be without a relay."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds between attempts to reach a lost central system: each pause is twice the one before, more or less."""

HOLD_SECONDS = 1.0
"""How long a call of the central system waits at most for a probe."""

MOST_WAITING = 1 << 20
"""Bytes of a station's calls that are kept while its central system is away."""

LOST = "the connection to the central system was lost before it answered"
GONE = "the central system is away"


class House(Protocol):
    """What a line belongs to."""

    auditor: Auditor
    upstream: Upstream

    def joined(self, line: Line) -> None:
        """A station is connected through."""

    def left(self, line: Line) -> None:
        """A station is gone."""


class Line:
    """One connection of one station, and the one to the central system that belongs to it.

    `number` names it among all; `identity` is the last part of the path. `probe` asks the station something of our own.
    """

    def __init__(self, relay: House, number: int) -> None:
        self._relay = relay
        self.number = number
        self.identity = ""
        self.router = Router()
        self.open = False
        self.over = False
        self.on_message: Callable[[Direction, str | bytes, Envelope], None] | None = None
        self._auditor = relay.auditor
        self._station = End(self._request_came)
        self._station.on_lost = self._station_lost
        self._upstream: End | None = None
        self._request: Head | None = None
        self._agreed: str | None = None
        self._of_station = Cutter(masked=True)
        self._of_upstream = Cutter(masked=False)
        self._close: tuple[int, str] | None = None
        self._waiting: list[bytes] = []
        self._held: deque[tuple[str, bytes, str]] = deque()
        self._hold_timer: asyncio.TimerHandle | None = None
        self._answer: asyncio.Future[Envelope | None] | None = None
        self._deadline = asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS, self._station.cut)
        self._task: asyncio.Task[None] | None = None

    @property
    def protocol(self) -> asyncio.Protocol:
        """The station's end."""
        return self._station

    @property
    def unsent(self) -> int:
        """Bytes that wait in the relay for either side to take them."""
        return self._station.unsent + (self._upstream.unsent if self._upstream is not None else 0)

    # --- the opening handshake

    def _request_came(self, head: bytes, rest: bytes) -> None:
        self._deadline.cancel()
        try:
            self._request = read_request(head)
        except BadHandshake as problem:
            self._refuse(400, "Bad Request", str(problem))
            return
        self.identity = identity_of(self._request.target) or ""
        self._station.hold()
        self._task = asyncio.create_task(self._connect(self._request, rest))

    async def _connect(self, request: Head, rest: bytes) -> None:
        key = request.get("sec-websocket-key") or ""
        try:
            reached = await dial(self._relay.upstream, request)
        except NotReached as problem:
            self._refuse(502, "Bad Gateway", str(problem))
            return
        self._station.let_go()
        self._station.write(reached.raw)
        if not accepts(reached.head, key):
            self._refused_upstream(reached)
            return
        self._agreed = reached.head.get("sec-websocket-protocol")
        self.open = True
        self._auditor.opened(self.number, self.identity, self._detail(request))
        self._joined(reached)
        self._station.take_over(self._from_station, rest)
        self._relay.joined(self)

    def _detail(self, request: Head) -> dict[str, Any]:
        offered = [part.strip() for part in (request.get("sec-websocket-protocol") or "").split(",") if part.strip()]
        address = self._station.transport.get_extra_info("peername") if self._station.transport else None
        return {
            "path": urlsplit(request.target).path,
            "offered": offered,
            "peer": f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address),
            "headers": [list(header) for header in request.headers],
            "subprotocol": self._agreed,
            "upstream": self._relay.upstream.shown,
        }

    def _refuse(self, status: int, phrase: str, reason: str) -> None:
        self._auditor.refused(self.identity, {"status": status, "reason": reason})
        self._station.write(refusal(status, phrase, reason))
        self._station.end()

    def _refused_upstream(self, reached: Reached) -> None:
        """The central system's own refusal goes to the station as it is, as long as it comes."""
        upstream, head = reached.end, reached.head
        self._auditor.refused(self.identity, {"status": head.status, "reason": "the central system refused"})
        self._station.hold()
        upstream.on_lost = self._station.end
        upstream.paired(self._station)
        self._station.paired(upstream)
        self._upstream = upstream
        asyncio.get_running_loop().call_later(HANDSHAKE_SECONDS, upstream.cut)
        length = int(text) if (text := head.get("content-length") or "").isdigit() else None
        left = [length]

        def body(data: bytes) -> None:
            self._station.write(data)
            if left[0] is not None:
                left[0] -= len(data)
                if left[0] <= 0:
                    upstream.end()

        upstream.take_over(body, reached.early)
        if length == 0:
            upstream.end()

    def _joined(self, reached: Reached) -> None:
        self._upstream = upstream = reached.end
        self._of_upstream = Cutter(masked=False)
        upstream.on_lost = lambda: self._upstream_lost(upstream)
        upstream.paired(self._station)
        self._station.paired(upstream)
        upstream.take_over(self._from_upstream, reached.early)

    # --- what passes

    def _from_station(self, data: bytes) -> None:
        for piece in self._of_station.feed(data):
            self._station_said(piece)

    def _station_said(self, piece: Piece) -> None:
        upstream = self._upstream
        if piece.kind is Kind.TEXT or piece.kind is Kind.BINARY:
            self._message_of_station(piece, upstream)
        elif piece.kind is Kind.CLOSE:
            self._close = self._close or close_of(piece)
            if upstream is None:
                self._station.write(control_frame(Kind.CLOSE, piece.body))
                self._station.end()
        elif piece.kind is Kind.UNREAD:
            self._auditor.missed(self.number)
            if upstream is None:
                self._let_go()
        elif piece.kind is Kind.PING and upstream is None:
            self._station.write(control_frame(Kind.PONG, piece.body))
        if upstream is not None and piece.kind is not Kind.TEXT and piece.kind is not Kind.BINARY:
            upstream.write(piece.data)

    def _message_of_station(self, piece: Piece, upstream: End | None) -> None:
        message = piece.text if piece.kind is Kind.TEXT else piece.body
        envelope = read_envelope(message)
        route = self.router.from_station(envelope)
        if route is Route.FORWARD:
            if upstream is not None:
                upstream.write(piece.data)
            elif envelope.message_type is MessageType.CALL:
                self._wait(piece.data)
        self._record(Direction.FROM_STATION, message, envelope)
        if route is Route.SWALLOW:
            self._swallowed(envelope)

    def _from_upstream(self, data: bytes) -> None:
        for piece in self._of_upstream.feed(data):
            if piece.kind is Kind.TEXT or piece.kind is Kind.BINARY:
                self._message_of_csms(piece)
                continue
            if piece.kind is Kind.CLOSE:
                # Behind it nothing may come (RFC 6455 section 5.5.1): what was held for a probe goes before.
                self.drop_probe()
                self._close = self._close or close_of(piece)
            elif piece.kind is Kind.UNREAD:
                self._auditor.missed(self.number)
            self._station.write(piece.data)

    def _message_of_csms(self, piece: Piece) -> None:
        message = piece.text if piece.kind is Kind.TEXT else piece.body
        envelope = read_envelope(message)
        if self.router.from_csms(envelope, time.monotonic()) is Route.HOLD:
            self._hold(envelope.message_id or "", piece, message)
            return
        self._station.write(piece.data)
        self._record(Direction.FROM_CSMS, message, envelope)

    def _record(self, direction: Direction, message: str | bytes, envelope: Envelope) -> None:
        self._auditor.frame(self.number, direction, message)
        if self.on_message is not None:
            self.on_message(direction, message, envelope)

    # --- a central system that is lost

    def _upstream_lost(self, upstream: End) -> None:
        if upstream is not self._upstream:
            return
        self._upstream = None
        self._station.paired(None)
        if self.over:
            return
        if self._close is not None:
            self._station.end()
            return
        if not self._of_upstream.between_messages or not self._of_station.between_messages:
            # It broke off within a message that was passed on as it came: nothing of ours may stand there.
            self._station.cut()
            return
        self._release(forget=True)
        for raw_id in self.router.upstream_lost():
            self._say(error_text(raw_id, "InternalError", LOST, {}))
        self._auditor.noted(
            self.number, "The connection to the central system was lost; the station's open calls were answered with InternalError."
        )
        LOGGER.warning("%s: the central system is lost; the station is kept for %g s", self.identity, AWAY_SECONDS)
        self._task = asyncio.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        request = self._request
        deadline = time.monotonic() + AWAY_SECONDS
        pause = FIRST_PAUSE
        while request is not None and time.monotonic() < deadline:
            await asyncio.sleep(pause * (0.75 + secrets.randbelow(500) / 1000))
            pause = min(2 * pause, LONGEST_PAUSE)
            key = base64.b64encode(secrets.token_bytes(16)).decode()
            try:
                reached = await dial(self._relay.upstream, request, key)
            except NotReached:
                continue
            if accepts(reached.head, key) and reached.head.get("sec-websocket-protocol") == self._agreed:
                self._auditor.noted(self.number, "The central system came back, and the station was kept.")
                self._joined(reached)
                waiting, self._waiting = self._waiting, []
                for data in waiting:
                    reached.end.write(data)
                return
            reached.end.on_lost = None
            reached.end.cut()
            if reached.head.status < 500:
                break
        self._let_go()

    def _wait(self, data: bytes) -> None:
        """A message for a central system that is away. More than a station can mean in earnest ends the waiting."""
        self._waiting.append(data)
        if sum(map(len, self._waiting)) > MOST_WAITING:
            self._let_go()

    def _let_go(self) -> None:
        """Without a relay the station would know long since that nobody is there."""
        self._close = self._close or (1001, GONE)
        self._station.write(close_frame(1001, GONE))
        self._station.end()

    def _station_lost(self) -> None:
        self._deadline.cancel()
        self.over = True
        if self._task is not None and not self._task.done() and self._task is not asyncio.current_task():
            self._task.cancel()
        self._release(forget=True)
        if self._upstream is not None:
            (self._upstream.end if self._close is not None else self._upstream.cut)()
        if self.open:
            code, reason = self._close or (1006, "")
            self._auditor.closed(self.number, code, reason)
        self._relay.left(self)

    def cut(self) -> None:
        """End both connections, as when the relay's machine loses its network."""
        if self.open and self._close is None and self._of_upstream.between_messages:
            self._station.write(close_frame(1001, "the relay ended"))
        self._close = self._close or (1001, "the relay ended")
        self._station.end()

    # --- probes

    def can_be_probed(self) -> bool:
        """Whether the line is free for a question of our own."""
        return (
            self.open
            and not self.over
            and self._close is None
            and self._upstream is not None
            and not self._station.full
            and self._of_upstream.between_messages
            and self.router.is_free(time.monotonic())
        )

    async def probe(self, action: str, payload: dict[str, Any], seconds: float) -> Envelope | None:
        """Ask the station; None: it did not answer within so many seconds, or the central system needed the line.

        The line must be free, and the question one that only reads (`is_read_only`).
        """
        if not is_read_only(action, payload) or not self.can_be_probed():
            return None
        identifier = f"probe-{secrets.token_hex(13)}"
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Envelope | None] = loop.create_future()
        self._answer = answer
        self.router.begin(identifier)
        self._say(call_text(identifier, action, payload))
        timer = loop.call_later(seconds, self._end_probe)
        try:
            return await answer
        finally:
            timer.cancel()
            self._answer = None
            if self.router.probe == identifier:
                self.drop_probe()

    def drop_probe(self) -> None:
        """Give up the probe that is in flight; what the central system wants goes to the station now.

        Two calls at once are more than a station has to bear (OCPP-J 1.6 section 4.1.1): it is not to blame for an answer that is missing.
        """
        if self.router.probe is not None:
            for identifier in (self.router.probe, *(identifier for identifier, _, _ in self._held)):
                self._auditor.excused(self.number, identifier)
        self._end_probe()

    def _end_probe(self) -> None:
        self.router.drop()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)
        self._release()

    def _swallowed(self, envelope: Envelope) -> None:
        if self.router.probe is None and self._answer is not None and not self._answer.done():
            self._answer.set_result(envelope)
        if self.router.probe is None:
            self._release()

    def _hold(self, identifier: str, piece: Piece, message: str | bytes) -> None:
        self._held.append((identifier, piece.data, message if isinstance(message, str) else ""))
        if self._hold_timer is None:
            self._hold_timer = asyncio.get_running_loop().call_later(HOLD_SECONDS, self.drop_probe)

    def _release(self, *, forget: bool = False) -> None:
        """Give what was held to the station; with `forget`, its sender is gone, and the station never hears of it."""
        if self._hold_timer is not None:
            self._hold_timer.cancel()
            self._hold_timer = None
        held, self._held = self._held, deque()
        self.router.released()
        if forget:
            self.router.drop()
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(None)
            return
        for identifier, data, message in held:
            self.router.forwarded(identifier, time.monotonic())
            self._station.write(data)
            self._record(Direction.FROM_CSMS, message, read_envelope(message))

    def _say(self, text: str) -> None:
        """A text of our own to the station."""
        self._station.write(text_frame(text, False))
        self._record(Direction.FROM_CSMS, text, read_envelope(text))
