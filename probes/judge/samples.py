"""Meter values as readings: each with its moment by the station's clock, its measurand, its worth in Wh (1.6 7.31, 7.43, 7.45). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from probes.judge.frames import Exchange
from probes.judge.times import moment

ENERGY = "Energy.Active.Import.Register"
"""What a value measures that does not say (1.6 7.31)."""

PERIODIC = "Sample.Periodic"
"""Why a value was taken that does not say (1.6 7.43)."""

CLOCK = "Sample.Clock"

ENERGY_UNITS: Mapping[str, Decimal] = {"Wh": Decimal(1), "kWh": Decimal(1000), "varh": Decimal(1), "kvarh": Decimal(1000)}


@dataclass(frozen=True)
class Reading:
    """One SampledValue. `at` is the moment that its MeterValue tells, None for no moment; `said` whether it names its measurand."""

    call: Exchange
    at: datetime | None
    context: str
    measurand: str
    unit: str | None
    said: bool
    series: tuple[str | None, ...]
    value: str

    @property
    def watt_hours(self) -> Decimal | None:
        """An energy in Wh (or varh); None for what is none, or cannot be read."""
        scale = ENERGY_UNITS.get(self.unit or "Wh") if self.measurand.startswith("Energy.") else None
        number = self._number()
        return None if scale is None or number is None else number * scale

    @property
    def resolution(self) -> Decimal:
        """What one step of its last digit is worth, in Wh."""
        number, scale = self._number(), ENERGY_UNITS.get(self.unit or "Wh", Decimal(1))
        exponent = number.as_tuple().exponent if number is not None else 0
        return scale * Decimal(10) ** (min(exponent, 0) if isinstance(exponent, int) else 0)

    def _number(self) -> Decimal | None:
        try:
            number = Decimal(self.value.strip())
        except InvalidOperation:
            return None
        return number if number.is_finite() else None


def readings(call: Exchange) -> Iterator[Reading]:
    """What a MeterValues holds, but for signed data, in its order."""
    for value in _objects(call.payload.get("meterValue")):
        at = moment(value.get("timestamp"))
        for sampled in _objects(value.get("sampledValue")):
            # A number where a text belongs is told by the schema; what it says is what it says.
            if sampled.get("format", "Raw") == "Raw" and isinstance(sampled.get("value"), str | int | float):
                yield _reading(call, at, sampled)


def _reading(call: Exchange, at: datetime | None, sampled: Mapping[str, Any]) -> Reading:
    named = {name: told for name, told in sampled.items() if isinstance(told, str)}
    measurand = named.get("measurand", ENERGY)
    series = (measurand, named.get("phase"), named.get("location", "Outlet"))
    return Reading(
        call, at, named.get("context", PERIODIC), measurand, named.get("unit"), "measurand" in sampled, series, str(sampled["value"])
    )


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
