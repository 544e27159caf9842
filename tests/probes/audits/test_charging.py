"""Whole audits of charging profiles, triggers, and files: clean twins pass, each fault fails the cases that the catalogue says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probes.cases.catalogue import case_named
from probes.judge.catalogue import DATA
from probes.station.config import StationConfig
from registry.certificates.facts import CertificateFacts
from tests.probes.audits.facts import facts_with, full_facts, twin_with
from tests.probes.audits.rig import Audited, audit

CHARGING = ("056", "057", "058_1", "058_2", "059", "060", "066", "067", "072", "082")
TRIGGERS = ("054", "055")
FILES = ("044_1", "044_2", "044_3", "045_1", "045_2")
CASES = tuple(case_named(name).id for name in (*CHARGING, *TRIGGERS, *FILES))
FIRST = "TC_019_CS"

FAULTS = (
    "diagnostics-without-file-name",
    "get-diagnostics-refused",
    "update-firmware-refused",
    "never-answers-update-firmware",
    "diagnostics-status-missing",
    "diagnostics-failure-told-as-success",
    "firmware-installed-missing",
    "firmware-failure-told-as-success",
    "firmware-status-misspelled",
    "firmware-installing-before-downloading",
    "firmware-status-sent-twice",
    "charging-profile-rejected",
    "tx-profile-without-transaction-accepted",
    "profile-for-unknown-connector-accepted",
    "clear-unknown-profile-accepted",
    "composite-schedule-in-wrong-unit",
    "composite-schedule-missing",
    "composite-schedule-first-period-late",
    "never-answers-get-composite-schedule",
    "charging-profile-without-effect",
    "charging-limit-not-applied",
    "clear-profile-without-effect",
    "composite-schedule-limit-as-text",
    "composite-schedule-in-local-time",
    "trigger-unknown-connector-accepted",
    "trigger-not-implemented-rejected",
    "never-answers-trigger-message",
    "trigger-without-message",
    "trigger-message-before-answer",
    "trigger-for-another-connector",
    "trigger-context-missing",
)


def carried_out(facts: CertificateFacts, **options: Any) -> Audited:
    return audit(facts, cases=(FIRST, *CASES), **options)


def with_keys(facts: CertificateFacts, **keys: str) -> CertificateFacts:
    return replace(facts, configuration_keys={**(facts.configuration_keys or {}), **keys})


def catalogued(fault: str) -> set[str]:
    rows = json.loads((DATA / "faults.json").read_text(encoding="utf-8"))["faults"]
    return set(next(row.get("found_by", ()) for row in rows if row["name"] == fault)) & set(CASES)


def charging_profiles(audited: Audited) -> tuple[Any, ...]:
    """What is left of them in the station."""
    return audited.station.smart_charging.installed.all()


ONE, TWO = full_facts(1), full_facts(2)


@pytest.mark.parametrize(
    ("facts", "phases"),
    [
        (ONE, 1),
        (TWO, 1),
        (ONE, 3),
        (TWO, 3),
        (full_facts(1, fixed_cable=True), 3),
        (with_keys(ONE, ChargingScheduleAllowedChargingRateUnit="Power"), 3),
        (with_keys(ONE, ChargingScheduleAllowedChargingRateUnit="Current"), 1),
        (with_keys(ONE, ChargingScheduleMaxPeriods="24", ChargeProfileMaxStackLevel="99", MaxChargingProfilesInstalled="3"), 1),
        (with_keys(ONE, SupportedFileTransferProtocols="FTP"), 1),
    ],
)
def test_a_clean_twin_passes_every_case(facts: CertificateFacts, phases: int) -> None:
    audited = carried_out(facts, config=twin_with(facts, phases))
    assert (audited.report["verdict"], audited.errors) == ("conformant", ())
    assert audited.outcomes == dict.fromkeys((FIRST, *CASES), "pass")
    assert [finding for finding in audited.report["findings"] if finding["severity"] != "note"] == []
    assert charging_profiles(audited) == ()


def test_what_a_station_cannot_do_is_not_asked_of_it() -> None:
    facts = with_keys(ONE, ChargeProfileMaxStackLevel="0", MaxChargingProfilesInstalled="1", ChargingScheduleMaxPeriods="2")
    audited = carried_out(facts, config=twin_with(facts))
    different = {case: outcome for case, outcome in audited.outcomes.items() if outcome != "pass"}
    assert different == {"TC_066_CS": "not applicable", "TC_072_CS": "not applicable"}


def test_without_the_profiles_only_refusals_are_looked_at() -> None:
    facts = facts_with()
    outcomes = carried_out(facts).outcomes
    refusals = {case_named(name).id for name in ("055", "058_1")}
    assert outcomes == {case: "pass" if case in {FIRST, *refusals} else "not applicable" for case in (FIRST, *CASES)}


def test_a_secured_station_is_not_asked_for_plain_updates() -> None:
    facts = full_facts(1, security=True)
    outcomes = audit(facts, cases=[FIRST, "044_1", "044_2", "044_3", "045_1", "045_2"]).outcomes
    assert {case: outcome for case, outcome in outcomes.items() if outcome != "pass"} == dict.fromkeys(
        ("TC_044_1_CS", "TC_044_2_CS", "TC_044_3_CS"), "not applicable"
    )


def test_without_an_image_nothing_is_installed() -> None:
    audited = audit(ONE, cases=[FIRST, "044_1"], image=None)
    assert audited.outcomes == {FIRST: "pass"}
    assert {entry["id"]: entry["reason"] for entry in audited.report["not_exercised"]}["TC_044_1_CS"].startswith("needs an image")


def test_ways_that_the_two_do_not_have_in_common() -> None:
    facts = with_keys(ONE, SupportedFileTransferProtocols="FTPS,HTTPS")
    audited = audit(facts, cases=[FIRST, "045_1"])
    assert audited.outcomes == {FIRST: "pass"}
    assert "by FTPS,HTTPS" in {entry["id"]: entry["reason"] for entry in audited.report["not_exercised"]}["TC_045_1_CS"]


def test_what_was_uploaded_is_not_kept() -> None:
    audited = audit(ONE, cases=[FIRST, "045_1", "045_2"])
    uploads = audited.result.transcript_path.parent / "files" / "uploads"
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


def test_no_address_of_a_file_shows_its_credentials() -> None:
    audited = audit(ONE, cases=[FIRST, *FILES])
    lines = [line for line in audited.result.transcript_path.read_text().splitlines() if "://" in line and '\\"location\\"' in line]
    assert len(lines) == 5
    assert all("://***@" in line for line in lines)


@pytest.fixture(scope="module")
def twin() -> StationConfig:
    return twin_with(TWO)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_fails_the_cases_that_the_catalogue_says(fault: str, twin: StationConfig) -> None:
    audited = carried_out(TWO, config=twin, faults=[fault])
    assert {case for case, outcome in audited.outcomes.items() if outcome == "fail"} == catalogued(fault)
    expected = "deviates" if catalogued(fault) else "conformant"
    assert audited.report["verdict"] == expected


@pytest.mark.parametrize(
    ("fault", "subject"),
    [
        ("clear-unknown-profile-accepted", "ClearChargingProfile/unknown profile"),
        ("composite-schedule-in-local-time", "GetCompositeSchedule/scheduleStart"),
        ("firmware-status-sent-twice", "remarks/FirmwareStatusNotification"),
    ],
)
def test_what_no_clause_forbids_is_remarked_upon(fault: str, subject: str, twin: StationConfig) -> None:
    audited = carried_out(TWO, config=twin, faults=[fault])
    assert subject in {finding["subject"] for finding in audited.report["findings"]}


def test_a_refused_trigger_of_a_message_that_is_not_there_is_remarked_upon() -> None:
    facts = facts_with("RemoteTrigger")
    audited = audit(facts, cases=[FIRST, "054"], faults=["trigger-not-implemented-rejected"])
    assert audited.outcomes["TC_054_CS"] == "partial"
    assert "TriggerMessage/NotImplemented" in {finding["subject"] for finding in audited.report["findings"]}


def test_a_station_with_profiles_of_its_operator_keeps_them(tmp_path: Path) -> None:
    """A schedule that changes within a day may be that of an operator, which could not be put back."""
    periods = [{"start_period": start, "limit": limit} for start, limit in ((0, 16.0), (3600, 8.0))]
    profile = {
        "charging_profile_id": 4711,
        "stack_level": 5,
        "charging_profile_purpose": "TxDefaultProfile",
        "charging_profile_kind": "Recurring",
        "recurrency_kind": "Daily",
        "charging_schedule": {
            "start_schedule": "2026-01-01T00:00:00Z",
            "charging_rate_unit": "A",
            "charging_schedule_period": periods,
        },
    }
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"charging_profiles": [{"connector_id": 1, "profile": profile}]}))
    audited = audit(ONE, cases=[FIRST, "056", "066", "067", "072", "082"], state=state)
    assert audited.outcomes == {FIRST: "pass"} | dict.fromkeys(map("TC_{}_CS".format, ("056", "066", "067", "072", "082")), "partial")
    assert [left.profile_id for left in charging_profiles(audited)] == [4711]
