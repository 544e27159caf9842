"""Cases of charging profiles. Each profile of an audit ends by itself within minutes, and is cleared before.

A profile takes the place of one with its connector, purpose and stack level, and what a station holds cannot be listed in OCPP 1.6. So the
audit's stand at the highest level that a station has, where operators seldom put theirs, and nothing can be above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from probes.cases.catalogue import case
from probes.cases.conditions import needs_certified
from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.identifiers import identifier
from probes.cases.requests import accepted, answer_text
from probes.cases.station import CROSSING_SECONDS, AuditedStation
from probes.cases.tags import PROBE_ID_TAG
from probes.judge.charging import CHARGE_POINT_MAX, TX, TX_DEFAULT, periods_of
from probes.judge.rules.charging_limits import REACTION_SECONDS
from probes.wire.clock import ocpp_time

PROFILE = "SmartCharging"

WATTS_PER_AMPERE = 690
"""What an ampere on each of three phases at 230 V comes to."""

SAMPLE_SECONDS = 10
"""How often a station is asked to measure while a limit is in force."""

METERED = ("Current.Import", "Power.Active.Import", "Energy.Active.Import.Register")

Periods = Sequence[tuple[int, float]]


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


def _abilities(station: AuditedStation, *, periods: int = 1) -> Abilities:
    """What the station can. Raises `NotApplicable` when it takes fewer periods than the case needs."""
    units = (_text(station, "ChargingScheduleAllowedChargingRateUnit") or "Current").casefold()
    most = _number(station, "ChargingScheduleMaxPeriods") or None
    if most is not None and most < periods:
        raise NotApplicable(f"needs {periods} periods in a schedule; ChargingScheduleMaxPeriods is {most} (1.6 9.4.3)")
    top = _number(station, "ChargeProfileMaxStackLevel")
    unit = "W" if "current" not in units and "power" in units else "A"
    return Abilities(unit, top if top is not None else 0, most, _number(station, "MaxChargingProfilesInstalled"))


def _text(station: AuditedStation, key: str) -> str | None:
    reading = station.shadow.configuration.get(key.casefold())
    return reading.value if reading else None


def _number(station: AuditedStation, key: str) -> int | None:
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


async def _set(station: AuditedStation, connector: int, wanted: Wanted, abilities: Abilities, *, or_lowest: bool = True) -> int:
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
        await _composite(station, connector, wanted.duration, abilities)
        await station.clear_charging_profile(number)
    told = answer_text(answer) if answer is not None else "nothing"
    raise NotExercised(f"needs a {wanted.purpose}; it was answered {told}")


LOOK_AHEAD_SECONDS = 86_400
"""How far ahead a station is asked whether it has profiles of its operator."""


async def _needs_no_schedule(station: AuditedStation, connector: int, abilities: Abilities) -> float | None:
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


async def _leave(station: AuditedStation, connector: int, abilities: Abilities, before: float | None, *numbers: int) -> None:
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


async def _composite(station: AuditedStation, connector: int, seconds: int, abilities: Abilities) -> None:
    await station.get_composite_schedule(connector, seconds, abilities.unit)


def _now(station: AuditedStation) -> datetime:
    """The beginning of this second: dates of messages have no fractions."""
    return station.clock.now().replace(microsecond=0)


# --- without a transaction


@case("TC_067_CS")
async def clear_charging_profile(station: AuditedStation) -> None:
    """Clear Charging Profile: by its id, then by what describes it. Never all of them: an operator's would be gone for good."""
    needs_certified(station, PROFILE)
    await station.needs_idle()
    connector, abilities = station.shadow.idle_connector or 1, _abilities(station)
    before = await _needs_no_schedule(station, connector, abilities)
    wanted = Wanted(TX_DEFAULT, ((0, 6), (60, 8), (200, 10)), _now(station), 400, abilities.top)
    number = await _set(station, connector, wanted, abilities)
    await _composite(station, connector, 350, abilities)
    await station.clear_charging_profile(number)
    await station.clock.sleep(CROSSING_SECONDS)
    await _composite(station, connector, 350, abilities)
    await station.clear_charging_profile(number)
    again = Wanted(TX_DEFAULT, ((0, 7), (60, 9), (200, 11)), _now(station), 400, abilities.top)
    last = await _set(station, connector, again, abilities)
    await _composite(station, connector, 350, abilities)
    await station.clear_charging_profile(connector_id=connector, purpose=TX_DEFAULT, stack_level=abilities.top)
    await station.clock.sleep(CROSSING_SECONDS)
    await _composite(station, connector, 350, abilities)
    await _leave(station, connector, abilities, before, last)


@case("TC_072_CS")
async def stacking_charging_profiles(station: AuditedStation) -> None:
    """Stacking Charging Profiles: the higher level prevails while it is valid, then the lower one comes back."""
    needs_certified(station, PROFILE)
    await station.needs_idle()
    connector, abilities = station.shadow.idle_connector or 1, _abilities(station)
    if abilities.top < 1:
        raise NotApplicable("needs two stack levels; ChargeProfileMaxStackLevel is 0 (1.6 9.4.1)")
    _needs_room(abilities, 2)
    before, now = await _needs_no_schedule(station, connector, abilities), _now(station)
    lower = Wanted(TX_DEFAULT, ((0, 6), (100, 12), (200, 10)), now, 400, abilities.top - 1)
    below = await _set(station, connector, lower, abilities, or_lowest=False)
    # Its validity ends with its schedule: where it is valid without saying anything, the clauses can be read either way.
    higher = Wanted(TX_DEFAULT, ((0, 8), (100, 9)), now, 150, abilities.top, ends=True)
    above = await _set(station, connector, higher, abilities, or_lowest=False)
    await _composite(station, connector, 350, abilities)
    await _leave(station, connector, abilities, before, above, below)


