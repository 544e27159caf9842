"""Entries as bits and as numbers say the same of themselves as a list of them does; values are counted as one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.certificates.codes import Values
from registry.certificates.marks import BITS, Marked, Numbered, bits_of, run, smallest, with_these

LENGTH = 4 * BITS
chosen = st.frozensets(st.integers(0, LENGTH - 1)) | st.frozensets(st.integers(60, 70)) | st.just(frozenset(range(LENGTH)))
bounds = st.integers(0, LENGTH)
names = st.text("abÄ", max_size=3)


def marked(numbers: frozenset[int]) -> Marked:
    return Marked(bits_of(np.array([number in numbers for number in range(LENGTH)])))


@given(chosen, bounds, bounds)
def test_bits_and_numbers_are_told_alike(numbers: frozenset[int], begin: int, end: int) -> None:
    known = sorted(numbers)
    for some in (marked(numbers), Numbered(np.array(known, dtype=np.int64))):
        assert some.number == len(known)
        assert [some.nth(at) for at in range(len(known))] == known
        assert some.between(begin, end).tolist() == [number for number in known if begin <= number < end]
        assert some.between(0, LENGTH).tolist() == known
    every = np.arange(LENGTH)
    assert marked(numbers).has(every).tolist() == [number in numbers for number in range(LENGTH)]


@given(chosen, chosen, bounds, bounds)
def test_bits_are_added_and_made(numbers: frozenset[int], others: frozenset[int], begin: int, end: int) -> None:
    before = marked(numbers)
    both = with_these(before.bits, np.array(sorted(others), dtype=np.int64))
    assert Marked(both).between(0, LENGTH).tolist() == sorted(numbers | others)
    assert before.between(0, LENGTH).tolist() == sorted(numbers), "what others hold is left as it is"
    assert Marked(run(begin, end, LENGTH)).between(0, LENGTH).tolist() == list(range(begin, end))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1), st.integers(1, 12))
def test_the_smallest_are_those_that_sorting_puts_first_and_what_is_like_the_last(pairs: list[tuple[int, int]], count: int) -> None:
    keys = [np.array([pair[place] for pair in pairs]) for place in (0, 1)]
    last = sorted(pairs)[:count][-1]
    assert smallest(keys, count).tolist() == [pair <= last for pair in pairs]


@given(st.lists(names, unique=True), st.lists(st.integers(0, 4)), st.integers(1, 5), st.lists(names))
def test_of_many_values_the_most_frequent_are_told_and_those_that_are_asked_for(
    values: list[str], numbers: list[int], most: int, always: list[str]
) -> None:
    known = Values()
    codes = known.codes("country", [(value,) for value in values])
    had = {value: number for value, number in zip(values, numbers, strict=False) if number}
    counted = np.zeros(1 + len(values), dtype=np.int64)
    counted[codes[: len(numbers)]] = numbers[: len(codes)]
    found = known.most_frequent("country", counted, most, always)
    frequent = sorted(had, key=lambda value: (-had[value], value))[:most]
    assert set(frequent) | (set(always) & had.keys()) <= found.keys()
    assert found.items() <= had.items()
    assert len(found) <= most + len(set(always)) or len(found) == len(had)


def test_what_has_several_values_is_counted_under_each_and_what_has_none_under_none() -> None:
    known = Values()
    codes = known.codes("profiles", [("Core", "Security"), (), ("Core",), ("Core", "Security")])
    assert codes[0] == codes[3]
    assert known.most_frequent("profiles", np.bincount(codes), 1, ()) == Counter({"Core": 3, "Security": 2})
    assert known.most_frequent("country", np.bincount(known.codes("country", [(), ("A",)])), 50, ()) == {"A": 1}


@pytest.mark.parametrize("later", [(), ("Abc",), ("zz", "AA")])
def test_holders_are_in_their_order_however_many_come_later(later: tuple[str, ...]) -> None:
    known = Values()
    first = known.codes("holder", [("beta",), ("Alpha",), ("BETA",)])
    places = known.by_holder()[first].tolist()
    assert places[1] < places[0] == places[2]
    codes = [*first, *known.codes("holder", [(name,) for name in later])]
    order = known.by_holder()[codes].tolist()
    folded = [name.lower() for name in ("beta", "Alpha", "BETA", *later)]
    assert [one < other for one in order for other in order] == [one < other for one in folded for other in folded]
