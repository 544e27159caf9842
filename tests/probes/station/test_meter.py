"""The electrical model: hand-computed energy of a ramp, limits, phases; and how several who charge share a limit."""

from __future__ import annotations

import pytest

from probes.station.balancing import Claim, shares
from probes.station.meter import Meter
from tests.probes.doubles import HandClock


async def test_a_car_ramps_up_and_its_energy_is_the_area_under_the_ramp() -> None:
    """4 A/s up to 16 A: 4 s with 32 As, then 16 A; after 1804 s 230 V x (32 + 16 x 1800) As = 6,631,360 Ws = 1842.04 Wh."""
    clock = HandClock()
    meter = Meter(clock)
    meter.begin()
    assert (meter.power, meter.register) == (0.0, 0)
    await clock.advance(2)
    assert meter.current == 8.0
    await clock.advance(1802)
    assert (meter.current, meter.power, meter.register) == (16.0, 3680.0, 1842)
    meter.end()
    await clock.advance(3600)
    assert (meter.power, meter.register) == (0.0, 1842)


async def test_a_limit_holds_at_once_and_a_higher_one_is_taken_by_and_by() -> None:
    clock = HandClock()
    meter = Meter(clock)
    meter.begin()
    await clock.advance(10)
    meter.limit(6.0)
    assert meter.current == 6.0
    meter.limit(10.0)
    assert meter.current == 6.0
    await clock.advance(0.5)
    assert meter.current == 8.0
    await clock.advance(10)
    assert meter.current == 10.0
    meter.limit(0.0)
    assert meter.power == 0.0


async def test_three_phases_carry_three_times_the_power_and_are_read_one_by_one() -> None:
    clock = HandClock()
    meter = Meter(clock, phases=3)
    meter.begin()
    await clock.advance(4)
    assert meter.power == 3 * 230 * 16
    read = meter.sample(["Current.Import", "Voltage", "Power.Active.Import"], "Trigger")
    phases = [(value["measurand"], value.get("phase"), value["value"]) for value in read]
    assert phases == [
        *[("Current.Import", phase, "16.0") for phase in ("L1", "L2", "L3")],
        *[("Voltage", phase, "230.0") for phase in ("L1-N", "L2-N", "L3-N")],
        ("Power.Active.Import", None, "11040.0"),
    ]
    meter.use_phases(1)
    assert meter.power == 230 * 16
    assert [value["phase"] for value in meter.sample(["Current.Import"], "Trigger")] == ["L1"]


async def test_the_charge_of_a_battery_is_that_of_the_car_which_is_there() -> None:
    """50 kWh: 10 h from nothing are 36,797.96 Wh or 73.6 %; the next car begins at 20 % again, the register goes on."""
    clock = HandClock()
    meter = Meter(clock)
    for _ in range(2):
        meter.connect()
        meter.begin()
        assert meter.sample(["SoC"], "Trigger")[0]["value"] == "20"
        await clock.advance(36000)
        assert meter.sample(["SoC"], "Trigger")[0]["value"] == "94"
        meter.end()
    assert meter.register == 73595


async def test_a_car_that_is_full_takes_no_more() -> None:
    """From 20 % of 50 kWh on that is after 40 kWh, and another car begins anew."""
    clock = HandClock()
    meter = Meter(clock)
    meter.connect()
    meter.begin()
    assert meter.seconds_until_full() == pytest.approx(40_000 / 3680 * 3600)
    await clock.advance(39_000)
    assert (meter.full, meter.current) == (False, 16.0)
    await clock.advance(1_000)
    assert (meter.full, meter.current, meter.power, meter.register, meter.soc) == (True, 0.0, 0.0, 40_000, 100.0)
    await clock.advance(1_000)
    assert meter.register == 40_000
    meter.end()
    meter.connect()
    assert (meter.full, meter.soc) == (False, 20.0)


@pytest.mark.parametrize(
    ("whole", "claims", "given"),
    [
        (None, [Claim(1), Claim(2, 10.0)], {1: None, 2: 10.0}),
        (20.0, [Claim(1), Claim(2)], {1: 10.0, 2: 10.0}),
        (20.0, [Claim(1, 6.0), Claim(2)], {1: 6.0, 2: 10.0}),
        # Evenly shared each had 5 A, less than is efficient for the second: it waits, and the others have 7.5 A.
        (15.0, [Claim(1), Claim(2, None, 6.0), Claim(3)], {1: 7.5, 2: 0.0, 3: 7.5}),
        # Both would starve: the one that began last waits.
        (10.0, [Claim(1, None, 6.0), Claim(2, None, 6.0)], {1: 10.0, 2: 0.0}),
        # Nobody is left to give way to.
        (4.0, [Claim(1, None, 6.0)], {1: 4.0}),
        # Its own limit is low; that is nobody else's doing.
        (None, [Claim(1, 4.0, 6.0), Claim(2)], {1: 4.0, 2: None}),
        (0.0, [Claim(1), Claim(2)], {1: 0.0, 2: 0.0}),
        (16.0, [], {}),
    ],
)
def test_sharing(whole: float | None, claims: list[Claim], given: dict[int, float | None]) -> None:
    assert shares(whole, claims) == given
