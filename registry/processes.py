"""Runs a group of child processes as one: they start together, and when one ends, or a signal comes, all end."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from registry.errors import CannotBegin

GRACE_SECONDS = 10.0
"""How long a child may take to end cleanly before it is killed."""

POLL_SECONDS = 0.2

AGAIN_SECONDS = 60.0
"""After how long a child is started again that the others can do without."""

ANSWER_SECONDS = 30.0
"""How long one request waits for a web server that is starting."""


def require_free_port(host: str, port: int, purpose: str) -> None:
    """Raise `CannotBegin` when nothing can listen on `host:port`, naming what the port is for."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotBegin(
                f"Port {port} on {host} cannot be used for the {purpose} ({error.strerror}): stop what uses it, or choose another port."
            ) from error


def wait_for_port(host: str, port: int, alive: Callable[[], bool], attempts: int = 300) -> bool:
    """Wait until something accepts connections on `host:port`; give up when `alive` says that it never will."""
    pause = threading.Event()
    for _ in range(attempts):
        try:
            with socket.create_connection((host, port), timeout=1):
                return True
        except OSError:
            if not alive():
                return False
            pause.wait(0.1)
    return False


def wait_for_answer(host: str, port: int, alive: Callable[[], bool], attempts: int = 300) -> bool:
    """Wait until a web server on `host:port` answers, be it with an error; give up when `alive` says that it never will.

    gunicorn accepts connections before its workers have loaded what answers them.
    """
    pause = threading.Event()
    for _ in range(attempts):
        connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
        try:
            connection.request("HEAD", "/static/icon.svg")
            connection.getresponse()
            return True
        except (OSError, http.client.HTTPException):
            if not alive():
                return False
            pause.wait(0.1)
        finally:
            connection.close()
    return False


@dataclass
class ProcessGroup:
    """Child processes under one roof. Use as a context manager: leaving it ends every child, by SIGTERM, then by SIGKILL."""

    environment: Mapping[str, str]
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    dispensable: dict[str, Sequence[str]] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    due: dict[str, float] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], *, is_dispensable: bool = False) -> None:
        """Start one child; it gets its own process group, so that Ctrl-C reaches it through us alone.

        One that `is_dispensable` and ends by itself is started again after `AGAIN_SECONDS`; the others go on without it.
        """
        self.children[name] = subprocess.Popen(list(command), env=dict(self.environment), start_new_session=True)
        if is_dispensable:
            self.dispensable[name] = command

    def running(self, name: str) -> bool:
        """Whether that child is still alive."""
        return self.children[name].poll() is None

    def wait(self) -> str | None:
        """Wait until a signal comes (gives None) or a child that is needed ends by itself (gives its name)."""
        while not self.stopping.wait(POLL_SECONDS):
            for name in tuple(self.children):
                if self.running(name):
                    continue
                if name not in self.dispensable:
                    return name
                self._start_again(name)
        return None

    def _start_again(self, name: str) -> None:
        """Start a child again that ended, once its time has come."""
        if self.clock() >= self.due.setdefault(name, self.clock() + AGAIN_SECONDS):
            del self.due[name]
            self.start(name, self.dispensable[name])

    def stop(self) -> None:
        """End every child, the last one started first."""
        self.stopping.set()
        for child in reversed(self.children.values()):
            if child.poll() is None:
                child.terminate()
        for child in reversed(self.children.values()):
            try:
                child.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def __enter__(self) -> ProcessGroup:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()
