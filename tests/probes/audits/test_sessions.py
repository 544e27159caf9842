"""Whole audits of transactions, cards, the cache and meter values: clean twins pass, each fault is found by its cases."""

from __future__ import annotations

import pytest

from probes.cases.catalogue import DEFAULT_TIERS, select
from probes.cases.prompts import Action
from registry.certificates.facts import CertificateFacts
from tests.probes.audits.facts import facts_with, full_facts, twin_with
from tests.probes.audits.rig import Audited, audit

BEGINNING = ("TC_003_CS", "TC_004_1_CS", "TC_010_CS", "TC_011_1_CS")
LAPSING = ("TC_004_2_CS", "TC_011_2_CS")
CABLE = ("TC_005_1_CS", "TC_005_2_CS", "TC_005_3_CS")
CACHE = ("TC_007_1_CS", "TC_007_2_CS", "TC_061_1_CS", "TC_061_2_CS")
ENDING = ("TC_012_CS", "TC_068_CS", "TC_069_CS")
REFUSED = ("TC_023_4_CS", "TC_023_5_CS", "TC_026_CS")
METERS = ("TC_070_CS", "TC_071_CS")
ALL = (*BEGINNING, *LAPSING, *CABLE, *CACHE, *ENDING, *REFUSED, *METERS)

NO_CACHE = {"AuthorizationCacheEnabled": None, "LocalPreAuthorize": "false"}


@pytest.mark.parametrize(
    ("facts", "phases", "otherwise"),
    [
        (full_facts(2), 1, {}),
        (full_facts(1), 3, {}),
        (full_facts(1, fixed_cable=True), 1, {"TC_005_1_CS": "not applicable"}),
        (facts_with(), 1, {}),
        (facts_with(keys=NO_CACHE), 1, dict.fromkeys(CACHE, "not applicable")),
        (facts_with(keys={"MinimumStatusDuration": "3", "AuthorizeRemoteTxRequests": "false"}), 1, {}),
        (facts_with(keys={"MeterValuesSampledData": "Energy.Active.Import.Register,Current.Import,Voltage,SoC"}), 3, {}),
    ],
    ids=["two connectors", "three phases", "fixed cable", "Core alone", "no cache", "slow statuses", "many measurands"],
)
def test_a_clean_twin_passes_every_case(facts: CertificateFacts, phases: int, otherwise: dict[str, str]) -> None:
    audited = audit(facts, config=twin_with(facts, phases), cases=ALL)
    assert audited.outcomes == dict.fromkeys(ALL, "pass") | otherwise, audited.reasons
    assert audited.errors == ()
    assert [finding for finding in audited.report["findings"] if finding["severity"] == "warning"] == []
    keys = audited.station.configuration.read([])[0]
    assert {key.key: key.value for key in keys} == dict(twin_with(facts, phases).keys), "a setting was left changed"
    assert all(connector.transaction is None for connector in audited.station.connectors.values())


def test_statuses_that_come_late_hide_nothing_that_a_person_does() -> None:
    # Held back for longer than any status is waited for otherwise (1.6 4.9, MinimumStatusDuration).
    audited = audit(facts_with(keys={"MinimumStatusDuration": "15"}), cases=("TC_003_CS", "TC_005_1_CS", "TC_036_CS", "TC_038_CS"))
    assert set(audited.outcomes.values()) == {"pass"}, audited.reasons


FAULTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # what it is tried with, the cases that find it, and the causes that are named
    "start-missing": (BEGINNING, BEGINNING, ("StartTransaction/missing",)),
    "start-sent-twice": (BEGINNING, BEGINNING, ("StartTransaction/told twice",)),
    "start-on-connector-zero": (BEGINNING, BEGINNING, ("StartTransaction/connectorId",)),
    "start-with-another-tag": (BEGINNING, ("TC_003_CS", "TC_004_1_CS", "TC_010_CS"), ("StartTransaction/another idTag",)),
    "charging-missing": (BEGINNING, BEGINNING, ("StatusNotification/no status of the transaction",)),
    "preparing-missing": (BEGINNING, ("TC_011_1_CS",), ("StatusNotification/Preparing missing",)),
    "authorize-skipped": (BEGINNING, ("TC_003_CS", "TC_004_1_CS"), ("Authorize/missing",)),
    "remote-start-without-effect": (BEGINNING, ("TC_010_CS",), ("RemoteStartTransaction/no effect",)),
    "remote-start-told-rejected": (BEGINNING, ("TC_010_CS",), ("RemoteStartTransaction/Rejected and carried out",)),
    "connection-timeout-ignored": (("TC_011_2_CS",), ("TC_011_2_CS",), ("ConnectionTimeOut/no effect",)),
    "unplugging-leaves-transaction": (CABLE, CABLE[:2], ("StopTransactionOnEVSideDisconnect/no effect",)),
    "clear-cache-without-effect": (CACHE, ("TC_061_1_CS", "TC_061_2_CS"), ("ClearCache/no effect",)),
    "stop-missing": (ENDING, ("TC_012_CS",), ("StopTransaction/missing",)),
    "stop-sent-twice": (ENDING, ("TC_012_CS",), ("StopTransaction/told twice",)),
    "stop-with-wrong-transaction": (ENDING, ("TC_012_CS",), ("StopTransaction/unknown transaction",)),
    "stop-reason-always-local": (ENDING, ("TC_012_CS",), ("StopTransaction/reason",)),
    "stop-meter-below-start": (("TC_010_CS", "TC_012_CS"), ("TC_012_CS",), ("StopTransaction/meterStop",)),
    "remote-stop-without-effect": (ENDING, ("TC_012_CS",), ("RemoteStopTransaction/no effect",)),
    "finishing-missing": (ENDING, ENDING, ("StatusNotification/status outlasts the transaction",)),
    "any-tag-stops": (ENDING, ("TC_068_CS",), ("StopTransaction/any idTag",)),
    "authorize-refusal-ignored": (REFUSED, REFUSED[:2], ("StartTransaction/refused idTag",)),
    "remote-start-on-occupied-accepted": (REFUSED, ("TC_026_CS",), ("RemoteStartTransaction/occupied connector",)),
    "values-missing": (METERS, METERS, ("MeterValues/missing",)),
    "values-without-transaction": (METERS, METERS, ("MeterValues/transactionId",)),
    "values-of-connector-zero": (METERS, ("TC_070_CS",), ("MeterValues/connectorId",)),
    "values-in-wrong-unit": (METERS, METERS, ("MeterValues/energy",)),
    "values-with-wrong-context": (METERS, ("TC_070_CS",), ("MeterValues/context",)),
    "values-without-measurand": (METERS, ("TC_070_CS",), ("MeterValues/measurand",)),
    "values-not-all-measurands": (METERS, ("TC_070_CS",), ("MeterValues/measurands",)),
    "meter-goes-backwards": (METERS, METERS, ("MeterValues/register",)),
    # What the schema alone shows is found without any case.
    "start-meter-as-text": (BEGINNING, (), ("calls/StartTransaction",)),
    "stop-reason-unknown": (ENDING, (), ("calls/StopTransaction",)),
    "values-as-numbers": (METERS, (), ("calls/MeterValues",)),
    "values-in-unknown-unit": (METERS, (), ("calls/MeterValues",)),
    "status-of-older-protocol": (BEGINNING, (), ("calls/StatusNotification",)),
    # What an honest station may do accuses nobody.
    "clear-cache-told-rejected": (CACHE, (), ()),
    "stop-without-values": (ENDING, (), ()),
    "values-sent-twice": (METERS, (), ()),
    "status-sent-twice": (BEGINNING, (), ()),
    # No case is about the unit of a meter.
    "start-meter-in-kwh": (BEGINNING, (), ("StartTransaction/meterStart",)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_its_cases_and_no_other(fault: str) -> None:
    cases, found_by, causes = FAULTS[fault]
    audited = audit(full_facts(2), config=twin_with(full_facts(2)), cases=cases, faults=[fault])
    assert {case for case, outcome in audited.outcomes.items() if outcome == "fail"} == set(found_by), audited.reasons
    assert audited.errors == causes


WARNED = {
    "clear-cache-told-rejected": (CACHE, "ClearCache/Rejected"),
    "values-sent-twice": (METERS, "MeterValues/told twice"),
    "status-sent-twice": (BEGINNING, "StatusNotification/told twice"),
    "stop-without-values": (METERS, "StopTransaction/transactionData"),
}


@pytest.mark.parametrize("fault", WARNED)
def test_what_no_case_can_fail_for_is_said(fault: str) -> None:
    cases, subject = WARNED[fault]
    audited = audit(full_facts(2), config=twin_with(full_facts(2)), cases=cases, faults=[fault])
    assert {finding["subject"] for finding in audited.report["findings"] if finding["severity"] == "warning"} == {subject}


def test_a_card_that_does_not_lapse_is_found_where_one_connector_tells_whose_it_is() -> None:
    facts = facts_with()
    audited = audit(facts, config=twin_with(facts), cases=["TC_004_2_CS"], faults=["connection-timeout-ignored"])
    assert audited.outcomes == {"TC_004_2_CS": "fail"}
    assert any("still waits for a car" in finding["message"] for finding in audited.report["findings"])


def test_with_one_connector_a_card_shows_that_waiting_is_not_told() -> None:
    audited = audit(full_facts(1), config=twin_with(full_facts(1)), cases=["TC_004_1_CS"], faults=["preparing-missing"])
    assert audited.outcomes == {"TC_004_1_CS": "fail"}


def _refusing(*actions: Action) -> Audited:
    return audit(full_facts(2), config=twin_with(full_facts(2)), cases=ALL, refuses=actions)


def test_a_person_who_can_do_nothing_fails_no_case() -> None:
    audited = _refusing(*Action)
    assert "fail" not in audited.outcomes.values()
    assert audited.errors == ()
    assert {case for case, outcome in audited.outcomes.items() if outcome == "pass"} == {"TC_011_2_CS", "TC_061_2_CS"}


@pytest.mark.parametrize("action", [Action.PLUG, Action.UNPLUG, Action.PRESENT_TAG])
def test_a_person_who_cannot_do_one_thing_fails_no_case(action: Action) -> None:
    audited = _refusing(action)
    assert "fail" not in audited.outcomes.values()
    assert audited.errors == ()


def test_what_a_person_would_do_is_only_watched_for_without_leave_to_ask() -> None:
    by_themselves = {"TC_003_CS", "TC_004_1_CS", "TC_023_4_CS", "TC_068_CS", "TC_069_CS"}
    allowed = {case.facts.id: case.script for case in select((*DEFAULT_TIERS, "person"), ()).run}
    usual = {case.facts.id: case.script for case in select(DEFAULT_TIERS, ()).run}
    assert all(usual[case] is None and allowed[case] is not None for case in by_themselves)


def test_the_transcript_says_what_was_carried_out_and_what_a_person_did() -> None:
    audited = audit(full_facts(1), config=twin_with(full_facts(1)), cases=["TC_011_1_CS"])
    text = audited.result.transcript_path.read_text(encoding="utf-8")
    assert '"case":"TC_011_1_CS","step":"begin"' in text.replace(" ", "")
    assert '"person":"plug","step":"done","connector":1' in text.replace(" ", "")
