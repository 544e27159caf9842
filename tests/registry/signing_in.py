"""Signs tests in without a password: the account and its session are written where signing in would have put them."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.access import SESSION_KEY
from registry.accounts.cookies import PLAIN_NAME
from registry.accounts.doors import TOKEN_MARK, begin_session
from registry.accounts.models import StoredAccount, StoredToken
from registry.accounts.roles import Role, Scope
from registry.accounts.secrets import hashed, new_secret
from registry.db import utc_now


def account(sessions: sessionmaker[Session], role: Role, name: str | None = None) -> int:
    """The id of the account called `name` (by default as its role), made if it is not there."""
    name = name or str(role)
    with sessions.begin() as session:
        found = session.scalar(select(StoredAccount).where(StoredAccount.name_key == name))
        if found is None:
            found = StoredAccount(name=name, name_key=name, role=str(role), password_hash=None, created_at=utc_now(), disabled_at=None)
            session.add(found)
            session.flush()
        return found.id


def sign_in(client: FlaskClient, sessions: sessionmaker[Session], role: Role, name: str | None = None) -> FlaskClient:
    """Let `client` be signed in as an account of that role."""
    account_id = account(sessions, role, name)
    with sessions.begin() as session:
        secret = begin_session(session, account_id, utc_now())
    with client.session_transaction() as kept:
        kept[SESSION_KEY] = secret
    return client


def bearer(sessions: sessionmaker[Session], role: Role, *scopes: Scope) -> dict[str, str]:
    """The header with a token of an account of that role, for `scopes` (by default all)."""
    secret = TOKEN_MARK + new_secret()
    account_id = account(sessions, role)
    with sessions.begin() as session:
        session.add(
            StoredToken(
                account_id=account_id,
                label="of a test",
                secret_sha256=hashed(secret),
                scopes=[str(scope) for scope in scopes or tuple(Scope)],
                created_at=utc_now(),
                ends_at=utc_now() + timedelta(days=1),
                revoked_at=None,
                used_at=None,
            )
        )
    return {"Authorization": f"Bearer {secret}"}


def token_of(client: FlaskClient) -> str:
    """The CSRF token that forms have for `client`."""
    pages = (client.get(path).text for path in ("/about", "/sign-in"))
    found = next(filter(None, (re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page) for page in pages)))
    return found[1]


def cookie_of(client: FlaskClient) -> str:
    """What the browser of `client` holds of its session."""
    kept = client.get_cookie(PLAIN_NAME)
    assert kept is not None
    return kept.value
