"""Gets documents from addresses, bounded in every way, and through `registry.outgoing`: never from a network that is not public.

Each redirect goes through the same checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from registry.documents.intake import AddressMark
from registry.errors import UnreadableDocument
from registry.outgoing import Guard, Resolver, guarded, problem_with, reason_of, resolve, shown
from registry.settings import Settings

MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_MODIFIED = 304
_CHUNK = 1 << 16
_USER_AGENT = "ocpp-registry"
_LONGEST_MARK = 1_000


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
    bounds = bounds or Bounds()
    with guarded(settings.allow_private_addresses, bounds.seconds, resolver) as (session, guard):
        return _Request(session, guard, bounds).get(url, known, form)


def require_address(url: str) -> None:
    """Raise UnreadableDocument unless this is an address that may be asked at all."""
    if problem := problem_with(url):
        raise UnreadableDocument(f"{shown(url)}: {problem}, or download the document and name the file")


class _Request:
    """One request with its redirects."""

    def __init__(self, session: requests.Session, guard: Guard, bounds: Bounds) -> None:
        self._requests = session
        self._guard = guard
        self._bounds = bounds

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
                    f"{shown(url)}: leads from https to http, which is not followed; ask its owner for the right address"
                )
            place = found
        raise UnreadableDocument(f"{shown(url)}: leads on more than {MOST_REDIRECTS} times; ask its owner for the right address")

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
                raise UnreadableDocument(f"{shown(place)}: answered {response.status_code}; check the address, or try again later")
            data = self._body(place, response)
        return Fetched(url, data, _mark(response.headers.get("ETag")), _mark(response.headers.get("Last-Modified")))

    def _body(self, place: str, response: requests.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity").casefold() not in ("", "identity"):
            raise UnreadableDocument(f"{shown(place)}: comes packed although it was asked for as it is; download it and name the file")
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(_CHUNK):
            size += len(part)
            if size > self._bounds.size:
                raise UnreadableDocument(
                    f"{shown(place)}: is larger than {self._bounds.size} bytes; download the document and name the file"
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
            return UnreadableDocument(f"{shown(place)}: {self._guard.refusal}")
        if self._guard.is_over:
            seconds = self._bounds.seconds
            return UnreadableDocument(f"{shown(place)}: took longer than {seconds:g} s; try again later, or download it and name the file")
        if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
            return UnreadableDocument(f"{shown(place)}: its server said nothing for {self._bounds.silence:g} s; try again later")
        return UnreadableDocument(f"{shown(place)}: could not be fetched ({reason_of(error)}); check the address, or try again later")


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
