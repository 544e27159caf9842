"""People at a station who can be asked during an audit: the one at the terminal, and the one who looks at the audit's page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TextIO

from sqlalchemy.orm import Session, sessionmaker

from probes.cases.prompts import Done, Prompt
from registry.audits import store
from registry.db import utc_now

YES = frozenset({"", "y", "yes", "done", "d"})
NO = frozenset({"n", "no", "c", "cannot", "can't", "cant", "skip", "s"})

LOOK_SECONDS = 0.5
"""How often it is looked for an answer on the page."""


class Terminal(Protocol):
    """What a prompt needs of a terminal: its lines, read without blocking."""

    def fileno(self) -> int:
        """The descriptor to wait on."""

    def readline(self) -> str:
        """The next line; empty at the end."""


class TerminalOperator:
    """Asks on `out` and reads the answer from `terminal`: Enter when it is done, n when it cannot be. `write` prints one line."""

    def __init__(self, terminal: Terminal | TextIO, write: Callable[[str], None]) -> None:
        self._terminal = terminal
        self._write = write

    async def ask(self, prompt: Prompt) -> Done:
        """Show the prompt and wait for the answer; when the wire shows first that it was done, the caller cancels this."""
        self._write(f"\n>>> {prompt.text}")
        self._write(f"    Press Enter when it is done, or n and Enter when it cannot be done; within {prompt.seconds:.0f} s.")
        try:
            while True:
                line = await self._line()
                word = line.strip().casefold()
                if line and word in YES:
                    return Done.DONE
                if not line or word in NO:
                    return Done.CANNOT
                self._write("    Enter: done. n: cannot be done.")
        except asyncio.CancelledError:
            self._write("    That is over; nothing more to do here.")
            raise

    async def _line(self) -> str:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        descriptor = self._terminal.fileno()
        loop.add_reader(descriptor, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(descriptor)
        return self._terminal.readline()


class RecordedOperator:
    """Whoever follows the audit on its page: asked and answering through the audit's record, so that any process can show it."""

    def __init__(self, sessions: sessionmaker[Session], audit_id: str) -> None:
        self._sessions = sessions
        self._audit_id = audit_id

    async def ask(self, prompt: Prompt) -> Done:
        """Put the question down and wait for the answer; cancelled, it is over for the page too."""
        position = await asyncio.to_thread(self._put, prompt)
        try:
            while (said := await asyncio.to_thread(self._said, position)) is None:
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            asyncio.get_running_loop().run_in_executor(None, self._close, position)
        return Done.DONE if said == Done.DONE else Done.CANNOT

    def _put(self, prompt: Prompt) -> int:
        with self._sessions.begin() as session:
            return store.ask_person(session, self._audit_id, prompt.text, utc_now() + timedelta(seconds=prompt.seconds))

    def _said(self, position: int) -> str | None:
        with self._sessions() as session:
            return store.answer_of(session, self._audit_id, position)

    def _close(self, position: int) -> None:
        with self._sessions.begin() as session:
            store.answer(session, self._audit_id, position, store.OVER)
