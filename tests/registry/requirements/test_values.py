"""Values of configuration keys as certificates print them, against values as rules write them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.requirements.evaluation import Answer
from registry.requirements.model import KeyValue
from registry.requirements.plain import said
from registry.requirements.reading import read_new_rules
from registry.requirements.truth import Truth
from registry.requirements.values import includes, same, within
from tests.registry.requirements.making import CORE, OFFER, judged, rules_of

YES, NO, OPEN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
MEASURANDS = "Energy.Active.Import.Register,Current.Import, Voltage,SoC,Power.Active.Import"
"""As a certificate prints it, with one blank after a comma."""


@pytest.mark.parametrize(
    ("printed", "wanted", "truth"),
    [
        # numbers
        *((printed, "300", YES) for printed in ("300", " 300 ", "0300", "+300", "300.0", "300.00")),
        *((printed, "300", NO) for printed in ("301", "30", "3000", "-300", "0", "300.5", "29")),
        *((printed, "300", OPEN) for printed in ("300 s", "300s", "300 seconds", "5 min", "300 (default)", "300-600", "<300>", "300,0")),
        *((printed, "300", OPEN) for printed in ("300,600", "٣٠٠", "300/600", "see manual", "unlimited", "default", "n/a", "TBD", "")),
        *((printed, "1000", OPEN) for printed in ("1,000", "1'000", "1 000", "1k")),
        ("600 s", "300", OPEN),
        ("5", "300", NO),
        # true and false
        *((printed, "true", YES) for printed in ("true", "TRUE", "True", "yes", "Yes", "1", "on", "enabled", "Enabled ")),
        *((printed, "true", NO) for printed in ("false", "FALSE", "no", "No", "0", "off", "Disabled")),
        *((printed, "false", YES) for printed in ("false", "No", "0", "disabled")),
        *((printed, "false", NO) for printed in ("true", "Yes", "1")),
        *((printed, "true", OPEN) for printed in ("true (default)", "2", "300", "n/a", "configurable", "true/false", "not true", "-")),
        ("true", "1", YES),
        ("FALSE", "1", NO),
        ("Yes", "No", NO),
        ("1", "0", NO),
        ("Sampled", "true", OPEN),
        # lists
        ("Core, SmartCharging", "Core,SmartCharging", YES),
        ("SmartCharging,Core", "Core, SmartCharging", YES),
        ("core;smartcharging", "Core,SmartCharging", YES),
        ("Core\nSmartCharging", "Core,SmartCharging", YES),
        (MEASURANDS, MEASURANDS.replace(", ", ","), YES),
        (MEASURANDS, MEASURANDS.replace(",", ", "), YES),
        (MEASURANDS, "Energy.Active.Import.Register, Current.Import, Voltage, SoC, Power.Active.Import", YES),
        (MEASURANDS, "Energy.Active.Import.Register", OPEN),
        (MEASURANDS, "Frequency", NO),
        ("Core,LocalAuthListManagement", "Core,SmartCharging", NO),
        ("Core", "Core,SmartCharging", OPEN),
        ("Core,LocalAuthListManagement", "SmartCharging", NO),
        ("Core,Smart Charging", "Core,SmartCharging", OPEN),
        ("Core and SmartCharging", "SmartCharging,Core", OPEN),
        ("2,1", "1,2", OPEN),
        # names
        ("NotApplicable", "notapplicable", YES),
        ("NotApplicable", "RST", OPEN),
        ("RST", "RTS", NO),
        ("Not Applicable", "NotApplicable", OPEN),
        ("A,W", "Current,Power", OPEN),
        ("A", "Current", OPEN),
        ("Voltage.L1", "Voltage", OPEN),
        ("None", "Voltage", OPEN),
        ("unknown", "Voltage", OPEN),
        ("ftp://server/file", "FTP", OPEN),
    ],
)
def test_a_value_is_another_only_where_it_can_be_read_in_one_way(printed: str, wanted: str, truth: Truth) -> None:
    assert same(printed, wanted) is truth


@pytest.mark.parametrize(
    ("printed", "wanted", "truth"),
    [
        *((MEASURANDS, each, YES) for each in ("Energy.Active.Import.Register", "voltage", "SoC", " Current.Import")),
        *((MEASURANDS, each, NO) for each in ("Frequency", "Current.Export", "Temperature")),
        *((MEASURANDS, each, OPEN) for each in ("Power", "Current", "EnergyActiveImportRegister", "V")),
        ("Core", "Core", YES),
        ("Core", "SmartCharging", NO),
        ("Core, Smart Charging", "SmartCharging", OPEN),
        ("Core, etc.", "Reservation", OPEN),
        ("Core; see manual", "Reservation", OPEN),
        ("Voltage.L1,Voltage.L2", "Voltage", OPEN),
        ("1,000", "1", OPEN),
        ("Core and more", "Reservation", OPEN),
        ("Core, others", "Reservation", OPEN),
        ("TBD", "Core", OPEN),
        ("all", "Core", OPEN),
        ("1,2,3", "4", OPEN),
    ],
)
def test_a_list_lacks_what_none_of_its_names_can_be(printed: str, wanted: str, truth: Truth) -> None:
    assert includes(printed, wanted) is truth


@pytest.mark.parametrize(
    ("printed", "least", "most", "off", "truth"),
    [
        ("300", None, 300, False, YES),
        ("0300", None, 300, False, YES),
        ("300.0", None, 300, False, YES),
        ("300.5", None, 300, False, NO),
        ("300 s", None, 300, False, OPEN),
        ("900 s", None, 300, False, OPEN),
        ("1,000", None, 2000, False, OPEN),
        ("60", 60, None, False, YES),
        ("59", 60, None, False, NO),
        ("0", None, 300, False, YES),
        ("0", None, 300, True, OPEN),
        ("0", 10, None, True, OPEN),
        ("0", 0, 300, True, YES),
        ("0", None, 0, True, YES),
        ("-1", None, 300, False, OPEN),
        ("-1", 10, None, False, OPEN),
        ("-1", -1, 300, False, YES),
    ],
)
def test_a_number_is_within_limits_where_it_is_one_and_means_one(
    printed: str, least: int | None, most: int | None, off: bool, truth: Truth
) -> None:
    assert within(printed, least, most, zero_is_off=off) is truth


NAMES = st.sampled_from(("Core", "SmartCharging", "Reservation", "FirmwareManagement", "Energy.Active.Import.Register", "Voltage", "SoC"))
SEPARATORS = st.sampled_from((",", ", ", " , ", ";", "; ", "\n", " | "))


@given(st.lists(NAMES, min_size=1, unique=True), st.randoms(use_true_random=False), SEPARATORS, SEPARATORS)
def test_a_list_is_the_same_however_it_is_spelt_and_ordered(names: list[str], dice: object, one: str, other: str) -> None:
    shuffled = sorted(names, key=lambda _: dice.random())  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert same(one.join(names), other.join(shuffled).upper()) is YES
    assert all(includes(one.join(names), name) is YES for name in names)


@given(st.lists(NAMES, min_size=1, unique=True), st.lists(NAMES, min_size=1, unique=True), SEPARATORS)
def test_two_lists_are_others_only_where_each_has_what_the_other_has_not(ones: list[str], others: list[str], between: str) -> None:
    assume(set(ones) != set(others))
    apart = bool(set(ones) - set(others)) and bool(set(others) - set(ones))
    assert same(between.join(ones), between.join(others)) is (NO if apart else OPEN)


@given(st.text(max_size=12), st.text(max_size=12))
def test_no_text_is_too_odd_to_be_compared(printed: str, wanted: str) -> None:
    assert same(printed, printed) is YES
    assert same(printed, wanted) is same(wanted, printed) or OPEN in (same(printed, wanted), same(wanted, printed))
    assert includes(printed, wanted) in (YES, NO, OPEN)
    assert within(printed, 1, 5, zero_is_off=True) in (YES, NO, OPEN)


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        (KeyValue("k", "MeterValuesSampledData", includes=("Voltage", "SoC")), Answer.MEETS),
        (KeyValue("k", "MeterValuesSampledData", includes=("Voltage", "Frequency")), Answer.DOES_NOT_MEET),
        (KeyValue("k", "MeterValuesSampledData", includes=("Voltage", "Power")), Answer.CANNOT_TELL),
        (KeyValue("k", "MeterValuesSampledData", one_of=("Voltage",)), Answer.CANNOT_TELL),
        (KeyValue("k", "MeterValuesSampledData", one_of=("Frequency", MEASURANDS.replace(", ", ","))), Answer.MEETS),
        (KeyValue("k", "LocalPreAuthorize", one_of=("true",)), Answer.DOES_NOT_MEET),
        (KeyValue("k", "ClockAlignedDataInterval", at_most=900), Answer.CANNOT_TELL),
        (KeyValue("k", "ClockAlignedDataInterval", at_least=0, at_most=900), Answer.MEETS),
        (KeyValue("k", "HeartbeatInterval", one_of=("300",)), Answer.CANNOT_TELL),
        (KeyValue("k", "ConnectionTimeOut", at_most=300), Answer.CANNOT_TELL),
    ],
)
def test_an_offer_is_judged_by_what_the_values_mean(rule: KeyValue, answer: Answer) -> None:
    keys: dict[str, str | None] = {
        "MeterValuesSampledData": MEASURANDS,
        "LocalPreAuthorize": "No",
        "ClockAlignedDataInterval": "0",
        "HeartbeatInterval": "300 s",
        "ConnectionTimeOut": "0",
    }
    verdict = judged(rule, replace(OFFER, role="CS", certificates=("OCA.0016.9001.CS",)), replace(CORE, configuration_keys=keys))
    assert verdict.answer is answer
    if answer is Answer.CANNOT_TELL:
        assert verdict.missing[0] == (
            f"OCA.0016.9001.CS declares {rule.key} as {keys[rule.key]}, and it cannot be told whether that is what is asked"
        )


def test_what_a_list_has_to_include_is_read_and_said() -> None:
    rule = read_new_rules(rules_of('{ clause = "1", key = { name = "SupportedFeatureProfiles", includes = ["Core", "SmartCharging"] } }'))
    assert rule.phases[0].rule == KeyValue("1", "SupportedFeatureProfiles", includes=("Core", "SmartCharging"))
    assert said(rule.phases[0].rule).text.endswith("Its value is a list with all of these: Core; SmartCharging.")
