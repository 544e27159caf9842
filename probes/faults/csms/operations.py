"""Faults in what a CSMS asks of its stations."""

from __future__ import annotations

import json
from typing import Any

from probes.csms.csms import Csms
from probes.faults.building import CALL, altered, everywhere, repeated, with_fields, without
from probes.faults.making import CsmsFault, csms_calls
from probes.station.times import moment
from probes.wire.interception import Interception, Line
from probes.wire.peer import Call, Reply

_PASSWORD = "AuthorizationKey"  # noqa: S105 - the name of the key, not what it holds


def _profile(change: Any) -> CsmsFault:
    """SetChargingProfile with another profile."""
    return csms_calls(altered("SetChargingProfile", lambda told: told | {"csChargingProfiles": change(dict(told["csChargingProfiles"]))}))


def _schedule(change: Any) -> CsmsFault:
    return _profile(lambda profile: profile | {"chargingSchedule": change(dict(profile["chargingSchedule"]))})


def _first_period_late(schedule: dict[str, Any]) -> dict[str, Any]:
    first, *others = schedule["chargingSchedulePeriod"]
    return schedule | {"chargingSchedulePeriod": [first | {"startPeriod": 60}, *others]}


def _without_offset(name: str) -> Any:
    def strip(text: Any) -> Any:
        return text if moment(text) is None else str(text).removesuffix("Z")

    return lambda payload: dict(everywhere(payload, name, strip))


def _untimely_reset(_: Csms, line: Line) -> Interception:
    """Whoever registers is reset at once."""

    def reset(call: Call, reply: Reply) -> Reply:
        if call.action == "BootNotification":
            line.spawn(line.send_raw(json.dumps([CALL, f"untimely-{call.seq}", "Reset", {"type": "Soft"}])))
        return reply

    return Interception(replies=(reset,))


def _password_in_data(_: Csms, __: Line) -> Interception:
    """What is set as password is told once more, in a message that anybody logs."""

    async def tell(name: str, payload: Any, send: Any) -> Any:
        answer = await send(name, payload)
        if name == "ChangeConfiguration" and payload.get("key") == _PASSWORD:
            await send("DataTransfer", {"vendorId": "maintenance", "data": f"password={payload['value']}"})
        return answer

    return Interception(calls=(tell,))


OPERATIONS: dict[str, CsmsFault] = {
    "resets-whoever-registers": CsmsFault(_untimely_reset),
    "remote-start-without-tag": csms_calls(altered("RemoteStartTransaction", without("idTag"))),
    "remote-start-on-connector-zero": csms_calls(altered("RemoteStartTransaction", with_fields(connectorId=0))),
    "remote-start-sent-twice": csms_calls(repeated("RemoteStartTransaction")),
    "remote-stop-of-wrong-transaction": csms_calls(
        altered("RemoteStopTransaction", lambda told: told | {"transactionId": told["transactionId"] + 1}),
    ),
    "remote-stop-id-as-text": csms_calls(
        altered("RemoteStopTransaction", lambda told: told | {"transactionId": str(told["transactionId"])}),
    ),
    "reset-type-misspelled": csms_calls(altered("Reset", lambda told: told | {"type": str(told["type"]).lower()})),
    "unlock-of-connector-zero": csms_calls(altered("UnlockConnector", with_fields(connectorId=0))),
    "availability-type-misspelled": csms_calls(altered("ChangeAvailability", with_fields(type="Unavailable"))),
    "configuration-keys-as-text": csms_calls(altered("GetConfiguration", lambda told: told | {"key": ",".join(told.get("key", ()))})),
    "configuration-value-as-number": csms_calls(altered("ChangeConfiguration", lambda told: told | {"value": int(told["value"])})),
    "local-list-version-not-raised": csms_calls(altered("SendLocalList", with_fields(listVersion=1))),
    "local-list-version-negative": csms_calls(altered("SendLocalList", with_fields(listVersion=-1))),
    "local-list-always-full": csms_calls(altered("SendLocalList", with_fields(updateType="Full"))),
    "local-list-entries-without-status": csms_calls(
        altered("SendLocalList", lambda told: dict(everywhere(told, "idTagInfo", lambda _: {}))),
    ),
    "reserve-until-the-past": csms_calls(altered("ReserveNow", with_fields(expiryDate="1970-01-01T00:00:00Z"))),
    "reserve-expiry-without-offset": csms_calls(altered("ReserveNow", _without_offset("expiryDate"))),
    "reserve-without-tag": csms_calls(altered("ReserveNow", without("idTag"))),
    "cancels-wrong-reservation": csms_calls(altered("CancelReservation", lambda told: told | {"reservationId": told["reservationId"] + 1})),
    "charging-profile-first-period-late": _schedule(_first_period_late),
    "charging-profile-without-unit": _schedule(without("chargingRateUnit")),
    "charging-profile-unit-misspelled": _schedule(with_fields(chargingRateUnit="kW")),
    "tx-profile-for-whole-station": csms_calls(
        altered("SetChargingProfile", with_fields(connectorId=0), lambda told: _is_tx(told["csChargingProfiles"])),
    ),
    "station-profile-for-one-connector": csms_calls(
        altered("SetChargingProfile", with_fields(connectorId=1), lambda told: told["connectorId"] == 0),
    ),
    "clears-wrong-profile": csms_calls(altered("ClearChargingProfile", lambda told: told | {"id": told.get("id", 0) + 1})),
    "composite-schedule-unit-misspelled": csms_calls(altered("GetCompositeSchedule", with_fields(chargingRateUnit="Watt"))),
    "update-firmware-without-date": csms_calls(altered("UpdateFirmware", without("retrieveDate"))),
    "update-firmware-date-without-offset": csms_calls(altered("UpdateFirmware", _without_offset("retrieveDate"))),
    "get-diagnostics-without-location": csms_calls(altered("GetDiagnostics", without("location"))),
    "trigger-misspelled": csms_calls(
        altered("TriggerMessage", lambda told: told | {"requestedMessage": told["requestedMessage"] + ".req"})
    ),
    "trigger-of-connector-as-text": csms_calls(altered("TriggerMessage", lambda told: told | {"connectorId": "1"})),
    "password-told-in-data-transfer": CsmsFault(_password_in_data),
    "get-log-without-request-id": csms_calls(altered("GetLog", without("requestId"))),
    "certificate-kind-misspelled": csms_calls(altered("InstallCertificate", with_fields(certificateType="RootCertificate"))),
}


def _is_tx(profile: dict[str, Any]) -> bool:
    return profile.get("chargingProfilePurpose") == "TxProfile"
