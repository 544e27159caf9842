"""A certificate under another name of the device's vendor, as a reviewer recorded it: it counts, the record is named, nobody is accused."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificates.words import company_key
from registry.matching.aliases import Alias, Aliases, linking
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, Device, Match
from tests.registry.making import EPOCH
from tests.registry.matching.test_match import DEVICE, FULL, LISTED, LISTS, SECURITY

HOLDER, NAME, FORMER = "LINE ELECTRIC CO., LTD.", "LEX", "Former Line Works"
RECORDED = Aliases([Alias(1, HOLDER, NAME, "So says its register.", EPOCH), Alias(2, HOLDER, FORMER, "So says its register.", EPOCH)])
SENTENCE = f"“{NAME}” is recorded as another name of “{HOLDER}”, by a reviewer on 2026-01-01."
UNDER_ITS_NAME = Device(NAME, "LEX007-1CH02CW", "1.3.337")


def held(device: Device, *certificates: Certified, aliases: Aliases = RECORDED) -> Match:
    return match(device, Index(certificates, LISTS, aliases))


@pytest.mark.parametrize("vendor", ["LEX", "lex ltd.", "L.E.X."])
def test_another_name_that_is_recorded_covers_and_is_named(vendor: str) -> None:
    device = replace(UNDER_ITS_NAME, vendor=vendor)
    assert held(device, FULL, aliases=Aliases()).answer is not Answer.COVERED
    found = held(device, FULL, SECURITY)
    assert (found.answer, found.certificates) == (Answer.COVERED, (FULL, SECURITY))
    assert all(reason.sentence.endswith(SENTENCE) for reason in found.reasons)
    assert f"for “{HOLDER}”, is for" in found.sentence, "the certificate is said to be under the name that it has"


def test_two_other_names_of_one_holder_are_one_by_both_records() -> None:
    found = held(UNDER_ITS_NAME, replace(FULL, holder=FORMER))
    assert found.answer is Answer.COVERED
    assert SENTENCE in found.sentence
    assert f"“{FORMER}” is recorded as another name" in found.sentence


def test_a_record_of_who_made_it_is_none_of_a_holder_who_is_another_company_of_that_name() -> None:
    north = Aliases([Alias(1, "Line Electric (North)", NAME, "So says its register.", EPOCH)])
    certificate = replace(FULL, holder="Line Electric (South)", vendor_name=NAME)
    device = replace(DEVICE, vendor="Line Electric (North)")
    assert held(device, certificate, aliases=north).answer is Answer.CANNOT_TELL
    found = held(device, replace(certificate, holder=NAME), aliases=north)
    assert found.answer is Answer.COVERED
    assert f"“{NAME}” is recorded as another name of “Line Electric (North)”" in found.sentence


def test_a_record_joins_two_that_differ_in_brackets_and_no_third() -> None:
    north = "Line Electric (North) Ltd"
    recorded = Aliases([Alias(1, north, "Line Electric", "So says its register.", EPOCH)])
    assert recorded.others("LINE ELECTRIC") == (north,)
    assert recorded.others("Line Electric (South)") == ()
    certificate = replace(FULL, holder=north)
    found = held(replace(DEVICE, vendor="Line Electric"), certificate, aliases=recorded)
    assert found.answer is Answer.COVERED
    assert f"“Line Electric” is recorded as another name of “{north}”" in found.sentence
    for vendor, holder in (("Line Electric", "Line Electric (South)"), ("Line Electric (South)", north)):
        assert held(replace(DEVICE, vendor=vendor), replace(FULL, holder=holder), aliases=recorded).rule == "company-brackets"


def test_a_certificate_under_another_name_goes_together_with_one_under_the_first() -> None:
    found = held(DEVICE, FULL, replace(SECURITY, holder=NAME))
    assert found.profiles == (*FULL.profiles, *SECURITY.profiles)
    assert [SENTENCE in reason.sentence for reason in found.reasons] == [False, True]


def test_what_covers_without_a_record_is_told_without_it() -> None:
    assert held(DEVICE, FULL) == held(DEVICE, FULL, aliases=Aliases())


def test_a_record_accuses_nobody() -> None:
    other = replace(FULL, software_version="V2.0")
    assert held(UNDER_ITS_NAME, other) == held(UNDER_ITS_NAME, other, aliases=Aliases())
    unlike = replace(UNDER_ITS_NAME, model="LX007-1CH02CW")
    assert held(unlike, FULL, aliases=Aliases()).answer is Answer.NOT_COVERED
    softened = held(unlike, FULL)
    assert softened.answer is Answer.CANNOT_TELL
    assert softened.sentence.endswith(SENTENCE)


COMPANIES = (HOLDER, NAME, FORMER, "Somebody Else")
ANSWERS = (Answer.NOT_COVERED, Answer.CANNOT_TELL, Answer.COVERED)


def test_over_many_devices_a_record_only_ever_helps() -> None:
    dice, helped = random.Random(7), 0
    for _ in range(400):
        some = [replace(dice.choice((FULL, SECURITY, LISTED)), number=f"N{number}", holder=dice.choice(COMPANIES)) for number in range(3)]
        some = [replace(one, software_version=dice.choice(("1.3.337", "2.0", None)), withdrawn=dice.random() < 0.2) for one in some]
        device = replace(DEVICE, vendor=dice.choice(COMPANIES), firmware=dice.choice(("1.3.337", "1.3.337 b", None)))
        plain, found = held(device, *some, aliases=Aliases()), held(device, *some)
        assert ANSWERS.index(found.answer) >= ANSWERS.index(plain.answer)
        assert found == plain or any("another name" in reason.sentence for reason in found.reasons)
        helped += found.answer is Answer.COVERED is not plain.answer
    assert helped > 0


@given(st.sampled_from(COMPANIES), st.sampled_from(COMPANIES))
def test_it_makes_no_difference_which_name_comes_first(one: str, other: str) -> None:
    known = RECORDED.of(one)
    assert linking(known, one, other) == linking(RECORDED.of(other), other, one) or not known
    assert (other in RECORDED.others(one)) == (one in RECORDED.others(other)) == bool(linking(known, one, other))
    assert RECORDED.keys([company_key(one)]) == RECORDED.keys(RECORDED.keys([company_key(one)]))
