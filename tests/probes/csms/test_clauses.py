"""Clauses of OCPP 1.6 and of the security white paper that no other scene of the CSMS shows."""

from __future__ import annotations

import pytest
from ocpp.v16.enums import RegistrationStatus
from websockets.asyncio.client import connect

from probes.csms.csms import Csms
from probes.wire.websocket import SUBPROTOCOL
from registry.errors import CannotBegin
from tests.probes.csms.test_csms import TIME, exchange
from tests.probes.csms.test_operations import BOUND, PROFILE, obedient
from tests.probes.doubles import HandClock


async def test_the_answer_to_a_heartbeat_has_the_present_time() -> None:
    """1.6ed2 4.6."""
    clock = HandClock()
    async with Csms(clock=clock) as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        await clock.advance(90)
        assert (await exchange(websocket, "Heartbeat", {}))[2] == {"currentTime": "2026-01-01T00:01:30.000Z"}


async def test_a_transaction_without_an_id_is_taken() -> None:
    """Errata 3.18."""
    sample = {"timestamp": TIME, "sampledValue": [{"value": "1"}]}
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        reading = {"connectorId": 1, "transactionId": -1, "meterValue": [sample]}
        assert (await exchange(websocket, "MeterValues", reading))[0] == 3
        assert (await exchange(websocket, "StopTransaction", {"transactionId": -1, "meterStop": 1, "timestamp": TIME}))[0] == 3


async def test_a_csms_that_cannot_have_certificates_signed_says_so() -> None:
    """A02.FR.12."""
    async with Csms() as csms, connect(f"{csms.url}/CP1", subprotocols=[SUBPROTOCOL]) as websocket:
        assert (await exchange(websocket, "SignCertificate", {"csr": "nonsense"}))[2] == {"status": "Rejected"}


async def test_a_profile_for_a_transaction_says_of_which() -> None:
    """1.6ed2 5.16: where the CSMS knows of one on that connector; what is named already stays as it is."""
    async with obedient() as (csms, station, operations):
        await station.tell("StartTransaction", {"connectorId": 2, "idTag": "T", "meterStart": 0, "timestamp": TIME})
        (transaction,) = (await csms.station("CP1", BOUND)).state.open_transactions()
        for_transaction = {**PROFILE, "chargingProfilePurpose": "TxProfile"}
        for connector, profile, named in (
            (2, for_transaction, transaction.transaction_id),
            (2, {**for_transaction, "transactionId": 5}, 5),
            (1, for_transaction, None),
            (2, PROFILE, None),
        ):
            await operations.set_charging_profile(connector, profile)
            assert station.calls[-1][1]["csChargingProfiles"].get("transactionId") == named


async def test_who_is_registered_is_not_asked_to_register_again() -> None:
    """Errata 3.40: neither by the one trigger nor by the other, until it was not accepted."""
    async with obedient() as (csms, station, operations):
        await operations.trigger_message("BootNotification")
        boot = {"chargePointModel": "M", "chargePointVendor": "V"}
        await station.tell("BootNotification", boot)
        for ask in (operations.trigger_message, operations.extended_trigger_message):
            with pytest.raises(CannotBegin, match="is registered, and must not be asked to register again"):
                await ask("BootNotification")
        csms.steering("CP1").registrations.append((RegistrationStatus.pending, 9))
        await station.tell("BootNotification", boot)
        await operations.trigger_message("BootNotification")
        assert station.calls[-1] == ("TriggerMessage", {"requestedMessage": "BootNotification"})
