"""An HTTP API in a thread of the test: it writes down what it gets, and answers as it is told."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Got:
    """One request: `target` as it stood on the wire."""

    method: str
    target: str
    headers: dict[str, str]
    raw: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Api:
    """`answer` writes the response; `ended` is set when the test is over, for answers that never come."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: says(200, {"taskId": 1}))
    ended: threading.Event = field(default_factory=threading.Event)


def says(status: int, body: Any = None, **headers: str) -> Answer:
    """A whole answer; `body` is JSON unless it is text or bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


@contextmanager
def api(tls: Callable[[ssl.SSLContext], None] | None = None) -> Iterator[Api]:
    told = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.got.append(Got(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, raw))
            told.answer(self)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - http.server finds its methods by these names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
            """Nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                """Whoever asked is gone."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that refuses our certificate is none of this test's errors."""

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    told.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
