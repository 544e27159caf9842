"""`station` and `csms` as a user runs them: processes of their own, stopped by a signal, one line for what cannot begin."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from probes.cli_stack import commands, csms, station
from probes.csms.csms import Csms
from probes.station.config import StationConfig
from probes.station.station import Station
from probes.wire.records import Frame
from registry.errors import CannotBegin, RegistryError

ROOT = Path(__file__).resolve().parents[2]
BOUND = 60.0
SETTINGS = {"vendor": "Vendor", "model": "Model", "software_version": "1.0", "keys": {"SupportedFeatureProfiles": "Core"}}


def a_file(tmp_path: Path, content: object) -> str:
    path = tmp_path / "given.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def certificate_file(tmp_path: Path, number: str) -> str:
    document = json.loads((ROOT / "tests" / "golden" / f"{number}.json").read_text(encoding="utf-8"))
    return a_file(tmp_path, {"certificate": document.get("certificate", document)})


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One of the commands in a process of its own; killed if it is still there at the end."""
    code = "import sys, probes.cli_stack as c; {x.name: x for x in c.commands}[sys.argv[1]].main(sys.argv[2:])"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        *arguments,
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def ended(child: asyncio.subprocess.Process, number: signal.Signals) -> str:
    """End a process; it ends well, and what it said on standard error comes back."""
    child.send_signal(number)
    out, said = await asyncio.wait_for(child.communicate(), BOUND)
    assert (child.returncode, out) == (0, b"")
    return said.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_twin_runs_until_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    file = certificate_file(tmp_path, "OCA.0016.0408.CS")
    async with Csms() as here, process("station", "--csms", here.url, "--id", "CP 1", "--config", file) as child:
        link = await here.station("CP 1", BOUND)
        answer = await link.peer.request("GetConfiguration", {"key": ["HeartbeatInterval"]}, BOUND)
        assert answer.payload["configurationKey"][0]["key"] == "HeartbeatInterval"
        said = await ended(child, number)
        assert said == "CP 1: LS ELECTRIC CO., LTD. LECS007-1CH02CW, V1.3.337\n"
        await asyncio.wait_for(link.closed.wait(), BOUND)


