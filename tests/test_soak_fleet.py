"""A fleet that charges over networks that are cut, with a CSMS that is killed; `OCPP_REGISTRY_SOAK_SECONDS` says how long."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import resource
import signal
import socket
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from probes.station.config import StationConfig
from probes.station.station import Station
from probes.wire.redact import Redactor
from probes.wire.transcript import Transcript
from tests.soak_csms import KEY
from tests.soak_network import Network

FLEET = 200
SECONDS = float(os.environ.get("OCPP_REGISTRY_SOAK_SECONDS", "600"))
"""How long the fleet charges while everything is broken now and then."""

KILLS = 6
"""How often the CSMS is killed in that time."""

WARM = 1
"""The kill at which everything has happened once, so that memory may grow no more."""

CUT_EVERY = 0.2
"""Seconds between two cuts of some connection."""

SETTLING = 240.0
"""Seconds within which all that waits is delivered when nothing is broken any more: stations come back with growing waits."""

MOST_GROWTH = 1.2

REMEMBERED = 30
"""Records that each station keeps: so few that memory is full before it is first looked at."""

TAG = "SOAK-TAG"
FLEET_CONFIG = StationConfig(
    vendor="Vendor",
    model="Model",
    software_version="1.0",
    keys={
        "HeartbeatInterval": "300",
        "ConnectionTimeOut": "30",
        "MeterValueSampleInterval": "1",
        "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import",
        "StopTxnSampledData": "Energy.Active.Import.Register",
        "StopTransactionOnEVSideDisconnect": "true",
        "StopTransactionOnInvalidId": "true",
        "AllowOfflineTxForUnknownId": "true",
        "LocalAuthorizeOffline": "true",
        "TransactionMessageAttempts": "10",
        "TransactionMessageRetryInterval": "1",
        "NumberOfConnectors": "1",
        "SupportedFeatureProfiles": "Core",
    },
)


class Driver:
    """Comes to one station again and again; `charged` is the meter at the beginning and the end of each of its transactions."""

    def __init__(self, station: Station, randomness: random.Random) -> None:
        self.station = station
        self.charged: list[tuple[int, int]] = []
        self._random = randomness
        self._leaving = asyncio.Event()

    async def drive(self) -> None:
        """Until told to leave; a transaction that runs then is ended first."""
        connector = self.station.connectors[1]
        while not self._leaving.is_set():
            await self._wait(0.5, 3)
            await self.station.charging.plug(connector)
            await self.station.charging.present(connector, TAG)
            transaction = connector.transaction
            if transaction is not None:
                await self._wait(2, 8)
                await self.station.charging.present(connector, TAG)
                self.charged.append((transaction.meter_start, connector.meter.register))
            await self.station.charging.unplug(connector)

    def leave(self) -> None:
        self._leaving.set()

    async def _wait(self, least: float, most: float) -> None:
        seconds = self._random.uniform(least, most)
        try:
            await asyncio.wait_for(self._leaving.wait(), seconds)
        except TimeoutError:
            return


def a_station(url: str, identity: str) -> Station:
    return Station(FLEET_CONFIG, url, identity, randomness=random.Random(identity), transcript=Transcript(limit=REMEMBERED))


class Killable:
    """The CSMS of `soak_csms`, which can be killed and started again on its port."""

    def __init__(self, folder: Path, identities: list[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.state, self.calls = folder / "state", folder / "calls.jsonl"
        self._identities = identities
        self._process: asyncio.subprocess.Process | None = None
        self.memory: list[int] = []

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.soak_csms", str(self.port), str(self.state), str(self.calls)),
            *self._identities,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert await self._process.stdout.readline() == b"listening\n"

    async def kill(self) -> None:
        """Without a warning: nothing is written any more."""
        assert self._process is not None
        self.memory.append(resident_kibibytes(self._process.pid))
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


def resident_kibibytes(pid: int | str = "self") -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() // 1024


@pytest.mark.slow
async def test_a_fleet_loses_and_doubles_nothing_while_networks_are_cut_and_the_csms_is_killed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "ocpp_registry")  # what is logged of each cut would be kept till the end, and counted as memory
    randomness = random.Random(16)
    identities = [f"CP{number:03}" for number in range(FLEET)]
    csms = Killable(tmp_path, identities)
    await csms.start()
    async with Network(csms.port) as network:
        stations = [a_station(network.url, identity) for identity in identities]
        running = [asyncio.create_task(station.run()) for station in stations]
        drivers = [Driver(station, random.Random(station.identity)) for station in stations]
        driving = [asyncio.create_task(driver.drive()) for driver in drivers]
        memory = await _break_things(network, csms, randomness)
        for driver in drivers:
            driver.leave()
        await asyncio.wait_for(asyncio.gather(*driving), SETTLING)
        await _all_delivered(stations)
        for station in stations:
            station.stop()
        await asyncio.gather(*running)
    await csms.kill()
    charged = {driver.station.identity: driver.charged for driver in drivers}
    print(f"{sum(map(len, charged.values()))} transactions, {network.cuts} cuts, memory {memory} KiB here, {csms.memory} KiB of the CSMS")
    _nothing_lost_or_doubled(csms, charged)
    _in_order(csms, charged)
    assert memory[-1] <= memory[WARM] * MOST_GROWTH
    assert csms.memory[-1] <= csms.memory[WARM] * MOST_GROWTH


async def _break_things(network: Network, csms: Killable, randomness: random.Random) -> list[int]:
    """Gives this process's memory, in KiB, after a first part in which it warms up, and at each kill."""
    began, memory = time.monotonic(), []
    for number in range(1, KILLS + 1):
        while time.monotonic() < began + SECONDS * number / (KILLS + 1):
            await asyncio.sleep(CUT_EVERY)
            network.cut(randomness)
        memory.append(resident_kibibytes())
        await csms.kill()
        await asyncio.sleep(randomness.uniform(0.5, 3))
        await csms.start()
    while time.monotonic() < began + SECONDS:
        await asyncio.sleep(CUT_EVERY)
        network.cut(randomness)
    return [*memory, resident_kibibytes()]


