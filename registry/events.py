"""The history of the registry: what happened, when, to what. Events are added, never changed and never removed.

The database itself refuses both (triggers, made by the first migration), so that no later code can do it by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from registry.acting import ITSELF, VISITOR, acting, who
from registry.bulk import insert_rows
from registry.db import Base

__all__ = ["ITSELF", "VISITOR", "Event", "EventKind", "Happening", "acting", "history", "last_of", "logged", "record", "tell", "who"]


class EventKind(StrEnum):
    """What an event says about its subject."""

    NEW = "new"
    METADATA_ONLY = "metadata only"
    """Something about the subject changed, but nothing that it attests."""
    EDITORIAL = "editorial"
    """Another spelling of the same."""
    SUBSTANTIVE = "substantive"
    """It attests something else than before."""
    REISSUED = "reissued"
    """Another document under the same number and revision attests something else."""
    REREAD = "read again"
    """The same document was read differently by another version of the parser."""
    WITHDRAWN = "withdrawn"
    REAPPEARED = "reappeared"
    SET_ASIDE = "kept aside"
    """A list that misses much of the current one: kept, and not taken until somebody says so."""
    REVIEW = "for review"
    REVIEWED = "reviewed"
    """A person decided something about what was read, or about a list that was kept aside."""
    AUDITED = "audited"
    CHANGED = "changed"
    """Somebody changed something that no certificate says: an audit, a campaign, a requirement set, the fleet, an account."""
    DRIFTED = "firmware drift"
    """A device said in an audit that it runs other firmware than the fleet's row of it has."""
    DRIFT_ENDED = "firmware drift ended"
    """A device that drifted runs what the fleet's row of it has, or the row says nothing any more."""
    COVERAGE = "coverage changed"
    """Whether a certificate covers a device is answered otherwise than before."""
    REQUIREMENTS = "answered otherwise"
    """A certified product newly meets a requirement set, or does so no longer."""


SUBJECTS = (
    *("certificate", "listing", "document", "audit", "device", "fleet", "campaign"),
    *("requirements", "requirements met", "company", "watch", "account"),
)
"""The domains that events belong to."""


class Event(Base):
    """One event. `subject` is the domain that it belongs to, of `SUBJECTS`; `requirements met` is of what is worked out of several.

    `device` is the identity of the device that it is about, where it is about one.
    """

    __tablename__ = "event"
    __table_args__ = (Index(None, "number", "revision"), Index(None, "at"), Index(None, "device"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    subject: Mapped[str]
    number: Mapped[str | None]
    revision: Mapped[str]
    payload: Mapped[dict[str, Any]]
    author: Mapped[str | None]
    device: Mapped[str | None]


@dataclass(frozen=True)
class Happening:
    """An event to be recorded, or one as it is shown (then `at` is set; otherwise it may be). `subject` as in `Event`.

    `author` is who did it: whoever acts (`registry.acting`) unless named. Of what happened before authors were kept, it is None.
    """

    kind: EventKind
    subject: str
    number: str | None
    revision: str | None
    payload: Mapping[str, Any]
    at: datetime | None = None
    author: str | None = None
    device: str | None = None


def record(session: Session, at: datetime, happenings: Sequence[Happening]) -> None:
    """Append `happenings` to the history, in their order; those that do not say when they were, were `at` that time."""
    author = who()
    rows = [
        (
            *(happening.at or at, str(happening.kind), happening.subject, happening.number, happening.revision or ""),
            *(dict(happening.payload), happening.author or author, happening.device),
        )
        for happening in happenings
    ]
    insert_rows(session, Event, ("at", "kind", "subject", "number", "revision", "payload", "author", "device"), rows)


def tell(session: Session, at: datetime, subject: str, what: str, **about: Any) -> None:
    """Record that whoever acts changed something that no certificate says: `what` was done to which `subject`."""
    record(session, at, [Happening(EventKind.CHANGED, subject, None, None, {"what": what, **about})])


def history(session: Session, number: str, revision: str | None) -> tuple[Happening, ...]:
    """Everything that happened to a certificate, newest first: to the document, to its place in the list, and its audits."""
    statement = select(Event).where(Event.number == number, Event.revision == (revision or "")).order_by(Event.id.desc())
    return tuple(
        Happening(EventKind(row.kind), row.subject, row.number, row.revision or None, row.payload, row.at, row.author)
        for row in session.scalars(statement)
    )


def last_of(session: Session, subject: str, number: str, revision: str) -> EventKind | None:
    """The newest thing that happened to a certificate number as a `subject`; None when nothing ever did."""
    statement = select(Event.kind).where(Event.number == number, Event.revision == revision, Event.subject == subject)
    kind = session.scalar(statement.order_by(Event.id.desc()).limit(1))
    return EventKind(kind) if kind is not None else None


def logged(session: Session, limit: int, before: int | None = None) -> tuple[Event, ...]:
    """The last `limit` events of all, the newest first; of those before the event with the id `before`, where one is named."""
    statement = select(Event).order_by(Event.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Event.id < before)
    return tuple(session.scalars(statement))
