"""Connectors that the central system keeps for an idTag (OCPP 1.6 sections 5.1 and 5.13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probes.adaptors.operations import CancelReservation, ChangeAvailability, ReserveNow
from probes.cases.endings import NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.scripts.remote import connector_in
from probes.central.tags import TagState
from probes.judge.frames import Exchange

PROFILE = "Reservation"
CONNECTOR = 1
LONG, SHORT = 1800.0, 30.0
"""Seconds for which a connector is kept: until it is used or cancelled, and until it expires."""


async def wants_reservation(
    csms: AuditedCsms, connector: int = CONNECTOR, seconds: float = LONG, reply: Mapping[str, Any] | None = None, **more: Any
) -> Exchange:
    """A reservation for the valid tag; `reply`: what our station says in place of taking it."""
    csms.needs_profile(PROFILE)
    station = await csms.online()
    # Whichever clock is behind, that of the central system (which our station goes by) or ours: the time has passed by neither.
    now = max(station.registration.now(), csms.clock.now())
    operation = ReserveNow(connector, csms.tag(TagState.VALID), csms.moment(now, seconds), **more)
    return await csms.wants(operation, reply=reply)


async def reserved(csms: AuditedCsms, connector: int = CONNECTOR, seconds: float = LONG, **more: Any) -> tuple[Exchange, int]:
    """A reservation that our station takes: the request, and the connector that it keeps."""
    request = await wants_reservation(csms, connector, seconds, **more)
    if request.status != "Accepted":
        raise NotExercised(f"our station did not take the reservation, but answered {request.status or request.error_code}")
    if connector > 0:
        await csms.shows("Reserved", request)
    return request, connector_in(request)


async def refused(csms: AuditedCsms, status: str) -> None:
    """A reservation that our station answers so."""
    await wants_reservation(csms, reply={"status": status})
    await csms.settles()


@case("TC_046_CSMS")
async def used(csms: AuditedCsms) -> None:
    """Whom a connector is kept for charges there."""
    _, connector = await reserved(csms)
    await csms.charging(connector)


@case("TC_047_CSMS")
async def expires(csms: AuditedCsms) -> None:
    """A reservation that nobody uses comes to its end."""
    request, _ = await reserved(csms, seconds=SHORT)
    station = csms.station
    left = max(((held.expiry - station.registration.now()).total_seconds() for held in station.reservations.all()), default=0.0)
    if left > csms.patience.person:
        raise NotExercised(f"the reservation lasts for another {left:.0f} s: longer than the audit waits")
    waiting = left + csms.patience.effect
    await csms.sent("StatusNotification", since=request.call.seq, where=lambda told: told.get("status") == "Available", seconds=waiting)


@case("TC_048_1_CSMS")
async def faulted(csms: AuditedCsms) -> None:
    """A connector that is out of order."""
    await refused(csms, "Faulted")


@case("TC_048_2_CSMS")
async def occupied(csms: AuditedCsms) -> None:
    """A connector with a car."""
    csms.needs_profile(PROFILE)
    since = csms.transcript.seq
    await csms.plug(CONNECTOR)
    await csms.sent("StatusNotification", since=since)
    await refused(csms, "Occupied")


@case("TC_048_3_CSMS")
async def unavailable(csms: AuditedCsms) -> None:
    """A connector that the central system has taken out of service."""
    csms.needs_profile(PROFILE)
    request = await csms.wants(ChangeAvailability(CONNECTOR, "Inoperative"))
    await csms.shows("Unavailable", request)
    await refused(csms, "Unavailable")


@case("TC_048_4_CSMS")
async def rejected(csms: AuditedCsms) -> None:
    """A station that takes no reservations."""
    await refused(csms, "Rejected")


@case("TC_049_CSMS")
async def any_connector(csms: AuditedCsms) -> None:
    """One connector, whichever, is kept."""
    await reserved(csms, connector=0)


@case("TC_051_CSMS")
async def cancelled(csms: AuditedCsms) -> None:
    """A reservation is cancelled."""
    request, _ = await reserved(csms)
    cancel = await csms.wants(CancelReservation(_number(request)))
    await csms.shows("Available", cancel)


@case("TC_052_CSMS")
async def not_cancelled(csms: AuditedCsms) -> None:
    """Our station does not cancel the reservation."""
    request, _ = await reserved(csms)
    await csms.wants(CancelReservation(_number(request)), reply={"status": "Rejected"})
    await csms.settles()


def _number(request: Exchange) -> int:
    """The reservation's number, of a request that our station has taken."""
    return int(request.payload["reservationId"])


@case("TC_053_CSMS")
async def group(csms: AuditedCsms) -> None:
    """A connector is kept for a group, and another tag of it charges."""
    csms.needs_profile(PROFILE)
    member, parent = csms.tag(TagState.MEMBER), await _parent(csms)
    _, connector = await reserved(csms, parent_id_tag=parent)
    await csms.charging(connector, member)


async def _parent(csms: AuditedCsms) -> str:
    """The parent of the valid tag, as the central system tells it to a station."""
    station = await csms.online()
    answer = await station.call("Authorize", {"idTag": csms.tag(TagState.VALID)})
    info = answer.payload.get("idTagInfo") if answer.kind == "result" and isinstance(answer.payload, dict) else None
    parent = info.get("parentIdTag") if isinstance(info, dict) else None
    if not isinstance(parent, str):
        raise NotExercised("the central system tells no parentIdTag of the valid tag; give two tags of one group, with --tag member=TAG")
    return parent