async def _all_delivered(stations: list[Station]) -> None:
    async with asyncio.timeout(SETTLING):
        while any(station.outbox.waiting() or not station.online for station in stations):
            await asyncio.sleep(0.5)


def _nothing_lost_or_doubled(csms: Killable, charged: dict[str, list[tuple[int, int]]]) -> None:
    """What the CSMS has on its disk are the transactions that there were, each once, each with its end."""
    known: dict[str, list[tuple[int, int | None]]] = {}
    tag = Redactor(KEY).tag(TAG)
    ids: list[int] = []
    for path in csms.state.glob("*.json"):
        state = json.loads(path.read_text())
        known[state["identity"]] = [(entry["meter_start"], entry["meter_stop"]) for entry in state["transactions"]]
        ids += [entry["transaction_id"] for entry in state["transactions"]]
        assert {entry["id_tag"] for entry in state["transactions"]} <= {tag}
    assert known == charged
    assert len(ids) == len(set(ids))


def _in_order(csms: Killable, charged: dict[str, list[tuple[int, int]]]) -> None:
    """Of each transaction: the start, then readings that never go back in time or energy, then the end; each but for what was told again
    because its answer was lost.
    """
    told: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for line in csms.calls.read_text().splitlines():
        identity, action, payload, _ = json.loads(line)
        if (action, payload) not in told[identity][-1:]:
            told[identity].append((action, payload))
    assert set(told) == set(charged)
    for identity, calls in told.items():
        actions = [action for action, _ in calls]
        assert actions.count("StartTransaction") == actions.count("StopTransaction") == len(charged[identity])
        assert actions[0] == "StartTransaction"
        for (_, before), (action, payload) in pairwise(calls):
            assert _moment(before) <= _moment(payload), f"{identity}: {before} then {payload}"
            if action == "MeterValues":
                assert payload["transactionId"] > 0
        energies = [_energy(payload) for action, payload in calls if action == "MeterValues"]
        assert energies == sorted(energies)


def _moment(payload: dict[str, Any]) -> str:
    return str(payload["timestamp"] if "timestamp" in payload else payload["meterValue"][0]["timestamp"])


def _energy(payload: dict[str, Any]) -> float:
    (value,) = (each["value"] for each in payload["meterValue"][0]["sampledValue"] if each.get("measurand", "").startswith("Energy"))
    return float(value)
