"""Installations that browsers in tests look at."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.serving import make_server

from registry import db
from registry.accounts.roles import Role
from registry.settings import Settings
from registry.site import EXTENSION, Site
from tests.registry.signing_in import cookie_of, sign_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True)
class Served:
    """A catalogue that answers at `address`, with the ids of the audits and the campaign that it holds."""

    address: str
    settings: Settings
    sessions: sessionmaker[Session]
    cookies: Mapping[Role, str]
    """Of somebody signed in, for each role."""
    deviating: str = ""
    conformant: str = ""
    running: str = ""
    failed: str = ""
    campaign: str = ""


@contextmanager
def installed(settings: Settings, template: Path) -> Iterator[sessionmaker[Session]]:
    """An installation of which nothing is there yet: its database is a copy of one that was migrated."""
    settings.home.mkdir(exist_ok=True)
    shutil.copyfile(template, settings.home / "registry.sqlite3")
    made = db.engine(settings)
    try:
        yield db.session_factory_on(made)
    finally:
        made.dispose()


@contextmanager
def serving(app: Flask, **held: str) -> Iterator[Served]:
    """That application, in a thread of its own; `held` are the ids of what it holds."""
    site = cast("Site", app.extensions[EXTENSION])
    cookies = {role: cookie_of(sign_in(app.test_client(), site.sessions, role)) for role in Role}
    server = make_server("127.0.0.1", 0, _closed(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", site.settings, site.sessions, cookies, **held)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
