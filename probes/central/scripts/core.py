"""Registration and charging: what our station does by itself (OCPP 1.6 chapter 4)."""

from __future__ import annotations

from probes.adaptors.operations import RemoteStopTransaction
from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.tags import TagState


@case("TC_001_CSMS")
async def cold_boot(csms: AuditedCsms) -> None:
    """Cold boot: registration, every status, a heartbeat."""
    await csms.fresh()
    await csms.says("Heartbeat", {})


@case("TC_003_CSMS")
async def plug_in_first(csms: AuditedCsms) -> None:
    """A charging session, plug-in first."""
    await csms.charging()


@case("TC_004_1_CSMS")
async def identification_first(csms: AuditedCsms) -> None:
    """A charging session, identification first."""
    await csms.charging(plug_first=False)


@case("TC_023_1_CSMS")
async def authorize_invalid(csms: AuditedCsms) -> None:
    """Authorize with a tag that is unknown there."""
    await csms.says("Authorize", {"idTag": csms.tags.nobodys})


@case("TC_023_2_CSMS")
async def authorize_expired(csms: AuditedCsms) -> None:
    """Authorize with a tag that has expired there."""
    await csms.says("Authorize", {"idTag": csms.tag(TagState.EXPIRED)})


@case("TC_023_3_CSMS")
async def authorize_blocked(csms: AuditedCsms) -> None:
    """Authorize with a tag that is blocked there."""
    await csms.says("Authorize", {"idTag": csms.tag(TagState.BLOCKED)})


@case("TC_012_CSMS")
async def remote_stop(csms: AuditedCsms) -> None:
    """A running transaction is stopped from afar."""
    charge = await csms.charging()
    since = csms.transcript.seq
    await csms.wants(RemoteStopTransaction(transaction_id=charge.transaction_id))
    await csms.told("StopTransaction", since=since)
