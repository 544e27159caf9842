"""The processes of an installation: how they start, and how their web server reads requests."""

from __future__ import annotations

import socket
import threading
from typing import Any, cast

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import LimitRequestLine
from gunicorn.http.parser import RequestParser

from registry import request_line
from registry.processes import wait_for_answer
from serving import _children


def test_a_server_that_accepts_and_does_not_answer_yet_is_waited_for() -> None:
    """A port listens before its workers have loaded: what is printed then leads nowhere for seconds."""
    loaded, answered = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                connection.recv(1000)
                loaded.wait(30)
                answered.set()
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        threading.Timer(0.1, loaded.set).start()
        assert wait_for_answer("127.0.0.1", server.getsockname()[1], lambda: True)
        assert answered.is_set()
        thread.join()


def test_a_server_that_ended_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert not wait_for_answer("127.0.0.1", port, lambda: False)


@pytest.mark.parametrize("letter", ["x", "%EC%B6%A9"])
def test_a_query_of_ten_thousand_letters_reaches_the_application(letter: str) -> None:
    assert read("/?q=" + letter * 10_000) == "/?q=" + letter * 10_000


def test_a_line_that_does_not_end_is_not_read_for_ever() -> None:
    with pytest.raises(LimitRequestLine):
        read("/" + "x" * (request_line.LONGEST + 1))


def test_the_catalogue_is_served_so() -> None:
    catalogue = next(command for name, command, _port in _children("127.0.0.1", 1, 2, False) if name == "catalogue")
    assert catalogue[catalogue.index("--config") + 1] == f"python:{request_line.__name__}"


def read(address: str) -> str:
    """The address of a request as gunicorn reads it with these settings."""
    config, parser = cast("Any", Config), cast("Any", RequestParser)  # gunicorn has no types
    settings = config()
    settings.set("limit_request_line", request_line.limit_request_line)
    sent = f"GET {address} HTTP/1.1\r\nHost: here\r\n\r\n".encode()
    pieces = (sent[begin : begin + 8192] for begin in range(0, len(sent), 8192))
    return str(next(parser(settings, pieces, ("127.0.0.1", 1))).uri)
