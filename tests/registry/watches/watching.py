"""An account that keeps watch, for tests; and receivers that are really there."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts import store as accounts
from registry.accounts.roles import Role
from registry.events import EventKind, Happening, record
from registry.listing.store import current_rows, import_rows
from registry.settings import Settings
from registry.vault import Vault
from registry.watches import store
from registry.watches.models import WatchAddress
from registry.watches.outbox import Outcome, Parcel
from registry.watches.topics import Kind, Topic
from tests.registry.making import EPOCH, row

NUMBER = "OCA.0016.9001.CS"
CERTIFICATE = Topic(Kind.CERTIFICATE, NUMBER)
ARRIVED = Outcome(arrived=True, answer="it answered 204")
FAILED = Outcome(arrived=False, answer="it answered 500")


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = EPOCH) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def on(self, **delta: float) -> None:
        """Move it on."""
        self.now += timedelta(**delta)


@dataclass
class Sent:
    """Takes parcels in place of a sender; what comes of each, `outcome` says."""

    outcome: Callable[[Parcel], Outcome] = lambda _parcel: ARRIVED
    parcels: list[Parcel] = field(default_factory=list)

    def __call__(self, parcel: Parcel) -> Outcome:
        self.parcels.append(parcel)
        return self.outcome(parcel)

    @property
    def sentences(self) -> list[str]:
        """What was said, in order."""
        return [one["data"]["sentence"] for parcel in self.parcels for one in parcel.body.get("events", [parcel.body])]


def account(sessions: sessionmaker[Session], name: str = "watcher", role: Role = Role.READER) -> int:
    """An account, in a registry that knows the certificate from the list; gives its id."""
    with sessions.begin() as session:
        if not current_rows(session):
            import_rows(session, "list.csv", "0" * 64, [row(1, number=NUMBER, company=None, designation=None)], clock=lambda: EPOCH)
    with sessions.begin() as session:
        accounts.invite(session, name, role, clock=lambda: EPOCH)
        found = accounts.find_by_name(session, name)
        assert found is not None
        return found.id


def confirmed(sessions: sessionmaker[Session], account_id: int, address: str = "watcher@example.org") -> int:
    """A confirmed address of the account; gives its id."""
    with sessions.begin() as session:
        made = WatchAddress(account_id=account_id, address=address, asked_at=EPOCH, confirmed_at=EPOCH)
        session.add(made)
        session.flush()
        return made.id


def watch(
    sessions: sessionmaker[Session],
    settings: Settings,
    account_id: int,
    topic: Topic = CERTIFICATE,
    *,
    url: str | None = "https://receiver.example/hook",
    address_id: int | None = None,
    every_minutes: int = 0,
) -> tuple[int, str | None]:
    """Keep watch; gives the watch's id and its secret."""
    wanted = store.Wanted(topic, every_minutes, address_id, None if address_id is not None else url)
    with sessions.begin() as session:
        return store.create(session, settings, account_id, wanted, Vault(settings.home), clock=lambda: EPOCH)


def happens(sessions: sessionmaker[Session], kind: EventKind = EventKind.WITHDRAWN, number: str = NUMBER, times: int = 1) -> None:
    """The list drops a certificate, or takes it up again."""
    with sessions.begin() as session:
        record(session, EPOCH, [Happening(kind, "listing", number, None, {})] * times)


@dataclass
class Received:
    """One call of a webhook."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real HTTP server that keeps what it gets. `answer` gives the status and more headers for each call."""

    address: str
    calls: list[Received]
    answer: Callable[[Received], tuple[int, dict[str, str]]]


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on this machine, with TLS where a context is given."""
    made = Receiver("", [], lambda _call: (204, {}))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            call = Received(self.path, {name.casefold(): value for name, value in self.headers.items()}, self.rfile.read(length))
            made.calls.append(call)
            status, headers = made.answer(call)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    made.address = f"{'https' if context else 'http'}://localhost:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def smtp_server(handler: object, *, wrapped: ssl.SSLContext | None = None, **options: Any) -> Iterator[int]:
    """A real mail server on this machine; gives its port. `wrapped` is TLS from the first byte on, `options` are aiosmtpd's."""
    loop = asyncio.new_event_loop()
    made = loop.run_until_complete(
        loop.create_server(lambda: SMTP(handler, loop=loop, hostname="localhost", **options), "127.0.0.1", 0, ssl=wrapped)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def end() -> None:
        made.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        yield made.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
