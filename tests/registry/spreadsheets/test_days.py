"""Days that are told with a time and its zone: what they may be at the place that they are about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.spreadsheets.days import NoDay, is_placeholder, read_day, read_days, read_installed, read_one_day

EVE, NEW_YEAR, SECOND = date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2025-01-01",
            "2025-01-01 02:00",
            "2025-01-01T02:00:00",
            "2025-01-01 02:00:00.000",
            "2025-01-01 2:00 AM",
            "2025-01-01 11:30 p.m.",
        ),
        *("2025-01-01 02:00 Uhr", "2025.01.01 02:00h", "01.01.2025", "Jan 1, 2025"),
    ],
)
def test_a_day_without_a_zone_is_that_day(text: str) -> None:
    assert read_days(text) == (NEW_YEAR,)
    assert read_one_day(text) == NEW_YEAR


@pytest.mark.parametrize(
    ("text", "days"),
    [
        # At 02:00 in Greenwich it is the day before in California, and the same day in Korea.
        *((f"2025-01-01T02:00:00{zone}", (NEW_YEAR, EVE)) for zone in ("Z", "z", "+00:00", "-00:00", " UTC", " GMT", "+0000", " UTC+0")),
        ("2025-01-01T02:00Z", (NEW_YEAR, EVE)),
        ("2025-01-01T02:00:00.123456Z", (NEW_YEAR, EVE)),
        # At 11:00 it is 23:00 of the day before at the one end of the earth, and 01:00 of the day after at the other.
        ("2025-01-01T11:00:00Z", (NEW_YEAR, EVE, SECOND)),
        ("2025-01-01T12:00:00Z", (NEW_YEAR, SECOND)),
        ("2025-01-01T23:00:00Z", (NEW_YEAR, SECOND)),
        # 02:00 in Korea is 17:00 of the day before in Greenwich.
        ("2025-01-01T02:00:00+09:00", (NEW_YEAR, EVE)),
        ("2025-01-01 11:00 PM -08:00", (NEW_YEAR, SECOND)),
        ("2024-12-31T18:00:00-08:00", (EVE, NEW_YEAR)),
        ("2025-01-01 02:00 PST", (NEW_YEAR, EVE, SECOND)),
        ("2025-01-01T12:00:00+01:00[Europe/Berlin]", (NEW_YEAR, EVE, SECOND)),
    ],
)
def test_a_time_with_its_zone_is_several_days(text: str, days: tuple[date, ...]) -> None:
    assert read_days(text) == days
    assert read_day(text) == days[0]
    with pytest.raises(NoDay, match="is a time with a zone, which is another day at another place: write the day alone"):
        read_one_day(text)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 (hypothesis takes naive bounds)
    st.integers(-12 * 4, 14 * 4),
    st.integers(-12 * 4, 14 * 4),
    st.booleans(),
)
def test_the_day_of_the_place_is_among_them(moment: datetime, written: int, there: int, is_zulu: bool) -> None:
    zones = [timezone(timedelta(minutes=15 * quarters)) for quarters in (written, there)]
    moment = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    text = moment.isoformat().replace("+00:00", "Z") if is_zulu else moment.astimezone(zones[0]).isoformat()
    assert moment.astimezone(zones[1]).date() in read_days(text)
    assert len(read_days(text)) in (2, 3)


@pytest.mark.parametrize("text", ["0001-01-01T02:00:00Z", "9999-12-31T23:00:00Z", "2025-01-01T99:99:99+99:99"])
def test_no_time_is_too_odd(text: str) -> None:
    assert read_days(text)[0] == read_day(text)


@pytest.mark.parametrize(
    "text",
    [
        *("1970-01-01", "1970-01-01T00:00:00Z", "01.01.1970", "1 Jan 1970", "1969-12-31", "1900-01-01", "1899-12-30", "0001-01-01"),
        *("2000-01-01 00:00:00", "9999-12-31", "31.12.2099"),
    ],
)
def test_a_day_on_which_programs_begin_or_end_is_no_installation(text: str) -> None:
    assert is_placeholder(text)
    with pytest.raises(NoDay, match="is what programs write where no date is known"):
        read_installed(text)


@pytest.mark.parametrize("text", ["2010-06-01", "2031-01-01", "2025-01-01T02:00:00Z"])
def test_any_other_day_can_be_one(text: str) -> None:
    assert not is_placeholder(text)
    assert read_installed(text) == read_days(text)


@pytest.mark.parametrize("text", ["", "soon", "03/04/1970", "1970"])
def test_what_is_no_date_stands_for_none(text: str) -> None:
    assert not is_placeholder(text)
