"""Controls over HTTP, on this machine alone: of a station `POST /plug` with `{"connector": 1}`, and `GET /` for how it is now.

Only 127.0.0.1 is listened on. What a page in a browser could send is refused: a request with an Origin, a foreign Host, or a body that
is no `application/json` (which a page cannot send to another origin without asking first).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Protocol

from registry.errors import CannotBegin

HOST = "127.0.0.1"
REQUEST_SECONDS = 5.0
LARGEST_HEAD = 8 * 1024
LARGEST_BODY = 64 * 1024
"""Room for a certificate, and for a list of tags."""


class _Refused(Exception):
    """The request is answered with this status and sentence."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Controls(Protocol):
    """What is controlled."""

    async def do(self, name: str, arguments: Mapping[str, Any], /) -> None:
        """The control of this name. Raises `CannotBegin` for an unknown one, and for unsuitable arguments."""

    def state(self) -> dict[str, Any]:
        """How things are, without anything that is secret."""


class ControlPort:
    """Listens on 127.0.0.1:`port` (0: any free one) while the `async with` block runs. Raises `CannotBegin` when the port cannot be had."""

    def __init__(self, controls: Controls, port: int = 0) -> None:
        self._controls = controls
        self._wanted = port
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None  # noqa: S101 - only inside the block
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> ControlPort:
        try:
            self._server = await asyncio.start_server(self._serve, HOST, self._wanted, limit=LARGEST_HEAD)
        except OSError as problem:
            raise CannotBegin(f"{HOST}:{self._wanted}: no controls there ({problem.strerror}); name another port") from problem
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request for each connection."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                status, answer = await self._answer(reader)
                body = json.dumps(answer).encode()
                head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[HTTPStatus, dict[str, Any]]:
        try:
            method, target, headers = _head(await reader.readuntil(b"\r\n\r\n"))
            _must_be_local(headers)
            if method == "POST":
                await self._controls.do(target.strip("/"), _arguments(headers, await _body(reader, headers)))
            elif (method, target) != ("GET", "/"):
                raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, "GET / tells how things are; POST /CONTROL changes them")
        except asyncio.LimitOverrunError:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, {"error": f"a request's head has at most {LARGEST_HEAD} bytes"}
        except _Refused as refused:
            return refused.status, {"error": str(refused)}
        except CannotBegin as problem:
            return HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(problem)}
        return HTTPStatus.OK, self._controls.state()


def _head(raw: bytes) -> tuple[str, str, dict[str, str]]:
    lines = raw.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise _Refused(HTTPStatus.BAD_REQUEST, "no request of HTTP/1.1")
    pairs = (line.partition(":") for line in lines[1:] if line)
    return words[0], words[1], {name.strip().casefold(): value.strip() for name, _, value in pairs}


def _must_be_local(headers: dict[str, str]) -> None:
    host = headers.get("host", "").partition(":")[0]
    if host not in {HOST, "localhost"} or "origin" in headers:
        raise _Refused(HTTPStatus.FORBIDDEN, "the controls are for programs on this machine, not for pages in a browser")


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length) > LARGEST_BODY:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {LARGEST_BODY} bytes")
    return await reader.readexactly(int(length))


def _arguments(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body is application/json")
    try:
        arguments = json.loads(body or b"{}")
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise _Refused(HTTPStatus.BAD_REQUEST, "the body is a JSON object with what the control takes")
    return arguments
