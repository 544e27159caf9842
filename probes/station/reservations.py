"""Reservations (OCPP 1.6 sections 5.1 and 5.13) as rules over what is known of the connectors; no clock and no connection here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ocpp.v16.enums import ChargePointStatus, ReservationStatus


@dataclass(frozen=True)
class Reservation:
    """A connector, or with connector 0 any one of them, kept for an idTag and its group until `expiry`."""

    reservation_id: int
    connector_id: int
    id_tag: str
    expiry: datetime
    parent: str | None = None

    def admits(self, id_tag: str, parent: str | None) -> bool:
        """Whether this identifier is the one, or of the group, that it is for."""
        same = self.id_tag.casefold() == id_tag.casefold()
        return same or (self.parent is not None and parent is not None and self.parent == parent)


class Reservations:
    """All reservations of one station, by their id."""

    def __init__(self, saved: Iterable[Mapping[str, Any]] = ()) -> None:
        held = (_of_json(told) for told in saved)
        self._held = {each.reservation_id: each for each in held}

    def to_json(self) -> list[dict[str, Any]]:
        """As they outlast a reboot."""
        return [asdict(held) | {"expiry": held.expiry.isoformat()} for held in self._held.values()]

    def all(self) -> tuple[Reservation, ...]:
        """Those that hold."""
        return tuple(self._held.values())

    def on(self, connector_id: int) -> Reservation | None:
        """The reservation of this very connector."""
        return next((held for held in self._held.values() if held.connector_id == connector_id), None)

    def get(self, reservation_id: int) -> Reservation | None:
        """The reservation with this id."""
        return self._held.get(reservation_id)

    def add(
        self, wanted: Reservation, statuses: Mapping[int, ChargePointStatus], *, zero_supported: bool, now: datetime
    ) -> ReservationStatus:
        """Take it in, replacing that of the same id, if the connector allows.

        `statuses` are those of connectors 1 and on, as they are without `wanted`'s predecessor; an unknown connector and an expiry that
        has passed are rejected.
        """
        status = self._answer(wanted, statuses, zero_supported, now)
        if status == ReservationStatus.accepted:
            self._held[wanted.reservation_id] = wanted
        return status

    def _answer(
        self, wanted: Reservation, statuses: Mapping[int, ChargePointStatus], zero_supported: bool, now: datetime
    ) -> ReservationStatus:
        if wanted.expiry <= now or (wanted.connector_id == 0 and not zero_supported):
            return ReservationStatus.rejected
        if wanted.connector_id == 0:
            return self._answer_for_any(wanted, statuses)
        if wanted.connector_id not in statuses:
            return ReservationStatus.rejected
        refusal = _refusal(statuses[wanted.connector_id])
        if refusal is not None:
            return refusal
        others = self._others(wanted)
        taken = any(held.connector_id == wanted.connector_id for held in others)
        free = _free(statuses, others) - {wanted.connector_id}
        promised = sum(held.connector_id == 0 for held in others)
        return ReservationStatus.occupied if taken or len(free) < promised else ReservationStatus.accepted

    def _answer_for_any(self, wanted: Reservation, statuses: Mapping[int, ChargePointStatus]) -> ReservationStatus:
        """One connector more than those promised already must be free; otherwise the best that the connectors say is the reason."""
        others = self._others(wanted)
        if len(_free(statuses, others)) > sum(held.connector_id == 0 for held in others):
            return ReservationStatus.accepted
        reasons = {_refusal(status) or ReservationStatus.occupied for status in statuses.values()}
        order = (ReservationStatus.occupied, ReservationStatus.unavailable, ReservationStatus.faulted)
        return next(reason for reason in order if reason in reasons)

    def _others(self, wanted: Reservation) -> list[Reservation]:
        return [held for held in self._held.values() if held.reservation_id != wanted.reservation_id]

    def admits(self, connector_id: int, id_tag: str, parent: str | None, free: Collection[int]) -> bool:
        """Whether this identifier may start on the connector.

        `free` are the connectors on which somebody could start now. On a connector without a reservation of its own, anybody may
        as long as enough connectors stay free for those who reserved connector 0.
        """
        own = self.on(connector_id)
        if own is not None:
            return own.admits(id_tag, parent)
        if self._any_for(id_tag, parent) is not None:
            return True
        unreserved = {number for number in free if self.on(number) is None and number != connector_id}
        return len(unreserved) >= sum(held.connector_id == 0 for held in self._held.values())

    def used(self, connector_id: int, id_tag: str, parent: str | None) -> Reservation | None:
        """A transaction starts: the reservation that it uses ends."""
        own = self.on(connector_id)
        held = own if own is not None and own.admits(id_tag, parent) else self._any_for(id_tag, parent)
        return self.remove(held.reservation_id) if held else None

    def _any_for(self, id_tag: str, parent: str | None) -> Reservation | None:
        return next((held for held in self._held.values() if held.connector_id == 0 and held.admits(id_tag, parent)), None)

    def remove(self, reservation_id: int) -> Reservation | None:
        """End it; None when there is none with this id."""
        return self._held.pop(reservation_id, None)


def _of_json(told: Mapping[str, Any]) -> Reservation:
    return Reservation(**{**told, "expiry": datetime.fromisoformat(told["expiry"])})


def _free(statuses: Mapping[int, ChargePointStatus], held: list[Reservation]) -> set[int]:
    reserved = {reservation.connector_id for reservation in held}
    return {number for number, status in statuses.items() if _refusal(status) is None and number not in reserved}


def _refusal(status: ChargePointStatus) -> ReservationStatus | None:
    """Why a connector in this status cannot be reserved. Reserved itself is looked up among the reservations."""
    match status:
        case ChargePointStatus.available | ChargePointStatus.reserved:
            return None
        case ChargePointStatus.faulted:
            return ReservationStatus.faulted
        case ChargePointStatus.unavailable:
            return ReservationStatus.unavailable
        case _:
            return ReservationStatus.occupied
