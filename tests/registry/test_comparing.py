"""Certificates are compared by numbers as people write them, and what differs is not a sign."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from registry.certificates.comparing import compare
from registry.certificates.store import save_extraction
from registry.errors import RegistryError
from tests.registry.making import extraction

ONE, OTHER, REVISED = "OCA.0016.0608.CS", "OCA.0016.0709.CS", "OCA.0201.0042.CSMS"
EDITIONS = {ONE: "OCPP 1.6 - Edition 2", OTHER: "OCPP 1.6 – Edition 2", REVISED: "OCPP 2.0.1"}


@pytest.fixture(autouse=True)
def stocked(session: Session) -> None:
    for number, edition in EDITIONS.items():
        save_extraction(session, extraction(number, number=number, reference_specification=edition), "any.txt")
    save_extraction(session, extraction("again", number=REVISED, revision="update-2025-12-12"), "any.txt")


@pytest.mark.parametrize(
    "typed",
    [
        *("OCA.0016.0608.CS", "oca.0016.0608.cs", "OCA.0016.0608", "0016.0608", "0016.0608.CS", "0016-0608", "16.608", "OCA 16 608"),
        *("oca-0016-0608-cs", "OCA/0016/0608", "0CA.OO16.O608.CS", " OCA.0016.0608.CS "),
    ],
)
def test_a_number_is_known_in_any_spelling(session: Session, typed: str) -> None:
    assert [side.number for side in compare(session, [typed, OTHER], []).sides] == [ONE, OTHER]


@pytest.mark.parametrize("typed", [REVISED.lower(), "0201.0042", "oca 0201 0042"])
def test_a_revision_that_is_named_is_the_one_that_is_taken(session: Session, typed: str) -> None:
    [side, _] = compare(session, [f"{typed}/update-2025-12-12", ONE], []).sides
    assert (side.number, side.revision) == (REVISED, "update-2025-12-12")
    [side, _] = compare(session, [typed, ONE], []).sides
    assert (side.number, side.revision) == (REVISED, None)
    with pytest.raises(RegistryError, match="knows no certificate"):
        compare(session, [f"{typed}/update-2024-01-01", ONE], [])


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("0016.0700", "knows no certificate 0016.0700"),
        ("0042", "knows no certificate"),
        ("Product 1", "knows no certificate"),
        ("oca.0016.0709.cs", "named twice"),
        ("16-408 and 16-709", "knows no certificate|can be several"),
    ],
)
def test_what_is_no_one_certificate_is_a_sentence(session: Session, typed: str, line: str) -> None:
    with pytest.raises(RegistryError, match=line):
        compare(session, [typed, OTHER], [])


def test_a_number_without_its_role_can_be_two(session: Session) -> None:
    save_extraction(session, extraction("central", number="OCA.0016.0608.CSMS"), "any.txt")
    with pytest.raises(RegistryError, match=r"can be several certificates \(OCA.0016.0608.CS, OCA.0016.0608.CSMS\)"):
        compare(session, ["0016.0608", OTHER], [])
    assert compare(session, ["0016.0608.cs", OTHER], []).sides[0].number == ONE


def test_the_kind_of_dash_is_no_difference(session: Session) -> None:
    found = compare(session, [ONE, OTHER], [])
    assert "Reference specification" in {row.label for row in found.alike}
    assert "Reference specification" in {row.label for row in compare(session, [ONE, REVISED], []).differing}
