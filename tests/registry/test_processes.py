"""Processes under one roof: which of them the others can do without."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from registry.processes import AGAIN_SECONDS, ProcessGroup

LASTS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def group() -> ProcessGroup:
    return ProcessGroup(dict(os.environ))


def test_a_child_that_is_needed_ends_everything(group: ProcessGroup) -> None:
    group.start("lasts", LASTS)
    group.start("ends", [sys.executable, "-c", ""])
    try:
        assert group.wait() == "ends"
        assert group.running("lasts")
    finally:
        group.stop()
    assert not group.running("lasts")


def test_a_child_that_is_dispensable_is_started_again(group: ProcessGroup, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    now = [0.0]

    def clock() -> float:
        now[0] += AGAIN_SECONDS / 4
        if noted.exists() and noted.read_text().count("begun") >= 3:
            group.stopping.set()
        return now[0]

    group.clock = clock
    group.start("lasts", LASTS)
    group.start("ends", [sys.executable, "-c", f"open({str(noted)!r}, 'a').write('begun\\n')"], is_dispensable=True)
    try:
        assert group.wait() is None
        assert group.running("lasts"), "the others go on"
    finally:
        group.stop()
    assert now[0] >= 2 * AGAIN_SECONDS
