"""What an account keeps watch over: made, looked at, paused, ended; and the addresses that its mail goes to."""

from __future__ import annotations

import secrets
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from registry.accounts.models import StoredAccount
from registry.certificates.closed import refuse_unknown
from registry.db import Clock, lock_for_writing, utc_now
from registry.errors import RegistryError
from registry.events import tell
from registry.fleet.query import refuse_unknown as refuse_unknown_devices
from registry.mail import is_address
from registry.outgoing import may_be_public, problem_with, shown
from registry.sentences import KeptSentence, Sentence
from registry.settings import PRIVATE_VARIABLE, Settings
from registry.vault import Vault
from registry.watches import naming
from registry.watches.happenings import head
from registry.watches.messages import test_json
from registry.watches.models import Watch, WatchAddress, WatchDelivery
from registry.watches.sending import schemes
from registry.watches.signing import new_secret
from registry.watches.topics import Kind, Topic

MOST_WATCHES = 200
MOST_ADDRESSES = 5
SHOWN_DELIVERIES = 20
ASKED_AGAIN = timedelta(minutes=10)
CONFIRMED_WITHIN = timedelta(days=7)
TESTED_AGAIN = timedelta(seconds=30)
INTERVALS = {0: "at once", 60: "at most once an hour", 1440: "at most once a day", 10080: "at most once a week"}
"""How often word may go out, in minutes, and how that is said."""


@dataclass(frozen=True)
class Wanted:
    """What a person asks for: either the id of an address of theirs, or the address of a webhook."""

    topic: Topic
    every_minutes: int
    address_id: int | None = None
    url: str | None = None


@dataclass(frozen=True)
class AddressView:
    """An address of an account."""

    id: int
    address: str
    confirmed: bool
    asked_at: datetime


@dataclass(frozen=True)
class DeliveryView:
    """A message, as a list shows it. `events` counts what it told."""

    kind: str
    state: str
    made_at: datetime
    ended_at: datetime | None
    due_at: datetime
    attempts: int
    answer: str | None
    title: str
    events: int


@dataclass(frozen=True)
class WatchView:
    """A watch, as its owner sees it. `to` is where word goes; `deliveries` the last ones, the newest first, where they were asked for."""

    id: int
    topic: Topic
    label: str
    channel: str
    to: str
    confirmed: bool
    every_minutes: int
    state: str
    why: str | None
    made_at: datetime
    told_at: datetime | None
    deliveries: tuple[DeliveryView, ...] = ()

    @property
    def every(self) -> str:
        """How often word may go out, in words."""
        return INTERVALS.get(self.every_minutes, f"at most every {self.every_minutes} minutes")


def listed(session: Session, account_id: int) -> tuple[WatchView, ...]:
    """The account's watches, the newest first. One statement."""
    return tuple(_view(watch, address) for watch, address in session.execute(_of(account_id).order_by(Watch.id.desc())))


def addresses(session: Session, account_id: int) -> tuple[AddressView, ...]:
    """The account's addresses. One statement."""
    found = session.scalars(select(WatchAddress).where(WatchAddress.account_id == account_id).order_by(WatchAddress.id))
    return tuple(AddressView(one.id, one.address, one.confirmed_at is not None, one.asked_at) for one in found)


def view(session: Session, account_id: int, watch_id: int) -> WatchView | None:
    """One watch of the account with its last deliveries; None when it has none of that id. Two statements."""
    found = session.execute(_of(account_id).where(Watch.id == watch_id)).one_or_none()
    if found is None:
        return None
    newest = select(WatchDelivery).where(WatchDelivery.watch_id == watch_id).order_by(WatchDelivery.id.desc()).limit(SHOWN_DELIVERIES)
    return _view(found[0], found[1], tuple(map(_delivery, session.scalars(newest))))


