"""Reads documents in processes that can be killed: as many as there are cores, each document within its time and its memory.

One thread, one selector: no document can hold up another, and whatever a document does to its process, the next one gets a
process that works.
"""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO

from ingest.worker import HEADER, send
from registry.certificates.facts import Extraction
from registry.certificates.loading import extraction_from_json
from registry.errors import CannotBegin
from registry.settings import SECONDS_VARIABLE, Settings

READER = "ingest.parse:parse_document"
START_SECONDS = 120.0
"""How long a process may take until it is ready; it imports the readers meanwhile."""

DOCUMENTS_PER_PROCESS = 200
"""Then a fresh one takes its place, so that memory which a library never gives back does not add up."""

_CHUNK = 1 << 20
_LARGEST_ANSWER = 1_000_000_000
_LAST_WORDS = 200


@dataclass(frozen=True)
class Job:
    """One document to be read; `token` comes back with the answer, `name` is used in messages."""

    token: int
    name: str
    data: bytes


@dataclass(frozen=True)
class Answer:
    """What became of a job: a reading with the pictures of its pages, or the line that says why it was refused or has to wait."""

    job: Job
    extraction: Extraction | None = None
    pictures: tuple[bytes, ...] = ()
    page_sizes: list[list[float]] | None = None
    refused: str | None = None
    waiting: str | None = None


class Workers:
    """A pool of reading processes; a context manager that leaves none behind."""

    def __init__(self, settings: Settings, *, processes: int | None = None, reader: str = READER) -> None:
        self._most = processes or len(os.sched_getaffinity(0))
        self._command = [
            *(sys.executable, "-m", "ingest.worker", reader),
            *(str(settings.document_megabytes), str(settings.document_seconds)),
        ]
        self._seconds = settings.document_seconds
        self._selector = selectors.DefaultSelector()
        self._busy: dict[int, _Process] = {}
        self._idle: deque[_Process] = deque()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in (*self._busy.values(), *self._idle):
            process.kill()
        self._selector.close()

    @property
    def has_room(self) -> bool:
        """Whether another document may be handed in at once."""
        return len(self._busy) < self._most

    @property
    def is_busy(self) -> bool:
        """Whether answers are to be waited for."""
        return bool(self._busy)

    def submit(self, job: Job) -> None:
        """Have a document read; only while there is room."""
        while self._idle and not self._idle[0].lives:
            self._idle.popleft().kill()
        process = self._idle.popleft() if self._idle else _Process(self._command)
        self._busy[process.descriptor] = process
        self._selector.register(process.descriptor, selectors.EVENT_READ, process)
        # Should the process have ended while nobody looked, reading from it says so.
        process.take(job, self._seconds)

    def wait(self, seconds: float | None = None) -> Iterator[Answer]:
        """Wait until at least one document is done, and give all that are; none where the `seconds` are over before.

        Raises CannotBegin when no process can be started.
        """
        found: list[Answer] = []
        until = math.inf if seconds is None else time.monotonic() + seconds
        is_over = False
        while self._busy and not found and not is_over:
            soonest = min(until, *(process.deadline for process in self._busy.values()))
            ready = self._selector.select(max(0.0, soonest - time.monotonic()))
            is_over = time.monotonic() >= until
            for key, _ in ready:
                found += self._read(key.data)
            now = time.monotonic()
            for process in [process for process in self._busy.values() if process.deadline <= now]:
                found.append(self._too_long(process))
        yield from found

    def _read(self, process: _Process) -> Iterator[Answer]:
        """Take what the process sent; a whole message is acted upon."""
        received = os.read(process.descriptor, _CHUNK)
        if not received:
            yield self._died(process)
            return
        process.buffer += received
        message = process.message()
        if message is None:
            return
        if "ready" in message[0]:
            process.is_ready = True
            process.start(self._seconds)
            return
        job = process.job
        assert job is not None, "a process that was asked nothing does not answer"  # noqa: S101 # tells the type checker what the protocol promises
        self._release(process, leaves="leaves" in message[0])
        yield _answer(job, *message)

    def _release(self, process: _Process, *, leaves: bool) -> None:
        """The process is done with its document."""
        self._selector.unregister(process.descriptor)
        del self._busy[process.descriptor]
        process.job = None
        process.done += 1
        if leaves or process.done >= DOCUMENTS_PER_PROCESS:
            process.kill()
        else:
            self._idle.append(process)

    def _drop(self, process: _Process) -> tuple[Job, str]:
        self._selector.unregister(process.descriptor)
        del self._busy[process.descriptor]
        words = process.kill()
        assert process.job is not None, "only processes with a document are watched"  # noqa: S101 # tells the type checker so
        return process.job, words

    def _died(self, process: _Process) -> Answer:
        job, words = self._drop(process)
        if not process.is_ready:
            raise CannotBegin(f"the process that reads documents does not start ({words}): install the program again")
        return Answer(
            job, refused=f"{job.name}: the reader broke down on it ({words}); please report this document's kind, and go on without"
        )

    def _too_long(self, process: _Process) -> Answer:
        job, _ = self._drop(process)
        if not process.is_ready:
            raise CannotBegin(f"the process that reads documents was not ready after {START_SECONDS:g} s: the machine has too much to do")
        return Answer(
            job,
            refused=f"{job.name}: takes longer than {self._seconds:g} s to read; give its pages alone, or raise {SECONDS_VARIABLE}",
        )


