"""What a registry does by itself: each chore in its turn, and none kept from its turn by another that fails."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from registry.acting import ITSELF, acting, who
from registry.errors import CannotBegin
from registry.keeping import RESTS, Chore, Keeper
from tests.registry.watches.watching import Hands


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
