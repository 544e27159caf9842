"""A charging station made with nothing but the `ocpp` library, as many simulators and gateways in the field are: no accusation."""

# The library has no types, and here it must be used as it is:
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.datatypes import KeyValue
from ocpp.v16.enums import (
    Action,
    ChargePointErrorCode,
    ChargePointStatus,
    ConfigurationStatus,
    DataTransferStatus,
    RemoteStartStopStatus,
    UnlockStatus,
)
from websockets.asyncio.client import connect

from probes.audit import AuditOptions, audit_station
from probes.cases.tags import audit_id_tags
from probes.csms.csms import Csms
from tests.probes.audits.rig import DEFAULT_PASSES, applicable
from tests.probes.judge.talk import CORE_KEYS, certificate


class LibraryStation(ChargePoint):
    """Handlers as its documentation shows them; what has none is answered by the library itself."""

    @on(Action.get_configuration)
    def on_get_configuration(self, key: list[str] | None = None, **_: Any) -> call_result.GetConfiguration:
        asked = key or list(CORE_KEYS)
        known = [KeyValue(key=name, readonly=CORE_KEYS[name][1], value=CORE_KEYS[name][0]) for name in asked if name in CORE_KEYS]
        unknown = [name for name in asked if name not in CORE_KEYS]
        return call_result.GetConfiguration(configuration_key=known, unknown_key=unknown or None)

    @on(Action.change_configuration)
    def on_change_configuration(self, **_: Any) -> call_result.ChangeConfiguration:
        return call_result.ChangeConfiguration(status=ConfigurationStatus.not_supported)

    @on(Action.remote_start_transaction)
    def on_remote_start(self, **_: Any) -> call_result.RemoteStartTransaction:
        return call_result.RemoteStartTransaction(status=RemoteStartStopStatus.rejected)

    @on(Action.remote_stop_transaction)
    def on_remote_stop(self, **_: Any) -> call_result.RemoteStopTransaction:
        return call_result.RemoteStopTransaction(status=RemoteStartStopStatus.rejected)

    @on(Action.unlock_connector)
    def on_unlock(self, **_: Any) -> call_result.UnlockConnector:
        return call_result.UnlockConnector(status=UnlockStatus.not_supported)

    @on(Action.data_transfer)
    def on_data_transfer(self, **_: Any) -> call_result.DataTransfer:
        return call_result.DataTransfer(status=DataTransferStatus.unknown_vendor_id)

    async def introduce(self) -> None:
        boot = call.BootNotification(charge_point_vendor="Example Chargers", charge_point_model="EX-1", firmware_version="V1.2.3")
        await self.call(boot)
        for connector in (0, 1):
            status = call.StatusNotification(connector, ChargePointErrorCode.no_error, ChargePointStatus.available)
            await self.call(status)


async def test_a_station_on_the_library_is_conformant(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "ocpp")
    async with (
        Csms(heartbeat_interval=20, id_tags=audit_id_tags(), lenient=True) as csms,
        connect(f"{csms.url}/CP1", subprotocols=["ocpp1.6"]) as websocket,  # type: ignore[list-item]  # a NewType of str
    ):
        station = LibraryStation("CP1", websocket)
        reading = asyncio.create_task(station.start())
        try:
            await station.introduce()
            auditing = audit_station(facts=certificate(), identity="CP1", csms=csms, transcript_dir=tmp_path, options=AuditOptions())
            report = (await asyncio.wait_for(auditing, 30)).report
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    assert [finding for finding in report["findings"] if finding["severity"] == "error"] == []
    assert report["verdict"] == "conformant"
    assert applicable(report) == DEFAULT_PASSES