def create(
    session: Session, settings: Settings, account_id: int, wanted: Wanted, vault: Vault, *, clock: Clock = utc_now
) -> tuple[int, str | None]:
    """Keep watch from now on; gives the watch's id and, for a webhook, its secret, which nobody is told a second time.

    Raises RegistryError, with the remedy, for what cannot be.
    """
    lock_for_writing(session)
    _refuse_impossible(session, wanted.topic)
    label = naming.name(session, wanted.topic)
    if label is None:
        raise RegistryError(
            Sentence("This registry has nothing of that name to keep watch over: use the link on the page of what you mean")
        )
    if wanted.every_minutes not in INTERVALS:
        raise RegistryError(
            Sentence(
                "Word cannot go out every %(every_minutes)s minutes: choose one of the intervals that are offered",
                every_minutes=wanted.every_minutes,
            )
        )
    _check_number(session, account_id)
    secret = None
    if wanted.url is not None:
        check_webhook(settings, wanted.url)
        secret = new_secret()
    else:
        _own_address(session, account_id, wanted.address_id)
    _check_twice(session, account_id, wanted)
    watch = Watch(
        account_id=account_id,
        topic=str(wanted.topic.kind),
        key=wanted.topic.key,
        label=label,
        channel="mail" if wanted.url is None else "webhook",
        address_id=wanted.address_id if wanted.url is None else None,
        url=wanted.url,
        secret=vault.seal(secret) if secret is not None else None,
        every_minutes=wanted.every_minutes if wanted.url is None else 0,
        state="active",
        token=secrets.token_urlsafe(24),
        event_id=head(session),
        made_at=clock(),
    )
    session.add(watch)
    session.flush()
    tell(session, watch.made_at, "watch", "made", watch=watch.id, channel=watch.channel)
    return watch.id, secret


def _refuse_impossible(session: Session, topic: Topic) -> None:
    """Raise RegistryError for what would never tell anything: a search for a value that nothing can have."""
    if topic.kind is Kind.SEARCH:
        refuse_unknown(lambda: nullcontext(session), topic.search)
    elif topic.kind is Kind.FLEET:
        refuse_unknown_devices(topic.fleet)


def check_webhook(settings: Settings, url: str) -> None:
    """Raise RegistryError unless this is an address that a webhook may have. Where its name leads is looked at when it is called."""
    problem = problem_with(url, schemes(settings))
    if problem is None and not settings.allow_private_addresses and not may_be_public(urlsplit(url).hostname or ""):
        problem = KeptSentence(
            "is in a private network, which is not called; the operator of this registry could set %(variable)s=1",
            variable=PRIVATE_VARIABLE,
        )
    if problem is not None:
        raise RegistryError(Sentence("%(address)s: %(problem_text)s", address=shown(url), problem_text=problem))


def move(session: Session, account_id: int, watch_id: int, state: Literal["active", "paused"], *, clock: Clock = utc_now) -> bool:
    """Pause a watch, or go on with one that was paused or stopped: it goes on where it was. False where the account has none such."""
    lock_for_writing(session)
    watch = _owned(session, account_id, watch_id)
    if watch is None:
        return False
    watch.state, watch.why = state, None
    if state == "active":
        waiting = select(WatchDelivery).where(WatchDelivery.watch_id == watch_id, WatchDelivery.state == "waiting")
        for delivery in session.scalars(waiting):
            delivery.attempts, delivery.due_at = 0, clock()
    tell(session, clock(), "watch", state, watch=watch_id)
    return True


def remove(session: Session, account_id: int, watch_id: int) -> bool:
    """Delete a watch with what it still had to say. False where the account has none such."""
    lock_for_writing(session)
    watch = _owned(session, account_id, watch_id)
    if watch is not None:
        session.delete(watch)
        tell(session, utc_now(), "watch", "removed", watch=watch_id)
    return watch is not None


