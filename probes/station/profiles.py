"""Which object answers for which feature profile: a profile without one here is refused, as by a station that does not have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from probes.station.core import CoreBehaviour
from probes.station.firmware import FirmwareBehaviour
from probes.station.identification import LocalListBehaviour
from probes.station.reserving import ReservationBehaviour
from probes.station.security_messages import SecurityBehaviour
from probes.station.smart_charging import SmartChargingBehaviour
from probes.station.trigger import RemoteTriggerBehaviour

if TYPE_CHECKING:
    from probes.station.station import Station

BEHAVIOURS: dict[str, Callable[[Station], object]] = {
    "Core": CoreBehaviour,
    "LocalAuthListManagement": LocalListBehaviour,
    "FirmwareManagement": FirmwareBehaviour,
    "Reservation": ReservationBehaviour,
    "SmartCharging": SmartChargingBehaviour,
    "RemoteTrigger": RemoteTriggerBehaviour,
    "Security": SecurityBehaviour,
}


def behaviours_of(station: Station) -> tuple[object, ...]:
    """The objects that answer for this station's profiles."""
    return tuple(BEHAVIOURS[profile](station) for profile in station.config.profiles if profile in BEHAVIOURS)


def missing_behaviours(profiles: tuple[str, ...]) -> tuple[str, ...]:
    """The profiles among these that the built-in station does not have."""
    return tuple(profile for profile in profiles if profile not in BEHAVIOURS)
