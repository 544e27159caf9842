"""Charging profiles of an audit: what a station can, how one is set, and that nothing of its operator's is replaced.

A profile takes the place of one with its connector, purpose and stack level, and what a station holds cannot be listed in OCPP 1.6. So the
audit's stand at the highest level that a station has, where operators seldom put theirs, and nothing can be above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.identifiers import identifier
from probes.cases.requests import accepted, answer_text
from probes.cases.station import CROSSING_SECONDS, AuditedStation
from probes.judge.charging import periods_of
from probes.wire.clock import ocpp_time

WATTS_PER_AMPERE = 690
"""What an ampere on each of three phases at 230 V comes to."""

Periods = Sequence[tuple[int, float]]
"""Start in seconds, limit in ampere."""


@dataclass(frozen=True)
class Abilities:
    """What a station says of its smart charging (1.6 9.4); None: it does not say."""

    unit: str
    top: int
    periods: int | None
    installed: int | None

    def limits(self, periods: Periods) -> list[dict[str, Any]]:
        """Periods in ampere as they stand on the wire, as many as the station takes."""
        factor = 1 if self.unit == "A" else WATTS_PER_AMPERE
        return [{"startPeriod": start, "limit": float(limit * factor)} for start, limit in periods[: self.periods]]


def abilities_of(station: AuditedStation, *, periods: int = 1) -> Abilities:
    """What the station can. Raises `NotApplicable` when it takes fewer periods than the case needs."""
    units = (_text(station, "ChargingScheduleAllowedChargingRateUnit") or "Current").casefold()
    most = number_of(station, "ChargingScheduleMaxPeriods") or None
    if most is not None and most < periods:
        raise NotApplicable(f"needs {periods} periods in a schedule; ChargingScheduleMaxPeriods is {most} (1.6 9.4.3)")
    top = number_of(station, "ChargeProfileMaxStackLevel")
    unit = "W" if "current" not in units and "power" in units else "A"
    return Abilities(unit, top if top is not None else 0, most, number_of(station, "MaxChargingProfilesInstalled"))


def _text(station: AuditedStation, key: str) -> str | None:
    reading = station.shadow.configuration.get(key.casefold())
    return reading.value if reading else None


def number_of(station: AuditedStation, key: str) -> int | None:
    """A setting as a number; None where it is none, or not known."""
    text = (_text(station, key) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@dataclass(frozen=True)
class Wanted:
    """A profile to be set: periods in (seconds, ampere), from `start` on for `duration` seconds."""

    purpose: str
    periods: Periods
    start: datetime
    duration: int
    level: int
    transaction: int | None = None
    ends: bool = False

    def told(self, number: int, abilities: Abilities) -> dict[str, Any]:
        """As it stands on the wire."""
        profile: dict[str, Any] = {
            "chargingProfileId": number,
            "stackLevel": self.level,
            "chargingProfilePurpose": self.purpose,
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "duration": self.duration,
                "startSchedule": ocpp_time(self.start),
                "chargingRateUnit": abilities.unit,
                "chargingSchedulePeriod": abilities.limits(self.periods),
            },
        }
        if self.transaction is not None:
            profile["transactionId"] = self.transaction
        if self.ends:
            profile["validTo"] = ocpp_time(self.start + timedelta(seconds=self.duration))
        return profile


async def set_profile(station: AuditedStation, connector: int, wanted: Wanted, abilities: Abilities, *, or_lowest: bool = True) -> int:
    """Set the profile, `or_lowest` at level 0 where its own is refused; gives its number.

    One that was refused is looked for and cleared all the same, should it be there. Raises `NotExercised` when none is taken.
    """
    answer = None
    for level in dict.fromkeys((wanted.level, 0) if or_lowest else (wanted.level,)):
        number = identifier()
        answer = await station.set_charging_profile(connector, replace(wanted, level=level).told(number, abilities))
        await station.clock.sleep(CROSSING_SECONDS)
        if accepted(answer):
            return number
        await composite(station, connector, wanted.duration, abilities)
        await station.clear_charging_profile(number)
    told = answer_text(answer) if answer is not None else "nothing"
    raise NotExercised(f"needs a {wanted.purpose}; it was answered {told}")


LOOK_AHEAD_SECONDS = 86_400
"""How far ahead a station is asked whether it has profiles of its operator."""


async def needs_no_schedule(station: AuditedStation, connector: int, abilities: Abilities) -> float | None:
    """What the station allows now; None: it does not tell. Raises `NotExercised` where the limit changes within a day: then the operator
    has profiles there, one of which could be replaced.
    """
    limits = await _told_limits(station, connector, abilities)
    if len(limits) > 1:
        raise NotExercised("the station has charging profiles of its operator, which must not be replaced: its limit changes within a day")
    return next(iter(limits), None)


async def _told_limits(station: AuditedStation, connector: int, abilities: Abilities) -> frozenset[float]:
    answer = await station.get_composite_schedule(connector, LOOK_AHEAD_SECONDS, abilities.unit)
    payload = answer.payload if answer.kind == "result" and isinstance(answer.payload, dict) else {}
    schedule = payload.get("chargingSchedule")
    periods = periods_of(schedule) if isinstance(schedule, dict) else None
    return frozenset(limit for _, limit in periods or ())


async def leave_profiles(station: AuditedStation, connector: int, abilities: Abilities, before: float | None, *numbers: int) -> None:
    """Clear what was set, and say it when the station does not allow then what it did before."""
    for number in numbers:
        await station.clear_charging_profile(number)
    await station.clock.sleep(CROSSING_SECONDS)
    after = await _told_limits(station, connector, abilities)
    if before is not None and after and after != {before}:
        station.changed.append(
            f"connector {connector} allows other limits than before the audit's charging profiles, which were cleared; if your CSMS has set"
            " profiles there, send them again"
        )


async def composite(station: AuditedStation, connector: int, seconds: int, abilities: Abilities) -> None:
    """Ask for the composite schedule."""
    await station.get_composite_schedule(connector, seconds, abilities.unit)


def this_second(station: AuditedStation) -> datetime:
    """The beginning of this second: dates of messages have no fractions."""
    return station.clock.now().replace(microsecond=0)
