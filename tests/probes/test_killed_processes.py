"""The auditor, the station and the link between them are killed at random moments, as processes and sockets: what was changed is undone,
or the report says what is not.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from probes.twins import twin_of
from tests.probes.audits.facts import full_facts

ROOT = Path(__file__).parents[2]
PATIENCE = 400.0
FACTS = full_facts(2)
TIERS = ("passive", "read-only", "reversible")
QUICK = ("TC_021_CS", "TC_040_2_CS", "TC_043_CS", "TC_043_2_CS", "TC_051_CS", "TC_052_CS")
"""Cases that change settings, the local list and reservations, in no time where nobody is waited for."""

QUICK_MESSAGES = 90
"""What passes at least while they are carried out."""

LONG = (*QUICK, "TC_067_CS", "TC_072_CS")
"""Those of charging profiles, too: they take most of a minute."""

LONG_MESSAGES = 120

VICTIMS = ("auditor", "station", "link")
MOMENTS = 50
AT_ONCE = 8

WORDS = {
    "configuration": "",
    "reservations": "reservation",
    "charging_profiles": "profile",
    "unavailable": "vailab",
    "local_list": "list",
}
"""What a station must know after all as it did before; and how the report speaks of what it does not (settings: by their names)."""


class Link:
    """The way from the station to the auditor: counts what passes, calls `strike` at a certain moment, and can be cut for a while."""

    def __init__(self, port: int, moment: int, strike: Callable[[Link], None]) -> None:
        self._port, self._moment, self._strike = port, moment, strike
        self._passed, self._down = 0, False
        self._ends: set[StreamWriter] = set()
        self.struck = asyncio.Event()

    async def __aenter__(self) -> Link:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.cut(None)
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where the station connects to."""
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self, seconds: float | None) -> None:
        """Nothing goes over it for so long (None: for ever); who is connected notices at once."""
        self._down = True
        for end in self._ends:
            end.transport.abort()
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, self._mend)

    def _mend(self) -> None:
        self._down = False

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, back}
        self._ends |= ends
        if self._down:
            self.cut(None)
        await asyncio.gather(self._passes(reader, back), self._passes(there, writer))
        self._ends -= ends

    async def _passes(self, source: StreamReader, sink: StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                self._passed += 1
                if self._passed == self._moment:
                    self.struck.set()
                    self._strike(self)
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            sink.transport.abort()
        else:
            sink.close()


@dataclass(frozen=True)
class Field:
    """What outlives the processes: their folder and where the auditor listens."""

    home: Path
    port: int
    cases: tuple[str, ...]

    async def _begun(self, *arguments: str) -> Process:
        environment = {"OCPP_REGISTRY_HOME": str(self.home), "PATH": ""}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", *arguments, cwd=ROOT, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE
        )

    async def auditor(self) -> Process:
        """`audit station`, listening."""
        granted = [word for tier in TIERS for word in ("--tier", tier)] + [word for case in self.cases for word in ("--case", case)]
        listens = ("--listen", f"127.0.0.1:{self.port}", "--wait", str(PATIENCE))
        process = await self._begun("audit", "station", "--id", "CP1", "--facts", str(self.facts), *listens, "--json", *granted)
        assert process.stderr is not None
        assert b"waiting for CP1" in await asyncio.wait_for(process.stderr.readline(), PATIENCE)
        return process

    async def station(self, url: str) -> Process:
        """The twin, with what lies on its disk."""
        return await self._begun("station", "--id", "CP1", "--csms", url, "--config", str(self.facts), "--state", str(self._state))

    @property
    def facts(self) -> Path:
        """The certificate."""
        path = self.home / "facts.json"
        if not path.exists():
            path.write_text(json.dumps({"certificate": FACTS.to_json()}))
        return path

    @property
    def _state(self) -> Path:
        return self.home / "station.json"

    def lasting(self) -> dict[str, Any]:
        """What the station knows when it is switched on again. A list without tags has the version 0 (1.6 5.10)."""
        kept = json.loads(self._state.read_text()) if self._state.exists() else {}
        known = {name: value for name in WORDS if (value := kept.get(name))}
        known["configuration"] = {**twin_of(FACTS).keys, **known.get("configuration", {})}
        if not known.get("local_list", {}).get("entries"):
            known.pop("local_list", None)
        return known


async def _ended(process: Process) -> bytes:
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return output


async def _broken_off(field: Field, victim: str, moment: int, seconds: float) -> dict[str, Any]:
    """The report of an audit in which this happened; one that was killed is begun again."""
    processes: dict[str, Process] = {}

    def strike(link: Link) -> None:
        if victim == "link":
            link.cut(seconds)
        else:
            processes[victim].kill()

    async with Link(field.port, moment, strike) as link:
        try:
            processes["auditor"] = await field.auditor()
            processes["station"] = await field.station(link.url)
            first = asyncio.create_task(_ended(processes["auditor"]))
            struck = asyncio.create_task(link.struck.wait())
            await asyncio.wait({struck, first}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            struck.cancel()
            assert link.struck.is_set(), "the audit was over before the moment came"
            if victim == "auditor":
                assert await first == b""
                processes["auditor"] = await field.auditor()
                output = await _ended(processes["auditor"])
            else:
                if victim == "station":
                    await _ended(processes["station"])
                    processes["station"] = await field.station(link.url)
                output = await first
        finally:
            for process in processes.values():
                if process.returncode is None:
                    process.terminate()
                    await _ended(process)
    report: dict[str, Any] = json.loads(output)
    return report


async def _try(home: Path, port: int, seed: int, cases: tuple[str, ...], messages: int) -> None:
    chance = random.Random(seed)
    victim, moment, seconds = VICTIMS[seed % 3], chance.randrange(5, messages), chance.uniform(0.2, 3.0)
    home.mkdir(exist_ok=True)
    field = Field(home, port, cases)
    before = field.lasting()
    report = await _broken_off(field, victim, moment, seconds)
    after, told = field.lasting(), f"{victim} at message {moment} (seed {seed})"
    left = [finding["message"] for finding in report["findings"] if finding["rule"] == "not-restored"]
    for name, word in WORDS.items():
        if name == "configuration":
            differing = [key for key, value in before[name].items() if after[name].get(key) != value]
            assert all(any(key in message for message in left) for key in differing), f"{told}: {differing} differ; told: {left}"
        elif before.get(name) != after.get(name):
            assert any(word in message for message in left), f"{told}: {name} is {after.get(name)}; told: {left}"
    assert [finding["subject"] for finding in report["findings"] if finding["severity"] == "error"] == [], told
    assert list((home / "transcripts").glob("*.partial")) == [], told
    assert bool(list((home / "transcripts" / "unfinished").glob("*.jsonl"))) == bool(left), told


@pytest.mark.parametrize("victim", VICTIMS)
async def test_what_is_killed_in_an_audit_leaves_the_station_as_it_was(
    victim: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    await _try(tmp_path, unused_tcp_port_factory(), VICTIMS.index(victim), QUICK, QUICK_MESSAGES)


@pytest.mark.slow
async def test_whatever_is_killed_at_fifty_moments_the_station_is_left_as_it_was(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(seed: int) -> None:
        async with places:
            await _try(tmp_path / str(seed), unused_tcp_port_factory(), seed, LONG, LONG_MESSAGES)

    ends = await asyncio.gather(*(one(seed) for seed in range(MOMENTS)), return_exceptions=True)
    assert {seed: repr(end) for seed, end in enumerate(ends) if end is not None} == {}
