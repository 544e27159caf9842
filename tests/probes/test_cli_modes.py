"""`audit replay` and `relay` as a user runs them: processes of their own, signals, kills, and one line for what cannot begin."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result

from app import main
from probes.judge import catalogue
from probes.modes import capture
from registry import db
from registry.aliases import store as aliases
from registry.certificates.store import save_extraction
from registry.settings import Settings
from tests.probes.judge.talk import certificate
from tests.probes.modes.raw_station import compliant, connected
from tests.probes.modes.relayed import BOUND, Central, received
from tests.registry.making import extraction

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((catalogue.DATA.parent / "schemas" / "audit_report.json").read_text())
START = '2026-01-01T00:00:00Z [2,"1","RemoteStartTransaction",{"connectorId":0,"idTag":"ABCDEF12"}]\n'
STARTED = '2026-01-01T00:00:01Z [3,"1",{"status":"Accepted"}]\n'
BOOTED = '[3, "%s", {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300}]'


@pytest.fixture
def facts_file(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"certificate": certificate().to_json()}))
    return path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner(env={"OCPP_REGISTRY_HOME": str(home), "OCPP_REGISTRY_DATABASE": ""}).invoke(main, arguments)


def one_line(result: Result) -> str:
    """What stands on standard error of a command that could not begin."""
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.output
    return result.stderr


# --- replay


def test_a_log_is_judged_and_stored_without_its_secrets(tmp_path: Path, facts_file: Path) -> None:
    log = tmp_path / "csms.log"
    log.write_text(START + STARTED + '2026-01-01T00:00:02Z [2,"2","Heart\n')
    result = run(tmp_path, "audit", "replay", str(log), "--facts", str(facts_file), "--json")
    report = json.loads(result.stdout)
    assert [str(error) for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(report)] == []
    assert (result.exit_code, report["verdict"], report["audit"]["mode"]) == (1, "deviates", "replay")
    assert [(case["id"], case["outcome"], case["frames"]) for case in report["cases"]] == [("TC_027_CS", "fail", [1, 2])]
    assert len(report["not_exercised"]) == 106
    assert any("1 lines could not be read and were left out: 3." in note for note in report["notes"])
    stored = Path(report["transcript"]["path"])
    assert stored.parent == tmp_path / "transcripts"
    assert "ABCDEF12" not in stored.read_text() + result.stdout
    again = run(tmp_path, "audit", "replay", str(stored), "--facts", str(facts_file))
    assert again.exit_code == 1
    assert "RemoteStartTransaction for connector 0 was Accepted" in again.stdout


def test_one_station_of_several_is_chosen(tmp_path: Path, facts_file: Path) -> None:
    log = tmp_path / "csms.log"
    boot = '[2,"1","BootNotification",{"chargePointVendor":"Example Chargers","chargePointModel":"EX-1","firmwareVersion":"V1.2.3"}]'
    log.write_text("\n".join(f"2026-01-01T00:00:00Z chargeBoxId={name} {boot}" for name in ("CP1", "CP2")))
    asked = ["audit", "replay", str(log), "--facts", str(facts_file)]
    assert "it holds 2 stations (CP1, CP2); choose one with --id" in one_line(run(tmp_path, *asked))
    assert "it holds nothing of the station CP3" in one_line(run(tmp_path, *asked, "--id", "CP3"))
    report = json.loads(run(tmp_path, *asked, "--id", "CP2", "--json").stdout)
    assert (report["device"]["id"], report["verdict"]) == ("CP2", "inconclusive")
    assert [row["verdict"] for row in report["identity"]] == ["match"] * 3


def test_a_recorded_name_of_the_company_counts_in_a_replay(tmp_path: Path) -> None:
    settings = Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path)})
    db.upgrade(settings)
    with db.opened(settings) as sessions, sessions.begin() as session:
        save_extraction(session, extraction(facts=certificate(holder="Lichtwerk GmbH", vendor_name=None)), "station.txt")
        record = aliases.record(session, "Lichtwerk GmbH", "Example Chargers", "It trades so.")
    log = tmp_path / "csms.log"
    boot = '[2,"1","BootNotification",{"chargePointVendor":"Example Chargers","chargePointModel":"EX-1","firmwareVersion":"V1.2.3"}]'
    log.write_text(f"2026-01-01T00:00:00Z chargeBoxId=CP1 {boot}")
    result = run(tmp_path, "audit", "replay", str(log), "--certificate", "OCA.0016.9999.CS", "--json")
    report = json.loads(result.stdout)
    assert [str(error) for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(report)] == []
    assert [(row["field"], row["verdict"], row.get("known_as")) for row in report["identity"][:2]] == [
        ("vendor", "match", [record.to_json()]),
        ("model", "match", None),
    ]
    assert any("'Example Chargers' is another name of 'Lichtwerk GmbH'" in finding["message"] for finding in report["findings"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no line holds an OCPP message"),
        (b'2026-01-01T00:00:00Z [2,"1","Hea\nnothing else\n', "no line can be used; broken are the lines 1"),
        (b'{"seq": 1}\n{"raw":\n', "no line can be used; broken are the lines 2"),
        (b'2026-01-01T00:00:00Z [3,"1",{}]\n', "nothing tells who sent the frames of the lines 1"),
        (b"\x00\xff" * 100, "no line holds an OCPP message"),
    ],
)
def test_a_file_without_a_usable_line(tmp_path: Path, facts_file: Path, content: bytes, message: str) -> None:
    path = tmp_path / "given"
    path.write_bytes(content)
    assert message in one_line(run(tmp_path, "audit", "replay", str(path), "--facts", str(facts_file)))
    assert not (tmp_path / "transcripts").exists()


def test_what_cannot_be_replayed(tmp_path: Path, facts_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "csms.log"
    log.write_text(START)
    asked = ["audit", "replay", str(log)]
    assert "which certificate?" in one_line(run(tmp_path, *asked))
    assert "cannot be read" in one_line(run(tmp_path, "audit", "replay", str(tmp_path / "none"), "--facts", str(facts_file)))
    assert "cannot be read" in one_line(run(tmp_path, "audit", "replay", str(tmp_path), "--facts", str(facts_file)))
    monkeypatch.setattr("probes.cli_modes.LARGEST_FILE", 10)
    assert "split it" in one_line(run(tmp_path, *asked, "--facts", str(facts_file)))
    monkeypatch.setattr("probes.cli_modes.LARGEST_FILE", 1 << 20)
    monkeypatch.setattr("probes.cli_modes.MOST_FRAMES", 0)
    assert "judge it in parts" in one_line(run(tmp_path, *asked, "--facts", str(facts_file)))


def test_an_unknown_certificate(tmp_path: Path) -> None:
    log = tmp_path / "csms.log"
    log.write_text(START)
    assert run(tmp_path, "listing", "import", str(ROOT / "data" / "listing" / "none")).exit_code == 2
    message = one_line(run(tmp_path, "audit", "replay", str(log), "--certificate", "OCA.0016.9998.CS"))
    assert "OCA.0016.9998.CS" in message or "database" in message


PCAP = b"\xd4\xc3\xb2\xa1" + bytes(20)


def a_tshark(folder: Path, script: str) -> None:
    program = folder / "tshark"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_capture_is_read_through_tshark(tmp_path: Path, facts_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program stands in for tshark: it prints what the fields that are asked for hold."""
    path = tmp_path / "talk.pcap"
    path.write_bytes(PCAP)
    bins = tmp_path / "bin"
    bins.mkdir()
    monkeypatch.setenv("PATH", str(bins))
    asked = ["audit", "replay", str(path), "--facts", str(facts_file), "--json"]
    assert "a packet capture needs tshark, which is not installed" in one_line(run(tmp_path, *asked))
    a_tshark(bins, 'echo "tshark: The file is cut short" >&2; exit 2')
    assert "tshark cannot read it (tshark: The file is cut short)" in one_line(run(tmp_path, *asked))
    monkeypatch.setattr(capture, "SECONDS", 0.1)
    a_tshark(bins, "while :; do :; done")
    assert "tshark did not end within 0.1 s" in one_line(run(tmp_path, *asked))
    monkeypatch.setattr(capture, "SECONDS", 30.0)
    frames = [json.dumps([2, "1", "RemoteStartTransaction", {"connectorId": 0, "idTag": "T"}]), '[3,"1",{"status":"Accepted"}]']
    lines = ["1\\t1767225600.0\\t0\\t/ocpp/CP9\\t\\t\\t"]
    lines += [
        f"{number}\\t176722560{number}.0\\t0\\t\\t1\\t{mask}\\t{text}" for number, mask, text in zip((2, 3), (0, 1), frames, strict=True)
    ]
    a_tshark(bins, f"printf '{chr(92)}n'; printf '" + "\\n".join(lines) + "\\n'")
    report = json.loads(run(tmp_path, *asked).stdout)
    assert (report["device"]["id"], [case["id"] for case in report["cases"]]) == ("CP9", ["TC_027_CS"])


