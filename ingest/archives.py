"""Zip archives of documents, opened without trust: nothing is written to disk, and no archive costs more than its bounds.

What an archive says about itself is believed nowhere: sizes are counted while decompressing, and it ends as soon as a bound is
reached, so ten gigabytes of zeros cost two megabytes.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO

from registry.errors import UnreadableDocument

MARK = b"PK\x03\x04"
EMPTY_MARK = b"PK\x05\x06"
_END = struct.Struct("<4s4H2LH")
_MARK_64, _LOCATOR_64 = b"PK\x06\x07", 20
_LONGEST_COMMENT = 65_535
_BYTES_PER_ENTRY = 600
_CHUNK = 1 << 16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_ARCHIVES = (MARK, EMPTY_MARK, b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_OFFICE = "[Content_Types].xml"


@dataclass(frozen=True)
class Limits:
    """How much one archive may cost. Sizes are bytes as they come out; `ratio` is how many come out for one that goes in."""

    entries: int = 5_000
    member: int = 50_000_000
    total: int = 2_000_000_000
    ratio: int = 200
    ratio_from: int = 1_000_000
    """Bytes of a member below which the ratio is not looked at: small texts of blanks pack well."""


@dataclass(frozen=True)
class Member:
    """One file of an archive: its bytes, or the line that says why it is refused."""

    name: str
    data: bytes | None = None
    refused: str | None = None


class _Bomb(Exception):
    """More came out than may; the text says of what."""


def members(file: BinaryIO, name: str, limits: Limits | None = None) -> Iterator[Member]:
    """The files of an archive, one after the other; folders and hidden files are left out.

    Raises UnreadableDocument with one line for what is no such archive, or when the archive as a whole costs too much; members
    given before that are good.
    """
    bounds = limits or Limits()
    try:
        _require_small_directory(file, name, bounds)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > bounds.entries:
                raise UnreadableDocument(_too_many(name, bounds))
            if any(entry.filename == _OFFICE for entry in entries):
                raise UnreadableDocument(f"{name}: is an office file, which is not read; save it as PDF and give that")
            yield from _members(archive, entries, name, bounds)
    except (zipfile.BadZipFile, NotImplementedError, struct.error, EOFError, OSError, ValueError) as error:
        raise UnreadableDocument(f"{name}: is a broken archive ({_words(error)}); pack the documents again") from error


def _members(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str, limits: Limits) -> Iterator[Member]:
    left = limits.total
    for entry in entries:
        inside = f"{name}!{_printable(entry.filename)}"
        if entry.filename.endswith("/") or _hidden(entry.filename):
            continue
        reason = _reason(entry)
        if reason is not None:
            yield Member(inside, refused=f"{inside}: {reason}")
            continue
        try:
            data = _read(archive, entry, limits, left)
        except _Bomb as bomb:
            raise UnreadableDocument(f"{inside}: {bomb}; the rest of the archive was left alone, pack the documents again") from bomb
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
            yield Member(inside, refused=f"{inside}: is broken ({_words(error)}); pack the document again")
            continue
        left -= len(data)
        if data.startswith(_ARCHIVES):
            yield Member(inside, refused=f"{inside}: is an archive in an archive, which is not opened; give it by itself")
        else:
            yield Member(inside, data)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, left: int) -> bytes:
    """The bytes of one member, as far as the bounds let them come out."""
    parts: list[bytes] = []
    size = 0
    packed = max(1, entry.compress_size)
    with archive.open(entry) as stream:
        while part := stream.read(_CHUNK):
            size += len(part)
            if size > limits.member:
                raise _Bomb(f"unpacks to more than {limits.member} bytes")
            if size > left:
                raise _Bomb(f"with it the archive unpacks to more than {limits.total} bytes")
            if size > max(limits.ratio_from, limits.ratio * packed):
                raise _Bomb(f"unpacks to more than {limits.ratio} times its packed size")
            parts.append(part)
    return b"".join(parts)


def _reason(entry: zipfile.ZipInfo) -> str | None:
    """Why this member is not even opened."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a symbolic link, which is not followed; pack the document itself"
    if not entry.filename:
        return "has no name; pack the document again"
    windows = PureWindowsPath(entry.filename)
    if ".." in windows.parts or windows.drive or windows.root or PurePosixPath(entry.filename).is_absolute():
        return "its name leads out of the archive; pack the documents again"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted; unpack the archive and give the documents"
    if entry.compress_type not in _METHODS:
        return "is packed in a way that is not read; pack the documents as an ordinary zip"
    return None


def _hidden(name: str) -> bool:
    parts = PureWindowsPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") and part != ".." for part in parts)


def _require_small_directory(file: BinaryIO, name: str, limits: Limits) -> None:
    """Look at the length of the table of contents before anything reads it: millions of entries would fill the memory."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - _LONGEST_COMMENT - _END.size))
    tail = file.read()
    at = tail.rfind(EMPTY_MARK)
    if at < 0 or len(tail) - at < _END.size:
        raise UnreadableDocument(f"{name}: is a broken archive (its end is missing); pack the documents again")
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
    if tail[max(0, at - _LOCATOR_64) : at].startswith(_MARK_64):
        raise UnreadableDocument(f"{name}: is an archive of the kind for more than 4 GB, which is not opened; pack fewer files into it")
    if entries > limits.entries or directory > limits.entries * _BYTES_PER_ENTRY:
        raise UnreadableDocument(_too_many(name, limits))
    file.seek(0)


def _too_many(name: str, limits: Limits) -> str:
    return f"{name}: holds more than {limits.entries} files; pack fewer into one archive"


def _printable(text: str) -> str:
    """A name of an archive as it may stand in a message: on one line, and not endless."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:300]


def _words(error: BaseException) -> str:
    return _printable(str(error) or type(error).__name__)[:120]
