"""What is laid out of entries says of them what they say themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificates import stretches
from registry.certificates.catalogue import day_key
from registry.certificates.places import place
from registry.certificates.stretches import Stretch, column_name, laid_out
from registry.certificates.terms import asked_term, longer_terms, short_terms
from registry.certificates.words import query_words, search_text

HOLDERS = tuple(f"Holder {number}" for number in range(300))
"""More than one byte can tell apart."""
words = st.text("ab1. ", min_size=1, max_size=18)


def entry(number: int, text: str, holder: str | None, day: date | None) -> dict[str, Any]:
    named = {"protocol": "OCPP 1.6", "kind": None, "laboratory": None, "country": "Country 1", "has_document": number % 2 == 0}
    return named | {
        "id": number,
        "role": "CS" if number % 3 else "CSMS",
        "holder": holder,
        "profiles": ["Core", "Reservation"][: number % 3],
        "date": day,
        "year": day.year if day is not None else None,
        "newest_key": day_key(day, newest=True),
        "search_text": search_text([text]),
    }


def counted(stretch: Stretch, facet: str, marks: int) -> Counter[str]:
    return Counter(value for values in stretch.values(facet, stretch.numbers(marks)) for value in values)


days = st.none() | st.dates(date(2020, 12, 1), date(2022, 2, 1))
entries = st.lists(st.tuples(words, st.sampled_from(HOLDERS) | st.none(), days), max_size=12).map(
    lambda some: sorted((entry(number, *each) for number, each in enumerate(some, 1)), key=lambda one: (one["newest_key"], one["id"]))
)


@given(entries, words, st.sampled_from([("CS",), ("CS", "CSMS"), ("other",)]), st.sampled_from([("2021",), ("2020", "2022")]))
def test_what_has_words_and_facets_is_marked_and_counted(
    some: Sequence[dict[str, Any]], typed: str, roles: tuple[str, ...], years: tuple[str, ...]
) -> None:
    held = laid_out(some)
    stretch = Stretch(held)
    asked = [word for word in query_words(typed) if asked_term(word) in held]
    texts = [f"{one['search_text']} " for one in some]
    for word in query_words(typed):
        has = [word in text if len(word) > 2 else f" {word}" in text for text in texts]
        assert asked_term(word) is None or (asked_term(word) in held) == any(has)
    marks = stretch.marked([held[str(asked_term(word))] for word in asked], {"role": roles, "year": years})
    expected = [
        one
        for one, text in zip(some, texts, strict=True)
        if one["role"] in roles
        and str(one["year"]) in years
        and all(word in text if len(word) > 2 else f" {word}" in text for word in asked)
    ]
    assert list(stretch.pick(stretch.places, marks)) == [place(one["newest_key"], one["id"]) for one in expected]
    assert counted(stretch, "holder", marks) == Counter(one["holder"] for one in expected if one["holder"] is not None)
    assert counted(stretch, "profiles", marks) == Counter(profile for one in expected for profile in one["profiles"])
    assert counted(stretch, "documented", marks) == Counter("yes" if one["has_document"] else "no" for one in expected)


def test_more_values_than_a_byte_can_tell_apart_are_told_apart() -> None:
    some = [entry(number, "a", holder, date(2021, 1, 1)) for number, holder in enumerate(HOLDERS, 1)]
    held = laid_out(some)
    stretch = Stretch(held)
    marks = stretch.marked([held["^a"]], {"holder": ("Holder 7", "Holder 299")})
    assert counted(stretch, "holder", marks) == {"Holder 7": 1, "Holder 299": 1}
    assert len(stretch) == len(HOLDERS)


def test_what_is_chosen_again_is_marked_as_before_however_much_else_was_chosen_meanwhile() -> None:
    some = [entry(number, "a", holder, date(2019 + number % 3, 1, 1)) for number, holder in enumerate(HOLDERS, 1)]
    held = laid_out(sorted(some, key=lambda one: (one["newest_key"], one["id"])))
    stretch = Stretch(held)
    for _ in range(2):
        for holder, one in zip(HOLDERS, some, strict=True):
            assert counted(stretch, "holder", stretch.marked([], {"holder": (holder,)})) == {holder: 1}
            year = stretch.marked([], {"year": (str(one["year"]),)})
            assert year.bit_count() == len(HOLDERS) / 3
            assert (stretch.marked([], {"holder": (holder,)}) & year).bit_count() == 1
        two = stretch.marked([], {"holder": HOLDERS[:2]})
        assert (
            two
            == stretch.marked([], {"holder": HOLDERS[1::-1]})
            == stretch.marked([], {"holder": HOLDERS[1:2]}) ^ stretch.marked([], {"holder": HOLDERS[:1]})
        )
        assert stretch.choices_known <= stretches.MOST_KNOWN


def test_a_word_that_few_have_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "ONE_IN", 2)
    some = [entry(number, text, None, None) for number, text in enumerate(("abcdef", "abcx", "xyz", "abc1"), 1)]
    held = laid_out(some)
    assert {"abc", "^a", "^ab"} <= held.keys()
    assert not {"abcd", "xyz", "^x", "bcx"} & held.keys()
    assert {column_name(name) for name in stretches.COLUMNS} <= held.keys()


@given(st.lists(words, max_size=3))
def test_the_terms_of_a_text_are_all_of_which_a_word_of_a_query_can_be(texts: list[str]) -> None:
    searched = search_text(texts)
    short = short_terms(searched)
    runs = searched.split()
    inside = {run[begin:end] for run in runs for begin in range(len(run)) for end in range(begin + 3, min(len(run), begin + 12) + 1)}
    assert short | longer_terms(searched, short) == inside | {f"^{run[:size]}" for run in runs for size in (1, 2)}
    assert longer_terms(searched, ()) == set()
