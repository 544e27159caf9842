"""Cases about profiles that a product may lack: what it is not certified for it properly refuses.

Each request is harmless when it is refused. When it is served against expectation it is undone at once, the undoing is verified,
and the report says so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from probes.cases.catalogue import case
from probes.cases.endings import NotApplicable, NotExercised
from probes.cases.identifiers import identifier
from probes.cases.requests import accepted
from probes.cases.station import AuditedStation
from probes.cases.tags import PROBE_ID_TAG
from probes.judge.catalogue import feature_profiles
from probes.wire.clock import ocpp_time

RESERVED_SECONDS = 120.0
"""How long an unwanted reservation would last if it could not be cancelled."""

PROFILE_SECONDS = 60
"""How long an unwanted charging profile would last if it could not be cleared."""


def _needs_uncertified(station: AuditedStation, identifier: str) -> None:
    certified = station.certified.profiles.get(identifier)
    name = next(profile.certificate_name for profile in feature_profiles() if profile.identifier == identifier)
    if certified is None:
        raise NotExercised(f"the certificate does not say whether {name} is certified")
    if certified:
        raise NotApplicable(f"{name} is certified; the case is for products that do not support it")


def _needs_known(station: AuditedStation, identifier: str) -> None:
    if station.certified.profiles.get(identifier) is None:
        raise NotExercised(f"the certificate does not say whether {identifier} is certified")


@case("TC_042_1_CS", reads_only=True)
async def local_list_version_unsupported(station: AuditedStation) -> None:
    """Get Local List Version (not supported)."""
    _needs_uncertified(station, "LocalAuthListManagement")
    await station.get_local_list_version()


@case("TC_043_1_CS")
async def send_local_list_unsupported(station: AuditedStation) -> None:
    """Send Local Authorization List - NotSupported. Never where a list could be overwritten."""
    _needs_uncertified(station, "LocalAuthListManagement")
    if station.shadow.local_list is None:
        await station.get_local_list_version()
    known = station.shadow.local_list
    if known is None or not (known.refused or known.version == -1):
        version = "nothing that can be read" if known is None or known.version is None else str(known.version)
        raise NotExercised(f"GetLocalListVersion answered {version}: a list is managed there, and an audit never overwrites one")
    answer = await station.send_local_list(version=1)
    if accepted(answer):
        station.changed.append("the station accepted an empty local list, though it denies having one")


@case("TC_048_4_CS")
async def reserve_unsupported(station: AuditedStation) -> None:
    """Reservation of a Connector - Rejected. Only on a connector that nobody uses."""
    _needs_uncertified(station, "Reservation")
    await station.needs_idle()
    connector = station.shadow.idle_connector or 1
    reservation = identifier()
    answer = await station.reserve_now(
        PROBE_ID_TAG, connector_id=connector, reservation_id=reservation, expires=station.expires(RESERVED_SECONDS)
    )
    if accepted(answer):
        what = f"connector {connector} accepted a reservation without being certified for it"
        await station.undo(what, station.cancel_reservation(reservation), f"it ends by itself after {RESERVED_SECONDS:g} s")
        if not await station.heard(lambda shadow: shadow.all_idle, station.patience.status):
            station.changed.append(f"connector {connector} was not reported as Available again; see that it is")


@case("TC_058_1_CS")
async def transaction_profile_when_idle(station: AuditedStation) -> None:
    """Central Smart Charging - No ongoing transaction."""
    _needs_known(station, "SmartCharging")
    await station.needs_idle()
    connector = station.shadow.idle_connector or 1
    profile = identifier()
    answer = await station.set_charging_profile(connector, _transaction_profile(station, profile, station.unknown_transaction_id()))
    if accepted(answer):
        what = f"connector {connector} accepted a charging profile without a transaction"
        await station.undo(what, station.clear_charging_profile(profile), f"it ends by itself after {PROFILE_SECONDS} s")
    if station.certified.profiles.get("SmartCharging"):
        await _profile_for_no_connector(station)


async def _profile_for_no_connector(station: AuditedStation) -> None:
    """The same for a connector that does not exist, where no transaction can be going on either."""
    connector, profile = station.needs_connector_count() + 1, identifier()
    answer = await station.set_charging_profile(connector, _transaction_profile(station, profile, station.unknown_transaction_id()))
    if accepted(answer):
        what = f"a charging profile for connector {connector}, which does not exist, was accepted"
        await station.undo(what, station.clear_charging_profile(profile), f"it ends by itself after {PROFILE_SECONDS} s")


def _transaction_profile(station: AuditedStation, profile_id: int, transaction_id: int) -> dict[str, Any]:
    """A TxProfile of 6 A, which every car takes, that ends by itself."""
    now = station.clock.now()
    return {
        "chargingProfileId": profile_id,
        "transactionId": transaction_id,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "validTo": ocpp_time(now + timedelta(seconds=PROFILE_SECONDS)),
        "chargingSchedule": {
            "duration": PROFILE_SECONDS,
            "startSchedule": ocpp_time(now),
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}],
        },
    }
