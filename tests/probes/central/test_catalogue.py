"""The cases for central systems, their scripts and what is owed in them agree, both ways."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from probes.central.catalogue import case_named, central_cases, scripted, select
from probes.judge.catalogue import DATA, EVERY_CASE, case_actions, central_obligations
from probes.judge.central.bench import ATTEMPT_JUDGES, EXCHANGE_JUDGES, FRAME_JUDGES, VIEW_JUDGES, WISH_JUDGES
from probes.judge.central.judging import DEFINED_IN
from registry.errors import CannotBegin

FILES = sorted((DATA / "central_obligations").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_what_is_owed_follows_its_schema(path: Path) -> None:
    schema = json.loads((DATA.parent / "schemas" / "central_obligations.json").read_text(encoding="utf-8"))
    jsonschema_rs.validator_for(schema).validate(json.loads(path.read_text(encoding="utf-8")))


def test_every_obligation_has_a_judge_and_every_judge_an_obligation() -> None:
    assert DEFINED_IN
    judged = [*FRAME_JUDGES, *EXCHANGE_JUDGES, *ATTEMPT_JUDGES, *WISH_JUDGES, *VIEW_JUDGES]
    assert sorted(judged) == sorted(central_obligations())


def test_every_case_that_is_carried_out_is_what_some_obligation_is_about_and_the_other_way_round() -> None:
    served = {case for facts in central_obligations().values() for case in facts.cases} - {EVERY_CASE}
    assert served == {case.facts.id for case in scripted()}
    seen = {case for facts in central_obligations().values() for case in facts.when_seen}
    assert seen <= served


def test_there_are_77_cases_for_central_systems_and_each_is_carried_out_or_said_not_to_be() -> None:
    assert len(central_cases()) == 77
    selection = select(())
    assert len(selection.run) + len(selection.left_out) == 77
    assert all(reason for _, reason in selection.left_out)


def test_what_our_station_can_do_alone_comes_before_what_somebody_must_be_asked_for() -> None:
    ways = [case.facts.way for case in scripted()]
    assert ways == sorted(ways, key=("cp-driven", "tls", "operator-trigger").index)
    assert scripted()[0].facts.id == "TC_001_CSMS"


def test_a_case_for_which_something_must_be_sent_is_about_that() -> None:
    for case in scripted():
        if case.facts.way == "operator-trigger":
            assert case_actions()[case.facts.id], case.facts.id
            assert central_obligations()["central-request-as-asked"].is_about(case.facts.id), case.facts.id


@pytest.mark.parametrize("name", ["TC_010_CSMS", "tc_010_csms", "TC_010", "010", "tc-010"])
def test_cases_may_be_named_shortly(name: str) -> None:
    assert case_named(name).id == "TC_010_CSMS"


@pytest.mark.parametrize("name", ["", "TC_010_CS", "TC_10", "anything"])
def test_a_name_of_no_case(name: str) -> None:
    with pytest.raises(CannotBegin, match="no such case"):
        case_named(name)
