"""Archives without trust: what an archive claims is believed nowhere, and what it costs is bounded."""

from __future__ import annotations

import io
import stat
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.archives import Limits, Member, members
from registry.errors import UnreadableDocument

TEXT = b"a certificate's text\n" * 50


def packed(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return made


def opened(archive: io.BytesIO, limits: Limits | None = None) -> list[Member]:
    return list(members(archive, "x.zip", limits))


def test_documents_come_out_as_they_went_in() -> None:
    found = opened(packed(("a.txt", TEXT), ("folder/", b""), ("folder/b.pdf", b"%PDF-1.7"), ("empty.txt", b"")))
    assert found == [Member("x.zip!a.txt", TEXT), Member("x.zip!folder/b.pdf", b"%PDF-1.7"), Member("x.zip!empty.txt", b"")]


def test_hidden_files_are_left_out_as_in_folders() -> None:
    assert opened(packed((".DS_Store", TEXT), ("__MACOSX/a.txt", TEXT), ("a/.git/b", TEXT))) == []


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "a/../../b.txt", "C:\\x.txt", "..\\x.txt", "\\\\host\\share\\x.txt"])
def test_a_name_that_leads_out_is_refused_alone(name: str) -> None:
    entry = zipfile.ZipInfo("x")
    entry.filename = name
    bad, good = opened(packed((entry, TEXT), ("b.txt", TEXT)))
    assert bad.data is None
    assert "its name leads out of the archive" in str(bad.refused)
    assert good.data == TEXT


def test_a_symbolic_link_is_refused_alone() -> None:
    link = zipfile.ZipInfo("link.txt")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    bad, good = opened(packed((link, b"/etc/passwd"), ("b.txt", TEXT)))
    assert "is a symbolic link" in str(bad.refused)
    assert (bad.data, good.data) == (None, TEXT)


def test_an_archive_in_an_archive_is_refused_alone() -> None:
    bad, good = opened(packed(("inner.pdf", packed(("a.txt", TEXT)).getvalue()), ("b.txt", TEXT)))
    assert "is an archive in an archive" in str(bad.refused)
    assert (bad.data, good.data) == (None, TEXT)


def test_an_encrypted_member_is_refused_alone() -> None:
    archive = bytearray(packed(("a.txt", TEXT)).getvalue())
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    (bad,) = opened(io.BytesIO(bytes(archive)))
    assert "is encrypted" in str(bad.refused)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_refused_alone(method: int) -> None:
    (bad,) = opened(packed(("a.txt", TEXT), method=method))
    assert "packed in a way that is not read" in str(bad.refused)


def test_a_member_whose_bytes_are_damaged_is_refused_alone() -> None:
    archive = bytearray(packed(("a.txt", TEXT), ("b.txt", TEXT), method=zipfile.ZIP_STORED).getvalue())
    archive[archive.index(TEXT) + 5] ^= 0xFF
    bad, good = opened(io.BytesIO(bytes(archive)))
    assert "x.zip!a.txt: is broken" in str(bad.refused)
    assert good.data == TEXT


TEN_GIGABYTES = 10_240
"""In megabytes of 1024 times 1024 bytes."""


