"""Verdicts by days: what was certified after the installation, and what is still to be certified."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from registry.requirements.evaluation import Answer, Verdict
from registry.requirements.model import AllOf, Certified, KeyValue, Pics, Rule
from registry.requirements.offers import Held
from registry.requirements.reading import shipped
from registry.requirements.table import read_offers
from tests.registry.requirements.making import BOTH, CORE, OFFER, SECURITY, TODAY, judged, rules

CORE_ALONE = Certified("core", at_least="OCPP 1.6", profiles=("Core",))
KEY, TIME = KeyValue("key", "HeartbeatInterval", at_most=300), Pics("time", "OCPP response timeout", 10)
SHORTER_KEY, SHORTER_TIME = replace(KEY, at_most=299), replace(TIME, at_most_seconds=9)
NAMING = replace(OFFER, role="CS", certificates=("OCA.0016.9001.CS",))
BEFORE, AFTER = date(2021, 6, 1), date(2024, 6, 1)
DATED = replace(CORE, certification_date="2023-07-12")


@pytest.mark.parametrize("rule", [CORE_ALONE, KEY, TIME, KeyValue("key", "HeartbeatInterval"), SHORTER_KEY, SHORTER_TIME])
def test_whatever_a_later_certificate_says_is_left_open(rule: Rule) -> None:
    """A certificate says nothing of what stood there before: neither for it nor against it."""
    verdict = judged(rule, replace(NAMING, installed=BEFORE), DATED)
    assert verdict.answer is Answer.CANNOT_TELL
    assert "OCA.0016.9001.CS is of 2023-07-12, after the installation on 2021-06-01" in verdict.missing[0]
    assert ("certification_date", "2023-07-12") in {(fact.field, fact.value) for fact in verdict.facts}
    in_time = judged(rule, replace(NAMING, installed=AFTER), DATED)
    assert in_time.answer is (Answer.DOES_NOT_MEET if rule in (SHORTER_KEY, SHORTER_TIME) else Answer.MEETS)
    assert judged(AllOf((CORE_ALONE, rule)), replace(NAMING, installed=BEFORE), DATED).answer is Answer.CANNOT_TELL


@pytest.mark.parametrize("rule", [KEY, TIME, CORE_ALONE])
def test_where_conformance_is_asked_the_later_day_is_said(rule: Rule) -> None:
    reason = judged(rules(rule, asks_certificate=False), replace(NAMING, installed=BEFORE), DATED).reasons[0]
    assert reason.text.endswith("OCA.0016.9001.CS is of 2023-07-12, after the installation on 2021-06-01")


@pytest.mark.parametrize("rule", [KEY, TIME, CORE_ALONE])
def test_without_the_day_of_either_nothing_is_said_to_have_been_there_in_time(rule: Rule) -> None:
    unclear = judged(rule, replace(NAMING, is_day_unclear=True), DATED, on=AFTER)
    assert unclear.missing == ("OCA.0016.9001.CS is of 2023-07-12, and the installation date is not known: it may be an earlier one",)
    for held in (Held(DATED, unread=frozenset({"certification_date"})), Held(replace(DATED, certification_date=None))):
        verdict = judged(rule, replace(NAMING, installed=AFTER), held)
        assert "OCA.0016.9001.CS: its date was not read with certainty" in verdict.missing[0]
        # What is there today is of today at the latest.
        assert judged(rule, NAMING, held, on=TODAY).answer is Answer.MEETS


@pytest.mark.parametrize("installed", [date(2024, 6, 1), date(2026, 5, 31)])
def test_a_certificate_to_be_issued_is_not_named_where_it_would_be_too_late(installed: date) -> None:
    offer = replace(NAMING, installed=installed)
    assert judged(BOTH, offer, CORE).answer is Answer.DOES_NOT_MEET
    # Once it is there, it leaves the answer open: it never was what would have made the offer meet the rule.
    assert judged(BOTH, replace(offer, certificates=()), CORE, replace(SECURITY, certification_date=TODAY.isoformat())).answer is (
        Answer.CANNOT_TELL
    )
    conformance = judged(rules(BOTH, asks_certificate=False), offer, CORE)
    assert conformance.answer is Answer.WOULD_MEET_WITH


@pytest.mark.parametrize("installed", [TODAY, date(2026, 6, 2), date(2027, 1, 1)])
def test_what_is_still_to_be_installed_would_meet_with_a_certificate_to_be_issued(installed: date) -> None:
    verdict = judged(BOTH, replace(NAMING, installed=installed), CORE)
    assert verdict.needed == ("a certificate of Security (OCPP 1.6) for M-1 at software version 1.3.337",)


def test_a_time_with_a_zone_on_a_border_is_left_open() -> None:
    """02:00 of New Year in Greenwich is the evening before in California, where another phase holds."""
    calevip = shipped()["calevip-2-dc"]
    sheet = "Model;Vendor;Software version;Certificate number;Installed\nM-1;Holder One;V1.3.337;OCA.0016.9001.CS OCA.0016.9002.CS;%s\n"

    def of(installed: str, certification_date: str = "2020-02-03") -> Verdict:
        [offer] = read_offers((sheet % installed).encode(), "x").offers
        return judged(calevip, offer, replace(CORE, certification_date=certification_date), SECURITY)

    for text in ("2025-01-01T02:00:00Z", "2025-01-01 02:00 PST", "2024-12-31T20:00:00-08:00", "2024-12-31 23:00 UTC"):
        verdict = of(text)
        assert verdict.answer is Answer.CANNOT_TELL
        assert "2024-12-31: met, 2025-01-01: not met" in verdict.missing[0]
        assert (verdict.day, verdict.phase) == (None, None)
    assert of("2024-06-01T02:00:00Z").answer is Answer.MEETS
    assert of("2024-06-01T02:00:00Z").day == date(2024, 6, 1)
    assert of("2025-06-01T02:00:00Z").answer is Answer.DOES_NOT_MEET
    assert of("2025-01-01 02:00").answer is Answer.DOES_NOT_MEET
    # A certificate of the day is there in time by one of the two days alone.
    assert of("2024-06-01T02:00:00Z", certification_date="2024-06-01").answer is Answer.CANNOT_TELL
    assert of("2024-06-01T02:00:00Z", certification_date="2024-05-31").answer is Answer.MEETS


def test_what_would_be_needed_makes_the_offer_meet_the_rule_once_it_is_there() -> None:
    for installed in (date(2021, 1, 1), date(2024, 6, 1), date(2026, 5, 31), TODAY, date(2027, 1, 1)):
        offer = replace(NAMING, installed=installed, certificates=(*NAMING.certificates, "OCA.0016.9002.CS"))
        needed = judged(BOTH, replace(offer, certificates=NAMING.certificates), CORE).needed
        issued = replace(SECURITY, certification_date=TODAY.isoformat())
        assert bool(needed) == (judged(BOTH, offer, CORE, issued).answer is Answer.MEETS)
