"""Names that differ in legal forms of which a company has but one: a vendor who gives none may be either, and the two are not added up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from itertools import combinations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from registry.aliases import store as aliases
from registry.certificates.facts import CertificateFacts
from registry.certificates.store import save_extraction
from registry.matching.aliases import Alias, Aliases
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device
from registry.matching.names import forms_contradict, forms_that_differ
from registry.requirements.evaluation import Answer as Said
from registry.requirements.model import Certified as Asked
from registry.requirements.offers import Held, Offer
from tests.registry.making import EPOCH, extraction
from tests.registry.requirements.making import judged

LISTS = {"CS": CurrentList(300, date(2026, 5, 4))}
ONE = Certified("OCA.0016.9001.CS", "Acme GmbH", "AC-7", "1.0", "CS", protocol="OCPP 1.6", profiles=("Core",), model="AC-7")
OTHER = replace(ONE, number="OCA.0016.9002.CS", holder="Acme AG", profiles=("Security",), kind="Security")
WHOLE = replace(OTHER, profiles=("Core",), kind=None)
RECORD = Alias(4, "Acme GmbH", "Acme AG", "It was converted.", EPOCH)
ASKED = Asked("core", profiles=("Core",))


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def held(one: Certified, known_as: tuple[Alias, ...] = ()) -> Held:
    facts = CertificateFacts(
        number=one.number,
        holder=one.holder,
        designation=one.designation,
        model=one.model,
        software_version=one.software_version,
        role="CS",
        protocol="OCPP 1.6",
        profiles=dict.fromkeys(one.profiles, "Pass"),
    )
    return Held(facts, known_as=known_as)


def offered(vendor: str) -> Offer:
    return Offer(holder=vendor, model="AC-7", software_version="1.0", role="CS")


@pytest.mark.parametrize("other", [OTHER, WHOLE])
def test_a_vendor_without_a_form_may_be_either_of_two(other: Certified) -> None:
    found = match(Device("Acme", "AC-7", "1.0"), Index([ONE, other], LISTS))
    verdict = judged(ASKED, offered("Acme"), held(ONE), held(other))
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "several-companies")
    assert verdict.answer is Said.CANNOT_TELL
    for told in (found.sentence, " ".join(verdict.missing)):
        assert "Acme GmbH" in told
        assert "Acme AG" in told
        assert "legal forms" in told


@pytest.mark.parametrize(
    ("vendor", "answer", "numbers"),
    [
        ("Acme GmbH", Answer.COVERED, {ONE.number}),
        ("ACME Gesellschaft mit beschränkter Haftung", Answer.CANNOT_TELL, set()),
        ("Acme AG", Answer.COVERED, {WHOLE.number}),
        ("Acme Inc.", Answer.CANNOT_TELL, set()),
    ],
)
def test_a_vendor_with_a_form_is_that_company(vendor: str, answer: Answer, numbers: set[str]) -> None:
    found = match(Device(vendor, "AC-7", "1.0"), Index([ONE, WHOLE], LISTS))
    assert (found.answer, {one.number for one in found.certificates}) == (answer, numbers)


def test_a_record_joins_the_two_and_is_named() -> None:
    found = match(Device("Acme", "AC-7", "1.0"), Index([ONE, OTHER], LISTS, Aliases([RECORD])))
    verdict = judged(ASKED, offered("Acme"), held(ONE, (RECORD,)), held(OTHER, (RECORD,)))
    assert found.answer is Answer.COVERED
    assert len(found.certificates) == 2
    assert any("“Acme AG” is recorded as another name of “Acme GmbH”" in reason.sentence for reason in found.reasons)
    assert verdict.answer is Said.MEETS
    assert any("“Acme AG” is another name of “Acme GmbH”" in reason.text for reason in verdict.reasons)


NAMES = st.sampled_from(["Acme", "ACME GmbH", "Acme AG", "Acme Inc.", "Acme Co., Ltd.", "Acme (North) GmbH"])
MADE = st.builds(
    lambda number, holder, profiles: replace(ONE, number=f"OCA.0016.{number:04}.CS", holder=holder, profiles=profiles),
    st.integers(1, 40),
    NAMES,
    st.sampled_from([("Core",), ("Security",), ("Core", "Reservation")]),
)


@given(NAMES, st.lists(MADE, max_size=5, unique_by=lambda one: one.number), st.booleans())
def test_nothing_is_ever_covered_by_two_companies_and_offers_say_the_same(vendor: str, made: list[Certified], is_recorded: bool) -> None:
    known = Aliases([RECORD] if is_recorded else [])
    found = match(Device(vendor, "AC-7", "1.0"), Index(made, LISTS, known))
    verdict = judged(ASKED, offered(vendor), *(held(one, known.of(one.holder)) for one in made))
    for one, other in combinations(found.certificates, 2):
        joined = is_recorded and {one.holder, other.holder} <= {"ACME GmbH", "Acme AG"}
        assert joined or not forms_contradict(one.holder or "", other.holder or "")
    if any(one.holder != "Acme (North) GmbH" for one in made):
        assert found.answer is not Answer.NOT_COVERED
    assert (found.answer is Answer.COVERED) <= (verdict.answer is Said.MEETS)
    if all(forms_that_differ(one.holder or "") for one in made):
        # A certificate that gives no form itself speaks for an offer by itself.
        assert (found.answer is Answer.COVERED) == (verdict.answer is Said.MEETS)


def stored(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        for one in (ONE, OTHER):
            facts = CertificateFacts(
                number=one.number,
                role="CS",
                protocol="OCPP 1.6",
                holder=one.holder,
                vendor_name=one.holder,
                designation="AC-7",
                model="AC-7",
                software_version="1.0",
                profiles=dict.fromkeys(one.profiles, "Pass"),
            )
            save_extraction(session, extraction(str(one.number), facts), "one.txt")


def test_the_pages_of_both_name_both_and_add_nothing_up(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    stored(session_factory)
    product, holder = (text_of(client.get(path).text) for path in ("/products/acme/ac-7", "/holders/acme"))
    for heading in ("1.0: Acme GmbH", "1.0: Acme AG"):
        assert heading in product
    for page in (product, holder):
        assert "Also spelt" not in page
        assert "Counted together here with “Acme " in page
    told = client.get("/api/v1/products/acme/ac-7").json
    assert told is not None
    assert [sorted(version["told"]) for version in told["versions"]] in ([["Acme GmbH"], ["Acme AG"]], [["Acme AG"], ["Acme GmbH"]])
    assert len(told["other_forms"]) == 1


def test_a_record_puts_the_two_together_on_the_page(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    stored(session_factory)
    with session_factory.begin() as session:
        aliases.record(session, "Acme GmbH", "Acme AG", "It was converted.")
    page = text_of(client.get("/products/acme/ac-7").text)
    assert "1.0: Acme" not in page
    assert "Counted together here" not in page
    assert "Also spelt: “Acme " in page
