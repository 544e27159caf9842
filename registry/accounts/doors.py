"""The two doors: a browser's session and a program's token, each looked up to the account that it stands for now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.models import StoredAccount, StoredSession, StoredToken
from registry.accounts.roles import Role, Scope, granted, grants
from registry.accounts.secrets import hashed, new_secret
from registry.db import lock_for_writing, utc_now

SESSION_LASTS = timedelta(hours=12)
TOKEN_MARK = "ocppreg_"  # noqa: S105 (how tokens begin, so that one that was left lying about can be recognised)
USE_NOTED_EVERY = timedelta(minutes=5)
"""A token's last use is kept to this precision: a program that reads must not make the registry write each time."""


@dataclass(frozen=True)
class Account:
    """Who asks. `grants` is what may be done in this request: with a token, no more than its scopes allow.

    With `only_reads`, nothing that is one's own may be changed either: watches, tokens.
    """

    id: int
    name: str
    role: Role
    grants: frozenset[Role]
    only_reads: bool = False


def by_session(sessions: sessionmaker[Session], secret: str, now: datetime | None = None) -> Account | None:
    """The account that is signed in with a browser's `secret`; None when that session has ended, or the account is disabled."""
    statement = (
        select(StoredAccount)
        .join(StoredSession, StoredSession.account_id == StoredAccount.id)
        .where(
            StoredSession.secret_sha256 == hashed(secret),
            StoredSession.ends_at > (now or utc_now()),
            StoredAccount.disabled_at.is_(None),
        )
    )
    with sessions() as session:
        found = session.scalar(statement)
    if found is None:
        return None
    role = Role(found.role)
    return Account(found.id, found.name, role, grants(role))


def by_token(sessions: sessionmaker[Session], secret: str, now: datetime | None = None) -> Account | None:
    """The account that a program's token stands for, with what both allow; None for one that is unknown, ended, revoked or disabled."""
    now = now or utc_now()
    statement = (
        select(StoredToken, StoredAccount)
        .join(StoredAccount, StoredToken.account_id == StoredAccount.id)
        .where(
            StoredToken.secret_sha256 == hashed(secret),
            StoredToken.revoked_at.is_(None),
            StoredAccount.disabled_at.is_(None),
        )
    )
    with sessions() as session:
        found = session.execute(statement).one_or_none()
    if found is None:
        return None
    token, account = found
    if token.ends_at is not None and token.ends_at <= now:
        return None
    if token.used_at is None or now - token.used_at >= USE_NOTED_EVERY:
        with sessions.begin() as session:
            lock_for_writing(session)
            session.execute(update(StoredToken).where(StoredToken.id == token.id).values(used_at=now))
    role = Role(account.role)
    scopes = frozenset(map(Scope, token.scopes))
    return Account(account.id, account.name, role, granted(role, scopes), only_reads=scopes == {Scope.READ})


def begin_session(session: Session, account_id: int, now: datetime) -> str:
    """Sign an account in: the secret for the browser to keep. Sessions that have ended meanwhile are forgotten."""
    lock_for_writing(session)
    session.execute(delete(StoredSession).where(StoredSession.ends_at <= now))
    secret = new_secret()
    session.add(StoredSession(secret_sha256=hashed(secret), account_id=account_id, created_at=now, ends_at=now + SESSION_LASTS))
    return secret


def end_session(session: Session, secret: str) -> None:
    """Sign out: this browser, and whoever copied its cookie."""
    lock_for_writing(session)
    session.execute(delete(StoredSession).where(StoredSession.secret_sha256 == hashed(secret)))


def end_all_sessions(session: Session, account_id: int) -> None:
    """Sign an account out everywhere."""
    lock_for_writing(session)
    session.execute(delete(StoredSession).where(StoredSession.account_id == account_id))
