"""Events are only ever added, whatever tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from registry.events import Event, EventKind, Happening, history, record
from tests.registry.making import EPOCH

HAPPENING = Happening(EventKind.NEW, "certificate", "OCA.0016.9001.CS", None, {"document": "00"})


def change_object(session: Session) -> None:
    session.scalars(select(Event)).one().kind = "editorial"


def delete_object(session: Session) -> None:
    session.delete(session.scalars(select(Event)).one())


ATTEMPTS: dict[str, Callable[[Session], Any]] = {
    "object changed": change_object,
    "object deleted": delete_object,
    "update": lambda session: session.execute(update(Event).values(kind="editorial")),
    "delete": lambda session: session.execute(delete(Event)),
    "plain update": lambda session: session.execute(text("UPDATE event SET at = at")),
    "plain delete": lambda session: session.execute(text("DELETE FROM event WHERE id > 0")),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_nothing_can_change_or_remove_an_event(session_factory: sessionmaker[Session], attempt: Callable[[Session], Any]) -> None:
    with session_factory.begin() as session:
        record(session, EPOCH, [HAPPENING])
    with pytest.raises(IntegrityError, match="only ever added"), session_factory.begin() as session:
        attempt(session)
    with session_factory() as session:
        (kept,) = history(session, "OCA.0016.9001.CS", None)
    assert (kept.kind, kept.payload, kept.at) == (EventKind.NEW, {"document": "00"}, EPOCH)


def test_history_is_of_one_revision_and_newest_first(session: Session) -> None:
    revised = Happening(EventKind.SUBSTANTIVE, "listing", "OCA.0016.9001.CS", "update-2025-12-12", {})
    later = Happening(EventKind.AUDITED, "audit", "OCA.0016.9001.CS", None, {})
    record(session, EPOCH, [HAPPENING, revised, later])
    assert [event.kind for event in history(session, "OCA.0016.9001.CS", None)] == [EventKind.AUDITED, EventKind.NEW]
    assert [event.kind for event in history(session, "OCA.0016.9001.CS", "update-2025-12-12")] == [EventKind.SUBSTANTIVE]


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(Exception, match="a time without a zone"), session.begin_nested():
        record(session, EPOCH.replace(tzinfo=None), [HAPPENING])
