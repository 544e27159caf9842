"""Every fault of a station is seen on the wire by the CSMS, and without it the same scene shows nothing of the kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from probes.faults import fault_catalogue
from probes.station.config import StationConfig
from probes.wire.records import Direction, Frame
from probes.wire.schemas import violations
from tests.probes.faults import station_scenes as scenes
from tests.probes.faults.rig import CONFIG, CORE_ONLY, PLAIN_FIRMWARE, Scenario, Talk, rig
from tests.probes.faults.test_tls_faults import OF_STATIONS


class Sight(NamedTuple):
    """In which scene a fault is seen, and how; `csms` are faults that the CSMS must have for that."""

    scene: Scenario
    seen: Callable[[Talk], bool]
    config: StationConfig = CONFIG
    csms: tuple[str, ...] = ()


def keys(talk: Talk, number: int = 0) -> dict[str, Any]:
    """The keys in an answer to GetConfiguration."""
    return {entry["key"]: entry.get("value") for entry in talk.answers("GetConfiguration")[number].get("configurationKey", [])}


def broken(talk: Talk, action: str) -> bool:
    """Whether a call of this action breaks its schema."""
    return any(violations(action, False, payload) for payload in talk.said(action))


def answer_broken(talk: Talk, action: str) -> bool:
    return any(isinstance(answer, dict) and violations(action, True, answer) for answer in talk.answers(action))


def doubled(action: str) -> Callable[[Talk], bool]:
    """The same call, with the same contents, at least twice."""

    def look(talk: Talk) -> bool:
        told = [json.dumps(payload, sort_keys=True) for payload in talk.said(action)]
        return len(told) > len(set(told))

    return look


def missing(action: str, **fields: Any) -> Callable[[Talk], bool]:
    return lambda talk: not talk.said(action, **fields)


def silent(action: str) -> Callable[[Talk], bool]:
    """Asked and not answered."""
    return lambda talk: bool(talk.heard(action)) and not talk.answers(action)


def answered(action: str, number: int, status: str | None) -> Callable[[Talk], bool]:
    """The status of the answer with this number, None for an error."""

    def look(talk: Talk) -> bool:
        answer = talk.answers(action)[number]
        return (answer.get("status") if isinstance(answer, dict) else None) == status

    return look


def stamps(talk: Talk) -> list[Any]:
    return [payload["timestamp"] for payload in talk.said("StatusNotification") if "timestamp" in payload]


def samples(talk: Talk) -> list[dict[str, Any]]:
    return [value for told in talk.said("MeterValues") for each in told["meterValue"] for value in each["sampledValue"]]


def readings(talk: Talk) -> list[int]:
    return [int(float(value["value"])) for value in samples(talk) if value.get("measurand") == "Energy.Active.Import.Register"]


def schedules(talk: Talk) -> list[dict[str, Any]]:
    return [answer["chargingSchedule"] for answer in talk.answers("GetCompositeSchedule") if "chargingSchedule" in answer]


def first_limit(talk: Talk, number: int) -> float:
    return float(schedules(talk)[number]["chargingSchedulePeriod"][0]["limit"])


def after_reset(talk: Talk, connector: int) -> list[str]:
    """The statuses of a connector after the second boot."""
    last = max(index for index, frame in enumerate(talk.frames) if frame.action == "BootNotification")
    return Talk(talk.frames[last:], Direction.FROM_STATION).connector(connector)


def before(talk: Talk, earlier: str, later: str) -> bool:
    return earlier in talk.order and later in talk.order and talk.order.index(earlier) < talk.order.index(later)


def reasons(talk: Talk) -> list[str | None]:
    return [told.get("reason") for told in talk.said("StopTransaction")]


def odd(talk: Talk, message_id: str) -> str | None:
    """The error code or status that the call with this id was answered with."""
    for frame in talk.frames:
        if frame.message_id == message_id and frame.direction is Direction.FROM_STATION:
            told = json.loads(frame.raw)[2]
            return str(told.get("status")) if isinstance(told, dict) else str(told)
    return None


def firmware(talk: Talk) -> list[str]:
    return [told["status"] for told in talk.said("FirmwareStatusNotification")]


def diagnostics(talk: Talk) -> list[str]:
    return [told["status"] for told in talk.said("DiagnosticsStatusNotification")]


def problem(words: str) -> Callable[[Talk], bool]:
    return lambda talk: any(words in each for each in talk.problems)


PENDING = ("boot-always-pending",)

SIGHTS: dict[str, Sight] = {
    # --- identity
    "wrong-software-version": Sight(scenes.boot, lambda t: t.said("BootNotification")[0]["firmwareVersion"] != "V1.3.337"),
    "key-value-drift": Sight(scenes.configuration, lambda t: keys(t)["ConnectionTimeOut"] != "30"),
    "key-missing": Sight(scenes.configuration, lambda t: set(keys(t)) != set(CONFIG.keys) - {"AuthorizationKey"}),
    "profile-advertised-not-certified": Sight(
        scenes.configuration, lambda t: "RemoteTrigger" in keys(t)["SupportedFeatureProfiles"], CORE_ONLY
    ),
    "profile-works-not-advertised": Sight(scenes.configuration, lambda t: "RemoteTrigger" not in keys(t)["SupportedFeatureProfiles"]),
    "required-key-missing": Sight(scenes.configuration, lambda t: "SupportedFeatureProfiles" not in keys(t)),
    "number-of-connectors-wrong": Sight(scenes.configuration, lambda t: keys(t)["NumberOfConnectors"] != "2"),
    "boot-without-vendor": Sight(scenes.boot, lambda t: "chargePointVendor" not in t.said("BootNotification")[0]),
    "boot-serial-number-too-long": Sight(scenes.boot, lambda t: broken(t, "BootNotification")),
    "boot-with-own-field": Sight(scenes.boot, lambda t: "hardwareRevision" in t.said("BootNotification")[0]),
    # --- answers of Core
    "answer-after-pics-timeout": Sight(scenes.odd_calls, lambda t: max(t.delays("DataTransfer")) > 10),
    "answer-breaks-schema": Sight(scenes.odd_calls, lambda t: answer_broken(t, "DataTransfer")),
    "data-transfer-of-anybody-accepted": Sight(scenes.odd_calls, answered("DataTransfer", 0, "Accepted")),
    "unknown-key-not-listed": Sight(
        scenes.configuration, lambda t: "Nonsense" not in t.answers("GetConfiguration")[1].get("unknownKey", [])
    ),
    "unknown-key-change-accepted": Sight(scenes.configuration, answered("ChangeConfiguration", 0, "Accepted")),
    "invalid-value-accepted": Sight(scenes.configuration, answered("ChangeConfiguration", 1, "Accepted")),
    "configuration-change-rejected": Sight(scenes.configuration, answered("ChangeConfiguration", 3, "Rejected")),
    "configuration-empty": Sight(scenes.configuration, lambda t: not keys(t)),
    "readonly-told-as-text": Sight(scenes.configuration, lambda t: answer_broken(t, "GetConfiguration")),
    "key-value-told-as-number": Sight(scenes.configuration, lambda t: answer_broken(t, "GetConfiguration")),
    "accepts-connector-zero-start": Sight(scenes.remote, answered("RemoteStartTransaction", 0, "Accepted")),
    "remote-start-told-rejected": Sight(scenes.remote, answered("RemoteStartTransaction", 1, "Rejected")),
    "remote-start-on-occupied-accepted": Sight(scenes.session, answered("RemoteStartTransaction", 0, "Accepted")),
    "stop-unknown-transaction-accepted": Sight(scenes.remote, answered("RemoteStopTransaction", 0, "Accepted")),
    "unlock-unknown-connector-unlocked": Sight(scenes.remote, answered("UnlockConnector", 0, "Unlocked")),
    "unlock-told-failed": Sight(scenes.remote, answered("UnlockConnector", 1, "UnlockFailed")),
    "availability-scheduled-told-accepted": Sight(scenes.reset, answered("ChangeAvailability", 0, "Accepted")),
    "clear-cache-told-rejected": Sight(scenes.cached_tag, answered("ClearCache", 0, "Rejected")),
    "reset-told-rejected": Sight(scenes.reset, answered("Reset", 0, "Rejected")),
    "never-answers-reset": Sight(scenes.reset, silent("Reset")),
    "never-answers-get-configuration": Sight(scenes.configuration, silent("GetConfiguration")),
    "never-answers-remote-start": Sight(scenes.remote, silent("RemoteStartTransaction")),
    "unlock-refused": Sight(scenes.remote, lambda t: "NotImplemented" in t.answers("UnlockConnector")),
    "unknown-action-kills-station": Sight(scenes.odd_calls, lambda t: t.closes > 0),
    "unknown-action-unanswered": Sight(scenes.odd_calls, lambda t: odd(t, "odd-1") is None),
    "unknown-action-told-not-supported": Sight(scenes.odd_calls, lambda t: odd(t, "odd-1") == "NotSupported"),
    "unsupported-action-told-internal-error": Sight(scenes.odd_calls, lambda t: "InternalError" in t.answers("ReserveNow"), CORE_ONLY),
    "wrong-type-told-internal-error": Sight(scenes.odd_calls, lambda t: odd(t, "odd-2") == "InternalError"),
    "missing-field-accepted": Sight(scenes.odd_calls, lambda t: odd(t, "odd-3") == "Accepted"),
    "error-code-misspelled": Sight(scenes.odd_calls, lambda t: odd(t, "odd-1") == "NotImplementedError"),
    # --- calls: registration and status
    "boot-never-sent": Sight(scenes.boot, missing("BootNotification")),
    "boot-sent-twice": Sight(scenes.boot, lambda t: len(t.said("BootNotification")) > 1),
    "boot-interval-ignored": Sight(scenes.boot, lambda t: len(t.said("BootNotification")) > 2, csms=PENDING),
    "boot-pending-ignored": Sight(scenes.boot, lambda t: bool(t.said("StatusNotification")), csms=PENDING),
    "status-before-boot": Sight(scenes.boot, lambda t: before(t, "StatusNotification", "BootNotification")),
    "station-status-missing": Sight(scenes.boot, missing("StatusNotification", connectorId=0)),
    "last-connector-forgotten": Sight(scenes.boot, missing("StatusNotification", connectorId=2)),
    "heartbeat-missing": Sight(scenes.boot, missing("Heartbeat")),
    "heartbeat-twice": Sight(scenes.boot, lambda t: len(t.said("Heartbeat")) > 1),
    "status-of-older-protocol": Sight(scenes.session, lambda t: "Occupied" in t.connector(1)),
    "status-without-error-code": Sight(scenes.boot, lambda t: broken(t, "StatusNotification")),
    "status-sent-twice": Sight(scenes.boot, doubled("StatusNotification")),
    "faulted-without-error": Sight(scenes.broken, lambda t: bool(t.said("StatusNotification", status="Faulted", errorCode="NoError"))),
    "preparing-missing": Sight(scenes.session, missing("StatusNotification", status="Preparing")),
    "charging-missing": Sight(scenes.session, missing("StatusNotification", status="Charging")),
    "finishing-missing": Sight(scenes.session, missing("StatusNotification", status="Finishing")),
    "unavailable-missing": Sight(scenes.reset, missing("StatusNotification", status="Unavailable")),
    "calls-own-extension": Sight(scenes.boot, lambda t: "VendorHello" in t.order),
    # --- calls: clock
    "clock-in-1970": Sight(scenes.boot, lambda t: any(stamp.startswith("1970") for stamp in stamps(t))),
    "clock-local-without-offset": Sight(scenes.boot, lambda t: any(not stamp.endswith("Z") for stamp in stamps(t))),
    "clock-never-set": Sight(scenes.boot, lambda t: any(stamp.startswith("2025-12-31T17") for stamp in stamps(t))),
    "time-as-number": Sight(scenes.boot, lambda t: any(isinstance(stamp, int) for stamp in stamps(t))),
    "time-in-words": Sight(scenes.boot, lambda t: broken(t, "StatusNotification")),
    # --- calls: transactions
    "authorize-skipped": Sight(scenes.session, missing("Authorize")),
    "authorize-refusal-ignored": Sight(scenes.bad_tag, lambda t: bool(t.said("StartTransaction", connectorId=1))),
    "start-missing": Sight(scenes.session, missing("StartTransaction")),
    "start-sent-twice": Sight(scenes.session, doubled("StartTransaction")),
    "start-on-connector-zero": Sight(scenes.session, lambda t: bool(t.said("StartTransaction", connectorId=0))),
    "start-meter-in-kwh": Sight(scenes.session, lambda t: t.said("StartTransaction")[0]["meterStart"] != 5000),
    "start-meter-as-text": Sight(scenes.session, lambda t: broken(t, "StartTransaction")),
    "start-with-another-tag": Sight(scenes.session, lambda t: t.said("StartTransaction")[0]["idTag"] != t.said("Authorize")[0]["idTag"]),
    "start-of-invalid-tag-goes-on": Sight(scenes.bad_tag, lambda t: "DeAuthorized" not in reasons(t)),
    "stop-missing": Sight(scenes.session, missing("StopTransaction")),
    "stop-sent-twice": Sight(scenes.session, doubled("StopTransaction")),
    "stop-with-wrong-transaction": Sight(
        scenes.session,
        lambda t: t.said("StopTransaction")[0]["transactionId"] != t.heard("RemoteStopTransaction")[0]["transactionId"],
    ),
    "stop-reason-always-local": Sight(scenes.session, lambda t: reasons(t) == ["Local"]),
    "stop-reason-unknown": Sight(scenes.session, lambda t: broken(t, "StopTransaction")),
    "stop-meter-below-start": Sight(scenes.session, lambda t: t.said("StopTransaction")[0]["meterStop"] < 5000),
    "stop-without-values": Sight(scenes.session, lambda t: "transactionData" not in t.said("StopTransaction")[0]),
    "stop-missing-at-reset": Sight(scenes.reset, missing("StopTransaction")),
    "stop-missing-after-power-loss": Sight(scenes.power, missing("StopTransaction")),
    "power-loss-told-as-local": Sight(scenes.power, lambda t: reasons(t) == ["Local"]),
    "stop-before-start": Sight(scenes.offline, lambda t: before(t, "StopTransaction", "StartTransaction")),
    "offline-times-of-sending": Sight(
        scenes.offline,
        lambda t: t.said("StartTransaction")[0]["timestamp"] >= "2026-01-01T00:03:20Z",
    ),
    "no-retry-after-error": Sight(scenes.pulled, lambda t: len(t.said("StopTransaction")) == 1, csms=("stop-refused",)),
    # --- calls: meter values
    "values-missing": Sight(scenes.session, missing("MeterValues")),
    "values-without-transaction": Sight(scenes.session, lambda t: any("transactionId" not in told for told in t.said("MeterValues"))),
    "values-of-connector-zero": Sight(scenes.session, lambda t: bool(t.said("MeterValues", connectorId=0))),
    "values-in-wrong-unit": Sight(scenes.session, lambda t: any(value["unit"] == "kWh" for value in samples(t))),
    "values-in-unknown-unit": Sight(scenes.session, lambda t: broken(t, "MeterValues")),
    "values-as-numbers": Sight(scenes.session, lambda t: any(not isinstance(value["value"], str) for value in samples(t))),
    "values-with-wrong-context": Sight(scenes.session, lambda t: any(value["context"] == "Sample.Clock" for value in samples(t))),
    "values-without-measurand": Sight(scenes.session, lambda t: any("measurand" not in value for value in samples(t))),
    "values-not-all-measurands": Sight(scenes.session, lambda t: all(value["measurand"] != "Power.Active.Import" for value in samples(t))),
    "meter-goes-backwards": Sight(scenes.session, lambda t: readings(t) != sorted(readings(t))),
    "values-sent-twice": Sight(scenes.session, doubled("MeterValues")),
    # --- frames
    "answer-with-wrong-id": Sight(scenes.odd_calls, lambda t: not t.answers("DataTransfer")),
    "answer-with-number-as-id": Sight(scenes.odd_calls, problem("number instead of a string")),
    "answer-twice": Sight(scenes.odd_calls, lambda t: len(t.answers("DataTransfer")) > 1),
    "answer-without-payload": Sight(scenes.odd_calls, problem("2 elements where a CALLRESULT has 3")),
    "answer-to-nothing": Sight(scenes.boot, lambda t: odd(t, "nobody-asked") is not None),
    "error-without-details": Sight(scenes.odd_calls, problem("3 elements where a CALLERROR has 5")),
    "message-id-as-number": Sight(scenes.boot, problem("number instead of a string")),
    "message-id-too-long": Sight(scenes.boot, problem("36 are allowed")),
    "message-id-always-the-same": Sight(scenes.boot, lambda t: [frame.message_id for frame in t.frames].count("1") > 2),
    "message-type-as-text": Sight(scenes.boot, problem("none of the message type numbers")),
    "message-with-extra-element": Sight(scenes.boot, problem("5 elements where a CALL has 4")),
    "frame-is-no-json": Sight(scenes.boot, problem("not JSON")),
    "frame-is-an-object": Sight(scenes.boot, problem("a JSON object instead of an array")),
    "two-calls-at-once": Sight(scenes.boot, lambda t: at_once(t), csms=("status-never-answered",)),
    "action-in-lower-case": Sight(scenes.boot, lambda t: "heartbeat" in t.order),
    # --- behaviour
    "configuration-accepted-without-effect": Sight(
        scenes.configuration, lambda t: keys(t, 2)["ConnectionTimeOut"] == "30" and answered("ChangeConfiguration", 3, "Accepted")(t)
    ),
    "configuration-lost-at-reset": Sight(scenes.configuration, lambda t: keys(t, 3)["ConnectionTimeOut"] == "30"),
    "availability-accepted-without-effect": Sight(scenes.reset, lambda t: "Unavailable" not in t.connector(2)),
    "availability-lost-at-reset": Sight(scenes.reset, lambda t: after_reset(t, 2)[0] == "Available"),
    "clear-cache-without-effect": Sight(scenes.cached_tag, lambda t: len(t.said("Authorize")) == 1),
    "remote-start-without-effect": Sight(scenes.remote, missing("StartTransaction")),
    "remote-stop-without-effect": Sight(scenes.session, lambda t: "Remote" not in reasons(t)),
    "reset-without-effect": Sight(scenes.reset, lambda t: len(t.said("BootNotification")) == 1 and t.closes == 0),
    "reset-without-boot": Sight(scenes.reset, lambda t: len(t.said("BootNotification")) == 1 and t.closes > 0),
    "unlock-leaves-transaction": Sight(scenes.remote, missing("StopTransaction")),
    "unplugging-leaves-transaction": Sight(scenes.pulled, missing("StopTransaction")),
    "connection-timeout-ignored": Sight(scenes.remote, lambda t: t.connector(1)[-1] == "Preparing"),
    "any-tag-stops": Sight(scenes.session, lambda t: "Local" in reasons(t)),
    "offline-messages-lost": Sight(scenes.offline, missing("StartTransaction")),
    # --- local authorization list
    "local-list-older-version-accepted": Sight(scenes.local_list, answered("SendLocalList", 1, "Accepted")),
    "local-list-update-fails": Sight(scenes.local_list, answered("SendLocalList", 0, "Failed")),
    "local-list-version-stuck": Sight(scenes.local_list, lambda t: t.answers("GetLocalListVersion")[1] == {"listVersion": 1}),
    "local-list-version-as-text": Sight(scenes.local_list, lambda t: answer_broken(t, "GetLocalListVersion")),
    "local-list-empty-told-as-missing": Sight(scenes.local_list, lambda t: t.answers("GetLocalListVersion")[0] == {"listVersion": -1}),
    "local-list-without-effect": Sight(scenes.local_list, lambda t: t.answers("GetLocalListVersion")[1] != {"listVersion": 5}),
    "local-list-lost-at-reset": Sight(scenes.local_list, lambda t: t.answers("GetLocalListVersion")[2] != {"listVersion": 5}),
    "listed-tag-is-asked-for": Sight(scenes.local_list, lambda t: bool(t.said("Authorize"))),
    "never-answers-send-local-list": Sight(scenes.local_list, silent("SendLocalList")),
    # --- reservations
    "unsupported-profile-accepted": Sight(scenes.odd_calls, answered("ReserveNow", 0, "Accepted"), CORE_ONLY),
    "reservation-accepted-when-occupied": Sight(scenes.reservation, answered("ReserveNow", 1, "Accepted")),
    "reservation-unavailable-rejected": Sight(scenes.reservation, answered("ReserveNow", 3, "Rejected")),
    "reservation-always-rejected": Sight(scenes.reservation, answered("ReserveNow", 0, "Rejected")),
    "reservation-status-missing": Sight(scenes.reservation, missing("StatusNotification", status="Reserved")),
    "reservation-does-not-hold": Sight(scenes.reservation, lambda t: "reservationId" not in t.said("StartTransaction")[0]),
    "reservation-never-expires": Sight(scenes.reserved_for_a_while, lambda t: t.connector(1)[-1] == "Reserved"),
    "reservation-id-missing": Sight(scenes.reservation, lambda t: all("reservationId" not in told for told in t.said("StartTransaction"))),
    "reservations-lost-at-reset": Sight(scenes.reserved_for_a_while, answered("CancelReservation", 0, "Rejected")),
    "cancel-unknown-reservation-accepted": Sight(scenes.reservation, answered("CancelReservation", 0, "Accepted")),
    "cancel-without-effect": Sight(scenes.reservation, lambda t: "Available" not in t.connector(2)[1:]),
    "never-answers-reserve-now": Sight(scenes.reservation, silent("ReserveNow")),
    # --- smart charging
    "charging-profile-rejected": Sight(scenes.smart, answered("SetChargingProfile", 2, "Rejected")),
    "tx-profile-without-transaction-accepted": Sight(scenes.smart, answered("SetChargingProfile", 0, "Accepted")),
    "profile-for-unknown-connector-accepted": Sight(scenes.smart, answered("SetChargingProfile", 1, "Accepted")),
    "charging-profile-without-effect": Sight(
        scenes.smart, lambda t: first_limit(t, 0) != 6.0 and answered("SetChargingProfile", 2, "Accepted")(t)
    ),
    "charging-limit-not-applied": Sight(
        scenes.smart,
        lambda t: any(value["measurand"] == "Power.Active.Import" and float(value["value"]) > 6 * 230 for value in samples(t)),
    ),
    "charging-profiles-lost-at-reset": Sight(scenes.smart, lambda t: first_limit(t, 2) != 7.0),
    "clear-unknown-profile-accepted": Sight(scenes.smart, answered("ClearChargingProfile", 0, "Accepted")),
    "clear-profile-without-effect": Sight(scenes.smart, lambda t: first_limit(t, 1) == 6.0),
    "composite-schedule-in-wrong-unit": Sight(scenes.smart, lambda t: schedules(t)[0]["chargingRateUnit"] == "W"),
    "composite-schedule-missing": Sight(scenes.smart, lambda t: not schedules(t)),
    "composite-schedule-first-period-late": Sight(scenes.smart, lambda t: schedules(t)[0]["chargingSchedulePeriod"][0]["startPeriod"] != 0),
    "composite-schedule-limit-as-text": Sight(scenes.smart, lambda t: answer_broken(t, "GetCompositeSchedule")),
    "composite-schedule-in-local-time": Sight(
        scenes.smart, lambda t: not t.answers("GetCompositeSchedule")[0]["scheduleStart"].endswith("Z")
    ),
    "never-answers-get-composite-schedule": Sight(scenes.smart, silent("GetCompositeSchedule")),
    # --- firmware management
    "diagnostics-without-file-name": Sight(scenes.files, lambda t: "fileName" not in t.answers("GetDiagnostics")[0], PLAIN_FIRMWARE),
    "get-diagnostics-refused": Sight(scenes.files, lambda t: "NotSupported" in t.answers("GetDiagnostics"), PLAIN_FIRMWARE),
    "update-firmware-refused": Sight(scenes.files, lambda t: "NotSupported" in t.answers("UpdateFirmware"), PLAIN_FIRMWARE),
    "never-answers-update-firmware": Sight(scenes.files, silent("UpdateFirmware"), PLAIN_FIRMWARE),
    "diagnostics-status-missing": Sight(scenes.files, lambda t: not diagnostics(t), PLAIN_FIRMWARE),
    "diagnostics-failure-told-as-success": Sight(scenes.files, lambda t: "UploadFailed" not in diagnostics(t), PLAIN_FIRMWARE),
    "firmware-installed-missing": Sight(scenes.files, lambda t: "Installed" not in firmware(t), PLAIN_FIRMWARE),
    "firmware-failure-told-as-success": Sight(scenes.files, lambda t: "DownloadFailed" not in firmware(t), PLAIN_FIRMWARE),
    "firmware-status-misspelled": Sight(scenes.files, lambda t: "DownloadFinished" in firmware(t), PLAIN_FIRMWARE),
    "firmware-installing-before-downloading": Sight(scenes.files, lambda t: firmware(t)[0] == "Installing", PLAIN_FIRMWARE),
    "firmware-status-sent-twice": Sight(scenes.files, lambda t: any(one == other for one, other in pairwise(firmware(t))), PLAIN_FIRMWARE),
    # --- remote trigger
    "trigger-unknown-connector-accepted": Sight(scenes.trigger, answered("TriggerMessage", 3, "Accepted")),
    "trigger-not-implemented-rejected": Sight(scenes.trigger, lambda t: odd(t, "odd") == "Rejected"),
    "trigger-without-message": Sight(scenes.trigger, missing("Heartbeat")),
    "trigger-message-before-answer": Sight(scenes.trigger, lambda t: answer_after(t, "TriggerMessage", "Heartbeat")),
    "trigger-for-another-connector": Sight(scenes.trigger, lambda t: t.connector(1)[1:] == ["Available"]),
    "trigger-context-missing": Sight(scenes.trigger, lambda t: any(value["context"] != "Trigger" for value in samples(t))),
    "never-answers-trigger-message": Sight(scenes.trigger, silent("TriggerMessage")),
    # --- security
    "security-event-missing": Sight(scenes.security, missing("SecurityEventNotification")),
    "invalid-root-accepted": Sight(scenes.security, answered("InstallCertificate", 0, "Accepted")),
    "root-without-effect": Sight(
        scenes.security,
        lambda t: answered("GetInstalledCertificateIds", 0, "NotFound")(t) and answered("InstallCertificate", 1, "Accepted")(t),
    ),
    "deleted-root-stays": Sight(
        scenes.security,
        lambda t: answered("GetInstalledCertificateIds", 1, "Accepted")(t) and answered("DeleteCertificate", 0, "Accepted")(t),
    ),
    "log-status-missing": Sight(scenes.security, missing("LogStatusNotification")),
    "log-status-without-request-id": Sight(
        scenes.security, lambda t: any("requestId" not in told for told in t.said("LogStatusNotification"))
    ),
    "never-answers-get-log": Sight(scenes.security, silent("GetLog")),
    "certificate-request-missing": Sight(scenes.security, missing("SignCertificate")),
    "certificate-request-is-none": Sight(
        scenes.security, lambda t: not t.said("SignCertificate")[0]["csr"].startswith("-----BEGIN CERTIFICATE REQUEST")
    ),
    "invalid-certificate-accepted": Sight(scenes.security, answered("CertificateSigned", 0, "Accepted")),
    "firmware-certificate-unchecked": Sight(scenes.security, answered("SignedUpdateFirmware", 0, "Accepted")),
    "firmware-signature-told-verified": Sight(scenes.security, missing("SignedFirmwareStatusNotification", status="InvalidSignature")),
    "password-readable": Sight(scenes.configuration, lambda t: "AuthorizationKey" in keys(t)),
    "password-at-boot": Sight(scenes.boot, lambda t: "chargeBoxSerialNumber" in t.said("BootNotification")[0]),
    "password-in-data-transfer": Sight(scenes.boot, lambda t: bool(t.said("DataTransfer"))),
    "password-change-told-not-supported": Sight(scenes.configuration, answered("ChangeConfiguration", 2, "NotSupported")),
}


def at_once(talk: Talk) -> bool:
    """Whether a call of the station went out before the one before was answered or could have been given up."""
    open_call: Frame | None = None
    for frame in talk.frames:
        if frame.direction is Direction.FROM_STATION and frame.message_type == "CALL":
            if open_call is not None and frame.elapsed - open_call.elapsed < 1:
                return True
            open_call = frame
        elif open_call is not None and frame.message_id == open_call.message_id:
            open_call = None
    return False


def answer_after(talk: Talk, asked: str, triggered: str) -> bool:
    """Whether what was asked for was sent before the answer to the asking."""
    own = [frame for frame in talk.frames if frame.direction is Direction.FROM_STATION]
    actions = [(str(frame.message_type), frame.action) for frame in own]
    return ("CALL", triggered) in actions and actions.index(("CALL", triggered)) < actions.index(("CALLRESULT", asked))


async def played(sight: Sight, *faults: str) -> Talk:
    """What the CSMS has in its transcript after the scene."""
    async with rig(sight.config, faults, sight.csms) as both:
        await sight.scene(both)
        return Talk(both.csms.transcript("CP1").records, Direction.FROM_STATION)


CLEAN: dict[tuple[Scenario, int, tuple[str, ...]], Talk] = {}
"""What a scene shows without a fault; it is the same each time, so it is played once."""


@pytest.mark.parametrize("fault", SIGHTS)
async def test_the_fault_is_seen_and_only_with_it(fault: str) -> None:
    sight = SIGHTS[fault]
    assert sight.seen(await played(sight, fault))
    clean = (sight.scene, id(sight.config), sight.csms)
    if clean not in CLEAN:
        CLEAN[clean] = await played(sight)
    assert not sight.seen(CLEAN[clean])


def test_every_fault_of_a_station_is_looked_for() -> None:
    assert set(SIGHTS) | set(OF_STATIONS) == {fault.name for fault in fault_catalogue() if fault.role == "CS"}
