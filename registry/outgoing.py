"""Connections that this installation makes to addresses that somebody wrote: to public networks only, unless its operator allows others.

Which addresses are public is decided purely. The guard resolves a name once, checks every address that it has, and makes the connection
to one of the checked ones: a name server that answers differently a moment later gains nothing. A timer ends the connections of a
request when all of it takes too long, however slowly bytes drip.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import connection as sockets

from registry.sentences import KeptSentence, Listed
from registry.settings import PRIVATE_VARIABLE

SCHEMES = ("http", "https")
LONGEST_ADDRESS = 4_000
_NAMES_INSIDE = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".localdomain")
"""RFC 6761, 6762, 8375 and ICANN's choice of `internal`: what such names lead to is in a private network."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolver = Callable[[str, int], list[str]]
"""Gives the addresses of a host name, for a port."""


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


def may_be_public(host: str) -> bool:
    """Whether a host of an address may be on the public internet, as far as can be said without asking who it is: not where it is an
    address that is not public, in whatever writing the system's resolver takes, or a name that no public name server has.
    """
    plain = host.strip("[]").rstrip(".").casefold()
    with suppress(ValueError):
        return is_public(plain)
    with suppress(OSError, ValueError):
        return is_public(socket.inet_ntoa(socket.inet_aton(plain)))
    return "." in plain and not plain.endswith(_NAMES_INSIDE)


def problem_with(url: str, schemes: tuple[str, ...] = SCHEMES) -> str | None:
    """Why this is no address that may be asked at all, whoever its name belongs to; None when it may. With the remedy, on one line."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return KeptSentence("is no address (%(error)s); check it", error=error)
    if len(url) > LONGEST_ADDRESS or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        return KeptSentence("is no address (blanks, or too long); check it")
    if parts.scheme not in schemes:
        return KeptSentence("only %(schemes_words)s addresses are used; write another", schemes_words=Listed(schemes))
    if parts.username is not None or parts.password is not None:
        return KeptSentence("addresses with a user's name or password are not used; leave them out")
    if not parts.hostname or port == 0:
        return KeptSentence("names no server; check the address")
    return None


def shown(url: str) -> str:
    """An address as it may stand in a message: on one line, without a password, and not endless."""
    text = "".join(letter if letter.isprintable() else "?" for letter in url)[:300]
    scheme, separator, rest = text.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{separator}{place.rpartition('@')[2]}{slash}{path}"


def reason_of(error: BaseException) -> str:
    """The innermost reason of a chain of wrapped errors, on one line."""
    reason: BaseException = error
    while isinstance(reason.__context__, BaseException) and str(reason.__context__):
        reason = reason.__context__
    return " ".join(str(reason).split())[:150] or type(reason).__name__


class Guard:
    """Makes the connections of one request, to checked addresses only, and ends them all when its time (`seconds`) is over.

    `refusal` is then why a connection was not even tried, `is_over` whether the time ran out.
    """

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
            self.refusal = f"{host[:200]} is in a private network, which is not asked; set {PRIVATE_VARIABLE}=1 to allow it"
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


@contextmanager
def guarded(allow_private: bool, seconds: float, resolver: Resolver = resolve) -> Iterator[tuple[requests.Session, Guard]]:
    """A session of `requests` whose connections the guard makes, for one request with its redirects.

    Whoever follows redirects holds each address against `problem_with` first; the guard checks where each leads.
    """
    guard = Guard(allow_private, resolver, seconds)
    session = requests.Session()
    # A proxy of the environment would resolve names anew, where nobody checks them; .netrc would give passwords away.
    session.trust_env = False
    adapter = _Adapter(guard)
    for scheme in SCHEMES:
        session.mount(f"{scheme}://", adapter)
    try:
        yield session, guard
    finally:
        guard.close()
        session.close()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Has requests make its connections through the guard."""

    def __init__(self, guard: Guard) -> None:
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
