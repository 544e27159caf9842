"""Audits that are broken off at any moment: what they changed is undone by the next one, or it is said what could not be."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path
from typing import Any

import pytest

from probes.audit import AuditOptions, AuditResult, Listen, audit_station
from probes.modes import takeover
from probes.station.station import Station
from probes.twins import twin_of
from probes.wire.records import Record
from tests.probes.audits.facts import full_facts
from tests.probes.audits.rig import LIMITS, TwinOperator
from tests.virtual import VirtualClock, run

FACTS = full_facts(2)
TIERS = ("passive", "read-only", "reversible")
MOMENTS = 50
LASTING = ("configuration", "reservations", "charging_profiles", "unavailable", "local_list")


class Field:
    """A station that outlives its processes, the place where its CSMS listens, and an audit that may be broken off."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.clock = VirtualClock()
        self.port = port
        self.station = self._new()
        self.running = asyncio.create_task(self.station.run())
        self.records = 0
        self.at: dict[int, asyncio.Event] = {}

    def _new(self) -> Station:
        station = Station(twin_of(FACTS), f"ws://127.0.0.1:{self.port}", "CP1", clock=self.clock, state=self.home / "station.json")
        station.transcript.attached(self._count).__enter__()
        return station

    def _count(self, _record: Record) -> None:
        self.records += 1
        event = self.at.get(self.records)
        if event is not None:
            event.set()

    def moment(self, number: int) -> asyncio.Event:
        """Set when so many records have passed."""
        return self.at.setdefault(number, asyncio.Event())

    def lasting(self) -> dict[str, Any]:
        """What the station would still know after a power cut, as it can be seen: a list without tags has the version 0 (1.6 5.10)."""
        kept = {name: value for name in LASTING if (value := self.station.store.get(name))}
        kept["configuration"] = {**twin_of(FACTS).keys, **kept.get("configuration", {})}
        if not kept.get("local_list", {}).get("entries"):
            kept.pop("local_list", None)
        return kept

    async def audit(self) -> AuditResult:
        """The audit, as a process of its own would make it."""
        return await audit_station(
            facts=FACTS,
            identity="CP1",
            csms=Listen("127.0.0.1", self.port),
            transcript_dir=self.home / "transcripts",
            options=AuditOptions(tiers=TIERS, limits=LIMITS, wait=600.0, operator=TwinOperator(self.station)),
            clock=self.clock,
        )

    async def kill_station(self) -> None:
        """The station's process ends, and another one begins with what lies on its disk."""
        await self._stop()
        self.station = self._new()
        self.running = asyncio.create_task(self.station.run())

    async def cut_link(self, seconds: float) -> None:
        """Nothing goes over the network for so long."""
        await self.station.controls.network_cut()
        await self.clock.sleep(seconds)
        await self.station.controls.network_on()

    async def _stop(self) -> None:
        self.station.stop()
        with contextlib.suppress(asyncio.CancelledError):
            await self.running

    async def __aenter__(self) -> Field:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()


async def _killed(auditing: asyncio.Task[AuditResult]) -> None:
    auditing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await auditing


async def _broken_off(home: Path, port: int, victim: str, moment: int) -> tuple[dict[str, Any], dict[str, Any], list[str], dict[str, Any]]:
    async with Field(home, port) as field:
        before = field.lasting()
        auditing = asyncio.create_task(field.audit())
        event = asyncio.create_task(field.moment(moment).wait())
        await asyncio.wait([event, auditing], return_when=asyncio.FIRST_COMPLETED)
        event.cancel()
        if not auditing.done():
            if victim == "auditor":
                await _killed(auditing)
                auditing = asyncio.create_task(field.audit())
            elif victim == "station":
                await field.kill_station()
            else:
                await field.cut_link(moment % 7 * 10.0 + 1.0)
        result = await auditing
        left = [finding["message"] for finding in result.report["findings"] if finding["rule"] == "not-restored"]
        return before, field.lasting(), left, result.report


@pytest.mark.parametrize("seed", range(MOMENTS))
def test_whatever_is_killed_the_station_is_as_before_or_the_report_says_what_is_not(
    seed: int, tmp_path: Path, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody who is killed undoes anything first.
    monkeypatch.setattr(takeover, "LEAVE_SECONDS", 0.0)
    chance = random.Random(seed)
    victim, moment = ("auditor", "station", "link")[seed % 3], chance.randrange(5, 220)
    before, after, left, report = run(lambda: _broken_off(tmp_path, unused_tcp_port, victim, moment))
    differing = {name for name in LASTING if before.get(name) != after.get(name)}
    assert not differing or left, f"{victim} at record {moment}: {differing} differ, and nothing is said: {after}"
    assert [finding["subject"] for finding in report["findings"] if finding["severity"] == "error"] == []
    assert list((tmp_path / "transcripts").glob("*.partial")) == []
