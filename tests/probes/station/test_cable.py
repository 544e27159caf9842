"""The cable and its lock: what pulling it does, by the keys (OCPP 1.6 sections 4.9, 4.10, 5.18, 9.1.24, 9.1.33; errata v4.0, 3.83)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ocpp.v16.enums import ChargePointErrorCode

from probes.station.config import StationConfig
from tests.probes.station.test_station import CONFIG, Pair, pair


def keys(**values: str) -> StationConfig:
    return replace(CONFIG, keys={**CONFIG.keys, "UnlockConnectorOnEVSideDisconnect": "true", **values})


def flows(both: Pair) -> bool:
    return both.station.connectors[1].meter.charging


async def test_pulling_the_cable_ends_the_transaction_and_frees_the_connector() -> None:
    async with pair(keys()) as both:
        await both.charge()
        mark = both.link.transcript.seq
        both.unplug()
        await both.saw("StopTransaction", after=mark, reason="EVDisconnected")
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Finishing", info="EV side disconnected")
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")


async def test_a_cable_that_is_not_freed_waits_for_the_unlock_command() -> None:
    """TC_005_2_CS: the connector is Finishing until the cable is unlocked."""
    async with pair(keys(UnlockConnectorOnEVSideDisconnect="false")) as both:
        await both.charge()
        mark = both.link.transcript.seq
        await both.station.charging.unplug(both.station.connectors[1])
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Finishing")
        assert both.station.connectors[1].status == "Finishing"
        assert await both.status("UnlockConnector", {"connectorId": 1}) == "Unlocked"
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")


async def test_a_cable_that_is_not_freed_waits_for_its_owner_s_tag() -> None:
    async with pair(keys(UnlockConnectorOnEVSideDisconnect="false")) as both:
        await both.charge()
        await both.station.charging.unplug(both.station.connectors[1])
        await both.station.charging.present(both.station.connectors[1], "OTHER")
        assert both.station.connectors[1].status == "Finishing"
        await both.station.charging.present(both.station.connectors[1], "tag1")
        assert both.station.connectors[1].status == "Available"


async def test_a_transaction_that_outlasts_the_cable_s_being_pulled() -> None:
    """TC_005_3_CS."""
    async with pair(keys(StopTransactionOnEVSideDisconnect="false")) as both:
        transaction_id = await both.charge()
        mark = both.link.transcript.seq
        both.unplug()
        await both.saw("StatusNotification", after=mark, connectorId=1, status="SuspendedEV", info="EV side disconnected")
        assert flows(both) is False
        both.plug()
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Charging")
        assert flows(both) is True
        await both.station.charging.unplug(both.station.connectors[1])
        assert await both.status("RemoteStopTransaction", {"transactionId": transaction_id}) == "Accepted"
        await both.saw("StopTransaction", after=mark, reason="Remote")
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Finishing")
        both.unplug()
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")


async def test_a_lock_that_is_jammed() -> None:
    """TC_030_CS."""
    async with pair(keys()) as both:
        both.station.connectors[1].jammed = True
        assert await both.status("UnlockConnector", {"connectorId": 1}) == "UnlockFailed"


async def test_a_fixed_cable_has_no_lock_to_configure() -> None:
    async with pair(replace(keys(UnlockConnectorOnEVSideDisconnect="false"), fixed_cable=True)) as both:
        assert await both.status("ChangeConfiguration", {"key": "UnlockConnectorOnEVSideDisconnect", "value": "true"}) == "Rejected"
        told = (await both.ask("GetConfiguration", {"key": ["UnlockConnectorOnEVSideDisconnect"]})).payload["configurationKey"]
        assert told == [{"key": "UnlockConnectorOnEVSideDisconnect", "readonly": True, "value": "false"}]
        await both.charge()
        mark = both.link.transcript.seq
        both.unplug()
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")


async def test_why_a_connector_is_faulted_is_told_and_forgotten() -> None:
    async with pair(keys()) as both:
        connector = both.station.connectors[1]
        await both.station.charging.fault(connector, ChargePointErrorCode.connector_lock_failure)
        await both.saw("StatusNotification", connectorId=1, status="Faulted", errorCode="ConnectorLockFailure")
        mark = both.link.transcript.seq
        await both.station.charging.repair(connector)
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Available", errorCode="NoError")


async def test_an_open_door_is_a_fault_of_the_station() -> None:
    async with pair(keys()) as both:
        await both.station.move_door(True)
        await both.saw("StatusNotification", connectorId=0, status="Faulted", errorCode="OtherError", info="Door open")
        mark = both.link.transcript.seq
        await both.station.move_door(False)
        await both.saw("StatusNotification", after=mark, connectorId=0, status="Available", errorCode="NoError")


@pytest.mark.parametrize("fixed", [True, False])
async def test_a_transaction_that_ends_when_the_car_has_gone(fixed: bool) -> None:
    """1.6ed2 4.10: a fixed cable is free then, another one has yet to be taken out of the station."""
    config = replace(CONFIG, fixed_cable=fixed, keys={**CONFIG.keys, "StopTransactionOnEVSideDisconnect": "false"})
    async with pair(config) as both:
        transaction_id = await both.charge()
        await both.station.controls.unplug()
        mark = both.link.transcript.seq
        assert await both.status("RemoteStopTransaction", {"transactionId": transaction_id}) == "Accepted"
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Finishing")
        if not fixed:
            assert both.station.connectors[1].status == "Finishing"
            await both.station.controls.unplug()
        await both.saw("StatusNotification", after=mark, connectorId=1, status="Available")
