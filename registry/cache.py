"""Pages that are the same for every visitor, kept until anything in the registry changes.

A page is kept under its address, its language and the version of the database, which moves with every commit of any process; so
nobody ever sees a page older than what was stored before they asked. What is kept is for visitors who are not signed in, and holds
nothing of the one for whom it was made: neither cookies nor the token of a form. Each process keeps its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any, cast

from flask import Flask, Response, current_app, g, request, session
from sqlalchemy import Engine, text

from registry.accounts.access import current
from registry.language import PARAMETER as LANGUAGE_PARAMETER
from registry.language import page_language
from registry.site import EXTENSION as SITE

LARGEST_PAGE_BYTES = 1_000_000
MOST_BYTES = 48_000_000
"""Of a process; what was not asked for the longest goes first."""

KEPT = frozenset(
    {
        *("certificates.home", "certificates.certificate", "certificates.certificate_json"),
        *("certificates.listed_row", "certificates.products.product", "certificates.products.holder", "certificates.products.laboratory"),
        *("certificates.products.compare", "certificates.products.index", "oca_list.index", "about.about"),
        *("api_certificates.search_certificates", "api_certificates.get_certificate", "api_products.compare_sides"),
        *("api_products.get_product", "api_products.get_holder", "api_products.get_laboratory"),
    }
)
"""The views that give the same to every visitor for as long as the registry does not change: nothing of the time, nothing of a file."""

_EXTENSION = "ocpp-registry-pages"
_DATA_VERSION = "PRAGMA data_version"
_SNAPSHOT = text("SELECT pg_current_snapshot()::text")


class Version:
    """What tells whether anything was committed since, by any process: equal as long as nothing was. One cheap statement.

    On SQLite it is a count that a connection keeps of the commits of all others, for which one is held open that commits nothing; on
    PostgreSQL the snapshot, which names the transactions that are to be seen.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_postgresql = engine.dialect.name == "postgresql"
        self._lock = Lock()
        self._watching: Any = None

    def now(self) -> object:
        """The version, as this process tells it from others."""
        if self._is_postgresql:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                return connection.scalar(_SNAPSHOT)
        with self._lock:
            if self._watching is None:
                self._watching = self._engine.raw_connection()
            return self._watching.driver_connection.execute(_DATA_VERSION).fetchone()[0]


@dataclass(frozen=True)
class Page:
    """One page as it was made, and the version of the registry that it is of."""

    version: object
    body: bytes
    headers: tuple[tuple[str, str], ...]


class Pages:
    """What is kept, the pages that were asked for last; never more than `most` bytes."""

    def __init__(self, engine: Engine, most: int = MOST_BYTES) -> None:
        self.version = Version(engine)
        self._most = most
        self._held = 0
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable, version: object) -> Page | None:
        """The page of that key, if it is of that version."""
        with self._lock:
            page = self._pages.get(key)
            if page is None:
                return None
            if page.version != version:
                self._drop(key)
                return None
            self._pages.move_to_end(key)
            return page

    def keep(self, key: Hashable, page: Page) -> None:
        """Put the page in the place of any of its key."""
        with self._lock:
            if key in self._pages:
                self._drop(key)
            self._pages[key] = page
            self._held += len(page.body)
            while self._held > self._most:
                self._drop(next(iter(self._pages)))

    def _drop(self, key: Hashable) -> None:
        self._held -= len(self._pages.pop(key).body)


def keep_pages(app: Flask) -> None:
    """Have `app` give visitors a page as it was made before, where nothing was stored since. To be called after `guard`."""
    app.extensions[_EXTENSION] = Pages(cast("Engine", app.extensions[SITE].sessions.kw["bind"]))
    app.before_request(_give)
    app.after_request(_keep)


def _give() -> Response | None:
    if not _is_for_everybody():
        return None
    pages = cast("Pages", current_app.extensions[_EXTENSION])
    # Asked for before the page is made: what is stored meanwhile makes it one of an older version, never of a newer.
    g.page_version = version = pages.version.now()
    g.page_key = key = _key()
    page = pages.find(key, version)
    if page is None:
        return None
    g.page_key = None
    return Response(page.body, headers=list(page.headers))


def _keep(response: Response) -> Response:
    key = g.pop("page_key", None)
    if key is not None and _is_the_same_for_all(response):
        page = Page(g.page_version, response.get_data(), tuple(response.headers.items()))
        if len(page.body) <= LARGEST_PAGE_BYTES:
            cast("Pages", current_app.extensions[_EXTENSION]).keep(key, page)
    return response


def _is_for_everybody() -> bool:
    """Whether the page that is asked for is one that all visitors get alike."""
    is_visitor = "Authorization" not in request.headers and current() is None  # a token that is not known is to be told of
    return request.method == "GET" and request.endpoint in KEPT and LANGUAGE_PARAMETER not in request.args and is_visitor


def _is_the_same_for_all(response: Response) -> bool:
    """Whether nothing in the answer was made for the one who asked."""
    return (
        response.status_code == HTTPStatus.OK
        and not response.is_streamed
        and "Set-Cookie" not in response.headers
        and not session.modified
        and "csrf_token" not in g
    )


def _key() -> Hashable:
    return request.url, request.headers.get("HX-Request"), page_language()
