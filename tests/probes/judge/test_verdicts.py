"""The comparison with the certificate and the verdict, each on hand-made transcripts; one cause is named once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.judge.obligations import judge, view_of
from probes.judge.verdicts import Assessment, CaseRun, Verdict, assess
from probes.wire.records import Direction, Frame, Record
from registry.certificates.facts import CertificateFacts, PerformanceRow, Severity
from tests.probes.judge.talk import CORE_KEYS, CSMS, NOT_CERTIFIED, STATION, Talk, certificate, idle_station

PASSING = {"TC_062_CS": ("DataTransfer", {"vendorId": "org.ocpp-registry.unknown"}, {"status": "UnknownVendorId"})}


def assessed(talk: Talk, facts: CertificateFacts | None = None, runs: tuple[CaseRun, ...] = ()) -> Assessment:
    view = talk.view(facts)
    return assess(view, judge(view), runs)


def with_a_passing_case(talk: Talk) -> tuple[CaseRun, ...]:
    first, last = talk.asks("DataTransfer", {"vendorId": "org.ocpp-registry.unknown"}, {"status": "UnknownVendorId"})
    return (CaseRun("TC_062_CS", "Core", first, last),)


def errors(assessment: Assessment) -> list[str]:
    return [finding.subject for finding in assessment.findings if finding.severity is Severity.ERROR]


def key(assessment: Assessment, name: str) -> tuple[str, str | None, str | None]:
    row = next(row for row in assessment.configuration if row.key == name)
    return row.verdict, row.certified, row.observed


def listing(**changes: tuple[str, bool] | None) -> dict[str, tuple[str, bool]]:
    merged: dict[str, tuple[str, bool] | None] = {**CORE_KEYS, **changes}
    return {name: entry for name, entry in merged.items() if entry is not None}


def station(keys: dict[str, tuple[str, bool]] | None = None, firmware: str = "V1.2.3", interval: int = 20, **boot: Any) -> Talk:
    talk = Talk().event()
    talk.boots(firmware, interval, **boot)
    talk.reports(0)
    talk.reports(1)
    talk.lists(keys)
    return talk


def test_a_healthy_station_is_conformant() -> None:
    talk = idle_station()
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert assessment.verdict is Verdict.CONFORMANT
    assert assessment.reason == "nothing deviates from the certificate; 1 case passed"
    assert errors(assessment) == []
    assert {row.verdict for row in assessment.identity} == {"match"}
    assert {row.verdict for row in assessment.configuration} == {"match"}


# --- software version and model


@pytest.mark.parametrize(
    ("certified", "observed", "verdict"),
    [
        ("V1.3.337", "V1.3.337", "match"),
        ("V1.3.337", "v1.3.337", "match"),
        ("V1.3.337", " 1.3.337 ", "match"),
        ("V1.3.337", "V1.3.340", "drift"),
        ("1.1", "1.10", "drift"),
        ("1.6", "1.6.2", "drift"),
        ("1.10", "1.1", "drift"),
        ("V1.3.337", "LECS V1.3.337 build 7", "unknown"),
        ("V1.3.337", "V1.3.337-rc1", "unknown"),
        ("V1.3.337", "V1.3.3370", "drift"),
        ("vega 2", "ega 2", "unknown"),
        ("vega 2", "ega 3", "drift"),
    ],
)
def test_software_versions(certified: str, observed: str, verdict: str) -> None:
    talk = station(firmware=observed)
    assessment = assessed(talk, certificate(software_version=certified), with_a_passing_case(talk))
    assert next(row.verdict for row in assessment.identity if row.field == "software_version") == verdict
    assert errors(assessment) == (["identity/software_version"] if verdict == "drift" else [])
    expected = {"match": Verdict.CONFORMANT, "drift": Verdict.DEVIATES, "unknown": Verdict.INCONCLUSIVE}[verdict]
    assert assessment.verdict is expected


@pytest.mark.parametrize(
    ("certified", "observed", "verdict"),
    [
        ("EX-1", "ex-1", "match"),
        ("A very long product designation", "A very long product ", "unknown"),
        ("EX-1", "EX-1 (Rev B)", "unknown"),
        ("EX-1 22 kW", "EX-1", "unknown"),
        ("EX-1", "EX-10", "drift"),
        ("EX-1", "ZW-9", "drift"),
        ("EX-1", "OTHER", "unknown"),
    ],
)
def test_models(certified: str, observed: str, verdict: str) -> None:
    talk = station(chargePointModel=observed)
    assessment = assessed(talk, certificate(model=certified), with_a_passing_case(talk))
    assert next(row.verdict for row in assessment.identity if row.field == "model") == verdict
    assert errors(assessment) == (["identity/model"] if verdict == "drift" else [])


def test_another_vendor_name_is_a_warning_for_the_certificate_names_a_company() -> None:
    talk = station(chargePointVendor="EXC")
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert [(finding.subject, finding.severity) for finding in assessment.findings] == [
        ("identity/vendor", Severity.WARNING),
        ("configuration/HeartbeatInterval", Severity.NOTE),
    ]
    assert assessment.verdict is Verdict.CONFORMANT


def test_a_vendor_name_cut_at_twenty_characters_is_the_same() -> None:
    talk = station(chargePointVendor="LS ELECTRIC CO., LTD")
    assessment = assessed(talk, certificate(vendor_name="LS ELECTRIC CO., LTD."))
    assert assessment.identity[0].verdict == "match"


def test_without_a_boot_the_identity_is_unknown_and_the_verdict_open() -> None:
    talk = Talk().event()
    talk.lists(listing(HeartbeatInterval=("300", False)))
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert {row.verdict for row in assessment.identity} == {"unknown"}
    # Whoever registered the station before may have set the interval.
    assert key(assessment, "HeartbeatInterval") == ("unknown", "20", "300")
    assert (assessment.verdict, errors(assessment)) == (Verdict.INCONCLUSIVE, [])


# --- configuration


@pytest.mark.parametrize(
    ("name", "certified", "observed", "verdict"),
    [
        ("LocalPreAuthorize", "FALSE", "false", "match"),
        ("LocalPreAuthorize", "FALSE", "true", "drift"),
        ("ResetRetries", "3", "03", "match"),
        ("ResetRetries", "3", " 3", "match"),
        ("ResetRetries", "3", "3s", "drift"),
        ("ResetRetries", "3", "3.0", "drift"),
        ("MeterValuesSampledData", "Voltage,Energy.Active.Import.Register", "energy.active.import.register, Voltage,", "match"),
        ("MeterValuesSampledData", "Voltage,Energy.Active.Import.Register", "Voltage", "drift"),
        ("VendorKey", "Some  Text", "some text", "match"),
        ("VendorKey", "1", "01", "drift"),
    ],
)
def test_values_are_compared_by_their_type(name: str, certified: str, observed: str, verdict: str) -> None:
    talk = station(listing(**{name: (observed, False)}))
    keys = {key: value or None for key, (value, _) in CORE_KEYS.items()} | {name: certified}
    assessment = assessed(talk, certificate(configuration_keys=keys), with_a_passing_case(talk))
    assert key(assessment, name) == (verdict, certified, observed)
    assert errors(assessment) == ([f"configuration/{name}"] if verdict == "drift" else [])


def test_key_names_have_no_case() -> None:
    keys = {name.lower(): entry for name, entry in CORE_KEYS.items()}
    talk = station(keys)
    assert errors(assessed(talk, runs=with_a_passing_case(talk))) == []


def test_a_missing_key_is_named_once() -> None:
    talk = station(listing(ResetRetries=None))
    talk.lists(listing(ResetRetries=None), asked=["ResetRetries"], unknown=["ResetRetries"])
    assessment = assessed(talk, runs=(*with_a_passing_case(talk), CaseRun("TC_019_CS", "Core", 8, 11)))
    assert key(assessment, "ResetRetries") == ("missing", "0", None)
    assert errors(assessment) == ["configuration/ResetRetries"]
    case = next(case for case in assessment.cases if case.id == "TC_019_CS")
    assert (str(case.outcome), "configuration/ResetRetries" in case.reason) == ("fail", True)


def test_a_key_that_was_not_asked_for_by_name_may_be_left_out_of_the_list() -> None:
    talk = station(listing(ResetRetries=None))
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert key(assessment, "ResetRetries") == ("missing", "0", None)
    assert (errors(assessment), assessment.verdict) == ([], Verdict.CONFORMANT)


def test_what_the_central_system_has_set_is_not_the_devices_doing() -> None:
    talk = Talk().event()
    talk.boots()
    (call, _) = talk.asks("ChangeConfiguration", {"key": "connectiontimeout", "value": "90"}, {"status": "Accepted"})
    talk.lists(listing(ConnectionTimeOut=("90", False)))
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert key(assessment, "ConnectionTimeOut") == ("unknown", "30", "90")
    assert errors(assessment) == []
    (row,) = (row for row in assessment.configuration if row.key == "ConnectionTimeOut")
    assert f"(frame {call})" in (row.note or "")
    assert call in row.frames
    assert any("the central system has set it" in finding.message for finding in assessment.findings)


def test_what_was_read_before_the_central_system_set_it_is_the_devices_own() -> None:
    talk = station(listing(ConnectionTimeOut=("31", False)))
    talk.asks("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "90"}, {"status": "Accepted"})
    talk.asks("ChangeConfiguration", {"key": "ResetRetries", "value": "2"}, {"status": "Accepted"})
    talk.lists(listing(ConnectionTimeOut=("90", False), ResetRetries=("2", False)))
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert key(assessment, "ConnectionTimeOut") == ("drift", "30", "31")
    assert key(assessment, "ResetRetries") == ("match", "0", "0")


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, {"status": "NotSupported"}, "InternalError"])
def test_a_setting_that_was_refused_is_nobodys(answer: dict[str, Any] | str) -> None:
    talk = Talk().event()
    talk.boots()
    talk.asks("ChangeConfiguration", {"key": "ConnectionTimeOut", "value": "90"}, answer)
    talk.lists(listing(ConnectionTimeOut=("31", False)))
    assert key(assessed(talk, runs=with_a_passing_case(talk)), "ConnectionTimeOut") == ("drift", "30", "31")


def test_undeclared_keys_and_keys_declared_empty_are_notes() -> None:
    talk = station(listing(VendorKey=("x", False), StopTxnAlignedData=("Voltage", False)))
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert key(assessment, "VendorKey") == ("undeclared", None, "x")
    assert key(assessment, "StopTxnAlignedData") == ("undeclared", None, "Voltage")
    assert errors(assessment) == []
    assert assessment.verdict is Verdict.CONFORMANT


def test_a_known_key_without_value_is_not_readable_and_no_accusation() -> None:
    talk = Talk().event()
    talk.boots()
    entries = [
        {"key": name, "readonly": readonly} | ({} if name == "ResetRetries" else {"value": value})
        for name, (value, readonly) in CORE_KEYS.items()
    ]
    talk.asks("GetConfiguration", {}, {"configurationKey": entries})
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert key(assessment, "ResetRetries") == ("not readable", "0", None)
    assert errors(assessment) == []


@pytest.mark.parametrize(
    ("given_interval", "observed", "verdict"),
    [(20, "20", "match"), (300, "300", "unknown"), (20, "30", "drift"), (300, "30", "drift")],
)
def test_the_heartbeat_interval_may_be_the_one_given_at_boot(given_interval: int, observed: str, verdict: str) -> None:
    talk = station(listing(HeartbeatInterval=(observed, False)), interval=given_interval)
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert key(assessment, "HeartbeatInterval")[0] == verdict
    assert errors(assessment) == (["configuration/HeartbeatInterval"] if verdict == "drift" else [])


def test_a_configuration_that_was_not_read_is_no_missing_key() -> None:
    talk = Talk().event()
    talk.boots()
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert {row.verdict for row in assessment.configuration} == {"unknown"}
    assert (assessment.verdict, errors(assessment)) == (Verdict.INCONCLUSIVE, [])


def test_an_empty_list_of_settings_is_one_cause() -> None:
    talk = Talk().event()
    talk.boots()
    talk.asks("GetConfiguration", {}, {"configurationKey": []})
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert errors(assessment) == ["answers/GetConfiguration"]


# --- profiles


def profile(assessment: Assessment, name: str) -> tuple[bool | None, str, str]:
    row = next(row for row in assessment.profiles if row.profile == name)
    return row.advertised, row.observed, row.verdict


def test_an_advertised_profile_that_is_not_certified_is_named_once() -> None:
    talk = station(listing(SupportedFeatureProfiles=("Core, Reservation", True)))
    talk.asks("ReserveNow", {"connectorId": 1}, "NotSupported")
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert profile(assessment, "Reservation") == (True, "not implemented", "fails")
    assert key(assessment, "SupportedFeatureProfiles")[0] == "drift"
    assert errors(assessment) == ["profiles/Reservation"]


@pytest.mark.parametrize(
    ("answer", "verdict", "accused"),
    [
        ({"status": "Accepted"}, "works but not certified", []),
        (None, "not exercised", []),
        ("NotSupported", "fails", ["profiles/Reservation"]),
    ],
)
def test_who_has_more_than_was_certified_may_say_so(answer: dict[str, Any] | str | None, verdict: str, accused: list[str]) -> None:
    """Where the certificate prints no list of profiles, none has changed."""
    talk = station(listing(SupportedFeatureProfiles=("Core, Reservation", True)))
    if answer is not None:
        talk.asks("ReserveNow", {"connectorId": 1}, answer)
    assessment = assessed(talk, certificate(configuration_keys=None), with_a_passing_case(talk))
    assert profile(assessment, "Reservation")[2] == verdict
    assert errors(assessment) == accused
    assert "profiles/Reservation" in [finding.subject for finding in assessment.findings]


def test_an_advertised_profile_that_the_certificate_itself_declares_is_no_accusation() -> None:
    keys = {key: value or None for key, (value, _) in CORE_KEYS.items()} | {"SupportedFeatureProfiles": "Core,Reservation"}
    talk = station(listing(SupportedFeatureProfiles=("Core,Reservation", True)))
    assessment = assessed(talk, certificate(configuration_keys=keys), with_a_passing_case(talk))
    assert errors(assessment) == []


def test_a_profile_that_works_without_certificate_is_said_and_not_accused() -> None:
    talk = idle_station()
    talk.asks("ReserveNow", {"connectorId": 1}, {"status": "Accepted"})
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert profile(assessment, "Reservation") == (False, "works", "works but not certified")
    assert errors(assessment) == []
    assert assessment.verdict is Verdict.CONFORMANT


def test_a_certified_profile_that_is_not_advertised_is_named_once() -> None:
    profiles = {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A") | {"Smart Charging": "Pass"}
    keys = {key: value or None for key, (value, _) in CORE_KEYS.items()}
    keys |= {"SupportedFeatureProfiles": "Core,SmartCharging", "ChargeProfileMaxStackLevel": "5"}
    talk = idle_station()
    assessment = assessed(talk, certificate(profiles=profiles, configuration_keys=keys), with_a_passing_case(talk))
    assert errors(assessment) == ["profiles/SmartCharging"]


def test_an_unread_profile_row_accuses_nobody() -> None:
    talk = station(listing(SupportedFeatureProfiles=("Core,Reservation", True)))
    facts = certificate(profiles={"Core": "Pass", "Reservation": None}, configuration_keys=None)
    assert errors(assessed(talk, facts, with_a_passing_case(talk))) == []


def declaring(value: str) -> CertificateFacts:
    return certificate(configuration_keys={key: cell or None for key, (cell, _) in CORE_KEYS.items()} | {"SupportedFeatureProfiles": value})


@pytest.mark.parametrize(
    ("declared", "advertised", "accused", "warned"),
    [
        ("Core", "Core,Security", ["profiles/Security"], []),
        ("Core,Security", "Core", ["profiles/Security"], []),
        ("Core,Security", "Core,Security", [], ["profiles/Security"]),
        # The certificate contradicts itself: its key names a profile that its table says is not certified.
        ("Core,Reservation", "Core", [], ["profiles/Reservation"]),
        ("Core, Reservation", "Core,reservation", [], ["profiles/Reservation"]),
    ],
)
def test_every_difference_of_the_advertised_profiles_is_said(declared: str, advertised: str, accused: list[str], warned: list[str]) -> None:
    talk = station(listing(SupportedFeatureProfiles=(advertised, True)))
    talk.lists(listing(SupportedFeatureProfiles=(advertised, True)), asked=["SupportedFeatureProfiles"])
    assessment = assessed(talk, declaring(declared), with_a_passing_case(talk))
    assert errors(assessment) == accused
    assert [finding.subject for finding in assessment.findings if finding.severity is Severity.WARNING] == warned


def test_a_certified_profile_that_the_certificate_itself_does_not_advertise_is_a_note() -> None:
    profiles = {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A") | {"Remote Trigger": "Pass"}
    talk = idle_station()
    assessment = assessed(talk, certificate(profiles=profiles), with_a_passing_case(talk))
    assert errors(assessment) == []
    assert ("profiles/RemoteTrigger", Severity.NOTE) in [(finding.subject, finding.severity) for finding in assessment.findings]


def test_a_certified_profile_that_is_answered_as_not_implemented_is_a_warning() -> None:
    profiles = dict[str, str | None](dict.fromkeys(NOT_CERTIFIED, "N/A"), Core="Pass") | {"Remote Trigger": "Pass"}
    talk = station(listing(SupportedFeatureProfiles=("Core,RemoteTrigger", True)))
    talk.asks("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 2}, "NotImplemented")
    facts = replace(declaring("Core,RemoteTrigger"), profiles=profiles)
    assessment = assessed(talk, facts, with_a_passing_case(talk))
    assert profile(assessment, "Remote Trigger") == (True, "not implemented", "not implemented")
    assert errors(assessment) == []


def test_a_profile_whose_case_failed_fails() -> None:
    talk = idle_station()
    first, last = talk.asks("UnlockConnector", {"connectorId": 2}, {"status": "Unlocked"})
    assessment = assessed(talk, runs=(*with_a_passing_case(talk), CaseRun("TC_031_CS", "Core", first, last)))
    assert profile(assessment, "Core") == (True, "fails", "fails")
    assert errors(assessment) == ["UnlockConnector/unknown connector"]


def test_a_printed_profile_that_ocpp_does_not_know_is_not_exercised() -> None:
    talk = idle_station()
    assessment = assessed(talk, certificate(profiles={"Core": "Pass", "Advanced Security": "Pass"}), with_a_passing_case(talk))
    assert profile(assessment, "Advanced Security") == (None, "not exercised", "not exercised")
    assert errors(assessment) == []


@pytest.mark.parametrize(("pics", "seconds"), [(None, 30), (4, 30), (10, 30), (20, 60), (60, 120)])
def test_a_late_answer_is_waited_for_well_beyond_the_pics_value(pics: int | None, seconds: float) -> None:
    facts = certificate(performance=(PerformanceRow("OCPP response timeout", pics, None),))
    assert Talk().view(facts).patience == seconds


def test_spellings_of_profiles_are_one() -> None:
    profiles = {"Core": "Pass"} | dict.fromkeys(NOT_CERTIFIED, "N/A") | {"Firmware Management": "Pass"}
    keys = {key: value or None for key, (value, _) in CORE_KEYS.items()} | {"SupportedFeatureProfiles": "Core,FirmwareManagement"}
    talk = station(listing(SupportedFeatureProfiles=("Core, firmwaremanagement", True)))
    assert errors(assessed(talk, certificate(profiles=profiles, configuration_keys=keys), with_a_passing_case(talk))) == []


# --- performance


@pytest.mark.parametrize(("seconds", "verdict"), [(9.8, "within"), (10.2, "exceeds")])
def test_response_times(seconds: float, verdict: str) -> None:
    talk = idle_station()
    frames = talk.asks("ClearCache", {}, {"status": "Rejected"}, after=seconds)
    runs = with_a_passing_case(talk)
    assessment = assessed(talk, runs=runs)
    row = assessment.performance[0]
    assert (row.verdict, len(row.observed)) == (verdict, 3)
    assert max(row.observed) == pytest.approx(seconds + 0.1)
    assert row.frames == frames
    # A network can hold one answer back.
    assert errors(assessment) == []
    talk.asks("ClearCache", {}, {"status": "Rejected"}, after=seconds)
    assert errors(assessed(talk, runs=runs)) == (["performance/OCPP response timeout"] if verdict == "exceeds" else [])


def test_remote_start_is_measured_apart() -> None:
    talk = idle_station()
    for _ in range(2):
        talk.asks("RemoteStartTransaction", {"connectorId": 0, "idTag": "T"}, {"status": "Rejected"}, after=11)
    assessment = assessed(talk, runs=with_a_passing_case(talk))
    assert [row.verdict for row in assessment.performance] == ["within", "exceeds"]
    assert errors(assessment) == ["performance/Response time RemoteStartTransaction"]


def test_without_a_pics_value_nothing_is_exceeded() -> None:
    talk = idle_station()
    talk.asks("ClearCache", {}, {"status": "Rejected"}, after=500)
    facts = certificate(performance=(PerformanceRow("OCPP response timeout", None, None),))
    assert errors(assessed(talk, facts, with_a_passing_case(talk))) == []


# --- cases and the verdict


def test_a_case_that_could_not_be_ended_leaves_the_verdict_open_and_keeps_the_others() -> None:
    talk = idle_station()
    runs = with_a_passing_case(talk)
    (seq,) = talk.asks("UnlockConnector", {"connectorId": 2}, None)
    stopped = CaseRun("TC_031_CS", "Core", seq, seq, stopped="no answer to UnlockConnector within 30 s")
    assessment = assessed(talk, runs=(*runs, stopped))
    assert [str(case.outcome) for case in assessment.cases] == ["pass", "error"]
    assert assessment.verdict is Verdict.INCONCLUSIVE


def test_an_earlier_failure_outweighs_a_later_silence() -> None:
    talk = station(firmware="V9")
    assessment = assessed(talk, runs=(CaseRun("TC_031_CS", "Core", 99, 99, stopped="gone"),))
    assert assessment.verdict is Verdict.DEVIATES


def test_an_answer_that_breaks_its_schema_is_one_cause_for_case_and_frame() -> None:
    talk = idle_station()
    first, last = talk.asks("DataTransfer", {"vendorId": "org.ocpp-registry.unknown"}, {"status": "Unknown"})
    assessment = assessed(talk, runs=(CaseRun("TC_062_CS", "Core", first, last),))
    assert errors(assessment) == ["answers/DataTransfer"]
    assert str(assessment.cases[0].outcome) == "fail"


def test_what_happens_beside_a_case_does_not_change_its_outcome() -> None:
    talk = idle_station()
    first = len(talk.records) + 1
    talk.asks("DataTransfer", {"vendorId": "org.ocpp-registry.unknown"}, {"status": "UnknownVendorId"})
    talk.tells("StatusNotification", {"connectorId": 1})
    assessment = assessed(talk, runs=(CaseRun("TC_062_CS", "Core", first, len(talk.records)),))
    assert str(assessment.cases[0].outcome) == "pass"
    assert errors(assessment) == ["calls/StatusNotification"]


def test_nothing_seen_is_inconclusive() -> None:
    assert assessed(Talk()).verdict is Verdict.INCONCLUSIVE


# --- whatever comes


RAW = st.one_of(
    st.text(max_size=40),
    st.sampled_from(['[2,"a","Heartbeat",{}]', '[3,"a",{}]', '[4,"a","X","",{}]', '[2,"b","GetConfiguration",{}]', "[[[["]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    ).map(json.dumps),
)
ACTIONS = (
    "GetConfiguration",
    "StatusNotification",
    "BootNotification",
    "StartTransaction",
    "MeterValues",
    "ReserveNow",
    "SetChargingProfile",
)
PAYLOADS = st.dictionaries(
    st.sampled_from(
        ["connectorId", "status", "key", "configurationKey", "unknownKey", "transactionId", "listVersion", "csChargingProfiles"]
    ),
    st.one_of(
        st.none(),
        st.integers(-2, 3),
        st.text(max_size=5),
        st.lists(
            st.one_of(
                st.text(max_size=3),
                st.dictionaries(
                    st.sampled_from(["key", "value", "readonly"]), st.one_of(st.text(max_size=12), st.booleans(), st.integers())
                ),
            ),
            max_size=3,
        ),
    ),
    max_size=4,
)


@given(st.lists(st.tuples(st.sampled_from([STATION, CSMS]), RAW), max_size=20), st.booleans())
def test_no_sequence_of_frames_breaks_the_judge(frames: list[tuple[Direction, str]], opened: bool) -> None:
    talk = Talk().event() if opened else Talk()
    for direction, raw in frames:
        talk.frame(direction, raw)
    assessed(talk, runs=(CaseRun("TC_019_CS", "Core", 1, len(talk.records)),))


@given(
    st.lists(
        st.tuples(st.sampled_from([STATION, CSMS]), st.sampled_from(ACTIONS), PAYLOADS, st.none() | PAYLOADS | st.just("InternalError")),
        max_size=15,
    )
)
def test_no_exchange_breaks_the_judge(exchanges: list[tuple[Direction, str, dict[str, Any], Any]]) -> None:
    talk = Talk().event()
    for by, action, payload, answer in exchanges:
        talk.asks(action, payload, answer, by=by)
    assessment = assessed(talk, runs=(CaseRun("TC_019_CS", "Core", 1, len(talk.records)),))
    assert all(set(finding.frames) <= {record.seq for record in talk.records} for finding in assessment.findings)


@given(st.permutations(sorted(CORE_KEYS)), st.integers(1, 20), st.booleans())
def test_a_healthy_station_is_never_accused_however_it_orders_its_keys(order: list[str], asked: int, upper: bool) -> None:
    keys = {(name.upper() if upper else name): CORE_KEYS[name] for name in order}
    talk = station(keys)
    talk.lists(keys, asked=list(keys)[:asked])
    assert errors(assessed(talk, runs=with_a_passing_case(talk))) == []


def test_records_of_another_judge_are_the_same_values() -> None:
    talk = idle_station()
    records: list[Record] = [record._replace() if isinstance(record, Frame) else replace(record) for record in talk.records]
    assert judge(view_of(records, certificate())) == judge(talk.view())
