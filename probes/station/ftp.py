"""The FTP and FTPS side of transfers: passive, binary, with resumption of uploads (security white paper, N01 and L01, remarks)."""

from __future__ import annotations

import ftplib
import io
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, unquote

from probes.station.bounds import CHUNK, SOCKET_SECONDS, Bounds, Failure, TransferFailed

ANONYMOUS = "anonymous"
_NOT_LOGGED_IN, _NO_FILE, _TOO_MUCH, _BAD_NAME = "530", "550", "552", "553"
_NOT_IMPLEMENTED = frozenset({"500", "501", "502", "503", "504", "534"})
"""Replies of RFC 959 and RFC 4217."""


def ftp_download(url: SplitResult, context: ssl.SSLContext, bounds: Bounds) -> bytes:
    """The file at this address. Raises `TransferFailed`, `OSError`, `ValueError`."""
    with _logged_in(url, context, Failure.MISSING) as connection:
        expected = _size(connection, _path(url))
        connection.retrbinary(f"RETR {_path(url)}", bounds.take, CHUNK)
        return bounds.all_of(expected)


def ftp_upload(url: SplitResult, name: str, content: bytes, context: ssl.SSLContext, bounds: Bounds, *, resume: bool) -> None:
    """Put a file there; an address that ends in `/` is a folder. Raises `TransferFailed`, `OSError`, `ValueError`."""
    path = _path(url) + name if _path(url).endswith("/") else _path(url)
    with _logged_in(url, context, Failure.DENIED) as connection:
        there = (_size(connection, path) or 0) if resume else 0
        begin = there if there < len(content) else 0
        connection.storbinary(f"STOR {path}", io.BytesIO(content[begin:]), CHUNK, bounds.check_time, begin or None)


@contextmanager
def _logged_in(url: SplitResult, context: ssl.SSLContext, no_file: Failure) -> Iterator[ftplib.FTP]:
    """A connection with credentials shown, and with TLS where the address says so."""
    connection = _connection(url.scheme, context)
    try:
        connection.connect(url.hostname or "", url.port or ftplib.FTP_PORT)
        connection.login(unquote(url.username or ANONYMOUS), unquote(url.password or ""))
        if isinstance(connection, ftplib.FTP_TLS):
            connection.prot_p()
        connection.voidcmd("TYPE I")
        yield connection
        _say_goodbye(connection)
    except ftplib.error_perm as problem:
        raise TransferFailed(f"{url.hostname}: answered {_code(problem)}", _kind(_code(problem), no_file)) from problem
    except ftplib.error_temp as problem:
        raise TransferFailed(f"{url.hostname}: answered {_code(problem)}", Failure.REFUSED) from problem
    except (ftplib.error_reply, ftplib.error_proto) as problem:
        raise TransferFailed(f"{url.hostname}: does not speak FTP", Failure.MALFORMED) from problem
    finally:
        connection.close()


def _connection(scheme: str, context: ssl.SSLContext) -> ftplib.FTP:
    if scheme == "ftps":
        return ftplib.FTP_TLS(context=context, timeout=SOCKET_SECONDS)  # noqa: S321 - the protocol that the address asks for, over TLS
    return ftplib.FTP(timeout=SOCKET_SECONDS)  # noqa: S321 - the protocol that the address asks for


def _say_goodbye(connection: ftplib.FTP) -> None:
    """The file is through; a server that does not take leave properly changes nothing of that."""
    try:
        connection.quit()
    except ftplib.all_errors:
        return


def _size(connection: ftplib.FTP, path: str) -> int | None:
    """How long the file is there, None when the server does not tell."""
    try:
        return connection.size(path)
    except ftplib.error_perm:
        return None


def _path(url: SplitResult) -> str:
    return unquote(url.path) or "/"


def _code(problem: Exception) -> str:
    return str(problem)[:3]


def _kind(code: str, no_file: Failure) -> Failure:
    if code in _NOT_IMPLEMENTED:
        return Failure.NOT_SUPPORTED
    if code == _NO_FILE:
        return no_file
    if code == _TOO_MUCH:
        return Failure.TOO_LARGE
    return Failure.DENIED if code in {_NOT_LOGGED_IN, _BAD_NAME} else Failure.REFUSED
