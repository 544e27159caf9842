"""Numbers that the OCA's list has for another company or product than the document: neither is taken for sure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ingest.checks import document_findings
from ingest.grammar.certificate import Evidence
from ingest.listing_import import join_listing
from registry.certificates.facts import FieldState, Finding, Provenance, Severity
from registry.certificates.findings import record_findings
from registry.certificates.matchable import certificate_index
from registry.certificates.models import Certificate
from registry.certificates.store import save_extraction
from registry.listing.store import import_rows
from registry.matching.aliases import NONE
from registry.matching.disputes import disputed
from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, CurrentList, Device
from registry.requirements.checking import check, check_holder
from registry.requirements.evaluation import Answer as Said
from registry.requirements.lookup import finder, holding
from registry.requirements.model import Certified as Asked
from registry.requirements.offers import Offer
from registry.requirements.table import Offers
from registry.requirements.truth import Fact
from tests.registry.making import FACTS, extraction, row
from tests.registry.requirements.making import rules

DOCUMENT = Certified(
    number="OCA.0016.9001.CS",
    holder="Lichtwerk Electric GmbH",
    vendor_name="Lichtwerk Electric GmbH",
    designation="LW-22",
    model="LW-22",
    software_version="1.0",
    role="CS",
    protocol="OCPP 1.6",
    profiles=("Core",),
)
ROW = Certified("OCA.0016.9001.CS", "Hanmaum", "Platform X", "1.0", "CS", document=False, is_disputed=True)


@pytest.mark.parametrize(
    ("holder", "designation", "fields"),
    [
        ("Hanmaum", "Platform X", {"holder", "designation"}),
        ("Hanmaum", "LW-22", {"holder"}),
        ("Lichtwerk Electric", "Platform X", {"designation"}),
        # Any of these may be what the document names, written otherwise.
        ("Lichtwerk Electric Korea", "LW 22", set()),
        ("LICHTWERK", "LW-22-EU", set()),
        ("리히트베르크", "LW-22", set()),
        ("Lichtwerk Electrik", "LW-2Z", set()),
        (None, None, set()),
    ],
)
def test_only_what_cannot_be_another_spelling_is_a_dispute(holder: str | None, designation: str | None, fields: set[str]) -> None:
    assert disputed(DOCUMENT, replace(ROW, holder=holder, designation=designation)) == fields


def test_what_was_not_read_is_not_disputed() -> None:
    assert disputed(replace(DOCUMENT, unread=frozenset({"vendor_name", "model"})), ROW) == set()


def test_a_row_in_dispute_stands_beside_the_document() -> None:
    index = Index([DOCUMENT, ROW], {"CS": CurrentList(1, date(2026, 5, 4))})
    found = match(Device("Hanmaum", "Platform X", "1.0"), index)
    assert found.answer is Answer.CANNOT_TELL
    assert found.rule == "listing-disputed"
    for told in ("“Platform X” of “Hanmaum”", DOCUMENT.number or "", "names “LW-22” of “Lichtwerk Electric GmbH”"):
        assert told in found.sentence
    plain = Index([DOCUMENT, replace(ROW, is_disputed=False)], {"CS": CurrentList(1, date(2026, 5, 4))})
    assert match(Device("Hanmaum", "Platform X", "1.0"), plain).answer is Answer.NOT_COVERED


@pytest.mark.parametrize(
    ("vendor", "model", "firmware"),
    [
        ("Hanmaum", "Platform X", "9.9"),
        ("Hanmaum", "Platform-X", "1.0"),
        ("Hanmaum", "Platform X Pro", "1.0"),
        ("Hanmaum", "Platfrom X", "1.0"),
        ("Somebody Else", "Platform X", "9.9"),
        ("Somebody Else", "Platform X Pro", "1.0"),
    ],
)
def test_what_a_row_in_dispute_may_be_for_is_never_said_of_the_certificate(vendor: str, model: str, firmware: str) -> None:
    """The certificate is not for what the row has; nothing is denied by it either, as any cell of the row may be the wrong one."""
    found = match(Device(vendor, model, firmware), Index([DOCUMENT, ROW], {"CS": CurrentList(1, date(2026, 5, 4))}))
    assert found.answer is Answer.CANNOT_TELL
    assert {reason.rule for reason in found.reasons} == {"listing-disputed"}


def test_a_role_in_dispute_is_named() -> None:
    row = replace(ROW, holder=DOCUMENT.holder, designation=DOCUMENT.designation, role="CSMS")
    found = match(Device(DOCUMENT.holder, "LW-22", "1.0", "CSMS"), Index([DOCUMENT, row]))
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "listing-disputed")
    assert "(charging stations)" in found.sentence


def stored(sessions: sessionmaker[Session], **cells: object) -> None:
    """The station's document, and a list of stations that has its number otherwise."""
    own = row(9001, certificate_no=FACTS.number, number=FACTS.number, company=FACTS.holder, designation=FACTS.designation)
    own = replace(own, **{"software_version": FACTS.software_version, "product_type": "Charging Station", **cells})  # type: ignore[arg-type]  # cells
    others = [row(n, certificate_no=f"OCA.0016.{n:04}.CS", number=f"OCA.0016.{n:04}.CS", product_type="Charging Station") for n in range(3)]
    systems = [row(n) for n in range(100, 103)]
    with sessions.begin() as session:
        save_extraction(session, extraction(), "station.txt")
        import_rows(session, "list.csv", "0" * 64, [own, *others, *systems])
        join_listing(session, {FACTS.number or ""})


