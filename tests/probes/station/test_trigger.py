"""Remote Trigger over real sockets: answered first, sent then (OCPP 1.6 section 5.17; errata v4.0 sections 3.35 and 3.46)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from ocpp.v16 import call
from ocpp.v16.enums import MessageTrigger, RegistrationStatus

from probes.station.station import Station
from tests.probes.doubles import HandClock
from tests.probes.station.test_station import BOUND, CONFIG, bare_csms, pair, running

TRIGGERED = replace(CONFIG, profiles=("Core", "RemoteTrigger"))


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"requestedMessage": "Heartbeat"}, "Accepted"),
        ({"requestedMessage": "Heartbeat", "connectorId": 9}, "Accepted"),
        ({"requestedMessage": "StatusNotification", "connectorId": 0}, "Accepted"),
        ({"requestedMessage": "StatusNotification", "connectorId": 3}, "Rejected"),
        ({"requestedMessage": "MeterValues", "connectorId": 3}, "Rejected"),
        ({"requestedMessage": "MeterValues", "connectorId": 0}, "Rejected"),
        ({"requestedMessage": "BootNotification"}, "Rejected"),
        ({"requestedMessage": "FirmwareStatusNotification"}, "NotImplemented"),
        ({"requestedMessage": "DiagnosticsStatusNotification"}, "NotImplemented"),
    ],
)
async def test_answers(payload: dict[str, Any], status: str) -> None:
    async with pair(TRIGGERED) as both:
        assert await both.status("TriggerMessage", payload) == status


async def test_a_message_that_ocpp_does_not_have() -> None:
    async with pair(TRIGGERED) as both:
        answer = await both.link.peer.request("TriggerMessage", {"requestedMessage": "Weather"}, BOUND)
        assert (answer.kind, answer.payload) == ("result", {"status": "NotImplemented"})
        broken = await both.link.peer.request("TriggerMessage", {"requestedMessage": 7}, BOUND)
        assert (broken.kind, broken.error_code) == ("error", "TypeConstraintViolation")


async def test_a_station_without_the_profile_refuses() -> None:
    async with pair() as both:
        for message in ("Heartbeat", "Weather"):
            answer = await both.link.peer.request("TriggerMessage", {"requestedMessage": message}, BOUND)
            assert (answer.kind, answer.error_code) == ("error", "NotSupported")


async def test_a_heartbeat_comes_after_the_answer() -> None:
    async with pair(TRIGGERED) as both:
        answer = await both.ask("TriggerMessage", {"requestedMessage": "Heartbeat"})
        assert answer.answer_seq is not None
        await both.saw("Heartbeat", after=answer.answer_seq)


async def test_all_states_or_one() -> None:
    async with pair(TRIGGERED) as both:
        mark = both.link.transcript.seq
        await both.ask("TriggerMessage", {"requestedMessage": "StatusNotification"})
        for connector in (0, 1, 2):
            await both.saw("StatusNotification", after=mark, connectorId=connector, status="Available")
        mark = both.link.transcript.seq
        await both.ask("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 2})
        await both.saw("StatusNotification", after=mark, connectorId=2, status="Available")


async def test_the_present_values_with_their_context_and_transaction() -> None:
    async with pair(TRIGGERED) as both:
        await both.ask("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
        idle = await both.saw("MeterValues", connectorId=1)
        assert "transactionId" not in idle
        readings = idle["meterValue"][0]["sampledValue"]
        assert [reading["measurand"] for reading in readings] == ["Energy.Active.Import.Register", "Voltage"]
        assert {reading["context"] for reading in readings} == {"Trigger"}
        transaction_id = await both.charge()
        mark = both.link.transcript.seq
        await both.ask("TriggerMessage", {"requestedMessage": "MeterValues"})
        await both.saw("MeterValues", after=mark, connectorId=1, transactionId=transaction_id)
        assert "transactionId" not in await both.saw("MeterValues", after=mark, connectorId=2)


async def test_a_pending_station_registers_at_once_and_tells_its_state_when_asked() -> None:
    """Section 4.2: while pending, the station says what it is asked to say and nothing else."""
    clock = HandClock()
    async with bare_csms([(RegistrationStatus.pending, 600), (RegistrationStatus.accepted, 300)]) as (url, arrived):
        station = Station(TRIGGERED, url, "CP1", clock=clock)
        async with running(station):
            point = await asyncio.wait_for(arrived.get(), BOUND)
            while station.registration.status != RegistrationStatus.pending:
                await asyncio.sleep(0.001)
            assert (
                await point.call(call.TriggerMessage(requested_message=MessageTrigger.status_notification, connector_id=1))
            ).status == "Accepted"
            assert (await point.call(call.TriggerMessage(requested_message=MessageTrigger.boot_notification))).status == "Accepted"
            await asyncio.wait_for(station.registration.accepted.wait(), BOUND)
            assert clock.seconds == 0
