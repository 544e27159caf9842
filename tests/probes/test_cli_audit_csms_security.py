"""`audit csms` with credentials, over TLS, as a user runs it; and what cannot begin, in one line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from probes.cli_audit_csms import csms
from probes.csms.csms import Csms
from registry.errors import CannotBegin
from tests.probes.audits.secured import KEY
from tests.probes.central.secured import guarded

FACTS = Path(__file__).resolve().parents[1] / "golden" / "OCA.0016.0411.CSMS.json"


async def run(home: Path, *arguments: str) -> Result:
    """The command in a thread, with a certificate that has the security extension."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    facts["certificate"]["profiles"]["Security"] = "Pass"
    (home / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    runner = CliRunner(env={"OCPP_REGISTRY_HOME": str(home), "OCPP_REGISTRY_DATABASE": ""})
    return await asyncio.to_thread(runner.invoke, csms, [*arguments, "--facts", str(home / "facts.json"), "--id", "CP1"])


def password_file(home: Path) -> Path:
    file = home / "password"
    file.write_text(KEY, encoding="ascii")
    file.chmod(0o600)
    return file


async def test_credentials_and_tls_in_time_that_is_real(tmp_path: Path) -> None:
    own = guarded(2, tmp_path, "CP1")
    assert own.shown is not None
    async with Csms(**own.doors) as system:
        given = ("--security-profile", "2", "--password-file", str(password_file(tmp_path)), "--ca", str(own.shown.authority))
        result = await run(tmp_path, system.url, *given, "--case", "TC_085", "--case", "TC_086", "--json")
    report = json.loads(result.stdout)
    assert {case["id"]: case["outcome"] for case in report["cases"]} == {"TC_085_CSMS": "pass", "TC_086_CSMS": "pass"}
    assert (result.exit_code, report["verdict"]) == (0, "conformant")
    assert KEY not in result.stdout


async def test_without_the_authority_it_is_said_that_nobody_trusts_the_certificate(tmp_path: Path) -> None:
    own = guarded(2, tmp_path, "CP1")
    async with Csms(**own.doors) as system:
        given = ("--security-profile", "2", "--password-file", str(password_file(tmp_path)))
        result = await run(tmp_path, system.url, *given, "--case", "TC_001", "--json")
    report = json.loads(result.stdout)
    assert report["verdict"] == "inconclusive"
    assert report["reason"].endswith("the certificate of the central system is signed by no authority that is trusted here")


@pytest.mark.parametrize("door", ["3=ws://h/x", "2=https://h", "4=wss://h", "0=ws://h", "wss://h", "2=", "2=wss://"])
async def test_what_is_no_door(door: str, tmp_path: Path) -> None:
    result = await run(tmp_path, "ws://127.0.0.1:9", "--door", door)
    assert isinstance(result.exception, CannotBegin)
    assert "write PROFILE=URL, as 3=wss://HOST:PORT/PATH" in str(result.exception)


async def test_a_door_is_shown_without_its_password(tmp_path: Path) -> None:
    result = await run(tmp_path, "ws://127.0.0.1:9", "--door", "3=ws://user:secret@h/x")
    assert "secret" not in str(result.exception)


async def test_firmware_and_what_vouches_for_it_belong_together(tmp_path: Path) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(b"image")
    result = await run(tmp_path, "ws://127.0.0.1:9", "--firmware", str(image))
    assert "belong together; give all three" in str(result.exception)
    nothing = tmp_path / "nothing"
    nothing.write_text("nothing", encoding="ascii")
    more = ("--firmware-certificate", str(nothing), "--firmware-signature", str(nothing))
    result = await run(tmp_path, "ws://127.0.0.1:9", "--firmware", str(image), *more)
    assert isinstance(result.exception, CannotBegin)
    assert "no certificate in PEM" in str(result.exception)
    result = await run(tmp_path, "ws://127.0.0.1:9", "--firmware", str(tmp_path / "none"), *more)
    assert "cannot be read" in str(result.exception)


async def test_firmware_with_a_signature_of_something_else(tmp_path: Path) -> None:
    own = guarded(2, tmp_path, "CP1")
    assert own.shown is not None
    image = tmp_path / "image.bin"
    image.write_bytes(b"image")
    # The rig signs an image without a content.
    given = ("--firmware-certificate", str(tmp_path / "signer.pem"), "--firmware-signature", str(tmp_path / "signature.b64"))
    result = await run(tmp_path, "ws://127.0.0.1:9", "--firmware", str(image), *given)
    assert "the signature does not fit the file; give the signature that belongs to it" in str(result.exception)


def secret_file(home: Path, name: str, text: str) -> Path:
    file = home / name
    file.write_text(text, encoding="ascii")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("wrong", ["CP2", "=file", "CP2="])
async def test_what_is_no_password_of_a_further_station(wrong: str, tmp_path: Path) -> None:
    result = await run(tmp_path, "ws://127.0.0.1:9", "--also", "CP2", "--also-password", wrong)
    assert str(result.exception) == f"--also-password {wrong}: write it as ID=FILE"


async def test_a_password_of_a_station_that_does_not_come(tmp_path: Path) -> None:
    file = secret_file(tmp_path, "other", KEY)
    result = await run(tmp_path, "ws://127.0.0.1:9", "--also-password", f"CP9={file}")
    assert "it has a password, and is no further station" in str(result.exception)
