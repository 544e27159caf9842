"""Audits as processes that are killed for real, and two at once for one station."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from probes.station.station import Station
from probes.twins import twin_of
from probes.wire.records import Direction, Frame, Record
from tests.probes.audits.facts import facts_with

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
FACTS = facts_with()
GRANT = ("--tier", "passive", "--tier", "read-only", "--tier", "reversible", "--case", "TC_019", "--case", "TC_021", "--case", "TC_062")


@pytest.fixture
def facts_file(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"certificate": FACTS.to_json()}))
    return path


async def auditor(home: Path, facts: Path, port: int, *grant: str) -> Process:
    """`audit station` as a process of its own."""
    arguments = ["audit", "station", "--id", "CP1", "--facts", str(facts), "--listen", f"127.0.0.1:{port}", "--json", *grant]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *arguments,
        env={"OCPP_REGISTRY_HOME": str(home), "PATH": ""},
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def station_at(port: int) -> AsyncIterator[tuple[Station, asyncio.Event]]:
    """The twin, and an event that is set when it has been asked to change a setting."""
    station, changed = Station(twin_of(FACTS), f"ws://127.0.0.1:{port}", "CP1"), asyncio.Event()

    def look(record: Record) -> None:
        if isinstance(record, Frame) and record.direction is Direction.FROM_CSMS and record.action == "ChangeConfiguration":
            changed.set()

    with station.transcript.attached(look):
        running = asyncio.create_task(station.run())
        try:
            yield station, changed
        finally:
            station.stop()
            await running


def settings(station: Station) -> dict[str, str | None]:
    return {setting.key: setting.value for setting in station.configuration.read(())[0]}


async def test_what_a_killed_audit_changed_is_undone_by_the_next_which_goes_on(
    tmp_path: Path, facts_file: Path, unused_tcp_port: int
) -> None:
    async with station_at(unused_tcp_port) as (station, changed):
        before = settings(station)
        first = await auditor(tmp_path, facts_file, unused_tcp_port, *GRANT)
        await asyncio.wait_for(changed.wait(), PATIENCE)
        first.send_signal(signal.SIGKILL)
        await asyncio.wait_for(first.communicate(), PATIENCE)
        (journal,) = (tmp_path / "transcripts" / "unfinished").glob("*.jsonl")
        assert '"change"' in journal.read_text()
        second = await auditor(tmp_path, facts_file, unused_tcp_port, *GRANT)
        output, _ = await asyncio.wait_for(second.communicate(), PATIENCE)
        after = settings(station)
    report = json.loads(output)
    assert after == before
    assert [finding["subject"] for finding in report["findings"] if finding["severity"] == "error"] == []
    assert {case["id"]: case["outcome"] for case in report["cases"]} == dict.fromkeys(("TC_019_CS", "TC_021_CS", "TC_062_CS"), "pass")
    assert any("broken off" in note for note in report["notes"])
    seqs = [json.loads(line)["seq"] for line in Path(report["transcript"]["path"]).read_text().splitlines()]
    assert seqs == list(range(1, len(seqs) + 1))
    assert list((tmp_path / "transcripts").glob("*.partial")) == list((tmp_path / "transcripts" / "unfinished").glob("*.jsonl")) == []


async def test_a_station_is_under_one_audit_at_a_time(tmp_path: Path, facts_file: Path, unused_tcp_port_factory: object) -> None:
    assert callable(unused_tcp_port_factory)
    first = await auditor(tmp_path, facts_file, unused_tcp_port_factory(), "--wait", "600")
    try:
        assert first.stderr is not None
        assert b"waiting for CP1" in await asyncio.wait_for(first.stderr.readline(), PATIENCE)
        second = await auditor(tmp_path, facts_file, unused_tcp_port_factory())
        output, told = await asyncio.wait_for(second.communicate(), PATIENCE)
    finally:
        first.kill()
        await first.communicate()
    assert (second.returncode, output) == (2, b"")
    assert told.decode().splitlines() == ["ocpp-registry: station CP1: it is under audit already; wait for its end or cancel it"]
