"""Each obligation on hand-made transcripts: what must accuse does, what is right or cannot be known does not."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from probes.judge import catalogue
from probes.judge.certified import Certified
from probes.judge.configuration import required_keys
from probes.judge.outcomes import EXCHANGE_JUDGES, FRAME_JUDGES, VIEW_JUDGES, Judgement, Outcome
from probes.wire.records import EventKind
from registry.certificates.facts import Severity
from tests.probes.judge.talk import CORE_KEYS, CSMS, NOT_CERTIFIED, STATION, Talk, certificate, idle_station

SMART = {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "Pass")


def accusing(judgements: list[Judgement]) -> list[str]:
    return [judgement.subject or "" for judgement in judgements if judgement.accuses]


def remarks(judgements: list[Judgement]) -> list[tuple[str, str]]:
    return [(judgement.subject or "", str(judgement.severity)) for judgement in judgements if judgement.severity and not judgement.accuses]


def outcomes(talk: Talk, obligation: str, **facts: Any) -> list[Outcome]:
    return [judgement.outcome for judgement in talk.judged(obligation, certificate(**facts))]


def test_code_and_data_name_the_same_obligations() -> None:
    rows = catalogue.obligations()
    assert {name for name, row in rows.items() if row.applies_to == "exchange"} == set(EXCHANGE_JUDGES)
    assert {name for name, row in rows.items() if row.applies_to == "frame"} == set(FRAME_JUDGES)
    assert {name for name, row in rows.items() if row.applies_to == "transcript"} == set(VIEW_JUDGES)


def test_data_is_as_its_schema_says() -> None:
    files = [("feature_profiles", catalogue.DATA / "feature_profiles.json")]
    files += [("obligations", path) for path in sorted((catalogue.DATA / "obligations").iterdir())]
    for name, path in files:
        schema = json.loads((catalogue.DATA.parent / "schemas" / f"{name}.json").read_text())
        errors = jsonschema_rs.validator_for(schema).iter_errors(json.loads(path.read_text()))
        assert [f"{path.name}: {error}" for error in errors] == []


def test_no_obligation_stands_twice() -> None:
    rows = [row["id"] for path in (catalogue.DATA / "obligations").iterdir() for row in json.loads(path.read_text())["obligations"]]
    assert len(rows) == len(set(rows))


def test_profile_identifiers_are_those_of_the_keys_and_cases() -> None:
    identifiers = {profile.identifier for profile in catalogue.feature_profiles()}
    assert {facts.profile for facts in catalogue.configuration_keys().values()} <= identifiers | {"Security"}


def test_a_healthy_exchange_accuses_nobody() -> None:
    talk = idle_station()
    talk.tells("Heartbeat", {}, {"currentTime": "2026-01-01T00:00:00Z"})
    talk.lists(asked=["HeartbeatInterval", "OcppRegistryUnknownKey"], unknown=["OcppRegistryUnknownKey"])
    talk.asks("RemoteStartTransaction", {"connectorId": 0, "idTag": "T"}, {"status": "Rejected"})
    talk.asks("RemoteStopTransaction", {"transactionId": 77}, {"status": "Rejected"})
    talk.asks("UnlockConnector", {"connectorId": 2}, {"status": "NotSupported"})
    talk.asks("ChangeConfiguration", {"key": "Testing", "value": "true"}, {"status": "NotSupported"})
    talk.asks("GetLocalListVersion", {}, "NotSupported")
    judgements = talk.judged()
    assert accusing(judgements) == []
    # The empty StopTxnAlignedData is there; nothing is worth a remark.
    assert remarks(judgements) == []


# --- every frame


def test_a_frame_that_is_too_long_to_be_read_is_worth_a_warning() -> None:
    long = {"direction": str(STATION), "limitBytes": 1048576, "reason": "over"}
    (judgement,) = Talk().event().event(EventKind.FRAME_TOO_LONG, long).judged()
    assert (judgement.subject, judgement.severity, judgement.frames) == ("frames/too long", Severity.WARNING, (2,))
    assert "longer than 1048576 bytes" in judgement.text


@pytest.mark.parametrize("detail", [{}, {"direction": "sideways"}, {"direction": str(CSMS), "limitBytes": 5}])
def test_a_frame_too_long_of_the_central_system_or_of_nobody_known_accuses_no_station(detail: dict[str, Any]) -> None:
    assert Talk().event().event(EventKind.FRAME_TOO_LONG, detail).judged() == []


def test_a_call_whose_answer_was_too_long_to_be_read_is_not_called_unanswered() -> None:
    talk = Talk().event()
    talk.frame(CSMS, '[2,"1","GetConfiguration",{}]')
    talk.event(EventKind.FRAME_TOO_LONG, {"direction": str(STATION), "limitBytes": 1048576})
    talk.now += 100
    talk.frame(STATION, '[2,"2","Heartbeat",{}]')
    assert accusing(talk.judged()) == []


@pytest.mark.parametrize("raw", ["hello", '[2,"1","Heartbeat"', "[NaN]", "", "[2,'1']"])
def test_what_is_not_json_is_found(raw: str) -> None:
    talk = Talk().event()
    seq = talk.frame(STATION, raw)
    (judgement,) = talk.judged()
    assert (judgement.subject, judgement.frames) == ("frames/not JSON", (seq,))
    assert judgement.accuses


@pytest.mark.parametrize(
    "raw",
    [
        "{}",
        "[]",
        "[5]",
        '[true,"1","Heartbeat",{}]',
        '["2","1","Heartbeat",{}]',
        '[2,null,"Heartbeat",{}]',
        '[2,1,"Heartbeat",{}]',
        '[2,"1",7,{}]',
        '[2,"1","Heartbeat",[]]',
        '[2,"1","Heartbeat",{},0]',
        '[2,"1","Heartbeat"]',
        f'[2,"{"x" * 37}","Heartbeat",{{}}]',
    ],
)
def test_what_is_no_message_is_found(raw: str) -> None:
    talk = Talk().event()
    seq = talk.frame(STATION, raw)
    found = [judgement for judgement in talk.judged() if judgement.accuses]
    assert [(judgement.subject, judgement.frames) for judgement in found] == [("frames/shape", (seq,))]


@pytest.mark.parametrize("answer", ['[4,"x","NotSupported",""]', '[4,"x","NotSupported","",null]', '[4,"x",7,"",{}]', '[3,"x"]'])
def test_an_answer_of_wrong_shape_is_found_and_still_answers(answer: str) -> None:
    talk = Talk().event()
    talk.frame(CSMS, '[2,"x","ClearCache",{}]')
    talk.frame(STATION, answer)
    judgements = talk.judged()
    assert "frames/shape" in accusing(judgements)
    assert not [judgement for judgement in judgements if judgement.obligation == "call-is-answered" and judgement.outcome is Outcome.FAILED]


@pytest.mark.parametrize(
    ("raw", "direction"),
    [
        ('[2,"1","BootNotification",[]]', STATION),
        ('[2,"1","StatusNotification"]', STATION),
        ('[2,"1","StatusNotification","x"]', STATION),
    ],
)
def test_a_call_without_payload_is_one_cause(raw: str, direction: Any) -> None:
    talk = Talk().event()
    talk.frame(direction, raw)
    assert accusing(talk.judged()) == ["frames/shape"]


@pytest.mark.parametrize("answer", ['[3,"x"]', '[3,"x",[]]', '[3,"x","no"]'])
def test_an_answer_without_payload_is_one_cause(answer: str) -> None:
    talk = Talk().event()
    talk.frame(CSMS, '[2,"x","GetConfiguration",{}]')
    talk.frame(STATION, answer)
    assert accusing(talk.judged()) == ["frames/shape"]


def test_a_list_with_an_entry_that_cannot_be_understood_makes_no_key_missing() -> None:
    talk = Talk().event()
    entries: list[dict[str, Any]] = [{"key": name, "value": value, "readonly": readonly} for name, (value, readonly) in CORE_KEYS.items()]
    entries[0] = {"name": entries[0]["key"], "value": "FALSE", "readonly": False}
    talk.asks("GetConfiguration", {}, {"configurationKey": entries})
    assert accusing(talk.judged()) == ["answers/GetConfiguration"]
    assert talk.view().timeline.last.full_read is None


def test_a_key_that_is_listed_twice_is_read() -> None:
    talk = Talk().event()
    entries = [{"key": name, "value": value, "readonly": readonly} for name, (value, readonly) in CORE_KEYS.items()]
    talk.asks("GetConfiguration", {}, {"configurationKey": [*entries, entries[0]]})
    assert accusing(talk.judged()) == []
    assert talk.view().timeline.last.full_read is not None


def test_a_payload_of_null_is_an_empty_one() -> None:
    talk = Talk().event()
    talk.frame(STATION, '[2,"1","Heartbeat",null]')
    assert accusing(talk.judged()) == []


def test_what_the_central_system_does_wrong_accuses_no_station() -> None:
    talk = Talk().event()
    for raw in ("nonsense", "[9]", '[3,"nobody",{}]'):
        talk.frame(CSMS, raw)
    assert talk.judged() == []


def test_an_answer_to_nothing_is_found() -> None:
    talk = Talk().event()
    talk.frame(STATION, '[3,"nobody",{}]')
    assert accusing(talk.judged()) == ["frames/answer without call"]


def test_an_answer_to_nothing_is_a_note_where_the_recording_began_later() -> None:
    talk = Talk()
    talk.frame(STATION, '[3,"nobody",{}]')
    (judgement,) = talk.judged()
    assert judgement.severity is Severity.NOTE


def test_an_answer_on_the_next_connection_is_a_warning() -> None:
    talk = Talk().event()
    talk.frame(CSMS, '[2,"x","ClearCache",{}]')
    talk.event()
    talk.frame(STATION, '[3,"x",{"status":"Accepted"}]')
    assert remarks(talk.judged()) == [("frames/answer after reconnect", "warning")]


def test_a_second_answer_is_found() -> None:
    talk = Talk().event()
    talk.frame(CSMS, '[2,"x","ClearCache",{}]')
    talk.frame(STATION, '[3,"x",{"status":"Accepted"}]')
    talk.frame(STATION, '[3,"x",{"status":"Accepted"}]')
    assert accusing(talk.judged()) == ["frames/answered twice"]


def test_a_message_id_may_not_come_twice_on_one_connection() -> None:
    talk = Talk().event()
    talk.frame(STATION, '[2,"1","Heartbeat",{}]')
    talk.frame(STATION, '[2,"1","Heartbeat",{}]')
    (judgement,) = [judgement for judgement in talk.judged() if judgement.accuses]
    assert (judgement.subject, judgement.frames) == ("frames/message id reused", (2, 3))


def test_a_message_id_may_come_again_on_the_next_connection_and_from_the_other_side() -> None:
    talk = Talk().event()
    talk.frame(STATION, '[2,"1","Heartbeat",{}]')
    talk.frame(CSMS, '[2,"1","ClearCache",{}]')
    talk.event()
    talk.frame(STATION, '[2,"1","Heartbeat",{}]')
    assert accusing(talk.judged()) == []


@pytest.mark.parametrize(
    ("action", "payload", "wrong"),
    [
        ("StatusNotification", {"connectorId": 1, "status": "Available"}, True),
        ("StatusNotification", {"connectorId": 1, "status": "Idle", "errorCode": "NoError"}, True),
        ("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "extra": 1}, True),
        ("StatusNotification", {"connectorId": "1", "status": "Available", "errorCode": "NoError"}, True),
        ("StatusNotification", {"connectorId": 1.0, "status": "Available", "errorCode": "NoError"}, False),
        (
            "StatusNotification",
            {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": "2026-01-01T00:00:00Z"},
            False,
        ),
        (
            "StatusNotification",
            {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": "20260101T000000+0900"},
            False,
        ),
        ("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": "yesterday"}, True),
        (
            "StatusNotification",
            {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": "2026-13-01T00:00:00Z"},
            True,
        ),
    ],
)
def test_calls_follow_their_schema(action: str, payload: dict[str, Any], wrong: bool) -> None:
    talk = Talk().event()
    talk.tells(action, payload)
    assert accusing(talk.judged()) == ([f"calls/{action}"] if wrong else [])


def test_a_time_without_its_zone_is_a_note() -> None:
    talk = Talk().event()
    talk.tells("StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": "2026-01-01T00:00:00"})
    assert [severity for _, severity in remarks(talk.judged())] == ["note"]


def test_an_unknown_message_of_the_station_is_a_warning() -> None:
    talk = Talk().event()
    talk.tells("VendorStatus", {"x": 1})
    assert remarks(talk.judged()) == [("calls/VendorStatus", "warning")]


@pytest.mark.parametrize(
    ("action", "payload", "status"),
    [
        ("DataTransfer", {"vendorId": "org.ocpp-registry.unknown"}, "UnknownVendor"),
        ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 2}, "NOT_IMPLEMENTED"),
    ],
)
def test_a_spelling_of_the_specification_itself_is_a_note(action: str, payload: dict[str, Any], status: str) -> None:
    talk = idle_station()
    talk.asks(action, payload, {"status": status})
    judgements = talk.judged()
    assert accusing(judgements) == []
    assert remarks(judgements) == [(f"remarks/{action}.conf", "note")]


def test_answers_follow_their_schema() -> None:
    talk = Talk().event()
    talk.asks("ClearCache", {}, {"status": "Perhaps"})
    assert accusing(talk.judged()) == ["answers/ClearCache"]


def test_a_call_without_answer_accuses_only_a_station_that_was_there() -> None:
    silent = Talk().event()
    silent.asks("ClearCache", {}, None)
    assert outcomes(silent, "call-is-answered") == [Outcome.NOT_EXERCISED]
    silent.now += 31
    silent.tells("Heartbeat", {}, {"currentTime": "2026-01-01T00:00:00Z"})
    assert accusing(silent.judged()) == ["answers/ClearCache"]


def test_a_call_whose_answer_may_be_the_unreadable_frame_names_that_frame_only() -> None:
    talk = Talk().event()
    talk.asks("ClearCache", {}, None)
    talk.frame(STATION, '[3,"other",{"status":"Accepted"}]')
    talk.now += 31
    talk.tells("Heartbeat", {}, {"currentTime": "2026-01-01T00:00:00Z"})
    assert accusing(talk.judged()) == ["frames/answer without call"]


@pytest.mark.parametrize(("code", "severity"), [("OccurrenceConstraintViolation", "note"), ("Nope", "warning"), ("NotSupported", None)])
def test_error_codes(code: str, severity: str | None) -> None:
    talk = Talk().event()
    talk.asks("GetDiagnostics", {"location": "ftp://example.org"}, code)
    assert remarks(talk.judged("error-code-is-known")) == ([("frames/error code", severity)] if severity else [])


# --- GetConfiguration


def test_supported_profiles_must_be_readable_and_hold_core() -> None:
    for value, accused in (("Core", []), ("core, RemoteTrigger", []), ("RemoteTrigger", ["profiles/Core"]), ("", ["profiles/Core"])):
        talk = Talk().event()
        talk.lists(CORE_KEYS | {"SupportedFeatureProfiles": (value, True)}, asked=["SupportedFeatureProfiles"])
        assert accusing(talk.judged("supported-profiles-readable")) == accused
    talk = Talk().event()
    talk.lists({}, asked=["SupportedFeatureProfiles"], unknown=["SupportedFeatureProfiles"])
    assert accusing(talk.judged("supported-profiles-readable")) == ["configuration/SupportedFeatureProfiles"]


def test_the_list_of_all_settings() -> None:
    talk = Talk().event()
    talk.asks("GetConfiguration", {}, {"configurationKey": []})
    assert accusing(talk.judged("configuration-listed")) == ["answers/GetConfiguration"]
    talk = Talk().event()
    talk.asks("GetConfiguration", {}, "InternalError")
    assert accusing(talk.judged("configuration-listed")) == ["answers/GetConfiguration"]


def test_a_key_left_out_of_the_list_but_known_by_name_is_a_warning_and_not_missing() -> None:
    talk = Talk().event()
    short = {key: value for key, value in CORE_KEYS.items() if key != "ResetRetries"}
    talk.lists(short)
    talk.lists(asked=["ResetRetries"])
    judgements = talk.judged()
    assert accusing(judgements) == []
    assert remarks(judgements) == [("GetConfiguration/complete list", "warning")]


@pytest.mark.parametrize(("limit", "accused"), [(16.100000381469727, False), (0.1 * 3, False), (11040.2998046875, False), (7.35, True)])
def test_a_limit_that_is_printed_as_a_binary_number_holds_it_has_one_digit(limit: float, accused: bool) -> None:
    talk = idle_station()
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    talk.asks("GetCompositeSchedule", {"connectorId": 1, "duration": 60}, {"status": "Accepted", "chargingSchedule": schedule})
    assert ("answers/GetCompositeSchedule" in accusing(talk.judged())) is accused


@pytest.mark.parametrize(
    ("answer", "accused"),
    [
        ({"configurationKey": [], "unknownKey": ["OcppRegistryUnknownKey"]}, []),
        ({"unknownKey": ["ocppregistryunknownkey"]}, []),
        ({"configurationKey": []}, ["GetConfiguration/unknownKey"]),
        ({}, ["GetConfiguration/unknownKey"]),
        ({"configurationKey": [{"key": "OcppRegistryUnknownKey", "readonly": True}]}, ["GetConfiguration/unknownKey"]),
        ("InternalError", ["GetConfiguration/unknownKey"]),
    ],
)
def test_an_unknown_key_stands_in_unknown_key(answer: Any, accused: list[str]) -> None:
    talk = idle_station()
    talk.asks("GetConfiguration", {"key": ["OcppRegistryUnknownKey"]}, answer)
    assert accusing(talk.judged()) == accused


def test_more_keys_than_allowed_may_be_refused() -> None:
    talk = idle_station()
    talk.asks("GetConfiguration", {"key": [f"K{number}" for number in range(21)]}, "OccurenceConstraintViolation")
    assert accusing(talk.judged()) == []


def test_a_required_key_that_is_absent() -> None:
    talk = Talk().event()
    without = {key: value for key, value in CORE_KEYS.items() if key != "ResetRetries"}
    talk.lists(without)
    # A list may be incomplete: that is a remark, until the station says itself that it does not know the key.
    assert accusing(talk.judged()) == []
    assert remarks(talk.judged()) == [("configuration/ResetRetries", "warning")]
    talk.lists(without, asked=["ResetRetries"], unknown=["ResetRetries"])
    assert accusing(talk.judged()) == ["configuration/ResetRetries"]


def test_a_required_key_that_the_list_leaves_out() -> None:
    talk = Talk().event()
    talk.lists({key: value for key, value in CORE_KEYS.items() if key != "ResetRetries"})
    talk.lists(asked=["ResetRetries"])
    assert accusing(talk.judged()) == []
    assert remarks(talk.judged()) == [("GetConfiguration/complete list", "warning")]


def test_a_required_key_that_the_certificate_declares_empty_may_be_absent() -> None:
    talk = Talk().event()
    talk.lists({key: value for key, value in CORE_KEYS.items() if key != "StopTxnAlignedData"})
    assert accusing(talk.judged()) == []
    assert remarks(talk.judged()) == [("remarks/StopTxnAlignedData", "note")]


def test_keys_are_required_only_of_certified_profiles() -> None:
    talk = idle_station()
    assert accusing(talk.judged()) == []
    smart = certificate(profiles=SMART)
    absent = [facts.key for facts in required_keys(Certified.of(smart)) if facts.key not in CORE_KEYS]
    talk.lists(asked=absent, unknown=absent)
    found = accusing(talk.judged(facts=smart))
    # Not advertised: the cause of every missing key is its profile.
    assert set(found) == {"profiles/SmartCharging", "profiles/LocalAuthListManagement"}


@pytest.mark.parametrize(
    ("key", "readonly", "accused"),
    [
        ("HeartbeatInterval", True, ["access/HeartbeatInterval"]),
        ("NumberOfConnectors", False, ["access/NumberOfConnectors"]),
        ("AuthorizeRemoteTxRequests", True, []),
        ("UnlockConnectorOnEVSideDisconnect", True, []),
    ],
)
def test_accessibility(key: str, readonly: bool, accused: list[str]) -> None:
    talk = Talk().event()
    talk.lists(CORE_KEYS | {key: (CORE_KEYS[key][0], readonly)})
    assert accusing(talk.judged()) == accused


def test_the_accessibility_of_an_optional_key_is_a_warning() -> None:
    talk = Talk().event()
    talk.lists(CORE_KEYS | {"WebSocketPingInterval": ("0", True)})
    assert remarks(talk.judged("key-accessibility")) == [("access/WebSocketPingInterval", "warning")]


def test_a_readable_authorization_key_is_a_warning() -> None:
    talk = Talk().event()
    talk.lists(CORE_KEYS | {"AuthorizationKey": ("****", False)})
    assert remarks(talk.judged("authorization-key-hidden")) == [("configuration/AuthorizationKey", "warning")]


# --- single requests

CASES: list[tuple[str, str, dict[str, Any], Any, Outcome, str | None]] = [
    # obligation, action, payload, answer, outcome, severity
    (
        "remote-start-connector-zero",
        "RemoteStartTransaction",
        {"connectorId": 0, "idTag": "T"},
        {"status": "Rejected"},
        Outcome.PASSED,
        None,
    ),
    ("remote-start-connector-zero", "RemoteStartTransaction", {"connectorId": 0, "idTag": "T"}, "GenericError", Outcome.PASSED, None),
    (
        "remote-start-connector-zero",
        "RemoteStartTransaction",
        {"connectorId": 0, "idTag": "T"},
        {"status": "Accepted"},
        Outcome.FAILED,
        "error",
    ),
    ("remote-stop-unknown-transaction", "RemoteStopTransaction", {"transactionId": 5}, {"status": "Rejected"}, Outcome.PASSED, None),
    ("remote-stop-unknown-transaction", "RemoteStopTransaction", {"transactionId": 5}, {"status": "Accepted"}, Outcome.FAILED, "error"),
    ("remote-stop-unknown-transaction", "RemoteStopTransaction", {"transactionId": 5}, "NotSupported", Outcome.FAILED, "error"),
    (
        "remote-stop-unknown-transaction",
        "RemoteStopTransaction",
        {"transactionId": 5},
        "PropertyConstraintViolation",
        Outcome.PASSED,
        "warning",
    ),
    ("unlock-unknown-connector", "UnlockConnector", {"connectorId": 2}, {"status": "NotSupported"}, Outcome.PASSED, None),
    ("unlock-unknown-connector", "UnlockConnector", {"connectorId": 2}, {"status": "UnlockFailed"}, Outcome.FAILED, "error"),
    ("unlock-unknown-connector", "UnlockConnector", {"connectorId": 2}, {"status": "Unlocked"}, Outcome.FAILED, "error"),
    ("unlock-unknown-connector", "UnlockConnector", {"connectorId": 2}, "NotSupported", Outcome.PASSED, "warning"),
    ("change-unknown-key", "ChangeConfiguration", {"key": "Testing", "value": "1"}, {"status": "NotSupported"}, Outcome.PASSED, None),
    ("change-unknown-key", "ChangeConfiguration", {"key": "Testing", "value": "1"}, {"status": "Rejected"}, Outcome.FAILED, "error"),
    ("change-unknown-key", "ChangeConfiguration", {"key": "Testing", "value": "1"}, {"status": "Accepted"}, Outcome.FAILED, "error"),
    ("change-unknown-key", "ChangeConfiguration", {"key": "Testing", "value": "1"}, "NotSupported", Outcome.PASSED, "warning"),
    (
        "data-transfer-unknown-vendor",
        "DataTransfer",
        {"vendorId": "org.ocpp-registry.unknown"},
        {"status": "UnknownVendorId"},
        Outcome.PASSED,
        None,
    ),
    (
        "data-transfer-unknown-vendor",
        "DataTransfer",
        {"vendorId": "org.ocpp-registry.unknown"},
        {"status": "Rejected"},
        Outcome.PASSED,
        None,
    ),
    (
        "data-transfer-unknown-vendor",
        "DataTransfer",
        {"vendorId": "org.ocpp-registry.unknown"},
        {"status": "Accepted"},
        Outcome.PASSED,
        "warning",
    ),
    ("data-transfer-unknown-vendor", "DataTransfer", {"vendorId": "org.ocpp-registry.unknown"}, "NotImplemented", Outcome.FAILED, "error"),
    ("data-transfer-unknown-vendor", "DataTransfer", {"vendorId": "org.ocpp-registry.unknown"}, "InternalError", Outcome.PASSED, "warning"),
    ("local-list-version-unsupported", "GetLocalListVersion", {}, {"listVersion": -1}, Outcome.PASSED, None),
    ("local-list-version-unsupported", "GetLocalListVersion", {}, "NotImplemented", Outcome.PASSED, None),
    ("local-list-version-unsupported", "GetLocalListVersion", {}, "GenericError", Outcome.PASSED, "note"),
    ("local-list-version-unsupported", "GetLocalListVersion", {}, {"listVersion": 0}, Outcome.NOT_EXERCISED, "note"),
    (
        "send-local-list-unsupported",
        "SendLocalList",
        {"listVersion": 1, "updateType": "Full"},
        {"status": "NotSupported"},
        Outcome.PASSED,
        None,
    ),
    ("send-local-list-unsupported", "SendLocalList", {"listVersion": 1, "updateType": "Full"}, "InternalError", Outcome.PASSED, "note"),
    (
        "send-local-list-unsupported",
        "SendLocalList",
        {"listVersion": 1, "updateType": "Full"},
        {"status": "Accepted"},
        Outcome.NOT_EXERCISED,
        "note",
    ),
    ("reserve-unsupported", "ReserveNow", {"connectorId": 1}, {"status": "Rejected"}, Outcome.PASSED, None),
    ("reserve-unsupported", "ReserveNow", {"connectorId": 1}, {"status": "Occupied"}, Outcome.PASSED, None),
    ("reserve-unsupported", "ReserveNow", {"connectorId": 1}, {"status": "Accepted"}, Outcome.NOT_EXERCISED, "note"),
    (
        "trigger-unknown-connector",
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 2},
        "NotSupported",
        Outcome.PASSED,
        None,
    ),
    (
        "trigger-unknown-connector",
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 2},
        {"status": "Rejected"},
        Outcome.PASSED,
        None,
    ),
    (
        "trigger-unknown-connector",
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 2},
        {"status": "Accepted"},
        Outcome.NOT_EXERCISED,
        "note",
    ),
    (
        "transaction-profile-when-idle",
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": {"chargingProfilePurpose": "TxProfile"}},
        "NotSupported",
        Outcome.PASSED,
        None,
    ),
    (
        "transaction-profile-when-idle",
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": {"chargingProfilePurpose": "TxProfile"}},
        {"status": "Accepted"},
        Outcome.NOT_EXERCISED,
        "note",
    ),
]


@pytest.mark.parametrize(("obligation", "action", "payload", "answer", "outcome", "severity"), CASES)
def test_single_requests_of_a_core_station(
    obligation: str, action: str, payload: dict[str, Any], answer: Any, outcome: Outcome, severity: str | None
) -> None:
    talk = idle_station()
    seqs = talk.asks(action, payload, answer)
    (judgement,) = talk.judged(obligation)
    assert (judgement.outcome, judgement.severity and str(judgement.severity)) == (outcome, severity)
    assert set(seqs) <= set(judgement.frames)


CERTIFIED_CASES: list[tuple[str, str, dict[str, Any], Any, list[Outcome]]] = [
    (
        "trigger-unknown-connector",
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 2},
        {"status": "Rejected"},
        [Outcome.PASSED],
    ),
    (
        "trigger-unknown-connector",
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 2},
        {"status": "Accepted"},
        [Outcome.NOT_EXERCISED],
    ),
    (
        "transaction-profile-when-idle",
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": {"chargingProfilePurpose": "TxProfile"}},
        {"status": "Rejected"},
        [Outcome.PASSED],
    ),
    (
        "transaction-profile-when-idle",
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": {"chargingProfilePurpose": "TxProfile"}},
        {"status": "Accepted"},
        [Outcome.FAILED],
    ),
    (
        "transaction-profile-when-idle",
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": {"chargingProfilePurpose": "TxDefaultProfile"}},
        {"status": "Accepted"},
        [],
    ),
    ("reserve-unsupported", "ReserveNow", {"connectorId": 1}, {"status": "Accepted"}, []),
    (
        "trigger-unknown-connector",
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 2},
        "PropertyConstraintViolation",
        [Outcome.PASSED],
    ),
    ("trigger-unknown-connector", "TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}, {"status": "Accepted"}, []),
    (
        "transaction-profile-when-idle",
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": {"chargingProfilePurpose": "TxProfile"}},
        "PropertyConstraintViolation",
        [Outcome.PASSED],
    ),
    ("local-list-version-unsupported", "GetLocalListVersion", {}, {"listVersion": 3}, []),
    ("send-local-list-unsupported", "SendLocalList", {"listVersion": 1, "updateType": "Full"}, {"status": "Accepted"}, []),
]


@pytest.mark.parametrize(("obligation", "action", "payload", "answer", "expected"), CERTIFIED_CASES)
def test_single_requests_of_a_station_with_every_profile(
    obligation: str, action: str, payload: dict[str, Any], answer: Any, expected: list[Outcome]
) -> None:
    talk = idle_station()
    talk.asks(action, payload, answer)
    assert outcomes(talk, obligation, profiles=SMART) == expected


def test_meter_values_of_a_connector_that_is_not_there_accuse() -> None:
    talk = idle_station()
    talk.asks("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 2}, {"status": "Accepted"})
    talk.tells("MeterValues", {"connectorId": 2, "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}]})
    assert accusing(talk.judged("trigger-unknown-connector", certificate(profiles=SMART))) == ["TriggerMessage/unknown connector"]


def test_what_a_station_may_have_is_no_ground_for_an_accusation() -> None:
    """No connector count, no status, no list of keys: the same answers say nothing."""
    talk = Talk().event()
    talk.asks("RemoteStopTransaction", {"transactionId": 5}, {"status": "Accepted"})
    talk.asks("UnlockConnector", {"connectorId": 2}, {"status": "Unlocked"})
    talk.asks("ChangeConfiguration", {"key": "Testing", "value": "true"}, {"status": "Accepted"})
    talk.asks(
        "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": {"chargingProfilePurpose": "TxProfile"}}, {"status": "Accepted"}
    )
    assert accusing(talk.judged()) == []


def test_a_transaction_that_the_transcript_names_may_be_stopped() -> None:
    talk = idle_station()
    meter = {"connectorId": 1, "transactionId": 5, "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1"}]}]}
    talk.tells("MeterValues", meter)
    talk.asks("RemoteStopTransaction", {"transactionId": 5}, {"status": "Accepted"})
    assert accusing(talk.judged()) == []
