"""The electrical side of a connector, as simple as it can be: a car that ramps up to its current, the limit in force, and the readings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from probes.wire.clock import Clock

VOLTAGE = 230.0
CURRENT = 16.0
POWER = VOLTAGE * CURRENT
"""Volt, ampere and watt of a car on one phase, when it has ramped up."""

RAMP = 4.0
"""Ampere per second by which a car takes more, from nothing on and after a limit was raised; it takes less at once."""

BATTERY_WH = 50_000.0
FIRST_SOC = 20.0
"""What the battery of every car holds, and its state of charge in percent when it is plugged in."""

ROOM_WH = BATTERY_WH * (1 - FIRST_SOC / 100)
"""What a car takes until it is full."""

REFERENCE_ROTATION = "RST"
"""Phases 1, 2, 3 of the connector are those of the meter (OCPP 1.6 section 9.1.7)."""

_SECONDS_PER_HOUR = 3600.0


class Meter:
    """The energy meter of one connector; its register (Wh) counts on over transactions, as a real one does.

    `phases` is how many the connector has; a car uses all of them unless `use_phases` says otherwise. `rotation` is how they are wired
    to the meter: the letters R, S, T of its phases 1, 2, 3 in the connector's order.
    """

    rotation = REFERENCE_ROTATION

    def __init__(self, clock: Clock, phases: int = 1, register: float = 0.0) -> None:
        self._clock = clock
        self._phases = self._used = phases
        self._register = register
        self._plugged_at = register
        self._since: float | None = None
        self._flow = 0.0
        self._target = CURRENT

    @property
    def charging(self) -> bool:
        """Whether energy flows, or could."""
        return self._since is not None

    @property
    def register(self) -> int:
        """The register in Wh."""
        return int(self._energy())

    @property
    def soc(self) -> float:
        """The car's state of charge in percent."""
        return min(100.0, FIRST_SOC + 100.0 * (self._energy() - self._plugged_at) / BATTERY_WH)

    @property
    def full(self) -> bool:
        """Whether the car takes no more."""
        return self._energy() >= self._plugged_at + ROOM_WH

    def seconds_until_full(self) -> float:
        """How long it takes at least until the car is full: at its full current on all phases."""
        return max(0.0, self._plugged_at + ROOM_WH - self._energy()) * _SECONDS_PER_HOUR / (POWER * self._phases)

    def connect(self) -> None:
        """A car is plugged in, and it is another one."""
        self._plugged_at = self._energy()

    @property
    def phases(self) -> int:
        """On how many phases energy flows."""
        return self._used

    def limit(self, amperes: float | None) -> None:
        """No more current per phase than this from now on; None: as much as the car takes."""
        self._settle()
        self._target = CURRENT if amperes is None else min(CURRENT, amperes)

    def use_phases(self, phases: int) -> None:
        """Energy flows on so many phases, at most those that the connector has."""
        self._settle()
        self._used = max(1, min(self._phases, phases))

    @property
    def current(self) -> float:
        """The ampere that flow on each phase in use."""
        return 0.0 if self._since is None or self.full else min(self._target, self._flow + RAMP * (self._clock.monotonic() - self._since))

    @property
    def power(self) -> float:
        """The watts that flow."""
        return VOLTAGE * self.current * self._used

    def begin(self) -> None:
        """A car may take energy from now on, as much as it likes."""
        self._settle()
        self._target, self._flow, self._used = CURRENT, 0.0, self._phases
        self._since = self._clock.monotonic()

    def resume(self) -> None:
        """Energy flows again, within the limit that there is."""
        if self._since is None:
            self._flow, self._since = 0.0, self._clock.monotonic()

    def end(self) -> None:
        """Energy stops flowing."""
        self._settle()
        self._since = None
        self._flow = 0.0

    def _settle(self) -> None:
        """Count what has flowed, and go on from this moment."""
        self._register = self._energy()
        if self._since is not None:
            self._flow, self._since = self.current, self._clock.monotonic()

    def _energy(self) -> float:
        if self._since is None:
            return self._register
        seconds = self._clock.monotonic() - self._since
        ramping = min(seconds, max(0.0, self._target - self._flow) / RAMP)
        charge = ramping * (self._flow + RAMP * ramping / 2) + (seconds - ramping) * self._target
        most = max(self._register, self._plugged_at + ROOM_WH)
        return min(most, self._register + VOLTAGE * self._used * charge / _SECONDS_PER_HOUR)

    def sample(self, measurands: Iterable[str], context: str) -> list[dict[str, Any]]:
        """SampledValue elements (OCPP 1.6 section 7.43) for these measurands; one that this meter does not have is left out.

        With several phases current and voltage stand there for each, named from the meter's point of view (section 4.7).
        """
        energy = self._energy()
        readings = {
            "Energy.Active.Import.Register": (f"{int(energy)}", "Wh"),
            "Power.Active.Import": (f"{self.power:.1f}", "W"),
            "Current.Import": (f"{self.current:.1f}", "A"),
            "Voltage": (f"{VOLTAGE:.1f}", "V"),
            "SoC": (f"{self.soc:.0f}", "Percent"),
        }
        values: list[dict[str, Any]] = []
        for name in measurands:
            if name in readings:
                value, unit = readings[name]
                reading = {"value": value, "context": context, "measurand": name, "unit": unit}
                values += [reading | phase for phase in self._by_phase(name)]
        return values

    def _by_phase(self, measurand: str) -> list[dict[str, str]]:
        if self._phases == 1 or measurand not in {"Current.Import", "Voltage"}:
            return [{}]
        wired = self._used if measurand == "Current.Import" else self._phases
        suffix = "" if measurand == "Current.Import" else "-N"
        numbers = sorted(REFERENCE_ROTATION.index(letter) + 1 for letter in self.rotation[:wired])
        return [{"phase": f"L{number}{suffix}"} for number in numbers]
