"""Accounts as they are kept: invited, given a password by a one-time link, changed, disabled. Each change is told with its author.

Whoever calls hands in a session inside a transaction and commits it. Times come from the clock that is handed in, in UTC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from registry.accounts.doors import end_all_sessions
from registry.accounts.models import StoredAccount, StoredLink
from registry.accounts.roles import Role
from registry.accounts.secrets import hashed, new_secret
from registry.db import Clock, lock_for_writing, utc_now
from registry.errors import CannotBegin
from registry.events import EventKind, Happening, record
from registry.sentences import Sentence

FIRST_ADMIN = "admin"
LINK_LASTS = timedelta(days=3)
LONGEST_NAME = 64
MOST_ACCOUNTS = 10_000
NAME_RULE = Sentence("Names of accounts have 2 to 64 letters, digits, and . _ @ + - between them.")
_NAME = re.compile(r"\w[\w.@+-]{1,63}")


@dataclass(frozen=True)
class AccountLine:
    """One account as it is shown to administrators. `invited` is a link that waits to be used, by when it ends."""

    id: int
    name: str
    role: Role
    has_password: bool
    is_disabled: bool
    created_at: datetime
    link_ends_at: datetime | None

    @property
    def state(self) -> str:
        """In a word."""
        if self.is_disabled:
            return "disabled"
        return "active" if self.has_password else "invited"


def name_key(name: str) -> str:
    """By what names are told from each other: however they are written, and whichever way their letters are put together."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def listing(session: Session, now: datetime) -> tuple[AccountLine, ...]:
    """All accounts by name. One statement."""
    ends = select(func.max(StoredLink.ends_at)).where(StoredLink.account_id == StoredAccount.id, StoredLink.ends_at > now)
    found = session.execute(select(StoredAccount, ends.scalar_subquery()).order_by(StoredAccount.name_key))
    return tuple(_line(account, link_ends_at) for account, link_ends_at in found)


def find(session: Session, account_id: int) -> AccountLine:
    """One account. Raises CannotBegin when there is none of that number."""
    return _line(_stored(session, account_id), None)


def find_by_name(session: Session, name: str) -> StoredAccount | None:
    """The account that is called so, as it is kept."""
    return session.scalar(select(StoredAccount).where(StoredAccount.name_key == name_key(name)))


def invite(session: Session, name: str, role: Role, *, clock: Clock = utc_now) -> str:
    """Make an account; gives the secret of the link by which its owner sets the password. Raises CannotBegin for a name that cannot be."""
    lock_for_writing(session)
    now = clock()
    account = _add(session, name, role, now)
    tell(session, now, account.name, "invited", role=str(role))
    return _link(session, account.id, now)


def new_link(session: Session, account_id: int, *, clock: Clock = utc_now) -> str:
    """Another link, for one that was lost or not used in time; earlier ones end. The password holds until the link is used."""
    lock_for_writing(session)
    now = clock()
    account = _stored(session, account_id)
    if account.disabled_at is not None:
        raise CannotBegin(Sentence("%(name)s is disabled: enable the account first", name=account.name))
    tell(session, now, account.name, "new link")
    return _link(session, account.id, now)


def link_owner(session: Session, secret: str, *, clock: Clock = utc_now) -> str | None:
    """The name of the account whose password this link sets; None for a link that was used, has ended or never was."""
    account = _of_link(session, secret, clock())
    return account.name if account else None


def use_link(session: Session, secret: str, password_hash: str, *, clock: Clock = utc_now) -> int | None:
    """Set the password by a link, which then is used up; gives the account's number, or None as `link_owner` does."""
    lock_for_writing(session)
    now = clock()
    account = _of_link(session, secret, now)
    if account is None:
        return None
    account.password_hash = password_hash
    session.execute(delete(StoredLink).where(StoredLink.account_id == account.id))
    end_all_sessions(session, account.id)
    tell(session, now, account.name, "password set by link", author=account.name)
    return account.id


def set_password(session: Session, account_id: int, password_hash: str, *, clock: Clock = utc_now) -> None:
    """Change a password; whoever was signed in with the old one no longer is, and links to set one end."""
    lock_for_writing(session)
    account = _stored(session, account_id)
    account.password_hash = password_hash
    session.execute(delete(StoredLink).where(StoredLink.account_id == account_id))
    end_all_sessions(session, account_id)
    tell(session, clock(), account.name, "password changed")


def change_role(session: Session, account_id: int, role: Role, *, clock: Clock = utc_now) -> None:
    """Give an account another role; it holds from its next request on, for its tokens too."""
    lock_for_writing(session)
    account = _stored(session, account_id)
    if account.role == role:
        return
    _keep_an_admin(session, account, remains=role is Role.ADMIN)
    tell(session, clock(), account.name, "role changed", old=account.role, role=str(role))
    account.role = str(role)


