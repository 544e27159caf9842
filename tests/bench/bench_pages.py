"""How often a second a page of 50 entries is given, against a route of the same server that does nothing, in one run.

Run as `python -m tests.bench.bench_pages [ENTRIES [DATABASE ...]]`: gunicorn with one process, asked by plain HTTP over a socket, one
request after the other. The registry holds 100,000 certificates, or as many as are named (10,000 at least), every tenth with a finding. The
kinds of request take turns, twenty at a time, and each request is asked after one for the trivial route, so that both are given the same
machine; of the rates of a kind's turns the median counts. They are

- *new rows*: pages of the whole catalogue of which the process has shown neither the page nor a single row, one after the other;
- *another page*: pages that it has not made, of rows that it has shown;
- *filter*: pages of five searches with a filter, in all orders, ten of each one after the other. The searches were counted before;
- *kept*: the same page again, while nothing changes;
- *after a change*: pages that it has not made, each asked for after something was stored that leaves the catalogue what it is, as audits do
  all the time.

Told as well, against no limit: pages anywhere in the catalogue, in any order (*far away*); a page *after a change of the catalogue*: total,
facets and rows are asked of the database anew, and nothing that is kept by a version can be used; the first page of a *new filter*, which
has to be counted; and the first ten pages that a *new process* makes. Exit status 1 where a limit is missed.
"""

from __future__ import annotations

import itertools
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import fmean, median
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

DEFAULT = 100_000
REQUESTS, ROUNDS = 20, 10
TURNED = 10
"""Pages of one search that are asked for one after the other: in each turn of the filters there are the first pages of two."""

LEAST_MADE, LEAST_KEPT = 0.2, 0.7
KEPT = "/?sort=number&page=3"
FILTERS = ("role=CS", "protocol=OCPP+1.6", "type=Subset", "document=yes", "profile=Core")
NEW_FILTERS = [f"year={year}&type={kind}" for year in range(2018, 2025) for kind in ("Full", "Subset", "Security")]
CERTIFIED = (
    "UPDATE catalogue_entry SET certificate_id = id",
    """INSERT INTO finding (certificate_id, origin, position, rule, severity, message, fields)
        SELECT id, 'document', 0, 'rule', 'note', 'Something.', '[]' FROM certificate WHERE id % 10 = 0""",
)
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


class Turn(NamedTuple):
    """Seconds that a request for the trivial route took, and one for a page."""

    trivial: float
    page: float


def pages(asked: str, among: Sequence[int]) -> Iterator[str]:
    """The addresses of these pages of a search."""
    for page in among:
        yield f"/?{asked}&page={page}"


def turned() -> Iterator[str]:
    """The addresses of the first pages of each search with a filter, in all orders."""
    for sort, chosen in itertools.product(SORTS, FILTERS):
        yield from pages(f"{chosen}&sort={sort}", range(1, 1 + TURNED))


def anywhere(number_of_pages: int) -> Iterator[str]:
    """The addresses of pages that have nothing in common."""
    chance = random.Random(7)
    while True:
        yield f"/?sort={chance.choice(SORTS)}&page={chance.randint(1, number_of_pages)}&far=1"


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


def turn(port: int, kind: Kind, requests: int, sessions: sessionmaker[Session]) -> Turn:
    """What a request takes, on average over so many."""
    took: list[tuple[float, float]] = []
    for address in itertools.islice(kind.addresses, requests):
        if kind.change is not None:
            with sessions.begin() as session:
                session.execute(text(kind.change))
        begun = time.perf_counter()
        get(port, "/trivial")
        between = time.perf_counter()
        get(port, address)
        took.append((between - begun, time.perf_counter() - between))
    if len(took) < requests:
        raise SystemExit(f"there are not enough addresses to measure {kind.name!r}")
    return Turn(*map(fmean, zip(*took, strict=True)))


def turns(port: int, sessions: sessionmaker[Session], count: int) -> Iterator[tuple[Kind, list[Turn]]]:
    """Each kind with its turns."""
    shown = range(1, 1 + REQUESTS * ROUNDS)
    new_rows = Kind("new rows", pages("sort=number", shown), LEAST_MADE)
    another = Kind("another page", pages("sort=number&again=1", shown), LEAST_MADE)
    filtered = Kind("filter", turned(), LEAST_MADE)
    kept = Kind("kept", itertools.repeat(KEPT), LEAST_KEPT)
    changed = Kind("after a change", pages("sort=number&again=2", shown), LEAST_MADE, DOCUMENT)
    far = Kind("far away", anywhere(count // 50))
    catalogue_changed = Kind("after a change of the catalogue", pages("sort=number&again=3", shown), change=ENTRY)
    # Those that change something come last: the others are about a time in which nothing does.
    for kinds in ((new_rows, another, kept, filtered), (changed,), (far,), (catalogue_changed,)):
        rounds = [[turn(port, kind, REQUESTS, sessions) for kind in kinds] for _ in range(ROUNDS)]
        yield from zip(kinds, map(list, zip(*rounds, strict=True)), strict=True)
    new_filter = Kind("new filter", (f"/?{chosen}" for chosen in NEW_FILTERS))
    yield new_filter, [turn(port, new_filter, len(NEW_FILTERS), sessions)]


def measure(settings: Settings, count: int) -> Iterator[tuple[Kind, list[Turn]]]:
    """As `turns`, of a catalogue with so many entries."""
    with db.opened(settings) as sessions:
        with sessions() as session:
            catalogue.fill(session, catalogue.entries(count), keys=0)
            for statement in CERTIFIED:
                session.execute(text(statement))
            session.commit()
        with served(settings) as port:
            get(port, "/trivial")
            new_process = Kind("new process", pages("sort=number", range(1, 11)))
            yield new_process, [turn(port, new_process, 10, sessions)]
        with served(settings) as port:
            # So that the process has served before, and has counted the searches.
            for address in ("/trivial", *pages("sort=holder", range(1, 30)), *(f"/?{chosen}" for chosen in FILTERS)):
                get(port, address)
            if (shown := get(port, KEPT).count(b'class="result"')) != 50:
                raise SystemExit(f"the page shows {shown} entries")
            yield from turns(port, sessions, count)


def main() -> int:
    """Measure, print, judge."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    table = Table("Database", "Page of 50", "Trivial ms", "Page ms", "Rate against trivial", "Asked", title="Pages over HTTP")
    kept_up = True
    with catalogue.databases(*(sys.argv[2:] or ("SQLite", "PostgreSQL"))) as both:
        for database, settings in both.items():
            for kind, taken in measure(settings, count):
                rate = median(one.trivial / one.page for one in taken)
                kept_up &= kind.least is None or rate >= kind.least
                times = (f"{median(some) * 1000:.2f}" for some in zip(*taken, strict=True))
                table.add_row(database, kind.name, *times, f"{rate:.2f}", str(kind.least or ""))
    Console(width=110).print(table)
    return 0 if kept_up else 1


if __name__ == "__main__":
    sys.exit(main())
