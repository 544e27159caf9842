"""Whether two spellings are one software version: another one is said where the figures say so, and nowhere else."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching.names import Same
from registry.matching.recalculated import may_be_recalculated
from registry.matching.versions import names_a_version, same_version, version

WORDS = json.loads((Path(__file__).parents[3] / "data" / "vocabulary" / "nothing_said.json").read_text(encoding="utf-8"))
NUMBER = st.from_regex(r"[1-9][0-9]{0,2}(\.[0-9]{1,3}){0,3}", fullmatch=True)
LONG = "M4.10.2.35-P2.1.9.0034-H1.0.7.2219-C3.4.1.887-B1.22.10"
"""As a station has it that reports the versions of its parts in one, of which OCPP carries 50 letters."""

LETTERS = st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=127), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("certified", "told"),
    [
        # The software is named beside the part, or the same parts are.
        ("V1.3.337", "HW 2.1 FW 1.4"),
        ("V1.3.337", "2.1 / HMI 3.4"),
        ("MCU 1.2 / HMI 3.4", "MCU 1.2 / HMI 3.5"),
        ("MCU 1.2 / HMI 3.4", "MCU 1.3"),
        # In another order these are other versions.
        ("1-2", "2-1"),
        ("1.2.3", "3.2.1"),
        ("20230712", "13.07.23"),
        ("10.11.12", "12.11.10"),
    ],
)
def test_what_is_named_with_its_parts_or_in_order_is_another_version(certified: str, told: str) -> None:
    assert same_version(certified, told) is same_version(told, certified) is Same.NO


@pytest.mark.parametrize("told", ["V1.3.337", "v1.3.337", "Ver. 1.3.337", "version: 1.3.337", "1,3,337", " V 1.3.337 ", "Ｖ１．３．３３７"])
def test_spelling_is_no_difference(told: str) -> None:
    assert same_version("1.3.337", told) is same_version(told, "1.3.337") is Same.YES


@pytest.mark.parametrize(
    ("certified", "told"),
    [
        ("1.3.337", "1.3.338"),
        ("1.3.337", "1.3.3370"),
        ("1.3.337", "11.3.337"),
        ("1.3.337", "2.1.3.337"),
        ("1.3.337", "1.3.337.1"),
        ("1.3.337", "1.3.337.0.1"),
        ("1.3.337", "1.3.338.bin"),
        ("1.3.337", "LEX007_V1.3.338.bin"),
        ("1.3.337", "LEX007_V1.3.337.1.bin"),
        ("1.3.337", "1.3.337.1-rc2"),
        ("1.3.337", "1.3.338 (build 337)"),
        ("1.3.337", "1.3 build 338"),
        ("1.3.337", "release 1.3.338"),
        ("1.3.337", "1.3.338 release"),
        ("1.3.337", "1.3.338-45"),
        ("1.3.337", "1.3.338 - 45"),
        ("1.3.337", "1.3.338+g4fa3"),
        ("1.3.337", "1.3.338 stable"),
        ("1.3.337", "1.4"),
        ("1.3.337", "2"),
        ("1.10", "1.1"),
        ("1.1", "1.100"),
        ("1.6", "1.6.2"),
        ("1.6J", "1.6S"),
        ("2.0.1a", "2.0.1b"),
        ("V1.0.0", "V1.1.0"),
        ("1.0.0", "1.0.0.1"),
        ("2023-07-12", "2023-07-13"),
        ("20230712", "20230713"),
        ("230712", "20230713"),
        ("010204", "1.2.3"),
        ("evCloud v1.0.0", "evCloud v1.0.1"),
        ("GSCaltex_CSMS_v1.0", "GSCaltex_CSMS_v1.1"),
        ("V1.0_20230712", "V1.0_230713"),
        ("V1.0_20230712", "V1.1_230712"),
        ("1.6J-24012021", "2.0.1J-20210124"),
        ("2023-07-12", "13-Jul-2023"),
        ("1.3.337", "V2.1.3.337"),
        ("1.3.337", "LEX007.1.3.338"),
        ("1.3.337", "I.3.338"),
        (LONG, LONG[:49]),
        (LONG, LONG[:46] + "9.20"),
    ],
)
def test_other_figures_are_another_version(certified: str, told: str) -> None:
    assert same_version(certified, told) is same_version(told, certified) is Same.NO


@pytest.mark.parametrize(
    "told",
    [
        *(f"1.3.337.{ending}" for ending in ("bin", "hex", "zip", "tar.gz", "fw", "aes", "RELEASE", "Final", "dev", "eu", "A")),
        *(f"1.3.337.{ending}" for ending in ("rc1", "b45", "r45", "g4fa3", "release.5", "0", "0.0", "00")),
        *(
            f"1.3.337{ending}"
            for ending in ("-rc1", "_r2", "a", "b45", "T", ".", " 1", ":1", "~rc1", " (build 45)", ";CP1.0", "+g4f", ",1")
        ),
        *(f"{before}1.3.337" for before in ("FW:", "FW ", "LEX007_V", "EVSE.", "app.v.", "MAIN=", "ocpp1.6-", "R", "rev. ", "LEX007 ")),
        *("LEX007_V1.3.337.bin", "LEX007_1_3_337.bin", "LEX007-1_3_337", "1_3_337", "1-3-337", "1.3-337", "1.3 (337)", "v 1 . 3 . 337"),
        *("1.3 build 337", "1.3b337", "1.3r337", "1.3.b337", "V1.3 R337", "1.3.337,1.4.0", "1.3.337 / 1.4.0", "1.4.0, 1.3.337"),
        *(
            "01.03.337",
            "FW:1.03.337",
            "FW:01.03.0337",
            "1.03.337.0-g3f",
            "0103337",
            "V013337",
            "13.337",
            "1.33.37",
            "\u0661.\u0663.\u0663\u0663\u0667",
        ),
    ],
)
def test_text_around_and_other_grouping_leave_it_open(told: str) -> None:
    assert same_version("V1.3.337", told) is same_version(told, "V1.3.337") is Same.UNCLEAR
    assert names_a_version(told)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2023-07-12", "20230712"),
        ("2023.07.12", "20230712"),
        ("2023-07-12", "2023.7.12"),
        ("20230712", "230712"),
        ("230712", "2023-07-12"),
        ("12.07.2023", "2023-07-12"),
        ("07/12/2023", "20230712"),
        ("2.0.1J-25062024", "2.0.1"),
        ("1.2.3", "010203"),
        ("1.2.3", "V123"),
        ("1.2", "0102"),
        ("4", "4.0.0.0"),
        ("evCloud v1.0.0", "FW 1.0.0"),
        ("metaev.1.1.0", "1.1.0"),
        ("DAcharger v.1", "1"),
        ("EV-CSMS V1.0", "1.0"),
        ("EVCMS-V3.1.6-R20260201", "V3.1.6"),
        ("NB_Ocpp_CSMS v1.0", "OCPP CSMS 1.0"),
        ("AC/CPT_OCPP", "1.0"),
        ("V1.0_20230712", "V1.0_230712"),
        ("V1.0_20230712", "V1.0_12.07.2023"),
        ("1.6J-24012021", "1.6J-20210124"),
        ("2023-07-12", "12-Jul-2023"),
        ("20230712", "12 July 2023"),
        ("V1.0 20230712", "V1.0 12jul2023"),
        ("V1.3.337", "LEX007.1.3.337"),
        ("V1.3.337", "LEX007.V1.3.337"),
        ("V1.3.337", "I.3.337"),
        ("V1.3.337", "Vl.3.337"),
        ("V1.0.2", "V1.O.2"),
        (LONG, LONG[:50]),
        (LONG, LONG[:50].lower()),
        ("20230712", "12.07.23"),
        ("20230712", "07/12/23"),
        ("V1.0_20230712", "V1.0 23.07.12"),
        ("20230712", "2.0230712E7"),
        ("MCU 1.2 / HMI 3.4", "HMI 3.4 / MCU 1.2"),
        ("MCU 1.2 / HMI 3.4", "3.4; 1.2"),
        ("V1.3.337", "HW 2.1"),
        ("V1.3.337", "Hardware V2.1"),
        ("V1.3.337", "MCU 1.2 / HMI 3.4"),
        ("V1.3.337", "Modem: EC25"),
        ("V1.3.337", "HMI:3.4\nModem:2.0"),
    ],
)
def test_what_may_be_one_version_is_left_open(one: str, other: str) -> None:
    assert same_version(one, other) is same_version(other, one) is Same.UNCLEAR


SEVERAL = [
    *("V1.2 or later", "1.2 or higher", "1.2 (or newer)", "1.2 and above", "1.2-or-later", "1.2+", "1.2 +", "V1.2.0+", ">=1.2", "> 1.2"),
    *("≥1.2", "≤ 1.4", "⩾1.2", "~1.2", "^1.2.0", "≈ 1.3", "from 1.2", "from version 1.2", "since V1.2", "at least 1.2", "minimum: 1.2"),
    *(
        "min. 1.2",
        "min 1.2",
        "Min.V1.2",
        "1.2 min",
        "up to 1.4",
        "before 1.4",
        "between 1.2 and 1.4",
        "any 1.3",
        "latest 1.3",
        "1.3 latest",
    ),
    *(
        "1.3 (latest)",
        "1.2 onwards",
        "all 1.3",
        "1.2 or any later version",
        "V1.2 up",
        "below 1.4",
        "e.g. 1.3",
        "approx. 1.3",
        "1.3 series",
    ),
    *("1.3-series", "1.3 branch", "1.3 family", "ab 1.2", "ab V1.2", "ab Version 1.2", "1.2 oder höher", "1.2 oder neuer", "mind. 1.2"),
    *(
        "mindestens 1.2",
        "bis 1.4",
        "von 1.2 bis 1.4",
        "1.2 aufwärts",
        "1.3er Serie",
        "1.3 Baureihe",
        "v1.2 ou supérieure",
        "à partir de 1.2",
    ),
    *("dès 1.2", "1.2 ou plus récente", "au moins 1.2", "jusqu'à 1.4", "1.2 o superior", "desde 1.2", "a partir de la 1.2", "hasta 1.4"),
    *("1.2 ou superior", "1.2 o superiore", "1.2 e successive", "da 1.2", "vanaf 1.2", "1.2 of hoger", "från 1.2", "1.2 eller nyare"),
    *("1.2 eller nyere", "od 1.2", "1.2 lub nowsza", "1.2 nebo vyšší", "1.2 vagy újabb", "1.2 veya üstü", "1.2 tai uudempi", "от 1.2"),
    *(
        "1.2 이상",
        "1.2이상",
        "1.4 이하",
        "1.2 이후 버전",
        "1.2부터",
        "최소 1.2",
        "1.3 계열",
        "1.2以上",
        "1.2 以降",
        "1.4 以下",
        "1.2及以上",
        "1.2或更高版本",
    ),
    *(
        "1.2 - 1.4",
        "1.2-1.4",
        "1.2 – 1.4",
        "1.2 to 1.4",
        "1.2~1.4",
        "1.2 ～ 1.4",
        "V1.2 - V1.4",
        "1.2..1.4",
        "1.2 … 1.4",
        "1 - 2",
        "1.2 → 1.4",
    ),
    *("1.x", "1.X", "1.3.x", "1.3.xx", "1.3.xxx", "1.x.x", "1.3x", "1.3.*", "1.*", "1.3.n", "1.3.?", "1.3?", "1.3.#", "1.3.###", "1.3.-"),
    *("1.3.%", "V1.3.…", "1.4 (?)", "see annex 2", "siehe Anlage 2", "to be confirmed (1.4)", "TBC 1.4", "as certified (1.4)", "1.4 미정"),
    *("", "-", "0", "0.0", "unknown", "latest", "n/a", "V", "TBD"),
]


@pytest.mark.parametrize("told", SEVERAL)
def test_what_names_no_one_version_is_not_held_against_any(told: str) -> None:
    assert not names_a_version(told)
    for certified in ("V1.3.337", "LEX V1.3.337", "20230712"):
        assert same_version(certified, told) is same_version(told, certified) is Same.UNCLEAR


PLACES = {
    "anywhere": ["1.2 {}", "1.2 ({})", "{} 1.2", "V1.2, {} x"],
    "before": ["{} 1.2", "{} V1.2", "{}: Version 1.2"],
    "after": ["1.2 {}", "V1.2-{}", "1.2 ({})"],
}


@pytest.mark.parametrize(("place", "pattern"), [(place, pattern) for place, patterns in PLACES.items() for pattern in patterns])
def test_each_word_for_several_versions_counts_in_its_place(place: str, pattern: str) -> None:
    named = [word for word in WORDS["several_versions"][place] if names_a_version(pattern.format(word.upper()))]
    assert not named


@pytest.mark.parametrize(
    "told",
    [
        *("1.0", "V1.6.6", "1.6J", "1.6J-24012021", "20251111-Release", "2.0.105", "202202", "2025.04.07", "20241002-2", "c2.0", "v1"),
        *("CROCUS-EV-CSMS-1.6", "DAcharger v.1", "EVCMS-V3.1.6-R20260201", "GSCaltex_CSMS_v1.0", "NB_Ocpp_CSMS v1.0", "OCPP2 1.0.0"),
        *(
            "OCPPJ 1.6 Server v1.0.0",
            "Powerfill.io - SteVe OCPP Pro v3.14.0",
            "Shinsegae I&C EV CSMS 1.0",
            "WJ-LCSMS 2.0",
            "release-v2.5.46",
        ),
        *("metaev.1.1.0", "ver 01.01.02", "v20230503.01", "evsis_csms_2.1", "iParking EV v1.0.0", "Version 2.0.1J-25062024", "v.2.103.2"),
        *(
            "1.3.337-45",
            "1.3.337 - 45",
            "AB-1.0.0",
            "DO_1.0.0",
            "EVMAX 2.0",
            "Minicharger 1.0",
            "1.3.338+build5",
            "1.3.338~rc1",
            "FW 1.3, HW 2",
        ),
    ],
)
def test_what_products_are_certified_as_names_a_version(told: str) -> None:
    assert names_a_version(told)


@given(st.text(max_size=12), st.text(max_size=12))
def test_versions_are_compared_alike_both_ways(one: str, other: str) -> None:
    assert same_version(one, other) is same_version(other, one)
    assert same_version(one, one) is not Same.NO


@given(NUMBER, st.sampled_from(["FW {}", "{}-g3f", "{} (2024)", "App_{}b", "EV.{}.bin"]))
def test_zeros_at_the_end_and_text_around_make_no_other_version(number: str, around: str) -> None:
    assert same_version(number, around.format(number + ".0")) is Same.UNCLEAR


@given(st.text(st.characters(exclude_categories=["N"]), max_size=8))
def test_what_has_no_figure_is_no_other_version(said: str) -> None:
    assert same_version("1.10", said) is Same.UNCLEAR


@given(st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}", fullmatch=True), st.sampled_from(["v", "V", "V ", "Ver. ", "version ", "v."]))
def test_the_word_for_version_is_no_part_of_it(number: str, word: str) -> None:
    assert version(word + number) == number
    assert same_version(word + number, number) is Same.YES
    assert same_version(number, number + "0") is not Same.YES


@given(NUMBER, LETTERS, LETTERS, st.sampled_from(["", " ", "-", "_", "."]), st.sampled_from(["", " ", "-", "_", "."]))
def test_letters_around_never_make_another_version(number: str, before: str, after: str, first: str, last: str) -> None:
    assert same_version(number, f"{before}{first}{number}") is not Same.NO
    assert same_version(number, f"{number}{last}{after}") is not Same.NO
    assert same_version(number, f"{before}{first}{number}{last}{after}") is not Same.NO


@given(NUMBER, st.lists(st.sampled_from([".", ",", "_", "-", " ", " build ", "b", ""]), min_size=4, max_size=4))
def test_other_signs_between_the_figures_never_make_another_version(number: str, signs: list[str]) -> None:
    first, *rest = number.split(".")
    assert same_version(number, first + "".join(sign + part for sign, part in zip(signs, rest, strict=False))) is not Same.NO


@given(NUMBER, st.integers(1, 999), st.sampled_from(["{}", "V{}", "FW {}", "LEX_{}.bin", "{}-rc"]))
def test_one_more_part_or_another_last_part_is_another_version(number: str, more: int, around: str) -> None:
    """What is dearly kept: a real difference is said, whatever the text around."""
    assert same_version(number, around.format(f"{number}.{more}")) is Same.NO
    *parts, last = number.split(".")
    other = ".".join((*parts, str(int(last) + more)))
    assert same_version(number, around.format(other)) is Same.NO


@given(st.text(st.sampled_from("0123456789. -_vx+~"), max_size=4000))
def test_what_is_far_too_long_is_no_version_and_takes_no_time(said: str) -> None:
    if len(" ".join(said.split())) > 255:
        assert not names_a_version(said)
    assert same_version("1" * 200 + ".1", re.sub(r"\D", "0", said)[:200] + "1") in Same


@pytest.mark.parametrize(
    ("certified", "shown"),
    [
        ("1.2.23", "2023-02-01"),
        ("V1.2.23", "2023-02-01 00:00:00"),
        ("1.2.23", "01.02.2023"),
        ("1.2.23", "1/2/23"),
        ("1.2.23", "2/1/2023"),
        ("1.2.23", "1-Feb-23"),
        ("1.2.23", "44958"),
        ("2.1.3", "37653"),
        ("1.2", "1-Feb"),
        ("1.2", "01. Feb"),
        ("1.2", "02-Jan"),
        ("1.2", "2026-02-01T00:00:00"),
        ("3.5", "Mai 03"),
        ("1.23", "Jan 23"),
        ("1.2023", "2023-01-01"),
        ("20230712", "2.02E+07"),
        ("123456", "1.23456E+05"),
        ("12E10", "1.2E+11"),
        ("1.6", "OCPP 1.6"),
        ("2.3", "OCPP1.6J"),
        ("2.3", "ocpp-2.0.1"),
    ],
)
def test_what_a_spreadsheet_makes_of_a_version_is_not_another(certified: str, shown: str) -> None:
    """Days by the calendar: 1 February 2023 is the 44,958th that spreadsheets count, 1 February 2003 the 37,653rd."""
    assert same_version(certified, shown) is Same.UNCLEAR


@pytest.mark.parametrize(
    ("certified", "told"),
    [
        ("1.2.23", "2023-02-03"),
        ("1.2.23", "44959"),
        ("2.1.10", "1.2.10"),
        ("1.3.337", "44927"),
        ("1.2", "3-Apr"),
        ("13.14", "2023-02-01"),
        ("20230712", "2.03E+07"),
        ("1.2.3", "1E+02"),
        ("1.10", "1.1"),
        ("2.3", "OCPP2 1.0.0"),
        ("2.3", "1.6"),
    ],
)
def test_no_other_day_and_no_other_number_is_that_version(certified: str, told: str) -> None:
    assert same_version(certified, told) is Same.NO


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 29))
def test_every_day_that_a_version_may_be_taken_for_is_left_open(one: int, other: int, year: int) -> None:
    for day in (date(2000 + year, one, other), date(2000 + year, other, one)):
        counted = str((day - date(1899, 12, 30)).days)
        for shown in (day.isoformat(), counted, f"{day:%d.%m.%Y}", f"{day:%d-%b-%y}", f"{day:%m/%d/%y}"):
            assert same_version(f"{one}.{other}.{year}", shown) is not Same.NO


@given(st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,3}){1,3}", fullmatch=True), st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,3}){1,3}", fullmatch=True))
def test_of_two_versions_that_look_like_versions_nothing_is_a_day(one: str, other: str) -> None:
    assert not may_be_recalculated(one, other)