def ask_test(session: Session, account_id: int, watch_id: int, *, clock: Clock = utc_now) -> bool:
    """Put a message in that says that it is a test. False where the account has no such watch, or asked only just now."""
    lock_for_writing(session)
    watch = _owned(session, account_id, watch_id)
    now = clock()
    recent = select(WatchDelivery.id).where(
        WatchDelivery.watch_id == watch_id, WatchDelivery.kind == "test", WatchDelivery.made_at > now - TESTED_AGAIN
    )
    if watch is None or session.scalar(recent.limit(1)) is not None:
        return False
    _put(session, now, f"test_{secrets.token_hex(16)}", "test", test_json(watch.label, now), watch_id=watch_id)
    return True


def renew_secret(session: Session, account_id: int, watch_id: int, vault: Vault) -> str | None:
    """Give a webhook another secret, which is told this once; what waits is signed with it, too. None where there is no such webhook."""
    lock_for_writing(session)
    watch = _owned(session, account_id, watch_id)
    if watch is None or watch.channel != "webhook":
        return None
    secret = new_secret()
    watch.secret = vault.seal(secret)
    tell(session, utc_now(), "watch", "secret renewed", watch=watch_id)
    return secret


def by_token(session: Session, token: str) -> Watch | None:
    """The watch that a mail's link ends."""
    return session.scalar(select(Watch).where(Watch.token == token))


def end(session: Session, token: str) -> bool:
    """Pause the watch that a mail's link ends; whoever has the account can go on with it. False where there is none such any more."""
    lock_for_writing(session)
    watch = by_token(session, token)
    if watch is not None:
        watch.state, watch.why = "paused", KeptSentence("It was ended by the link in a mail.")
        tell(session, utc_now(), "watch", "ended by its link", watch=watch.id)
    return watch is not None


def add_address(session: Session, settings: Settings, account_id: int, address: str, vault: Vault, *, clock: Clock = utc_now) -> None:
    """Ask at an address whether it is its owner's; again where it was not confirmed. Raises RegistryError, with the remedy."""
    lock_for_writing(session)
    if settings.mail is None:
        raise RegistryError(Sentence("This installation sends no mail: its operator has not said through which server"))
    text, now = address.strip(), clock()
    if not is_address(text):
        raise RegistryError(Sentence("“%(address)s” is no e-mail address: write one, as name@example.org", address=text[:80]))
    own = session.scalars(select(WatchAddress).where(WatchAddress.account_id == account_id)).all()
    found = next((one for one in own if one.address.casefold() == text.casefold()), None)
    if found is None and len(own) >= MOST_ADDRESSES:
        raise RegistryError(Sentence("An account can have %(most_addresses)s addresses: remove one first", most_addresses=MOST_ADDRESSES))
    if found is not None and found.confirmed_at is not None:
        raise RegistryError(Sentence("%(address)s is confirmed already", address=found.address))
    if any(one.asked_at > now - ASKED_AGAIN and one.confirmed_at is None for one in own):
        raise RegistryError(Sentence("A mail with a link was sent only just now: look for it, or wait ten minutes and ask again"))
    secret = secrets.token_urlsafe(24)
    if found is None:
        found = WatchAddress(account_id=account_id, address=text)
        session.add(found)
    found.secret_sha256, found.asked_at = _hashed(secret), now
    session.flush()
    _put(session, now, f"confirm_{secrets.token_hex(16)}", "confirmation", {"secret": vault.seal(secret)}, address_id=found.id)
    tell(session, now, "watch", "address given", address=found.id)


def awaiting(session: Session, secret: str, *, clock: Clock = utc_now) -> WatchAddress | None:
    """The address that a link confirms; None for a link that is too old, used, or none."""
    statement = select(WatchAddress).join(StoredAccount, StoredAccount.id == WatchAddress.account_id)
    return session.scalar(
        statement.where(
            WatchAddress.secret_sha256 == _hashed(secret),
            WatchAddress.asked_at > clock() - CONFIRMED_WITHIN,
            StoredAccount.disabled_at.is_(None),
        )
    )


