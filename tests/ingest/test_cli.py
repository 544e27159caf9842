"""What the commands print, where, and with which exit status."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.cli import ingest, listing, parse
from registry.errors import BrokenListing, CannotBegin, NotACertificate, UnreadableDocument
from tests.corpus import hostile
from tests.ingest.test_fetch import running

DATA = Path(__file__).parents[2] / "data"
SAMPLE = DATA / "certificates" / "003_4c2ce89093cfafc3.txt"
(LIST,) = (DATA / "listing").glob("*.csv")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"OCPP_REGISTRY_HOME": str(tmp_path / "home"), "OCPP_REGISTRY_DATABASE": ""}


def test_parse_prints_one_json_document() -> None:
    result = CliRunner().invoke(parse, [str(SAMPLE), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["certificate"]["number"] == "OCA.0016.0408.CS"
    assert result.stderr == ""


def test_parse_prints_a_table_for_people() -> None:
    result = CliRunner().invoke(parse, [str(SAMPLE)])
    assert result.exit_code == 0
    assert "V1.3.337" in result.stdout
    assert "template-residue" in result.stdout


def test_a_field_not_read_is_exit_status_1(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(SAMPLE.read_text().replace("July 12, 2023", "07/06/2023"))
    result = CliRunner().invoke(parse, [str(path), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["certificate"]["certification_date"] is None


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.txt", b"", UnreadableDocument),
        ("b.txt", b"an invoice", NotACertificate),
        ("nowhere.txt", None, UnreadableDocument),
        ("https://example.org/x.pdf", None, CannotBegin),
        (".", None, CannotBegin),
    ],
)
def test_what_cannot_be_parsed_is_one_line(tmp_path: Path, name: str, data: bytes | None, error: type[Exception]) -> None:
    path = name if "://" in name else str(tmp_path / name)
    if data is not None:
        Path(path).write_bytes(data)
    result = CliRunner().invoke(parse, [path])
    assert isinstance(result.exception, error)
    assert "\n" not in str(result.exception)


def test_ingest_keeps_json_and_messages_apart(environment: dict[str, str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("no certificate")
    result = CliRunner().invoke(ingest, [str(SAMPLE), str(bad), "--json"], env=environment)
    assert result.exit_code == 1
    assert [entry["status"] for entry in json.loads(result.stdout)["documents"]] == ["new", "refused"]
    assert "bad.txt" in result.stderr
    again = CliRunner().invoke(ingest, [str(SAMPLE)], env=environment)
    assert again.exit_code == 0
    assert "1 known" in again.stdout


def test_ingest_of_nothing_but_bad_documents_is_exit_status_2(environment: dict[str, str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("no certificate")
    assert CliRunner().invoke(ingest, [str(bad)], env=environment).exit_code == 2


def test_the_list_is_imported(environment: dict[str, str]) -> None:
    result = CliRunner().invoke(listing, ["import", str(LIST), "--json"], env=environment)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rows"] == 293


def test_a_broken_list_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a,b\n1,2\n")
    result = CliRunner().invoke(listing, ["import", str(path)], env=environment)
    assert isinstance(result.exception, BrokenListing)


def test_nothing_to_ingest_is_one_line(environment: dict[str, str]) -> None:
    result = CliRunner().invoke(ingest, [], env=environment)
    assert isinstance(result.exception, CannotBegin)
    assert "nothing to ingest" in str(result.exception)


def test_an_archive_and_an_address_are_ingested(environment: dict[str, str], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.txt", SAMPLE.read_bytes())
    with running() as server:
        server.pages["/b"] = lambda request: request.answer(200, SAMPLE.read_bytes().replace(b"0408", b"9908"))
        allowed = environment | {"OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES": "1"}
        result = CliRunner().invoke(ingest, [str(tmp_path / "x.zip"), f"{server.url}/b", "--json"], env=allowed)
        private = CliRunner().invoke(ingest, [f"{server.url}/b"], env=environment)
    assert result.exit_code == 0
    assert [entry["number"] for entry in json.loads(result.stdout)["documents"]] == ["OCA.0016.0408.CS", "OCA.0016.9908.CS"]
    assert private.exit_code == 2
    assert "is in a private network" in private.stderr


def test_everything_may_be_read_again(environment: dict[str, str]) -> None:
    CliRunner().invoke(ingest, [str(SAMPLE)], env=environment)
    result = CliRunner().invoke(ingest, ["--again", "--json"], env=environment)
    assert result.exit_code == 0
    assert [entry["status"] for entry in json.loads(result.stdout)["documents"]] == ["known"]


def test_a_watched_folder_is_read_until_it_is_interrupted(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(SAMPLE, folder / "a.txt")
    command = [sys.executable, "-m", "app", "ingest", "--watch", str(folder), "--json"]
    child_environment = os.environ | environment
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=child_environment) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.readline())
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 0
    assert (told["status"], told["number"]) == ("new", "OCA.0016.0408.CS")


def test_a_list_that_shrank_is_told_and_taken_when_asked_for(environment: dict[str, str], tmp_path: Path) -> None:
    shrunk = tmp_path / "shrunk.csv"
    shrunk.write_text("".join(LIST.read_text().splitlines(keepends=True)[:100]))
    CliRunner().invoke(listing, ["import", str(LIST)], env=environment)
    result = CliRunner().invoke(listing, ["import", str(shrunk), "--json"], env=environment)
    assert result.exit_code == 1
    assert "was kept aside: 194 of 293 certificates are missing" in result.stderr
    assert len(json.loads(result.stdout)["set_aside"]["missing"]) == 194
    taken = CliRunner().invoke(listing, ["import", str(shrunk), "--accept-shrunk", "--json"], env=environment)
    assert taken.exit_code == 0
    assert json.loads(taken.stdout)["withdrawn"] == 194


def test_the_list_is_imported_from_an_address(environment: dict[str, str]) -> None:
    with running() as server:
        server.pages["/list"] = lambda request: request.answer(200, LIST.read_bytes())
        allowed = environment | {"OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES": "1"}
        result = CliRunner().invoke(listing, ["import", f"{server.url}/list", "--json"], env=allowed)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rows"] == 293


def test_a_name_can_neither_break_a_line_nor_command_a_terminal(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a\n\x1b[31mb.txt").write_bytes(b"an invoice")
    result = CliRunner().invoke(ingest, [str(folder)], env=environment)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "a??[31mb.txt: is no OCA certificate" in line
    assert "\x1b[31mb" not in result.stdout


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    result = CliRunner().invoke(parse, [str(pipe)])
    assert isinstance(result.exception, UnreadableDocument)
    assert "is no plain file" in str(result.exception)


def test_bad_input_is_one_line_each_and_leaves_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    text = SAMPLE.read_bytes()
    bad = {
        "two.txt": text + (DATA / "certificates" / "004_14811999012f7f37.txt").read_bytes(),
        "empty.pdf": b"",
        "truncated.pdf": b"%PDF-1.7\n1 0 obj\n<</Type/Catalog",
        "broken.zip": b"PK\x03\x04" + bytes(2000),
        "bomb.pdf": hostile.bomb(1 << 27),
        "encrypted.pdf": hostile.encrypted(hostile.invoice(), "secret"),
        "book.pdf": hostile.long(61),
        "picture.txt": b"\x89PNG\r\n\x1a\n" + bytes(100),
    }
    for name, data in bad.items():
        (folder / name).write_bytes(data)
    with zipfile.ZipFile(folder / "hostile.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../escaped.txt", text)
        archive.writestr("zeros.txt", bytes(60_000_000))
    result = CliRunner().invoke(ingest, [str(folder)], env=environment)
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert len(lines) == len(bad) + 2
    for name in (*bad, "hostile.zip!../escaped.txt", "hostile.zip!zeros.txt"):
        (line,) = [line for line in lines if f"{name}: " in line]
        assert ";" in line, "the line says what to do"
    kept = tmp_path / "home" / "documents"
    assert not kept.exists() or list(kept.iterdir()) == []
    assert not (tmp_path / "escaped.txt").exists()
