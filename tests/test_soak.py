"""Long runs: what is right once stays right, and nothing piles up."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from probes.audit import HEARTBEAT_SECONDS, AuditOptions, audit_station
from probes.cases.tags import audit_id_tags
from probes.csms.csms import Csms
from probes.facts_file import read_facts
from probes.station.station import Station
from probes.twins import twin_of
from tests.audit_matrix import CERTIFICATE

STATIONS = 20
ROUNDS = 40
WARM_ROUNDS = 15
REMEMBERED_RECORDS = 300
"""An audit is some forty records: what is remembered of each station is full before memory is first looked at."""
MOST_GROWTH = 1.2


def peak_kibibytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.slow
async def test_many_audits_on_one_gateway_stay_conformant_and_flat_in_memory(tmp_path: Path) -> None:
    facts = read_facts(CERTIFICATE)
    identities = [f"SOAK-{number}" for number in range(STATIONS)]
    options = AuditOptions(wait=30.0)
    async with Csms(heartbeat_interval=HEARTBEAT_SECONDS, id_tags=audit_id_tags(), history=REMEMBERED_RECORDS, lenient=True) as csms:
        stations = [Station(twin_of(facts), csms.url, identity) for identity in identities]
        running = [asyncio.create_task(station.run()) for station in stations]
        warm = 0
        for number in range(ROUNDS):
            audits = [audit_station(facts=facts, identity=each, csms=csms, transcript_dir=tmp_path, options=options) for each in identities]
            verdicts = [result.verdict for result in await asyncio.gather(*audits)]
            assert verdicts == ["conformant"] * STATIONS, f"round {number}"
            if number == WARM_ROUNDS:
                warm = peak_kibibytes()
        for station in stations:
            station.stop()
        await asyncio.gather(*running)
    assert peak_kibibytes() <= warm * MOST_GROWTH