# --- relay


@asynccontextmanager
async def relay(home: Path, *arguments: str, limit: int | None = None) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The command in a process of its own, with its address once it listens; killed if it is still there at the end.

    `limit` is the size of the largest file that it may write, in blocks of 512 bytes.
    """
    command = [sys.executable, "-m", "app", "relay", "--listen", "127.0.0.1:0", *arguments]
    if limit is not None:
        command = ["sh", "-c", f'ulimit -f {limit}; exec "$@"', "sh", *command]
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "OCPP_REGISTRY_HOME": str(home), "OCPP_REGISTRY_DATABASE": ""},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert child.stderr is not None
        async with asyncio.timeout(BOUND):
            line = (await child.stderr.readline()).decode()
        assert line.startswith("passing on between ws://"), line
        yield child, line.split(" ")[3]
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def ended(child: asyncio.subprocess.Process, number: signal.Signals = signal.SIGTERM) -> tuple[int | None, str, str]:
    child.send_signal(number)
    out, said = await asyncio.wait_for(child.communicate(), BOUND)
    return child.returncode, out.decode(), said.decode()


async def auditor_of(child: asyncio.subprocess.Process) -> int:
    """The process that audits: the relay's only child."""
    tasks = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    assert len(tasks) == 1
    return int(tasks[0])


