"""Whole audits of boot, settings, availability, resets, locks, outages and power: clean twins pass, each fault is found by its cases."""

from __future__ import annotations

import pytest

from probes.cases.prompts import Action
from registry.certificates.facts import CertificateFacts
from tests.probes.audits.facts import facts_with, full_facts, twin_with
from tests.probes.audits.operations import ALL, BOOTING, FIXED_CABLE, LOCKS, OFFLINE, POWER, RESETS, SETTINGS, found_by
from tests.probes.audits.rig import audit

NO_BACKUP = {"TC_032_1_CS": "not applicable"}


def expected(*, fixed_cable: bool = False) -> dict[str, str]:
    others = LOCKS if fixed_cable else FIXED_CABLE
    return dict.fromkeys(ALL, "pass") | dict.fromkeys(others, "not applicable") | NO_BACKUP


@pytest.mark.parametrize(
    ("facts", "phases", "fixed_cable"),
    [
        (full_facts(2), 1, False),
        (full_facts(1), 3, False),
        (full_facts(1, fixed_cable=True), 1, True),
        (full_facts(2, security=True), 1, False),
        (facts_with(), 1, False),
        (facts_with(keys={"AuthorizationCacheEnabled": "false", "HeartbeatInterval": "20", "MinimumStatusDuration": "3"}), 1, False),
    ],
    ids=["two connectors", "three phases", "fixed cable", "security", "Core alone", "no cache"],
)
def test_a_clean_twin_passes_every_case(facts: CertificateFacts, phases: int, fixed_cable: bool) -> None:
    audited = audit(facts, config=twin_with(facts, phases), cases=ALL)
    assert audited.outcomes == expected(fixed_cable=fixed_cable), audited.reasons
    assert audited.errors == ()
    assert [finding for finding in audited.report["findings"] if finding["severity"] == "warning"] == []
    keys = audited.station.configuration.read([])[0]
    assert {key.key: key.value for key in keys} == dict(twin_with(facts, phases).keys), "a setting was left changed"


FAULTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # what it is tried with, and the causes that are named
    "boot-without-vendor": (BOOTING, ("calls/BootNotification",)),
    "boot-serial-number-too-long": (BOOTING, ("calls/BootNotification",)),
    "boot-with-own-field": (BOOTING, ("calls/BootNotification",)),
    "boot-sent-twice": (BOOTING, ("BootNotification/interval",)),
    "boot-pending-ignored": (BOOTING, ("BootNotification/silence",)),
    "calls-own-extension": (BOOTING, ("BootNotification/silence",)),
    "status-before-boot": (BOOTING, ("BootNotification/not first",)),
    "station-status-missing": (BOOTING, ("StatusNotification/after boot",)),
    "heartbeat-twice": (BOOTING, ("Heartbeat/interval",)),
    "boot-never-sent": (RESETS, ("BootNotification/after reset",)),
    "reset-without-boot": (RESETS, ("BootNotification/after reset",)),
    "reset-without-effect": (RESETS, ("Reset/no effect",)),
    "reset-told-rejected": (RESETS, ("Reset/told Rejected",)),
    "never-answers-reset": (RESETS, ("answers/Reset",)),
    "stop-missing-at-reset": (RESETS, ("StopTransaction/at reset",)),
    "availability-lost-at-reset": (RESETS, ("ChangeAvailability/lost at restart",)),
    "availability-accepted-without-effect": (RESETS, ("ChangeAvailability/no effect",)),
    "unavailable-missing": (RESETS, ("ChangeAvailability/no effect",)),
    "invalid-value-accepted": (SETTINGS, ("ChangeConfiguration/impossible value",)),
    "configuration-change-rejected": (SETTINGS, ("ChangeConfiguration/told Rejected",)),
    "configuration-accepted-without-effect": (SETTINGS, ("ChangeConfiguration/no effect",)),
    "unlock-refused": (LOCKS, ("answers/UnlockConnector",)),
    "unlock-leaves-transaction": (LOCKS, ("UnlockConnector/transaction goes on",)),
    "offline-messages-lost": (OFFLINE, ("offline/messages lost",)),
    "offline-times-of-sending": (OFFLINE, ("offline/times of sending",)),
    "stop-before-start": (OFFLINE, ("offline/order",)),
    "start-of-invalid-tag-goes-on": (OFFLINE, ("StartTransaction/refused goes on",)),
    "stop-missing-after-power-loss": (POWER, ("StopTransaction/after power loss",)),
    "power-loss-told-as-local": (POWER, ("StopTransaction/reason",)),
    "faulted-without-error": (POWER, ("StatusNotification/Faulted without error",)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_its_cases_and_by_no_other(fault: str) -> None:
    cases, causes = FAULTS[fault]
    audited = audit(full_facts(2), faults=[fault], cases=cases)
    failing = tuple(sorted(case for case, outcome in audited.outcomes.items() if outcome == "fail"))
    assert failing == tuple(case for case in found_by(fault) if case in cases)
    assert failing != ()
    assert set(causes) <= set(audited.errors)
    assert audited.report["verdict"] == "deviates"


@pytest.mark.parametrize(
    ("fault", "subject"),
    [("heartbeat-missing", "Heartbeat/none"), ("clock-in-1970", "clock"), ("clock-never-set", "clock")],
)
def test_what_the_specification_only_recommends_is_a_warning(fault: str, subject: str) -> None:
    audited = audit(full_facts(2), faults=[fault], cases=BOOTING)
    assert audited.errors == ()
    assert subject in {finding["subject"] for finding in audited.report["findings"] if finding["severity"] == "warning"}
    assert audited.outcomes == dict.fromkeys(BOOTING, "pass")
    assert found_by(fault) == ()


def test_a_lock_that_is_told_to_have_failed_may_have() -> None:
    audited = audit(full_facts(2), faults=["unlock-told-failed"], cases=["TC_017_1_CS"])
    assert (audited.errors, audited.outcomes) == ((), {"TC_017_1_CS": "partial"})
    warnings = {finding["subject"] for finding in audited.report["findings"] if finding["severity"] == "warning"}
    assert "UnlockConnector/failed" in warnings


def test_a_connector_that_is_never_told_keeps_everything_from_being_asked_and_still_accuses() -> None:
    audited = audit(full_facts(2), faults=["last-connector-forgotten"], cases=ALL)
    assert [case for case, outcome in audited.outcomes.items() if outcome == "fail"] == ["TC_001_CS"]
    assert audited.errors == ("StatusNotification/after boot",)


def test_what_a_person_cannot_do_is_not_exercised() -> None:
    refuses = (Action.POWER_CUT, Action.FAULT, Action.JAM)
    cases = ["TC_024_CS", "TC_030_CS", *POWER]
    audited = audit(full_facts(1), cases=cases, refuses=refuses)
    assert audited.errors == ()
    assert audited.outcomes == dict.fromkeys(cases, "partial")
    assert {reason.partition(":")[0] for reason in audited.reasons.values()} == {"could not be done at the station"}


def test_an_outage_ends_even_when_nobody_presents_a_card() -> None:
    audited = audit(full_facts(1), cases=OFFLINE, refuses=(Action.PRESENT_TAG,))
    assert audited.errors == ()
    assert audited.outcomes == dict.fromkeys(OFFLINE, "partial") | {"TC_036_CS": "pass"}


def test_without_a_person_only_what_needs_none_is_carried_out() -> None:
    audited = audit(facts_with(), cases=ALL, refuses=tuple(Action))
    assert audited.errors == ()
    needs_nobody = (*BOOTING, *SETTINGS, "TC_013_CS", "TC_014_CS", "TC_034_CS", "TC_017_1_CS")
    assert tuple(sorted(case for case, outcome in audited.outcomes.items() if outcome == "pass")) == tuple(sorted(needs_nobody))
