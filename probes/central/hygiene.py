"""What a case had our station hold is let go of: by the central system where a program can ask it to, else by the station alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from probes.adaptors.operations import CancelReservation, ChangeAvailability, ClearChargingProfile, Operation, SendLocalList
from probes.cases.endings import Gone, NoAnswer, NotExercised
from probes.station.authorisation import LocalList
from probes.station.station import Station

if TYPE_CHECKING:
    from probes.central.audited import AuditedCsms

LIST_ENTRIES = "localAuthorizationList"


async def let_go(csms: AuditedCsms) -> None:
    """Availability, reservations, charging profiles and the local list as they were; what the central system may still believe is told."""
    if csms.is_running:
        station = csms.station
        await _nobody_authorised(station)
        await _available(csms, station)
        await _unreserved(csms, station)
        await _without_profiles(csms, station)
        await _without_list(csms, station)
        if station.firmware.busy:
            # What waits for its time, or for an answer, must not come in another case.
            await csms.offline()


async def _nobody_authorised(station: Station) -> None:
    """Who was let in and has not plugged in is not waited for any more."""
    for connector in station.connectors.values():
        if connector.authorised is not None:
            connector.authorised = None
            await station.refresh(connector)


async def _available(csms: AuditedCsms, station: Station) -> None:
    if not station.operative:
        await _asked(csms, ChangeAvailability(0, "Operative"), lambda: station.operative)
    for number, connector in station.connectors.items():
        if not connector.operative:
            await _asked(csms, ChangeAvailability(number, "Operative"), lambda: connector.operative)  # noqa: B023 - awaited here
    if not station.operative or not all(connector.operative for connector in station.connectors.values()):
        csms.leave("the central system was told that our station, or a connector of it, is Inoperative, and not asked to change that")
        station.change_availability(0, operative=True)
        await station.refresh_all()


async def _unreserved(csms: AuditedCsms, station: Station) -> None:
    for held in station.reservations.all():
        await _asked(csms, CancelReservation(held.reservation_id), lambda: held not in station.reservations.all())  # noqa: B023 - awaited here
    for held in station.reservations.all():
        csms.leave(f"the reservation {held.reservation_id} may stand in the central system until {held.expiry:%Y-%m-%d %H:%M} UTC")
        station.reservations.remove(held.reservation_id)
    station.keep_reservations()
    await station.refresh_all()


async def _without_profiles(csms: AuditedCsms, station: Station) -> None:
    installed = station.smart_charging.installed
    if installed.all():
        await _asked(csms, ClearChargingProfile(), lambda: not installed.all())
    for profile in installed.all():
        csms.leave(f"the central system may believe that our station has the charging profile {profile.profile_id}")
    if installed.all():
        station.smart_charging.clear()


async def _without_list(csms: AuditedCsms, station: Station) -> None:
    """An empty list is asked for only where it goes through as it is: another way would have all tags of the central system sent."""
    held, adaptor = station.identification.local_list, csms.adaptor
    if held.version and adaptor is not None and LIST_ENTRIES in adaptor.passes("SendLocalList"):
        await _asked(csms, SendLocalList("Full", (), held.version + 1), lambda: not held.version)
    if held.version:
        csms.leave(f"the central system may believe that our station has version {held.version} of a local list")
        station.identification.local_list = LocalList()


async def _asked(csms: AuditedCsms, operation: Operation, done: Callable[[], bool]) -> None:
    """Have this sent if a program does it; whether it helped is looked at by whoever asks."""
    if csms.drives(operation.action):
        with suppress(Gone, NoAnswer, NotExercised):
            await csms.wants(operation)
            await csms.until(done, csms.patience.effect)
