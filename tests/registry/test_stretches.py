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
from registry.certificates.catalogue import day_key, number_key
from registry.certificates.places import place
from registry.certificates.stretches import Stretches, Values, column_name, laid_out
from registry.certificates.terms import asked_term, longer_terms, short_terms
from registry.certificates.words import query_words, search_text

HOLDERS = tuple(f"Holder {number}" for number in range(300))
"""More than one byte can tell apart."""
VALUES = Values()
"""One for all, as in a process: what a stretch has stands under codes that others gave."""
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
        "number_key": number_key(f"OCA.0016.{number:04}.CS" if number % 5 else None),
        "search_text": search_text([text]),
    }


def joined(*laid: dict[str, bytes], values: Values = VALUES) -> Stretches:
    return Stretches([stretches.stretch(held, values) for held in laid], values)


def numbers(whole: Stretches, marks: int) -> list[int]:
    return whole.numbers(marks, marks.bit_count())


def counted(stretch: Stretches, facet: str, marks: int, values: Values = VALUES) -> Counter[str]:
    codes = stretch.codes(facet)
    return Counter(value for number in numbers(stretch, marks) for value in values.told(facet, codes[number]))


days = st.none() | st.dates(date(2020, 12, 1), date(2022, 2, 1))
entries = st.lists(st.tuples(words, st.sampled_from(HOLDERS) | st.none(), days), max_size=12).map(
    lambda some: sorted((entry(number, *each) for number, each in enumerate(some, 1)), key=lambda one: (one["newest_key"], one["id"]))
)


@given(entries, words, st.sampled_from([("CS",), ("CS", "CSMS"), ("other",)]), st.sampled_from([("2021",), ("2020", "2022")]))
def test_what_has_words_and_facets_is_marked_and_counted(
    some: Sequence[dict[str, Any]], typed: str, roles: tuple[str, ...], years: tuple[str, ...]
) -> None:
    held = laid_out(some)
    stretch = joined(held)
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
    assert list(stretch.pick(stretch.places, marks, marks.bit_count())) == [place(one["newest_key"], one["id"]) for one in expected]
    assert counted(stretch, "holder", marks) == Counter(one["holder"] for one in expected if one["holder"] is not None)
    assert counted(stretch, "profiles", marks) == Counter(profile for one in expected for profile in one["profiles"])
    assert counted(stretch, "documented", marks) == Counter("yes" if one["has_document"] else "no" for one in expected)


@given(st.lists(entries, min_size=1, max_size=4), words, st.sampled_from([("CS",), ("CSMS", "other")]), st.data())
def test_stretches_that_are_joined_are_as_one(
    some: list[list[dict[str, Any]]], typed: str, roles: tuple[str, ...], data: st.DataObject
) -> None:
    """Each is given other days, so that all of them are in the order of places."""
    for number, part in enumerate(some):
        for one in part:
            one["newest_key"] += number * 10_000
    laid = [laid_out(part) for part in some]
    whole = joined(*laid)
    everything = [one for part in some for one in part]
    asked = [word for word in query_words(typed) if all(asked_term(word) in held for held in laid)]
    of_words = [b"".join(held[str(asked_term(word))] for held in laid) for word in asked]
    marks = whole.marked(of_words, {"role": roles})
    expected = [
        one for one in everything if one["role"] in roles and all(word in f"{one['search_text']} " for word in asked if len(word) > 2)
    ]
    expected = [one for one in expected if all(f" {word}" in one["search_text"] for word in asked if len(word) < 3)]
    found = [place(one["newest_key"], one["id"]) for one in expected]
    assert [whole.places[number] for number in numbers(whole, marks)] == found == list(whole.pick(whole.places, marks, marks.bit_count()))
    most = data.draw(st.integers(0, 20))
    assert numbers(whole, whole.first(marks, most)) == numbers(whole, marks)[:most]
    of_all = whole.marked((), {"role": ("CS", "CSMS")})
    assert whole.size == of_all.bit_count() == len(everything)
    assert counted(whole, "holder", of_all) == Counter(one["holder"] for one in everything if one["holder"] is not None)
    for number, part in enumerate(some):
        again = Stretches([whole.stretch(number)], VALUES)
        assert (again.size, list(again.pick(again.places, again.marked((), {"role": ("CS", "CSMS")}), len(part)))) == (
            len(part),
            [place(one["newest_key"], one["id"]) for one in part],
        )
        assert again.columns == whole.columns


