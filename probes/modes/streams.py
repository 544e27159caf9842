"""A stream of WebSocket frames, cut into pieces that can be passed on as they are: pure, bytes in, pieces out.

A relay passes on the very bytes that came: masks, fragments, pings and close codes stay as they are (RFC 6455 section 5). It only has to
know where messages end, and what they say. A message is given out when it is whole; one longer than `LONGEST_KEPT` is passed on as it
comes, and nobody looks into it.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from probes.wire.framing import LEAST, WHOLE_TEXT, lone_text, unmasked

LONGEST_KEPT = 2 << 20
"""Bytes of one message that are kept until it is whole."""

_CONTINUED, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_DATA = frozenset({_CONTINUED, _TEXT, _BINARY})
_CONTROL = frozenset({_CLOSE, _PING, _PONG})
_FINAL, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_LONGEST_CONTROL = 125


class Kind(Enum):
    """What a piece is."""

    TEXT = "text"
    BINARY = "binary"
    PING = "ping"
    PONG = "pong"
    CLOSE = "close"
    UNREAD = "unread"


class Piece(NamedTuple):
    """`data` are the bytes as they came. `text` is that of a text message; what is no UTF-8 is BINARY. `body` is what is in a binary
    message or a control frame. `ends`: nothing of its message is to come (always so but for UNREAD).
    """

    kind: Kind
    data: bytes
    text: str = ""
    body: bytes = b""
    ends: bool = True


class Cutter:
    """Cuts what one party sends. `masked`: that party is a client, whose frames are masked."""

    def __init__(self, masked: bool) -> None:
        self._masked = masked
        self._stream = bytearray()
        self._message = bytearray()
        self._body = bytearray()
        self._opcode = _TEXT
        self._unread = 0
        self._unread_final = True
        self._beyond = False
        self._blind = False

    @property
    def between_messages(self) -> bool:
        """Whether a frame of somebody else may stand here: what was given out so far ends with a message.

        It never may once something came that is no WebSocket frame: from there on everything is passed on unread.
        """
        return not self._beyond and not self._blind

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that are whole with these bytes."""
        if self._blind:
            return [Piece(Kind.UNREAD, data, ends=False)]
        if not self._stream and not self._message and not self._beyond and len(data) >= LEAST and data[0] == WHOLE_TEXT:
            text = lone_text(data, not self._masked)
            if text is not None:
                return [Piece(Kind.TEXT, data, text)]
        self._stream += data
        pieces: list[Piece] = []
        while self._stream and not self._blind:
            if self._unread:
                pieces.append(self._pass_on())
            elif not self._next(pieces):
                break
        return pieces

    def _next(self, pieces: list[Piece]) -> bool:
        """Take the frame at the beginning of the stream; False: not enough of it is there."""
        stream = self._stream
        header = self._header()
        if header is None:
            return False
        first, start, length = header
        opcode, final = first & _OPCODE, bool(first & _FINAL)
        if self._wrong(first, opcode, length):
            self._blind = True
            pieces.append(Piece(Kind.UNREAD, bytes(self._message + stream), ends=False))
            self._message.clear()
            return True
        if opcode in _DATA and (self._beyond or len(self._message) + start + length > LONGEST_KEPT):
            self._begin_unread(start + length, final, pieces)
            return True
        if len(stream) < start + length:
            return False
        frame = bytes(stream[: start + length])
        del stream[: start + length]
        body = unmasked(frame[start:], frame[start - 4 : start]) if self._masked else frame[start:]
        if opcode in _CONTROL:
            kind = {_CLOSE: Kind.CLOSE, _PING: Kind.PING, _PONG: Kind.PONG}[opcode]
            pieces.append(Piece(kind, frame, body=body))
            return True
        if not self._message:
            self._opcode = opcode
        self._message += frame
        self._body += body
        if final:
            pieces.append(self._whole())
        return True

    def _header(self) -> tuple[int, int, int] | None:
        """The first byte, where the payload begins, and how long it is; a wrong mask counts as no length at all."""
        stream = self._stream
        if len(stream) < 2:
            return None
        length, start = stream[1] & _LENGTH, 2
        if length > _LONGEST_CONTROL:
            size = 2 if length == _LONGEST_CONTROL + 1 else 8
            if len(stream) < start + size:
                return None
            length = int.from_bytes(stream[start : start + size], "big")
            start += size
        return stream[0], start + (4 if self._masked else 0), length

    def _wrong(self, first: int, opcode: int, length: int) -> bool:
        """What no reader takes, so that nothing behind it has a meaning."""
        if first & _RESERVED or opcode not in _DATA | _CONTROL or bool(self._stream[1] & _MASKED) is not self._masked:
            return True
        if opcode in _CONTROL:
            return length > _LONGEST_CONTROL or not first & _FINAL
        within = bool(self._message) or self._beyond
        return within is not (opcode == _CONTINUED)

    def _begin_unread(self, size: int, final: bool, pieces: list[Piece]) -> None:
        if self._message:
            pieces.append(Piece(Kind.UNREAD, bytes(self._message), ends=False))
            self._message.clear()
            self._body.clear()
        self._beyond, self._unread, self._unread_final = True, size, final

    def _pass_on(self) -> Piece:
        data = bytes(self._stream[: self._unread])
        del self._stream[: self._unread]
        self._unread -= len(data)
        ends = not self._unread and self._unread_final
        if ends:
            self._beyond = False
        return Piece(Kind.UNREAD, data, ends=ends)

    def _whole(self) -> Piece:
        data, body = bytes(self._message), bytes(self._body)
        self._message.clear()
        self._body.clear()
        if self._opcode == _TEXT:
            try:
                return Piece(Kind.TEXT, data, body.decode())
            except UnicodeDecodeError:
                pass
        return Piece(Kind.BINARY, data, body=body)


def close_of(piece: Piece) -> tuple[int, str]:
    """Code and reason of a close frame; 1005 where it has none (RFC 6455 section 7.1.5)."""
    if len(piece.body) < 2:
        return 1005, ""
    return int.from_bytes(piece.body[:2], "big"), piece.body[2:].decode("utf-8", "replace")


def control_frame(kind: Kind, body: bytes) -> bytes:
    """A control frame as a server sends it."""
    opcode = {Kind.CLOSE: _CLOSE, Kind.PING: _PING, Kind.PONG: _PONG}[kind]
    return bytes([_FINAL | opcode, len(body)]) + body


def close_frame(code: int, reason: str) -> bytes:
    """A close frame as a server sends it."""
    return control_frame(Kind.CLOSE, code.to_bytes(2, "big") + reason.encode()[: _LONGEST_CONTROL - 2])