def answers(sessions: sessionmaker[Session], *devices: Device) -> list[Answer]:
    with sessions() as session:
        index = certificate_index(session)
    return [match(device, index).answer for device in devices]


OWN = Device("Holder 1", "Product 1", "V1.3.337")
LISTED = Device("Hanmaum", "Platform X", "V1.3.337")


def test_of_a_number_that_the_list_has_for_another_neither_is_sure(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, company="Hanmaum", designation="Platform X")
    assert answers(session_factory, OWN, LISTED) == [Answer.CANNOT_TELL, Answer.CANNOT_TELL]


def test_a_row_that_spells_otherwise_takes_nothing_away(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, company="HOLDER 1 Co., Ltd.", designation="Product-1")
    assert answers(session_factory, OWN, LISTED) == [Answer.COVERED, Answer.NOT_COVERED]


def test_what_is_no_finding_any_more_is_no_dispute(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, company="Hanmaum", designation="Platform X")
    with session_factory.begin() as session:
        certificate_id = session.scalars(select(Certificate.id)).one()
        record_findings(session, "listing", {certificate_id: []})
    assert answers(session_factory, OWN, LISTED) == [Answer.COVERED, Answer.NOT_COVERED]


def test_a_station_that_the_list_files_under_management_systems_is_left_open_there_alone(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, product_type="Charging Station Management System")
    assert answers(session_factory, OWN, replace(OWN, role="CSMS")) == [Answer.COVERED, Answer.CANNOT_TELL]


def test_a_row_whose_number_and_product_type_disagree_is_of_either_role(session_factory: sessionmaker[Session]) -> None:
    number = "OCA.0016.9039.CS"
    of_both = row(9039, certificate_no=number, number=number, company="Hanmaum", designation="Platform X")
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "0" * 64, [of_both, *(row(n) for n in range(1, 5))])
    assert answers(session_factory, replace(LISTED, role="CSMS"), LISTED) == [Answer.CANNOT_TELL, Answer.CANNOT_TELL]


@pytest.mark.parametrize("fields", [("number", "product_type", "role"), ("number", "product_type")])
def test_a_role_that_the_document_contradicts_is_either(session_factory: sessionmaker[Session], fields: tuple[str, ...]) -> None:
    """Also as it was found before the role was among what such a finding names."""
    stored(session_factory)
    with session_factory.begin() as session:
        certificate_id = session.scalars(select(Certificate.id)).one()
        said = Finding("number-suffix-product-type", Severity.ERROR, "The number says CS, the document CSMS.", fields)
        record_findings(session, "document", {certificate_id: [said]})
    assert answers(session_factory, OWN, replace(OWN, role="CSMS")) == [Answer.CANNOT_TELL, Answer.CANNOT_TELL]


CONTRADICTED = extraction(
    number="OCA.0016.9055.CS", role="CS", product_type="Charging Station Management System", holder="Lichtwerk", designation="LW-22"
)


def contradicted(sessions: sessionmaker[Session], product_type: str) -> None:
    """A station's document by its number, with what the pipeline finds in it, and where number and product type stand."""
    facts = replace(CONTRADICTED.certificate, product_type=product_type)
    places = (("number", 1, 3), ("product_type", 1, 9), ("device_under_test", 2, 46))
    at = [Provenance(field, None, FieldState.READ, page, line, None, "label") for field, page, line in places]
    tested = Evidence(device_under_test=("CSMS",))
    made = replace(CONTRADICTED, certificate=facts, fields=tuple(at), findings=document_findings(facts, tested))
    with sessions.begin() as session:
        save_extraction(session, made, "station.txt")


@pytest.mark.parametrize(
    ("product_type", "other", "places"),
    [
        (
            "Charging Station Management System",
            "a Charging Station Management System",
            "See the number on page 1 in line 3, the product type on page 1 in line 9 and the device under test on page 2 in line 46.",
        ),
        # What was tested says otherwise: the product type is as the number has it.
        (
            "Charging Station",
            "a CSMS",
            "See the number on page 1 in line 3 and the device under test on page 2 in line 46.",
        ),
    ],
)
def test_a_contradicted_role_is_told_with_what_contradicts_what_and_where(
    session_factory: sessionmaker[Session], product_type: str, other: str, places: str
) -> None:
    contradicted(session_factory, product_type)
    found_text = f"The number OCA.0016.9055.CS belongs to a Charging Station, but the document is about {other}."
    with session_factory() as session:
        found = match(Device("Lichtwerk", "LW-22", "V1.3.337"), certificate_index(session))
        offered = Offer(holder="Lichtwerk", model="LW-22", software_version="V1.3.337")
        verdict = check(session, rules(Asked("core", profiles=("Core",))), {}, Offers((offered,)), date(2026, 5, 4)).rows[0].verdict
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "role-contradicted")
    assert verdict.answer is Said.CANNOT_TELL
    for told in (found.sentence, " ".join(verdict.missing)):
        assert f"{found_text} {places}" in told
        assert "not read with certainty" not in told