def zeros(megabytes: int, claimed: int) -> io.BytesIO:
    """A zip of zeros whose directory claims that they are `claimed` bytes. A block that was flushed fully may stand again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed_zeros = block * megabytes + packer.flush()
    name = b"a.txt"
    sizes = struct.pack("<LLLHH", 0, len(packed_zeros), claimed, len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes + name + packed_zeros
    tail = struct.pack("<HHHLL", 0, 0, 0, 0, 0)
    directory = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0x21) + sizes + tail + name
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(directory), len(local), 0)
    return io.BytesIO(local + directory + end)


def test_the_zeros_are_zeros_as_many_as_they_are_said_to_be() -> None:
    with zipfile.ZipFile(zeros(3, 3 << 20)) as archive:
        assert archive.infolist()[0].file_size == 3 << 20
        with archive.open("a.txt") as stream:
            assert stream.read((3 << 20) - 1) == bytes((3 << 20) - 1)


@pytest.mark.parametrize("claimed", [4_294_967_294, 100_000_000])
def test_ten_gigabytes_of_zeros_stop_early_whatever_they_are_said_to_be(claimed: int) -> None:
    archive = zeros(TEN_GIGABYTES, claimed)
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(UnreadableDocument, match="unpacks to more than 20000000 bytes"):
            opened(archive, Limits(member=20_000_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000
    assert time.process_time() - began < 2


def test_zeros_that_are_said_to_be_few_are_a_broken_member() -> None:
    """What is read ends where it was said to end, and then lacks the sum that it should have."""
    (bad,) = opened(zeros(TEN_GIGABYTES, 1000))
    assert "is broken" in str(bad.refused)


def test_the_ratio_is_bounded_by_what_comes_out() -> None:
    with pytest.raises(UnreadableDocument, match="more than 200 times its packed size; the rest of the archive was left alone"):
        opened(packed(("zeros.txt", bytes(20_000_000))))
    assert opened(packed(("blanks.txt", b" " * 900_000)))[0].data == b" " * 900_000


def test_what_all_members_together_unpack_to_is_bounded() -> None:
    found = members(packed(*((f"{n}.txt", TEXT) for n in range(10))), "x.zip", Limits(total=len(TEXT) * 3))
    assert [next(found).data for _ in range(3)] == [TEXT] * 3
    with pytest.raises(UnreadableDocument, match="with it the archive unpacks to more than"):
        next(found)


def test_the_number_of_members_is_bounded_before_they_are_listed() -> None:
    many = packed(*((f"{n}.txt", b"") for n in range(30)))
    with pytest.raises(UnreadableDocument, match="holds more than 20 files"):
        opened(many, Limits(entries=20))
    archive = bytearray(many.getvalue())
    end = archive.rindex(b"PK\x05\x06")
    archive[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
    with pytest.raises(UnreadableDocument, match="holds more than 2 files"):
        opened(io.BytesIO(bytes(archive)), Limits(entries=2))


def test_members_that_share_their_bytes_count_each_time() -> None:
    """A directory whose entries all lead to one packed member: little goes in, much would come out."""
    archive = packed(("a.txt", TEXT)).getvalue()
    start = archive.index(b"PK\x01\x02")
    end = archive.rindex(b"PK\x05\x06")
    entry = archive[start:end]
    directory = entry * 50
    tail = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 50, 50, len(directory), start, 0)
    found = io.BytesIO(archive[:start] + directory + tail)
    with pytest.raises(UnreadableDocument):
        list(members(found, "x.zip", Limits(total=len(TEXT) * 10)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04", "its end is missing"),
        (packed(("a.txt", TEXT)).getvalue()[:-30], "its end is missing"),
        (packed(("[Content_Types].xml", b"<x/>")).getvalue(), "is an office file"),
        (b"PK\x03\x04 nothing PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, 46, 0, 0), "is a broken archive"),
        (b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + bytes(18), "for more than 4 GB"),
    ],
)
def test_what_is_no_such_archive_is_one_line(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableDocument, match=words) as caught:
        opened(io.BytesIO(data))
    assert "\n" not in str(caught.value)


def test_a_name_stays_on_one_line() -> None:
    (found,) = opened(packed(("a\nb\x1b[31m.txt", TEXT)))
    assert found.name == "x.zip!a?b?[31m.txt"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=6), st.integers(0, 12)), min_size=1, max_size=6),
)
def test_a_damaged_archive_is_told_in_one_line_whatever_the_damage(damages: list[tuple[int, bytes, int]]) -> None:
    archive = bytearray(packed(("a.txt", TEXT), ("b/ü.txt", b"x" * 50)).getvalue())
    for place, new, lost in damages:
        at = place % len(archive)
        archive[at : at + lost] = new
    lines: list[str] = []
    try:
        for member in opened(io.BytesIO(bytes(archive))):
            assert (member.data is None) != (member.refused is None)
            lines.append(member.name + str(member.refused))
    except UnreadableDocument as error:
        lines.append(str(error))
    assert "\n" not in "".join(lines)


def test_a_member_without_a_name_is_refused_alone() -> None:
    nameless = zipfile.ZipInfo("x")
    nameless.filename = ""
    bad, good = opened(packed((nameless, TEXT), ("b.txt", TEXT)))
    assert "has no name" in str(bad.refused)
    assert good.data == TEXT
