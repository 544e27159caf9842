"""Signing in with a name and a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from registry.accounts import limits
from registry.accounts.doors import begin_session
from registry.accounts.models import StoredAccount
from registry.accounts.passwords import Passwords
from registry.accounts.store import find_by_name, name_key, set_password
from registry.db import lock_for_writing


@dataclass(frozen=True)
class SignedIn:
    """It is them: the `secret` for their browser to keep."""

    secret: str


@dataclass(frozen=True)
class Refused:
    """It is not, or there is no such account: nobody learns which. `wait_seconds` is set when there were too many attempts."""

    wait_seconds: int | None = None


@dataclass(frozen=True)
class _Known:
    """The password is right: of the account of that number, of which `kept` is the hash."""

    account_id: int
    kept: str


def sign_in(
    sessions: sessionmaker[Session], passwords: Passwords, name: str, password: str, address: str | None, now: datetime
) -> SignedIn | Refused:
    """Let somebody in who knows the password. The answer takes the same work whether there is an account of that name or not."""
    known = _check(sessions, passwords, name, password, address, now)
    if isinstance(known, Refused):
        return known
    kept = passwords.hashed(password) if passwords.is_outdated(known.kept) else known.kept
    with sessions.begin() as session:
        account = _unchanged(session, known)
        if account is None:
            return Refused()
        account.password_hash = kept
        limits.forgive(session, name_key(name), address)
        return SignedIn(begin_session(session, account.id, now))


def change_password(
    sessions: sessionmaker[Session], passwords: Passwords, name: str, old: str, new: str, address: str | None, now: datetime
) -> SignedIn | Refused:
    """Put `new` in the place of a password that somebody still knows. It ends all their sessions, so they are signed in anew."""
    known = _check(sessions, passwords, name, old, address, now)
    if isinstance(known, Refused):
        return known
    kept = passwords.hashed(new)
    with sessions.begin() as session:
        account = _unchanged(session, known)
        if account is None:
            return Refused()
        set_password(session, account.id, kept, clock=lambda: now)
        limits.forgive(session, name_key(name), address)
        return SignedIn(begin_session(session, account.id, now))


def _check(
    sessions: sessionmaker[Session], passwords: Passwords, name: str, password: str, address: str | None, now: datetime
) -> _Known | Refused:
    """Whether this is the password; looked at outside of any transaction, as it is meant to take its time."""
    with sessions.begin() as session:
        if wait := limits.attempt(session, name_key(name), address, now):
            return Refused(wait)
        account = find_by_name(session, name)
        kept = account.password_hash if account is not None and account.disabled_at is None else None
    if not passwords.is_right(kept, password) or account is None or kept is None:
        return Refused()
    return _Known(account.id, kept)


def _unchanged(session: Session, known: _Known) -> StoredAccount | None:
    """The account, unless its password was changed or it was disabled while the password was looked at."""
    lock_for_writing(session)
    account = session.get(StoredAccount, known.account_id)
    return account if account is not None and account.disabled_at is None and account.password_hash == known.kept else None
