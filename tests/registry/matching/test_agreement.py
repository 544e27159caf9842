"""The fleet and the requirement sets look at the same certificates in two ways: they never contradict each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificates.facts import CertificateFacts
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device
from registry.matching.revisions import held_now
from registry.matching.spelling import is_in_other_letters
from registry.requirements.coverage import covers
from registry.requirements.offers import Held, Offer
from registry.requirements.truth import Truth, all_of
from tests.registry.matching.test_match import DEVICE, FULL, LISTS
from tests.registry.matching.test_properties import CERTIFICATES, DEVICES, LISTED, SETS, VERSIONS
from tests.registry.matching.test_spellings import CUT, MODELS

NUMBER = "OCA.0016.0001.CS"
PROFILES = {"profiles", "profiles.Core"}


def with_core(one: Certified) -> Certified:
    """A station's certificate that attests Core, for which requirement sets have a rule of its own."""
    return replace(one, role="CS", profiles=("Core",), unread=one.unread - PROFILES, doubted=one.doubted - PROFILES)


def held(one: Certified, among: list[Certified]) -> Held:
    """The certificate as requirement sets look at it."""
    facts = CertificateFacts(
        number=one.number,
        revision=one.revision,
        holder=one.holder,
        vendor_name=one.vendor_name,
        designation=one.designation,
        model=one.model,
        software_version=one.software_version,
    )
    dated = {other.revision or "": other.day for other in among if other.number == one.number}
    overtaken = held_now(dated, one.revision or "")
    return Held(facts, one.unread | one.doubted, has_document=one.document, is_withdrawn=one.withdrawn, held_now=overtaken)


def truths(device: Device, certificates: list[Certified]) -> dict[str, Truth]:
    """Whether each certificate covers the device, by the requirement sets."""
    offer = Offer(holder=device.vendor, model=device.model, software_version=device.firmware)
    return {one.name: all_of(seen.truth for seen in covers(offer, held(one, certificates))) for one in certificates}


@given(DEVICES, SETS, LISTED)
def test_the_fleet_never_denies_what_requirement_sets_see_covered(
    device: Device, certificates: list[Certified], listed: dict[str, CurrentList]
) -> None:
    plain, stations = replace(device, hardware={}), [with_core(one) for one in certificates]
    seen = truths(plain, stations)
    found = match(plain, Index(stations, listed))
    if Truth.TRUE in seen.values():
        assert found.answer is Answer.COVERED
    if found.answer is Answer.NOT_COVERED:
        assert Truth.TRUE not in seen.values()
    for one in found.certificates:
        assert seen[one.name] is not Truth.FALSE


@given(DEVICES, CERTIFICATES, st.sampled_from([None, "update-1"]), VERSIONS)
def test_of_two_revisions_both_take_the_one_that_holds(device: Device, one: Certified, revision: str | None, version: str) -> None:
    plain = replace(device, hardware={})
    first = replace(with_core(one), number=NUMBER, revision="update-2")
    second = replace(first, revision=revision, software_version=version, day=first.day.replace(day=9) if first.day else None)
    seen = truths(plain, [first, second])
    found = match(plain, [first, second])
    assert (found.answer is Answer.COVERED) >= (Truth.TRUE in seen.values())
    if first.day is not None:
        assert {one.name for one in found.certificates} == {name for name, truth in seen.items() if truth is Truth.TRUE}


@pytest.mark.parametrize("model", [*MODELS, "LEX007-1CHO2CW", "LEX007-1CH02CWB", "LEX 007 1CHO2CW", "LEX007/1CH02CW/EU", "LEX007"])
def test_a_model_of_which_the_fleet_is_in_doubt_is_held_against_no_offer(model: str) -> None:
    for one, other in ((model, FULL.model), (FULL.model, model)):
        certificate, device = replace(FULL, model=one, designation=one), replace(DEVICE, model=other)
        assert match(device, Index([certificate], LISTS)).answer is Answer.CANNOT_TELL
        assert truths(device, [certificate]) == {certificate.name: Truth.UNKNOWN}


@pytest.mark.parametrize(
    ("vendor", "holder"),
    [*CUT, ("Lien Electric", "Line Electric"), ("에이프로", "A-Pro"), ("A-Pro", "에이프로"), ("Line", "Line Electric")],
)
def test_a_vendor_of_whom_the_fleet_is_in_doubt_is_held_against_no_offer(vendor: str, holder: str) -> None:
    certificate, device = replace(FULL, holder=holder), replace(DEVICE, vendor=vendor)
    assert match(device, Index([certificate], LISTS)).answer is Answer.CANNOT_TELL
    if not is_in_other_letters(holder):
        assert match(replace(device, model="ZZ-1"), Index([certificate], LISTS)).answer is Answer.CANNOT_TELL
    assert truths(device, [certificate]) == {certificate.name: Truth.UNKNOWN}


@pytest.mark.parametrize("model", ["LEX007-2CH02CW", "LEX022-1CH02CW", "ZZ-1"])
def test_another_figure_is_another_product_for_both(model: str) -> None:
    device = replace(DEVICE, model=model)
    assert match(device, Index([FULL], LISTS)).answer is Answer.NOT_COVERED
    assert truths(device, [FULL]) == {FULL.name: Truth.FALSE}