def disable(session: Session, account_id: int, *, clock: Clock = utc_now) -> None:
    """Let nobody in by this account any more: its sessions and links end, and its tokens open nothing."""
    lock_for_writing(session)
    now = clock()
    account = _stored(session, account_id)
    if account.disabled_at is not None:
        return
    _keep_an_admin(session, account, remains=False)
    account.disabled_at = now
    session.execute(delete(StoredLink).where(StoredLink.account_id == account_id))
    end_all_sessions(session, account_id)
    tell(session, now, account.name, "disabled")


def enable(session: Session, account_id: int, *, clock: Clock = utc_now) -> None:
    """Let a disabled account in again, with the password and the tokens that it had."""
    lock_for_writing(session)
    account = _stored(session, account_id)
    if account.disabled_at is None:
        return
    account.disabled_at = None
    tell(session, clock(), account.name, "enabled")


def first_admin_link(session: Session, *, clock: Clock = utc_now) -> str | None:
    """As long as nobody can administer here: the secret of a new link for the first admin, whose account is made when it is missing."""
    lock_for_writing(session)
    if session.scalar(select(func.count()).select_from(StoredAccount).where(*_ADMINISTERS)):
        return None
    now = clock()
    account = find_by_name(session, FIRST_ADMIN)
    if account is None:
        account = _add(session, FIRST_ADMIN, Role.ADMIN, now)
        tell(session, now, account.name, "invited", role=str(Role.ADMIN))
    elif account.role != Role.ADMIN or account.disabled_at is not None:
        return None  # Somebody made it something else: only `ocpp-registry account` may overrule a person.
    return _link(session, account.id, now)


def tell(session: Session, now: datetime, name: str, what: str, *, author: str | None = None, **more: str) -> None:
    """Record what changed about the account called `name`."""
    payload: Mapping[str, str] = {"what": what, "account": name, **more}
    record(session, now, [Happening(EventKind.CHANGED, "account", None, None, payload, author=author)])


_ADMINISTERS = (StoredAccount.role == Role.ADMIN, StoredAccount.password_hash.is_not(None), StoredAccount.disabled_at.is_(None))


def _keep_an_admin(session: Session, account: StoredAccount, *, remains: bool) -> None:
    """Refuse to take the last one away who can administer: nobody could undo it."""
    if remains or account.role != Role.ADMIN:
        return
    others = select(func.count()).select_from(StoredAccount).where(*_ADMINISTERS, StoredAccount.id != account.id)
    if not session.scalar(others):
        raise CannotBegin(
            Sentence("%(name)s is the only account that can administer this registry: give another one that role first", name=account.name)
        )


def _add(session: Session, name: str, role: Role, now: datetime) -> StoredAccount:
    name = unicodedata.normalize("NFKC", name).strip()
    if not _NAME.fullmatch(name):
        raise CannotBegin(NAME_RULE)
    if find_by_name(session, name) is not None:
        raise CannotBegin(
            Sentence("there is an account called %(name)s already: choose another name, or send a new link to that one", name=name)
        )
    if (session.scalar(select(func.count()).select_from(StoredAccount)) or 0) >= MOST_ACCOUNTS:
        raise CannotBegin(Sentence("there are %(most)s accounts already, and no more are kept", most=MOST_ACCOUNTS))
    values = {"name": name, "name_key": name_key(name), "role": str(role), "created_at": now}
    account = StoredAccount(**values, password_hash=None, disabled_at=None)
    session.add(account)
    session.flush()
    return account


def _link(session: Session, account_id: int, now: datetime) -> str:
    session.execute(delete(StoredLink).where((StoredLink.account_id == account_id) | (StoredLink.ends_at <= now)))
    secret = new_secret()
    session.add(StoredLink(secret_sha256=hashed(secret), account_id=account_id, created_at=now, ends_at=now + LINK_LASTS))
    session.flush()
    return secret


def _of_link(session: Session, secret: str, now: datetime) -> StoredAccount | None:
    statement = (
        select(StoredAccount)
        .join(StoredLink, StoredLink.account_id == StoredAccount.id)
        .where(StoredLink.secret_sha256 == hashed(secret), StoredLink.ends_at > now, StoredAccount.disabled_at.is_(None))
    )
    return session.scalar(statement)


def _stored(session: Session, account_id: int) -> StoredAccount:
    found = session.get(StoredAccount, account_id)
    if found is None:
        raise CannotBegin(Sentence("there is no such account: the list of accounts has them all"))
    return found


def _line(account: StoredAccount, link_ends_at: datetime | None) -> AccountLine:
    return AccountLine(
        account.id,
        account.name,
        Role(account.role),
        account.password_hash is not None,
        account.disabled_at is not None,
        account.created_at,
        link_ends_at,
    )
