"""The server that browsers in tests ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def server_of(app: WSGIApplication) -> BaseWSGIServer:
    """A server of `app`, at a port of its own, that is still to be told to serve."""
    return make_server("127.0.0.1", 0, _closed(app), threaded=True)


def _closed(app: WSGIApplication) -> WSGIApplication:
    """Werkzeug leaves a file open where a browser goes away while it is sent, as browsers do that are closed."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return _to_the_end(app(environ, start_response))

    return serve


def _to_the_end(answer: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from answer
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
