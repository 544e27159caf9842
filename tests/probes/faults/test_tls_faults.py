"""Faults of TLS: seen by who stands at the other end of a real socket, and only with them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from probes.csms.csms import Arrival, Csms
from probes.faults import faulty_csms, with_faults
from probes.station.station import Station
from probes.wire.client import NotConnected, open_connection
from probes.wire.security import ServerSecurity
from registry.errors import CannotBegin
from tests.probes.faults.rig import CONFIG
from tests.probes.security.setting import BOUND, KEY, Operator
from tests.probes.station.test_station import running

ENCRYPTED = replace(CONFIG, keys={**CONFIG.keys, "SecurityProfile": "2"})
OF_STATIONS = {
    "old-tls-alone": "the station offers no TLS version from 1.2 on",
    "weak-cipher-suites-alone": "the station has no cipher suite in common with this end",
    "certificate-of-csms-unchecked": "",
}
"""Why a station with this fault is not let in by a CSMS with a certificate that it cannot trust; empty: it comes in all the same."""

OF_CSMS = {
    "old-tls-alone-served": "the CSMS accepts no TLS version from 1.2 on",
    "weak-cipher-suites-alone-served": "the CSMS has no cipher suite in common with this end",
}
"""Why a station does not connect to a CSMS with this fault."""

UNTRUSTED = "the station does not trust the authority that signed this end's certificate"


async def arriving(folder: Path, *faults: str) -> Arrival:
    """What comes of a station with these faults at a CSMS whose authority it does not know."""
    for name in ("own", "other"):
        (folder / name).mkdir(exist_ok=True)
    operator, other = Operator(folder / "own"), Operator(folder / "other")
    faulty = with_faults(ENCRYPTED, faults)
    door = operator.door(2, CP1=KEY)
    async with Csms(security=door) as csms:
        station = Station(faulty.config, csms.url, "CP1", misbehave=faulty.misbehave, security=other.shown(2))
        async with running(station):
            arrival = await csms.arrival(lambda _: True, BOUND)
    assert arrival is not None
    return arrival


@pytest.mark.parametrize("fault", OF_STATIONS)
async def test_the_fault_of_the_station_is_seen_at_the_door(fault: str, tmp_path: Path) -> None:
    found = await arriving(tmp_path, fault)
    assert (found.accepted, found.reason) == (OF_STATIONS[fault] == "", OF_STATIONS[fault])


async def test_without_a_fault_it_does_not_trust_the_csms(tmp_path: Path) -> None:
    assert (await arriving(tmp_path)).reason == UNTRUSTED


@pytest.mark.parametrize("fault", [*OF_CSMS, None])
async def test_the_fault_of_the_csms_is_seen_by_the_station(fault: str | None, tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    faulty = faulty_csms([fault] if fault else [])
    security: ServerSecurity = operator.door(2, CP1=KEY)
    async with Csms(security=security, misbehave=faulty.misbehave, at_door=faulty.at_door) as csms:
        if fault is None:
            connected = await open_connection(csms.url, "CP1", operator.shown(2))
            await connected.connection.close()
            return
        with pytest.raises(NotConnected) as caught:
            await asyncio.wait_for(open_connection(csms.url, "CP1", operator.shown(2)), BOUND)
        assert str(caught.value) == f"{csms.url}/CP1: no connection ({OF_CSMS[fault]})"


@pytest.mark.parametrize("fault", OF_STATIONS)
def test_without_tls_there_is_nothing_to_spoil(fault: str) -> None:
    with pytest.raises(CannotBegin, match="this station cannot have that fault: its SecurityProfile has no TLS"):
        with_faults(CONFIG, [fault])
