"""Charging sessions of our station, and what goes wrong in them at the station's side (OCPP 1.6 sections 4.8 to 4.10)."""

from __future__ import annotations

from contextlib import suppress

from probes.cases.endings import NotExercised
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.tags import TagState

LONGEST_TIMEOUT = 300.0
"""Longer than that no ConnectionTimeOut is waited for that a central system has set on our station."""


@case("TC_003_CSMS")
async def plug_in_first(csms: AuditedCsms) -> None:
    """A charging session, plug-in first; and while it runs another one on the other connector, so that both need ids of their own."""
    await csms.charging()
    with suppress(NotExercised):
        # Without another tag it may be refused while it charges; then the first session has shown what the case is about.
        await csms.charging(2, csms.tags.first(TagState.MEMBER))


@case("TC_004_1_CSMS")
async def identification_first(csms: AuditedCsms) -> None:
    """A charging session, identification first."""
    await csms.charging(plug_first=False)


@case("TC_004_2_CSMS")
async def connection_timeout(csms: AuditedCsms) -> None:
    """Identification, and no car within ConnectionTimeOut."""
    tag, since = csms.tag(TagState.VALID), csms.transcript.seq
    await csms.present(tag)
    await csms.told("StatusNotification", since=since, where=lambda told: told.get("status") == "Preparing")
    since = csms.transcript.seq
    seconds = _connection_timeout(csms) + csms.patience.effect
    await csms.told("StatusNotification", since=since, where=lambda told: told.get("status") == "Available", seconds=seconds)


@case("TC_005_1_CSMS")
async def car_leaves(csms: AuditedCsms) -> None:
    """The car is unplugged during a transaction, which ends it."""
    await csms.charging()
    since = csms.transcript.seq
    await csms.unplug()
    await csms.told("StopTransaction", since=since)
    await csms.told("StatusNotification", since=since, where=lambda told: told.get("status") == "Available")


@case("TC_007_CSMS")
async def cached_tag(csms: AuditedCsms) -> None:
    """A charging session with a tag that the station has in its cache: it does not ask again."""
    tag = csms.tag(TagState.VALID)
    await csms.fresh(keys={"AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"})
    await csms.charging(id_tag=tag)
    since = csms.transcript.seq
    await csms.unplug()
    await csms.told("StopTransaction", since=since)
    await csms.charging(id_tag=tag)


@case("TC_024_CSMS")
async def lock_fails(csms: AuditedCsms) -> None:
    """The lock of the connector fails when a session is about to begin."""
    tag, since = csms.tag(TagState.VALID), csms.transcript.seq
    await csms.present(tag)
    await csms.told("StatusNotification", since=since, where=lambda told: told.get("status") == "Preparing")
    await csms.station.controls.fault(1, "ConnectorLockFailure")
    await csms.told("StatusNotification", since=since, where=lambda told: told.get("errorCode") == "ConnectorLockFailure")
    await csms.until(lambda: csms.station.connectors[1].authorised is None, _connection_timeout(csms) + csms.patience.effect)


def _connection_timeout(csms: AuditedCsms) -> float:
    """For how long our station waits for a car, as it is set now."""
    return min(LONGEST_TIMEOUT, float(csms.station.configuration.integer("ConnectionTimeOut", 0)))
