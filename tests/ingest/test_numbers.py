"""Typed values: read in every style, and never read as something else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.numbers import certificate_numbers, find_dates, mend_version, normal_version, read_clock, read_date, read_pics, versions_agree

SERIALS = st.integers(min_value=0, max_value=9999)
DAYS = st.dates(min_value=date(2018, 1, 1), max_value=date(2029, 12, 31))
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


@pytest.mark.parametrize(
    ("text", "number", "revision"),
    [
        ("OCA.0016.0408.CS", "OCA.0016.0408.CS", None),
        ("OCA.0016.0411.CSMS Charging Station", "OCA.0016.0411.CSMS", None),
        ("Certificate number:OCA. 0016.0408 .CS", "OCA.0016.0408.CS", None),
        ("W01.OCA.0016.1071.CSMS", "W01.OCA.0016.1071.CSMS", None),
        ("F12.OCA.0201.0003.CS", "F12.OCA.0201.0003.CS", None),
        ("OCA.0016.1137.CSMS - update-2025-12-12", "OCA.0016.1137.CSMS", "update-2025-12-12"),
        ("OCA.0016.1137.CSMS (rev 2)", "OCA.0016.1137.CSMS", "rev 2"),
    ],
)
def test_a_number_is_read(text: str, number: str, revision: str | None) -> None:
    (found,) = certificate_numbers(text)
    assert (found.number, found.revision) == (number, revision)


@pytest.mark.parametrize(
    "text",
    ["OCA.0016.408.CS", "OCA.0016.0408.CSX", "OCA.0016.0408", "OCA.0016.0408.C", "0CA.0016.0408.CS", "OCA00160408CS", "XOCA.0016.0408.CS"],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert list(certificate_numbers(text)) == []


@given(SERIALS, st.sampled_from(["CS", "CSMS"]), st.integers(min_value=0, max_value=15))
def test_a_number_that_lost_a_letter_is_never_another_number(serial: int, role: str, lost: int) -> None:
    text = f"OCA.0016.{serial:04d}.{role}"
    found = [each.number for each in certificate_numbers(text[:lost] + text[lost + 1 :])]
    assert found in ([], [text])


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("September 14, 2021", "2021-09-14"),
        ("Sept. 14, 2021", "2021-09-14"),
        ("July 18th, 2023", "2023-07-18"),
        ("July 18 , 2023", "2023-07-18"),
        ("18 July 2023", "2023-07-18"),
        ("18-Jul-2023", "2023-07-18"),
        ("2nd of May 2024", "2024-05-02"),
        ("12. July 2023", "2023-07-12"),
        ("12/Jul/2023", "2023-07-12"),
        ("Jul-12-2023", "2023-07-12"),
        ("2023-Jul-12", "2023-07-12"),
        ("2023 July 12", "2023-07-12"),
        ("2023.7.12", "2023-07-12"),
        ("2021.09.14", "2021-09-14"),
        ("2021-09-14", "2021-09-14"),
        ("2021. 9. 4.", "2021-09-04"),
        ("2021年9月14日", "2021-09-14"),
        ("14/09/2021", "2021-09-14"),
        ("09/14/2021", "2021-09-14"),
        ("05/05/2021", "2021-05-05"),
    ],
)
def test_a_date_is_read(text: str, iso: str) -> None:
    assert read_date(text) == iso


@pytest.mark.parametrize(
    "text",
    [
        "04/05/2022",
        "4.5.2022",
        "July 12, 20",
        "2022.04.2",
        "2023-12-1",
        "2021-02-30",
        "Jully 12, 2023",
        "20210914",
        "1.0.2021",
        "12:30:2021",
    ],
)
def test_what_may_be_two_dates_or_none_is_none(text: str) -> None:
    assert read_date(text) is None


@given(DAYS, st.sampled_from(["{m} {d}, {y}", "{d} {m} {y}", "{y}-{n:02d}-{d:02d}", "{y}.{n:02d}.{d:02d}"]), st.data())
def test_a_cut_date_is_never_another_date(day: date, style: str, data: st.DataObject) -> None:
    text = style.format(m=MONTHS[day.month - 1], d=day.day, y=day.year, n=day.month)
    assert read_date(text) == day.isoformat()
    cut = text[: data.draw(st.integers(min_value=0, max_value=len(text) - 1))]
    assert read_date(cut) is None


def test_both_days_of_an_ambiguous_date_are_given() -> None:
    (found,) = find_dates("on 03/04/2023")
    assert (found.iso, found.either) == (None, ("2023-04-03", "2023-03-04"))
    (found,) = find_dates("13/04/2023")
    assert (found.iso, found.either) == ("2023-04-13", ())


def test_a_version_with_dots_is_no_date() -> None:
    assert find_dates("V1.3.337") == []
    assert find_dates("1.10.2") == []


@pytest.mark.parametrize(("text", "seconds"), [("00:01:02", 62), ("00:00:56", 56), ("1:02", None), ("00:00:5", None), ("00:61:00", None)])
def test_a_clock(text: str, seconds: int | None) -> None:
    assert read_clock(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds", "has_unit"),
    [("30s", 30, True), ("5", 5, False), ("10 sec.", 10, True), ("1 min", 60, True), ("00:00:30", 30, True)],
)
def test_a_pics_value(text: str, seconds: int, has_unit: bool) -> None:
    read = read_pics(text)
    assert read is not None
    assert (read.seconds, read.has_unit) == (seconds, has_unit)


@pytest.mark.parametrize("text", ["3 0s", "30x", "", "s", "30 s 5", "1,5s"])
def test_what_is_no_pics_value_is_none(text: str) -> None:
    assert read_pics(text) is None


def test_versions_are_compared_on_a_normal_form_and_never_as_numbers() -> None:
    assert normal_version("v1.0.0") == normal_version("V1.0.0") == normal_version("1,0,0") == normal_version("ver 1.0.0")
    assert normal_version("1.10") != normal_version("1.1")
    assert normal_version("1.0") != normal_version("1.0.0")
    assert mend_version("1,6") == "1.6"
    assert mend_version("Volt, Up") == "Volt, Up"


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("1.0.0 and later", "1.0.0", True),
        ("1.0.0", "1.0.0 (build 2231)", True),
        ("1.0.0, 1.1.0 / 1.2", "1.1.0", True),
        ("1.0.0 – 1.2.9", "1.1.0", True),
        ("2.0+", "2.4", True),
        ("1.0.x", "1.0.7", True),
        ("1.0.0", "1.0.0 RC1", False),
        ("1.0.0 (build 1)", "1.0.0 (build 2)", False),
        ("CU 1.0, MCU 2.0", "CU 1.0, MCU 3.0", False),
        ("1.0.0-rc1", "1.0.0", False),
        ("1.10", "1.1", False),
        ("1.0.0, 1.1.0", "1.2.0", False),
    ],
)
def test_a_version_agrees_with_one_that_names_it_among_others(one: str, other: str, agree: bool) -> None:
    assert versions_agree(one, other) is agree
    assert versions_agree(other, one) is agree
