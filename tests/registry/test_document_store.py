"""Originals: kept whole under their hash, never through a link, never silently altered."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from registry.documents.store import keep, open_original
from registry.errors import RegistryError
from registry.settings import Settings


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database="sqlite:///unused")


@pytest.mark.parametrize("data", [b"", b"a document", bytes(range(256)) * 4096], ids=["empty", "short", "long"])
def test_what_is_kept_can_be_opened(place: Settings, data: bytes) -> None:
    sha256 = keep(place, data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert open_original(place, sha256) == data
    assert [path.name for path in place.documents.iterdir()] == [sha256]


def test_keeping_again_does_not_write_again(place: Settings) -> None:
    sha256 = keep(place, b"a document")
    before = (place.documents / sha256).stat()
    assert keep(place, b"a document") == sha256
    after = (place.documents / sha256).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_damaged_original_is_not_given_out_and_is_healed_by_keeping_it_again(place: Settings) -> None:
    sha256 = keep(place, b"a document")
    (place.documents / sha256).write_bytes(b"another one")
    with pytest.raises(RegistryError, match="was altered since it was kept"):
        open_original(place, sha256)
    keep(place, b"a document")
    assert open_original(place, sha256) == b"a document"


def test_a_link_in_the_place_of_an_original_is_neither_read_nor_written_through(place: Settings, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"a document")
    sha256 = hashlib.sha256(b"a document").hexdigest()
    place.documents.mkdir(parents=True)
    (place.documents / sha256).symlink_to(secret)
    with pytest.raises(RegistryError, match="check that it is a plain file"):
        open_original(place, sha256)
    keep(place, b"a document")
    assert not (place.documents / sha256).is_symlink()
    assert secret.read_bytes() == b"a document"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "\0" * 64, "/" * 64])
def test_only_a_hash_names_an_original(place: Settings, name: str) -> None:
    with pytest.raises(RegistryError, match="64 hexadecimal digits"):
        open_original(place, name)


def test_an_original_that_is_not_there_is_one_line(place: Settings) -> None:
    with pytest.raises(RegistryError, match="there is no document 0000"):
        open_original(place, "0" * 64)


def test_a_folder_that_cannot_be_made_is_one_line(place: Settings) -> None:
    place.home.parent.joinpath("home").touch()
    with pytest.raises(RegistryError, match="cannot be kept in"):
        keep(place, b"a document")


def test_a_crash_while_writing_leaves_nothing(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(KeyboardInterrupt):
        keep(place, b"a document")
    assert list(place.documents.iterdir()) == []
