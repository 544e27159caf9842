"""A certificate is for the product that it designates, of the company that holds it, and for no other that it names."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, Device
from registry.requirements.truth import Truth
from tests.registry.matching.test_agreement import truths
from tests.registry.matching.test_match import DEVICE, FULL, LISTS, SECURITY

BRAND = replace(
    FULL, number="W01.OCA.0016.9001.CS", kind="White label", holder="Brand", designation="B-22", vendor_name="Maker", model="M-22"
)
MEMBER = replace(FULL, number="F01.OCA.0016.9001.CS", kind="Family", holder="Maker", vendor_name="Maker", designation="M-11", model="M-22")


def told(certificate: Certified, vendor: str, model: str, listed: bool) -> tuple[Answer, Truth]:
    """What the fleet and what the requirement sets say."""
    device = replace(DEVICE, vendor=vendor, model=model)
    found = match(device, Index([certificate], LISTS if listed else {}))
    return found.answer, truths(device, [certificate])[certificate.name]


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("certificate", [BRAND, replace(BRAND, number=FULL.number, kind="Full")])
def test_what_was_tested_for_a_brand_is_not_certified_by_its_certificate(certificate: Certified, listed: bool) -> None:
    for vendor, model in itertools.product(("Brand", "Maker"), ("B-22", "M-22")):
        expected = (Answer.COVERED, Truth.TRUE) if (vendor, model) == ("Brand", "B-22") else (Answer.CANNOT_TELL, Truth.UNKNOWN)
        assert told(certificate, vendor, model, listed) == expected, (vendor, model)
    found = match(replace(DEVICE, vendor="Maker", model="M-22"), Index([certificate], LISTS))
    assert f"{certificate.number} is for “B-22” of “Brand” alone; that “M-22” of “Maker” is named by it" in found.sentence


@pytest.mark.parametrize("listed", [False, True])
def test_a_family_certificate_is_for_the_member_that_it_designates(listed: bool) -> None:
    assert told(MEMBER, "Maker", "M-11", listed) == (Answer.COVERED, Truth.TRUE)
    assert told(MEMBER, "Maker", "M-22", listed) == (Answer.CANNOT_TELL, Truth.UNKNOWN)


@pytest.mark.parametrize(
    ("designation", "model", "is_certified"),
    [
        ("LEX007-1CH02CW", "LEX007-1CH02CW", True),
        ("Wallbox Pro", "WX-22", True),  # a name for the market, and its type
        ("WX", "WX-22", True),
        ("WX 22 Pro", "WX-22", True),
        ("WX-22 Pro Max", "Pro Max WX 22", True),
        ("WX-11", "WX-22", False),  # a figure makes another model
        ("Wallbox 11", "WX-22", False),
        ("WX-22", "WX-22-R", True),
        ("WX-221", "WX-22", False),
        (None, "WX-22", True),
    ],
)
def test_the_type_that_was_tested_is_certified_unless_another_is_designated(
    designation: str | None, model: str, is_certified: bool
) -> None:
    certificate = replace(FULL, designation=designation, model=model)
    expected = (Answer.COVERED, Truth.TRUE) if is_certified else (Answer.CANNOT_TELL, Truth.UNKNOWN)
    assert told(certificate, "Line Electric", model, True) == expected
    for unsure in ("designation", "vendor_name") if designation != model else ("designation",):
        unread = replace(certificate, unread=frozenset({unsure}))
        assert told(unread, "Line Electric", model, True) == (Answer.CANNOT_TELL, Truth.UNKNOWN)


def test_what_was_tested_at_another_version_is_said_so_with_the_list_alone() -> None:
    device = replace(DEVICE, vendor="Maker", model="M-22", firmware="9")
    found = match(device, Index([BRAND], LISTS))
    assert (found.answer, found.rule) == (Answer.NOT_COVERED, "tested-for-another")
    assert "is for “B-22” of “Brand” at software version “V1.3.337”; “M-22” of “Maker”" in found.sentence
    assert match(device, Index([BRAND])).answer is Answer.CANNOT_TELL


ONE = {"Socket(s) / connector(s)": "Single", "Communication technology": "Ethernet"}
ANOTHER = {"Socket(s) / connector(s)": "Multiple", "Communication technology": "Mobile"}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("listed", [{}, LISTS])
def test_certificates_of_two_products_are_not_added_up(order: int, listed: dict[str, object]) -> None:
    full, security = replace(FULL, hardware=ONE), replace(SECURITY, hardware=ANOTHER)
    found = match(DEVICE, Index([full, security][::order], listed))  # type: ignore[arg-type]  # of one kind
    assert (found.answer, found.rule, found.certificates) == (Answer.CANNOT_TELL, "several-products", ())
    for said in ("Socket(s) / connector(s): Single", "Socket(s) / connector(s): Multiple"):
        assert said in found.sentence
    # The device's own rows say which it is.
    known = match(replace(DEVICE, hardware=ONE), Index([full, security], listed))  # type: ignore[arg-type]  # of one kind
    assert (known.answer, known.certificates) == (Answer.COVERED, (full,))
    alike = replace(security, hardware={"Socket(s) / connector(s)": "1"})
    assert match(DEVICE, Index([full, alike], listed)).certificates == (full, alike)  # type: ignore[arg-type]  # of one kind


def test_certificates_of_two_types_with_one_name_are_not_added_up() -> None:
    one, other = replace(FULL, designation="DC Charger", model="DC-60"), replace(SECURITY, designation="DC Charger", model="DC-120")
    device = Device("Line Electric", "DC Charger", "1.3.337")
    found = match(device, Index([one, other], LISTS))
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "several-products")
    assert "is for “DC-60”, and" in found.sentence
    assert match(replace(device, model="DC-60"), Index([one, other], LISTS)).certificates == (one,)
    # Which member of a family passed says nothing of the member that the certificate is for.
    family = replace(other, number="F01.OCA.0016.9002.CS", designation="DC-60")
    assert match(replace(device, model="DC-60"), Index([one, family], LISTS)).certificates == (one, family)
