"""Frames of RFC 6455 section 5, as far as they are cut out of a stream and put together here: whole texts. Pure: bytes in, bytes out."""

from __future__ import annotations

import secrets
from struct import Struct

try:
    from websockets.speedups import apply_mask
except ImportError:  # the library is there without its compiled part on some machines
    from websockets.utils import apply_mask

WHOLE_TEXT = 0x81
"""The first byte of a text frame that is a whole message."""

LEAST = 6
"""A frame that is looked at without further ado has at least so many bytes."""

REFUSED = -1
"""In place of where a payload begins: the frame is one that the library has to refuse."""

_MASKED, _LENGTH = 0x80, 0x7F
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_SHORT, _MEDIUM, _LONG = Struct("!BB"), Struct("!BBH"), Struct("!BBQ")


def text_frame(text: str, masks: bool) -> bytes:
    """A text as one frame; a client masks, a server must not (section 5.1)."""
    data = text.encode("utf-8", "surrogatepass")
    if not masks and len(data) < _TWO_BYTES:
        return _SHORT.pack(WHOLE_TEXT, len(data)) + data
    return frame(WHOLE_TEXT, data, secrets.token_bytes(4) if masks else b"")


def frame(first: int, payload: bytes, mask: bytes) -> bytes:
    """The frame with this first byte; an empty mask: it has none."""
    length = len(payload)
    mark = _MASKED if mask else 0
    if length < _TWO_BYTES:
        head = _SHORT.pack(first, mark | length)
    elif length <= 0xFFFF:
        head = _MEDIUM.pack(first, mark | _TWO_BYTES, length)
    else:
        head = _LONG.pack(first, mark | _EIGHT_BYTES, length)
    return head + mask + apply_mask(payload, mask) if mask else head + payload


def lone_text(data: bytes, masks: bool) -> str | None:
    """The text, where the data is one short whole text frame and nothing else, which is what nearly always comes.

    `masks` is whether this end does, so that the other end must not. None: it is something else, or no text.
    """
    size, second, start = len(data), data[1], 2
    length = second & _LENGTH
    if length == _TWO_BYTES:
        length, start = data[2] << 8 | data[3], 4
    elif length == _EIGHT_BYTES:
        return None
    if masks:
        if second & _MASKED or start + length != size:
            return None
        payload = data[start:]
    else:
        if not second & _MASKED or start + 4 + length != size:
            return None
        payload = apply_mask(data[start + 4 :], data[start : start + 4])
    return _decoded(payload)


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """A payload without its mask, or with it: masking twice gives what was there."""
    return apply_mask(payload, mask)


def measure(stream: bytes | bytearray, position: int, masks: bool, limit: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `position` begins and ends, be it there or not; None: too little is there to say.

    `REFUSED` as the beginning: it is longer than `limit`, or masked where it must not be, or not where it must.
    """
    end = len(stream)
    if end - position < 2:
        return None
    second = stream[position + 1]
    length = second & _LENGTH
    start = position + 2
    if length >= _TWO_BYTES:
        size = 2 if length == _TWO_BYTES else 8
        if end - start < size:
            return None
        length = int.from_bytes(stream[start : start + size], "big")
        start += size
    if length > limit or bool(second & _MASKED) is masks:
        return REFUSED, end
    if not masks:
        start += 4
    return start, start + length


def text_at(stream: bytes | bytearray, start: int, after: int, masks: bool) -> str | None:
    """The text of the payload between these places; None: it is none."""
    data = bytes(stream[start:after])
    return _decoded(data if masks else apply_mask(data, bytes(stream[start - 4 : start])))


def _decoded(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