def _needs_room(abilities: Abilities, profiles: int) -> None:
    if abilities.installed is not None and abilities.installed < profiles:
        raise NotApplicable(f"needs {profiles} charging profiles; MaxChargingProfilesInstalled is {abilities.installed} (1.6 9.4.5)")


@case("TC_060_CS")
async def remote_start_with_default_profile(station: AuditedStation) -> None:
    """Remote Start Transaction with Charging Profile - Rejected: its purpose is another than TxProfile."""
    needs_certified(station, PROFILE)
    await station.needs_idle()
    abilities, number, since = _abilities(station), identifier(), station.transcript.seq
    wanted = Wanted(TX_DEFAULT, ((0, 6),), _now(station), 60, abilities.top, ends=True)
    connector = station.shadow.idle_connector or 1
    answer = await station.remote_start_transaction(PROBE_ID_TAG, connector_id=connector, charging_profile=wanted.told(number, abilities))
    if accepted(answer):
        await station.stop_what_was_started(since)
        await station.clear_charging_profile(number)


# --- with a transaction


@case("TC_056_CS")
async def default_profile(station: AuditedStation) -> None:
    """Central Smart Charging - TxDefaultProfile: set before a transaction, in force in it."""
    needs_certified(station, PROFILE)
    abilities, connector = _abilities(station), await station.needs_car()
    await _needs_no_schedule(station, connector, abilities)
    await _set(station, connector, Wanted(TX_DEFAULT, ((0, 6), (90, 10), (150, 8)), _now(station), 400, abilities.top), abilities)
    running = await station.charging()
    await _composite(station, running.connector, 300, abilities)


@case("TC_057_CS")
async def transaction_profile(station: AuditedStation) -> None:
    """Central Smart Charging - TxProfile: in the composite schedule, and in what flows."""
    needs_certified(station, PROFILE)
    abilities, _ = _abilities(station), await station.needs_car()
    await _measure_often(station)
    running = await station.charging()
    # At 0 nothing may flow on however many phases there are: below that, what a meter tells could be meant one way or the other.
    wanted = Wanted(TX, ((0, 6), (100, 0), (260, 10)), _now(station), 400, abilities.top, running.transaction_id)
    await _set(station, running.connector, wanted, abilities)
    await _composite(station, running.connector, 300, abilities)
    await station.silent(100 + REACTION_SECONDS + 6 * SAMPLE_SECONDS)


@case("TC_058_2_CS")
async def profile_of_another_transaction(station: AuditedStation) -> None:
    """Central Smart Charging - Wrong transactionId."""
    needs_certified(station, PROFILE)
    abilities, running = _abilities(station), await station.charging()
    wanted = Wanted(TX, ((0, 6),), _now(station), 60, abilities.top, station.unknown_transaction_id())
    number = identifier()
    answer = await station.set_charging_profile(running.connector, wanted.told(number, abilities))
    if accepted(answer):
        await station.undo("a TxProfile for another transaction was accepted", station.clear_charging_profile(number), "it ends in 60 s")


@case("TC_059_CS")
async def remote_start_with_profile(station: AuditedStation) -> None:
    """Remote Start Transaction with Charging Profile."""
    needs_certified(station, PROFILE)
    abilities, _ = _abilities(station), await station.needs_car()
    wanted = Wanted(TX, ((0, 6), (90, 10), (150, 8)), _now(station), 400, abilities.top)
    running = await station.charging(charging_profile=wanted.told(identifier(), abilities))
    await _composite(station, running.connector, 300, abilities)


@case("TC_066_CS")
async def get_composite_schedule(station: AuditedStation) -> None:
    """Get Composite Schedule: of a profile for the station, a default one and one for the transaction."""
    needs_certified(station, PROFILE)
    abilities, connector = _abilities(station, periods=5), await station.needs_car()
    _needs_room(abilities, 3)
    await _needs_no_schedule(station, connector, abilities)
    now = _now(station)
    await _set(station, 0, Wanted(CHARGE_POINT_MAX, ((0, 10),), now, 500, abilities.top), abilities)
    default = ((0, 6), (60, 10), (120, 8), (180, 25), (300, 8))
    await _set(station, connector, Wanted(TX_DEFAULT, default, now, 400, abilities.top), abilities)
    running = await station.charging()
    own = ((0, 8), (70, 11), (160, 16), (210, 6), (250, 12))
    await _set(station, running.connector, Wanted(TX, own, now, 280, abilities.top, running.transaction_id), abilities)
    await _composite(station, running.connector, 350, abilities)


@case("TC_082_CS")
async def default_profile_in_transaction(station: AuditedStation) -> None:
    """Central Smart Charging - TxDefaultProfile - with ongoing transaction."""
    needs_certified(station, PROFILE)
    abilities, running = _abilities(station), await station.charging()
    before = await _needs_no_schedule(station, running.connector, abilities)
    wanted = Wanted(TX_DEFAULT, ((0, 6), (90, 10), (150, 8)), _now(station), 400, abilities.top)
    number = await _set(station, running.connector, wanted, abilities)
    await _composite(station, running.connector, 300, abilities)
    await _leave(station, running.connector, abilities, before, number)


async def _measure_often(station: AuditedStation) -> None:
    """Let the station measure what flows, as far as it lets itself be told."""
    for key, value in (("MeterValueSampleInterval", str(SAMPLE_SECONDS)), ("MeterValuesSampledData", ",".join(METERED))):
        with suppress(NotExercised):
            await station.configured(key, value)
