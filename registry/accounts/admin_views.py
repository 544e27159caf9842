"""The pages by which accounts are administered, and the log of what happened here and who did it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from registry import wording
from registry.accounts import store, tokens
from registry.accounts.access import current, needs
from registry.accounts.forms import InviteForm
from registry.accounts.roles import Role
from registry.db import utc_now
from registry.errors import CannotBegin
from registry.events import logged
from registry.forms import Form
from registry.site import site

LOG_LINES = 100

administration = Blueprint("administration", __name__, url_prefix="/admin")


@administration.get("/accounts")
@needs(Role.ADMIN)
def index() -> str:
    """All accounts and their tokens."""
    return _page()


@administration.post("/accounts")
@needs(Role.ADMIN)
def invite() -> ResponseReturnValue:
    """Make an account; the page shows, this once, the link for its owner."""
    form = InviteForm(request.form)
    if not form.validate_on_submit():
        return _page(form), 400
    try:
        with site().sessions.begin() as writing:
            secret = store.invite(writing, str(form.name.data), Role(str(form.role.data)))
    except CannotBegin as error:
        form.name.errors = (wording.sentence(error),)
        return _page(form), 400
    return _page(link=(str(form.name.data), secret))


@administration.post("/accounts/<int:account_id>/link")
@needs(Role.ADMIN)
def link(account_id: int) -> ResponseReturnValue:
    """Another link for somebody who lost the password, or the link."""
    try:
        with site().sessions.begin() as writing:
            name = store.find(writing, account_id).name
            secret = store.new_link(writing, account_id)
    except CannotBegin as error:
        return _page(problem=wording.sentence(error)), 409
    return _page(link=(name, secret))


@administration.post("/accounts/<int:account_id>/role")
@needs(Role.ADMIN)
def role(account_id: int) -> ResponseReturnValue:
    """Give an account another role."""
    wanted = request.form.get("role", "")
    if wanted not in list(Role):
        abort(400, _("There is no such role."))
    return _change(account_id, lambda writing: store.change_role(writing, account_id, Role(wanted)))


@administration.post("/accounts/<int:account_id>/disable")
@needs(Role.ADMIN)
def disable(account_id: int) -> ResponseReturnValue:
    """Let nobody in by an account any more."""
    return _change(account_id, lambda writing: store.disable(writing, account_id))


@administration.post("/accounts/<int:account_id>/enable")
@needs(Role.ADMIN)
def enable(account_id: int) -> ResponseReturnValue:
    """Let a disabled account in again."""
    return _change(account_id, lambda writing: store.enable(writing, account_id))


@administration.post("/tokens/<int:token_id>/revoke")
@needs(Role.ADMIN)
def revoke(token_id: int) -> ResponseReturnValue:
    """Let anybody's token open nothing any more."""
    return _change(None, lambda writing: tokens.revoke(writing, token_id))


@administration.get("/log")
@needs(Role.ADMIN)
def log() -> str:
    """What happened, the newest first, and who did it."""
    before = request.args.get("before", "")
    with site().sessions() as reading:
        lines = logged(reading, LOG_LINES + 1, int(before) if before.isdecimal() and len(before) < 18 else None)
    following = lines[LOG_LINES - 1].id if len(lines) > LOG_LINES else None
    return render_template("accounts/log.html", lines=lines[:LOG_LINES], following=following)


def _change(account_id: int | None, change: Callable[[Session], None]) -> ResponseReturnValue:
    """Carry a change out, and show the list again."""
    try:
        with site().sessions.begin() as writing:
            change(writing)
    except CannotBegin as error:
        return _page(problem=wording.sentence(error)), 409
    return redirect(url_for(".index", _anchor=f"account-{account_id}" if account_id else "tokens"), 303)


def _page(form: InviteForm | None = None, *, link: tuple[str, str] | None = None, problem: str | None = None) -> str:
    now = utc_now()
    with site().sessions() as reading:
        lines, all_tokens = store.listing(reading, now), tokens.listing(reading, now)
    return render_template(
        "accounts/accounts.html",
        form=form or InviteForm(),
        plain=Form(),
        accounts=lines,
        tokens=[one for one in all_tokens if one.can_be_used],
        roles=list(Role),
        link=(link[0], site().settings.public_address or request.host_url, link[1]) if link else None,
        link_days=store.LINK_LASTS.days,
        problem=problem,
        account=current(),
    )
