"""A car that is full or says nothing, and a station that gives nothing (OCPP 1.6 sections 4.9 and 7.7; errata v4.0 section 3.55)."""

from __future__ import annotations

from typing import Any

import pytest

from probes.station.meter import ROOM_WH
from registry.errors import CannotBegin
from tests.probes.doubles import HandClock, settle
from tests.probes.station.test_smart_charging import in_time, request
from tests.probes.station.test_station import Pair, pair


async def state(both: Pair, after: int = 0, **fields: Any) -> dict[str, Any]:
    return await both.saw("StatusNotification", after=after, connectorId=1, **fields)


async def filled(both: Pair, clock: HandClock) -> None:
    """Let the car take all that it can."""
    while not both.station.connectors[1].meter.full:
        await clock.advance(100)
        await settle()


async def test_a_full_car_suspends_itself_and_the_transaction_lasts() -> None:
    """1.6ed2 7.7; errata 3.55: the station is ready to offer energy, the car takes none."""
    clock = HandClock()
    async with in_time(clock) as both:
        transaction_id = await both.charge()
        began = both.station.connectors[1].meter.register
        mark = both.link.transcript.seq
        await filled(both, clock)
        await clock.advance(2)
        await state(both, mark, status="SuspendedEV", errorCode="NoError")
        await both.station.controls.tag("TAG1")
        stop = await both.saw("StopTransaction", transactionId=transaction_id)
        assert stop["meterStop"] - began == ROOM_WH


async def test_of_two_who_suspend_the_station_goes_first() -> None:
    """1.6ed2 4.9: SuspendedEVSE has precedence over SuspendedEV."""
    clock = HandClock()
    async with in_time(clock) as both:
        await both.charge()
        await filled(both, clock)
        await clock.advance(2)
        await state(both, status="SuspendedEV")
        mark = both.link.transcript.seq
        await both.ask("SetChargingProfile", request(limits=((0, 0.0),)))
        await state(both, mark, status="SuspendedEVSE")
        mark = both.link.transcript.seq
        await both.ask("ClearChargingProfile", {})
        await state(both, mark, status="SuspendedEV")


async def test_a_car_that_does_not_answer_is_a_warning() -> None:
    """1.6ed2 4.9: EVCommunicationError goes with Preparing, SuspendedEV, SuspendedEVSE and Finishing, and nothing is Faulted."""
    async with pair() as both:
        controls = both.station.controls
        with pytest.raises(CannotBegin, match="connector 1: no car is there that could fall silent; plug one in first"):
            await controls.fault(1, "EVCommunicationError")
        await controls.plug()
        await controls.fault(1, "EVCommunicationError")
        await state(both, status="Preparing", errorCode="EVCommunicationError")
        await controls.tag("TAG1")
        await state(both, status="SuspendedEV", errorCode="EVCommunicationError")
        assert both.station.connectors[1].meter.power == 0
        await controls.repair()
        await state(both, status="Charging", errorCode="NoError")
        assert both.station.connectors[1].meter.charging
        mark = both.link.transcript.seq
        await controls.fault(1, "EVCommunicationError")
        await state(both, mark, status="SuspendedEV", errorCode="EVCommunicationError")
        await controls.tag("TAG1")
        await state(both, mark, status="Finishing", errorCode="EVCommunicationError")
        await controls.unplug()
        await state(both, mark, status="Available", errorCode="NoError")
        assert both.station.connectors[1].transaction is None


@pytest.mark.parametrize("how", ["tag", "power"])
async def test_nothing_waits_for_the_battery_of_a_car_that_has_gone(how: str) -> None:
    clock = HandClock()
    async with in_time(clock) as both:
        await both.charge()
        full = both.station.connectors[1].meter.seconds_until_full() + clock.seconds
        assert full in clock.waiting
        if how == "tag":
            await both.station.controls.tag("TAG1")
        else:
            await both.station.controls.power_cut()
        await settle()
        assert full not in clock.waiting
