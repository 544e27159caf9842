"""The pages of one's own account: signing in and out, the password, the tokens."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from registry import wording
from registry.accounts import own_paths, store, tokens
from registry.accounts.access import SESSION_KEY, anybody, current, needs, rule_of
from registry.accounts.doors import Account, begin_session, end_session
from registry.accounts.forms import PasswordForm, SignInForm, TokenForm, WelcomeForm
from registry.accounts.passwords import problem_with
from registry.accounts.roles import Role, Scope, scopes_within
from registry.accounts.signing import Refused, SignedIn, change_password
from registry.accounts.signing import sign_in as check_password
from registry.db import utc_now
from registry.errors import CannotBegin
from registry.forms import Form
from registry.site import site

accounts = Blueprint("accounts", __name__)


@accounts.route("/sign-in", methods=["GET", "POST"])
@anybody
def sign_in() -> ResponseReturnValue:
    """The form for signing in, and signing in; then back to where one came from, if that is a page of this registry."""
    form = SignInForm(request.form if request.method == "POST" else None)
    following = own_paths.own_path(form.next.data if request.method == "POST" else request.args.get("next"))
    if request.method == "GET":
        return redirect(following, 303) if current() else _sign_in_page(form, following)
    if not form.validate_on_submit():
        return _sign_in_page(form, following), 400
    name, password = str(form.name.data), str(form.password.data)
    found = check_password(site().sessions, site().passwords, name, password, request.remote_addr, utc_now())
    if isinstance(found, SignedIn):
        _keep(found.secret)
        return redirect(following, 303)
    return _refusal(_sign_in_page(form, following, _refused(found, _("This name and this password do not belong together."))), found)


@accounts.post("/sign-out")
@anybody
def sign_out() -> ResponseReturnValue:
    """End the session, here and for whoever copied its cookie."""
    _leave()
    return redirect(url_for("certificates.home"), 303)


@accounts.route("/welcome/<secret>", methods=["GET", "POST"])
@anybody
def welcome(secret: str) -> ResponseReturnValue:
    """What a one-time link leads to: the form that sets the password."""
    with site().sessions() as reading:
        name = store.link_owner(reading, secret)
    if name is None:
        abort(404, _("This link was used, or has ended: ask whoever administers this registry for another one."))
    form = WelcomeForm(request.form if request.method == "POST" else None)
    if request.method == "POST" and _takes_password(form, name):
        kept = site().passwords.hashed(str(form.password.data))
        with site().sessions.begin() as writing:
            account_id = store.use_link(writing, secret, kept)
            signed_in = begin_session(writing, account_id, utc_now()) if account_id is not None else None
        if signed_in is not None:
            _keep(signed_in)
            return redirect(url_for(".own"), 303)
    page = render_template("accounts/welcome.html", form=form, secret=secret, name=name)
    # The address lets whoever reads it in, until it is used: no request that the page makes may tell it.
    return page, 400 if form.errors else 200, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@accounts.get("/account")
@needs(Role.READER)
def own() -> str:
    """One's own account."""
    return _own_page()


@accounts.post("/account/password")
@needs(Role.READER)
def password() -> ResponseReturnValue:
    """Change one's password; all other browsers are signed out."""
    form = PasswordForm(request.form)
    account = _account()
    if not _takes_password(form, account.name):
        return _own_page(form), 400
    old, new = str(form.old.data), str(form.password.data)
    found = change_password(site().sessions, site().passwords, account.name, old, new, request.remote_addr, utc_now())
    if isinstance(found, SignedIn):
        _keep(found.secret)
        return redirect(url_for(".own", changed="password", _anchor="password"), 303)
    form.old.errors = (_refused(found, _("This is not your password.")),)
    return _refusal(_own_page(form), found)


@accounts.post("/account/tokens")
@needs(Role.READER)
def make_token() -> ResponseReturnValue:
    """Make a token, and show it this once."""
    form = TokenForm(request.form)
    if not form.validate_on_submit():
        return _own_page(token_form=form), 400
    try:
        with site().sessions.begin() as writing:
            scopes = [Scope(scope) for scope in form.scopes.data or ()]
            secret = tokens.create(writing, _account().id, str(form.label.data), scopes, int(form.days.data))
    except CannotBegin as error:
        form.scopes.errors = (wording.sentence(error),)
        return _own_page(token_form=form), 400
    return _own_page(made=secret)


@accounts.post("/account/tokens/<int:token_id>/revoke")
@needs(Role.READER)
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Let one of one's tokens open nothing any more."""
    try:
        with site().sessions.begin() as writing:
            tokens.revoke(writing, token_id, owner_id=_account().id)
    except CannotBegin as error:
        abort(404, wording.sentence(error))
    return redirect(url_for(".own", _anchor="tokens"), 303)


def _account() -> Account:
    account = current()
    if account is None:  # the hook has seen to it that there is one
        abort(403)
    return account


def _keep(secret: str) -> None:
    """Begin anew: nothing that a browser brought along from before it was signed in stays, its form tokens neither."""
    _leave()
    session[SESSION_KEY] = secret


def _leave() -> None:
    """End the session that the browser has, if it has one."""
    secret = session.get(SESSION_KEY)
    if isinstance(secret, str):
        with site().sessions.begin() as writing:
            end_session(writing, secret)
    session.clear()


def _takes_password(form: WelcomeForm, name: str) -> bool:
    """Whether the form was sent well, with a password that may be."""
    if not form.validate_on_submit():
        return False
    problem = problem_with(str(form.password.data), name)
    if problem is not None:
        form.password.errors = (wording.said(problem),)
    return problem is None


def _refused(found: Refused, otherwise: str) -> str:
    if found.wait_seconds is None:
        return otherwise
    minutes = -(-found.wait_seconds // 60)
    return str(_("That was tried too often. Wait %(minutes)s minutes, and try again.", minutes=minutes))


def _refusal(page: str, found: Refused) -> ResponseReturnValue:
    if found.wait_seconds is None:
        return page, 400
    return page, 429, {"Retry-After": str(found.wait_seconds)}


def _sign_in_page(form: SignInForm, following: str, problem: str | None = None) -> str:
    form.next.data = following
    return render_template("accounts/sign_in.html", form=form, problem=problem, role=_role_of(following))


def _role_of(path: str) -> Role | None:
    """The role that the page needs from which somebody was sent here; None for a page that anybody may open."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, _values = adapter.match(path.partition("?")[0], method="GET") if adapter else ("", {})
    except HTTPException:
        return None
    rule = rule_of(current_app.view_functions.get(endpoint), "GET")
    return rule.role if rule else None


def _own_page(form: PasswordForm | None = None, token_form: TokenForm | None = None, made: str | None = None) -> str:
    account = _account()
    with site().sessions() as reading:
        lines = tokens.listing(reading, utc_now(), account.id)
    return render_template(
        "accounts/own.html",
        form=form or PasswordForm(),
        token_form=token_form or TokenForm(),
        plain=Form(),
        account=account,
        tokens=lines,
        made=made,
        scopes=scopes_within(account.role),
        changed=request.args.get("changed") == "password",
    )
