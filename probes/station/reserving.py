"""The Reservation profile's station side: ReserveNow, CancelReservation, and what ends a reservation (OCPP 1.6 sections 5.1 and 5.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action, CancelReservationStatus, ReservationStatus

from probes.station.reservations import Reservation
from probes.station.times import moment
from probes.wire.peer import refusal
from probes.wire.routing import after, on

if TYPE_CHECKING:
    from probes.station.station import Station


class ReservationBehaviour:
    """Keeps connectors; a reservation that expires is told by the connector's status."""

    def __init__(self, station: Station) -> None:
        self._station = station

    @on(Action.reserve_now)
    def on_reserve_now(
        self, connector_id: int, expiry_date: str, id_tag: str, reservation_id: int, parent_id_tag: str | None = None, **_: Any
    ) -> call_result.ReserveNow:
        """Section 5.13. Connector 0 needs ReserveConnectorZeroSupported."""
        refused = self._refused_as_a_whole()
        if refused is not None:
            return call_result.ReserveNow(status=refused)
        expiry = moment(expiry_date)
        if expiry is None:
            raise refusal("PropertyConstraintViolation", "expiryDate: no date-time")
        station = self._station
        status = station.reservations.add(
            Reservation(reservation_id, connector_id, id_tag, expiry, parent_id_tag),
            {number: connector.status for number, connector in station.connectors.items()},
            zero_supported=station.configuration.flag("ReserveConnectorZeroSupported"),
            now=station.registration.now(),
        )
        station.keep_reservations()
        return call_result.ReserveNow(status=ReservationStatus(status))

    def _refused_as_a_whole(self) -> ReservationStatus | None:
        """Why the station, whatever its connectors are, takes no reservation now."""
        if not self._station.config.takes_reservations:
            return ReservationStatus.rejected
        if self._station.door_open:
            return ReservationStatus.faulted
        return None if self._station.operative else ReservationStatus.unavailable

    @after(Action.reserve_now)
    async def after_reserve_now(self, reservation_id: int, **_: Any) -> None:
        """The connector is Reserved, until the reservation expires."""
        station = self._station
        held = station.reservations.get(reservation_id)
        await station.refresh_all()
        if held is not None:
            station.spawn(expire(station, held))

    @on(Action.cancel_reservation)
    def on_cancel_reservation(self, reservation_id: int, **_: Any) -> call_result.CancelReservation:
        """Section 5.1."""
        removed = self._station.reservations.remove(reservation_id)
        self._station.keep_reservations()
        status = CancelReservationStatus.accepted if removed else CancelReservationStatus.rejected
        return call_result.CancelReservation(status=status)

    @after(Action.cancel_reservation)
    async def after_cancel_reservation(self, **_: Any) -> None:
        """The connector is free again."""
        await self._station.refresh_all()


async def expire(station: Station, held: Reservation) -> None:
    """Wait for the end of a reservation, however it comes; its expiry is told by the connector's status."""
    while held in station.reservations.all():
        left = (held.expiry - station.registration.now()).total_seconds()
        if left <= 0:
            station.reservations.remove(held.reservation_id)
            station.keep_reservations()
            await station.refresh_all()
            return
        await station.clock.sleep(left)