async def test_a_station_remembers_in_its_file(tmp_path: Path) -> None:
    file, state = a_file(tmp_path, SETTINGS), tmp_path / "station.json"
    async with Csms() as here:
        async with process("station", "--csms", here.url, "--id", "CP1", "--config", file, "--state", str(state)):
            link = await here.station("CP1", BOUND)
            answer = await link.peer.request("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}, BOUND)
            assert answer.payload == {"status": "Accepted"}
        assert json.loads(state.read_text(encoding="utf-8"))["unavailable"] == [1]


async def test_a_station_is_controlled_from_the_command_line(tmp_path: Path) -> None:
    async with (
        Csms() as here,
        process("station", "--csms", here.url, "--id", "CP1", "--config", a_file(tmp_path, SETTINGS), "--control", "0") as child,
    ):
        assert child.stderr is not None
        lines = [(await asyncio.wait_for(child.stderr.readline(), BOUND)).decode() for _ in range(2)]
        url = lines[1].removeprefix("CP1: controls at ").strip()
        await here.station("CP1", BOUND)
        control = {each.name: each for each in commands}["control"]
        done = await asyncio.to_thread(CliRunner().invoke, control, [url.rsplit(":", 1)[1], "plug"])
        assert json.loads(done.output)["connectors"]["1"]["status"] == "Preparing"
        assert await ended(child, signal.SIGTERM) == ""


async def test_a_station_without_a_csms_says_so_and_goes_on(tmp_path: Path) -> None:
    async with Csms() as gone:
        url = gone.url
    async with process("station", "--csms", url, "--id", "CP1", "--config", a_file(tmp_path, SETTINGS)) as child:
        assert child.stderr is not None
        lines = [(await asyncio.wait_for(child.stderr.readline(), BOUND)).decode() for _ in range(2)]
        assert lines[0] == "CP1: Vendor Model, 1.0\n"
        assert lines[1].startswith(f"{url}/CP1: no connection (")
        assert "next attempt in" in lines[1]
        assert "Traceback" not in await ended(child, signal.SIGTERM)


async def test_a_csms_runs_until_it_is_stopped(tmp_path: Path) -> None:
    file = certificate_file(tmp_path, "OCA.0016.0118.CSMS")
    async with process("csms", "--listen", "127.0.0.1:0", "--config", file) as child:
        assert child.stderr is not None
        line = (await asyncio.wait_for(child.stderr.readline(), BOUND)).decode()
        url = line.removeprefix("listening on ").removesuffix("/IDENTITY\n")
        built_in = Station(StationConfig("V", "M", "1"), url, "CP1")
        running = asyncio.create_task(built_in.run())
        await asyncio.wait_for(built_in.registration.accepted.wait(), BOUND)
        built_in.stop()
        await asyncio.wait_for(running, BOUND)
        assert await ended(child, signal.SIGTERM) == "Korea Electric Vehicle Solutions.Co.,Ltd. KEVS CSMS, 1.0.0\n"


async def test_products_have_the_faults_that_are_asked_for(tmp_path: Path) -> None:
    config = a_file(tmp_path, SETTINGS)
    async with process("csms", "--listen", "127.0.0.1:0", "--fault", "boot-interval-negative", "--fault", "heartbeat-refused") as child:
        assert child.stderr is not None
        line = (await asyncio.wait_for(child.stderr.readline(), BOUND)).decode()
        url = line.removeprefix("listening on ").removesuffix("/IDENTITY\n")
        built_in = Station(StationConfig("V", "M", "1"), url, "CP1")
        running = asyncio.create_task(built_in.run())
        await asyncio.wait_for(built_in.registration.accepted.wait(), BOUND)
        assert (await built_in.call("Heartbeat", {})).error_code == "NotImplemented"
        boots = [record for record in built_in.transcript.records if isinstance(record, Frame) and record.action == "BootNotification"]
        assert '"interval":-1' in boots[-1].raw
        built_in.stop()
        await asyncio.wait_for(running, BOUND)
    async with Csms() as here, process("station", "--csms", here.url, "--id", "CP1", "--config", config, "--fault", "unlock-told-failed"):
        link = await here.station("CP1", BOUND)
        assert (await link.peer.request("UnlockConnector", {"connectorId": 1}, BOUND)).payload == {"status": "UnlockFailed"}


async def test_a_csms_knows_after_a_restart_what_it_knew(tmp_path: Path) -> None:
    for _ in range(2):
        async with process("csms", "--listen", "127.0.0.1:0", "--state", str(tmp_path / "state")) as child:
            assert child.stderr is not None
            line = (await asyncio.wait_for(child.stderr.readline(), BOUND)).decode()
            built_in = Station(StationConfig("V", "M", "1"), line.removeprefix("listening on ").removesuffix("/IDENTITY\n"), "CP1")
            running = asyncio.create_task(built_in.run())
            await asyncio.wait_for(built_in.registration.accepted.wait(), BOUND)
            built_in.stop()
            await asyncio.wait_for(running, BOUND)
            assert await ended(child, signal.SIGTERM) == ""
        (file,) = (tmp_path / "state").iterdir()
        assert json.loads(file.read_text(encoding="utf-8"))["boot"]["chargePointVendor"] == "V"


def one_line(arguments: list[str]) -> str:
    command = {each.name: each for each in commands}[arguments[0]]
    result = CliRunner().invoke(command, arguments[1:])
    assert isinstance(result.exception, RegistryError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


STATION = ["station", "--csms", "ws://127.0.0.1:9", "--id", "CP1"]


def test_what_cannot_begin(tmp_path: Path) -> None:
    good = a_file(tmp_path, SETTINGS)
    assert one_line(STATION) == "which product? give either --certificate NUMBER or --config FILE"
    assert (
        one_line([*STATION, "--certificate", "X", "--config", good]) == "which product? give either --certificate NUMBER or --config FILE"
    )
    assert one_line([*STATION, "--config", good, "--fault", "tired"]) == "'tired': there is no such fault; `--fault list` lists them"
    assert "cannot be read (No such file or directory); name a file" in one_line([*STATION, "--config", str(tmp_path / "none")])
    (tmp_path / "no.json").write_bytes(b"\xff")
    assert "no.json: no JSON in UTF-8; name a file" in one_line([*STATION, "--config", str(tmp_path / "no.json")])
    assert one_line(["station", "--csms", "http://x", "--id", "CP1", "--config", good]).startswith("http://x: no WebSocket address")
    assert one_line(["csms", "--listen", "nowhere"]).startswith("'nowhere' is no address to listen on")
    assert one_line(["csms", "--listen", "127.0.0.1:0", "--fault", "tired"]).startswith("'tired': the built-in CSMS has no such fault")


def test_the_wrong_kind_of_certificate(tmp_path: Path) -> None:
    assert "it certifies a CSMS" in one_line([*STATION, "--config", certificate_file(tmp_path, "OCA.0016.0023.CSMS")])
    file = certificate_file(tmp_path, "OCA.0016.0408.CS")
    assert "it certifies a charging station" in one_line(["csms", "--listen", "127.0.0.1:0", "--config", file])


async def test_a_port_in_use() -> None:
    async with Csms() as here:
        with pytest.raises(CannotBegin, match="the port is in use"):
            await Csms("127.0.0.1", here.port).__aenter__()


def test_the_faults_are_listed_without_anything_else() -> None:
    listed = CliRunner().invoke(station, ["--fault", "list"])
    assert listed.exit_code == 0
    assert "wrong-software-version" in listed.output
    assert CliRunner().invoke(csms, ["--fault", "list"]).exit_code == 0
