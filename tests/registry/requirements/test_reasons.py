"""What verdicts say beside their answers: nothing that is not so, nothing twice, and all that whoever relies on them has to know."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from registry.certificates.facts import CertificateFacts
from registry.requirements.evaluation import Answer
from registry.requirements.model import Certified, Given, Phase, Readings, Rule
from registry.requirements.offers import Evidence, Held, Offer, product_of
from registry.requirements.reading import shipped
from registry.requirements.truth import Reason
from tests.registry.requirements.making import BOTH, CORE, OFFER, SECURITY, judged, rules

LATER = Certified("later", exactly="OCPP 2.0.1", profiles=("Core",))
NAMING = replace(OFFER, certificates=("OCA.0016.9001.CS",))


def said(rule: Rule, offer: Offer, *held: CertificateFacts) -> Reason:
    """The one reason that is not about the role."""
    [reason] = [each for each in judged(rule, offer, *held).reasons if each.clause != "Set: what it is about"]
    return reason


def test_what_is_needed_is_said_only_where_it_would_do() -> None:
    """An unknown that more certificates do not settle is explained by what is missing, not by what would be needed."""
    offer = replace(OFFER, certificates=("OCA.0016.9001.CS", "OCA.0016.9002.CS"))
    others = [replace(each, software_version="1.3.340", number=f"{each.number}X") for each in (CORE, SECURITY)]
    verdict = judged(BOTH, offer, CORE, Held(SECURITY, unread=frozenset({"profiles.Security"})), *others)
    assert (verdict.answer, verdict.needed) == (Answer.CANNOT_TELL, ())
    assert verdict.missing == ("OCA.0016.9002.CS: its row for Security was not read with certainty",)


def test_certificates_that_do_not_cover_an_offer_for_sure_are_not_said_to() -> None:
    reason = said(LATER, replace(NAMING, software_version=None), CORE)
    assert reason.text == (
        "no certificate in this registry covers M-1 for sure; whether OCA.0016.9001.CS (OCPP 1.6) covers it cannot be told, and none shows "
        "Core of OCPP 2.0.1; no software version is named that can be taken"
    )
    many = [replace(CORE, number=f"OCA.0016.91{number:02}.CS", designation=f"M-1 {number}") for number in range(20)]
    central = replace(CORE, number="OCA.0016.9200.CSMS", role="CSMS")
    other = replace(CORE, number="OCA.0016.9300.CS", holder="Somebody Else")
    reason = said(LATER, NAMING, CORE, *many, central, other)
    assert reason.text.startswith("what covers M-1 at software version 1.3.337 is OCA.0016.9001.CS (OCPP 1.6), and none shows Core of")
    assert "and 16 more cover it cannot be told" in reason.text
    assert not {"OCA.0016.9200.CSMS", "OCA.0016.9300.CS"} & {fact.certificate for fact in reason.facts}
    reason = said(LATER, replace(NAMING, certificates=("OCA.0016.9200.CSMS",)), central)
    assert reason.text.endswith("OCA.0016.9200.CSMS, which the offer names, is for a CSMS")
    brand = said(LATER, replace(NAMING, holder="Another Brand"), CORE)
    assert "whether OCA.0016.9001.CS (OCPP 1.6) covers it cannot be told" in brand.text
    assert (
        "; OCA.0016.9001.CS is held by Holder One Co., Ltd., and the product is said to be of Another Brand: another brand needs"
        in brand.text
    )
    assert "what covers" not in brand.text


def test_a_certificate_of_another_role_is_no_part_of_what_is_needed_or_lacking() -> None:
    central = replace(SECURITY, number="OCA.0016.9003.CSMS", role="CSMS")
    verdict = judged(Certified("core", profiles=("Core",)), replace(OFFER, software_version="1.3.340"), CORE, central)
    assert verdict.needed == ()
    verdict = judged(Certified("core", profiles=("Core",)), replace(OFFER, software_version="1.3.340", role="CS"), CORE, central)
    assert verdict.needed == ("software version V1.3.337, which OCA.0016.9001.CS certifies",)
    reason = said(BOTH, replace(OFFER, certificates=("OCA.0016.9003.CSMS",), role="CS"), CORE, central)
    assert reason.text == (
        "Security of OCPP 1.6 is not covered for M-1 at software version 1.3.337; OCA.0016.9003.CSMS, which the offer names, is for a CSMS"
    )


def test_what_is_met_by_another_certificate_than_the_offer_names_is_said_so() -> None:
    other = replace(CORE, number="OCA.0016.9005.CS", designation="X-9")
    central = replace(CORE, number="OCA.0016.9003.CSMS", role="CSMS")
    offer = replace(OFFER, role="CS", certificates=("OCA.0016.9005.CS", "OCA.0016.9003.CSMS", "OCA.0016.1111.CS"))
    verdict = judged(BOTH, offer, CORE, SECURITY, other, central)
    assert verdict.answer is Answer.MEETS
    assert [reason.text for reason in verdict.reasons if reason.clause == "certificates that the offer names"] == [
        "the offer names OCA.0016.9003.CSMS, which does not count: OCA.0016.9003.CSMS is for a CSMS",
        "the offer names OCA.0016.9005.CS, which does not count: OCA.0016.9005.CS is for X-9, not for M-1",
        "OCA.0016.1111.CS, which the offer names, is not in this registry: add the document",
    ]
    assert ("OCA.0016.9005.CS", "designation", "X-9") in {(fact.certificate, fact.field, fact.value) for fact in verdict.facts}
    older = Held(replace(SECURITY, software_version="1.0"), held_now="update-2025-12-12")
    newer = Held(replace(SECURITY, revision="update-2025-12-12"))
    verdict = judged(BOTH, replace(offer, certificates=("OCA.0016.9001.CS", "OCA.0016.9002.CS")), CORE, older, newer)
    assert verdict.answer is Answer.MEETS
    assert not any("does not count" in reason.text for reason in verdict.reasons)


def test_what_is_asked_is_said_with_its_transport() -> None:
    reason = said(replace(LATER, exactly="OCPP 1.6", communication="SOAP"), NAMING, CORE)
    assert reason.text.endswith("and none shows Core of OCPP 1.6 over SOAP")


def test_a_reason_that_several_readings_give_stands_once() -> None:
    both = Readings("r", "n", (replace(LATER, clause="this"), Certified("or later", at_least="OCPP 2.0.1", profiles=("Core",))))
    reason = said(both, NAMING, CORE)
    assert reason.clause == "this; or later"
    assert reason.text.endswith("and none shows Core of OCPP 2.0.1 or later")
    assert said(both, NAMING, replace(CORE, protocol="OCPP 2.0.1")).clause == "this; or later"
    narrow, wide = (Certified(", ".join(names), at_least="OCPP 2.0.1", profiles=names) for names in (("Core", "Security"), ("Core",)))
    reason = said(Readings("r", "n", (narrow, wide)), NAMING, CORE)
    assert (reason.text.partition(", and ")[2], reason.clause) == ("none shows Core of OCPP 2.0.1 or later", "Core, Security; Core")
    apart = Readings("r", "n", (replace(wide, profiles=("Security",)), wide))
    assert len([each for each in judged(apart, NAMING, CORE).reasons if "none shows" in each.text]) == 2
    this = Given("this", ("tool report",), exactly="OCPP 2.0.1")
    later = Given("or later", ("tool report",), at_least="OCPP 2.0.1")
    reason = said(Readings("r", "n", (this, later)), replace(OFFER, role="CS"))
    assert (reason.text, reason.clause) == ("no tool report for OCPP 2.0.1 or later is named", "this; or later")


def test_evidence_that_does_not_say_enough_is_told_as_what_it_is() -> None:
    asked = Given("g", ("self-attestation", "tool report"), at_least="OCPP 2.0.1", profiles=("Core",))
    for evidence, told in (
        (Evidence("tool report"), "the offer comes with tool report, and does not say for which protocol and profiles"),
        (Evidence("tool report", "OCPP 2.0.1"), "the offer comes with tool report (OCPP 2.0.1), and does not say for which profiles"),
    ):
        verdict = judged(asked, replace(OFFER, role="CS", evidence=(evidence,)))
        assert (verdict.answer, verdict.missing) == (Answer.CANNOT_TELL, (told,))


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (Held(replace(CORE, kind=None, profiles={})), "has no row for Core, and its title was not read"),
        (Held(replace(CORE, profiles={}), unread=frozenset({"kind"})), "has no row for Core, and its title was not read"),
        (Held(replace(CORE, kind="Core + Q", profiles={})), "has no row for Core, and what its title Core + Q claims is not known"),
        (Held(replace(CORE, profiles={})), "has no row for Core, and its title claims it"),
        (Held(replace(CORE, profiles={"Core": "N/A"})), ": its title claims Core, and its row does not"),
        (Held(replace(CORE, profiles=None)), ": its table of profiles is not known"),
    ],
)
def test_what_a_certificate_leaves_open_of_a_profile_is_said_with_the_profile(held: Held, why: str) -> None:
    verdict = judged(Certified("core", profiles=("Core",)), OFFER, held)
    assert verdict.answer is Answer.CANNOT_TELL
    assert verdict.missing[0].removeprefix("OCA.0016.9001.CS").strip() == why


def test_of_a_product_that_nobody_offers_nothing_is_said_as_of_an_offer() -> None:
    for day in (date(2023, 6, 1), date(2024, 6, 1), date(2026, 12, 1)):
        for asked in shipped().values():
            for facts in (CORE, replace(CORE, designation=None, software_version=None, holder=None), replace(CORE, role=None)):
                offer = replace(product_of(facts), installed=day)
                verdict = judged(asked, offer, CORE)
                assert not any("offer" in text for text in (*verdict.missing, *(reason.text for reason in verdict.reasons)))


def test_what_was_tested_and_when_is_said_of_a_certificate_that_counts() -> None:
    core = Certified("core", profiles=("Core",))
    white = replace(CORE, number="W01.OCA.0016.9001.CS", certification_date="2024-03-01")
    conformance = rules(core, asks_certificate=False)
    reason = judged(conformance, replace(OFFER, installed=date(2022, 2, 1)), white).reasons[0]
    assert "; W01.OCA.0016.9001.CS is a white-label certificate: the same hardware and firmware" in reason.text
    assert reason.text.endswith("W01.OCA.0016.9001.CS is of 2024-03-01, after the installation on 2022-02-01")
    assert ("certification_date", "2024-03-01") in {(fact.field, fact.value) for fact in reason.facts}
    reason = said(core, replace(OFFER, installed=date(2024, 3, 1)), replace(white, number="F01.OCA.0016.9001.CS"))
    assert reason.text.endswith(
        "F01.OCA.0016.9001.CS is a family certificate: the vendor declared this member, and another member passed the laboratory"
    )
    titled = replace(white, number=CORE.number, kind="White label")
    assert "; OCA.0016.9001.CS is a white-label certificate" in judged(conformance, OFFER, titled).reasons[0].text
    early = replace(OFFER, installed=date(2022, 2, 1))
    verdict = judged(core, early, white)
    assert (verdict.answer, verdict.missing) == (
        Answer.CANNOT_TELL,
        (
            (
                "W01.OCA.0016.9001.CS is of 2024-03-01, after the installation on 2022-02-01: "
                "whether it counts then is for whoever asks it to say"
            ),
        ),
    )
    assert judged(core, early, white, replace(CORE, certification_date="2022-02-01")).answer is Answer.MEETS
    assert judged(core, OFFER, white, on=date(2022, 2, 1)).answer is Answer.CANNOT_TELL
    assert judged(core, OFFER, white).answer is Answer.MEETS
    unread = Held(white, unread=frozenset({"certification_date"}))
    assert "after the installation" not in judged(core, replace(OFFER, installed=date(2022, 2, 1)), unread).reasons[0].text


def test_what_is_no_certificate_number_is_said_to_be_none() -> None:
    verdict = judged(Certified("core", profiles=("Core",)), replace(OFFER, model="M-2", certificates=("applied for", "OCA.0016.1111.CS")))
    assert verdict.missing[0] == (
        "OCA.0016.1111.CS, which the offer names, is not in this registry: add the document; “applied for”, which stands in the offer for "
        "a certificate, is no certificate number: write it as OCA.0016.0408.CS"
    )


def test_a_set_says_nothing_of_the_days_around_its_phases() -> None:
    core = Certified("core", profiles=("Core",))
    verdict = judged(rules(Phase("late", core, begins=date(2026, 9, 28))), OFFER, CORE)
    assert verdict.answer is Answer.CANNOT_TELL
    assert "(until 2026-09-27: nothing is said, from 2026-09-28: met)" in verdict.missing[0]
    between = rules(Phase("early", core, ends=date(2023, 12, 31)), Phase("late", core, begins=date(2024, 2, 1)))
    assert list(between.silent_spans()) == [(date(2024, 1, 1), date(2024, 1, 31))]
    assert list(rules(Phase("all", core, begins=date.min, ends=date.max)).silent_spans()) == []
    joined = rules(Phase("late", core, begins=date(2024, 1, 1)), Phase("early", core, ends=date(2023, 12, 31)))
    assert judged(joined, OFFER, CORE).answer is Answer.MEETS


def test_a_revision_that_the_offer_names_and_nobody_here_has_is_missing() -> None:
    offer = replace(OFFER, certificates=("OCA.0016.9001.CS update-2025-12-12",))
    verdict = judged(LATER, offer, CORE)
    assert verdict.answer is Answer.CANNOT_TELL
    assert "OCA.0016.9001.CS update-2025-12-12, which the offer names, is not in this registry" in verdict.missing[0]
    assert judged(LATER, offer, replace(CORE, revision="Update 2025-12-12")).answer is Answer.DOES_NOT_MEET
