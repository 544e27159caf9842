"""The Smart Charging profile's station side: profiles in, the composite schedule out, and the limit applied to what flows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from math import floor
from typing import TYPE_CHECKING, Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action, ChargingProfileStatus, ClearChargingProfileStatus, GetCompositeScheduleStatus

from probes.station.balancing import Claim, shares
from probes.station.connector import Connector
from probes.station.key_values import items
from probes.station.profiles_installed import InstalledProfiles, Limits, profile_of
from probes.station.schedule import LINE_VOLTAGE, Limit, Period, Purpose, Situation, Unit, composite, limit_at
from probes.station.times import text_of
from probes.wire.peer import refusal
from probes.wire.routing import on

if TYPE_CHECKING:
    from probes.station.station import Station

SMART_CHARGING = "SmartCharging"

GRID_CURRENT = 32.0
GRID_PHASES = 3
"""What a connector can give where no profile limits: ampere per phase, on so many phases."""

LONGEST_SCHEDULE = 366 * 24 * 3600
"""Seconds; a longer composite schedule is not reported."""

LOOK_AHEAD = 3600
"""Seconds after which limits are looked at anew, whether or not anything changes before."""

_UNIT_NAMES = {"current": Unit.AMPERE, "a": Unit.AMPERE, "power": Unit.WATT, "w": Unit.WATT}


class SmartCharging:
    """The station's profiles and the limit in force on each connector."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.supported = SMART_CHARGING in station.config.profiles
        self._changed = asyncio.Event()
        self.installed = InstalledProfiles()
        for saved in station.store.get("charging_profiles") or []:
            profile = profile_of(saved["profile"], saved["connector_id"])
            if profile is not None:
                self.installed.install(profile, Limits(), transaction_running=False, transaction_id=None)
        self._told: dict[int, dict[str, Any]] = {
            saved["profile"]["charging_profile_id"]: saved for saved in station.store.get("charging_profiles") or []
        }

    def limits(self) -> Limits:
        """What the station can take, by its keys (section 9.4; errata v4.0 section 3.86 on the units)."""
        keys = self._station.configuration
        named = [name.casefold() for name in items(keys.text("ChargingScheduleAllowedChargingRateUnit"))]
        units = {_UNIT_NAMES[name] for name in named if name in _UNIT_NAMES}
        return Limits(
            keys.limit("ChargeProfileMaxStackLevel"),
            keys.limit("ChargingScheduleMaxPeriods"),
            keys.limit("MaxChargingProfilesInstalled"),
            frozenset(units) or None,
        )

    def set_profile(self, connector_id: int, told: Mapping[str, Any]) -> ChargingProfileStatus:
        """Install a profile; one that outlasts transactions outlasts the process too (errata v4.0 section 3.37)."""
        profile = profile_of(told, connector_id)
        if profile is None:
            return ChargingProfileStatus.rejected
        connector = self._station.connectors.get(connector_id)
        transaction = connector.transaction if connector else None
        status = self.installed.install(
            profile,
            self.limits(),
            transaction_running=transaction is not None,
            transaction_id=transaction.transaction_id if transaction else None,
        )
        if status == ChargingProfileStatus.accepted:
            self._told[profile.profile_id] = {"connector_id": connector_id, "profile": dict(told)}
            self._keep()
        return status

    def suits_new_transaction(self, told: Mapping[str, Any]) -> bool:
        """Whether a remote start can bring this profile: a TxProfile, without a transactionId, within the limits (section 5.16.2)."""
        profile = profile_of(told, 1)
        if profile is None or profile.purpose is not Purpose.TX or profile.transaction_id is not None:
            return False
        trial = InstalledProfiles(self.installed.all())
        status = trial.install(profile, self.limits(), transaction_running=True, transaction_id=None)
        return status == ChargingProfileStatus.accepted

    def changed(self) -> None:
        """Profiles or transactions are others than before: limits are applied anew."""
        self._changed.set()

    def ended(self, connector_id: int) -> None:
        """The transaction of a connector has ended, and its profiles with it."""
        self.installed.transaction_ended(connector_id)
        self.changed()

    def clear(self, *criteria: Any) -> bool:
        """Remove the profiles that match; False when none did."""
        removed = self.installed.clear(*criteria)
        self._keep()
        return removed

    def _keep(self) -> None:
        lasting = [self._told[each.profile_id] for each in self.installed.all() if each.purpose is not Purpose.TX]
        self._station.store.put("charging_profiles", lasting)
        self.changed()

    def schedule(self, connector_id: int, begin: datetime, duration: int, unit: Unit) -> tuple[Period, ...]:
        """The composite schedule of a connector, or of the station: connector 0."""
        unlimited = GRID_CURRENT if unit is Unit.AMPERE else GRID_CURRENT * GRID_PHASES * LINE_VOLTAGE
        situation = self._situation(self._station.connectors.get(connector_id), begin, GRID_PHASES)
        return composite(self.installed.all(), connector_id, begin, duration, situation, unit, unlimited)

    def _situation(self, connector: Connector | None, now: datetime, phases: int) -> Situation:
        transaction = connector.transaction if connector else None
        if transaction is None:
            return Situation(now, phases)
        return Situation(transaction.began or now, phases, transaction_running=True, transaction_id=transaction.transaction_id)

    async def apply(self) -> None:
        """Keep the limit in force on every meter, for as long as the station lives."""
        while True:
            self._changed.clear()
            now = self._station.registration.now()
            charging = [connector for connector in self._station.connectors.values() if connector.transaction]
            self._give(charging, now)
            timer = self._station.clock.call_later(self._next_change(charging, now), self._changed.set)
            try:
                await self._changed.wait()
            finally:
                timer.cancel()

    def _give(self, charging: list[Connector], now: datetime) -> None:
        """Its share of the limits to each that charges; who gets nothing is suspended by the station (section 7.7)."""
        for connector in charging:
            self._choose_phases(connector, now)
        in_order = sorted(charging, key=lambda each: (each.transaction and each.transaction.began) or now)
        profiles = self.installed.all()
        whole = limit_at(profiles, 0, now, Situation(now, max((each.meter.phases for each in charging), default=1)), Unit.AMPERE)
        given = shares(whole.value if whole else None, [self._claim(connector, now) for connector in in_order])
        for connector in charging:
            amperes = given[connector.connector_id]
            connector.meter.limit(amperes)
            if connector.transaction and connector.transaction.limited != (amperes == 0):
                connector.transaction.limited = amperes == 0
                self._station.spawn(self._station.refresh(connector))

    def _claim(self, connector: Connector, now: datetime) -> Claim:
        limit = self._own_limit(connector, now, connector.meter.phases)
        return Claim(connector.connector_id, limit.value, limit.least) if limit else Claim(connector.connector_id)

    def _own_limit(self, connector: Connector, now: datetime, phases: int) -> Limit | None:
        """What its own profiles say, in ampere per phase; the station's limit is shared (section 3.13.3)."""
        own = [each for each in self.installed.all() if each.purpose is not Purpose.CHARGE_POINT_MAX]
        return limit_at(own, connector.connector_id, now, self._situation(connector, now, phases), Unit.AMPERE)

    def _choose_phases(self, connector: Connector, now: datetime) -> None:
        """One phase or all: free before energy has flowed, later only with ConnectorSwitch3to1PhaseSupported (sections 3.13.7, 9.4.4)."""
        transaction = connector.transaction
        switches = self._station.configuration.flag("ConnectorSwitch3to1PhaseSupported")
        if transaction is None or (transaction.phases_chosen and not switches):
            return
        transaction.phases_chosen = True
        limit = self._own_limit(connector, now, self._station.config.phases)
        wanted = limit.phases if limit and limit.phases else self._station.config.phases
        connector.meter.use_phases(1 if wanted == 1 else self._station.config.phases)

    def _next_change(self, charging: list[Connector], now: datetime) -> float:
        """Seconds until any limit of a connector that charges becomes another one, at most LOOK_AHEAD."""
        starts = [
            period.start
            for connector in charging
            for period in composite(
                self.installed.all(),
                connector.connector_id,
                now,
                LOOK_AHEAD,
                self._situation(connector, now, connector.meter.phases),
                Unit.AMPERE,
                GRID_CURRENT,
            )[1:]
        ]
        return float(min(starts, default=LOOK_AHEAD))


