"""Answers calls from bare sockets at next to no cost, so that what is measured is who calls."""

from __future__ import annotations

import select
import socket
import threading
from types import TracebackType

from websockets.utils import accept_key, apply_mask

_ID_BEGINS = len('[2,"')
_ID = 36
"""The message ids of both who are measured are UUIDs."""


class Responder:
    """Listens in a thread until the block ends; every call gets an empty CALLRESULT."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._over = threading.Event()

    def __enter__(self) -> Responder:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._listening.close()

    def _answer(self) -> None:
        ready = select.epoll()
        ready.register(self._listening.fileno(), select.EPOLLIN)
        open_: dict[int, socket.socket] = {}
        while not self._over.is_set():
            for number, _ in ready.poll(0.2):
                if number == self._listening.fileno():
                    connection, _ = self._listening.accept()
                    open_[connection.fileno()] = connection
                    ready.register(connection.fileno(), select.EPOLLIN)
                elif not _respond(open_[number]):
                    ready.unregister(number)
                    open_.pop(number).close()
        for connection in open_.values():
            connection.close()


def _respond(connection: socket.socket) -> bool:
    try:
        data = connection.recv(65536)
    except ConnectionError:
        return False
    if data.startswith(b"GET "):
        connection.sendall(_upgrade(data))
    elif data[:1] == b"\x81":
        start = 2 + (2 if data[1] & 0x7F == 126 else 0)
        text = apply_mask(data[start + 4 :], data[start : start + 4])
        answer = b'[3,"' + text[_ID_BEGINS : _ID_BEGINS + _ID] + b'",{}]'
        connection.sendall(bytes((0x81, len(answer))) + answer)
    return bool(data)


def _upgrade(request: bytes) -> bytes:
    key = next(line.split(": ")[1] for line in request.decode().split("\r\n") if line.lower().startswith("sec-websocket-key"))
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
    ).encode()