@pytest.fixture
async def central() -> AsyncIterator[Central]:
    system = Central()

    async def answer(connection: Any, message: str | bytes) -> None:
        frame = json.loads(message)
        if frame[0] == 2:
            await connection.send(BOOTED % frame[1] if frame[2] == "BootNotification" else json.dumps([3, frame[1], {}]))

    system.on_message = answer
    await system.start()
    yield system
    await system.die()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_relay_writes_a_report_for_each_station_when_it_ends(
    tmp_path: Path, facts_file: Path, central: Central, number: signal.Signals
) -> None:
    file = tmp_path / "reports.jsonl"
    async with (
        relay(tmp_path, "--upstream", central.url, "--facts", str(facts_file), "--report", str(file)) as (child, url),
        connected(url, identity="CP1") as first,
        connected(url, identity="CP2"),
    ):
        await first.call("Authorize", {"idTag": "ABCDEF12"})
        status, out, said = await ended(child, number)
    assert (status, out) == (0, ""), said
    reports = [json.loads(line) for line in file.read_text().splitlines()]
    for report in reports:
        assert [str(error) for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(report)] == []
        assert (report["audit"]["mode"], report["audit"]["certificate"]) == ("relay", "OCA.0016.9999.CS")
        assert [row["verdict"] for row in report["identity"]] == ["match"] * 3
    assert sorted(report["device"]["id"] for report in reports) == ["CP1", "CP2"]
    assert not any(b"ABCDEF12" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_a_relay_with_probes_is_switched_off_by_a_signal(tmp_path: Path, facts_file: Path, central: Central) -> None:
    never = asyncio.Event()
    asked = asyncio.Event()

    async def silent(_raw: Any, _payload: Any) -> Any:
        asked.set()
        await never.wait()

    file = tmp_path / "reports.jsonl"
    options = ["--upstream", central.url, "--facts", str(facts_file), "--probe", "read-only", "--report", str(file)]
    async with relay(tmp_path, *options) as (child, url):
        async with connected(url, compliant() | {"GetConfiguration": silent}):
            await asyncio.wait_for(asked.wait(), BOUND)
            child.send_signal(signal.SIGUSR1)
            assert child.stderr is not None
            async with asyncio.timeout(BOUND):
                assert "probing is switched off" in (await child.stderr.readline()).decode()
            await (await central.connection()).send('[2,"c1","ClearCache",{}]')
        status, _, said = await ended(child)
    assert status == 0, said
    (report,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert report["audit"]["mode"] == "relay+probe"


async def test_when_the_auditor_is_killed_messages_are_passed_on(tmp_path: Path, facts_file: Path, central: Central) -> None:
    async with relay(tmp_path, "--upstream", central.url, "--facts", str(facts_file)) as (child, url):
        async with connected(url) as station:
            os.kill(await auditor_of(child), signal.SIGKILL)
            assert child.stderr is not None
            async with asyncio.timeout(BOUND):
                assert "the auditor ended (-9); messages are passed on without it" in (await child.stderr.readline()).decode()
                for _ in range(50):
                    assert await station.call("Heartbeat", {}) == {}
            async with connected(url, identity="CP2") as second:
                assert await second.call("Heartbeat", {}) == {}
        status, out, _ = await ended(child)
    assert (status, out) == (2, "")


async def test_when_the_disk_is_full_messages_are_passed_on(tmp_path: Path, facts_file: Path, central: Central) -> None:
    file = tmp_path / "reports.jsonl"
    options = ["--upstream", central.url, "--facts", str(facts_file), "--report", str(file)]
    async with relay(tmp_path, *options, limit=8) as (child, url):
        async with connected(url) as station:
            for _ in range(100):
                async with asyncio.timeout(BOUND):
                    assert await station.call("Heartbeat", {}) == {}
        status, _, said = await ended(child)
    assert status == 0
    assert "cannot be written" in said
    assert "CP1: no report: " in said
    assert "Traceback" not in said


async def test_when_the_central_system_is_killed_the_station_is_answered_and_kept(tmp_path: Path, facts_file: Path) -> None:
    """Both are processes of their own; the central system is the built-in one, killed, and started again on its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def started() -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", "csms", "--listen", f"127.0.0.1:{port}", cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        async with asyncio.timeout(BOUND):
            assert b"listening on" in await process.stderr.readline()
        return process

    csms = await started()
    try:
        async with relay(tmp_path, "--upstream", f"ws://127.0.0.1:{port}", "--facts", str(facts_file)) as (child, url):
            async with connected(url) as station:
                os.kill(csms.pid, signal.SIGSTOP)
                loop = asyncio.get_running_loop()
                lost = loop.create_future()
                station._waiting["mine"] = lost
                await station.send([2, "mine", "Heartbeat", {}])
                os.kill(csms.pid, signal.SIGKILL)
                async with asyncio.timeout(BOUND):
                    assert await lost == "InternalError"
                await csms.communicate()
                csms = await started()
                async with asyncio.timeout(BOUND):
                    assert "currentTime" in await station.call("Heartbeat", {})
            status, out, said = await ended(child)
        assert status in {0, 1}, said
        report = json.loads(out)
        assert any("was lost" in note for note in report["notes"])
    finally:
        if csms.returncode is None:
            csms.kill()
        await csms.communicate()


async def test_a_relay_without_a_certificate_still_records_and_judges(tmp_path: Path, central: Central) -> None:
    async with relay(tmp_path, "--upstream", central.url) as (child, url):
        async with connected(url) as station:
            await station.websocket.send('[2,"bad","StatusNotification",{"connectorId":"one"}]')
            await station.call("Heartbeat", {})
        status, out, _ = await ended(child)
    report = json.loads(out)
    assert (status, report["verdict"], report["audit"]["certificate"]) == (1, "deviates", None)
    assert [finding["rule"] for finding in report["findings"] if finding["severity"] == "error"] == ["call-follows-schema"]


def test_a_relay_that_cannot_begin(tmp_path: Path, facts_file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        asked = ["relay", "--listen", "127.0.0.1:0", "--upstream", f"ws://127.0.0.1:{port}"]
        assert "the central system cannot be reached" in one_line(run(tmp_path, *asked))
        taken.listen()
        assert f"127.0.0.1:{port}: cannot listen there" in one_line(
            run(tmp_path, "relay", "--listen", f"127.0.0.1:{port}", "--upstream", f"ws://127.0.0.1:{port}")
        )
        csms = tmp_path / "csms.json"
        csms.write_text(json.dumps({"certificate": certificate(number="OCA.0016.0001.CSMS", role="CSMS").to_json()}))
        assert "it is for a CSMS" in one_line(run(tmp_path, *asked, "--facts", str(csms)))
        assert "cannot be written" in one_line(run(tmp_path, *asked, "--facts", str(facts_file), "--report", str(tmp_path / "no" / "file")))
    assert "no address of a central system" in one_line(run(tmp_path, "relay", "--listen", "127.0.0.1:0", "--upstream", "nowhere"))
    assert "is no address to listen on" in one_line(run(tmp_path, "relay", "--listen", "nowhere", "--upstream", "ws://127.0.0.1:1"))
    assert [*tmp_path.glob("transcripts/*")] == []


async def test_a_station_may_speak_another_version_and_has_no_report(tmp_path: Path) -> None:
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    central = Central()
    central.subprotocols = [Subprotocol("ocpp2.0.1")]
    await central.start()
    async with relay(tmp_path, "--upstream", central.url) as (child, url):
        async with connect(f"{url}/CP1", subprotocols=[Subprotocol("ocpp2.0.1")]) as websocket:
            await websocket.send('[2,"1","Heartbeat",{}]')
            assert await received(websocket) == [3, "1", {}]
        status, out, said = await ended(child)
    await central.die()
    assert (status, out) == (0, "")
    assert "CP1: it agreed on ocpp2.0.1; judged is ocpp1.6, so there is no report" in said
