"""Files fetched and sent over HTTP and HTTPS, in a thread and within bounds. An address of FTP fails as a transfer does."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, quote, unquote, urlsplit

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a file that are fetched at most."""

SOCKET_SECONDS = 20.0
"""How long the other side may stay silent."""

TRANSFER_SECONDS = 600.0
"""How long a whole download may take."""

_CHUNK = 64 * 1024


class TransferFailed(Exception):
    """The file did not come, or did not go; the text says why, without credentials."""


async def download(location: str, *, largest: int = LARGEST_FILE) -> bytes:
    """The file at this address. Raises `TransferFailed`."""
    return await asyncio.to_thread(_download, location, largest)


async def upload(location: str, name: str, content: bytes) -> None:
    """Put a file: to the address itself where that names a file, else (it ends in `/`) under `name` there. Raises `TransferFailed`."""
    await asyncio.to_thread(_upload, location, name, content)


def _download(location: str, largest: int) -> bytes:
    url = _address(location)
    connection = _connection(url)
    try:
        connection.request("GET", _target(url), headers=_headers(url))
        return _body(_successful(connection.getresponse()), largest)
    except (OSError, HTTPException, ValueError) as problem:
        raise TransferFailed(f"{url.hostname}: {problem}") from problem
    finally:
        connection.close()


def _upload(location: str, name: str, content: bytes) -> None:
    url = _address(location)
    connection = _connection(url)
    target = _target(url)
    try:
        connection.request("PUT", target + quote(name) if target.endswith("/") else target, body=content, headers=_headers(url))
        _successful(connection.getresponse())
    except (OSError, HTTPException, ValueError) as problem:
        raise TransferFailed(f"{url.hostname}: {problem}") from problem
    finally:
        connection.close()


def _address(location: str) -> SplitResult:
    try:
        url = urlsplit(location)
        usable = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise TransferFailed("no address of HTTP or HTTPS")
    return url


def _connection(url: SplitResult) -> HTTPConnection:
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    return kind(url.hostname or "", url.port, timeout=SOCKET_SECONDS)


def _target(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _headers(url: SplitResult) -> dict[str, str]:
    """HTTP Basic for an address with a user name."""
    if url.username is None:
        return {}
    credentials = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
    return {"Authorization": f"Basic {b64encode(credentials).decode('ascii')}"}


def _successful(response: HTTPResponse) -> HTTPResponse:
    if not 200 <= response.status < 300:
        raise TransferFailed(f"answered {response.status}")
    return response


def _body(response: HTTPResponse, largest: int) -> bytes:
    """All of it, if it is all there: less than Content-Length is a failure, as is more than `largest`."""
    end = time.monotonic() + TRANSFER_SECONDS
    expected = response.length
    content = bytearray()
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > largest:
            raise TransferFailed(f"longer than {largest} bytes")
        if time.monotonic() > end:
            raise TransferFailed(f"not complete after {TRANSFER_SECONDS:.0f} s")
    if expected is not None and len(content) < expected:
        raise TransferFailed(f"{len(content)} of {expected} bytes came")
    return bytes(content)
