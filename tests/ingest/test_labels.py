"""Labels in other words, in two languages, and labels of something else that only look like the ones looked for."""

from __future__ import annotations

import pytest

from ingest.parse import parse_document
from registry.certificates.facts import CertificateFacts, Extraction
from tests.corpus import platypus
from tests.corpus.content import blocks
from tests.corpus.facts import Sheet
from tests.corpus.look import Look
from tests.corpus.twists import Twist, cover_added, labels_as, relabelled, version_apart
from tests.ingest.certificates import golden_certificates

STATION = next(Sheet(certificate, {}) for certificate in golden_certificates() if certificate.facts.role == "CS")
TRADE = {
    "Certificate number": "Certificate No.",
    "Certificate holder": "Manufacturer",
    "Product designation": "Model name",
    "Certification date": "Date of issue",
    "Product type": "Type of product",
    "OCPP Software version": "FW version",
    "Vendor name": "Manufacturer",
    "Vendor": "Manufacturer",
    "Type": "Model",
    "Test laboratory": "Laboratory",
    "Location": "Laboratory location",
    "Test Report Reference": "Report No.",
    "Device Under Test": "Equipment under test",
    "DUT / SUT": "EUT",
    "OCTT version": "Test tool version",
    "Communication": "Transport",
}
COMPANY = {
    "Certificate number": "Certificate ID",
    "Certificate holder": "Company",
    "Product designation": "Product name",
    "Certification date": "Certified on",
    "OCPP Software version": "Firmware version",
    "Type": "Model name",
    "Test laboratory": "Testing laboratory name",
    "Test Report Reference": "Test report number",
}


def parsed(*twists: Twist) -> Extraction:
    found = blocks(STATION)
    for twist in twists:
        found = twist(found)
    return parse_document(platypus.render(found, Look("labels", size=7)), "x.pdf")


def rules(extraction: Extraction) -> set[str]:
    return {finding.rule for finding in extraction.findings}


USUAL: CertificateFacts = STATION.certificate.facts


@pytest.mark.parametrize("words", [TRADE, COMPANY], ids=["of the trade", "of a company"])
@pytest.mark.parametrize("apart", [False, True], ids=["version with the designation", "version with a label of its own"])
def test_labels_in_other_words_are_read_and_the_layout_is_said_to_be_unverified(words: dict[str, str], apart: bool) -> None:
    extraction = parsed(*([version_apart] if apart else []), relabelled(words))
    assert extraction.certificate == USUAL
    assert rules(extraction) - rules(parsed()) == {"layout-not-verified"}


def test_labels_in_capitals_or_with_a_blank_before_the_colon_are_the_usual_ones() -> None:
    assert parsed(labels_as(str.upper)).certificate == USUAL
    assert parsed(labels_as(lambda text: text.replace(":", " :"))).certificate == USUAL


def test_a_label_may_have_its_translation_in_its_cell() -> None:
    lines = [
        "OCPP 1.6 Full Certificate",
        "Certificate number / Zertifikatsnummer:\tOCA.0016.9999.CSMS",
        "인증서 보유자 / Certificate holder:\tSome Company Ltd.",
        "Product type | Produktart:\tCharging Station Management System",
        "Product designation 제품명\tSome System",
        "Certification date (Datum):\tMarch 1, 2024",
        "For the Open Charge Alliance:",
    ]
    facts = parse_document("\n".join(lines).encode(), "x.txt").certificate
    assert (facts.number, facts.holder, facts.designation) == ("OCA.0016.9999.CSMS", "Some Company Ltd.", "Some System")
    assert (facts.product_type, facts.certification_date) == ("Charging Station Management System", "2024-03-01")


OTHERS = {
    "qualified": [("Previous OCPP Software version:", "0.9.1"), ("Replaces certificate number:", "OCA.0016.0999.CS")],
    "other dates": [("Valid until:", "December 31, 2031"), ("Date of test report:", "2020-01-02"), ("Issue date:", "June 1, 2030")],
    "other names": [
        ("Manufacturer:", "Other GmbH"),
        ("Firmware version:", "77.1"),
        ("Model:", "Z-99"),
        ("Parent certificate holder:", "Else AG"),
    ],
}


@pytest.mark.parametrize("place", [1, 2, 4, 5, 6])
@pytest.mark.parametrize("lines", OTHERS.values(), ids=OTHERS)
def test_labels_of_something_else_do_not_disturb(lines: list[tuple[str, str]], place: int) -> None:
    """Whatever stands between the cover's rows: no value is taken from it, and nearly all others are read all the same."""
    extraction = parsed(version_apart, cover_added(lines, place))
    facts = extraction.certificate
    for name in ("number", "holder", "designation", "product_type", "software_version", "certification_date", "model", "vendor_name"):
        assert getattr(facts, name) in (getattr(USUAL, name), None), name
    assert (facts.number, facts.product_type, facts.certification_date) == (USUAL.number, USUAL.product_type, USUAL.certification_date)
    assert not rules(extraction) - rules(parsed()) - {"layout-not-verified"}


def test_a_label_with_more_words_is_another_label() -> None:
    lines = [
        "OCPP 1.6 Full Certificate",
        "Certificate holder:\tSome Company Ltd.",
        "Certificate holder address:\tSome Street 3",
        "Product type:\tCharging Station",
        "For the Open Charge Alliance:",
    ]
    assert parse_document("\n".join(lines).encode(), "x.txt").certificate.holder == "Some Company Ltd."


def test_a_date_broken_after_its_hyphen_is_one_date() -> None:
    lines = ["OCPP 1.6 Full Certificate", "Certificate holder:\tSome Company Ltd.", "Certificate number:\tOCA.0016.9999.CSMS"]
    lines += ["This certificate attests that the above mentioned product conforms with the reference specification OCPP 1.6 -"]
    lines += ["Edition 2 with OCPP 1.6 Errata sheet (v4.0 Release, 2019-10-", "23).", "For the Open Charge Alliance:"]
    facts = parse_document("\n".join(lines).encode(), "x.txt").certificate
    assert (facts.reference_specification, facts.errata) == ("OCPP 1.6 - Edition 2", "v4.0 Release, 2019-10-23")
