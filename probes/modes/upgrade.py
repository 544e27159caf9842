"""The opening handshake as a relay passes it on: pure, bytes in, bytes out (RFC 6455 section 4, RFC 9110 section 7.6.1).

Everything stays as the station wrote it, in order and spelling, but for what is about one connection and not about its ends: `Host` names
the central system, and no extension is offered, since a compressed stream has a state that both ends share.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

END_OF_HEAD = b"\r\n\r\n"
LONGEST_HEAD = 16 << 10
"""Bytes of a request or response before its body."""

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"}
)
_OF_ONE_CONNECTION = _HOP_BY_HOP | {"host", "upgrade", "sec-websocket-extensions"}


class BadHandshake(Exception):
    """What came is no opening handshake; the message says why."""


@dataclass(frozen=True)
class Head:
    """A request or a response without its body. `start` is its first line."""

    start: str
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The value of a header, several of one name joined by commas."""
        found = [value for key, value in self.headers if key.lower() == name]
        return ", ".join(found) if found else None

    @property
    def target(self) -> str:
        """What a request asks for: path and query."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """The status of a response."""
        return int(self.start.split(" ")[1])


def read_head(data: bytes) -> Head:
    """Take a head apart, given without the empty line that ends it. Raises `BadHandshake`."""
    lines = data.decode("latin-1").split("\r\n")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip() or any(ord(letter) < 32 and letter != "\t" for letter in value):
            raise BadHandshake("a header is none")
        headers.append((name, value.strip()))
    return Head(lines[0], tuple(headers))


def read_request(data: bytes) -> Head:
    """The head of a request for a WebSocket. Raises `BadHandshake`."""
    head = read_head(data)
    parts = head.start.split(" ")
    if len(parts) != 3 or parts[0] != "GET" or not parts[1].startswith("/") or parts[2] != "HTTP/1.1":
        raise BadHandshake("the request is no GET of a path over HTTP/1.1")
    if (head.get("upgrade") or "").lower() != "websocket" or not head.get("sec-websocket-key"):
        raise BadHandshake("the request asks for no WebSocket")
    return head


def read_response(data: bytes) -> Head:
    """The head of a response. Raises `BadHandshake`."""
    head = read_head(data)
    parts = head.start.split(" ")
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not (len(parts[1]) == 3 and parts[1].isascii() and parts[1].isdigit()):
        raise BadHandshake("the answer is none of HTTP/1.1")
    return head


def upstream_target(target: str, base_path: str) -> str:
    """What the relay asks the central system for: path and query of the station, below the path of the central system's address.

    A station that has that path in its own address already is not sent below it twice.
    """
    base = base_path.rstrip("/")
    path = urlsplit(target).path
    return target if not base or path == base or path.startswith(f"{base}/") else base + target


def upstream_request(head: Head, host: str, base_path: str, key: str | None = None) -> bytes:
    """The station's request as it goes to the central system; with `key` it is one of the relay's own, for the same station."""
    lines = [f"GET {upstream_target(head.target, base_path)} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
    for name, value in head.headers:
        if name.lower() == "sec-websocket-key" and key is not None:
            value = key
        if name.lower() not in _OF_ONE_CONNECTION:
            lines.append(f"{name}: {value}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def accepts(response: Head, key: str) -> bool:
    """Whether the response opens the WebSocket that was asked for with this key."""
    digest = base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()
    return response.status == 101 and response.get("sec-websocket-accept") == digest


def refusal(status: int, phrase: str, reason: str) -> bytes:
    """A whole response that refuses."""
    body = f"{reason}\n".encode()
    head = (
        f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
