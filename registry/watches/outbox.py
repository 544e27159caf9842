"""The outbox: word of events is put in together with how far a watch has looked, so that none is lost, and taken out to be sent.

A watch looks at the events by their ids. All writers wait for one another (`registry.db.lock_for_writing`), so that an event never
becomes visible behind one with a higher id. Every event goes out at least once: who sends holds a message for a while, and when the
sender was killed before it noted that the message had arrived, it is sent again, under the same id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.models import StoredAccount
from registry.db import Clock, lock_for_writing
from registry.errors import CannotBegin, RegistryError
from registry.events import Event
from registry.sentences import KeptSentence
from registry.watches import happenings
from registry.watches.happenings import Seen
from registry.watches.messages import event_json
from registry.watches.models import Installation, Watch, WatchAddress, WatchDelivery
from registry.watches.topics import Kind, Topic

MOST_IN_MAIL = 500
MOST_WAITING = 200
"""Messages of one watch that wait: more are not made before those are gone. What they would say stays in the history meanwhile."""

HOLD = timedelta(minutes=2)
"""How long who took a message keeps it from others: longer than any sending takes."""

WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""How long after each failed attempt the next one is made; when the last has failed too, the watch is stopped."""

KEPT = timedelta(days=30)
"""How long it is remembered what arrived."""

_IDS_AT_ONCE = 500


@dataclass(frozen=True)
class Parcel:
    """A message that somebody took out to send it. `to` is the mail's address or the webhook's, `secret` the latter's, sealed."""

    id: int
    message: str
    kind: str
    channel: str
    to: str
    secret: str | None
    token: str | None
    label: str
    topic: Topic | None
    body: Mapping[str, Any]
    attempts: int
    watch_id: int | None


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt, in one line. `for_good`: another attempt would be no use."""

    arrived: bool
    answer: str
    for_good: bool = False


def collect(sessions: sessionmaker[Session], clock: Clock) -> int:
    """Let every watch that is due look at the events since it last did; gives how many messages were made."""
    with sessions() as session:
        newest = happenings.head(session)
        behind = _behind(session, newest, clock())
    made, idle = 0, []
    for watch in behind:
        try:
            with sessions() as session:
                events, upto = _next(session, watch, newest)
                seen = happenings.in_words(session, events)
                name = session.get_one(Installation, 1).name
        except CannotBegin:
            raise
        except RegistryError as error:
            _stop(sessions, watch.id, f"What it watches cannot be looked for any more: {error}.")
            continue
        if not events:
            idle.append(watch)
            continue
        made += _put(sessions, watch, upto, _messages(watch, seen, name), clock())
    _advance(sessions, idle, newest)
    return made


def take(sessions: sessionmaker[Session], clock: Clock, most: int) -> list[Parcel]:
    """Take messages out that are due, of each watch the oldest: a receiver gets them in their order."""
    now = clock()
    first = (
        select(func.min(WatchDelivery.id))
        .where(WatchDelivery.state == "waiting")
        .group_by(WatchDelivery.watch_id, WatchDelivery.address_id, WatchDelivery.kind)
    )
    may_go = or_(WatchDelivery.kind != "events", Watch.state == "active")
    free = or_(WatchDelivery.held_until.is_(None), WatchDelivery.held_until <= now)
    statement = (
        select(WatchDelivery, Watch, WatchAddress)
        .outerjoin(Watch, Watch.id == WatchDelivery.watch_id)
        .outerjoin(WatchAddress, WatchAddress.id == func.coalesce(Watch.address_id, WatchDelivery.address_id))
        .join(StoredAccount, StoredAccount.id == func.coalesce(Watch.account_id, WatchAddress.account_id))
        .where(WatchDelivery.id.in_(first), WatchDelivery.due_at <= now, may_go, free, StoredAccount.disabled_at.is_(None))
        .order_by(WatchDelivery.due_at, WatchDelivery.id)
        .limit(most)
    )
    with sessions() as session:
        if session.execute(statement).first() is None:
            return []
    with sessions.begin() as session:
        lock_for_writing(session)
        parcels = []
        for delivery, watch, address in session.execute(statement):
            delivery.held_until = now + HOLD
            parcels.append(_parcel(delivery, watch, address))
        return parcels


def settle(sessions: sessionmaker[Session], parcel: Parcel, outcome: Outcome, clock: Clock) -> None:
    """Note what came of sending a parcel; nothing when the watch was deleted meanwhile."""
    now = clock()
    with sessions.begin() as session:
        lock_for_writing(session)
        delivery = session.get(WatchDelivery, parcel.id)
        if delivery is None or delivery.state != "waiting":
            return
        delivery.attempts += 1
        delivery.held_until = None
        delivery.answer = outcome.answer
        if outcome.arrived:
            delivery.state, delivery.ended_at = "delivered", now
        elif parcel.kind == "test" or (parcel.kind == "confirmation" and (outcome.for_good or delivery.attempts > len(WAITS))):
            delivery.state, delivery.ended_at = "given up", now
        elif not outcome.for_good and delivery.attempts <= len(WAITS):
            delivery.due_at = now + WAITS[delivery.attempts - 1]
        else:
            _stopped(session, parcel.watch_id, _why(delivery.attempts, outcome))


def forget(sessions: sessionmaker[Session], clock: Clock) -> None:
    """Remove what ended long ago."""
    over = (WatchDelivery.state != "waiting", WatchDelivery.ended_at < clock() - KEPT)
    with sessions() as session:
        if session.scalar(select(WatchDelivery.id).where(*over).limit(1)) is None:
            return
    with sessions.begin() as session:
        lock_for_writing(session)
        session.execute(delete(WatchDelivery).where(*over), execution_options={"synchronize_session": False})


def _behind(session: Session, newest: int, now: datetime) -> Sequence[Watch]:
    """The watches that have not looked at the newest event yet, and may say something now."""
    waiting = (
        select(WatchDelivery.watch_id)
        .where(WatchDelivery.state == "waiting", WatchDelivery.kind == "events")
        .group_by(WatchDelivery.watch_id)
        .having(func.count() >= MOST_WAITING)
    )
    statement = (
        select(Watch)
        .join(StoredAccount, StoredAccount.id == Watch.account_id)
        .where(Watch.state == "active", Watch.event_id < newest, StoredAccount.disabled_at.is_(None))
        .where(Watch.id.not_in(select(waiting.subquery().c.watch_id)))
        .order_by(Watch.id)
    )
    found = session.scalars(statement).all()
    return [one for one in found if one.told_at is None or one.told_at + timedelta(minutes=one.every_minutes) <= now]


def _next(session: Session, watch: Watch, newest: int) -> tuple[Sequence[Event], int]:
    """The next events of the watch's topic, as many as may be told at once, and up to which event it has looked then."""
    upto = watch.event_id
    events: Sequence[Event] = ()
    while not events and upto < newest:
        after, upto = upto, min(newest, upto + happenings.WINDOW)
        events = happenings.since(session, _topic(watch), after, upto, _most(watch))
    return events, events[-1].id if len(events) == _most(watch) else upto


