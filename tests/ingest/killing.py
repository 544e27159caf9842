"""A program that ingests a folder and is killed (SIGKILL) after a number of steps; run by `test_killed.py`.

A step is a statement to the database, an end of a transaction, or a file opened, moved or removed: whatever is stored is stored by
steps, so that a kill before any of them may find anything half done. Counting steps rather than time makes a kill fall where it fell
before, on any machine. The program is started once and forked for each ingest, since its start takes longer than an ingest.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from ingest import storing
from ingest.pipeline import ingest_paths
from registry import db
from registry.settings import Settings
from tests.ingest.quick import READER

_FILES = frozenset({"open", "os.rename", "os.remove"})


def ingest(home: Path, database: str, folder: Path, steps: int) -> None:
    """Ingest the folder, and be killed before the step that comes after so many."""
    left = [steps]

    def step(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    # A few at a time, however fast this machine reads, so that a kill may fall between two transactions.
    storing.MOST_TOGETHER, storing.PATIENCE_SECONDS = 3, 1e9
    settings = Settings(home=home, database=database)
    with db.opened(settings) as sessions:
        for moment in ("before_cursor_execute", "commit", "rollback"):
            event.listen(Engine, moment, step)
        sys.addaudithook(lambda name, _: step() if name in _FILES else None)
        ingest_paths(sessions, settings, [folder], processes=1, reader=READER)


def main(home: Path, database: str, folder: Path) -> None:
    """For each number of steps on standard input, ingest in a fork, and say how that ended: the signal, or its exit status as negative."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            ingest(home, database, folder, int(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
