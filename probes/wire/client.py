"""The station end of the transport: connects to a CSMS and makes sure that both speak OCPP 1.6J."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus, InvalidURI

from probes.wire.connection import Connection
from probes.wire.redact import without_credentials
from probes.wire.security import ClientSecurity
from probes.wire.tls import OnProblem, client_context, describe, tls_problem
from probes.wire.websocket import SUBPROTOCOL, ClientSocket, KeepAlive, WebSocketConnection, options
from registry.errors import CannotBegin

HANDSHAKE_SECONDS = 10.0
"""How long an opening handshake may take."""


class _Direct(connect):
    """A handshake that follows no redirect: credentials go to the address that was given, and to no other."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """As in the base class."""
        return exc


class NotConnected(Exception):
    """An attempt that did not lead to a connection; the message says why in one line. Another one may.

    `status` is that of the HTTP answer, where there was one other than the upgrade.
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status

    def detail(self) -> dict[str, Any]:
        """The detail of the connection event in the transcript."""
        return {"problem": str(self)} | ({} if self.status is None else {"httpStatus": self.status})


@dataclass(frozen=True)
class Connected:
    """An open connection and what was agreed on it; `security` is the profile and, with TLS, version, cipher suite and certificate."""

    connection: Connection
    shown_url: str
    subprotocol: str
    security: dict[str, Any] = field(default_factory=dict)

    def detail(self) -> dict[str, Any]:
        """The detail of the connection event in the transcript."""
        return {"url": self.shown_url, "subprotocol": self.subprotocol} | self.security


def connection_url(endpoint: str, identity: str) -> str:
    """The URL of one station: the endpoint, `/`, the identity percent-encoded (OCPP-J 1.6 section 3.1.1). A query stays behind it.

    Raises `CannotBegin`.
    """
    parts = urlsplit(endpoint)
    if parts.scheme not in {"ws", "wss"} or not parts.netloc:
        raise CannotBegin(_no_address(endpoint))
    before, mark, query = endpoint.partition("?")
    return f"{before.rstrip('/')}/{quote(identity, safe='')}{mark}{query}"


def _no_address(endpoint: str) -> str:
    return f"{without_credentials(endpoint)}: no WebSocket address; write ws://HOST:PORT/PATH or wss://HOST:PORT/PATH"


async def open_connection(
    endpoint: str, identity: str, security: ClientSecurity | None = None, keep_alive: KeepAlive | None = None
) -> Connected:
    """Connect the station `identity` to the CSMS at `endpoint`. Raises `NotConnected`, and `CannotBegin` for what never can work."""
    security = security or ClientSecurity()
    url = connection_url(endpoint, identity)
    shown = without_credentials(url)
    refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    context = _tls(url, security, lambda problem: None if refused.done() else refused.set_exception(problem))
    opening = _Direct(
        url,
        subprotocols=[SUBPROTOCOL],
        open_timeout=HANDSHAKE_SECONDS,
        proxy=None,
        create_connection=ClientSocket,
        additional_headers=security.headers(identity),
        **({"ssl": context} if context else {}) | options(keep_alive or KeepAlive()),
    )
    try:
        websocket = await _opened(opening, refused)
    except InvalidURI as problem:
        raise CannotBegin(_no_address(endpoint)) from problem
    except InvalidStatus as problem:
        status = problem.response.status_code
        raise NotConnected(f"{shown}: the CSMS refused with HTTP status {status}", status) from problem
    except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as problem:
        raise NotConnected(f"{shown}: no connection ({_why(problem, context is not None)})") from problem
    if not isinstance(websocket, ClientSocket) or websocket.subprotocol != SUBPROTOCOL:
        await websocket.close()
        raise NotConnected(f"{shown}: the CSMS does not agree to the sub-protocol {SUBPROTOCOL}")
    told: dict[str, Any] = {"securityProfile": security.profile}
    tls = describe(websocket.transport.get_extra_info("ssl_object"))
    return Connected(WebSocketConnection(websocket), shown, SUBPROTOCOL, told | ({"tls": tls} if tls else {}))


async def _opened(opening: connect, refused: asyncio.Future[None]) -> ClientConnection:
    """The connection, unless TLS fails before; what it failed of is known sooner than the transport is gone. Raises as `connect`."""

    async def open_it() -> ClientConnection:
        return await opening

    attempt = asyncio.create_task(open_it())
    waiting: set[asyncio.Future[Any]] = {attempt, refused}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        await _dropped(attempt)
        raise
    if refused.done():
        await _dropped(attempt)
        refused.result()
    refused.cancel()
    return attempt.result()


async def _dropped(attempt: asyncio.Task[ClientConnection]) -> None:
    """Nobody wants the connection any more, whether it has come to pass or not."""
    attempt.cancel()
    await asyncio.wait({attempt})
    if not attempt.cancelled() and attempt.exception() is None:
        await attempt.result().close()


def _tls(url: str, security: ClientSecurity, on_problem: OnProblem) -> ssl.SSLContext | None:
    """The profile and the URL must say the same: a station does not go on with another profile than its own (A00.FR.003)."""
    encrypted = urlsplit(url).scheme == "wss"
    if security.encrypted and not encrypted:
        raise CannotBegin(f"{without_credentials(url)}: security profile {security.profile} has TLS; write wss:// in place of ws://")
    if not encrypted:
        return None
    context = client_context(security.authority, security.key_pair, on_problem)
    security.spoil(context)
    return context


def _why(problem: Exception, encrypted: bool) -> str:
    if isinstance(problem, ssl.SSLError):
        return tls_problem(problem, "the CSMS") or str(problem)
    if isinstance(problem, InvalidMessage) and encrypted:
        return "the CSMS ended the connection without a word; it may not accept this station's certificate, or want one"
    return str(problem) or "it took too long"
