"""Tokens: what a program shows in place of a password. Shown once; kept as a hash; never able to do more than their account is now.

Who is signed in makes them, and no token does: one that leaked would outlive its end and its revocation by those that it made.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.accounts.doors import TOKEN_MARK
from registry.accounts.models import StoredAccount, StoredToken
from registry.accounts.roles import Role, Scope, scopes_within
from registry.accounts.secrets import hashed, new_secret
from registry.accounts.store import tell
from registry.db import Clock, lock_for_writing, utc_now
from registry.errors import CannotBegin
from registry.sentences import Sentence

LONGEST_LABEL = 80
MOST_DAYS = 366
MOST_TOKENS = 50
"""Tokens of one account that can be used."""


@dataclass(frozen=True)
class TokenLine:
    """One token as its owner, and an administrator, sees it."""

    id: int
    owner: str
    label: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    has_ended: bool

    @property
    def can_be_used(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and not self.has_ended

    @property
    def state(self) -> str:
        """In a word."""
        if self.revoked_at is not None:
            return "revoked"
        return "ended" if self.has_ended else "active"


def create(session: Session, account_id: int, label: str, scopes: Collection[Scope], days: int, *, clock: Clock = utc_now) -> str:
    """Make a token that ends after so many days; gives its secret, which nobody can be told again.

    Raises CannotBegin for scopes that the account's role does not allow, and for more tokens than anybody needs.
    """
    lock_for_writing(session)
    now = clock()
    account = session.get_one(StoredAccount, account_id)
    if not scopes or not set(scopes) <= set(scopes_within(Role(account.role))):
        raise CannotBegin(
            Sentence(
                "a token of an account with the role %(role)s can be for %(scopes)s",
                role=account.role,
                scopes=", ".join(scopes_within(Role(account.role))),
            )
        )
    if not 1 <= days <= MOST_DAYS:
        raise CannotBegin(Sentence("a token ends after 1 to %(most)s days", most=MOST_DAYS))
    usable = select(func.count()).select_from(StoredToken).where(StoredToken.account_id == account_id, StoredToken.revoked_at.is_(None))
    if (session.scalar(usable.where((StoredToken.ends_at.is_(None)) | (StoredToken.ends_at > now))) or 0) >= MOST_TOKENS:
        raise CannotBegin(
            Sentence("%(name)s has %(most)s tokens already: revoke one that no program uses", name=account.name, most=MOST_TOKENS)
        )
    secret = TOKEN_MARK + new_secret()
    values = {"label": label, "secret_sha256": hashed(secret), "scopes": [str(scope) for scope in sorted(scopes)]}
    ends_at = now + timedelta(days=days)
    session.add(StoredToken(account_id=account_id, created_at=now, ends_at=ends_at, revoked_at=None, used_at=None, **values))
    tell(session, now, account.name, "token made", label=label, scopes=" ".join(sorted(scopes)))
    return secret


def revoke(session: Session, token_id: int, *, owner_id: int | None = None, clock: Clock = utc_now) -> None:
    """Let a token open nothing any more: one of the account `owner_id`, or anybody's where that is None. Raises CannotBegin."""
    lock_for_writing(session)
    token = session.get(StoredToken, token_id)
    if token is None or owner_id not in (None, token.account_id):
        raise CannotBegin(Sentence("there is no such token: load the page anew"))
    if token.revoked_at is None:
        now = clock()
        token.revoked_at = now
        tell(session, now, session.get_one(StoredAccount, token.account_id).name, "token revoked", label=token.label)


def listing(session: Session, now: datetime, owner_id: int | None = None) -> tuple[TokenLine, ...]:
    """The tokens of an account, or all, the newest first. One statement."""
    statement = select(StoredToken, StoredAccount.name).join(StoredAccount, StoredToken.account_id == StoredAccount.id)
    if owner_id is not None:
        statement = statement.where(StoredToken.account_id == owner_id)
    return tuple(_line(token, owner, now) for token, owner in session.execute(statement.order_by(StoredToken.id.desc())))


def _line(token: StoredToken, owner: str, now: datetime) -> TokenLine:
    scopes = tuple(map(Scope, token.scopes))
    ended = token.ends_at is not None and token.ends_at <= now
    return TokenLine(token.id, owner, token.label, scopes, token.created_at, token.ends_at, token.revoked_at, token.used_at, ended)
