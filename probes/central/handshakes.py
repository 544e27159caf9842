"""Opening handshakes by hand: other sub-protocols than ours alone, and every way in which a URL can be no central system, told apart.

Nothing is followed: a redirect is told with where it leads, and whoever ordered the audit decides. Credentials go to the address that was
given and to no other.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from probes.wire.client import HANDSHAKE_SECONDS, connection_url
from probes.wire.envelope import CALL, CALLRESULT
from probes.wire.records import EventKind
from probes.wire.redact import without_credentials
from probes.wire.security import ClientSecurity
from probes.wire.tls import OnProblem, client_context, describe, tls_problem
from probes.wire.transcript import Transcript
from probes.wire.websocket import SUBPROTOCOL

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD_LIMIT = 64 * 1024
_SHOWN = 60
"""How much of what a server says is shown."""

_SWITCHING, _OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 101, 200, 401, 403, 404
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_TEXT_OPCODE, _CLOSE_OPCODE = 1, 8
_TLS_ALERT = b"\x15\x03"
"""How an alert of TLS begins."""

HOST, TLS = "host", "tls"
"""How far an attempt came that came to nothing: there was nobody, or there was no agreement over TLS."""


@dataclass(frozen=True)
class Handshake:
    """What came of one attempt. `problem` says in one line what kept it from being an OCPP 1.6 connection; None: it was one.

    `status` is that of the HTTP answer (None: there was none), `subprotocol` what was agreed on, `location` where a redirect leads,
    `closed` whether the server ended the connection by itself while it was watched. `tls` is what was agreed to of TLS, `failed` how far a
    connection came that was none (`host`, `tls`), `said` what came of a registration over it.
    """

    offered: tuple[str, ...]
    status: int | None = None
    subprotocol: str | None = None
    location: str | None = None
    problem: str | None = None
    closed: bool = False
    tls: Mapping[str, Any] | None = None
    failed: str | None = None
    said: Mapping[str, Any] | None = None

    @property
    def opened(self) -> bool:
        """Whether the connection was upgraded."""
        return self.status == _SWITCHING

    def detail(self, url: str, purpose: str) -> dict[str, Any]:
        """The detail of the connection event in the transcript."""
        told = {"url": url, "purpose": purpose, "offered": list(self.offered), "subprotocol": self.subprotocol, "closed": self.closed}
        more: dict[str, Any] = {"httpStatus": self.status, "location": self.location, "problem": self.problem}
        more |= {"tls": self.tls, "failed": self.failed, "said": self.said}
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
    user: str | None = None,
    registers: Mapping[str, Any] | None = None,
    told: Mapping[str, Any] | None = None,
) -> Handshake:
    """Make one opening handshake as the station `identity`, put it into the transcript, and end the connection.

    What was upgraded without agreement is watched for `watched` seconds, or until the server ends it. `user` is the user name to show in
    place of the identity. With `registers` a BootNotification with this payload is sent over what was agreed on, and its answer waited for
    as long. `told` goes into the transcript with it. Never raises for what the server does.
    """
    url = connection_url(endpoint, identity)
    shown = without_credentials(url)
    asked = _Asked(url, tuple(offered), security or ClientSecurity(), user or identity, watched, seconds, registers)
    attempt = await _attempt(asked)
    kind = EventKind.OPEN if attempt.opened else EventKind.HANDSHAKE_REFUSED
    transcript.add_event(kind, identity, attempt.detail(shown, purpose) | dict(told or {}))
    if attempt.opened:
        transcript.add_event(EventKind.CLOSE, identity, {"code": 1000, "reason": "ended by the server" if attempt.closed else ""})
    return attempt


@dataclass(frozen=True)
class _Asked:
    """One handshake as it is to be made."""

    url: str
    offered: tuple[str, ...]
    security: ClientSecurity
    user: str
    watched: float
    seconds: float
    registers: Mapping[str, Any] | None


async def _attempt(asked: _Asked) -> Handshake:
    offered, seconds = asked.offered, asked.seconds
    failures: list[ssl.SSLError] = []
    try:
        reader, writer = await asyncio.wait_for(_connect(asked.url, asked.security, failures.append), seconds)
    except TimeoutError:
        told = f"nothing answers there within {seconds:g} s: wrong host or port, or a firewall in between"
        return Handshake(offered, problem=told, failed=HOST)
    except OSError as problem:
        return Handshake(offered, problem=_no_connection(problem, asked.url, failures), failed=_failed_in(problem, asked.url))
    tls = _tls(writer)
    try:
        return replace(await _spoken(asked, reader, writer), tls=tls)
    except TimeoutError:
        return Handshake(offered, problem=f"the connection is taken and the handshake never answered ({seconds:g} s)", tls=tls)
    except asyncio.IncompleteReadError as partial:
        if partial.partial.startswith(_TLS_ALERT):
            return Handshake(offered, problem="it speaks TLS, and the address is without: write wss:// in place of ws://", tls=tls)
        if partial.partial:
            return Handshake(offered, problem=f"it answers with something that is no HTTP: {_quoted(partial.partial)}", tls=tls)
        return Handshake(offered, problem=_dropped(failures[-1] if failures else partial, asked.url), tls=tls, failed=TLS)
    except asyncio.LimitOverrunError:
        return Handshake(offered, problem="it answers with something that is no HTTP and has no end", tls=tls)
    except OSError as problem:
        return Handshake(offered, problem=_dropped(problem, asked.url), tls=tls, failed=TLS)
    finally:
        await _end(writer)


def _dropped(problem: BaseException, url: str) -> str:
    hint = "" if urlsplit(url).scheme == "wss" else "; if TLS is spoken there, write wss:// in place of ws://"
    return tls_problem(problem, "the central system") or f"the connection is dropped in the middle of the handshake{hint}"


async def _spoken(asked: _Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Handshake:
    """The handshake over an open connection, and what is said after it."""
    key, offered = base64.b64encode(secrets.token_bytes(16)).decode(), asked.offered
    writer.write(_request(asked.url, key, offered, asked.security.headers(asked.user)).encode("latin-1"))
    await writer.drain()
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), asked.seconds)
    answered = _read(head.decode("latin-1"), key, offered)
    if not answered.opened or asked.watched <= 0:
        return answered
    if answered.problem is not None:
        return replace(answered, closed=await _ends_within(reader, asked.watched))
    return answered if asked.registers is None else await _registered(answered, reader, writer, asked.registers, asked.watched)


async def _registered(
    answered: Handshake, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, payload: Mapping[str, Any], seconds: float
) -> Handshake:
    """What a registration over this connection comes to."""
    number = secrets.token_hex(8)
    writer.write(_masked(json.dumps([CALL, number, "BootNotification", dict(payload)]).encode()))
    try:
        await writer.drain()
        said = await asyncio.wait_for(_answer(reader, number), seconds)
    except TimeoutError:
        return answered
    except (OSError, asyncio.IncompleteReadError):
        return replace(answered, closed=True)
    return replace(answered, closed=said is None, said=said)


async def _answer(reader: asyncio.StreamReader, number: str) -> dict[str, Any] | None:
    """What is said in answer to the message with this number; None: the connection was ended before."""
    while True:
        opcode, payload = await _frame(reader)
        if opcode == _CLOSE_OPCODE:
            return None
        try:
            message = json.loads(payload) if opcode == _TEXT_OPCODE else None
        except ValueError:
            continue
        if not isinstance(message, list) or len(message) < 3 or message[1] != number:
            continue
        if message[0] == CALLRESULT and isinstance(message[2], dict):
            return {"status": str(message[2].get("status"))[:_SHOWN]}
        return {"error": str(message[2])[:_SHOWN]}


def _failed_in(problem: OSError, url: str) -> str:
    """How far it came: no connection to the host at all, or one on which TLS came to nothing."""
    if isinstance(problem, ssl.SSLError):
        return TLS
    ended = isinstance(problem, ConnectionResetError | ConnectionAbortedError | BrokenPipeError)
    return TLS if ended and urlsplit(url).scheme == "wss" else HOST


def _tls(writer: asyncio.StreamWriter) -> dict[str, Any] | None:
    """What was agreed to of TLS, with the certificate that was shown, in PEM; None without TLS."""
    connection = writer.get_extra_info("ssl_object")
    try:
        told = describe(connection)
    except ValueError:
        # With TLS 1.3 a server may refuse what it was shown right after a handshake that was over.
        return None
    if told is None:
        return None
    encoded = connection.getpeercert(binary_form=True)
    return told | {"compression": connection.compression()} | ({"certificate": ssl.DER_cert_to_PEM_cert(encoded)} if encoded else {})


async def _connect(url: str, security: ClientSecurity, on_problem: OnProblem) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    encrypted = parts.scheme == "wss"
    context = client_context(security.authority, security.key_pair, on_problem) if encrypted else None
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


def _no_connection(problem: OSError, url: str, failures: Sequence[ssl.SSLError]) -> str:
    """In one line. `failures` are those of TLS that were seen before the connection was gone."""
    parts = urlsplit(url)
    told = tls_problem(failures[-1] if failures else problem, "the central system")
    if told is not None:
        return told
    if isinstance(problem, socket.gaierror):
        return f"there is no host of the name {parts.hostname}"
    if isinstance(problem, ConnectionRefusedError):
        return "the connection is refused: nothing listens at this host and port"
    if isinstance(problem, ConnectionResetError | ConnectionAbortedError | BrokenPipeError) and parts.scheme == "wss":
        return "the connection is dropped in the TLS handshake; if no TLS is spoken there, write ws:// in place of wss://"
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
    while (await _frame(reader))[0] != _CLOSE_OPCODE:
        continue
    return True


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The opcode of the next WebSocket frame, and what it carries, as far as that is looked at."""
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length >= 126:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8))
    payload = b""
    while length > 0:
        part = await reader.readexactly(min(length, _HEAD_LIMIT))
        length -= len(part)
        payload = payload or part
    return first & 0x0F, payload


def _masked(payload: bytes) -> bytes:
    """A text frame of a client (RFC 6455 section 5.3)."""
    mask = secrets.token_bytes(4)
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0x80 | 126]) + len(payload).to_bytes(2)
    return bytes([0x80 | _TEXT_OPCODE]) + length + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


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
