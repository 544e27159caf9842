"""The version of OCPP that a device is said to speak, against the certified one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry.matching.match import match
from registry.matching.names import Same
from registry.matching.protocols import same_protocol
from tests.registry.matching.test_match import DEVICE, FULL

ALL = ("OCPP 1.2", "OCPP 1.5", "OCPP 1.6", "OCPP 2.0", "OCPP 2.0.1", "OCPP 2.1")


@pytest.mark.parametrize("certified", ["OCPP 1.6", "OCPP 2.0.1", "OCPP 2.1"])
@pytest.mark.parametrize("spoken", ALL)
def test_versions_are_told_apart(certified: str, spoken: str) -> None:
    shortened = {certified, spoken} == {"OCPP 2.0", "OCPP 2.0.1"}
    assert same_protocol(certified, spoken) is (Same.YES if certified == spoken else Same.UNCLEAR if shortened else Same.NO)


@pytest.mark.parametrize(
    ("spoken", "answer", "rule", "said"),
    [
        ("OCPP 1.6", "covered", "exact", ""),
        ("OCPP 1.5", "not covered", "other-protocol", "said to speak OCPP 1.5"),
        ("OCPP 2.0", "not covered", "other-protocol", "said to speak OCPP 2.0."),
        ("OCPP 1.6 SOAP", "cannot tell", "protocol-unclear", "write 1.6J"),
        ("OCPP 1.6, OCPP 2.0.1", "cannot tell", "protocol-unclear", "write the one with which it connects"),
        ("OCPP 2.0.1, OCPP 2.1", "not covered", "other-protocol", ""),
        ("OCPP 1.6, OCPP 1.6 SOAP", "cannot tell", "protocol-unclear", ""),
    ],
)
def test_a_station_of_another_transport_or_of_several_versions_is_not_taken_for_certified(
    spoken: str, answer: str, rule: str, said: str
) -> None:
    found = match(replace(DEVICE, protocol=spoken), [FULL])
    assert (found.answer, found.rule) == (answer, rule)
    assert said in found.sentence


def test_2_0_may_be_short_for_2_0_1() -> None:
    found = match(replace(DEVICE, protocol="OCPP 2.0"), [replace(FULL, protocol="OCPP 2.0.1")])
    assert (found.answer, found.rule) == ("cannot tell", "protocol-unclear")
    assert "OCPP 2.0 and OCPP 2.0.1 are two versions" in found.sentence
