"""Whole audits with the cases of the local authorization list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ocpp.v16.enums import UpdateStatus

from probes.cases.catalogue import scripted
from probes.cases.prompts import Action
from probes.station.authorisation import LocalList
from probes.wire.reading import read_transcript
from probes.wire.records import Direction, Frame
from registry.certificates.facts import CertificateFacts
from tests.full_matrix import faults
from tests.probes.audits.facts import facts_with, full_facts, twin_with
from tests.probes.audits.rig import Audited, audit

PROFILE = "LocalAuthListManagement"
CASES = tuple(sorted(entry.facts.id for entry in scripted() if entry.facts.profile == PROFILE))
UNCERTIFIED = dict.fromkeys(("TC_042_1_CS", "TC_043_1_CS"), "not applicable")
FAULTS = {fault.name: fault.found_by for fault in faults() if fault.profile == PROFILE}


def audited(facts: CertificateFacts, *wrong: str, keys: Mapping[str, str | None] | None = None) -> Audited:
    return audit(facts, config=twin_with(facts), cases=["TC_019_CS", *CASES], faults=wrong, keys=keys)


def outcomes(done: Audited) -> dict[str, str]:
    return {case: done.outcomes.get(case, "not exercised") for case in CASES}


def sent(done: Audited, action: str) -> int:
    records = read_transcript(done.result.transcript_path)
    return sum(isinstance(r, Frame) and r.direction is Direction.FROM_CSMS and r.action == action for r in records)


def test_every_case_of_the_profile_is_carried_out() -> None:
    assert CASES == ("TC_008_1_CS", "TC_008_2_CS", "TC_042_1_CS", "TC_042_2_CS", "TC_043_1_CS", "TC_043_2_CS", "TC_043_3_CS", "TC_043_CS")


@pytest.mark.parametrize(
    "facts", [full_facts(1), full_facts(2), facts_with(PROFILE)], ids=["one connector", "two connectors", "no other profile"]
)
def test_a_twin_that_is_as_it_should_be_passes(facts: CertificateFacts) -> None:
    done = audited(facts)
    assert outcomes(done) == dict.fromkeys(CASES, "pass") | UNCERTIFIED
    assert (done.report["verdict"], done.errors) == ("conformant", ())
    assert [finding["message"] for finding in done.report["findings"] if finding["severity"] == "warning"] == []
    kept = done.station.identification.local_list
    assert (kept.version, kept.as_json()["entries"]) == (0, {})


def test_a_list_that_is_switched_off_is_switched_on_and_off_again() -> None:
    done = audited(facts_with(PROFILE), keys={"LocalAuthListEnabled": "false"})
    assert [case for case, outcome in outcomes(done).items() if outcome not in {"pass", "not applicable"}] == []
    assert done.station.configuration.text("LocalAuthListEnabled") == "false"


def test_a_long_list_is_not_filled() -> None:
    done = audited(facts_with(PROFILE, keys={"LocalAuthListMaxLength": "5000"}))
    assert done.outcomes["TC_043_3_CS"] == "partial"
    assert done.reasons["TC_043_3_CS"] == "a list of 5000 tags is not filled by an audit"


def test_updates_are_no_longer_than_the_station_takes() -> None:
    done = audited(facts_with(PROFILE, keys={"LocalAuthListMaxLength": "7", "SendLocalListMaxLength": "3"}))
    assert done.outcomes["TC_043_3_CS"] == "pass"


def test_a_list_that_somebody_manages_is_never_touched() -> None:
    done = audited(full_facts(1), "local-list-version-stuck")
    assert sent(done, "SendLocalList") == 0
    assert "is managed there" in done.reasons["TC_043_CS"]
    assert done.errors == ()


def test_a_version_that_stays_is_said_and_the_cases_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalList, "version", property(lambda self: self.as_json()["version"]))
    done = audited(full_facts(1))
    assert done.errors == ()
    assert {case: outcome for case, outcome in outcomes(done).items() if outcome != "pass"} == UNCERTIFIED | {"TC_042_2_CS": "partial"}
    left = [finding["message"] for finding in done.report["findings"] if finding["rule"] == "not-restored"]
    said = "it is empty again, but its version reads 1: the next update from your CSMS must be a full list"
    assert left == [f"the local list (version before: 0) could not be restored: {said}"]
    assert done.station.identification.local_list.as_json()["entries"] == {}


def test_a_station_that_takes_no_lower_version_is_emptied_with_a_higher_one(monkeypatch: pytest.MonkeyPatch) -> None:
    update = LocalList.update

    def strict(kept: LocalList, version: int, *rest: Any, **more: Any) -> UpdateStatus:
        return UpdateStatus.version_mismatch if version <= kept.as_json()["version"] else update(kept, version, *rest, **more)

    monkeypatch.setattr(LocalList, "update", strict)
    done = audited(full_facts(1))
    assert done.errors == ()
    assert [finding["message"] for finding in done.report["findings"] if finding["rule"] == "not-restored"] == []
    assert done.station.identification.local_list.as_json()["entries"] == {}


def test_a_station_without_the_profile_is_only_asked_whether_it_refuses() -> None:
    done = audited(facts_with())
    assert outcomes(done) == dict.fromkeys(CASES, "not applicable") | dict.fromkeys(UNCERTIFIED, "pass")


@pytest.mark.parametrize("action", [Action.PLUG, Action.PRESENT_TAG])
def test_what_the_person_cannot_do_leaves_nothing_listed(action: Action) -> None:
    facts = full_facts(1)
    done = audit(facts, config=twin_with(facts), cases=["TC_019_CS", *CASES], refuses=[action])
    assert done.errors == ()
    assert "fail" not in outcomes(done).values()
    assert done.station.identification.local_list.version == 0
    assert done.station.configuration.text("LocalPreAuthorize") == "false"


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_the_cases_that_its_catalogue_says(fault: str) -> None:
    done = audited(full_facts(2), fault)
    assert sorted(case for case, outcome in done.outcomes.items() if outcome == "fail") == [case for case in FAULTS[fault] if case in CASES]
