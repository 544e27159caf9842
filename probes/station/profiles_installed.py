"""The charging profiles that are installed: which may be, what replaces what, what is cleared (OCPP 1.6 sections 3.13, 5.5, 5.16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ocpp.v16.enums import ChargingProfileStatus

from probes.station.schedule import Kind, Period, Profile, Purpose, Unit
from probes.station.times import moment

_RECURRENCES = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}


@dataclass(frozen=True)
class Limits:
    """What the station can take, from its keys; None: no limit. `units` None: both."""

    stack_level: int | None = None
    periods: int | None = None
    installed: int | None = None
    units: frozenset[Unit] | None = None


def profile_of(told: Mapping[str, Any], connector_id: int) -> Profile | None:
    """A ChargingProfile in the library's spelling as what it means; None for one that cannot be carried out.

    That is: the first period not at 0, periods out of order (errata v4.0 section 3.45), a recurring schedule without its recurrence
    or without a start, phases that no connector has, a negative level or limit, a date that is none.
    """
    schedule = told["charging_schedule"]
    periods = tuple(Period(p["start_period"], float(p["limit"]), p.get("number_phases")) for p in schedule["charging_schedule_period"])
    starts = [period.start for period in periods]
    dates = {"start": schedule.get("start_schedule"), "valid_from": told.get("valid_from"), "valid_to": told.get("valid_to")}
    moments = {name: moment(text) for name, text in dates.items()}
    recurrence = _RECURRENCES.get(told.get("recurrency_kind", ""))
    recurring = told["charging_profile_kind"] == Kind.RECURRING
    sound = (
        starts[:1] == [0],
        starts == sorted(set(starts)),
        all(period.limit >= 0 and period.phases in (None, 1, 2, 3) for period in periods),
        told["stack_level"] >= 0,
        all(moments[name] is not None for name, text in dates.items() if text is not None),
        not recurring or (recurrence is not None and moments["start"] is not None),
    )
    if not all(sound):
        return None
    return Profile(
        told["charging_profile_id"],
        connector_id,
        told["stack_level"],
        Purpose(told["charging_profile_purpose"]),
        Kind(told["charging_profile_kind"]),
        Unit(schedule["charging_rate_unit"]),
        periods,
        recurrence=recurrence if recurring else None,
        duration=schedule.get("duration"),
        transaction_id=told.get("transaction_id"),
        min_rate=schedule.get("min_charging_rate"),
        **moments,
    )


class InstalledProfiles:
    """The profiles of one station."""

    def __init__(self, profiles: Iterable[Profile] = ()) -> None:
        self._profiles = list(profiles)

    def all(self) -> tuple[Profile, ...]:
        """All of them."""
        return tuple(self._profiles)

    def install(self, profile: Profile, limits: Limits, *, transaction_running: bool, transaction_id: int | None) -> ChargingProfileStatus:
        """Take a profile in, in place of that with its id or its connector, purpose and level (section 5.16.3).

        ChargePointMaxProfile is for connector 0, TxProfile for a connector with a running transaction, and with that one where it is
        named (section 3.13.1).
        """
        if not _in_place(profile, transaction_running, transaction_id) or not _within(profile, limits):
            return ChargingProfileStatus.rejected
        kept = [each for each in self._profiles if not _replaces(profile, each)]
        if limits.installed is not None and len(kept) >= limits.installed:
            return ChargingProfileStatus.rejected
        self._profiles = [*kept, profile]
        return ChargingProfileStatus.accepted

    def clear(
        self, profile_id: int | None = None, connector_id: int | None = None, purpose: str | None = None, stack_level: int | None = None
    ) -> bool:
        """Remove what matches all that is given; with an id nothing else counts (errata v4.0 sections 3.25, 3.26). False: nothing did."""

        def matches(each: Profile) -> bool:
            if profile_id is not None:
                return each.profile_id == profile_id
            wanted = ((connector_id, each.connector_id), (purpose, each.purpose), (stack_level, each.stack_level))
            return all(asked is None or asked == has for asked, has in wanted)

        kept = [each for each in self._profiles if not matches(each)]
        removed = len(kept) < len(self._profiles)
        self._profiles = kept
        return removed

    def transaction_ended(self, connector_id: int) -> None:
        """The profiles of the transaction go with it (section 3.13.1)."""
        self._profiles = [each for each in self._profiles if each.purpose is not Purpose.TX or each.connector_id != connector_id]


def _in_place(profile: Profile, transaction_running: bool, transaction_id: int | None) -> bool:
    match profile.purpose:
        case Purpose.CHARGE_POINT_MAX:
            return profile.connector_id == 0
        case Purpose.TX_DEFAULT:
            return True
        case Purpose.TX:
            its_own = profile.transaction_id is None or profile.transaction_id == transaction_id
            return profile.connector_id > 0 and transaction_running and its_own


def _within(profile: Profile, limits: Limits) -> bool:
    return (
        (limits.stack_level is None or profile.stack_level <= limits.stack_level)
        and (limits.periods is None or len(profile.periods) <= limits.periods)
        and (limits.units is None or profile.unit in limits.units)
    )


def _replaces(new: Profile, old: Profile) -> bool:
    same_place = (new.connector_id, new.purpose, new.stack_level) == (old.connector_id, old.purpose, old.stack_level)
    return same_place or new.profile_id == old.profile_id
