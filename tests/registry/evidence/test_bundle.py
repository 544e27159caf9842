"""Bundles: whole and genuine, or each thing that is not is named."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import main
from registry.errors import RegistryError
from registry.evidence import signing
from registry.evidence.bundle import MANIFEST, SIGNATURE, BundleError, make, verify
from registry.evidence.signing import KEY_FILE, Signer

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
FILES = {"report.json": b'{"verdict": "conformant"}', "transcript.jsonl": b"{}\n" * 1000}

Change = Callable[[dict[str, bytes]], dict[str, bytes]]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path / "home")


@pytest.fixture
def bundle(signer: Signer, tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    path.write_bytes(make("audit", {"device": "CP1"}, FILES, signer, NOW, "1.0"))
    return path


def rewritten(bundle: Path, change: Change) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, content in change(files).items():
            archive.writestr(name, content)
    return bundle


def test_what_was_signed_is_valid(bundle: Path, signer: Signer) -> None:
    found = verify(bundle)
    assert found.problems == ()
    assert (found.kind, dict(found.about), found.signer) == ("audit", {"device": "CP1"}, signer.fingerprint)
    assert found.files == ("report.json", "transcript.jsonl")


def test_the_signature_is_that_of_ed25519_over_the_manifest_as_it_stands_in_the_archive(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        told = json.loads(archive.read(SIGNATURE))
        content = archive.read(MANIFEST)
    assert signing.is_signed(content, signing.decoded(told["signature"]), signing.decoded(told["public_key"]))
    assert not signing.is_signed(content + b" ", signing.decoded(told["signature"]), signing.decoded(told["public_key"]))


def _manifest(files: dict[str, bytes], old: bytes, new: bytes) -> dict[str, bytes]:
    return files | {MANIFEST: files[MANIFEST].replace(old, new)}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda files: files | {"report.json": b'{"verdict": "deviates"}'}, "report.json: it is not what was signed"),
        (lambda files: files | {"report.json": files["report.json"] + b" "}, "report.json: it is not what was signed"),
        (
            lambda files: {name: content for name, content in files.items() if name != "report.json"},
            "it is in the manifest and not in the archive",
        ),
        (lambda files: files | {"more.txt": b"more"}, "more.txt: it is in the archive and not in the manifest"),
        (lambda files: _manifest(files, b'"CP1"', b'"CP2"'), "the signature is not that of the key"),
        (lambda files: files | {SIGNATURE: b'{"public_key": "x", "signature": "y"}'}, "the signature is not that of the key"),
    ],
)
def test_whatever_was_altered_is_named(bundle: Path, change: Change, named: str) -> None:
    problems = verify(rewritten(bundle, change)).problems
    assert len(problems) == 1
    assert named in problems[0]


def test_another_key_makes_a_valid_bundle_that_is_not_ours(bundle: Path, tmp_path: Path) -> None:
    other = Signer(tmp_path / "other")
    assert verify(bundle).signer != other.fingerprint
    told = CliRunner().invoke(main, ["verify", str(bundle), "--signer", other.fingerprint])
    assert (told.exit_code, "not by" in told.output) == (1, True)


def test_a_name_that_stands_twice_is_told(bundle: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("report.json", b"another")
    assert any("stands twice" in problem for problem in verify(bundle).problems)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 and so on", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_bundle_is_one_line_and_status_2(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(content)
    told = CliRunner().invoke(main, ["verify", str(path)])
    assert told.exit_code == 2
    assert len(told.output.splitlines()) == 1


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, b" " * 50_000_000)
        archive.writestr(SIGNATURE, b"{}")
    path.write_bytes(content.getvalue())
    with pytest.raises(BundleError, match="too large"):
        verify(path)


def test_the_command_says_who_signed_and_that_all_is_well(bundle: Path, signer: Signer) -> None:
    told = CliRunner().invoke(main, ["verify", str(bundle), "--signer", signer.fingerprint.upper().replace(" ", "")])
    assert told.exit_code == 0
    assert signer.fingerprint in told.output
    as_json = json.loads(CliRunner().invoke(main, ["verify", str(bundle), "--json"]).output)
    assert (as_json["valid"], as_json["problems"]) == (True, [])


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    assert Signer(tmp_path).fingerprint == Signer(tmp_path).fingerprint
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_a_key_that_cannot_be_read_is_one_line_and_never_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("damaged")
    with pytest.raises(RegistryError, match="restore it from a backup"):
        Signer(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == "damaged"


def test_what_is_not_there_is_named_as_people_say_it(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"missing\.zip: there is no such file; name a file that this product handed out"):
        verify(tmp_path / "missing.zip")
    with pytest.raises(BundleError, match=r"this is no bundle \(Is a directory\)"):
        verify(tmp_path)
