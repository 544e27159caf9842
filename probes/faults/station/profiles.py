"""Faults in a station's optional feature profiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ocpp.v16.enums import Action, ChargePointStatus, ChargingProfileStatus, ReadingContext, UpdateStatus

from probes.faults.building import (
    Change,
    accepted_if_refused,
    altered,
    answers,
    constant,
    dropped,
    everywhere,
    instead,
    preceded,
    refusing,
    repeated,
    rewritten,
    saying_first,
    silence,
    status,
    where,
    with_fields,
    without,
)
from probes.faults.making import StationFault, station_answers, station_calls, station_calls_anew, station_hook
from probes.faults.station.behaviour import at_each_boot
from probes.station.reservations import Reservation, Reservations
from probes.station.smart_charging import SmartCharging
from probes.station.station import Station
from probes.station.times import moment
from probes.wire.clock import ocpp_time
from probes.wire.interception import Interception
from probes.wire.peer import Call, Reply

# --- local authorization list


def _list_without_effect(station: Station) -> None:
    instead(station.identification.local_list, "update", lambda *_, **__: UpdateStatus.accepted)


def _list_lost(station: Station) -> None:
    def lose() -> None:
        station.identification.local_list.update(1, "Full", [], most=None, most_at_once=None)

    at_each_boot(station, lose)


def _list_ignored(station: Station) -> None:
    instead(station.identification, "known", lambda _: None)


# --- reservations


def _reservation_not_held(station: Station) -> None:
    instead(station.reservations, "admits", lambda *_: True)


def _reservation_never_expires(station: Station) -> None:
    add = station.reservations.add

    def add_for_long(wanted: Any, *rest: Any, **options: Any) -> Any:
        return add(replace(wanted, expiry=wanted.expiry + timedelta(days=365)), *rest, **options)

    instead(station.reservations, "add", add_for_long)


def _cancel_without_effect(station: Station) -> Interception:
    """What was cancelled is back before anybody can see that it was gone."""
    remove, gone = station.reservations.remove, dict[int, Reservation]()

    def remembered(number: int) -> Reservation | None:
        held = remove(number)
        gone.update({} if held is None else {number: held})
        return held

    def put_back(call: Call, reply: Reply) -> Reply:
        held = gone.get(call.payload["reservationId"])
        if held is not None:
            free = dict.fromkeys(station.connectors, ChargePointStatus.available)
            station.reservations.add(held, free, zero_supported=True, now=station.registration.now())
        return reply

    instead(station.reservations, "remove", remembered)
    return Interception(replies=(answers(Action.cancel_reservation, put_back),))


def _reservations_lost(station: Station) -> None:
    def lose() -> None:
        instead(station, "reservations", Reservations())

    at_each_boot(station, lose)


# --- smart charging


def _changed_schedule(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """The answer with its charging schedule changed, where it has one."""

    def rewrite(payload: dict[str, Any]) -> dict[str, Any]:
        schedule = payload.get("chargingSchedule")
        return payload if schedule is None else payload | {"chargingSchedule": schedule | change(schedule)}

    return rewritten(rewrite)


def _late_first_period(schedule: dict[str, Any]) -> dict[str, Any]:
    first, *others = schedule["chargingSchedulePeriod"]
    return {"chargingSchedulePeriod": [first | {"startPeriod": 1}, *others]}


def _limit_as_text(schedule: dict[str, Any]) -> dict[str, Any]:
    return {"chargingSchedulePeriod": everywhere(schedule["chargingSchedulePeriod"], "limit", str)}


def _profile_without_effect(station: Station) -> None:
    instead(station.smart_charging, "set_profile", lambda _, __: ChargingProfileStatus.accepted)


def _limit_not_applied(station: Station) -> None:
    instead(station.smart_charging, "_give", lambda _, __: None)


def _clear_without_effect(station: Station) -> None:
    instead(station.smart_charging, "clear", lambda *_: True)


def _profiles_lost(station: Station) -> None:
    def lose() -> None:
        SmartCharging.clear(station.smart_charging)

    at_each_boot(station, lose)


# --- firmware management and remote trigger


def _diagnostics(told: str, instead_of_it: str) -> StationFault:
    return station_calls(altered("DiagnosticsStatusNotification", with_fields(status=instead_of_it), where(status=told)))


def _firmware(told: str, instead_of_it: str) -> StationFault:
    return station_calls(altered("FirmwareStatusNotification", with_fields(status=instead_of_it), where(status=told)))


def _heartbeat_before_answer(station: Station) -> Interception:
    return Interception(replies=(answers(Action.trigger_message, saying_first(station, "Heartbeat", {})),))


def _trigger_without_message(station: Station) -> None:
    """The answer says Accepted, and that is all."""

    async def nothing(*_: Any) -> None:
        return None

    instead(station.registration, "beat", nothing)
    instead(station.firmware, "tell", nothing)
    instead(station, "report", nothing)
    send = station.charging.send_sample

    async def unless_triggered(connector: Any, transaction: Any, context: Any, *rest: Any) -> None:
        if context is not ReadingContext.trigger:
            await send(connector, transaction, context, *rest)

    instead(station.charging, "send_sample", unless_triggered)


def _triggered_for_first_connector(station: Station) -> None:
    report = station.report

    async def of_the_first(connector_id: int, *rest: Any) -> None:
        await report(1 if connector_id else 0, *rest)

    instead(station, "report", of_the_first)


def _context_of_periodic(payload: dict[str, Any]) -> dict[str, Any]:
    return dict(everywhere(payload, "context", lambda context: "Sample.Periodic" if context == "Trigger" else context))


def _without_offset(value: Any) -> Any:
    told = moment(value)
    return value if told is None else ocpp_time(told + timedelta(hours=2)).removesuffix("Z")


_LIST, _RESERVE, _TRIGGER, _SET = Action.send_local_list, Action.reserve_now, Action.trigger_message, Action.set_charging_profile
_COMPOSITE = Action.get_composite_schedule

PROFILE_FAULTS: dict[str, StationFault] = {
    # --- local authorization list
    "local-list-older-version-accepted": station_answers(answers(_LIST, status("VersionMismatch", "Accepted"))),
    "local-list-update-fails": station_answers(answers(_LIST, status("Accepted", "Failed"))),
    "local-list-version-stuck": station_answers(answers(Action.get_local_list_version, constant({"listVersion": 1}))),
    "local-list-version-as-text": station_answers(
        answers(Action.get_local_list_version, rewritten(lambda told: {"listVersion": str(told["listVersion"])})),
    ),
    "local-list-empty-told-as-missing": station_answers(
        answers(Action.get_local_list_version, rewritten(lambda told: told if told["listVersion"] else {"listVersion": -1})),
    ),
    "local-list-without-effect": station_hook(_list_without_effect),
    "local-list-lost-at-reset": station_hook(_list_lost),
    "listed-tag-is-asked-for": station_hook(_list_ignored),
    "never-answers-send-local-list": station_answers(answers(_LIST, silence)),
    # --- reservations
    "unsupported-profile-accepted": replace(
        station_answers(answers(_RESERVE, constant({"status": "Accepted"}))),
        anywhere=True,
    ),
    "reservation-accepted-when-occupied": station_answers(answers(_RESERVE, status("Occupied", "Accepted"))),
    "reservation-unavailable-rejected": station_answers(answers(_RESERVE, status("Unavailable", "Rejected"))),
    "reservation-always-rejected": station_answers(answers(_RESERVE, status("Accepted", "Rejected"))),
    "reservation-status-missing": station_calls(dropped("StatusNotification", {}, where(status="Reserved"))),
    "reservation-does-not-hold": station_hook(_reservation_not_held),
    "reservation-never-expires": station_hook(_reservation_never_expires),
    "reservation-id-missing": station_calls(altered("StartTransaction", without("reservationId"))),
    "reservations-lost-at-reset": station_hook(_reservations_lost),
    "cancel-unknown-reservation-accepted": station_answers(answers(Action.cancel_reservation, status("Rejected", "Accepted"))),
    "cancel-without-effect": StationFault(_cancel_without_effect),
    "never-answers-reserve-now": station_answers(answers(_RESERVE, silence)),
    # --- smart charging
    "charging-profile-rejected": station_answers(answers(_SET, status("Accepted", "Rejected"))),
    "tx-profile-without-transaction-accepted": station_answers(answers(_SET, status("Rejected", "Accepted"))),
    "profile-for-unknown-connector-accepted": station_answers(answers(_SET, accepted_if_refused)),
    "charging-profile-without-effect": station_hook(_profile_without_effect),
    "charging-limit-not-applied": station_hook(_limit_not_applied),
    "charging-profiles-lost-at-reset": station_hook(_profiles_lost),
    "clear-unknown-profile-accepted": station_answers(answers(Action.clear_charging_profile, status("Unknown", "Accepted"))),
    "clear-profile-without-effect": station_hook(_clear_without_effect),
    "composite-schedule-in-wrong-unit": station_answers(
        answers(_COMPOSITE, _changed_schedule(lambda told: {"chargingRateUnit": "W" if told["chargingRateUnit"] == "A" else "A"})),
    ),
    "composite-schedule-missing": station_answers(answers(_COMPOSITE, constant({"status": "Accepted"}))),
    "composite-schedule-first-period-late": station_answers(answers(_COMPOSITE, _changed_schedule(_late_first_period))),
    "composite-schedule-limit-as-text": station_answers(answers(_COMPOSITE, _changed_schedule(_limit_as_text))),
    "composite-schedule-in-local-time": station_answers(
        answers(_COMPOSITE, rewritten(lambda told: dict(everywhere(told, "scheduleStart", _without_offset)))),
    ),
    "never-answers-get-composite-schedule": station_answers(answers(_COMPOSITE, silence)),
    # --- firmware management
    "diagnostics-without-file-name": station_answers(answers(Action.get_diagnostics, constant({}))),
    "get-diagnostics-refused": station_answers(answers(Action.get_diagnostics, refusing("NotSupported"))),
    "update-firmware-refused": station_answers(answers(Action.update_firmware, refusing("NotSupported"))),
    "never-answers-update-firmware": station_answers(answers(Action.update_firmware, silence)),
    "diagnostics-status-missing": station_calls(dropped("DiagnosticsStatusNotification", {})),
    "diagnostics-failure-told-as-success": _diagnostics("UploadFailed", "Uploaded"),
    "firmware-installed-missing": station_calls(dropped("FirmwareStatusNotification", {}, where(status="Installed"))),
    "firmware-failure-told-as-success": _firmware("DownloadFailed", "Downloaded"),
    "firmware-status-misspelled": _firmware("Downloaded", "DownloadFinished"),
    "firmware-installing-before-downloading": station_calls_anew(
        lambda: preceded(
            "FirmwareStatusNotification",
            "FirmwareStatusNotification",
            lambda _: {"status": "Installing"},
            wanted=where(status="Downloading"),
        ),
    ),
    "firmware-status-sent-twice": station_calls(repeated("FirmwareStatusNotification")),
    # --- remote trigger
    "trigger-unknown-connector-accepted": station_answers(answers(_TRIGGER, status("Rejected", "Accepted"))),
    "trigger-not-implemented-rejected": station_answers(answers(_TRIGGER, status("NotImplemented", "Rejected"))),
    "trigger-without-message": station_hook(_trigger_without_message),
    "trigger-message-before-answer": StationFault(_heartbeat_before_answer),
    "trigger-for-another-connector": station_hook(_triggered_for_first_connector),
    "trigger-context-missing": station_calls(altered("MeterValues", _context_of_periodic)),
    "never-answers-trigger-message": station_answers(answers(_TRIGGER, silence)),
}
