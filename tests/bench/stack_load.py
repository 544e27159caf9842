"""Load from bare sockets, so that what loads is never what limits; the same for every server that is measured."""

from __future__ import annotations

import secrets
import select
import socket
import subprocess
import sys
import time
from typing import Any

import orjson
from websockets.utils import apply_mask

_REQUEST = (
    "GET /CP{} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)
_PATIENCE = 60.0
"""Seconds after which a server that says nothing is broken."""


class Child:
    """A server, or the stations, of `stack_ours`, `stack_library` or `stack_echo`.

    `ping` is in seconds, 0: it sends none. Stations get the port that they are to call.
    """

    def __init__(self, whose: str, kind: str = "server", ping: float = 0, port: int | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.stack_{whose}", kind, str(ping)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if port is not None:
            self._say(str(port))
        self.port = int(self._line())

    def ask(self, question: str) -> str:
        """One line in, one line out."""
        self._say(question)
        return self._line()

    def cpu(self) -> float:
        """CPU seconds of the process so far."""
        return float(self.ask("cpu"))

    def end(self) -> None:
        """Let it go."""
        self._process.kill()
        self._process.communicate()

    def _say(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("the process of a server or station ended")
        return line.strip()


def call_frames(action: str, payload: Any, count: int) -> list[bytes]:
    """So many CALLs as masked frames, each with an id of its own."""
    return [_frame(orjson.dumps([2, f"{number:08}", action, payload])) for number in range(count)]


def _frame(text: bytes) -> bytes:
    mask = secrets.token_bytes(4)
    size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    return b"\x81" + size + mask + apply_mask(text, mask)


class Stations:
    """Stations as bare sockets, connected until `hang_up`."""

    def __init__(self, port: int, count: int) -> None:
        self._sockets = {each.fileno(): each for each in (connected(port, number) for number in range(count))}
        self._ready = select.epoll()
        for number in self._sockets:
            self._ready.register(number, select.EPOLLIN)

    def exchange(self, frames: list[bytes]) -> float:
        """Every station sends these one after the other, each when the one before was answered; gives the seconds that it took."""
        left = dict.fromkeys(self._sockets, 0)
        began = time.perf_counter()
        for each in self._sockets.values():
            each.send(frames[0])
        while left:
            for number in self._answered():
                left[number] += 1
                if left[number] < len(frames):
                    self._sockets[number].send(frames[left[number]])
                else:
                    del left[number]
        return time.perf_counter() - began

    def first_answer(self, frame: bytes) -> float:
        """All send one frame at once; gives the seconds from the first sending to the first answer. Returns when all are answered."""
        waiting = len(self._sockets)
        first = None
        began = time.perf_counter()
        for position, each in enumerate(self._sockets.values()):
            each.send(frame)
            if first is None and position % 16 == 0 and self._ready.poll(0):
                first = time.perf_counter() - began
        while waiting:
            for _ in self._answered():
                first = first or time.perf_counter() - began
                waiting -= 1
        return first or 0.0

    def _answered(self) -> list[int]:
        """Whose answers have come."""
        ready = [number for number, _ in self._ready.poll(_PATIENCE)]
        if not ready:
            raise AssertionError(f"no answer within {_PATIENCE:g} s")
        for number in ready:
            answer = self._sockets[number].recv(65536)
            if answer[:1] != b"\x81" or b"[4," in answer[:8]:
                raise AssertionError(f"answered {answer[:200]!r}")
        return ready

    def hang_up(self) -> None:
        """Close all."""
        self._ready.close()
        for each in self._sockets.values():
            each.close()


def connected(port: int, number: int) -> socket.socket:
    """One station, connected and agreed on the sub-protocol."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(_REQUEST.format(number).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(4096)
        if not piece:
            raise AssertionError(f"refused: {answer.decode()}")
        answer += piece
    if b" 101 " not in answer:
        raise AssertionError(f"refused: {answer.decode()}")
    return connection