@given(entries, st.sampled_from([("CS",), ("CSMS",), ("CS", "CSMS")]), st.integers(1, 8))
def test_the_oldest_are_those_of_whole_days_and_years_are_counted(
    some: Sequence[dict[str, Any]], roles: tuple[str, ...], most: int
) -> None:
    whole = joined(laid_out(some))
    marks = whole.marked((), {"role": roles})
    has = [one for one in some if one["role"] in roles]
    oldest = whole.last(marks, len(has), most)
    taken = [one for one in has if place(one["newest_key"], one["id"]) in {whole.places[number] for number in numbers(whole, oldest)}]
    assert taken == has[len(has) - len(taken) :]
    assert len(taken) >= min(most, len(has))
    assert not taken or all(one in taken for one in has if one["newest_key"] == taken[0]["newest_key"])
    assert len({one["newest_key"] for one in taken}) == len({one["newest_key"] for one in has[max(0, len(has) - most) :]})
    assert whole.in_years(marks) == Counter(one["year"] for one in has if one["year"] is not None)
    assert whole.number_having("documented", "yes", marks) == sum(one["has_document"] for one in has)


def test_more_values_than_a_byte_can_tell_apart_are_told_apart() -> None:
    some = [entry(number, "a", holder, date(2021, 1, 1)) for number, holder in enumerate(HOLDERS, 1)]
    held = laid_out(some)
    stretch = joined(held)
    marks = stretch.marked([held["^a"]], {"holder": ("Holder 7", "Holder 299")})
    assert counted(stretch, "holder", marks) == {"Holder 7": 1, "Holder 299": 1}
    assert stretch.size == len(HOLDERS)


@pytest.mark.parametrize("before", [0, 1, 200, 255, 256, 65_400, 65_536])
def test_what_other_stretches_have_changes_nothing_however_much_that_is(before: int) -> None:
    """The codes of a stretch's own holders take one byte, two or four; those of two bytes begin and end alike, side by side."""
    values = Values()
    values.codes("holder", [(f"Other {number}",) for number in range(before)])
    some = [entry(number, "a", (None, *HOLDERS)[number * 7 % 301], date(2021, 1, 1)) for number in range(1, 601)]
    stretch = joined(laid_out(some), values=values)
    everybodys = Counter(str(one["holder"]) for one in some if one["holder"] is not None)
    assert counted(stretch, "holder", (1 << len(some)) - 1, values) == everybodys
    for holder in HOLDERS:
        marks = stretch.marked([], {"holder": (holder,)})
        assert [some[number]["holder"] for number in numbers(stretch, marks)] == [holder] * everybodys[holder]
    some_of_them = ("Holder 3", "Other 1", "Other 65000", "Holder 299", "No holder")
    assert stretch.marked([], {"holder": some_of_them}).bit_count() == everybodys["Holder 3"] + everybodys["Holder 299"]
    assert stretch.marked([], {"holder": ("Other 0",)}) == 0


@given(entries.filter(bool), st.data())
def test_what_stands_at_places_is_marked_and_what_does_not_is_told(some: Sequence[dict[str, Any]], data: st.DataObject) -> None:
    stretch = joined(laid_out(some))
    asked = data.draw(st.lists(st.integers(0, len(some) - 1), unique=True).map(sorted))
    marks = stretch.at([stretch.places[number] for number in asked])
    assert marks is not None
    assert numbers(stretch, marks) == asked
    assert stretch.marked((), {"role": ("CS",)}, marks) == marks & stretch.marked((), {"role": ("CS",)})
    for absent in (stretch.places[0] - 1, stretch.places[-1] + 1, *(stretch.places[number] + 1000 for number in asked)):
        assert stretch.at(sorted({*(stretch.places[number] for number in asked), absent})) is None


@given(st.lists(st.text(max_size=20), min_size=1))
def test_what_numbers_begin_with_is_sorted_as_they_are(numbers: list[str]) -> None:
    some = [entry(at, "a", None, date(2021, 1, 1)) | {"number_key": number_key(number or None)} for at, number in enumerate(numbers, 1)]
    beginnings = joined(laid_out(some)).number_beginnings(range(len(some)))
    for one, first in zip(some, beginnings, strict=True):
        for other, second in zip(some, beginnings, strict=True):
            assert first <= second or one["number_key"] > other["number_key"]


def test_what_is_chosen_again_is_marked_as_before_however_much_else_was_chosen_meanwhile() -> None:
    some = [entry(number, "a", holder, date(2019 + number % 3, 1, 1)) for number, holder in enumerate(HOLDERS, 1)]
    held = laid_out(sorted(some, key=lambda one: (one["newest_key"], one["id"])))
    stretch = joined(held)
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
