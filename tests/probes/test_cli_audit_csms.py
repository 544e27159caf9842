"""`audit csms` as a user runs it: at a central system that is there, and at one that is not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from probes.cli_audit_csms import csms
from probes.csms.csms import Csms
from registry.errors import CannotBegin

FACTS = Path(__file__).resolve().parents[1] / "golden" / "OCA.0016.0411.CSMS.json"


async def run(home: Path, *arguments: str) -> Result:
    """The command in a thread, so that a central system can live beside it."""
    runner = CliRunner(env={"OCPP_REGISTRY_HOME": str(home), "OCPP_REGISTRY_DATABASE": ""})
    return await asyncio.to_thread(runner.invoke, csms, [*arguments, "--facts", str(FACTS), "--id", "CP1"])


async def test_an_audit_with_several_stations(tmp_path: Path) -> None:
    async with Csms() as system:
        given = ("--case", "TC_001", "--tag", "VALIDTAG", "--load", "3", "--load-prefix", "MANY-")
        result = await run(tmp_path, system.url, *given, "--json")
        shown = await run(tmp_path, system.url, *given)
    report = json.loads(result.stdout)
    assert (result.exit_code, report["verdict"]) == (0, "conformant")
    assert [(row["stations"], row["registered"]) for row in report["load"]] == [(3, 3)]
    assert {state.identity for state in system.states} == {"CP1", "MANY-0001", "MANY-0002", "MANY-0003"}
    assert "With many stations at once" in shown.stdout
    assert "StopTransaction" in shown.stdout


async def test_an_address_at_which_nothing_is(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    result = await run(tmp_path, f"ws://127.0.0.1:{port}", "--case", "TC_001", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["verdict"]) == (1, "inconclusive")
    assert report["reason"] == f"ws://127.0.0.1:{port}/CP1: the connection is refused: nothing listens at this host and port"


async def test_more_stations_than_are_ever_brought(tmp_path: Path) -> None:
    result = await run(tmp_path, "ws://127.0.0.1:9", "--load", "5000")
    assert isinstance(result.exception, CannotBegin)
    assert "an audit brings 1 to 1000" in str(result.exception)


async def test_the_same_station_twice(tmp_path: Path) -> None:
    result = await run(tmp_path, "ws://127.0.0.1:9", "--also", "CP1")
    assert isinstance(result.exception, CannotBegin)
    assert "name each once" in str(result.exception)
