"""Work that takes longer than a browser waits: done by a process of its own, its outcome kept for a day under an unguessable id.

The process holds a lock for as long as it lives, which it was born with: whoever finds the lock free and no outcome knows that it was
stopped, whatever stopped it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from registry.acting import who
from registry.db import utc_now
from registry.errors import CannotBegin
from registry.settings import DATABASE_VARIABLE, HOME_VARIABLE, Settings

KEPT_SECONDS = 24 * 3600.0
TOLD_SECONDS = 0.5
ROOT = Path(__file__).resolve().parent.parent
_ID = re.compile(r"[0-9a-f]{32}")


class State(StrEnum):
    """How far an errand is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It could not be done, and `problem` says why."""
    INTERRUPTED = "interrupted"
    """Its process was stopped: how far it came, only what it was about can tell."""


@dataclass(frozen=True)
class Progress:
    """How far an errand is: so many of `of`, which is None where nobody knows how many there will be. `step` says of what."""

    step: str
    done: int
    of: int | None


@dataclass(frozen=True)
class Errand:
    """Something that is to be done: `what`, with what it is `given`, for `author`.

    `progress` is there while it runs and has said how far it is, `outcome` once it is done.
    """

    id: str
    what: str
    given: Mapping[str, Any]
    author: str
    began: datetime
    state: State
    outcome: Mapping[str, Any]
    problem: str | None = None
    progress: Progress | None = None


Tell = Callable[[str, int, int | None], None]
"""Says how far something is: the step, how many are done, and of how many where that is known."""


def untold(_step: str, _done: int, _of: int | None) -> None:
    """For what nobody waits for."""


def begin(settings: Settings, what: str, given: Mapping[str, Any]) -> str:
    """Have a process of its own do it; gives the errand's id. Raises CannotBegin where nothing can be written or started."""
    folder = _folder(settings)
    errand_id = secrets.token_hex(16)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder)
        _write(folder / f"{errand_id}.json", {"what": what, "given": dict(given), "author": who(), "began": utc_now().isoformat()})
        lock = os.open(folder / f"{errand_id}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _start(settings, errand_id, lock)
        finally:
            os.close(lock)
    except OSError as error:
        raise CannotBegin(f"{folder} cannot be used ({error.strerror}): make room, or check its permissions") from error
    return errand_id


def find(settings: Settings, errand_id: str) -> Errand | None:
    """The errand; None for none of that id, and for one whose day is over."""
    if not _ID.fullmatch(errand_id):
        return None
    folder = _folder(settings)
    try:
        told = json.loads((folder / f"{errand_id}.json").read_text(encoding="utf-8"))
        # Asked before the outcome is looked for: it is written while the lock is held.
        is_running = _is_held(folder / f"{errand_id}.lock")
        ended = folder / f"{errand_id}.outcome.json"
        outcome = json.loads(ended.read_text(encoding="utf-8")) if ended.exists() else None
    except FileNotFoundError:
        return None
    began = datetime.fromisoformat(told["began"])
    if outcome is None:
        state = State.RUNNING if is_running else State.INTERRUPTED
        progress = _progress(folder / f"{errand_id}.progress.json") if is_running else None
        return Errand(errand_id, told["what"], told["given"], told["author"], began, state, {}, progress=progress)
    problem = outcome["problem"]
    state = State.FAILED if problem else State.DONE
    return Errand(errand_id, told["what"], told["given"], told["author"], began, state, outcome["outcome"] or {}, problem)


def end(settings: Settings, errand_id: str, outcome: Mapping[str, Any] | None, problem: str | None = None) -> None:
    """Note what came of it: the process's last act."""
    _write(_folder(settings) / f"{errand_id}.outcome.json", {"outcome": outcome, "problem": problem})


class Telling:
    """Says how far an errand is, at most once in `TOLD_SECONDS`, for whoever asks `find`."""

    def __init__(self, settings: Settings, errand_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = _folder(settings) / f"{errand_id}.progress.json"
        self._clock = clock
        self._next = 0.0

    def __call__(self, step: str, done: int, of: int | None) -> None:
        """Note it, unless something was noted just now. Where it cannot be written, the work is worth more than the telling."""
        now = self._clock()
        if now >= self._next:
            self._next = now + TOLD_SECONDS
            with suppress(OSError):
                _write(self._path, {"step": step, "done": done, "of": of})


def beside(settings: Settings, errand_id: str, ending: str) -> Path:
    """Where an errand keeps a file that is too long for its outcome."""
    if not _ID.fullmatch(errand_id):
        raise ValueError(errand_id)
    return _folder(settings) / f"{errand_id}.{ending}"


def _progress(path: Path) -> Progress | None:
    try:
        return Progress(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _start(settings: Settings, errand_id: str, lock: int) -> None:
    environment = os.environ | {HOME_VARIABLE: str(settings.home), DATABASE_VARIABLE: settings.database}
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "errand", errand_id],
        cwd=ROOT,
        env=environment,
        pass_fds=(lock,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        # Its complaints belong to the log of whoever serves the pages.
        stderr=None,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, daemon=True, name=f"errand {errand_id}").start()


def _folder(settings: Settings) -> Path:
    return settings.home / "errands"


def _is_held(path: Path) -> bool:
    with path.open("r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _write(path: Path, document: Mapping[str, Any]) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False)
    Path(name).replace(path)


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - KEPT_SECONDS:
            path.unlink(missing_ok=True)
