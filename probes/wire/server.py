"""The CSMS end of the transport: takes connections, tells stations by the path, refuses those that cannot be OCPP 1.6J."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from probes.wire.connection import PROTOCOL_ERROR, Connection
from probes.wire.redact import Redactor
from probes.wire.websocket import OPTIONS, SUBPROTOCOL, WebSocketConnection
from registry.errors import CannotBegin

IDENTITY_LIMIT = 255
"""The longest identity taken from a path, in characters; OCPP-J 1.6 sets no limit, a log line does."""

HANDSHAKE_SECONDS = 10.0
"""How long an opening handshake may take."""


@dataclass(frozen=True)
class Handshake:
    """What is known of a connection before its first frame. `headers` are those of the request, less their secrets."""

    identity: str
    path: str
    offered: tuple[str, ...]
    peer: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def detail(self, **more: Any) -> dict[str, Any]:
        """The detail of the connection event in the transcript."""
        return {"path": self.path, "offered": list(self.offered), "peer": self.peer, "headers": dict(self.headers)} | more


@dataclass(frozen=True)
class Refused:
    """A handshake that was refused, and why, in one sentence for a person."""

    handshake: Handshake
    reason: str


OnConnection = Callable[[Connection, Handshake], Awaitable[None]]
OnRefused = Callable[[Refused], None]


class Server:
    """Listens on `host`:`port` (0: any free port) and hands every OCPP 1.6J connection to `on_connection`.

    That returns when it is done with the connection. Only the stations in `identities` are taken (None: any). `base_path` is what
    must stand before the identity in the path; empty: anything may. `async with` starts and stops it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        on_connection: OnConnection,
        on_refused: OnRefused,
        redactor: Redactor,
        base_path: str = "",
        identities: Collection[str] | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._on_connection = on_connection
        self._on_refused = on_refused
        self._redactor = redactor
        self._base_path = base_path.rstrip("/")
        self._identities = identities
        self._server: WebSocketServer | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; known once started."""
        if self._server is None:
            return self._port
        return int(next(iter(self._server.sockets)).getsockname()[1])

    @property
    def url(self) -> str:
        """The endpoint URL, to which a station appends `/` and its identity (OCPP-J 1.6 section 3.1.1)."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"ws://{host}:{self.port}{self._base_path}"

    async def __aenter__(self) -> Server:
        try:
            self._server = await serve(
                self._handle,
                self._host,
                self._port,
                process_request=self._screen,
                select_subprotocol=_select,
                open_timeout=HANDSHAKE_SECONDS,
                server_header=None,
                **OPTIONS,
            )
        except OSError as problem:
            raise CannotBegin(self._why_not(problem)) from problem
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _why_not(self, problem: OSError) -> str:
        place = f"{self._host}:{self._port}"
        if problem.errno == errno.EADDRINUSE:
            return f"{place}: the port is in use by another program; end that program or choose another port"
        if problem.errno == errno.EACCES:
            return f"{place}: this user may not listen on that port; choose one above 1023"
        return f"{place}: cannot listen there ({problem.strerror or problem}); name an address of this machine"

    def _screen(self, websocket: ServerConnection, request: Request) -> Response | None:
        """HTTP 404 for a path that names no station, or one that is not known here (OCPP-J 1.6 section 3.2)."""
        identity = identity_of(request.path, self._base_path)
        if identity is None:
            shown = urlsplit(request.path).path[:100]
            reason = f"the path {shown} names no station; a station connects to {self._base_path}/IDENTITY"
        elif self._identities is not None and identity not in self._identities:
            reason = f"the station {identity} is not one of those expected here"
        else:
            return None
        self._on_refused(Refused(self._handshake(websocket, request, identity or ""), reason))
        return websocket.respond(HTTPStatus.NOT_FOUND, "no such station\n")

    def _handshake(self, websocket: ServerConnection, request: Request, identity: str) -> Handshake:
        offered = tuple(part.strip() for value in request.headers.get_all("Sec-WebSocket-Protocol") for part in value.split(","))
        address = websocket.remote_address
        peer = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)
        headers = self._redactor.headers(request.headers.raw_items())
        return Handshake(identity, urlsplit(request.path).path[:IDENTITY_LIMIT], tuple(part for part in offered if part), peer, headers)

    async def _handle(self, websocket: ServerConnection) -> None:
        request = websocket.request
        identity = identity_of(request.path, self._base_path) if request else None
        if request is None or identity is None:
            return
        handshake = self._handshake(websocket, request, identity)
        if websocket.subprotocol != SUBPROTOCOL:
            offered = ", ".join(handshake.offered) or "none"
            self._on_refused(Refused(handshake, f"the station {identity} offered the sub-protocol {offered}; needed is {SUBPROTOCOL}"))
            await websocket.close(PROTOCOL_ERROR, f"sub-protocol {SUBPROTOCOL} required")
            return
        await self._on_connection(WebSocketConnection(websocket), handshake)


def identity_of(path: str, base_path: str = "") -> str | None:
    """The station that a request path names: its last segment, percent-decoded. None: it names none that can be used."""
    segments = urlsplit(path).path
    before, _, last = segments.rpartition("/")
    if base_path and before != base_path:
        return None
    try:
        identity = unquote(last, errors="strict")
    except UnicodeDecodeError:
        return None
    return identity if 0 < len(identity) <= IDENTITY_LIMIT and identity.isprintable() else None


def _select(_: ServerConnection, offered: Any) -> Any:
    """`ocpp1.6` or nothing. Without agreement the handshake is completed all the same and then closed, as OCPP-J 1.6 section 3.2 says."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None
