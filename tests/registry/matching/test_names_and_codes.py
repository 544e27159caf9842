"""Part numbers and names for the market: nothing in either says that they are of one product, so neither denies the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device
from registry.matching.spelling import is_name_and_code
from registry.requirements.coverage import covers
from registry.requirements.offers import Offer
from registry.requirements.truth import Truth, all_of
from tests.registry.matching.test_agreement import held

LISTS = {"CS": CurrentList(300, date(2026, 5, 4))}
NAMED = Certified("OCA.0016.9001.CS", "Lichtwerk GmbH", "Lumen Home", "1.0", "CS", protocol="OCPP 1.6", profiles=("Core",))
CODED = replace(NAMED, designation="LW22T2S-KR")


def answer(one: Certified, model: str, firmware: str = "1.0", *others: Certified) -> Answer:
    return match(Device("Lichtwerk", model, firmware), Index([one, *others], LISTS)).answer


def offered(one: Certified, model: str) -> Truth:
    offer = Offer(holder="Lichtwerk", model=model, software_version="1.0", certificates=(str(one.number),))
    return all_of(seen.truth for seen in covers(offer, held(one, [one])))


@pytest.mark.parametrize("model", ["G4-M5320E-F1", "EVB3S22N40", "lw22t2s"])
def test_a_part_number_is_not_denied_by_a_name(model: str) -> None:
    assert answer(NAMED, model) is Answer.CANNOT_TELL
    assert offered(NAMED, model) is Truth.UNKNOWN


@pytest.mark.parametrize("model", ["Pulsar Plus", "Satellite"])
def test_nor_is_a_name_by_a_part_number(model: str) -> None:
    assert answer(CODED, model) is Answer.CANNOT_TELL
    assert offered(CODED, model) is Truth.UNKNOWN


@pytest.mark.parametrize("model", ["Pulsar Plus 22 kW", "Pulsar Plus 7,4kW", "Pulsar Plus AC22kW", "Pulsar P30"])
def test_neither_a_power_nor_a_part_of_the_number_makes_a_name_a_part_number(model: str) -> None:
    coded = replace(NAMED, designation="KC-P30-ES240022")
    assert answer(coded, model) is Answer.CANNOT_TELL
    assert offered(coded, model) is Truth.UNKNOWN


@pytest.mark.parametrize("model", ["Pulsar P31", "Pulsar 30"])
def test_a_figure_that_the_part_number_has_not_does(model: str) -> None:
    assert answer(replace(NAMED, designation="KC-P30-ES240022-30"), model) is Answer.NOT_COVERED


@pytest.mark.parametrize(("one", "model"), [(NAMED, "Pulsar Plus"), (CODED, "EVB3S22N40"), (CODED, "LW11T2S-KR")])
def test_two_of_one_kind_tell_each_other_apart(one: Certified, model: str) -> None:
    assert answer(one, model) is Answer.NOT_COVERED
    assert offered(one, model) is Truth.FALSE


@pytest.mark.parametrize("model", ["LWBX", "LWBX Series", "lwbx 22 kW"])
def test_the_name_of_a_range_denies_none_of_its_models(model: str) -> None:
    coded = replace(NAMED, designation="LWBX22T2S-KR")
    assert answer(coded, model) is Answer.CANNOT_TELL
    assert offered(coded, model) is Truth.UNKNOWN


@pytest.mark.parametrize(("designation", "model"), [("LWBX22T2S-KR", "LWBX 11K"), ("LWBXA22T2S-KR", "LWBX"), ("LWB22T2S-KR", "LWBX")])
def test_what_goes_on_otherwise_is_of_another_range(designation: str, model: str) -> None:
    found = answer(replace(NAMED, designation=designation), model)
    assert (found is Answer.NOT_COVERED) == (designation != "LWB22T2S-KR")


def test_a_derivative_is_found_beside_products_with_names() -> None:
    own = replace(CODED, number="OCA.0016.9002.CS")
    assert answer(NAMED, "LW22T3S-KR", "1.0", own) is Answer.NOT_COVERED


def test_another_version_leaves_nothing_open() -> None:
    assert answer(NAMED, "G4-M5320E-F1", "2.0") is Answer.NOT_COVERED
    assert answer(replace(NAMED, document=False), "G4-M5320E-F1", "2.0") is Answer.CANNOT_TELL


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_is_ever_covered_by_that(name: str, model: str) -> None:
    if is_name_and_code(name, model):
        assert answer(replace(NAMED, designation=name), model) is not Answer.COVERED