def unsure_in_offers(sessions: sessionmaker[Session]) -> frozenset[str]:
    """What requirement sets take no certificate of that number for sure in."""
    with sessions() as session:
        held = holding(session, finder(session).by_number[FACTS.number or ""], NONE)
    return frozenset(path for one in held.values() for path in one.unread)


def test_offers_are_judged_with_the_same_doubts(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, company="Hanmaum", designation="Product-1")
    assert unsure_in_offers(session_factory) >= {"holder"}
    assert "designation" not in unsure_in_offers(session_factory)
    with session_factory.begin() as session:
        certificate_id = session.scalars(select(Certificate.id)).one()
        said = Finding("number-suffix-product-type", Severity.ERROR, "The number says CS, the document CSMS.", ("number", "product_type"))
        record_findings(session, "document", {certificate_id: [said]})
    assert unsure_in_offers(session_factory) >= {"holder", "role"}


@pytest.mark.parametrize(
    ("company", "designation", "offered"),
    [
        ("Hanmaum", "Platform X", Offer(holder="Hanmaum", model="Platform X", software_version="V1.3.337")),
        ("Hanmaum", "Product 1", Offer(holder="Hanmaum", model="Product 1", software_version="V1.3.337")),
        ("Holder 1", "Platform X", Offer(holder="Holder 1", model="Platform X", software_version="V1.3.337")),
        ("Hanmaum", "Platform X", Offer(holder="Hanmaum", model="Platform X", certificates=("OCA.0016.9001.CS",))),
    ],
)
def test_an_offer_of_what_the_row_names_is_told_what_is_in_dispute(
    session_factory: sessionmaker[Session], company: str, designation: str, offered: Offer
) -> None:
    stored(session_factory, company=company, designation=designation)
    with session_factory() as session:
        verdict = check(session, rules(Asked("core", profiles=("Core",))), {}, Offers((offered,)), date(2026, 5, 4)).rows[0].verdict
    assert verdict.answer is Said.CANNOT_TELL
    [told] = [reason for reason in verdict.reasons if "has a row for" in reason.text]
    assert f"a row for {designation} of {company} under number OCA.0016.9001.CS" in told.text
    assert "names Product 1 of Holder 1" in told.text
    assert Fact("OCA.0016.9001.CS", "listed", f"{company}, {designation}") in told.facts


def test_the_finding_names_the_role() -> None:
    facts = replace(FACTS, product_type="Charging Station Management System")
    [found] = [one for one in document_findings(facts, Evidence()) if one.rule == "number-suffix-product-type"]
    assert "role" in found.fields


@pytest.mark.parametrize("vendor", ["Holder 1", "Hanmaum"])
@pytest.mark.parametrize("model", ["Product 1", "Platform X", "Prodcut 1", "Platfrom X", "Product-1 EU", "Platform X Pro"])
def test_either_company_with_either_product_is_left_open_for_devices_and_offers(
    session_factory: sessionmaker[Session], vendor: str, model: str
) -> None:
    """Any cell of the row may be the wrong one, and so may the document."""
    stored(session_factory, company="Hanmaum", designation="Platform X")
    offered = Offer(holder=vendor, model=model, software_version="V1.3.337")
    asked = rules(Asked("core", profiles=("Core",)))
    with session_factory() as session:
        verdict = check(session, asked, {}, Offers((offered,)), date(2026, 5, 4)).rows[0].verdict
        [(_, of_holder)] = check_holder(session, {"set": asked}, offered, vendor, date(2026, 5, 4))
    assert answers(session_factory, Device(vendor, model, "V1.3.337")) == [Answer.CANNOT_TELL]
    assert (verdict.answer, of_holder.answer) == (Said.CANNOT_TELL, Said.CANNOT_TELL)
    for said in (verdict, of_holder):
        assert any("a row for Platform X of Hanmaum under number OCA.0016.9001.CS" in reason.text for reason in said.reasons)


@pytest.mark.parametrize("vendor", ["Holder 1", "Hanmaum"])
def test_of_neither_company_another_product_is_taken_for_it(session_factory: sessionmaker[Session], vendor: str) -> None:
    stored(session_factory, company="Hanmaum", designation="Platform X")
    offered = Offer(holder=vendor, model="ZZ-77", software_version="V1.3.337")
    asked = rules(Asked("core", profiles=("Core",)))
    with session_factory() as session:
        verdict = check(session, asked, {}, Offers((offered,)), date(2026, 5, 4)).rows[0].verdict
    assert not any("has a row for" in reason.text for reason in verdict.reasons)
