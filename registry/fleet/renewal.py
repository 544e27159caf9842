"""Matches the fleet one process at a time, and by itself where anything changed that its answers depend on.

Two at a time would tell of each change twice, and the one that had looked earlier could store its answers later.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from registry import errands
from registry.db import Clock, utc_now
from registry.fleet.matching import Tally, match_fleet
from registry.fleet.queries import standing
from registry.settings import Settings

RESTS = timedelta(minutes=10)
"""How long after a matching the next one begins by itself: a large fleet takes a minute, and certificates may be coming in all day."""

_LOCK = ".matching.lock"


def match_in_turn(
    settings: Settings, sessions: sessionmaker[Session], *, told: errands.Tell = errands.untold, clock: Clock = utc_now
) -> Tally:
    """As `match_fleet`, after whoever is at it has ended."""
    with _turn(settings, waits=True):
        return match_fleet(sessions, told=told, clock=clock)


def is_at_work(settings: Settings) -> bool:
    """Whether the fleet is being matched: whoever waits for a page should not wait for that."""
    with _turn(settings, waits=False) as is_mine:
        return not is_mine


def renew(settings: Settings, sessions: sessionmaker[Session], *, clock: Clock = utc_now) -> int:
    """Match the fleet where its answers are of before something changed; gives how many devices were matched.

    Nothing is done where it was matched just now (`RESTS`), or another process is at it.
    """
    with sessions() as session:
        stands = standing(session)
    if not stands.stale or (stands.last is not None and clock() < stands.last.matched_at + RESTS):
        return 0
    with _turn(settings, waits=False) as is_mine:
        return match_fleet(sessions, clock=clock).total if is_mine else 0


@contextmanager
def _turn(settings: Settings, *, waits: bool) -> Iterator[bool]:
    """Whether nobody else matches the fleet until the block ends; where it `waits`, it is so."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
