"""A watched folder: files are taken when they are whole, once each, by a clock that the test turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest.watch import POLL_SECONDS, SETTLE_SECONDS, Watch
from registry.errors import CannotBegin


class Stopped(Exception):
    """The test has seen enough."""


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(folder: Path, clock: Clock) -> Watch:
    return Watch(folder, monotonic=clock.monotonic, wait=clock.wait)


def after(watch: Watch, clock: Clock, seconds: float) -> list[str]:
    clock.wait(seconds)
    return [path.name for path in watch.look()]


def test_a_file_is_taken_when_it_has_looked_the_same_for_a_while(watch: Watch, folder: Path, clock: Clock) -> None:
    (folder / "a.txt").write_text("half")
    assert after(watch, clock, POLL_SECONDS) == []
    assert after(watch, clock, SETTLE_SECONDS - 0.1) == []
    (folder / "a.txt").write_text("half and half")
    assert after(watch, clock, SETTLE_SECONDS) == []
    assert after(watch, clock, SETTLE_SECONDS - 0.1) == []
    assert after(watch, clock, 0.2) == ["a.txt"]
    assert after(watch, clock, 1000) == []


def test_a_file_that_is_renamed_when_it_is_whole_is_taken_at_once(watch: Watch, folder: Path, clock: Clock) -> None:
    (folder / "a.pdf.part").write_text("all of it")
    assert after(watch, clock, POLL_SECONDS) == []
    assert after(watch, clock, 1000) == []
    (folder / "a.pdf.part").rename(folder / "a.pdf")
    assert after(watch, clock, POLL_SECONDS) == ["a.pdf"]
    assert after(watch, clock, POLL_SECONDS) == []


def test_a_file_that_changes_later_is_taken_again(watch: Watch, folder: Path, clock: Clock) -> None:
    (folder / "a.txt").write_text("one")
    after(watch, clock, POLL_SECONDS)
    assert after(watch, clock, SETTLE_SECONDS) == ["a.txt"]
    (folder / "a.txt").write_text("another")
    assert after(watch, clock, POLL_SECONDS) == []
    assert after(watch, clock, SETTLE_SECONDS) == ["a.txt"]


def test_a_file_that_was_exchanged_for_another_is_taken_again(watch: Watch, folder: Path, clock: Clock) -> None:
    (folder / "a.txt").write_text("one")
    after(watch, clock, POLL_SECONDS)
    assert after(watch, clock, SETTLE_SECONDS) == ["a.txt"]
    (folder / "a.txt").unlink()
    assert after(watch, clock, POLL_SECONDS) == []
    (folder / "a.txt").write_text("one")
    after(watch, clock, POLL_SECONDS)
    assert after(watch, clock, SETTLE_SECONDS) == ["a.txt"]


def test_folders_are_looked_into_and_hidden_files_are_not(watch: Watch, folder: Path, clock: Clock) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "a.txt").write_text("x")
    (folder / ".b.txt").write_text("x")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "c.txt").write_text("x")
    after(watch, clock, POLL_SECONDS)
    assert after(watch, clock, SETTLE_SECONDS) == ["a.txt"]


def test_it_runs_until_it_is_stopped(folder: Path, clock: Clock) -> None:
    (folder / "a.txt").write_text("x")
    taken: list[Sequence[Path]] = []

    def wait(seconds: float) -> None:
        clock.wait(seconds)
        if taken:
            raise Stopped

    with pytest.raises(Stopped):
        Watch(folder, monotonic=clock.monotonic, wait=wait).run(taken.append)
    assert taken == [[folder / "a.txt"]]


def test_a_folder_that_is_not_there_is_one_line(folder: Path) -> None:
    with pytest.raises(CannotBegin, match="no such folder"):
        Watch(folder / "nowhere").look()
