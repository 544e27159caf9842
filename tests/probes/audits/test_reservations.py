"""Whole audits with the cases of reservations: twins that are as they should be, and twins that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from probes.cases.catalogue import scripted
from probes.cases.prompts import Action
from probes.wire.reading import read_transcript
from probes.wire.records import Frame
from registry.certificates.facts import CertificateFacts
from tests.full_matrix import faults
from tests.probes.audits.facts import facts_with, full_facts, twin_with
from tests.probes.audits.rig import Audited, audit

CASES = tuple(sorted(entry.facts.id for entry in scripted() if entry.facts.profile == "Reservation"))
UNCERTIFIED = {"TC_048_4_CS": "not applicable"}
WITHOUT_ZERO = {"TC_050_4_CS": "not applicable"}
OF_ZERO = ("TC_049_CS", "TC_050_1_CS", "TC_050_2_CS", "TC_050_3_CS")
FAULTS = {fault.name: fault.found_by for fault in faults() if fault.profile == "Reservation"}


def audited(facts: CertificateFacts, *wrong: str, keys: Mapping[str, str | None] | None = None) -> Audited:
    return audit(facts, config=twin_with(facts), cases=["TC_019_CS", *CASES], faults=wrong, keys=keys)


def outcomes(done: Audited) -> dict[str, str]:
    return {case: done.outcomes.get(case, "not exercised") for case in CASES}


def warnings(done: Audited) -> list[str]:
    return [finding["message"] for finding in done.report["findings"] if finding["severity"] == "warning"]


def test_every_case_of_the_profile_is_carried_out() -> None:
    assert len(CASES) == 16


@pytest.mark.parametrize(
    "facts",
    [full_facts(1), full_facts(2), full_facts(1, fixed_cable=True), facts_with("Reservation")],
    ids=["one connector", "two connectors", "fixed cable", "no other profile"],
)
def test_a_twin_that_is_as_it_should_be_passes(facts: CertificateFacts) -> None:
    done = audited(facts)
    assert outcomes(done) == dict.fromkeys(CASES, "pass") | UNCERTIFIED | WITHOUT_ZERO
    assert (done.report["verdict"], done.errors, warnings(done)) == ("conformant", (), [])
    assert done.station.reservations.all() == ()


@pytest.mark.parametrize("value", [None, "false"])
def test_where_any_connector_cannot_be_reserved_that_is_refused(value: str | None) -> None:
    done = audited(facts_with("Reservation", keys={"ReserveConnectorZeroSupported": value}))
    assert outcomes(done) == dict.fromkeys(CASES, "pass") | UNCERTIFIED | dict.fromkeys(OF_ZERO, "not applicable")
    assert done.errors == ()


def test_a_station_that_holds_statuses_back_is_waited_for() -> None:
    done = audited(facts_with("Reservation", keys={"MinimumStatusDuration": "5"}))
    assert [case for case, outcome in outcomes(done).items() if outcome not in {"pass", "not applicable"}] == []
    assert done.errors == ()


def test_a_station_that_holds_statuses_back_for_long_is_not_accused() -> None:
    done = audited(facts_with("Reservation", keys={"MinimumStatusDuration": "20"}))
    assert (done.errors, "fail" in outcomes(done).values()) == ((), False)
    assert outcomes(done)["TC_047_CS"] == outcomes(done)["TC_051_CS"] == "pass"


def test_a_station_without_the_profile_is_only_asked_whether_it_refuses() -> None:
    done = audited(facts_with())
    assert outcomes(done) == dict.fromkeys(CASES, "not applicable") | {"TC_048_4_CS": "pass"}
    asked = [record.action for record in read_transcript(done.result.transcript_path) if isinstance(record, Frame)]
    assert asked.count("ReserveNow") == 2


def test_a_station_that_is_configured_to_take_no_reservations_is_not_accused() -> None:
    facts = full_facts(1)
    config = replace(twin_with(facts), takes_reservations=False)
    done = audit(facts, config=config, cases=["TC_019_CS", *CASES])
    assert done.errors == ()
    assert {outcome for case, outcome in outcomes(done).items()} == {"partial", "not applicable"}
    assert any("was answered Rejected" in text for text in warnings(done))


@pytest.mark.parametrize("action", [Action.PLUG, Action.PRESENT_TAG, Action.FAULT])
def test_what_the_person_cannot_do_leaves_nothing_reserved(action: Action) -> None:
    facts = full_facts(1)
    done = audit(facts, config=twin_with(facts), cases=["TC_019_CS", *CASES], refuses=[action])
    assert done.errors == ()
    assert "fail" not in outcomes(done).values()
    assert done.station.reservations.all() == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_the_cases_that_its_catalogue_says(fault: str) -> None:
    done = audited(full_facts(2), fault)
    assert sorted(case for case, outcome in done.outcomes.items() if outcome == "fail") == [case for case in FAULTS[fault] if case in CASES]


def test_a_reservation_that_stays_is_said() -> None:
    done = audited(full_facts(1), "cancel-without-effect")
    assert done.errors == ("CancelReservation/no effect",)
    assert any("still told to be Reserved" in text and "ends by itself" in text for text in warnings(done))


def test_a_reservation_that_was_denied_and_made_is_undone() -> None:
    done = audited(full_facts(1), "reservation-always-rejected")
    assert done.errors == ("ReserveNow/refused and reserved",)
    assert any("although it had answered Rejected; it was undone at once" in text for text in warnings(done))
    assert done.station.reservations.all() == ()
