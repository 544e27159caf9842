"""How often a second a page of 50 entries is given, against a route of the same server that does nothing, in one run.

Run as `python -m tests.bench.bench_pages`: gunicorn with one process, asked by plain HTTP over a socket, one request after the other; the
three kinds of request take turns, and of the rounds the quickest is taken. The registry holds 5,000 certificates with findings on none. A
page that must be made is asked for with a parameter that was never given before; one that may be kept, with the same address again. Exit
status 1 where a limit is missed.
"""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

from registry import db
from registry.processes import wait_for_port
from registry.settings import DATABASE_VARIABLE, HOME_VARIABLE, Settings
from tests.bench import catalogue

ENTRIES = 5_000
REQUESTS, ROUNDS = 60, 9
LEAST_MADE, LEAST_KEPT = 0.2, 0.7
PAGE = "/?sort=number&page=3"


@contextmanager
def served(settings: Settings) -> Iterator[int]:
    """The port on which gunicorn serves the registry."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    environment = os.environ | {HOME_VARIABLE: str(settings.home), DATABASE_VARIABLE: settings.database}
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--log-level", "warning"]
    server = subprocess.Popen([*command, "tests.bench.pages_app:create()"], env=environment)
    try:
        if not wait_for_port("127.0.0.1", port, lambda: server.poll() is None):
            raise SystemExit("the server did not start")
        yield port
    finally:
        server.terminate()
        server.wait()


def get(port: int, path: str) -> bytes:
    """The answer to one request, whole."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        answer = bytearray()
        while piece := connection.recv(1 << 18):
            answer += piece
    if b" 200 " not in answer[:20]:
        raise SystemExit(f"{path} was answered {bytes(answer[:200])!r}")
    return bytes(answer)


def seconds(port: int, paths: Iterator[str]) -> float:
    """What a request takes, on average over so many."""
    begun = time.perf_counter()
    for path in itertools.islice(paths, REQUESTS):
        get(port, path)
    return (time.perf_counter() - begun) / REQUESTS


def measure(settings: Settings) -> dict[str, float]:
    """Seconds that each kind of request takes."""
    with db.opened(settings) as sessions, sessions() as session:
        catalogue.fill(session, catalogue.entries(ENTRIES))
    never = (f"{PAGE}&never={number}" for number in itertools.count())
    kinds = {"trivial": itertools.repeat("/trivial"), "made": never, "kept": itertools.repeat(PAGE)}
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    with served(settings) as port:
        shown = get(port, PAGE).count(b'class="result"')
        if shown != 50:
            raise SystemExit(f"the page shows {shown} entries")
        for _ in range(ROUNDS):
            for kind, paths in kinds.items():
                took[kind].append(seconds(port, paths))
    return {kind: min(times) for kind, times in took.items()}


def main() -> int:
    """Measure, print, judge."""
    table = Table("Database", "Page of 50", "Trivial ms", "Page ms", "Rate against trivial", "Asked", title="Pages over HTTP")
    kept_up = True
    with catalogue.databases("SQLite", "PostgreSQL") as both:
        for database, settings in both.items():
            took = measure(settings)
            for kind, least in (("made", LEAST_MADE), ("kept", LEAST_KEPT)):
                rate = took["trivial"] / took[kind]
                kept_up &= rate >= least
                figures = (f"{took['trivial'] * 1000:.2f}", f"{took[kind] * 1000:.2f}", f"{rate:.2f}", str(least))
                table.add_row(database, "made anew" if kind == "made" else "kept", *figures)
    Console(width=110).print(table)
    return 0 if kept_up else 1


if __name__ == "__main__":
    sys.exit(main())
