"""Limits that the central system sets (OCPP 1.6 sections 3.13, 5.5, 5.7 and 5.16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from probes.adaptors.operations import ClearChargingProfile, GetCompositeSchedule, SetChargingProfile
from probes.cases.endings import NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.scripts.remote import starts
from probes.judge.frames import Exchange
from probes.wire.clock import ocpp_time

PROFILE = "SmartCharging"
CONNECTOR = 1
SECONDS = 3600
LEVEL = 1


def absolute(csms: AuditedCsms, purpose: str, limit: float = 6.0, **more: Any) -> dict[str, Any]:
    """A profile from now on, but for its id, which the central system chooses."""
    now = csms.station.registration.now().replace(microsecond=0)
    begin, end = ocpp_time(now), ocpp_time(now + timedelta(days=1))
    return {
        "stackLevel": LEVEL,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "validFrom": begin,
        "validTo": end,
        "chargingSchedule": {"duration": SECONDS, "startSchedule": begin, **_limit(limit)},
        **more,
    }


def relative(limit: float = 6.0, **more: Any) -> dict[str, Any]:
    """A profile for one transaction, from its beginning on."""
    return {
        "stackLevel": LEVEL,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"duration": SECONDS, **_limit(limit)},
        **more,
    }


def _limit(limit: float) -> dict[str, Any]:
    return {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}


@case("TC_056_CSMS")
async def default_profile(csms: AuditedCsms) -> None:
    """A limit for every transaction."""
    csms.needs_profile(PROFILE)
    await csms.online()
    await csms.wants(SetChargingProfile(CONNECTOR, absolute(csms, "TxDefaultProfile")))


@case("TC_057_CSMS")
async def transaction_profile(csms: AuditedCsms) -> None:
    """A limit for the transaction that goes on."""
    csms.needs_profile(PROFILE)
    charge = await csms.charging()
    await csms.wants(SetChargingProfile(charge.connector, relative(transactionId=charge.transaction_id)))


@case("TC_059_CSMS")
async def remote_start_with_profile(csms: AuditedCsms) -> None:
    """A remote start that brings a limit along."""
    csms.needs_profile(PROFILE)
    await starts(csms, relative())


@case("TC_066_CSMS")
async def composite_schedule(csms: AuditedCsms) -> None:
    """What all limits come to."""
    csms.needs_profile(PROFILE)
    await csms.wants(GetCompositeSchedule(CONNECTOR, 300, "A"))


@case("TC_067_CSMS")
async def clear_profiles(csms: AuditedCsms) -> None:
    """Three profiles, cleared by id, by what describes them, and whatever there is."""
    csms.needs_profile(PROFILE)
    charge = await csms.charging()
    whole = await csms.wants(SetChargingProfile(0, absolute(csms, "ChargePointMaxProfile", 16.0)))
    default = await csms.wants(SetChargingProfile(CONNECTOR, absolute(csms, "TxDefaultProfile", 10.0)))
    await csms.wants(SetChargingProfile(charge.connector, relative(transactionId=charge.transaction_id)))
    await csms.wants(ClearChargingProfile(profile_id=_number(whole)))
    level = _profile(default).get("stackLevel")
    await csms.wants(ClearChargingProfile(connector_id=CONNECTOR, purpose="TxDefaultProfile", stack_level=level))
    await csms.wants(ClearChargingProfile())


def _profile(request: Exchange) -> dict[str, Any]:
    profile = request.payload.get("csChargingProfiles")
    return profile if isinstance(profile, dict) else {}


def _number(request: Exchange) -> int:
    """The id of a profile that our station was sent."""
    number = _profile(request).get("chargingProfileId")
    if not isinstance(number, int) or isinstance(number, bool):
        raise NotExercised("the profile has no id by which it could be cleared")
    return number
