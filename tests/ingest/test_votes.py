"""Several readings of a page made into one: majority, doubts, words that Tesseract tore or misspelt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.spelling import is_known, respelled
from ingest.readers.votes import Heard, voted
from ingest.vocabulary import configuration_key_types


def reading(*words: tuple[str, float], confidence: float = 95.0) -> list[Heard]:
    """Words on one line, each with its place from the left; letters are 5 points wide."""
    return [Heard(text, confidence, (x, 100.0, x + 5.0 * len(text), 107.0)) for text, x in words]


def outcome(*readings: list[Heard]) -> list[tuple[str, bool]]:
    return [(word.text, word.sure) for word in voted(readings)]


def test_a_word_on_which_all_agree_is_certain() -> None:
    assert outcome(reading(("WBX22", 10)), reading(("WBX22", 10.4)), reading(("WBX22", 9.8))) == [("WBX22", True)]


def test_what_most_read_stands_when_they_are_confident() -> None:
    two_of_three = (reading(("a5", 10)), reading(("15", 10)), reading(("15", 10)))
    assert outcome(*two_of_three) == [("15", True)]
    faint = [reading((word, 10), confidence=40.0) for word in ("a5", "15", "15")]
    assert outcome(*faint) == [("15", False)]


def test_what_each_reads_otherwise_is_doubtful() -> None:
    assert outcome(reading(("15", 10)), reading(("16", 10)), reading(("a5", 10))) == [("15", False)]


def test_one_reading_of_other_letters_with_the_same_stems_is_enough_for_doubt() -> None:
    assert outcome(*(reading((word, 10)) for word in ("Arnhem", "Amhem", "Amhem", "Amhem"))) == [("Amhem", False)]
    assert outcome(*(reading((word, 10)) for word in ("Arnheim", "Amhem", "Amhem", "Amhem"))) == [("Amhem", True)]


def test_agreement_on_faint_letters_is_none() -> None:
    assert outcome(*[reading(("Zyx", 10), confidence=12.0)] * 3) == [("Zyx", False)]


def test_what_only_one_reading_has_is_doubtful() -> None:
    assert outcome(reading(("Yes", 10)), [], []) == [("Yes", False)]
    assert outcome([], reading(("Yes", 10)), reading(("Yes", 10))) == []


def test_a_torn_word_is_whole_where_most_have_it_whole() -> None:
    torn = reading(("20243", 10), ("29512", 36))
    whole = reading(("2024329512", 10))
    assert outcome(torn, whole, whole) == [("2024329512", True)]
    assert outcome(whole, torn, torn) == [("20243", True), ("29512", True)]
    assert not any(sure for _, sure in outcome(torn, whole, []))


def test_a_word_that_was_given_the_box_of_the_next_one_too_is_doubtful() -> None:
    """Tesseract then lost what stood between both: an underscore, mostly."""
    overlapping = [Heard("2026329504", 95.0, (10.0, 100.0, 82.0, 107.0)), Heard("Test", 93.0, (64.0, 99.0, 82.0, 107.0))]
    assert outcome(overlapping, overlapping, overlapping) == [("2026329504Test", False)]


def test_a_list_of_known_items_is_its_own_witness() -> None:
    first = Heard("Energy.Active.Import.Register,Current.lmport,", 10.0, (10.0, 100.0, 260.0, 107.0))
    overlapping = [first, Heard("Voltage", 90.0, (226.0, 100.0, 260.0, 107.0))]
    assert outcome(overlapping, [], []) == [("Energy.Active.Import.Register,Current.Import,Voltage", True)]


@pytest.mark.parametrize(
    ("heard", "printed"),
    [
        ("AllowOfflineTxForUnknownld", "AllowOfflineTxForUnknownId"),
        ("ClockAlignedDatalnterval", "ClockAlignedDataInterval"),
        ("MeterValueSamplelinterval", "MeterValueSampleInterval"),
        ("Energy.Active.lmport.Register,Current.Import", "Energy.Active.Import.Register,Current.Import"),
        ("W01.0CA.0016.9003.CS", "W01.OCA.0016.9003.CS"),
        ("FO2.OCA.OO16.9O28.CSMS", "F02.OCA.0016.9028.CSMS"),
        ("OCA,0016.9003.CSM5", "OCA.0016.9003.CSMS"),
    ],
)
def test_a_known_word_is_respelled(heard: str, printed: str) -> None:
    assert respelled(heard) == printed


@pytest.mark.parametrize("text", ["WBX22", "LX007-1CHO2CW", "Voltages", "OCPP", "OCA.0016.903.CS", "OCA.0016.90O3.CP", "Reset", "l.0.1"])
def test_nothing_else_is_respelled(text: str) -> None:
    assert respelled(text) == text


@pytest.mark.parametrize("name", sorted(configuration_key_types()))
def test_every_key_stays_what_it_is(name: str) -> None:
    assert respelled(name) == name
    misread = name.replace("I", "l").replace("O", "0")
    assert respelled(misread) in (name, misread)


@given(st.text(alphabet="ABCIOSlio0158.,-_", max_size=24))
def test_respelling_settles(text: str) -> None:
    once = respelled(text)
    assert respelled(once) == once
    assert not is_known(text) or once == text
