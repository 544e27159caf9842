"""What a transfer of a file may take, and how it fails: one kind and one line for every failure, whatever the protocol."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.client import HTTPException, IncompleteRead

from probes.wire.tls import tls_problem

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a file that are fetched at most."""

SOCKET_SECONDS = 20.0
"""How long the other side may stay silent."""

TRANSFER_SECONDS = 600.0
"""How long a whole transfer may take."""

CHUNK = 64 * 1024


class Failure(StrEnum):
    """What kind of failure it was."""

    NOT_SUPPORTED = "not supported"
    DENIED = "denied"
    MISSING = "missing"
    MALFORMED = "malformed"
    UNTRUSTED = "untrusted"
    INCOMPLETE = "incomplete"
    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


class TransferFailed(Exception):
    """The file did not come, or did not go; the text says why, without credentials."""

    def __init__(self, text: str, kind: Failure = Failure.REFUSED) -> None:
        super().__init__(text)
        self.kind = kind


class Reins:
    """What holds a transfer in its thread from outside: called off, or paused for a while."""

    def __init__(self) -> None:
        self._called_off = threading.Event()
        self._going = threading.Event()
        self._going.set()

    def call_off(self) -> None:
        """End it, soon; it fails."""
        self._called_off.set()
        self._going.set()

    def pause(self) -> None:
        """Go no further for now."""
        self._going.clear()

    def resume(self) -> None:
        """Go on."""
        self._going.set()

    def check(self) -> None:
        """In the thread: wait while it is paused. Raises `TransferFailed` when it was called off."""
        self._going.wait(TRANSFER_SECONDS)
        if self._called_off.is_set():
            raise TransferFailed("called off")


class Bounds:
    """How much may come, and until when. Its methods raise `TransferFailed` where it is too much, or when the transfer is called off."""

    def __init__(self, reins: Reins, largest: int = LARGEST_FILE) -> None:
        self._reins = reins
        self._largest = largest
        self._end = time.monotonic() + TRANSFER_SECONDS
        self._content = bytearray()

    def take(self, chunk: bytes) -> None:
        """Some more came."""
        self._content += chunk
        if len(self._content) > self._largest:
            raise TransferFailed(f"longer than {self._largest} bytes", Failure.TOO_LARGE)
        self.check_time()

    def check_time(self, _: object = None) -> None:
        """Some more went."""
        self._reins.check()
        if time.monotonic() > self._end:
            raise TransferFailed(f"not complete after {TRANSFER_SECONDS:.0f} s", Failure.TOO_SLOW)

    def all_of(self, expected: int | None) -> bytes:
        """What came, if it is all that was announced."""
        if expected is not None and len(self._content) < expected:
            raise TransferFailed(f"{len(self._content)} of {expected} bytes came", Failure.INCOMPLETE)
        return bytes(self._content)


@contextmanager
def failures(host: str | None) -> Iterator[None]:
    """Whatever goes wrong with sockets, TLS and protocols becomes `TransferFailed`."""
    try:
        yield
    except ssl.SSLError as problem:
        kind = Failure.UNTRUSTED if isinstance(problem, ssl.SSLCertVerificationError) else Failure.UNREACHABLE
        raise TransferFailed(tls_problem(problem, str(host)) or str(problem), kind) from problem
    except TimeoutError as problem:
        raise TransferFailed(f"{host}: silent for {SOCKET_SECONDS:.0f} s", Failure.TOO_SLOW) from problem
    except OSError as problem:
        raise TransferFailed(f"{host}: {problem.strerror or problem}", Failure.UNREACHABLE) from problem
    except IncompleteRead as problem:
        raise TransferFailed(f"{host}: {len(problem.partial)} bytes came, more were announced", Failure.INCOMPLETE) from problem
    except EOFError as problem:
        raise TransferFailed(f"{host}: ended the connection too early", Failure.INCOMPLETE) from problem
    except (HTTPException, ValueError) as problem:
        raise TransferFailed(f"{host}: {type(problem).__name__} in its answer", Failure.MALFORMED) from problem
