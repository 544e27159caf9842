"""What a PDF must not do to the machine that reads it: swell when unpacked, or have no end.

Looks at the bytes alone, before any PDF library sees them. Nothing here executes or opens what it finds.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator

from registry.errors import UnreadableDocument

LARGEST_PDF = 40_000_000
"""Bytes. Certificates have up to a few millions when they are scans."""
MOST_PAGES = 60
"""Certificates have 3 to 12 pages."""
LARGEST_STREAM = 64_000_000
"""Bytes of one stream when unpacked: a page of letters has some 50,000, a scanned page in colours at 300 dpi 26,000,000."""
LARGEST_UNPACKED = 400_000_000
"""Bytes of all streams of a document together when unpacked."""
_LARGEST_LZW = 300_000
_SUSPECT = 4096
_NESTED = 3
_STREAM = re.compile(rb"stream\r?\n")


def require_bounded(data: bytes, name: str) -> None:
    """Refuses what is too large, cut off or swells. Raises UnreadableDocument with one line."""
    if len(data) > LARGEST_PDF:
        raise UnreadableDocument(f"{name}: has {len(data)} bytes, and a PDF may have {LARGEST_PDF}; give one certificate per file")
    if b"%%EOF" not in data[-2048:]:
        raise UnreadableDocument(f"{name}: ends in the middle of a PDF (its end mark is missing); fetch the whole file again")
    total = 0
    for head, packed in _streams(data):
        if b"LZW" in head and len(packed) > _LARGEST_LZW:
            raise UnreadableDocument(
                f"{name}: holds a large stream packed with LZW, which is not read; print it to a new PDF and give that"
            )
        total += len(_unpacked(packed, name))
        if total > LARGEST_UNPACKED:
            raise UnreadableDocument(
                f"{name}: swells to more than {LARGEST_UNPACKED} bytes when unpacked; no certificate does, so it is not read"
            )


def _streams(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each stream's dictionary and packed bytes; what only looks like a stream is given too, and does no harm."""
    for match in _STREAM.finditer(data):
        if data[match.start() - 3 : match.start()] == b"end":
            continue
        end = data.find(b"endstream", match.end())
        head = data[max(data.rfind(b" obj", 0, match.start()), match.start() - _SUSPECT, 0) : match.start()]
        yield head, data[match.end() : end if end >= 0 else len(data)]


def _unpacked(packed: bytes, name: str) -> bytes:
    """The stream without its packing, which may be nested, never more than the limit."""
    data = packed
    for _ in range(_NESTED):
        if _is_ascii85(data):
            try:
                data = base64.a85decode(data.strip().removesuffix(b"~>"))
            except ValueError:
                return data
        if not _is_deflated(data):
            return data
        worker = zlib.decompressobj()
        try:
            data = worker.decompress(data, LARGEST_STREAM)
        except zlib.error:
            return b""
        if worker.unconsumed_tail:
            raise UnreadableDocument(
                f"{name}: holds a stream of more than {LARGEST_STREAM} bytes when unpacked; no certificate does, so it is not read"
            )
    if _is_deflated(data):
        raise UnreadableDocument(f"{name}: holds a stream that is packed more than {_NESTED} times; no certificate does, so it is not read")
    return data


def _is_deflated(data: bytes) -> bool:
    return len(data) > 2 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0


def _is_ascii85(data: bytes) -> bool:
    return data[-16:].rstrip().endswith(b"~>")