def confirm(session: Session, secret: str, *, clock: Clock = utc_now) -> str | None:
    """Confirm the address that the link is of; gives it, None as `awaiting`."""
    lock_for_writing(session)
    found = awaiting(session, secret, clock=clock)
    if found is None:
        return None
    now = clock()
    found.confirmed_at, found.secret_sha256 = now, None
    tell(session, now, "watch", "address confirmed", address=found.id)
    return found.address


def remove_address(session: Session, account_id: int, address_id: int) -> bool:
    """Remove an address with the watches that send there. False where the account has none such."""
    lock_for_writing(session)
    found = session.scalar(select(WatchAddress).where(WatchAddress.id == address_id, WatchAddress.account_id == account_id))
    if found is not None:
        session.delete(found)
        tell(session, utc_now(), "watch", "address removed", address=address_id)
    return found is not None


def _of(account_id: int) -> Any:
    statement = select(Watch, WatchAddress).outerjoin(WatchAddress, WatchAddress.id == Watch.address_id)
    return statement.where(Watch.account_id == account_id)


def _owned(session: Session, account_id: int, watch_id: int) -> Watch | None:
    return session.scalar(select(Watch).where(Watch.id == watch_id, Watch.account_id == account_id))


def _check_number(session: Session, account_id: int) -> None:
    present = session.scalar(select(func.count()).select_from(Watch).where(Watch.account_id == account_id)) or 0
    if present >= MOST_WATCHES:
        raise RegistryError(Sentence("An account can have %(most_watches)s watches: delete one first", most_watches=MOST_WATCHES))


def _own_address(session: Session, account_id: int, address_id: int | None) -> None:
    owned = select(WatchAddress).where(WatchAddress.id == address_id, WatchAddress.account_id == account_id)
    found = session.scalar(owned) if address_id is not None else None
    if found is None or found.confirmed_at is None:
        raise RegistryError(Sentence("Mail can only go to an address of yours that you confirmed: choose one, or add it first"))


def _check_twice(session: Session, account_id: int, wanted: Wanted) -> None:
    same = (Watch.account_id == account_id, Watch.topic == str(wanted.topic.kind), Watch.key == wanted.topic.key)
    place = Watch.url == wanted.url if wanted.url is not None else Watch.address_id == wanted.address_id
    if session.scalar(select(Watch.id).where(*same, place).limit(1)) is not None:
        raise RegistryError(Sentence("You keep watch over that already, and word goes to the same place: look at it among your watches"))


def _put(session: Session, now: datetime, message: str, kind: str, body: dict[str, Any], **of: int) -> None:
    common = {"made_at": now, "due_at": now, "state": "waiting", "attempts": 0}
    session.execute(insert(WatchDelivery).values(message=message, kind=kind, body=body, **common, **of))


def _view(watch: Watch, address: WatchAddress | None, deliveries: tuple[DeliveryView, ...] = ()) -> WatchView:
    return WatchView(
        id=watch.id,
        topic=Topic(Kind(watch.topic), watch.key),
        label=watch.label,
        channel=watch.channel,
        to=watch.url or (address.address if address is not None else ""),
        confirmed=address is None or address.confirmed_at is not None,
        every_minutes=watch.every_minutes,
        state=watch.state,
        why=watch.why,
        made_at=watch.made_at,
        told_at=watch.told_at,
        deliveries=deliveries,
    )


def _delivery(delivery: WatchDelivery) -> DeliveryView:
    events = delivery.body.get("events", [delivery.body])
    title = str(events[0].get("data", {}).get("title", "")) if events else ""
    return DeliveryView(
        kind=delivery.kind,
        state=delivery.state,
        made_at=delivery.made_at,
        ended_at=delivery.ended_at,
        due_at=delivery.due_at,
        attempts=delivery.attempts,
        answer=delivery.answer,
        title=title,
        events=len(events),
    )


def _hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
