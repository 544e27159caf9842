"""People at a station who can be asked during an audit: here the one at the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TextIO

from probes.cases.prompts import Done, Prompt

YES = frozenset({"", "y", "yes", "done", "d"})
NO = frozenset({"n", "no", "c", "cannot", "can't", "cant", "skip", "s"})


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
