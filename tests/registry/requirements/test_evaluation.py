"""Verdicts: the cases that buyers meet, and what has to hold of all of them, against a slow one that tries every possibility."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificates.facts import CertificateFacts
from registry.requirements.evaluation import Answer, evaluate
from registry.requirements.model import AllOf, AnyOf, Certified, Given, KeyValue, Other, Pics, Readings, Rule
from registry.requirements.offers import Evidence, Held, Offer
from registry.requirements.reading import shipped
from tests.registry.requirements.making import BOTH, CORE, OFFER, SECURITY, TODAY, UNHURRIED, judged, rules


@pytest.mark.parametrize(
    "certificates",
    [
        (CORE, SECURITY),
        (replace(CORE, kind="Full + Security", profiles={"Core": "Pass", "Security": "Pass"}),),
        (replace(CORE, kind="Core + S", profiles={"Core": "Pass", "Advanced Security": "Pass"}),),
        (replace(CORE, kind="Core + S", protocol="OCPP 2.0.1", profiles={"Core": "Pass", "Advanced Security": "Pass"}),),
    ],
)
def test_old_and_new_certificates_of_core_and_security_are_the_same(certificates: Sequence[CertificateFacts]) -> None:
    verdict = judged(BOTH, OFFER, *certificates)
    assert verdict.answer is Answer.MEETS
    decided = {(fact.certificate, fact.field, fact.value) for fact in verdict.facts}
    assert {(each.number, "software_version", "V1.3.337") for each in certificates} <= decided
    assert ("OCA.0016.9001.CS", "profiles.Core", "Pass") in decided
    assert {reason.clause for reason in verdict.reasons} == {"both", "Set: what it is about"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"software_version": "V1.3.338"}, "Security of OCPP 1.6 is not covered"),
        ({"protocol": "OCPP 2.0.1"}, "is not covered"),
    ],
)
def test_certificates_that_do_not_go_together_do_not_count_together(changed: dict[str, Any], said: str) -> None:
    verdict = judged(BOTH, OFFER, CORE, replace(SECURITY, **changed))
    assert verdict.answer is Answer.WOULD_MEET_WITH
    assert said in verdict.reasons[0].text
    assert "a certificate of Security (OCPP 1.6) for M-1 at software version 1.3.337" in verdict.needed


@pytest.mark.parametrize(
    "held",
    [
        Held(SECURITY, unread=frozenset({"profiles.Security"})),
        Held(SECURITY, unread=frozenset({"software_version"})),
        Held(replace(SECURITY, software_version=None), unread=frozenset({"software_version"})),
        Held(SECURITY, unread=frozenset({"protocol"})),
        Held(SECURITY, unread=frozenset({"role"})),
        Held(SECURITY, unread=frozenset({"designation"})),
        Held(replace(SECURITY, profiles=None)),
        Held(replace(SECURITY, profiles={"Security": None})),
        Held(replace(SECURITY, profiles={"Security": "N/A"})),
        Held(replace(SECURITY, profiles={})),
        Held(replace(SECURITY, profiles={"Security": "Pass", "Advanced Security": "N/A"})),
        Held(replace(SECURITY, profiles=None), has_document=False),
        Held(SECURITY, is_withdrawn=True),
        Held(SECURITY, held_now="update-2025-12-12"),
        Held(SECURITY, held_now=""),
        Held(SECURITY, held_now="?"),
        Held(replace(SECURITY, designation="M 1")),
        Held(replace(SECURITY, designation="M-1-A")),
        Held(replace(SECURITY, software_version="FW V1.3.337 (eu)")),
        Held(replace(SECURITY, holder="Holder One Group")),
    ],
    ids=lambda held: (
        f"{held.facts.designation} {held.facts.software_version} {held.facts.profiles} {sorted(held.unread)} {held.has_document}"
        f" {held.held_now}"
    ),
)
def test_what_is_not_known_for_sure_is_neither_met_nor_missed(held: Held) -> None:
    for offer in (OFFER, replace(OFFER, certificates=("OCA.0016.9001.CS", "OCA.0016.9002.CS"))):
        verdict = judged(BOTH, offer, CORE, held)
        assert verdict.answer is Answer.CANNOT_TELL
        assert verdict.missing


def test_without_version_model_or_certificate_nothing_can_be_told() -> None:
    for offer in (replace(OFFER, software_version=None), replace(OFFER, model=None), replace(OFFER, holder=None), Offer()):
        assert judged(BOTH, offer, CORE, SECURITY).answer is Answer.CANNOT_TELL
    assert judged(BOTH, OFFER).answer is Answer.CANNOT_TELL
    absent = judged(BOTH, replace(OFFER, certificates=("OCA.0016.1111.CS",)), CORE)
    assert absent.answer is Answer.CANNOT_TELL
    assert "OCA.0016.1111.CS, which the offer names, is not in this registry" in absent.missing[0]


def test_a_certificate_of_another_version_is_said_to_be_that() -> None:
    offer = replace(OFFER, software_version="1.3.340", certificates=("OCA.0016.9001.CS",))
    verdict = judged(BOTH, offer, CORE)
    assert verdict.answer is Answer.DOES_NOT_MEET
    assert "OCA.0016.9001.CS is for software version V1.3.337, not 1.3.340" in verdict.reasons[0].text
    other = judged(BOTH, offer, CORE, SECURITY)
    assert other.answer is Answer.WOULD_MEET_WITH
    assert other.needed == ("software version V1.3.337, which OCA.0016.9001.CS and OCA.0016.9002.CS certify",)


@pytest.mark.parametrize("said", ["TBA", "not known", "same as certificate", "0", "\u2014", "1.x", "\u2265 1.3"])
def test_what_names_no_version_is_not_another_one(said: str) -> None:
    """It is not said what would do instead, as if it were known that this does not."""
    verdict = judged(BOTH, replace(OFFER, software_version=said, certificates=("OCA.0016.9001.CS",)), CORE, SECURITY)
    assert (verdict.answer, verdict.needed) == (Answer.CANNOT_TELL, ())
    assert any(f"{said}, which is given as the software version, names no one version" in line for line in verdict.missing)


def test_versions_are_never_numbers() -> None:
    certificate = replace(CORE, software_version="1.10")
    core = Certified("core", profiles=("Core",))
    assert judged(core, replace(OFFER, software_version="1.1", certificates=("OCA.0016.9001.CS",)), certificate).answer is not Answer.MEETS
    assert judged(core, replace(OFFER, software_version="v1.10"), certificate).answer is Answer.MEETS


def test_another_companys_product_of_the_same_name_plays_no_part() -> None:
    other = replace(CORE, number="OCA.0016.9009.CS", holder="Somebody Else Inc.")
    assert judged(Certified("core", profiles=("Core",)), OFFER, other).answer is Answer.CANNOT_TELL
    named = judged(Certified("core", profiles=("Core",)), replace(OFFER, certificates=("OCA.0016.9009.CS",)), other)
    assert named.answer is Answer.CANNOT_TELL
    assert "another brand needs the holder's consent" in named.missing[0]


def test_the_role_counts() -> None:
    assert judged(BOTH, replace(OFFER, role="CSMS"), CORE, SECURITY).answer is Answer.DOES_NOT_MEET
    central = [replace(each, role="CSMS") for each in (CORE, SECURITY)]
    assert judged(BOTH, OFFER, *central).answer is not Answer.MEETS
    namesake = replace(CORE, number="OCA.0016.9003.CSMS", role="CSMS")
    assert judged(BOTH, OFFER, CORE, SECURITY, namesake).answer is Answer.CANNOT_TELL
    assert judged(BOTH, replace(OFFER, certificates=("OCA.0016.9001.CS",)), CORE, SECURITY, namesake).answer is Answer.MEETS
    naming = replace(OFFER, certificates=("OCA.0016.9003.CSMS",))
    assert judged(BOTH, naming, CORE, SECURITY, Held(namesake, held_now="?")).answer is Answer.CANNOT_TELL
    attested = rules(Given("g", ("self-attestation",)), asks_certificate=False)
    offer = replace(OFFER, evidence=(Evidence("self-attestation"),))
    assert judged(attested, offer).answer is Answer.CANNOT_TELL
    assert judged(attested, replace(offer, role="CS")).answer is Answer.MEETS


def test_conformance_is_not_denied_for_want_of_a_certificate() -> None:
    federal = shipped()["us-23-cfr-680-108"]
    offer = replace(OFFER, certificates=("OCA.0016.9001.CS",), installed=date(2024, 5, 1), role="CS")
    assert judged(federal, offer, CORE).answer is Answer.CANNOT_TELL
    stated = replace(offer, evidence=(Evidence("self-attestation", "OCPP 2.0.1"),))
    assert judged(federal, stated, CORE).answer is Answer.MEETS
    before = replace(offer, installed=date(2024, 2, 27))
    assert judged(federal, before, replace(CORE, protocol="OCPP 2.0.1")).answer is Answer.MEETS
    assert judged(federal, before, replace(CORE, communication="SOAP")).answer is Answer.CANNOT_TELL
    verdict = judged(federal, before, CORE)
    assert verdict.answer is Answer.CANNOT_TELL, "it may be asked of what was there before 28 February 2024 too"
    assert "does not say whether that is asked of those too that were there before" in verdict.missing[0]
    later = replace(CORE, protocol="OCPP 2.1")
    assert judged(federal, offer, later).answer is Answer.CANNOT_TELL


def test_the_installation_date_chooses_the_phase() -> None:
    calevip = shipped()["calevip-2-dc"]
    offer = replace(OFFER, certificates=("OCA.0016.9001.CS", "OCA.0016.9002.CS"))
    assert judged(calevip, replace(offer, installed=date(2024, 12, 31)), CORE, SECURITY).answer is Answer.MEETS
    assert judged(calevip, replace(offer, installed=date(2025, 1, 1)), CORE, SECURITY).answer is Answer.DOES_NOT_MEET
    assert judged(calevip, offer, CORE, SECURITY, on=date(2024, 6, 1)).answer is Answer.MEETS
    assert judged(calevip, offer, CORE, SECURITY).answer is Answer.CANNOT_TELL
    assert judged(calevip, replace(offer, is_day_unclear=True), CORE, SECURITY, on=date(2024, 6, 1)).answer is Answer.CANNOT_TELL
    assert judged(calevip, replace(offer, installed=date(2023, 12, 31)), CORE, SECURITY).answer is Answer.CANNOT_TELL


def test_where_the_source_can_be_read_in_two_ways_only_what_both_say_is_said() -> None:
    calevip = shipped()["calevip-2-dc"]
    offer = replace(OFFER, installed=date(2025, 6, 1))
    core = replace(CORE, protocol="OCPP 2.0.1", kind="Core")
    assert judged(calevip, offer, core).answer in {Answer.CANNOT_TELL, Answer.WOULD_MEET_WITH}
    both = replace(core, kind="Core + S", profiles={"Core": "Pass", "Advanced Security": "Pass"})
    assert judged(calevip, offer, both).answer is Answer.MEETS


def test_other_evidence_counts_as_far_as_it_says() -> None:
    charge = shipped()["communities-in-charge-level-2"]
    offer = replace(OFFER, role="CS", installed=date(2024, 3, 1))

    def of(*evidence: Evidence) -> Answer:
        return judged(charge, replace(offer, evidence=evidence)).answer

    assert of(Evidence("proof of payment", "OCPP 2.0.1")) is Answer.MEETS
    assert of(Evidence("proof of payment")) is Answer.CANNOT_TELL
    assert of(Evidence("tool report", "OCPP 2.0.1", ("Core", "Security"))) is Answer.MEETS
    assert of(Evidence("tool report", "OCPP 2.0.1")) is Answer.CANNOT_TELL
    assert of(Evidence("tool report", "OCPP 2.0.1", ("Core",))) is Answer.CANNOT_TELL
    assert (
        judged(charge, replace(offer, evidence=(Evidence("proof of payment", "OCPP 2.0.1"),), installed=date(2025, 3, 1))).answer
        is not Answer.MEETS
    )


def test_evidence_over_another_transport_is_not_what_is_asked() -> None:
    asked = Given("g", ("tool report",), at_least="OCPP 1.6", communication="JSON")
    offer = replace(OFFER, role="CS", certificates=("OCA.0016.9001.CS",))

    def of(*evidence: Evidence) -> str:
        verdict = judged(asked, replace(offer, evidence=evidence), CORE)
        return f"{verdict.answer}: {verdict.reasons[0].text}"

    over = "no tool report for OCPP 1.6 or later over JSON is named"
    assert of(Evidence("tool report", "OCPP 1.6", None, "SOAP")) == f"does not meet: {over}"
    assert of(Evidence("tool report", "OCPP 1.6")).endswith("and does not say for which transport")
    assert of(Evidence("tool report", "OCPP 1.6", None, "JSON")).startswith("meets: the offer comes with tool report (OCPP 1.6 over JSON)")
    assert of(Evidence("tool report", "OCPP 2.0.1")).startswith("meets: ")


def test_evidence_that_cannot_be_read_is_not_missing() -> None:
    asked, offer = Given("g", ("tool report",)), replace(OFFER, role="CS", certificates=("OCA.0016.9001.CS",))
    assert judged(asked, offer, CORE).answer is Answer.DOES_NOT_MEET
    assert judged(asked, replace(offer, is_evidence_unclear=True), CORE).answer is Answer.CANNOT_TELL


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        (KeyValue("k", "heartbeatinterval", at_most=300), Answer.MEETS),
        (KeyValue("k", "HeartbeatInterval", at_most=299), Answer.DOES_NOT_MEET),
        (KeyValue("k", "HeartbeatInterval", one_of=("60", "300")), Answer.MEETS),
        (KeyValue("k", "HeartbeatInterval"), Answer.MEETS),
        (KeyValue("k", "BlinkRepeat", at_most=3), Answer.CANNOT_TELL),
        (KeyValue("k", "NoSuchKey"), Answer.CANNOT_TELL),
        (Pics("p", "OCPP response timeout", 10), Answer.MEETS),
        (Pics("p", "OCPP response timeout", 9), Answer.DOES_NOT_MEET),
        (Pics("p", "Response time Authorize", 9), Answer.CANNOT_TELL),
    ],
)
def test_key_values_and_pics_limits(rule: Rule, answer: Answer) -> None:
    assert judged(rule, OFFER, CORE).answer is answer
    assert judged(rule, OFFER, Held(CORE, unread=frozenset({"software_version"}))).answer is Answer.CANNOT_TELL


@pytest.mark.parametrize("declares", ["60", "900"])
def test_what_a_management_system_of_the_same_name_declares_says_nothing_of_the_station(declares: str) -> None:
    silent = replace(CORE, configuration_keys=None, performance=None)
    central = replace(CORE, number="OCA.0016.9003.CSMS", role="CSMS", configuration_keys={"HeartbeatInterval": declares})
    for rule in (KeyValue("k", "HeartbeatInterval", at_most=300), Pics("p", "OCPP response timeout", 9)):
        for offer in (replace(OFFER, role="CS"), replace(OFFER, role="CS", certificates=("OCA.0016.9001.CS",))):
            for asked in (rules(rule), rules(rule, role=None)):
                verdict = judged(asked, offer, silent, central)
                assert verdict.answer is Answer.CANNOT_TELL
                assert not any(fact.certificate == "OCA.0016.9003.CSMS" for fact in verdict.facts)
        unread = Held(central, unread=frozenset({"role"}))
        assert judged(rule, replace(OFFER, role="CS"), silent, unread).answer is Answer.CANNOT_TELL
        named = judged(rule, replace(OFFER, role="CS", certificates=("OCA.0016.9003.CSMS",)), silent, central)
        assert any("OCA.0016.9003.CSMS, which the offer names, is for a CSMS" in text for text in named.missing)


def test_where_no_role_is_told_the_papers_of_two_are_not_taken_together() -> None:
    central = replace(SECURITY, number="OCA.0016.9003.CSMS", role="CSMS")
    either = rules(BOTH, role=None)
    assert judged(either, OFFER, CORE, central).answer is Answer.CANNOT_TELL
    assert judged(either, replace(OFFER, role="CS"), CORE, central).answer is Answer.WOULD_MEET_WITH
    assert judged(either, OFFER, CORE, SECURITY).answer is Answer.MEETS
    assert judged(either, replace(OFFER, certificates=("OCA.0016.9001.CS",)), CORE, SECURITY, central).answer is Answer.MEETS


def test_an_absent_certificate_that_the_offer_names_may_declare_what_is_asked() -> None:
    rule, offer = KeyValue("k", "HeartbeatInterval", at_most=60), replace(OFFER, certificates=("OCA.0016.9001.CS", "OCA.0016.1111.CS"))
    verdict = judged(rule, offer, CORE)
    assert verdict.answer is Answer.CANNOT_TELL
    assert "declares HeartbeatInterval as 300; OCA.0016.1111.CS, which the offer names, is not in this registry" in verdict.missing[0]


@pytest.mark.parametrize(
    ("other", "answer"),
    [
        (Held(SECURITY), Answer.DOES_NOT_MEET),
        (Held(replace(SECURITY, configuration_keys={"HeartbeatInterval": "900"}), held_now="?"), Answer.DOES_NOT_MEET),
        (Held(replace(SECURITY, configuration_keys={"HeartbeatInterval": "60"}), held_now="?"), Answer.CANNOT_TELL),
        (Held(SECURITY, unread=frozenset({"configuration_keys.HeartbeatInterval"})), Answer.CANNOT_TELL),
        (Held(replace(SECURITY, configuration_keys={"HeartbeatInterval": "60 s"})), Answer.CANNOT_TELL),
        (Held(replace(SECURITY, profiles=None), has_document=False), Answer.CANNOT_TELL),
    ],
)
def test_what_one_certificate_declares_is_held_against_an_offer_where_no_other_can_declare_what_is_asked(
    other: Held, answer: Answer
) -> None:
    assert judged(KeyValue("k", "HeartbeatInterval", at_most=60), OFFER, CORE, other).answer is answer


def test_what_several_certificates_declare_alike_is_said_of_several() -> None:
    rule = KeyValue("k", "HeartbeatInterval", at_most=300)
    other = replace(SECURITY, configuration_keys={"HeartbeatInterval": "60"})
    one, two = (judged(rule, OFFER, *held).reasons[0].text for held in ([CORE], [CORE, other]))
    assert one == "OCA.0016.9001.CS declares configuration key HeartbeatInterval within what is asked"
    assert two == "OCA.0016.9001.CS and OCA.0016.9002.CS declare configuration key HeartbeatInterval within what is asked"


def test_certificates_that_declare_differently_leave_it_open() -> None:
    other = replace(SECURITY, configuration_keys={"HeartbeatInterval": "900"})
    assert judged(KeyValue("k", "HeartbeatInterval", at_most=300), OFFER, CORE, other).answer is Answer.CANNOT_TELL


def test_a_set_can_refer_to_another() -> None:
    inner, outer = rules(BOTH, identity="inner"), rules(AllOf((Other("o", "inner"), KeyValue("k", "HeartbeatInterval"))), identity="outer")
    sets = {"inner": inner, "outer": outer}
    assert evaluate(outer, sets, OFFER, [Held(CORE), Held(SECURITY)], today=TODAY).answer is Answer.MEETS
    assert evaluate(outer, sets, OFFER, [Held(CORE)], today=TODAY).answer is Answer.WOULD_MEET_WITH


# What has to hold of all verdicts. A certificate is made of a few choices; any of its fields may be unread.

MODELS, VERSIONS, PROTOCOLS = ("M-1", "X-9"), ("1.3.337", "7.7"), ("OCPP 1.6", "OCPP 2.0.1")
PROFILES = ("Core", "Security", "Smart Charging")
KINDS = ("Subset", "Core + S", None)


@st.composite
def certificates(draw: st.DrawFn) -> list[Held]:
    made = []
    for number in range(draw(st.integers(0, 3))):
        rows = draw(st.dictionaries(st.sampled_from(PROFILES), st.sampled_from(["Pass", "N/A"]), min_size=3, max_size=3))
        claimed = " + ".join(name for name, value in rows.items() if value == "Pass")
        facts = CertificateFacts(
            number=f"OCA.0016.900{number}.CS",
            kind=claimed or None,
            protocol=draw(st.sampled_from(PROTOCOLS)),
            role="CS",
            holder="Holder One",
            designation=draw(st.sampled_from(MODELS)),
            software_version=draw(st.sampled_from(VERSIONS)),
            profiles=dict(rows),
        )
        paths = ["designation", "software_version", "protocol", *(f"profiles.{name}" for name in PROFILES)]
        made.append(Held(facts, frozenset(draw(st.lists(st.sampled_from(paths), max_size=2)))))
    return made


leaves = st.builds(
    lambda least, profiles: Certified("c", at_least=least, profiles=tuple(sorted(profiles))),
    st.sampled_from([None, *PROTOCOLS]),
    st.sets(st.sampled_from(PROFILES), max_size=2),
) | st.builds(lambda protocol: Given("g", ("tool report",), at_least=protocol), st.sampled_from(PROTOCOLS))
trees = st.recursive(
    leaves,
    lambda parts: st.lists(parts, min_size=1, max_size=3).flatmap(lambda made: st.sampled_from([AllOf(tuple(made)), AnyOf(tuple(made))])),
    max_leaves=5,
)
offers = st.builds(
    lambda named, evidence: replace(OFFER, role="CS", certificates=named, evidence=evidence),
    st.sampled_from([(), ("OCA.0016.9000.CS",), ("OCA.0016.9000.CS", "OCA.0016.9001.CS")]),
    st.sampled_from([(), (Evidence("tool report", "OCPP 1.6"),), (Evidence("tool report"),), (Evidence("proof of payment"),)]),
)


@UNHURRIED
@given(trees, offers, certificates(), st.randoms(use_true_random=False))
def test_the_order_of_certificates_and_alternatives_makes_no_difference(
    rule: Rule, offer: Offer, held: list[Held], dice: random.Random
) -> None:
    one = judged(rule, offer, *held)
    dice.shuffle(held)
    other = judged(turned(rule), offer, *held)
    assert one.answer is other.answer
    assert set(one.facts) == set(other.facts)
    assert set(one.needed) == set(other.needed)
    assert {(reason.truth, reason.text) for reason in one.reasons} == {(reason.truth, reason.text) for reason in other.reasons}


def turned(rule: Rule) -> Rule:
    if isinstance(rule, AllOf | AnyOf):
        return replace(rule, rules=tuple(turned(part) for part in reversed(rule.rules)))
    return rule


@UNHURRIED
@given(trees, offers, certificates(), st.data())
def test_reading_more_never_takes_an_answer_back(rule: Rule, offer: Offer, held: list[Held], data: st.DataObject) -> None:
    """What was said of an offer is still said once what was not read is read, whichever way it turns out to be printed."""
    before = judged(rule, offer, *held).answer
    read = []
    for each in held:
        facts = each.facts
        if "designation" in each.unread:
            facts = replace(facts, designation=data.draw(st.sampled_from(MODELS)))
        if "software_version" in each.unread:
            facts = replace(facts, software_version=data.draw(st.sampled_from(VERSIONS)))
        if "protocol" in each.unread:
            facts = replace(facts, protocol=data.draw(st.sampled_from(PROTOCOLS)))
        read.append(Held(facts))
    after = judged(rule, offer, *read).answer
    if before is Answer.MEETS:
        assert after is Answer.MEETS
    if before is Answer.DOES_NOT_MEET:
        assert after is not Answer.MEETS


@UNHURRIED
@given(trees, offers, certificates(), certificates())
def test_another_certificate_never_takes_a_met_rule_back(rule: Rule, offer: Offer, held: list[Held], more: list[Held]) -> None:
    further = [replace(each, facts=replace(each.facts, number=f"{each.facts.number}X")) for each in more]
    if judged(rule, offer, *held).answer is Answer.MEETS:
        assert judged(rule, offer, *held, *further).answer is Answer.MEETS


@UNHURRIED
@given(leaves, offers, certificates())
def test_readings_say_only_what_all_say(leaf: Rule, offer: Offer, held: list[Held]) -> None:
    alone = judged(leaf, offer, *held).answer
    assert judged(Readings("r", "n", (leaf, leaf)), offer, *held).answer is alone
    split = judged(Readings("r", "n", (leaf, Given("g", ("laboratory report",)))), offer, *held).answer
    assert split is not Answer.MEETS


def test_of_an_older_revision_the_one_that_holds_now_is_named() -> None:
    older = Held(SECURITY, held_now="update-2025-12-12")
    verdict = judged(BOTH, OFFER, CORE, older)
    assert any("is an older revision: of its number the revision update-2025-12-12 holds now" in text for text in verdict.missing)
    newer = Held(replace(SECURITY, revision="update-2025-12-12"))
    assert judged(BOTH, OFFER, CORE, older, newer).answer is Answer.MEETS
    other_version = Held(replace(SECURITY, revision="update-2025-12-12", software_version="V9"))
    assert judged(BOTH, OFFER, CORE, older, other_version).answer is Answer.CANNOT_TELL
