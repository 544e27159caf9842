"""The ends of a relayed line: two sockets, each read only as fast as the other side takes what it sends."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from probes.modes.upgrade import END_OF_HEAD, LONGEST_HEAD
from probes.wire.redact import without_credentials
from probes.wire.tls import client_context, tls_problem
from registry.errors import CannotBegin

LOGGER = logging.getLogger("ocpp_registry.relay")

HANDSHAKE_SECONDS = 10.0
"""How long each half of an opening handshake may take."""

CLOSING_SECONDS = 5.0
"""How long an end that is closed may take to read what was sent to it before."""

MOST_UNSENT = 256 << 10
"""Bytes that may wait for one side to take them; then nothing more is read from the other."""


@dataclass(frozen=True)
class Upstream:
    """The central system: where it is, and how it proves to be it."""

    host: str
    port: int
    base_path: str
    tls: ssl.SSLContext | None
    shown: str
    _tls_problems: list[str] = field(default_factory=list)

    @property
    def authority(self) -> str:
        """Host and port as the `Host` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"

    @classmethod
    def of(cls, url: str, authority: Path | None = None) -> Upstream:
        """From the address that a person gives; `authority` replaces the system's roots. Raises `CannotBegin`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in {"ws", "wss"} or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise CannotBegin(
                f"{without_credentials(url)}: no address of a central system; write ws://HOST:PORT/PATH or wss://HOST:PORT/PATH"
            )
        encrypted = parts.scheme == "wss"
        told: list[str] = []

        def failed(problem: ssl.SSLError) -> None:
            told[:] = [tls_problem(problem, "the central system") or str(problem)]

        context = client_context(authority, None, failed) if encrypted else None
        return cls(parts.hostname, port or (443 if encrypted else 80), parts.path, context, without_credentials(url), told)

    def why_not(self, problem: BaseException) -> str:
        """Why a connection did not come about, in a few words. asyncio gives no reason when TLS fails; that was told apart."""
        if self._tls_problems:
            return self._tls_problems.pop()
        return str(getattr(problem, "strerror", None) or problem or "it took too long")

    async def reachable(self) -> None:
        """Connect once and hang up. Raises `CannotBegin` in one line."""
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                _, writer = await asyncio.open_connection(self.host, self.port, ssl=self.tls)
        except (OSError, TimeoutError) as problem:
            raise CannotBegin(
                f"{self.shown}: the central system cannot be reached ({self.why_not(problem)}); check the address"
            ) from problem
        writer.close()
        try:
            await writer.wait_closed()
        except OSError:
            LOGGER.debug("%s hung up first", self.shown)


class End(asyncio.Protocol):
    """One end of a line: first a head, then a stream. It reads as long as nobody holds it.

    `on_head` gets the head, and what came behind it.
    """

    def __init__(self, on_head: Callable[[bytes, bytes], None]) -> None:
        self.transport: asyncio.Transport | None = None
        self._on_head: Callable[[bytes, bytes], None] | None = on_head
        self._head = bytearray()
        self.on_data: Callable[[bytes], None] | None = None
        self.on_lost: Callable[[], None] | None = None
        self.other: End | None = None
        self._holds = 0
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As in the base class."""
        # Those of uvloop are no subclass of asyncio's.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(MOST_UNSENT)
        link = transport.get_extra_info("socket")
        if link is not None and link.family in {socket.AF_INET, socket.AF_INET6}:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        """As in the base class."""
        if self.on_data is not None:
            self.on_data(data)
        elif self._on_head is not None:
            self._head += data
            head, end, rest = bytes(self._head).partition(END_OF_HEAD)
            if end or len(self._head) > LONGEST_HEAD:
                told, self._on_head = self._on_head, None
                self._head.clear()
                told(head if end else b"", rest)
        else:
            self._head += data

    def take_over(self, on_data: Callable[[bytes], None], rest: bytes = b"") -> None:
        """From here on the stream goes there, beginning with what came already."""
        self.on_data = on_data
        early = rest + bytes(self._head)
        self._head.clear()
        if early:
            on_data(early)

    def write(self, data: bytes) -> None:
        """Send; what cannot be sent any more is lost, and `on_lost` tells."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    @property
    def unsent(self) -> int:
        """Bytes that the other side has not taken yet."""
        return self.transport.get_write_buffer_size() if self.transport is not None else 0

    def hold(self) -> None:
        """Read nothing more, until `let_go` was said as often."""
        self._holds += 1
        if self._holds == 1 and self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def let_go(self) -> None:
        """The contrary of `hold`."""
        self._holds -= 1
        if self._holds == 0 and self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """Who does not take what is sent to it keeps the other from sending more."""
        self.full = True
        if self.other is not None:
            self.other.hold()

    def resume_writing(self) -> None:
        """As in the base class."""
        self.full = False
        if self.other is not None:
            self.other.let_go()

    def paired(self, other: End | None) -> None:
        """Who is kept from sending while this end is full."""
        if self.full and self.other is not None:
            self.other.let_go()
        self.other = other
        if self.full and other is not None:
            other.hold()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio says why; who is on the line does not care
        """As in the base class."""
        if self.on_lost is not None:
            self.on_lost()

    def end(self) -> None:
        """Close, after what was sent; who does not take that within `CLOSING_SECONDS` goes without."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()
            asyncio.get_running_loop().call_later(CLOSING_SECONDS, self.transport.abort)

    def cut(self) -> None:
        """Close at once, as when a cable is cut."""
        if self.transport is not None:
            self.transport.abort()
