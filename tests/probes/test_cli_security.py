"""Security profiles from the command line: both products as processes of their own, and what cannot begin in one line."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner

from probes.cli_audit import audit
from probes.cli_control import operate
from probes.cli_security import audit_security
from probes.cli_stack import csms, station
from probes.csms.csms import Csms
from probes.station.config import config_from_json
from probes.station.station import Station
from probes.wire.passwords import PasswordFile, hash_password
from probes.wire.security import ClientSecurity, ServerSecurity
from registry.errors import CannotBegin
from tests.probes.judge.talk import certificate
from tests.probes.test_cli_stack import BOUND, SETTINGS, a_file, ended, one_line, process

KEY = "00112233445566778899AABBCCDDEEFF"


def key_file(tmp_path: Path, mode: int = 0o600) -> Path:
    file = tmp_path / "key"
    file.write_text(KEY + "\n", encoding="utf-8")
    file.chmod(mode)
    return file


def tls_files(tmp_path: Path, *names: str) -> tuple[str, str, str]:
    authority = trustme.CA()
    signed = authority.issue_cert(*names)
    signed.cert_chain_pems[0].write_to_path(str(tmp_path / "cert"))
    signed.private_key_pem.write_to_path(str(tmp_path / "private"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca"))
    return str(tmp_path / "cert"), str(tmp_path / "private"), str(tmp_path / "ca")


async def test_both_products_over_tls_with_a_password(tmp_path: Path) -> None:
    cert, private, authority = tls_files(tmp_path, "127.0.0.1")
    hashes = tmp_path / "hashes.json"
    made = CliRunner().invoke(csms, ["--hash-password"], input=f"{KEY}\n")
    hashes.write_text(json.dumps({"CP1": made.output.strip()}), encoding="utf-8")
    server = ("--security-profile", "2", "--passwords", str(hashes), "--cert", cert, "--key", private)
    config = a_file(tmp_path, SETTINGS)
    async with process("csms", "--listen", "127.0.0.1:0", *server) as theirs:
        assert theirs.stderr is not None
        url = (await asyncio.wait_for(theirs.stderr.readline(), BOUND)).decode().removeprefix("listening on ").removesuffix("/IDENTITY\n")
        assert url.startswith("wss://")
        client = ("--security-profile", "2", "--password-file", str(key_file(tmp_path)), "--ca", authority)
        async with process("station", "--csms", url, "--id", "CP2", "--config", config, *client) as stranger:
            assert stranger.stderr is not None
            lines = [(await asyncio.wait_for(stranger.stderr.readline(), BOUND)).decode() for _ in range(2)]
            assert "the CSMS refused with HTTP status 401; next attempt in" in lines[1]
            assert KEY not in "".join(lines) + await ended(stranger, signal.SIGTERM)
        assert await ended(theirs, signal.SIGTERM) == ""


async def test_a_station_takes_its_password_from_a_file(tmp_path: Path) -> None:
    security = ServerSecurity(1, PasswordFile({"CP1": hash_password(KEY)}))
    client = ("--security-profile", "1", "--password-file", str(key_file(tmp_path)))
    async with (
        Csms(security=security) as here,
        process("station", "--csms", here.url, "--id", "CP1", "--config", a_file(tmp_path, SETTINGS), *client) as child,
    ):
        await here.station("CP1", BOUND)
        await ended(child, signal.SIGTERM)


async def test_a_station_takes_its_password_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCPP_PASSWORD", KEY)
    security = ServerSecurity(1, PasswordFile({"CP1": hash_password(KEY)}))
    async with (
        Csms(security=security) as here,
        process("station", "--csms", here.url, "--id", "CP1", "--config", a_file(tmp_path, SETTINGS), "--security-profile", "1") as child,
    ):
        await here.station("CP1", BOUND)
        await ended(child, signal.SIGTERM)


async def test_a_csms_with_an_authority_of_its_own(tmp_path: Path) -> None:
    """Its certificates and those of stations are of the same authority, which is there again after a restart."""
    hashes = tmp_path / "hashes.json"
    hashes.write_text(json.dumps({"CP1": hash_password(KEY)}), encoding="utf-8")
    folder = tmp_path / "authority"
    server = ("--security-profile", "2", "--passwords", str(hashes), "--authority", str(folder), "--organization", "Operator")
    settings = {
        **SETTINGS,
        "profiles": ["Core", "Security"],
        "keys": {"CpoName": "Operator", "SecurityProfile": "2", "AuthorizationKey": ""},
    }
    config = a_file(tmp_path, settings)
    roots = []
    for _ in range(2):
        async with process("csms", "--listen", "127.0.0.1:0", *server) as theirs:
            assert theirs.stderr is not None
            line = (await asyncio.wait_for(theirs.stderr.readline(), BOUND)).decode()
            url = line.removeprefix("listening on ").removesuffix("/IDENTITY\n")
            roots.append((folder / "root.pem").read_bytes())
            security = ClientSecurity(2, KEY, folder / "root.pem")
            built_in = Station(config_from_json(json.loads(Path(config).read_text()), config), url, "CP1", security=security)
            running = asyncio.create_task(built_in.run())
            await asyncio.wait_for(built_in.registration.accepted.wait(), BOUND)
            await built_in.security.ask_for_certificate()
            async with asyncio.timeout(BOUND):
                while built_in.security.credentials.newest is None:
                    await asyncio.sleep(0.01)
            built_in.stop()
            await running
            assert await ended(theirs, signal.SIGTERM) == ""
    assert roots[0] == roots[1]


def test_what_cannot_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCPP_PASSWORD", raising=False)
    begun = ["station", "--csms", "ws://127.0.0.1:9", "--id", "CP1", "--config", a_file(tmp_path, SETTINGS)]
    assert one_line([*begun, "--security-profile", "1"]) == (
        "security profile 1 needs the station's password; give it, or choose another profile"
    )
    open_file = key_file(tmp_path, 0o644)
    assert one_line([*begun, "--password-file", str(open_file)]) == f"{open_file}: others may read it; `chmod 600 {open_file}` first"
    assert "cannot be read (No such file or directory); name a file" in one_line([*begun, "--password-file", str(tmp_path / "none")])
    open_file.write_text("")
    open_file.chmod(0o600)
    assert one_line([*begun, "--password-file", str(open_file)]).endswith("is empty; write the AuthorizationKey into it")
    assert one_line([*begun, "--cert", "x"]) == "--cert and --key belong together; give both"
    listen = ["csms", "--listen", "127.0.0.1:0"]
    assert one_line([*listen, "--authority", str(tmp_path)]).startswith("--authority signs for an organization; give --organization")
    assert one_line([*listen, "--cert", "x"]) == "1 --cert and 0 --key: give one private key for each certificate"
    for content in ("{", "[]", '{"CP1": 5}', json.dumps({"CP1": KEY})):
        (tmp_path / "hashes").write_text(content)
        problem = one_line([*listen, "--security-profile", "1", "--passwords", str(tmp_path / "hashes")])
        assert problem.startswith(f"{tmp_path / 'hashes'}: ")
        assert KEY not in problem
    empty = CliRunner().invoke(csms, ["--hash-password"], input="\n")
    assert isinstance(empty.exception, CannotBegin)
    assert "--password " not in CliRunner().invoke(station, ["--help"]).output


async def test_a_csms_with_several_doors_files_and_errands(tmp_path: Path) -> None:
    """One process, one port for each profile; what a station sends lies in the folder that was named."""
    hashes = tmp_path / "hashes.json"
    hashes.write_text(json.dumps({"CP1": hash_password(KEY)}), encoding="utf-8")
    folder, files = tmp_path / "authority", tmp_path / "files"
    server = ("--passwords", str(hashes), "--authority", str(folder), "--organization", "Operator", "--files", str(files))
    doors = ("--door", "1=0", "--door", "2=0", "--door", "3=0", "--control", "0", "--renew-before", "0")
    config = config_from_json({**SETTINGS, "profiles": ["Core", "Security"]}, "settings")
    async with process("csms", "--listen", "127.0.0.1:0", *server, *doors) as theirs:
        assert theirs.stderr is not None
        lines = [(await asyncio.wait_for(theirs.stderr.readline(), BOUND)).decode().strip() for _ in range(5)]
        urls = [line.removeprefix("listening on ").removesuffix("/IDENTITY") for line in lines[:4]]
        assert [url.partition(":")[0] for url in urls] == ["ws", "ws", "wss", "wss"]
        assert len(set(urls)) == 4
        port = lines[4].removeprefix("controls at http://127.0.0.1:")
        built_in = Station(config, urls[2], "CP1", security=ClientSecurity(2, KEY, folder / "root.pem"))
        running = asyncio.create_task(built_in.run())
        await asyncio.wait_for(built_in.registration.accepted.wait(), BOUND)

        async def said(*arguments: str) -> dict[str, Any]:
            result = await asyncio.to_thread(CliRunner().invoke, operate, [port, *arguments])
            told: dict[str, Any] = json.loads(result.output)
            return told

        await said("fetch-log", "--station", "CP1", "--scheme", "https")
        async with asyncio.timeout(BOUND):
            while (await said("state"))["errands"][0]["outcome"] is None:
                await asyncio.sleep(0.01)
        received = Path((await said("state"))["errands"][0]["outcome"])
        assert received.is_relative_to(files / "uploads")
        assert "StartupOfTheDevice" in received.read_text()
        built_in.stop()
        await running
        await ended(theirs, signal.SIGTERM)


@pytest.mark.parametrize("door", ["", "2", "4=1", "2=x", "2=65536", "=1"])
def test_a_door_that_is_none(door: str) -> None:
    assert one_line(["csms", "--listen", "127.0.0.1:0", "--door", door]) == f"--door {door}: no door; write PROFILE=PORT, as 2=8443"


def test_an_audit_opens_doors_that_ask_for_what_the_station_has(tmp_path: Path) -> None:
    given: dict[str, Any] = {"passwords": None, "certs": (), "keys": (), "client_ca": None, "organization": "Operator"}
    doors, told = audit_security(
        "CP1",
        "127.0.0.1",
        station_password_file=key_file(tmp_path),
        serial_number="SN-1",
        security_profile=1,
        authority=tmp_path / "authority",
        doors=("2=0", "3=0"),
        **given,
    )
    further = [door for _, door in doors["further"]]
    assert [doors["security"].profile, *(door.profile for door in further)] == [1, 2, 3]
    assert doors["security"].passwords is further[0].passwords is told["password"]
    assert further[1].serial_numbers == {"CP1": "SN-1"}
    assert told["authority"] is not None
    assert audit_security(
        "CP1", "127.0.0.1", station_password_file=None, serial_number=None, security_profile=0, authority=None, doors=(), **given
    )[1] == {"password": None, "authority": None}


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (("--security-profile", "1"), "security profile 1 needs the stations' passwords; give it, or choose another profile"),
        (("--firmware-signature", "FILE"), "--firmware-certificate and --firmware-signature belong together; give both"),
        (("--passwords", "FILE", "--station-password-file", "FILE"), "one station is audited; give the latter alone"),
    ],
)
def test_an_audit_that_is_not_given_all_it_needs_does_not_begin(tmp_path: Path, more: tuple[str, ...], line: str) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    file.chmod(0o600)
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"certificate": certificate().to_json()}))
    begun = ["station", "--id", "CP1", "--facts", str(facts), "--listen", "127.0.0.1:0"]
    result = CliRunner().invoke(audit, [*begun, *(str(file) if word == "FILE" else word for word in more)])
    assert isinstance(result.exception, CannotBegin), result.output
    assert str(result.exception).endswith(line)
