"""Charging profiles and the composite schedule (OCPP 1.6 sections 3.13, 5.7, 5.16, 7.8 to 7.14; errata v4.0), as arithmetic.

Nothing here knows a clock, a connection or a connector. Limits are computed in watt or in ampere per phase. Which profile prevails is
decided anew at every moment at which anything can change; between two such moments the limit is constant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor

LINE_VOLTAGE = 230.0
"""The set voltage of the area, which errata v4.0 section 3.68 asks to reckon with, not the measured one."""

ASSUMED_PHASES = 3
"""What an absent numberPhases stands for (section 7.14)."""


class Unit(StrEnum):
    """ChargingRateUnitType: watt in total, or ampere per phase (section 7.12)."""

    WATT = "W"
    AMPERE = "A"


class Purpose(StrEnum):
    """ChargingProfilePurposeType (section 7.10)."""

    CHARGE_POINT_MAX = "ChargePointMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class Kind(StrEnum):
    """ChargingProfileKindType (section 7.9)."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


@dataclass(frozen=True)
class Period:
    """From `start` seconds into its schedule on, at most `limit` in the schedule's unit; `phases` None: not said."""

    start: int
    limit: float
    phases: int | None = None


@dataclass(frozen=True)
class Profile:
    """A ChargingProfile with its ChargingSchedule (sections 7.8 and 7.13).

    `recurrence` is a day or a week, for recurring profiles alone. `duration` in seconds; None: the last period lasts.
    `connector_id` 0 stands for the whole station. `periods` are in ascending order, the first starts at 0.
    """

    profile_id: int
    connector_id: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    unit: Unit
    periods: tuple[Period, ...]
    start: datetime | None = None
    recurrence: timedelta | None = None
    duration: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: int | None = None
    min_rate: float | None = None

    def valid_at(self, at: datetime) -> bool:
        """Whether validFrom and validTo include this moment; validTo itself is outside."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True)
class Limit:
    """A limit in some unit, with the number of phases and the minChargingRate (same unit) that go with it."""

    value: float
    unit: Unit
    phases: int | None = None
    least: float | None = None

    def to(self, unit: Unit, phases_in_use: int) -> Limit:
        """The same limit in another unit.

        The phases of the period count (three when it does not say), but never more than are in use (errata v4.0 sections 3.34, 3.68).
        """
        if unit is self.unit:
            return self
        volt = LINE_VOLTAGE * min(self.phases or ASSUMED_PHASES, phases_in_use)
        factor = volt if unit is Unit.WATT else 1 / volt
        return Limit(self.value * factor, unit, self.phases, None if self.least is None else self.least * factor)


@dataclass(frozen=True)
class Situation:
    """For what a limit is computed: the phases of the connector, and the transaction's beginning and id if there is one.

    Without a transaction relative schedules, and those without a start, count from `reference` on, as if charging began then.
    """

    reference: datetime
    phases: int = 3
    transaction_running: bool = False
    transaction_id: int | None = None


def start_of(profile: Profile, at: datetime, situation: Situation) -> datetime | None:
    """When the run of the schedule that covers `at` began; None before the first.

    A relative schedule, and one without startSchedule, runs from the start of charging on (section 7.13); a recurring one begins anew
    every 24 hours or 7 days (errata v4.0 section 3.78).
    """
    start = _first_start(profile, situation)
    if profile.kind is Kind.RECURRING and profile.recurrence is not None and at >= start:
        start += floor((at - start) / profile.recurrence) * profile.recurrence
    return start if start <= at else None


def _first_start(profile: Profile, situation: Situation) -> datetime:
    return situation.reference if profile.kind is Kind.RELATIVE or profile.start is None else profile.start


def limit_of(profile: Profile, at: datetime, situation: Situation) -> Limit | None:
    """The limit that this profile alone sets at this moment, None when it sets none."""
    if not profile.valid_at(at):
        return None
    start = start_of(profile, at, situation)
    if start is None:
        return None
    seconds = (at - start).total_seconds()
    if profile.duration is not None and seconds >= profile.duration:
        return None
    running = next(period for period in reversed(profile.periods) if period.start <= seconds)
    return Limit(running.limit, profile.unit, running.phases, profile.min_rate)


def prevailing(profiles: Iterable[Profile], at: datetime, situation: Situation) -> Limit | None:
    """The limit of the highest stack level that sets one: where a schedule has ended, a lower level takes over (errata v4.0, 3.43)."""
    for profile in sorted(profiles, key=lambda each: -each.stack_level):
        limit = limit_of(profile, at, situation)
        if limit is not None:
            return limit
    return None


def defaults_of(profiles: Sequence[Profile], connector_id: int) -> list[Profile]:
    """The TxDefaultProfiles of a connector: its own replace those of connector 0 for it, level by level (section 3.13.1)."""
    own = [each for each in profiles if each.purpose is Purpose.TX_DEFAULT and each.connector_id == connector_id]
    levels = {each.stack_level for each in own}
    general = [each for each in profiles if each.purpose is Purpose.TX_DEFAULT and each.connector_id == 0]
    return own + [each for each in general if connector_id and each.stack_level not in levels]


def limits_at(profiles: Sequence[Profile], connector_id: int, at: datetime, situation: Situation) -> list[Limit]:
    """The limits that hold together at this moment: the station's, and that of the transaction or else the default one.

    Where a TxProfile sets no limit, the default profile does: it is the fall-back behaviour.
    """
    found = [prevailing((each for each in profiles if each.purpose is Purpose.CHARGE_POINT_MAX), at, situation)]
    if connector_id:
        own = [each for each in profiles if each.purpose is Purpose.TX and _is_of(each, connector_id, situation)]
        found.append(prevailing(own, at, situation) or prevailing(defaults_of(profiles, connector_id), at, situation))
    return [limit for limit in found if limit is not None]


def _is_of(profile: Profile, connector_id: int, situation: Situation) -> bool:
    mine = profile.transaction_id is None or profile.transaction_id == situation.transaction_id
    return situation.transaction_running and profile.connector_id == connector_id and mine


def limit_at(profiles: Sequence[Profile], connector_id: int, at: datetime, situation: Situation, unit: Unit) -> Limit | None:
    """The lowest of the limits that hold at this moment, in `unit` (section 3.13.3); None when nothing limits."""
    limits = limits_at(profiles, connector_id, at, situation)
    if not limits:
        return None
    return min((limit.to(unit, situation.phases) for limit in limits), key=lambda each: each.value)


def composite(
    profiles: Sequence[Profile], connector_id: int, begin: datetime, duration: int, situation: Situation, unit: Unit, unlimited: float
) -> tuple[Period, ...]:
    """The composite schedule from `begin` on for `duration` seconds (section 5.7), equal neighbours joined.

    `unlimited` is what the hardware gives where no profile limits, in `unit`; no limit is above it. Periods start at whole
    seconds from `begin`.
    """
    periods: list[Period] = []
    for second in _changes(profiles, begin, duration, situation):
        limit = limit_at(profiles, connector_id, begin + timedelta(seconds=second), situation, unit)
        value = unlimited if limit is None else min(limit.value, unlimited)
        phases = None if limit is None else limit.phases
        if not periods or (periods[-1].limit, periods[-1].phases) != (value, phases):
            periods.append(Period(second, value, phases))
    return tuple(periods)


def _changes(profiles: Sequence[Profile], begin: datetime, duration: int, situation: Situation) -> list[int]:
    """The whole seconds, 0 and below `duration`, from which on any profile can set another limit."""
    end = begin + timedelta(seconds=duration)
    moments = {begin}
    for profile in profiles:
        moments.update(each for each in (profile.valid_from, profile.valid_to) if each is not None)
        for start in _starts(profile, begin, end, situation):
            moments.add(start)
            moments.update(start + timedelta(seconds=period.start) for period in profile.periods)
            if profile.duration is not None:
                moments.add(start + timedelta(seconds=profile.duration))
    seconds = {-floor(-(each - begin).total_seconds()) for each in moments if begin <= each < end}
    return sorted(second for second in seconds if second < max(duration, 1))


def _starts(profile: Profile, begin: datetime, end: datetime, situation: Situation) -> list[datetime]:
    """The starts of all runs of the schedule that touch the time from `begin` to `end`."""
    start = start_of(profile, begin, situation) or _first_start(profile, situation)
    if profile.kind is not Kind.RECURRING or profile.recurrence is None:
        return [start]
    starts = []
    while start < end:
        starts.append(start)
        start += profile.recurrence
    return starts
