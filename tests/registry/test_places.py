"""Places hold their entry's id and are in the order of days: told against the days themselves."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.certificates import places
from registry.certificates.catalogue import day_key

ids = st.integers(1, 2**31 - 1)
days = st.none() | st.dates() | st.dates(date(2020, 12, 20), date(2022, 1, 10))
entries = st.lists(st.tuples(ids, days), unique_by=lambda entry: entry[0])


def placed(entry_id: int, day: date | None) -> int:
    return places.place(day_key(day, newest=True), entry_id)


@given(entries)
def test_places_are_in_the_order_of_days_either_way_and_those_without_a_day_last(known: list[tuple[int, date | None]]) -> None:
    day_of = dict(known)
    found = [placed(*entry) for entry in known]
    dated = sorted(day for day in day_of.values() if day is not None)
    undated = [None] * (len(known) - len(dated))
    assert [day_of[places.id_at(at)] for at in places.newest_first(found)] == [*dated[::-1], *undated]
    assert [day_of[places.id_at(at)] for at in places.oldest_first(found)] == [*dated, *undated]
    for at in found:
        assert places.FIRST < at < places.LAST
        assert (at >= places.UNDATED) == (day_of[places.id_at(at)] is None)


@given(entries)
def test_the_keys_of_days_sort_as_the_places_do(known: list[tuple[int, date | None]]) -> None:
    found = [placed(*entry) for entry in known]
    assert [places.day_at(at) for at in places.newest_first(found)] == sorted(map(places.day_at, found))
    assert [places.oldest_day_at(at) for at in places.oldest_first(found)] == sorted(map(places.oldest_day_at, found))


@given(entries)
def test_years_are_counted_as_the_days_say(known: list[tuple[int, date | None]]) -> None:
    counted = places.in_years(placed(*entry) for entry in known)
    assert counted == Counter(day.year for _, day in known if day is not None)


@given(ids, st.dates(), st.sets(st.integers(2018, 2026), min_size=1))
def test_years_are_a_stretch_where_none_is_between_them(entry_id: int, day: date, years: set[int]) -> None:
    stretch = places.of_years(years)
    assert (stretch is None) == (set(range(min(years), max(years) + 1)) != years)
    if stretch is not None:
        near = [day, date(min(years), 1, 1), date(max(years), 12, 31), date(min(years), 1, 1) - timedelta(1), date(max(years) + 1, 1, 1)]
        for each in near:
            assert (stretch[0] <= placed(entry_id, each) <= stretch[1]) == (each.year in years)
        assert not stretch[0] <= placed(entry_id, None) <= stretch[1]


@given(ids, ids, st.dates(), st.dates())
def test_whole_days_reach_from_the_first_to_the_last_of_their_days(one: int, other: int, first: date, last: date) -> None:
    newer, older = max(first, last), min(first, last)
    begin, end = places.whole_days(placed(one, newer), placed(other, older))
    assert begin <= placed(1, newer) <= placed(2**31 - 1, older) <= end
    assert newer == date.max or placed(2**31 - 1, newer + timedelta(1)) < begin
    assert older == date.min or placed(1, older - timedelta(1)) > end
