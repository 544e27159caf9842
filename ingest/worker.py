"""The process that reads documents for `ingest.workers`: it may be killed at any moment, and holds nothing that would be lost.

Run as `python -m ingest.worker READER MEGABYTES SECONDS`. It says that it is ready, then answers each request on standard input
with one answer on standard output. It never writes a file and never opens the database. What goes wrong in a way that nobody
foresaw ends it, with the last line of its traceback on standard error for its parent to tell.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO, Protocol

from registry.certificates.facts import Extraction
from registry.errors import NotACertificate, RegistryError, UnreadableDocument, Waiting

HEADER = struct.Struct(">II")
"""Before each message: the length of its JSON, and of the bytes that follow that."""

TEXT = "text/plain"
_MEGABYTE = 1_000_000


class Sink(Protocol):
    """What messages are written to."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""

    def flush(self) -> None:
        """Keep nothing back."""


def send(channel: Sink, message: dict[str, Any], data: bytes = b"") -> None:
    """Write one message."""
    text = json.dumps(message).encode()
    channel.write(HEADER.pack(len(text), len(data)) + text)
    channel.write(data)
    channel.flush()


def receive(channel: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one message; None when the other side is gone."""
    header = channel.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    text_length, data_length = HEADER.unpack(header)
    text, data = channel.read(text_length), channel.read(data_length)
    return (json.loads(text), data) if len(data) == data_length else None


def answer(read: Callable[[bytes, str], Extraction], name: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    """What became of one document, as a message."""
    try:
        extraction = read(data, name)
    except Waiting as error:
        return {"waiting": str(error)}, b""
    except (UnreadableDocument, NotACertificate) as error:
        return {"refused": str(error)}, b""
    message: dict[str, Any] = {
        "extraction": extraction.to_json(),
        "public_text": extraction.public_text,
        "evidence": extraction.evidence,
        "pictures": [],
        "page_sizes": None,
    }
    if extraction.document.media_type == TEXT:
        return message, b""
    pictures, message["page_sizes"] = _pictures(data, extraction)
    message["pictures"] = [len(picture) for picture in pictures]
    return message, b"".join(pictures)


def _pictures(data: bytes, extraction: Extraction) -> tuple[list[bytes], list[list[float]] | None]:
    """The pages as they may be shown; none of a document that can be read and not be drawn."""
    drawing: Any = import_module("ingest.readers.pictures")
    try:
        sizes = [[float(side) for side in size] for size in drawing.page_sizes(data)]
        return list(drawing.page_pictures(data, getattr(extraction, "withheld", ()))), sizes
    except RegistryError:
        return [], None


def _limit_memory(megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * _MEGABYTE, megabytes * _MEGABYTE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_next(seconds: float) -> None:
    """Bound the processor time of the next document, so that a worker whose parent was killed ends by itself."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = used.ru_utime + used.ru_stime
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent + 2 * seconds) + 2, resource.RLIM_INFINITY))


def main(reader: str, megabytes: int, seconds: float) -> None:
    """Answer requests until standard input ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not get between the answers.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    module, function = reader.split(":")
    read: Callable[[bytes, str], Extraction] = getattr(import_module(module), function)
    _limit_memory(megabytes)
    send(answers, {"ready": True})
    while (request := receive(requests)) is not None:
        _limit_next(seconds)
        message, data = request
        try:
            reply = answer(read, message["name"], data)
        except MemoryError:
            # What is left of the memory is in pieces: a fresh process goes on.
            line = f"{message['name']}: needs more than {megabytes} MB to be read; give the certificate's pages alone"
            send(answers, {"refused": line, "leaves": True})
            return
        send(answers, *reply)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
