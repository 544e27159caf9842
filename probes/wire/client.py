"""The station end of the transport: connects to a CSMS and makes sure that both speak OCPP 1.6J."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from probes.wire.connection import Connection
from probes.wire.redact import without_credentials
from probes.wire.websocket import OPTIONS, SUBPROTOCOL, WebSocketConnection
from registry.errors import CannotBegin

HANDSHAKE_SECONDS = 10.0
"""How long an opening handshake may take."""


class NotConnected(Exception):
    """An attempt that did not lead to a connection; the message says why in one line. Another one may."""


@dataclass(frozen=True)
class Connected:
    """An open connection and what was agreed on it."""

    connection: Connection
    shown_url: str
    subprotocol: str


def connection_url(endpoint: str, identity: str) -> str:
    """The URL of one station: the endpoint, `/`, the identity percent-encoded (OCPP-J 1.6 section 3.1.1). Raises `CannotBegin`."""
    parts = urlsplit(endpoint)
    if parts.scheme not in {"ws", "wss"} or not parts.netloc:
        raise CannotBegin(_no_address(endpoint))
    return f"{endpoint.rstrip('/')}/{quote(identity, safe='')}"


def _no_address(endpoint: str) -> str:
    return f"{without_credentials(endpoint)}: no WebSocket address; write ws://HOST:PORT/PATH or wss://HOST:PORT/PATH"


async def open_connection(endpoint: str, identity: str) -> Connected:
    """Connect the station `identity` to the CSMS at `endpoint`. Raises `NotConnected`, and `CannotBegin` for a URL that never can work."""
    url = connection_url(endpoint, identity)
    shown = without_credentials(url)
    try:
        websocket = await connect(url, subprotocols=[SUBPROTOCOL], open_timeout=HANDSHAKE_SECONDS, proxy=None, **OPTIONS)
    except InvalidURI as problem:
        raise CannotBegin(_no_address(endpoint)) from problem
    except InvalidStatus as problem:
        raise NotConnected(f"{shown}: the CSMS refused with HTTP status {problem.response.status_code}") from problem
    except (OSError, TimeoutError, InvalidHandshake) as problem:
        raise NotConnected(f"{shown}: no connection ({str(problem) or 'it took too long'})") from problem
    if websocket.subprotocol != SUBPROTOCOL:
        await websocket.close()
        raise NotConnected(f"{shown}: the CSMS does not agree to the sub-protocol {SUBPROTOCOL}")
    return Connected(WebSocketConnection(websocket), shown, SUBPROTOCOL)
