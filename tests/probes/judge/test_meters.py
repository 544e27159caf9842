"""What is said of meter values on hand-made transcripts: above all, of stations that look guilty and are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.probes.judge.driving import OTHER, Drive
from tests.probes.judge.talk import STATION

Change = Callable[[Drive], object]
SAMPLED = {"MeterValueSampleInterval": "20"}
ALIGNED = {"ClockAlignedDataInterval": "60", "MeterValuesAlignedData": "Energy.Active.Import.Register"}


def sampled(drive: Drive, times: int = 6, **more: Any) -> Drive:
    """A sample every twenty seconds, of a car that takes 9 kW."""
    for number in range(1, times + 1):
        drive.waits(20).measures(str(50 * number), **more)
    return drive


def test_samples_as_they_should_be_accuse_nobody() -> None:
    drive = sampled(Drive(keys=SAMPLED).charges())
    drive.waits(20).status(1, "Finishing").stops(meter=300).waits(60)
    assert drive.accused() == []
    assert drive.warned() == []
    assert drive.outcomes("sampled-values-come") == ["pass"]


GUILTY: dict[str, tuple[Change, str]] = {
    "none": (lambda d: d.waits(200), "MeterValues/missing"),
    "connector 0": (lambda d: sampled(d, connector=0), "MeterValues/connectorId"),
    "no transaction": (lambda d: sampled(d, named=False), "MeterValues/transactionId"),
    "clock-aligned": (lambda d: sampled(d, context="Sample.Clock"), "MeterValues/context"),
    "volts of nothing": (lambda d: sampled(d, measurand=None, unit="V"), "MeterValues/measurand"),
    "another measurand": (lambda d: sampled(d, measurand="Voltage", unit="V"), "MeterValues/measurands"),
    "Wh called kWh": (lambda d: sampled(d, unit="kWh"), "MeterValues/energy"),
    "backwards": (lambda d: sampled(d.waits(5).measures("5000")), "MeterValues/register"),
}


@pytest.mark.parametrize("name", GUILTY)
def test_what_no_honest_meter_tells_is_named(name: str) -> None:
    change, subject = GUILTY[name]
    drive = Drive(keys=SAMPLED).charges()
    change(drive)
    assert drive.accused() == [subject]


def _late_and_out_of_order(drive: Drive) -> None:
    """By their time stamps they increase."""
    sampled(drive).measures("75", at=drive.at() - timedelta(seconds=90))


def _other_interval(drive: Drive) -> None:
    drive.asks("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "900"}, {"status": "Accepted"})
    drive.waits(300)


def _unanswered(drive: Drive) -> None:
    value = {"timestamp": drive.at().isoformat(), "sampledValue": [{"value": "1"}]}
    drive.asks("MeterValues", {"connectorId": 1, "transactionId": drive.number, "meterValue": [value]}, "InternalError", by=STATION)
    drive.waits(300)


INNOCENT: dict[str, Change] = {
    "rounded otherwise": lambda d: sampled(d).measures("0.30", unit="kWh").waits(20).measures("0.30", unit="kWh"),
    "a rising register in kWh": lambda d: [d.waits(20).measures(f"{0.05 * n:.2f}", unit="kWh") for n in range(1, 8)],
    "nothing flows": lambda d: [d.waits(20).measures("100") for _ in range(7)],
    "late and out of order": _late_and_out_of_order,
    "two locations": lambda d: [sampled(d), d.measures("3", location="Inlet")],
    "an export beside the import": lambda d: [sampled(d), d.measures("3", measurand="Energy.Active.Export.Register")],
    "an interval's energy": (
        lambda d: [sampled(d), *(d.waits(1).measures(value, measurand="Energy.Active.Import.Interval") for value in ("50", "20"))]
    ),
    "signed data": lambda d: [sampled(d), d.measures("deadbeef", format="SignedData")],
    "the station's meter without a transaction": lambda d: [sampled(d), d.measures("99999", connector=0, named=False)],
    "a short transaction": lambda d: d.waits(60).status(1, "Finishing").stops(),
    "another interval meanwhile": _other_interval,
    "not taken by the central system": _unanswered,
    "a reading of before the transaction": lambda d: [sampled(d), d.measures("1", named=False, at=d.at() - timedelta(seconds=500))],
    "a temperature of the station": lambda d: [sampled(d), d.measures("21", named=False, measurand="Temperature", unit="Celsius")],
    "a message after the end": lambda d: sampled(d).status(1, "Finishing").stops(meter=300).measures("300").waits(30),
    "begun anew with another car": lambda d: sampled(sampled(d).status(1, "Finishing").stops(meter=300).charges(tag=OTHER)),
    "told as the station's": lambda d: sampled(d, connector=0, named=False),
    "over without its end": lambda d: d.waits(50).status(1, "Finishing").waits(100),
    "no named context": lambda d: sampled(d, context=None),
}


@pytest.mark.parametrize("name", INNOCENT)
def test_who_only_looks_guilty_is_not_accused(name: str) -> None:
    drive = Drive(keys=SAMPLED).charges()
    INNOCENT[name](drive)
    assert drive.accused() == []


@pytest.mark.parametrize(
    "keys", [{"MeterValueSampleInterval": "0"}, SAMPLED | {"MeterValuesSampledData": ""}, {"MeterValueSampleInterval": ""}]
)
def test_who_is_not_asked_for_samples_owes_none(keys: dict[str, str]) -> None:
    assert Drive(keys=keys).charges().waits(2000).accused() == []


@pytest.mark.parametrize("listed", ["SoC", "Temperature", "Energy.Active.Import.Register,SoC,Current.Offered"])
def test_what_not_every_car_tells_is_not_missed(listed: str) -> None:
    drive = sampled(Drive(keys=SAMPLED | {"MeterValuesSampledData": listed}).charges())
    assert drive.accused() == []


def test_samples_at_another_interval_are_said() -> None:
    drive = Drive(keys=SAMPLED).charges()
    for number in range(1, 8):
        drive.waits(45).measures(str(50 * number))
    assert (drive.accused(), drive.warned()) == ([], ["MeterValues/interval"])


def _aligned(offset: float) -> Drive:
    drive = Drive(keys=ALIGNED).charges()
    drive.now = 60.0 + offset
    for number in range(1, 7):
        drive.measures(str(100 * number), context="Sample.Clock").waits(59.9)
        drive.now = 60.0 * (number + 1) + offset
    return drive.waits(60)


@pytest.mark.parametrize(("offset", "outcome"), [(0.1, "pass"), (6.0, "pass"), (25.0, "fail")])
def test_clock_aligned_readings_are_on_a_grid(offset: float, outcome: str) -> None:
    assert _aligned(offset).outcomes("aligned-values-come") == [outcome]


def test_clock_aligned_readings_that_do_not_come_are_named() -> None:
    assert Drive(keys=ALIGNED).charges().waits(400).accused() == ["MeterValues/missing"]


def test_the_grid_may_be_that_of_another_time_zone() -> None:
    hourly = Drive(keys=ALIGNED | {"ClockAlignedDataInterval": "3600"}).charges()
    for number in range(1, 6):
        hourly.now = 3600.0 * number - 1800.0
        hourly.measures(str(100 * number), context="Sample.Clock").waits(1)
    assert hourly.waits(3600).outcomes("aligned-values-come") == ["pass"]
