"""What somebody outside wants our CSMS to send: any operation by its name and payload. What the payload leaves open, our CSMS chooses."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from probes.csms.csms import Csms
from probes.csms.operations import Operations, Outcome
from probes.csms.state import StationState
from probes.wire.clock import ocpp_time
from probes.wire.schemas import violations
from registry.errors import CannotBegin

PASSWORD_BYTES = 16
"""How long a password is that our CSMS makes up: 32 hexadecimal digits, within what A00.FR.205 of the white paper asks for."""

Send = Callable[[Operations, dict[str, Any]], Awaitable[Outcome]]


async def grant(csms: Csms, identity: str, action: str, payload: Mapping[str, Any]) -> Outcome:
    """Send it to this station, and give what it answered.

    Raises `CannotBegin` when the station is not connected, when our CSMS cannot send this, or when what is wanted is no request of OCPP.
    """
    request = complete(csms, identity, action, payload)
    return await _SENDERS[action](csms.operations(identity), request)


def complete(csms: Csms, identity: str, action: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The whole request: what is wanted, and what is chosen for it. Raises `CannotBegin`, as `grant`."""
    if action not in _SENDERS:
        raise CannotBegin(f"{action!r}: no operation that a CSMS can be asked to send; there are {', '.join(sorted(_SENDERS))}")
    csms.operations(identity)
    state = next((each for each in csms.states if each.identity == identity), StationState(identity))
    chosen = _CHOICES.get(action)
    request = {name: dict(value) if isinstance(value, Mapping) else value for name, value in payload.items()}
    if chosen:
        chosen(csms, state, request)
    wrong = violations(action, False, request)
    if wrong:
        path = wrong[0].path
        message = "the value is not allowed" if path == "/value" else wrong[0].message  # which may be a password
        raise CannotBegin(f"{action}: {path or 'the request'}: {message}; this is no request of OCPP 1.6")
    return request


# --- What is chosen


def _reservation(_: Csms, state: StationState, request: dict[str, Any]) -> None:
    request.setdefault("reservationId", max(state.reservations, default=0) + 1)


def _list_version(_: Csms, state: StationState, request: dict[str, Any]) -> None:
    request.setdefault("listVersion", state.local_list_version + 1)


def _profile(_: Csms, state: StationState, request: dict[str, Any]) -> None:
    for name in ("csChargingProfiles", "chargingProfile"):
        if isinstance(request.get(name), dict):
            request[name].setdefault("chargingProfileId", max(state.charging_profiles, default=0) + 1)


def _value(_: Csms, _state: StationState, request: dict[str, Any]) -> None:
    if "value" not in request and str(request.get("key", "")).casefold() == "authorizationkey":
        request["value"] = secrets.token_hex(PASSWORD_BYTES)


def _firmware(csms: Csms, _: StationState, request: dict[str, Any]) -> None:
    request.setdefault("retrieveDate", ocpp_time(csms.now()))


def _signed_firmware(csms: Csms, _: StationState, request: dict[str, Any]) -> None:
    request.setdefault("requestId", _request_id())
    if isinstance(request.setdefault("firmware", {}), dict):
        request["firmware"].setdefault("retrieveDateTime", ocpp_time(csms.now()))


def _diagnostics(csms: Csms, state: StationState, request: dict[str, Any]) -> None:
    if "location" not in request:
        request["location"] = _inbox(csms, state)


def _log(csms: Csms, state: StationState, request: dict[str, Any]) -> None:
    request.setdefault("requestId", _request_id())
    if isinstance(request.setdefault("log", {}), dict) and "remoteLocation" not in request["log"]:
        request["log"]["remoteLocation"] = _inbox(csms, state)


def _inbox(csms: Csms, state: StationState) -> str:
    if csms.files is None:
        raise CannotBegin("this CSMS has no place for files; start it with --files FOLDER, or say where the file is to go")
    return csms.files.inbox(state.identity, csms.files.schemes[0]).location


def _request_id() -> int:
    return secrets.randbelow(2**31 - 1) + 1


