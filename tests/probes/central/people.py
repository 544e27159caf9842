"""Persons who operate a management system: one who does as told, one who chooses otherwise, one who cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from probes.adaptors.base import Asked, By, Capability, Drives, Ended
from probes.adaptors.operation import Operation
from probes.csms.csms import Csms
from probes.csms.wishes import grant

Choice = Callable[[str, dict[str, Any]], dict[str, Any] | None]


def as_told(_action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
    """Does exactly what is said."""
    return payload


def cannot(_action: str, _payload: dict[str, Any]) -> dict[str, Any] | None:
    """Finds no way to do anything."""
    return None


OTHERWISE: Mapping[str, Mapping[str, Any]] = {
    "RemoteStartTransaction": {"connectorId": 2, "idTag": "SOMEBODYELSE"},
    "RemoteStopTransaction": {"transactionId": 4711},
    "Reset": {"type": "Soft"},
    "UnlockConnector": {"connectorId": 2},
    "ChangeAvailability": {"connectorId": 2},
    "ChangeConfiguration": {"key": "HeartbeatInterval", "value": "600"},
    "GetConfiguration": {"key": ["HeartbeatInterval"]},
    "ReserveNow": {"connectorId": 2, "idTag": "SOMEBODYELSE", "expiryDate": "2020-01-01T00:00:00Z"},
    "CancelReservation": {"reservationId": 4711},
    "SendLocalList": {"listVersion": 1, "updateType": "Full"},
    "ClearChargingProfile": {"id": 4711},
    "GetCompositeSchedule": {"connectorId": 0, "duration": 60},
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "UpdateFirmware": {"location": "http://127.0.0.1:1/other.bin"},
    "GetDiagnostics": {"location": "http://127.0.0.1:1/"},
}


def otherwise(action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
    """Clicks on something else, wherever there is something else to click on."""
    if action == "SetChargingProfile":
        profile = dict(payload["csChargingProfiles"])
        profile.pop("transactionId", None)
        period = {"startPeriod": 60, "limit": 8.0}
        profile["chargingSchedule"] = {**profile["chargingSchedule"], "chargingSchedulePeriod": [period]}
        return {"connectorId": 0 if payload["connectorId"] else 1, "csChargingProfiles": profile}
    return {**payload, **OTHERWISE.get(action, {})}


class Person:
    """Has a CSMS in this process send what `choice` makes of a wish."""

    name, by = "person", By.PERSON

    def __init__(self, csms: Csms, choice: Choice) -> None:
        self._csms, self._choice = csms, choice

    def passes(self, _action: str) -> frozenset[str]:
        """A person may always choose otherwise."""
        return frozenset()

    def capability(self, _action: str) -> Capability:
        """A person can be asked for anything."""
        return Capability(Drives.YES)

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """Choose, and click."""
        del seconds
        payload = self._choice(operation.action, operation.payload())
        if payload is None:
            return Asked(Ended.CANNOT, "there is no button for it")
        await grant(self._csms, station, operation.action, payload)
        return Asked(Ended.ASKED)

    async def close(self) -> None:
        """Nothing is held."""


def person(choice: Choice) -> Callable[[Csms], Person]:
    """A person who makes this of what is asked, for the rig."""
    return lambda csms: Person(csms, choice)
