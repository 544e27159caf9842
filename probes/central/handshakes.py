"""Opening handshakes by hand: other sub-protocols than ours alone, and every way in which a URL can be no central system, told apart.

Nothing is followed: a redirect is told with where it leads, and whoever ordered the audit decides. Credentials go to the address that was
given and to no other.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from probes.wire.client import HANDSHAKE_SECONDS, connection_url
from probes.wire.records import EventKind
from probes.wire.redact import without_credentials
from probes.wire.security import ClientSecurity
from probes.wire.tls import client_context, tls_problem
from probes.wire.transcript import Transcript
from probes.wire.websocket import SUBPROTOCOL

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD_LIMIT = 64 * 1024
_SHOWN = 60
"""How much of what a server says is shown."""

_SWITCHING, _OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 101, 200, 401, 403, 404
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_CLOSE_OPCODE = 8


@dataclass(frozen=True)
class Handshake:
    """What came of one attempt. `problem` says in one line what kept it from being an OCPP 1.6 connection; None: it was one.

    `status` is that of the HTTP answer (None: there was none), `subprotocol` what was agreed on, `location` where a redirect leads,
    `closed` whether the server ended the connection by itself while it was watched.
    """

    offered: tuple[str, ...]
    status: int | None = None
    subprotocol: str | None = None
    location: str | None = None
    problem: str | None = None
    closed: bool = False

    @property
    def opened(self) -> bool:
        """Whether the connection was upgraded."""
        return self.status == _SWITCHING

    def detail(self, url: str, purpose: str) -> dict[str, Any]:
        """The detail of the connection event in the transcript."""
        told = {"url": url, "purpose": purpose, "offered": list(self.offered), "subprotocol": self.subprotocol, "closed": self.closed}
        more = {"httpStatus": self.status, "location": self.location, "problem": self.problem}
        return told | {name: value for name, value in more.items() if value is not None}


async def shake_hands(
    transcript: Transcript,
    endpoint: str,
    identity: str,
    purpose: str,
    *,
    offered: Sequence[str] = (SUBPROTOCOL,),
    security: ClientSecurity | None = None,
    watched: float = 0.0,
    seconds: float = HANDSHAKE_SECONDS,
) -> Handshake:
    """Make one opening handshake as the station `identity`, put it into the transcript, and end the connection.

    What was upgraded without agreement is watched for `watched` seconds, or until the server ends it. Never raises for what it does.
    """
    url = connection_url(endpoint, identity)
    shown = without_credentials(url)
    attempt = await _attempt(url, identity, tuple(offered), security or ClientSecurity(), watched, seconds)
    kind = EventKind.OPEN if attempt.opened else EventKind.HANDSHAKE_REFUSED
    transcript.add_event(kind, identity, attempt.detail(shown, purpose))
    if attempt.opened:
        transcript.add_event(EventKind.CLOSE, identity, {"code": 1000, "reason": "ended by the server" if attempt.closed else ""})
    return attempt


async def _attempt(
    url: str, identity: str, offered: tuple[str, ...], security: ClientSecurity, watched: float, seconds: float
) -> Handshake:
    try:
        reader, writer = await asyncio.wait_for(_connect(url, security), seconds)
    except TimeoutError:
        return Handshake(offered, problem=f"nothing answers there within {seconds:g} s: wrong host or port, or a firewall in between")
    except OSError as problem:
        return Handshake(offered, problem=_no_connection(problem, url))
    try:
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        writer.write(_request(url, key, offered, security.headers(identity)).encode("latin-1"))
        await writer.drain()
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), seconds)
        answered = _read(head.decode("latin-1"), key, offered)
        if answered.opened and answered.problem is not None and watched > 0:
            ended = await _ends_within(reader, watched)
            return Handshake(offered, answered.status, answered.subprotocol, None, answered.problem, ended)
        return answered
    except TimeoutError:
        return Handshake(offered, problem=f"the connection is taken and the handshake never answered ({seconds:g} s)")
    except asyncio.IncompleteReadError as partial:
        if not partial.partial:
            return Handshake(offered, problem="the connection is dropped in the middle of the handshake")
        return Handshake(offered, problem=f"it answers with something that is no HTTP: {_quoted(partial.partial)}")
    except asyncio.LimitOverrunError:
        return Handshake(offered, problem="it answers with something that is no HTTP and has no end")
    except OSError as problem:
        told = tls_problem(problem, "the central system")
        return Handshake(offered, problem=told or "the connection is dropped in the middle of the handshake")
    finally:
        await _end(writer)


async def _connect(url: str, security: ClientSecurity) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    encrypted = parts.scheme == "wss"
    context = client_context(security.authority, security.key_pair, lambda _: None) if encrypted else None
    if context is not None:
        security.spoil(context)
    port = parts.port or (443 if encrypted else 80)
    return await asyncio.open_connection(
        parts.hostname, port, limit=_HEAD_LIMIT, ssl=context, server_hostname=parts.hostname if encrypted else None
    )


def _request(url: str, key: str, offered: Sequence[str], headers: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    lines = [
        f"GET {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *([f"Sec-WebSocket-Protocol: {', '.join(offered)}"] if offered else []),
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def _read(head: str, key: str, offered: tuple[str, ...]) -> Handshake:
    first, _, rest = head.partition("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        return Handshake(offered, problem=f"it answers with something that is no HTTP: {_quoted(first.encode('latin-1'))}")
    status = int(words[1])
    headers = {name.strip().casefold(): value.strip() for name, _, value in (line.partition(":") for line in rest.split("\r\n"))}
    if status != _SWITCHING:
        location = without_credentials(headers["location"])[:200] if status in _REDIRECTS and "location" in headers else None
        return Handshake(offered, status, None, location, _refused(status, location))
    expected = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()  # noqa: S324 - RFC 6455 section 4.2.2 says so
    subprotocol = headers.get("sec-websocket-protocol")
    if headers.get("sec-websocket-accept") != expected:
        return Handshake(
            offered, None, None, None, "it says that it switches protocols and is no WebSocket: its answer to the key is wrong"
        )
    return Handshake(offered, status, subprotocol, None, _disagreement(subprotocol, offered))


def _refused(status: int, location: str | None) -> str:
    if status in _REDIRECTS:
        return f"it redirects (HTTP {status}) to {location or 'nowhere'}, which is not followed; give the address that it leads to"
    return {
        _OK: "it answers as a web page does (HTTP 200): there is no WebSocket at this address",
        _UNAUTHORIZED: "it refuses the station's credentials, or wants some (HTTP 401)",
        _FORBIDDEN: "it does not let this station in (HTTP 403)",
        _NOT_FOUND: "it does not know this station, or this path (HTTP 404)",
    }.get(status, f"it refuses the handshake with HTTP status {status}")


def _disagreement(subprotocol: str | None, offered: tuple[str, ...]) -> str | None:
    if subprotocol == SUBPROTOCOL and SUBPROTOCOL in offered:
        return None
    if subprotocol is None:
        return f"it agrees to none of the sub-protocols {', '.join(offered)}"
    return f"it speaks another sub-protocol: {subprotocol[:_SHOWN]!r}"


def _no_connection(problem: OSError, url: str) -> str:
    parts = urlsplit(url)
    told = tls_problem(problem, "the central system") if isinstance(problem, ssl.SSLError) else None
    if told is not None:
        return told
    if isinstance(problem, socket.gaierror):
        return f"there is no host of the name {parts.hostname}"
    if isinstance(problem, ConnectionRefusedError):
        return "the connection is refused: nothing listens at this host and port"
    return f"no connection ({problem.strerror or problem})"


async def _ends_within(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Whether the server ends the connection by itself, with a close frame or without."""
    try:
        return await asyncio.wait_for(_end_of(reader), seconds)
    except TimeoutError:
        return False
    except (OSError, asyncio.IncompleteReadError):
        return True


async def _end_of(reader: asyncio.StreamReader) -> bool:
    while True:
        first, second = await reader.readexactly(2)
        length = second & 0x7F
        if length >= 126:
            length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8))
        if first & 0x0F == _CLOSE_OPCODE:
            return True
        while length > 0:
            length -= len(await reader.readexactly(min(length, _HEAD_LIMIT)))


async def _end(writer: asyncio.StreamWriter) -> None:
    if not writer.is_closing():
        writer.write(b"\x88\x80" + secrets.token_bytes(4))
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        return


def _quoted(data: bytes) -> str:
    return repr(data[:_SHOWN].decode("ascii", "replace"))