class SmartChargingBehaviour:
    """Answers from the installed profiles; a changed limit is applied after the answer."""

    def __init__(self, station: Station) -> None:
        self._station = station

    @on(Action.set_charging_profile)
    def on_set_charging_profile(self, connector_id: int, cs_charging_profiles: dict[str, Any], **_: Any) -> call_result.SetChargingProfile:
        """Section 5.16; a connector that does not exist is refused as errata v4.0 section 3.39 says."""
        if connector_id != 0 and connector_id not in self._station.connectors:
            raise refusal("PropertyConstraintViolation", f"connectorId: there is no connector {connector_id}")
        return call_result.SetChargingProfile(status=self._station.smart_charging.set_profile(connector_id, cs_charging_profiles))

    @on(Action.clear_charging_profile)
    def on_clear_charging_profile(
        self,
        id: int | None = None,  # noqa: A002 - the protocol's name
        connector_id: int | None = None,
        charging_profile_purpose: str | None = None,
        stack_level: int | None = None,
        **_: Any,
    ) -> call_result.ClearChargingProfile:
        """Section 5.5."""
        removed = self._station.smart_charging.clear(id, connector_id, charging_profile_purpose, stack_level)
        status = ClearChargingProfileStatus.accepted if removed else ClearChargingProfileStatus.unknown
        return call_result.ClearChargingProfile(status=status)

    @on(Action.get_composite_schedule)
    def on_get_composite_schedule(
        self, connector_id: int, duration: int, charging_rate_unit: str | None = None, **_: Any
    ) -> call_result.GetCompositeSchedule:
        """Section 5.7; Rejected for an unknown connector, a unit that is not used here, and more than a year."""
        smart_charging = self._station.smart_charging
        units = smart_charging.limits().units or frozenset(Unit)
        unit = Unit(charging_rate_unit) if charging_rate_unit else Unit.AMPERE if Unit.AMPERE in units else Unit.WATT
        known = connector_id == 0 or connector_id in self._station.connectors
        if not known or unit not in units or not 0 <= duration <= LONGEST_SCHEDULE:
            return call_result.GetCompositeSchedule(status=GetCompositeScheduleStatus.rejected)
        begin = self._station.registration.now()
        periods = smart_charging.schedule(connector_id, begin, duration, unit)
        return call_result.GetCompositeSchedule(
            status=GetCompositeScheduleStatus.accepted,
            connector_id=connector_id,
            schedule_start=text_of(begin),
            charging_schedule={
                "duration": duration,
                "charging_rate_unit": str(unit),
                "charging_schedule_period": [_period(period) for period in periods],
            },
        )


def _period(period: Period) -> dict[str, Any]:
    """A ChargingSchedulePeriod; its limit has one decimal (section 7.14), rounded so that nothing is promised that is not allowed."""
    limit = floor(period.limit * 10 + 1e-6) / 10
    return {"start_period": period.start, "limit": limit, "number_phases": period.phases}
