"""Many stations at once at the built-in CSMS: what is measured, what is left, and that it counts for nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import pytest

from probes.audit_csms import CentralOptions
from probes.central.load import identities, levels
from probes.judge.catalogue import DATA
from probes.judge.central.load import load_findings, load_rows
from probes.judge.response_times import percentile
from probes.wire.records import EventKind
from registry.certificates.facts import Severity
from registry.errors import CannotBegin
from tests.central_matrix import CERTIFICATES, certificate
from tests.probes.central.rig import Audited, audit
from tests.probes.judge.central.talk import CentralTalk

STEPS = ("BootNotification", "StatusNotification", "Heartbeat", "Authorize", "StartTransaction", "StopTransaction")


@pytest.fixture(scope="module")
def audited() -> Audited:
    """An audit that may bring twelve stations."""
    return audit(certificate(CERTIFICATES[0]), cases=["TC_001"], drives=False, load=12)


def test_each_level_has_every_step_of_every_station(audited: Audited) -> None:
    rows = audited.report["load"]
    assert [(row["stations"], row["registered"]) for row in rows] == [(10, 10), (12, 12)]
    for row in rows:
        counts = {step["step"]: (step["count"], step["unanswered"], step["refused"]) for step in row["steps"]}
        once = row["stations"]
        assert counts == {step: (once * (2 if step == "StatusNotification" else 1), 0, 0) for step in STEPS}
        assert all(step["median"] <= step["p95"] <= step["max"] for step in row["steps"])


def test_the_report_follows_its_schema(audited: Audited) -> None:
    schema = json.loads((DATA.parent / "schemas" / "audit_report.json").read_text(encoding="utf-8"))
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(audited.report)] == []


def test_its_calls_count_for_no_row_of_the_certificate_and_for_no_case(audited: Audited) -> None:
    alone = audit(certificate(CERTIFICATES[0]), cases=["TC_001"], drives=False).report
    assert audited.report["performance"] == alone["performance"]
    assert [case["outcome"] for case in audited.report["cases"]] == ["pass"]
    assert audited.report["verdict"] == "conformant"


def test_the_stations_are_recognisable_and_leave_nothing_open(audited: Audited) -> None:
    brought = [state for state in audited.csms.states if state.identity != "CP1"]
    assert {state.identity for state in brought} == set(identities("CP1-LOAD-", 12))
    transactions = [each for state in brought for each in state.transactions.values()]
    assert len(transactions) == 22
    assert all(each.meter_stop is not None for each in transactions)
    assert [each for each in audited.report["findings"] if each["rule"] == "not-restored"] == []


def test_nothing_is_brought_without_being_allowed() -> None:
    report = audit(certificate(CERTIFICATES[0]), cases=["TC_001"], drives=False).report
    assert report["load"] == []
    assert CentralOptions().load == 0


def test_stations_that_are_not_let_in_end_it_with_a_note() -> None:
    report = audit(certificate(CERTIFICATES[0]), cases=["TC_001"], drives=False, load=100, known=["CP1"]).report
    assert [(row["stations"], row["registered"]) for row in report["load"]] == [(10, 0)]
    assert any("only 0 were registered" in note for note in report["notes"])
    assert report["verdict"] == "conformant"


@pytest.mark.parametrize(("most", "steps"), [(0, ()), (5, (5,)), (10, (10,)), (150, (10, 100, 150)), (1000, (10, 100, 1000))])
def test_the_levels(most: int, steps: tuple[int, ...]) -> None:
    assert levels(most) == steps


@pytest.mark.parametrize("most", [-1, 1001])
def test_more_than_is_ever_brought_is_refused(most: int) -> None:
    with pytest.raises(CannotBegin, match="an audit brings 1 to 1000"):
        levels(most)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], None), ([3.0], 3.0), ([float(number) for number in range(1, 101)], 95.0), ([1.0, 2.0], 2.0)],
)
def test_the_share_of_values_that_is_not_exceeded(values: list[float], expected: float | None) -> None:
    assert percentile(values, 0.95) == expected


def _under_load(answer: Mapping[str, Any] | str, after: float) -> CentralTalk:
    talk = CentralTalk()
    talk.event()
    load: dict[str, Any] = {"load": ["CP1"]}
    talk.event(EventKind.AUDIT, load | {"step": "begin"})
    talk.registers()
    for _ in range(3):
        talk.says("Heartbeat", {}, answer, after=after)
    talk.event(EventKind.AUDIT, load | {"step": "end"})
    return talk


def test_a_certified_time_that_is_exceeded_under_load_is_a_note() -> None:
    view = _under_load({"currentTime": "2026-01-01T00:00:00Z"}, 12.0).central()
    findings = list(load_findings(view, load_rows(view)))
    assert [(each.severity, each.subject) for each in findings] == [(Severity.NOTE, "load/1/Heartbeat")]


def test_who_refuses_under_load_is_not_accused() -> None:
    talk = _under_load("InternalError", 0.0)
    assert talk.verdicts("central-sound-call-is-served") == []
    assert [step.refused for row in load_rows(talk.central()) for step in row.steps if step.step == "Heartbeat"] == [3]


@pytest.mark.parametrize("also", [("CP1",), ("CP2", "CP2"), ("",)])
def test_further_stations_have_identities_of_their_own(also: tuple[str, ...]) -> None:
    with pytest.raises(CannotBegin, match="name each once"):
        audit(certificate(CERTIFICATES[0]), cases=["TC_001"], also=also)
