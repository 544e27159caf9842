"""Which device is next: the bounds hold whatever there is, and nobody who can be audited waits for nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.campaigns.plan import Device, Every, Rules, Window, month_after, next_round, progress, to_start
from registry.wording import roughly

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DEVICES = st.lists(
    st.builds(
        Device,
        station_id=st.integers(0, 40).map(str),
        certificate_number=st.just("OCA.0016.9001.CS"),
        site=st.sampled_from(["A", "B", "C"]),
        active=st.booleans(),
        ended=st.none() | st.just(NOW),
    ),
    unique_by=lambda device: device.station_id,
    max_size=40,
)
NAMES = st.frozensets(st.integers(0, 40).map(str))


@given(devices=DEVICES, present=NAMES, busy=NAMES, at_once=st.integers(1, 12), per_site=st.integers(1, 5))
def test_the_bounds_hold_and_nothing_more_could_begin(
    devices: list[Device], present: frozenset[str], busy: frozenset[str], at_once: int, per_site: int
) -> None:
    chosen = to_start(NOW, Rules(at_once, per_site), devices, present, busy)
    active = [device for device in devices if device.active]
    sites = Counter(device.site for device in (*active, *chosen))
    assert len(chosen) <= max(0, at_once - len(active))
    assert all(sites[device.site] <= per_site for device in chosen)
    assert all(device.pending and device.station_id in present and device.station_id not in busy for device in chosen)
    left = [d for d in devices if d.pending and d not in chosen and d.station_id in present and d.station_id not in busy]
    assert not left or len(active) + len(chosen) >= at_once or all(sites[device.site] >= per_site for device in left)


@pytest.mark.parametrize(
    ("start", "end", "zone", "moment", "is_open"),
    [
        ("22:00", "05:00", "UTC", "21:59", False),
        ("22:00", "05:00", "UTC", "22:00", True),
        ("22:00", "05:00", "UTC", "04:59", True),
        ("22:00", "05:00", "UTC", "05:00", False),
        ("08:00", "17:00", "UTC", "08:00", True),
        ("08:00", "17:00", "UTC", "17:00", False),
        # In March Amsterdam is an hour ahead of UTC, in July two.
        ("22:00", "05:00", "Europe/Amsterdam", "21:00", True),
        ("22:00", "05:00", "Europe/Amsterdam", "20:59", False),
    ],
)
def test_a_window_is_open_from_its_start_to_its_end_where_the_clock_hangs(
    start: str, end: str, zone: str, moment: str, is_open: bool
) -> None:
    window = Window(time.fromisoformat(start), time.fromisoformat(end), ZoneInfo(zone))
    now = datetime.combine(NOW.date(), time.fromisoformat(moment), tzinfo=UTC)
    assert window.is_open(now) is is_open
    device = Device("1", "N", "A")
    assert (to_start(now, Rules(1, 1, window), [device], {"1"}) == [device]) is is_open


def test_in_summer_the_same_window_is_open_an_hour_earlier_in_utc() -> None:
    window = Window(time(22), time(5), ZoneInfo("Europe/Amsterdam"))
    assert window.is_open(datetime(2026, 7, 1, 20, 0, tzinfo=UTC))
    assert not window.is_open(datetime(2026, 7, 1, 19, 59, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "after"),
    [("2026-01-31", "2026-02-28"), ("2028-01-31", "2028-02-29"), ("2026-12-15", "2027-01-15"), ("2026-04-30", "2026-05-30")],
)
def test_a_month_later_is_the_same_day_or_the_last(moment: str, after: str) -> None:
    assert month_after(datetime.fromisoformat(f"{moment}T10:00:00+00:00")) == datetime.fromisoformat(f"{after}T10:00:00+00:00")
    assert next_round(NOW, Every.ONCE) is None


def test_the_rest_takes_as_long_as_the_pace_so_far_says() -> None:
    through = [Device(str(number), "N", "A", ended=NOW + timedelta(minutes=number + 1)) for number in range(5)]
    devices = [*through, Device("x", "N", "A"), Device("y", "N", "A", active=True)]
    found = progress(NOW, devices)
    assert (found.done, found.active, found.total, found.left_seconds) == (5, 1, 7, 120.0)
    assert progress(NOW, []).left_seconds is None
    assert progress(NOW, devices[5:]).left_seconds is None


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "about a minute"), (600, "about 10 minutes"), (7200, "about 2 hours"), (400_000, "about 5 days")]
)
def test_a_rest_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert roughly(seconds) == said
