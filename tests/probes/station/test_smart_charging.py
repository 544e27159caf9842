"""Smart Charging over real sockets: what is taken, what is told, and that the limit holds (OCPP 1.6 sections 3.13, 5.5, 5.7, 5.16)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probes.csms.csms import Csms
from probes.station.config import StationConfig
from probes.station.meter import CURRENT, RAMP
from probes.station.station import Station
from tests.probes.doubles import HandClock, settle
from tests.probes.station.test_station import BOUND, CONFIG, Pair, pair, running

SMART = replace(
    CONFIG,
    profiles=("Core", "SmartCharging"),
    keys={
        **CONFIG.keys,
        "ChargeProfileMaxStackLevel": "2",
        "ChargingScheduleAllowedChargingRateUnit": "Current",
        "ChargingScheduleMaxPeriods": "3",
        "MaxChargingProfilesInstalled": "2",
    },
)
START = "2026-01-01T00:00:00Z"


def profile(number: int = 1, limits: tuple[tuple[int, float], ...] = ((0, 6.0),), **changes: Any) -> dict[str, Any]:
    """An absolute TxDefaultProfile in ampere; `changes` go into the profile, those of its schedule under `schedule`."""
    schedule = {
        "startSchedule": START,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in limits],
        **changes.pop("schedule", {}),
    }
    return {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
        **changes,
    }


def request(connector: int = 1, **changes: Any) -> dict[str, Any]:
    return {"connectorId": connector, "csChargingProfiles": profile(**changes)}


@asynccontextmanager
async def in_time(clock: HandClock, state: Path | None = None, config: StationConfig = SMART) -> AsyncIterator[Pair]:
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock, state=state)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            yield both


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (request(), "Accepted"),
        (request(0), "Accepted"),
        (request(0, chargingProfilePurpose="ChargePointMaxProfile"), "Accepted"),
        (request(1, chargingProfilePurpose="ChargePointMaxProfile"), "Rejected"),
        (request(1, chargingProfilePurpose="TxProfile"), "Rejected"),
        (request(0, chargingProfilePurpose="TxProfile"), "Rejected"),
        (request(stackLevel=2), "Accepted"),
        (request(stackLevel=3), "Rejected"),
        (request(stackLevel=-1), "Rejected"),
        (request(limits=((0, 6.0), (1, 7.0), (2, 8.0))), "Accepted"),
        (request(limits=((0, 6.0), (1, 7.0), (2, 8.0), (3, 9.0))), "Rejected"),
        (request(limits=((5, 6.0),)), "Rejected"),
        (request(limits=((0, 6.0), (9, 7.0), (2, 8.0))), "Rejected"),
        (request(limits=((0, -1.0),)), "Rejected"),
        (request(schedule={"chargingRateUnit": "W"}), "Rejected"),
        (request(chargingProfileKind="Recurring"), "Rejected"),
        (request(chargingProfileKind="Recurring", recurrencyKind="Daily"), "Accepted"),
    ],
)
async def test_what_is_taken(payload: dict[str, Any], status: str) -> None:
    async with pair(SMART) as both:
        assert await both.status("SetChargingProfile", payload) == status


async def test_what_is_refused_by_an_error() -> None:
    """Errata v4.0 sections 3.38 and 3.39."""
    async with pair(SMART) as both:
        for payload in (request(3), request(schedule={"chargingRateUnit": "kW"})):
            answer = await both.link.peer.request("SetChargingProfile", payload, BOUND)
            assert (answer.kind, answer.error_code) == ("error", "PropertyConstraintViolation")


async def test_replacing_limits_of_number_and_clearing() -> None:
    async with pair(SMART) as both:
        installed = both.station.smart_charging.installed
        assert await both.status("SetChargingProfile", request(number=1)) == "Accepted"
        assert await both.status("SetChargingProfile", request(number=2)) == "Accepted"
        assert [each.profile_id for each in installed.all()] == [2]
        assert await both.status("SetChargingProfile", request(2, number=2, stackLevel=1)) == "Accepted"
        assert [(each.profile_id, each.connector_id) for each in installed.all()] == [(2, 2)]
        assert await both.status("SetChargingProfile", request(0, number=3)) == "Accepted"
        assert await both.status("SetChargingProfile", request(1, number=4)) == "Rejected"
        assert await both.status("ClearChargingProfile", {"connectorId": 2, "stackLevel": 0}) == "Unknown"
        assert await both.status("ClearChargingProfile", {"id": 2, "connectorId": 9}) == "Accepted"
        assert [each.profile_id for each in installed.all()] == [3]
        assert await both.status("ClearChargingProfile", {"chargingProfilePurpose": "TxDefaultProfile"}) == "Accepted"
        assert await both.status("ClearChargingProfile", {}) == "Unknown"


async def test_the_composite_schedule() -> None:
    clock = HandClock()
    async with in_time(clock) as both:
        limits = ((0, 6.0), (60, 10.0), (120, 8.0))
        await both.ask("SetChargingProfile", request(limits=limits, schedule={"duration": 300}))
        await clock.advance(25)
        answer = await both.ask("GetCompositeSchedule", {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"})
        assert answer.payload == {
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": "2026-01-01T00:00:25.000Z",
            "chargingSchedule": {
                "duration": 300,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 6.0},
                    {"startPeriod": 35, "limit": 10.0},
                    {"startPeriod": 95, "limit": 8.0},
                    {"startPeriod": 275, "limit": 32.0},
                ],
            },
        }
        rejected: list[dict[str, Any]] = [
            {"connectorId": 3, "duration": 60},
            {"connectorId": 1, "duration": 60, "chargingRateUnit": "W"},
            {"connectorId": 1, "duration": 10**9},
        ]
        for payload in rejected:
            assert await both.status("GetCompositeSchedule", payload) == "Rejected"


async def test_the_limit_holds_for_what_flows() -> None:
    """One hour at 8 A, then half an hour at 4 A: 230 V x (8 Ah + 2 Ah) = 2300 Wh."""
    clock = HandClock()
    async with in_time(clock) as both:
        await both.charge()
        meter = both.station.connectors[1].meter
        await clock.advance(CURRENT / RAMP)
        assert meter.power == 230 * CURRENT
        register = meter.register
        tx = request(limits=((0, 8.0), (3600, 4.0)), chargingProfilePurpose="TxProfile", schedule={"startSchedule": "2026-01-01T00:00:04Z"})
        assert await both.status("SetChargingProfile", tx) == "Accepted"
        await settle()
        assert meter.power == 230 * 8
        for _ in range(6):
            await clock.advance(900)
            await settle()
        assert meter.register - register == 2300
        both.present("TAG1")
        await both.saw("StopTransaction")
        assert both.station.smart_charging.installed.all() == ()


async def test_the_station_s_limit_is_shared_by_those_who_charge() -> None:
    clock = HandClock()
    async with in_time(clock) as both:
        await both.ask("SetChargingProfile", request(0, limits=((0, 20.0),), chargingProfilePurpose="ChargePointMaxProfile"))
        await both.charge()
        await clock.advance(CURRENT / RAMP)
        assert both.station.connectors[1].meter.power == 230 * 16
        both.plug(2)
        both.present("TAG2", 2)
        await both.saw("StartTransaction", connectorId=2)
        await clock.advance(CURRENT / RAMP)
        assert [connector.meter.power for connector in both.station.connectors.values()] == [2300, 2300]


async def test_a_profile_that_comes_with_a_remote_start() -> None:
    async with pair(SMART) as both:
        both.plug()
        await both.saw("StatusNotification", connectorId=1, status="Preparing")
        start = {"connectorId": 1, "idTag": "TAG1"}
        wrong = profile(chargingProfilePurpose="TxDefaultProfile")
        assert await both.status("RemoteStartTransaction", start | {"chargingProfile": wrong}) == "Rejected"
        named = profile(chargingProfilePurpose="TxProfile", transactionId=5)
        assert await both.status("RemoteStartTransaction", start | {"chargingProfile": named}) == "Rejected"
        right = profile(chargingProfilePurpose="TxProfile", chargingProfileKind="Relative", schedule={"startSchedule": START})
        assert await both.status("RemoteStartTransaction", start | {"chargingProfile": right}) == "Accepted"
        await both.saw("StatusNotification", connectorId=1, status="Charging")
        while both.station.connectors[1].meter.power != 230 * 6:
            await asyncio.sleep(0.001)


async def test_profiles_outlast_the_process_but_for_those_of_a_transaction(tmp_path: Path) -> None:
    clock, state = HandClock(), tmp_path / "state"
    async with in_time(clock, state) as both:
        await both.ask("SetChargingProfile", request(0, number=7))
        await both.charge()
        await both.ask("SetChargingProfile", request(1, number=8, chargingProfilePurpose="TxProfile"))
        assert len(both.station.smart_charging.installed.all()) == 2
    async with in_time(clock, state) as both:
        assert [each.profile_id for each in both.station.smart_charging.installed.all()] == [7]


async def test_a_limit_of_nought_suspends_and_a_higher_one_goes_on() -> None:
    """Section 7.7: the station gives no energy, so it is the EVSE that suspends."""
    clock = HandClock()
    async with in_time(clock) as both:
        await both.charge()
        await clock.advance(10)
        await both.ask("SetChargingProfile", request(limits=((0, 0.0), (600, 10.0)), chargingProfilePurpose="TxProfile"))
        await both.saw("StatusNotification", connectorId=1, status="SuspendedEVSE")
        meter = both.station.connectors[1].meter
        register = meter.register
        mark = both.link.transcript.seq
        await clock.advance(580)
        assert meter.register == register
        await clock.advance(20)
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Charging")
        assert meter.power == 2300


async def test_who_would_charge_inefficiently_waits() -> None:
    """With a minChargingRate (sections 3.13.4 and 7.13): of two with 5 A each, and 6 A asked for at least, the later one waits."""
    clock = HandClock()
    async with in_time(clock) as both:
        whole = request(0, limits=((0, 10.0),), chargingProfilePurpose="ChargePointMaxProfile")
        for payload in (whole, request(0, number=2, limits=((0, 16.0),), schedule={"minChargingRate": 6.0})):
            assert await both.status("SetChargingProfile", payload) == "Accepted"
        await both.charge()
        await clock.advance(10)
        both.plug(2)
        both.present("TAG2", 2)
        await both.saw("StatusNotification", connectorId=2, status="SuspendedEVSE")
        await clock.advance(10)
        assert [connector.meter.power for connector in both.station.connectors.values()] == [2300, 0]


@pytest.mark.parametrize(("switches", "watts"), [("true", 230 * 10), ("false", 3 * 230 * 10)])
async def test_three_phases_become_one_where_that_is_supported(switches: str, watts: float) -> None:
    """Sections 3.13.7 and 9.4.4; a station that cannot keeps its phases, and the limit as given (errata v4.0 section 3.34)."""
    clock = HandClock()
    config = replace(SMART, phases=3, keys={**SMART.keys, "ConnectorSwitch3to1PhaseSupported": switches})
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            await both.charge()
            await clock.advance(10)
            assert station.connectors[1].meter.power == 3 * 230 * CURRENT
            periods = [{"startPeriod": 0, "limit": 10.0, "numberPhases": 1}]
            await both.ask("SetChargingProfile", request(schedule={"chargingSchedulePeriod": periods}))
            await clock.advance(10)
            assert station.connectors[1].meter.power == watts


async def test_a_transaction_may_begin_on_one_phase_also_where_phases_cannot_be_switched() -> None:
    clock = HandClock()
    async with Csms(clock=clock) as csms:
        station = Station(replace(SMART, phases=3), csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            periods = [{"startPeriod": 0, "limit": 10.0, "numberPhases": 1}]
            await both.ask("SetChargingProfile", request(schedule={"chargingSchedulePeriod": periods}))
            await both.charge()
            await clock.advance(10)
            assert station.connectors[1].meter.power == 2300
