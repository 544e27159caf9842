"""The case catalogue and the scripts agree, both ways, and a selection says what it leaves out."""

from __future__ import annotations

import pytest

from probes.cases.catalogue import DEFAULT_TIERS, case_named, scripted, select, station_cases
from probes.judge import catalogue
from registry.errors import CannotBegin


def test_the_configuration_is_read_before_anything_else() -> None:
    assert scripted()[0].facts.id == "TC_019_CS"


def test_every_case_that_is_carried_out_is_what_some_obligation_is_about_and_the_other_way_round() -> None:
    served = {case for facts in catalogue.obligations().values() for case in facts.cases} - {catalogue.EVERY_CASE}
    assert served == {case.facts.id for case in scripted()}


def test_there_are_107_cases_for_charging_stations() -> None:
    assert len(station_cases()) == 107


def test_what_an_audit_leaves_out_has_a_reason() -> None:
    selection = select(DEFAULT_TIERS, ())
    assert len(selection.run) + len(selection.left_out) == 107
    reasons = {facts.id: reason for facts, reason in selection.left_out}
    assert "needs the tier disruptive" in reasons["TC_013_CS"]


def test_a_selection_by_name_leaves_out_the_others() -> None:
    selection = select(DEFAULT_TIERS, ["tc_019", "062"])
    assert [case.facts.id for case in selection.run] == ["TC_019_CS", "TC_062_CS"]
    assert {facts.id: reason for facts, reason in selection.left_out}["TC_027_CS"] == "not among the cases that were asked for"


@pytest.mark.parametrize("name", ["TC_019_CS", "tc_019_cs", "TC_019", "019", "tc-019"])
def test_cases_may_be_named_shortly(name: str) -> None:
    assert case_named(name).id == "TC_019_CS"


@pytest.mark.parametrize("name", ["", "TC_019_CSMS", "TC_19", "anything"])
def test_a_name_of_no_case(name: str) -> None:
    with pytest.raises(CannotBegin, match="no such case"):
        case_named(name)
