"""What is laid out of entries says of them what they say themselves."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificates import stretches
from registry.certificates.catalogue import day_key, number_key
from registry.certificates.codes import COLUMNS, Values
from registry.certificates.marks import Marked, Numbered, Some
from registry.certificates.places import place
from registry.certificates.stretches import Stretches, column_name, laid_out
from registry.certificates.terms import asked_term, longer_terms, short_terms
from registry.certificates.words import fold, query_words, search_text

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


def numbers(whole: Stretches, some: Some) -> list[int]:
    found: list[int] = whole.first(some, some.number).tolist()
    assert len(found) == some.number
    return found


def places(whole: Stretches, some: Some) -> list[int]:
    return [int(whole.places[number]) for number in numbers(whole, some)]


def everything(whole: Stretches) -> Marked:
    return whole.marked((), {"role": ("CS", "CSMS")})


def counted(stretch: Stretches, facet: str, some: Some, values: Values = VALUES) -> Counter[str]:
    codes = stretch.codes(facet)[numbers(stretch, some)]
    return values.most_frequent(facet, np.bincount(codes), len(codes), ())


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
    words = [stretch.learn(word, [held[str(asked_term(word))]]).bits for word in asked]
    marks = stretch.marked(words, {"role": roles, "year": years})
    expected = [
        one
        for one, text in zip(some, texts, strict=True)
        if one["role"] in roles
        and str(one["year"]) in years
        and all(word in text if len(word) > 2 else f" {word}" in text for word in asked)
    ]
    assert places(stretch, marks) == [place(one["newest_key"], one["id"]) for one in expected]
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
            one["newest_key"] += number * 10_000_000
    laid = [laid_out(part) for part in some]
    whole = joined(*laid)
    every = [one for part in some for one in part]
    words = [word for word in query_words(typed) if asked_term(word)]
    learnt = {word: whole.learn(word, [held.get(str(asked_term(word))) for held in laid]) for word in words}
    for word, known in learnt.items():
        assert known.lacking == tuple(at for at, held in enumerate(laid) if str(asked_term(word)) not in held)
        assert whole.word(word) is known
    marks = whole.marked([known.bits for known in learnt.values()], {"role": roles})
    expected = [
        one
        for one in every
        if one["role"] in roles
        and all(word in f"{one['search_text']} " if len(word) > 2 else f" {word}" in one["search_text"] for word in learnt)
    ]
    found = [place(one["newest_key"], one["id"]) for one in expected]
    assert places(whole, marks) == found
    most = data.draw(st.integers(0, 20))
    assert whole.first(marks, most).tolist() == numbers(whole, marks)[:most]
    some_of_them = data.draw(st.lists(st.sampled_from(found), unique=True).map(sorted)) if found else []
    numbered = whole.numbered(some_of_them, {"role": ("CS",)})
    assert numbered is not None
    roles_at = {place(one["newest_key"], one["id"]): one["role"] for one in every}
    assert places(whole, numbered) == [at for at in some_of_them if roles_at[at] == "CS"]
    assert whole.size == everything(whole).number == len(every)
    assert counted(whole, "holder", everything(whole)) == Counter(one["holder"] for one in every if one["holder"] is not None)
    for number, part in enumerate(some):
        again = Stretches([whole.stretch(number)], VALUES)
        assert places(again, everything(again)) == [place(one["newest_key"], one["id"]) for one in part]
        assert (again.size, again.columns) == (len(part), whole.columns)


@given(entries, st.sampled_from([("CS",), ("CSMS",), ("CS", "CSMS")]), st.integers(1, 8), st.booleans())
def test_days_are_never_parted_and_years_are_counted(
    some: Sequence[dict[str, Any]], roles: tuple[str, ...], most: int, as_numbers: bool
) -> None:
    whole = joined(laid_out(some))
    marks: Some = whole.marked((), {"role": roles})
    has = [one for one in some if one["role"] in roles]
    if as_numbers:
        marks = Numbered(whole.first(marks, len(has)))
    newest, oldest = whole.first_days(marks, most), whole.last_days(marks, most)
    for found, nearest in ((newest, has[:most]), (oldest, has[max(0, len(has) - most) :])):
        days = {one["newest_key"] for one in nearest}
        assert [int(whole.places[number]) for number in found] == [
            place(one["newest_key"], one["id"]) for one in has if one["newest_key"] in days
        ]
    counts = Counter(one["year"] for one in has if one["year"] is not None)
    assert whole.in_years(whole.first(marks, len(has))) == counts


@given(st.lists(entries, min_size=1, max_size=3), st.sampled_from(["number", "holder"]), st.integers(1, 8), st.booleans(), st.data())
def test_the_first_in_an_order_are_those_that_are_sorted_first(
    some: list[list[dict[str, Any]]], order: str, most: int, as_numbers: bool, data: st.DataObject
) -> None:
    """With all that is sorted like the last of them: what numbers begin with tells nearly all apart."""
    for number, part in enumerate(some):
        for one in part:
            one["newest_key"] += number * 10_000_000
            one["number_key"] = data.draw(st.sampled_from(["OCA.0016.0001.CS", "OCA.0016.0001.CSMS", "OCA.02", "~", "", "Ä"]))
    whole = joined(*map(laid_out, some))
    every = [one for part in some for one in part]
    marks: Some = everything(whole)
    if as_numbers:
        marks = Numbered(whole.first(marks, len(every)))

    def key(one: dict[str, Any]) -> tuple[bytes, ...]:
        number = one["number_key"].encode()[: stretches.NUMBER_BYTES]
        return (fold(one["holder"] or "").encode(), number) if order == "holder" else (number,)

    first = sorted(every, key=key)[:most]
    expected = {place(one["newest_key"], one["id"]) for one in every if first and key(one) <= key(first[-1])}
    found = whole.first_in(order, marks, most)
    assert sorted(whole.places[found].tolist()) == sorted(expected)
    keys = list(zip(*(part.tolist() for part in whole.sorted_by(found, VALUES.by_holder() if order == "holder" else None)), strict=True))
    own = {place(one["newest_key"], one["id"]): key(one) for one in every}
    in_order = [own[int(whole.places[number])] for _, number in sorted(zip(keys, found.tolist(), strict=True))]
    assert in_order == sorted(in_order)


def test_of_many_the_first_in_an_order_are_met_going_through_it() -> None:
    """Two or three have the same number each; some are far off in the order."""
    near = [entry(number, "a", None, date(2021, 1, 1)) for number in range(1, 4001)]
    far = [entry(number, "a", None, date(2020, 1, 1)) for number in range(5000, 9000)]
    for one in near:
        one |= {"number_key": f"{one['id'] * 7919 % 4001 // 3:04}", "country": str(one["id"] % 2)}
    for one in far:
        one |= {"number_key": f"9{one['id']:04}", "country": "last"}
    some = near + far
    whole = joined(laid_out(some))
    for country, most in itertools.product(("0", "1", "last"), range(1, 64)):
        marks = whole.marked((), {"country": (country,)})
        expected = sorted(one["number_key"] for one in some if one["country"] == country)
        last = expected[most - 1]
        found = {place(one["newest_key"], one["id"]): one["number_key"] for one in some}
        met = sorted(found[int(at)] for at in whole.places[whole.first_in("number", marks, most)])
        assert met == [number for number in expected if number <= last]


def test_what_is_sorted_alike_is_met_however_far_the_order_is_gone_through_at_once() -> None:
    """The third of those with the first number is the ninth of all."""
    some = [entry(at + 1, "a", None, date(2021, 1, 1)) for at in range(400)]
    for at, one in enumerate(some):
        one |= {"number_key": f"{6 if at in (7, 8) else at:04}", "country": "met" if at in (6, 7, 8) or at > 99 else "other"}
    whole = joined(laid_out(some))
    assert sorted(whole.first_in("number", whole.marked((), {"country": ("met",)}), 1).tolist()) == [6, 7, 8]


def test_more_values_than_a_byte_can_tell_apart_are_told_apart() -> None:
    some = [entry(number, "a", holder, date(2021, 1, 1)) for number, holder in enumerate(HOLDERS, 1)]
    held = laid_out(some)
    stretch = joined(held)
    marks = stretch.marked([stretch.learn("^a", [held["^a"]]).bits], {"holder": ("Holder 7", "Holder 299")})
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
    assert counted(stretch, "holder", everything(stretch), values) == everybodys
    for holder in HOLDERS:
        marks = stretch.marked([], {"holder": (holder,)})
        assert [some[number]["holder"] for number in numbers(stretch, marks)] == [holder] * everybodys[holder]
    some_of_them = ("Holder 3", "Other 1", "Other 65000", "Holder 299", "No holder")
    assert stretch.marked([], {"holder": some_of_them}).number == everybodys["Holder 3"] + everybodys["Holder 299"]
    assert stretch.marked([], {"holder": ("Other 0",)}).number == 0


@given(entries.filter(bool), st.data())
def test_what_stands_at_places_is_found_and_what_does_not_is_told(some: Sequence[dict[str, Any]], data: st.DataObject) -> None:
    stretch = joined(laid_out(some))
    asked = data.draw(st.lists(st.integers(0, len(some) - 1), unique=True).map(sorted))
    known = [int(stretch.places[number]) for number in asked]
    found = stretch.numbered(known, {})
    assert found is not None
    assert numbers(stretch, found) == asked
    for absent in (int(stretch.places[0]) - 1, int(stretch.places[-1]) + 1, *(at + 1000 for at in known)):
        assert stretch.numbered(sorted({*known, absent}), {}) is None


def test_what_is_chosen_again_is_marked_as_before_however_much_else_was_chosen_meanwhile() -> None:
    some = [entry(number, "a", holder, date(2019 + number % 3, 1, 1)) for number, holder in enumerate(HOLDERS, 1)]
    held = laid_out(sorted(some, key=lambda one: (one["newest_key"], one["id"])))
    stretch = joined(held)
    for _ in range(2):
        for holder, one in zip(HOLDERS, some, strict=True):
            assert counted(stretch, "holder", stretch.marked([], {"holder": (holder,)})) == {holder: 1}
            year = stretch.marked([], {"year": (str(one["year"]),)})
            assert year.number == len(HOLDERS) / 3
            assert stretch.marked([], {"holder": (holder,), "year": (str(one["year"]),)}).number == 1
        both = [stretch.marked([], {"holder": some}) for some in (HOLDERS[:2], HOLDERS[1::-1])]
        of_each = sorted(number for holder in HOLDERS[:2] for number in numbers(stretch, stretch.marked([], {"holder": (holder,)})))
        assert [numbers(stretch, marks) for marks in both] == [of_each, of_each]
        assert stretch.choices_known <= stretches.MOST_KNOWN


def test_a_word_that_few_have_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "ONE_IN", 2)
    some = [entry(number, text, None, None) for number, text in enumerate(("abcdef", "abcx", "xyz", "abc1"), 1)]
    held = laid_out(some)
    assert {"abc", "^a", "^ab"} <= held.keys()
    assert not {"abcd", "xyz", "^x", "bcx"} & held.keys()
    assert {column_name(name) for name in COLUMNS} <= held.keys()


@given(st.lists(words, max_size=3))
def test_the_terms_of_a_text_are_all_of_which_a_word_of_a_query_can_be(texts: list[str]) -> None:
    searched = search_text(texts)
    short = short_terms(searched)
    runs = searched.split()
    inside = {run[begin:end] for run in runs for begin in range(len(run)) for end in range(begin + 3, min(len(run), begin + 12) + 1)}
    assert short | longer_terms(searched, short) == inside | {f"^{run[:size]}" for run in runs for size in (1, 2)}
    assert longer_terms(searched, ()) == set()
