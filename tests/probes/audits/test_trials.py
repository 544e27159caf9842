"""What is tried beside the cases, in whole audits: when, and that nothing of it stays behind."""

from __future__ import annotations

from typing import Any

import pytest

from probes.cases.catalogue import DEFAULT_TIERS, TIERS, trials_within
from probes.judge.trials import trial_catalogue
from tests.probes.audits.facts import full_facts, secured_facts, twin_with
from tests.probes.audits.rig import audit

LABORATORY_ALONE = {"unknown-action", "missing-field", "wrong-type", "slow-answers", "failing-answers", "untrusted-central-system"}


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {trial["id"]: trial["outcome"] for trial in report["trials"]}


@pytest.mark.parametrize("tiers", [DEFAULT_TIERS, ("passive",), tuple(tier for tier in TIERS if tier not in {"laboratory", "disruptive"})])
def test_a_station_in_service_gets_nothing_of_it(tiers: tuple[str, ...]) -> None:
    assert trials_within(tiers) == ()


def test_malformed_calls_are_for_laboratories_alone() -> None:
    within = {trial.facts.id for trial in trials_within([tier for tier in TIERS if tier != "laboratory"])}
    assert within == {"availability-during-transaction", "state-over-restart"}
    assert {facts.id for facts in trial_catalogue().values() if "laboratory" in facts.tiers} >= LABORATORY_ALONE


def test_who_asks_for_single_cases_gets_nothing_beside_them() -> None:
    assert audit(full_facts(1), cases=["TC_019_CS"]).report["trials"] == []


def test_a_clean_twin_passes_and_is_left_as_it_was() -> None:
    facts = secured_facts(3)
    config = twin_with(facts)
    audited = audit(facts, config=config, profile=3)
    expected = dict.fromkeys(trial_catalogue(), "pass") | {"managed-local-list": "not exercised"}
    assert outcomes(audited.report) == expected, audited.report["trials"]
    assert [finding["message"] for finding in audited.report["findings"] if finding["rule"] == "not-restored"] == []
    keys = {key.key: key.value for key in audited.station.configuration.read([])[0]}
    assert {key: value for key, value in keys.items() if config.keys.get(key) != value} == {}
    assert all(connector.status == "Available" for connector in audited.station.connectors.values())
    shown = [each for each in audited.report["trials"] if each["id"] == "untrusted-central-system"]
    assert "left a central system" in shown[0]["reason"]


@pytest.mark.parametrize(
    ("fault", "trial", "outcome"),
    [
        ("unknown-action-kills-station", "unknown-action", "remark"),
        ("missing-field-accepted", "missing-field", "remark"),
        ("two-calls-at-once", "slow-answers", "remark"),
        ("charging-profiles-lost-at-reset", "state-over-restart", "fail"),
        ("availability-scheduled-told-accepted", "availability-during-transaction", "fail"),
        ("local-list-version-stuck", "managed-local-list", "remark"),
    ],
)
def test_a_fault_shows_in_its_trial_and_in_no_other(fault: str, trial: str, outcome: str) -> None:
    audited = audit(full_facts(1), config=twin_with(full_facts(1)), faults=[fault])
    told = {name: each for name, each in outcomes(audited.report).items() if each in {"remark", "fail", "error"}}
    assert told == {trial: outcome}
    assert "fail" not in audited.outcomes.values()
