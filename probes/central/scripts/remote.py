"""Transactions begun and ended from afar (OCPP 1.6 sections 5.11 and 5.12)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from probes.adaptors.operations import RemoteStartTransaction, RemoteStopTransaction
from probes.cases.endings import NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.tags import TagState
from probes.judge.frames import Exchange

CONNECTOR = 1
REJECTED = {"status": "Rejected"}


def connector_in(request: Exchange) -> int:
    """The connector that the request is about; the first one where it names none that our station has."""
    named = request.payload.get("connectorId")
    return named if named in {1, 2} else CONNECTOR


@case("TC_010_CSMS")
async def plugged_in_first(csms: AuditedCsms) -> None:
    """A remote start with the cable plugged in."""
    await csms.plug(CONNECTOR)
    await starts(csms)


@case("TC_011_1_CSMS")
async def remote_start_first(csms: AuditedCsms) -> None:
    """A remote start, and the cable after it."""
    await starts(csms)


async def starts(csms: AuditedCsms, profile: Mapping[str, Any] | None = None) -> None:
    """A remote start and the transaction that comes of it; the cable is plugged in where it is not yet."""
    operation = RemoteStartTransaction(csms.tag(TagState.VALID), CONNECTOR, profile)
    request = await csms.wants(operation)
    with suppress(NotExercised):
        # The central system may have set that our station asks for no authorization of remote starts.
        await csms.told("Authorize", since=request.call.seq)
    connector = connector_in(request)
    if not csms.station.connectors[connector].plugged:
        await csms.plug(connector)
    await csms.told("StartTransaction", since=request.call.seq)
    await csms.shows("Charging", request)


@case("TC_011_2_CSMS")
async def nobody_plugs_in(csms: AuditedCsms) -> None:
    """A remote start, and no cable within ConnectionTimeOut."""
    station = await csms.online()
    request = await csms.wants(RemoteStartTransaction(csms.tag(TagState.VALID), CONNECTOR))
    await csms.told("Authorize", since=request.call.seq)
    waiting = station.configuration.integer("ConnectionTimeOut", 60) + csms.patience.effect
    if waiting > csms.patience.person:
        raise NotExercised(f"the central system has set ConnectionTimeOut, so that a cable is waited for {waiting:.0f} s")
    since = (await csms.sent("StatusNotification", since=request.call.seq)).call.seq
    await csms.sent("StatusNotification", since=since, where=lambda told: told.get("status") == "Available", seconds=waiting)


@case("TC_026_CSMS")
async def remote_start_rejected(csms: AuditedCsms) -> None:
    """A remote start that our station refuses."""
    await csms.wants(RemoteStartTransaction(csms.tag(TagState.VALID), CONNECTOR), reply=REJECTED)
    await csms.settles()


@case("TC_012_CSMS")
async def remote_stop(csms: AuditedCsms) -> None:
    """A running transaction is stopped from afar."""
    charge = await csms.charging()
    request = await csms.wants(RemoteStopTransaction(transaction_id=charge.transaction_id))
    await csms.told("StopTransaction", since=request.call.seq)


@case("TC_028_CSMS")
async def remote_stop_rejected(csms: AuditedCsms) -> None:
    """A remote stop that our station refuses."""
    charge = await csms.charging()
    await csms.wants(RemoteStopTransaction(transaction_id=charge.transaction_id), reply=REJECTED)
    await csms.settles()