class _Process:
    """One process, its two pipes, and what it works on."""

    def __init__(self, command: list[str]) -> None:
        self._errors: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 # closed by `kill`, which every process comes to
        # A session of its own, so that the programs which it starts (OCR) go down with it.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0, start_new_session=True
        )
        assert self._process.stdin is not None  # noqa: S101 # tells the type checker: both were asked for above
        assert self._process.stdout is not None  # noqa: S101 # tells the type checker: it was asked for above
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self.descriptor = self._stdout.fileno()
        self.buffer = bytearray()
        self.is_ready = False
        self.job: Job | None = None
        self.done = 0
        self.deadline = 0.0

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def take(self, job: Job, seconds: float) -> None:
        """Begin with the document, or remember it until the process is ready."""
        self.job = job
        self.deadline = time.monotonic() + START_SECONDS
        if self.is_ready:
            self.start(seconds)

    def start(self, seconds: float) -> None:
        """Hand the document over; its time runs from now on."""
        assert self.job is not None  # noqa: S101 # tells the type checker: called with a document only
        self.deadline = time.monotonic() + seconds
        with suppress(BrokenPipeError):
            send(_Whole(self._stdin.fileno()), {"name": self.job.name}, self.job.data)

    def message(self) -> tuple[dict[str, Any], bytes] | None:
        """The message in the buffer, when it is whole."""
        if len(self.buffer) < HEADER.size:
            return None
        text, data = HEADER.unpack_from(self.buffer)
        end = HEADER.size + text + data
        if len(self.buffer) < min(end, _LARGEST_ANSWER):
            return None
        parsed = json.loads(self.buffer[HEADER.size : HEADER.size + text])
        rest = bytes(self.buffer[HEADER.size + text : end])
        self.buffer.clear()
        return parsed, rest

    def kill(self) -> str:
        """End it and whatever it started, close everything, and give the last line on its standard error, or how it ended."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stdin.close()
        self._stdout.close()
        with self._errors as errors:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:_LAST_WORDS] if lines else f"ended with {self._process.returncode}"


class _Whole:
    """Writes everything to a pipe, however often that takes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def flush(self) -> None:
        """Nothing is kept back."""


def _answer(job: Job, message: dict[str, Any], data: bytes) -> Answer:
    if "extraction" not in message:
        return Answer(job, refused=message.get("refused"), waiting=message.get("waiting"))
    pictures: list[bytes] = []
    at = 0
    for length in message["pictures"]:
        pictures.append(data[at : at + length])
        at += length
    extraction = extraction_from_json(message["extraction"], message["public_text"], message["evidence"])
    return Answer(job, extraction, tuple(pictures), message["page_sizes"])
