"""The CSMS's file server for HTTP and HTTPS: GET and PUT with HTTP Basic, one file each, within bounds (`probes/csms/grants.py`)."""

from __future__ import annotations

import base64
import binascii
import logging
import os
import socket
import ssl
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from probes.csms.grants import LARGEST_FILE, Grant, Grants
from registry.errors import CannotBegin

LOGGER = logging.getLogger("ocpp_registry.csms.files")

SOCKET_SECONDS = 20.0
"""How long a station may stay silent in the middle."""

TRANSFER_SECONDS = 600.0
"""How long one transfer may take."""

CONNECTIONS = 64
"""How many transfers go on at once; one more is turned away."""

NAMELESS = "upload"
"""The name of a file that was sent to the folder itself."""

_CHUNK = 64 * 1024
_POLL_SECONDS = 0.05


class HttpFiles:
    """Serves the grants at `url` from a thread. `context` makes it HTTPS. Raises `CannotBegin` when the port cannot be had."""

    def __init__(self, host: str, port: int, grants: Grants, *, context: ssl.SSLContext | None = None, largest: int = LARGEST_FILE) -> None:
        try:
            self._server = _Server((host, port), grants, context, largest)
        except OSError as problem:
            raise CannotBegin(f"{host}:{port}: no file server can listen there ({problem.strerror}); choose another port") from problem
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": _POLL_SECONDS}, daemon=True)
        self._scheme = "https" if context else "http"
        self._host = host

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End: what is under way is left to its time limits."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def location(self, grant: Grant, name: str = "", host: str | None = None) -> str:
        """The address of a file under this grant, or, without a name, of the folder that files are put to."""
        reached = host or self._host
        host = f"[{reached}]" if ":" in reached else reached
        return f"{self._scheme}://{grant.user}:{grant.password}@{host}:{self._server.server_address[1]}/{name}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], grants: Grants, context: ssl.SSLContext | None, largest: int) -> None:
        self.grants = grants
        self.context = context
        self.largest = largest
        self._places = threading.BoundedSemaphore(CONNECTIONS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """One more than there is place for is turned away."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """TLS is agreed on in the thread of the connection, so that nobody else waits for a slow one."""
        try:
            request.settimeout(SOCKET_SECONDS)
            if self.context:
                request = self.context.wrap_socket(request, server_side=True)
            super().process_request_thread(request, client_address)
        except OSError as problem:
            LOGGER.info("a file transfer did not come to pass: %s", problem)
            request.close()
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the names are the base class's
        """A connection that breaks off is one line in the log."""
        LOGGER.info("a file transfer broke off", exc_info=LOGGER.isEnabledFor(logging.DEBUG))


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = SOCKET_SECONDS
    server_version, sys_version = "files", ""

    def do_GET(self) -> None:
        found = self._found(writes=False)
        if found is None:
            return
        _, path = found
        try:
            content = path.read_bytes()
        except OSError:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        """OCPP 1.6 does not say how a file is sent over HTTP, and stations do it in either way."""
        self.do_PUT()

    def do_PUT(self) -> None:
        found = self._found(writes=True)
        length = self._length()
        if found is None or length is None:
            return
        grant, path = found
        if not grant.has_room(path):
            self._answer(HTTPStatus.INSUFFICIENT_STORAGE)
            return
        partial = path.with_name(f".{path.name}.{threading.get_ident()}")
        try:
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
                complete = self._receive(file, length)
            if complete:
                partial.replace(path)
        except TimeoutError:
            self._answer(HTTPStatus.REQUEST_TIMEOUT)
            return
        except OSError as problem:
            LOGGER.error("an upload cannot be kept (%s); free the disk", problem.strerror)
            self._answer(HTTPStatus.INSUFFICIENT_STORAGE)
            return
        finally:
            partial.unlink(missing_ok=True)
        if complete:
            self._answer(HTTPStatus.CREATED)
            self.server.grants.completed(path)

    def _receive(self, file: BinaryIO, length: int) -> bool:
        end = time.monotonic() + TRANSFER_SECONDS
        while length:
            chunk = self.rfile.read1(min(length, _CHUNK))
            if not chunk:
                return False
            if time.monotonic() > end:
                raise TimeoutError
            file.write(chunk)
            length -= len(chunk)
        return True

    def _found(self, *, writes: bool) -> tuple[Grant, Path] | None:
        """The grant of the credentials, and the file in it; what is not granted is answered."""
        grant = self._grant()
        if grant is None:
            self._answer(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Basic realm="files"'})
            return None
        if grant.writes != writes:
            self._answer(HTTPStatus.METHOD_NOT_ALLOWED)
            return None
        name = unquote(urlsplit(self.path).path).removeprefix("/")
        path = grant.path(name or NAMELESS if writes else name)
        if path is None:
            self._answer(HTTPStatus.FORBIDDEN)
            return None
        return grant, path

    def _grant(self) -> Grant | None:
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            return None
        return self.server.grants.find(user, password)

    def _length(self) -> int | None:
        told = self.headers.get("Content-Length", "")
        if not told.isascii() or not told.isdigit():
            self._answer(HTTPStatus.LENGTH_REQUIRED)
            return None
        if len(told) > 12 or int(told) > self.server.largest:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        return int(told)

    def _answer(self, status: HTTPStatus, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """The request line holds no credentials; the address of the station is enough besides."""
        LOGGER.debug("%s %s", self.client_address[0], format % args)
