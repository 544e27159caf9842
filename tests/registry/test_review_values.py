"""A correction to what no certificate can say is refused, with a sentence."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.certificates.facts import SCALAR_FIELDS, CertificateFacts, FieldState
from registry.certificates.paths import parts, values, with_values
from registry.review.values import Impossible, Written, checked
from tests.registry import making

TODAY = date(2026, 5, 4)
PICS = "performance.Response time Authorize.pics_seconds"
READ = FieldState.READ


@pytest.mark.parametrize(
    ("path", "text", "written"),
    [
        ("number", " OCA.0016.9901.CS ", "OCA.0016.9901.CS"),
        ("number", "W01.OCA.0201.9901.CSMS", "W01.OCA.0201.9901.CSMS"),
        ("certification_date", "2024-02-29", "2024-02-29"),
        ("certification_date", "2026-05-04", "2026-05-04"),
        ("profiles.Core", "Not Tested", "Not Tested"),
        (PICS, "030", "30"),
        (PICS, "0", "0"),
        ("protocol", "OCPP 1.6", "OCPP 1.6"),
        ("communication", "SOAP", "SOAP"),
        ("software_version", "V1.3.337", "V1.3.337"),
        ("holder", "Holder  1\n Ltd.", "Holder 1 Ltd."),
        ("configuration_keys.HeartbeatInterval", "FALSE", "FALSE"),
    ],
)
def test_what_a_certificate_can_say_is_taken_in_its_normal_form(path: str, text: str, written: str) -> None:
    assert checked(path, READ, text, today=TODAY) == Written(written, READ)


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("number", "OCA.0016.CS", "is no certificate number"),
        ("number", "0016.9901.CS", "is no certificate number"),
        ("number", "OCA.0017.9901.CS", "names no protocol"),
        ("certification_date", "2023-02-30", "no day of the calendar"),
        ("certification_date", "12 July 2023", "no day of the calendar"),
        ("certification_date", "20230712", "as it is written here"),
        ("certification_date", "2026-05-05", "yet to come"),
        ("certification_date", "1998-01-01", "before there were"),
        ("profiles.Core", "Passed", "Pass, Fail, Not Tested, N/A"),
        (PICS, "30s", "no whole number of seconds"),
        (PICS, "-1", "no whole number of seconds"),
        (PICS, "1.5", "no whole number of seconds"),
        (PICS, "٣", "no whole number of seconds"),
        (PICS, "86401", "more than a day"),
        ("protocol", "OCPP 2.0.1", "the number decides"),
        ("role", "CSMS", "the number decides"),
        ("role", "CPO", "none of what can stand here"),
        ("holder", "", "Write the value"),
        ("holder", " \t\n", "Write the value"),
        ("holder", "-", "choose “declared empty”"),
        ("holder", "x" * 501, "501 letters"),
        ("holder", "a\u202eb", "cannot be seen"),
        ("revision", "r" * 101, "No revision is longer"),
        ("nonsense", "x", "no field of a certificate"),
        ("profiles.", "Pass", "no field of a certificate"),
        ("performance.x", "1", "no field of a certificate"),
    ],
)
def test_what_no_certificate_can_say_is_refused(path: str, text: str, sentence: str) -> None:
    with pytest.raises(Impossible, match=sentence):
        checked(path, READ, text, today=TODAY, number="OCA.0016.9901.CS")


def test_what_is_printed_as_not_applicable_is_that_state() -> None:
    not_applicable = FieldState.NOT_APPLICABLE
    assert checked("profiles.Core", READ, "N/A", today=TODAY) == Written("N/A", not_applicable)
    assert checked("hardware.Cable", not_applicable, "left over", today=TODAY) == Written("N/A", not_applicable)
    assert checked(PICS, not_applicable, "", today=TODAY) == Written(None, not_applicable)


@pytest.mark.parametrize("state", [FieldState.ABSENT, FieldState.DECLARED_EMPTY, FieldState.UNREAD])
def test_a_field_without_a_value_has_none(state: FieldState) -> None:
    assert checked("holder", state, "left over", today=TODAY) == Written(None, state)


def test_a_certificate_without_number_is_none() -> None:
    with pytest.raises(Impossible, match="every certificate has it"):
        checked("number", FieldState.ABSENT, "", today=TODAY)


@given(making.facts())
def test_values_go_out_and_in_by_their_paths(facts: CertificateFacts) -> None:
    names = [row.name for row in facts.performance or ()]
    assume(len(names) == len(set(names)))
    found = values(facts)
    assert all(parts(path) for path in found)
    assert with_values(facts, found) == facts
    empty = with_values(facts, dict.fromkeys(found), frozenset(found))
    assert set(values(empty)) == set(SCALAR_FIELDS)
    assert not any(values(empty).values())


@given(making.facts(), st.text(min_size=1, max_size=30))
def test_a_row_of_any_name_can_be_put_in(facts: CertificateFacts, name: str) -> None:
    path = f"hardware.{name}"
    assert values(with_values(facts, {path: "x"}))[path] == "x"
    times = f"performance.{name}.pics_seconds"
    assert values(with_values(facts, {times: 3}))[times] == 3
