"""Pages that are the same for every visitor, kept until anything changes that they show.

A page is kept under its address, its language and a version, which moves with every commit of any process: that of the whole registry,
or, where nothing but a search is shown, that of the catalogue, which audits leave alone. So nobody ever sees a page older than what was
stored before they asked. What is kept is for visitors who are not signed in, and holds nothing of the one for whom it was made: neither
cookies nor the token of a form. Each process keeps its own.

Who brings no cookie is given a kept page before anything else is made of the request (`Front`); who brings one, and is not signed in
all the same, once that is known.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, current_app, g, request, session

from registry.accounts.access import API, current
from registry.errors import CannotBegin
from registry.held import HeldConnection, Versions
from registry.language import PARAMETER as LANGUAGE_PARAMETER
from registry.language import language_asked_for, page_language
from registry.site import EXTENSION as SITE
from registry.site import site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

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
_COOKIE_OR_TOKEN = frozenset({"HTTP_COOKIE", "HTTP_AUTHORIZATION"})
_OF_A_PAGE = (
    *("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("HTTP_HX_REQUEST",),
)


@dataclass(frozen=True)
class Page:
    """One page as it was made, and the version that it is of: one of `Versions`."""

    version: Hashable
    body: bytes
    headers: tuple[tuple[str, str], ...]


class Pages:
    """What is kept, the pages that were asked for last; never more than `most` bytes."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._held = 0
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._pages

    def __len__(self) -> int:
        return len(self._pages)

    def find(self, key: Hashable, now: Versions) -> Page | None:
        """The page of that key, if it is of one of the versions of now."""
        with self._lock:
            page = self._pages.get(key)
            if page is None:
                return None
            if page.version not in now:
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


class Front:
    """Gives a kept page to who brings neither cookie nor token, before anything else is made of the request."""

    def __init__(self, app: Flask, pages: Pages) -> None:
        self._app = app
        self._behind: WSGIApplication = app.wsgi_app
        self._pages = pages
        self._held: HeldConnection = app.extensions[SITE].held

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hand on."""
        page = self._kept(environ)
        if page is None:
            return self._behind(environ, start_response)
        start_response("200 OK", list(page.headers))
        return (page.body,)

    def _kept(self, environ: WSGIEnvironment) -> Page | None:
        if environ["REQUEST_METHOD"] != "GET" or not _COOKIE_OR_TOKEN.isdisjoint(environ) or environ["PATH_INFO"].startswith(API):
            return None  # requests of the API are counted
        key = _key(environ, language_asked_for(self._app, environ.get("HTTP_ACCEPT_LANGUAGE", "")))
        if key not in self._pages:
            return None
        try:
            return self._pages.find(key, self._held.versions())
        except CannotBegin:
            return None  # which there is a page for


def keep_pages(app: Flask) -> None:
    """Have `app` give visitors a page as it was made before, where nothing was stored since. To be called after `guard`."""
    pages = app.extensions[_EXTENSION] = Pages()
    app.before_request(_give)
    # What is kept is kept with the headers that everybody else adds: after all others, which is before them in this list.
    app.after_request_funcs.setdefault(None, []).insert(0, _keep)
    app.wsgi_app = Front(app, pages)  # type: ignore[method-assign]  # as Flask documents


def versions() -> Versions:
    """The versions of now, asked for once a request, before anything else is read: what is read is never of older ones."""
    found: Versions | None = g.get("versions")
    if found is None:
        found = g.versions = site().held.versions()
    return found


def shows_catalogue_alone() -> None:
    """Have the page at hand kept for as long as the catalogue stays what it is: it shows nothing but what a search finds."""
    g.page_version = versions().catalogue


def _give() -> Response | None:
    if not _is_for_everybody():
        return None
    # Asked for before the page is made: what is stored meanwhile makes it one of an older version, never of a newer.
    now = versions()
    g.page_key = key = _key(request.environ, page_language())
    page = cast("Pages", current_app.extensions[_EXTENSION]).find(key, now)
    if page is None:
        return None
    g.page_key = None
    return Response(page.body, headers=list(page.headers))


def _keep(response: Response) -> Response:
    key = g.pop("page_key", None)
    if key is not None and _is_the_same_for_all(response):
        response.vary.add("Cookie")  # as the session will, which is stored after this
        body = response.get_data()
        if len(body) <= LARGEST_PAGE_BYTES:
            headers = tuple(response.headers.to_wsgi_list())
            cast("Pages", current_app.extensions[_EXTENSION]).keep(key, Page(g.get("page_version", versions().registry), body, headers))
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


def _key(environ: WSGIEnvironment, language: str) -> Hashable:
    """Everything of a request that a page shows."""
    return (*(environ.get(name, "") for name in _OF_A_PAGE), language)
