"""Faults in what a station says of its own accord: missing, extra, doubled, in the wrong order, or with the wrong contents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from probes.faults.building import (
    altered,
    dropped,
    everywhere,
    followed,
    misheard,
    preceded,
    repeated,
    unminded,
    where,
    with_fields,
    without,
)
from probes.faults.making import StationFault, station_calls
from probes.station.station import Station
from probes.station.times import moment
from probes.wire.clock import ocpp_time
from probes.wire.interception import CallFilter, Interception, SendCall
from probes.wire.peer import Answer

_TRANSACTION = ("StartTransaction", "MeterValues", "StopTransaction")
_STAMPED = (*_TRANSACTION, "StatusNotification")
_INVENTED_ID = 999_999
_ACCEPTED = {"idTagInfo": {"status": "Accepted"}}
_ENERGY = "Energy.Active.Import.Register"


def _stamps(value: Any) -> CallFilter:
    """All time stamps, changed."""
    return altered(_STAMPED, lambda payload: dict(everywhere(payload, "timestamp", value)))


def _shifted(hours: int) -> Any:
    def shift(text: Any) -> Any:
        told = moment(text)
        return text if told is None else ocpp_time(told + timedelta(hours=hours))

    return shift


def _local(text: Any) -> Any:
    """Two hours ahead, and nothing that says so."""
    return str(_shifted(2)(text)).removesuffix("Z")


def _seconds(text: Any) -> Any:
    told = moment(text)
    return text if told is None else int(told.timestamp())


def _sampled(change: Any) -> CallFilter:
    """Every SampledValue of MeterValues, changed."""

    def rewrite(payload: dict[str, Any]) -> Mapping[str, Any]:
        return dict(everywhere(payload, "sampledValue", lambda values: [change(dict(value)) for value in values]))

    return altered("MeterValues", rewrite)


def _backwards(_: Station) -> Interception:
    """Each energy reading is 10 Wh below the one before."""
    readings = iter(range(1_000_000, 0, -10))

    def change(value: dict[str, Any]) -> dict[str, Any]:
        return value | {"value": str(next(readings))} if value.get("measurand") == _ENERGY else value

    return Interception(calls=(_sampled(change),))


def _last_connector_forgotten(station: Station) -> Interception:
    return Interception(calls=(dropped("StatusNotification", {}, where(connectorId=len(station.connectors))),))


def _stop_overtakes_start(station: Station) -> Interception:
    """Where an end waits already, it goes first."""

    async def overtake(name: str, payload: Mapping[str, Any], send: SendCall) -> Answer:
        waiting = [message for message in station.outbox.waiting() if message.action == "StopTransaction"]
        if name == "StartTransaction" and waiting:
            await send("StopTransaction", station.outbox.payload(waiting[0]))
        return await send(name, payload)

    return Interception(calls=(overtake,))


def _stamped_when_sent(station: Station) -> Interception:
    """A station that was offline tells when it sends, not when it was."""
    return Interception(calls=(altered(_TRANSACTION, lambda told: dict(everywhere(told, "timestamp", lambda _: station.timestamp()))),))


CALLS: dict[str, StationFault] = {
    # --- registration and status
    "boot-never-sent": station_calls(dropped("BootNotification", {"status": "Accepted", "interval": 300})),
    "boot-sent-twice": station_calls(repeated("BootNotification")),
    "boot-interval-ignored": station_calls(misheard("BootNotification", with_fields(interval=1))),
    "boot-pending-ignored": station_calls(misheard("BootNotification", with_fields(status="Accepted"))),
    "status-before-boot": station_calls(
        preceded(
            "BootNotification",
            "StatusNotification",
            lambda _: {"connectorId": 0, "errorCode": "NoError", "status": "Available"},
            always=True,
        ),
    ),
    "station-status-missing": station_calls(dropped("StatusNotification", {}, where(connectorId=0))),
    "last-connector-forgotten": StationFault(_last_connector_forgotten),
    "heartbeat-missing": station_calls(dropped("Heartbeat", {})),
    "heartbeat-twice": station_calls(repeated("Heartbeat")),
    "status-of-older-protocol": station_calls(
        altered("StatusNotification", with_fields(status="Occupied"), lambda told: told["status"] in {"Preparing", "Charging", "Finishing"})
    ),
    "status-without-error-code": station_calls(altered("StatusNotification", without("errorCode"))),
    "status-sent-twice": station_calls(repeated("StatusNotification")),
    "faulted-without-error": station_calls(altered("StatusNotification", with_fields(errorCode="NoError"), where(status="Faulted"))),
    "preparing-missing": station_calls(dropped("StatusNotification", {}, where(status="Preparing"))),
    "charging-missing": station_calls(dropped("StatusNotification", {}, where(status="Charging"))),
    "finishing-missing": station_calls(dropped("StatusNotification", {}, where(status="Finishing"))),
    "unavailable-missing": station_calls(dropped("StatusNotification", {}, where(status="Unavailable"))),
    "calls-own-extension": station_calls(followed("BootNotification", "VendorHello", lambda _: {"colour": "green"})),
    # --- clock
    "clock-in-1970": station_calls(_stamps(lambda _: "1970-01-01T00:00:07Z")),
    "clock-local-without-offset": station_calls(_stamps(_local)),
    "clock-never-set": station_calls(_stamps(_shifted(-7))),
    "time-as-number": station_calls(_stamps(_seconds)),
    "time-in-words": station_calls(_stamps(lambda _: "01.01.2026 00:00")),
    # --- authorisation and transactions
    "authorize-skipped": station_calls(dropped("Authorize", _ACCEPTED)),
    "authorize-refusal-ignored": station_calls(misheard("Authorize", with_fields(**_ACCEPTED))),
    "start-missing": station_calls(dropped("StartTransaction", {"transactionId": _INVENTED_ID, **_ACCEPTED})),
    "start-sent-twice": station_calls(repeated("StartTransaction")),
    "start-on-connector-zero": station_calls(altered("StartTransaction", with_fields(connectorId=0))),
    "start-meter-in-kwh": station_calls(
        altered("StartTransaction", lambda told: told | {"meterStart": told["meterStart"] // 1000}),
    ),
    "start-meter-as-text": station_calls(altered("StartTransaction", lambda told: told | {"meterStart": str(told["meterStart"])})),
    "start-with-another-tag": station_calls(altered("StartTransaction", lambda told: told | {"idTag": str(told["idTag"])[1:] + "0"})),
    "start-of-invalid-tag-goes-on": station_calls(misheard("StartTransaction", with_fields(**_ACCEPTED))),
    "stop-missing": station_calls(dropped("StopTransaction", {})),
    "stop-sent-twice": station_calls(repeated("StopTransaction")),
    "stop-with-wrong-transaction": station_calls(
        altered("StopTransaction", lambda told: told | {"transactionId": told["transactionId"] + 1}),
    ),
    "stop-reason-always-local": station_calls(altered("StopTransaction", with_fields(reason="Local"))),
    "stop-reason-unknown": station_calls(altered("StopTransaction", with_fields(reason="UserPressedButton"))),
    "stop-meter-below-start": station_calls(altered("StopTransaction", with_fields(meterStop=0))),
    "stop-without-values": station_calls(altered("StopTransaction", without("transactionData"))),
    "stop-missing-at-reset": station_calls(
        dropped("StopTransaction", {}, lambda told: told.get("reason") in {"SoftReset", "HardReset"}),
    ),
    "stop-missing-after-power-loss": station_calls(dropped("StopTransaction", {}, where(reason="PowerLoss"))),
    "power-loss-told-as-local": station_calls(altered("StopTransaction", with_fields(reason="Local"), where(reason="PowerLoss"))),
    "stop-before-start": StationFault(_stop_overtakes_start),
    "offline-times-of-sending": StationFault(_stamped_when_sent),
    "no-retry-after-error": station_calls(unminded(_TRANSACTION, {})),
    # --- meter values
    "values-missing": station_calls(dropped("MeterValues", {})),
    "values-without-transaction": station_calls(altered("MeterValues", without("transactionId"))),
    "values-of-connector-zero": station_calls(altered("MeterValues", with_fields(connectorId=0))),
    "values-in-wrong-unit": station_calls(_sampled(lambda value: value | {"unit": "kWh"} if value.get("unit") == "Wh" else value)),
    "values-in-unknown-unit": station_calls(_sampled(lambda value: value | {"unit": "Wh/h"} if value.get("unit") == "W" else value)),
    "values-as-numbers": station_calls(_sampled(lambda value: value | {"value": float(value["value"])})),
    "values-with-wrong-context": station_calls(_sampled(lambda value: value | {"context": "Sample.Clock"})),
    "values-without-measurand": station_calls(_sampled(lambda value: {k: v for k, v in value.items() if k != "measurand"})),
    "values-not-all-measurands": station_calls(
        altered("MeterValues", lambda told: dict(everywhere(told, "sampledValue", lambda values: values[:1]))),
    ),
    "meter-goes-backwards": StationFault(_backwards),
    "values-sent-twice": station_calls(repeated("MeterValues")),
}
