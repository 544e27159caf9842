"""Frames cut out of a stream without changing a byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probes.modes.streams import LONGEST_KEPT, Cutter, Kind, Piece, close_frame, close_of, control_frame
from probes.wire.framing import lone_text, text_frame, unmasked

MASK = b"\x01\x02\x03\x04"


def frame(opcode: int, body: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    length = len(body)
    mark = 0x80 if masked else 0
    if length < 126:
        head = bytes([opcode | (0x80 if final else 0), mark | length])
    elif length < 1 << 16:
        head = bytes([opcode | (0x80 if final else 0), mark | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([opcode | (0x80 if final else 0), mark | 127]) + length.to_bytes(8, "big")
    return head + (MASK + unmasked(body, MASK) if masked else body)


def kinds(pieces: list[Piece]) -> list[Kind]:
    return [piece.kind for piece in pieces]


def test_a_text_in_one_piece() -> None:
    data = text_frame('[2,"1","Heartbeat",{}]', True)
    assert Cutter(masked=True).feed(data) == [Piece(Kind.TEXT, data, '[2,"1","Heartbeat",{}]')]


def test_fragments_come_out_together_as_they_came_and_pings_between_them_at_once() -> None:
    cutter = Cutter(masked=True)
    first, ping, last = frame(1, b"[2,", final=False), frame(9, b"p"), frame(0, b'"1"]')
    assert cutter.feed(first) == []
    assert cutter.feed(ping) == [Piece(Kind.PING, ping, body=b"p")]
    assert cutter.feed(last) == [Piece(Kind.TEXT, first + last, '[2,"1"]')]
    assert cutter.between_messages


def test_binary_and_broken_text_are_bytes() -> None:
    (binary,) = Cutter(masked=False).feed(frame(2, b"\x00\xff", masked=False))
    (broken,) = Cutter(masked=False).feed(frame(1, b"\xff\xfe", masked=False))
    assert [(piece.kind, piece.body) for piece in (binary, broken)] == [(Kind.BINARY, b"\x00\xff"), (Kind.BINARY, b"\xff\xfe")]


def test_close_frames_keep_code_and_reason() -> None:
    (piece,) = Cutter(masked=False).feed(close_frame(1008, "no"))
    assert close_of(piece) == (1008, "no")
    (empty,) = Cutter(masked=False).feed(control_frame(Kind.CLOSE, b""))
    assert close_of(empty) == (1005, "")
    assert len(close_frame(1001, "x" * 500)) == 127


def test_a_message_of_a_mebibyte_is_read_and_a_longer_one_is_passed_on_as_it_comes() -> None:
    text = "x" * (1 << 20)
    data = frame(1, text.encode())
    cutter = Cutter(masked=True)
    assert cutter.feed(data[:100]) == []
    (piece,) = cutter.feed(data[100:])
    assert (piece.kind, piece.text, piece.data) == (Kind.TEXT, text, data)

    long = frame(1, b"y" * LONGEST_KEPT, final=False) + frame(9, b"") + frame(0, b"z")
    first = cutter.feed(long[:1000])
    assert kinds(first) == [Kind.UNREAD]
    assert not cutter.between_messages
    rest = cutter.feed(long[1000:] + text_frame("after", True))
    assert kinds(rest) == [Kind.UNREAD, Kind.PING, Kind.UNREAD, Kind.TEXT]
    assert b"".join(piece.data for piece in (*first, *rest[:3])) == long
    assert [piece.ends for piece in (*first, *rest)] == [False, False, True, True, True]
    assert cutter.between_messages


def test_what_is_no_frame_is_passed_on_unread_from_there_on() -> None:
    wrongs = [
        frame(1, b"unmasked", masked=False),
        frame(3, b"reserved"),
        b"\xc1" + frame(1, b"compressed")[1:],
        frame(0, b"continues nothing"),
        frame(9, b"x" * 126),
        frame(8, b"", final=False),
    ]
    for wrong in wrongs:
        cutter = Cutter(masked=True)
        pieces = cutter.feed(wrong) + cutter.feed(b"more")
        assert (kinds(pieces), cutter.between_messages) == ([Kind.UNREAD, Kind.UNREAD], False)
        assert b"".join(piece.data for piece in pieces) == wrong + b"more"


MESSAGES = st.lists(
    st.one_of(
        st.text(max_size=300).map(lambda text: frame(1, text.encode("utf-8", "replace"))),
        st.binary(max_size=70_000).map(lambda body: frame(2, body)),
        st.binary(max_size=125).map(lambda body: frame(9, body)),
        st.binary(max_size=200).map(lambda body: frame(2, body, final=False) + frame(10, b"x") + frame(0, body)),
    ),
    max_size=6,
)


@given(MESSAGES, st.lists(st.integers(1, 5000), min_size=1, max_size=40))
def test_however_the_stream_arrives_every_byte_is_passed_on(messages: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(messages)
    cutter, passed, position, turn = Cutter(masked=True), [], 0, 0
    while position < len(stream):
        size = sizes[turn % len(sizes)]
        passed += cutter.feed(stream[position : position + size])
        position, turn = position + size, turn + 1
    # A control frame may overtake the fragments that it stood between, never anything else.
    assert sorted(b"".join(piece.data for piece in passed)) == sorted(stream)
    assert cutter.between_messages


def test_a_part_of_a_long_frame_is_not_taken_for_a_short_one() -> None:
    part = frame(1, b"a" * 70_000, masked=False)[:129]
    assert len(part) == 2 + 127
    assert lone_text(part, True) is None
    assert Cutter(masked=False).feed(part) == []
