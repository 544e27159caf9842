"""Gets documents from addresses, bounded in every way, and never from a network that is not public.

The name is resolved once, every address that it has is checked, and the connection is made to one of the checked ones: a name
server that answers differently a moment later gains nothing. Each redirect goes through the same checks. A timer ends the
connection when the whole request takes too long, however slowly its bytes drip.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import connection as sockets

from registry.documents.intake import AddressMark
from registry.errors import UnreadableDocument
from registry.settings import PRIVATE_VARIABLE, Settings

SCHEMES = ("http", "https")
MOST_REDIRECTS = 5
LONGEST_ADDRESS = 4_000
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_MODIFIED = 304
_CHUNK = 1 << 16
_USER_AGENT = "ocpp-registry"
_LONGEST_MARK = 1_000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolver = Callable[[str, int], list[str]]
"""Gives the addresses of a host name, for a port."""


@dataclass(frozen=True)
class Bounds:
    """How much one address may cost: bytes as they are kept, seconds for everything from the first connection to the last byte."""

    size: int = 200_000_000
    seconds: float = 120.0
    silence: float = 20.0
    """Seconds without any byte after which a server is given up."""


@dataclass(frozen=True)
class Fetched:
    """What an address gave: its bytes, or None for "not modified". `etag` and `last_modified` are what its server said of them."""

    url: str
    data: bytes | None
    etag: str | None = None
    last_modified: str | None = None


class _Refused(Exception):
    """Why a connection was not made; becomes the line that a person reads."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver gives for a name."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet: not to this machine, its network, or any special use, in any disguise."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def fetch(
    settings: Settings,
    url: str,
    known: AddressMark | None = None,
    bounds: Bounds | None = None,
    resolver: Resolver = resolve,
    form: Mapping[str, str] | None = None,
) -> Fetched:
    """What the address gives now. With `known`, its server is asked whether anything changed since; `form` is sent there (POST).

    Raises UnreadableDocument with one line that names the address and says what to do.
    """
    with _Session(settings, bounds or Bounds(), resolver) as session:
        return session.get(url, known, form)


