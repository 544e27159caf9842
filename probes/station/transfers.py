"""Files fetched and sent over HTTP, HTTPS, FTP and FTPS, in a thread and within bounds (OCPP 1.6 sections 5.9 and 5.19; N01, L01).

FTPS is FTP whose control connection is secured at once by AUTH TLS, and the data with it; FTP is always passive.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from base64 import b64encode
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, quote, unquote, urlsplit

from probes.station.bounds import CHUNK, LARGEST_FILE, SOCKET_SECONDS, Bounds, Failure, Reins, TransferFailed, failures
from probes.station.configuration import Configuration
from probes.station.ftp import ftp_download, ftp_upload

SCHEMES = ("http", "https", "ftp", "ftps")
_KINDS = {
    HTTPStatus.BAD_REQUEST: Failure.MALFORMED,
    HTTPStatus.UNAUTHORIZED: Failure.DENIED,
    HTTPStatus.FORBIDDEN: Failure.DENIED,
    HTTPStatus.NOT_FOUND: Failure.MISSING,
    HTTPStatus.GONE: Failure.MISSING,
    HTTPStatus.METHOD_NOT_ALLOWED: Failure.NOT_SUPPORTED,
    HTTPStatus.NOT_IMPLEMENTED: Failure.NOT_SUPPORTED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Failure.TOO_LARGE,
}


def trusting(roots_pem: str = "") -> ssl.SSLContext:
    """Who is believed to be the server of a file: whom the system trusts, and these roots besides. TLS from 1.2 on."""
    context = ssl.create_default_context()
    if roots_pem:
        context.load_verify_locations(cadata=roots_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def must_transfer_by(location: str, configuration: Configuration) -> None:
    """Raises `TransferFailed` for an address of a protocol that the station does not have."""
    scheme = _address(location).scheme
    if not configuration.transfers_by(scheme):
        raise TransferFailed(f"{scheme} is none of the protocols of this station", Failure.NOT_SUPPORTED)


async def download(
    location: str, *, largest: int = LARGEST_FILE, context: ssl.SSLContext | None = None, reins: Reins | None = None
) -> bytes:
    """The file at this address. `context`: who is trusted; `reins`: how it is paused. Raises `TransferFailed`.

    When the task is cancelled, the transfer ends with the piece that is under way.
    """
    held = reins or Reins()
    try:
        return await asyncio.to_thread(_download, location, context, Bounds(held, largest))
    finally:
        held.call_off()


async def upload(location: str, name: str, content: bytes, *, context: ssl.SSLContext | None = None, resume: bool = False) -> None:
    """Put a file: to the address itself where that names a file, else (it ends in `/`) under `name` there. Raises `TransferFailed`.

    `resume` goes on behind what an earlier attempt has brought there, where the protocol can (N01, error handling). When the task is
    cancelled, so is the transfer.
    """
    held = Reins()
    try:
        await asyncio.to_thread(_upload, location, name, content, context, Bounds(held), resume)
    finally:
        held.call_off()


class _Pieces:
    """The content of an upload as something to read from, within the bounds of the transfer."""

    def __init__(self, content: bytes, bounds: Bounds) -> None:
        self._content = io.BytesIO(content)
        self._bounds = bounds

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        self._bounds.check_time()
        return self._content.read(size)


def safe_name(text: str) -> str:
    """A file name that is one on every system: ASCII letters, digits, dots, hyphens and underscores, and no dot in front."""
    kept = "".join(character if character.isascii() and (character.isalnum() or character in "._-") else "_" for character in text)
    return kept.lstrip(".")[:200] or "_"


def _download(location: str, context: ssl.SSLContext | None, bounds: Bounds) -> bytes:
    url = _address(location)
    with failures(url.hostname):
        if url.scheme.startswith("ftp"):
            return ftp_download(url, context or trusting(), bounds)
        connection = _connection(url, context)
        try:
            connection.request("GET", _target(url), headers=_headers(url))
            with connection.getresponse() as response:
                return _body(_successful(response), bounds)
        finally:
            connection.close()


def _upload(location: str, name: str, content: bytes, context: ssl.SSLContext | None, bounds: Bounds, resume: bool) -> None:
    url = _address(location)
    with failures(url.hostname):
        if url.scheme.startswith("ftp"):
            ftp_upload(url, name, content, context or trusting(), bounds, resume=resume)
            return
        connection = _connection(url, context)
        target = _target(url)
        try:
            headers = _headers(url) | {"Content-Length": str(len(content))}
            place = target + quote(name) if target.endswith("/") else target
            connection.request("PUT", place, body=_Pieces(content, bounds), headers=headers)
            with connection.getresponse() as response:
                _successful(response)
        finally:
            connection.close()


def _address(location: str) -> SplitResult:
    try:
        url = urlsplit(location)
        usable = url.scheme in SCHEMES and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise TransferFailed("no address of HTTP, HTTPS, FTP or FTPS", Failure.NOT_SUPPORTED)
    return url


def _connection(url: SplitResult, context: ssl.SSLContext | None) -> HTTPConnection:
    if url.scheme == "https":
        return HTTPSConnection(url.hostname or "", url.port, timeout=SOCKET_SECONDS, context=context or trusting())
    return HTTPConnection(url.hostname or "", url.port, timeout=SOCKET_SECONDS)


def _target(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _headers(url: SplitResult) -> dict[str, str]:
    """HTTP Basic for an address with a user name."""
    if url.username is None:
        return {}
    credentials = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
    return {"Authorization": f"Basic {b64encode(credentials).decode('ascii')}"}


def _successful(response: HTTPResponse) -> HTTPResponse:
    """Redirections are not followed: they would take credentials and trust to somebody else."""
    if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        kinds: dict[int, Failure] = {int(status): kind for status, kind in _KINDS.items()}
        raise TransferFailed(f"answered {response.status}", kinds.get(response.status, Failure.REFUSED))
    return response


def _body(response: HTTPResponse, bounds: Bounds) -> bytes:
    """All of it, if it is all there: less than Content-Length is a failure, as is more than the bounds allow."""
    expected = response.length
    while chunk := response.read1(CHUNK):
        bounds.take(chunk)
    return bounds.all_of(expected)
