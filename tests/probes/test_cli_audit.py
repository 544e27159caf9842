"""`audit station` as a user runs it: a process of its own, its exit status, one line for what cannot begin."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import jsonschema_rs
import pytest
from click.testing import CliRunner, Result

from probes.cli_audit import audit, parse_endpoint
from probes.judge import catalogue
from registry.errors import CannotBegin, RegistryError
from tests.probes.judge.talk import CORE_KEYS, certificate
from tests.probes.modes.raw_station import SILENCE, RawStation, compliant, connected

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((catalogue.DATA.parent / "schemas" / "audit_report.json").read_text())


@pytest.fixture
def facts_file(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"certificate": certificate().to_json()}))
    return path


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PATIENCE = 120.0
"""Seconds after which what should have happened is taken not to happen: a busy machine may take its time."""


@asynccontextmanager
async def station_that_insists(port: int, answers: dict[str, Any] | None = None) -> AsyncIterator[None]:
    """A station that tries to connect until somebody listens, as chargers do."""

    async def insist() -> None:
        while True:
            try:
                async with connected(f"ws://127.0.0.1:{port}", answers) as station:
                    await station.websocket.wait_closed()
            except OSError:
                await asyncio.sleep(0.02)

    task = asyncio.create_task(insist())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def run(home: Path, *arguments: str) -> Result:
    """The command in a thread, so that a station can live beside it."""
    runner = CliRunner(env={"OCPP_REGISTRY_HOME": str(home), "OCPP_REGISTRY_DATABASE": ""})
    return await asyncio.to_thread(runner.invoke, audit, ["station", "--id", "CP1", *arguments])


async def test_a_conformant_station_ends_with_zero_and_one_json_document(tmp_path: Path, facts_file: Path, free_port: int) -> None:
    async with station_that_insists(free_port):
        result = await run(tmp_path, "--facts", str(facts_file), "--listen", f"127.0.0.1:{free_port}", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert [str(error) for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(report)] == []
    assert (report["verdict"], report["audit"]["certificate"]) == ("conformant", "OCA.0016.9999.CS")
    assert Path(report["transcript"]["path"]).parent == tmp_path / "transcripts"
    assert "TC_019_CS" in result.stderr


async def test_a_deviating_station_ends_with_one_and_says_what_first(tmp_path: Path, facts_file: Path, free_port: int) -> None:
    answers = compliant(CORE_KEYS | {"ResetRetries": ("9", False)})
    async with station_that_insists(free_port, answers):
        result = await run(tmp_path, "--facts", str(facts_file), "--listen", f"127.0.0.1:{free_port}")
    assert result.exit_code == 1, result.output
    lines = [line.strip() for line in result.stdout.splitlines() if line.strip()]
    assert lines[0] == "CP1: deviates"
    assert lines[1] == "ResetRetries: certified '0', the device has '9'"
    assert any(line.startswith("error  ResetRetries") for line in lines)
    assert any(line.startswith("TC_062_CS") and "pass" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--listen", "nowhere"], "'nowhere' is no address to listen on"),
        (["--listen", "127.0.0.1:99999"], "is no address to listen on"),
        (["--listen", "203.0.113.1:9000"], "203.0.113.1:9000: cannot listen there"),
        (["--listen", "127.0.0.1:0", "--wait", "0.1"], "CP1: no connection to"),
        (["--listen", "127.0.0.1:0", "--wait", "0.1", "--id", "CP 1"], "/CP%201 within"),
        (["--listen", "127.0.0.1:0", "--case", "TC_999"], "case TC_999: there is no such case"),
        (["--listen", "127.0.0.1:0", "--certificate", "OCA.0016.0001.CS"], "it holds the certificate OCA.0016.9999.CS"),
    ],
)
async def test_what_cannot_begin_is_one_line(tmp_path: Path, facts_file: Path, arguments: list[str], message: str) -> None:
    result = await run(tmp_path, "--facts", str(facts_file), *arguments)
    assert isinstance(result.exception, RegistryError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
    assert [*(tmp_path / "transcripts").glob("*.*"), *(tmp_path / "transcripts" / "unfinished").glob("*.jsonl")] == []


async def test_without_a_certificate_nothing_is_compared(tmp_path: Path) -> None:
    result = await run(tmp_path, "--listen", "127.0.0.1:0")
    assert isinstance(result.exception, CannotBegin)
    assert "which certificate" in str(result.exception)


async def test_an_unknown_tier_is_refused(tmp_path: Path, facts_file: Path) -> None:
    result = await run(tmp_path, "--facts", str(facts_file), "--listen", "127.0.0.1:0", "--tier", "everything")
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("text", "host", "port"), [("127.0.0.1:9000", "127.0.0.1", 9000), ("[::1]:80", "::1", 80), ("localhost:0", "localhost", 0)]
)
def test_endpoints(text: str, host: str, port: int) -> None:
    endpoint = parse_endpoint(text)
    assert (endpoint.host, endpoint.port) == (host, port)


@pytest.mark.parametrize("text", ["", "9000", ":9000", "host:", "host:port", "ws://host:9000", "host:-1", "host:٣"])
def test_what_is_no_endpoint(text: str) -> None:
    with pytest.raises(CannotBegin):
        parse_endpoint(text)


def test_the_command_is_exported() -> None:
    assert isinstance(audit, click.Group)
    assert "station" in audit.commands


async def test_an_interrupted_audit_says_where_its_record_lies(tmp_path: Path, facts_file: Path, free_port: int) -> None:
    script = "from probes.cli_audit import audit\nfrom registry.errors import RegistryError\ntry:\n audit()\n"
    script += "except RegistryError as e:\n print(e)\n"
    arguments = ["station", "--id", "CP1", "--facts", str(facts_file), "--listen", f"127.0.0.1:{free_port}"]
    asked = asyncio.Event()

    async def silent(_station: RawStation, _payload: dict[str, Any]) -> Any:
        asked.set()
        return SILENCE

    environment = {"OCPP_REGISTRY_HOME": str(tmp_path), "PATH": ""}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        *arguments,
        env=environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with station_that_insists(free_port, {"GetConfiguration": silent}):
            await asyncio.wait_for(asked.wait(), PATIENCE)
            process.send_signal(signal.SIGINT)
            output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert b"the audit was interrupted, nothing is concluded" in output
    (transcript,) = (tmp_path / "transcripts").glob("*.partial")
    assert "GetConfiguration" in transcript.read_text()
