"""A certificate under another name of the offered vendor, as a reviewer recorded it: it counts, is named, and accuses nobody."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from registry.matching.aliases import Alias, Aliases
from registry.requirements.evaluation import Answer
from registry.requirements.model import KeyValue
from registry.requirements.offers import Held
from tests.registry.making import EPOCH
from tests.registry.requirements import test_never_wrong as trials
from tests.registry.requirements.making import BOTH, CORE, OFFER, SECURITY, judged

HOLDER, NAME = "Holder One Co., Ltd.", "Trading As GmbH"
RECORDED = (Alias(1, HOLDER, NAME, "So says its register.", EPOCH),)
UNDER_THE_OTHER = Held(replace(SECURITY, holder=NAME), known_as=RECORDED)
SENTENCE = f"“{NAME}” is another name of “{HOLDER}”, as a reviewer recorded on 2026-01-01"


@pytest.mark.parametrize("vendor", ["Holder One", "HOLDER ONE CO., LTD"])
def test_what_is_certified_under_another_name_counts_and_the_record_is_named(vendor: str) -> None:
    offer = replace(OFFER, holder=vendor)
    without = judged(BOTH, offer, CORE, replace(SECURITY, holder=NAME))
    verdict = judged(BOTH, offer, CORE, UNDER_THE_OTHER)
    assert (without.answer, verdict.answer) == (Answer.WOULD_MEET_WITH, Answer.MEETS)
    assert verdict.reasons[-1].text == SENTENCE
    assert not any(SENTENCE in reason.text for reason in without.reasons)


def test_two_names_of_a_third_are_one_by_both_records() -> None:
    recorded = (*RECORDED, Alias(2, HOLDER, "Formerly", "So says its register.", EPOCH))
    both = (Held(replace(CORE, holder="Formerly"), known_as=recorded), replace(UNDER_THE_OTHER, known_as=recorded))
    verdict = judged(BOTH, replace(OFFER, holder="formerly"), *both)
    assert verdict.answer is Answer.MEETS
    assert [SENTENCE in reason.text for reason in verdict.reasons].count(True) == 1
    assert any("“Formerly” is another name" in reason.text for reason in verdict.reasons)


def test_a_record_that_no_certificate_needs_is_not_named() -> None:
    verdict = judged(BOTH, OFFER, CORE, SECURITY, UNDER_THE_OTHER)
    assert verdict.answer is Answer.MEETS
    assert not any("another name" in reason.text for reason in verdict.reasons)


def test_what_a_certificate_under_another_name_says_is_not_held_against_an_offer() -> None:
    asks = KeyValue("interval", "HeartbeatInterval", at_least=300)
    other = Held(replace(CORE, number="OCA.0016.9003.CS", holder=NAME, configuration_keys={"HeartbeatInterval": "60"}), known_as=RECORDED)
    assert judged(asks, OFFER, CORE).answer is Answer.MEETS
    assert judged(asks, OFFER, CORE, other) == judged(asks, OFFER, CORE)


def test_a_record_of_who_made_it_decides_nothing_where_the_holder_is_another_company() -> None:
    """The certificate is held in one place, and the other's trading name, which is recorded, is that of who made what was tested."""
    north = Alias(1, "Holder One (North)", NAME, "So says its register.", EPOCH)
    certificates = [Held(replace(one, holder="Holder One (South)", vendor_name=NAME), known_as=(north,)) for one in (CORE, SECURITY)]
    offer = replace(OFFER, holder="Holder One (North)")
    assert judged(BOTH, offer, *certificates).answer is Answer.CANNOT_TELL
    verdict = judged(BOTH, offer, *(replace(each, facts=replace(each.facts, holder=NAME)) for each in certificates))
    assert verdict.answer is Answer.MEETS
    assert any(f"“{NAME}” is another name of “{north.holder}”" in reason.text for reason in verdict.reasons)


def test_a_record_never_makes_an_answer_worse() -> None:
    """Over offers and certificates made at random, of which each names one of two companies that are recorded as one."""
    recorded = Aliases([Alias(1, *trials.HOLDERS[:2], "Said so.", EPOCH)])
    better = 0
    order = (Answer.DOES_NOT_MEET, Answer.WOULD_MEET_WITH, Answer.CANNOT_TELL, Answer.MEETS)
    for seed in range(300):
        dice = random.Random(seed)
        held, offer = trials.registry(dice), trials.offered(dice)
        plain = judged(BOTH, offer, *held)
        known = judged(BOTH, offer, *(replace(one, known_as=recorded.of(one.facts.holder)) for one in held))
        assert order.index(known.answer) >= order.index(plain.answer), seed
        assert known == plain or any("is another name of" in reason.text for reason in known.reasons)
        better += known != plain
    assert better > 0
