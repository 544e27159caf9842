"""What lists write of a station's hardware, against what certificates say: nothing is concluded from a sign that may mean either."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching.covering import as_far_as_compared, covered
from registry.matching.hardware import COMMUNICATION, CONNECTORS, FIXED_CABLE, ISO_15118, RFID_READERS, ROWS, compare, told_of
from registry.matching.match import match
from registry.matching.model import Answer
from tests.registry.matching.test_match import DEVICE, FULL

CERTIFIED = {
    CONNECTORS: ["Single", "Multiple", "1", "2", "One per connector"],
    FIXED_CABLE: ["Yes", "<Yes>", "No", "Fixed cable", "Socket"],
    RFID_READERS: ["Single", "None", "2", "One per connector"],
    COMMUNICATION: ["Ethernet", "WiFi", "Ethernet, Mobile"],
    ISO_15118: ["Yes", "No", "Supported", "True"],
}
WRITTEN = sorted(set(chain.from_iterable(CERTIFIED.values())))
EITHER = ["x", "X", "o", "O", " x ", "<x>", "\uff38"]
"""In European lists x is the tick; in Korean ones O is yes, and X is no."""

NO_CONNECTORS = ["0", "00", "0.0", "0,0", " 0 ", "none", "No", "zero", "-", "n/a", "unknown", ""]


def decided(row: str, certified: str, told: str) -> str:
    """How one row is decided: the same, another, or it cannot be told; as nothing was said, it is not looked at."""
    found = compare({row: certified}, frozenset(), {row: told})
    if found.differing:
        return "another"
    return "cannot tell" if found.unclear else "same" if told_of(row, {row: told}) else "nothing said"


@pytest.mark.parametrize("told", EITHER)
@pytest.mark.parametrize("row", ROWS)
def test_a_cross_or_a_circle_is_neither_yes_nor_no(row: str, told: str) -> None:
    for certified in (*CERTIFIED[row], *EITHER):
        assert decided(row, certified, told) == "cannot tell"
        assert decided(row, told, certified) == "cannot tell"
    found = match(replace(DEVICE, hardware={row: told}), [replace(FULL, hardware={row: CERTIFIED[row][0]})])
    assert (found.answer, found.rule) == (Answer.CANNOT_TELL, "hardware-unclear")


@pytest.mark.parametrize("told", NO_CONNECTORS)
@pytest.mark.parametrize("certified", CERTIFIED[CONNECTORS])
def test_no_connectors_is_what_nobody_entered(told: str, certified: str) -> None:
    """Every station has one, so that nothing is held against it, and what was not compared is told."""
    printed = {CONNECTORS: certified, RFID_READERS: "Single"}
    assert decided(CONNECTORS, certified, told) == "nothing said"
    device = replace(DEVICE, hardware={CONNECTORS: told, RFID_READERS: "1"})
    found = match(device, [replace(FULL, hardware=printed)])
    assert (found.answer, found.rule) == (Answer.COVERED, "exact")
    assert "Not compared, as the device's are not given: Socket(s) / connector(s)." in found.sentence
    assert not any(one.hardware for one in match(replace(device, firmware="9"), [replace(FULL, hardware=printed)]).derivatives)


@pytest.mark.parametrize("told", ["0", "none", "no"])
def test_without_a_number_of_connectors_one_reader_for_each_is_no_number(told: str) -> None:
    here = {CONNECTORS: told, RFID_READERS: "One per connector"}
    found = compare({CONNECTORS: "Single", RFID_READERS: "Single"}, frozenset(), here)
    assert (found.differing, found.unclear) == ((), (RFID_READERS,))


def test_a_certificate_for_no_connectors_says_nothing_that_is_known() -> None:
    assert decided(CONNECTORS, "0", "1") == decided(CONNECTORS, "None", "2") == "cannot tell"


@pytest.mark.parametrize(
    ("row", "certified", "told", "decision"),
    [
        (CONNECTORS, "Single", "1.0", "same"),
        (CONNECTORS, "Single", "01", "same"),
        (CONNECTORS, "Single", "2.0", "another"),
        (CONNECTORS, "Single", "1.5", "cannot tell"),
        (CONNECTORS, "Single", "1,000", "cannot tell"),
        (CONNECTORS, "Multiple", "1", "another"),
        (CONNECTORS, "Multiple", "2", "cannot tell"),
        (RFID_READERS, "None", "none", "same"),
        (RFID_READERS, "None", "0", "nothing said"),
        (RFID_READERS, "Single", "0", "nothing said"),
        (RFID_READERS, "Single", "0.0", "nothing said"),
        (RFID_READERS, "Single", "no", "another"),
        (RFID_READERS, "Single", "yes", "cannot tell"),
        (RFID_READERS, "Single", "unknown", "nothing said"),
        (FIXED_CABLE, "<Yes>", "tethered", "same"),
        (FIXED_CABLE, "Yes", "socket", "another"),
        (FIXED_CABLE, "Yes", "Type 2", "cannot tell"),
        (FIXED_CABLE, "Yes", "0", "another"),
        (FIXED_CABLE, "Yes", "ja", "same"),
        (FIXED_CABLE, "Yes", "Oui", "same"),
        (FIXED_CABLE, "Yes", "WAHR", "same"),
        (FIXED_CABLE, "Yes", "nein", "another"),
        (ISO_15118, "Yes", "TRUE", "same"),
        (ISO_15118, "Yes", "false", "another"),
        (ISO_15118, "Yes", "tbd", "nothing said"),
        (COMMUNICATION, "Ethernet", "LAN", "same"),
        (COMMUNICATION, "Ethernet", "4G", "another"),
        (COMMUNICATION, "Mobile", "LTE", "same"),
        (COMMUNICATION, "Ethernet", "LAN / WLAN", "cannot tell"),
    ],
)
def test_what_lists_write_is_read_as_it_is_meant(row: str, certified: str, told: str, decision: str) -> None:
    assert decided(row, certified, told) == decision


def test_hardware_of_which_words_say_nothing_was_not_compared() -> None:
    nothing = dict.fromkeys(ROWS, "unknown") | {CONNECTORS: "0"}
    device = replace(DEVICE, hardware=nothing)
    assert "none is given" in as_far_as_compared(covered(FULL, FULL.step), device, FULL).sentence


@given(st.sampled_from(ROWS), st.sampled_from(WRITTEN), st.sampled_from([*WRITTEN, *EITHER]))
def test_it_makes_no_difference_who_says_which(row: str, one: str, other: str) -> None:
    assert decided(row, one, other) == decided(row, other, one) or "nothing said" in (decided(row, one, other), decided(row, other, one))
