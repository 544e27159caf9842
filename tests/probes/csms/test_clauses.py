"""Clauses of OCPP 1.6 and of the security white paper that no other scene of the CSMS shows."""

from __future__ import annotations

from websockets.asyncio.client import connect

from probes.csms.csms import Csms
from probes.wire.websocket import SUBPROTOCOL
from tests.probes.csms.test_csms import TIME, exchange
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
