"""The catalogue of faults: well-formed, complete, and each fault changes the one thing that it names."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from probes.faults import CATALOGUE, FAULTS, fault_catalogue, with_faults
from probes.station.config import PROFILES, StationConfig
from probes.wire.peer import Call, Refusal, Reply, Result
from registry.errors import CannotBegin

DATA = Path(__file__).resolve().parents[2] / "data"
CONFIG = StationConfig(
    vendor="V",
    model="M",
    software_version="V1.3.337",
    keys={
        "HeartbeatInterval": "20",
        "ConnectionTimeOut": "30",
        "MeterValuesAlignedDataMaxLength": "120",
        "MinimumStatusDuration": "0",
        "SupportedFeatureProfiles": "Core",
    },
    response_timeout_seconds=10,
)


EVERYTHING = replace(CONFIG, profiles=PROFILES)


def test_the_catalogue_follows_its_schema() -> None:
    schema = json.loads((DATA / "schemas" / "faults.json").read_text(encoding="utf-8"))
    catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    assert [str(error) for error in validator.iter_errors(catalogue)] == []
    broken = {"name": "Bad Name", "role": "CS", "profile": "Core", "does": "nothing that can be told", "breaks": ["good manners"]}
    assert not validator.is_valid(catalogue | {"faults": [broken]})


def test_every_fault_of_the_catalogue_can_be_made_and_no_other() -> None:
    names = [fault.name for fault in fault_catalogue()]
    assert len(names) == len(set(names))
    assert set(names) == set(FAULTS)


def test_every_case_that_a_fault_breaks_exists() -> None:
    cases = {case["id"] for case in json.loads((DATA / "ocpp16" / "cases.json").read_text(encoding="utf-8"))["cases"]}
    broken = {item for fault in fault_catalogue() for item in fault.breaks if item.startswith("TC_")}
    assert broken
    assert broken <= cases


def answered(fault: str, action: str, payload: dict[str, Any], reply: Reply) -> Reply | None:
    faulty = with_faults(EVERYTHING, [fault])
    changed: Reply | None = reply
    for reply_filter in faulty.reply_filters:
        changed = reply_filter(Call(action, payload, "1", 1), reply)
    return changed


ACCEPTED, REJECTED, UNSUPPORTED = Result({"status": "Accepted"}), Result({"status": "Rejected"}), Result({"status": "NotSupported"})


def schedule(unit: str = "A", start: int = 0) -> Result:
    periods = [{"startPeriod": start, "limit": 6.0}, {"startPeriod": 9, "limit": 8.0}]
    return Result({"status": "Accepted", "chargingSchedule": {"chargingRateUnit": unit, "chargingSchedulePeriod": periods}})


SCHEDULE = schedule()


@pytest.mark.parametrize(
    ("fault", "action", "payload", "reply", "changed"),
    [
        ("answer-after-pics-timeout", "DataTransfer", {}, REJECTED, Result({"status": "Rejected"}, delay=11)),
        ("answer-after-pics-timeout", "Reset", {}, ACCEPTED, ACCEPTED),
        ("answer-breaks-schema", "DataTransfer", {}, REJECTED, Result({"status": "NotUnderstood"})),
        ("answer-breaks-schema", "Reset", {}, ACCEPTED, ACCEPTED),
        (
            "unknown-key-not-listed",
            "GetConfiguration",
            {},
            Result({"configurationKey": [], "unknownKey": ["x"]}),
            Result({"configurationKey": [], "unknownKey": []}),
        ),
        ("unknown-key-change-accepted", "ChangeConfiguration", {}, UNSUPPORTED, ACCEPTED),
        ("unknown-key-change-accepted", "ChangeConfiguration", {}, REJECTED, REJECTED),
        ("accepts-connector-zero-start", "RemoteStartTransaction", {"connectorId": 0}, REJECTED, ACCEPTED),
        ("accepts-connector-zero-start", "RemoteStartTransaction", {"connectorId": 7}, REJECTED, REJECTED),
        ("accepts-connector-zero-start", "RemoteStartTransaction", {}, REJECTED, REJECTED),
        ("stop-unknown-transaction-accepted", "RemoteStopTransaction", {}, REJECTED, ACCEPTED),
        ("unlock-unknown-connector-unlocked", "UnlockConnector", {}, UNSUPPORTED, Result({"status": "Unlocked"})),
        ("unsupported-profile-accepted", "ReserveNow", {}, Refusal("NotSupported"), ACCEPTED),
        ("unsupported-profile-accepted", "SendLocalList", {}, Refusal("NotSupported"), Refusal("NotSupported")),
        ("trigger-unknown-connector-accepted", "TriggerMessage", {}, REJECTED, ACCEPTED),
        (
            "trigger-unknown-connector-accepted",
            "TriggerMessage",
            {},
            Result({"status": "NotImplemented"}),
            Result({"status": "NotImplemented"}),
        ),
        ("local-list-older-version-accepted", "SendLocalList", {}, Result({"status": "VersionMismatch"}), ACCEPTED),
        ("local-list-update-fails", "SendLocalList", {}, ACCEPTED, Result({"status": "Failed"})),
        ("local-list-version-stuck", "GetLocalListVersion", {}, Result({"listVersion": 0}), Result({"listVersion": 1})),
        ("never-answers-send-local-list", "SendLocalList", {}, ACCEPTED, None),
        ("reservation-accepted-when-occupied", "ReserveNow", {}, Result({"status": "Occupied"}), ACCEPTED),
        ("reservation-unavailable-rejected", "ReserveNow", {}, Result({"status": "Unavailable"}), REJECTED),
        ("reservation-always-rejected", "ReserveNow", {}, ACCEPTED, REJECTED),
        ("cancel-unknown-reservation-accepted", "CancelReservation", {}, REJECTED, ACCEPTED),
        ("never-answers-reserve-now", "ReserveNow", {}, ACCEPTED, None),
        ("charging-profile-rejected", "SetChargingProfile", {}, ACCEPTED, REJECTED),
        ("tx-profile-without-transaction-accepted", "SetChargingProfile", {}, REJECTED, ACCEPTED),
        ("profile-for-unknown-connector-accepted", "SetChargingProfile", {}, Refusal("PropertyConstraintViolation"), ACCEPTED),
        ("profile-for-unknown-connector-accepted", "SetChargingProfile", {}, REJECTED, REJECTED),
        ("clear-unknown-profile-accepted", "ClearChargingProfile", {}, Result({"status": "Unknown"}), ACCEPTED),
        ("composite-schedule-in-wrong-unit", "GetCompositeSchedule", {}, SCHEDULE, schedule(unit="W")),
        ("composite-schedule-in-wrong-unit", "GetCompositeSchedule", {}, REJECTED, REJECTED),
        ("composite-schedule-missing", "GetCompositeSchedule", {}, SCHEDULE, ACCEPTED),
        ("composite-schedule-first-period-late", "GetCompositeSchedule", {}, SCHEDULE, schedule(start=1)),
        ("never-answers-get-composite-schedule", "GetCompositeSchedule", {}, SCHEDULE, None),
        ("diagnostics-without-file-name", "GetDiagnostics", {}, Result({"fileName": "f"}), Result({})),
        (
            "get-diagnostics-refused",
            "GetDiagnostics",
            {},
            Result({"fileName": "f"}),
            Refusal("NotSupported", "GetDiagnostics is not supported here"),
        ),
        ("update-firmware-refused", "UpdateFirmware", {}, Result({}), Refusal("NotSupported", "UpdateFirmware is not supported here")),
        ("never-answers-update-firmware", "UpdateFirmware", {}, Result({}), None),
        ("trigger-not-implemented-rejected", "TriggerMessage", {}, Result({"status": "NotImplemented"}), REJECTED),
        ("never-answers-trigger-message", "TriggerMessage", {}, ACCEPTED, None),
        ("never-answers-get-configuration", "GetConfiguration", {}, Result({}), None),
        ("never-answers-get-configuration", "Reset", {}, ACCEPTED, ACCEPTED),
    ],
)
def test_faults_in_answers(fault: str, action: str, payload: dict[str, Any], reply: Reply, changed: Reply | None) -> None:
    assert answered(fault, action, payload, reply) == changed
    assert with_faults(EVERYTHING, [fault]).config == EVERYTHING


@pytest.mark.parametrize(
    ("fault", "differing"),
    [
        ("key-value-drift", {"ConnectionTimeOut": "31"}),
        ("key-missing", {"MeterValuesAlignedDataMaxLength": None}),
        ("profile-advertised-not-certified", {"SupportedFeatureProfiles": "Core,RemoteTrigger"}),
    ],
)
def test_faults_in_the_configuration(fault: str, differing: dict[str, str | None]) -> None:
    faulty = with_faults(CONFIG, [fault])
    names = {*CONFIG.keys, *faulty.config.keys}
    assert {name: faulty.config.keys.get(name) for name in names if faulty.config.keys.get(name) != CONFIG.keys.get(name)} == differing
    assert faulty.reply_filters == ()
    assert faulty.config.software_version == CONFIG.software_version
    assert faulty.config.profiles == CONFIG.profiles


@pytest.mark.parametrize(("version", "wrong"), [("V1.3.337", "V1.3.338"), ("1.0", "1.1"), ("2.9-rc9", "2.9-rc10"), ("alpha", "alpha1")])
def test_a_wrong_version_is_another_version(version: str, wrong: str) -> None:
    config = StationConfig("V", "M", version)
    assert with_faults(config, ["wrong-software-version"]).config == StationConfig("V", "M", wrong)


def test_a_fault_of_a_profile_needs_the_profile() -> None:
    for fault in fault_catalogue():
        if fault.profile != "Core" and fault.name != "unsupported-profile-accepted":
            with pytest.raises(CannotBegin, match="it does not have the profile"):
                with_faults(CONFIG, [fault.name])


def test_faults_add_up() -> None:
    faulty = with_faults(CONFIG, ["wrong-software-version", "key-value-drift", "answer-breaks-schema"])
    assert (faulty.config.software_version, faulty.config.keys["ConnectionTimeOut"]) == ("V1.3.338", "31")
    assert len(faulty.reply_filters) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("no-such-fault", "'no-such-fault': there is no such fault; `--fault list` lists them"),
        ("key-value-drift", "key-value-drift: this station cannot have that fault: it has no writable key with a number"),
        ("key-missing", "key-missing: this station cannot have that fault: it has no optional key"),
        (
            "profile-advertised-not-certified",
            "profile-advertised-not-certified: this station cannot have that fault: it has no SupportedFeatureProfiles, or every profile",
        ),
        (
            "answer-after-pics-timeout",
            (
                "answer-after-pics-timeout: this station cannot have that fault: "
                "its certificate has no PICS value for the OCPP response timeout"
            ),
        ),
    ],
)
def test_what_cannot_be(fault: str, reason: str) -> None:
    with pytest.raises(CannotBegin) as caught:
        with_faults(StationConfig("V", "M", "1"), [fault])
    assert str(caught.value) == reason
