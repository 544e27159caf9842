"""Whole audits of the built-in CSMS: clean twins pass what our station can see of Core by itself, and each fault is found by its cases."""

from __future__ import annotations

import pytest

from tests.central_matrix import CERTIFICATES, Fault, certificate, faults
from tests.probes.central.rig import TAGS, audit
from tests.sampling import sampled

ALONE = tuple(
    f"TC_{number}_CSMS"
    for number in "001 003 004_1 004_2 005_1 007 023_1 023_2 023_3 024 032_1 037_1 037_3 039 064 088".split()  # noqa: SIM905 - reads as a list
)
"""The cases that our station can carry out without the central system's being asked for anything."""


@pytest.mark.parametrize("number", CERTIFICATES)
def test_a_clean_twin_passes_all_of_them(number: str) -> None:
    audited = audit(certificate(number), cases=ALONE, drives=False)
    assert audited.outcomes == dict.fromkeys(ALONE, "pass")
    assert [finding for finding in audited.report["findings"] if finding["severity"] != "note"] == []
    assert audited.report["verdict"] == "conformant"


WITHOUT_TAGS = {"TC_001_CSMS", "TC_088_CSMS", "TC_023_1_CSMS", "TC_037_3_CSMS", "TC_064_CSMS"}


def test_without_tags_what_needs_one_is_not_exercised() -> None:
    audited = audit(certificate(CERTIFICATES[0]), cases=ALONE, drives=False, tags=())
    assert audited.outcomes == dict.fromkeys(WITHOUT_TAGS, "pass")
    assert {each["id"] for each in audited.report["not_exercised"]} >= set(ALONE) - WITHOUT_TAGS


FOUND = [fault for fault in faults() if fault.found_by and set(fault.found_by) <= set(ALONE)]


@pytest.mark.parametrize("fault", sampled(FOUND, 4, "name"))
def test_each_fault_is_found_by_its_cases_alone(fault: Fault) -> None:
    outcomes = audit(certificate(CERTIFICATES[2]), cases=ALONE, drives=False, faults=[fault.name]).outcomes
    assert tuple(sorted(case for case, outcome in outcomes.items() if outcome == "fail")) == fault.found_by


def test_there_are_faults_to_find_and_tags_to_find_them_with() -> None:
    assert len(FOUND) > 20
    assert len(TAGS) == 6
