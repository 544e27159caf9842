"""Snapshots: whole or not at all, each thing that was altered named, nobody's name in them, the same registry giving the same files."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from app import main
from ingest.pipeline import ingest_paths
from registry.aliases import store as aliases
from registry.certificates.store import save_extraction
from registry.documents.store import keep_page_pictures
from registry.errors import CannotBegin
from registry.evidence.bundle import BundleError, verify
from registry.listing.store import import_rows
from registry.settings import Settings
from registry.snapshots import build as building
from registry.snapshots import shelf
from registry.snapshots.build import build, build_due
from registry.snapshots.cli import snapshot as command
from tests.registry.making import EPOCH, extraction, row
from tests.registry.watches.watching import Hands

ROOT = Path(__file__).resolve().parents[3]
CERTIFICATES = ROOT / "data" / "certificates"
SCHEMA = json.loads((ROOT / "data" / "schemas" / "snapshot.json").read_text(encoding="utf-8"))
PICTURE = b"\x89PNG picture of a page"
Change = Callable[[dict[str, bytes]], dict[str, bytes]]


@pytest.fixture
def stocked(session_factory: sessionmaker[Session], settings: Settings) -> Settings:
    """An installation with two certificates, the pictures of one, a list, and another name of a company beside one that was withdrawn."""
    with session_factory.begin() as session:
        first = extraction("first")
        save_extraction(session, first, "first.pdf")
        save_extraction(session, extraction("second", number="OCA.0016.9002.CS"), "second.pdf")
        import_rows(session, "list.csv", "0" * 64, [row(1), row(2)])
        aliases.record(session, "Holder 1", "Trading As", "Its register says so.", clock=lambda: EPOCH)
        mistaken = aliases.record(session, "Holder 2", "A mistake", "It was mixed up.")
        aliases.withdraw(session, mistaken.id, "It is another company.")
    keep_page_pictures(settings, first.document.sha256, [PICTURE, PICTURE + b" page 2"])
    return settings


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, change: Change) -> Path:
    files = contents(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in change(files).items():
            archive.writestr(name, content)
    return path


def test_it_is_whole_and_genuine_and_says_when_the_next_is_due(stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    built = build(stocked, session_factory, valid=timedelta(days=10), clock=lambda: EPOCH)
    found = verify(built.path, EPOCH + timedelta(days=9))
    assert found.problems == ()
    assert (found.kind, found.is_stale) == ("snapshot", False)
    events = found.about["counts"]["events"]
    assert found.about["counts"] == {"certificates": 2, "company-names": 1, "documents": 2, "events": events, "oca-list": 2}
    assert found.about["next_update"] == "2026-01-11T00:00:00+00:00"
    assert verify(built.path, EPOCH + timedelta(days=10, seconds=1)).is_stale


def test_every_line_is_as_the_schema_says(stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    files = contents(build(stocked, session_factory).path)
    for name in SCHEMA["$defs"].keys() & files.keys():
        check = jsonschema_rs.validator_for({**SCHEMA, "$ref": f"#/$defs/{name}"})
        lines = [files[name]] if name.endswith(".json") else files[name].splitlines()
        assert lines, name
        for line in lines:
            check.validate(json.loads(line))
    assert {
        "manifest.json",
        "certificates.jsonl",
        "company-names.jsonl",
        "documents.jsonl",
        "events.jsonl",
        "oca-list.jsonl",
        "contents.jsonl",
    } <= files.keys()
    assert any(name.startswith("requirements/") for name in files)


def test_the_names_of_companies_that_hold_are_in_it(stocked: Settings, session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    """As anybody sees them: what one name counts for, and why, without who recorded it."""
    path = build(stocked, session_factory).path
    [name] = [json.loads(line) for line in contents(path)["company-names.jsonl"].splitlines()]
    assert (name["holder"], name["name"], name["reason"]) == ("Holder 1", "Trading As", "Its register says so.")
    assert [name] == client.get("/api/v1/aliases").get_json()["aliases"]
    assert verify(rewritten(path, replaced("company-names.jsonl", b"Trading", b"trading"))).problems


def test_the_same_registry_gives_the_same_files_under_the_next_number(stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    first, second = (build(stocked, session_factory) for _ in range(2))
    assert (first.serial, second.serial) == (1, 2)
    one, other = contents(first.path), contents(second.path)
    differing = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    assert differing == {"manifest.json", "manifest.sig"}
    second.path.unlink()
    assert build(stocked, session_factory).serial == 3


def without(ending: str) -> Change:
    return lambda files: {name: told for name, told in files.items() if not name.endswith(ending)}


def with_file(name: str, told: bytes) -> Change:
    return lambda files: files | {name: told}


def replaced(name: str, old: bytes, new: bytes) -> Change:
    return lambda files: {file: told.replace(old, new) if file.endswith(name) else told for file, told in files.items()}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (replaced("certificates.jsonl", b"V1.3.337", b"V1.3.338"), "certificates.jsonl: it is not what was signed"),
        (without("events.jsonl"), "events.jsonl: it is in the manifest and not in the archive"),
        (with_file("more.txt", b"x"), "more.txt: it is in the archive and not in the manifest"),
        (with_file("../../more.txt", b"x"), "leads out of the folder"),
        (replaced("page-2.png", b"page 2", b"page 3"), "page-2.png: it is not what was signed"),
        (without("page-1.png"), "page-1.png: it is in the manifest and not in the archive"),
        (replaced("manifest.json", b'"serial": 1', b'"serial": 9'), "the signature is not that of the key"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whatever_was_altered_is_named(stocked: Settings, session_factory: sessionmaker[Session], change: Change, named: str) -> None:
    problems = verify(rewritten(build(stocked, session_factory).path, change)).problems
    assert any(named in problem for problem in problems), problems


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_link_and_a_bomb_are_told_and_never_followed(
    stocked: Settings, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(stocked, session_factory).path
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert any("'link': its name leads out" in problem for problem in verify(path).problems)
    monkeypatch.setattr("registry.evidence.bundle.LARGEST_ARCHIVE", 1000)
    with pytest.raises(BundleError, match="when unpacked"):
        verify(path)


def test_nobody_is_named_in_it(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    """The names are found in the originals by their place, so that none stands here."""
    names: set[str] = set()
    for original in CERTIFICATES.glob("*.txt"):
        lines = original.read_text(encoding="utf-8").replace("<b>", "").replace("</b>", "").split("\n")
        names |= {line[4:].replace("Signature", "").strip() for line in lines[-20:] if line.startswith("Name")}
    assert names
    ingest_paths(session_factory, settings, [CERTIFICATES])
    files = contents(build(settings, session_factory).path)
    shown = b"\n".join(files.values()).decode("utf-8", "replace").casefold()
    assert b"withheld" in files["documents.jsonl"]
    assert [name for name in names if name.casefold() in shown] == []
    assert not any(name.endswith((".txt", ".pdf")) and name != "README.txt" for name in files)


def test_one_is_built_at_a_time(stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    def meanwhile() -> Any:
        with pytest.raises(CannotBegin, match="is being built"):
            build(stocked, session_factory)
        return EPOCH

    assert build(stocked, session_factory, clock=meanwhile).serial == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_next_is_made_when_it_is_due_and_not_before(stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    monthly = replace(stocked, snapshot_days=31, snapshots_kept=2)
    clock = Hands(EPOCH)
    made = []
    for _ in range(24 * 31 * 3 + 1):
        built = build_due(monthly, session_factory, clock=clock)
        if built is not None:
            made.append((built.serial, clock.now))
        clock.on(hours=1)
    assert made == [(serial + 1, EPOCH + serial * timedelta(days=31)) for serial in range(4)]
    assert [one.serial for one in shelf.snapshots(monthly)] == [4, 3]
    assert shelf.next_due(monthly) == EPOCH + timedelta(days=4 * 31)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_none_is_made_where_the_operator_says_so(stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    assert build_due(replace(stocked, snapshot_days=0), session_factory) is None
    assert shelf.snapshots(stocked) == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_another_that_was_at_it_leaves_nothing_to_do(stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    def meanwhile() -> Any:
        assert build_due(stocked, session_factory, clock=lambda: EPOCH) is None, "one is being built"
        return EPOCH

    first = building._is_due

    def once(settings: Settings, clock: Any) -> bool:
        """Due when it is looked at first; then another process builds it before this one's turn comes."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(building, "_is_due", first)
            was_due = first(settings, clock)
            build(settings, session_factory, clock=meanwhile)
        building._is_due = first
        return was_due

    building._is_due = once
    try:
        assert build_due(stocked, session_factory, clock=lambda: EPOCH) is None
    finally:
        building._is_due = first
    assert [one.serial for one in shelf.snapshots(stocked)] == [1]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_says_when_the_next_is_due(client: FlaskClient, stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    assert "The first one is made soon after the registry was started, then one every 31 days." in client.get("/snapshots").text
    build(stocked, session_factory)
    assert re.search(r"The next one is made by itself on [^<]+ The newest 3 are kept here\.", client.get("/snapshots").text)
    build(stocked, session_factory, clock=lambda: EPOCH - timedelta(days=400))
    assert "The next one is due, and is made as soon as the registry gets to it." in client.get("/snapshots").text


KILLED = """
import os, signal, sys
from registry.documents import store
from registry.settings import Settings
from registry.snapshots import build as building, cli
kind = sys.argv[1]
def die(*_arguments):
    os.kill(os.getpid(), signal.SIGKILL)
if kind == "pictures":
    building.page_picture = die
elif kind == "signature":
    building.signature_text = die
else:
    building.os.fsync = die
cli.snapshot(["create"])
"""


@pytest.mark.parametrize("moment", ["pictures", "signature", "sync"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_building_that_is_killed_offers_nothing(stocked: Settings, session_factory: sessionmaker[Session], moment: str) -> None:
    before = build(stocked, session_factory)
    environment = os.environ | {"OCPP_REGISTRY_HOME": str(stocked.home), "OCPP_REGISTRY_DATABASE": stocked.database}
    done = subprocess.run([sys.executable, "-c", KILLED, moment], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = [path.name for path in shelf.folder(stocked).glob(".building-*")]
    assert len(left) == 1, "it was killed before it began"
    assert [one.serial for one in shelf.snapshots(stocked)] == [before.serial]
    after = build(stocked, session_factory)
    assert verify(after.path).problems == ()
    assert after.serial == before.serial + 2
    assert not list(shelf.folder(stocked).glob(".building-*"))


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), obj=settings)


def test_the_command_builds_copies_and_verifies(stocked: Settings, tmp_path: Path) -> None:
    target = tmp_path / "out.zip"
    told = json.loads(run(stocked, "create", str(target), "--json").output)
    assert (told["serial"], told["counts"]["certificates"]) == (1, 2)
    checked = CliRunner().invoke(main, ["verify", str(target)])
    assert (checked.exit_code, "valid: every file" in checked.output) == (0, True)
    assert run(stocked, "create", str(tmp_path / "no" / "out.zip")).exit_code != 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_stale_one_is_told(stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    old = build(stocked, session_factory, valid=timedelta(days=1), clock=lambda: EPOCH - timedelta(days=400))
    checked = CliRunner().invoke(main, ["verify", str(old.path)])
    assert (checked.exit_code, "STALE" in checked.output) == (1, True)


def test_the_page_offers_the_newest_and_keeps_few(client: FlaskClient, stocked: Settings, session_factory: sessionmaker[Session]) -> None:
    assert "No snapshot was built yet" in client.get("/snapshots").text
    assert client.get("/snapshots/latest.json").status_code == 404
    for _ in range(stocked.snapshots_kept + 1):
        newest = build(stocked, session_factory)
    page = client.get("/snapshots").text
    assert f"/snapshots/{newest.serial}.zip" in page
    assert client.get("/snapshots/1.zip").status_code == 404
    told = client.get("/snapshots/latest.json").get_json()
    assert told["serial"] == newest.serial
    answer = client.get(told["url"])
    assert answer.data == newest.path.read_bytes()
    again = client.get(told["url"], headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    for one in (answer, again):
        one.close()
