"""Readings on the grid of the clock, and states that must last (OCPP 1.6 sections 3.16.2, 4.9 and 9.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probes.csms.csms import Csms
from probes.station.aligned import seconds_to_next
from probes.station.station import Station
from tests.probes.doubles import BEGINNING, HandClock, settle
from tests.probes.station.test_station import BOUND, CONFIG, Pair, running

ALIGNED = {
    "ClockAlignedDataInterval": "900",
    "MeterValuesAlignedData": "Voltage",
    "StopTxnAlignedData": "Energy.Active.Import.Register",
}


@pytest.mark.parametrize(
    ("passed", "interval", "wait"),
    [(0, 900, 900), (1, 900, 899), (899.5, 900, 0.5), (900, 900, 900), (86000, 50000, 400), (49999, 50000, 1), (86399, 60, 1)],
)
def test_the_grid_of_a_day(passed: float, interval: int, wait: float) -> None:
    assert seconds_to_next(BEGINNING + timedelta(seconds=passed), interval) == wait


async def test_readings_at_the_quarters_of_an_hour() -> None:
    clock = HandClock()
    config = replace(CONFIG, keys={**CONFIG.keys, **ALIGNED})
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            transaction_id = await both.charge()
            await clock.advance(899)
            mark = both.link.transcript.seq
            await clock.advance(1)
            value = (await both.saw("MeterValues", after=mark, connectorId=1, transactionId=transaction_id))["meterValue"][0]
            assert value["timestamp"] == "2026-01-01T00:15:00.000Z"
            assert value["sampledValue"] == [{"value": "230.0", "context": "Sample.Clock", "measurand": "Voltage", "unit": "V"}]
            assert "transactionId" not in await both.saw("MeterValues", after=mark, connectorId=2)
            both.present("TAG1")
            data = (await both.saw("StopTransaction"))["transactionData"]
            assert [entry["sampledValue"][0]["context"] for entry in data] == ["Transaction.Begin", "Sample.Clock", "Transaction.End"]
            assert data[1]["sampledValue"][0]["value"] == "917"


async def test_a_changed_interval_counts_at_once() -> None:
    clock = HandClock()
    config = replace(CONFIG, keys={**CONFIG.keys, **ALIGNED, "ClockAlignedDataInterval": "0"})
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            await both.ask("ChangeConfiguration", {"key": "ClockAlignedDataInterval", "value": "60"})
            await settle()
            assert 60.0 in clock.waiting
            await clock.advance(60)
            await both.saw("MeterValues", connectorId=2)


async def test_a_status_that_does_not_last_is_not_told() -> None:
    clock = HandClock()
    config = replace(CONFIG, keys={**CONFIG.keys, "MinimumStatusDuration": "10"})
    async with Csms(clock=clock) as csms:
        station = Station(config, csms.url, "CP1", clock=clock)
        async with running(station):
            both = Pair(csms, station, await csms.station("CP1", BOUND))
            await both.saw("StatusNotification", connectorId=2)
            one = station.connectors[1]
            await station.charging.plug(one)
            await settle()
            await clock.advance(9)
            await station.charging.unplug(one)
            await clock.advance(9)
            await station.charging.plug(one)
            await settle()
            await clock.advance(9)
            assert one.reported == "Available"
            await clock.advance(1)
            await both.saw("StatusNotification", connectorId=1, status="Preparing")
