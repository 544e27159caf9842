"""Another name of a company: recorded by a reviewer, told wherever it decides anything, withdrawn again, and in the event log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.roles import Role
from registry.aliases import store as aliases
from registry.aliases.queries import recorded
from registry.certificates import products
from registry.certificates.matchable import certificate_index
from registry.certificates.queries import SearchQuery, facts, forgiving_search, search
from registry.certificates.store import save_extraction
from registry.errors import RegistryError
from registry.events import Event
from registry.matching.aliases import linking
from registry.matching.match import match
from registry.matching.model import Answer, Device
from registry.requirements import store as sets
from registry.requirements.checking import check_holder
from registry.requirements.following import follow
from registry.requirements.models import RulesAnswer
from registry.requirements.offers import product_of
from registry.settings import Settings
from registry.watches import happenings, naming, topics
from tests.registry.making import EPOCH, extraction
from tests.registry.requirements.test_following import ALWAYS, Hands
from tests.registry.requirements.test_following import RULES as CITY
from tests.registry.signing_in import bearer, token_of

FULL, SECURITY = "OCA.0016.9001.CS", "OCA.0016.9002.CS"
HOLDER, OTHER, REASON = "Lichtwerk Electric Co., Ltd.", "LWE", "Its certificate of incorporation says so."
RULES = CITY + ALWAYS % 'Core", "Security'


def certify(session: Session, holder: str = HOLDER, second: str = OTHER, **changes: Any) -> None:
    """A Full certificate, and one of security at the same version under another name."""
    kept: dict[str, Any] = {"holder": holder, "kind": "Full"} | changes
    save_extraction(session, extraction("full", **kept), "full.txt")
    passed = {"kind": "Security", "number": SECURITY, "profiles": {"Security": "Pass"}}
    save_extraction(session, extraction("security", **(kept | {"holder": second} | passed)), "security.txt")


@pytest.fixture
def held(session_factory: sessionmaker[Session]) -> sessionmaker[Session]:
    with session_factory.begin() as session:
        sets.keep(session, RULES, "Made for tests.")
        certify(session)
    return session_factory


def record(sessions: sessionmaker[Session], holder: str = HOLDER, name: str = OTHER) -> int:
    with sessions.begin() as session:
        return aliases.record(session, holder, name, REASON, clock=lambda: EPOCH).id


STILL_TO_COME = date(2100, 1, 1)
"""A day of installation for which a certificate that is still to be issued is not too late."""


def verdict(session: Session, number: str = FULL) -> tuple[str, str]:
    """What the set says of the product of a certificate, with its reasons."""
    certificate = facts(session, number)
    assert certificate is not None
    judged = check_holder(session, sets.all_sets(session), product_of(certificate), certificate.holder, STILL_TO_COME)
    [found] = [one for rules, one in judged if rules.id == "city"]
    return str(found.answer), "; ".join(reason.text for reason in found.reasons)


# --- one company, spelt otherwise


@pytest.mark.parametrize("spelt", ["LICHTWERK ELECTRIC CO.,LTD", "lichtwerk-electric", "Lichtwerk Electric (LE)", "Lichtwerk Electric Ltd"])
def test_a_certificate_whose_holder_is_spelt_otherwise_counts(session: Session, spelt: str) -> None:
    sets.keep(session, RULES, "Made for tests.")
    certify(session, second=spelt)
    assert [verdict(session, number)[0] for number in (FULL, SECURITY)] == ["meets", "meets"]
    found = products.product(session, "lichtwerk-electric", "product-1")
    assert found is not None
    assert [set(at.covered) for at in found.versions] == [{"Core", "Security"}]
    party = products.holder(session, "lichtwerk-electric")
    assert party is not None
    assert (party.certificates, len(party.products)) == (2, 1)


def test_followed_answers_know_a_company_by_all_of_its_spellings(
    session_factory: sessionmaker[Session], settings: Settings, held: sessionmaker[Session]
) -> None:
    with held.begin() as session:
        certify(session, second="LICHTWERK ELECTRIC CO.,LTD")
    follow(settings, session_factory, clock=Hands())
    assert answers(session_factory) == {FULL: "meets", SECURITY: "meets"}


def answers(sessions: sessionmaker[Session]) -> dict[str, str]:
    with sessions() as session:
        return {row.number: row.answer for row in session.scalars(select(RulesAnswer).where(RulesAnswer.identity == "city"))}


# --- another name


def test_what_is_certified_under_another_name_is_not_this_companys_before_it_is_recorded(held: sessionmaker[Session]) -> None:
    with held() as session:
        answer, reasons = verdict(session)
        assert (answer, "another name" in reasons) == ("would meet with", False)
        assert search(session, SearchQuery(text="lichtwerk")).total == 1
        party = products.holder(session, "lwe")
        assert party is not None
        assert (party.certificates, party.aliases) == (1, ())


def test_a_record_decides_with_its_name_until_it_is_withdrawn(held: sessionmaker[Session]) -> None:
    made = record(held)
    with held() as session:
        for number in (FULL, SECURITY):
            answer, reasons = verdict(session, number)
            assert answer == "meets"
            assert f"“{OTHER}” is another name of “{HOLDER}”, as a reviewer recorded on 2026-01-01" in reasons
        matched = match(Device(OTHER, "Product 1", "V1.3.337"), certificate_index(session))
        assert matched.answer is Answer.COVERED
        assert f"“{OTHER}” is recorded as another name of “{HOLDER}”" in matched.sentence
        for slug in ("lichtwerk-electric", "lwe"):
            party = products.holder(session, slug)
            assert party is not None
            assert (party.certificates, party.first_name) == (2, HOLDER)
            shown = products.product(session, slug, "product-1")
            assert shown is not None
            assert [set(at.covered) for at in shown.versions] == [{"Core", "Security"}]
    with held.begin() as session:
        aliases.withdraw(session, made, "It is a sister company.")
    with held() as session:
        assert recorded(session).all == ()
        assert verdict(session)[0] == "would meet with"
        assert search(session, SearchQuery(text="lichtwerk")).total == 1


def test_names_that_differ_in_brackets_can_be_recorded(held: sessionmaker[Session]) -> None:
    with held.begin() as session:
        certify(session, second="Lichtwerk Electric (Shenzhen)")
    with held() as session:
        assert verdict(session)[0] == "cannot tell"
        assert (
            match(Device("Lichtwerk Electric (Shenzhen)", "Product 1", "V1.3.337"), certificate_index(session)).answer is Answer.CANNOT_TELL
        )
    record(held, name="Lichtwerk Electric (Shenzhen)")
    with held() as session:
        assert verdict(session)[0] == "meets"
        found = match(Device("Lichtwerk Electric (Shenzhen)", "Product 1", "V1.3.337"), certificate_index(session))
        assert (found.answer, len(found.certificates)) == (Answer.COVERED, 2)


# --- names that differ in their legal form alone

FORMS = ("Lichtwerk Electric GmbH", "Lichtwerk Electric Inc.")


def device_of(vendor: str) -> Device:
    return Device(vendor, "Product 1", "V1.3.337")


def test_names_that_differ_in_legal_form_can_be_recorded(held: sessionmaker[Session]) -> None:
    with held.begin() as session:
        certify(session, *FORMS)
    with held() as session:
        assert [verdict(session, number)[0] for number in (FULL, SECURITY)] == ["cannot tell", "cannot tell"]
        assert match(device_of(FORMS[1]), certificate_index(session)).answer is Answer.CANNOT_TELL
    made = record(held, *FORMS)
    with held() as session:
        [kept] = recorded(session).all
        for number in (FULL, SECURITY):
            answer, reasons = verdict(session, number)
            assert answer == "meets"
            assert f"“{FORMS[1]}” is another name of “{FORMS[0]}”, as a reviewer recorded on 2026-01-01" in reasons
        for name in FORMS:
            found = match(device_of(name), certificate_index(session))
            assert (found.answer, len(found.certificates)) == (Answer.COVERED, 2)
            assert f"“{FORMS[1]}” is recorded as another name of “{FORMS[0]}”" in str(found.to_json())
        assert linking([kept], "LICHTWERK Electric GMBH", "Lichtwerk-Electric Incorporated") == (kept,)
    with held.begin() as session:
        aliases.withdraw(session, made, "It is a subsidiary.")
    with held() as session:
        assert verdict(session)[0] == "cannot tell"


def test_a_record_of_two_legal_forms_is_of_these_two_alone(held: sessionmaker[Session]) -> None:
    record(held, *FORMS)
    record(held, FORMS[0], OTHER)
    with held() as session:
        known = recorded(session).of(OTHER)
        forms, name = known
        assert linking(known, *FORMS) == linking(known, *FORMS[::-1]) == (forms,)
        assert linking(known, OTHER, FORMS[0]) == linking(known, "Lichtwerk Electric", OTHER) == (name,)
        assert linking(known, OTHER, FORMS[1]) == linking(known, FORMS[0], "Lichtwerk Electric AG") == ()
        assert linking(known, FORMS[0], "Lichtwerk Electric (Shenzhen) Inc.") == linking(known, "Lichtwerk Electric", FORMS[1]) == ()
        assert recorded(session).others(FORMS[0]) == (FORMS[1], OTHER)
        assert recorded(session).others(FORMS[1]) == (FORMS[0],)
        assert recorded(session).others("Lichtwerk Electric") == (OTHER,)
    with pytest.raises(RegistryError, match=f"“{FORMS[1]}” is recorded as another name of “{FORMS[0]}”: withdraw that first"):
        record(held, "Lichtwerk Electric Incorporated", "Lichtwerk Electric GmbH")
    record(held, FORMS[0], "Lichtwerk Electric AG")
    with held() as session:
        known = recorded(session).all
        assert linking(known, FORMS[1], "Lichtwerk Electric AG") == ()


def test_a_reviewer_records_the_other_legal_form_on_the_page_whichever_is_its_first(
    reviewer: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    with session_factory.begin() as session:
        for position, holder in enumerate(("Lichtwerk Electric", "Lichtwerk Electric", *FORMS)):
            save_extraction(session, extraction(str(position), number=f"OCA.0016.{9100 + position}.CS", holder=holder), "any.txt")
    sent = {"csrf_token": token_of(reviewer), "name": FORMS[1], "reason": REASON}
    assert reviewer.post("/holders/lichtwerk-electric/names", data=sent).status_code == 303
    with session_factory() as session:
        [made] = recorded(session).all
        assert (made.holder, made.name) == FORMS
    assert f"“{FORMS[1]}” is another name of “{FORMS[0]}”, as a reviewer recorded" in reviewer.get("/holders/lichtwerk-electric").text


def test_a_search_for_one_name_finds_both_and_says_why(held: sessionmaker[Session]) -> None:
    record(held)
    with held() as session:
        for typed in ("lwe", "lichtwerk", "LICHTWERK-electric"):
            found = forgiving_search(session, SearchQuery(text=typed))
            assert (found.total, [one.name for one in found.known_as]) == (2, [OTHER]), typed
        assert forgiving_search(session, SearchQuery(text="9001")).known_as == ()


def test_the_name_of_a_record_is_found_joined_though_no_certificate_bears_it(held: sessionmaker[Session]) -> None:
    record(held, name="Sonne und Strom")
    with held() as session:
        found = forgiving_search(session, SearchQuery(text="SonneUndStrom"))
        assert [entry.number for entry in found.entries] == [FULL]
        assert [one.name for one in found.known_as] == ["Sonne und Strom"]
        party = products.holder(session, "sonne-und-strom")
        assert party is not None
        assert party.name == HOLDER
        shown = products.product(session, "sonne-und-strom", "product-1")
        assert shown is not None
        assert shown.holder_slug == "lichtwerk-electric"
        assert naming.name(session, topics.of_holder("sonne-und-strom")) == "Sonne und Strom"


def test_followed_answers_follow_a_record_and_its_end(held: sessionmaker[Session], settings: Settings) -> None:
    clock = Hands()
    follow(settings, held, clock=clock)
    assert answers(held)[FULL] == "would meet with"
    made = record(held)
    assert follow(settings, held, clock=clock) >= 2
    assert answers(held) == {FULL: "meets", SECURITY: "meets"}
    with held.begin() as session:
        aliases.withdraw(session, made, "It is a sister company.")
    assert follow(settings, held, clock=clock) >= 2
    assert answers(held)[FULL] == "would meet with"


def test_the_feed_of_a_holder_is_of_all_of_its_names(held: sessionmaker[Session]) -> None:
    def numbers(slug: str) -> set[str | None]:
        with held() as session:
            return {one.event.number for one in happenings.newest(session, topics.of_holder(slug)).seen}

    assert numbers("lwe") == {SECURITY}
    record(held)
    assert numbers("lwe") == numbers("lichtwerk-electric") == {FULL, SECURITY}


@pytest.mark.parametrize(
    ("holder", "name", "problem"),
    [
        (HOLDER, "?!", "has neither letters nor digits"),
        (HOLDER, "LICHTWERK-ELECTRIC Limited", "are taken for one company already"),
        ("Somebody", OTHER, f"“{OTHER}” is recorded as another name of “{HOLDER}”: withdraw that first"),
        (HOLDER, "L.W.E.", f"“{OTHER}” is recorded as another name of “{HOLDER}”: withdraw that first"),
        (OTHER, "A third", f"“{OTHER}” is itself recorded as another name of “{HOLDER}”: record this one there"),
        ("Somebody", "Lichtwerk Electric", f"“{HOLDER}” has other names of its own (“{OTHER}”)"),
        (HOLDER, "x" * 201, "write at most 200"),
    ],
)
def test_what_says_nothing_or_contradicts_a_record_is_refused(held: sessionmaker[Session], holder: str, name: str, problem: str) -> None:
    record(held)
    with pytest.raises(RegistryError) as refused:
        record(held, holder, name)
    assert problem in str(refused.value)
    with held() as session:
        assert len(recorded(session).all) == 1


# --- the pages


@pytest.fixture
def token(reviewer: FlaskClient) -> Callable[[], str]:
    return lambda: token_of(reviewer)


@pytest.mark.usefixtures("held")
def test_a_reviewer_records_and_withdraws_a_name_on_the_holders_page(
    reviewer: FlaskClient, visitor: FlaskClient, token: Callable[[], str], session_factory: sessionmaker[Session]
) -> None:
    page = reviewer.get("/holders/lichtwerk-electric").text
    assert "Other names of this company" in page
    sent = {"csrf_token": token(), "name": " LWE <b>Power</b> ", "reason": REASON}
    answer = reviewer.post("/holders/lichtwerk-electric/names", data=sent)
    assert (answer.status_code, answer.location) == (303, "/holders/lichtwerk-electric#names")
    for path in ("/holders/lichtwerk-electric", "/products/lichtwerk-electric/product-1", "/?q=power"):
        shown = visitor.get(path).text
        assert "LWE &lt;b&gt;Power&lt;/b&gt;" in shown, path
        assert "<b>Power" not in shown
        assert "as a reviewer recorded on" in shown
    assert REASON in visitor.get("/holders/lichtwerk-electric").text
    with session_factory() as session:
        [made] = recorded(session).all
    withdrawn = reviewer.post(f"/holders/lichtwerk-electric/names/{made.id}/withdraw", data={"csrf_token": token(), "reason": "A mistake."})
    assert withdrawn.status_code == 303
    assert "LWE" not in visitor.get("/holders/lichtwerk-electric").text
    assert "another name of" not in visitor.get("/?q=power").text
    with session_factory() as session:
        events = session.scalars(select(Event).where(Event.subject == "company").order_by(Event.id)).all()
    assert [(event.payload["what"], event.payload["reason"]) for event in events] == [
        ("other name recorded", REASON),
        ("other name withdrawn", "A mistake."),
    ]
    assert {event.author for event in events} == {"reviewer"}
    assert all((event.payload["holder"], event.payload["name"]) == (HOLDER, "LWE <b>Power</b>") for event in events)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"name": "LWE", "reason": ""}, 400, "Say in a few words why"),
        ({"name": "Lichtwerk Electric", "reason": REASON}, 409, "are taken for one company already"),
        ({"name": "", "reason": REASON}, 409, "neither letters nor digits"),
        ({"name": "x" * 201, "reason": REASON}, 400, "At most 200 letters"),
    ],
)
def test_what_cannot_be_recorded_is_said_beside_what_was_typed(
    reviewer: FlaskClient, token: Callable[[], str], sent: dict[str, str], status: int, said: str
) -> None:
    answer = reviewer.post("/holders/lichtwerk-electric/names", data=sent | {"csrf_token": token()})
    assert (answer.status_code, said in answer.text) == (status, True)
    assert f'value="{sent["name"]}"' in answer.text
    assert reviewer.post("/holders/nobody/names", data={"csrf_token": token(), "name": "A", "reason": REASON}).status_code == 404


@pytest.mark.usefixtures("held")
def test_only_reviewers_see_the_forms_and_a_forged_one_does_nothing(
    visitor: FlaskClient, auditor: FlaskClient, reviewer: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    for client in (visitor, auditor):
        assert "Other names of this company" not in client.get("/holders/lichtwerk-electric").text
    assert reviewer.post("/holders/lichtwerk-electric/names", data={"name": "LWE", "reason": REASON}).status_code == 400
    with session_factory() as session:
        assert recorded(session).all == ()


# --- programs


def test_programs_record_list_and_withdraw_names(held: sessionmaker[Session], visitor: FlaskClient) -> None:
    headers = bearer(held, Role.REVIEWER)
    wanted = {"holder": "lwe", "name": "Lichtwerk Energie", "reason": REASON}
    assert visitor.post("/api/v1/aliases", json=wanted).status_code == 401
    assert visitor.post("/api/v1/aliases", json=wanted, headers=bearer(held, Role.AUDITOR)).status_code == 403
    made = visitor.post("/api/v1/aliases", json=wanted, headers=headers)
    assert (made.status_code, made.get_json()["holder"]) == (201, OTHER)
    assert visitor.post("/api/v1/aliases", json=wanted, headers=headers).status_code == 409
    assert visitor.post("/api/v1/aliases", json=wanted | {"holder": "nobody"}, headers=headers).status_code == 404
    assert [one["name"] for one in visitor.get("/api/v1/aliases").get_json()["aliases"]] == ["Lichtwerk Energie"]
    assert visitor.get("/api/v1/holders/lwe").get_json()["known_as"] == [made.get_json()]
    assert visitor.get("/api/v1/products/lwe/product-1").get_json()["known_as"] == [made.get_json()]
    assert visitor.get("/api/v1/certificates?q=energie").get_json()["known_as"] == [made.get_json()]
    withdraw = f"/api/v1/aliases/{made.get_json()['id']}/withdraw"
    assert visitor.post(withdraw, json={"reason": "A mistake."}).status_code == 401
    assert visitor.post(withdraw, json={"reason": "A mistake."}, headers=headers).status_code == 200
    assert visitor.post(withdraw, json={"reason": "A mistake."}, headers=headers).status_code == 404
    assert visitor.post(f"/api/v1/aliases/{10**30}/withdraw", json={"reason": "A mistake."}, headers=headers).status_code == 404
    assert visitor.get("/api/v1/aliases").get_json() == {"aliases": []}
