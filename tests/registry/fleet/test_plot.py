"""The map without a map, the trend, and the table's state in an address."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import RegistryError
from registry.fleet.plot import HEIGHT, WIDTH, Place, site_map, trend
from registry.fleet.query import FACETS, SORTS, FleetQuery, pairs, parse, toggled

PLACES = st.lists(
    st.builds(
        Place,
        site=st.text(max_size=5),
        latitude=st.floats(-90, 90, allow_nan=False),
        longitude=st.floats(-180, 180, allow_nan=False),
        counts=st.dictionaries(st.sampled_from(["covered", "not covered", "cannot tell"]), st.integers(1, 9), min_size=1),
    ),
    min_size=1,
    max_size=8,
)


@given(PLACES)
def test_every_place_is_in_the_drawing_north_above_and_east_to_the_right(places: list[Place]) -> None:
    drawn = site_map(places)
    assert drawn is not None
    assert len(drawn.points) == len(places)
    for point in drawn.points:
        assert 0 <= point.x <= WIDTH
        assert 0 <= point.y <= HEIGHT
        for other in drawn.points:
            assert point.place.latitude <= other.place.latitude or point.y <= other.y
            assert point.place.longitude <= other.place.longitude or point.x >= other.x
    assert all(-1 <= line.at <= WIDTH + 1 for line in drawn.meridians)
    assert all(-1 <= line.at <= HEIGHT + 1 for line in drawn.parallels)


def test_a_place_is_coloured_by_what_needs_a_look_and_nothing_is_drawn_of_nothing() -> None:
    assert Place("A", 0, 0, {"covered": 9, "cannot tell": 1}).worst == "cannot tell"
    assert Place("A", 0, 0, {"covered": 9, "not covered": 1}).told == "A: 1 not covered, 9 covered"
    assert site_map([]) is None
    assert trend([]) == ()


def test_days_have_one_scale() -> None:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    first, second = trend([(day, {"covered": 5, "not covered": 5}), (day, {"covered": 5})])
    assert first.bars == (("covered", 50.0, 50.0), ("not covered", 0.0, 50.0))
    assert second.bars == (("covered", 50.0, 50.0),)


QUERIES = st.builds(
    FleetQuery,
    text=st.text("abc ", max_size=5).map(str.strip),
    chosen=st.dictionaries(st.sampled_from(list(FACETS)), st.tuples(st.text(min_size=1, max_size=4))),
    sort=st.sampled_from(list(SORTS)),
    page=st.integers(1, 9),
    size=st.sampled_from([50, 20]),
)


@given(QUERIES)
def test_an_address_holds_the_whole_state(query: FleetQuery) -> None:
    parameters: dict[str, list[str]] = {}
    for name, value in pairs(query, page=query.page):
        parameters.setdefault(name, []).append(value)
    assert parse(parameters) == query


@given(QUERIES, st.sampled_from(list(FACETS)), st.text(min_size=1, max_size=3))
def test_a_choice_made_and_dropped_leaves_what_was_there(query: FleetQuery, facet: str, value: str) -> None:
    present = pairs(query)
    assert ((facet, value) in toggled(query, facet, value)) != ((facet, value) in present)


@pytest.mark.parametrize("parameters", [{"site": [str(number) for number in range(31)]}, {"page": ["x"]}, {"size": ["0"]}])
def test_what_no_link_has_is_one_sentence(parameters: dict[str, list[str]]) -> None:
    with pytest.raises(RegistryError):
        parse(parameters)
