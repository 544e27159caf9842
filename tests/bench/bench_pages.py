"""How often a second a page of 50 entries is given, against a route of the same server that does nothing, in one run.

Run as `python -m tests.bench.bench_pages`: gunicorn with one process, asked by plain HTTP over a socket, one request after the other. The
registry holds 5,000 certificates with findings on none. The kinds of request take turns; of each, the quickest round counts. They are

- *another page*: one that the process has not made before, in a process that has served for a while: every entry stood on some page in the
  order of numbers; asked for are pages of the whole catalogue in the three other orders, none of them twice. Which entries are on each is
  asked of the database, its facets are those of the page before, its rows are put together of what was made before;
- *after a change*: the same, of other pages, each asked for after something was stored that leaves the catalogue what it is, as audits do
  all the time;
- *after a change of the catalogue*: a page in one of the orders, each asked for after an entry was changed: total, facets and rows are
  asked of the database anew, and nothing that is kept by a version can be used;
- *kept*: the same page again.

Told as well, against no limit: pages with *new rows*, which the process has never shown; pages of five searches with a *filter* that
were counted before, in all orders; the first page of a *new filter*, which has to be counted; and the first ten pages that a *new process*
makes. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import fmean
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from registry import db
from registry.certificates.search import SORTS
from registry.processes import wait_for_port
from registry.settings import DATABASE_VARIABLE, HOME_VARIABLE, Settings
from tests.bench import catalogue

ENTRIES = 5_000
REQUESTS, ROUNDS = 15, 9
LEAST_MADE, LEAST_KEPT = 0.2, 0.7
KEPT = "/?sort=number&page=3"
FILTERS = ("role=CS", "protocol=OCPP+1.6", "type=Subset", "document=yes", "profile=Core")
NEW_FILTERS = [f"year={year}&type={kind}" for year in range(2018, 2025) for kind in ("Full", "Subset", "Security")]
PAGES = ENTRIES // 50
DOCUMENT = "UPDATE document SET pages = 7 - pages WHERE id = (SELECT min(id) FROM document)"
"""Changes what no page of a search shows."""
ENTRY = "UPDATE catalogue_entry SET country = country WHERE id = (SELECT min(id) FROM catalogue_entry)"
"""May change what every page shows, for all that anybody is told."""


class Kind(NamedTuple):
    """A kind of request: its name, its addresses, the least rate against the trivial route, and what is stored before each."""

    name: str
    addresses: Iterator[str]
    least: float | None = None
    change: str | None = None


def pages(*filters: str, orders: Sequence[str] = SORTS, among: Sequence[int] = range(1, PAGES + 1)) -> Iterator[str]:
    """The addresses of pages of these searches, so that those that follow one another have little in common."""
    for page, sort, chosen in itertools.product(among, orders, filters):
        yield f"/?{chosen}&sort={sort}&page={page}"


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


def seconds(port: int, kind: Kind, requests: int, sessions: sessionmaker[Session]) -> float:
    """What a request takes, on average over so many."""
    took = []
    for address in itertools.islice(kind.addresses, requests):
        if kind.change is not None:
            with sessions.begin() as session:
                session.execute(text(kind.change))
        begun = time.perf_counter()
        get(port, address)
        took.append(time.perf_counter() - begun)
    if len(took) < requests:
        raise SystemExit(f"there are not enough addresses to measure {kind.name!r}")
    return fmean(took)


def measure(settings: Settings) -> list[tuple[Kind, float]]:
    """Seconds that each kind of request takes; the first kind is the one that the others are held against."""
    odd, even = range(1, PAGES, 2), range(2, PAGES, 2)
    others = [order for order in SORTS if order != "number"]
    kinds = [
        Kind("trivial", itertools.repeat("/trivial")),
        Kind("another page", pages("", orders=others, among=odd), LEAST_MADE),
        Kind("after a change", pages("", orders=others, among=even), LEAST_MADE, DOCUMENT),
        Kind("after a change of the catalogue", itertools.cycle(pages("")), change=ENTRY),
        Kind("kept", itertools.repeat(KEPT), LEAST_KEPT),
        Kind("new rows", pages("", orders=["number"])),
        Kind("filter", pages(*FILTERS)),
        Kind("new filter", (f"/?{chosen}" for chosen in NEW_FILTERS)),
        Kind("new process", pages("")),
    ]
    trivial, another, changed, catalogue_changed, kept, new_rows, filtered, new_filter, new_process = kinds
    took: dict[str, list[float]] = {kind.name: [] for kind in kinds}
    with db.opened(settings) as sessions:
        with sessions() as session:
            catalogue.fill(session, catalogue.entries(ENTRIES))
        with served(settings) as port:
            get(port, "/trivial")
            took[new_process.name].append(seconds(port, new_process, 10, sessions))
        with served(settings) as port:
            get(port, "/trivial")
            took[new_rows.name].append(seconds(port, new_rows, PAGES, sessions))
            if (shown := get(port, KEPT).count(b'class="result"')) != 50:
                raise SystemExit(f"the page shows {shown} entries")
            # Those that change something come last: the others are about a time in which nothing does.
            for turns in ((trivial, another, kept, filtered), (trivial, changed), (trivial, catalogue_changed)):
                for _ in range(ROUNDS):
                    for kind in turns:
                        took[kind.name].append(seconds(port, kind, REQUESTS, sessions))
            took[new_filter.name].append(seconds(port, new_filter, len(NEW_FILTERS), sessions))
    return [(kind, min(took[kind.name])) for kind in kinds]


def main() -> int:
    """Measure, print, judge."""
    table = Table("Database", "Page of 50", "Trivial ms", "Page ms", "Rate against trivial", "Asked", title="Pages over HTTP")
    kept_up = True
    with catalogue.databases("SQLite", "PostgreSQL") as both:
        for database, settings in both.items():
            (_, trivial), *others = measure(settings)
            for kind, took in others:
                rate = trivial / took
                kept_up &= kind.least is None or rate >= kind.least
                table.add_row(database, kind.name, f"{trivial * 1000:.2f}", f"{took * 1000:.2f}", f"{rate:.2f}", str(kind.least or ""))
    Console(width=110).print(table)
    return 0 if kept_up else 1


if __name__ == "__main__":
    sys.exit(main())