def _topic(watch: Watch) -> Topic:
    return Topic(Kind(watch.topic), watch.key)


def _most(watch: Watch) -> int:
    return MOST_IN_MAIL if watch.channel == "mail" else MOST_WAITING


def _messages(watch: Watch, seen: Sequence[Seen], installation: str) -> list[tuple[str, dict[str, Any]]]:
    """The messages with their ids: a mail says everything at once, a webhook is called for each event."""
    told = [event_json(one, installation) for one in seen]
    if watch.channel == "webhook":
        return [(f"msg_{installation}_{watch.id}_{one.event.id}", said) for one, said in zip(seen, told, strict=True)]
    return [(f"mail_{installation}_{watch.id}_{seen[-1].event.id}", {"events": told})] if told else []


def _put(sessions: sessionmaker[Session], watch: Watch, upto: int, messages: Sequence[tuple[str, dict[str, Any]]], now: datetime) -> int:
    """Put the messages in and move the watch on, both or neither; neither when it was moved or paused meanwhile."""
    with sessions.begin() as session:
        lock_for_writing(session)
        present = session.get(Watch, watch.id)
        if present is None or present.event_id != watch.event_id or present.state != "active":
            return 0
        present.event_id = upto
        if not messages:
            return 0
        present.told_at = now
        common = {"watch_id": watch.id, "kind": "events", "made_at": now, "due_at": now, "state": "waiting", "attempts": 0}
        session.execute(insert(WatchDelivery), [common | {"message": message, "body": body} for message, body in messages])
        return len(messages)


def _advance(sessions: sessionmaker[Session], idle: Sequence[Watch], newest: int) -> None:
    """Move watches on that nothing happened to."""
    for begin in range(0, len(idle), _IDS_AT_ONCE):
        ids = [watch.id for watch in idle[begin : begin + _IDS_AT_ONCE]]
        with sessions.begin() as session:
            lock_for_writing(session)
            statement = update(Watch).where(Watch.id.in_(ids), Watch.event_id < newest).values(event_id=newest)
            session.execute(statement, execution_options={"synchronize_session": False})


def _stop(sessions: sessionmaker[Session], watch_id: int, why: str) -> None:
    with sessions.begin() as session:
        lock_for_writing(session)
        _stopped(session, watch_id, why)


def _stopped(session: Session, watch_id: int | None, why: str) -> None:
    watch = session.get(Watch, watch_id) if watch_id is not None else None
    if watch is not None:
        watch.state, watch.why = "stopped", why


def _why(attempts: int, outcome: Outcome) -> str:
    if outcome.for_good:
        return KeptSentence("The receiver wants nothing more: %(answer_text)s.", answer_text=outcome.answer)
    return KeptSentence(
        "%(attempts)s attempts to deliver failed, the last one because %(answer_text)s.", attempts=attempts, answer_text=outcome.answer
    )


def _parcel(delivery: WatchDelivery, watch: Watch | None, address: WatchAddress | None) -> Parcel:
    is_mail = watch is None or watch.channel == "mail"
    to = (address.address if address is not None else "") if is_mail or watch is None else watch.url or ""
    return Parcel(
        id=delivery.id,
        message=delivery.message,
        kind=delivery.kind,
        channel="mail" if is_mail else "webhook",
        to=to,
        secret=watch.secret if watch is not None else None,
        token=watch.token if watch is not None else None,
        label=watch.label if watch is not None else "",
        topic=_topic(watch) if watch is not None else None,
        body=delivery.body,
        attempts=delivery.attempts,
        watch_id=delivery.watch_id,
    )
