"""Words for what is not known: taken for nothing wherever people write of products, and never a name or a version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.spreadsheets.nothing import Holds, nothing_key, says_nothing

ROOT = Path(__file__).parents[3]
PRODUCT = (Holds.NAME, Holds.VERSION, Holds.FEATURE)
VOCABULARY = json.loads((ROOT / "data" / "vocabulary" / "nothing_said.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "",
            " ",
            "-",
            "–",
            "—",
            "--",
            "?",
            "...",
            "/",
            "n/a",
            "N/A",
            "n. a.",
            "#N/A",
            "unknown",
            "Unknown?",
            "not known",
            "TBD",
            "TBA",
            "t.b.d.",
        ),
        *(
            "same as certificate",
            "see attachment",
            "(unbekannt)",
            "k.A.",
            "k. A.",
            "inconnu",
            "n.v.t.",
            "미정",
            "해당없음",
            "未定",
            "＊ＴＢＤ＊",
        ),
        *("n/a (unknown)", "TBD - to be confirmed", "unknown; see attachment", "un\u200bknown", "\u00ad", "unknown\nTBD"),
    ],
)
def test_a_word_for_what_is_not_known_is_nothing_whatever_is_asked(cell: str) -> None:
    assert [says_nothing(cell, what) for what in PRODUCT] == [True, True, True]


@pytest.mark.parametrize("cell", ["latest", "up to date", "Latest firmware", "0", "aktuell", "최신 버전", "current (latest)"])
def test_what_names_no_one_version_is_nothing_as_a_version_alone(cell: str) -> None:
    assert [says_nothing(cell, what) for what in Holds] == [False, True, False, False, False]


def test_that_there_is_none_is_nothing_as_a_name_and_an_answer_as_a_feature() -> None:
    assert [says_nothing("None", what) for what in Holds] == [True, True, False, True, True]


@pytest.mark.parametrize(("cell", "is_none"), [("n/a", True), ("-", True), ("none", True), ("see annex", False), ("TBD", False)])
def test_of_a_certificate_that_may_be_elsewhere_it_is_not_taken_that_there_is_none(cell: str, is_none: bool) -> None:
    assert says_nothing(cell, Holds.EVIDENCE) == is_none


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "1.10",
            "V1.3.337",
            "0.1",
            "1.10 (unknown build)",
            "1.x",
            "TBD-100",
            "N-A 1",
            "Unknown Power Ltd",
            "Latest Energy",
            "NA-22",
            "미정전자",
        ),
        *("1.10, modem n/a", "M-1 / TBD", "Socket", "Single", "no", "x", "K"),
    ],
)
def test_what_says_anything_is_taken(cell: str) -> None:
    assert not says_nothing(cell, Holds.FEATURE)
    assert cell == "no" or not says_nothing(cell, Holds.VERSION)


def test_each_word_stands_once_and_none_holds_a_figure_that_could_be_a_version() -> None:
    keys = [nothing_key(word) for name in VOCABULARY.keys() - {"note"} for word in VOCABULARY[name]]
    assert sorted(keys) == sorted(set(keys))
    assert all(keys)
    assert [key for key in keys if any(letter.isdigit() for letter in key)] == ["0"]


@pytest.mark.parametrize("cell", ["1970-01-01", "01.01.1900", "9999-12-31T00:00:00Z"])
def test_a_date_that_programs_write_where_none_is_known_is_nothing_as_a_day(cell: str) -> None:
    assert [what for what in Holds if says_nothing(cell, what)] == [Holds.DAY]


@given(st.text(st.characters(max_codepoint=127)))
def test_what_is_plain_is_compared_as_what_is_not(cell: str) -> None:
    assert nothing_key(cell) == nothing_key(cell + "\u200b")