def require_address(url: str) -> None:
    """Raise UnreadableDocument unless this is an address that may be asked at all."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnreadableDocument(f"{_shown(url)}: is no address ({error}); check it") from error
    if len(url) > LONGEST_ADDRESS or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise UnreadableDocument(f"{_shown(url)}: is no address (blanks, or too long); check it")
    if parts.scheme not in SCHEMES:
        raise UnreadableDocument(f"{_shown(url)}: only http and https addresses are fetched; download the document and name the file")
    if parts.username is not None or parts.password is not None:
        raise UnreadableDocument(f"{_shown(url)}: addresses with a user's name or password are not fetched; download the document yourself")
    if not parts.hostname or port == 0:
        raise UnreadableDocument(f"{_shown(url)}: names no server; check the address")


class _Session:
    """One request with its redirects."""

    def __init__(self, settings: Settings, bounds: Bounds, resolver: Resolver) -> None:
        self._bounds = bounds
        self._guard = _Guard(settings.allow_private_addresses, resolver, bounds.seconds)
        self._requests = requests.Session()
        # A proxy of the environment would resolve names anew, where nobody checks them; .netrc would give passwords away.
        self._requests.trust_env = False
        adapter = _Adapter(self._guard)
        for scheme in SCHEMES:
            self._requests.mount(f"{scheme}://", adapter)

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._guard.close()
        self._requests.close()

    def get(self, url: str, known: AddressMark | None, form: Mapping[str, str] | None = None) -> Fetched:
        """Follow the address to its bytes."""
        headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"} | _conditions(known)
        place = url
        for _ in range(MOST_REDIRECTS + 1):
            require_address(place)
            try:
                found = self._one(url, place, headers, form)
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                raise self._told(place, error) from error
            if isinstance(found, Fetched):
                return found
            if urlsplit(place).scheme == "https" and urlsplit(found).scheme == "http":
                raise UnreadableDocument(
                    f"{_shown(url)}: leads from https to http, which is not followed; ask its owner for the right address"
                )
            place = found
        raise UnreadableDocument(f"{_shown(url)}: leads on more than {MOST_REDIRECTS} times; ask its owner for the right address")

    def _one(self, url: str, place: str, headers: dict[str, str], form: Mapping[str, str] | None) -> Fetched | str:
        """The bytes, or the address that it leads to. A form is sent again wherever it is led, as its sender would have to do."""
        method = "GET" if form is None else "POST"
        options: dict[str, Any] = {"stream": True, "allow_redirects": False, "timeout": self._bounds.silence}
        with self._requests.request(method, place, headers=headers, data=form, **options) as response:
            if response.status_code in _REDIRECTS and "Location" in response.headers:
                return urljoin(place, response.headers["Location"])
            if response.status_code == _NOT_MODIFIED and _is_conditional(headers):
                return Fetched(url, None)
            if response.status_code != requests.codes.ok:
                raise UnreadableDocument(f"{_shown(place)}: answered {response.status_code}; check the address, or try again later")
            data = self._body(place, response)
        return Fetched(url, data, _mark(response.headers.get("ETag")), _mark(response.headers.get("Last-Modified")))

    def _body(self, place: str, response: requests.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity").casefold() not in ("", "identity"):
            raise UnreadableDocument(f"{_shown(place)}: comes packed although it was asked for as it is; download it and name the file")
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(_CHUNK):
            size += len(part)
            if size > self._bounds.size:
                raise UnreadableDocument(
                    f"{_shown(place)}: is larger than {self._bounds.size} bytes; download the document and name the file"
                )
            parts.append(part)
        announced = response.headers.get("Content-Length", "")
        if self._guard.is_over or (announced.isdigit() and int(announced) != size):
            raise urllib3.exceptions.ProtocolError("it ended before it was whole")
        return b"".join(parts)

    def _told(self, place: str, error: BaseException) -> UnreadableDocument:
        """The one line for what went wrong."""
        if isinstance(error, UnreadableDocument):
            return error
        if self._guard.refusal is not None:
            return UnreadableDocument(f"{_shown(place)}: {self._guard.refusal}")
        if self._guard.is_over:
            seconds = self._bounds.seconds
            return UnreadableDocument(f"{_shown(place)}: took longer than {seconds:g} s; try again later, or download it and name the file")
        if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
            return UnreadableDocument(f"{_shown(place)}: its server said nothing for {self._bounds.silence:g} s; try again later")
        return UnreadableDocument(f"{_shown(place)}: could not be fetched ({_words(error)}); check the address, or try again later")


class _Guard:
    """Makes the connections of one request, to checked addresses only, and ends them all when its time is over."""

    def __init__(self, allow_private: bool, resolver: Resolver, seconds: float) -> None:
        self._allow_private = allow_private
        self._resolver = resolver
        self._lock = threading.Lock()
        self._copies: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()
        self.refusal: str | None = None
        self.is_over = False

    def connect(self, host: str, port: int, timeout: Any, options: Any) -> socket.socket:
        """A connection to `host`. Raises OSError, with `refusal` set when it was not even tried."""
        address = self._checked(host.strip("[]"), port)
        made = sockets.create_connection((address, port), timeout, socket_options=options)
        with self._lock:
            # TLS takes the socket over: a copy of its descriptor is what can still be shut from outside.
            copy = socket.socket(fileno=os.dup(made.fileno()))
            self._copies.append(copy)
            if self.is_over:
                _shut(copy)
        return made

    def _checked(self, host: str, port: int) -> str:
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            self.refusal = f"there is no server {host[:200]}; check the address"
            raise OSError(self.refusal) from error
        if not addresses or not (self._allow_private or all(map(is_public, addresses))):
            self.refusal = f"{host[:200]} is in a private network, from which nothing is fetched; set {PRIVATE_VARIABLE}=1 to allow it"
            raise OSError(self.refusal)
        return addresses[0]

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for copy in self._copies:
                _shut(copy)

    def close(self) -> None:
        """Nothing is to be ended any more."""
        self._timer.cancel()
        with self._lock:
            for copy in self._copies:
                copy.close()
            self._copies.clear()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Has requests make its connections through the guard."""

    def __init__(self, guard: _Guard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """Make the pools whose connections the guard makes."""
        super().init_poolmanager(connections, maxsize, block, **options)
        guard = self._guard

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return guard.connect(self._dns_host, self.port, self.timeout, self.socket_options)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return guard.connect(self._dns_host, self.port, self.timeout, self.socket_options)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


def _conditions(known: AddressMark | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _is_conditional(headers: dict[str, str]) -> bool:
    return "If-None-Match" in headers or "If-Modified-Since" in headers


def _mark(value: str | None) -> str | None:
    """What a server says of a document, as it may be sent back to it."""
    if value is None or len(value) > _LONGEST_MARK or not value.isascii() or not value.isprintable():
        return None
    return value


def _shown(url: str) -> str:
    """An address as it may stand in a message: on one line, without a password, and not endless."""
    text = "".join(letter if letter.isprintable() else "?" for letter in url)[:300]
    scheme, separator, rest = text.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path}"


def _words(error: BaseException) -> str:
    """The innermost reason of a chain of wrapped errors, on one line."""
    reason: BaseException = error
    while isinstance(reason.__context__, BaseException) and str(reason.__context__):
        reason = reason.__context__
    return " ".join(str(reason).split())[:150] or type(reason).__name__