_CHOICES: dict[str, Callable[[Csms, StationState, dict[str, Any]], None]] = {
    "ReserveNow": _reservation,
    "SendLocalList": _list_version,
    "SetChargingProfile": _profile,
    "RemoteStartTransaction": _profile,
    "ChangeConfiguration": _value,
    "UpdateFirmware": _firmware,
    "SignedUpdateFirmware": _signed_firmware,
    "GetDiagnostics": _diagnostics,
    "GetLog": _log,
}


# --- How it is sent: by the operation itself, so that our CSMS knows what it did


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _at(text)


def _at(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as problem:
        raise CannotBegin(f"{text[:40]!r}: no date and time that this CSMS can send; write it as 2026-01-31T12:00:00Z") from problem


_SENDERS: dict[str, Send] = {
    "RemoteStartTransaction": lambda to, of: to.remote_start(of["idTag"], of.get("connectorId"), of.get("chargingProfile")),
    "RemoteStopTransaction": lambda to, of: to.remote_stop(of["transactionId"]),
    "Reset": lambda to, of: to.reset(of["type"]),
    "UnlockConnector": lambda to, of: to.unlock_connector(of["connectorId"]),
    "ChangeAvailability": lambda to, of: to.change_availability(of["connectorId"], of["type"]),
    "ChangeConfiguration": lambda to, of: to.change_configuration(of["key"], of["value"]),
    "GetConfiguration": lambda to, of: to.get_configuration(of.get("key", ())),
    "ClearCache": lambda to, _: to.clear_cache(),
    "DataTransfer": lambda to, of: to.data_transfer(of["vendorId"], of.get("messageId"), of.get("data")),
    "ReserveNow": lambda to, of: to.reserve_now(
        of["connectorId"], of["idTag"], _at(of["expiryDate"]), of["reservationId"], of.get("parentIdTag")
    ),
    "CancelReservation": lambda to, of: to.cancel_reservation(of["reservationId"]),
    "GetLocalListVersion": lambda to, _: to.get_local_list_version(),
    "SendLocalList": lambda to, of: to.send_local_list(of.get("localAuthorizationList", ()), of["updateType"], of["listVersion"]),
    "SetChargingProfile": lambda to, of: to.set_charging_profile(of["connectorId"], of["csChargingProfiles"]),
    "ClearChargingProfile": lambda to, of: to.clear_charging_profile(
        of.get("id"), of.get("connectorId"), of.get("chargingProfilePurpose"), of.get("stackLevel")
    ),
    "GetCompositeSchedule": lambda to, of: to.get_composite_schedule(of["connectorId"], of["duration"], of.get("chargingRateUnit")),
    "TriggerMessage": lambda to, of: to.trigger_message(of["requestedMessage"], of.get("connectorId")),
    "ExtendedTriggerMessage": lambda to, of: to.extended_trigger_message(of["requestedMessage"], of.get("connectorId")),
    "UpdateFirmware": lambda to, of: to.update_firmware(
        of["location"], _at(of["retrieveDate"]), of.get("retries"), of.get("retryInterval")
    ),
    "GetDiagnostics": lambda to, of: to.get_diagnostics(
        of["location"], of.get("retries"), of.get("retryInterval"), _moment(of.get("startTime")), _moment(of.get("stopTime"))
    ),
    "GetLog": lambda to, of: to.get_log(of["logType"], of["requestId"], of["log"], of.get("retries"), of.get("retryInterval")),
    "SignedUpdateFirmware": lambda to, of: to.signed_update_firmware(
        of["requestId"], of["firmware"], of.get("retries"), of.get("retryInterval")
    ),
    "InstallCertificate": lambda to, of: to.install_certificate(of["certificateType"], of["certificate"]),
    "DeleteCertificate": lambda to, of: to.delete_certificate(of["certificateHashData"]),
    "GetInstalledCertificateIds": lambda to, of: to.get_installed_certificate_ids(of["certificateType"]),
}
