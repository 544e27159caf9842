"""The electrical side of a connector, as simple as it can be: one constant power, unless it is limited, and the readings from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from probes.wire.clock import Clock

VOLTAGE = 230.0
CURRENT = 16.0
POWER = VOLTAGE * CURRENT
"""Volt, ampere and watt of a car on one phase."""

BATTERY_WH = 50_000.0
_SECONDS_PER_HOUR = 3600.0


class Meter:
    """The energy meter of one connector; its register counts on over transactions, as a real one does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._register = 0.0
        self._since: float | None = None
        self._current = CURRENT

    @property
    def charging(self) -> bool:
        """Whether energy flows."""
        return self._since is not None

    @property
    def register(self) -> int:
        """The register in Wh."""
        return int(self._energy())

    def limit(self, amperes: float | None) -> None:
        """No more current than this from now on; None: as much as the car takes."""
        self._register = self._energy()
        if self._since is not None:
            self._since = self._clock.monotonic()
        self._current = CURRENT if amperes is None else min(CURRENT, amperes)

    @property
    def power(self) -> float:
        """The watts that flow."""
        return VOLTAGE * self._current if self.charging else 0.0

    def begin(self) -> None:
        """Energy flows from now on."""
        self._current = CURRENT
        self._since = self._clock.monotonic()

    def end(self) -> None:
        """Energy stops flowing."""
        self._register = self._energy()
        self._since = None

    def _energy(self) -> float:
        seconds = 0.0 if self._since is None else self._clock.monotonic() - self._since
        return self._register + self.power * seconds / _SECONDS_PER_HOUR

    def sample(self, measurands: Iterable[str], context: str) -> list[dict[str, Any]]:
        """SampledValue elements (OCPP 1.6 section 7.43) for these measurands; one that this meter does not have is left out."""
        readings = {
            "Energy.Active.Import.Register": (f"{self.register}", "Wh"),
            "Power.Active.Import": (f"{self.power:.1f}", "W"),
            "Current.Import": (f"{self.power / VOLTAGE:.1f}", "A"),
            "Voltage": (f"{VOLTAGE:.1f}", "V"),
            "SoC": (f"{min(100.0, 20.0 + 100.0 * self._energy() / BATTERY_WH):.0f}", "Percent"),
        }
        return [
            {"value": readings[name][0], "context": context, "measurand": name, "unit": readings[name][1]}
            for name in measurands
            if name in readings
        ]
