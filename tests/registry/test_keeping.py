"""What a registry does by itself: each chore in its turn, and none kept from its turn by another that fails."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from registry.acting import ITSELF, acting, who
from registry.errors import CannotBegin
from registry.fleet import waiting
from registry.keeping import RESTS, Chore, Keeper
from registry.requirements import results
from registry.settings import Settings
from tests.registry.watches.watching import Hands


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> str:
    """One database is enough: chores have tests of their own on both."""
    path = tmp_path / "registry.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


def test_what_fails_rests_and_keeps_nothing_from_being_done() -> None:
    clock, done = Hands(), []

    def fails() -> None:
        done.append("fails")
        raise CannotBegin("the disk is full: make room")

    def works() -> None:
        done.append(who())

    keeper = Keeper([Chore("first", fails), Chore("second", works)], clock)
    with acting("somebody at the command line"):
        keeper.step()
    assert done == ["fails", ITSELF]
    clock.on(minutes=59)
    keeper.step()
    assert done == ["fails", ITSELF, ITSELF]
    clock.now += RESTS - timedelta(minutes=59)
    keeper.step()
    assert done == ["fails", ITSELF, ITSELF, "fails", ITSELF]


def test_a_disk_that_refuses_ends_nothing(tmp_path: Path) -> None:
    keeper = Keeper([Chore("reads", (tmp_path / "nothing").read_bytes)])
    keeper.step()


def test_what_somebody_sent_is_gone_after_a_day(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    kept = [settings.home / among / waiting.put(settings.home, b"rows", among) for among in (waiting.DEVICES, waiting.OFFERS)]
    token = results.keep(settings, {"offers": []})
    kept.append(settings.home / "checks" / f"{token}.json")
    keeper = Keeper.of(settings, session_factory)
    keeper.step()
    assert all(path.exists() for path in kept)
    for path in kept:
        os.utime(path, (0, 0))
    assert waiting.get(settings.home, kept[1].name, waiting.OFFERS) is None, "nor is it given before it is removed"
    keeper.step()
    assert not any(path.exists() for path in kept)
