"""The CSMS end of the transport: takes connections, tells stations by the path, refuses those that cannot be OCPP 1.6J."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from probes.wire.connection import PROTOCOL_ERROR, Connection
from probes.wire.logs import TRANSPORT_LOGGER
from probes.wire.redact import Redactor
from probes.wire.security import Refusal, ServerSecurity
from probes.wire.tls import KeyPair, describe, server_context, tls_problem
from probes.wire.websocket import SUBPROTOCOL, KeepAlive, ServerSocket, WebSocketConnection, options, server_socket
from registry.errors import CannotBegin

IDENTITY_LIMIT = 255
"""The longest identity taken from a path, in characters; OCPP-J 1.6 sets no limit, a log line does."""

HANDSHAKE_SECONDS = 10.0
"""How long an opening handshake may take, and before it the one of TLS."""

CONNECTIONS = 20_000
"""How many connections are held at once; one more gets HTTP 503."""


@dataclass(frozen=True)
class Handshake:
    """What is known of a connection before its first frame. `headers` are those of the request, less their secrets.

    `security` is the security profile and, with TLS, its version, cipher suite and the station's certificate.
    """

    identity: str
    path: str
    offered: tuple[str, ...]
    peer: str
    headers: Mapping[str, str] = field(default_factory=dict)
    security: Mapping[str, Any] = field(default_factory=dict)

    def detail(self, **more: Any) -> dict[str, Any]:
        """The detail of the connection event in the transcript."""
        told = {"path": self.path, "offered": list(self.offered), "peer": self.peer, "headers": dict(self.headers)}
        return told | dict(self.security) | more


@dataclass(frozen=True)
class Refused:
    """A handshake that was refused, and why, in one sentence for a person."""

    handshake: Handshake
    reason: str


Screen = Callable[[str, str | None, Any], Coroutine[Any, Any, Refusal | None]]
"""Who is kept out: by identity, Authorization header and TLS."""

OnConnection = Callable[[Connection, Handshake], Awaitable[None]]
OnRefused = Callable[[Refused], None]


class Server:
    """Listens on `host`:`port` (0: any free port) and hands every OCPP 1.6J connection to `on_connection`.

    That returns when it is done with the connection. Only the stations in `identities` are taken (None: any). `base_path` is what
    must stand before the identity in the path; empty: anything may. `security` is what a station must show. `handshake_seconds` bounds
    each handshake, `connections` how many there may be at once. `async with` starts and stops it. `refusal` says who is kept out and
    `select` what sub-protocol is agreed on, as long as nothing else takes their place.
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
        security: ServerSecurity | None = None,
        keep_alive: KeepAlive | None = None,
        handshake_seconds: float = HANDSHAKE_SECONDS,
        connections: int = CONNECTIONS,
    ) -> None:
        self._host, self._port = host, port
        self._security = security or ServerSecurity()
        self._keep_alive = keep_alive or KeepAlive()
        self._handshake_seconds = handshake_seconds
        self._connections = connections
        self._tls = (
            server_context(self._security.key_pairs, self._security.client_trust, self._tls_problem) if self._security.encrypted else None
        )
        self.refusal: Screen = self._security.refusal
        self.select = _select
        self._on_connection = on_connection
        self._on_refused = on_refused
        self._redactor = redactor
        self._base_path = base_path.rstrip("/")
        self._identities = identities
        self._instead: ssl.SSLContext | None = None
        self._server: WebSocketServer | None = None

    def spoil(self, how: Callable[[ssl.SSLContext], None]) -> None:
        """Let TLS be worse than it should be; a server without TLS stays as it is."""
        if self._tls:
            how(self._tls)

    def show_instead(self, key_pair: KeyPair | None) -> None:
        """From now on show this certificate in the place of the right one, which the events of connections tell; None: the right one
        again. A server without TLS stays as it is.
        """
        if self._tls:
            self._instead = server_context((key_pair,), self._security.client_trust, self._tls_problem) if key_pair else None
            self._tls.sni_callback = self._other_certificate if key_pair else None

    def _other_certificate(self, tls: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        if self._instead is not None:
            tls.context = self._instead

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
        return f"{'wss' if self._tls else 'ws'}://{host}:{self.port}{self._base_path}"

    async def __aenter__(self) -> Server:
        try:
            self._server = await serve(
                self._handle,
                self._host,
                self._port,
                process_request=self._screen,
                select_subprotocol=lambda websocket, offered: self.select(websocket, offered),
                open_timeout=self._handshake_seconds,
                server_header=None,
                create_connection=server_socket(self._spoke_tls),
                **self._tls_options(),
                **options(self._keep_alive),
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

    def _tls_options(self) -> dict[str, Any]:
        return {"ssl": self._tls, "ssl_handshake_timeout": self._handshake_seconds} if self._tls else {}

    async def _screen(self, websocket: ServerConnection, request: Request) -> Response | None:
        """HTTP 404 for a path that names no station, or one that is not known here (OCPP-J 1.6 section 3.2); 401 or 403 for one that
        does not show what the security profile asks for; 503 when the house is full.
        """
        identity = identity_of(request.path, self._base_path)
        found = self._no_place(websocket, request, identity)
        if found is None and identity is not None:
            problem = await self.refusal(identity, _one(request, "Authorization"), _tls_of(websocket))
            found = (problem.status, f"the station {identity} {problem.reason}") if problem else None
        if found is None:
            return None
        status, reason = found
        self._on_refused(Refused(self._handshake(websocket, request, identity or ""), reason))
        response = websocket.respond(status, f"{status.phrase.lower()}\n")
        if status is HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
        return response

    def _no_place(self, websocket: ServerConnection, request: Request, identity: str | None) -> tuple[HTTPStatus, str] | None:
        if identity is None:
            shown = urlsplit(request.path).path[:100]
            return HTTPStatus.NOT_FOUND, f"the path {shown} names no station; a station connects to {self._base_path}/IDENTITY"
        if self._identities is not None and identity not in self._identities:
            return HTTPStatus.NOT_FOUND, f"the station {identity} is not one of those expected here"
        if len(websocket.server.handler_tasks) > self._connections:
            return HTTPStatus.SERVICE_UNAVAILABLE, f"the station {identity} came when {self._connections} connections were open already"
        return None

    def _tls_problem(self, problem: ssl.SSLError) -> None:
        self._tls_failed(tls_problem(problem, "the station") or str(problem))

    def _tls_failed(self, reason: str) -> None:
        """Nobody knows yet which station it is: the identity comes after TLS."""
        TRANSPORT_LOGGER.info("TLS handshake failed: %s", reason)
        self._on_refused(Refused(Handshake("", "", (), ""), reason))

    def _spoke_tls(self) -> None:
        self._tls_failed("the station spoke TLS; here is ws://")

    def _handshake(self, websocket: ServerConnection, request: Request, identity: str) -> Handshake:
        offered = tuple(part.strip() for value in request.headers.get_all("Sec-WebSocket-Protocol") for part in value.split(","))
        address = websocket.remote_address
        peer = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)
        headers = self._redactor.headers(request.headers.raw_items())
        security: dict[str, Any] = {"securityProfile": self._security.profile}
        own = _tls_of(websocket)
        tls = describe(own)
        if tls and own.context is self._instead:
            security["shownCertificate"] = "untrusted"
        path = urlsplit(request.path).path[:IDENTITY_LIMIT]
        return Handshake(identity, path, tuple(part for part in offered if part), peer, headers, security | ({"tls": tls} if tls else {}))

    async def _handle(self, websocket: ServerConnection) -> None:
        request = websocket.request
        identity = identity_of(request.path, self._base_path) if request else None
        if request is None or identity is None or not isinstance(websocket, ServerSocket):
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


def _one(request: Request, name: str) -> str | None:
    """The value of a header; what comes twice counts as absent, as nobody can say which is meant."""
    values = request.headers.get_all(name)
    return values[0] if len(values) == 1 else None


def _tls_of(websocket: ServerConnection) -> Any:
    return websocket.transport.get_extra_info("ssl_object")
