"""Composite schedules: by hand, and against a slow reckoning of every single second (OCPP 1.6 sections 3.13 and 5.16; errata v4.0)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.station.schedule import Kind, Limit, Period, Profile, Purpose, Situation, Unit, composite, limit_at

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
SITUATION = Situation(NOON, phases=3, transaction_running=True, transaction_id=1)
DEFAULT = Profile(1, 1, 0, Purpose.TX_DEFAULT, Kind.ABSOLUTE, Unit.AMPERE, (Period(0, 10.0),), start=NOON)
MAXIMUM = replace(DEFAULT, profile_id=2, connector_id=0, purpose=Purpose.CHARGE_POINT_MAX)
TX = replace(DEFAULT, profile_id=3, purpose=Purpose.TX, transaction_id=1)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def plan(
    *profiles: Profile, begin: datetime = NOON, duration: int = 1000, unit: Unit = Unit.AMPERE, connector: int = 1
) -> list[tuple[int, float]]:
    found = composite(profiles, connector, begin, duration, SITUATION, unit, 32.0 if unit is Unit.AMPERE else 22080.0)
    return [(period.start, period.limit) for period in found]


# --- by hand


def test_nothing_limits() -> None:
    assert plan() == [(0, 32.0)]


def test_the_case_of_the_test_tool() -> None:
    """TC_056_CS: 300 s with 6, 10 and 8 A, asked for 25 s after it began."""
    periods = (Period(0, 6.0), Period(60, 10.0), Period(120, 8.0))
    profile = replace(DEFAULT, periods=periods, duration=300)
    assert plan(profile, begin=NOON + seconds(25), duration=300) == [(0, 6.0), (35, 10.0), (95, 8.0), (275, 32.0)]


def test_the_last_period_lasts_and_what_lies_beyond_the_duration_does_not_count() -> None:
    assert plan(replace(DEFAULT, periods=(Period(0, 6.0), Period(100, 8.0)))) == [(0, 6.0), (100, 8.0)]
    assert plan(replace(DEFAULT, periods=(Period(0, 6.0), Period(500, 8.0)), duration=200)) == [(0, 6.0), (200, 32.0)]


def test_a_higher_level_prevails_and_the_lower_takes_over_after_it() -> None:
    high = replace(DEFAULT, profile_id=9, stack_level=1, periods=(Period(0, 16.0),), duration=300)
    assert plan(DEFAULT, high) == [(0, 16.0), (300, 10.0)]
    later = replace(high, start=NOON + seconds(200))
    assert plan(DEFAULT, later) == [(0, 10.0), (200, 16.0), (500, 10.0)]


def test_validity() -> None:
    profile = replace(DEFAULT, valid_from=NOON + seconds(100), valid_to=NOON + seconds(300))
    assert plan(profile) == [(0, 32.0), (100, 10.0), (300, 32.0)]


def test_the_station_s_limit_and_the_transaction_s_together() -> None:
    """Section 3.13.3: the lower of the two, moment by moment."""
    tx = replace(TX, periods=(Period(0, 20.0), Period(100, 5.0)))
    maximum = replace(MAXIMUM, periods=(Period(0, 12.0), Period(200, 3.0), Period(300, 8.0)))
    assert plan(tx, maximum) == [(0, 12.0), (100, 5.0), (200, 3.0), (300, 5.0)]
    assert plan(tx, maximum, connector=0) == [(0, 12.0), (200, 3.0), (300, 8.0)]


def test_a_transaction_s_profile_overrules_the_default_one() -> None:
    assert plan(DEFAULT, replace(TX, periods=(Period(0, 25.0),), duration=50)) == [(0, 25.0), (50, 10.0)]
    assert plan(DEFAULT, replace(TX, transaction_id=2, periods=(Period(0, 25.0),))) == [(0, 10.0)]


def test_a_connector_s_default_replaces_the_general_one_of_its_level() -> None:
    general = replace(DEFAULT, profile_id=5, connector_id=0, periods=(Period(0, 6.0),))
    assert plan(general) == [(0, 6.0)]
    assert plan(general, DEFAULT) == [(0, 10.0)]
    assert plan(general, DEFAULT, connector=2) == [(0, 6.0)]
    assert plan(general, replace(DEFAULT, duration=100)) == [(0, 10.0), (100, 32.0)]
    assert plan(replace(general, stack_level=1), DEFAULT) == [(0, 6.0)]


def test_daily_and_weekly() -> None:
    """Errata v4.0 section 3.78: at the time, and the day, of startSchedule."""
    nightly = replace(DEFAULT, kind=Kind.RECURRING, recurrence=DAY, start=NOON - timedelta(days=3, hours=1), duration=7200)
    assert plan(nightly, duration=90000) == [(0, 10.0), (3600, 32.0), (82800, 10.0)]
    weekly = replace(nightly, recurrence=WEEK, start=NOON - timedelta(days=6))
    assert plan(weekly, duration=90000) == [(0, 32.0), (86400, 10.0)]
    assert plan(replace(nightly, start=NOON + seconds(500)), duration=1000) == [(0, 32.0), (500, 10.0)]


def test_what_is_longer_than_its_recurrence_is_cut() -> None:
    """Errata v4.0 section 3.44."""
    profile = replace(
        DEFAULT, kind=Kind.RECURRING, recurrence=DAY, periods=(Period(0, 6.0), Period(80000, 8.0), Period(90000, 1.0)), duration=100000
    )
    assert plan(profile, duration=200000) == [(0, 6.0), (80000, 8.0), (86400, 6.0), (166400, 8.0), (172800, 6.0)]


def test_relative_counts_from_the_start_of_charging() -> None:
    profile = replace(DEFAULT, kind=Kind.RELATIVE, start=None, periods=(Period(0, 6.0), Period(600, 8.0)))
    assert plan(profile, begin=NOON + seconds(100)) == [(0, 6.0), (500, 8.0)]


@pytest.mark.parametrize(
    ("limit", "unit", "phases", "in_use", "asked", "expected"),
    [
        (10.0, Unit.AMPERE, None, 3, Unit.WATT, 6900.0),
        (10.0, Unit.AMPERE, 1, 3, Unit.WATT, 2300.0),
        (10.0, Unit.AMPERE, 3, 1, Unit.WATT, 2300.0),
        (11040.0, Unit.WATT, None, 3, Unit.AMPERE, 16.0),
        (3680.0, Unit.WATT, 1, 3, Unit.AMPERE, 16.0),
        (3680.0, Unit.WATT, 3, 1, Unit.AMPERE, 16.0),
        (10.0, Unit.AMPERE, 1, 3, Unit.AMPERE, 10.0),
    ],
)
def test_units_and_phases(limit: float, unit: Unit, phases: int | None, in_use: int, asked: Unit, expected: float) -> None:
    """Errata v4.0 section 3.68: ampere per phase, watt in total, the set voltage; section 3.34: no more phases than are in use."""
    profile = replace(DEFAULT, unit=unit, periods=(Period(0, limit, phases),))
    found = limit_at([profile], 1, NOON, replace(SITUATION, phases=in_use), asked)
    assert found is not None
    assert found.value == pytest.approx(expected)


def test_the_lowest_is_found_across_units() -> None:
    maximum = replace(MAXIMUM, unit=Unit.WATT, periods=(Period(0, 4140.0),))
    assert plan(DEFAULT, maximum) == [(0, 6.0)]
    assert plan(DEFAULT, maximum, unit=Unit.WATT) == [(0, 4140.0)]
    assert plan(DEFAULT, replace(maximum, periods=(Period(0, 9000.0),)), unit=Unit.WATT) == [(0, 6900.0)]


def test_what_a_station_cannot_give_is_not_promised() -> None:
    assert plan(replace(DEFAULT, periods=(Period(0, 63.0),))) == [(0, 32.0)]


# --- against a reckoning of every second, written from the clauses without the module's ideas


def slowly(profiles: list[Profile], connector: int, begin: datetime, duration: int) -> list[float]:
    return [_second(profiles, connector, begin + seconds(second)) for second in range(duration)]


def _second(profiles: list[Profile], connector: int, at: datetime) -> float:
    amperes = [32.0]
    maximum = _best([each for each in profiles if each.purpose == "ChargePointMaxProfile"], at)
    if maximum is not None:
        amperes.append(maximum)
    tx = _best([each for each in profiles if each.purpose == "TxProfile" and each.connector_id == connector], at)
    if tx is None:
        own = {each.stack_level: each for each in profiles if each.purpose == "TxDefaultProfile" and each.connector_id == 0}
        own |= {each.stack_level: each for each in profiles if each.purpose == "TxDefaultProfile" and each.connector_id == connector}
        tx = _best(list(own.values()), at)
    return min([*amperes, *([] if tx is None else [tx])])


def _best(profiles: list[Profile], at: datetime) -> float | None:
    best: tuple[int, float] | None = None
    for profile in profiles:
        value = _alone(profile, at)
        if value is not None and (best is None or profile.stack_level > best[0]):
            best = (profile.stack_level, value)
    return None if best is None else best[1]


def _alone(profile: Profile, at: datetime) -> float | None:
    if (profile.valid_from and at < profile.valid_from) or (profile.valid_to and at >= profile.valid_to):
        return None
    start = NOON if profile.kind == "Relative" or profile.start is None else profile.start
    if profile.kind == "Recurring" and profile.recurrence:
        while start + profile.recurrence <= at:
            start += profile.recurrence
    elapsed = (at - start).total_seconds()
    if elapsed < 0 or (profile.duration is not None and elapsed >= profile.duration):
        return None
    value = None
    phases = None
    for period in profile.periods:
        if elapsed >= period.start:
            value, phases = period.limit, period.phases
    if value is None or profile.unit == "A":
        return value
    return value / (230.0 * min(3, 3 if phases is None else phases))


OFFSETS = st.integers(-150, 150)


@st.composite
def profiles_of_any_kind(draw: st.DrawFn) -> list[Profile]:
    keys = st.tuples(st.sampled_from(Purpose), st.integers(0, 1), st.integers(0, 2))
    wanted = draw(st.lists(keys, max_size=6))
    allowed = [(purpose, 0 if purpose is Purpose.CHARGE_POINT_MAX else connector, level) for purpose, connector, level in wanted]
    return [draw(_profile(number, *key)) for number, key in enumerate(dict.fromkeys(allowed))]


@st.composite
def _profile(draw: st.DrawFn, number: int, purpose: Purpose, connector: int, level: int) -> Profile:
    starts = sorted(draw(st.sets(st.integers(1, 120), max_size=3)) | {0})
    unit = draw(st.sampled_from(Unit))
    limits = st.integers(0, 40).map(lambda amperes: float(amperes) if unit is Unit.AMPERE else amperes * 690.0)
    kind = draw(st.sampled_from(Kind))
    return Profile(
        number,
        connector,
        level,
        purpose,
        kind,
        unit,
        tuple(Period(start, draw(limits), draw(st.sampled_from([None, 1, 3]))) for start in starts),
        start=draw(st.none() | OFFSETS.map(lambda offset: NOON + seconds(offset))) if kind is not Kind.RELATIVE else None,
        recurrence=seconds(draw(st.integers(20, 200))) if kind is Kind.RECURRING else None,
        duration=draw(st.none() | st.integers(1, 200)),
        valid_from=draw(st.none() | OFFSETS.map(lambda offset: NOON + seconds(offset))),
        valid_to=draw(st.none() | OFFSETS.map(lambda offset: NOON + seconds(offset))),
    )


@settings(max_examples=150, deadline=None)
@given(profiles_of_any_kind(), st.integers(0, 100), st.integers(1, 200))
def test_every_second_is_as_reckoned_slowly(profiles: list[Profile], offset: int, duration: int) -> None:
    begin = NOON + seconds(offset)
    periods = composite(profiles, 1, begin, duration, SITUATION, Unit.AMPERE, 32.0)
    assert periods[0].start == 0
    assert all(earlier.start < later.start for earlier, later in itertools.pairwise(periods))
    expanded = [next(period.limit for period in reversed(periods) if period.start <= second) for second in range(duration)]
    assert expanded == pytest.approx(slowly(profiles, 1, begin, duration))


def test_a_least_rate_is_converted_with_its_limit() -> None:
    """Section 7.13: its unit is the chargingRateUnit; 4140 W on three phases of 230 V are 6 A."""
    limit = Limit(6900.0, Unit.WATT, 3, 4140.0)
    in_ampere = limit.to(Unit.AMPERE, 3)
    assert in_ampere.value == pytest.approx(10.0)
    assert in_ampere.least == pytest.approx(6.0)
    assert Limit(10.0, Unit.AMPERE, 3, 6.0).to(Unit.WATT, 3) == limit
    assert Limit(10.0, Unit.AMPERE).to(Unit.WATT, 1).least is None
