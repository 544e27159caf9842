"""Accounts and tokens: one's own, and for administrators all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Response

from registry import wording
from registry.accounts import store, tokens
from registry.accounts.access import current, needs
from registry.accounts.doors import Account
from registry.accounts.roles import Role
from registry.accounts.store import AccountLine
from registry.accounts.tokens import TokenLine
from registry.api.part import Part
from registry.api.problems import Refused
from registry.api.shapes.accounts import (
    AccountChangeTaken,
    AccountShape,
    AccountsShape,
    OwnAccountShape,
)
from registry.db import utc_now
from registry.errors import CannotBegin
from registry.site import site

LARGEST_ID = 2**31

accounts = Part("accounts", "One's own account and its tokens; for administrators all of them.")


@accounts.operation("GET", "/account", gives=OwnAccountShape)
@needs(Role.READER)
def get_own_account() -> Any:
    """The account of the token, and its tokens."""
    account = own_account()
    with site().sessions() as session:
        found = tokens.listing(session, utc_now(), account.id)
    return {
        "name": account.name,
        "role": str(account.role),
        "grants": sorted(map(str, account.grants)),
        "tokens": [_token_json(one) for one in found],
    }


@accounts.operation("DELETE", "/account/tokens/<int:token_id>", status=204)
@needs(Role.READER)
def revoke_own_token(token_id: int) -> Any:
    """Let one of one's tokens open nothing any more."""
    return _revoke(token_id, own_account().id)


@accounts.operation("GET", "/accounts", gives=AccountsShape)
@needs(Role.ADMIN)
def list_accounts() -> Any:
    """All accounts and all tokens."""
    now = utc_now()
    with site().sessions() as session:
        lines, all_tokens = store.listing(session, now), tokens.listing(session, now)
    return {"accounts": [_account_json(one) for one in lines], "tokens": [_token_json(one) for one in all_tokens]}


@accounts.operation("GET", "/accounts/<int:account_id>", gives=AccountShape)
@needs(Role.ADMIN)
def get_account(account_id: int) -> Any:
    """One account."""
    return _found(account_id)


@accounts.operation(
    "PATCH",
    "/accounts/<int:account_id>",
    body=AccountChangeTaken,
    gives=AccountShape,
    fails={409: "Somebody has to be left who administers."},
)
@needs(Role.ADMIN)
def disable_account(account_id: int, body: Mapping[str, Any]) -> Any:  # noqa: ARG001 (checked: there is one thing that it can say)
    """Let nobody in by an account any more, at once.

    What lets somebody in is for who is signed in on the pages, and for no token: another account, a one-time link, another role, an account
    that was disabled.
    """
    _found(account_id)
    try:
        with site().sessions.begin() as session:
            store.disable(session, account_id)
    except CannotBegin as error:
        raise Refused(409, wording.sentence(error)) from error
    return _found(account_id)


@accounts.operation("DELETE", "/tokens/<int:token_id>", status=204)
@needs(Role.ADMIN)
def revoke_token(token_id: int) -> Any:
    """Let anybody's token open nothing any more."""
    return _revoke(token_id, None)


def own_account() -> Account:
    """The account of the token; the operation needs a role, so that there is one."""
    return cast(Account, current())


def _revoke(token_id: int, owner_id: int | None) -> Response:
    try:
        with site().sessions.begin() as session:
            if token_id >= LARGEST_ID:
                raise Refused(404, "There is no such token.")
            tokens.revoke(session, token_id, owner_id=owner_id)
    except CannotBegin as error:
        raise Refused(404, "There is no such token.") from error
    return Response(status=204)


def _found(account_id: int) -> dict[str, Any]:
    with site().sessions() as session:
        found = next((one for one in store.listing(session, utc_now()) if one.id == account_id), None)
    if found is None:
        raise Refused(404, "There is no such account.")
    return _account_json(found)


def _account_json(account: AccountLine) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "role": str(account.role),
        "state": account.state,
        "created_at": account.created_at.isoformat(),
        "link_ends_at": account.link_ends_at.isoformat() if account.link_ends_at else None,
    }


def _token_json(token: TokenLine) -> dict[str, Any]:
    return {
        "id": token.id,
        "owner": token.owner,
        "label": token.label,
        "scopes": list(map(str, token.scopes)),
        "state": token.state,
        "created_at": token.created_at.isoformat(),
        "ends_at": token.ends_at.isoformat() if token.ends_at else None,
        "used_at": token.used_at.isoformat() if token.used_at else None,
    }
