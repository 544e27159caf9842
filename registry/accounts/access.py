"""Who may use which page: each view declares it, and one hook holds every request against what its view declares.

A view without a declaration is refused, so that a page that somebody forgot is closed, not open. The decorators stand below the
route's own, and may name methods:

    @pages.route("/listing", methods=["GET", "POST"])
    @anybody
    @needs(Role.REVIEWER, "POST")
    def index(): ...

On pages it is the session's cookie that tells who asks; under `/api/v1` only the token in `Authorization: Bearer`, so that no page
elsewhere can have a visitor's browser use the API in their name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from registry.accounts import doors
from registry.accounts.doors import Account
from registry.accounts.roles import Role, Scope
from registry.acting import VISITOR, acting
from registry.language import gettext as _
from registry.site import site
from registry.wording import word

API = "/api/v1"
SESSION_KEY = "account"
"""Where the cookie's session has the secret of the stored one."""
EVERY_METHOD = "*"
_ATTRIBUTE = "declared_access"
_READING = ("GET", "HEAD", "OPTIONS")
_HEAD_IS_GET = {"HEAD": "GET"}
View = TypeVar("View", bound=Callable[..., Any])

__all__ = ["Account", "anybody", "current", "guard", "may", "needs", "require", "sign_in_address"]


@dataclass(frozen=True)
class Rule:
    """What a view declares for a method: the role that it needs, or None where anybody may."""

    role: Role | None


def anybody(view: View) -> View:
    """Declares that a view is open to everybody, signed in or not."""
    return _declare(view, (EVERY_METHOD,), Rule(None))


def needs(role: Role, *methods: str) -> Callable[[View], View]:
    """Declares that a view, or only these methods of it, is for those whose role grants `role`."""
    return lambda view: _declare(view, methods or (EVERY_METHOD,), Rule(role))


def _declare(view: View, methods: tuple[str, ...], rule: Rule) -> View:
    declared = dict(getattr(view, _ATTRIBUTE, {}))
    setattr(view, _ATTRIBUTE, declared | dict.fromkeys(methods, rule))
    return view


def rule_of(view: Callable[..., Any] | None, method: str) -> Rule | None:
    """What `view` declares for `method`; None when it declares nothing.

    Of a class of views, a method's own declaration goes before the one on the class. What may be asked with GET may be asked with
    HEAD, and anybody may ask which methods there are.
    """
    if view is None:
        return None
    if method == "OPTIONS":
        return Rule(None)
    method = _HEAD_IS_GET.get(method, method)
    shown_by = getattr(view, "view_class", None)
    for place in (getattr(shown_by, method.lower(), None), shown_by, view):
        declared: Mapping[str, Rule] = getattr(inspect.unwrap(place) if callable(place) else place, _ATTRIBUTE, {})
        if found := declared.get(method) or declared.get(EVERY_METHOD):
            return found
    return None


def current() -> Account | None:
    """Who asks; None for a visitor. Looked up once a request, and only when there is something to look up."""
    if "account" not in g:
        g.account = None  # should the database not answer: the page that says so is for anybody
        g.account = _from_token() if request.path.startswith(f"{API}/") else _from_cookie()
    return cast("Account | None", g.account)


def may(role: Role) -> bool:
    """Whether the one who asks may do what needs `role`."""
    account = current()
    return account is not None and role in account.grants


def require(role: Role) -> None:
    """End the request here, as its declaration would, unless the one who asks may do what needs `role`: for views where it depends."""
    if not may(role):
        abort(make_response(_refuse(current(), role)))


def _from_cookie() -> Account | None:
    secret = session.get(SESSION_KEY)
    return doors.by_session(site().sessions, secret) if isinstance(secret, str) else None


def _from_token() -> Account | None:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    return doors.by_token(site().sessions, given.token)


def guard(app: Flask) -> None:
    """Hold every request of `app` against its view's declaration, and let what comes of it bear the name of who asked."""
    app.before_request(_admit)
    app.after_request(_keep_private)
    app.teardown_request(_done)
    app.jinja_env.globals.update(current_account=current, may=may, Role=Role, sign_in_address=sign_in_address)


def _admit() -> ResponseReturnValue | None:
    account = current()
    g.acting = ExitStack()
    g.acting.enter_context(acting(account.name if account else VISITOR))
    if request.endpoint is None or request.endpoint == "static":
        return None  # nothing there, which the error page says; or what every page is made with
    rule = rule_of(current_app.view_functions.get(request.endpoint), request.method)
    if rule is None:
        abort(403, _("Nobody has said yet who may use this page, so nobody can."))
    if rule.role is None:
        return None
    if account is not None and account.only_reads and request.method not in _READING:
        abort(403, f"This token is for reading alone: make one with another scope than {Scope.READ} to change anything.")
    if may(rule.role):
        return None
    return _refuse(account, rule.role)


def _done(_error: BaseException | None) -> None:
    stack: ExitStack | None = g.pop("acting", None)
    if stack is not None:
        stack.close()


def _keep_private(response: Response) -> Response:
    """What was shown to somebody signed in is for nobody else, whatever lies between."""
    if g.get("account") is not None:
        response.headers["Cache-Control"] = "private" if request.path.startswith(f"{API}/") else "private, no-store"
    return response


def _refuse(account: Account | None, role: Role) -> ResponseReturnValue:
    if account is not None:
        abort(
            403,
            _(
                "This needs an account with the role %(role)s; you are signed in as %(name)s, whose role is %(own)s.",
                role=word(role),
                name=account.name,
                own=word(account.role),
            ),
        )
    if request.path.startswith(f"{API}/"):
        abort(401, f"This needs a token of an account with the role {role}: send it as `Authorization: Bearer TOKEN`.")
    if request.path.endswith(".json") or "HX-Request" in request.headers:
        abort(401, _("This needs an account with the role %(role)s: sign in first.", role=word(role)))
    return redirect(sign_in_address(), 303)


def sign_in_address() -> str:
    """The page for signing in, which leads back to the page at hand: to the one that the form stood on, when a form was sent."""
    here = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else _referring_path()
    return url_for("accounts.sign_in", next=here)


def _referring_path() -> str:
    came_from = urlsplit(request.referrer or "")
    return (came_from.path or "/") if came_from.netloc == request.host else "/"
