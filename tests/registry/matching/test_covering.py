"""What covering certificates say together: of one protocol, by which kind of certificate, and of which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching.index import Index
from registry.matching.match import match
from registry.matching.model import Answer, Certified, Step, Together, step_of
from tests.registry.matching.test_match import DEVICE, FULL, LISTS, SECURITY

LATER = replace(SECURITY, number="OCA.0201.9002.CS", protocol="OCPP 2.0.1", profiles=("Advanced Security",))
UNKNOWN = frozenset({"protocol"})


@pytest.mark.parametrize("order", [1, -1])
def test_security_for_another_protocol_adds_nothing(order: int) -> None:
    found = match(DEVICE, [FULL, LATER][::order])
    assert (found.answer, found.certificates) == (Answer.COVERED, (FULL,))
    assert found.to_json()["profiles"] == ["Core", "Smart Charging"]
    assert [(one.rule, one.number) for one in found.reasons] == [("exact", FULL.number), ("protocol-apart", LATER.number)]
    assert "for OCPP 2.0.1, of which none is known here that covers Core: nothing that it certifies is added." in found.reasons[1].sentence
    assert not any("adds security" in one.sentence for one in found.reasons)


@pytest.mark.parametrize(("full", "security"), [(frozenset(), UNKNOWN), (UNKNOWN, frozenset()), (UNKNOWN, UNKNOWN)])
@pytest.mark.parametrize("state", ["unread", "doubted"])
def test_security_is_added_only_where_both_protocols_are_known(full: frozenset[str], security: frozenset[str], state: str) -> None:
    certificates = [replace(FULL, **{state: full}), replace(SECURITY, **{state: security})]  # type: ignore[arg-type]  # a field by name
    found = match(DEVICE, certificates)
    assert (found.answer, len(found.certificates), len(found.reasons)) == (Answer.COVERED, 1, 2)
    assert found.profiles == FULL.profiles
    assert found.reasons[1].rule == ("protocol-unread" if security else "protocol-apart")


def test_of_two_protocols_each_is_told_by_itself() -> None:
    both = replace(FULL, number="OCA.0201.9001.CS", protocol="OCPP 2.0.1", profiles=("Core", "Advanced Security"))
    found = match(DEVICE, [FULL, both, SECURITY, LATER])
    assert {one.number for one in found.certificates} == {FULL.number, both.number, SECURITY.number, LATER.number}
    assert found.together == (
        Together("OCPP 1.6", ("Core", "Smart Charging", "Security")),
        Together("OCPP 2.0.1", ("Core", "Advanced Security")),
    )
    assert found.to_json()["together"][1] == {"protocol": "OCPP 2.0.1", "profiles": ["Core", "Advanced Security"]}
    assert found.profiles == found.together[0].profiles
    spoken = match(replace(DEVICE, protocol="OCPP 2.0.1"), [FULL, both, SECURITY, LATER])
    assert spoken.together == (Together("OCPP 2.0.1", ("Core", "Advanced Security")),)


PROTOCOLS = st.sampled_from(["OCPP 1.6", "OCPP 2.0.1", "OCPP 2.1", None])
ATTESTING = st.builds(
    lambda number, protocol, profiles, unread: replace(
        FULL, number=f"OCA.0016.{number}.CS", protocol=protocol, profiles=profiles, unread=unread
    ),
    st.integers(1000, 1009),
    PROTOCOLS,
    st.sampled_from([("Core",), ("Core", "Smart Charging"), ("Security",), ("Reservation",)]),
    st.sampled_from([frozenset(), UNKNOWN]),
)


@given(st.lists(ATTESTING, min_size=1, max_size=4, unique_by=lambda one: one.number))
def test_no_profile_is_told_of_a_protocol_without_its_certificates(certificates: list[Certified]) -> None:
    found = match(DEVICE, certificates)
    assert (found.answer is Answer.COVERED) == any("Core" in one.profiles for one in certificates)
    for together in found.together:
        assert "Core" in together.profiles
        of_one = [one for one in certificates if one.protocol == together.protocol and "protocol" not in one.unread]
        told = set(together.profiles)
        if together.protocol is None:
            assert any(told == set(one.profiles) for one in certificates)
        else:
            assert told == {profile for one in of_one for profile in one.profiles}


@pytest.mark.parametrize(
    ("number", "kind", "step"),
    [
        ("OCA.0016.9001.CS", "Full", Step.DIRECT),
        ("OCA.0016.9001.CS", None, Step.DIRECT),
        ("OCA.0016.9001.CS", "Family", Step.FAMILY),
        ("OCA.0016.9001.CS", "White label", Step.WHITE_LABEL),
        ("OCA.0016.9001.CS", "White-Label", Step.WHITE_LABEL),
        ("OCA.0016.9001.CS", "whitelabel", Step.WHITE_LABEL),
        ("F01.OCA.0016.9001.CS", "Full", Step.FAMILY),
        ("F01.OCA.0016.9001.CS", "Family", Step.FAMILY),
        ("w01.oca.0016.9001.cs", None, Step.WHITE_LABEL),
        (None, "Family", Step.FAMILY),
        (None, None, Step.DIRECT),
    ],
)
def test_a_second_step_is_told_by_the_number_or_by_the_title(number: str | None, kind: str | None, step: Step) -> None:
    assert step_of(number, kind) is step
    found = match(DEVICE, [replace(FULL, number=number, kind=kind)])
    assert (found.answer, found.step) == (Answer.COVERED, step)
    assert found.rule == {Step.DIRECT: "exact", Step.FAMILY: "family", Step.WHITE_LABEL: "white-label"}[step]
    assert ("It is a family certificate" in found.sentence) == (step is Step.FAMILY)
    assert ("It is a white-label certificate" in found.sentence) == (step is Step.WHITE_LABEL)


@pytest.mark.parametrize(
    ("installed", "day", "later"),
    [
        (date(2021, 6, 1), date(2023, 7, 12), True),
        (date(2023, 7, 11), date(2023, 7, 12), True),
        (date(2023, 7, 12), date(2023, 7, 12), False),
        (date(2024, 1, 1), date(2023, 7, 12), False),
        (None, date(2023, 7, 12), False),
        (date(2021, 6, 1), None, False),
    ],
)
def test_covered_says_that_a_device_was_installed_before_it_was_certified(installed: date | None, day: date | None, later: bool) -> None:
    device = replace(DEVICE, installed=installed)
    for listed in ({}, LISTS):
        found = match(device, Index([replace(FULL, day=day), SECURITY], listed))
        assert found.answer is Answer.COVERED
        assert ("It is of 2023-07-12, and the device was installed on 2021-06-01: " in found.sentence) == (
            later and installed == date(2021, 6, 1)
        )
        assert ("the device was installed on" in found.sentence) == later
        assert "the device was installed on" not in found.reasons[1].sentence, "each certificate by its own day"
    unsure = match(device, [replace(FULL, day=day, doubted=frozenset({"certification_date"}))])
    assert "the device was installed on" not in unsure.sentence


def test_what_is_for_unknown_protocols_is_not_added_up() -> None:
    unread = replace(FULL, unread=UNKNOWN, profiles=("Core", "Smart Charging"))
    other = replace(unread, number="OCA.0016.9005.CS", profiles=("Core", "Reservation"))
    found = match(DEVICE, [unread, other])
    assert found.certificates == (unread, other)
    assert found.together == (Together(None, unread.profiles), Together(None, other.profiles))
